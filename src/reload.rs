//! Re-reads what may change while the service runs: the clients file, the public listener's certificates, and the level
//! of the logs.
//!
//! One watcher looks once a second, and at once when asked (SIGHUP asks). Files are compared by content with what is in
//! force, which at first is what was read at the start: a change between the start and the first look is not missed.
//! File system notifications would be quicker, but they miss what matters most here: Kubernetes swaps a symbolic link two
//! levels above the file, and network file systems send none (`docs/adr/0007-clients-file-is-polled.md`).
//!
//! What cannot be used is reported once, and what was good stays in force.

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

/// What a file holds, or why it cannot be read. It may be a private key.
pub type Content = io::Result<Zeroizing<Vec<u8>>>;

type Digest = [u8; 32];

/// Files, and what they are read as: the same at the start and later.
pub trait FileSource: Send + 'static {
    /// What the files are read as.
    type Value;

    /// Returns the paths of the files.
    fn paths(&self) -> Vec<&Path>;

    /// Reads the contents of the files, in the order of the paths. The error names the key and the file.
    fn parse(&self, contents: &[Content]) -> Result<Self::Value, String>;
}

/// A source whose files were read, and what they held then.
pub struct Loaded<S> {
    source: S,
    seen: Digest,
}

/// Reads a source for the first time.
///
/// # Errors
///
/// The key, the file, and what is wrong with it.
pub fn read<S: FileSource>(source: S) -> Result<(S::Value, Loaded<S>), String> {
    let (contents, seen) = contents(&source);
    Ok((source.parse(&contents)?, Loaded { source, seen }))
}

fn contents(source: &impl FileSource) -> (Vec<Content>, Digest) {
    let contents: Vec<Content> = source.paths().iter().map(|path| std::fs::read(path).map(Zeroizing::new)).collect();
    // Compared by digest: a private key has no business staying in memory twice.
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

/// Everything that is re-read.
pub struct Reload {
    watches: Vec<Box<dyn Watch>>,
    observe: Arc<Observe>,
}

/// One thing that is re-read. A look may block.
trait Watch: Send {
    /// Looks for a change and applies it. `None`: there is nothing to report.
    fn look(&mut self, is_asked: bool) -> Option<News>;
}

struct News {
    what: Reloaded,
    /// What is in force now, or why the old version stays in force.
    result: Result<String, String>,
}

impl Reload {
    /// Starts with the level of the logs alone.
    pub fn new(config: &Config, observe: Arc<Observe>) -> Self {
        Self { watches: vec![Box::new(LogLevel { file: config.file.clone(), was_refused: false })], observe }
    }

    /// Watches the files of a source; `apply` puts a new value in force and says what that is.
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

    /// Reads the certificates of the public listener and watches them. `None`: it speaks no TLS.
    ///
    /// # Errors
    ///
    /// The key, the file, and what is wrong with it.
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

    /// Watches for as long as the service runs. `asked` makes it look at once, and report even what has not changed.
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

/// The callers, of the configuration itself and of the clients file.
pub struct ClientsSource {
    file: Option<std::path::PathBuf>,
    fixed: Vec<ClientConfig>,
    may_be_empty: bool,
}

impl ClientsSource {
    /// Takes from the configuration where the callers are. Without any client nobody could call, unless callers need no
    /// key.
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
                    "there is no [[clients]] entry, so nobody could call; make one with `connect-verifier key new \
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
            _ => Err("server.tls_cert: needed together with server.tls_key".to_owned()),
        }
    }
}

/// The level of the logs: the only key of the configuration that does not need a restart. It is read when asked.
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
        // An unchanged level is worth a report only after a failure.
        let is_news = self.was_refused || !matches!(result, Ok((_, false)));
        self.was_refused = result.is_err();
        is_news.then(|| News { what: Reloaded::LogLevel, result: result.map(|(level, _)| level.into()) })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A file that is read as its length.
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
