//! The JSON of a verification on its way in: member by member, with nothing judged but its form.

use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::model::{Input, RawSubmission};

/// The body is not one JSON object with known members, each at most once.
///
/// It says no more: a serde error names an unknown member, which may be a passcode in the wrong place.
#[derive(Debug)]
pub(super) struct Malformed;

/// The id of an item, as its answer repeats it.
type ItemId = Option<String>;

impl From<serde_json::Error> for Malformed {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// The members, each as the JSON text that it is; `null` is absent.
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

/// The members of a batch's item.
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

/// Reads the body of a verification. What the members hold is not judged here.
pub(super) fn parse_submission(bytes: &[u8]) -> Result<RawSubmission, Malformed> {
    // Serde reads a struct from an array, too.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Malformed);
    }
    let wire: WireSubmission<'_> = serde_json::from_slice(bytes)?;
    wire.try_into()
}

/// Reads an item of a batch. Its id is a string, or a number, which is taken as its text.
pub(super) fn parse_item(bytes: &[u8]) -> Result<(ItemId, RawSubmission), Malformed> {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Malformed);
    }
    let WireItem { id, account_id, passcode, region, suggest_region, lang } = serde_json::from_slice(bytes)?;
    let id = match id.map(RawValue::get) {
        None => None,
        Some(text) => match type_of(text) {
            "string" => Some(serde_json::from_str(text)?),
            "number" => Some(text.to_owned()),
            _ => return Err(Malformed),
        },
    };
    Ok((id, WireSubmission { account_id, passcode, region, suggest_region, lang }.try_into()?))
}

impl TryFrom<WireSubmission<'_>> for RawSubmission {
    type Error = Malformed;

    fn try_from(wire: WireSubmission<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            account_id: typed(wire.account_id, "string")?,
            passcode: typed::<SecretString>(wire.passcode, "string")?,
            region: typed(wire.region, "string")?,
            suggest_region: typed(wire.suggest_region, "boolean")?,
            lang: typed(wire.lang, "string")?,
        })
    }
}

/// Returns a value of the wanted type, or the name of the type that it is.
fn typed<T: DeserializeOwned>(value: Option<&RawValue>, wanted: &str) -> Result<Input<T>, Malformed> {
    let Some(text) = value.map(RawValue::get) else { return Ok(Input::Missing) };
    let found = type_of(text);
    // The right type can still be no text: an escape may be half of a character.
    if found == wanted { Ok(Input::Value(serde_json::from_str(text)?)) } else { Ok(Input::WrongType(found)) }
}

/// The type of a JSON value by its first character.
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
            let raw = parse_submission(format!(r#"{{"account_id":{value},"passcode":{value}}}"#).as_bytes()).unwrap();
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
