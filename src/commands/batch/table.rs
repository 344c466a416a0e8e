//! The input: a CSV file as spreadsheets write it, read row by row.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::Path,
};

use csv::ByteRecord;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::commands::{Exit, Failed};

/// The columns that the results add.
pub(super) const RESULTS: [&str; 4] = ["status", "guidance", "suggested_region", "checked_at"];

/// The header must end within this many bytes.
const MAX_HEADER: usize = 64 * 1024;

/// A row's identity: a hash of the input columns that the output repeats.
pub(super) type Key = u128;

/// The CSV format of a file; the output uses the same one, for the same program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    pub(super) has_mark: bool,
    pub(super) has_crlf: bool,
}

/// The columns of a file.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) dialect: Dialect,
    count: usize,
    account_id: usize,
    passcode: usize,
    region: usize,
    /// The positions of the columns that are copied to the output, and their names.
    carried: Vec<usize>,
    pub(super) names: ByteRecord,
}

/// One row.
pub(super) struct Row {
    pub(super) number: u64,
    pub(super) key: Key,
    pub(super) carried: ByteRecord,
    pub(super) account_id: String,
    pub(super) region: String,
    pub(super) passcode: SecretString,
}

/// The rows that an earlier run has completed: the key, and how often it occurred.
pub(super) type DoneRows = HashMap<Key, u32>;

/// The rows of a file.
pub(super) struct Table {
    pub(super) columns: Columns,
    reader: csv::Reader<BufReader<File>>,
    record: ByteRecord,
    number: u64,
}

impl Table {
    /// Opens a file and validates all of it before any row is verified. Also returns the number of rows.
    pub(super) fn open(path: &Path) -> Result<(Self, u64), Failed> {
        let fail = |message: String| Failed::new(Exit::Usage, format!("{}: {message}", path.display()));
        let unreadable = |error: io::Error| fail(format!("cannot be read: {error}"));
        let mut file = File::open(path).map_err(unreadable)?;
        let mut head = Zeroizing::new(Vec::new());
        io::Read::by_ref(&mut file).take(MAX_HEADER as u64).read_to_end(&mut head).map_err(unreadable)?;
        let columns = Columns::find(&head).map_err(fail)?;
        let mut table = Self::rows(columns, file).map_err(unreadable)?;
        let mut count = 0;
        while table.read().map_err(|error| fail(error.to_string()))? {
            if table.record.len() > table.columns.count {
                let (line, found) = (table.reader.position().line().saturating_sub(1), table.record.len());
                let message = format!("line {line} has {found} fields, the header has {}", table.columns.count);
                return Err(fail(message + "; quote fields that contain the delimiter"));
            }
            count += 1;
        }
        let Self { columns, reader, .. } = table;
        let file = reader.into_inner().into_inner();
        Ok((Self::rows(columns, file).map_err(unreadable)?, count))
    }

    fn rows(columns: Columns, mut file: File) -> io::Result<Self> {
        file.rewind()?;
        let mut builder = csv::ReaderBuilder::new();
        let reader = builder.delimiter(columns.dialect.delimiter).flexible(true).from_reader(BufReader::new(file));
        Ok(Self { columns, reader, record: ByteRecord::new(), number: 0 })
    }

    /// Reads the next row that is not blank.
    fn read(&mut self) -> csv::Result<bool> {
        while self.reader.read_byte_record(&mut self.record)? {
            if self.record.iter().any(|field| !field.trim_ascii().is_empty()) {
                self.number += 1;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the next row.
    pub(super) fn next(&mut self) -> csv::Result<Option<Row>> {
        if !self.read()? {
            return Ok(None);
        }
        let field = |at: usize| self.record.get(at).unwrap_or_default();
        let text = |at: usize| String::from_utf8_lossy(field(at)).into_owned();
        let mut carried = ByteRecord::new();
        self.columns.carried.iter().for_each(|at| carried.push_field(field(*at)));
        let passcode = Zeroizing::new(text(self.columns.passcode));
        Ok(Some(Row {
            number: self.number,
            key: key_of(&carried),
            account_id: text(self.columns.account_id),
            region: text(self.columns.region),
            passcode: SecretString::from(passcode.as_str()),
            carried,
        }))
    }
}

impl Columns {
    /// Detects the delimiter and the columns from the start of a file.
    fn find(head: &[u8]) -> Result<Self, String> {
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            return Err("the file is UTF-16; save it as CSV UTF-8".to_owned());
        }
        let has_mark = head.starts_with("\u{feff}".as_bytes());
        let has_crlf = head.iter().position(|byte| *byte == b'\n').is_some_and(|at| at > 0 && head[at - 1] == b'\r');
        let mut missing = Vec::new();
        for delimiter in [b',', b';', b'\t'] {
            let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(head);
            let names = reader.byte_headers().map_err(|error| error.to_string())?.clone();
            match Self::named(&names, Dialect { delimiter, has_mark, has_crlf }) {
                Ok(columns) => return Ok(columns),
                Err(message) if missing.is_empty() || names.len() > 1 => missing = vec![message],
                Err(_) => {}
            }
        }
        Err(missing.pop().unwrap_or_default())
    }

    fn named(names: &ByteRecord, dialect: Dialect) -> Result<Self, String> {
        let name = |field: &[u8]| String::from_utf8_lossy(field).trim().to_lowercase();
        let all: Vec<String> = names.iter().map(name).collect();
        let only = |wanted: &str| match all.iter().filter(|name| *name == wanted).count() {
            1 => Ok(all.iter().position(|name| name == wanted).unwrap_or_default()),
            0 => Err(format!("missing column `{wanted}`; required are account_id, passcode and region")),
            _ => Err(format!("duplicate column `{wanted}`")),
        };
        let (account_id, passcode, region) = (only("account_id")?, only("passcode")?, only("region")?);
        let is_carried = |at: &usize| *at != passcode && !RESULTS.contains(&all[*at].as_str());
        let carried: Vec<usize> = (0..all.len()).filter(is_carried).collect();
        let names = carried.iter().map(|at| names.get(*at).unwrap_or_default()).collect();
        Ok(Self { dialect, count: all.len(), account_id, passcode, region, carried, names })
    }

    /// Returns the position of a column among the copied ones.
    pub(super) fn carried_at(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|field| String::from_utf8_lossy(field).trim().eq_ignore_ascii_case(name))
    }
}

/// Returns the identity of a row from its copied columns.
pub(super) fn key_of<'a>(carried: impl IntoIterator<Item = &'a [u8]>) -> Key {
    let mut hash = Sha256::new();
    for field in carried {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field);
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    Key::from_le_bytes(key)
}
