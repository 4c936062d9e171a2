//! The program: reads the arguments, starts the runtime, runs the command, and exits with its code.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use callboard::attach::Place;
use callboard::attach::place::Papers;
use callboard::calling::Connection;
use callboard::cli::{self, Cli, Command, HubArgs, HubCommand, LookArgs, Parsed};
use callboard::config::paths::Paths;
use callboard::config::{self, Flags, Problem, Settings};
use callboard::exit::Exit;
use callboard::facts::Facts;
use callboard::hub::env::{self, Door};
use callboard::hub::serve;
use callboard::hub::settings::{Places, Settings as HubSettings};
use callboard::journal::Reader;
use callboard::protocol::Shown;
use callboard::records::Records;
use callboard::run::{self, Source};
use callboard::setup::{self, Choice};
use callboard::signals::{self, Signal};
use callboard::start::First;
use callboard::time::Clock;
use callboard::ui::command::Screen;
use callboard::{doctor, harden, headless, info, listing, manual, sim, term, trace};
use color_eyre::eyre::{Result, WrapErr};

/// Every event takes and gives back a dozen small pieces of memory; this one does so in half the time of the system's.
/// Not on huge pages: they would cost 30 MiB and gain nothing that can be measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    harden::harden();
    let args: Vec<OsString> = std::env::args_os().collect();
    let cli = match cli::parse(&args) {
        Parsed::Run(cli) => *cli,
        Parsed::Say { text, exit } => {
            say(&text, exit);
            return exit.into();
        }
    };
    match start(cli) {
        Ok(exit) => exit.into(),
        Err(report) => {
            // Whoever reads standard output may be gone, which is no failure.
            if report.downcast_ref::<io::Error>().is_some_and(term::is_gone) {
                return Exit::Done.into();
            }
            // The chain of causes on one line; where in the code it was is of no use to whoever reads it.
            say(&format!("callboard: {report:#}\n"), Exit::Failed);
            Exit::Failed.into()
        }
    }
}

/// Prints where it belongs. Where nobody reads it, there is nobody to tell.
fn say(text: &str, exit: Exit) {
    let _ = match exit {
        Exit::Done => io::stdout().write_all(text.as_bytes()),
        _ => io::stderr().write_all(text.as_bytes()),
    };
}

// The link and the screen: more threads would only take room.
#[tokio::main(worker_threads = 2)]
async fn start(cli: Cli) -> Result<Exit> {
    color_eyre::install()?;
    term::install_panic_hook();
    let Cli { service, look, command } = cli;
    let demo = matches!(command, Some(Command::Demo(_)));
    let look = match &command {
        Some(Command::Demo(own)) => own.look.clone().or(look),
        Some(Command::Replay(own)) => own.look.clone().or(look),
        Some(Command::Attach(own)) => own.look.clone().or(look),
        _ => look,
    };
    match command {
        Some(Command::Keys { json }) => keys(&Flags { service, look }, json),
        Some(Command::Themes) => {
            let mut out = io::stdout().lock();
            let color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            run::themes(&mut out, io::stdout().is_terminal(), color).map(|()| Exit::Done).map_err(Into::into)
        }
        Some(Command::Sim(args)) => sim::command::run(args).await.map(|()| Exit::Done).map_err(Into::into),
        Some(Command::Hub(args)) => hub(&Flags { service, look }, &args).await,
        Some(Command::Attach(args)) => attach(&Flags { service, look }, args).await,
        Some(Command::Audit(args)) => audit(&Flags { service, look }, &args.command),
        Some(Command::Methods { name }) => methods(name.as_deref()),
        Some(Command::Config { check: None }) => {
            io::stdout().write_all(config::sample().as_bytes())?;
            Ok(Exit::Done)
        }
        Some(Command::Config { check: Some(file) }) => Ok(check(file.or(service.config).as_deref())),
        Some(Command::Info) => {
            let settings = config::load(&Flags { service, look }, &[]).ok();
            info::info(
                settings.as_ref(),
                Paths::find().as_ref(),
                &Facts::gather(),
                &mut io::stdout().lock(),
            )?;
            Ok(Exit::Done)
        }
        Some(Command::Doctor(args)) => {
            let flags = Flags { service, look };
            let hub = args.hub.place.is_some() || Places::find().sockets().iter().any(|path| path.exists());
            let place = match settings(&flags) {
                Ok(settings) if hub => hub_place(&args.hub, &settings).ok(),
                _ => None,
            };
            doctor::run(&flags, &args, place, &mut io::stdout()).await.map_err(Into::into)
        }
        Some(Command::Completions { shell }) => {
            let mut text = Vec::new();
            manual::completions(shell, &mut text);
            io::stdout().write_all(&text)?;
            Ok(Exit::Done)
        }
        Some(Command::Man) => {
            manual::man(Paths::find().as_ref(), &mut io::stdout().lock())?;
            Ok(Exit::Done)
        }
        Some(Command::Demo(args)) if args.hub => demo_hub(&Flags { service, look }).await,
        None | Some(Command::Demo(_)) => console(&Flags { service, look }, demo, First::default()).await,
        Some(Command::Replay(args)) => replay(&Flags { service, look }, &args).await,
        Some(Command::History(args)) => history(&Flags { service, look }, &args),
        Some(Command::Wall(args)) if args.once => {
            let to = To::given(&args.hub);
            with_connection(service, to, async |client, records, settings| {
                let window = args.window.unwrap_or(settings.sections.window);
                headless::wall(client, records, &args, window, &settings.sections.limits).await
            })
            .await
        }
        Some(Command::Wall(args)) => {
            let first = First { screen: Screen::Wall, window: args.window };
            let flags = Flags { service, look };
            match args.hub.place {
                Some(_) => attached_console(&flags, args.hub, false, first).await,
                None => console(&flags, false, first).await,
            }
        }
        Some(Command::Events(args)) => {
            let to = To::given(&args.hub);
            with_connection(service, to, async |client, records, _| {
                headless::events(client, records, &args).await
            })
            .await
        }
        Some(Command::Call(args)) => {
            with_connection(service, To::Service, async |client, records, _| {
                headless::call(client, records, &args).await
            })
            .await
        }
        Some(Command::Calls(args)) => {
            with_connection(service, To::Hub(&args.hub), async |client, records, settings| {
                headless::calls(client, records, &args, settings.mask).await
            })
            .await
        }
        Some(Command::Act(args)) => {
            with_connection(service, To::Hub(&args.hub), async |client, records, _| {
                headless::act(client, records, &args).await
            })
            .await
        }
    }
}

fn keys(flags: &Flags, json: bool) -> Result<Exit> {
    let settings = match settings(flags) {
        Ok(settings) => settings,
        Err(exit) => return Ok(exit),
    };
    let (out, keymap) = (&mut io::BufWriter::new(io::stdout().lock()), &settings.sections.keymap);
    if json {
        listing::keys_json(out, keymap)?;
    } else {
        listing::keys(out, keymap)?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// Runs the hub, or prints what is asked about it.
async fn hub(flags: &Flags, args: &HubArgs) -> Result<Exit> {
    let asked = match &args.command {
        Some(HubCommand::Unit) => {
            let program = std::env::current_exe().unwrap_or_else(|_| "/usr/local/bin/callboard".into());
            io::stdout().write_all(callboard::hub::unit::unit(&program).as_bytes())?;
            return Ok(Exit::Done);
        }
        Some(HubCommand::Protocol) => {
            io::stdout().write_all(callboard::attach::reference::text().as_bytes())?;
            return Ok(Exit::Done);
        }
        Some(HubCommand::Env(asked)) => Some(asked),
        None => None,
    };
    let config = match settings(flags) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let settings = match HubSettings::resolve(&config, &flags.service, &args.options, &Places::find()) {
        Ok(settings) => settings,
        Err(problems) => return Ok(refuse(&problems)),
    };
    let Some(asked) = asked else { return run_hub(flags, config, &settings).await };
    let doors = match Door::of(&settings, asked) {
        Ok(doors) => doors,
        Err(why) => {
            say(&format!("callboard: {why}\n"), Exit::Usage);
            return Ok(Exit::Usage);
        }
    };
    let text = if asked.json { format!("{}\n", env::json(&doors)) } else { env::text(&doors) };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}

/// Runs the hub until it is told to end.
async fn run_hub(flags: &Flags, mut config: Settings, settings: &HubSettings) -> Result<Exit> {
    let Some(folder) = Paths::find().map(|paths| paths.state().join("hub")) else {
        say(
            "callboard: there is no folder for what the hub keeps; set HOME or XDG_STATE_HOME\n",
            Exit::Usage,
        );
        return Ok(Exit::Usage);
    };
    // A console of the same account keeps its own.
    let own = |kept: Option<std::path::PathBuf>, given: bool| {
        kept.map(|kept| if given { kept } else { kept.join("hub") })
    };
    config.journal = own(config.journal, flags.service.journal.is_some());
    config.audit = own(config.audit, flags.service.audit.is_some());
    let _log = log(&config)?;
    let records = Records::open(&config, Shown::new("hub"))?;
    for news in &records.news {
        say(&format!("callboard: {news}\n"), Exit::Usage);
    }
    let stopped = tokio_util::sync::CancellationToken::new();
    let mut signals = signals::listen_for_end(std::time::Duration::from_secs(3), true)?;
    let hub = serve::start(settings, records, &folder, stopped.clone()).await?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(&hub.ready)?)?;
    out.flush()?;
    drop(out);
    let code = loop {
        if let Signal::Quit(code) = signals.next().await {
            break code;
        }
    };
    stopped.cancel();
    hub.stopped().await;
    Ok(Exit::Signal(u8::try_from(code - 128).unwrap_or(0)))
}

/// Opens the console on a hub.
async fn attach(flags: &Flags, args: cli::AttachArgs) -> Result<Exit> {
    let hub = cli::HubArg { place: args.hub, certificate: args.certificate, key: args.key };
    attached_console(flags, hub, args.watch, First::default()).await
}

async fn attached_console(flags: &Flags, hub: cli::HubArg, watch: bool, first: First) -> Result<Exit> {
    let settings = match settings(flags) {
        Ok(settings) => settings,
        Err(exit) => return Ok(exit),
    };
    let place = match hub_place(&hub, &settings) {
        Ok(place) => place,
        Err(exit) => return Ok(exit),
    };
    let _log = log(&settings)?;
    Ok(run::console(settings, Source::Hub { place, watch }, first).await?)
}

/// Where the hub is: as given, or where one of this machine would be.
fn hub_place(hub: &cli::HubArg, settings: &Settings) -> std::result::Result<Place, Exit> {
    let cli::HubArg { place, certificate, key } = hub.clone();
    let papers = Papers { certificate, key, ca_file: settings.ca_file.clone() };
    let text = match place {
        Some(cli::HubPlace::Tls(address)) => format!("tls://{address}"),
        Some(cli::HubPlace::Socket(path)) => path.display().to_string(),
        None => {
            let sockets = Places::find().sockets();
            let there = sockets.iter().find(|path| path.exists()).or(sockets.first());
            there.map(|path| path.display().to_string()).unwrap_or_default()
        }
    };
    Place::new(&text, &papers).map_err(|error| {
        say(&format!("callboard: {error}\n"), Exit::Usage);
        Exit::Usage
    })
}

fn audit(flags: &Flags, command: &cli::AuditCommand) -> Result<Exit> {
    let settings = match settings(flags) {
        Ok(settings) => settings,
        Err(exit) => return Ok(exit),
    };
    let out = &mut io::BufWriter::new(io::stdout().lock());
    let now = Clock::start().now().wall;
    let exit =
        callboard::audit::command::run(command, settings.audit.as_deref(), now, out, &mut io::stderr())?;
    out.flush()?;
    Ok(exit)
}

fn methods(name: Option<&str>) -> Result<Exit> {
    match name.map(listing::method) {
        None => listing::methods(&mut io::BufWriter::new(io::stdout().lock()))?,
        Some(Ok(text)) => io::stdout().write_all(text.as_bytes())?,
        Some(Err(why)) => {
            say(&format!("callboard: {why}\n"), Exit::Usage);
            return Ok(Exit::Usage);
        }
    }
    Ok(Exit::Done)
}

/// Checks a configuration file.
fn check(file: Option<&std::path::Path>) -> Exit {
    match config::check(file) {
        Ok(file) => {
            let path = Shown::whole(&file.path.display().to_string());
            let nothing = "; there is no such file, so everything has its default";
            let nothing = if file.text.is_some() { "" } else { nothing };
            say(&format!("{path}: ok{nothing}\n"), Exit::Done);
            Exit::Done
        }
        Err(problems) => refuse(&problems),
    }
}

/// The settings; says what is wrong with them.
fn settings(flags: &Flags) -> std::result::Result<Settings, Exit> {
    config::load(flags, &[]).map_err(|problems| refuse(&problems))
}

/// Opens a journal to read; says why it cannot be.
fn journal(path: &std::path::Path) -> std::result::Result<Reader, Exit> {
    Reader::open(path).map_err(|error| {
        say(&format!("callboard: {}\n", Shown::whole(&error.to_string())), Exit::Usage);
        Exit::Usage
    })
}

/// Says everything that is wrong.
fn refuse(problems: &[Problem]) -> Exit {
    for problem in problems {
        say(&format!("callboard: {problem}\n"), Exit::Usage);
    }
    Exit::Usage
}

/// Starts the log that the settings ask for.
fn log(settings: &Settings) -> Result<Option<tracing_appender::non_blocking::WorkerGuard>> {
    let start = |path: &std::path::PathBuf| {
        // The state folder is ours to make; any other has to be there.
        if let (Some(paths), Some(folder)) = (Paths::find(), path.parent())
            && folder.starts_with(paths.state())
        {
            config::make_folder(folder).wrap_err_with(|| format!("folder {}", folder.display()))?;
        }
        trace::start(path, settings.log_level).wrap_err_with(|| format!("log file {}", path.display()))
    };
    settings.log.as_ref().map(start).transpose()
}

/// What a command without a screen is connected to.
#[derive(Clone, Copy)]
enum To<'a> {
    /// The service.
    Service,
    /// The hub that is named, or that of this machine.
    Hub(&'a cli::HubArg),
}

impl<'a> To<'a> {
    /// The hub if one is named, else the service.
    const fn given(hub: &'a cli::HubArg) -> Self {
        if hub.place.is_some() { Self::Hub(hub) } else { Self::Service }
    }
}

/// Runs a command that needs a connection and no screen. It keeps records only where it is told to: many may run at once.
/// At a hub it keeps none: the hub does.
async fn with_connection<F>(service: cli::ServiceArgs, to: To<'_>, command: F) -> Result<Exit>
where
    F: AsyncFnOnce(Connection, Records, &Settings) -> io::Result<Exit>,
{
    let (journal, audit) = (service.journal.is_some(), service.audit.is_some());
    let mut settings = match settings(&Flags { service, look: LookArgs::default() }) {
        Ok(settings) => settings,
        Err(exit) => return Ok(exit),
    };
    if let To::Hub(hub) = to {
        let place = match hub_place(hub, &settings) {
            Ok(place) => place,
            Err(exit) => return Ok(exit),
        };
        let _log = log(&settings)?;
        let records = Records::none(&settings.person, place.shown());
        // Who only looks is told no whole numbers; what these commands do not ask for, they do not do.
        return Ok(command(Connection::Hub { place, watch: false }, records, &settings).await?);
    }
    settings.journal = settings.journal.filter(|_| journal);
    settings.audit = settings.audit.filter(|_| audit);
    let client_config = match settings.client_config() {
        Ok(client_config) => client_config,
        Err(problems) => {
            refuse(&problems);
            if settings.credentials.is_err() {
                say(&format!("{}\n", setup::HINT), Exit::Usage);
            }
            return Ok(Exit::Usage);
        }
    };
    let _log = log(&settings)?;
    let records = Records::open(&settings, Shown::new(&settings.host))?;
    for news in &records.news {
        say(&format!("callboard: {news}\n"), Exit::Usage);
    }
    Ok(command(Connection::Service(client_config), records, &settings).await?)
}

/// Searches the journal that the settings name.
fn history(flags: &Flags, args: &cli::HistoryArgs) -> Result<Exit> {
    let settings = match settings(flags) {
        Ok(settings) => settings,
        Err(exit) => return Ok(exit),
    };
    let Some(folder) = &settings.journal else {
        say("callboard: there is no journal to search: it is off\n", Exit::Usage);
        return Ok(Exit::Usage);
    };
    let reader = match journal(folder) {
        Ok(reader) => reader,
        Err(exit) => return Ok(exit),
    };
    let now = Clock::start().now();
    let out = &mut io::BufWriter::new(io::stdout().lock());
    Ok(headless::history(&reader, args, settings.mask, now, out, &mut io::stderr())?)
}

/// Replays a journal.
async fn replay(flags: &Flags, args: &cli::ReplayArgs) -> Result<Exit> {
    let settings = match settings(flags) {
        Ok(settings) => settings,
        Err(exit) => return Ok(exit),
    };
    let reader = match journal(&args.file) {
        Ok(reader) => reader,
        Err(exit) => return Ok(exit),
    };
    let file = args.file.canonicalize().unwrap_or_else(|_| args.file.clone());
    let title = Shown::new(&file.file_name().unwrap_or_default().to_string_lossy());
    let _log = log(&settings)?;
    Ok(run::replay(settings, reader, title, args.speed).await?)
}

/// Opens the console on a hub with two applications, all of it simulated.
async fn demo_hub(flags: &Flags) -> Result<Exit> {
    let settings = match settings(flags) {
        Ok(settings) => settings,
        Err(exit) => return Ok(exit),
    };
    let _log = log(&settings)?;
    Ok(run::console(settings, Source::DemoHub, First::default()).await?)
}

async fn console(flags: &Flags, demo: bool, first: First) -> Result<Exit> {
    let mut settings = match config::load(flags, &[]) {
        Ok(settings) => settings,
        Err(problems) => return Ok(refuse(&problems)),
    };
    let missing = settings.credentials.clone().err().unwrap_or_default();
    let mut demo = demo;
    if !demo && !missing.is_empty() {
        if !setup::can_ask() {
            refuse(&missing.iter().map(|missing| missing.problem(&settings.file)).collect::<Vec<_>>());
            say(&format!("{}\n", setup::HINT), Exit::Usage);
            return Ok(Exit::Usage);
        }
        match setup::at_terminal(&settings, &missing)? {
            Choice::Quit => return Ok(Exit::Done),
            Choice::Demo => demo = true,
            Choice::Credentials(entered) => match config::load(flags, &entered) {
                Ok(complete) => settings = complete,
                Err(problems) => return Ok(refuse(&problems)),
            },
        }
    }
    let source = if demo {
        Source::Demo
    } else {
        match settings.client_config() {
            Ok(client_config) => Source::Service(client_config),
            Err(problems) => return Ok(refuse(&problems)),
        }
    };
    let _log = log(&settings)?;
    Ok(run::console(settings, source, first).await?)
}
