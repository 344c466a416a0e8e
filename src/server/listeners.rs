//! The listeners of a service: they start together and stop in a defined order.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{sync::watch, task::JoinHandle};
use tracing::info;

use super::{Drained, Handler, Phase, Server};

/// How the service was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// By a supervisor: load balancers get `drain_delay` to notice.
    Drain,
    /// By a person at a terminal, without a load balancer.
    DrainNow,
}

impl From<()> for Stop {
    fn from((): ()) -> Self {
        Self::Drain
    }
}

/// The bound listeners.
pub struct Listeners<P, A, S> {
    /// Serves callers.
    pub public: Server<P>,
    /// Serves machines inside the network.
    pub admin: Server<A>,
    /// The simulated upstream.
    pub sandbox: Option<Server<S>>,
}

impl<P: Handler, A: Handler, S: Handler> Listeners<P, A, S> {
    /// Returns the addresses actually bound: public and admin.
    ///
    /// # Errors
    ///
    /// The operating system does not report the address.
    pub fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.public.address()?, self.admin.address()?))
    }

    /// Logs the addresses of the listeners.
    pub fn announce(&self) {
        let sandbox = self.sandbox.as_ref().map(Server::address);
        let listeners =
            [("public", Some(self.public.address())), ("admin", Some(self.admin.address())), ("sandbox", sandbox)];
        for (listener, address) in listeners {
            if let Some(Ok(address)) = address {
                info!(listener, %address, "listening");
            }
        }
    }

    /// Serves until `stop` completes, then drains: reports not ready, waits for load balancers, stops accepting, and
    /// lets running requests finish within their time.
    pub async fn run<T: Into<Stop>>(
        self,
        phase: watch::Sender<Phase>,
        drain_delay: Duration,
        stop: impl Future<Output = T>,
    ) -> Drained {
        let (admin_phase, admin_receiver) = watch::channel(Phase::Running);
        let public = tokio::spawn(self.public.run(phase.subscribe()));
        let admin = tokio::spawn(self.admin.run(admin_receiver.clone()));
        let sandbox = self.sandbox.map(|sandbox| tokio::spawn(sandbox.run(admin_receiver)));
        let drain_delay = match stop.await.into() {
            Stop::Drain => drain_delay,
            Stop::DrainNow => Duration::ZERO,
        };
        info!(drain_delay_ms = drain_delay.as_millis() as u64, "draining");
        phase.send_replace(Phase::Draining);
        tokio::time::sleep(drain_delay).await;
        phase.send_replace(Phase::Closing);
        let drained = public.await.unwrap_or(Drained::CutOff(0));
        // Keep health and metrics available until the end; a running request may still need the sandbox.
        admin_phase.send_replace(Phase::Closing);
        admin.abort();
        sandbox.iter().for_each(JoinHandle::abort);
        drained
    }
}
