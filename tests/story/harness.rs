//! A console, a session and a simulated world joined in memory, in invented time: keys in, screen out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use callboard::attach::Welcome;
use callboard::calling::Desk;
use callboard::catalog::ActionKind;
use callboard::client::session::{Input, Output, Session, SessionConfig};
use callboard::client::{AppId, Application, By, Claim, ClientEvent, Credentials, Outcome, Person, Present};
use callboard::hub::{Rights, Role};
use callboard::journal::{Bounds, Journal, Reader};
use callboard::model::{Command, Model, Occurrence, Run, Subject, Why};
use callboard::protocol::frame::Reply;
use callboard::protocol::id::IdSource;
use callboard::protocol::{CallId, ControlId, Dialect, Secret, Shown};
use callboard::replay::Past;
use callboard::sim::{self, ClientId, Script, World};
use callboard::time::Now;
use callboard::ui::app::{App, AppConfig};
use callboard::ui::chord::Chord;
use callboard::ui::hub::Hub;
use callboard::ui::mouse::{Deed, Mouse};
use callboard::ui::msg::Rejected;
use callboard::ui::{Effect, Msg, template};
use callboard::view::{self, Depth, Look, Memory, Theme};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use unicode_width::UnicodeWidthStr;

/// Somebody at the hub: the name, the call under their cursor, and the calls they claimed so many seconds ago.
pub type Other<'a> = (&'a str, Option<&'a CallId>, &'a [(CallId, u64)]);

fn owner_of(context: &str) -> AppId {
    let ivr = ["support", "internal"].iter().any(|name| context.contains(name));
    if ivr { AppId(1) } else { AppId(2) }
}

fn present(name: &str, looking: Option<&CallId>, claims: &[(CallId, u64)]) -> Present {
    let (name, role) = (Shown::new(name), if name == "mei" { "watch" } else { "act" }.into());
    let person = Arc::new(Person { name, role, from: "unix".into(), console: 2 });
    let claim = |(call, age): &(CallId, u64)| Claim { call: call.clone(), age: Duration::from_secs(*age) };
    Present { person, looking: looking.cloned(), claims: claims.iter().map(claim).collect() }
}

/// The whole program without its shell.
pub struct Story {
    pub app: App,
    pub desk: Desk,
    pub effects: Vec<Effect>,
    session: Session,
    world: World,
    client: ClientId,
    connected: bool,
    clock: Duration,
    size: (u16, u16),
    memory: Memory,
    look: Look,
    /// Where everything is kept, when it is.
    journal: Option<(tempfile::TempDir, Journal)>,
    /// The console of the past, while it is looked at.
    pub past: Option<Past>,
    /// Frames on their way to the world.
    sent: VecDeque<String>,
    pub keys: usize,
    /// Who is at the hub, oneself first, while the console is one of a hub.
    hub: Option<Vec<Present>>,
}

/// The applications of the hub: the first has the calls of `support` and `internal`, the second all others.
pub const APPS: [(AppId, &str); 2] = [(AppId(1), "ivr"), (AppId(2), "dial")];

impl Story {
    /// The demo's floor, two seconds after the login.
    pub fn floor() -> Self {
        Self::new(Script::floor().unwrap(), &["support", "renewal", "collect", "internal"])
    }

    /// The same, with a journal.
    pub fn kept_floor() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), Bounds::default()).unwrap();
        let contexts = ["support", "renewal", "collect", "internal"];
        Self::begin(Script::floor().unwrap(), &contexts, Some((folder, journal)))
    }

    /// The demo's floor behind a hub with two applications, where the person is there for this.
    pub fn at_hub(role: Role) -> Self {
        let mut story = Self::floor();
        story.attach(role, role.rights(), role.bulk_limit());
        story
    }

    /// Puts a hub before everything that is known, as an attach does.
    pub fn attach(&mut self, role: Role, rights: Rights, bulk_limit: Option<usize>) -> &mut Self {
        let mut desk = Desk::at_hub(IdSource::seeded(3));
        std::mem::swap(desk.model_mut(), self.desk.model_mut());
        self.desk = desk;
        let welcome = Welcome {
            protocol: 1,
            agent: "callboard".into(),
            instance: "i".into(),
            console: 1,
            tickets: (1, 1 << 20),
            person: "ana".into(),
            role: role.word().into(),
            rights: rights.iter().map(|right| right.word().into()).collect(),
            bulk_limit,
            now_us: 0,
            upstream: "relay".into(),
        };
        if !self.app.hub.is_attached() {
            self.app.hub = Hub::new(false);
        }
        self.app.hub.greet(&Arc::new(welcome));
        self.app.hub.delay = Some(Duration::from_micros(400));
        for (id, name) in APPS {
            self.application(id, name, true);
        }
        let owned: Vec<_> =
            self.model().calls().map(|call| (call.id.clone(), call.context.clone())).collect();
        for (call, context) in owned {
            let owner = owner_of(&context.map(|context| context.to_string()).unwrap_or_default());
            self.observe(&ClientEvent::Owned { call, owner });
        }
        self.hub = Some(vec![present("ana", None, &[])]);
        self.others(&[])
    }

    /// An application comes or goes.
    pub fn application(&mut self, id: AppId, name: &str, up: bool) {
        let current = id == APPS[0].0;
        let dialect = if current { Dialect::Current } else { Dialect::Blade };
        let agent = if current { "signalwire-sdk/3.7.5" } else { "Python SDK/2.1.1" }.into();
        let contexts = if current { ["support", "internal"] } else { ["renewal", "collect"] };
        let contexts = contexts.map(Shown::from).into();
        let (name, restored, missed) = (Shown::new(name), false, 0);
        let application =
            Application { id, name, agent, dialect, contexts, up, restored, missed, session: String::new() };
        self.observe(&ClientEvent::Application(Arc::new(application)));
    }

    /// Others are at the hub, with this call under their cursor and these claims.
    pub fn others(&mut self, others: &[Other<'_>]) -> &mut Self {
        let others = others.iter().map(|(name, looking, claims)| present(name, *looking, claims));
        let me = self.hub.as_ref().unwrap()[0].clone();
        let all: Vec<Present> = std::iter::once(me).chain(others).collect();
        self.hub = Some(all.clone());
        self.observe(&ClientEvent::Presence(all.into()));
        self.tell(Msg::Changed);
        self
    }

    /// Somebody else starts something on a call, which the service accepts.
    pub fn started(&mut self, by: By, call: &CallId, kind: ActionKind, control: &str) {
        let (ticket, params) = (self.desk.next_ticket(), Arc::new(serde_json::json!({})));
        let (call, control_id) = (call.clone(), ControlId::from(control));
        let subject = Subject::Start { call, control_id, kind, wait_for_beep: false };
        let (rpc, why, now) = (kind.rpc().into(), Why::default(), self.now());
        let command = Command { ticket, method: kind.word(), rpc, params, subject, by, why, now };
        self.take(&Occurrence::Submitted(command));
        let reply = Reply { code: "200".into(), message: String::new(), body: serde_json::json!({}) };
        let (outcome, round_trip) = (Outcome::Done(reply), Some(Duration::from_millis(41)));
        self.observe(&ClientEvent::Outcome { ticket, outcome, round_trip });
        self.tell(Msg::Changed);
    }

    /// A console of 80x24 on a world with this script.
    pub fn new(script: Script, contexts: &[&str]) -> Self {
        Self::begin(script, contexts, None)
    }

    fn begin(script: Script, contexts: &[&str], journal: Option<(tempfile::TempDir, Journal)>) -> Self {
        let credentials =
            Credentials::Token { project: Secret::new("project-1"), token: Secret::new("PT-canary") };
        let contexts = contexts.iter().map(|&name| name.to_owned()).collect();
        let session = Session::new(SessionConfig {
            dialect: Dialect::Current,
            credentials,
            contexts,
            ids: IdSource::seeded(1),
            jitter_seed: 1,
        });
        let mut app = App::new(AppConfig {
            templates: template::demo(),
            alerts: callboard::alert::stock::demo(),
            themes: Theme::names().map(str::to_owned).collect(),
            ..AppConfig::new("demo".into(), IdSource::seeded(2))
        });
        app.config.no_past = app.config.no_past.filter(|_| journal.is_none());
        let look = Look { theme: Theme::load(None, Depth::True).unwrap(), ascii: false };
        let mut story = Self {
            app,
            desk: Desk::new(IdSource::seeded(3)),
            effects: Vec::new(),
            session,
            world: World::new(script, 7),
            client: ClientId(0),
            connected: false,
            clock: Duration::from_secs(1),
            size: (80, 24),
            memory: Memory::default(),
            look,
            journal,
            past: None,
            sent: VecDeque::new(),
            keys: 0,
            hub: None,
        };
        let run =
            Run { version: "1".into(), process: 1, person: "ana".into(), title: "demo".into(), unread: 0 };
        story.take(&Occurrence::Started(run));
        story.feed(Input::Connect);
        story.advance(2.0);
        story
    }

    pub fn sized(mut self, width: u16, height: u16) -> Self {
        self.resize(width, height);
        self
    }

    pub fn looking(mut self, look: Look) -> Self {
        self.look = look;
        self
    }

    pub fn now(&self) -> Now {
        Now::simulated(self.clock)
    }

    pub fn model(&self) -> &Model {
        self.desk.model()
    }

    /// Presses chords, separated by blanks: `t ctrl+t 1 enter`.
    pub fn press(&mut self, chords: &str) -> &mut Self {
        for text in chords.split(' ').filter(|text| !text.is_empty()) {
            let Some(chord) = Chord::parse(text) else { panic!("{text:?} is no key") };
            self.key(chord.key());
        }
        self
    }

    /// Types a text, key by key.
    pub fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.key(KeyEvent::from(KeyCode::Char(c)));
        }
        self
    }

    pub fn key(&mut self, key: KeyEvent) {
        self.keys += 1;
        self.tell(Msg::Key(key));
        self.advance(0.05);
    }

    /// Does something with the mouse, on the screen as it was drawn last.
    pub fn mouse(&mut self, deed: Deed, x: u16, y: u16) -> &mut Self {
        self.tell(Msg::Mouse(Mouse { deed, at: (x, y), hit: self.memory.at(x, y) }));
        self.advance(0.05)
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.size = (width, height);
        self.tell(Msg::Resize(width, height));
        self
    }

    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.tell(Msg::Paste(text.to_owned()));
        self
    }

    /// As the shell does: what is done by hand goes to the console that is seen.
    fn tell(&mut self, msg: Msg) {
        let by_hand = matches!(msg, Msg::Key(_) | Msg::Mouse(_) | Msg::Paste(_));
        let now = self.now();
        if let Msg::Resize(..) | Msg::Changed = msg
            && let Some(past) = &mut self.past
        {
            past.update(msg.clone(), now.at);
        }
        let effects = match &mut self.past {
            Some(past) if by_hand => past.update(msg, now.at),
            _ => self.app.update(msg, self.desk.model(), now),
        };
        for effect in effects {
            match effect {
                Effect::Submit(ask, why) => match self.desk.prepare(ask.clone(), why, now) {
                    Ok((submission, command)) => {
                        self.take(&Occurrence::Submitted(command));
                        self.feed(Input::Submit(submission));
                    }
                    Err(error) => self.tell(Msg::Rejected(Rejected::new(ask, &error))),
                },
                Effect::Reconnect => self.feed(Input::Connect),
                Effect::Note(call, text) => self.take(&Occurrence::Noted { call, text, by: By::Me }),
                Effect::Claim(..) | Effect::Look(_) => {
                    self.hub_hears(&effect);
                    self.effects.push(effect);
                }
                Effect::ClearEnded => self.take(&Occurrence::Cleared),
                Effect::LookBack => self.look_back(),
                Effect::Now => self.past = None,
                effect => self.effects.push(effect),
            }
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        let now = self.now();
        let mut outputs = Vec::new();
        self.session.handle(input, now, &mut outputs);
        let mut changed = false;
        for output in outputs {
            match output {
                Output::Open => {
                    self.client = ClientId(self.client.0 + 1);
                    self.connected = true;
                    let joined = self.world.handle(sim::world::Input::Joined(self.client), now);
                    self.feed(Input::Opened);
                    self.take_from_world(joined);
                }
                Output::Send { text, .. } | Output::Acknowledge(text) => self.sent.push_back(text),
                Output::Close { why } => self.cut(why.as_str()),
                Output::Event(event) => {
                    changed = true;
                    self.observe(&event);
                }
            }
        }
        while let Some(text) = self.sent.pop_front() {
            if self.connected {
                let outputs = self.world.handle(sim::world::Input::Text(self.client, &text), now);
                self.take_from_world(outputs);
            }
        }
        if changed {
            self.tell(Msg::Changed);
        }
    }

    /// As the hub does: everybody is told who looks and who claims.
    fn hub_hears(&mut self, effect: &Effect) {
        let me = &mut self.hub.as_mut().unwrap()[0];
        match effect {
            Effect::Look(call) => me.looking.clone_from(call),
            Effect::Claim(call, on) => {
                me.claims.retain(|claim| claim.call != *call);
                me.claims.extend(on.then(|| Claim { call: call.clone(), age: Duration::ZERO }));
            }
            _ => {}
        }
        let all = self.hub.clone().unwrap();
        self.observe(&ClientEvent::Presence(all.into()));
    }

    fn is_nobodys(&self, call: &CallId) -> bool {
        self.model().call(call).is_none_or(|call| call.owner.is_none())
    }

    fn observe(&mut self, event: &ClientEvent) {
        if let (Some(_), ClientEvent::Received(received)) = (&self.hub, event)
            && let Some(call) = received.event.call_id().filter(|id| self.is_nobodys(id))
        {
            let event = ClientEvent::Owned { call: call.clone(), owner: owner_of(&received.raw) };
            self.take(&Occurrence::Reported(event));
        }
        self.take(&Occurrence::Reported(event.clone()));
    }

    fn take(&mut self, occurrence: &Occurrence) {
        let now = self.now();
        if let Some((_, journal)) = &self.journal {
            journal.append(occurrence, now);
        }
        self.desk.take(occurrence, now);
    }

    /// The journal, once everything is in it.
    pub fn reader(&self) -> Reader {
        let (folder, journal) = self.journal.as_ref().unwrap();
        // Reading waits for a real disk.
        let _ = journal.seen().unwrap().read(self.now());
        Reader::open(folder.path()).unwrap()
    }

    fn look_back(&mut self) {
        self.past = Past::look_back(self.reader(), 1, &self.app, self.desk.model(), self.now());
    }

    /// Loses the connection.
    pub fn cut(&mut self, why: &str) {
        if std::mem::take(&mut self.connected) {
            let now = self.now();
            let _ = self.world.handle(sim::world::Input::Left(self.client), now);
            self.feed(Input::Closed { why: Shown::new(why), unsent: Vec::new() });
        }
    }

    fn take_from_world(&mut self, outputs: Vec<sim::world::Output>) {
        for output in outputs {
            match output {
                sim::world::Output::Send { client, text } if client == self.client && self.connected => {
                    self.feed(Input::Text(&text));
                }
                sim::world::Output::SendBinary { client, bytes } if client == self.client => {
                    let what = format!("binary, {} bytes", bytes.len());
                    self.feed(Input::NotText(&what));
                }
                sim::world::Output::Close { client, .. } | sim::world::Output::Cut { client }
                    if client == self.client =>
                {
                    self.cut("the service closed the connection");
                }
                _ => {}
            }
        }
    }

    /// Makes something happen in the world.
    pub fn stage(&mut self, stage: sim::Stage) {
        let now = self.now();
        let outputs = self.world.handle(sim::world::Input::Stage(stage), now);
        self.take_from_world(outputs);
    }

    /// Lets time pass.
    pub fn advance(&mut self, seconds: f64) -> &mut Self {
        let end = self.clock + Duration::from_secs_f64(seconds);
        loop {
            let world = self.world.wake_at();
            let session = self.session.wake_at();
            let app = self.app.wake_at(self.desk.model(), self.now().at);
            let now = self.now().at;
            let past = self.past.as_mut().and_then(|past| past.wake_at(now));
            let next = world.into_iter().chain(session).chain(app).chain(self.desk.wake_at());
            let next = next.chain(past).min();
            let Some(next) = next.filter(|next| *next <= Now::simulated(end).at) else { break };
            self.clock = self.clock.max(next.since(callboard::time::At::START));
            let now = self.now();
            if world.is_some_and(|at| at <= now.at) {
                let outputs = self.world.handle(sim::world::Input::Wake, now);
                self.take_from_world(outputs);
            }
            if self.session.wake_at().is_some_and(|at| at <= now.at) {
                self.feed(Input::Wake);
            }
            for (submission, command) in self.desk.wake(now) {
                self.take(&Occurrence::Submitted(command));
                self.feed(Input::Submit(submission));
            }
            if app.is_some_and(|at| at <= now.at) {
                self.tell(Msg::Wake);
            }
            if let Some(past) = self.past.as_mut().filter(|_| past.is_some_and(|at| at <= now.at)) {
                past.tick(now.at);
            }
        }
        self.clock = end;
        self.tell(Msg::Changed);
        self
    }

    /// The cells of the screen as they were drawn; a terminal never shows what lies under half a wide letter.
    pub fn cells(&mut self) -> ratatui::buffer::Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        let now = self.now();
        if let Some(past) = &mut self.past {
            past.tell_news(&self.app, self.desk.model());
        }
        let (app, model, now) = self.past.as_ref().map_or((&self.app, self.desk.model(), now), Past::look);
        let cells = terminal
            .draw(|frame| view::draw(frame, app, model, now, &self.look, &mut self.memory))
            .unwrap()
            .buffer
            .clone();
        self.app.drawn(self.memory.most());
        cells
    }

    /// What the screen shows, line by line.
    pub fn screen(&mut self) -> String {
        let buffer = self.cells();
        let lines = buffer.content.chunks(usize::from(self.size.0)).map(|row| {
            // A wide letter covers the cell after it.
            let mut covered = 0;
            let seen = row.iter().map(ratatui::buffer::Cell::symbol).filter(|symbol| {
                let is_covered = covered > 0;
                covered = if is_covered { covered - 1 } else { symbol.width().saturating_sub(1) };
                !is_covered
            });
            seen.collect::<String>().trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The lines of the screen that contain a text.
    pub fn lines_with(&mut self, text: &str) -> Vec<String> {
        self.screen().lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }

    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(text), "{text:?} is not on the screen:\n{screen}");
        self
    }

    #[track_caller]
    pub fn sees_no(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "{text:?} is on the screen:\n{screen}");
        self
    }

    /// What was copied last.
    #[track_caller]
    pub fn copied(&self) -> String {
        let copied = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Copy { text, .. } => Some(text.clone()),
            _ => None,
        });
        copied.expect("nothing was copied")
    }

    /// How often the world was asked for this command.
    pub fn commands(&self, method: &str) -> usize {
        self.world.ledger().received().filter(|command| command.method == method).count()
    }
}
