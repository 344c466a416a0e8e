//! Checks Redis if it is configured. The service also works without it, so no check here fails.

use std::sync::Arc;

use super::{Finding, Status};
use crate::{config::Config, observe::Observe, redis};

pub(super) async fn check(config: &Config) -> Finding {
    let finding = |status, detail: String| Finding::new("redis", status, detail);
    if config.redis.is_none() {
        return finding(Status::Skipped, "not configured".to_owned());
    }
    let observe = match Observe::new(std::iter::empty()) {
        Ok(observe) => Arc::new(observe),
        Err(error) => return finding(Status::Skipped, error.to_string()),
    };
    match redis::check(config, observe).await {
        Ok(health) if health.warnings.is_empty() => finding(Status::Passed, health.summary),
        Ok(health) => finding(Status::Warning, format!("{}; {}", health.summary, health.warnings.join("; "))),
        Err(reason) => {
            let goes_on = "the service works without it, each instance with its own cache and limits";
            finding(Status::Warning, format!("{reason}; {goes_on}"))
        }
    }
}
