//! The report of a run.

use std::{fs, time::Duration};

use serde::Serialize;

use super::Counts;

/// A process, and the CPU time that the operating system accounts to it, including all its threads.
pub struct Process {
    stat: String,
    ticks_per_second: f64,
}

impl Process {
    pub fn new(pid: u32) -> Self {
        let ticks = rustix::param::clock_ticks_per_second();
        Self { stat: format!("/proc/{pid}/stat"), ticks_per_second: ticks as f64 }
    }

    pub fn cpu_seconds(&self) -> f64 {
        let text = fs::read_to_string(&self.stat).unwrap_or_default();
        // The name in parentheses may contain spaces: the fields after it start with number 3.
        let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        ticks as f64 / self.ticks_per_second
    }
}

#[derive(Serialize)]
struct Report {
    answers: u64,
    errors: u64,
    first_error: Option<String>,
    seconds: f64,
    cpu_seconds: f64,
    bytes: u64,
    /// The number of credentials used, including the warm-up.
    used: u64,
    p50_us: Option<u32>,
    p99_us: Option<u32>,
    p999_us: Option<u32>,
}

pub fn print(mut counts: Counts, time: Duration, cpu_seconds: f64, used: u64) {
    counts.latencies.sort_unstable();
    let quantile = |share: f64| {
        let last = counts.latencies.len().checked_sub(1)?;
        counts.latencies.get((last as f64 * share).round() as usize).copied()
    };
    let report = Report {
        p50_us: quantile(0.5),
        p99_us: quantile(0.99),
        p999_us: quantile(0.999),
        answers: counts.answers,
        errors: counts.errors,
        first_error: counts.first_error.clone(),
        seconds: time.as_secs_f64(),
        cpu_seconds,
        bytes: counts.bytes,
        used,
    };
    println!("{}", serde_json::to_string(&report).unwrap_or_default());
}
