//! State shared by a connection, its stream, its requests and the accept loop.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Waker,
    time::Duration,
};

use futures_util::task::AtomicWaker;
use tokio::{sync::Notify, time::Instant};

use super::body::Rest;

/// State shared by all connections of a listener.
#[derive(Debug)]
pub(super) struct Crowd {
    started: Instant,
    /// The accept loop is looking for a connection that can make room.
    is_full: AtomicBool,
    /// Connections end after their running requests.
    is_closing: AtomicBool,
    /// A connection became idle while the accept loop was looking, or refused to make room.
    changed: Notify,
}

/// State shared by the parts of one connection.
#[derive(Debug)]
pub(super) struct State {
    crowd: Arc<Crowd>,
    begun: AtomicU64,
    running: AtomicU64,
    /// Nanoseconds from the crowd's start to the end of the last request, or to the accept.
    idle_since: AtomicU64,
    written: AtomicU64,
    is_writing: AtomicBool,
    /// When the head of a request was complete whose body is awaited before it begins, in nanoseconds from the crowd's
    /// start; zero if there is none.
    received_at: AtomicU64,
    was_slow: AtomicBool,
    resets: AtomicBool,
    has_left: AtomicBool,
    is_streaming: AtomicBool,
    /// HTTP has got nothing of a next request.
    is_quiet: AtomicBool,
    is_asked_to_leave: AtomicBool,
    /// The connection's task, to be woken by requests to it.
    task: AtomicWaker,
    /// The number of the first request whose head must be refused, counted from one.
    refuse_from: AtomicU64,
    /// The connection's reader, while bytes that were read ahead wait for the end of the running request.
    ahead: AtomicWaker,
    has_ahead: AtomicBool,
    /// The unread body of the running HTTP/1 request.
    pub(super) rest: Mutex<Rest>,
}

/// A running request, from its complete head to the end of its response.
#[derive(Debug)]
pub(super) struct Busy(Arc<State>);

impl Default for Crowd {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            is_full: AtomicBool::new(false),
            is_closing: AtomicBool::new(false),
            changed: Notify::new(),
        }
    }
}

impl Crowd {
    /// Sets whether connections report when they become idle.
    pub(super) fn set_full(&self, is_full: bool) {
        // Sequentially consistent, like the count of running requests: either the accept loop sees that a connection is
        // idle, or the connection sees that the accept loop is looking.
        self.is_full.store(is_full, Ordering::SeqCst);
    }

    /// Makes each connection end when it is next polled.
    pub(super) fn close(&self) {
        self.is_closing.store(true, Ordering::SeqCst);
    }

    /// Waits until another scan may find an idle connection.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl State {
    pub(super) fn new(crowd: Arc<Crowd>) -> Self {
        Self {
            idle_since: AtomicU64::new(crowd.now()),
            crowd,
            begun: AtomicU64::new(0),
            running: AtomicU64::new(0),
            written: AtomicU64::new(0),
            is_writing: AtomicBool::new(false),
            received_at: AtomicU64::new(0),
            was_slow: AtomicBool::new(false),
            resets: AtomicBool::new(false),
            has_left: AtomicBool::new(false),
            is_streaming: AtomicBool::new(false),
            is_quiet: AtomicBool::new(false),
            is_asked_to_leave: AtomicBool::new(false),
            task: AtomicWaker::new(),
            refuse_from: AtomicU64::new(u64::MAX),
            ahead: AtomicWaker::new(),
            has_ahead: AtomicBool::new(false),
            rest: Mutex::default(),
        }
    }

    pub(super) fn begin_request(self: &Arc<Self>) -> Busy {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::SeqCst);
        Busy(self.clone())
    }

    /// Returns the number of requests that have begun.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Sets the number of the first request whose head must be refused.
    pub(super) fn refuse_from(&self, number: u64) {
        self.refuse_from.store(number, Ordering::Relaxed);
    }

    /// Returns whether the request that began last must be refused.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.begun() >= self.refuse_from.load(Ordering::Relaxed)
    }

    /// Returns whether a request is being handled or its response sent.
    pub(super) fn is_running(&self) -> bool {
        self.running.load(Ordering::SeqCst) > 0
    }

    /// Wakes the reader at the end of the running request: then the bytes that were read ahead can be passed on.
    pub(super) fn wake_at_end(&self, waker: &Waker) {
        self.ahead.register(waker);
        self.has_ahead.store(true, Ordering::SeqCst);
        // The request may have ended in the meantime.
        if !self.is_running() {
            self.ahead.wake();
        }
    }

    /// Returns whether no request is running or being received.
    pub(super) fn is_idle(&self) -> bool {
        !self.is_handling() && self.received_at.load(Ordering::SeqCst) == 0
    }

    /// Returns whether a request is running, or its response is being sent.
    pub(super) fn is_handling(&self) -> bool {
        self.is_running() || self.is_writing.load(Ordering::SeqCst)
    }

    /// Returns when the connection became idle, in nanoseconds from the crowd's start; `None` while a request is
    /// running.
    pub(super) fn idle_since(&self) -> Option<u64> {
        self.is_idle().then(|| self.idle_since.load(Ordering::Relaxed))
    }

    /// Returns when the last request ended.
    pub(super) fn last_request(&self) -> Instant {
        self.crowd.started + Duration::from_nanos(self.idle_since.load(Ordering::Relaxed))
    }

    pub(super) fn set_writing(&self, is_writing: bool) {
        if self.is_writing.swap(is_writing, Ordering::SeqCst) && !is_writing {
            self.became_idle();
        }
    }

    /// Begins to wait for the body of a request whose head is complete; returns when the head was complete.
    pub(super) fn begin_receiving(&self) -> Instant {
        let mut received_at = self.received_at.load(Ordering::Relaxed);
        if received_at == 0 {
            received_at = self.crowd.now();
            self.received_at.store(received_at, Ordering::SeqCst);
        }
        self.crowd.started + Duration::from_nanos(received_at)
    }

    /// Returns whether the body of a request is awaited before the request begins.
    pub(super) fn is_receiving(&self) -> bool {
        self.received_at.load(Ordering::Relaxed) != 0
    }

    /// Returns when the head of the request that has begun was complete, if its body was awaited since then.
    pub(super) fn end_receiving(&self) -> Option<Instant> {
        if !self.is_receiving() {
            return None;
        }
        let received_at = self.received_at.swap(0, Ordering::SeqCst);
        Some(self.crowd.started + Duration::from_nanos(received_at))
    }

    /// Counts bytes that were written to the client.
    pub(super) fn add_written(&self, count: usize) {
        self.written.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    pub(super) fn set_slow(&self) {
        self.was_slow.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_slow(&self) -> bool {
        self.was_slow.load(Ordering::Relaxed)
    }

    pub(super) fn reset_at_end(&self) {
        self.resets.store(true, Ordering::Relaxed);
    }

    pub(super) fn resets(&self) -> bool {
        self.resets.load(Ordering::Relaxed)
    }

    /// Records that the client closed its side.
    pub(super) fn set_left(&self) {
        self.has_left.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_left(&self) -> bool {
        self.has_left.load(Ordering::Relaxed)
    }

    pub(super) fn set_quiet(&self, is_quiet: bool) {
        self.is_quiet.store(is_quiet, Ordering::Relaxed);
    }

    /// Returns whether no request is running, and HTTP has got nothing of a next one.
    pub(super) fn is_quiet(&self) -> bool {
        !self.is_handling() && self.is_quiet.load(Ordering::Relaxed)
    }

    /// Returns whether the head of a response has been sent and its body waits for more data.
    pub(super) fn is_streaming(&self) -> bool {
        self.is_streaming.load(Ordering::Relaxed)
    }

    /// Takes the waker of the connection's task.
    pub(super) fn listen(&self, waker: &Waker) {
        self.task.register(waker);
    }

    /// Polls the connection again.
    pub(super) fn wake(&self) {
        self.task.wake();
    }

    /// Returns whether the listener ends its connections.
    pub(super) fn is_closing(&self) -> bool {
        self.crowd.is_closing.load(Ordering::SeqCst)
    }

    /// Asks the connection to make room.
    pub(super) fn ask_to_leave(&self) {
        self.is_asked_to_leave.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Returns whether the connection has been asked to make room and has not refused.
    pub(super) fn is_asked_to_leave(&self) -> bool {
        self.is_asked_to_leave.load(Ordering::Relaxed)
    }

    /// Returns whether the connection has been asked to make room, and does so. A request that has begun in the
    /// meantime prevents it, and the accept loop looks for another connection.
    pub(super) fn leaves(&self) -> bool {
        if !self.is_asked_to_leave() {
            return false;
        }
        let agrees = self.is_idle();
        if !agrees {
            self.is_asked_to_leave.store(false, Ordering::Relaxed);
            self.crowd.changed.notify_one();
        }
        agrees
    }

    /// Replaces the state of the running request's body.
    pub(super) fn replace_rest(&self, rest: Rest) -> Rest {
        std::mem::replace(&mut *self.rest.lock().unwrap_or_else(PoisonError::into_inner), rest)
    }

    fn became_idle(&self) {
        self.idle_since.store(self.crowd.now(), Ordering::Relaxed);
        if self.crowd.is_full.load(Ordering::SeqCst) {
            self.crowd.changed.notify_one();
        }
    }
}

impl Busy {
    /// Records whether the response body waits for more data.
    pub(super) fn set_streaming(&self, is_streaming: bool) {
        self.0.is_streaming.store(is_streaming, Ordering::Relaxed);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.set_streaming(false);
        // Set the time first: once the count is zero, the accept loop may read it.
        self.0.idle_since.store(self.0.crowd.now(), Ordering::Relaxed);
        if self.0.running.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        if self.0.crowd.is_full.load(Ordering::SeqCst) {
            self.0.crowd.changed.notify_one();
        }
        if self.0.has_ahead.load(Ordering::SeqCst) && self.0.has_ahead.swap(false, Ordering::SeqCst) {
            self.0.ahead.wake();
        }
    }
}

#[cfg(test)]
impl Default for State {
    fn default() -> Self {
        Self::new(Arc::default())
    }
}
