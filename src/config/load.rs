//! Merges the sources of the configuration, and names the source of an error.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use super::{DEFAULTS, types::Config, validate};

/// The prefix of environment variables that set keys.
const PREFIX: &str = "CONNECT_VERIFIER__";

/// The environment of the process; passed in, so that tests need not change the process.
pub type Environment = BTreeMap<String, String>;

/// Returns the environment of this process; non-UTF-8 variables are ignored.
pub fn process_environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Returns whether the environment disables coloured output (<https://no-color.org>).
pub fn wants_no_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// The sources of the configuration.
#[derive(Debug, Default, Clone)]
pub struct Source {
    /// The file named on the command line.
    pub file: Option<PathBuf>,
    /// The process's environment.
    pub environment: Environment,
}

/// A configuration error: the source, the key, and the expected value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{origin}: {message}")]
pub struct ConfigError {
    origin: String,
    message: String,
}

/// The layers, kept to determine the source of a key.
pub(super) struct Layers {
    file: Option<(PathBuf, toml::Table)>,
    environment: BTreeMap<String, String>,
}

/// Reads, merges and validates the configuration.
pub fn load(source: &Source) -> Result<Config, ConfigError> {
    let path = source.file.clone().or_else(|| {
        source.environment.get("CONNECT_VERIFIER_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from)
    });
    let (text, file) = match path {
        Some(path) => {
            let (text, table) = read(&path)?;
            (text, Some((path, table)))
        }
        None => (String::new(), None),
    };
    let keys = source.environment.iter().filter_map(|(name, value)| {
        let key = name.strip_prefix(PREFIX)?.to_lowercase().replace("__", ".");
        Some((key, value.clone()))
    });
    let layers = Layers { file, environment: keys.collect() };

    let mut builder = config::Config::builder()
        .add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml))
        .add_source(config::File::from_str(&text, config::FileFormat::Toml));
    for (key, value) in &layers.environment {
        builder = builder.set_override(key, value.as_str()).map_err(|error| layers.error(key, &error.to_string()))?;
    }
    let merged = builder.build().map_err(|error| layers.error("", &error.to_string()))?;
    let config: Config = serde_path_to_error::deserialize(merged).map_err(|error| {
        let path = error.path().to_string();
        layers.error(&path, &describe(error.into_inner()))
    })?;
    validate::validate(config, &layers, &source.environment)
}

impl Layers {
    /// Creates an error about a key, naming the last source that sets it.
    pub(super) fn error(&self, key: &str, message: &str) -> ConfigError {
        let key = if key == "." { "" } else { key };
        ConfigError {
            origin: self.origin(key),
            message: if key.is_empty() { message.to_owned() } else { format!("{key}: {message}") },
        }
    }

    fn origin(&self, key: &str) -> String {
        let is_set = |name: &str| name == key || name.starts_with(&format!("{key}."));
        if let Some(name) = self.environment.keys().find(|name| !key.is_empty() && is_set(name)) {
            return format!("environment variable {PREFIX}{}", name.to_uppercase().replace('.', "__"));
        }
        match &self.file {
            Some((path, table)) if key.is_empty() || contains(table, key) => path.display().to_string(),
            Some((path, _)) => format!("{} (with the defaults)", path.display()),
            None => "configuration".to_owned(),
        }
    }

    pub(super) fn file_path(&self) -> Option<PathBuf> {
        self.file.as_ref().map(|(path, _)| path.clone())
    }

    /// Returns whether the file or the environment sets a key.
    pub(super) fn sets(&self, key: &str) -> bool {
        self.environment.contains_key(key) || self.file.as_ref().is_some_and(|(_, table)| contains(table, key))
    }
}

fn contains(table: &toml::Table, key: &str) -> bool {
    let mut table = table;
    for part in key.split('.') {
        let part = part.split('[').next().unwrap_or(part);
        match table.get(part) {
            Some(toml::Value::Table(inner)) => table = inner,
            Some(_) => return true,
            None => return false,
        }
    }
    true
}

fn read(path: &Path) -> Result<(String, toml::Table), ConfigError> {
    let fail = |message: String| ConfigError { origin: path.display().to_string(), message };
    let text = std::fs::read_to_string(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
    let table = text.parse::<toml::Table>().map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let mut message = error.message().to_owned();
        if let Some(line) = line {
            let _ = write!(message, " (line {line})");
        }
        fail(message)
    })?;
    Ok((text, table))
}

/// Removes the library's own naming of key and source, because the caller adds them.
fn describe(error: config::ConfigError) -> String {
    match error {
        config::ConfigError::Type { unexpected, expected, .. } => {
            format!("invalid type: {unexpected}, expected {expected}")
        }
        config::ConfigError::At { error, .. } => describe(*error),
        config::ConfigError::NotFound(field) => format!("`{field}` is missing"),
        other => other.to_string(),
    }
}
