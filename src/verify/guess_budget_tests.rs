use super::*;
use crate::verify::fingerprint::Fingerprinter;

const WINDOW: Duration = Duration::from_secs(600);

struct Table {
    budgets: GuessBudgets,
    prints: Fingerprinter,
    start: Instant,
}

impl Table {
    fn new() -> Self {
        Self { budgets: GuessBudgets::new(10, WINDOW), prints: Fingerprinter::new().unwrap(), start: Instant::now() }
    }

    fn begin(&self, client: &str, guess: usize, second: u64) -> Result<Guess, Duration> {
        let target = self.prints.target(client, "W9R-486-4W5Z");
        let guess = self.prints.target("guess", &guess.to_string());
        self.budgets.reserve(target, guess, self.at(second))
    }

    fn at(&self, second: u64) -> Instant {
        self.start + Duration::from_secs(second)
    }
}

#[test]
fn gives_ten_tries_and_tells_when_the_next_is_free() {
    let table = Table::new();
    for guess in 0..10 {
        table.begin("a", guess, guess as u64).unwrap().charge(table.at(guess as u64), false);
    }
    assert_eq!(table.begin("a", 10, 100).unwrap_err(), Duration::from_secs(500));
    assert!(table.begin("b", 10, 100).is_ok(), "another client is not locked out");
    assert!(table.begin("a", 3, 100).is_ok(), "an already refused guess reveals nothing new");
    assert!(table.begin("a", 10, 600).is_ok(), "the window slides");
}

#[test]
fn counts_distinct_refusals_alone() {
    let table = Table::new();
    for _ in 0..50 {
        table.begin("a", 1, 0).unwrap().charge(table.at(0), false);
        drop(table.begin("a", 2, 0).unwrap());
    }
    for guess in 10..19 {
        table.begin("a", guess, 1).unwrap().charge(table.at(1), false);
    }
    assert!(table.begin("a", 19, 1).is_err());
}

#[test]
fn counts_guesses_that_are_under_way() {
    let table = Table::new();
    let guesses: Vec<_> = (0..10).map(|guess| table.begin("a", guess, 0).unwrap()).collect();
    assert_eq!(table.begin("a", 10, 0).unwrap_err(), Duration::from_secs(1));
    assert!(table.begin("a", 9, 0).is_ok(), "the same credential is not another guess");
    drop(guesses);
    assert!(table.begin("a", 10, 0).is_ok());
}

#[test]
fn counts_a_known_refusal_once_while_it_is_asked_again() {
    let table = Table::new();
    for guess in 0..5 {
        table.begin("a", guess, 0).unwrap().charge(table.at(0), false);
    }
    let again: Vec<_> = (0..5).map(|guess| table.begin("a", guess, 1).unwrap()).collect();
    let more: Vec<_> = (5..10).map(|guess| table.begin("a", guess, 1).unwrap()).collect();
    assert!(table.begin("a", 10, 1).is_err());
    drop((again, more));
    assert_eq!(table.budgets.left(table.prints.target("a", "W9R-486-4W5Z"), table.at(1)), 5);
}

#[test]
fn watches_an_account_in_any_case_of_its_id() {
    let prints = Fingerprinter::new().unwrap();
    assert_eq!(prints.target("a", "W9R-486-4W5Z"), prints.target("a", "w9r-486-4w5z"));
}

#[test]
fn starts_anew_after_a_success() {
    let table = Table::new();
    for guess in 0..9 {
        table.begin("a", guess, 0).unwrap().charge(table.at(0), false);
    }
    table.begin("a", 9, 0).unwrap().reset();
    for guess in 20..30 {
        table.begin("a", guess, 0).unwrap().charge(table.at(0), false);
    }
    assert!(table.begin("a", 30, 0).is_err());
}

#[test]
fn learns_what_other_instances_know_and_keeps_what_they_do_not() {
    let table = Table::new();
    let print = |guess: usize| table.prints.target("guess", &guess.to_string());
    let mine = table.begin("a", 0, 5).unwrap();
    mine.charge(table.at(5), true);
    let shared: Vec<Refused> = (1..10).map(|guess| (print(guess), Duration::from_secs(guess as u64))).collect();
    mine.learn(&shared, table.at(10));
    assert_eq!(mine.owed(table.at(10)), [(print(0), Duration::from_secs(5))]);
    assert!(table.begin("a", 10, 10).is_err(), "nine of others and one of its own");
    assert_eq!(
        table.budgets.reserve_beyond(mine.target, print(10), table.at(10)).excess(),
        Some(Duration::from_secs(591))
    );
    mine.learn(&[(print(0), Duration::ZERO)], table.at(10));
    assert!(mine.owed(table.at(10)).is_empty());
    assert_eq!(table.budgets.left(mine.target, table.at(10)), 9, "a success elsewhere has reset the budget");
}

#[test]
fn is_bounded_under_a_million_random_accounts() {
    let table = Table::new();
    for index in 0..1_000_000_u32 {
        let target = table.prints.target("a", &index.to_string());
        table.budgets.reserve(target, target, table.start).unwrap().charge(table.start, false);
    }
    assert!(table.budgets.count() <= MAX_TARGETS, "{}", table.budgets.count());
    assert!(table.budgets.count() > MAX_TARGETS * 9 / 10, "{}", table.budgets.count());
    for guess in 0..10 {
        table.begin("a", guess, 0).unwrap().charge(table.at(0), false);
    }
    assert!(table.begin("a", 10, 0).is_err(), "a new target is tracked even in a full table");
}

#[test]
fn keeps_nothing_of_a_verified_credential() {
    let table = Table::new();
    table.begin("a", 0, 0).unwrap().charge(table.at(0), false);
    assert_eq!(table.budgets.count(), 1);
    let (verified, other) = (table.begin("a", 1, 0).unwrap(), table.begin("a", 2, 0).unwrap());
    verified.reset();
    drop(verified);
    assert_eq!(table.budgets.count(), 1, "another guess is running");
    drop(other);
    assert_eq!(table.budgets.count(), 0);
}

#[test]
fn removes_expired_targets() {
    let table = Table::new();
    let refuse = |index: usize, second| {
        let target = table.prints.target("a", &index.to_string());
        table.budgets.reserve(target, target, table.at(second)).unwrap().charge(table.at(second), false);
    };
    (0..1000).for_each(|index| refuse(index, 0));
    assert_eq!(table.budgets.count(), 1000);
    (1000..2000).for_each(|index| refuse(index, 600));
    assert_eq!(table.budgets.count(), 1000, "each reservation removes more than it adds");
}

#[test]
fn never_evicts_a_running_guess() {
    let table = Table::new();
    let mine: Vec<_> = (0..10).map(|guess| table.begin("a", guess, 0).unwrap()).collect();
    let others: Vec<_> = (0..MAX_TARGETS * 5 / 4)
        .map(|index| {
            let target = table.prints.target("b", &index.to_string());
            table.budgets.reserve(target, target, table.start).unwrap()
        })
        .collect();
    assert!(table.begin("a", 10, 0).is_err());
    for other in others {
        other.charge(table.start, false);
    }
    for index in 0..20_000 {
        let target = table.prints.target("c", &index.to_string());
        drop(table.budgets.reserve(target, target, table.start));
    }
    assert!(table.begin("a", 10, 0).is_err());
    assert!(table.budgets.count() <= MAX_TARGETS + mine.len(), "{}", table.budgets.count());
}

#[test]
fn forgets_nothing_while_targets_come_and_go() {
    let table = Table::new();
    let refused = std::sync::atomic::AtomicUsize::new(0);
    let barrier = std::sync::Barrier::new(4);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (table, refused, barrier) = (&table, &refused, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for round in 0..2000 {
                    // Removes the target if there is no other guess.
                    drop(table.begin("a", 0, 0));
                    if round % 100 != 0 {
                        continue;
                    }
                    if let Ok(guess) = table.begin("a", 1 + thread * 2000 + round, 0) {
                        guess.charge(table.at(0), false);
                        refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(table.begin("a", 9999, 0).is_err());
    assert_eq!(refused.into_inner(), 10);
}
