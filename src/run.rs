//! The console's shell: one loop that carries keys, changes and time to the app, and its effects back.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::Duration;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use tokio_util::sync::CancellationToken;

use crate::attach::Place;
use crate::calling::{Client, ClientConfig, Connection};
use crate::client::{Credentials, Endpoint};
use crate::config::keep::Kept;
use crate::config::paths::Paths;
use crate::config::{self, Settings};
use crate::demo::HubFloor;
use crate::exit::Exit;
use crate::facts::Facts;
use crate::gate::{Cause, FrameGate};
use crate::journal::Reader;
use crate::model::{Model, Tone};
use crate::outside::Outside;
use crate::protocol::{Dialect, Secret, Shown};
use crate::records::Records;
use crate::replay::Past;
use crate::signals::{self, Signal, Signals};
use crate::sim::{Script, server};
use crate::start::{self, First, Stock};
use crate::term::{self, Input, Inputs, Term};
use crate::time::{At, Clock};
use crate::ui::app::{App, AppConfig};
use crate::ui::command::Command;
use crate::ui::hub::Hub;
use crate::ui::layer::{Layer, Text};
use crate::ui::mouse::{Deed, Mouse};
use crate::ui::msg::Rejected;
use crate::ui::past::Speed;
use crate::ui::views::View;
use crate::ui::{Effect, Msg};
use crate::view::theme::{ThemeError, ThemeLibrary};
use crate::view::{self, Depth, Look, Memory, Theme};
use crate::watch::Watch;
use crate::{listing, theme_files};

/// What the console shows.
#[derive(Debug)]
pub enum Source {
    /// The service.
    Service(ClientConfig),
    /// A hub.
    Hub {
        /// Where it is.
        place: Place,
        /// Only to look on.
        watch: bool,
    },
    /// A simulated service within this process.
    Demo,
    /// The same with two applications and a hub.
    DemoHub,
}

/// How long the end waits for a slow terminal, so that none of its answers goes to the shell.
const FAREWELL: Duration = Duration::from_millis(300);

/// Contexts of the simulated floor.
const DEMO_CONTEXTS: [&str; 4] = ["support", "renewal", "collect", "internal"];

/// Runs the console until the user quits.
///
/// # Errors
/// When the terminal, the theme, or the simulated service of the demo fails.
pub async fn console(settings: Settings, source: Source, first: First) -> io::Result<Exit> {
    let stop_sim = CancellationToken::new();
    let mut floor = None;
    let mut hub = Hub::default();
    let (connection, title, stock) = match source {
        Source::DemoHub => {
            let floor = floor.insert(HubFloor::start(&settings).await?);
            hub = Hub::new(false);
            (Connection::Hub { place: floor.place(), watch: false }, "demo hub".into(), Stock::Attached)
        }
        Source::Service(config) => {
            let title = Shown::new(config.endpoint.host());
            (Connection::Service(config), title, Stock::Usual)
        }
        Source::Hub { place, watch } => {
            let title = place.title();
            hub = Hub::new(watch);
            (Connection::Hub { place, watch }, title, Stock::Attached)
        }
        Source::Demo => (Connection::Service(demo(stop_sim.clone()).await?), "demo".into(), Stock::Demo),
    };
    let Dressed { mut app, look, looks, outside, memory, mut faults } = dress(&settings, title, stock)?;
    app.hub = hub;
    start::show(&mut app, first);
    // Who sees the demo for the first time is shown around.
    app.tour = (stock == Stock::Demo && memory.kept.tour_seen != Some(true)).then_some(0);
    let title = app.config.title.clone();
    let records = match stock {
        Stock::Usual => Records::open(&settings, title)?,
        Stock::Demo | Stock::Attached => Records::none(&settings.person, title),
    };
    faults.extend(records.news.iter().map(ToString::to_string));
    tell_faults(&mut app, &faults);
    let folder = records.folder().map(Path::to_owned);
    app.config.no_past = match stock {
        Stock::Demo => Some("the demo keeps nothing that could be looked back at".into()),
        Stock::Attached => Some("the journal is the hub's: look back there with  callboard replay".into()),
        Stock::Usual if folder.is_some() => None,
        Stock::Usual => app.config.no_past,
    };
    let (client, ()) = records.connect(connection, |_| ());
    let term = Term::enter(settings.mouse)?;
    let mut shell = Shell::new(client.clock(), app, (look, looks), (outside, memory), term)?;
    shell.client = Some(client.clone());
    shell.folder = folder;
    let exit = shell.run().await;
    // The terminal first: whatever else takes time, the shell is usable.
    drop(shell);
    let _ = tokio::time::timeout(Duration::from_secs(1), client.disconnect()).await;
    stop_sim.cancel();
    if let Some(floor) = floor {
        floor.stop().await;
    }
    exit
}

/// Shows a journal, a folder or one of its segments, in the console's screens until the user quits.
///
/// # Errors
/// When the terminal or the theme fails.
pub async fn replay(settings: Settings, reader: Reader, title: Shown, speed: Speed) -> io::Result<Exit> {
    // It may be the journal of any account.
    let settings = Settings { profile: None, ..settings };
    let Dressed { mut app, look, looks, outside, memory, faults } = dress(&settings, title, Stock::Usual)?;
    tell_faults(&mut app, &faults);
    let clock = Clock::start();
    let Some(past) = Past::replay(reader, &app, speed, clock.now().at) else {
        writeln!(io::stderr(), "callboard: nothing is in that journal yet")?;
        return Ok(Exit::Failed);
    };
    let term = Term::enter(settings.mouse)?;
    let mut shell = Shell::new(clock, app, (look, looks), (outside, memory), term)?;
    shell.past = Some(past);
    shell.run().await
}

/// A console before it has anything to show, and what it needs around it.
struct Dressed {
    app: App,
    look: Look,
    looks: Looks,
    outside: Outside,
    memory: Remembered,
    /// What is not as it was asked for.
    faults: Vec<String>,
}

/// Says over the screen what is not as it was asked for: a message would be gone with the next alert.
fn tell_faults(app: &mut App, faults: &[String]) {
    if !faults.is_empty() {
        let text = Text::new("Not as it was asked for".into(), &faults.join("\n"), "faults.txt");
        app.layers.push(Layer::Text(text));
    }
}

/// Makes a console as the configuration says and as it was left.
fn dress(settings: &Settings, title: Shown, stock: Stock) -> io::Result<Dressed> {
    let facts = Facts::of(&|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let (depth, _) = facts.depth(settings.color);
    let themes = theme_files::library(&theme_files::folders());
    let file = Paths::find().map(|paths| paths.kept());
    let (mut kept, forgotten) = file.as_deref().map(config::load_kept).unwrap_or_default();
    // One that is no more is not worth a word.
    kept.theme = kept.theme.filter(|theme| themes.names().any(|name| name == theme));
    let profile = settings.profile.as_ref().filter(|_| stock == Stock::Usual);
    let frame = profile.and_then(|profile| profile.frame.clone());
    let looks = Looks { depth, themes, frame };
    let (theme, fault) = looks.first(start::theme(settings, &kept).as_deref())?;
    // The Linux console and plain VTs have no line drawing to rely on outside UTF-8.
    let look = Look { theme, ascii: settings.ascii || !facts.utf8() };
    let mut app = App::new(AppConfig {
        themes: looks.themes.names().map(str::to_owned).collect(),
        theme: look.theme.name().to_owned(),
        ..start::config(settings, title, stock)
    });
    let memory = Remembered::new(&app, settings, &kept);
    start::arrange(&mut app, settings, &kept);
    let faults = forgotten.into_iter().chain(fault.iter().flat_map(ThemeError::lines)).collect();
    let outside = Outside::new(settings, file);
    Ok(Dressed { app, look, looks, outside, memory, faults })
}

/// Where looks come from.
struct Looks {
    /// How many colours the terminal has.
    depth: Depth,
    themes: ThemeLibrary,
    /// The colour of the profile, for the header.
    frame: Option<String>,
}

impl Looks {
    /// A theme, with the colour of the profile.
    fn load(&self, name: &str) -> Result<Theme, ThemeError> {
        let theme = self.themes.load(name, self.depth)?;
        Ok(self.frame.iter().fold(theme, |theme, frame| theme.framed(frame, self.depth)))
    }

    /// The theme to begin with. A file of the user that is no theme does not keep the console from starting: the
    /// default stands in, and what is wrong is returned to be shown.
    fn first(&self, wanted: Option<&str>) -> io::Result<(Theme, Option<ThemeError>)> {
        let colorfgbg = std::env::var("COLORFGBG").unwrap_or_default();
        let wanted = ThemeLibrary::choice(wanted, &colorfgbg, self.depth);
        match self.load(wanted) {
            Ok(theme) => Ok((theme, None)),
            Err(error) if self.themes.names().any(|name| name == wanted) => {
                let fallback = ThemeLibrary::choice(None, &colorfgbg, self.depth);
                Ok((self.load(fallback).map_err(io::Error::other)?, Some(error)))
            }
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

/// What is kept of the view, and what it is compared with.
struct Remembered {
    settings: Settings,
    kept: Kept,
    /// The views that the console began with, before those that were saved in it.
    views: Vec<View>,
}

impl Remembered {
    fn new(app: &App, settings: &Settings, kept: &Kept) -> Self {
        Self { settings: settings.clone(), kept: kept.clone(), views: app.config.views.clone() }
    }

    /// How the view is now.
    fn take(&mut self, app: &App) -> &Kept {
        self.kept = start::kept(app, &self.settings, &self.kept, &self.views);
        &self.kept
    }
}

/// Starts the simulated floor, reached over a real socket like any service.
async fn demo(stop: CancellationToken) -> io::Result<ClientConfig> {
    let script = Script::floor().map_err(io::Error::other)?;
    let sim = server::serve(server::Options::new(script), stop).await.map_err(io::Error::other)?;
    let endpoint = Endpoint::new(&sim.url(), None).map_err(io::Error::other)?;
    let credentials =
        Credentials::Token { project: Secret::new("demo-project"), token: Secret::new("demo-token") };
    let contexts = DEMO_CONTEXTS.map(str::to_owned).to_vec();
    Ok(ClientConfig { endpoint, credentials, contexts, dialect: Dialect::Current })
}

struct Shell {
    /// None in a replay: there is nobody to ask for anything.
    client: Option<Client>,
    clock: Clock,
    /// The console of the present.
    app: App,
    /// That of the past, while it is looked at: it has the screen and the keys.
    past: Option<Past>,
    /// The journal.
    folder: Option<PathBuf>,
    look: Look,
    looks: Looks,
    outside: Outside,
    remembered: Remembered,
    /// A text that is to go to the editor.
    to_edit: Option<String>,
    /// The folders of the user's themes.
    theme_files: Watch,
    memory: Memory,
    gate: FrameGate,
    /// Whether what is known changed since the app was last told.
    stale: bool,
    signals: Signals,
    /// None while the terminal is not ours.
    inputs: Option<Inputs>,
    term: Term,
}

/// Why the loop goes on or ends.
enum Next {
    GoOn,
    Leave(Exit),
}

/// Which of the two consoles is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Present,
    Past,
}

/// The end that a signal asks for; the code is 128+n.
fn told_to_end(code: i32) -> Next {
    Next::Leave(Exit::Signal(u8::try_from(code - 128).unwrap_or(0)))
}

impl Shell {
    fn new(
        clock: Clock,
        app: App,
        (look, looks): (Look, Looks),
        (outside, remembered): (Outside, Remembered),
        term: Term,
    ) -> io::Result<Self> {
        let signals = term.signals()?;
        Ok(Self {
            client: None,
            clock,
            app,
            past: None,
            folder: None,
            look,
            looks,
            outside,
            remembered,
            to_edit: None,
            theme_files: Watch::new(theme_files::folders()),
            memory: Memory::default(),
            gate: FrameGate::new(),
            stale: true,
            signals,
            inputs: Some(Inputs::listen()?),
            term,
        })
    }

    async fn run(&mut self) -> io::Result<Exit> {
        let area = self.term.area()?;
        self.tell(Msg::Resize(area.width, area.height))?;
        let exit = self.serve().await;
        self.settle().await;
        exit
    }

    async fn serve(&mut self) -> io::Result<Exit> {
        loop {
            if let Some(text) = self.to_edit.take()
                && let Next::Leave(exit) = self.edit(&text).await?
            {
                return Ok(exit);
            }
            let clock = self.clock;
            let due = self.gate.due().map(|at| clock.instant(at));
            let wake = self.wake_at().map(|at| clock.instant(at));
            let client = self.client.clone();
            // Keys go before frames, frames before data.
            let next = tokio::select! {
                biased;
                signal = self.signals.next() => self.signal(signal).await?,
                input = next_input(&mut self.inputs) => match input {
                    Some(input) => self.input(input)?,
                    // Nobody can press a key any more.
                    None => Next::Leave(Exit::Done),
                },
                written = self.term.written() => self.written(written)?,
                () = at(due), if due.is_some() => self.draw()?,
                () = changed(client.as_ref()) => self.changed(),
                () = self.theme_files.changed() => self.themes_changed()?,
                () = at(wake), if wake.is_some() => self.wake()?,
            };
            if let Next::Leave(exit) = next {
                return Ok(exit);
            }
        }
    }

    /// When the present or the past changes by itself.
    fn wake_at(&mut self) -> Option<At> {
        let now = self.clock.now().at;
        let past = self.past.as_mut().and_then(|past| past.wake_at(now));
        self.present(|app, model| app.wake_at(model, now)).into_iter().chain(past).min()
    }

    fn wake(&mut self) -> io::Result<Next> {
        if let Some(past) = &mut self.past {
            past.tick(self.clock.now().at);
            // What else follows from that is worked out for the next frame.
            self.changed();
        }
        self.tell_to(Side::Present, Msg::Wake)
    }

    /// Looks at the console of the present and at what it shows.
    fn present<T>(&mut self, look: impl FnOnce(&mut App, &Model) -> T) -> T {
        match &self.client {
            Some(client) => client.with_model(|model, _| look(&mut self.app, model)),
            None => look(&mut self.app, &Model::default()),
        }
    }

    /// What is known changed. The app hears of it when the next frame is drawn, not thousands of times a second.
    fn changed(&mut self) -> Next {
        self.stale = true;
        self.request_frame(Cause::Change);
        Next::GoOn
    }

    /// Theme files changed: the theme is read again. While it is broken the screen keeps the look it has.
    fn themes_changed(&mut self) -> io::Result<Next> {
        self.looks.themes = theme_files::library(&theme_files::folders());
        self.app.config.themes = self.looks.themes.names().map(str::to_owned).collect();
        match self.looks.load(&self.app.theme) {
            Ok(theme) => {
                self.look.theme = theme;
                self.request_frame(Cause::Change);
                Ok(Next::GoOn)
            }
            Err(error) => self.tell_theme(&error),
        }
    }

    /// Says what is wrong with a theme.
    fn tell_theme(&mut self, error: &ThemeError) -> io::Result<Next> {
        self.tell(Msg::Told(Err(Shown::new(&error.summary()))))
    }

    fn request_frame(&mut self, cause: Cause) {
        self.gate.request(cause, self.clock.now().at);
    }

    /// The terminal has taken the last frame.
    fn written(&mut self, written: io::Result<()>) -> io::Result<Next> {
        self.gate.written();
        match written {
            Ok(()) => Ok(Next::GoOn),
            // Nobody is there to see it.
            Err(error) if term::is_gone(&error) => Ok(Next::Leave(Exit::Done)),
            Err(error) => Err(error),
        }
    }

    /// Lets the terminal finish what it has begun, and takes its answers.
    async fn settle(&mut self) {
        let end = self.clock.instant(self.clock.now().at + FAREWELL);
        while self.gate.is_busy() {
            tokio::select! {
                () = tokio::time::sleep_until(end) => return,
                written = self.term.written() => {
                    self.gate.written();
                    if written.is_err() {
                        return;
                    }
                }
                input = next_input(&mut self.inputs) => match input {
                    Some(Input::Shown) => self.gate.confirmed(self.clock.now().at),
                    Some(_) => {}
                    None => return,
                },
            }
        }
    }

    /// Brings a message to the console that is seen, and carries out what it wants.
    fn tell(&mut self, msg: Msg) -> io::Result<Next> {
        if let Msg::Resize(..) = msg
            && self.past.is_some()
            && let Next::Leave(exit) = self.tell_to(Side::Present, msg.clone())?
        {
            return Ok(Next::Leave(exit));
        }
        self.tell_to(self.seen(), msg)
    }

    /// Which of the consoles is seen.
    const fn seen(&self) -> Side {
        if self.past.is_some() { Side::Past } else { Side::Present }
    }

    fn update(&mut self, side: Side, msg: Msg) -> Vec<Effect> {
        let now = self.clock.now();
        match &mut self.past {
            Some(past) if side == Side::Past => past.update(msg, now.at),
            _ => self.present(|app, model| app.update(msg, model, now)),
        }
    }

    fn tell_to(&mut self, side: Side, msg: Msg) -> io::Result<Next> {
        let by_hand = matches!(msg, Msg::Key(_) | Msg::Mouse(_) | Msg::Paste(_) | Msg::Resize(..));
        self.request_frame(if by_hand { Cause::Hand } else { Cause::Change });
        let effects = self.update(side, msg);
        self.carry_out_all(side, effects)
    }

    fn carry_out_all(&mut self, mut side: Side, mut effects: Vec<Effect>) -> io::Result<Next> {
        let mut rounds = 0;
        while !effects.is_empty() && rounds < 8 {
            rounds += 1;
            let mut more = Vec::new();
            for effect in effects {
                match effect {
                    // What is under way in the present is asked about there.
                    Effect::Quit if side == Side::Past && self.client.is_some() => {
                        self.return_to_now();
                        let now = self.clock.now();
                        self.present(|app, model| app.run(Command::Quit, model, now, &mut more));
                    }
                    Effect::Quit => return Ok(Next::Leave(Exit::Done)),
                    effect => more.extend(self.carry_out(side, effect)?),
                }
            }
            if self.past.is_none() {
                side = Side::Present;
            }
            effects = more;
        }
        Ok(Next::GoOn)
    }

    fn carry_out(&mut self, side: Side, effect: Effect) -> io::Result<Vec<Effect>> {
        let told = match effect {
            Effect::Submit(..)
            | Effect::Reconnect
            | Effect::Note(..)
            | Effect::Claim(..)
            | Effect::Look(_)
            | Effect::ClearEnded => {
                return Ok(self.ask(effect));
            }
            Effect::LookBack => match self.look_back() {
                Ok(()) => return Ok(Vec::new()),
                Err(why) => Msg::Told(Err(why)),
            },
            Effect::Now => {
                self.return_to_now();
                return Ok(Vec::new());
            }
            Effect::Redraw => {
                self.term.repaint()?;
                return Ok(Vec::new());
            }
            Effect::Suspend => {
                if term::ask_to_suspend()? {
                    return Ok(Vec::new());
                }
                Msg::Told(Err("there is no shell to go to".into()))
            }
            Effect::Theme(name) => match self.looks.load(&name) {
                Ok(theme) => {
                    self.look.theme = theme;
                    return Ok(Vec::new());
                }
                Err(error) => Msg::Told(Err(Shown::new(&error.summary()))),
            },
            Effect::Copy { text, what } => Msg::Told(self.outside.copy(&text, what, self.term.aside())?),
            Effect::Save { name, text } => Msg::Told(self.outside.save(&name, &text)),
            Effect::Notify(text) => {
                self.outside.notify(&text, self.term.aside())?;
                return Ok(Vec::new());
            }
            Effect::Edit(text) => {
                self.to_edit = Some(text);
                return Ok(Vec::new());
            }
            Effect::Keep => match self.outside.keep(self.remembered.take(&self.app)) {
                Ok(()) => return Ok(Vec::new()),
                Err(why) => Msg::Told(Err(why)),
            },
            // The one is done where it is wanted, the other by the player.
            Effect::Quit | Effect::Wind(_) => return Ok(Vec::new()),
        };
        Ok(self.update(side, told))
    }

    /// Asks the client for something; a replay has none, and nothing to ask.
    fn ask(&mut self, effect: Effect) -> Vec<Effect> {
        let Some(client) = &self.client else { return Vec::new() };
        match effect {
            Effect::Submit(ask, why) => {
                if let Err(error) = client.submit_for(ask.clone(), why) {
                    return self.update(Side::Present, Msg::Rejected(Rejected::new(ask, &error)));
                }
            }
            Effect::Reconnect => client.reconnect(),
            Effect::Note(call, text) => {
                if let Err(error) = client.note(&call, text) {
                    return self.update(Side::Present, Msg::Told(Err(Shown::new(&error.to_string()))));
                }
            }
            Effect::Claim(call, on) => {
                if let Err(error) = client.claim(&call, on) {
                    return self.update(Side::Present, Msg::Told(Err(Shown::new(&error.to_string()))));
                }
            }
            Effect::Look(call) => client.look_at(call.as_ref()),
            Effect::ClearEnded => drop(client.clear_ended()),
            _ => {}
        }
        Vec::new()
    }

    /// Looks at the past in place of the present, which goes on.
    fn look_back(&mut self) -> Result<(), Shown> {
        let nothing = || Shown::from("nothing is in the journal yet");
        let (Some(client), Some(folder)) = (&self.client, &self.folder) else { return Err(nothing()) };
        let reader = Reader::open(folder).map_err(|error| Shown::new(&error.to_string()))?;
        // What the present began with.
        let (start, app, now) = (client.read_from(), &self.app, self.clock.now());
        let past = client.with_model(|model, _| Past::look_back(reader, start, app, model, now));
        self.past = Some(past.ok_or_else(nothing)?);
        self.memory = Memory::default();
        Ok(())
    }

    /// Looks at the present again.
    fn return_to_now(&mut self) {
        if let Some(mut past) = self.past.take() {
            // The screen has one look.
            self.app.theme = std::mem::take(&mut past.app_mut().theme);
            self.memory = Memory::default();
            let now = self.clock.now();
            self.present(|app, _| app.say(&"this is the present".into(), Tone::Good, now));
        }
    }

    fn input(&mut self, input: Input) -> io::Result<Next> {
        match input {
            Input::Key(key) => self.tell(Msg::Key(key)),
            Input::Paste(text) => self.tell(Msg::Paste(text)),
            Input::Mouse(event) => match self.mouse(event) {
                Some(mouse) => self.tell(Msg::Mouse(mouse)),
                None => Ok(Next::GoOn),
            },
            Input::Focus(focused) => {
                self.gate.focus(focused);
                self.request_frame(Cause::Change);
                Ok(Next::GoOn)
            }
            Input::Shown => {
                self.gate.confirmed(self.clock.now().at);
                Ok(Next::GoOn)
            }
        }
    }

    /// Gives the terminal to the user's editor and takes the text back. Meanwhile everything goes on but the screen.
    async fn edit(&mut self, text: &str) -> io::Result<Next> {
        let mut edited = match self.outside.edit(text) {
            Ok(edited) => edited,
            Err(why) => return self.tell(Msg::Told(Err(why))),
        };
        self.settle().await;
        self.inputs = None;
        self.term.leave();
        signals::pass_interrupts(true);
        let ended = match edited.start() {
            Ok(child) => self.wait_for(child).await?.map(|status| edited.text(status)),
            Err(why) => Ok(Err(why)),
        };
        signals::pass_interrupts(false);
        let text = match ended {
            Ok(text) => text,
            Err(code) => return Ok(told_to_end(code)),
        };
        self.term.reenter()?;
        self.inputs = Some(Inputs::listen()?);
        // The window may have another size by now.
        self.signal(Signal::Redraw).await?;
        self.tell(match text {
            Ok(text) => Msg::Edited(text),
            Err(why) => Msg::Told(Err(why)),
        })
    }

    /// Waits for a program that has the terminal; acts that are held leave in their time. The inner error is the code when we are told to end meanwhile.
    async fn wait_for(&mut self, mut child: Child) -> io::Result<Result<ExitStatus, i32>> {
        let mut ending = tokio::task::spawn_blocking(move || child.wait());
        loop {
            let (clock, now) = (self.clock, self.clock.now().at);
            let wake = self.present(|app, model| app.wake_at(model, now)).map(|at| clock.instant(at));
            tokio::select! {
                status = &mut ending => return Ok(Ok(status??)),
                () = at(wake), if wake.is_some() => {
                    if let Next::Leave(_) = self.tell_to(Side::Present, Msg::Wake)? {
                        return Ok(Err(143));
                    }
                }
                signal = self.signals.next() => match signal {
                    Signal::Quit(code) => return Ok(Err(code)),
                    // It stopped, and the shell waits for the whole job to stop.
                    Signal::Suspend => term::stop()?,
                    Signal::Continue | Signal::Redraw => {}
                },
            }
        }
    }

    /// What the mouse did, and on what.
    fn mouse(&self, event: MouseEvent) -> Option<Mouse> {
        let deed = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => Deed::Click,
            MouseEventKind::Drag(MouseButton::Left) => Deed::Drag,
            MouseEventKind::Up(MouseButton::Left) => Deed::Release,
            MouseEventKind::ScrollDown => Deed::Wheel(1),
            MouseEventKind::ScrollUp => Deed::Wheel(-1),
            _ => return None,
        };
        Some(Mouse { deed, at: (event.column, event.row), hit: self.memory.at(event.column, event.row) })
    }

    async fn signal(&mut self, signal: Signal) -> io::Result<Next> {
        match signal {
            Signal::Quit(code) => return Ok(told_to_end(code)),
            Signal::Suspend => {
                self.settle().await;
                // They would take the keys that are meant for the shell.
                self.inputs = None;
                self.term.suspend()?;
                self.inputs = Some(Inputs::listen()?);
            }
            Signal::Continue => self.term.resume()?,
            Signal::Redraw => {
                let area = self.term.area()?;
                return self.tell(Msg::Resize(area.width, area.height));
            }
        }
        self.request_frame(Cause::Hand);
        Ok(Next::GoOn)
    }

    /// Who one is at the hub, which an attach may change.
    fn greet(&mut self) {
        let Some(client) = &self.client else { return };
        if let Some(welcome) = client.welcome() {
            self.app.hub.greet(&welcome);
        }
        self.app.hub.delay = client.hub_delay();
    }

    /// Draws a frame. The model is looked at while cells are filled, not while the terminal takes them.
    fn draw(&mut self) -> io::Result<Next> {
        if std::mem::take(&mut self.stale) {
            self.greet();
            for side in [Side::Present, Side::Past] {
                if (side == Side::Present || self.past.is_some())
                    && let Next::Leave(exit) = self.tell_to(side, Msg::Changed)?
                {
                    return Ok(Next::Leave(exit));
                }
            }
        }
        self.app.journal = self.client.as_ref().and_then(Client::journal);
        self.app.audit = self.client.as_ref().and_then(Client::audit);
        let began = self.clock.now().at;
        let asks = self.gate.asks();
        let Self { client, app, past, look, memory, term, .. } = self;
        let bytes = term.draw(asks, |frame| match (past, client) {
            (Some(past), client) => {
                if let Some(client) = client {
                    client.with_model(|model, _| past.tell_news(app, model));
                }
                let (app, model, now) = past.look();
                view::draw(frame, app, model, now, look, memory);
            }
            (None, Some(client)) => {
                client.with_model(|model, now| view::draw(frame, app, model, now, look, memory));
            }
            (None, None) => {}
        })?;
        let most = self.memory.most();
        match &mut self.past {
            Some(past) => past.app_mut().drawn(most),
            None => self.app.drawn(most),
        }
        let now = self.clock.now().at;
        self.gate.drew(now, now.since(began), bytes);
        Ok(Next::GoOn)
    }
}

async fn next_input(inputs: &mut Option<Inputs>) -> Option<Input> {
    match inputs {
        Some(inputs) => inputs.next().await,
        None => std::future::pending().await,
    }
}

async fn changed(client: Option<&Client>) {
    match client {
        Some(client) => client.changed().await,
        None => std::future::pending().await,
    }
}

async fn at(moment: Option<tokio::time::Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Prints every theme; on a terminal with a sample of what it looks like there.
///
/// # Errors
/// When it cannot be written.
pub fn themes(out: &mut dyn Write, on_terminal: bool, color: bool) -> io::Result<()> {
    let facts = Facts::of(&|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let depth = if on_terminal { facts.depth(color).0 } else { Depth::None };
    listing::themes(out, &theme_files::library(&theme_files::folders()), depth, on_terminal)
}
