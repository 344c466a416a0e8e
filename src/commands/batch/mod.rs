//! `batch`: verifies the stored credentials of a CSV file again.

mod direct;
mod metrics;
mod previous;
mod progress;
mod remote;
mod report;
mod report_page;
mod results;
mod table;

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fs::{File, Metadata},
    io,
    os::{fd::AsFd, unix::fs::MetadataExt},
    path::PathBuf,
    sync::Arc,
};

use clap::{ArgGroup, Args};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use self::{
    metrics::Destinations,
    previous::Previous,
    progress::Progress,
    remote::Service,
    report::Report,
    results::{Results, Resumed, resume},
    table::{DoneRows, Row, Table},
};
use super::{Exit, Failed, output, read_config, runtime, start_logs};
use crate::{
    batch::Source,
    config::Config,
    guidance::{Advisor, Language},
    model::{ProblemCode, Verdict},
    observe::logs::Destination,
};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("changes").args(["report", "metrics_file", "push_url"]).multiple(true))]
pub(super) struct BatchArgs {
    /// A CSV file with the columns `account_id`, `passcode` and `region`; other columns are copied to the output
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// The output file [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Continue after the last row in the output of an interrupted run; retry rows that an outage left without a
    /// verdict
    #[arg(long, requires = "out", conflicts_with = "only_failing")]
    resume: bool,
    /// The maximum number of rows verified at the same time
    #[arg(long, value_name = "N", default_value = "32", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: u16,
    /// Omit verified rows from the output
    #[arg(long)]
    only_failing: bool,
    /// Exit with code 3 if a row has one of these statuses or problem codes
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = status)]
    fail_on: Vec<String>,
    /// Write a report for people: a single HTML file
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// The output of an earlier run, or a folder with outputs, so that the report and the metrics show what has changed
    #[arg(long, value_name = "FILE.csv|FOLDER", requires = "changes")]
    since: Option<PathBuf>,
    /// Write the run's metrics to a file for the textfile collector of node-exporter
    #[arg(long, value_name = "FILE.prom")]
    metrics_file: Option<PathBuf>,
    /// Push the run's metrics to a Pushgateway: `http://HOST/metrics/job/NAME`
    #[arg(long, value_name = "U")]
    push_url: Option<String>,
    /// The language of the report
    #[arg(long, value_name = "TAG")]
    lang: Option<String>,
    /// Ask a running service at this base URL
    #[arg(long, value_name = "U", conflicts_with = "partner")]
    url: Option<String>,
    /// The file with the API key for the service
    #[arg(long, value_name = "F", requires = "url")]
    key_file: Option<PathBuf>,
    /// The partner's name [default: `upstream.partner` of the configuration]
    #[arg(long, value_name = "P")]
    partner: Option<String>,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn status(text: &str) -> Result<String, String> {
    let is_known = Verdict::STATUSES.contains(&text) || ProblemCode::parse(text).is_some();
    let allowed = || format!("expected {} and the problem codes", Verdict::STATUSES.join(", "));
    if is_known { Ok(text.to_owned()) } else { Err(allowed()) }
}

/// The remaining rows.
struct Rows<'a> {
    table: Table,
    done: DoneRows,
    results: &'a Results,
    error: Option<csv::Error>,
}

impl Source for Rows<'_> {
    type Item = Row;

    async fn next(&mut self) -> Option<Row> {
        loop {
            let row = match self.table.next() {
                Ok(row) => row?,
                Err(error) => {
                    self.error = Some(error);
                    return None;
                }
            };
            match self.done.get_mut(&row.key) {
                Some(left) if *left > 0 => *left -= 1,
                _ => {
                    self.results.begin(&row);
                    return Some(row);
                }
            }
        }
    }
}

pub(super) fn run(arguments: BatchArgs) -> Result<Exit, Failed> {
    let config = read_config(arguments.config.clone())?;
    let _logs = start_logs(&config, Destination::Error);
    let advisor = Advisor::new(config.guidance.clone(), &config.regions);
    let way = match &arguments.url {
        Some(url) => Way::Service(Service::new(&config, url, arguments.key_file.as_deref())?),
        None => Way::Direct(direct::partner(&config, arguments.partner.as_deref())?),
    };
    let metrics = Destinations::new(&config, arguments.metrics_file.clone(), arguments.push_url.as_deref())?;
    let (table, total) = Table::open(&arguments.file)?;
    refuse_same_files(&arguments)?;
    let (results, done) = open_results(&arguments, &table, total)?;
    let mut rows = Rows { table, done, results: &results, error: None };
    let runtime = runtime()?;
    let asked = runtime.block_on(ask(config, &way, &mut rows, usize::from(arguments.concurrency)));
    let error = rows.error;
    let (progress, report) = results.end()?;
    let total = progress.total();
    let counts = progress.end();
    let exit = exit_of(&counts, total, &arguments.fail_on);
    let changes = report.as_ref().and_then(Report::changes);
    if let (Some(report), Some(path)) = (report, &arguments.report) {
        let language = Language::choose(arguments.lang.as_deref(), None);
        let partner = match &way {
            Way::Direct(partner) => Some(&**partner),
            Way::Service(_) => None,
        };
        report.write(path, (&advisor, language), partner)?;
    }
    asked?;
    if let Some(error) = error {
        return Err(Failed::new(Exit::Failure, format!("{}: {error}", arguments.file.display())));
    }
    runtime.block_on(metrics.send(&counts, changes, counts.values().sum::<u64>() == total))?;
    Ok(exit)
}

/// How rows are verified.
enum Way {
    /// Directly with CleverTap, on behalf of this partner.
    Direct(Arc<str>),
    Service(Service),
}

async fn ask(config: Config, way: &Way, rows: &mut Rows<'_>, window: usize) -> Result<(), Failed> {
    let interrupted = interrupted().map_err(|error| Failed::new(Exit::Failure, error.to_string()))?;
    let (stop, stopped) = watch::channel(false);
    let results = rows.results;
    let watching = async {
        tokio::select! {
            () = interrupted => output::message("stopping; continue with --resume"),
            () = results.failed() => {}
        }
        stop.send_replace(true);
        std::future::pending::<Infallible>().await
    };
    let asking = async {
        match way {
            Way::Direct(partner) => direct::run(config, partner, rows, window, stopped).await,
            Way::Service(service) => remote::run(service, rows, window, stopped).await,
        }
    };
    tokio::select! {
        asked = asking => asked,
        never = watching => match never {},
    }
}

/// Completes at the first stop signal; the second ends the process immediately.
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            std::process::exit(1);
        });
    })
}

fn open_results(arguments: &BatchArgs, table: &Table, total: u64) -> Result<(Results, DoneRows), Failed> {
    let columns = &table.columns;
    let since = arguments.since.as_deref();
    let previous = since.map(|path| Previous::read(path, arguments.out.as_deref(), columns)).transpose()?;
    let mut report = (arguments.report.is_some() || previous.is_some()).then(|| Report::new(columns, previous));
    let new = |output| Resumed { output, done: DoneRows::new(), counts: BTreeMap::new(), is_new: true };
    let resumed = match &arguments.out {
        None => new(Box::new(io::stdout()) as Box<dyn io::Write + Send>),
        Some(path) if arguments.resume => resume(path, columns, report.as_mut())?,
        Some(path) => {
            let file = File::create(path);
            let fail = |error: io::Error| Failed::new(Exit::Failure, format!("{}: {error}", path.display()));
            new(Box::new(file.map_err(fail)?) as Box<dyn io::Write + Send>)
        }
    };
    let progress = Progress::new(total, resumed.counts);
    let results = Results::new(columns, resumed.output, arguments.only_failing, (progress, report));
    if resumed.is_new {
        results.write_header();
    }
    Ok((results, resumed.done))
}

/// Rejects an output or report path that refers to one of the other files, by any name.
fn refuse_same_files(arguments: &BatchArgs) -> Result<(), Failed> {
    let id = |metadata: Metadata| (metadata.dev(), metadata.ino());
    let of = |path: &PathBuf| std::fs::metadata(path).ok().map(id);
    let output = match &arguments.out {
        Some(path) => of(path),
        None => {
            let output = io::stdout().as_fd().try_clone_to_owned();
            output.and_then(|output| File::from(output).metadata()).ok().map(id)
        }
    };
    let (input, report) = (of(&arguments.file), arguments.report.as_ref().and_then(of));
    let refuse = |message: &str| Err(Failed::new(Exit::Usage, message));
    if output.is_some() && output == input {
        return refuse("--out: the output would overwrite the input");
    }
    if report.is_some() && (report == input || report == output) {
        return refuse("--report: the report would overwrite the input or the output");
    }
    Ok(())
}

fn exit_of(counts: &BTreeMap<String, u64>, total: u64, fail_on: &[String]) -> Exit {
    if fail_on.iter().any(|status| counts.contains_key(status)) {
        return Exit::Refused;
    }
    let decided: u64 = Verdict::STATUSES.iter().filter_map(|status| counts.get(*status)).sum();
    if decided == total { Exit::Success } else { Exit::NoVerdict }
}
