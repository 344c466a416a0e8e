//! `check`: one verification, for a person or for a script.

use std::{
    io::{self, IsTerminal, Read},
    path::PathBuf,
    str::FromStr as _,
    sync::Arc,
    time::SystemTime,
};

use clap::Args;
use secrecy::SecretString;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::{Exit, Failed, output, read_config, runtime};
use crate::{
    app::install_crypto,
    clevertap::ConnectClient,
    config::{Config, LogFilter, process_environment},
    guidance::{Advice, Advisor, Language},
    model::{Answer, FieldError, Input, Outcome, ProblemCode, RawSubmission, Submission, Verdict},
    observe::{
        Observe, Span,
        logs::{self, Destination},
    },
    present::{About, Presenter, Problem},
    verify::{Freshness, Patience, Question, Verifier},
};

/// The longest that is read from standard input: a passcode has at most 256 characters.
const MAX_INPUT: u64 = 64 * 1024;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The account id, called Project ID in the dashboard
    #[arg(long, value_name = "ID", default_value = "")]
    account_id: String,
    /// A region's id, name or host, a pasted dashboard address, or auto
    #[arg(long, value_name = "R")]
    region: String,
    /// The partner's name; by default upstream.partner of the configuration
    #[arg(long, value_name = "P")]
    partner: Option<String>,
    /// Look for refused credentials in the other regions
    #[arg(long)]
    suggest_region: bool,
    /// The language of the texts
    #[arg(long, value_name = "TAG")]
    lang: Option<String>,
    /// Print the answer as JSON, as the HTTP API gives it
    #[arg(long)]
    json: bool,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: CheckArgs) -> Result<Exit, Failed> {
    let mut config = read_config(arguments.config.clone())?;
    // A person waits for an answer, and not for log lines; a level that was asked for is given.
    if !config.explicit.log_level {
        config.telemetry.log_level = LogFilter::from_str("warn").map_err(|error| Failed::new(Exit::Failure, error))?;
    }
    let _logs = logs::init(&config.telemetry, Destination::Error);
    let partner: Arc<str> = match arguments.partner.as_ref().or(config.upstream.partner.as_ref()) {
        Some(partner) if !partner.trim().is_empty() => partner.trim().into(),
        _ => {
            let message = "--partner: needed, because upstream.partner is not set in the configuration";
            return Err(Failed::new(Exit::Usage, message));
        }
    };
    let advisor = Advisor::new(config.guidance.clone(), &config.regions);
    let language = Language::choose(arguments.lang.as_deref(), None);
    let raw = RawSubmission {
        account_id: Input::Value(arguments.account_id.clone()),
        passcode: Input::Value(read_passcode()?),
        region: Input::Value(arguments.region.clone()),
        ..RawSubmission::default()
    };
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    let colour = io::stdout().is_terminal() && !process_environment().contains_key("NO_COLOR");
    let presenter = Presenter::new(Arc::new(advisor));
    let check = Check { presenter, language, partner, request_id, colour };
    let submission = match Submission::parse(raw, &config.regions) {
        Ok(submission) => submission,
        Err(errors) => return check.refuse(&errors, arguments.json),
    };
    install_crypto();
    let suggest_region = arguments.suggest_region || config.guidance.suggest_region;
    let answer = runtime()?.block_on(check.ask(&config, &submission, suggest_region))?;
    check.show(&submission, &answer, arguments.json)
}

struct Check {
    presenter: Presenter,
    language: Language,
    partner: Arc<str>,
    request_id: String,
    colour: bool,
}

impl Check {
    async fn ask(&self, config: &Config, submission: &Submission, suggest_region: bool) -> Result<Answer, Failed> {
        let fail = |error: &dyn std::fmt::Display| Failed::new(Exit::Failure, error.to_string());
        let connect = ConnectClient::new(config).map_err(|error| Failed::new(Exit::Usage, error.to_string()))?;
        let ids: Vec<&str> = config.regions.iter().map(|region| region.id.as_str()).collect();
        let observe = Arc::new(Observe::new(ids.into_iter()).map_err(|error| fail(&error))?);
        let verifier = Verifier::new(config, Arc::new(connect), observe).map_err(|error| fail(&error))?;
        let question = Question {
            submission,
            client: "check",
            partner: &self.partner,
            freshness: Freshness::New,
            suggest_region,
            deadline: Instant::now() + config.upstream.deadline,
            patience: Patience::Interactive,
            span: &Span::none(),
        };
        Ok(verifier.verify(&question).await)
    }

    fn about(&self) -> About<'_> {
        About { language: self.language, partner: &self.partner, request_id: &self.request_id, time: SystemTime::now() }
    }

    fn refuse(&self, errors: &[FieldError], json: bool) -> Result<Exit, Failed> {
        if json {
            let problem = Problem::new(ProblemCode::InvalidRequest).errors(errors);
            print_json(&self.presenter.problem(&self.about(), &problem))?;
        } else {
            for error in errors {
                let text = self.presenter.advisor().field_error(self.language, error);
                output::message(&format!("{}: {text}", error.field.name()));
            }
        }
        Ok(Exit::Usage)
    }

    fn show(&self, submission: &Submission, answer: &Answer, json: bool) -> Result<Exit, Failed> {
        let body = self.presenter.answer(&self.about(), submission, answer);
        if json {
            print_json(&body)?;
        } else {
            self.print_text(submission, answer, body.guidance())?;
        }
        Ok(match &answer.outcome {
            Outcome::Verdict(Verdict::Verified) => Exit::Success,
            Outcome::Verdict(Verdict::InvalidCredentials { .. } | Verdict::WrongRegion { .. }) => Exit::Refused,
            Outcome::Verdict(Verdict::PartnerNotWhitelisted) => Exit::NotWhitelisted,
            Outcome::Fault(_) => Exit::NoVerdict,
        })
    }

    fn print_text(&self, submission: &Submission, answer: &Answer, advice: &Advice) -> Result<(), Failed> {
        let is_verified = matches!(answer.outcome, Outcome::Verdict(Verdict::Verified));
        let (mark, colour) = match answer.outcome {
            _ if is_verified => ("✓", "32"),
            Outcome::Verdict(_) => ("✗", "31"),
            Outcome::Fault(_) => ("?", "33"),
        };
        let title = if self.colour {
            format!("\u{1b}[1;{colour}m{mark} {}\u{1b}[0m", advice.title)
        } else {
            format!("{mark} {}", advice.title)
        };
        let mut lines = vec![title, advice.message.clone()];
        if !is_verified {
            lines.push(advice.action.clone());
        }
        for warning in submission.warnings_for(is_verified) {
            lines.push(format!("! {}", self.presenter.advisor().warning(self.language, warning)));
        }
        lines.extend(answer.regions.iter().map(|one| format!("- {}: {}", one.region.id, one.outcome)));
        let region = answer.region.as_ref().map_or("auto", |region| region.id.as_str());
        lines.push(format!("[{}; {}; {region}; {}]", answer.outcome.code(), submission.account_id, advice.docs_url));
        if let Some(support) = &advice.support {
            lines.push(format!("\nTo: {}\nSubject: {}\n\n{}", support.to, support.subject, support.body));
        }
        output::print(&(lines.join("\n") + "\n"))
    }
}

fn print_json(body: &impl serde::Serialize) -> Result<(), Failed> {
    output::print(&(serde_json::to_string_pretty(body).unwrap_or_default() + "\n"))
}

/// Asks without echo, or reads standard input when that is no terminal; one line end after it is not part of it.
fn read_passcode() -> Result<SecretString, Failed> {
    let fail = |error: io::Error| Failed::new(Exit::Usage, format!("the passcode cannot be read: {error}"));
    if io::stdin().is_terminal() {
        return rpassword::prompt_password("Passcode: ").map(SecretString::from).map_err(fail);
    }
    let mut text = Zeroizing::new(String::with_capacity(1024));
    io::stdin().lock().take(MAX_INPUT).read_to_string(&mut text).map_err(fail)?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
}
