//! Re-reads what may change while the service runs: the clients file, the public listener's certificates, and the log
//! level.
//!
//! One watcher checks once per second, and immediately on request (SIGHUP). Files are compared by content with what is
//! in force, which initially is what was read at start-up: a change before the first check is not missed. File system
//! notifications would be faster, but they miss the most important cases: Kubernetes replaces a symbolic link two
//! levels above the file, and network file systems send none (`docs/adr/0007-clients-file-is-polled.md`).
//!
//! An invalid version is reported once, and the previous one remains in force.

use std::{io, path::Path, sync::Arc, time::Duration};

use sha2::{Digest as _, Sha256};
use tokio::{sync::watch, time::MissedTickBehavior};
use zeroize::Zeroizing;

use crate::{
    admission::ClientTable,
    config::{AuthMode, ClientConfig, Config, Source, check_clients, load, parse_clients_file, process_environment},
    observe::{CertificateLoaded, ConfigReloaded, Observe, Reloaded, logs},
    server::tls::{TlsAcceptor, TlsFiles, TlsIdentity},
};

const INTERVAL: Duration = Duration::from_secs(1);

/// The content of a file, or why it cannot be read. It may be a private key.
pub type Content = io::Result<Zeroizing<Vec<u8>>>;

type Digest = [u8; 32];

/// Files and the parser of their content, used at start-up and for every reload.
pub trait FileSource: Send + 'static {
    /// The parsed value.
    type Value;

    /// Returns the paths of the files.
    fn paths(&self) -> Vec<&Path>;

    /// Parses the contents of the files, in the order of the paths. Errors name the key and the file.
    fn parse(&self, contents: &[Content]) -> Result<Self::Value, String>;
}

/// A source whose files have been read, and their contents at that time.
pub struct Loaded<S> {
    source: S,
    seen: Digest,
}

/// Reads a source for the first time.
///
/// # Errors
///
/// The error names the key and the file, and describes the problem.
pub fn read<S: FileSource>(source: S) -> Result<(S::Value, Loaded<S>), String> {
    let (contents, seen) = contents(&source);
    Ok((source.parse(&contents)?, Loaded { source, seen }))
}

fn contents(source: &impl FileSource) -> (Vec<Content>, Digest) {
    let contents: Vec<Content> = source.paths().iter().map(|path| std::fs::read(path).map(Zeroizing::new)).collect();
    // Compared by digest, so that no second copy of a private key stays in memory.
    let mut digest = Sha256::new();
    for content in &contents {
        match content {
            Ok(bytes) => {
                digest.update((bytes.len() as u64).to_le_bytes());
                digest.update(bytes);
            }
            Err(_) => digest.update(u64::MAX.to_le_bytes()),
        }
    }
    (contents, digest.finalize().into())
}

/// Re-reads everything that can be reloaded.
pub struct Reload {
    watches: Vec<Box<dyn Watch>>,
    observe: Arc<Observe>,
}

/// Something that can be reloaded. Checking may block.
trait Watch: Send {
    /// Checks for a change and applies it. Returns `None` if there is nothing to report.
    fn look(&mut self, is_asked: bool) -> Option<News>;
}

struct News {
    what: Reloaded,
    /// What is now in force, or why the previous version remains in force.
    result: Result<String, String>,
}

impl Reload {
    /// Creates the watcher, initially with the log level only.
    pub fn new(config: &Config, observe: Arc<Observe>) -> Self {
        Self { watches: vec![Box::new(LogLevel { file: config.file.clone(), was_refused: false })], observe }
    }

    /// Watches the files of a source; `apply` puts a new value in force and returns its description.
    pub fn watch<S: FileSource>(
        &mut self,
        what: Reloaded,
        loaded: Loaded<S>,
        apply: impl Fn(S::Value) -> String + Send + 'static,
    ) {
        if !loaded.source.paths().is_empty() {
            self.watches.push(Box::new(WatchedFiles { what, loaded, apply }));
        }
    }

    /// Reads the certificates of the public listener and watches them. Returns `None` if it uses no TLS.
    ///
    /// # Errors
    ///
    /// The error names the key and the file, and describes the problem.
    pub fn tls(&mut self, config: &Config) -> Result<Option<TlsAcceptor>, String> {
        let Some(files) = TlsFiles::new(&config.server) else { return Ok(None) };
        let (identity, loaded) = read(files)?;
        let acceptor = TlsAcceptor::new(&identity);
        note_expiry(&self.observe, &identity);
        let (observe, served) = (self.observe.clone(), acceptor.clone());
        self.watch(Reloaded::Tls, loaded, move |identity| {
            served.replace(&identity);
            note_expiry(&observe, &identity);
            "certificate and key".to_owned()
        });
        Ok(Some(acceptor))
    }

    /// Watches until dropped. `asked` triggers an immediate check that also reports unchanged versions.
    pub async fn run(self, mut asked: watch::Receiver<()>) {
        let Self { mut watches, observe } = self;
        let mut interval = tokio::time::interval(INTERVAL);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_asked = tokio::select! {
                Ok(()) = asked.changed() => true,
                _ = interval.tick() => false,
            };
            let look = move || {
                let news: Vec<News> = watches.iter_mut().filter_map(|watch| watch.look(is_asked)).collect();
                (watches, news)
            };
            let Ok((back, news)) = tokio::task::spawn_blocking(look).await else { return };
            watches = back;
            for News { what, result } in news {
                let result = result.as_ref().map(String::as_str).map_err(String::as_str);
                observe.record(&ConfigReloaded { what, result });
            }
        }
    }
}

fn note_expiry(observe: &Observe, identity: &TlsIdentity) {
    if let Some(expires_at) = identity.expires_at {
        observe.record(&CertificateLoaded { expires_at });
    }
}

struct WatchedFiles<S, A> {
    what: Reloaded,
    loaded: Loaded<S>,
    apply: A,
}

impl<S: FileSource, A: Fn(S::Value) -> String + Send> Watch for WatchedFiles<S, A> {
    fn look(&mut self, is_asked: bool) -> Option<News> {
        let Loaded { source, seen } = &mut self.loaded;
        let (contents, now) = contents(source);
        if now == *seen && !is_asked {
            return None;
        }
        *seen = now;
        Some(News { what: self.what, result: source.parse(&contents).map(&self.apply) })
    }
}

/// The clients of the configuration and of the clients file.
pub struct ClientsSource {
    file: Option<std::path::PathBuf>,
    fixed: Vec<ClientConfig>,
    may_be_empty: bool,
}

impl ClientsSource {
    /// Takes the sources of clients from the configuration. Having no clients is an error unless callers need no key.
    pub fn new(config: &Config) -> Self {
        Self {
            file: config.clients_file.clone(),
            fixed: config.clients.clone(),
            may_be_empty: config.auth.mode == AuthMode::None,
        }
    }
}

impl FileSource for ClientsSource {
    type Value = ClientTable;

    fn paths(&self) -> Vec<&Path> {
        self.file.as_deref().into_iter().collect()
    }

    fn parse(&self, contents: &[Content]) -> Result<ClientTable, String> {
        let mut clients = Vec::new();
        for (path, content) in self.paths().into_iter().zip(contents) {
            let fail = |message: &str| format!("clients_file: {}: {message}", path.display());
            let bytes = content.as_ref().map_err(|error| fail(&format!("cannot be read: {error}")))?;
            let text = std::str::from_utf8(bytes).map_err(|_| fail("is not UTF-8 text"))?;
            clients = parse_clients_file(text).map_err(|error| fail(&error))?;
            if clients.is_empty() && self.fixed.is_empty() && !self.may_be_empty {
                return Err(fail(
                    "no [[clients]] entry, so no caller could authenticate; create one with `connect-verifier key new \
                     --partner NAME`",
                ));
            }
            clients.extend_from_slice(&self.fixed);
            check_clients(&clients).map_err(|error| fail(&error))?;
        }
        if self.file.is_none() {
            clients.clone_from(&self.fixed);
        }
        Ok(ClientTable::new(&clients))
    }
}

impl FileSource for TlsFiles {
    type Value = TlsIdentity;

    fn paths(&self) -> Vec<&Path> {
        [Some(&self.cert), Some(&self.key), self.client_ca.as_ref()].into_iter().flatten().map(AsRef::as_ref).collect()
    }

    fn parse(&self, contents: &[Content]) -> Result<TlsIdentity, String> {
        let keys = ["server.tls_cert", "server.tls_key", "server.client_ca"];
        let mut readable = Vec::with_capacity(contents.len());
        for ((key, path), content) in keys.into_iter().zip(self.paths()).zip(contents) {
            let content = content.as_ref();
            readable.push(content.map_err(|error| format!("{key}: {}: cannot be read: {error}", path.display()))?);
        }
        match readable.as_slice() {
            [cert, key] => TlsIdentity::parse(self, cert, key, None),
            [cert, key, client_ca] => TlsIdentity::parse(self, cert, key, Some(client_ca.as_slice())),
            _ => Err("server.tls_cert: required together with server.tls_key".to_owned()),
        }
    }
}

/// The log level: the only key of the configuration that needs no restart. It is re-read on request only.
struct LogLevel {
    file: Option<std::path::PathBuf>,
    was_refused: bool,
}

impl Watch for LogLevel {
    fn look(&mut self, is_asked: bool) -> Option<News> {
        if !is_asked {
            return None;
        }
        let source = Source { file: self.file.clone(), environment: process_environment() };
        let result = load(&source).map_err(|error| error.to_string()).and_then(|config| {
            let level = config.telemetry.log_level;
            logs::set_level(&level).map(|is_other| (level, is_other))
        });
        // An unchanged level is reported only after a failure.
        let is_news = self.was_refused || !matches!(result, Ok((_, false)));
        self.was_refused = result.is_err();
        is_news.then(|| News { what: Reloaded::LogLevel, result: result.map(|(level, _)| level.into()) })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A file that parses to its length.
    struct Length(PathBuf);

    impl FileSource for Length {
        type Value = usize;

        fn paths(&self) -> Vec<&Path> {
            vec![&self.0]
        }

        fn parse(&self, contents: &[Content]) -> Result<usize, String> {
            contents[0].as_ref().map(|bytes| bytes.len()).map_err(ToString::to_string)
        }
    }

    #[test]
    fn compares_with_what_was_loaded_and_not_with_what_it_sees_first() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "1").unwrap();
        let (value, loaded) = read(Length(file.path().to_owned())).unwrap();
        assert_eq!(value, 1);
        std::fs::write(file.path(), "22").unwrap();
        let mut watch = WatchedFiles { what: Reloaded::Clients, loaded, apply: |value: usize| value.to_string() };
        assert_eq!(watch.look(false).unwrap().result, Ok("2".to_owned()), "changed before the first look");
        assert!(watch.look(false).is_none());
        assert_eq!(watch.look(true).unwrap().result, Ok("2".to_owned()), "reported when asked");
        std::fs::remove_file(file.path()).unwrap();
        assert!(watch.look(false).unwrap().result.is_err());
        assert!(watch.look(false).is_none(), "reported once");
    }
}
