//! The real binary on a terminal: a pseudo-terminal created by `script` (util-linux).

use std::{
    io::{Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::{Reply, Upstream, credential, eventually, request};

const PORTS: [(&str, &str); 2] =
    [("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:0"), ("CONNECT_VERIFIER__SERVER__ADMIN_LISTEN", "127.0.0.1:0")];
const CTRL_C: &str = "\u{3}";

struct Terminal {
    script: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    /// Starts a command on a terminal; returns `None` if `script` is not available.
    fn start(arguments: &str, environment: &[(&str, &str)]) -> Option<Self> {
        // `exec`, so that no shell also receives the signal.
        Self::run(&format!("exec {} {arguments}", env!("CARGO_BIN_EXE_connect-verifier")), environment)
    }

    fn run(command: &str, environment: &[(&str, &str)]) -> Option<Self> {
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", command, "/dev/null"]);
        script.env_clear().env("TERM", "xterm").env("SHELL", "/bin/sh").envs(environment.iter().copied());
        let started = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut script) = started else {
            let _ = writeln!(std::io::stderr(), "SKIPPED: requires `script` of util-linux");
            return None;
        };
        let (keyboard, mut output) = (script.stdin.take().unwrap(), script.stdout.take().unwrap());
        let screen = Arc::<Mutex<Vec<u8>>>::default();
        let seen = screen.clone();
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                seen.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Some(Self { script, keyboard, screen, reader })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    async fn shows(&self, text: &str) {
        eventually(text, async || self.text().contains(text)).await;
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits until the command has ended and all that it wrote was read. Returns its exit code.
    async fn ended(&mut self) -> i32 {
        eventually("the end", async || self.script.try_wait().unwrap().is_some()).await;
        eventually("the end of the output", async || self.reader.is_finished()).await;
        self.script.wait().unwrap().code().unwrap_or(-1)
    }

    /// Returns the text between two texts.
    fn between(&self, before: &str, after: &str) -> String {
        let text = self.text();
        let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before}: {text}"));
        rest.split_once(after).unwrap_or_else(|| panic!("no {after}: {text}")).0.to_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

#[tokio::test]
async fn shows_the_first_steps_and_stops_immediately() {
    let environment = [PORTS[0], PORTS[1], ("CONNECT_VERIFIER__SERVER__DRAIN_DELAY", "1h")];
    let Some(mut terminal) = Terminal::start("serve --sandbox", &environment) else { return };
    terminal.shows("Press Ctrl-C to stop").await;
    terminal.shows("\u{1b}[32m INFO").await;
    terminal.shows("every process on this machine may call").await;
    let page = terminal.between("The onboarding page: http://", "/\r\n");
    assert_eq!(request(page.parse().unwrap(), "GET", "/", &[], "").await.status, 200);
    // The command that it shows works unchanged.
    let (host, body) = (terminal.between("curl -s http://", "/v1/verify"), terminal.between("-d '", "'"));
    let headers = [("content-type", "application/json")];
    let answer = request(host.parse().unwrap(), "POST", "/v1/verify", &headers, &body).await;
    assert_eq!(answer.json()["status"], "verified");
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended().await, 0, "the pause for load balancers is not waited for: {}", terminal.text());
    assert!(terminal.text().contains("Press Ctrl-C again to stop immediately"), "{}", terminal.text());
}

#[tokio::test]
async fn the_sandbox_command_describes_itself() {
    let Some(mut terminal) = Terminal::start("sandbox --listen 127.0.0.1:0", &[]) else { return };
    terminal.shows("Press Ctrl-C to stop").await;
    terminal.shows("The simulated connect API of CleverTap").await;
    for account_id in ["TEST-200-OKA-0000", "TEST-FLP-OKA-0000", "TEST-RST-ERR-0000"] {
        terminal.shows(account_id).await;
    }
    // The command that it shows works unchanged.
    let (host, path) = (terminal.between("curl -s 'http://", "/in1"), terminal.between("curl -s 'http://", "'"));
    let path = path.strip_prefix(&host).unwrap().to_owned();
    let (account_id, passcode) = (terminal.between("Account-Id: ", "'"), terminal.between("Passcode: ", "'"));
    let headers = [("x-clevertap-account-id", account_id.as_str()), ("x-clevertap-passcode", passcode.as_str())];
    let answer = request(host.parse().unwrap(), "GET", &path, &headers, "").await;
    assert_eq!(answer.json()["status"], "success");
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended().await, 0, "{}", terminal.text());
}

#[tokio::test]
async fn stops_immediately_when_ctrl_c_is_pressed_twice() {
    let Some(mut terminal) = Terminal::start("serve --sandbox", &PORTS) else { return };
    terminal.shows("every process on this machine may call").await;
    let host = terminal.between("curl -s http://", "/v1/verify");
    let mut running = TcpStream::connect(&host).await.unwrap();
    let body = credential("TEST-HNG-ERR-0000", "GOOD-PASSCODE", "in1").to_string();
    let head = format!(
        "POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    running.write_all((head + &body).as_bytes()).await.unwrap();
    terminal.press(CTRL_C);
    terminal.shows("Press Ctrl-C again").await;
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended().await, 1, "{}", terminal.text());
}

#[tokio::test]
async fn logs_as_configured_on_a_terminal_too() {
    for (name, value, expected) in [
        ("CONNECT_VERIFIER__TELEMETRY__LOG_FORMAT", "json", "\"listener\":\"public\""),
        ("NO_COLOR", "1", "INFO listening listener=\"public\""),
    ] {
        let environment = [PORTS[0], PORTS[1], (name, value)];
        let Some(mut terminal) = Terminal::start("serve --sandbox", &environment) else { return };
        terminal.shows(expected).await;
        terminal.press(CTRL_C);
        assert_eq!(terminal.ended().await, 0);
        assert!(!terminal.text().contains('\u{1b}'), "no colour: {}", terminal.text());
    }
}

#[tokio::test]
async fn shows_progress_while_a_check_waits() {
    let arguments = "check --sandbox --account-id TEST-SLO-OKA-0000 --region in1";
    let Some(mut terminal) = Terminal::start(arguments, &[]) else { return };
    terminal.shows("Passcode: ").await;
    terminal.press("GOOD-PASSCODE\r");
    terminal.shows("Asking CleverTap in India").await;
    terminal.shows("… 1 s").await;
    assert_eq!(terminal.ended().await, 0, "{}", terminal.text());
    terminal.shows("\u{1b}[1;32m✓ ").await;
    assert!(!terminal.text().contains("GOOD-PASSCODE"), "it is not echoed: {}", terminal.text());
}

/// A shell without line editing of its own would go on with whatever the passcode's question left behind.
#[tokio::test]
async fn leaves_the_terminal_as_it_was_when_ctrl_c_answers_the_question() {
    let command = format!("{} check --sandbox --account-id A --region in1", env!("CARGO_BIN_EXE_connect-verifier"));
    let command =
        format!("trap : INT; before=$(stty -g); {command}; [ \"$before\" = \"$(stty -g)\" ] && echo unchanged");
    let Some(mut terminal) = Terminal::run(&command, &[("PATH", "/usr/bin:/bin")]) else { return };
    terminal.shows("Passcode: ").await;
    terminal.press(CTRL_C);
    terminal.ended().await;
    terminal.shows("unchanged").await;
}

/// As `expect` does: the question is one byte old when the answer arrives.
#[tokio::test]
async fn a_passcode_that_comes_at_once_is_not_shown() {
    let arguments = "check --sandbox --account-id TEST-200-OKA-0000 --region in1";
    for _ in 0..5 {
        let Some(mut terminal) = Terminal::start(arguments, &[]) else { return };
        terminal.shows("P").await;
        terminal.press("GOOD-PASSCODE\r");
        assert_eq!(terminal.ended().await, 0, "{}", terminal.text());
        assert!(!terminal.text().contains("GOOD-PASSCODE"), "it is echoed: {}", terminal.text());
    }
}

#[tokio::test]
async fn a_batch_shows_its_progress() {
    let gate = Arc::new(tokio::sync::Semaphore::new(1));
    let verified = r#"{"status": "success", "message": "Authorised Successfully."}"#;
    let upstream = Upstream::always(Reply::Gated(gate.clone(), 200, verified.to_owned())).await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let rows = "A-1,good,in1\nA-2,good,in1\nA-3,good,in1\n";
    std::fs::write(path("in.csv"), format!("account_id,passcode,region\n{rows}")).unwrap();
    let arguments = format!("batch {} --out {} --partner adjust", path("in.csv"), path("out.csv"));
    let base = format!("http://{}/in1", upstream.address);
    let Some(mut terminal) = Terminal::start(&arguments, &[("CONNECT_VERIFIER__REGIONS__IN1__BASE_URL", &base)]) else {
        return;
    };
    terminal.shows("1/3 rows, ").await;
    terminal.shows(" left: verified 1").await;
    gate.add_permits(2);
    assert_eq!(terminal.ended().await, 0, "{}", terminal.text());
    // The bar is gone, and the table remains.
    terminal.shows("verified                         3").await;
}
