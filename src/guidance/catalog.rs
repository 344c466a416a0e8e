//! The texts: one Fluent file for each language in `locales/`, with English as the fallback.

use std::{borrow::Cow, collections::HashMap, sync::OnceLock};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

use super::Language;

/// All texts in all languages.
pub struct Catalogs {
    /// Indexed by language. A language is parsed on first use.
    catalogs: Vec<OnceLock<Catalog>>,
}

struct Catalog {
    bundle: FluentBundle<FluentResource>,
    /// Texts without variables, rendered once; most answers need only these.
    plain: HashMap<String, String>,
}

impl Catalogs {
    /// Parses the compiled-in files. Missing or broken entries fall back to English; a test checks that all files are
    /// complete.
    pub fn new() -> Self {
        Self { catalogs: Language::all().map(|_| OnceLock::new()).collect() }
    }

    /// Returns a text: a message, or an attribute of one. An unknown key is returned unchanged; a test ensures that
    /// there is none.
    pub fn text(
        &self,
        language: Language,
        key: &str,
        attribute: Option<&str>,
        values: &[(&str, &str)],
    ) -> Cow<'_, str> {
        self.find(language, key, attribute, values).unwrap_or_else(|| Cow::Owned(full_key(key, attribute).into_owned()))
    }

    /// Returns a text, or `None` if English has none either.
    pub(super) fn find(
        &self,
        language: Language,
        key: &str,
        attribute: Option<&str>,
        values: &[(&str, &str)],
    ) -> Option<Cow<'_, str>> {
        [language, Language::ENGLISH]
            .into_iter()
            .find_map(|language| self.catalog(language).text(key, attribute, values))
    }

    fn catalog(&self, language: Language) -> &Catalog {
        self.catalogs[language.index()].get_or_init(|| Catalog::new(language))
    }
}

impl Default for Catalogs {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Catalogs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Catalogs({})", self.catalogs.len())
    }
}

impl Catalog {
    fn new(language: Language) -> Self {
        // Fluent skips a broken entry and keeps the rest of the resource.
        let resource = FluentResource::try_new(language.source().to_owned()).unwrap_or_else(|(resource, _)| resource);
        let tag = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Isolation marks keep a Latin name in its place within a right-to-left text; elsewhere they would only disturb
        // text comparisons.
        bundle.set_use_isolating(language.direction() == "rtl");
        let keys = keys_of(&resource);
        let _ = bundle.add_resource(resource);
        let mut catalog = Self { bundle, plain: HashMap::new() };
        for (key, attribute) in keys {
            let text = catalog.format(&key, attribute.as_deref(), None);
            if let Some(text) = text {
                catalog.plain.insert(full_key(&key, attribute.as_deref()).into_owned(), text);
            }
        }
        catalog
    }

    fn text(&self, key: &str, attribute: Option<&str>, values: &[(&str, &str)]) -> Option<Cow<'_, str>> {
        if let Some(text) = self.plain.get(full_key(key, attribute).as_ref()) {
            return Some(Cow::Borrowed(text));
        }
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            arguments.set(*name, FluentValue::from(*value));
        }
        self.format(key, attribute, Some(&arguments)).map(Cow::Owned)
    }

    /// Formats a text; returns `None` if it does not exist or a value is missing.
    fn format(&self, key: &str, attribute: Option<&str>, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
        let message = self.bundle.get_message(key)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, arguments, &mut errors).into_owned();
        errors.is_empty().then_some(text)
    }
}

fn full_key<'a>(key: &'a str, attribute: Option<&str>) -> Cow<'a, str> {
    match attribute {
        Some(attribute) => Cow::Owned(format!("{key}.{attribute}")),
        None => Cow::Borrowed(key),
    }
}

/// Lists every message and attribute of a file.
fn keys_of(resource: &FluentResource) -> Vec<(String, Option<String>)> {
    use fluent_syntax::ast::Entry;

    let mut keys = Vec::new();
    for entry in resource.entries() {
        let Entry::Message(message) = entry else { continue };
        let id = message.id.name.to_owned();
        if message.value.is_some() {
            keys.push((id.clone(), None));
        }
        keys.extend(message.attributes.iter().map(|attribute| (id.clone(), Some(attribute.id.name.to_owned()))));
    }
    keys
}

#[cfg(test)]
#[path = "catalog_tests.rs"]
mod tests;
