//! The report for people: one HTML file with everything in it, and no script.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use csv::ByteRecord;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    results::Outcome,
    table::{Columns, Key, RESULTS, key_of},
};
use crate::{
    commands::{Exit, Failed},
    guidance::{Advice, Advisor, Language},
    model::{Verdict, mask_account_id},
};

/// The most accounts that a list names; the output file has them all.
const MAX_LISTED: usize = 5000;

/// The most regions that the picture tells apart.
const MAX_REGIONS: usize = 30;

const STYLE: &str = "
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1b1f;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.4rem .6rem;border-bottom:1px solid #d5d5dc;vertical-align:top}
td.n,th.n{text-align:end;font-variant-numeric:tabular-nums}code{font-family:ui-monospace,monospace}
.good{fill:#1a7f4b}.bad{fill:#b3261e}.none{fill:#767680}svg text{font:14px system-ui,sans-serif;fill:currentColor}
@media(prefers-color-scheme:dark){body{color:#e8e8ee;background:#17171b}th,td{border-color:#3a3a42}.good{fill:#4cc38a}.bad{fill:#f2726a}.none{fill:#9a9aa6}}
@media print{body{margin:0;max-width:none}}";

/// What a report is made of, collected row by row.
pub(super) struct Report {
    id: Option<usize>,
    account_id: Option<usize>,
    region: Option<usize>,
    previous: Option<Previous>,
    statuses: BTreeMap<String, u64>,
    /// Verified, failing and undecided rows by region.
    regions: BTreeMap<String, [u64; 3]>,
    failing: List,
    newly_failing: List,
    recovered: List,
}

/// The accounts of a list, as many as are named, and how many there are.
#[derive(Default)]
struct List {
    named: Vec<Account>,
    count: u64,
}

#[derive(Clone)]
struct Account {
    id: String,
    masked: String,
    region: String,
    status: String,
    guidance: String,
    suggested_region: String,
}

/// Whether each row of an earlier output was verified.
struct Previous(HashMap<Key, bool>);

/// How a status counts.
fn kind_of(status: &str) -> usize {
    match status {
        "verified" => 0,
        status if Verdict::STATUSES.contains(&status) => 1,
        _ => 2,
    }
}

fn identity(id: &str, account_id: &str, region: &str) -> Key {
    // An id names a row by itself: account and region may have been corrected since.
    let fields: &[&str] = if id.is_empty() { &[account_id, region] } else { &[id] };
    key_of(fields.iter().map(|field| field.as_bytes()))
}

impl Previous {
    fn read(path: &Path, columns: &Columns) -> Result<Self, Failed> {
        let fail = |message: String| Failed::new(Exit::Usage, format!("--since: {}: {message}", path.display()));
        let mut builder = csv::ReaderBuilder::new();
        let reader = builder.delimiter(columns.dialect.delimiter).from_path(path);
        let mut reader = reader.map_err(|error| fail(error.to_string()))?;
        let names = reader.byte_headers().map_err(|error| fail(error.to_string()))?.clone();
        let at = |name: &str| names.iter().position(|field| field.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
        let Some(status) = at(RESULTS[0]) else { return Err(fail("it is not an output of this command".to_owned())) };
        let (id, account_id, region) = (at("id"), at("account_id"), at("region"));
        let mut rows = HashMap::new();
        for record in reader.byte_records() {
            let record = record.map_err(|error| fail(error.to_string()))?;
            let field = |at: Option<usize>| text(&record, at);
            let kind = kind_of(&field(Some(status)));
            // What had no verdict changed nothing.
            if kind < 2 {
                rows.insert(identity(&field(id), &field(account_id), &field(region)), kind == 0);
            }
        }
        Ok(Self(rows))
    }
}

fn text(record: &ByteRecord, at: Option<usize>) -> String {
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
    pub(super) fn new(columns: &Columns, since: Option<&Path>) -> Result<Self, Failed> {
        Ok(Self {
            id: columns.carried_at("id"),
            account_id: columns.carried_at("account_id"),
            region: columns.carried_at("region"),
            previous: since.map(|path| Previous::read(path, columns)).transpose()?,
            statuses: BTreeMap::new(),
            regions: BTreeMap::new(),
            failing: List::default(),
            newly_failing: List::default(),
            recovered: List::default(),
        })
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
        let was_verified = self.previous.as_ref().and_then(|rows| rows.0.get(&identity(&id, &account_id, &region)));
        let account = Account {
            id,
            masked: mask_account_id(&account_id),
            region,
            status: outcome.status.clone(),
            guidance: outcome.guidance.clone(),
            suggested_region: outcome.suggested_region.clone(),
        };
        match (kind, was_verified) {
            (1, Some(true)) => self.newly_failing.add(&account),
            (0, Some(false)) => self.recovered.add(&account),
            _ => {}
        }
        if kind == 1 {
            self.failing.add(&account);
        }
    }

    /// Writes the file, in one step.
    pub(super) fn write(&self, path: &Path, advisor: &Advisor, language: Language) -> Result<(), Failed> {
        let page = self.page(advisor, language).into_string();
        let fail = |error: std::io::Error| Failed::new(Exit::Failure, format!("--report: {}: {error}", path.display()));
        std::fs::write(path, page).map_err(fail)
    }

    fn page(&self, advisor: &Advisor, language: Language) -> Markup {
        let rows: u64 = self.statuses.values().sum();
        let general = advisor.entries(language).filter(|advice| advice.reason.is_none());
        let advice: BTreeMap<String, Advice> =
            general.map(|advice| (super::direct::name_of(advice.code), advice)).collect();
        let time = humantime::format_rfc3339_seconds(std::time::SystemTime::now());
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "Stored credentials" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        h1 { "Stored credentials" }
                        p { (rows) " rows, " (self.failing.count) " failing. Made at " (time) " by connect-verifier." }
                        h2 { "Outcomes" }
                        table {
                            thead { tr { th scope="col" { "Status" } th.n scope="col" { "Rows" } } }
                            tbody {
                                @for (status, count) in &self.statuses { tr { td { code { (status) } } td.n { (count) } } }
                            }
                        }
                        h2 { "Outcomes by region" }
                        (picture(&self.regions))
                        @if self.previous.is_some() {
                            h2 { "Newly failing since the last report" }
                            (list(&self.newly_failing, &advice, language))
                            h2 { "Recovered since the last report" }
                            (list(&self.recovered, &advice, language))
                        }
                        h2 { "Failing accounts" }
                        (list(&self.failing, &advice, language))
                    }
                }
            }
        }
    }
}

fn picture(regions: &BTreeMap<String, [u64; 3]>) -> Markup {
    let most = regions.values().map(|counts| counts.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    let height = regions.len() * 30 + 30;
    let classes = ["good", "bad", "none"];
    let names = ["verified", "failing", "no verdict"];
    html! {
        svg viewBox=(format!("0 0 800 {height}")) role="img" aria-label="Outcomes by region, with the rows of each" {
            @for (at, (region, counts)) in regions.iter().enumerate() {
                @let widths = counts.map(|count| count as f64 / most as f64 * 480.0);
                @let y = at * 30;
                text x="0" y=(y + 18) { (region) }
                @for (part, class) in classes.iter().enumerate() {
                    rect class=(class) x=(format!("{:.1}", 130.0 + widths[..part].iter().sum::<f64>())) y=(y + 3)
                        width=(format!("{:.1}", widths[part])) height="22" {}
                }
                text x=(format!("{:.1}", 138.0 + widths.iter().sum::<f64>())) y=(y + 18) {
                    (counts[0]) " / " (counts[1]) " / " (counts[2])
                }
            }
            @for (at, (class, name)) in classes.iter().zip(names).enumerate() {
                rect class=(class) x=(130 + at * 130) y=(height - 20) width="12" height="12" {}
                text x=(148 + at * 130) y=(height - 9) { (name) }
            }
        }
    }
}

fn list(list: &List, advice: &BTreeMap<String, Advice>, language: Language) -> Markup {
    if list.count == 0 {
        return html! { p { "None." } };
    }
    let more = list.count - list.named.len() as u64;
    html! {
        table {
            thead {
                tr {
                    @for name in ["Id", "Account", "Region", "Status", "Who can fix it", "Guidance"] {
                        th scope="col" { (name) }
                    }
                }
            }
            tbody {
                @for account in &list.named {
                    @let known = advice.get(&account.guidance);
                    tr {
                        td { (account.id) }
                        td { code { (account.masked) } }
                        td {
                            (account.region)
                            @if !account.suggested_region.is_empty() { " → " (account.suggested_region) }
                        }
                        td { code { (account.status) } }
                        td { @if let Some(known) = known { (super::direct::name_of(known.owner)) } }
                        td lang=(language.tag()) dir=(language.direction()) {
                            @if let Some(known) = known { strong { (known.title) } " " (known.message) " " (known.action) }
                            @else { (account.guidance) }
                        }
                    }
                }
            }
        }
        @if more > 0 { p { "And " (more) " more, in the output file." } }
    }
}
