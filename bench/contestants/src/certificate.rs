//! A certificate for localhost that lives as long as a run.

use std::{fs, path::Path};

use crate::Result;

pub fn write(cert: &Path, key: &Path) -> Result<()> {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names)?;
    fs::write(cert, made.cert.pem())?;
    fs::write(key, made.signing_key.serialize_pem())?;
    Ok(())
}
