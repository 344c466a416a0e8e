//! Checks the architecture: a room depends only on rooms below it, and each library is used only in its room.

#![allow(clippy::unwrap_used, reason = "unreadable sources fail the test")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The rooms, from the top layer to the bottom. Rooms in one line must not depend on each other.
const ROOMS: &[&[&str]] = &[
    &["main"],
    &["lib"],
    &["commands"],
    &["app"],
    &["reload"],
    &["http", "sandbox"],
    &["batch"],
    &["clevertap", "redis"],
    &["admission"],
    &["verify"],
    &["server"],
    &["present"],
    &["guidance"],
    &["observe"],
    &["outbound"],
    &["config"],
    &["allowance", "model"],
];

/// Libraries confined to one place, and where else they may be used: the composition root sets up some of them.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("utoipa::", &["present/", "http/", "guidance/advice.rs", "model/hints.rs"]),
    ("jsonwebtoken::", &["admission/"]),
    ("warp::", &["http/content.rs", "http/mod.rs", "http/router.rs"]),
    ("reqwest::", &["clevertap/client.rs", "observe/export.rs", "outbound.rs", "commands/batch/"]),
    ("prometheus::", &["observe/"]),
    ("opentelemetry", &["observe/export.rs", "observe/traces.rs"]),
    ("tracing_subscriber::", &["observe/"]),
    ("tracing_appender::", &["observe/"]),
    ("x509_parser::", &["server/tls.rs"]),
    ("moka::", &["verify/", "admission/"]),
    ("hashlink::", &["verify/"]),
    ("governor::", &["verify/", "admission/"]),
    ("fluent_bundle::", &["guidance/"]),
    ("clap::", &["commands/", "main.rs"]),
    ("clap_complete::", &["commands/"]),
    ("clap_mangen::", &["commands/"]),
    ("use redis::", &["redis/"]),
    ("redis::Value", &["redis/"]),
    ("rustls_native_certs::", &["redis/"]),
    (
        "rustix::",
        &["commands/check/prompt.rs", "server/descriptors.rs", "observe/events/service.rs", "observe/process.rs"],
    ),
    ("std::env::", &["config/"]),
    ("process::exit", &["commands/"]),
];

/// Pure files: no clock, no network, no files.
const PURE: &[&str] = &[
    "clevertap/classify.rs",
    "clevertap/message.rs",
    "verify/breaker.rs",
    "verify/combine.rs",
    "verify/retry.rs",
    "guidance/",
    "model/",
];

fn sources() -> BTreeMap<String, String> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, files) } else { files.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| (path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(), code_of(&path)))
        // Tests may depend on any room.
        .filter(|(path, _)| !path.ends_with("_tests.rs"))
        .collect()
}

/// Reads a file without its comments and tests.
fn code_of(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |code, line| code + line + "\n")
}

fn room_of(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

fn height(room: &str) -> usize {
    let from_roof = ROOMS.iter().position(|rooms| rooms.contains(&room));
    ROOMS.len() - from_roof.unwrap_or_else(|| panic!("the room `{room}` is not in the list"))
}

/// Lists the rooms that a file uses: `crate::room`, or the parts of `use crate::{room::…, room::…}`.
fn known_rooms(code: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
    };
    let mut rooms = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => rooms.extend(parts_of(group).iter().map(|part| word(part))),
            None => rooms.push(word(rest)),
        }
    }
    rooms.retain(|room| ROOMS.iter().any(|line| line.contains(&room.as_str())));
    rooms
}

/// Splits the text after an opening brace at the commas of its level, up to the closing brace.
fn parts_of(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

#[test]
fn a_room_depends_only_on_rooms_below_it() {
    for (path, code) in sources() {
        let own = room_of(&path);
        for room in known_rooms(&code) {
            assert!(room == own || height(&room) < height(own), "src/{path} in `{own}` depends on `{room}`");
        }
    }
}

#[test]
fn a_library_is_used_only_in_its_room() {
    for (path, code) in sources() {
        for (library, homes) in LIBRARIES {
            let is_home = homes.iter().any(|home| path.starts_with(home));
            assert!(is_home || !code.contains(library), "src/{path} uses {library}, which belongs to {homes:?}");
        }
    }
}

#[test]
fn pure_files_remain_pure() {
    for (path, code) in sources() {
        if !PURE.iter().any(|pure| path.starts_with(pure)) {
            continue;
        }
        for impure in [
            "::now()",
            "std::fs",
            "tokio::net",
            "tokio::fs",
            "async fn",
            ".await",
            "std::env",
            "fastrand::",
            "getrandom::",
        ] {
            assert!(!code.contains(impure), "src/{path} must be pure, but uses `{impure}`");
        }
    }
}

#[test]
fn the_server_knows_no_routes_and_the_use_case_no_http() {
    for (path, code) in sources() {
        if path.starts_with("server/") {
            assert!(!code.contains("\"/"), "src/{path} contains a path");
        }
        if path.starts_with("verify/") {
            assert!(!code.contains("http::") && !code.contains("hyper"), "src/{path} knows HTTP");
        }
    }
}

#[test]
fn the_import_parser_finds_all_imports() {
    let code = "use crate::model::X;\nuse crate::{config::{A, B}, observe, verify::Y};\nlet x = crate::server::z();";
    assert_eq!(known_rooms(code), ["model", "config", "observe", "verify", "server"]);
}
