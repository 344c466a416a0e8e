//! What the calls of one question have in common.

use std::sync::atomic::AtomicBool;

use crate::allowance::{Allowance, Delay};

/// The state that the calls of one question share: those in several regions, and those of its second step.
#[derive(Debug, Default)]
pub(super) struct Trip {
    pub(super) allowance: Allowance,
    /// Set when the answer is no longer needed because another region has verified.
    pub(super) is_settled: AtomicBool,
}

impl Trip {
    pub(super) fn after(waited: Delay) -> Self {
        Self { allowance: Allowance::after(waited), is_settled: AtomicBool::new(false) }
    }
}
