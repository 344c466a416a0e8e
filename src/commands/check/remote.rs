//! A verification through a running service.

use std::path::Path;

use http::{HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{CheckArgs, Reply};
use crate::{
    commands::{Exit, Failed, output},
    config::Config,
    outbound,
    outbound::install_crypto,
};

/// The maximum number of bytes read of an answer.
const MAX_ANSWER: usize = 1024 * 1024;

pub(super) struct Service<'a> {
    config: &'a Config,
    url: url::Url,
    key: Option<SecretString>,
}

impl<'a> Service<'a> {
    /// Validates the address and reads the key before the passcode is prompted for.
    pub(super) fn new(config: &'a Config, url: &str, key_file: Option<&Path>) -> Result<Self, Failed> {
        let allowed = "expected the service's base address, such as https://verifier.example.com";
        let usable = url::Url::parse(&format!("{}/v1/verify", url.trim_end_matches('/'))).ok();
        let usable = usable.filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        let url = usable.ok_or_else(|| Failed::new(Exit::Usage, format!("--url: `{url}`: {allowed}")))?;
        let key = key_file.map(read_key).transpose()?;
        Ok(Self { config, url, key })
    }

    pub(super) async fn ask(&self, arguments: &CheckArgs, passcode: &SecretString) -> Result<Reply, Failed> {
        install_crypto();
        let fail = |cause: String| Failed::new(Exit::Failure, format!("{} cannot be asked: {cause}", self.url));
        let http = outbound::client(self.config, None).map_err(|error| Failed::new(Exit::Usage, error.to_string()))?;
        let http = http
            .connect_timeout(self.config.upstream.connect_timeout)
            // The service applies `request_timeout` once the body has arrived; twice that includes the transfer.
            .timeout(self.config.server.request_timeout * 2)
            .build()
            .map_err(|error| fail(outbound::describe(error)))?;
        let mut request = http.post(self.url.clone()).header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = &self.key {
            let value = format!("Bearer {}", key.expose_secret());
            let mut value = HeaderValue::try_from(value).map_err(|_| unusable_key("the file"))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let request = request.body(body(arguments, passcode).to_vec());
        let work = async {
            let mut response = request.send().await?;
            let (status, mut body) = (response.status().as_u16(), Vec::new());
            while let Some(chunk) = response.chunk().await? {
                body.extend_from_slice(&chunk[..chunk.len().min(MAX_ANSWER - body.len())]);
            }
            Ok((status, body))
        };
        let (status, body) = output::waiting(&format!("Asking {}", self.url), work)
            .await
            .map_err(|error| fail(outbound::describe(error)))?;
        self.read(arguments, status, &body)
    }

    fn read(&self, arguments: &CheckArgs, status: u16, body: &[u8]) -> Result<Reply, Failed> {
        let json = String::from_utf8_lossy(body).trim_end().to_owned();
        let parsed: Value = serde_json::from_str(&json).unwrap_or_default();
        if super::code_of(&parsed).is_empty() || parsed["guidance"].is_null() {
            let message = format!("{}: HTTP {status} with a body that connect-verifier does not send", self.url);
            return Err(Failed::new(Exit::Failure, message));
        }
        let causes = match status {
            401 if self.key.is_none() => vec!["The service needs an API key: --key-file F".to_owned()],
            401 | 403 => vec![format!("The service refuses the API key: HTTP {status}")],
            _ => Vec::new(),
        };
        let account_id = parsed["account_id"].as_str().unwrap_or(&arguments.account_id).to_owned();
        Ok(Reply { json, account_id, region: arguments.region.clone(), causes })
    }
}

fn body(arguments: &CheckArgs, passcode: &SecretString) -> Zeroizing<Vec<u8>> {
    let mut body = json!({
        "account_id": arguments.account_id,
        "passcode": passcode.expose_secret(),
        "region": arguments.region,
    });
    // Omitted unless requested, so that the service's default applies.
    if arguments.suggest_region {
        body["suggest_region"] = true.into();
    }
    if let Some(lang) = &arguments.lang {
        body["lang"] = lang.as_str().into();
    }
    Zeroizing::new(body.to_string().into_bytes())
}

/// Reads the key: the line with the prefix of keys (`key new 2> FILE` writes another line above it), or the whole file.
pub(in crate::commands) fn read_key(path: &Path) -> Result<SecretString, Failed> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text
        .map_err(|error| Failed::new(Exit::Usage, format!("--key-file: {} cannot be read: {error}", path.display())))?;
    let key = text.lines().map(str::trim).find(|line| line.starts_with("cvk_")).unwrap_or_else(|| text.trim());
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(unusable_key(&path.display().to_string()));
    }
    Ok(SecretString::from(key))
}

fn unusable_key(file: &str) -> Failed {
    Failed::new(Exit::Usage, format!("--key-file: {file}: expected one API key, of visible ASCII characters"))
}
