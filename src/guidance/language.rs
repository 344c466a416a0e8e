//! The supported languages, and the choice of one for a caller.

/// A language that has texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language(usize);

/// Tag, native name, texts. English comes first: it is the fallback.
pub(super) const LANGUAGES: &[(&str, &str, &str)] = &[
    ("en", "English", include_str!("../../locales/en.ftl")),
    ("es", "Español", include_str!("../../locales/es.ftl")),
    ("pt-BR", "Português (Brasil)", include_str!("../../locales/pt-BR.ftl")),
    ("id", "Bahasa Indonesia", include_str!("../../locales/id.ftl")),
    ("hi", "हिन्दी", include_str!("../../locales/hi.ftl")),
    ("ar", "العربية", include_str!("../../locales/ar.ftl")),
    ("vi", "Tiếng Việt", include_str!("../../locales/vi.ftl")),
    ("th", "ไทย", include_str!("../../locales/th.ftl")),
    ("fr", "Français", include_str!("../../locales/fr.ftl")),
    ("de", "Deutsch", include_str!("../../locales/de.ftl")),
];

impl Language {
    /// The fallback.
    pub const ENGLISH: Self = Self(0);

    /// Iterates over all languages.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..LANGUAGES.len()).map(Self)
    }

    /// Returns the language tag (BCP 47).
    pub fn tag(self) -> &'static str {
        LANGUAGES[self.0].0
    }

    /// Returns the native name of the language.
    pub fn name(self) -> &'static str {
        LANGUAGES[self.0].1
    }

    /// Returns the direction of its script, as in HTML.
    pub fn direction(self) -> &'static str {
        if self.tag() == "ar" { "rtl" } else { "ltr" }
    }

    /// Returns its index among all languages.
    pub fn index(self) -> usize {
        self.0
    }

    pub(super) fn source(self) -> &'static str {
        LANGUAGES[self.0].2
    }

    /// Chooses by an explicit wish, then by `Accept-Language` (RFC 9110, section 12.5.4), then English.
    pub fn choose(wish: Option<&str>, accept_language: Option<&str>) -> Self {
        wish.and_then(Self::find).or_else(|| accept_language.and_then(Self::negotiate)).unwrap_or(Self::ENGLISH)
    }

    /// Finds a language by tag: an exact match, or another variety of the language (`pt` and `pt-PT` find `pt-BR`).
    fn find(tag: &str) -> Option<Self> {
        let tag = tag.trim();
        let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
        let wanted = match primary(tag).as_str() {
            // The tag for Indonesian before 1989, which Java still sends.
            "in" => "id".to_owned(),
            other => other.to_owned(),
        };
        Self::all()
            .find(|language| language.tag().eq_ignore_ascii_case(tag))
            .or_else(|| Self::all().find(|language| primary(language.tag()) == wanted))
    }

    fn negotiate(header: &str) -> Option<Self> {
        let mut wishes: Vec<(&str, u16)> = header
            .split(',')
            .take(32)
            .filter_map(|item| {
                let mut parts = item.split(';');
                let tag = parts.next()?.trim();
                let weight = parts
                    .find_map(|part| part.trim().strip_prefix("q=").or_else(|| part.trim().strip_prefix("Q=")))
                    .map_or(Some(1000), parse_weight)?;
                (weight > 0 && !tag.is_empty()).then_some((tag, weight))
            })
            .collect();
        wishes.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
        wishes.into_iter().find_map(|(tag, _)| if tag == "*" { Some(Self::ENGLISH) } else { Self::find(tag) })
    }
}

/// Reads a weight as thousandths: `1`, `0.8`, `0.125`.
fn parse_weight(text: &str) -> Option<u16> {
    let weight: f32 = text.trim().parse().ok()?;
    (0.0..=1.0).contains(&weight).then_some((weight * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_by_wish_then_by_header_then_english() {
        for (wish, header, expected) in [
            (None, None, "en"),
            (Some("en-GB"), None, "en"),
            (Some("xx"), Some("en"), "en"),
            (None, Some("zh"), "en"),
            (None, Some("zh, *;q=0.5"), "en"),
            (None, Some(""), "en"),
            (None, Some(";;;,,,q=1"), "en"),
            (None, Some("en;q=nonsense"), "en"),
            (Some("de"), Some("fr"), "de"),
            (Some("PT"), None, "pt-BR"),
            (Some("pt-PT"), None, "pt-BR"),
            (Some("in"), None, "id"),
            (Some("zh"), Some("fr"), "fr"),
            (None, Some("fr;q=0.5, de;q=0.8, zh"), "de"),
            (None, Some("de;q=0, fr;q=0.1"), "fr"),
            (None, Some("es-MX,es;q=0.9"), "es"),
            (None, Some("ar-EG"), "ar"),
            (None, Some("*"), "en"),
        ] {
            assert_eq!(Language::choose(wish, header).tag(), expected, "{wish:?} {header:?}");
        }
    }

    #[test]
    fn reads_weights() {
        assert_eq!(parse_weight("1"), Some(1000));
        assert_eq!(parse_weight(" 0.8 "), Some(800));
        assert_eq!(parse_weight("0"), Some(0));
        for bad in ["2", "-1", "NaN", "", "x"] {
            assert_eq!(parse_weight(bad), None, "{bad}");
        }
    }
}
