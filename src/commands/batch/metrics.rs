//! The metrics of a run for Prometheus: in a file for node-exporter's collector, or pushed to a Pushgateway
//! (`docs/adr/0017-batch-files.md` explains why both).

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::header;

use crate::{
    commands::{Exit, Failed, output},
    config::Config,
    model::Verdict,
    observe::{BATCH_DEFINITIONS, Definition},
    outbound::{self, install_crypto},
};

/// The status that counts rows without a verdict.
const NO_VERDICT: &str = "no_verdict";

const TIMEOUT: Duration = Duration::from_secs(10);

/// Where to send the metrics.
pub(super) struct Destinations {
    file: Option<PathBuf>,
    push: Option<(reqwest::Client, url::Url)>,
}

impl Destinations {
    /// Validates the address before any row is verified.
    pub(super) fn new(config: &Config, file: Option<PathBuf>, push_url: Option<&str>) -> Result<Self, Failed> {
        let Some(text) = push_url else { return Ok(Self { file, push: None }) };
        let fail = |message: String| Failed::new(Exit::Usage, format!("--push-url: {message}"));
        let usable = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let usable = usable.filter(|url| url.path().contains("/metrics/job/") && url.password().is_none());
        let allowed = "expected a Pushgateway's address with its grouping key: http://HOST/metrics/job/NAME";
        let url = usable.ok_or_else(|| fail(allowed.to_owned()))?;
        install_crypto();
        let client = outbound::client(config, None).map_err(|error| fail(error.to_string()))?.timeout(TIMEOUT);
        let client = client.build().map_err(|error| fail(outbound::describe(error)))?;
        Ok(Self { file, push: Some((client, url)) })
    }

    /// Sends the metrics of a complete run; an incomplete run would appear to have fewer failing rows.
    /// `changes` are the rows that changed since earlier runs, if this one was compared with them.
    pub(super) async fn send(
        &self,
        counts: &BTreeMap<String, u64>,
        changes: Option<[(&str, u64); 2]>,
        is_complete: bool,
    ) -> Result<(), Failed> {
        if self.file.is_none() && self.push.is_none() {
            return Ok(());
        }
        if !is_complete {
            output::message("the run is not complete, so its metrics are not written");
            return Ok(());
        }
        let text = exposition(counts, changes, SystemTime::now());
        if let Some(path) = &self.file {
            let fail = |error| Failed::new(Exit::Failure, format!("--metrics-file: {}: {error}", path.display()));
            output::write_file(path, text.as_bytes()).map_err(fail)?;
        }
        let Some((client, url)) = &self.push else { return Ok(()) };
        let fail = |cause: String| Failed::new(Exit::Failure, format!("--push-url: {url}: {cause}"));
        let request = client.put(url.clone()).header(header::CONTENT_TYPE, "text/plain; version=0.0.4");
        let response = request.body(text).send().await.map_err(|error| fail(outbound::describe(error)))?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(fail(format!("HTTP {status}"))) }
    }
}

/// Every status is present, even at zero, so that the first failing row shows as a change.
fn exposition(counts: &BTreeMap<String, u64>, changes: Option<[(&str, u64); 2]>, time: SystemTime) -> String {
    let of = |status: &str| counts.get(status).copied().unwrap_or_default();
    let decided: u64 = Verdict::STATUSES.iter().map(|status| of(status)).sum();
    let all: u64 = counts.values().sum();
    let time = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let [rows, by_change, completed] = BATCH_DEFINITIONS;
    let mut text = head(rows);
    for status in Verdict::STATUSES {
        let _ = writeln!(text, "{}{{status=\"{status}\"}} {}", rows.name, of(status));
    }
    let _ = writeln!(text, "{}{{status=\"{NO_VERDICT}\"}} {}", rows.name, all - decided);
    if let Some(changes) = changes {
        text += &head(by_change);
        for (change, count) in changes {
            let _ = writeln!(text, "{}{{change=\"{change}\"}} {count}", by_change.name);
        }
    }
    text += &head(completed);
    let _ = writeln!(text, "{} {time}", completed.name);
    text
}

fn head(definition: &Definition) -> String {
    let Definition { name, kind, help, .. } = definition;
    format!("# HELP {name} {help}\n# TYPE {name} {kind}\n")
}
