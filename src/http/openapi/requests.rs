//! Schemas of request bodies, which accept exactly the valid values. Values that need repair are accepted by the
//! service, but not described by a schema.

use serde_json::{Map, Value, json};

use crate::model::{Region, Regions};

/// Visible ASCII characters, at least one of them not a quote: a pair of quotes alone is empty after repair.
const VISIBLE: &str = "^[!-~]*[!#-&(-_a-~][!-~]*$";
/// The outline of an account id in a dashboard address.
const ACCOUNT_IN_PATH: &str = "/(?:TEST-)?[0-9A-Za-z]{3}-[0-9A-Za-z]{3}-[0-9A-Za-z]{4}(?:[/?#][!-~]*)?$";
/// An origin as browsers write it: no default port, no path. IPv6 is only mentioned in the description.
const ORIGIN: &str = "^https?://(?:(?:[a-z0-9_-]+\\.)*[a-z][a-z0-9_-]*\
    |(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9]))\
    (?::(?:[1-9]|[1-79][0-9]|8[1-9]|[1-35-9][0-9]{2}|4[0-35-9][0-9]|44[0-24-9]\
    |[1-9][0-9]{3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$";

/// Adds to the schemas what attributes of the members cannot express.
pub(super) fn complete(schemas: &mut Map<String, Value>, regions: &Regions) {
    schemas.insert("RegionName".to_owned(), region_name(regions));
    schemas.insert("BatchRequest".to_owned(), batch());
    schemas.insert("BatchItem".to_owned(), batch_item());
    schemas.insert("BatchLine".to_owned(), batch_line());
    if let Some(request) = schemas.get_mut("VerifyRequest") {
        request["oneOf"] = forms(regions);
    }
    if let Some(origin) =
        schemas.get_mut("SessionRequest").and_then(|request| request.pointer_mut("/properties/origin"))
    {
        origin["pattern"] = json!(ORIGIN);
    }
}

/// A verification names account and region, or contains a dashboard address with both.
fn forms(regions: &Regions) -> Value {
    let account_id = json!({"type": "string", "maxLength": 64, "pattern": VISIBLE});
    let address = format!("^https?://(?:{}){ACCOUNT_IN_PATH}", hosts(regions));
    json!([
        {
            "title": "Account and region",
            "required": ["account_id", "region"],
            "properties": {"account_id": account_id, "region": {"$ref": "#/components/schemas/RegionName"}},
        },
        {
            "title": "A dashboard address that contains the account id",
            "required": ["region"],
            "properties": {
                "account_id": {"type": ["string", "null"], "maxLength": 0},
                "region": {
                    "type": "string",
                    "maxLength": 2048,
                    "pattern": address,
                    "examples": ["https://us1.dashboard.clevertap.com/W9R-486-4W5Z/main"],
                },
            },
        },
    ])
}

fn region_name(regions: &Regions) -> Value {
    let mut words = vec!["auto".to_owned()];
    for region in regions.iter() {
        let names = [&region.id, &region.name].into_iter().chain(&region.aliases);
        words.extend(names.filter(|name| !name.contains('.')).cloned());
    }
    json!({
        "description": "A region as requests may name it; case-insensitive.",
        "anyOf": [
            {"type": "string", "enum": words},
            {
                "type": "string",
                "maxLength": 2048,
                "pattern": format!("^(?:https?://)?(?:{})(?:[/?#][!-~]*)?$", hosts(regions)),
                "examples": ["in1.api.clevertap.com", "https://in1.dashboard.clevertap.com/W9R-486-4W5Z/main"],
            },
        ],
    })
}

/// Returns the hosts that name a region, as part of a pattern. A loopback host names none.
fn hosts(regions: &Regions) -> String {
    let is_host = |name: &&str| name.contains('.') && !name.contains(' ');
    let mut hosts: Vec<String> = Vec::new();
    for region in regions.iter() {
        hosts.extend(
            host_of(region)
                .into_iter()
                .chain(region.aliases.iter().map(String::as_str))
                .filter(is_host)
                .map(|host| host.replace('.', "\\.")),
        );
    }
    hosts.join("|")
}

fn host_of(region: &Region) -> Option<&str> {
    region.dashboard_url.split("://").nth(1)?.split('/').next()
}

/// Items are validated individually and each is answered, so an invalid item does not invalidate the request.
fn batch() -> Value {
    json!({
        "type": "object",
        "description": "At most 100 items; a body of NDJSON lines has no limit.",
        "required": ["items"],
        "additionalProperties": false,
        "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/BatchItem"}}},
    })
}

fn batch_item() -> Value {
    json!({
        "description": "The members of a `VerifyRequest`, and an `id` chosen by the caller. An unusable item is \
            answered with a problem of its own.",
        "properties": {
            "id": {"description": "The id of the answer: a string; by default the position, counted from 1."},
            "account_id": {"description": "As in a `VerifyRequest`."},
            "passcode": {"description": "As in a `VerifyRequest`.", "writeOnly": true},
            "region": {"description": "As in a `VerifyRequest`."},
            "suggest_region": {"description": "As in a `VerifyRequest`."},
            "lang": {"description": "As in a `VerifyRequest`."},
        },
        "examples": [{"id": "1", "account_id": "TEST-200-OKA-0000", "passcode": "GOOD-PASSCODE", "region": "in1"}],
    })
}

fn batch_line() -> Value {
    json!({
        "type": "object",
        "description": "One line of the answer to a batch: the verdict or the problem of an item, in the order of \
            completion.",
        "required": ["id"],
        "properties": {
            "id": {"type": ["string", "null"], "description": "The item's `id`; null for an unreadable line."},
            "line": {"type": "integer", "minimum": 1, "description": "The line number of an unreadable line."},
            "result": {"$ref": "#/components/schemas/Verdict"},
            "problem": {"$ref": "#/components/schemas/Problem"},
        },
        "oneOf": [{"required": ["result"]}, {"required": ["problem"]}],
    })
}
