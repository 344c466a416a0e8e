//! `check`: one verification, for a person or a script: directly, against the sandbox, or through a running service.

mod local;
mod prompt;
pub(super) mod remote;

pub(super) use self::local::describe;

use std::{
    io::{self, IsTerminal, Read},
    path::PathBuf,
};

use clap::Args;
use secrecy::SecretString;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{Exit, Failed, output, read_config, runtime, start_logs};
use crate::observe::logs::Destination;

/// The maximum number of bytes read from standard input: a passcode has at most 256 characters.
const MAX_INPUT: u64 = 64 * 1024;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The account id, called Project ID in the dashboard
    #[arg(long, value_name = "ID", default_value = "")]
    account_id: String,
    /// A region's id, name or host, a pasted dashboard address, or auto
    #[arg(long, value_name = "R")]
    region: String,
    /// The partner's name [default: upstream.partner of the configuration]
    #[arg(long, value_name = "P")]
    partner: Option<String>,
    /// Try the other regions if the credentials are refused
    #[arg(long)]
    suggest_region: bool,
    /// The language of the texts
    #[arg(long, value_name = "TAG")]
    lang: Option<String>,
    /// Print the answer as JSON, as in the HTTP API
    #[arg(long)]
    json: bool,
    /// Ask the simulated CleverTap instead of the real one
    #[arg(long, conflicts_with = "url")]
    sandbox: bool,
    /// Ask a running service at this base URL
    #[arg(long, value_name = "U")]
    url: Option<String>,
    /// The file with the API key for --url
    #[arg(long, value_name = "F", requires = "url")]
    key_file: Option<PathBuf>,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: CheckArgs) -> Result<Exit, Failed> {
    let config = read_config(arguments.config.clone())?;
    let _logs = start_logs(&config, Destination::Error);
    let runtime = runtime()?;
    let reply = match &arguments.url {
        Some(url) => {
            if arguments.partner.is_some() {
                output::message("note: --partner has no effect with --url: the API key determines the partner");
            }
            let service = remote::Service::new(&config, url, arguments.key_file.as_deref())?;
            let passcode = read_passcode()?;
            runtime.block_on(service.ask(&arguments, &passcode))?
        }
        None => {
            let (config, partner) = local::prepare(config, &arguments)?;
            let passcode = read_passcode()?;
            runtime.block_on(local::ask(config, &partner, &arguments, passcode))?
        }
    };
    reply.show(arguments.json)
}

/// The answer to show, from either source.
struct Reply {
    /// The verdict or the problem, as in the HTTP API.
    json: String,
    account_id: String,
    region: String,
    /// Why there is no verdict, in more detail than the service gives its callers.
    causes: Vec<String>,
}

impl Reply {
    fn show(&self, as_json: bool) -> Result<Exit, Failed> {
        let body: Value = serde_json::from_str(&self.json)
            .map_err(|error| Failed::new(Exit::Failure, format!("the answer is not JSON: {error}")))?;
        if as_json {
            output::print(&format!("{}\n", self.json))?;
        } else if let Some(errors) = body["errors"].as_array() {
            for error in errors {
                let field = error["pointer"].as_str().unwrap_or_default().trim_start_matches("#/");
                output::message(&format!("{field}: {}", error["detail"].as_str().unwrap_or_default()));
            }
        } else {
            output::print(&self.text(&body))?;
        }
        if as_json {
            // The JSON has the format of the API, which has no member for the causes.
            self.causes.iter().for_each(|cause| output::message(cause));
        }
        Ok(exit_of(&body))
    }

    fn text(&self, body: &Value) -> String {
        let (guidance, text) = (&body["guidance"], |value: &Value| value.as_str().unwrap_or_default().to_owned());
        let is_verified = body["verified"] == true;
        let (mark, colour) = match body["status"].as_str() {
            _ if is_verified => ("✓", "32"),
            Some(_) => ("✗", "31"),
            None => ("?", "33"),
        };
        let mut lines = vec![output::coloured(&format!("{mark} {}", text(&guidance["title"])), colour)];
        lines.push(text(&guidance["message"]));
        if !is_verified {
            lines.push(text(&guidance["action"]));
        }
        for warning in body["warnings"].as_array().into_iter().flatten() {
            lines.push(format!("! {}", text(&warning["message"])));
        }
        for one in body["regions"].as_array().into_iter().flatten() {
            lines.push(format!("- {}: {}", text(&one["id"]), text(&one["outcome"])));
        }
        lines.extend(self.causes.iter().map(|cause| format!("Cause: {cause}")));
        let region = body["region"]["id"].as_str().unwrap_or(&self.region);
        let about = [code_of(body), &self.account_id, region, guidance["docs_url"].as_str().unwrap_or_default()];
        lines.push(format!("[{}]", about.join("; ")));
        let support = &guidance["support"];
        if !support.is_null() {
            let [to, subject, body] = ["to", "subject", "body"].map(|member| text(&support[member]));
            lines.push(format!("\nTo: {to}\nSubject: {subject}\n\n{body}"));
        }
        lines.join("\n") + "\n"
    }
}

/// Returns the status of a verdict, or the code of a problem.
fn code_of(body: &Value) -> &str {
    body["status"].as_str().or(body["code"].as_str()).unwrap_or_default()
}

fn exit_of(body: &Value) -> Exit {
    match code_of(body) {
        "verified" => Exit::Success,
        "invalid_credentials" | "wrong_region" => Exit::Refused,
        "partner_not_whitelisted" => Exit::NotWhitelisted,
        "invalid_request" | "malformed_json" => Exit::Usage,
        "upstream_unexpected"
        | "upstream_unavailable"
        | "upstream_busy"
        | "upstream_timeout"
        | "overloaded"
        | "internal"
        | "too_many_attempts"
        | "rate_limited" => Exit::NoVerdict,
        _ => Exit::Failure,
    }
}

/// Prompts without echo, or reads standard input if it is not a terminal; removes one trailing line end.
fn read_passcode() -> Result<SecretString, Failed> {
    let fail = |error: io::Error| Failed::new(Exit::Usage, format!("cannot read the passcode: {error}"));
    if io::stdin().is_terminal() {
        return prompt::passcode().map_err(fail);
    }
    let mut text = Zeroizing::new(String::with_capacity(1024));
    io::stdin().lock().take(MAX_INPUT).read_to_string(&mut text).map_err(fail)?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
}
