//! Output functions that never panic: `print!` and `eprint!` do when the reader has closed the pipe.

use std::{
    fs::Permissions,
    io::{self, IsTerminal, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use super::{Exit, Failed};
use crate::config::wants_no_colour;

/// Prints a command's result. A reader that has exited (`| head`) has read enough, so that is not an error.
pub(super) fn print(text: &str) -> Result<(), Failed> {
    match write_out(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failed::new(Exit::Failure, format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints to standard output and reports failures.
pub(super) fn write_out(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// Prints a message for a person to standard error; failures are ignored.
pub(super) fn message(text: &str) {
    let _ = write_message(text);
}

/// Prints to standard error and reports failures.
pub(super) fn write_message(text: &str) -> io::Result<()> {
    io::stderr().lock().write_all(format!("{text}\n").as_bytes())
}

/// Replaces a file atomically: readers see either the old or the new one.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The usual mode of a new file; the umask still applies.
    let permissions = Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().permissions(permissions).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Colours text with an ANSI colour number if standard output is a terminal.
pub(super) fn coloured(text: &str, colour: &str) -> String {
    if io::stdout().is_terminal() && !wants_no_colour() {
        format!("\u{1b}[1;{colour}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// Returns the address at which this machine reaches a listener.
pub(super) fn reachable(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listener.port())
}

/// Awaits a future and meanwhile shows on a terminal what is running and for how long.
pub(super) async fn waiting<T>(what: &str, work: impl Future<Output = T>) -> T {
    if !io::stderr().is_terminal() {
        return work.await;
    }
    let show = |text: &str| {
        let mut terminal = io::stderr().lock();
        // Return to the start of the line and clear it.
        let _ = terminal.write_all(format!("\r\u{1b}[K{text}").as_bytes());
        let _ = terminal.flush();
    };
    let started = Instant::now();
    let mut interval = tokio::time::interval(Duration::from_secs(1));
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => {
                show("");
                return done;
            }
            _ = interval.tick() => show(&format!("{what} … {} s", started.elapsed().as_secs())),
        }
    }
}
