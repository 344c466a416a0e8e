//! The output: a line for each row as it completes, and how to resume an interrupted run.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::{File, OpenOptions},
    io::{self, BufReader, Read, Seek, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use csv::ByteRecord;
use tokio::sync::watch;

use super::{
    progress::Progress,
    report::Report,
    table::{Columns, DoneRows, Key, RESULTS, Row, key_of},
};
use crate::{
    commands::{Exit, Failed},
    model::{FaultKind, ProblemCode, Verdict},
};

/// The outcome of a row.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    /// The status, or the problem code.
    pub(super) status: String,
    pub(super) guidance: String,
    pub(super) suggested_region: String,
    pub(super) checked_at: String,
}

/// Writes the results. Rows with equal output columns are written in input order, so that a resumed run knows by their
/// number which of them are done.
pub(super) struct Results {
    columns: Columns,
    only_failing: bool,
    progress: Progress,
    state: Mutex<State>,
    /// Whether writing the output has failed.
    failed: watch::Sender<bool>,
}

struct State {
    output: Box<dyn Write + Send>,
    report: Option<Report>,
    /// The rows in progress by key; completed ones wait here for earlier rows with the same key.
    under_way: HashMap<Key, BTreeMap<u64, Option<Vec<u8>>>>,
    error: Option<io::Error>,
}

impl Results {
    pub(super) fn new(
        columns: &Columns,
        output: Box<dyn Write + Send>,
        only_failing: bool,
        (progress, report): (Progress, Option<Report>),
    ) -> Self {
        let state = State { output, report, under_way: HashMap::new(), error: None };
        let failed = watch::Sender::new(false);
        Self { columns: columns.clone(), only_failing, progress, state: Mutex::new(state), failed }
    }

    pub(super) fn write_header(&self) {
        let mut line = Vec::new();
        if self.columns.dialect.has_mark {
            line.extend_from_slice("\u{feff}".as_bytes());
        }
        line.extend(line_of(&self.columns, self.columns.names.iter().chain(RESULTS.map(str::as_bytes))));
        self.write(&mut self.lock(), &line);
    }

    /// Registers a row as in progress.
    pub(super) fn begin(&self, row: &Row) {
        self.lock().under_way.entry(row.key).or_default().insert(row.number, None);
    }

    /// Writes the outcome of a row.
    pub(super) fn finish(&self, row: &Row, outcome: &Outcome) {
        let cells = [&outcome.status, &outcome.guidance, &outcome.suggested_region, &outcome.checked_at];
        let is_written = !self.only_failing || outcome.status != Verdict::Verified.status();
        let line = if is_written {
            line_of(&self.columns, row.carried.iter().chain(cells.map(|cell| cell.as_bytes())))
        } else {
            Vec::new()
        };
        let mut state = self.lock();
        if let Some(report) = &mut state.report {
            report.add(&row.carried, outcome);
        }
        let Some(same) = state.under_way.get_mut(&row.key) else { return };
        same.insert(row.number, Some(line));
        let mut ready = Vec::new();
        while let Some(first) = same.first_entry().filter(|first| first.get().is_some()) {
            ready.extend(first.remove());
        }
        if same.is_empty() {
            state.under_way.remove(&row.key);
        }
        for line in ready {
            self.write(&mut state, &line);
        }
        drop(state);
        self.progress.count(&outcome.status);
    }

    /// Completes when writing the output has failed.
    pub(super) async fn failed(&self) {
        let _ = self.failed.subscribe().wait_for(|failed| *failed).await;
    }

    /// Ends the output and returns the counts and the report.
    pub(super) fn end(self) -> Result<(Progress, Option<Report>), Failed> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match state.error {
            Some(error) => Err(Failed::new(Exit::Failure, format!("the output cannot be written: {error}"))),
            None => Ok((self.progress, state.report)),
        }
    }

    fn write(&self, state: &mut State, line: &[u8]) {
        if state.error.is_some() {
            return;
        }
        // In a single call, so that an interruption is unlikely to leave a partial line.
        if let Err(error) = state.output.write_all(line).and_then(|()| state.output.flush()) {
            state.error = Some(error);
            self.failed.send_replace(true);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line_of<'a>(columns: &Columns, fields: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let terminator = if columns.dialect.has_crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut builder = csv::WriterBuilder::new();
    let mut writer = builder.delimiter(columns.dialect.delimiter).terminator(terminator).from_writer(Vec::new());
    // Writes into memory, which cannot fail.
    let _ = writer.write_byte_record(&fields.collect());
    writer.into_inner().unwrap_or_default()
}

/// The state that an earlier run left.
pub(super) struct Resumed {
    pub(super) output: Box<dyn Write + Send>,
    pub(super) done: DoneRows,
    /// The number of rows that are kept, by status.
    pub(super) counts: BTreeMap<String, u64>,
    /// The output has no complete header yet.
    pub(super) is_new: bool,
}

/// Opens an output to continue it. Removes a partial last line, and rows that an outage left without a verdict, so that
/// they are retried.
pub(super) fn resume(path: &Path, columns: &Columns, mut report: Option<&mut Report>) -> Result<Resumed, Failed> {
    let fail = |error: io::Error| Failed::new(Exit::Failure, format!("{}: {error}", path.display()));
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(fail)?;
    let length = complete_length(&file).map_err(fail)?;
    file.set_len(length).map_err(fail)?;
    file.rewind().map_err(fail)?;
    if length == 0 {
        let output = Box::new(file);
        return Ok(Resumed { output, done: DoneRows::new(), counts: BTreeMap::new(), is_new: true });
    }
    let foreign = |what: &str| {
        Failed::new(Exit::Usage, format!("--resume: {}: {what}; not an output for this input", path.display()))
    };
    let mut builder = csv::ReaderBuilder::new();
    let mut reader = builder.delimiter(columns.dialect.delimiter).from_reader(BufReader::new(&file));
    let expected: ByteRecord = columns.names.iter().chain(RESULTS.map(str::as_bytes)).collect();
    if reader.byte_headers().map_err(|error| foreign(&error.to_string()))? != &expected {
        return Err(foreign("the columns differ"));
    }
    let (mut done, mut counts) = (DoneRows::new(), BTreeMap::new());
    let mut again = HashSet::new();
    let mut kept = Kept::new(path, columns, &expected)?;
    for record in reader.byte_records() {
        let record = record.map_err(|error| foreign(&error.to_string()))?;
        let (carried, outcome) = split(&record, columns);
        let key = key_of(&carried);
        // Rows with equal output columns are done in input order, so all rows after a retried one are retried, too.
        if is_undecided(&outcome.status) || again.contains(&key) {
            again.insert(key);
            continue;
        }
        *done.entry(key).or_default() += 1;
        report.iter_mut().for_each(|report| report.add(&carried, &outcome));
        *counts.entry(outcome.status).or_default() += 1;
        kept.add(&record).map_err(fail)?;
    }
    let output = if again.is_empty() { file } else { kept.replace(path).map_err(fail)? };
    let mut output = output;
    output.seek(io::SeekFrom::End(0)).map_err(fail)?;
    Ok(Resumed { output: Box::new(output), done, counts, is_new: false })
}

/// Splits a line into the carried columns and the result.
fn split(record: &ByteRecord, columns: &Columns) -> (ByteRecord, Outcome) {
    let count = columns.names.len();
    let cell = |at: usize| String::from_utf8_lossy(record.get(count + at).unwrap_or_default()).into_owned();
    let outcome = Outcome { status: cell(0), guidance: cell(1), suggested_region: cell(2), checked_at: cell(3) };
    (record.iter().take(count).collect(), outcome)
}

/// A copy without the rows to retry; it replaces the output atomically.
struct Kept<'a> {
    columns: &'a Columns,
    copy: io::BufWriter<tempfile::NamedTempFile>,
}

impl<'a> Kept<'a> {
    fn new(path: &Path, columns: &'a Columns, header: &ByteRecord) -> Result<Self, Failed> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let fail = |error: io::Error| Failed::new(Exit::Failure, format!("{}: {error}", folder.display()));
        let mut kept =
            Self { columns, copy: io::BufWriter::new(tempfile::NamedTempFile::new_in(folder).map_err(fail)?) };
        if columns.dialect.has_mark {
            kept.copy.write_all("\u{feff}".as_bytes()).map_err(fail)?;
        }
        kept.add(header).map_err(fail)?;
        Ok(kept)
    }

    fn add(&mut self, record: &ByteRecord) -> io::Result<()> {
        self.copy.write_all(&line_of(self.columns, record.iter()))
    }

    fn replace(self, path: &Path) -> io::Result<File> {
        let copy = self.copy.into_inner().map_err(io::IntoInnerError::into_error)?;
        copy.as_file().set_permissions(std::fs::metadata(path)?.permissions())?;
        copy.as_file().sync_all()?;
        copy.persist(path).map_err(|error| error.error)
    }
}

/// Returns the length of a file up to the end of its last complete line; line ends inside quotes do not count.
fn complete_length(file: &File) -> io::Result<u64> {
    let (mut reader, mut buffer) = (file, vec![0; 64 * 1024]);
    let (mut offset, mut complete, mut is_quoted) = (0, 0, false);
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            return Ok(complete);
        }
        for byte in &buffer[..count] {
            offset += 1;
            match byte {
                b'"' => is_quoted = !is_quoted,
                b'\n' if !is_quoted => complete = offset,
                _ => {}
            }
        }
    }
}

/// Returns whether a retry may give a verdict.
fn is_undecided(status: &str) -> bool {
    matches!(ProblemCode::parse(status), Some(ProblemCode::Fault(kind)) if kind.is_retryable() || kind == FaultKind::Internal)
}
