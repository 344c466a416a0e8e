//! Cached handles of labelled metrics: a look-up by label costs five times as much as a resolved handle.

use std::sync::OnceLock;

use prometheus::{IntCounter, IntCounterVec};

/// A labelled metric.
pub(super) trait Family: Clone {
    /// The type of one of its series.
    type Handle;

    /// Looks up a series, and creates it if it does not exist.
    fn resolve(&self, labels: &[&str]) -> Self::Handle;
}

impl Family for IntCounterVec {
    type Handle = IntCounter;

    fn resolve(&self, labels: &[&str]) -> IntCounter {
        self.with_label_values(labels)
    }
}

/// The handles of one metric whose labels come from closed sets, by a number that stands for the labels.
pub(super) struct Handles<F: Family> {
    family: F,
    slots: Box<[OnceLock<F::Handle>]>,
}

impl<F: Family> Handles<F> {
    /// Reserves space for `count` label sets; a series is created on first use.
    pub(super) fn new(family: &F, count: usize) -> Self {
        Self { family: family.clone(), slots: (0..count).map(|_| OnceLock::new()).collect() }
    }

    /// Returns the handle with this number; `labels` are its label values.
    pub(super) fn get(&self, index: usize, labels: &[&str]) -> &F::Handle {
        self.slots[index].get_or_init(|| self.family.resolve(labels))
    }
}

impl<F: Family> std::fmt::Debug for Handles<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Handles({})", self.slots.len())
    }
}
