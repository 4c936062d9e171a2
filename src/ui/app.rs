//! The console's state and its one entrance: a message in, effects out.

use std::collections::VecDeque;
use std::time::Duration;

use crossterm::event::KeyEventKind;

use super::alerts;
use super::board::Board;
use super::chord::Chord;
use super::column::Column;
use super::command::{Command, Focus, Screen};
use super::flow::Flow;
use super::form::Histories;
use super::hub::{self, Hub};
use super::input;
use super::keymap::Keymap;
use super::layer::Layer;
use super::line::Shelves;
use super::list::List;
use super::mouse::{self, Edge, Splits};
use super::msg::{Effect, Msg};
use super::outbox::Outbox;
use super::past::Past;
use super::picker::Kind;
use super::template::Template;
use super::views::{Rule, View};
use super::wall::Wall;
use crate::alert;
use crate::catalog::Values;
use crate::client::Ticket;
use crate::filter::Sight;
use crate::journal::{AuditHealth, Health};
use crate::model::{Action, Call, Entry, Family, Model, Tone};
use crate::protocol::id::IdSource;
use crate::protocol::{CallId, ControlId, Shown};
use crate::time::{At, Now};
use crate::wall::{Limits, Window};

/// What a console is made with.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// What the header calls this connection: a profile, a host, `demo`.
    pub title: Shown,
    /// Whether the header stands out by a colour of its own, so that nobody takes this connection for another.
    pub framed: bool,
    /// Who is at the console, for the hand-over; may be empty.
    pub person: Shown,
    /// How long a hang-up can be taken back.
    pub undo_window: Duration,
    /// How long ended calls stay in the list.
    pub keep_ended: Duration,
    /// Ready-made values for forms.
    pub templates: Vec<Template>,
    /// Saved views, by digit.
    pub views: Vec<View>,
    /// Rules for marks, by digit.
    pub rules: Vec<Rule>,
    /// Reasons that can be given with a key, where one is asked for.
    pub reasons: Vec<Shown>,
    /// Whether what cannot be taken back asks for a reason.
    pub ask_reason: AskReason,
    /// When to be alerted.
    pub alerts: Vec<alert::Rule>,
    /// Names of the themes there are.
    pub themes: Vec<String>,
    /// The theme to begin with.
    pub theme: String,
    /// Which keys do what.
    pub keymap: Keymap,
    /// How far the wallboard looks back at first; alert rules about the floor always look so far.
    pub window: Window,
    /// When a number of the wallboard is bad.
    pub limits: Limits,
    /// Why the past cannot be looked at, when it cannot.
    pub no_past: Option<Shown>,
    /// Where control ids and tags come from.
    pub ids: IdSource,
}

impl AppConfig {
    /// Stock views, rules and keys, no templates, for a connection of this name.
    #[must_use]
    pub fn new(title: Shown, ids: IdSource) -> Self {
        Self {
            title,
            framed: false,
            person: Shown::default(),
            undo_window: Duration::from_secs(3),
            keep_ended: Duration::from_secs(300),
            templates: super::template::stock(),
            views: super::views::stock_views(),
            rules: super::views::stock_rules(),
            reasons: stock_reasons(),
            ask_reason: AskReason::default(),
            alerts: alert::stock::usual(),
            themes: vec!["dark".to_owned()],
            theme: "dark".to_owned(),
            keymap: Keymap::default(),
            window: Window::default(),
            limits: Limits::default(),
            no_past: Some("nothing is kept that could be looked back at: the journal is off".into()),
            ids,
        }
    }
}

/// Whether what cannot be taken back asks for a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AskReason {
    /// It does not.
    Off,
    /// It does; it is done without one, too.
    #[default]
    Optional,
    /// It is not done without one.
    Required,
}

impl AskReason {
    /// Their words in the configuration.
    pub const NAMES: [(&'static str, Self); 3] =
        [("off", Self::Off), ("optional", Self::Optional), ("required", Self::Required)];
}

/// Reasons that any floor has.
#[must_use]
pub fn stock_reasons() -> Vec<Shown> {
    ["caller asked", "call is stuck", "wrong number", "abuse", "test call"].map(Shown::from).into()
}

/// A part of the screen that can have the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The list of calls.
    List,
    /// The actions of the call.
    Actions,
    /// The feed of events.
    Feed,
    /// The ladder of the call.
    Flow,
    /// The numbers of the floor.
    Wall,
    /// What this program asked for.
    Log,
    /// Alerts.
    Alerts,
}

/// How times are written in feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFormat {
    /// Time of day.
    Clock,
    /// Since the call was first heard of.
    SinceStart,
    /// Before now.
    Ago,
}

/// The feed of events.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    /// The only family that is shown.
    pub family: Option<Family>,
    /// The entry under the cursor; the newest when there is none.
    pub cursor: Option<u64>,
    /// What was looked for in it.
    pub find: String,
}

/// A message that goes away by itself.
#[derive(Debug, Clone)]
pub struct Toast {
    /// What it says.
    pub text: Shown,
    /// How to take it.
    pub tone: Tone,
    /// Whether it answers a key; the next key takes it away.
    pub answers: bool,
    /// When it was said.
    pub said: At,
}

/// The last act, to do it again elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub enum LastAct {
    /// A method with these values.
    Method(&'static str, Values),
    /// A command without a form.
    Command(Command),
}

/// The console's state.
#[derive(Debug)]
pub struct App {
    /// What it was made with.
    pub config: AppConfig,
    /// Columns and lines of the screen.
    pub size: (u16, u16),
    /// The screen that is shown.
    pub screen: Screen,
    /// The screens that lie behind it, the latest last.
    pub trail: Vec<Screen>,
    /// The pane that has the keys.
    pub pane: Pane,
    /// What lies over the screen, topmost last.
    pub layers: Vec<Layer>,
    /// The list of calls and its cursor.
    pub list: List,
    /// The action under the cursor; the newest running one when there is none.
    pub action_cursor: Option<ControlId>,
    /// The feed of events.
    pub feed: Feed,
    /// The ladder of the call.
    pub flow: Flow,
    /// Where the cursor is among alerts and waits.
    pub alerts: alerts::Cursor,
    /// The numbers of the floor.
    pub wall: Wall,
    /// The same as they are now, while the display is frozen.
    counters: Wall,
    /// The line of the cursor among this program's acts, from the newest.
    pub log_cursor: usize,
    /// The act it is on: new ones come above it.
    log_act: Option<Ticket>,
    /// How times are written.
    pub time_format: TimeFormat,
    /// The display held at a moment: what was known then.
    pub frozen: Option<Box<(Model, Now)>>,
    /// The chords of a sequence that is not complete.
    pub pressed: Vec<Chord>,
    /// Acts on their way out.
    pub outbox: Outbox,
    /// Marks, notes and alerts.
    pub board: Board,
    /// A message that goes away by itself.
    pub toast: Option<Toast>,
    /// What is told after it.
    next_toast: Option<Toast>,
    /// Whether the journal takes what happens; none without a journal.
    pub journal: Option<Health>,
    /// How the audit log is doing; none without one.
    pub audit: Option<AuditHealth>,
    /// What is known of the hub it is attached to, and of what may be done there.
    pub hub: Hub,
    /// What was sent before, by method.
    pub histories: Histories,
    /// Lines that were typed before.
    pub shelves: Shelves,
    /// The last act.
    pub last_act: Option<LastAct>,
    /// Whether the middle digits of numbers are hidden.
    pub masked: bool,
    /// The theme that is drawn with.
    pub theme: String,
    /// Shares of the screen.
    pub splits: Splits,
    /// The edge that is being dragged.
    pub dragged: Option<Edge>,
    /// The step of the guided tour, while somebody is on it.
    pub tour: Option<usize>,
    /// It shows the past: nothing can be done in it.
    pub past: Option<Past>,
    /// When it began.
    pub began: Option<Now>,
    /// The line of the list's cursor, as of the last look.
    line: Option<usize>,
    /// The newest entry that was looked at for bad news.
    seen: Option<u64>,
    last_interrupt: Option<At>,
    /// Capitals typed within the last second.
    capitals: VecDeque<At>,
}

/// How long a message stays.
const TOAST: Duration = Duration::from_secs(6);
/// So long it stays when another waits.
const READ: Duration = Duration::from_secs(2);

/// So wide is a list with room for what is known at a hub beside everything else.
const ROOMY: u16 = 96;

/// How often a screen changes while nothing happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Ages tick, or something counts down.
    Second,
    /// Only what ended grows older.
    Minute,
    /// Nothing is there that could.
    Never,
}

impl App {
    /// A console before anything happened.
    #[must_use]
    pub fn new(config: AppConfig) -> Self {
        let wall = Wall::new(config.window);
        Self {
            hub: Hub::default(),
            list: List::new(config.keep_ended),
            theme: config.theme.clone(),
            board: Board { watch: alert::Watch::new(config.alerts.clone()), ..Board::default() },
            config,
            size: (80, 24),
            screen: Screen::Calls,
            trail: Vec::new(),
            pane: Pane::List,
            layers: Vec::new(),
            action_cursor: None,
            feed: Feed::default(),
            flow: Flow::default(),
            alerts: alerts::Cursor::default(),
            wall,
            counters: Wall::default(),
            log_cursor: 0,
            log_act: None,
            time_format: TimeFormat::Clock,
            frozen: None,
            pressed: Vec::new(),
            outbox: Outbox::default(),
            toast: None,
            next_toast: None,
            journal: None,
            audit: None,
            histories: Histories::default(),
            shelves: Shelves::default(),
            last_act: None,
            masked: false,
            splits: Splits::default(),
            dragged: None,
            tour: None,
            past: None,
            began: None,
            line: None,
            seen: None,
            last_interrupt: None,
            capitals: VecDeque::new(),
        }
    }

    /// Takes a message; says what is to be done.
    pub fn update(&mut self, msg: Msg, model: &Model, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.began.get_or_insert(now);
        match msg {
            Msg::Key(key) if key.kind != KeyEventKind::Release => {
                if self.toast.as_ref().is_some_and(|toast| toast.answers) {
                    self.toast = self.next_toast.take();
                }
                input::key(self, key, model, now, &mut effects);
            }
            Msg::Key(_) => {}
            Msg::Mouse(mouse) => mouse::take(self, &mouse, model, now, &mut effects),
            Msg::Paste(text) => input::paste(self, &text, model, now),
            Msg::Resize(width, height) => self.resize(width, height),
            Msg::Rejected(rejected) => {
                self.outbox.rejected(&rejected.ask, &rejected.why);
                self.tell(&rejected.why, Tone::Bad, now);
            }
            Msg::Told(Ok(text)) => self.tell(&text, Tone::Good, now),
            Msg::Told(Err(text)) => self.tell(&text, Tone::Bad, now),
            Msg::Edited(text) => input::edited(self, &text),
            Msg::Changed => self.bad_news(model, now),
            Msg::Wake => self.wake(now),
        }
        alerts::look(self, model, now, &mut effects);
        if let Some(news) = self.outbox.turn(model, now.at, &mut effects) {
            self.tell(&news, Tone::Bad, now);
        }
        // What was just asked for is not in the model yet; the change that brings it settles the cursors.
        if !effects.iter().any(|effect| matches!(effect, Effect::Submit(..))) {
            self.settle(model, now);
        }
        self.settle_log(model, now);
        self.look(model, now, &mut effects);
        let (shown, at) = self.frozen.as_deref().map_or((model, now), |(model, now)| (model, *now));
        self.wall.refresh(shown, at, &self.config.limits);
        if self.frozen.is_some() {
            self.counters.window = self.wall.window;
            self.counters.refresh(model, now, &self.config.limits);
        }
        super::tour::follow(self, model);
        effects
    }

    /// The others at a hub are told of the call that is looked at here.
    fn look(&mut self, model: &Model, now: Now, effects: &mut Vec<Effect>) {
        if self.past.is_none() && model.link().is_up() {
            let call = hub::looked_at(self, model);
            effects.extend(self.hub.looks(call, now.at).map(Effect::Look));
        }
    }

    /// How often what is shown changes by itself.
    #[must_use]
    pub fn pace(&self, model: &Model) -> Pace {
        let ticking =
            self.frozen.is_none() && (model.live() > 0 || model.dials().any(|dial| !dial.is_over()));
        let counting = self.outbox.held().next().is_some()
            || matches!(model.link(), crate::client::LinkState::Down { .. });
        let counted = self.frozen.is_none() && self.screen == Screen::Wall;
        if ticking || counting || counted {
            Pace::Second
        } else if self.frozen.is_none() && model.calls().len() > 0 {
            // With nothing live, ended calls still leave the list in time.
            Pace::Minute
        } else {
            Pace::Never
        }
    }

    /// When the screen changes by itself: ages tick, messages go, acts leave.
    #[must_use]
    pub fn wake_at(&self, model: &Model, now: At) -> Option<At> {
        let next = |micros| At::from_micros((now.as_micros() / micros + 1) * micros);
        let tick = match self.pace(model) {
            Pace::Second => Some(next(1_000_000)),
            Pace::Minute => Some(next(60_000_000)),
            Pace::Never => None,
        };
        let toast = self.toast_until();
        let look = self.board.watch.wake_at(model, now);
        let rests = self.hub.wake_at().filter(|_| self.past.is_none() && model.link().is_up());
        tick.into_iter().chain(toast).chain(self.outbox.wake_at()).chain(look).chain(rests).min()
    }

    /// The numbers of the floor as they are now, whatever the screen holds.
    #[must_use]
    pub fn floor(&self) -> Option<&crate::wall::Board> {
        if self.frozen.is_some() { self.counters.board() } else { self.wall.board() }
    }

    /// The topmost layer was drawn: it can be scrolled so far and no further.
    pub fn drawn(&mut self, most: usize) {
        if let Some(scroll) = self.layers.last_mut().and_then(Layer::scroll) {
            *scroll = (*scroll).min(most);
        }
    }

    /// What has the keys.
    #[must_use]
    pub fn focus(&self) -> Focus {
        self.focus_under(&self.layers)
    }

    /// What would have the keys without the topmost layer.
    #[must_use]
    pub fn focus_behind(&self) -> Focus {
        self.focus_under(self.layers.split_last().map_or(&[], |(_, behind)| behind))
    }

    /// Whether the keys of the past go before those of what has the keys.
    #[must_use]
    pub fn looks_back(&self) -> bool {
        self.past.is_some() && self.layers.is_empty()
    }

    fn focus_under(&self, layers: &[Layer]) -> Focus {
        match (layers.last(), self.pane) {
            (Some(Layer::Form(_)), _) => Focus::Form,
            // This menu takes the keys that it shows.
            (Some(Layer::Picker(picker)), _) if picker.kind == Kind::Acts => Focus::List,
            (Some(Layer::Picker(_)), _) => Focus::Picker,
            (Some(Layer::Text(_) | Layer::Help { .. }), _) => Focus::Text,
            (Some(Layer::Results { .. }), _) => Focus::Results,
            (Some(Layer::Confirm(_) | Layer::Line(_)), _) => Focus::Global,
            (None, Pane::List) => Focus::List,
            (None, Pane::Actions) => Focus::Actions,
            (None, Pane::Feed) => Focus::Feed,
            (None, Pane::Flow) => Focus::Flow,
            (None, Pane::Wall) => Focus::Wall,
            (None, Pane::Log) => Focus::Log,
            (None, Pane::Alerts) => Focus::Alerts,
        }
    }

    /// The panes that the screen shows at its size, in the order of Tab.
    #[must_use]
    pub const fn panes(&self) -> &'static [Pane] {
        let (width, height) = self.size;
        let small = width < 80 || height < 24;
        let large = width >= 110 && height >= 36;
        match self.screen {
            Screen::Calls if small => &[Pane::List],
            Screen::Calls if large => &[Pane::List, Pane::Actions, Pane::Feed, Pane::Alerts],
            Screen::Calls => &[Pane::List, Pane::Actions, Pane::Feed],
            Screen::Detail => &[Pane::Actions, Pane::Feed],
            Screen::Flow => &[Pane::Flow],
            Screen::Events => &[Pane::Feed],
            Screen::Wall if large => &[Pane::Wall, Pane::Alerts],
            Screen::Wall => &[Pane::Wall],
            Screen::Acts => &[Pane::Log],
            Screen::Alerts => &[Pane::Alerts],
        }
    }

    /// What is shown: as it is known, or as it was when the display was frozen.
    #[must_use]
    pub fn shown<'a>(&'a self, model: &'a Model, now: Now) -> (&'a Model, Now) {
        self.frozen.as_deref().map_or((model, now), |(model, now)| (model, *now))
    }

    /// What a filter needs besides a call.
    #[must_use]
    pub fn sight<'a>(&'a self, model: &'a Model, now: Now) -> Sight<'a> {
        Sight { now: now.at, board: &self.board, others: Some(model) }
    }

    /// The call that is acted on: the one under the cursor; on screens of other things, that of the thing that was
    /// chosen. The newest event is nobody's choice.
    #[must_use]
    pub fn target(&self, model: &Model) -> Option<CallId> {
        let shown = self.frozen.as_deref().map_or(model, |(model, _)| model);
        if self.pane == Pane::Alerts {
            return alerts::target(self).cloned();
        }
        match self.screen {
            Screen::Calls | Screen::Detail | Screen::Flow | Screen::Wall | Screen::Alerts => {
                self.list.call().cloned()
            }
            Screen::Acts => shown.acts().iter().rev().nth(self.log_cursor)?.call.clone(),
            Screen::Events => {
                let chosen = self.feed.cursor?;
                shown.entries().iter().rev().find(|entry| entry.seq == chosen)?.call.clone()
            }
        }
    }

    /// The calls that are acted on: those that are marked, on the screen that shows the marks; else the one under the
    /// cursor.
    #[must_use]
    pub fn targets(&self, model: &Model) -> Vec<CallId> {
        let marks = self.screen == Screen::Calls && self.pane != Pane::Alerts;
        if marks && !self.board.marks.is_empty() {
            return self.board.marks.iter().cloned().collect();
        }
        self.target(model).into_iter().collect()
    }

    /// The call that is acted on.
    #[must_use]
    pub fn call<'a>(&self, model: &'a Model) -> Option<&'a Call> {
        model.call(&self.target(model)?)
    }

    /// The action under the cursor: the chosen one, else the newest of mine that runs, else the newest that runs,
    /// else the newest.
    #[must_use]
    pub fn action<'a>(&self, model: &'a Model) -> Option<&'a Action> {
        let call = self.call(model)?;
        let chosen = self.action_cursor.as_ref().and_then(|id| call.action(id));
        let mine = || call.running().rev().find(|action| action.is_mine());
        chosen.or_else(mine).or_else(|| call.running().next_back()).or_else(|| call.actions.last())
    }

    /// The actions of the call as they are listed: running ones first, the newest first.
    #[must_use]
    pub fn actions<'a>(&self, call: &'a Call) -> Vec<&'a Action> {
        let (running, over): (Vec<_>, Vec<_>) =
            call.actions.iter().rev().partition(|action| action.is_live());
        running.into_iter().chain(over).collect()
    }

    /// The entries of the feed, the newest first: those of all calls on the events screen, else those of the call.
    #[must_use]
    pub fn entries<'a>(&self, model: &'a Model) -> Vec<&'a Entry> {
        let ring = match self.screen {
            Screen::Events => model.entries(),
            _ => match self.call(model) {
                Some(call) => &call.entries,
                None => return Vec::new(),
            },
        };
        let wanted = |entry: &&Entry| self.feed.family.is_none_or(|family| entry.family == family);
        ring.iter().rev().map(AsRef::as_ref).filter(wanted).collect()
    }

    /// Lines of the pane that has the keys, about: what a page is.
    #[must_use]
    pub fn page(&self) -> i32 {
        i32::from(self.size.1.saturating_sub(8).max(4))
    }

    /// Answers a key: until the next key, or for a while.
    pub fn say(&mut self, text: &Shown, tone: Tone, now: Now) {
        self.toast = Some(Toast { text: text.clone(), tone, answers: true, said: now.at });
    }

    /// Tells what became of something, for a while.
    pub fn tell(&mut self, text: &Shown, tone: Tone, now: Now) {
        // The clock of the past may stand still or run back: there it stays until the next key.
        let answers = self.past.is_some();
        self.toast = Some(Toast { text: text.clone(), tone, answers, said: now.at });
    }

    /// Tells what nobody asked about. It waits until an answer has been read.
    pub fn mention(&mut self, text: &Shown, tone: Tone, now: Now) {
        // What was news then is seen among the alerts; here it would hide what is said now.
        if self.past.is_some() {
            return;
        }
        let toast = Toast { text: text.clone(), tone, answers: false, said: now.at };
        let unread =
            |before: &Toast| before.answers || before.tone == Tone::Bad && now.at < before.said + READ;
        if self.toast.as_ref().is_some_and(unread) {
            self.next_toast = Some(toast);
        } else {
            self.toast = Some(toast);
        }
    }

    /// Takes away what has been told for long enough. What waits for its turn has it now.
    fn turn_toast(&mut self, now: At) {
        let until = self.toast_until();
        if until.is_some_and(|until| until <= now) {
            self.toast = self.next_toast.take().map(|next| Toast { said: now, ..next });
        }
    }

    fn toast_until(&self) -> Option<At> {
        let toast = self.toast.as_ref().filter(|_| self.past.is_none())?;
        Some(toast.said + if self.next_toast.is_some() { READ } else { TOAST })
    }

    /// Goes to a screen; Esc comes back from it.
    pub fn go(&mut self, screen: Screen) {
        super::perform::go(self, screen);
    }

    pub(super) fn next_id(&mut self) -> ControlId {
        self.config.ids.next()
    }

    fn resize(&mut self, width: u16, height: u16) {
        self.size = (width, height);
        // A pane that is not drawn any more must not keep the keys.
        if !self.panes().contains(&self.pane) {
            self.pane = self.panes()[0];
        }
    }

    fn wake(&mut self, now: Now) {
        self.turn_toast(now.at);
    }

    /// Refusals and lost commands of mine are said, wherever the user is looking.
    fn bad_news(&mut self, model: &Model, now: Now) {
        let newest = model.entries().iter().next_back().map(|entry| entry.seq);
        let new = |entry: &&std::sync::Arc<Entry>| self.seen.is_none_or(|seen| entry.seq > seen);
        let news = model.entries().iter().rev().take_while(new);
        let bad = news
            .filter(|entry| entry.mine && entry.tone == Tone::Bad && entry.family == Family::Command)
            .last()
            .cloned();
        self.seen = newest.or(self.seen);
        if let Some(entry) = bad {
            let on = entry.call.as_ref().and_then(|id| model.call(id));
            let on = on.map(|call| format!(" on {}", call.from)).unwrap_or_default();
            let key = self.config.keymap.key_of(Command::Go(Screen::Acts));
            self.tell(&Shown::new(&format!("{}{on}   {key} shows it", entry.text)), Tone::Bad, now);
        }
    }

    /// Keeps every cursor on something, after anything may have changed.
    fn settle(&mut self, model: &Model, now: Now) {
        let before = self.list.call().cloned();
        match self.frozen.as_deref() {
            Some((shown, at)) => self.list.refresh(shown, at.at, &self.board),
            None => {
                self.board.marks.settle(model);
                self.list.settle(model, now.at, self.line, &self.board);
            }
        }
        self.line = self.list.index();
        if self.list.call() != before.as_ref() {
            self.moved_to(None);
        }
    }

    /// Puts the cursor of the acts on a line.
    pub(super) fn put_log(&mut self, line: usize) {
        (self.log_cursor, self.log_act) = (line, None);
    }

    /// Keeps the cursor of the acts on its act, however many come above it.
    fn settle_log(&mut self, model: &Model, now: Now) {
        let (shown, _) = self.shown(model, now);
        let acts = || shown.acts().iter().rev();
        let place = self.log_act.and_then(|ticket| acts().position(|act| act.ticket == ticket));
        let line = if self.screen == Screen::Acts { place.unwrap_or(self.log_cursor) } else { 0 };
        let act = acts().nth(line).map(|act| act.ticket).filter(|_| self.screen == Screen::Acts);
        (self.log_cursor, self.log_act) = (line, act);
    }

    /// Works the lines of the list out anew, for what needs them at once.
    pub(super) fn refresh(&mut self, model: &Model, now: Now) {
        self.settle(model, now);
    }

    /// Another call is under the cursor: the cursors within it start anew.
    pub(super) fn moved_to(&mut self, action: Option<ControlId>) {
        self.action_cursor = action;
        self.flow.cursor = None;
        if self.screen != Screen::Events {
            self.feed.cursor = None;
        }
    }

    /// Runs a command, or says why it cannot be run.
    pub fn run(&mut self, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
        if let Err(why) = super::availability::of(self, model, command) {
            return self.say(&Shown::new(&why), Tone::Bad, now);
        }
        if command != Command::Interrupt {
            self.last_interrupt = None;
        }
        let stays = matches!(
            command,
            Command::Move(_)
                | Command::Page(_)
                | Command::Top
                | Command::Bottom
                | Command::Open
                | Command::Escape
                | Command::Back
        );
        let acts = matches!(self.layers.last(), Some(Layer::Picker(picker)) if picker.kind == Kind::Acts);
        if acts && !stays {
            self.layers.pop();
        }
        super::perform::perform(self, command, model, now, effects);
    }

    /// Whether Ctrl-c was pressed just before. The clock of the past tells nothing about that: there, no other command
    /// may lie between.
    pub(super) fn interrupted_twice(&mut self, now: Now) -> bool {
        let before = self.last_interrupt.replace(now.at);
        before.is_some_and(|before| self.past.is_some() || now.at.since(before) <= Duration::from_secs(1))
    }

    /// The moment that is shown is another all of a sudden: what follows from how things went until then starts anew.
    pub fn jumped(&mut self, model: &Model) {
        self.board.watch = alert::Watch::new(self.config.alerts.clone());
        self.seen = model.entries().iter().next_back().map(|entry| entry.seq);
        self.list.held = None;
    }

    /// Whether two of `J`, `K`, `G` came within a second: the Caps Lock key, most likely.
    pub(super) fn shouted(&mut self, chord: Chord, now: Now) -> bool {
        if !matches!(chord.typed(), Some('J' | 'K' | 'G')) {
            return false;
        }
        self.capitals.retain(|at| now.at.since(*at) <= Duration::from_secs(1));
        self.capitals.push_back(now.at);
        self.capitals.len() >= 2
    }

    /// The columns of the list as they are shown: at a hub whose call it is and who looks at it are among them, where
    /// there is room and nobody chose others.
    #[must_use]
    pub fn columns(&self, model: &Model) -> &[Column] {
        let usual = !self.list.arranged && self.list.columns == Column::DEFAULT;
        let roomy = self.list_width() >= ROOMY;
        if usual && roomy && model.applications().len() > 0 { &Column::AT_HUB } else { &self.list.columns }
    }

    fn list_width(&self) -> u16 {
        let (width, height) = self.size;
        let body = (width, height.saturating_sub(4));
        if self.screen == Screen::Calls && mouse::is_cockpit(body) {
            width * self.splits.share(Edge::Beside, body) / 100
        } else {
            width
        }
    }

    /// The name of a column under which the list is sorted, with the direction, for the title.
    #[must_use]
    pub const fn sorted_by(&self) -> (Column, bool) {
        (self.list.key, self.list.reversed)
    }
}
