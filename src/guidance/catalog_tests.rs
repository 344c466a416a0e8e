use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use serde::Deserialize;

use super::*;

/// Returns every text of a language by its full key: the literal parts and the variables.
fn texts(language: Language) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let resource = fluent_syntax::parser::parse(language.source()).unwrap_or_else(|(_, errors)| {
        panic!("{}: {errors:?}", language.tag());
    });
    let mut texts = BTreeMap::new();
    for entry in resource.body {
        match entry {
            Entry::Term(term) => drop(texts.insert(format!("-{}", term.id.name), parts(&term.value))),
            Entry::Message(message) => {
                if let Some(value) = &message.value {
                    texts.insert(message.id.name.to_owned(), parts(value));
                }
                for attribute in &message.attributes {
                    texts.insert(format!("{}.{}", message.id.name, attribute.id.name), parts(&attribute.value));
                }
            }
            _ => {}
        }
    }
    texts
}

fn parts(pattern: &Pattern<&str>) -> (String, BTreeSet<String>) {
    let (mut text, mut values) = (String::new(), BTreeSet::new());
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => text.push_str(value),
            PatternElement::Placeable { expression: Expression::Inline(inline) } => match inline {
                InlineExpression::VariableReference { id } => drop(values.insert(id.name.to_owned())),
                InlineExpression::TermReference { id, .. } => drop(values.insert(format!("-{}", id.name))),
                other => panic!("only variables and terms are used: {other:?}"),
            },
            PatternElement::Placeable { expression } => panic!("only variables and terms are used: {expression:?}"),
        }
    }
    (text, values)
}

/// Mail drafts are always in English, so they are not translated.
fn is_translated(key: &str) -> bool {
    !key.starts_with("support-")
}

#[test]
fn all_languages_are_complete_and_use_the_same_variables() {
    let english = texts(Language::ENGLISH);
    for language in Language::all().skip(1) {
        let found = texts(language);
        for (key, (_, values)) in english.iter().filter(|(key, _)| is_translated(key)) {
            let (_, own) = found.get(key).unwrap_or_else(|| panic!("{} lacks {key}", language.tag()));
            assert_eq!(own, values, "{} {key}", language.tag());
        }
        for key in found.keys() {
            assert!(english.contains_key(key) && is_translated(key), "{} has the surplus key {key}", language.tag());
        }
    }
}

#[test]
fn no_text_is_left_in_english() {
    let english = texts(Language::ENGLISH);
    // Names that CleverTap's dashboard and the protocol always show in English.
    let names = [
        "CleverTap",
        "Settings > Passcodes",
        "Settings > Project",
        "Project ID",
        "Create & View",
        "Content-Type",
        "Retry-After",
    ];
    let words = ["the", "and", "your", "must", "please", "this", "with", "are", "of", "not", "again", "which"];
    for language in Language::all().skip(1) {
        for (key, (text, _)) in texts(language) {
            let rest = names.iter().fold(text.clone(), |text, name| text.replace(name, ""));
            let is_same = text.trim() == english[&key].0.trim();
            assert!(!is_same || rest.len() < 6, "{} {key}: {text}", language.tag());
            let left_over = rest
                .split(|character: char| !character.is_alphanumeric())
                .find(|word| words.contains(&word.to_lowercase().as_str()));
            assert_eq!(left_over, None, "{} {key}: {text}", language.tag());
        }
    }
}

#[test]
fn names_the_dashboards_menus_as_it_shows_them() {
    let catalogs = Catalogs::new();
    for language in Language::all() {
        for (key, names) in [
            ("check-credentials", &["Settings > Passcodes", "+ Passcode", "Create & View", "API Key"][..]),
            ("check-credentials", &["Settings > Project", "Project ID"]),
            ("check-credentials-user-passcode", &["Settings > Users", "Grant", "Project ID"]),
            ("looks-like-token", &["Settings > Passcodes", "Create & View"]),
            ("check-account-id", &["Settings > Project", "Project ID"]),
        ] {
            let text = catalogs.text(language, key, Some("action"), &[]);
            for name in names {
                assert!(text.contains(name), "{} {key}: {text}", language.tag());
            }
        }
    }
}

/// `locales/glossary/<tag>.toml`: the vocabulary of a language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Glossary {
    /// Forbidden words, in lower case, with their replacements.
    banned: BTreeMap<String, String>,
    /// An English term and its translations; where the English text has the term, the translation must have one of
    /// these.
    terms: BTreeMap<String, Vec<String>>,
}

fn glossary(language: Language) -> Glossary {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("locales/glossary/{}.toml", language.tag()));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Finds a word in a text; in languages that separate words, it must be a whole word.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let is_letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        let is_latin =
            word.is_ascii() || word.chars().all(|character| character < '\u{0370}' || character.is_whitespace());
        !is_latin || (!is_letter(before) && !is_letter(after))
    })
}

#[test]
fn no_text_has_a_forbidden_word() {
    let mut found = Vec::new();
    for language in Language::all() {
        let banned = glossary(language).banned;
        assert!(banned.len() >= 5, "{}", language.tag());
        for (key, (text, _)) in texts(language).iter().filter(|(key, _)| is_translated(key)) {
            let words = banned.iter().filter(|(word, _)| has_word(&text.to_lowercase(), &word.to_lowercase()));
            found.extend(words.map(|(word, instead)| format!("{} {key}: {word} -> {instead}: {text}", language.tag())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_term_has_the_same_translation_everywhere() {
    let english = texts(Language::ENGLISH);
    let terms: Vec<String> = glossary(Language::ENGLISH).terms.into_keys().collect();
    let mut missing = Vec::new();
    for language in Language::all() {
        let own = glossary(language).terms;
        assert_eq!(own.keys().collect::<Vec<_>>(), terms.iter().collect::<Vec<_>>(), "{}", language.tag());
        // JSON member names are not words.
        let is_prose = |key: &str| is_translated(key) && key != "problem-malformed-json.detail";
        for (key, (text, _)) in texts(language).iter().filter(|(key, _)| is_prose(key)) {
            for term in terms.iter().filter(|term| has_word(&english[key].0.to_lowercase(), term)) {
                if !own[term].iter().any(|form| text.to_lowercase().contains(&form.to_lowercase())) {
                    missing.push(format!("{} {key}: {term} {:?}: {text}", language.tag(), own[term]));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn arabic_shows_the_latin_terms_of_the_dashboard() {
    let arabic = Language::choose(Some("ar"), None);
    let catalogs = Catalogs::new();
    for key in texts(arabic).keys().filter(|key| !key.starts_with('-')) {
        let (id, attribute) = key.split_once('.').map_or((key.as_str(), None), |(id, name)| (id, Some(name)));
        let values =
            ["partner", "region", "suggested", "minutes", "count", "position", "character"].map(|name| (name, "1"));
        let text = catalogs.text(arabic, id, attribute, &values);
        let has = |translated: &str, latin: &str| !text.contains(translated) || text.contains(latin);
        assert!(has("رمز مرور", "Passcode") && has("رمز المرور", "Passcode"), "{key}: {text}");
        assert!(has("مميّز", "Token"), "{key}: {text}");
    }
}
