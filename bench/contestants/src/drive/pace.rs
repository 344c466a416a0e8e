//! An open schedule: request `n` is due at `n / rate`, regardless of the previous ones.

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
    /// The times of due requests that no connection has taken.
    due: Mutex<UnboundedReceiver<Instant>>,
}

impl Pacer {
    pub fn start(rate: f64) -> Self {
        let (sender, due) = unbounded_channel();
        // A separate thread, because the runtime's timers have a resolution of a millisecond.
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

    /// Waits for a due request and returns its due time.
    pub async fn next(&self) -> Option<Instant> {
        self.due.lock().await.recv().await
    }
}
