//! Why the service cannot start.

use std::fmt::Display;

use crate::server::BindError;

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is invalid.
    #[error("{0}")]
    Config(String),
    /// A listener could not be bound.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// An internal error.
    #[error("{0}")]
    Internal(String),
}

impl From<getrandom::Error> for StartError {
    fn from(error: getrandom::Error) -> Self {
        Self::Internal(format!("no random numbers: {error}"))
    }
}

pub(super) fn invalid(error: impl Display) -> StartError {
    StartError::Config(error.to_string())
}

pub(super) fn internal(error: impl Display) -> StartError {
    StartError::Internal(error.to_string())
}
