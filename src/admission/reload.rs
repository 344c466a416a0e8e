//! Re-reads the clients file when it changes, or at once when told to.
//!
//! The file is looked at once a second and compared by its content. File system notifications would be quicker, but
//! they miss what matters most here: Kubernetes swaps a symbolic link two levels above the file, and network file
//! systems send none.

use std::{path::PathBuf, sync::Arc, time::Duration};

use sha2::{Digest, Sha256};
use tokio::{sync::watch, time::MissedTickBehavior};

use super::{Admission, ClientTable};
use crate::{
    config::{ClientConfig, check_clients, parse_clients_file},
    observe::{ConfigReloaded, Observe, Reloaded},
};

const INTERVAL: Duration = Duration::from_secs(1);

/// Watches the clients file for as long as the service runs. `asked` makes it look at once, and tell even if nothing has
/// changed. A file that cannot be used is refused, told once, and what was good stays in force. Without any client
/// nobody could call, unless callers need no key.
pub async fn watch_clients_file(
    path: PathBuf,
    fixed: Vec<ClientConfig>,
    admission: Arc<Admission>,
    observe: Arc<Observe>,
    mut asked: watch::Receiver<()>,
) {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = tokio::fs::read(&path).await.ok().map(|bytes| digest(&bytes));
    loop {
        let is_asked = tokio::select! {
            Ok(()) = asked.changed() => true,
            _ = interval.tick() => false,
        };
        let content = tokio::fs::read(&path).await.map_err(|error| format!("cannot be read: {error}"));
        let state = content.as_ref().ok().map(|bytes| digest(bytes));
        if state == seen && !is_asked {
            continue;
        }
        seen = state;
        let clients = content.and_then(|bytes| read(&bytes, &fixed, admission.takes_anonymous()));
        match clients {
            Ok(clients) => {
                let now = format!("{} clients", clients.len());
                observe.record(&ConfigReloaded { what: Reloaded::Clients, result: Ok(&now) });
                admission.replace_clients(clients);
            }
            Err(message) => {
                let reason = format!("{}: {message}", path.display());
                observe.record(&ConfigReloaded { what: Reloaded::Clients, result: Err(&reason) });
            }
        }
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn read(bytes: &[u8], fixed: &[ClientConfig], may_be_empty: bool) -> Result<ClientTable, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is no UTF-8 text".to_owned())?;
    let mut clients = parse_clients_file(text)?;
    if clients.is_empty() && fixed.is_empty() && !may_be_empty {
        return Err("clients: there is none, so nobody could call".to_owned());
    }
    clients.extend_from_slice(fixed);
    check_clients(&clients)?;
    Ok(ClientTable::new(&clients))
}
