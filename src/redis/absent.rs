//! Replaces the shared tier in a build without the cargo feature `redis`, in which the configuration rejects `[redis]`.

#![allow(clippy::unused_async, reason = "the functions have the signatures of the real ones")]

use std::sync::Arc;

use crate::{
    admission::SharedLimits,
    config::{Config, Key},
    observe::Observe,
    verify::shared::SharedTier,
};

/// Never constructed.
#[derive(Debug, Clone)]
pub enum Redis {}

impl Redis {
    /// Returns nothing.
    pub fn new(_: &Config, _: Arc<Observe>) -> Option<Self> {
        None
    }

    /// Never called.
    pub async fn keep_connected(self) {
        match self {}
    }

    /// Never called.
    pub fn caller_limits(&self, _: Key) -> Arc<dyn SharedLimits> {
        match *self {}
    }

    /// Never called.
    pub async fn tried(&self) {
        match *self {}
    }
}

/// Never called.
///
/// # Errors
///
/// None.
pub fn tier(_: &Config, redis: &Redis) -> Result<Arc<dyn SharedTier>, getrandom::Error> {
    match *redis {}
}

/// What `doctor` would report.
#[derive(Debug)]
#[allow(missing_docs, reason = "never made")]
pub struct Health {
    pub summary: String,
    pub warnings: Vec<String>,
}

/// Never called: the configuration rejects `[redis]`.
///
/// # Errors
///
/// Always.
pub async fn check(_: &Config, _: Arc<Observe>) -> Result<Health, String> {
    Err("not in this build".to_owned())
}
