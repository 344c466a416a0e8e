//! Benchmarks of the parts of a request: `cargo bench`, or `cargo bench -- present` for one. `scripts/bench` measures
//! the whole service in comparison with other servers.

#![allow(clippy::unwrap_used, reason = "a part that cannot be set up is a failed run")]

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use connect_verifier::{
    clevertap::classify::{Asked, Wire, classify},
    config::{Source as ConfigSource, load},
    guidance::{Advisor, Language},
    model::{Answer, Credential, Input, RawSubmission, RegionChoice, Regions, Source, Submission, Verdict},
    present::{About, Presenter},
    verify::Fingerprinter,
};
use divan::{AllocProfiler, Bencher, black_box};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

fn regions() -> Regions {
    load(&ConfigSource::default()).unwrap().regions
}

fn raw() -> RawSubmission<'static> {
    RawSubmission {
        account_id: Input::Value("W9R-486-4W5Z".into()),
        passcode: Input::Value("ABC-DEF-GHIJ-KLM".into()),
        region: Input::Value("in1".into()),
        ..RawSubmission::default()
    }
}

fn submission(regions: &Regions) -> Submission {
    Submission::parse(raw(), regions).unwrap()
}

fn credential(regions: &Regions) -> Credential {
    let submission = submission(regions);
    let RegionChoice::One(region) = &submission.region else { unreachable!("the region is in1") };
    submission.credential(region, &Arc::from("adjust"))
}

#[divan::bench]
fn parse_submission(bencher: Bencher) {
    let regions = regions();
    bencher.with_inputs(raw).bench_values(|raw| Submission::parse(raw, &regions));
}

#[divan::bench]
fn fingerprint(bencher: Bencher) {
    let prints = Fingerprinter::with_key(&connect_verifier::config::Key::default()).unwrap();
    let submission = submission(&regions());
    let RegionChoice::One(region) = &submission.region else { unreachable!("the region is in1") };
    bencher.bench_local(|| prints.credential(black_box(&submission), region, "adjust"));
}

#[divan::bench(args = ["success", "refusal"])]
fn classify_answer(bencher: Bencher, kind: &str) {
    let (status, body): (u16, &[u8]) = match kind {
        "success" => (200, br#"{"message": "Authorised Successfully.", "status": "success"}"#),
        _ => (400, br#"{"status": "fail", "error": "Invalid Credentials", "code": 400}"#),
    };
    let credential = credential(&regions());
    let asked = Asked { partner: &credential.partner, account_id: &credential.account_id };
    let wire = Wire::Answer { status, retry_after: None, body: Some(body) };
    bencher.bench_local(|| classify(black_box(wire), asked, SystemTime::UNIX_EPOCH));
}

#[divan::bench(args = ["en", "hi"])]
fn present(bencher: Bencher, tag: &str) {
    let config = load(&ConfigSource::default()).unwrap();
    let presenter = Presenter::new(Advisor::new(config.guidance.clone(), &config.regions), &config.regions);
    let (submission, language) = (submission(&config.regions), Language::choose(Some(tag), None));
    let RegionChoice::One(region) = &submission.region else { unreachable!("the region is in1") };
    let answer = Answer {
        outcome: Verdict::Verified.into(),
        source: Some(Source::Cache),
        checked_at: SystemTime::UNIX_EPOCH,
        region: Some(region.clone()),
        time_left: Some(Duration::from_secs(412)),
        regions: Vec::new(),
        is_everywhere: false,
        attempts_left: None,
    };
    let about = About { language, partner: "adjust", request_id: "0123456789abcdef", time: SystemTime::UNIX_EPOCH };
    bencher.bench_local(|| presenter.answer(black_box(&about), &submission, &answer).reply(language));
}

#[divan::bench(args = ["de", "pt-PT,pt;q=0.9,en;q=0.5"])]
fn choose_language(header: &str) -> Language {
    Language::choose(None, black_box(Some(header)))
}
