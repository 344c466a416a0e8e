//! Events of the service itself.

use std::{io, time::SystemTime};

use rustix::io::Errno;
use tracing::{debug, error, info, warn};

use super::label;
use crate::observe::{Event, Metrics, logs::UNFILTERED};

/// Configuration was re-read while the service runs.
#[derive(Debug)]
pub struct ConfigReloaded<'a> {
    /// What was re-read.
    pub what: Reloaded,
    /// What is now in force, or why the new version was rejected and the previous one remains.
    pub result: Result<&'a str, &'a str>,
}

label! {
    /// What can be re-read: the `what` label of `config_last_reload_successful`.
    Reloaded {
        /// The clients file.
        Clients = "clients",
        /// Certificate, key and certificate authority of the public listener.
        Tls = "tls",
        /// The log level.
        LogLevel = "log_level",
    }
}

label! {
    /// The `result` label of `config_reloads_total`.
    ReloadResult {
        /// The new version is in force.
        Success = "success",
        /// The previous version remains in force.
        Error = "error",
    }
}

impl Event for ConfigReloaded<'_> {
    fn record(&self, metrics: &Metrics) {
        let what = self.what.as_str();
        match self.result {
            Ok(now) => {
                metrics.reload(self.what, ReloadResult::Success);
                match self.what {
                    // The level, old or new, may hide this very line.
                    Reloaded::LogLevel => info!(target: UNFILTERED, what, now, "configuration reloaded"),
                    Reloaded::Clients | Reloaded::Tls => info!(what, now, "configuration reloaded"),
                }
            }
            Err(reason) => {
                metrics.reload(self.what, ReloadResult::Error);
                error!(what, reason, "configuration not reloaded, keeping the previous one");
            }
        }
    }
}

/// The public listener started to use a certificate.
#[derive(Debug)]
pub struct CertificateLoaded {
    /// When it expires.
    pub expires_at: SystemTime,
}

impl Event for CertificateLoaded {
    fn record(&self, metrics: &Metrics) {
        let since_1970 = self.expires_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        metrics.certificate_expiry(i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX));
    }
}

/// Spans were exported or lost.
#[derive(Debug)]
pub(in crate::observe) struct SpansHandled {
    pub(in crate::observe) spans: usize,
    pub(in crate::observe) result: SpansResult,
    /// Whether the previous result was different.
    pub(in crate::observe) is_news: bool,
}

label! {
    /// The `result` label of `trace_spans_total`.
    SpansResult {
        /// The collector accepted them.
        Exported = "exported",
        /// The collector could not be reached, or rejected them.
        Failed = "failed",
        /// The queue was full.
        Dropped = "dropped",
    }
}

impl Event for SpansHandled {
    fn record(&self, metrics: &Metrics) {
        let result = self.result.as_str();
        metrics.spans(self.spans as u64, self.result);
        match self.result {
            SpansResult::Failed if self.is_news => warn!(spans = self.spans, "traces not exported"),
            SpansResult::Exported if self.is_news => info!(spans = self.spans, "traces exported again"),
            _ => debug!(spans = self.spans, result, "spans handled"),
        }
    }
}

label! {
    /// The `resource` label of `resource_exhausted_total`.
    Resource {
        /// File descriptors, of the process or the system.
        Descriptors = "descriptors",
        /// Memory, of the kernel's network buffers or in general.
        Memory = "memory",
    }
}

impl Resource {
    /// Returns the resource whose shortage made an operation fail.
    pub fn exhausted_by(error: &io::Error) -> Option<Self> {
        match Errno::from_io_error(error)? {
            Errno::MFILE | Errno::NFILE => Some(Self::Descriptors),
            Errno::NOBUFS | Errno::NOMEM => Some(Self::Memory),
            _ => None,
        }
    }
}

/// A connection could not be accepted for lack of a resource.
#[derive(Debug)]
pub struct ResourceExhausted {
    /// The resource.
    pub resource: Resource,
}

impl Event for ResourceExhausted {
    fn record(&self, metrics: &Metrics) {
        let resource = self.resource.as_str();
        metrics.resource_exhausted(self.resource);
        debug!(resource, "resource exhausted");
    }
}
