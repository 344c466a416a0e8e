//! CleverTap's wire protocol.
//!
//! [`client`] makes the calls, [`classify`](mod@classify) interprets the answers. `docs/CLEVERTAP.md` lists what is
//! known of the API, with its sources.

pub mod classify;
pub mod client;
mod message;

pub use client::ConnectClient;

/// The header that carries the account id.
pub const ACCOUNT_ID_HEADER: &str = "x-clevertap-account-id";
/// The header that carries the passcode.
pub const PASSCODE_HEADER: &str = "x-clevertap-passcode";
/// The path of the API below a region's base URL.
pub const CONNECT_PATH: &str = "/v1/connect";
