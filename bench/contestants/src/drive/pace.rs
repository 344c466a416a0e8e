//! An open schedule: request `n` is due at `n / rate`, whatever became of the ones before it.

use std::{
    num::NonZeroU64,
    thread,
    time::{Duration, Instant},
};

use tokio::sync::{
    Mutex,
    mpsc::{UnboundedReceiver, unbounded_channel},
};

pub struct Pacer {
    /// The moments of requests that are due and that no connection has taken.
    due: Mutex<UnboundedReceiver<Instant>>,
}

impl Pacer {
    pub fn start(rate: f64) -> Self {
        let (sender, due) = unbounded_channel();
        // A thread of its own, because the runtime's timers are as coarse as a millisecond.
        thread::spawn(move || {
            let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
            let start = Instant::now();
            for number in 0_u64.. {
                let due = start + Duration::from_secs_f64(number as f64 / rate);
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if sender.send(due).is_err() {
                    return;
                }
            }
        });
        Self { due: Mutex::new(due) }
    }

    /// Waits for a request that is due and returns since when.
    pub async fn next(&self) -> Option<Instant> {
        self.due.lock().await.recv().await
    }
}
