//! The state of verifications that instances share. Each step is one script, so it happens completely or not at all.
//!
//! All keys of an account have the same hash tag, and therefore the same slot of a cluster. The rate of a region has
//! its own tag: in a cluster a turn is requested at the same time, and returned if it is not used.

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use redis::Value;

use super::{
    connection::{Redis, Script, Unavailable},
    value::{Sealer, millis},
};
use crate::{
    allowance::Allowance,
    config::Config,
    observe::{CacheResult, RedisOperation, SharedLookedUp},
    verify::{
        BoxFuture, Fingerprint, Freshness,
        shared::{
            Ask, Asked, Away, Charge, Claim, Fence, LEASE_TIME, MAX_HOLD, Place, RateClaim, Rated, Refused, Reply,
            Settlement, SharedTier,
        },
    },
};

macro_rules! script {
    ($redis:ident, $name:literal) => {
        $redis.script(concat!(include_str!("scripts/common.lua"), include_str!(concat!("scripts/", $name, ".lua"))))
    };
}

/// The shared tier on Redis.
pub struct Tier {
    redis: Redis,
    sealer: Sealer,
    /// Identifies this instance in leases.
    owner: [u8; 8],
    attempts: usize,
    window: Duration,
    rate: NonZeroU32,
    burst: NonZeroU32,
    /// The maximum time by which a turn in a rate may be in the future.
    horizon: Duration,
    ask: Script,
    renew: Script,
    settle: Script,
    take_rate: Script,
    return_rate: Arc<Script>,
}

impl Tier {
    /// Creates the tier on a connection.
    ///
    /// # Errors
    ///
    /// The operating system provides no random numbers.
    pub fn new(config: &Config, redis: Redis) -> Result<Self, getrandom::Error> {
        let mut owner = [0; 8];
        getrandom::fill(&mut owner)?;
        let limits = &config.limits;
        Ok(Self {
            ask: script!(redis, "ask"),
            renew: script!(redis, "renew"),
            settle: script!(redis, "settle"),
            take_rate: script!(redis, "rate"),
            return_rate: Arc::new(script!(redis, "return_rate")),
            redis,
            sealer: Sealer::new(&config.secrets.keys("shared verdicts")?, config.regions.clone()),
            owner,
            attempts: limits.attempts_per_account.get(),
            window: limits.attempts_window,
            rate: limits.upstream_per_second,
            burst: limits.upstream_burst,
            horizon: config.upstream.queue_timeout.max(Duration::from_secs(2)),
        })
    }

    fn key(&self, place: Place, kind: &str, name: Fingerprint) -> Vec<u8> {
        let encode = |print: Fingerprint| URL_SAFE_NO_PAD.encode(print.as_bytes());
        format!("{}{{{}}}{kind}{}", self.redis.key_prefix(), encode(place.account), encode(name)).into_bytes()
    }

    fn verdict_key(&self, place: Place) -> Vec<u8> {
        self.key(place, "v:", place.credential)
    }

    fn lease_key(&self, place: Place) -> Vec<u8> {
        self.key(place, "l:", place.credential)
    }

    /// The callers of other instances that wait for the lease.
    fn waiters_key(&self, place: Place) -> Vec<u8> {
        self.key(place, "w:", place.credential)
    }

    fn rate_key(&self, region: &str, share: &str) -> Vec<u8> {
        format!("{}{{rate:{region}}}{share}", self.redis.key_prefix()).into_bytes()
    }

    async fn run_ask(&self, ask: &Ask<'_>, is_looking: bool) -> Result<Vec<Value>, Unavailable> {
        let place = ask.place;
        let verdict = self.verdict_key(place);
        let target =
            |kind: &str| ask.claim.map_or_else(|| verdict.clone(), |claim| self.key(place, kind, claim.target));
        let mut keys =
            vec![verdict.clone(), self.lease_key(place), target("r:"), target("p:"), self.waiters_key(place)];
        let rate = ask.rate.filter(|_| !self.redis.is_cluster());
        keys.extend(rate.map(|rate| self.rate_key(rate.region, "")));
        let oldest = match ask.freshness {
            Freshness::Any if is_looking => "0".to_owned(),
            // The age by this instance's clock; the verdict's own time is checked again where it is used.
            Freshness::YoungerThan(most) if is_looking => {
                let now = SystemTime::now();
                now.checked_sub(most).map_or(0, |oldest| millis(oldest).saturating_add(1)).to_string()
            }
            _ => String::new(),
        };
        let awaited = ask.awaited.filter(|_| is_looking).map(Fence::to_be_bytes);
        let claim = ask.claim.as_ref();
        let mut arguments: Vec<Vec<u8>> = vec![
            oldest.into(),
            awaited.map(Vec::from).unwrap_or_default(),
            self.owner.into(),
            ask.fence.to_be_bytes().into(),
            text(LEASE_TIME.as_millis()),
            claim.map(|claim| claim.guess.as_bytes().to_vec()).unwrap_or_default(),
            claim.map(|claim| claim.reservation.to_be_bytes().to_vec()).unwrap_or_default(),
            text(claim.map_or(0, |claim| claim.hold.as_millis())),
            text(hold_most()),
            text(self.attempts),
            text(self.window.as_millis()),
            text(1_000_000.0 / f64::from(self.rate.get())),
            text(self.burst),
            text(self.horizon.as_micros()),
            text(rate.map_or(0, |rate| rate.max_wait.as_micros())),
        ];
        for (guess, age) in &ask.owed {
            arguments.push(guess.as_bytes().to_vec());
            arguments.push(text(age.as_millis()));
        }
        let operation = if ask.claim.is_some() { RedisOperation::Begin } else { RedisOperation::Wait };
        self.run((operation, &self.ask), &keys, &arguments, ask.allowance).await
    }

    async fn run(
        &self,
        (operation, script): (RedisOperation, &Script),
        keys: &[Vec<u8>],
        arguments: &[Vec<u8>],
        allowance: &Allowance,
    ) -> Result<Vec<Value>, Unavailable> {
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let arguments: Vec<&[u8]> = arguments.iter().map(Vec::as_slice).collect();
        match self.redis.run_script(operation, script, &keys, &arguments, allowance).await? {
            Value::Array(values) => Ok(values),
            _ => Err(Unavailable),
        }
    }

    /// Asks, and at the same time takes the turn that may be needed from a server that the script cannot reach.
    async fn ask_in_cluster(&self, ask: &Ask<'_>, rate: RateClaim<'_>) -> Option<Asked> {
        let (asked, rated) = tokio::join!(self.ask_for(ask), self.take_turn(rate, ask.allowance));
        match asked {
            Some(Asked { reply: Reply::Go { fence, .. }, refused }) => {
                Some(Asked { reply: Reply::Go { fence, turn: rated }, refused })
            }
            asked => {
                if let Some(Rated::Turn(_)) = rated {
                    self.return_turn(rate.region);
                }
                asked
            }
        }
    }

    /// Returns a turn in the background. If that fails, the turn stays unused.
    fn return_turn(&self, region: &str) {
        let (redis, script, key) = (self.redis.clone(), self.return_rate.clone(), self.rate_key(region, ""));
        let emission = text(1_000_000.0 / f64::from(self.rate.get()));
        tokio::spawn(async move {
            let (keys, arguments) = ([&key[..]], [&emission[..]]);
            redis.run_script(RedisOperation::Rate, &script, &keys, &arguments, &Allowance::default()).await
        });
    }

    async fn ask_for(&self, ask: &Ask<'_>) -> Option<Asked> {
        let values = self.run_ask(ask, true).await.ok()?;
        if word(values.first()?)? != b"hit" {
            return read_asked(&values);
        }
        let key = self.verdict_key(ask.place);
        let stored = values.get(1).and_then(word).and_then(|value| self.sealer.open(&key, value));
        match stored {
            Some(stored) if stored.expires_at > SystemTime::now() => {
                return Some(Asked { reply: Reply::Hit(stored), refused: None });
            }
            Some(_) => {}
            // Not written by this service, so a miss. The call that follows overwrites it when it settles.
            None => self.redis.observe().record(&SharedLookedUp { result: CacheResult::Error }),
        }
        read_asked(&self.run_ask(ask, false).await.ok()?)
    }

    async fn settle_all(&self, settlement: &Settlement) -> Option<Vec<Vec<Refused>>> {
        let place = settlement.place;
        let mut keys = vec![self.verdict_key(place), self.lease_key(place), self.waiters_key(place)];
        let (value, ttl) = match &settlement.store {
            Some(stored) => {
                let ttl = stored.expires_at.duration_since(SystemTime::now()).unwrap_or_default();
                let value = if ttl.as_millis() == 0 { Vec::new() } else { self.sealer.seal(&keys[0], stored)? };
                (value, ttl)
            }
            None => (Vec::new(), Duration::ZERO),
        };
        let charge = match settlement.charge {
            Charge::Refuse => "refuse",
            Charge::Reset => "reset",
            Charge::Return => "return",
        };
        let fence = settlement.fence.map(|fence| fence.to_be_bytes().to_vec()).unwrap_or_default();
        let mut arguments = vec![self.owner.into(), fence, value, text(ttl.as_millis()), charge.into()];
        arguments.extend([text(self.window.as_millis()), text(self.attempts), text(settlement.age.as_millis())]);
        for claim in &settlement.claims {
            keys.push(self.key(place, "r:", claim.target));
            keys.push(self.key(place, "p:", claim.target));
            arguments.push(claim.guess.as_bytes().to_vec());
            arguments.push(claim.reservation.to_be_bytes().to_vec());
        }
        let script = (RedisOperation::Settle, &self.settle);
        let lists = self.run(script, &keys, &arguments, &Allowance::default()).await.ok()?;
        lists.iter().map(read_refused).collect()
    }

    async fn take_turn(&self, claim: RateClaim<'_>, allowance: &Allowance) -> Option<Rated> {
        let emission = 1_000_000.0 / f64::from(self.rate.get());
        let mut keys = vec![self.rate_key(claim.region, "")];
        let mut arguments = vec![text(self.horizon.as_micros()), text(claim.max_wait.as_micros())];
        arguments.extend([text(emission), text(self.burst)]);
        if claim.is_batch {
            // Half the rate, without a burst, so that batches cannot use what interactive questions have saved.
            keys.push(self.rate_key(claim.region, "batch"));
            arguments.extend([text(emission * 2.0), text(1)]);
        }
        let values = self.run((RedisOperation::Rate, &self.take_rate), &keys, &arguments, allowance).await.ok()?;
        let wait = Duration::from_micros(number(values.get(1)?)?);
        Some(if number(values.first()?)? == 1 { Rated::Turn(wait) } else { Rated::Later(wait) })
    }
}

impl SharedTier for Tier {
    fn is_up(&self) -> bool {
        self.redis.is_up()
    }

    fn timeout(&self) -> Duration {
        self.redis.timeout()
    }

    fn ask<'a>(&'a self, ask: &'a Ask<'a>) -> BoxFuture<'a, Result<Asked, Away>> {
        // A turn for each look at another instance's call would mostly be returned.
        match ask.rate.filter(|_| self.redis.is_cluster() && ask.awaited.is_none()) {
            Some(rate) => Box::pin(async move { self.ask_in_cluster(ask, rate).await.ok_or(Away) }),
            None => Box::pin(async move { self.ask_for(ask).await.ok_or(Away) }),
        }
    }

    fn renew(&self, place: Place, fence: Option<Fence>, claim: Claim) -> BoxFuture<'_, Result<(), Away>> {
        Box::pin(async move {
            let keys = [self.lease_key(place), self.key(place, "p:", claim.target)];
            let member = [&claim.guess.as_bytes()[..], &claim.reservation.to_be_bytes()].concat();
            let arguments = [
                self.owner.into(),
                fence.map(|fence| fence.to_be_bytes().to_vec()).unwrap_or_default(),
                text(LEASE_TIME.as_millis()),
                member,
                text(claim.hold.as_millis()),
                text(hold_most()),
            ];
            let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
            let arguments: Vec<&[u8]> = arguments.iter().map(Vec::as_slice).collect();
            let (script, allowance) = (&self.renew, Allowance::default());
            let answer = self.redis.run_script(RedisOperation::Renew, script, &keys, &arguments, &allowance).await;
            answer.map(drop).map_err(|Unavailable| Away)
        })
    }

    fn take_rate<'a>(&'a self, claim: RateClaim<'a>, allowance: &'a Allowance) -> BoxFuture<'a, Result<Rated, Away>> {
        Box::pin(async move { self.take_turn(claim, allowance).await.ok_or(Away) })
    }

    fn settle<'a>(&'a self, settlement: &'a Settlement) -> BoxFuture<'a, Result<Vec<Vec<Refused>>, Away>> {
        Box::pin(async move { self.settle_all(settlement).await.ok_or(Away) })
    }
}

impl std::fmt::Debug for Tier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tier").field("redis", &self.redis).finish_non_exhaustive()
    }
}

/// A set of reservations lives slightly longer than each of its members.
fn hold_most() -> u128 {
    MAX_HOLD.as_millis() + 5000
}

fn text(value: impl std::fmt::Display) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn word(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

fn read_fence(value: &Value) -> Option<Fence> {
    word(value)?.try_into().ok().map(Fence::from_be_bytes)
}

fn read_refused(value: &Value) -> Option<Vec<Refused>> {
    let Value::Array(values) = value else { return None };
    let read = |pair: &[Value]| {
        let print = Fingerprint::from_bytes(word(&pair[0])?.try_into().ok()?);
        Some((print, Duration::from_millis(number(&pair[1]).unwrap_or_default())))
    };
    // A member that is not a fingerprint was not written by this service; it counts in the budget, but is not returned.
    Some(values.chunks_exact(2).filter_map(read).collect())
}

fn read_asked(values: &[Value]) -> Option<Asked> {
    let (reply, refused) = match (word(values.first()?)?, values) {
        (b"too many", [_, wait, refused]) => (Reply::TooMany(Duration::from_millis(number(wait)?)), refused),
        (b"busy", [_, wait, refused]) => (Reply::Busy(Duration::from_micros(number(wait)?)), refused),
        (b"held", [_, fence, refused]) => (Reply::Held(read_fence(fence)?), refused),
        (b"go", [_, fence, wait, refused]) => {
            let turn = number(wait).map(|wait| Rated::Turn(Duration::from_micros(wait)));
            (Reply::Go { fence: read_fence(fence)?, turn }, refused)
        }
        _ => return None,
    };
    Some(Asked { reply, refused: Some(read_refused(refused)?) })
}
