//! The console's shell: one loop that carries keys, changes and time to the app, and its effects back.

use std::io::{self, Write};
use std::time::Duration;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use tokio_util::sync::CancellationToken;

use crate::calling::{Client, ClientConfig};
use crate::client::{Credentials, Endpoint};
use crate::clip;
use crate::config::Settings;
use crate::exit::Exit;
use crate::exports;
use crate::gate::{Cause, FrameGate};
use crate::osc::{self, Between};
use crate::protocol::id::IdSource;
use crate::protocol::{Secret, Shown};
use crate::signals::{Signal, Signals};
use crate::sim::{Script, server};
use crate::term::{self, Input, Inputs, Term};
use crate::ui::app::{App, AppConfig};
use crate::ui::command::{COMMANDS, Group};
use crate::ui::keymap::Keymap;
use crate::ui::mouse::{Deed, Mouse};
use crate::ui::msg::Rejected;
use crate::ui::{Effect, Msg, template};
use crate::view::theme::{ThemeError, ThemeLibrary};
use crate::view::{self, Depth, Look, Memory, Theme};
use crate::watch::Watch;
use crate::{listing, theme_files};

/// What the console shows.
#[derive(Debug)]
pub enum Source {
    /// The service.
    Service(ClientConfig),
    /// A simulated service within this process.
    Demo,
}

/// How long the end waits for a slow terminal, so that none of its answers goes to the shell.
const FAREWELL: Duration = Duration::from_millis(300);

/// Contexts of the simulated floor.
const DEMO_CONTEXTS: [&str; 4] = ["support", "renewal", "collect", "internal"];

/// Runs the console until the user quits.
///
/// # Errors
/// When the terminal, the theme, or the simulated service of the demo fails.
pub async fn console(settings: Settings, source: Source) -> io::Result<Exit> {
    let depth = depth(settings.color);
    let library = theme_files::library(&theme_files::folders());
    let (look, fault) = look(&settings, &library, depth)?;
    let stop_sim = CancellationToken::new();
    let (config, title, templates) = match source {
        Source::Service(config) => {
            let title = Shown::new(config.endpoint.host());
            (config, title, template::stock())
        }
        Source::Demo => (demo(stop_sim.clone()).await?, "demo".into(), template::demo()),
    };
    let client = Client::connect(config);
    let app = App::new(AppConfig {
        person: Shown::new(&std::env::var("USER").unwrap_or_default()),
        undo_window: settings.undo,
        keep_ended: settings.keep_ended,
        templates,
        themes: library.names().map(str::to_owned).collect(),
        theme: look.theme.name().to_owned(),
        ..AppConfig::new(title, IdSource::Random)
    });
    let mut shell = Shell::new(client.clone(), app, look, depth, library)?;
    if let Some(fault) = fault {
        shell.tell_theme(&fault)?;
    }
    let exit = shell.run().await;
    // The terminal first: whatever else takes time, the shell is usable.
    drop(shell);
    let _ = tokio::time::timeout(Duration::from_secs(1), client.disconnect()).await;
    stop_sim.cancel();
    exit
}

/// How to draw. A file of the user that is no theme does not keep the console from starting: the default stands in,
/// and what is wrong is returned to be shown.
fn look(settings: &Settings, library: &ThemeLibrary, depth: Depth) -> io::Result<(Look, Option<ThemeError>)> {
    let wanted = ThemeLibrary::choice(settings.theme.as_deref(), &variable("COLORFGBG"), depth);
    let (theme, fault) = match library.load(wanted, depth) {
        Ok(theme) => (theme, None),
        Err(error) if library.names().any(|name| name == wanted) => {
            (Theme::load(None, depth).map_err(io::Error::other)?, Some(error))
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    // The Linux console and plain VTs have no line drawing to rely on outside UTF-8.
    let utf8 =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().map(|name| variable(name)).find(|value| !value.is_empty());
    let ascii =
        settings.ascii || utf8.is_some_and(|locale| !locale.to_lowercase().replace('-', "").contains("utf8"));
    Ok((Look { theme, ascii }, fault))
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn depth(color: bool) -> Depth {
    Depth::of(!color, &variable("TERM"), &variable("COLORTERM"))
}

/// Starts the simulated floor, reached over a real socket like any service.
async fn demo(stop: CancellationToken) -> io::Result<ClientConfig> {
    let script = Script::floor().map_err(io::Error::other)?;
    let sim = server::serve(server::Options::new(script), stop).await.map_err(io::Error::other)?;
    let endpoint = Endpoint::new(&sim.url(), None).map_err(io::Error::other)?;
    let credentials =
        Credentials::Token { project: Secret::new("demo-project"), token: Secret::new("demo-token") };
    let contexts = DEMO_CONTEXTS.map(str::to_owned).to_vec();
    Ok(ClientConfig { endpoint, credentials, contexts })
}

struct Shell {
    client: Client,
    app: App,
    look: Look,
    /// How many colours the terminal has.
    depth: Depth,
    themes: ThemeLibrary,
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

impl Shell {
    fn new(client: Client, app: App, look: Look, depth: Depth, themes: ThemeLibrary) -> io::Result<Self> {
        let term = Term::enter()?;
        let signals = term.signals()?;
        Ok(Self {
            client,
            app,
            look,
            depth,
            themes,
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
            let clock = self.client.clock();
            let due = self.gate.due().map(|at| clock.instant(at));
            let wake = self
                .client
                .with_model(|model, now| self.app.wake_at(model, now.at))
                .map(|at| clock.instant(at));
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
                () = client.changed() => self.changed(),
                () = self.theme_files.changed() => self.themes_changed()?,
                () = at(wake), if wake.is_some() => self.tell(Msg::Wake)?,
            };
            if let Next::Leave(exit) = next {
                return Ok(exit);
            }
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
        self.themes = theme_files::library(&theme_files::folders());
        self.app.config.themes = self.themes.names().map(str::to_owned).collect();
        match self.themes.load(&self.app.theme, self.depth) {
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
        self.gate.request(cause, self.client.clock().now().at);
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
        let end = self.client.clock().instant(self.client.clock().now().at + FAREWELL);
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
                    Some(Input::Shown) => self.gate.confirmed(self.client.clock().now().at),
                    Some(_) => {}
                    None => return,
                },
            }
        }
    }

    /// Brings a message to the app and carries out what it wants.
    fn tell(&mut self, msg: Msg) -> io::Result<Next> {
        let by_hand = matches!(msg, Msg::Key(_) | Msg::Mouse(_) | Msg::Paste(_) | Msg::Resize(..));
        self.request_frame(if by_hand { Cause::Hand } else { Cause::Change });
        let mut effects = self.client.with_model(|model, now| self.app.update(msg, model, now));
        let mut rounds = 0;
        while !effects.is_empty() && rounds < 8 {
            rounds += 1;
            let mut more = Vec::new();
            for effect in effects {
                match effect {
                    Effect::Quit => return Ok(Next::Leave(Exit::Done)),
                    effect => more.extend(self.carry_out(effect)?),
                }
            }
            effects = more;
        }
        Ok(Next::GoOn)
    }

    fn carry_out(&mut self, effect: Effect) -> io::Result<Vec<Effect>> {
        let told = match effect {
            Effect::Submit(ask) => match self.client.submit(ask.clone()) {
                Ok(_) => return Ok(Vec::new()),
                Err(error) => Msg::Rejected(Rejected::new(ask, &error)),
            },
            Effect::Reconnect => {
                self.client.reconnect();
                return Ok(Vec::new());
            }
            Effect::ClearEnded => {
                self.client.clear_ended();
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
            Effect::Theme(name) => match self.themes.load(&name, self.depth) {
                Ok(theme) => {
                    self.look.theme = theme;
                    return Ok(Vec::new());
                }
                Err(error) => Msg::Told(Err(Shown::new(&error.summary()))),
            },
            Effect::Copy { text, what } => {
                let env = |name: &str| std::env::var(name).ok();
                let told = clip::copy(&text, clip::Way::Auto, &env, self.term.aside())?;
                let named = |words: String| Shown::new(&format!("{what}: {words}"));
                Msg::Told(told.map(named).map_err(named))
            }
            Effect::Save { name, text } => Msg::Told(match exports::save_export(&name, &text) {
                Ok(path) => Ok(Shown::new(&format!("saved as {}", path.display()))),
                Err(error) => Err(Shown::new(&format!("{name} could not be saved: {error}"))),
            }),
            Effect::Notify(text) => {
                let between = Between::of(&|name| std::env::var(name).ok());
                let bytes = osc::notification("callboard", text.as_str(), between, osc::Notices::Auto);
                self.term.aside().extend(bytes.iter().chain(osc::BELL));
                return Ok(Vec::new());
            }
            Effect::Edit(_) | Effect::Keep => return Ok(Vec::new()),
            Effect::Quit => return Ok(Vec::new()),
        };
        Ok(self.client.with_model(|model, now| self.app.update(told, model, now)))
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
                self.gate.confirmed(self.client.clock().now().at);
                Ok(Next::GoOn)
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
            Signal::Quit(code) => {
                return Ok(Next::Leave(Exit::Signal(u8::try_from(code - 128).unwrap_or(0))));
            }
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

    /// Draws a frame. The model is looked at while cells are filled, not while the terminal takes them.
    fn draw(&mut self) -> io::Result<Next> {
        if std::mem::take(&mut self.stale)
            && let Next::Leave(exit) = self.tell(Msg::Changed)?
        {
            return Ok(Next::Leave(exit));
        }
        let began = self.client.clock().now().at;
        let asks = self.gate.asks();
        let Self { client, app, look, memory, term, .. } = self;
        let bytes = term.draw(asks, |frame| {
            client.with_model(|model, now| view::draw(frame, app, model, now, look, memory));
        })?;
        let now = self.client.clock().now().at;
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

async fn at(moment: Option<tokio::time::Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Prints every key of the console and what it does.
///
/// # Errors
/// When it cannot be written.
pub fn keys(out: &mut dyn Write) -> io::Result<()> {
    let keymap = Keymap::default();
    for group in Group::ALL {
        writeln!(out, "{}", group.title())?;
        for row in COMMANDS.iter().filter(|row| row.group == group) {
            let keys = keymap.keys(row).join(", ");
            writeln!(out, "  {keys:<16} {:<22} {}", row.name, row.help)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Prints every theme; on a terminal with a sample of what it looks like there.
///
/// # Errors
/// When it cannot be written.
pub fn themes(out: &mut dyn Write, on_terminal: bool, color: bool) -> io::Result<()> {
    let depth = if on_terminal { depth(color) } else { Depth::None };
    listing::themes(out, &theme_files::library(&theme_files::folders()), depth, on_terminal)
}
