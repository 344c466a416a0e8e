//! Tests from outside: over real sockets, against working and failing upstreams.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::format_push_string,
    clippy::match_bool,
    reason = "a missing value fails the test"
)]

mod admin;
mod adversary;
mod batch;
mod batch_company;
mod batch_files;
mod batch_metrics;
mod binary;
mod canary;
mod check;
mod collector;
mod command_line;
mod compose;
mod connections;
mod doctor;
mod hostile_client;
mod hostile_upstream;
mod languages;
mod lifecycle;
mod limits;
mod limits_failover;
mod limits_faults;
mod logs;
mod memory;
mod memory_tier;
mod mistakes;
mod model;
mod pages;
mod paste;
mod poisoned;
mod protection;
mod redis_cluster;
#[cfg(feature = "redis")]
mod redis_proxy;
mod redis_server;
#[cfg(feature = "redis")]
mod redis_waits;
mod reload;
mod replicas;
mod sandbox;
mod settings;
mod shared;
mod shared_faults;
mod streaming;
mod support;
mod terminal;
mod tls;
mod traces;
mod unread_bodies;
mod upstream;
mod verify;
#[cfg(not(feature = "redis"))]
mod without_redis;
