//! What stands between, in a process of its own: the hub, or a forwarder that does the least there is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use callboard::hub::Limits;
use callboard::hub::serve::{self, Hub};
use callboard::hub::settings::{Listen, Settings};
use callboard::records::Records;
use color_eyre::eyre::{OptionExt, Result, bail};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio_util::sync::CancellationToken;

/// The first argument of such a process.
pub const WORD: &str = "between";

/// A process that is ended with its handle.
pub struct Child {
    process: std::process::Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Child {
    /// Starts this very program as `kind` before a service.
    pub fn start(kind: &str, service: SocketAddr, threads: usize) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args([WORD, kind, &service.to_string(), &threads.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().ok_or_eyre("no output")?).read_line(&mut line)?;
        Ok(Self { address: line.trim().parse()?, process })
    }

    /// Its processor time so far, in seconds.
    pub fn cpu(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let after_name = stat.rsplit_once(") ").ok_or_eyre("not as expected")?.1;
        let ticks: u64 =
            after_name.split(' ').skip(11).take(2).filter_map(|part| part.parse::<u64>().ok()).sum();
        // A hundredth of a second each on Linux, everywhere.
        Ok(ticks as f64 / 100.0)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may be gone by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The process itself. It ends with its input.
pub fn run(mut words: impl Iterator<Item = String>) -> Result<()> {
    let mut word = || words.next().ok_or_eyre("a word is missing");
    let (kind, service, threads) = (word()?, word()?.parse()?, word()?.parse()?);
    let runtime = match threads {
        1 => Builder::new_current_thread().enable_all().build()?,
        threads => Builder::new_multi_thread().worker_threads(threads).enable_all().build()?,
    };
    let folder = tempfile::tempdir()?;
    runtime.block_on(async {
        let _hub;
        let address = match kind.as_str() {
            "forwarder" => forwarder(service).await?,
            "hub" => {
                let (address, hub) = hub(service, folder.path()).await?;
                _hub = hub;
                address
            }
            _ => bail!("{kind:?} is none of forwarder, hub"),
        };
        writeln!(std::io::stdout(), "{address}")?;
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        ended.await??;
        Ok(())
    })
}

async fn forwarder(service: SocketAddr) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut application, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut service = TcpStream::connect(service).await?;
                application.set_nodelay(true)?;
                service.set_nodelay(true)?;
                copy_bidirectional(&mut application, &mut service).await
            });
        }
    });
    Ok(address)
}

/// The whole hub: whatever passes is understood, too.
async fn hub(service: SocketAddr, folder: &Path) -> Result<(SocketAddr, Hub)> {
    let listen = Listen { name: None, address: "127.0.0.1:0".parse()? };
    let settings = Settings {
        limits: Limits { burst: 1_000, ..Limits::default() },
        ..Settings::local(format!("ws://{service}"), vec![listen], folder.join("hub.sock"))
    };
    let records = Records::none("bench", "hub".into());
    let hub = serve::start(&settings, records, folder, CancellationToken::new()).await?;
    Ok((hub.ready.listening.parse()?, hub))
}
