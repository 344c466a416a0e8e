//! Checks on this machine: the files that the configuration names.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use super::{Finding, Status};
use crate::{
    config::{AuthMode, Config},
    reload::{self, ClientsSource},
    server::tls::{TlsFiles, certificate_expiries},
};

/// The remaining validity below which a certificate should be renewed.
const RENEWAL: Duration = Duration::from_secs(14 * 24 * 60 * 60);

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let file = config.file.as_ref().map_or_else(|| "the defaults".to_owned(), |file| file.display().to_string());
    let mut findings = vec![Finding::new("configuration", Status::Passed, file), clients(config)];
    findings.extend(tls(config));
    if let Some(path) = &config.upstream.extra_ca {
        findings.push(authority("extra_ca", path));
    }
    findings
}

fn clients(config: &Config) -> Finding {
    let finding = |status, detail: String| Finding::new("clients", status, detail);
    if let Err(error) = config.check_admission() {
        // Having no clients does not prevent `check` or `serve --sandbox`.
        let is_empty = config.auth.mode == AuthMode::Keys;
        return finding(if is_empty { Status::Warning } else { Status::Failed }, error);
    }
    match reload::read(ClientsSource::new(config)) {
        Ok((clients, _)) => {
            let from = config.clients_file.as_ref().map_or_else(String::new, |path| format!(", {}", path.display()));
            finding(Status::Passed, format!("{} clients{from}", clients.len()))
        }
        Err(error) => finding(Status::Failed, error),
    }
}

fn tls(config: &Config) -> Vec<Finding> {
    let Some(files) = TlsFiles::new(&config.server) else {
        return vec![Finding::new("certificate", Status::Skipped, "the public listener has no TLS")];
    };
    let client_ca = files.client_ca.clone();
    let mut findings = vec![match reload::read(files) {
        Ok((identity, _)) => expiry("certificate", &identity.expires_at.into_iter().collect::<Vec<_>>()),
        Err(error) => Finding::new("certificate", Status::Failed, error),
    }];
    findings.extend(client_ca.map(|path| authority("client_ca", &path)));
    findings
}

fn authority(name: &'static str, path: &Path) -> Finding {
    match std::fs::read(path) {
        Ok(pem) => expiry(name, &certificate_expiries(&pem)),
        Err(error) => Finding::new(name, Status::Failed, format!("{} cannot be read: {error}", path.display())),
    }
}

/// Rates certificates by the earliest expiry.
fn expiry(name: &'static str, expiries: &[SystemTime]) -> Finding {
    let Some(first) = expiries.iter().min() else {
        return Finding::new(name, Status::Failed, "no PEM certificate found");
    };
    let until = humantime::format_rfc3339_seconds(*first);
    match first.duration_since(SystemTime::now()) {
        Err(_) => Finding::new(name, Status::Failed, format!("expired on {until}")),
        Ok(left) => {
            let status = if left < RENEWAL { Status::Warning } else { Status::Passed };
            Finding::new(name, status, format!("valid until {until}, {} days", left.as_secs() / (24 * 60 * 60)))
        }
    }
}
