use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;

const LIMITS: Limits =
    Limits { window: 4, max_deferred: 3, after_end: Duration::from_secs(30), grace: Duration::from_secs(5) };

struct Numbers(std::ops::Range<u32>);

impl Source for Numbers {
    type Item = u32;

    async fn next(&mut self) -> Option<u32> {
        self.0.next()
    }
}

/// Answers an item by its script: how often it fails, and with which retry time.
#[derive(Default)]
struct Scripted {
    failures: HashMap<u32, (u32, Option<Duration>)>,
    never_answered: Vec<u32>,
    asked: Mutex<HashMap<u32, u32>>,
    done: Mutex<Vec<(u32, &'static str)>>,
    under_way: AtomicUsize,
    most: AtomicUsize,
}

impl Desk for Scripted {
    type Item = u32;
    type Answer = &'static str;

    async fn ask(&self, item: &u32) -> (&'static str, Next) {
        let tries = {
            let mut asked = self.asked.lock().unwrap();
            let tries = asked.entry(*item).or_default();
            *tries += 1;
            *tries
        };
        let now = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        if self.never_answered.contains(item) {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        match self.failures.get(item) {
            Some((failures, hint)) if tries <= *failures => ("failed", Next::Later(*hint)),
            _ => ("good", Next::Done),
        }
    }

    fn cut_off(&self) -> &'static str {
        "cut off"
    }

    async fn done(&self, item: u32, answer: &'static str) {
        self.done.lock().unwrap().push((item, answer));
    }
}

impl Scripted {
    fn failing(failures: &[(u32, u32, Option<u64>)]) -> Self {
        let failures = failures.iter().map(|&(item, times, hint)| (item, (times, hint.map(Duration::from_secs))));
        Self { failures: failures.collect(), ..Self::default() }
    }

    fn answers(&self) -> Vec<(u32, &'static str)> {
        let mut done = self.done.lock().unwrap().clone();
        done.sort_unstable();
        done
    }

    fn asked(&self, item: u32) -> u32 {
        self.asked.lock().unwrap()[&item]
    }
}

#[tokio::test(start_paused = true)]
async fn answers_every_item_once_within_the_window() {
    let desk = Scripted::default();
    run(&mut Numbers(0..100), &desk, &LIMITS, std::future::pending()).await;
    assert_eq!(desk.answers(), (0..100).map(|item| (item, "good")).collect::<Vec<_>>());
    assert_eq!(desk.most.load(Ordering::Relaxed), 4);
}

#[tokio::test(start_paused = true)]
async fn retries_items_without_a_verdict() {
    let desk = Scripted::failing(&[(1, 2, None), (2, 100, None), (3, 6, Some(3)), (4, 1, Some(100))]);
    let limits = Limits { max_deferred: 10, ..LIMITS };
    run(&mut Numbers(0..6), &desk, &limits, std::future::pending()).await;
    let expected = [(0, "good"), (1, "good"), (2, "failed"), (3, "good"), (4, "failed"), (5, "good")];
    assert_eq!(desk.answers(), expected);
    assert_eq!([1, 2, 3, 4].map(|item| desk.asked(item)), [3, MAX_TRIES, 7, 1]);
}

#[tokio::test(start_paused = true)]
async fn defers_at_most_the_allowed_number_of_items() {
    let all: Vec<_> = (0..50).map(|item| (item, 1, None)).collect();
    let desk = Scripted::failing(&all);
    run(&mut Numbers(0..50), &desk, &LIMITS, std::future::pending()).await;
    let answers = desk.answers();
    assert_eq!(answers.len(), 50);
    assert_eq!(answers.iter().filter(|(_, answer)| *answer == "good").count(), 3);
}

#[tokio::test(start_paused = true)]
async fn answers_every_read_item_at_a_stop() {
    let mut desk = Scripted::failing(&[(0, 100, Some(600))]);
    desk.never_answered = vec![2];
    let started = Instant::now();
    let stop = tokio::time::sleep(Duration::from_secs(1));
    run(&mut Numbers(0..1_000_000), &desk, &LIMITS, stop).await;
    assert!(started.elapsed() <= Duration::from_millis(6100), "{:?}", started.elapsed());
    let answers = desk.answers();
    assert_eq!((answers[0], answers[2]), ((0, "failed"), (2, "cut off")));
    assert_eq!(answers.len(), desk.asked.lock().unwrap().len());
    assert!(answers.len() < 1000);
}
