//! The standard `process_*` metrics, with a CPU time of sub-second resolution.

use std::time::Duration;

use prometheus::{
    Counter,
    core::{Collector, Desc},
    proto::MetricFamily,
};
use rustix::time::{ClockId, clock_gettime};

const CPU_SECONDS: &str = "process_cpu_seconds_total";

/// The library's collector with a different CPU time: the library reports whole seconds, which turns a rate into steps.
pub(super) struct Process {
    library: Vec<Box<dyn Collector>>,
    /// Never modified: each collection fills a new counter.
    cpu: Counter,
}

impl Process {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        Ok(Self { library: library(), cpu: cpu_counter()? })
    }
}

impl Collector for Process {
    fn desc(&self) -> Vec<&Desc> {
        let is_other = |desc: &&Desc| desc.fq_name != CPU_SECONDS;
        self.library.iter().flat_map(|library| library.desc()).filter(is_other).chain(self.cpu.desc()).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let mut families: Vec<MetricFamily> = self.library.iter().flat_map(|library| library.collect()).collect();
        families.retain(|family| family.name() != CPU_SECONDS);
        if let Ok(counter) = cpu_counter() {
            counter.inc_by(cpu_time().as_secs_f64());
            families.extend(counter.collect());
        }
        families
    }
}

#[cfg(target_os = "linux")]
fn library() -> Vec<Box<dyn Collector>> {
    vec![Box::new(prometheus::process_collector::ProcessCollector::for_self())]
}

/// The library reads `/proc`.
#[cfg(not(target_os = "linux"))]
fn library() -> Vec<Box<dyn Collector>> {
    Vec::new()
}

fn cpu_counter() -> Result<Counter, prometheus::Error> {
    Counter::new(CPU_SECONDS, "Total user and system CPU time spent in seconds.")
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported() -> f64 {
        let families = Process::new().unwrap().collect();
        let mut found = families.iter().filter(|family| family.name() == CPU_SECONDS);
        let seconds = found.next().expect("the CPU time is reported").get_metric()[0].get_counter().get_value();
        assert!(found.next().is_none(), "it is reported once");
        seconds
    }

    #[test]
    fn reports_less_than_a_second_of_cpu_time() {
        let before = reported();
        let limit = cpu_time() + Duration::from_millis(20);
        while cpu_time() < limit {
            std::hint::spin_loop();
        }
        let spent = reported() - before;
        assert!((0.02..1.0).contains(&spent), "{spent} s, after 20 ms of work");
    }
}
