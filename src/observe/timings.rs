//! Histograms of durations that keep, for each bucket, the last trace that fell into it: an exemplar.
//!
//! The metrics library does not support exemplars (ADR 0010), so they are stored next to its histograms and joined when
//! the metrics are rendered.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use prometheus::{Histogram, HistogramVec, core::Collector, proto::Metric};

use super::{handles::Family, traces::TraceId};

/// A histogram with labels.
#[derive(Debug, Clone)]
pub(super) struct Timings {
    name: &'static str,
    family: HistogramVec,
    labels: &'static [&'static str],
    bounds: &'static [f64],
    /// Indexed by the values of the labels, in their order.
    exemplars: Arc<Mutex<HashMap<Vec<String>, Arc<Exemplars>>>>,
}

/// One series of a [`Timings`].
#[derive(Debug)]
pub(super) struct Timing {
    histogram: Histogram,
    exemplars: Arc<Exemplars>,
}

/// The exemplars of one series.
#[derive(Debug)]
pub(super) struct Exemplars {
    bounds: &'static [f64],
    /// One for each bound, and one for values above all bounds.
    slots: Box<[Mutex<Option<Exemplar>>]>,
}

/// A measured value and its trace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exemplar {
    pub(super) trace_id: TraceId,
    /// In seconds.
    pub(super) value: f64,
    pub(super) at: SystemTime,
}

impl Timings {
    pub(super) fn new(
        name: &'static str,
        family: HistogramVec,
        labels: &'static [&'static str],
        bounds: &'static [f64],
    ) -> Self {
        Self { name, family, labels, bounds, exemplars: Arc::default() }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn collector(&self) -> impl Collector + 'static {
        self.family.clone()
    }

    /// Returns the exemplars of a gathered series.
    pub(super) fn exemplars_of(&self, metric: &Metric) -> Option<Arc<Exemplars>> {
        let value_of = |name: &&str| {
            let mut pairs = metric.get_label().iter();
            pairs.find(|pair| pair.name() == *name).map(|pair| pair.value().to_owned())
        };
        let values: Option<Vec<String>> = self.labels.iter().map(value_of).collect();
        self.exemplars.lock().unwrap_or_else(PoisonError::into_inner).get(&values?).cloned()
    }
}

impl Family for Timings {
    type Handle = Timing;

    fn resolve(&self, labels: &[&str]) -> Timing {
        let key = labels.iter().map(|label| (*label).to_owned()).collect();
        let mut exemplars = self.exemplars.lock().unwrap_or_else(PoisonError::into_inner);
        let exemplars = exemplars.entry(key).or_insert_with(|| Arc::new(Exemplars::new(self.bounds))).clone();
        Timing { histogram: self.family.with_label_values(labels), exemplars }
    }
}

impl Timing {
    /// Counts a duration; `trace` is set if its trace is exported.
    pub(super) fn observe(&self, took: Duration, trace: Option<TraceId>) {
        let value = took.as_secs_f64();
        self.histogram.observe(value);
        if let Some(trace_id) = trace {
            self.exemplars.put(Exemplar { trace_id, value, at: SystemTime::now() });
        }
    }
}

impl Exemplars {
    fn new(bounds: &'static [f64]) -> Self {
        Self { bounds, slots: (0..=bounds.len()).map(|_| Mutex::default()).collect() }
    }

    fn put(&self, exemplar: Exemplar) {
        let index = self.bounds.partition_point(|bound| *bound < exemplar.value);
        // Another thread is writing one that serves as well.
        if let Ok(mut slot) = self.slots[index].try_lock() {
            *slot = Some(exemplar);
        }
    }

    /// Returns the exemplar of the bucket with this index; the last bucket holds the values above all bounds.
    pub(super) fn get(&self, index: usize) -> Option<Exemplar> {
        *self.slots.get(index)?.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
