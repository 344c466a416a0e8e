//! The log filter: a level, or a list of directives.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tracing::level_filters::LevelFilter;

/// A level, or directives such as `info,connect_verifier=debug`; validated, so that nothing in it is silently ignored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogFilter {
    text: String,
    directives: Vec<(Option<String>, LevelFilter)>,
}

impl LogFilter {
    /// Shows only warnings and errors.
    pub fn warnings() -> Self {
        Self { text: "warn".to_owned(), directives: vec![(None, LevelFilter::WARN)] }
    }

    /// Returns the configured text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns each target with its level; the level without a target applies to all others.
    pub fn directives(&self) -> impl Iterator<Item = (Option<&str>, LevelFilter)> {
        self.directives.iter().map(|(target, level)| (target.as_deref(), *level))
    }
}

impl FromStr for LogFilter {
    type Err = String;

    /// The error names the expected values and does not echo the text, which may be anything that was pasted.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let mut directives: Vec<(Option<String>, LevelFilter)> = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            let fail = |message: &str| {
                let allowed = "expected error, warn, info, debug, trace, off, or a filter such as \
                               \"info,connect_verifier=debug\"";
                match parts.len() {
                    1 => format!("{allowed}{message}"),
                    _ => format!("directive {}: {allowed}{message}", index + 1),
                }
            };
            let (target, level) = match part.split_once('=') {
                Some((target, level)) => (Some(target.trim()), level.trim()),
                None => (None, *part),
            };
            let level = parse_level(level).ok_or_else(|| fail(""))?;
            if target.is_some_and(|target| !is_path(target)) {
                return Err(fail("; a target is a path in the code, such as connect_verifier::verify"));
            }
            let target = target.map(str::to_owned);
            if directives.iter().any(|(known, _)| *known == target) {
                return Err(fail("; this target already has a level"));
            }
            directives.push((target, level));
        }
        Ok(Self { text: text.to_owned(), directives })
    }
}

impl TryFrom<String> for LogFilter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<LogFilter> for String {
    fn from(filter: LogFilter) -> Self {
        filter.text
    }
}

/// The library's parser also accepts numbers, and an empty text as "error".
fn parse_level(text: &str) -> Option<LevelFilter> {
    [
        ("off", LevelFilter::OFF),
        ("error", LevelFilter::ERROR),
        ("warn", LevelFilter::WARN),
        ("info", LevelFilter::INFO),
        ("debug", LevelFilter::DEBUG),
        ("trace", LevelFilter::TRACE),
    ]
    .into_iter()
    .find(|(name, _)| text.eq_ignore_ascii_case(name))
    .map(|(_, level)| level)
}

fn is_path(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_levels_and_directives() {
        for (text, expected) in [
            ("info", &[(None, LevelFilter::INFO)][..]),
            ("DEBUG", &[(None, LevelFilter::DEBUG)]),
            ("a=off", &[(Some("a"), LevelFilter::OFF)]),
            (
                " warn, connect_verifier::verify=trace ",
                &[(None, LevelFilter::WARN), (Some("connect_verifier::verify"), LevelFilter::TRACE)],
            ),
        ] {
            let filter: LogFilter = text.parse().unwrap();
            assert_eq!(filter.directives().collect::<Vec<_>>(), expected, "{text}");
            assert_eq!(filter.as_str(), text.trim());
        }
    }

    #[test]
    fn refuses_what_would_be_ignored() {
        for text in [
            "",
            ",",
            "info,",
            "loud",
            "3",
            "connect_verifier",
            "connect_verifier=debgu",
            "connect_verifier=",
            "=debug",
            "connect-verifier=debug",
            "info,connect_verifier=debgu",
            "info,debgu",
            "info,debug",
            "a=info,a=warn",
            "a=info=warn",
            "[span]=debug",
            "connect_verifier[{field}]=debug",
            "a b=debug",
        ] {
            let error = text.parse::<LogFilter>().unwrap_err();
            assert!(error.contains("expected error, warn"), "{text}: {error}");
            assert!(!error.contains("debgu"), "{error}");
        }
        let error = "info,connect_verifier=debgu".parse::<LogFilter>().unwrap_err();
        assert!(error.starts_with("directive 2: "), "{error}");
    }
}
