//! Verifies many items with bounded memory: a limited number at once, and a retry later for those that an outage left
//! without a verdict.
//!
//! The caller provides the items and receives the answers: an HTTP batch and a file on the command line both use
//! [`run`].

use std::{collections::BTreeMap, future::Future, pin::pin, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::model::{Answer, FaultKind, Outcome};

/// The maximum time an item waits for its turn. Its attempts have the upstream's own deadline.
pub const MAX_WAIT: Duration = Duration::from_secs(600);

/// The maximum number of tries of an item, unless answers name a time for the next try.
const MAX_TRIES: u32 = 4;

const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The limits of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The maximum number of running items.
    pub window: usize,
    /// The maximum number of items waiting for a retry.
    pub max_deferred: usize,
    /// How long after the last item a retry may begin.
    pub after_end: Duration,
    /// How long running items may continue after a stop.
    pub grace: Duration,
}

/// A source of items.
pub trait Source: Send {
    /// One item.
    type Item: Send;

    /// Returns the next item. Cancel-safe: dropping the future loses no item.
    fn next(&mut self) -> impl Future<Output = Option<Self::Item>> + Send;

    /// Called when reading pauses because the window is full.
    fn pause(&mut self) {}
}

/// Verifies items and receives their answers.
pub trait Desk: Sync {
    /// One item.
    type Item: Send;
    /// The answer for an item.
    type Answer: Send;

    /// Makes one try.
    fn ask(&self, item: &Self::Item) -> impl Future<Output = (Self::Answer, Next)> + Send;

    /// Returns the answer of an item that a stop interrupted.
    fn cut_off(&self) -> Self::Answer;

    /// Receives the final answer of an item, once per item. While it is pending, the item keeps its place in the
    /// window.
    fn done(&self, item: Self::Item, answer: Self::Answer) -> impl Future<Output = ()> + Send;
}

/// What follows an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing: the answer is final.
    Done,
    /// A retry, after this time if it is known.
    Later(Option<Duration>),
}

impl Next {
    /// Returns what follows an answer of the use case: after an outage or a limit, a retry may succeed.
    pub fn after(answer: &Answer) -> Self {
        match &answer.outcome {
            Outcome::Fault(fault) => match fault.kind {
                FaultKind::UpstreamUnavailable
                | FaultKind::UpstreamBusy
                | FaultKind::UpstreamTimeout
                | FaultKind::Overloaded => Self::Later(fault.retry_after),
                FaultKind::UpstreamUnexpected | FaultKind::TooManyAttempts | FaultKind::Internal => Self::Done,
            },
            Outcome::Verdict(_) => Self::Done,
        }
    }
}

/// An item in the window.
enum Step<D: Desk> {
    Ask { item: D::Item, tries: u32 },
    Report { item: D::Item, answer: D::Answer },
}

/// An item that may be retried.
struct Undecided<D: Desk> {
    item: D::Item,
    answer: D::Answer,
    tries: u32,
    after: Option<Duration>,
}

/// Verifies every item of a source, and returns when each has its answer. `stop` ends the reading: running items get
/// the grace period, and those waiting for a retry are reported with their last answer.
pub async fn run<S, D>(source: &mut S, desk: &D, limits: &Limits, stop: impl Future<Output = ()> + Send)
where
    S: Source,
    D: Desk<Item = S::Item>,
{
    let cut = watch::Sender::new(false);
    let mut stop = pin!(stop);
    let mut under_way = FuturesUnordered::new();
    let mut deferred = Deferred::<D>::default();
    // When the last item was read, and when a stop interrupts the running items.
    let (mut ended, mut cut_at): (Option<Instant>, Option<Instant>) = (None, None);
    loop {
        let now = Instant::now();
        let last_try = cut_at.or(ended.map(|ended| ended + limits.after_end));
        if cut_at.is_some() || last_try.is_some_and(|last| last <= now) {
            under_way.extend(deferred.take_all().map(|step| work(desk, step, cut.subscribe())));
        }
        while under_way.len() < limits.window
            && let Some(step) = deferred.pop_due(now)
        {
            under_way.push(work(desk, step, cut.subscribe()));
        }
        if ended.is_some() && under_way.is_empty() && deferred.is_empty() {
            return;
        }
        let has_room = under_way.len() < limits.window;
        if !has_room {
            source.pause();
        }
        let wake_at = [deferred.next_due().filter(|_| has_room), last_try.filter(|_| !deferred.is_empty())];
        tokio::select! {
            () = &mut stop, if cut_at.is_none() => {
                ended = Some(now);
                cut_at = Some(Instant::now() + limits.grace);
            }
            Some(undecided) = under_way.next(), if !under_way.is_empty() => if let Some(undecided) = undecided {
                let latest = if cut_at.is_some() { Some(now) } else { last_try };
                if let Err(step) = deferred.push(undecided, limits.max_deferred, latest) {
                    under_way.push(work(desk, step, cut.subscribe()));
                }
            },
            item = source.next(), if has_room && ended.is_none() => match item {
                Some(item) => under_way.push(work(desk, Step::Ask { item, tries: 0 }, cut.subscribe())),
                None => ended = Some(Instant::now()),
            },
            () = wait_until(wake_at.into_iter().flatten().min()) => {}
            () = wait_until(cut_at.filter(|_| !*cut.borrow())) => { cut.send_replace(true); }
        }
    }
}

async fn wait_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Makes one step for an item; returns it if it may be retried.
async fn work<D: Desk>(desk: &D, step: Step<D>, mut cut: watch::Receiver<bool>) -> Option<Undecided<D>> {
    let (item, answer) = match step {
        Step::Report { item, answer } => (item, answer),
        Step::Ask { item, tries } => {
            let (answer, next) = tokio::select! {
                biased;
                replied = desk.ask(&item) => replied,
                _ = cut.wait_for(|is_cut| *is_cut) => (desk.cut_off(), Next::Done),
            };
            match next {
                Next::Later(after) => return Some(Undecided { item, answer, tries, after }),
                Next::Done => (item, answer),
            }
        }
    };
    desk.done(item, answer).await;
    None
}

/// An item, its last answer, and the number of tries.
type Waiting<D> = (<D as Desk>::Item, <D as Desk>::Answer, u32);

/// The items waiting for a retry, by due time.
struct Deferred<D: Desk> {
    waiting: BTreeMap<(Instant, u64), Waiting<D>>,
    pushed: u64,
}

impl<D: Desk> Default for Deferred<D> {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), pushed: 0 }
    }
}

impl<D: Desk> Deferred<D> {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn next_due(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    fn pop_due(&mut self, now: Instant) -> Option<Step<D>> {
        let first = self.waiting.first_entry().filter(|first| first.key().0 <= now)?;
        let (item, _, tries) = first.remove();
        Some(Step::Ask { item, tries })
    }

    fn take_all(&mut self) -> impl Iterator<Item = Step<D>> {
        std::mem::take(&mut self.waiting).into_values().map(|(item, answer, _)| Step::Report { item, answer })
    }

    /// Keeps an item for a retry if one can begin by `latest`; otherwise returns it to be reported.
    fn push(&mut self, undecided: Undecided<D>, most: usize, latest: Option<Instant>) -> Result<(), Step<D>> {
        let Undecided { item, answer, tries, after } = undecided;
        let pause = FIRST_PAUSE * (1 << tries.min(MAX_TRIES));
        // Spread the retries, so that the items of an outage do not all return at once.
        let pause = after.unwrap_or_default().max(pause).mul_f64(1.0 + fastrand::f64() / 4.0);
        let due = Instant::now() + pause;
        // Asking a region that is known to be down costs nothing, so those tries are not counted.
        let tries = if after.is_some() { tries } else { tries + 1 };
        if tries >= MAX_TRIES || self.waiting.len() >= most || latest.is_some_and(|latest| due > latest) {
            return Err(Step::Report { item, answer });
        }
        self.pushed += 1;
        self.waiting.insert((due, self.pushed), (item, answer, tries));
        Ok(())
    }
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
