use super::*;
use crate::verify::fingerprint::Fingerprinter;

const OPEN: Duration = Duration::from_secs(10);
const PROBE: Result<Pass, Duration> = Ok(Pass::Probe { is_suspect: false });
const SUSPECTS_PROBE: Result<Pass, Duration> = Ok(Pass::Probe { is_suspect: true });

struct Table {
    breaker: Breaker,
    prints: Fingerprinter,
    start: Instant,
}

impl Table {
    /// A breaker that opens after three failures from two accounts.
    fn new() -> Self {
        let prints = Fingerprinter::new().unwrap();
        Self { breaker: Breaker::new(3, 2, OPEN), prints, start: Instant::now() }
    }

    fn opened() -> Self {
        let mut table = Self::new();
        for account in ["a", "b", "c"] {
            table.call(account, Health::Failing, 0);
        }
        assert_eq!(table.breaker.level(), BreakerState::Open);
        table
    }

    fn account(&self, name: &str) -> Fingerprint {
        self.prints.account("in1", name)
    }

    fn at(&self, second: u64) -> Instant {
        self.start + Duration::from_secs(second)
    }

    fn admit(&mut self, account: &str, second: u64) -> Result<Pass, Duration> {
        self.breaker.admit(self.account(account), self.at(second))
    }

    fn settle(&mut self, pass: Result<Pass, Duration>, account: &str, health: Health, second: u64) {
        self.breaker.settle(pass.unwrap(), self.account(account), health, self.at(second));
    }

    fn call(&mut self, account: &str, health: Health, second: u64) {
        let pass = self.admit(account, second);
        self.settle(pass, account, health, second);
    }
}

#[test]
fn opens_after_consecutive_failures_only() {
    let mut table = Table::new();
    for (account, health) in [
        ("a", Health::Failing),
        ("b", Health::Failing),
        ("c", Health::Alive),
        ("a", Health::Failing),
        ("b", Health::Failing),
        ("c", Health::Unknown),
    ] {
        table.call(account, health, 0);
        assert_eq!(table.breaker.level(), BreakerState::Closed);
    }
    table.call("a", Health::Failing, 0);
    assert_eq!(table.breaker.level(), BreakerState::Open);
}

#[test]
fn stays_closed_for_any_number_of_failures_of_one_account() {
    let mut table = Table::new();
    for _ in 0..1000 {
        table.call("a", Health::Failing, 0);
    }
    assert_eq!(table.breaker.level(), BreakerState::Closed);
    table.call("b", Health::Failing, 0);
    assert_eq!(table.breaker.level(), BreakerState::Open);
}

#[test]
fn returns_the_time_left() {
    let mut table = Table::opened();
    assert_eq!(table.admit("d", 3), Err(Duration::from_secs(7)));
}

#[test]
fn admits_one_probe_and_closes() {
    let mut table = Table::opened();
    assert_eq!(table.admit("a", 10), PROBE);
    assert_eq!(table.breaker.level(), BreakerState::HalfOpen);
    for account in ["a", "b", "d"] {
        assert!(table.admit(account, 10).is_err());
    }
    table.settle(PROBE, "a", Health::Alive, 10);
    assert_eq!((table.breaker.level(), table.admit("d", 10)), (BreakerState::Closed, Ok(Pass::Ordinary)));
}

#[test]
fn opens_again_when_a_probe_fails() {
    let mut table = Table::opened();
    table.call("a", Health::Failing, 10);
    assert_eq!((table.breaker.level(), table.admit("b", 10)), (BreakerState::Open, Err(OPEN)));
}

#[test]
fn a_failing_account_does_not_block_the_others() {
    let mut table = Table::opened();
    table.call("a", Health::Failing, 10);
    // The failing account is always first, and its probe never ends.
    assert_eq!(table.admit("a", 20), SUSPECTS_PROBE);
    assert_eq!(table.admit("b", 20), PROBE, "another account is admitted as well");
    table.settle(SUSPECTS_PROBE, "a", Health::Failing, 21);
    table.settle(PROBE, "b", Health::Unknown, 21);
    assert_eq!(table.admit("a", 21), Err(OPEN), "a suspect waits for the open time");
    assert_eq!(table.admit("b", 21), PROBE, "and no other account does");
    table.settle(PROBE, "b", Health::Alive, 21);
    assert_eq!(table.breaker.level(), BreakerState::Closed);
}

#[test]
fn a_single_account_is_probed_after_each_open_time() {
    let mut table = Table::opened();
    for second in [10, 20, 30] {
        table.call("a", Health::Failing, second);
        assert!(table.admit("a", second + 9).is_err());
    }
    table.call("a", Health::Alive, 40);
    assert_eq!(table.breaker.level(), BreakerState::Closed);
}

#[test]
fn admits_another_probe_when_one_is_cancelled() {
    let mut table = Table::opened();
    table.call("a", Health::Unknown, 10);
    assert_eq!(table.admit("a", 10), PROBE);
}

#[test]
fn ignores_late_results_of_earlier_calls() {
    let mut table = Table::opened();
    table.settle(Ok(Pass::Ordinary), "d", Health::Alive, 1);
    assert_eq!(table.breaker.level(), BreakerState::Open);
    assert_eq!(table.admit("a", 10), PROBE);
    table.settle(Ok(Pass::Ordinary), "d", Health::Failing, 10);
    assert_eq!(table.breaker.level(), BreakerState::HalfOpen);
}

#[test]
fn remembers_a_bounded_number_of_suspects() {
    let mut table = Table::opened();
    for round in 1..200 {
        table.call(&round.to_string(), Health::Failing, round * 10);
    }
    let State::Open { suspects, .. } = &table.breaker.state else { panic!("closed") };
    assert_eq!(suspects.len(), MAX_SUSPECTS);
}

#[test]
fn impatient_callers_do_not_open_the_breaker_of_a_region_that_answers() {
    let mut table = Table::new();
    table.call("d", Health::Alive, 0);
    for account in ["a", "b", "c", "a", "b", "c"] {
        table.call(account, Health::Abandoned, 9);
    }
    assert_eq!(table.breaker.level(), BreakerState::Closed);
    for account in ["a", "b", "c"] {
        table.call(account, Health::Abandoned, 10);
    }
    assert_eq!(table.breaker.level(), BreakerState::Open, "the region has not answered for the open time");
}
