//! Compiles into the binary its revision and the compiler's version, for `build_info`, `/version` and `--version`, and
//! the compressed files of `web/`.

#![allow(clippy::disallowed_methods, reason = "a build script has no configuration but its environment")]
#![allow(clippy::print_stdout, reason = "build scripts communicate with cargo this way")]

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

const WIDGET: &str = "web/connect-form.js";
const PAGES: &str = "web/pages";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    describe_build();
    println!("cargo:rerun-if-changed={WIDGET}");
    println!("cargo:rerun-if-changed={PAGES}");
    // `Dockerfile` first compiles the dependencies alone.
    if Path::new(PAGES).exists() { compress_assets() } else { Ok(()) }
}

fn describe_build() {
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
    if Path::new(".git/logs/HEAD").exists() {
        println!("cargo:rerun-if-changed=.git/logs/HEAD");
    }
}

/// Compresses what the service serves, so that it needs neither the time nor the code for that.
fn compress_assets() -> io::Result<()> {
    let output = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let mut files = vec![PathBuf::from(WIDGET)];
    for entry in fs::read_dir(PAGES)? {
        files.push(entry?.path());
    }
    for file in files {
        let content = fs::read(&file)?;
        let target = output.join(&file);
        fs::create_dir_all(target.parent().unwrap_or(&output))?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&content)?;
        fs::write(with_suffix(&target, "gz"), gzip.finish()?)?;
        let mut packed = Vec::new();
        let parameters = BrotliEncoderParams { quality: 11, ..Default::default() };
        brotli::BrotliCompress(&mut &content[..], &mut packed, &parameters)?;
        fs::write(with_suffix(&target, "br"), packed)?;
    }
    Ok(())
}

/// Returns `a.js.gz` for `a.js`.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}
