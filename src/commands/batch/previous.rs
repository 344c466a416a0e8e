//! The results of earlier runs, to find out what has changed.

use std::{
    collections::HashMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{
    report::{kind_of, text},
    table::{Columns, Key, RESULTS, key_of},
};
use crate::commands::{Exit, Failed};

/// The maximum number of outputs that are read from a folder: the newest ones.
const MAX_OUTPUTS: usize = 10;

/// Whether each row was verified when it last had a verdict.
pub(super) struct Previous(HashMap<Key, bool>);

impl Previous {
    /// Reads an output of `batch`, or the newest ones in a folder, except the output of this run. A row in several of
    /// them counts as in the newest one that has a verdict for it, so an interrupted run hides no earlier result.
    pub(super) fn read(path: &Path, own_output: Option<&Path>, columns: &Columns) -> Result<Self, Failed> {
        let fail =
            |path: &Path, message: String| Failed::new(Exit::Usage, format!("--since: {}: {message}", path.display()));
        let mut previous = Self(HashMap::new());
        if path.is_dir() {
            let outputs = outputs_in(path, own_output).map_err(|error| fail(path, error.to_string()))?;
            for output in outputs {
                // Other CSV files in the folder do not matter.
                previous.add(&output, columns).map_err(|error| fail(&output, error.to_string()))?;
            }
        } else if !previous.add(path, columns).map_err(|error| fail(path, error.to_string()))? {
            return Err(fail(path, "it is not an output of this command".to_owned()));
        }
        Ok(previous)
    }

    /// Returns whether a row was verified, if it had a verdict.
    pub(super) fn was_verified(&self, id: &str, account_id: &str, region: &str) -> Option<bool> {
        self.0.get(&identity(id, account_id, region)).copied()
    }

    /// Adds the verdicts of an output. Returns `false` if the file is not one.
    fn add(&mut self, path: &Path, columns: &Columns) -> Result<bool, csv::Error> {
        let mut reader = csv::ReaderBuilder::new().delimiter(columns.dialect.delimiter).from_path(path)?;
        let names = reader.byte_headers()?.clone();
        let at = |name: &str| names.iter().position(|field| field.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
        let Some(status) = at(RESULTS[0]) else { return Ok(false) };
        let (id, account_id, region) = (at("id"), at("account_id"), at("region"));
        for record in reader.byte_records() {
            let record = record?;
            let field = |at: Option<usize>| text(&record, at);
            let kind = kind_of(&field(Some(status)));
            // Rows without a verdict do not count as a change.
            if kind < 2 {
                self.0.insert(identity(&field(id), &field(account_id), &field(region)), kind == 0);
            }
        }
        Ok(true)
    }
}

/// Returns the CSV files of a folder, the oldest first.
fn outputs_in(folder: &Path, own_output: Option<&Path>) -> std::io::Result<Vec<PathBuf>> {
    let own = own_output.and_then(|path| fs::metadata(path).ok()).map(|own| (own.dev(), own.ino()));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            continue;
        }
        // A file may have been removed since, and a link may point nowhere.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.is_file() && Some((metadata.dev(), metadata.ino())) != own {
            found.push((metadata.modified()?, path));
        }
    }
    found.sort();
    let oldest = found.len().saturating_sub(MAX_OUTPUTS);
    Ok(found.into_iter().skip(oldest).map(|(_, path)| path).collect())
}

fn identity(id: &str, account_id: &str, region: &str) -> Key {
    // The id alone identifies a row: account and region may have been corrected since.
    let fields: &[&str] = if id.is_empty() { &[account_id, region] } else { &[id] };
    key_of(fields.iter().map(|field| field.as_bytes()))
}
