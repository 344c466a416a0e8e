//! Sessions: short-lived signed tokens with which a page may verify, so that an API key never reaches a browser.
//!
//! A token is a JWT (HS256) that contains its client, its origin, its expiry and the number of verifications it allows.
//! The service stores no sessions; it only counts the attempts of those in use.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use moka::{Expiry, policy::EvictionPolicy, sync::Cache};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Attempt, SharedLimits, hs256};
use crate::allowance::Allowance;

/// The maximum lifetime of a session.
pub const MAX_TTL: Duration = Duration::from_secs(24 * 60 * 60);
/// The maximum number of attempts of a session.
pub const MAX_ATTEMPTS: u32 = 1000;
/// The maximum length of a token; a longer one is rejected without parsing it.
const MAX_TOKEN: usize = 2048;
/// The maximum number of sessions whose attempts are counted at once, about 200 bytes each. The least recently used are
/// evicted first; only clients with a key can create sessions.
const MAX_SESSIONS: u64 = 250_000;
/// Distinguishes these tokens from any others that the same secret may sign in the future.
const AUDIENCE: &str = "connect-verifier/session";

/// Signs and verifies session tokens, and counts their attempts.
pub struct Sessions {
    signing: EncodingKey,
    verifying: Vec<DecodingKey>,
    validation: Validation,
    used: Cache<u128, Arc<Used>>,
}

/// The parameters of a new session.
#[derive(Debug, Clone)]
pub struct SessionGrant<'a> {
    /// The client's name.
    pub client: &'a str,
    /// The origin of the page.
    pub origin: &'a str,
    /// The lifetime: at most [`MAX_TTL`].
    pub ttl: Duration,
    /// The number of verifications allowed: at most [`MAX_ATTEMPTS`].
    pub attempts: u32,
}

/// A presented session: its token is valid, its origin is not yet checked.
#[derive(Debug, Clone)]
pub struct Session {
    /// The client's name.
    pub client: String,
    /// The origin of the page.
    pub origin: Arc<str>,
    id: u128,
    expires: SystemTime,
    attempts: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    aud: String,
    sub: String,
    origin: String,
    iat: u64,
    exp: u64,
    jti: Uuid,
    attempts: u32,
}

#[derive(Debug)]
struct Used {
    /// The attempts used on all instances, according to the last answer.
    shared: AtomicU32,
    /// The attempts used here since, while there was no answer; all of them if nothing is shared.
    alone: AtomicU32,
    forgotten: Duration,
}

/// All attempts of a session have been used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedUp {
    /// The remaining lifetime of the session.
    pub left: Duration,
}

impl Sessions {
    /// Creates a session store with these secrets: the first one signs, all of them verify.
    pub fn new(secrets: &[Zeroizing<[u8; 32]>]) -> Self {
        hs256::install();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        validation.leeway = 0;
        let used = Cache::builder()
            .max_capacity(MAX_SESSIONS)
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(AtItsEnd)
            .build();
        Self {
            signing: EncodingKey::from_secret(secrets.first().map_or(&[][..], |secret| &secret[..])),
            verifying: secrets.iter().map(|secret| DecodingKey::from_secret(&secret[..])).collect(),
            validation,
            used,
        }
    }

    /// Creates a session; returns its token and its expiry.
    ///
    /// # Errors
    ///
    /// The token cannot be signed, which is a bug.
    pub fn create(&self, grant: &SessionGrant<'_>, now: SystemTime) -> Result<(SecretString, SystemTime), String> {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let expires = since + grant.ttl.as_secs();
        let claims = Claims {
            aud: AUDIENCE.to_owned(),
            sub: grant.client.to_owned(),
            origin: grant.origin.to_owned(),
            iat: since,
            exp: expires,
            jti: Uuid::now_v7(),
            attempts: grant.attempts,
        };
        let token =
            encode(&Header::new(Algorithm::HS256), &claims, &self.signing).map_err(|error| error.to_string())?;
        Ok((SecretString::from(token), UNIX_EPOCH + Duration::from_secs(expires)))
    }

    /// Verifies a token. Returns `None` if it is not one of this service, was modified, or has expired.
    pub fn read(&self, token: &str) -> Option<Session> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let decoded = |key| decode::<Claims>(token, key, &self.validation).ok();
        let claims = self.verifying.iter().find_map(decoded)?.claims;
        Some(Session {
            client: claims.sub,
            origin: claims.origin.into(),
            id: claims.jti.as_u128(),
            expires: UNIX_EPOCH + Duration::from_secs(claims.exp),
            attempts: claims.attempts,
        })
    }

    /// Takes one of a session's attempts. With a shared tier, each attempt is a request to it; without an answer, this
    /// instance decides by what it knows, and reports those attempts with the next request.
    ///
    /// # Errors
    ///
    /// No attempt is left.
    pub async fn take_attempt(
        &self,
        session: &Session,
        now: SystemTime,
        shared: Option<&dyn SharedLimits>,
    ) -> Result<(), UsedUp> {
        let allowance = Allowance::default();
        let left = session.expires.duration_since(now).unwrap_or_default();
        let fresh = || Arc::new(Used { shared: AtomicU32::new(0), alone: AtomicU32::new(0), forgotten: left });
        let used = self.used.get_with(session.id, fresh);
        let seen = used.shared.load(Ordering::Relaxed);
        if let Some(shared) = shared
            && seen.saturating_add(used.alone.load(Ordering::Relaxed)) < session.attempts
        {
            let unshared = used.alone.load(Ordering::Relaxed);
            let attempt = Attempt { session: session.id, allowed: session.attempts, seen, unshared, left };
            // The caller may disconnect here. After an outage, two concurrent requests may both report the same
            // attempts: that loses attempts, and never grants more.
            if let Ok(answer) = shared.take_attempt(attempt, &allowance).await {
                used.shared.fetch_max(answer.used, Ordering::Relaxed);
                let said = |alone: u32| Some(alone.saturating_sub(unshared));
                let _ = used.alone.fetch_update(Ordering::Relaxed, Ordering::Relaxed, said);
                return if answer.is_granted { Ok(()) } else { Err(UsedUp { left }) };
            }
        }
        let seen = used.shared.load(Ordering::Relaxed);
        let take = |alone: u32| (seen.saturating_add(alone) < session.attempts).then_some(alone + 1);
        match used.alone.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            Ok(_) => Ok(()),
            Err(_) => Err(UsedUp { left }),
        }
    }
}

/// Removes the count of a session once the session has expired.
struct AtItsEnd;

impl Expiry<u128, Arc<Used>> for AtItsEnd {
    fn expire_after_create(&self, _: &u128, used: &Arc<Used>, _: Instant) -> Option<Duration> {
        // One second longer, so that rounding never resets a count early.
        Some(used.forgotten + Duration::from_secs(1))
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Sessions({})", self.verifying.len())
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use secrecy::ExposeSecret as _;

    use super::*;

    const ORIGIN: &str = "https://dash.example.com";

    fn secret(byte: u8) -> Zeroizing<[u8; 32]> {
        Zeroizing::new([byte; 32])
    }

    fn token(sessions: &Sessions, ttl: u64, attempts: u32) -> String {
        let grant = SessionGrant { client: "a", origin: ORIGIN, ttl: Duration::from_secs(ttl), attempts };
        sessions.create(&grant, SystemTime::now()).unwrap().0.expose_secret().to_owned()
    }

    #[tokio::test]
    async fn reads_what_it_created() {
        let sessions = Sessions::new(&[secret(1)]);
        let session = sessions.read(&token(&sessions, 60, 3)).unwrap();
        assert_eq!((session.client.as_str(), &*session.origin), ("a", ORIGIN));
        for _ in 0..3 {
            assert_eq!(sessions.take_attempt(&session, SystemTime::now(), None).await, Ok(()));
        }
        assert!(sessions.take_attempt(&session, SystemTime::now(), None).await.is_err());
    }

    #[test]
    fn accepts_tokens_of_older_secrets() {
        let old = Sessions::new(&[secret(1)]);
        let rotated = Sessions::new(&[secret(2), secret(1)]);
        assert!(rotated.read(&token(&old, 60, 1)).is_some());
        assert!(old.read(&token(&rotated, 60, 1)).is_none());
        assert!(Sessions::new(&[secret(2)]).read(&token(&old, 60, 1)).is_none());
    }

    #[test]
    fn refuses_expired_tokens() {
        let sessions = Sessions::new(&[secret(1)]);
        let grant = SessionGrant { client: "a", origin: ORIGIN, ttl: Duration::from_secs(60), attempts: 1 };
        let past = SystemTime::now() - Duration::from_secs(61);
        let (token, _) = sessions.create(&grant, past).unwrap();
        assert!(sessions.read(token.expose_secret()).is_none());
    }

    #[test]
    fn refuses_forged_and_confused_tokens() {
        let sessions = Sessions::new(&[secret(1)]);
        let good = token(&sessions, 60, 1);
        let parts: Vec<&str> = good.split('.').collect();
        let with_header = |header: &str| format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(header), parts[1], parts[2]);
        let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        let other = URL_SAFE_NO_PAD.encode(claims.replace(ORIGIN, "https://evil.example"));
        let forged = [
            with_header(r#"{"alg":"none","typ":"JWT"}"#),
            with_header(r#"{"alg":"None"}"#),
            with_header(r#"{"alg":"HS384","typ":"JWT"}"#),
            with_header(r#"{"alg":"RS256","typ":"JWT"}"#),
            format!("{}.{other}.{}", parts[0], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{good}x"),
            format!("{good}.x"),
            "..".to_owned(),
            String::new(),
            "x".repeat(5000),
        ];
        for token in forged {
            assert!(sessions.read(&token).is_none(), "{token}");
        }
        assert!(sessions.read(&good).is_some());
    }

    #[test]
    fn refuses_a_token_for_another_audience() {
        let sessions = Sessions::new(&[secret(1)]);
        let claims = serde_json::json!({"sub": "a", "origin": ORIGIN, "iat": 0, "exp": 9_999_999_999_u64,
            "jti": Uuid::now_v7(), "attempts": 9, "aud": "something-else"});
        let key = EncodingKey::from_secret(&[1; 32]);
        let foreign = encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
        assert!(sessions.read(&foreign).is_none());
    }
}
