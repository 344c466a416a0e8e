//! Layers the sources of the configuration and says which of them is to blame.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use super::{DEFAULTS, types::Config, validate};

/// The prefix of the variables that are keys.
const PREFIX: &str = "CONNECT_VERIFIER__";

/// The variables that the process was started with; handed in, so that tests need not change the process.
pub type Environment = BTreeMap<String, String>;

/// Returns the variables that this process was started with; what is not UTF-8 is none of ours.
pub fn process_environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Tells whether the environment asks for output without colour (<https://no-color.org>).
pub fn wants_no_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Where to read from.
#[derive(Debug, Default, Clone)]
pub struct Source {
    /// The file that the command line names.
    pub file: Option<PathBuf>,
    /// The process's environment.
    pub environment: Environment,
}

/// Why there is no configuration: where, which key, and what is allowed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{origin}: {message}")]
pub struct ConfigError {
    origin: String,
    message: String,
}

/// The layers, kept to find out which of them a key came from.
pub(super) struct Layers {
    file: Option<(PathBuf, toml::Table)>,
    environment: BTreeMap<String, String>,
}

/// Reads, layers and checks the configuration.
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
    /// Makes an error about a key, and names the last source that sets it.
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

    /// Tells whether the file or the environment sets a key, as opposed to the defaults.
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

/// Takes the library's own naming of key and source away, which is the house's here.
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
