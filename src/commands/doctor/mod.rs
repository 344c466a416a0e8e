//! `doctor`: checks what a verification needs, region by region, without a real credential.

mod local;
mod regions;
mod shared;

use std::path::PathBuf;

use serde::Serialize;

use super::{Exit, Failed, output, read_config, runtime, start_logs};
use crate::{observe::logs::Destination, outbound::install_crypto};

/// The result of one check.
#[derive(Debug, Serialize)]
struct Finding {
    /// The check: `configuration`, `dns`, `clock`, …
    name: &'static str,
    /// The region it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    status: Status,
    /// The details, and what to do about a failure.
    detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// No problem found.
    Passed,
    /// It works now but needs attention.
    Warning,
    /// Verifications fail now or will fail.
    Failed,
    /// Not checked, or not configured.
    Skipped,
}

#[derive(Debug, Serialize)]
struct Report {
    status: Status,
    checks: Vec<Finding>,
}

impl Finding {
    fn new(name: &'static str, status: Status, detail: impl Into<String>) -> Self {
        Self { name, region: None, status, detail: detail.into() }
    }

    fn in_region(self, region: &str) -> Self {
        Self { region: Some(region.to_owned()), ..self }
    }

    fn line(&self) -> String {
        let (mark, colour) = match self.status {
            Status::Passed => ("✓", "32"),
            Status::Warning => ("!", "33"),
            Status::Failed => ("✗", "31"),
            Status::Skipped => ("-", "2"),
        };
        let subject = match &self.region {
            Some(region) => format!("{region} {}", self.name),
            None => self.name.to_owned(),
        };
        format!("{} {subject:<18} {}\n", output::coloured(mark, colour), self.detail)
    }
}

pub(super) fn run(file: Option<PathBuf>, as_json: bool) -> Result<Exit, Failed> {
    let config = read_config(file)?;
    let _logs = start_logs(&config, Destination::Error);
    install_crypto();
    let mut checks = local::check(&config);
    let work = async {
        let (redis, regions) = tokio::join!(shared::check(&config), regions::check(&config));
        Ok::<_, Failed>(std::iter::once(redis).chain(regions?).collect::<Vec<_>>())
    };
    let count = config.regions.iter().count();
    checks.extend(runtime()?.block_on(output::waiting(&format!("Asking {count} regions"), work))?);
    let has_failed = checks.iter().any(|finding| finding.status == Status::Failed);
    let status = if has_failed { Status::Failed } else { Status::Passed };
    if as_json {
        let report = Report { status, checks };
        output::print(&(serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"))?;
    } else {
        output::print(&checks.iter().map(Finding::line).collect::<String>())?;
    }
    Ok(if has_failed { Exit::Failure } else { Exit::Success })
}
