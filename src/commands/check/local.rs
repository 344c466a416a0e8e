//! A verification in this process, against CleverTap or the sandbox.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use secrecy::SecretString;
use tokio::sync::watch;

use super::{CheckArgs, Reply};
use crate::{
    app,
    clevertap::{ConnectClient, client::Probe},
    commands::{Exit, Failed, output},
    config::Config,
    guidance::{Advisor, Language},
    model::{Answer, Credential, Input, Outcome, ProblemCode, RawSubmission, RegionChoice, Submission},
    observe::{Observe, Span, UpstreamResult},
    outbound::install_crypto,
    present::{About, Body, Presenter, Problem},
    sandbox::SANDBOX_PARTNER,
    server::Phase,
    verify::{Attempt, BoxFuture, Connect, Freshness, Moment, Patience, Question, Verifier},
};

/// Determines the partner before the passcode is prompted for.
pub(super) fn prepare(mut config: Config, arguments: &CheckArgs) -> Result<(Config, Arc<str>), Failed> {
    let partner = arguments.partner.clone().or(config.upstream.partner.take());
    let partner = match partner.as_deref().map(str::trim) {
        Some(partner) if !partner.is_empty() => partner.into(),
        _ if arguments.sandbox => SANDBOX_PARTNER.into(),
        _ => {
            let message = "--partner: required because upstream.partner is not configured";
            return Err(Failed::new(Exit::Usage, message));
        }
    };
    install_crypto();
    Ok((config, partner))
}

pub(super) async fn ask(
    mut config: Config,
    partner: &Arc<str>,
    arguments: &CheckArgs,
    passcode: SecretString,
) -> Result<Reply, Failed> {
    let (_phase, receiver) = watch::channel(Phase::Running);
    if arguments.sandbox {
        let server = app::start_sandbox(&mut config).await?;
        tokio::spawn(server.run(receiver));
    }
    let raw = RawSubmission {
        account_id: Input::Value(arguments.account_id.as_str().into()),
        passcode: Input::Value(passcode),
        region: Input::Value(arguments.region.as_str().into()),
        ..RawSubmission::default()
    };
    let presenter = Presenter::new(Advisor::new(config.guidance.clone(), &config.regions), &config.regions);
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    let language = Language::choose(arguments.lang.as_deref(), None);
    let about = About { language, partner, request_id: &request_id, time: SystemTime::now() };
    let submission = match Submission::parse(raw, &config.regions) {
        Ok(submission) => submission,
        Err(errors) => {
            let body = presenter.problem(&about, &Problem::new(ProblemCode::InvalidRequest).errors(&errors));
            return Ok(reply(&body, &arguments.account_id, "", Vec::new()));
        }
    };
    let witness = Arc::new(Witness::new(&config)?);
    let suggest_region = arguments.suggest_region || config.guidance.suggest_region;
    let work = verify(&config, witness.clone(), &submission, partner, suggest_region);
    let answer = output::waiting(&format!("Asking CleverTap {}", place(&submission)), work).await?;
    let body = presenter.answer(&about, &submission, &answer);
    let region = answer.region.as_ref().map_or("auto", |region| region.id.as_str());
    let causes = match answer.outcome {
        Outcome::Fault(_) => witness.causes(),
        Outcome::Verdict(_) => Vec::new(),
    };
    Ok(reply(&body, &submission.account_id, region, causes))
}

async fn verify(
    config: &Config,
    connect: Arc<Witness>,
    submission: &Submission,
    partner: &Arc<str>,
    suggest_region: bool,
) -> Result<Answer, Failed> {
    let fail = |error: &dyn std::fmt::Display| Failed::new(Exit::Failure, error.to_string());
    let ids = config.regions.iter().map(|region| region.id.as_str());
    let observe = Arc::new(Observe::new(ids).map_err(|error| fail(&error))?);
    let verifier = Verifier::new(config, connect, None, observe).map_err(|error| fail(&error))?;
    let now = Moment::now();
    let question = Question {
        submission,
        client: "check",
        partner,
        freshness: Freshness::New,
        suggest_region,
        deadline: now.instant + config.upstream.deadline,
        asked_at: now,
        patience: Patience::Interactive,
        span: &Span::none(),
    };
    Ok(verifier.verify(&question).await)
}

fn place(submission: &Submission) -> String {
    match &submission.region {
        RegionChoice::One(region) => format!("in {} ({})", region.name, region.api_host),
        RegionChoice::Auto => "in every region".to_owned(),
    }
}

fn reply(body: &Body<'_>, account_id: &str, region: &str, causes: Vec<String>) -> Reply {
    Reply {
        json: serde_json::to_string_pretty(body).unwrap_or_default(),
        account_id: account_id.to_owned(),
        region: region.to_owned(),
        causes,
    }
}

/// Records why the last attempt in each region failed. The service does not reveal this to its callers; `check` shows
/// it.
struct Witness {
    client: ConnectClient,
    failures: Mutex<BTreeMap<String, String>>,
}

impl Witness {
    fn new(config: &Config) -> Result<Self, Failed> {
        let client = ConnectClient::new(config).map_err(|error| Failed::new(Exit::Usage, error.to_string()))?;
        Ok(Self { client, failures: Mutex::default() })
    }

    fn causes(&self) -> Vec<String> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.iter().map(|(host, failure)| format!("{host}: {failure}")).collect()
    }
}

impl Connect for Witness {
    fn attempt<'a>(&'a self, credential: &'a Credential, timeout: Duration) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let probe = self.client.probe(credential, timeout).await;
            if matches!(probe.attempt.outcome, Outcome::Fault(_)) {
                let host = credential.region.api_host.clone();
                self.failures.lock().unwrap_or_else(PoisonError::into_inner).insert(host, describe(&probe));
            }
            probe.attempt
        })
    }
}

/// Returns what failed: `dns`, `connect`, `tls`, `timeout`, … or the status of an answer.
pub(in crate::commands) fn describe(probe: &Probe) -> String {
    if let Some(status) = probe.attempt.status {
        return format!("status: HTTP {status}, {}", probe.attempt.outcome.code());
    }
    let what = match probe.attempt.result {
        Ok(UpstreamResult::Dns) => "dns",
        Ok(UpstreamResult::Connect) => "connect",
        Ok(UpstreamResult::Tls) => "tls",
        Ok(UpstreamResult::Timeout) => "timeout",
        Ok(UpstreamResult::Reset) => "reset",
        Ok(_) => "protocol",
        Err(_) => "this machine",
    };
    format!("{what}: {}", probe.error.as_deref().unwrap_or("no complete answer in time"))
}
