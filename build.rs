//! Compiles the revision and the compiler's version into the binary, for `build_info`, `/version` and `--version`.

#![allow(clippy::disallowed_methods, reason = "a build script has no configuration but its environment")]
#![allow(clippy::print_stdout, reason = "build scripts communicate with cargo this way")]

use std::process::Command;

fn main() {
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    // A build without the repository (for example in a container) passes the revision in.
    let revision = std::env::var("BUILD_REVISION")
        .ok()
        .filter(|revision| !revision.is_empty())
        .or_else(|| run("git", &["rev-parse", "--short=12", "HEAD"]))
        .unwrap_or_else(|| "unknown".to_owned());
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = run(&rustc, &["--version"]).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=BUILD_REVISION={revision}");
    println!("cargo:rustc-env=BUILD_RUSTC={}", version.trim_start_matches("rustc "));
    println!("cargo:rerun-if-env-changed=BUILD_REVISION");
    // Changes with every commit; a missing path would make every build run this script again.
    if std::path::Path::new(".git/logs/HEAD").exists() {
        println!("cargo:rerun-if-changed=.git/logs/HEAD");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
