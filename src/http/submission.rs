//! Parses the JSON of a verification: member by member, checking only the syntax.

use std::borrow::Cow;

use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::model::{Input, MalformedJson, MalformedKind, RawSubmission};

const MEMBERS: [&str; 5] = ["account_id", "passcode", "region", "suggest_region", "lang"];

/// A request for a verification. `openapi::requests` adds its two variants to the schema.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it carries the schema; the members are read one by one")]
pub(super) struct VerifyRequest {
    /// The account id, called Project ID in the dashboard: 1 to 64 visible ASCII characters. A pasted dashboard address
    /// is replaced by the account id in it.
    #[schema(example = "W9R-486-4W5Z")]
    account_id: Option<String>,
    /// The account passcode or user passcode: 1 to 256 visible ASCII characters, opaque.
    #[schema(format = Password, write_only, max_length = 256, pattern = r"^[!-~]*[!#-&(-_a-~][!-~]*$")]
    passcode: String,
    /// The id, name or alias of a region, a host, a pasted dashboard address, or `auto`; case-insensitive.
    #[schema(value_type = String, required = false, example = "in1")]
    region: Option<String>,
    /// Whether to try the other regions after a refusal; this sends the passcode to hosts that the customer did not
    /// choose.
    suggest_region: Option<bool>,
    /// The language of the texts; by default from `Accept-Language`.
    #[schema(example = "de")]
    lang: Option<String>,
}

/// The members, each as unparsed JSON text; `null` counts as absent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSubmission<'a> {
    #[serde(borrow)]
    account_id: Option<&'a RawValue>,
    #[serde(borrow)]
    passcode: Option<&'a RawValue>,
    #[serde(borrow)]
    region: Option<&'a RawValue>,
    #[serde(borrow)]
    suggest_region: Option<&'a RawValue>,
    #[serde(borrow)]
    lang: Option<&'a RawValue>,
}

/// The members of a batch item.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireItem<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    account_id: Option<&'a RawValue>,
    #[serde(borrow)]
    passcode: Option<&'a RawValue>,
    #[serde(borrow)]
    region: Option<&'a RawValue>,
    #[serde(borrow)]
    suggest_region: Option<&'a RawValue>,
    #[serde(borrow)]
    lang: Option<&'a RawValue>,
}

/// Parses the body of a verification, without validating the values.
///
/// # Errors
///
/// The body is not one JSON object with known members, each at most once.
pub(super) fn parse_submission(bytes: &[u8]) -> Result<RawSubmission<'_>, MalformedJson> {
    // Serde also reads a struct from an array.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(malformed_at(bytes, bytes.len() - bytes.trim_ascii_start().len()));
    }
    let wire: WireSubmission<'_> = match std::str::from_utf8(bytes) {
        // Validate UTF-8 once, not for each member.
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(bytes),
    }
    .map_err(|error| malformed(&error))?;
    raw_submission(bytes, &wire)
}

/// Parses an item of a batch. Its id is a string or a number; a number is converted to text.
///
/// # Errors
///
/// Those of [`parse_submission`], or the id has another type.
pub(super) fn parse_item(bytes: &[u8]) -> Result<(Option<String>, RawSubmission<'_>), MalformedJson> {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(malformed_at(bytes, bytes.len() - bytes.trim_ascii_start().len()));
    }
    let item: WireItem<'_> = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    let id = match text(bytes, item.id)? {
        Input::Missing => None,
        Input::Value(id) => Some(id.into_owned()),
        Input::WrongType("number") => item.id.map(|number| number.get().to_owned()),
        Input::WrongType(_) => return Err(malformed_at(bytes, 0)),
    };
    let WireItem { account_id, passcode, region, suggest_region, lang, .. } = item;
    let wire = WireSubmission { account_id, passcode, region, suggest_region, lang };
    Ok((id, raw_submission(bytes, &wire)?))
}

fn raw_submission<'a>(bytes: &[u8], wire: &WireSubmission<'a>) -> Result<RawSubmission<'a>, MalformedJson> {
    Ok(RawSubmission {
        account_id: text(bytes, wire.account_id)?,
        passcode: secret(text(bytes, wire.passcode)?),
        region: text(bytes, wire.region)?,
        suggest_region: typed(bytes, wire.suggest_region, "boolean")?,
        lang: text(bytes, wire.lang)?,
    })
}

/// Returns the position and kind of an error without its text: that names the unknown member, which may be a misplaced
/// passcode.
fn malformed(error: &serde_json::Error) -> MalformedJson {
    let text = Zeroizing::new(error.to_string());
    let name = text.split('`').nth(1).unwrap_or("");
    let known = MEMBERS.into_iter().find(|member| *member == name);
    let kind = match known {
        Some(member) if text.starts_with("duplicate field") => MalformedKind::Duplicate(member),
        _ if text.starts_with("unknown field") => MalformedKind::unknown(name),
        _ => MalformedKind::Syntax,
    };
    MalformedJson { line: error.line(), column: error.column(), kind }
}

fn malformed_at(bytes: &[u8], offset: usize) -> MalformedJson {
    let before = &bytes[..offset.min(bytes.len())];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.split(|byte| *byte == b'\n').count();
    MalformedJson { line, column: offset - line_start + 1, kind: MalformedKind::Syntax }
}

/// Returns a text; usually borrowed from the body.
fn text<'a>(bytes: &[u8], value: Option<&'a RawValue>) -> Result<Input<Cow<'a, str>>, MalformedJson> {
    let inner = value.and_then(|value| value.get().strip_prefix('"')?.strip_suffix('"'));
    match inner.filter(|inner| !inner.contains('\\')) {
        // Without escapes, the value is the text between the quotes, which was already validated with the body.
        Some(inner) => Ok(Input::Value(Cow::Borrowed(inner))),
        None => typed(bytes, value, "string"),
    }
}

/// Turns a text into a secret, and wipes a copy that was made to resolve escapes.
fn secret(text: Input<Cow<'_, str>>) -> Input<SecretString> {
    match text {
        Input::Missing => Input::Missing,
        Input::WrongType(found) => Input::WrongType(found),
        Input::Value(Cow::Borrowed(text)) => Input::Value(text.into()),
        Input::Value(Cow::Owned(text)) => Input::Value(Zeroizing::new(text).as_str().into()),
    }
}

/// Returns a value of the wanted type, or the name of its actual type.
fn typed<T: DeserializeOwned>(bytes: &[u8], value: Option<&RawValue>, wanted: &str) -> Result<Input<T>, MalformedJson> {
    let Some(text) = value.map(RawValue::get) else { return Ok(Input::Missing) };
    let found = type_of(text);
    if found != wanted {
        return Ok(Input::WrongType(found));
    }
    // A string may still be invalid: an escape may be half of a surrogate pair. A string has only one line.
    let offset = text.as_ptr().addr().saturating_sub(bytes.as_ptr().addr());
    let value = serde_json::from_str(text);
    value.map(Input::Value).map_err(|error| malformed_at(bytes, offset + error.column().saturating_sub(1)))
}

/// Returns the type of a JSON value from its first character.
fn type_of(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        Some(b'[') => "array",
        Some(b'{') => "object",
        _ => "number",
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn refuses_what_is_no_object_of_known_members() {
        for body in [
            "",
            "null",
            "[]",
            "\"x\"",
            "{",
            "{}x",
            r#"{"account_id":"a","account_id":"a"}"#,
            r#"{"passcode":"a","passcode":1}"#,
            r#"{"colour":"a"}"#,
            r#"["a","b","in1"]"#,
            r#"["a","b","in1",null,null]"#,
            r#"{"account_id":null,"account_id":"a"}"#,
            r#"{"lang":"en","la\u006eg":"en"}"#,
            r#"{"account_id":"\ud800"}"#,
            r#"{"passcode":"\ud800"}"#,
            r#"{"passcode":["\ud800x]}"#,
            "{\"account_id\":\"\u{1}\"}",
            r#"{"account_id":01}"#,
            r#"{"account_id":"a",}"#,
        ] {
            assert!(parse_submission(body.as_bytes()).is_err(), "{body}");
        }
        for body in [&b"{\"account_id\":\"\xff\"}"[..], b"{\"account_id\":[\"\xff\"]}", b"\xff{}", b"\x0c{}"] {
            assert!(parse_submission(body).is_err(), "{body:?}");
        }
        assert!(parse_submission(format!("{{\"region\":{}", "[".repeat(10_000)).as_bytes()).is_err());
    }

    #[test]
    fn names_the_type_that_was_found() {
        for (value, name) in [
            ("1", "number"),
            ("-1.5e9", "number"),
            ("true", "boolean"),
            ("[1,[2]]", "array"),
            (r#"{"a":{}}"#, "object"),
        ] {
            let body = format!(r#"{{"account_id":{value},"passcode":{value}}}"#);
            let raw = parse_submission(body.as_bytes()).unwrap();
            assert_eq!(raw.account_id, Input::WrongType(name));
            assert!(matches!(raw.passcode, Input::WrongType(found) if found == name));
        }
        let raw = parse_submission(br#"{"suggest_region":"true"}"#).unwrap();
        assert_eq!(raw.suggest_region, Input::WrongType("string"));
    }

    #[test]
    fn takes_null_as_absent() {
        let raw = parse_submission(
            br#" {"account_id":null,"passcode":null,"region":null,"suggest_region":null,"lang":null} "#,
        )
        .unwrap();
        assert!(matches!(
            raw,
            RawSubmission {
                account_id: Input::Missing,
                passcode: Input::Missing,
                region: Input::Missing,
                suggest_region: Input::Missing,
                lang: Input::Missing,
            }
        ));
    }

    #[test]
    fn says_nothing_of_an_unknown_member() {
        let error = parse_submission(br#"{"canary-0001":"a"}"#).unwrap_err();
        assert!(!format!("{error:?}").contains("canary"));
    }

    #[test]
    fn says_where_a_body_is_malformed() {
        for (body, line, column, kind) in [
            ("  []", 1, 3, MalformedKind::Syntax),
            ("", 1, 1, MalformedKind::Syntax),
            ("{\"region\": \"in1\",\n  \"account_id\" \"a\"}", 2, 16, MalformedKind::Syntax),
            ("{\"lang\":\"a\",\n\"lang\":\"b\"}", 2, 6, MalformedKind::Duplicate("lang")),
            ("{\"accountId\":\"a\"}", 1, 12, MalformedKind::Unknown(Some("account_id"))),
            ("{\"colour\":\"a\"}", 1, 9, MalformedKind::Unknown(None)),
            ("{\n\"passcode\": \"\\ud800\"}", 2, 20, MalformedKind::Syntax),
        ] {
            let error = parse_submission(body.as_bytes()).unwrap_err();
            assert_eq!((error.line, error.column, error.kind), (line, column, kind), "{body}");
        }
    }

    #[test]
    fn reads_every_member() {
        let raw = parse_submission(
            br#"{"account_id":"a","passcode":"\u0062","region":"in1","suggest_region":true,"lang":"de"}"#,
        )
        .unwrap();
        assert_eq!(raw.account_id, Input::Value("a".into()));
        assert!(matches!(raw.passcode, Input::Value(passcode) if passcode.expose_secret() == "b"));
        assert_eq!(raw.region, Input::Value("in1".into()));
        assert_eq!(raw.suggest_region, Input::Value(true));
        assert_eq!(raw.lang, Input::Value("de".into()));
    }
}
