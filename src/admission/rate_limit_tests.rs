//! Several instances with one client, against one bucket, under seeded interleavings.

use super::{super::shared::INTERVAL, *};

const MILLISECOND: u64 = 1_000_000;
/// Most runs are short, so that ten thousand of them take seconds.
const RUNS: u64 = 10_000;

/// What Redis keeps of a client: the same arithmetic as `client_rate.lua`, in nanoseconds.
#[derive(Default)]
struct Common {
    stored: Option<(u64, u64)>,
}

impl Common {
    fn exchange(&mut self, takes: Takes, now: u64) -> Standing {
        let (full_at, total) = self.stored.unwrap_or_default();
        let from = full_at.max(now.saturating_sub(takes.period.as_nanos() as u64));
        let debt = (from + takes.cost.as_nanos() as u64).saturating_sub(now).max(takes.debt.as_nanos() as u64);
        let (debt, total) = (debt.min(takes.max_debt.as_nanos() as u64), total + takes.count);
        self.stored = Some((now + debt, total));
        Standing { debt: Duration::from_nanos(debt), total }
    }
}

struct Run {
    instances: u64,
    per_second: u64,
    burst: u64,
    /// The time of an exchange: its request is applied at once, and its answer comes this much later.
    trip: u64,
    /// When each token was admitted, in nanoseconds.
    admitted: Vec<u64>,
    refused: u64,
}

impl Run {
    /// Sends `load` times the rate, spread over the instances as `weights` say.
    fn new(random: &mut fastrand::Rng, load: f64, instances: u64, seconds: f64) -> Self {
        let (per_second, burst) = (random.u64(5..200), random.u64(1..200));
        let trip = random.u64(0..20) * MILLISECOND;
        let mut run = Self { instances, per_second, burst, trip, admitted: Vec::new(), refused: 0 };
        let bucket = || TokenBucket::new((per_second as u32).try_into().unwrap(), (burst as u32).try_into().unwrap());
        let buckets: Vec<_> = (0..instances).map(|_| bucket()).collect();
        let weights: Vec<f64> = (0..instances).map(|_| random.f64() + 0.01).collect();
        let all: f64 = weights.iter().sum();
        let mut common = Common::default();
        let mut next: Vec<u64> = (0..instances).map(|_| random.u64(0..INTERVAL.as_nanos() as u64)).collect();
        let mut answers: Vec<Option<(u64, Takes, Standing)>> = vec![None; instances as usize];
        let end = (seconds * SECOND as f64) as u64;
        for now in (0..end).step_by(MILLISECOND as usize) {
            for (index, bucket) in buckets.iter().enumerate() {
                if let Some((at, sent, standing)) = answers[index]
                    && at <= now
                {
                    bucket.settle(sent, standing);
                    answers[index] = None;
                    next[index] = now + INTERVAL.as_nanos() as u64;
                }
                if next[index] <= now && answers[index].is_none() {
                    next[index] = now + INTERVAL.as_nanos() as u64;
                    if let Some(takes) = bucket.takes(now) {
                        answers[index] = Some((now + trip, takes, common.exchange(takes, now)));
                    }
                }
                let expected = load * per_second as f64 * weights[index] / all / 1000.0;
                let count = expected as u64 + u64::from(random.f64() < expected.fract());
                for _ in 0..count {
                    match bucket.take_at(now) {
                        Ok(state) => {
                            run.admitted.push(now);
                            if state.is_due && answers[index].is_none() {
                                next[index] = now;
                            }
                        }
                        Err(_) => run.refused += 1,
                    }
                }
            }
        }
        run
    }

    /// Returns the most tokens above the rate in any time, beyond what one bucket admits.
    fn most_above(&self) -> f64 {
        // The largest of `count(s..=t) - rate × (t - s)` over all s and t, by one pass (Kadane).
        let (mut current, mut most, mut before) = (0.0_f64, 0.0_f64, 0);
        for &at in &self.admitted {
            let refilled = (at - before) as f64 / SECOND as f64 * self.per_second as f64;
            current = (current - refilled).max(0.0) + 1.0;
            most = most.max(current);
            before = at;
        }
        most - self.burst as f64
    }

    /// The error bound that `shared.rs` states.
    fn bound(&self) -> f64 {
        let interval = (INTERVAL.as_nanos() as u64 + self.trip + 2 * MILLISECOND) as f64 / SECOND as f64;
        (self.instances - 1) as f64 * self.burst as f64
            + self.instances as f64 * self.per_second as f64 * interval
            + 1.0
    }
}

#[test]
fn several_instances_stay_within_the_stated_error() {
    let mut random = fastrand::Rng::with_seed(14);
    for seed in 0..RUNS {
        let (load, instances) = (random.f64() * 20.0, random.u64(1..6));
        let seconds = if seed % 100 == 0 { 10.0 } else { 0.5 };
        let run = Run::new(&mut random, load, instances, seconds);
        let (above, bound) = (run.most_above(), run.bound());
        assert!(above <= bound, "run {seed}: {above} above, at most {bound} with {instances} instances");
    }
}

#[test]
fn a_client_that_stays_busy_gets_its_rate_and_no_more() {
    let mut random = fastrand::Rng::with_seed(15);
    for seed in 0..40 {
        let instances = random.u64(1..6);
        let run = Run::new(&mut random, 3.0, instances, 30.0);
        let due = run.burst as f64 + 30.0 * run.per_second as f64;
        let share = run.admitted.len() as f64 / due;
        let error = (run.instances - 1) as f64 * (run.burst as f64 + run.per_second as f64 / 5.0) / due;
        assert!((0.9..=1.0 + error).contains(&share), "run {seed}: {share} of the rate with {instances} instances");
    }
}

#[test]
fn a_client_below_its_rate_is_not_refused() {
    let mut random = fastrand::Rng::with_seed(16);
    let (mut refused, mut admitted) = (0, 0);
    for _ in 0..200 {
        let instances = random.u64(1..6);
        let run = Run::new(&mut random, 0.7, instances, 5.0);
        // A burst of a few tokens is too small to be shared among instances that do not ask one another.
        if run.burst >= 10 * run.instances {
            refused += run.refused;
            admitted += run.admitted.len() as u64;
        }
    }
    assert!(refused * 1000 <= admitted, "{refused} refused of {admitted}");
}

#[test]
fn one_instance_that_shares_is_as_good_as_one_alone() {
    let per_second = NonZeroU32::new(10).unwrap();
    let bucket = TokenBucket::new(per_second, per_second);
    let mut common = Common::default();
    for round in 0..100 {
        let now = round * SECOND;
        let taken = (0..20).filter(|_| bucket.take_at(now).is_ok()).count();
        assert_eq!(taken, 10, "second {round}");
        let sent = bucket.takes(now).unwrap();
        bucket.settle(sent, common.exchange(sent, now));
    }
}

#[test]
fn knows_what_others_took_and_goes_on_alone() {
    let bucket = TokenBucket::new(10.try_into().unwrap(), 20.try_into().unwrap());
    assert_eq!(bucket.take_at(0).unwrap().remaining, 19);
    let sent = bucket.takes(0).unwrap();
    assert_eq!((sent.count, sent.cost), (1, Duration::from_millis(100)));
    assert_eq!(bucket.takes(0), None, "nobody asked since");
    bucket.settle(sent, Standing { debt: Duration::from_millis(1500), total: 15 });
    assert_eq!(bucket.take_at(0).unwrap().remaining, 4, "15 are taken");
    let sent = bucket.takes(0).unwrap();
    bucket.settle(sent, Standing { debt: Duration::from_secs(10), total: 100 });
    let (state, wait) = bucket.take_at(0).unwrap_err();
    assert_eq!((state.remaining, state.full_in, wait), (0, 10, Duration::from_millis(8100)), "they took too many");
    bucket.count_alone();
    assert!(bucket.take_at(9 * SECOND).is_ok(), "and it is refilled while Redis is away");
}
