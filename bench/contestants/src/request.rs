//! The bytes of a verification, with holes for the values that differ.

use crate::credentials::{self, ACCOUNT_ID, PASSCODE};

pub struct Template {
    bytes: Vec<u8>,
    body: usize,
    account_id: usize,
    passcode: usize,
}

impl Template {
    pub fn new(host: &str, key: &str, region: &str) -> Self {
        let hole = |length| "_".repeat(length);
        let prefix = "{\"account_id\":\"";
        let middle = "\",\"passcode\":\"";
        let body = format!("{prefix}{}{middle}{}\",\"region\":\"{region}\"}}", hole(ACCOUNT_ID), hole(PASSCODE));
        let head = format!(
            "POST /v1/verify HTTP/1.1\r\nhost: {host}\r\nuser-agent: bench\r\naccept: */*\r\n\
             authorization: Bearer {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let account_id = head.len() + prefix.len();
        Self {
            passcode: account_id + ACCOUNT_ID + middle.len(),
            account_id,
            body: head.len(),
            bytes: (head + &body).into_bytes(),
        }
    }

    /// Fills the holes with the credential of this number.
    pub fn fill(&mut self, number: u64, is_good: bool) {
        credentials::write_account_id(number, &mut self.bytes[self.account_id..]);
        credentials::write_passcode(number, is_good, &mut self.bytes[self.passcode..]);
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn body(&self) -> &[u8] {
        &self.bytes[self.body..]
    }
}
