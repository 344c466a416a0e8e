//! Who was admitted, and what they may do.

use std::sync::Arc;

use super::{Client, RateState, sessions::Session};

/// A caller that was admitted.
#[derive(Debug, Clone)]
pub struct Principal {
    /// How it proved who it is.
    pub kind: PrincipalKind,
    /// The client that it is, or that it acts for.
    pub client: Arc<Client>,
    /// What is left of the client's rate; `None` where it has none.
    pub rate: Option<RateState>,
}

/// How a caller proved who it is.
#[derive(Debug, Clone)]
pub enum PrincipalKind {
    /// By an API key.
    Key,
    /// By a session token, from a page of the session's origin.
    Session(Session),
    /// Not at all: auth mode "none".
    Anonymous,
}

/// What a caller can ask for, beyond the public documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// One verification.
    Verify,
    /// Many at once.
    VerifyBatch,
    /// A session for a page.
    CreateSession,
}

impl Principal {
    /// Reports whether the caller may do this. A session is good for single verifications only.
    pub fn may(&self, action: Action) -> bool {
        match self.kind {
            PrincipalKind::Key | PrincipalKind::Anonymous => true,
            PrincipalKind::Session(_) => action == Action::Verify,
        }
    }

    /// Reports whether the caller may create a session for pages of this origin.
    pub fn may_grant(&self, origin: &str) -> bool {
        match self.kind {
            PrincipalKind::Key => self.client.allows(origin),
            // Without keys there is nothing to protect from a page, and no list to check against.
            PrincipalKind::Anonymous => true,
            PrincipalKind::Session(_) => false,
        }
    }

    /// Returns the origin of the page that calls, for a session.
    pub fn origin(&self) -> Option<&str> {
        match &self.kind {
            PrincipalKind::Session(session) => Some(&session.origin),
            PrincipalKind::Key | PrincipalKind::Anonymous => None,
        }
    }
}
