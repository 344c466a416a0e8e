//! All events, one type each.
//!
//! `record` counts an event, logs it, and adds it to its span, all with the same terms.

mod request;
mod service;
mod upstream;

use std::time::Duration;

pub(super) use self::service::{ReloadResult, SpansHandled, SpansResult};
pub use self::{
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

/// A label with known values: all of them in order, and their text in the metrics.
pub(super) trait Label: Copy + Sized + 'static {
    const ALL: &'static [Self];

    fn as_str(self) -> &'static str;
}

/// Defines the values of a label in one place.
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
