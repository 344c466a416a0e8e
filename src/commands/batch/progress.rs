//! Progress of a batch: a bar on a terminal, periodic lines elsewhere, and a table at the end.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, IsTerminal},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::commands::output;

/// The interval between progress lines without a terminal.
const INTERVAL: Duration = Duration::from_secs(10);

pub(super) struct Progress {
    total: u64,
    started: Instant,
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

struct State {
    counts: BTreeMap<String, u64>,
    /// The number of rows completed in this run.
    done: u64,
    printed: Instant,
}

impl Progress {
    /// Starts at the rows that an earlier run has completed.
    pub(super) fn new(total: u64, counts: BTreeMap<String, u64>) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            let template = "{bar:30} {pos}/{len} rows, {per_sec}, {eta} left{msg}";
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_position(counts.values().sum());
            bar.reset_eta();
            bar
        });
        if bar.is_none() {
            let done = match counts.values().sum() {
                0 => String::new(),
                done @ 1_u64.. => format!(", {done} already completed"),
            };
            output::message(&format!("{total} rows{done}"));
        }
        let now = Instant::now();
        Self { total, started: now, bar, state: Mutex::new(State { counts, done: 0, printed: now }) }
    }

    pub(super) fn count(&self, status: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state.counts.entry(status.to_owned()).or_default() += 1;
        state.done += 1;
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message(format!(": {}", listed(&state.counts)));
        } else if state.printed.elapsed() >= INTERVAL {
            state.printed = Instant::now();
            let rows: u64 = state.counts.values().sum();
            let rate = state.done as f64 / self.started.elapsed().as_secs_f64();
            let left = Duration::from_secs((self.total.saturating_sub(rows) as f64 / rate) as u64);
            let left = humantime::format_duration(left);
            let counts = listed(&state.counts);
            output::message(&format!("{rows}/{} rows, {rate:.1}/s, {left} left: {counts}", self.total));
        }
    }

    /// Prints the table and returns the counts.
    pub(super) fn end(self) -> BTreeMap<String, u64> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let counts = self.state.into_inner().unwrap_or_else(PoisonError::into_inner).counts;
        let rows: u64 = counts.values().sum();
        let mut table = format!("{:<24}{:>10}\n", "status", "rows");
        for (status, count) in &counts {
            let _ = writeln!(table, "{status:<24}{count:>10}");
        }
        let _ = write!(table, "{:<24}{rows:>10}", "all");
        if rows < self.total {
            let _ = write!(table, "\n{:<24}{:>10}", "not asked", self.total - rows);
        }
        output::message(&table);
        counts
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }
}

fn listed(counts: &BTreeMap<String, u64>) -> String {
    counts.iter().map(|(status, count)| format!("{status} {count}")).collect::<Vec<_>>().join(", ")
}
