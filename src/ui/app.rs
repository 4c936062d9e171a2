//! The console's state and its one entrance: a message in, effects out.

use std::collections::HashMap;
use std::time::Duration;

use crossterm::event::{KeyEvent, KeyEventKind};

use super::chord::Chord;
use super::command::{Command, Focus, Screen};
use super::keymap::{self, Found};
use super::layer::{Layer, Undoable};
use super::list::List;
use super::msg::{Effect, Msg};
use super::template::Template;
use crate::calling::Ask;
use crate::filter::{Filter, Subject};
use crate::model::{Action, Call, Entry, Family, Model, Tone};
use crate::protocol::id::IdSource;
use crate::protocol::{CallId, ControlId, Shown};
use crate::time::{At, Now};

/// What a console is made with.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// What the header calls this connection: a profile, a host, `demo`.
    pub title: Shown,
    /// How long a hang-up can be taken back.
    pub undo_window: Duration,
    /// How long ended calls stay in the list.
    pub keep_ended: Duration,
    /// Ready-made values for forms.
    pub templates: Vec<Template>,
    /// Where control ids and tags come from.
    pub ids: IdSource,
}

/// A part of the screen that can have the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The list of calls.
    List,
    /// The actions of the call.
    Actions,
    /// The feed of events.
    Feed,
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
#[derive(Debug, Clone, Copy)]
pub struct Feed {
    /// The only family that is shown.
    pub family: Option<Family>,
    /// The entry under the cursor; the newest when there is none.
    pub cursor: Option<u64>,
}

/// A message that goes away by itself.
#[derive(Debug, Clone)]
pub struct Toast {
    /// What it says.
    pub text: Shown,
    /// How to take it.
    pub tone: Tone,
    /// Until when it stays.
    pub until: At,
}

/// The console's state.
#[derive(Debug)]
pub struct App {
    /// What it was made with.
    pub config: AppConfig,
    /// The screen that is shown.
    pub screen: Screen,
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
    /// How times are written.
    pub time_format: TimeFormat,
    /// The display held at a moment: what was known then.
    pub frozen: Option<Box<(Model, Now)>>,
    /// The chords of a sequence that is not complete.
    pub pressed: Vec<Chord>,
    /// Hang-ups that can still be taken back, the newest last.
    pub undo: Vec<Undoable>,
    /// A message that goes away by itself.
    pub toast: Option<Toast>,
    /// What was sent last, by method.
    pub last_texts: HashMap<&'static str, HashMap<String, String>>,
    /// The line of the list's cursor, as of the last look.
    line: Option<usize>,
    /// The newest entry that was looked at for bad news.
    seen: Option<u64>,
    last_interrupt: Option<At>,
}

/// How long a message stays.
const TOAST: Duration = Duration::from_secs(6);

impl App {
    /// A console before anything happened.
    #[must_use]
    pub fn new(config: AppConfig) -> Self {
        Self {
            list: List::new(config.keep_ended),
            config,
            screen: Screen::Calls,
            pane: Pane::List,
            layers: Vec::new(),
            action_cursor: None,
            feed: Feed { family: None, cursor: None },
            time_format: TimeFormat::Clock,
            frozen: None,
            pressed: Vec::new(),
            undo: Vec::new(),
            toast: None,
            last_texts: HashMap::new(),
            line: None,
            seen: None,
            last_interrupt: None,
        }
    }

    /// Takes a message; says what is to be done.
    pub fn update(&mut self, msg: Msg, model: &Model, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        match msg {
            Msg::Key(key) if key.kind != KeyEventKind::Release => self.key(key, model, now, &mut effects),
            Msg::Key(_) => {}
            Msg::Paste(text) => self.paste(&text),
            Msg::Rejected(rejected) => self.say(&rejected.0, Tone::Bad, now),
            Msg::Changed => self.bad_news(model, now),
            Msg::Wake => self.wake(model, now, &mut effects),
        }
        // What was just asked for is not in the model yet; the change that brings it settles the cursors.
        if self.frozen.is_none() && !effects.iter().any(|effect| matches!(effect, Effect::Submit(_))) {
            self.settle(model, now);
        }
        effects
    }

    /// When the screen changes by itself: ages tick, messages go, a hang-up leaves.
    #[must_use]
    pub fn wake_at(&self, model: &Model, now: At) -> Option<At> {
        let ticking =
            self.frozen.is_none() && (model.live() > 0 || model.dials().any(|dial| !dial.is_over()));
        let counting = !self.undo.is_empty() || matches!(model.link(), crate::client::LinkState::Down { .. });
        let second = At::from_micros((now.as_micros() / 1_000_000 + 1) * 1_000_000);
        let tick = (ticking || counting).then_some(second);
        // With nothing live, ended calls still leave the list in time.
        let minute = At::from_micros((now.as_micros() / 60_000_000 + 1) * 60_000_000);
        let tick = tick.or_else(|| (self.frozen.is_none() && model.calls().len() > 0).then_some(minute));
        let toast = self.toast.as_ref().map(|toast| toast.until);
        let undo = self.undo.iter().map(|undo| undo.due).min();
        tick.into_iter().chain(toast).chain(undo).min()
    }

    /// What has the keys.
    #[must_use]
    pub fn focus(&self) -> Focus {
        match (self.layers.last(), self.pane) {
            (Some(Layer::Form(_)), _) => Focus::Form,
            // The menu takes the keys that it shows.
            (Some(Layer::Acts { .. }), _) => Focus::List,
            (Some(_), _) => Focus::Global,
            (None, Pane::List) => Focus::List,
            (None, Pane::Actions) => Focus::Actions,
            (None, Pane::Feed) => Focus::Feed,
        }
    }

    /// The panes of the screen, in the order of Tab.
    #[must_use]
    pub const fn panes(&self) -> &'static [Pane] {
        match self.screen {
            Screen::Calls => &[Pane::List, Pane::Actions, Pane::Feed],
            Screen::Detail => &[Pane::Actions, Pane::Feed],
            Screen::Events => &[Pane::Feed],
        }
    }

    /// What is shown: as it is known, or as it was when the display was frozen.
    #[must_use]
    pub fn shown<'a>(&'a self, model: &'a Model, now: Now) -> (&'a Model, Now) {
        self.frozen.as_deref().map_or((model, now), |(model, now)| (model, *now))
    }

    /// The call that is acted on: the one under the cursor; among the events of all calls, that of the event that
    /// was chosen. The newest event is nobody's choice.
    #[must_use]
    pub fn target(&self, model: &Model) -> Option<CallId> {
        if self.screen != Screen::Events {
            return self.list.call().cloned();
        }
        let chosen = self.feed.cursor?;
        let shown = self.frozen.as_deref().map_or(model, |(model, _)| model);
        shown.journal().iter().rev().find(|entry| entry.seq == chosen)?.call.clone()
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
        let ring = match (self.screen, self.call(model)) {
            (Screen::Events, _) => model.journal(),
            (Screen::Calls | Screen::Detail, Some(call)) => &call.entries,
            _ => return Vec::new(),
        };
        let wanted = |entry: &&Entry| self.feed.family.is_none_or(|family| entry.family == family);
        ring.iter().rev().map(AsRef::as_ref).filter(wanted).collect()
    }

    /// Shows a message for a while.
    pub fn say(&mut self, text: &Shown, tone: Tone, now: Now) {
        self.toast = Some(Toast { text: text.clone(), tone, until: now.at + TOAST });
    }

    pub(super) fn next_id(&mut self) -> ControlId {
        self.config.ids.next()
    }

    fn key(&mut self, key: KeyEvent, model: &Model, now: Now, effects: &mut Vec<Effect>) {
        self.list.chosen = true;
        let chord = Chord::of(&key);
        if self.typed_into_layer(key, chord, model, now, effects) {
            return;
        }
        if !self.pressed.is_empty() && chord == Chord::of(&KeyEvent::from(crossterm::event::KeyCode::Esc)) {
            self.pressed.clear();
            return;
        }
        self.pressed.push(chord);
        match keymap::look_up(self.focus(), &self.pressed) {
            Found::Pending => {}
            Found::Command(command) => {
                self.pressed.clear();
                self.run(command, model, now, effects);
            }
            Found::Nothing => {
                let sequence = self.pressed.len() > 1;
                self.pressed.clear();
                if sequence {
                    let text = format!("{chord} is not one of the keys shown");
                    self.say(&Shown::new(&text), Tone::Plain, now);
                } else if let Some(Layer::Form(form)) = self.layers.last_mut() {
                    form.type_key(key);
                }
            }
        }
    }

    /// Lines being typed and questions take keys before any command does.
    fn typed_into_layer(
        &mut self,
        key: KeyEvent,
        chord: Chord,
        model: &Model,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        use crossterm::event::KeyCode;
        match self.layers.last_mut() {
            Some(Layer::Filter { text, .. }) => {
                match key.code {
                    KeyCode::Esc => super::perform::escape(self),
                    KeyCode::Enter => {
                        self.layers.pop();
                    }
                    _ if edit_line(text, key, chord) => {
                        let text = text.clone();
                        self.filter_by(&text);
                        // The first match is what was looked for.
                        let rows = self.list.rows(model, now.at);
                        self.list.put(&rows, 0);
                    }
                    _ => return false,
                }
                true
            }
            Some(Layer::Context { add, text }) => {
                match key.code {
                    KeyCode::Enter => {
                        let (add, name) = (*add, text.trim().to_owned());
                        self.layers.pop();
                        if !name.is_empty() {
                            effects.push(Effect::Submit(Ask::Contexts { add, names: vec![name] }));
                        }
                    }
                    KeyCode::Esc => {
                        self.layers.pop();
                    }
                    _ => return edit_line(text, key, chord),
                }
                true
            }
            Some(Layer::Confirm(_)) => {
                self.answer(chord, model, now, effects);
                true
            }
            Some(Layer::Form(form)) if form.templates.is_some() => {
                let chosen = chord
                    .digit()
                    .and_then(|digit| form.templates.as_ref()?.get(digit.checked_sub(1)?).cloned());
                form.templates = None;
                if let Some(template) = chosen {
                    form.fill_in(template.texts.iter().map(|(field, text)| (field, text)));
                }
                true
            }
            Some(Layer::Form(form)) if chord.typed().is_some() => form.type_key(key),
            Some(Layer::Form(form)) if matches!(key.code, KeyCode::Left | KeyCode::Right) => {
                let by = if key.code == KeyCode::Left { -1 } else { 1 };
                form.choose(by) || form.type_key(key)
            }
            _ => false,
        }
    }

    /// Shows the calls that are meant; while it cannot be understood what is typed, those that were meant last.
    fn filter_by(&mut self, text: &str) {
        if let Ok(filter) = Filter::parse_about(text, Subject::Call) {
            self.list.filter = filter;
        }
    }

    fn answer(&mut self, chord: Chord, model: &Model, now: Now, effects: &mut Vec<Effect>) {
        let Some(Layer::Confirm(confirm)) = self.layers.pop() else { return };
        if chord.typed() != Some('y') {
            return self.say(&"nothing was done".into(), Tone::Plain, now);
        }
        super::act::agreed(self, confirm.then, model, now, effects);
    }

    fn paste(&mut self, text: &str) {
        let line: String = text.chars().filter(|c| !c.is_control()).collect();
        match self.layers.last_mut() {
            Some(Layer::Form(form)) => form.paste(text),
            Some(Layer::Filter { text, .. }) => {
                text.push_str(&line);
                let text = text.clone();
                self.filter_by(&text);
            }
            Some(Layer::Context { text, .. }) => text.push_str(&line),
            _ => {}
        }
    }

    fn wake(&mut self, model: &Model, now: Now, effects: &mut Vec<Effect>) {
        if self.toast.as_ref().is_some_and(|toast| toast.until <= now.at) {
            self.toast = None;
        }
        let due: Vec<_> = self.undo.extract_if(.., |undo| undo.due <= now.at).collect();
        for undo in due {
            if model.call(&undo.call).is_some_and(Call::is_live) {
                effects.push(Effect::Submit(undo.ask));
            } else {
                self.say(&"the call had ended before the hang-up left".into(), Tone::Plain, now);
            }
        }
    }

    /// Refusals and lost commands of mine are said, wherever the user is looking.
    fn bad_news(&mut self, model: &Model, now: Now) {
        let newest = model.journal().iter().next_back().map(|entry| entry.seq);
        let new = |entry: &&std::sync::Arc<Entry>| self.seen.is_none_or(|seen| entry.seq > seen);
        let news = model.journal().iter().rev().take_while(new);
        let bad = news
            .filter(|entry| entry.mine && entry.tone == Tone::Bad && entry.family == Family::Command)
            .last()
            .cloned();
        self.seen = newest.or(self.seen);
        if let Some(entry) = bad {
            self.say(&entry.text, Tone::Bad, now);
        }
    }

    fn settle(&mut self, model: &Model, now: Now) {
        let before = self.list.call().cloned();
        self.list.settle(model, now.at, self.line);
        self.line = self.list.index(&self.list.rows(model, now.at));
        if self.list.call() != before.as_ref() {
            self.moved_to(None);
        }
    }

    /// Another call is under the cursor: the cursors within it start anew.
    pub(super) fn moved_to(&mut self, action: Option<ControlId>) {
        self.action_cursor = action;
        if self.screen != Screen::Events {
            self.feed.cursor = None;
        }
    }

    /// Runs a command, or says why it cannot be run.
    pub fn run(&mut self, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
        if let Err(why) = super::availability::of(self, model, command) {
            return self.say(&Shown::new(&why), Tone::Bad, now);
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
        if matches!(self.layers.last(), Some(Layer::Acts { .. })) && !stays {
            self.layers.pop();
        }
        super::perform::perform(self, command, model, now, effects);
    }

    /// Whether Ctrl-c was pressed just before.
    pub(super) fn interrupted_twice(&mut self, now: Now) -> bool {
        let before = self.last_interrupt.replace(now.at);
        before.is_some_and(|before| now.at.since(before) <= Duration::from_secs(1))
    }

    /// A call under a hang-up that can still be taken back.
    #[must_use]
    pub fn hanging_up(&self, call: &CallId) -> bool {
        self.undo.iter().any(|undo| undo.call == *call)
    }
}

/// Edits a line of text at its end. Gives false for keys that mean nothing in a line.
fn edit_line(text: &mut String, key: KeyEvent, chord: Chord) -> bool {
    use crossterm::event::KeyCode;
    match (key.code, chord.typed()) {
        (KeyCode::Backspace, _) => {
            text.pop();
        }
        (_, Some(c)) => text.push(c),
        _ if Some(chord) == Chord::parse("ctrl+u") => text.clear(),
        _ => return false,
    }
    true
}
