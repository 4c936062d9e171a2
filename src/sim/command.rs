//! `callboard sim`: reads the scenario, serves it, says where, and writes the ledger at the end.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::script::{Flood, Script, ScriptError};
use super::server::{Options, ServeError, serve};

/// A simulated Relay service on this machine.
///
/// Each client is served in the dialect of its first request: the current one or Blade.
///
/// Prints one JSON line when it listens: `{"listening":"127.0.0.1:PORT","url":"ws://…","ca":null}`.
#[derive(Debug, Clone, clap::Args)]
pub struct SimArgs {
    /// Address and port to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Serve wss instead of ws, with a certificate made for this run
    #[arg(long)]
    pub tls: bool,
    /// Write the certificate clients have to trust to this file (PEM); implies --tls
    #[arg(long, value_name = "FILE")]
    pub ca_out: Option<PathBuf>,
    /// What happens: a TOML file, or one of the built-in names quiet, floor, flood, interop
    #[arg(long, value_name = "FILE", default_value = "quiet")]
    pub scenario: PathBuf,
    /// Decides every id and every choice; the same seed gives the same run
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// At the end, write what was sent, acknowledged, received and executed to this file (JSON lines)
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// Allow an address that other machines can reach
    #[arg(long)]
    pub allow_remote: bool,
    /// How large the load is.
    #[command(flatten)]
    pub load: LoadArgs,
}

/// Of how much the scenario's load consists; with any of these a scenario without a load gets one.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Load, as in the scenario flood")]
pub struct LoadArgs {
    /// Live calls at any time
    #[arg(long, value_name = "N")]
    pub calls: Option<usize>,
    /// Events per call, from its offer to its end, at least 3; then another takes its place
    #[arg(long, value_name = "N")]
    pub events: Option<usize>,
    /// Events per second; 0 for as fast as they are taken
    #[arg(long, value_name = "N")]
    pub rate: Option<f64>,
    /// The most unacknowledged events when no rate is given; 0 for as many as the socket takes
    #[arg(long, value_name = "N")]
    pub window: Option<usize>,
    /// Events in all; 0 for no end
    #[arg(long, value_name = "N")]
    pub total: Option<u64>,
}

impl LoadArgs {
    /// The load of a scenario with these changes.
    #[must_use]
    pub fn over(&self, load: Option<Flood>) -> Option<Flood> {
        let Self { calls, events, rate, window, total } = *self;
        let any = calls.or(events).or(window).is_some() || rate.is_some() || total.is_some();
        let load = load.or_else(|| any.then(Flood::default))?;
        Some(Flood {
            calls: calls.unwrap_or(load.calls),
            events: events.unwrap_or(load.events),
            rate: rate.unwrap_or(load.rate),
            window: window.unwrap_or(load.window),
            total: total.unwrap_or(load.total),
        })
    }
}

/// Why the sim could not run.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The scenario cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The scenario makes no sense.
    #[error("scenario {path}: {source}")]
    Script {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<ScriptError>,
    },
    /// It cannot be served.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A file cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Signals cannot be waited for, or nothing can be printed.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

/// The scenarios that are part of the program.
const BUILT_IN: [(&str, &str); 4] = [
    ("quiet", ""),
    ("floor", include_str!("scenarios/floor.toml")),
    ("flood", include_str!("scenarios/flood.toml")),
    ("interop", include_str!("scenarios/interop.toml")),
];

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// When the scenario is bad, the address is not to be had, or a file cannot be written.
pub async fn run(args: SimArgs) -> Result<(), SimError> {
    let mut script = load(&args.scenario)?;
    script.flood = args.load.over(script.flood);
    let cancelled = CancellationToken::new();
    let signals = Signals::new()?;
    let options = Options {
        tls: args.tls || args.ca_out.is_some(),
        seed: args.seed,
        allow_remote: args.allow_remote,
        listen: args.listen,
        ..Options::new(script)
    };
    let running = serve(options, cancelled.clone()).await?;
    if let (Some(path), Some(pem)) = (&args.ca_out, running.ca_pem()) {
        write(path, pem)?;
    }
    let ready =
        json!({ "listening": running.address().to_string(), "url": running.url(), "ca": args.ca_out });
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    drop(stdout);
    signals.wait().await;
    cancelled.cancel();
    let ledger = running.stopped().await;
    args.ledger.as_ref().map_or(Ok(()), |path| write(path, &ledger.to_json_lines()))
}

/// Reads a scenario: a built-in name, or else a file.
///
/// # Errors
/// When the file cannot be read, or is no scenario.
pub fn load(path: &Path) -> Result<Script, SimError> {
    let built_in = BUILT_IN.iter().find(|(name, _)| path.as_os_str() == *name);
    let text = match built_in {
        Some((_, text)) => (*text).to_owned(),
        None => std::fs::read_to_string(path)
            .map_err(|source| SimError::Read { path: path.to_owned(), source })?,
    };
    Script::parse(&text)
        .map_err(|source| SimError::Script { path: path.to_owned(), source: Box::new(source) })
}

fn write(path: &Path, text: &str) -> Result<(), SimError> {
    std::fs::write(path, text).map_err(|source| SimError::Write { path: path.to_owned(), source })
}

/// The signals that end it, caught from the moment this is made.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(not(unix))]
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn wait(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn wait(self) {
        drop(tokio::signal::ctrl_c().await);
    }
}
