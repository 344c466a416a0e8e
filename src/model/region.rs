//! The regions of CleverTap, as configuration data, and the many ways in which a person writes one.

use std::{collections::HashMap, sync::Arc};

use super::shape;

/// One regional installation of CleverTap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The id that requests, answers and metrics carry, for example `in1`: lower case.
    pub id: String,
    /// The name for people, for example `India`.
    pub name: String,
    /// Where the connect API of this region is, without a slash at the end; it may have a path.
    pub base_url: String,
    /// The host (and port, if unusual) of `base_url`.
    pub api_host: String,
    /// The address of the region's dashboard, without a slash at the end.
    pub dashboard_url: String,
    /// Other names by which a customer may call it, host names included.
    pub aliases: Vec<String>,
}

/// All configured regions, at least one, in the order of their names.
#[derive(Debug, Clone)]
pub struct Regions {
    list: Vec<Arc<Region>>,
    by_word: HashMap<String, usize>,
}

/// Why a list of regions cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RegionsError {
    /// There is none.
    #[error("no region is configured")]
    Empty,
    /// Two regions answer to one word.
    #[error("`{word}` names both `{first}` and `{second}`")]
    Ambiguous {
        /// The word, in lower case.
        word: String,
        /// The id of the one region.
        first: String,
        /// The id of the other.
        second: String,
    },
}

/// What a text in the region's field turned out to say.
#[derive(Debug, PartialEq, Eq)]
pub struct RegionText {
    /// The region that it names.
    pub region: Arc<Region>,
    /// The account id that a pasted dashboard address carried along.
    pub account_id: Option<String>,
}

impl Regions {
    /// Takes the regions, and refuses two that answer to the same word.
    pub fn new(mut list: Vec<Region>) -> Result<Self, RegionsError> {
        if list.is_empty() {
            return Err(RegionsError::Empty);
        }
        list.sort_by(|left, right| left.name.cmp(&right.name).then_with(|| left.id.cmp(&right.id)));
        let mut by_word: HashMap<String, usize> = HashMap::new();
        for (index, region) in list.iter().enumerate() {
            for word in words_of(region) {
                match by_word.insert(word.clone(), index) {
                    Some(other) if other != index && !is_loopback_word(&word) => {
                        return Err(RegionsError::Ambiguous {
                            word,
                            first: list[other].id.clone(),
                            second: region.id.clone(),
                        });
                    }
                    _ => {}
                }
            }
        }
        // Several regions may share one loopback host (the sandbox does): as a word it would name none of them.
        by_word.retain(|word, _| !is_loopback_word(word));
        Ok(Self { list: list.into_iter().map(Arc::new).collect(), by_word })
    }

    /// Iterates over the regions.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Region>> {
        self.list.iter()
    }

    /// Finds a region by its exact id.
    pub fn get(&self, id: &str) -> Option<&Arc<Region>> {
        self.list.iter().find(|region| region.id == id)
    }

    /// Reads an id, a name, an alias, a host or a pasted address, in any case. `None`: it names no region.
    pub fn read(&self, text: &str) -> Option<RegionText> {
        let lower = text.to_lowercase();
        if let Some(index) = self.by_word.get(lower.as_str()) {
            return Some(RegionText { region: self.list[*index].clone(), account_id: None });
        }
        let without_scheme = match lower.find("://") {
            Some(at) if matches!(&lower[..at], "http" | "https") => text.get(at + 3..)?,
            Some(_) => return None,
            None => text,
        };
        let end = without_scheme.find(['/', '?', '#']).unwrap_or(without_scheme.len());
        let (authority, rest) = without_scheme.split_at(end);
        if authority.contains('@') {
            return None;
        }
        let host = authority.split_once(':').map_or(authority, |(host, _)| host).trim_end_matches('.').to_lowercase();
        let index = self.by_word.get(host.as_str()).filter(|_| host.contains('.'))?;
        let account_id = rest
            .split(['?', '#'])
            .next()
            .and_then(|path| path.split('/').nth(1))
            .filter(|segment| shape::is_account_id(segment))
            .map(str::to_owned);
        Some(RegionText { region: self.list[*index].clone(), account_id })
    }
}

fn words_of(region: &Region) -> impl Iterator<Item = String> + '_ {
    [region.id.as_str(), region.name.as_str(), region.api_host.as_str(), host_of(&region.dashboard_url)]
        .into_iter()
        .chain(region.aliases.iter().map(String::as_str))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

fn is_loopback_word(word: &str) -> bool {
    word.starts_with("127.") || word.starts_with("[::1]") || word == "localhost" || word.starts_with("localhost:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(id: &str, name: &str, aliases: &[&str]) -> Region {
        Region {
            id: id.into(),
            name: name.into(),
            base_url: format!("https://{id}.api.clevertap.com"),
            api_host: format!("{id}.api.clevertap.com"),
            dashboard_url: format!("https://{id}.dashboard.clevertap.com"),
            aliases: aliases.iter().map(ToString::to_string).collect(),
        }
    }

    fn regions() -> Regions {
        Regions::new(vec![region("us1", "United States", &["usa"]), region("eu1", "Europe", &["api"])]).unwrap()
    }

    #[test]
    fn reads_every_way_to_name_one() {
        for text in [
            "us1",
            "US1",
            "united states",
            "USA",
            "us1.api.clevertap.com",
            "https://us1.api.clevertap.com/v1/connect",
            "us1.dashboard.clevertap.com",
            "US1.Dashboard.CleverTap.com.",
            "https://us1.dashboard.clevertap.com:443/",
            "http://us1.dashboard.clevertap.com?x=1",
        ] {
            let read = regions().read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((read.region.id.as_str(), read.account_id), ("us1", None), "{text}");
        }
    }

    #[test]
    fn takes_the_account_id_from_a_dashboard_address() {
        for text in [
            "https://us1.dashboard.clevertap.com/K97-K78-1234/main",
            "us1.dashboard.clevertap.com/K97-K78-1234",
            "HTTPS://US1.dashboard.clevertap.com/K97-K78-1234?tab=1#top",
        ] {
            assert_eq!(regions().read(text).unwrap().account_id.as_deref(), Some("K97-K78-1234"), "{text}");
        }
        assert_eq!(regions().read("https://us1.dashboard.clevertap.com/login.html").unwrap().account_id, None);
    }

    #[test]
    fn takes_nothing_else() {
        for text in [
            "",
            "xx1",
            "ftp://us1.dashboard.clevertap.com",
            "https://evil.example/us1",
            "us1/",
            "https://us1",
            "https://us1.dashboard.clevertap.com@evil.example/",
            "us1.dashboard.clevertap.com.evil.example",
            "://",
        ] {
            assert_eq!(regions().read(text), None, "{text}");
        }
    }

    #[test]
    fn refuses_a_word_with_two_meanings() {
        let list = vec![region("us1", "United States", &["x"]), region("eu1", "Europe", &["X"])];
        assert_eq!(
            Regions::new(list).unwrap_err(),
            RegionsError::Ambiguous { word: "x".into(), first: "eu1".into(), second: "us1".into() }
        );
        assert_eq!(Regions::new(Vec::new()).unwrap_err(), RegionsError::Empty);
    }
}
