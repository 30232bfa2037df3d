//! The demonstration's relay: stopped and started again on the same port with the same data.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use floorwalk_replica::records::RelayAddress;
use floorwalk_server::{Config, Relay, RunningRelay, make_host_token};

use crate::failure::Failure;

/// A relay that can be switched off.
pub struct SwitchedRelay {
    data: PathBuf,
    address: RelayAddress,
    listen: SocketAddr,
    running: Option<RunningRelay>,
}

impl SwitchedRelay {
    /// Starts a relay with its own certificate on a free port of this machine.
    ///
    /// # Errors
    ///
    /// [`Failure::DemoRelay`].
    pub async fn start(data: &Path) -> Result<Self, Failure> {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let running = start(data, any_port).await?;
        let pin = running.pin().map(|pin| pin.iter().map(|byte| format!("{byte:02x}")).collect());
        let address = RelayAddress { url: running.url(), pin };
        let listen = running.local_addr();
        Ok(Self { data: data.to_owned(), address, listen, running: Some(running) })
    }

    /// How devices know it.
    pub fn address(&self) -> &RelayAddress {
        &self.address
    }

    /// The one-time permission to found a community here.
    ///
    /// # Errors
    ///
    /// [`Failure::DemoRelay`].
    pub fn host_token(&self) -> Result<String, Failure> {
        let made = make_host_token(&self.data).map_err(|e| Failure::DemoRelay(e.to_string()))?;
        Ok(made.token)
    }

    /// Switches it off, or leaves it off.
    pub async fn off(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// Switches it on again.
    ///
    /// # Errors
    ///
    /// [`Failure::DemoRelay`].
    pub async fn on(&mut self) -> Result<(), Failure> {
        self.running = Some(start(&self.data, self.listen).await?);
        Ok(())
    }
}

async fn start(data: &Path, listen: SocketAddr) -> Result<RunningRelay, Failure> {
    let started = Relay::start(Config::new(data, listen)).await;
    started.map_err(|error| Failure::DemoRelay(error.to_string()))
}
