//! The JSON of a verification on its way in: member by member, with nothing judged but its form.

use std::fmt;

use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer,
    de::{self, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::model::{Input, RawSubmission};

/// Reads the body of a verification: one JSON object with known members, each at most once. What the members hold is
/// not judged here.
pub(super) fn parse_submission(bytes: &[u8]) -> Result<RawSubmission, serde_json::Error> {
    serde_json::from_slice::<WireSubmission>(bytes).map(|wire| wire.0)
}

struct WireSubmission(RawSubmission);

impl<'de> Deserialize<'de> for WireSubmission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = RawSubmission;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawSubmission, A::Error> {
                let mut raw = RawSubmission::default();
                // The key is dropped unread when it is unknown: it could be a passcode in the wrong place.
                while let Some(key) = map.next_key::<Key>()? {
                    match key {
                        Key::AccountId => set(&mut raw.account_id, &mut map)?,
                        Key::Passcode => set_secret(&mut raw.passcode, &mut map)?,
                        Key::Region => set(&mut raw.region, &mut map)?,
                        Key::SuggestRegion => set(&mut raw.suggest_region, &mut map)?,
                        Key::Lang => set(&mut raw.lang, &mut map)?,
                        Key::Unknown => return Err(A::Error::custom("unknown member")),
                    }
                }
                Ok(raw)
            }
        }
        deserializer.deserialize_map(Object).map(WireSubmission)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    AccountId,
    Passcode,
    Region,
    SuggestRegion,
    Lang,
    #[serde(other)]
    Unknown,
}

fn set<'de, T, A: MapAccess<'de>>(input: &mut Input<T>, map: &mut A) -> Result<(), A::Error>
where
    Typed<T>: Deserialize<'de>,
{
    if !matches!(input, Input::Missing) {
        return Err(A::Error::custom("duplicate member"));
    }
    *input = map.next_value::<Typed<T>>()?.0;
    Ok(())
}

fn set_secret<'de, A: MapAccess<'de>>(input: &mut Input<SecretString>, map: &mut A) -> Result<(), A::Error> {
    let mut text = Input::Missing;
    if !matches!(input, Input::Missing) {
        return Err(A::Error::custom("duplicate member"));
    }
    set::<String, A>(&mut text, map)?;
    *input = match text {
        Input::Value(text) => Input::Value(SecretString::from(text)),
        Input::WrongType(found) => Input::WrongType(found),
        Input::Missing => Input::Missing,
    };
    Ok(())
}

/// A value of the wanted type, or the name of the type that it is.
struct Typed<T>(Input<T>);

impl<'de> Deserialize<'de> for Typed<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any).map(|value| {
            Self(match value {
                Value::Text(text) => Input::Value(text),
                other => Input::WrongType(other.name()),
            })
        })
    }
}

impl<'de> Deserialize<'de> for Typed<bool> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any).map(|value| {
            Self(match value {
                Value::Flag(flag) => Input::Value(flag),
                other => Input::WrongType(other.name()),
            })
        })
    }
}

/// Any JSON value, of which only texts and flags are kept.
enum Value {
    Text(String),
    Flag(bool),
    Other(&'static str),
}

impl Value {
    fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Flag(_) => "boolean",
            Self::Other(name) => name,
        }
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Other("number"))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Other("number"))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other("number"))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Other("null"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other("array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other("object"))
    }
}

#[cfg(test)]
mod tests {
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
            r#"{"account_id":"\ud800"}"#,
            "{\"account_id\":\"\u{1}\"}",
            r#"{"account_id":01}"#,
            r#"{"account_id":"a",}"#,
        ] {
            assert!(parse_submission(body.as_bytes()).is_err(), "{body}");
        }
        assert!(parse_submission(b"{\"account_id\":\"\xff\"}").is_err());
        assert!(parse_submission(format!("{{\"region\":{}", "[".repeat(10_000)).as_bytes()).is_err());
    }

    #[test]
    fn names_the_type_that_was_found() {
        for (value, name) in [
            ("1", "number"),
            ("-1.5e9", "number"),
            ("true", "boolean"),
            ("null", "null"),
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
    fn reads_every_member() {
        let raw = parse_submission(
            br#"{"account_id":"a","passcode":"\u0062","region":"in1","suggest_region":true,"lang":"de"}"#,
        )
        .unwrap();
        assert_eq!(raw.account_id, Input::Value("a".into()));
        assert!(matches!(raw.passcode, Input::Value(_)));
        assert_eq!(raw.region, Input::Value("in1".into()));
        assert_eq!(raw.suggest_region, Input::Value(true));
        assert_eq!(raw.lang, Input::Value("de".into()));
    }
}
