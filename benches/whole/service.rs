//! The simulated service on two threads of its own, and what it has counted.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use callboard::sim::Script;
use callboard::sim::ledger::Counts;
use callboard::sim::script::Flood;
use callboard::sim::server::{Options, Running, serve};
use color_eyre::eyre::{Result, bail};
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

/// How long anything may take that is bound to happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A service that sends a load to whoever logs in.
pub struct Service {
    running: Running,
    stop: CancellationToken,
    /// Dropped last: it carries the others.
    runtime: Runtime,
}

impl Service {
    /// With this load; over TLS if a client has to have it.
    pub fn start(load: Flood, tls: bool) -> Result<Self> {
        let mut script = Script::parse(include_str!("../../src/sim/scenarios/flood.toml"))?;
        script.flood = Some(load);
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let stop = CancellationToken::new();
        let options = Options { tls, ..Options::new(script) };
        let running = runtime.block_on(serve(options, stop.clone()))?;
        Ok(Self { running, stop, runtime })
    }

    /// A load as fast as it is taken, of so many calls with so many events each, without end.
    pub fn flood(calls: usize, events: usize) -> Flood {
        Flood { calls, events, rate: 0.0, window: 0, total: 0 }
    }

    /// Its address as clients take it.
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// Its address alone.
    pub fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// Writes the certificate to trust to a file.
    pub fn ca(&self, path: &PathBuf) -> Result<()> {
        Ok(std::fs::write(path, self.running.ca_pem().unwrap_or_default())?)
    }

    /// What it has counted.
    pub fn counts(&self) -> Counts {
        self.running.look(|world| world.ledger().counts)
    }

    /// Waits until so many events are acknowledged.
    pub fn wait_for(&self, acked: u64) -> Result<()> {
        let begun = Instant::now();
        while self.counts().acked < acked {
            if begun.elapsed() > PATIENCE {
                bail!("{acked} events are not acknowledged after {PATIENCE:?}: {:?}", self.counts());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Events acknowledged per second, over so long, once the first `warm` are.
    pub fn rate(&self, warm: u64, span: Duration) -> Result<f64> {
        self.wait_for(warm)?;
        let (begun, before) = (Instant::now(), self.counts().acked);
        std::thread::sleep(span);
        let (took, after) = (begun.elapsed(), self.counts());
        if after.acked_again > 0 || after.stray_answers > 0 {
            bail!("an event was acknowledged twice, or something that is none: {after:?}");
        }
        Ok((after.acked - before) as f64 / took.as_secs_f64())
    }

    /// The runtime, to run something else on.
    pub const fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
