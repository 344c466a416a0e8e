//! Renders the report as a page: a single HTML file without scripts.

use std::{collections::BTreeMap, time::SystemTime};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    direct::name_of,
    report::{Account, KINDS, List, Report, Task},
};
use crate::{
    guidance::{Advice, Advisor, Language, Owner},
    model::ProblemCode,
};

const STYLE: &str = include_str!("report.css");

/// Data that all parts of the page need.
struct Texts<'a> {
    advisor: &'a Advisor,
    language: Language,
    /// The partner, if known.
    partner: Option<&'a str>,
    /// The general advice of each code, by its name in the output.
    advice: BTreeMap<String, Advice>,
}

impl Texts<'_> {
    fn text(&self, key: &str) -> String {
        self.advisor.text(self.language, key)
    }

    /// Returns the meaning of a status or a problem code.
    fn meaning(&self, status: &str) -> String {
        let code = match status {
            "invalid_credentials" => "check_credentials",
            "wrong_region" => "choose_region",
            "partner_not_whitelisted" => "request_whitelisting",
            other => other,
        };
        match (ProblemCode::parse(status), self.advice.get(code)) {
            (Some(problem), _) => self.advisor.problem_title(self.language, problem),
            (None, Some(advice)) => advice.title.clone(),
            (None, None) => String::new(),
        }
    }

    /// Returns an attribute of a code's advice, for all accounts that need it.
    fn advice(&self, task: &Task, attribute: &str) -> String {
        let key = format!("{}.{attribute}", task.guidance.replace('_', "-"));
        let (region, suggested) =
            task.regions.as_ref().map_or(("…", "…"), |(region, suggested)| (region, suggested));
        let partner = self.partner.unwrap_or("…");
        let values = [("region", region), ("suggested", suggested), ("partner", partner)];
        self.advisor.text_with(self.language, &key, &values)
    }

    fn owner(&self, owner: Owner) -> String {
        match owner {
            // The page is read by the partner's staff, not by the customer.
            Owner::Customer => self.text("report-customer"),
            owner => self.text(&format!("owner-{}", name_of(owner))),
        }
    }
}

/// Renders the page.
pub(super) fn page(report: &Report, (advisor, language): (&Advisor, Language), partner: Option<&str>) -> Markup {
    let general = advisor.entries(language).filter(|advice| advice.reason.is_none());
    let advice = general.map(|advice| (name_of(advice.code), advice)).collect();
    let texts = Texts { advisor, language, partner, advice };
    // To the minute: 2026-11-24T03:15.
    let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let time = format!("{} UTC", time[..16].replace('T', " "));
    let title = texts.text("report-title");
    html! {
        (DOCTYPE)
        html lang=(language.tag()) dir=(language.direction()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    header {
                        h1 { (title) }
                        p { (advisor.text_with(language, "report-made", &[("time", &time)])) }
                    }
                    (summary(report, &texts))
                    section aria-labelledby="regions" {
                        h2 #regions { (texts.text("report-regions")) }
                        (regions(&report.regions, &texts))
                    }
                    section aria-labelledby="results" {
                        h2 #results { (texts.text("report-results")) }
                        (results(&report.statuses, &texts))
                    }
                    @if report.has_previous() {
                        (changes("newly-refused", &report.newly_failing, &texts))
                        (changes("recovered", &report.recovered, &texts))
                    }
                    section aria-labelledby="accounts" {
                        h2 #accounts { (texts.text("report-accounts")) }
                        @if report.failing.is_empty() { p { (texts.text("report-nothing")) } }
                        @for (task, list) in groups(&report.failing) { (group(task, list, &texts)) }
                    }
                }
            }
        }
    }
}

/// Sorts the guidance by the number of accounts it concerns, largest first.
fn groups(failing: &BTreeMap<Task, List>) -> Vec<(&Task, &List)> {
    let mut groups: Vec<_> = failing.iter().collect();
    groups.sort_by_key(|(_, list)| std::cmp::Reverse(list.count));
    groups
}

fn summary(report: &Report, texts: &Texts<'_>) -> Markup {
    let sums = report.sums();
    let rows: u64 = sums.iter().sum();
    html! {
        dl.summary {
            div { dt { (texts.text("report-rows")) } dd { (grouped(rows)) } }
            @for (kind, count) in KINDS.iter().zip(sums) {
                div class=(kind) {
                    dt { (texts.text(&format!("report-{kind}"))) }
                    dd { (grouped(count)) " " small { (share(count, rows)) } }
                }
            }
        }
    }
}

/// Renders a bar for each region, scaled to the largest one, with the counts as text.
fn regions(regions: &BTreeMap<String, [u64; 3]>, texts: &Texts<'_>) -> Markup {
    let most = regions.values().map(|counts| counts.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    html! {
        table.regions {
            thead {
                tr {
                    th scope="col" { (texts.text("report-region")) }
                    @for kind in KINDS { th.n scope="col" { span.key.(kind) {} span.label { (texts.text(&format!("report-{kind}"))) } } }
                }
            }
            @for (region, counts) in regions {
                tbody {
                    tr {
                        th scope="row" { bdi { (region) } }
                        @for count in counts { td.n { (grouped(*count)) } }
                    }
                    tr.bar aria-hidden="true" {
                        td colspan="4" {
                            svg viewBox="0 0 1000 10" preserveAspectRatio="none" {
                                @for (at, kind) in KINDS.iter().enumerate() {
                                    @let scale = |count: u64| format!("{:.1}", count as f64 / most as f64 * 1000.0);
                                    rect class=(kind) x=(scale(counts[..at].iter().sum())) width=(scale(counts[at])) height="10" {}
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn results(statuses: &BTreeMap<String, u64>, texts: &Texts<'_>) -> Markup {
    let mut statuses: Vec<_> = statuses.iter().collect();
    statuses.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    html! {
        table {
            thead { tr { th scope="col" { (texts.text("report-result")) } th.n scope="col" { (texts.text("report-rows")) } } }
            tbody {
                @for (status, count) in statuses {
                    tr { td { (texts.meaning(status)) " " code dir="ltr" { (status) } } td.n { (grouped(*count)) } }
                }
            }
        }
    }
}

fn changes(key: &str, list: &List, texts: &Texts<'_>) -> Markup {
    html! {
        section aria-labelledby=(key) {
            h2 id=(key) { (texts.text(&format!("report-{key}"))) " " span.count { (grouped(list.count)) } }
            @if list.count == 0 { p { (texts.text("report-nothing")) } } @else { (accounts(list, texts)) }
        }
    }
}

/// Renders one task, who can do it, and the accounts that need it.
fn group(task: &Task, list: &List, texts: &Texts<'_>) -> Markup {
    let advice = texts.advice.get(&task.guidance);
    html! {
        article {
            h3 {
                @if let Some(advice) = advice { (advice.title) } @else { code dir="ltr" { (task.guidance) } }
                " " span.count { (grouped(list.count)) }
            }
            @if let Some(advice) = advice {
                p { (texts.advice(task, "message")) }
                dl.advice {
                    div { dt { (texts.text("page-owner")) } dd { (texts.owner(advice.owner)) } }
                    div { dt { (texts.text("page-action")) } dd { (texts.advice(task, "action")) } }
                }
            }
            (accounts(list, texts))
        }
    }
}

fn accounts(list: &List, texts: &Texts<'_>) -> Markup {
    let has_ids = list.named.iter().any(|account| !account.id.is_empty());
    // Rows arrive in the order of completion, which differs in each run.
    let mut named: Vec<&Account> = list.named.iter().collect();
    named.sort_by_key(|account| (&account.id, &account.masked, &account.region));
    let more = (list.count - list.named.len() as u64).to_string();
    html! {
        table.accounts {
            thead {
                tr {
                    @if has_ids { th scope="col" { (texts.text("report-id")) } }
                    @for key in ["report-account", "report-region", "report-result"] { th scope="col" { (texts.text(key)) } }
                }
            }
            tbody {
                @for account in named {
                    tr {
                        @if has_ids { td { bdi { (account.id) } } }
                        td { code dir="ltr" { (account.masked) } }
                        td { bdi { (account.region) } }
                        td { code dir="ltr" { (account.status) } }
                    }
                }
            }
        }
        @if more != "0" { p { (texts.advisor.text_with(texts.language, "report-more", &[("count", &more)])) } }
    }
}

/// Groups the digits of a number by thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

fn share(count: u64, rows: u64) -> String {
    if rows == 0 { String::new() } else { format!("{:.1} %", count as f64 / rows as f64 * 100.0) }
}
