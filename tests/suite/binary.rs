//! The real binary.

use std::{
    io::Read,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::support::PATIENCE;

/// A running process of the real binary.
pub struct Binary {
    child: Child,
    log: PathBuf,
    _directory: tempfile::TempDir,
}

impl Binary {
    /// Starts a command with only this environment.
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::run(command(arguments, environment))
    }

    /// Starts a command with a limit of file descriptors, in the syntax of `ulimit`.
    pub fn start_with_descriptors(limit: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit {limit}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_connect-verifier")]);
        shell.args(arguments).env_clear().envs(environment.iter().copied());
        Self::run(shell)
    }

    fn run(mut command: Command) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let output = std::fs::File::create(&log).unwrap();
        let child = command.stdin(Stdio::null()).stderr(output.try_clone().unwrap()).stdout(output).spawn().unwrap();
        Self { child, log, _directory: directory }
    }

    /// Returns its output so far.
    pub fn log(&self) -> String {
        let mut text = String::new();
        std::fs::File::open(&self.log).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// Waits for a listener's log line and returns its address.
    pub async fn address(&mut self, listener: &str) -> SocketAddr {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            for line in self.log().lines() {
                let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
                if line["listener"] == listener {
                    return line["address"].as_str().unwrap().parse().unwrap();
                }
            }
            assert!(tokio::time::Instant::now() < deadline, "no listener {listener}: {}", self.log());
            assert!(self.child.try_wait().unwrap().is_none(), "it ended: {}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the process to end, and returns the exit code.
    pub async fn ended(&mut self) -> i32 {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(tokio::time::Instant::now() < deadline, "it never ended: {}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a command of the real binary with only this environment.
pub fn command(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connect-verifier"));
    command.args(arguments).env_clear().envs(environment.iter().copied());
    command
}
