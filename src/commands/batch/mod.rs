//! `batch`: verifies the stored credentials of a CSV file again.

mod direct;
mod progress;
mod results;
mod table;

use std::{
    collections::BTreeMap,
    fs::{File, Metadata},
    io,
    os::{fd::AsFd, unix::fs::MetadataExt},
    path::{Path, PathBuf},
};

use clap::Args;

use self::{
    progress::Progress,
    results::{Results, resume},
    table::{DoneRows, Row, Table},
};
use super::{Exit, Failed, read_config, runtime, start_logs};
use crate::{
    batch::Source,
    model::{ProblemCode, Verdict},
    observe::logs::Destination,
};

#[derive(Debug, Args)]
pub(super) struct BatchArgs {
    /// The credentials: a CSV file with the columns `account_id`, `passcode` and `region`; others are carried over
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Where the results go; by default to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Go on where the output of an interrupted run ends; rows that an outage left without a verdict are asked again
    #[arg(long, requires = "out", conflicts_with = "only_failing")]
    resume: bool,
    /// The most rows under way at once
    #[arg(long, value_name = "N", default_value = "32", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: u16,
    /// Leave verified rows out of the output
    #[arg(long)]
    only_failing: bool,
    /// End with exit code 3 if a row has one of these statuses or problem codes
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = status)]
    fail_on: Vec<String>,
    /// The partner's name; by default `upstream.partner` of the configuration
    #[arg(long, value_name = "P")]
    partner: Option<String>,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn status(text: &str) -> Result<String, String> {
    let is_known = Verdict::STATUSES.contains(&text) || ProblemCode::parse(text).is_some();
    let allowed = || format!("allowed are {} and the problem codes", Verdict::STATUSES.join(", "));
    if is_known { Ok(text.to_owned()) } else { Err(allowed()) }
}

/// The rows that are left to ask.
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
    let partner = direct::partner(&config, arguments.partner.as_deref())?;
    let (table, total) = Table::open(&arguments.file)?;
    refuse_same_file(&arguments.file, arguments.out.as_deref())?;
    let (results, done) = open_results(&arguments, &table, total)?;
    let file = arguments.file.display().to_string();
    let rows = Rows { table, done, results: &results, error: None };
    let is_complete = runtime()?.block_on(direct::run(config, &partner, rows, usize::from(arguments.concurrency)))?;
    let progress = results.end()?;
    let total = progress.total();
    let exit = exit_of(&progress.end(), total, &arguments.fail_on);
    if let Err(error) = is_complete {
        return Err(Failed::new(Exit::Failure, format!("{file}: {error}")));
    }
    Ok(exit)
}

fn open_results(arguments: &BatchArgs, table: &Table, total: u64) -> Result<(Results, DoneRows), Failed> {
    let columns = &table.columns;
    let only_failing = arguments.only_failing;
    let fail = |path: &Path, error: io::Error| Failed::new(Exit::Failure, format!("{}: {error}", path.display()));
    let (output, done, statuses, is_new): (Box<dyn io::Write + Send>, _, _, _) = match &arguments.out {
        None => (Box::new(io::stdout()), DoneRows::new(), Vec::new(), true),
        Some(path) if arguments.resume => {
            let resumed = resume(path, columns)?;
            (Box::new(resumed.output), resumed.done, resumed.statuses, resumed.is_new)
        }
        Some(path) => {
            let file = File::create(path).map_err(|error| fail(path, error))?;
            (Box::new(file), DoneRows::new(), Vec::new(), true)
        }
    };
    let results = Results::new(columns, output, only_failing, Progress::new(total, statuses));
    if is_new {
        results.write_header();
    }
    Ok((results, done))
}

/// Refuses an output that is the input, under whatever name.
fn refuse_same_file(input: &Path, out: Option<&Path>) -> Result<(), Failed> {
    let same = |a: &Metadata, b: &Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    let input = std::fs::metadata(input);
    let output = match out {
        Some(path) => std::fs::metadata(path),
        None => io::stdout().as_fd().try_clone_to_owned().and_then(|output| File::from(output).metadata()),
    };
    if let (Ok(input), Ok(output)) = (input, output)
        && same(&input, &output)
    {
        return Err(Failed::new(Exit::Usage, "--out: the output is the input, which it would overwrite"));
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
