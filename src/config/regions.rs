//! The configured regions, validated during parsing so that an error names its key.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::types::list;
use crate::model::{Region, Regions};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionEntry {
    name: Name,
    base_url: BaseUrl,
    dashboard_url: DashboardUrl,
    #[serde(default, deserialize_with = "list")]
    aliases: Vec<String>,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct BaseUrl {
    text: String,
    api_host: String,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct DashboardUrl(String);

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Regions, D::Error> {
    let entries = BTreeMap::<String, RegionEntry>::deserialize(deserializer)?;
    let mut regions = Vec::with_capacity(entries.len());
    for (id, RegionEntry { name, base_url, dashboard_url, aliases }) in entries {
        if !is_id(&id) {
            let allowed = "a region's id has 1 to 32 of a-z, 0-9 and -, and is neither auto nor none";
            return Err(D::Error::custom(format!("`{id}`: {allowed}")));
        }
        let BaseUrl { text: base_url, api_host } = base_url;
        regions.push(Region { id, name: name.0, base_url, api_host, dashboard_url: dashboard_url.0, aliases });
    }
    Regions::new(regions).map_err(D::Error::custom)
}

pub(super) fn serialize<S: Serializer>(regions: &Regions, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct View<'a> {
        name: &'a str,
        base_url: &'a str,
        dashboard_url: &'a str,
        aliases: &'a [String],
    }
    serializer.collect_map(regions.iter().map(|region| {
        let view = View {
            name: &region.name,
            base_url: &region.base_url,
            dashboard_url: &region.dashboard_url,
            aliases: &region.aliases,
        };
        (&region.id, view)
    }))
}

fn is_id(id: &str) -> bool {
    (1..=32).contains(&id.len())
        && !matches!(id, "auto" | "none")
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().is_empty() { Err("expected a display name that is not empty") } else { Ok(Self(text)) }
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let allowed = "expected an https:// address without user, query and fragment (http:// only for loopback hosts)";
        let url = url::Url::parse(&text).map_err(|_| allowed)?;
        let host = url.host().ok_or(allowed)?;
        let is_loopback = match host {
            url::Host::Domain(name) => name == "localhost",
            url::Host::Ipv4(address) => address.is_loopback(),
            url::Host::Ipv6(address) => address.is_loopback(),
        };
        let is_plain =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        if !is_plain || !(url.scheme() == "https" || url.scheme() == "http" && is_loopback) {
            return Err(allowed);
        }
        let api_host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        Ok(Self { text: text.trim_end_matches('/').to_owned(), api_host })
    }
}

impl TryFrom<String> for DashboardUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_usable = url::Url::parse(&text).is_ok_and(|url| url.scheme() == "https" && url.has_host());
        if is_usable { Ok(Self(text.trim_end_matches('/').to_owned())) } else { Err("expected an https:// address") }
    }
}
