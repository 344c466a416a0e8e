//! Limits the share of the upstream that one region, or one account, may use.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::{InMemoryState, NotKeyed},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use super::{fingerprint::Fingerprint, lock};

/// No permit became available in time.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

/// The concurrency permits of a region.
#[derive(Debug)]
pub struct Places {
    semaphore: Arc<Semaphore>,
}

impl Places {
    /// Creates `count` permits.
    pub fn new(count: usize) -> Self {
        Self { semaphore: Arc::new(Semaphore::new(count)) }
    }

    /// Waits for a permit until a deadline.
    pub async fn take(&self, until: Instant) -> Result<OwnedSemaphorePermit, Full> {
        take(&self.semaphore, until).await
    }
}

/// Permits for each account: an entry exists only while a permit is held or awaited.
#[derive(Debug)]
pub struct AccountPlaces {
    table: Arc<Mutex<HashMap<Fingerprint, Account>>>,
    each: usize,
}

#[derive(Debug)]
struct Account {
    semaphore: Arc<Semaphore>,
    users: usize,
}

/// A permit of an account, returned when dropped.
#[derive(Debug)]
pub struct AccountPlace {
    _permit: OwnedSemaphorePermit,
    _user: User,
}

#[derive(Debug)]
struct User {
    table: Arc<Mutex<HashMap<Fingerprint, Account>>>,
    key: Fingerprint,
}

impl AccountPlaces {
    /// Creates `each` permits per account.
    pub fn new(each: usize) -> Self {
        Self { table: Arc::default(), each }
    }

    /// Waits for a permit of this account until a deadline.
    pub async fn take(&self, key: Fingerprint, until: Instant) -> Result<AccountPlace, Full> {
        let semaphore = {
            let mut table = lock(&self.table);
            let account = table
                .entry(key)
                .or_insert_with(|| Account { semaphore: Arc::new(Semaphore::new(self.each)), users: 0 });
            account.users += 1;
            account.semaphore.clone()
        };
        let user = User { table: self.table.clone(), key };
        Ok(AccountPlace { _permit: take(&semaphore, until).await?, _user: user })
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        lock(&self.table).is_empty()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let mut table = lock(&self.table);
        if let Some(account) = table.get_mut(&self.key) {
            account.users -= 1;
            if account.users == 0 {
                table.remove(&self.key);
            }
        }
    }
}

async fn take(semaphore: &Arc<Semaphore>, until: Instant) -> Result<OwnedSemaphorePermit, Full> {
    // The usual case needs no timer.
    if let Ok(permit) = semaphore.clone().try_acquire_owned() {
        return Ok(permit);
    }
    match timeout_at(until, semaphore.clone().acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Full),
    }
}

/// The maximum number of requests per second to a region.
#[derive(Debug)]
pub struct Rate {
    limiter: RateLimiter<NotKeyed, InMemoryState, DefaultClock>,
    clock: DefaultClock,
}

impl Rate {
    /// Creates a rate limit with a burst.
    pub fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Self { limiter: RateLimiter::direct(quota), clock: DefaultClock::default() }
    }

    /// Waits for the rate limit until a deadline; the error is the remaining wait.
    pub async fn take(&self, until: Instant) -> Result<(), Duration> {
        loop {
            let Err(denied) = self.limiter.check() else { return Ok(()) };
            let wait = denied.wait_time_from(self.clock.now()).max(Duration::from_millis(1));
            let now = Instant::now();
            if now + wait > until {
                return Err(wait);
            }
            tokio::time::sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::fingerprint::Fingerprinter;

    #[tokio::test(start_paused = true)]
    async fn waits_for_a_place_and_no_longer() {
        let places = Places::new(1);
        let until = |millis| Instant::now() + Duration::from_millis(millis);
        let held = places.take(until(10)).await.unwrap();
        assert_eq!(places.take(until(10)).await.unwrap_err(), Full);
        drop(held);
        assert!(places.take(until(10)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn keeps_accounts_apart_and_forgets_them() {
        let (places, prints) = (AccountPlaces::new(2), Fingerprinter::new().unwrap());
        let (a, b) = (prints.account("in1", "a"), prints.account("in1", "b"));
        let until = Instant::now() + Duration::from_millis(10);
        let held = [places.take(a, until).await.unwrap(), places.take(a, until).await.unwrap()];
        assert!(places.take(a, until).await.is_err());
        assert!(places.take(b, until).await.is_ok());
        drop(held);
        assert!(places.is_empty());
    }

    #[tokio::test]
    async fn holds_the_rate() {
        let rate = Rate::new(NonZeroU32::MIN, 2.try_into().unwrap());
        let now = Instant::now();
        assert_eq!((rate.take(now).await, rate.take(now).await), (Ok(()), Ok(())));
        let wait = rate.take(now).await.unwrap_err();
        assert!(wait <= Duration::from_secs(1) && !wait.is_zero());
    }
}
