//! The admitted caller and its permissions.

use std::sync::Arc;

use super::{Client, RateState, sessions::Session};

/// An admitted caller.
#[derive(Debug, Clone)]
pub struct Principal {
    /// How the caller authenticated.
    pub kind: PrincipalKind,
    /// The client that calls, or on whose behalf a session calls.
    pub client: Arc<Client>,
    /// The state of the client's rate limit; `None` if it has none.
    pub rate: Option<RateState>,
}

/// How a caller authenticated.
#[derive(Debug, Clone)]
pub enum PrincipalKind {
    /// With an API key.
    Key,
    /// With a session token, from a page of the session's origin.
    Session(Session),
    /// Not authenticated: auth mode "none".
    Anonymous,
}

/// An action beyond reading the public documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Verify one credential.
    Verify,
    /// Verify a batch.
    VerifyBatch,
    /// Create a session for a page.
    CreateSession,
}

impl Principal {
    /// Returns whether the caller may do this. A session allows single verifications only.
    pub fn may(&self, action: Action) -> bool {
        match self.kind {
            PrincipalKind::Key | PrincipalKind::Anonymous => true,
            PrincipalKind::Session(_) => action == Action::Verify,
        }
    }

    /// Returns whether the caller may create a session for pages of this origin.
    pub fn may_grant(&self, origin: &str) -> bool {
        match self.kind {
            PrincipalKind::Key => self.client.allows(origin),
            // Without keys, there is nothing to protect from a page, and no list to check against.
            PrincipalKind::Anonymous => true,
            PrincipalKind::Session(_) => false,
        }
    }

    /// Returns the origin of the calling page, for a session.
    pub fn origin(&self) -> Option<&str> {
        match &self.kind {
            PrincipalKind::Session(session) => Some(&session.origin),
            PrincipalKind::Key | PrincipalKind::Anonymous => None,
        }
    }
}
