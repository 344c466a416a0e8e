//! Interprets the message of a failure: whether it concerns an outage, the partner, the account or the passcode.
//!
//! Words are matched as whole words: `later` does not match `collateral`. Names that the upstream repeats from the
//! request are recognised, so that a partner called "Internal Tools" does not look like an outage.

/// The request values that the upstream may repeat in its message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The partner's name.
    pub partner: &'a str,
    /// The account id.
    pub account_id: &'a str,
}

/// Phrases of a refusal, in lower case; `*` stands for any ending. Without one of them, a message that mentions
/// credentials may be about a service of that name.
const REFUSAL: &[&str] = &[
    "invalid*",
    "not valid",
    "incorrect*",
    "not correct",
    "wrong*",
    "unknown",
    "bad",
    "mismatch*",
    "not match*",
    "match not",
    "expired",
    "revoked",
    "deleted",
    "disabled",
    "not found",
    "no such",
    "not exist*",
    "unauthori*",
    "not authori*",
    "denied",
    "rejected",
    "refused",
    "missing",
    "required",
    "unrecogni*",
    "not recogni*",
    "not accepted",
    "do not belong",
];

/// Words of an outage, of the servers behind the API or of a gateway in front of it. `*` stands for any ending.
const OUTAGE: &[&str] = &[
    // Requests to retry later.
    "retry*",
    "retries",
    "retried",
    "later",
    "try again",
    "tried again",
    "temporar*",
    "maintenance",
    "at this time",
    "at the moment",
    "right now",
    "offline",
    // Internal failures.
    "internal*",
    "unavailab*",
    "not available",
    "server error",
    "service error",
    "system error",
    "database error",
    "unexpected error",
    "unknown error",
    "unspecified error",
    "unclassified",
    "error while",
    "error when",
    "error occurred",
    "went wrong",
    "could not",
    "couldn t",
    "unable",
    "failed to check",
    "failed to connect",
    "failed to fetch",
    "failed to get",
    "failed to load",
    "failed to process",
    "failed to reach",
    "failed to read",
    "failed to retrieve",
    "failed to validate",
    "failed to verify",
    "cannot check",
    "cannot connect",
    "cannot fetch",
    "cannot get",
    "cannot load",
    "cannot process",
    "cannot reach",
    "cannot read",
    "cannot retrieve",
    "cannot validate",
    "cannot verify",
    "exception*",
    "null pointer",
    "is down",
    "outage*",
    "degraded",
    "circuit breaker",
    // Missing or late answers.
    "timeout*",
    "time out",
    "timed out",
    "timedout",
    "etimedout",
    "deadline exceeded",
    "econn*",
    "unreachable",
    "not reachable",
    "not responding",
    "no response",
    "connection closed",
    "connection error",
    "connection failed",
    "connection failure",
    "connection refused",
    "connection reset",
    "connect error",
    // Overload.
    "overload*",
    "over capacity",
    "busy",
    "too many",
    "throttl*",
    "rate limit*",
    "rate exceeded",
    "limit exceeded",
    "quota*",
    "concurrent*",
    // Infrastructure that is unrelated to a customer's credentials.
    "gateway*",
    "upstream*",
    "backend*",
    "back end",
    "proxy",
    "load balancer",
];

/// A message, split into words.
#[derive(Debug)]
pub(super) struct Message {
    lower: String,
    words: Vec<Word>,
}

#[derive(Debug)]
struct Word {
    /// In lower case.
    text: String,
    /// Whether the word belongs to a name that the upstream repeats.
    is_name: bool,
}

impl Message {
    pub(super) fn new(text: &str, asked: Asked<'_>) -> Self {
        let parts: Vec<&str> = split(text).collect();
        let lower = text.to_lowercase();
        let is_about_partner =
            speaks_of_whitelisting(&lower) || parts.iter().any(|part| part.to_lowercase().starts_with("partner"));
        let mut is_name = vec![false; parts.len()];
        mark(&mut is_name, &parts, asked.account_id, false);
        mark(&mut is_name, &parts, asked.partner, !is_about_partner);
        let words = parts.iter().zip(is_name).flat_map(|(part, is_name)| {
            split_camel_case(part).into_iter().map(move |word| Word { text: word.to_lowercase(), is_name })
        });
        Self { words: words.collect(), lower }
    }

    pub(super) fn speaks_of_outage(&self) -> bool {
        self.has_any(OUTAGE)
    }

    /// Whether the partner is not whitelisted, as opposed to an address that a firewall rejects.
    pub(super) fn speaks_of_whitelisting(&self) -> bool {
        let speaks = speaks_of_whitelisting(&self.lower) || self.has_any(&["white list*", "allow list*"]);
        speaks
            && (self.has_any(&["partner*"]) || !self.has_any(&["ip", "ips", "address*", "host*", "origin*", "domain*"]))
    }

    pub(super) fn speaks_of_account(&self) -> bool {
        self.has_any(&["account id*", "accountid*", "account info*"])
    }

    pub(super) fn speaks_of_passcode(&self) -> bool {
        ["credential", "passcode"].iter().any(|word| self.lower.contains(word))
    }

    /// Whether something is refused, as opposed to a message that merely mentions credentials.
    pub(super) fn speaks_of_refusal(&self) -> bool {
        self.has_any(REFUSAL)
    }

    /// Whether one of the phrases occurs outside a name.
    fn has_any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| {
            let phrase: Vec<&str> = phrase.split(' ').collect();
            self.words.windows(phrase.len()).any(|found| {
                found.iter().zip(&phrase).all(|(word, wanted)| word.is(wanted))
                    && !found.iter().all(|word| word.is_name)
            })
        })
    }
}

impl Word {
    fn is(&self, wanted: &str) -> bool {
        wanted.strip_suffix('*').map_or(self.text == wanted, |start| self.text.starts_with(start))
    }
}

fn speaks_of_whitelisting(lower: &str) -> bool {
    lower.contains("whitelist") || lower.contains("allowlist")
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|part| !part.is_empty())
}

/// Marks the occurrences of a name as whole words, in any case.
///
/// A name can be an ordinary word, such as "Later". With `only_verbatim`, it matches only if it has a capital letter
/// and is spelled exactly as it was sent.
fn mark(is_name: &mut [bool], parts: &[&str], name: &str, only_verbatim: bool) {
    let name: Vec<&str> = split(name).collect();
    if name.is_empty() || (only_verbatim && !name.iter().any(|part| part.contains(char::is_uppercase))) {
        return;
    }
    let matches = |part: &str, wanted: &str| {
        if only_verbatim { part == wanted } else { part.to_lowercase() == wanted.to_lowercase() }
    };
    for (start, found) in parts.windows(name.len()).enumerate() {
        if found.iter().zip(&name).all(|(part, wanted)| matches(part, wanted)) {
            is_name[start..start + name.len()].fill(true);
        }
    }
}

/// Splits `ServiceUnavailable` and `HTTPTimeout` into their words.
fn split_camel_case(part: &str) -> Vec<&str> {
    let characters: Vec<(usize, char)> = part.char_indices().collect();
    let starts_word = |at: usize| {
        let (before, here) = (characters[at - 1].1, characters[at].1);
        let after = characters.get(at + 1).map(|(_, character)| *character);
        here.is_uppercase() && (!before.is_uppercase() || after.is_some_and(char::is_lowercase))
    };
    let mut words = Vec::new();
    let mut start = 0;
    for (at, (index, _)) in characters.iter().enumerate().skip(1) {
        if starts_word(at) {
            words.push(&part[start..*index]);
            start = *index;
        }
    }
    words.push(&part[start..]);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_outage(text: &str) -> bool {
        is_outage_for("adjust", text)
    }

    fn is_outage_for(partner: &str, text: &str) -> bool {
        Message::new(text, Asked { partner, account_id: "W9R-486-4W5Z" }).speaks_of_outage()
    }

    #[test]
    fn knows_words_and_not_their_parts() {
        for text in [
            "Please retry.",
            "retrying",
            "Try-again",
            "TIMEOUT",
            "ServiceUnavailable",
            "SERVICE_UNAVAILABLE",
            "HTTPTimeout",
            "java.lang.NullPointerException",
            "couldn't load it",
            "couldn’t load it",
            "connect ECONNREFUSED 10.0.0.1:5432",
        ] {
            assert!(is_outage(text), "{text}");
        }
        for text in
            ["", "collateral", "translater", "internist", "retro", "Connect with the team", "proxyman", "busybox"]
        {
            assert!(!is_outage(text), "{text}");
        }
    }

    #[test]
    fn does_not_take_the_partners_name_for_an_outage() {
        for (partner, text) in [
            ("Later", "Partner not whitelisted: Later"),
            ("later", "Partner not whitelisted: later"),
            ("Later", "PARTNER NOT WHITELISTED: LATER."),
            ("Retry.io", "Partner not whitelisted: retry.io"),
            ("Internal Tools", "Partner not whitelisted: Internal+Tools"),
            ("InternalTools", "Partner InternalTools is not whitelisted"),
            ("Try Again", "Partner name 'try again' not whitelisted"),
            ("Gateway, Upstream & Backend", "Partner not whitelisted: Gateway, Upstream & Backend"),
            ("Later", "Invalid Credentials for Later"),
        ] {
            assert!(!is_outage_for(partner, text), "{partner}: {text}");
        }
        let account = Message::new("Account Id retry not valid", Asked { partner: "adjust", account_id: "retry" });
        assert!(!account.speaks_of_outage());
    }

    #[test]
    fn finds_the_outage_beside_the_partners_name() {
        for (partner, text) in [
            ("Later", "Partner Later: service unavailable"),
            ("Later", "Could not load account info, please retry later"),
            ("later", "Account info is loaded later"),
            ("Later", "Account info is loaded later"),
            ("late", "please come back later"),
            ("not", "Could not load account info"),
            ("could", "Partner could: could not load account info"),
            ("Time", "Partner Time out"),
            ("internal", "Internal error while checking the credentials"),
            ("", "please come back later"),
            ("!", "please come back later"),
        ] {
            assert!(is_outage_for(partner, text), "{partner}: {text}");
        }
    }

    #[test]
    fn tells_a_partner_from_an_address_that_is_not_whitelisted() {
        let whitelisting =
            |text| Message::new(text, Asked { partner: "Host Domain", account_id: "" }).speaks_of_whitelisting();
        for text in [
            "Partner not whitelisted: x",
            "not whitelisted",
            "Not white-listed: Host Domain",
            "allowlist: no such partner",
            "The partner's host is not in the allow-list",
        ] {
            assert!(whitelisting(text), "{text}");
        }
        for text in ["IP address not whitelisted", "Host not in allowlist", "Invalid Credentials", ""] {
            assert!(!whitelisting(text), "{text}");
        }
    }
}
