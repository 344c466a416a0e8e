//! The state of admission that instances share: the rates of clients and the attempts of sessions.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use redis::Value;
use sha2::Sha256;

use super::connection::{Redis, Script};
use crate::{
    admission::{Attempt, Attempted, Away, SharedLimits, Standing, Takes},
    allowance::Allowance,
    config::Key,
    observe::RedisOperation,
};

/// The maximum number of clients per script, because a running script blocks all other commands of Redis.
const MAX_CLIENTS: usize = 100;

/// The limits of callers, stored in Redis.
struct CallerLimits {
    redis: Redis,
    /// The secret from which the names of keys are derived.
    key: Key,
    client_rate: Script,
    session: Script,
}

impl Redis {
    /// Creates the shared state of admission; `key` must be the same in all instances.
    pub fn caller_limits(&self, key: Key) -> Arc<dyn SharedLimits> {
        Arc::new(CallerLimits {
            redis: self.clone(),
            key,
            client_rate: self.script(include_str!("scripts/client_rate.lua")),
            session: self.script(include_str!("scripts/session.lua")),
        })
    }
}

impl SharedLimits for CallerLimits {
    fn exchange<'a>(&'a self, takes: &'a [(Arc<str>, Takes)]) -> BoxFuture<'a, Vec<Option<Standing>>> {
        // In a cluster the clients' keys are on different servers, of which some may not answer.
        let most = if self.redis.is_cluster() { 1 } else { MAX_CLIENTS };
        let exchange = async |part| match self.exchange_some(part).await {
            Ok(standings) => standings.into_iter().map(Some).collect(),
            Err(Away) => vec![None; part.len()],
        };
        join_all(takes.chunks(most).map(exchange)).map(|parts| parts.concat()).boxed()
    }

    fn take_attempt<'a>(
        &'a self,
        attempt: Attempt,
        allowance: &'a Allowance,
    ) -> BoxFuture<'a, Result<Attempted, Away>> {
        self.take_attempt(attempt, allowance).boxed()
    }
}

impl CallerLimits {
    /// Names a key by a keyed hash, so that reading Redis reveals no client and no session.
    fn name(&self, kind: &str, id: &[u8]) -> Result<String, Away> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.key[..]).map_err(|_| Away)?;
        let tag = mac.chain_update(kind).chain_update([0]).chain_update(id).finalize().into_bytes();
        Ok(format!("{}{kind}:{}", self.redis.key_prefix(), URL_SAFE_NO_PAD.encode(&tag[..16])))
    }

    async fn exchange_some(&self, takes: &[(Arc<str>, Takes)]) -> Result<Vec<Standing>, Away> {
        let names = takes.iter().map(|(client, _)| self.name("rate", client.as_bytes()));
        let names = names.collect::<Result<Vec<_>, _>>()?;
        let numbers = takes.iter().flat_map(|(_, takes)| {
            let times = [takes.cost, takes.period, takes.debt, takes.max_debt].map(|time| time.as_nanos().to_string());
            std::iter::once(takes.count.to_string()).chain(times)
        });
        let numbers: Vec<String> = numbers.collect();
        let names: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        let numbers: Vec<&[u8]> = numbers.iter().map(String::as_bytes).collect();
        let (operation, script) = (RedisOperation::ClientRate, &self.client_rate);
        let answer = self.redis.run_script(operation, script, &names, &numbers, &Allowance::default()).await;
        let answer = integers(answer.map_err(|_| Away)?)?;
        if answer.len() != 2 * takes.len() {
            return Err(Away);
        }
        let standing = |pair: &[u64]| Standing { debt: Duration::from_micros(pair[0]), total: pair[1] };
        Ok(answer.chunks_exact(2).map(standing).collect())
    }

    async fn take_attempt(&self, attempt: Attempt, allowance: &Allowance) -> Result<Attempted, Away> {
        let name = self.name("session", &attempt.session.to_be_bytes())?;
        // One second longer, so that rounding never resets a count early.
        let left = (attempt.left + Duration::from_secs(1)).as_millis();
        let numbers = [u128::from(attempt.allowed), attempt.seen.into(), attempt.unshared.into(), left];
        let numbers = numbers.map(|number| number.to_string());
        let numbers = numbers.each_ref().map(|number| number.as_bytes());
        let (operation, script) = (RedisOperation::Session, &self.session);
        let answer = self.redis.run_script(operation, script, &[name.as_bytes()], &numbers, allowance).await;
        match integers(answer.map_err(|_| Away)?)?[..] {
            [granted, used] => {
                let used = u32::try_from(used).map_err(|_| Away)?;
                Ok(Attempted { is_granted: granted == 1, used })
            }
            _ => Err(Away),
        }
    }
}

fn integers(answer: Value) -> Result<Vec<u64>, Away> {
    let Value::Array(values) = answer else { return Err(Away) };
    let integer = |value| match value {
        Value::Int(number) => u64::try_from(number).map_err(|_| Away),
        _ => Err(Away),
    };
    values.into_iter().map(integer).collect()
}
