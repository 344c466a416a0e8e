//! The shared tier on Redis: what makes several instances behave as one.
//!
//! [`Redis`] is the one connection, with a timeout for each request and a breaker of its own. The ports of the rooms below
//! are implemented on top of it. No other room names the library.

mod connection;
mod limits;
mod link;

pub use self::connection::{Redis, Script, Unavailable};
