//! The command line: every command and option, and the refusal of secrets among the arguments.

pub mod act;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::audit::Head;
use crate::exit::Exit;
use crate::filter::{Filter, Subject};
use crate::hub::settings::{Listen, address};
use crate::protocol::Dialect;
use crate::ui::past::Speed;
use crate::wall::{self, Window};

/// Watch live SignalWire Relay calls in a terminal and act on them.
///
/// Without a command, opens the console. Credentials come from the environment (SIGNALWIRE_PROJECT_ID and
/// SIGNALWIRE_API_TOKEN, or SIGNALWIRE_JWT_TOKEN) or from the configuration file, never from arguments. Without
/// credentials, `callboard demo` shows everything on a simulated service.
#[derive(Debug, Parser)]
#[command(name = "callboard", version, after_help = Exit::TABLE, max_term_width = 100)]
pub struct Cli {
    /// Where the service is and what is taken from it.
    #[command(flatten)]
    pub service: ServiceArgs,
    /// How the console looks.
    #[command(flatten)]
    pub look: LookArgs,
    /// What to do; the console when there is none.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the console on a simulated service; needs no account and no network
    Demo(DemoArgs),
    /// Serve a simulated Relay service on this machine
    Sim(crate::sim::command::SimArgs),
    /// Stand between applications and the service, so that consoles can watch and steer their calls
    Hub(HubArgs),
    /// Open the console on a hub
    Attach(AttachArgs),
    /// Print one line per event of the service, without a screen
    Events(EventsArgs),
    /// Dial, speak or play, print the outcome and exit
    Call(CallArgs),
    /// Print the calls that a hub knows
    Calls(CallsArgs),
    /// Do something to a call of a hub
    Act(act::ActArgs),
    /// Show a journal in the console's screens: what happened, as it happened, with pause, step and seek
    Replay(ReplayArgs),
    /// Search the journal: one line per call, or everything that happened on one
    History(HistoryArgs),
    /// Show or print the wallboard: how the floor is doing, in numbers
    Wall(WallArgs),
    /// Print every key of the console and what it does, your own among them
    Keys {
        /// Print one JSON array instead of text
        #[arg(long)]
        json: bool,
    },
    /// Print a commented configuration file with every key, or check one
    Config {
        /// Check this file instead, or without FILE the usual one: says "ok", or everything that is wrong
        #[arg(long, value_name = "FILE", num_args = 0..=1)]
        check: Option<Option<PathBuf>>,
    },
    /// Print the version, where all files are, and what is known of the terminal
    Info,
    /// Check configuration, credentials, network and terminal, and say what to do about each fault
    Doctor(DoctorArgs),
    /// Print the completions of this program for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
    /// Print the colour themes there are, your own among them, and what is wrong with any of them
    Themes,
    /// Prove that the audit log is whole, print its head, or print its records
    Audit(AuditArgs),
    /// Print the methods that calls can be asked for, or one of them in detail
    Methods {
        /// Name of one method, such as play_tts
        name: Option<String>,
    },
}

/// Where the service is and what is taken from it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Connection")]
pub struct ServiceArgs {
    /// Address of the service: HOST, HOST:PORT, or for tests on this machine ws://127.0.0.1:PORT
    /// [default: relay.signalwire.com; environment: SIGNALWIRE_SPACE]
    #[arg(long, global = true, value_name = "HOST")]
    pub host: Option<String>,
    /// PEM certificates to trust in addition to the public ones [environment: SIGNALWIRE_RELAY_CA_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Take inbound calls of this context; may be given more than once. Each call goes to ONE listener: naming a
    /// context that a live application serves takes calls away from it
    #[arg(long = "context", global = true, value_name = "NAME")]
    pub contexts: Vec<String>,
    /// How the service speaks: `blade` is the dialect of the SDKs of version 2 [default: current]
    #[arg(long, global = true, value_name = "DIALECT", value_parser = dialects())]
    pub dialect: Option<Dialect>,
    /// Use this profile of the configuration file: its account, look and limits
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Configuration file [default: callboard/config.toml in $XDG_CONFIG_HOME or ~/.config]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep everything that happens in this folder; `off` keeps nothing
    /// [default: for the console journal/NAME in callboard's state folder, by profile or host; else off]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub journal: Option<PathBuf>,
    /// Keep who did what to which call in this folder; `off` keeps nothing
    /// [default: for the console audit/NAME in callboard's state folder, by profile or host; else off]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub audit: Option<PathBuf>,
    /// Write a log to this file: types, ids and codes, never contents or secrets
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// How much the log says [default: info]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<LogLevel>,
}

fn dialects() -> impl TypedValueParser<Value = Dialect> {
    PossibleValuesParser::new(Dialect::ALL.map(Dialect::word)).try_map(|word| word.parse::<Dialect>())
}

/// How much the log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogLevel {
    /// Failures.
    Error,
    /// Things that may be failures.
    Warn,
    /// Changes of the link.
    #[default]
    Info,
    /// Every command.
    Debug,
    /// Every event.
    Trace,
}

impl LogLevel {
    /// The level of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        <Self as ValueEnum>::from_str(name, false).ok()
    }
}

/// How the console looks.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Console")]
pub struct LookArgs {
    /// Colour theme; `callboard themes` lists them, `auto` is dark or light as the terminal says in COLORFGBG
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Draw without colours [environment: NO_COLOR]
    #[arg(long)]
    pub no_color: bool,
}

/// Open the console on a simulated service; needs no account and no network.
///
/// With --hub, two simulated applications run on it, a menu that answers and a dialler, each through a hub, and the
/// console is attached to that. Everything runs within this program and is gone at its end.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// With two applications, and the console attached to a hub between them and the service
    #[arg(long)]
    pub hub: bool,
    /// How the console looks.
    #[command(flatten)]
    pub look: LookArgs,
}

impl LookArgs {
    /// These, filled up with `other`'s.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            theme: self.theme.or(other.theme),
            ascii: self.ascii || other.ascii,
            no_color: self.no_color || other.no_color,
        }
    }

    /// The first of the options that was given.
    fn given(&self) -> Option<&'static str> {
        [("--theme", self.theme.is_some()), ("--ascii", self.ascii), ("--no-color", self.no_color)]
            .into_iter()
            .find_map(|(name, given)| given.then_some(name))
    }
}

/// Stand between applications and the service, so that consoles can watch and steer their calls.
///
/// The applications run as they are, pointed at the hub: `callboard hub env` prints the setting for each SDK. Whatever
/// passes between them and the service passes unchanged. Prints one JSON line when it listens:
/// `{"listening":…,"url":…,"attach":…}`. Everything here can stand in the section "hub" of the configuration, too.
#[derive(Debug, Clone, Args)]
#[command(after_help = Exit::TABLE, args_conflicts_with_subcommands = true)]
pub struct HubArgs {
    /// How it runs.
    #[command(flatten)]
    pub options: HubOptions,
    /// What to print instead; none runs the hub.
    #[command(subcommand)]
    pub command: Option<HubCommand>,
}

/// How the hub runs.
#[derive(Debug, Clone, Default, Args)]
pub struct HubOptions {
    /// Address of the service: HOST, HOST:PORT or wss://HOST:PORT; ws:// on this machine only
    /// [default: as configured, else that of the account]
    #[arg(long, value_name = "HOST|URL")]
    pub upstream: Option<String>,
    /// Where applications connect: IP:PORT, or NAME=IP:PORT to call whoever connects there NAME; may be given more than
    /// once [default: as configured, else 127.0.0.1:7080]
    #[arg(long, value_name = "ADDR", num_args = 1..)]
    pub listen: Vec<Listen>,
    /// Serve wss instead of ws; without a certificate in the configuration, with one that the hub makes
    #[arg(long)]
    pub tls: bool,
    /// Write the certificate that applications then have to trust to this file (PEM); implies --tls
    #[arg(long, value_name = "FILE")]
    pub ca_out: Option<PathBuf>,
    /// The unix socket for consoles on this machine [default: callboard/hub.sock in $XDG_RUNTIME_DIR]
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Where consoles of other machines attach, by TLS with a certificate on both sides; needs `client_ca` in the configuration
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub attach: Option<SocketAddr>,
}

/// What is printed about a hub.
#[derive(Debug, Clone, Subcommand)]
pub enum HubCommand {
    /// Print, for each official SDK, the setting that points it at the hub, and what does not work
    Env(HubEnvArgs),
    /// Print a unit file for systemd that runs the hub
    Unit,
    /// Print what a hub and a console say to each other: every message, with an example
    Protocol,
}

/// Which hub applications are to be pointed at; what is not given is as configured.
#[derive(Debug, Clone, Args)]
pub struct HubEnvArgs {
    /// Where the hub listens: IP:PORT or NAME=IP:PORT
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<Listen>,
    /// It serves wss
    #[arg(long)]
    pub tls: bool,
    /// The file that its --ca-out wrote; implies --tls
    #[arg(long, value_name = "FILE")]
    pub ca_out: Option<PathBuf>,
    /// Print one JSON array instead of text
    #[arg(long)]
    pub json: bool,
}

/// Open the console on a hub.
///
/// Shows every call that passes through the hub, as far as the hub lets this person see. Closing the console touches no
/// call. What the person may do is the hub's decision.
#[derive(Debug, Clone, Args)]
pub struct AttachArgs {
    /// The hub's unix socket, or tls://HOST:PORT [default: the socket of the hub on this machine]
    #[arg(value_name = "SOCKET|URL")]
    pub hub: Option<HubPlace>,
    /// Only look on: nothing that acts is even built
    #[arg(long)]
    pub watch: bool,
    /// The certificate that says who one is (PEM), for tls://; whom to trust is --ca-file
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// How the console looks.
    #[command(flatten)]
    pub look: LookArgs,
}

/// Where a hub is, for a console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HubPlace {
    /// On this machine, at this unix socket.
    Socket(PathBuf),
    /// At this name or address and port, by TLS.
    Tls(String),
}

impl FromStr for HubPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::Socket(text.into()));
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let named = rest.rsplit_once(':').is_some_and(|(name, port)| {
            let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
            !name.is_empty() && name.chars().all(plain) && port.parse::<u16>().is_ok()
        });
        match scheme {
            "tls" if named => Ok(Self::Tls(rest.to_owned())),
            _ => Err("give the path of a socket, or tls://HOST:PORT".to_owned()),
        }
    }
}

/// The hub that a command without a screen works on.
#[derive(Debug, Clone, Default, Args)]
pub struct HubArg {
    /// Attach to this hub instead of logging in to the service, which needs no credentials: its unix socket, or
    /// tls://HOST:PORT
    #[arg(long = "attach", value_name = "SOCKET|URL", help_heading = "Hub")]
    pub place: Option<HubPlace>,
    /// The certificate that says who one is (PEM), for tls://; whom to trust is --ca-file
    #[arg(long, value_name = "FILE", requires = "key", help_heading = "Hub")]
    pub certificate: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "certificate", help_heading = "Hub")]
    pub key: Option<PathBuf>,
}

/// Print the calls that a hub knows, one line each: first those that live.
///
/// What each is and whose, what runs on it, who claimed it, who looks at it, and whether it is in doubt. With --json each
/// line is an object with `kind` "call" and the names that exports have. Without --attach, it is the hub of this machine.
#[derive(Debug, Clone, Args)]
#[command(after_help = Exit::TABLE)]
pub struct CallsArgs {
    /// Only calls that fit this filter, such as: ctx:support age>60s. Behind -- it may begin with a dash
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
    /// Those that ended, too
    #[arg(long)]
    pub all: bool,
    /// One JSON object per line instead of text
    #[arg(long)]
    pub json: bool,
    /// On which hub.
    #[command(flatten)]
    pub hub: HubArg,
}

impl CallsArgs {
    /// Which calls are asked for; none for all.
    ///
    /// # Errors
    /// In words, when it is no filter for calls.
    pub fn wanted(&self) -> Result<Option<Filter>, String> {
        if self.filter.is_empty() { Ok(None) } else { past_filter(&self.filter.join(" ")).map(Some) }
    }
}

/// Print one line per event of the service, without a screen.
///
/// With --json each line is an object: `{"at", "kind": "event", "event_type", "call_id", "params", …}` for events,
/// `kind` "link" for changes of the connection, "fault" for frames of no use, and at the end one "summary". Ends at
/// --count, at --for, and at Ctrl-C. Reconnects by itself.
///
/// With --attach it is the hub that is listened to: events of every call, each with its `owner`, and lines of the `kind`
/// "command" and "outcome" with who gave it, "note", "application" and "presence".
#[derive(Debug, Clone, Args)]
#[command(after_help = Exit::TABLE)]
pub struct EventsArgs {
    /// One JSON object per line instead of text
    #[arg(long)]
    pub json: bool,
    /// End after so many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// End after so many seconds
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    pub span: Option<Duration>,
    /// Print only events of calls that fit this filter when they come, such as 'ctx:support age>60s'; --count and the
    /// summary count what is printed
    #[arg(long, value_name = "FILTER", value_parser = filter, allow_hyphen_values = true)]
    pub filter: Option<Filter>,
    /// On which hub.
    #[command(flatten)]
    pub hub: HubArg,
}

/// Dial, speak or play, print the outcome and exit.
///
/// The call is hung up at the end, also after Ctrl-C. Without --tts and --play it is hung up as soon as it is
/// answered.
#[derive(Debug, Clone, Args)]
#[command(after_help = Exit::TABLE)]
pub struct CallArgs {
    /// Whom to call: an E.164 number such as +12025550123, or a sip: URI
    #[arg(long, value_name = "NUMBER")]
    pub to: String,
    /// The calling number, one of your own, or a sip: URI
    #[arg(long, value_name = "NUMBER")]
    pub from: String,
    /// Speak this text
    #[arg(long, value_name = "TEXT", group = "say")]
    pub tts: Option<String>,
    /// Play the sound at this http or https address
    #[arg(long, value_name = "URL", group = "say")]
    pub play: Option<String>,
    /// Record both sides meanwhile
    #[arg(long, requires = "say")]
    pub record: bool,
    /// How long it may ring, in seconds, 1 to 600 [default: that of the service, 30]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub timeout: Option<u32>,
    /// Print the outcome as one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Prove that the audit log is whole, print its head, or print its records.
///
/// The log has one JSON object a line, each with the hash of the one before it, in a file for each day. FOLDER is that
/// of the configuration, or of --profile, unless another is given.
#[derive(Debug, Clone, Args)]
pub struct AuditArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What to do with the audit log.
#[derive(Debug, Clone, Subcommand)]
pub enum AuditCommand {
    /// Say "OK" with what there is, or exactly what is wrong and where; then the exit code is 1
    ///
    /// A record that was changed, taken out, moved or put in is found by the chain alone. That the end was cut off, or
    /// that an older copy was put in the place of the log, is found by a head that was kept elsewhere: print it with
    /// `callboard audit head` now and then, or copy the file `heads`.
    Verify {
        /// Folder of the log
        folder: Option<PathBuf>,
        /// A head that was kept elsewhere, as SEQ:HASH; may be given more than once
        #[arg(long = "head", value_name = "SEQ:HASH")]
        heads: Vec<Head>,
        /// A file of such heads, one a line
        #[arg(long = "heads", value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Print the head, SEQ:HASH of the newest record, to be kept elsewhere
    Head {
        /// Folder of the log
        folder: Option<PathBuf>,
    },
    /// Print the records, one a line
    List {
        /// Folder of the log
        folder: Option<PathBuf>,
        /// Only those of this call
        #[arg(long, value_name = "ID")]
        call: Option<String>,
        /// Only those since then: 2026-11-29, 2026-11-29T08:00, all UTC, or so long ago as 90m, 8h or 2d
        #[arg(long, value_name = "TIME")]
        since: Option<Since>,
        /// Only those of this person
        #[arg(long, value_name = "NAME")]
        person: Option<String>,
        /// As they are in the log, one JSON object per line
        #[arg(long)]
        json: bool,
    },
}

/// The beginning of a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// A moment, as records have it: any beginning of an RFC 3339 time.
    Moment(String),
    /// So long ago.
    Ago(Duration),
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = |text: &str| {
            let digits: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
            digits.len() >= 10 && "0000-00-00T00:00:00.000000Z".starts_with(&digits)
        };
        let wrong = || "give a date such as 2026-11-29, a time such as 2026-11-29T08:00, or 90m, 8h or 2d";
        if shape(text) {
            return Ok(Self::Moment(text.to_owned()));
        }
        let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
        let number: u64 = number.parse().map_err(|_| wrong().to_owned())?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(wrong().to_owned()),
        };
        Ok(Self::Ago(Duration::from_secs(number.saturating_mul(seconds))))
    }
}

/// Check configuration, credentials, network and terminal, and say what to do about each fault.
///
/// Nothing is sent to the service but the opening of a connection; with --login also the credentials. Contexts are
/// not taken. Ends within about ten seconds, with 0 when all is well and 1 when something is wrong.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// Also log in with the credentials
    #[arg(long)]
    pub login: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
    /// The hub to look at.
    #[command(flatten)]
    pub hub: HubArg,
}

/// Show the wallboard, or print its numbers once.
///
/// Without --once, opens the console on the wallboard. With --once: logs in, watches for a while, prints every metric
/// of the floor and by context, and exits. Only what is heard meanwhile can be counted. Ctrl-C ends the watching
/// early and prints what is known by then.
#[derive(Debug, Clone, Args)]
#[command(after_help = Exit::TABLE, after_long_help = wall_help())]
pub struct WallArgs {
    /// Print the numbers once instead of opening the console
    #[arg(long)]
    pub once: bool,
    /// Print one JSON object instead of text; its keys are described by --help
    #[arg(long, requires = "once")]
    pub json: bool,
    /// How far the numbers look back: 5m, 15m, 1h, or shift (since the start, at most 12 h) [default: as configured,
    /// 15m]
    #[arg(long, value_name = "SPAN", value_parser = window)]
    pub window: Option<Window>,
    /// How long to watch, in seconds from the login [default: 5]
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds, requires = "once")]
    pub span: Option<Duration>,
    /// On which hub.
    #[command(flatten)]
    pub hub: HubArg,
}

/// Show a journal in the console's screens: what happened, as it happened, with pause, step and seek.
///
/// Nothing is sent and nothing is changed; a journal that another callboard writes can be watched. `callboard info`
/// shows where the journal is.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// The folder of a journal, or one of the files in it
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How many times faster than it happened, 0.25 to 100; `<` and `>` change it
    #[arg(long, value_name = "N", default_value = "1", value_parser = speed)]
    pub speed: Speed,
    /// How the console looks.
    #[command(flatten)]
    pub look: LookArgs,
}

/// Search the journal: one line per call, or everything that happened on one.
///
/// A line tells when the call began, who called whom, how long it rang and was answered, how it ended, and what was done
/// on it; calls come in the order of their end, those that are live last. A call fits a FILTER as it was at its end.
/// With --json each line is an object with `kind` "call". --journal FOLDER names another journal than that of the
/// profile or host. Records that cannot be read are counted on standard error. Nothing is sent.
#[derive(Debug, Clone, Args)]
#[command(after_help = Exit::TABLE)]
pub struct HistoryArgs {
    /// Only calls that fit this filter, such as 'ctx:support reason:busy' or 'ended talk<10s'
    #[arg(value_name = "FILTER", value_parser = past_filter, allow_hyphen_values = true)]
    pub filter: Option<Filter>,
    /// Print everything that happened on the call of this id: events, commands and outcomes, gaps, notes
    #[arg(long, value_name = "ID", conflicts_with_all = ["filter", "number", "since", "until", "outcome", "limit"])]
    pub call: Option<String>,
    /// Only calls from or to this number, or a part of it
    #[arg(long, value_name = "N")]
    pub number: Option<String>,
    /// Only calls that were not over by then: 14:03, 2026-01-31, '2026-01-31 14:03:10', or 2h for two hours ago
    #[arg(long, value_name = "T")]
    pub since: Option<String>,
    /// Only calls that had begun by then
    #[arg(long, value_name = "T")]
    pub until: Option<String>,
    /// Only calls with this outcome: answered, unanswered, live, passed, or the reason of the end, such as busy
    #[arg(long, value_name = "O", value_parser = outcome)]
    pub outcome: Option<Outcome>,
    /// One JSON object per line instead of text
    #[arg(long)]
    pub json: bool,
    /// Only so many calls, the latest
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub limit: Option<u32>,
}

/// How a call turned out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody answered it.
    Answered,
    /// It ended without.
    Unanswered,
    /// It has not ended.
    Live,
    /// It was left to another client.
    Passed,
    /// It ended for a reason.
    Reason(Filter),
}

fn outcome(text: &str) -> Result<Outcome, String> {
    match text {
        "answered" => Ok(Outcome::Answered),
        "unanswered" => Ok(Outcome::Unanswered),
        "live" => Ok(Outcome::Live),
        "passed" => Ok(Outcome::Passed),
        reason => {
            let filter = Filter::parse_about(&format!("reason:{reason}"), Subject::Call);
            let fault =
                |error: crate::filter::FilterError| format!("{error}; or answered, unanswered, live, passed");
            filter.map(Outcome::Reason).map_err(fault)
        }
    }
}

fn past_filter(text: &str) -> Result<Filter, String> {
    let filter = Filter::parse_about(text, Subject::Call).map_err(|error| error.to_string())?;
    match ["mark", "alert"].into_iter().find(|field| filter.names(field)) {
        Some(field) => Err(format!("`{field}` is known on the board only")),
        None => Ok(filter),
    }
}

fn speed(text: &str) -> Result<Speed, String> {
    let times = text.strip_prefix('x').unwrap_or(text).parse().ok();
    times.and_then(Speed::new).ok_or_else(|| "give a number from 0.25 to 100".to_owned())
}

fn window(text: &str) -> Result<Window, String> {
    Window::named(text).ok_or_else(|| {
        let words: Vec<_> = Window::ALL.iter().map(|window| window.word()).collect();
        format!("give one of {}", words.join(", "))
    })
}

/// The keys of the JSON object and every metric in it, from the table that the screen uses.
fn wall_help() -> String {
    let mut text = format!("{}\n\n{}\nMetrics:\n", Exit::TABLE, wall::JSON_KEYS);
    for metric in wall::METRICS {
        let unit = metric.unit.word();
        text.push_str(&format!("  {:<17} {unit}: {}\n", metric.id, metric.definition));
    }
    text
}

fn filter(text: &str) -> Result<Filter, String> {
    let filter = Filter::parse(text).map_err(|error| error.to_string())?;
    if let Some(field) = ["mark", "alert", "note"].into_iter().find(|field| filter.names(field)) {
        return Err(format!("`{field}` is known on the board only"));
    }
    match filter.subject() {
        Some(Subject::Link | Subject::Floor) => Err("a filter for calls is needed".to_owned()),
        Some(Subject::Call) | None => Ok(filter),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "give a number of seconds above 0, such as 60 or 0.5".to_owned();
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(seconds).ok().filter(|span| !span.is_zero()).ok_or_else(wrong)
}

/// Options that would carry a secret, and where it goes instead.
const REFUSED: [(&str, &str, &str); 6] = [
    ("--token", "SIGNALWIRE_API_TOKEN", "token"),
    ("--api-token", "SIGNALWIRE_API_TOKEN", "token"),
    ("--password", "SIGNALWIRE_API_TOKEN", "token"),
    ("--jwt-token", "SIGNALWIRE_JWT_TOKEN", "jwt_token"),
    ("--jwt", "SIGNALWIRE_JWT_TOKEN", "jwt_token"),
    ("--project", "SIGNALWIRE_PROJECT_ID", "project"),
];

/// Why an argument is refused, when one of them carries a secret. The value itself is not in the text.
#[must_use]
pub fn refused_secret(args: &[OsString]) -> Option<String> {
    let args = args.iter().skip(1).take_while(|arg| *arg != "--").filter_map(|arg| arg.to_str());
    let names = args.filter_map(|arg| arg.split('=').next());
    names.into_iter().find_map(|name| {
        let (option, variable, key) = REFUSED.iter().find(|(option, ..)| *option == name)?;
        Some(format!(
            "{option} is not accepted: everybody on this machine can read the arguments of a process.\n\
             Set the environment variable {variable}, or `{key}` in the configuration file \
             (run `callboard` on a terminal to set it up).\n\
             If this was a real secret, it may be in your shell's history: consider replacing it."
        ))
    })
}

/// What the arguments come to.
#[derive(Debug)]
pub enum Parsed {
    /// Run this.
    Run(Box<Cli>),
    /// Print this and exit: help, version, or what is wrong.
    Say {
        /// The text.
        text: String,
        /// How to exit; [`Exit::Done`] belongs on standard output.
        exit: Exit,
    },
}

/// Reads the arguments, the program's name first.
#[must_use]
pub fn parse(args: &[OsString]) -> Parsed {
    if let Some(why) = refused_secret(args) {
        return Parsed::Say { text: format!("callboard: {why}\n"), exit: Exit::Usage };
    }
    let say = |error: &clap::Error| Parsed::Say {
        text: error.render().to_string(),
        exit: if error.use_stderr() { Exit::Usage } else { Exit::Done },
    };
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return say(&error),
    };
    let console = match &cli.command {
        None | Some(Command::Demo(_) | Command::Replay(_) | Command::Attach(_)) => true,
        Some(Command::Wall(args)) => !args.once,
        Some(_) => false,
    };
    let screenless = !console;
    if let Some(option) = cli.look.given().filter(|_| screenless) {
        let text = format!("callboard: {option} is for the console and the demo only\n");
        return Parsed::Say { text, exit: Exit::Usage };
    }
    Parsed::Run(Box::new(cli))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn args(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    fn run(line: &str) -> Cli {
        match parse(&args(line)) {
            Parsed::Run(cli) => *cli,
            Parsed::Say { text, .. } => panic!("{line}: {text}"),
        }
    }

    fn refusal(line: &str) -> String {
        match parse(&args(line)) {
            Parsed::Say { text, exit: Exit::Usage } => text,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn secrets_are_refused_wherever_they_stand_and_are_not_repeated() {
        for (line, variable) in [
            ("callboard --token PT-canary", "SIGNALWIRE_API_TOKEN"),
            ("callboard --token=PT-canary", "SIGNALWIRE_API_TOKEN"),
            ("callboard events --json --api-token PT-canary", "SIGNALWIRE_API_TOKEN"),
            ("callboard --password=PT-canary demo", "SIGNALWIRE_API_TOKEN"),
            ("callboard call --jwt-token PT-canary", "SIGNALWIRE_JWT_TOKEN"),
            ("callboard --project PT-canary", "SIGNALWIRE_PROJECT_ID"),
        ] {
            let text = refusal(line);
            assert!(text.contains(variable) && text.contains("configuration file"), "{line}: {text}");
            assert!(!text.contains("canary"), "{line}: {text}");
        }
    }

    #[test]
    fn a_text_that_looks_like_a_secret_option_is_a_text() {
        let cli = run("callboard call --to +12025550123 --from +12025550100 --tts=--token");
        let Some(Command::Call(call)) = cli.command else { panic!() };
        assert_eq!(call.tts.as_deref(), Some("--token"));
    }

    #[test]
    fn connection_options_stand_before_or_behind_the_command() {
        for line in [
            "callboard --host h:1 --context a --context b events --json --for 0.5",
            "callboard events --json --for 0.5 --host h:1 --context a --context b",
        ] {
            let cli = run(line);
            assert_eq!(cli.service.host.as_deref(), Some("h:1"));
            assert_eq!(cli.service.contexts, ["a", "b"]);
            let Some(Command::Events(events)) = cli.command else { panic!() };
            assert_eq!(events.span, Some(Duration::from_millis(500)));
        }
    }

    #[test]
    fn console_options_are_for_screens() {
        let cli = run("callboard --ascii demo --theme mono");
        let Some(Command::Demo(demo)) = cli.command else { panic!() };
        let look = demo.look.or(cli.look);
        assert!(look.ascii && look.theme.as_deref() == Some("mono"));
        assert!(refusal("callboard --ascii events --json").contains("--ascii"));
        assert!(refusal("callboard events --theme x").contains("--theme"));
    }

    #[test]
    fn a_hub_has_listeners_with_and_without_names() {
        let hub = |line: &str| match run(line).command {
            Some(Command::Hub(hub)) => hub,
            other => panic!("{line}: {other:?}"),
        };
        let line = "callboard hub --upstream h --listen ivr=127.0.0.1:7080 127.0.0.1:0 --listen localhost:9 --ca-out f";
        let options = hub(line).options;
        let listen: Vec<_> = options.listen.iter().map(ToString::to_string).collect();
        assert_eq!(listen, ["ivr=127.0.0.1:7080", "127.0.0.1:0", "127.0.0.1:9"]);
        assert_eq!((options.upstream.as_deref(), options.tls), (Some("h"), false));
        let Some(HubCommand::Env(env)) = hub("callboard hub env --listen 127.0.0.1:7080 --json").command
        else {
            panic!()
        };
        assert!(env.json && env.listen.is_some());
        assert!(matches!(hub("callboard hub unit --config f").command, Some(HubCommand::Unit)));
        assert!(refusal("callboard hub --listen nowhere").contains("127.0.0.1:7080"));
        refusal("callboard hub --tls env");
    }

    #[test]
    fn a_console_attaches_to_a_socket_or_by_tls() {
        let attach = |line: &str| match run(line).command {
            Some(Command::Attach(attach)) => attach,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(attach("callboard attach").hub, None);
        let attached = attach("callboard attach --watch /run/callboard/hub.sock --ascii");
        assert_eq!(attached.hub, Some(HubPlace::Socket("/run/callboard/hub.sock".into())));
        assert!(attached.watch && attached.look.ascii);
        for place in ["tls://hub.example:7443", "tls://[::1]:7443/"] {
            assert!(
                matches!(attach(&format!("callboard attach {place}")).hub, Some(HubPlace::Tls(_))),
                "{place}"
            );
        }
        for wrong in
            ["https://h:1", "tls://h", "tls://:1", "tls://u@h:1", "tls://h:x", "tls://h:1/x", "h --key k"]
        {
            refusal(&format!("callboard attach {wrong}"));
        }
    }

    #[test]
    fn mistakes_are_usage_and_help_is_not() {
        for line in [
            "callboard nothing",
            "callboard events --count 0",
            "callboard events --for 0",
            "callboard events --for never",
            "callboard call --to +12025550123",
            "callboard call --to a --from b --tts x --play y",
            "callboard call --to a --from b --record",
            "callboard call --to a --from b --timeout 601",
        ] {
            refusal(line);
        }
        let Parsed::Say { text, exit: Exit::Done } = parse(&args("callboard call --help")) else { panic!() };
        assert!(text.contains("Exit codes:") && text.contains("--tts"));
    }
}
