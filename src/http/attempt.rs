//! A session's attempt, which is taken while its request is handled: attempt and verification each need an answer of
//! Redis, and are sent to it one right after the other.

use std::{
    future::{Future, pending},
    pin::Pin,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};

use super::{Parts, context::RequestContext};
use crate::admission::{Principal, PrincipalKind, UsedUp};

/// The attempt of a session; other callers need none.
pub(super) struct Attempt<'a>(Option<Shared<BoxFuture<'a, Result<(), UsedUp>>>>);

impl<'a> Attempt<'a> {
    pub(super) fn new(parts: &'a Parts, context: &'a RequestContext, caller: &'a Principal) -> Self {
        let take = || parts.admission.take_attempt(caller, &context.span).boxed().shared();
        Self(matches!(caller.kind, PrincipalKind::Session(_)).then(take))
    }

    /// Handles the request while the attempt is taken; a refusal ends the handling. The attempt is sent first, so over
    /// one connection its answer comes first, mostly before a call to CleverTap begins.
    pub(super) async fn during<T>(&self, mut handling: Pin<&mut impl Future<Output = T>>) -> Result<T, UsedUp> {
        let Some(attempt) = &self.0 else { return Ok(handling.await) };
        tokio::select! {
            biased;
            taken = attempt.clone() => taken?,
            done = handling.as_mut() => return Ok(done),
        }
        Ok(handling.await)
    }

    /// Completes when the attempt is granted. A refusal ends the handling, so this never completes then.
    pub(super) async fn granted(&self) {
        if let Some(attempt) = &self.0
            && attempt.clone().await.is_err()
        {
            pending::<()>().await;
        }
    }

    pub(super) fn is_refused(&self) -> bool {
        self.0.as_ref().is_some_and(|attempt| matches!(attempt.peek(), Some(Err(_))))
    }
}
