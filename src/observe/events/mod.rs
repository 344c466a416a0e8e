//! Everything that can happen and that somebody may want to know, a type each.
//!
//! `record` of an event counts it, logs it, and notes it in its span: three tellings of the same words.

mod redis;
mod request;
mod service;
mod upstream;

use std::time::Duration;

pub(super) use self::service::{ReloadResult, SpansHandled, SpansResult};
pub use self::{
    redis::{RedisAsked, RedisMoved, RedisOperation, SharedLookedUp},
    request::{
        HttpAbandoned, HttpAnswered, HttpRequest, Panicked, RateLimit, RateLimited, Shed, ShedReason, Verification,
        VerificationAbandoned, VerificationDone,
    },
    service::{CertificateLoaded, ConfigReloaded, Reloaded, Resource, ResourceExhausted},
    upstream::{
        BreakerMoved, CacheLookedUp, CacheResult, FlightShared, RetryReason, UpstreamAbandoned, UpstreamAttempt,
        UpstreamAttempted, UpstreamResult, UpstreamRetried, Waited,
    },
};

/// A label whose values are known: each of them, in order, and as the metrics write it.
pub(super) trait Label: Copy + Sized + 'static {
    const ALL: &'static [Self];

    fn as_str(self) -> &'static str;
}

/// Names the values of a label in one place.
macro_rules! label {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])+ $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])+ $variant),+
        }

        impl super::Label for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }
    };
}
use label;

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
