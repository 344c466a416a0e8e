//! Collects the data of the report for people, row by row. `report_page` renders the page.

use std::{collections::BTreeMap, path::Path};

use csv::ByteRecord;

use super::{previous::Previous, report_page, results::Outcome, table::Columns};
use crate::{
    commands::{Exit, Failed, output},
    guidance::{Advisor, Language},
    model::{Verdict, mask_account_id},
};

/// The maximum number of accounts in a list; the output file contains all.
const MAX_LISTED: usize = 5000;

/// The maximum number of regions listed separately.
const MAX_REGIONS: usize = 30;

/// The kinds of results, as CSS classes and in the keys of the texts.
pub(super) const KINDS: [&str; 3] = ["accepted", "refused", "undecided"];

/// The data of a report, collected row by row.
pub(super) struct Report {
    id: Option<usize>,
    account_id: Option<usize>,
    region: Option<usize>,
    previous: Option<Previous>,
    pub(super) statuses: BTreeMap<String, u64>,
    /// The number of rows of each kind, by region.
    pub(super) regions: BTreeMap<String, [u64; 3]>,
    pub(super) failing: BTreeMap<Task, List>,
    pub(super) newly_failing: List,
    pub(super) recovered: List,
}

/// What must be done: a guidance code, and for `choose_region` the chosen and the right region.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Task {
    pub(super) guidance: String,
    pub(super) regions: Option<(String, String)>,
}

/// The listed accounts, up to the maximum, and their total number.
#[derive(Default)]
pub(super) struct List {
    pub(super) named: Vec<Account>,
    pub(super) count: u64,
}

#[derive(Clone)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) masked: String,
    pub(super) region: String,
    pub(super) status: String,
}

/// Returns the kind of a status, as an index into [`KINDS`].
pub(super) fn kind_of(status: &str) -> usize {
    match status {
        "verified" => 0,
        status if Verdict::STATUSES.contains(&status) => 1,
        _ => 2,
    }
}

pub(super) fn text(record: &ByteRecord, at: Option<usize>) -> String {
    let field = at.and_then(|at| record.get(at)).unwrap_or_default();
    String::from_utf8_lossy(field).trim().to_owned()
}

impl List {
    fn add(&mut self, account: &Account) {
        self.count += 1;
        if self.named.len() < MAX_LISTED {
            self.named.push(account.clone());
        }
    }
}

impl Report {
    pub(super) fn new(columns: &Columns, previous: Option<Previous>) -> Self {
        Self {
            id: columns.carried_at("id"),
            account_id: columns.carried_at("account_id"),
            region: columns.carried_at("region"),
            previous,
            statuses: BTreeMap::new(),
            regions: BTreeMap::new(),
            failing: BTreeMap::new(),
            newly_failing: List::default(),
            recovered: List::default(),
        }
    }

    /// Adds a row.
    pub(super) fn add(&mut self, carried: &ByteRecord, outcome: &Outcome) {
        let (id, account_id, region) =
            (text(carried, self.id), text(carried, self.account_id), text(carried, self.region));
        let kind = kind_of(&outcome.status);
        *self.statuses.entry(outcome.status.clone()).or_default() += 1;
        let name = region.to_lowercase();
        let is_known = self.regions.contains_key(&name) || self.regions.len() < MAX_REGIONS;
        let name = if is_known { name } else { "…".to_owned() };
        self.regions.entry(name).or_default()[kind] += 1;
        let was_verified = self.previous.as_ref().and_then(|rows| rows.was_verified(&id, &account_id, &region));
        let account = Account { id, masked: mask_account_id(&account_id), region, status: outcome.status.clone() };
        match (kind, was_verified) {
            (1, Some(true)) => self.newly_failing.add(&account),
            (0, Some(false)) => self.recovered.add(&account),
            _ => {}
        }
        if kind == 1 {
            let regions = (!outcome.suggested_region.is_empty())
                .then(|| (account.region.clone(), outcome.suggested_region.clone()));
            let task = Task { guidance: outcome.guidance.clone(), regions };
            self.failing.entry(task).or_default().add(&account);
        }
    }

    /// Writes the file atomically.
    pub(super) fn write(
        &self,
        path: &Path,
        (advisor, language): (&Advisor, Language),
        partner: Option<&str>,
    ) -> Result<(), Failed> {
        let page = report_page::page(self, (advisor, language), partner).into_string();
        let fail = |error: std::io::Error| Failed::new(Exit::Failure, format!("--report: {}: {error}", path.display()));
        output::write_file(path, page.as_bytes()).map_err(fail)
    }

    /// Returns the totals by kind.
    pub(super) fn sums(&self) -> [u64; 3] {
        let mut sums = [0; 3];
        for (status, count) in &self.statuses {
            sums[kind_of(status)] += count;
        }
        sums
    }

    pub(super) fn has_previous(&self) -> bool {
        self.previous.is_some()
    }

    /// Returns the numbers of newly failing and of recovered rows, if they were compared with earlier ones.
    pub(super) fn changes(&self) -> Option<[(&'static str, u64); 2]> {
        self.has_previous()
            .then_some([("newly_failing", self.newly_failing.count), ("recovered", self.recovered.count)])
    }
}
