//! Caches verdicts in memory, for a time that depends on their kind.

use std::{
    hash::{BuildHasherDefault, Hasher},
    time::{Duration, SystemTime},
};

use moka::{Expiry, sync::Cache};
use tokio::time::Instant;

use super::{Freshness, fingerprint::Fingerprint};
use crate::{config::CacheConfig, model::Verdict};

/// One moment on both clocks: the monotonic one, and the wall clock for times that are sent to callers.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// For expiry within this process.
    pub instant: Instant,
    /// For the age of a verdict.
    pub wall: SystemTime,
}

impl Moment {
    /// Reads both clocks.
    pub fn now() -> Self {
        Self { instant: Instant::now(), wall: SystemTime::now() }
    }
}

/// A cached verdict.
#[derive(Debug)]
pub struct Cached {
    /// The verdict.
    pub verdict: Verdict,
    /// When the upstream gave it.
    pub checked_at: SystemTime,
    expires: Instant,
}

impl Cached {
    /// Returns how long it remains valid.
    pub fn time_left(&self, now: Moment) -> Duration {
        self.expires.saturating_duration_since(now.instant)
    }
}

/// A verdict as it is stored, a million times: half as large as [`Cached`], and not in an allocation of its own.
#[derive(Debug, Clone)]
struct Stored {
    verdict: Verdict,
    /// Nanoseconds since the Unix epoch.
    checked_at: u64,
    /// Nanoseconds since the creation of the cache.
    expires: u64,
}

/// The verdict cache: at most `cache.capacity` verdicts of about 350 bytes each.
#[derive(Debug)]
pub struct VerdictCache {
    entries: Cache<Fingerprint, Stored, BuildHasherDefault<PassThrough>>,
    /// The start of the times at which entries expire.
    created: Instant,
    config: CacheConfig,
}

impl VerdictCache {
    /// Creates an empty cache.
    pub fn new(config: CacheConfig) -> Self {
        let created = Instant::now();
        let entries = Cache::builder()
            .max_capacity(config.capacity.get())
            .expire_after(ByEntry { created: created.into_std() })
            .build_with_hasher(BuildHasherDefault::default());
        Self { entries, created, config }
    }

    /// Looks up a verdict; one that is older than the caller accepts counts as a miss. The age starts when the upstream
    /// gave the verdict, even if it was derived from older ones.
    pub fn get(&self, key: Fingerprint, freshness: Freshness, now: Moment) -> Option<Cached> {
        if freshness == Freshness::New {
            return None;
        }
        let Stored { verdict, checked_at, expires } = self.entries.get(&key)?;
        let checked_at = SystemTime::UNIX_EPOCH + Duration::from_nanos(checked_at);
        let cached = Cached { verdict, checked_at, expires: self.created + Duration::from_nanos(expires) };
        // The library's clock differs from the runtime's, so the given time decides.
        (now.instant < cached.expires && freshness.accepts(cached.checked_at, now.wall)).then_some(cached)
    }

    #[cfg(test)]
    pub fn insert(&self, key: Fingerprint, verdict: &Verdict, checked_at: SystemTime, now: Moment) {
        self.insert_for(self.lifetime(verdict), key, verdict, checked_at, now);
    }

    /// Returns the time for which to cache a verdict: that of its kind, reduced by a random share so that entries do not
    /// expire together.
    pub fn lifetime(&self, verdict: &Verdict) -> Duration {
        let share = f64::from(self.config.jitter_percent.min(100)) / 100.0 * fastrand::f64();
        self.longest(verdict).mul_f64(1.0 - share)
    }

    /// Returns the longest time for which a verdict is cached.
    pub fn longest(&self, verdict: &Verdict) -> Duration {
        match verdict {
            Verdict::Verified => self.config.verified_ttl,
            Verdict::InvalidCredentials { .. } => self.config.invalid_credentials_ttl,
            Verdict::WrongRegion { .. } => self.config.wrong_region_ttl,
            Verdict::PartnerNotWhitelisted => self.config.partner_not_whitelisted_ttl,
        }
    }

    /// Caches a verdict for a time.
    pub fn insert_for(&self, ttl: Duration, key: Fingerprint, verdict: &Verdict, checked_at: SystemTime, now: Moment) {
        if ttl.is_zero() {
            self.entries.invalidate(&key);
            return;
        }
        let checked_at = nanos(checked_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default());
        let expires = nanos(now.instant.saturating_duration_since(self.created) + ttl);
        self.entries.insert(key, Stored { verdict: verdict.clone(), checked_at, expires });
    }

    /// Returns the approximate number of cached verdicts.
    pub fn count(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.entry_count()
    }
}

/// Returns a time in nanoseconds, which suffice for 584 years.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Removes each entry at its own time, including replaced ones.
struct ByEntry {
    created: std::time::Instant,
}

impl ByEntry {
    fn time_left(&self, entry: &Stored, now: std::time::Instant) -> Duration {
        (self.created + Duration::from_nanos(entry.expires)).saturating_duration_since(now)
    }
}

impl Expiry<Fingerprint, Stored> for ByEntry {
    fn expire_after_create(&self, _: &Fingerprint, entry: &Stored, now: std::time::Instant) -> Option<Duration> {
        Some(self.time_left(entry, now))
    }

    fn expire_after_update(
        &self,
        _: &Fingerprint,
        entry: &Stored,
        now: std::time::Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(self.time_left(entry, now))
    }
}

/// Uses eight bytes of a fingerprint directly, because it is already a keyed hash.
#[derive(Debug, Default, Clone, Copy)]
pub struct PassThrough(u64);

impl Hasher for PassThrough {
    fn finish(&self) -> u64 {
        self.0
    }

    // Arrays are hashed with a length prefix, which changes nothing here.
    fn write_usize(&mut self, _: usize) {}

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_le_bytes(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Refusal, verify::fingerprint::Fingerprinter};

    fn config(jitter_percent: u32) -> CacheConfig {
        let seconds = Duration::from_secs;
        CacheConfig {
            capacity: 100.try_into().unwrap(),
            verified_ttl: seconds(600),
            invalid_credentials_ttl: seconds(60),
            wrong_region_ttl: seconds(60),
            partner_not_whitelisted_ttl: seconds(60),
            jitter_percent,
        }
    }

    fn start() -> Moment {
        Moment { instant: Instant::now(), wall: SystemTime::UNIX_EPOCH }
    }

    fn later(moment: Moment, seconds: u64) -> Moment {
        let time = Duration::from_secs(seconds);
        Moment { instant: moment.instant + time, wall: moment.wall + time }
    }

    #[test]
    fn keeps_each_kind_for_its_time() {
        let (cache, prints, now) = (VerdictCache::new(config(0)), Fingerprinter::new().unwrap(), start());
        let invalid = Verdict::InvalidCredentials { refusal: Refusal::Credentials };
        let (a, b) = (prints.target("a", ""), prints.target("b", ""));
        cache.insert(a, &Verdict::Verified, SystemTime::UNIX_EPOCH, now);
        cache.insert(b, &invalid, SystemTime::UNIX_EPOCH, now);
        let seconds = |seconds| later(now, seconds);
        assert!(cache.get(a, Freshness::Any, seconds(599)).is_some());
        assert!(cache.get(a, Freshness::Any, seconds(600)).is_none());
        assert!(cache.get(b, Freshness::Any, seconds(59)).is_some());
        assert!(cache.get(b, Freshness::Any, seconds(60)).is_none());
    }

    #[test]
    fn gives_an_overwritten_entry_its_new_time() {
        let (cache, prints, now) = (VerdictCache::new(config(0)), Fingerprinter::new().unwrap(), start());
        let key = prints.target("a", "");
        cache.insert(key, &Verdict::PartnerNotWhitelisted, SystemTime::UNIX_EPOCH, now);
        let later = later(now, 30);
        cache.insert(key, &Verdict::Verified, SystemTime::UNIX_EPOCH, later);
        assert_eq!(cache.get(key, Freshness::Any, later).unwrap().time_left(later), Duration::from_secs(600));
    }

    #[test]
    fn honours_the_age_that_a_caller_accepts() {
        let (cache, prints, now) = (VerdictCache::new(config(0)), Fingerprinter::new().unwrap(), start());
        let key = prints.target("a", "");
        cache.insert(key, &Verdict::Verified, SystemTime::UNIX_EPOCH, now);
        let later = later(now, 10);
        let younger = |seconds| Freshness::YoungerThan(Duration::from_secs(seconds));
        assert!(cache.get(key, younger(11), later).is_some());
        assert!(cache.get(key, younger(10), later).is_none());
        assert!(cache.get(key, younger(0), now).is_none());
        assert!(cache.get(key, Freshness::New, now).is_none());
    }

    #[test]
    fn counts_the_age_of_a_derived_verdict_from_what_it_was_made_of() {
        let (cache, prints, now) = (VerdictCache::new(config(0)), Fingerprinter::new().unwrap(), later(start(), 100));
        let key = prints.target("a", "");
        cache.insert(key, &Verdict::Verified, SystemTime::UNIX_EPOCH, now);
        let younger = |seconds| Freshness::YoungerThan(Duration::from_secs(seconds));
        assert!(cache.get(key, younger(101), now).is_some());
        assert!(cache.get(key, younger(100), now).is_none());
    }

    #[test]
    fn shortens_by_the_jitter_at_the_most() {
        let (cache, prints, now) = (VerdictCache::new(config(10)), Fingerprinter::new().unwrap(), start());
        let mut times = std::collections::HashSet::new();
        for index in 0..50 {
            let key = prints.target(&index.to_string(), "");
            cache.insert(key, &Verdict::Verified, SystemTime::UNIX_EPOCH, now);
            let left = cache.get(key, Freshness::Any, now).unwrap().time_left(now);
            assert!((Duration::from_secs(540)..=Duration::from_secs(600)).contains(&left), "{left:?}");
            times.insert(left);
        }
        assert!(times.len() > 10);
    }

    #[test]
    fn is_bounded_by_its_capacity() {
        let (cache, prints, now) = (VerdictCache::new(config(0)), Fingerprinter::new().unwrap(), start());
        for index in 0..10_000 {
            cache.insert(prints.target(&index.to_string(), ""), &Verdict::Verified, SystemTime::UNIX_EPOCH, now);
        }
        assert!(cache.count() <= 100, "{}", cache.count());
    }
}
