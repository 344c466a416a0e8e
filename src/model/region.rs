//! The regions of CleverTap as configuration data, and the notations by which people name them.

use std::{collections::HashMap, sync::Arc};

use super::{Clue, labels, region_names, shape};

/// One regional installation of CleverTap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The id used in requests, answers and metrics, for example `in1`; lower case.
    pub id: String,
    /// The display name, for example `India`.
    pub name: String,
    /// The base URL of the connect API in this region, without a trailing slash; it may have a path.
    pub base_url: String,
    /// The host of `base_url`, with the port if it is not the default.
    pub api_host: String,
    /// The URL of the region's dashboard, without a trailing slash.
    pub dashboard_url: String,
    /// Other names that a customer may use, including host names.
    pub aliases: Vec<String>,
}

/// All configured regions, at least one, in the order of their names.
#[derive(Debug, Clone)]
pub struct Regions {
    list: Vec<Arc<Region>>,
    by_word: HashMap<String, usize>,
    /// Index by folded name; `None` if two regions share the name.
    by_name: HashMap<String, Option<usize>>,
}

/// Why a list of regions is invalid.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RegionsError {
    /// The list is empty.
    #[error("no region is configured")]
    Empty,
    /// A word names two regions.
    #[error("`{word}` names both `{first}` and `{second}`")]
    Ambiguous {
        /// The word, in lower case.
        word: String,
        /// The id of one region.
        first: String,
        /// The id of the other.
        second: String,
    },
}

/// The meaning of a text in the region field.
#[derive(Debug, PartialEq, Eq)]
pub struct RegionText {
    /// The region it names.
    pub region: Arc<Region>,
    /// The account id contained in a pasted dashboard address.
    pub account_id: Option<String>,
}

impl Regions {
    /// Creates the set, or fails if one word names two regions.
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
        // Several regions may share one loopback host (in the sandbox); as a name it would be ambiguous.
        by_word.retain(|word, _| !is_loopback_word(word));
        let by_name = names_of(&list);
        Ok(Self { list: list.into_iter().map(Arc::new).collect(), by_word, by_name })
    }

    /// Iterates over the regions.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Region>> {
        self.list.iter()
    }

    /// Finds a region by its exact id.
    pub fn get(&self, id: &str) -> Option<&Arc<Region>> {
        self.list.iter().find(|region| region.id == id)
    }

    /// Reads an id, a name, an alias, a host or a pasted address in any case. Returns `None` if the text names no
    /// region.
    pub fn read(&self, text: &str) -> Option<RegionText> {
        // Programs send the id exactly as the API writes it, so try that first.
        let known = self.list.iter().position(|region| region.id == text);
        let exact = known.or_else(|| self.by_word.get(text.to_lowercase().as_str()).copied());
        match exact.or_else(|| self.read_name(text)) {
            Some(index) => Some(RegionText { region: self.list[index].clone(), account_id: None }),
            None => self.read_address(text),
        }
    }

    /// Examines a text that names no region.
    pub(super) fn clue(&self, text: &str) -> Option<Clue> {
        let lower = text.to_lowercase();
        if lower.contains("://") || lower.starts_with("www.") || lower.contains("clevertap.com") {
            // The host of a region that is not configured: no better address can be suggested.
            let is_regional =
                [".dashboard.clevertap.com", ".api.clevertap.com"].iter().any(|host| lower.contains(host));
            return (!is_regional).then_some(Clue::Address);
        }
        self.near(text).map(|index| Clue::Near(self.list[index].clone()))
    }

    /// Reads a name in any notation: `in-1`, `U.S.`, `in1 (India)`, `Region: India`. If there are several names, all
    /// must name the same region.
    fn read_name(&self, text: &str) -> Option<usize> {
        let named = |part: &str| {
            let folded = labels::fold(part);
            let find = |name: &str| self.by_name.get(name).copied().flatten();
            find(&folded).or_else(|| find(region_names::without_region_word(&folded)))
        };
        if text.contains(['@', '?', '#', '/']) {
            return None;
        }
        if let Some(index) = named(text) {
            return Some(index);
        }
        let mut found = None;
        for part in parts_of(text).filter(|part| !region_names::is_region_word(&labels::fold(part))) {
            let index = named(part)?;
            if found.is_some_and(|found| found != index) {
                return None;
            }
            found = Some(index);
        }
        found
    }

    /// Finds the one region that contains all places and names in a text.
    fn near(&self, text: &str) -> Option<usize> {
        let place = |part: &str| {
            let folded = labels::fold(part);
            let named = || self.by_name.get(&folded).copied().flatten().filter(|_| folded.chars().count() > 3);
            let index = |id| self.list.iter().position(|region| region.id == id);
            region_names::region_of_place(&folded).and_then(index).or_else(named)
        };
        if let Some(index) = place(text) {
            return Some(index);
        }
        let mut found = parts_of(text).chain(text.split_whitespace()).filter_map(place);
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }

    fn read_address(&self, text: &str) -> Option<RegionText> {
        let lower = text.to_lowercase();
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

/// Collects the folded names of all regions: the configured names, then the built-in names that are not taken.
fn names_of(list: &[Region]) -> HashMap<String, Option<usize>> {
    let mut names: HashMap<String, Option<usize>> = HashMap::new();
    for (index, region) in list.iter().enumerate() {
        for word in words_of(region).filter(|word| !is_loopback_word(word)) {
            let known = names.entry(labels::fold(&word)).or_insert(Some(index));
            *known = known.filter(|other| *other == index);
        }
    }
    for (index, region) in list.iter().enumerate() {
        for name in region_names::names_of(&region.id) {
            names.entry((*name).to_owned()).or_insert(Some(index));
        }
    }
    names
}

/// Splits "in1 (India)", "Mumbai, India" or "in1 - India" into its parts.
fn parts_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(['(', ')', '[', ']', ',', ';', ':', '|', '–', '—', '·', '\n'])
        .flat_map(|part| part.split(" - "))
        .filter(|part| !labels::fold(part).is_empty())
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
            "us-1",
            "US 1",
            "U.S.",
            "u.s.a.",
            "us1 (United States)",
            "United States - us1",
            "Region: us1",
            "US region",
            "The United States",
            "Estados Unidos",
            "États-Unis",
            "Vereinigte Staaten",
            "الولايات المتحدة",
            "संयुक्त राज्य अमेरिका",
            "Hoa Kỳ",
            "สหรัฐอเมริกา",
            "🇺🇸 USA",
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
            "us1 (Europe)",
            "Region",
            "( )",
            "India",
            "us-1?",
            "New York",
        ] {
            assert_eq!(regions().read(text), None, "{text}");
        }
    }

    #[test]
    fn asks_about_a_place_and_guesses_nothing() {
        let clue = |text: &str| match regions().clue(text) {
            Some(Clue::Near(region)) => region.id.clone(),
            Some(Clue::Address) => "address".to_owned(),
            other => format!("{other:?}"),
        };
        for (text, expected) in [
            ("New York", "us1"),
            ("us-east-1", "us1"),
            ("AWS us-west-2", "us1"),
            ("US East (N. Virginia)", "us1"),
            ("Ireland", "eu1"),
            ("Dublin, Ireland", "eu1"),
            ("Europe (Frankfurt)", "eu1"),
            ("Paris, Texas", "None"),
            ("Mumbai", "None"),
            ("contact us", "None"),
            ("us2", "None"),
            ("", "None"),
            ("https://dashboard.clevertap.com/login.html", "address"),
            ("clevertap.com", "address"),
            ("https://jp1.dashboard.clevertap.com/", "None"),
        ] {
            assert_eq!(clue(text), expected, "{text}");
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
