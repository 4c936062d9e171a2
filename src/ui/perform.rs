//! What each command does. Whether it may be run has been asked before: see [`super::availability`].

use super::act;
use super::app::{App, Pane, TimeFormat};
use super::command::{Command, Row, Screen};
use super::keymap;
use super::layer::{Agreed, Confirm, Layer, Raw};
use super::list::Key;
use super::msg::Effect;
use crate::filter::Filter;
use crate::model::{Family, Model, Tone};
use crate::protocol::Shown;
use crate::time::Now;

/// Runs a command.
pub(super) fn perform(app: &mut App, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match command {
        Command::Move(by) => step(app, model, now, by),
        Command::Page(by) => step(app, model, now, by * HALF_PAGE),
        Command::Top => step(app, model, now, -FAR),
        Command::Bottom => step(app, model, now, FAR),
        Command::Pane(by) => next_pane(app, by),
        Command::Sibling(by) => step_list(app, model, now, by),
        Command::Go(screen) => go(app, screen),
        Command::Open => open(app, model, now, effects),
        Command::Escape => escape(app),
        Command::Back => back(app, model, effects),
        Command::Quit => quit(app, model, false, effects),
        Command::Interrupt => {
            if app.interrupted_twice(now) {
                effects.push(Effect::Quit);
            } else {
                escape(app);
                app.say(&"press Ctrl-c again within a second to quit".into(), Tone::Plain, now);
            }
        }
        Command::Suspend => effects.push(Effect::Suspend),
        Command::Redraw => effects.push(Effect::Redraw),
        Command::Help => app.layers.push(Layer::Help { scroll: 0 }),
        Command::ClearEnded => effects.push(Effect::ClearEnded),
        Command::Reconnect => effects.push(Effect::Reconnect),
        Command::Undo => {
            if let Some(undo) = app.undo.pop() {
                app.say(&Shown::new(&format!("hang-up of {} taken back", undo.what)), Tone::Good, now);
            }
        }
        Command::Filter
        | Command::Sort(_)
        | Command::Reverse
        | Command::Freeze
        | Command::Follow
        | Command::TimeFormat
        | Command::Family(_) => arrange(app, command, model, now),
        Command::Answer => act::answer(app, model, effects),
        Command::Invoke(name) => act::open_form(app, model, name),
        Command::AllActs => app.layers.push(Layer::Acts { cursor: 0 }),
        Command::StopAction
        | Command::StopAll
        | Command::PauseAction
        | Command::Volume(_)
        | Command::PauseRecording
        | Command::StopRecording => act::control(app, command, model, now, effects),
        Command::HangUp => act::ask_hang_up(app, model),
        Command::AddContext => app.layers.push(Layer::Context { add: true, text: String::new() }),
        Command::DropContext => {
            let text = model.contexts().last().map(ToString::to_string).unwrap_or_default();
            app.layers.push(Layer::Context { add: false, text });
        }
        Command::Send
        | Command::Field(_)
        | Command::Choose(_)
        | Command::Templates
        | Command::History
        | Command::Preview
        | Command::Expand => act::in_form(app, command, model, now, effects),
    }
}

const HALF_PAGE: i32 = 8;
const FAR: i32 = 1_000_000;

/// Moves whatever the keys are on.
fn step(app: &mut App, model: &Model, now: Now, by: i32) {
    let acts = act::acts().len();
    match app.layers.last_mut() {
        Some(Layer::Help { scroll }) => *scroll = moved(*scroll, by, 200),
        Some(Layer::Raw(raw)) => raw.scroll = moved(raw.scroll, by, raw.lines.len()),
        Some(Layer::Acts { cursor }) => *cursor = moved(*cursor, by, acts),
        Some(_) => {}
        None => match app.pane {
            Pane::List => step_list(app, model, now, by),
            Pane::Actions => step_action(app, model, now, by),
            Pane::Feed => step_feed(app, model, now, by),
        },
    }
}

/// Moves among the rows that are shown, which may stand still.
fn step_list(app: &mut App, model: &Model, now: Now, by: i32) {
    let (shown, at) = app.shown(model, now);
    let rows = app.list.rows(shown, at.at);
    app.list.step(&rows, by);
    app.moved_to(None);
}

fn moved(at: usize, by: i32, count: usize) -> usize {
    at.saturating_add_signed(by as isize).min(count.saturating_sub(1))
}

fn step_action(app: &mut App, model: &Model, now: Now, by: i32) {
    let (model, _) = app.shown(model, now);
    let Some(call) = app.call(model) else { return };
    let actions = app.actions(call);
    let current = app.action(model).map(|action| &action.control_id);
    let at = actions.iter().position(|action| Some(&action.control_id) == current).unwrap_or(0);
    let next = actions.get(moved(at, by, actions.len())).map(|action| action.control_id.clone());
    app.action_cursor = next;
}

fn step_feed(app: &mut App, model: &Model, now: Now, by: i32) {
    let (shown, _) = app.shown(model, now);
    let entries = app.entries(shown);
    let at = app.feed.cursor.and_then(|seq| entries.iter().position(|entry| entry.seq == seq)).unwrap_or(0);
    let next = moved(at, by, entries.len());
    // On the newest line the feed follows.
    let cursor = entries.get(next).filter(|_| next > 0).map(|entry| entry.seq);
    app.feed.cursor = cursor;
}

fn next_pane(app: &mut App, by: i32) {
    let panes = app.panes();
    let at = panes.iter().position(|pane| *pane == app.pane).unwrap_or(0) as i32;
    app.pane = panes[(at + by).rem_euclid(panes.len() as i32) as usize];
}

fn go(app: &mut App, screen: Screen) {
    app.layers.clear();
    app.screen = screen;
    app.feed.cursor = None;
    app.pane = app.panes()[0];
}

fn open(app: &mut App, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    if let Some(Layer::Acts { cursor }) = app.layers.last() {
        let chosen = act::acts().get(*cursor).map(|row| row.command);
        app.layers.pop();
        if let Some(command) = chosen {
            app.run(command, model, now, effects);
        }
        return;
    }
    if !app.layers.is_empty() {
        return escape(app);
    }
    match app.pane {
        Pane::List if app.list.call().is_some() => go(app, Screen::Detail),
        Pane::List => {}
        Pane::Actions => {
            let Some(action) = app.action(model) else { return };
            let title = format!("{} {}", action.kind.word(), action.control_id);
            let frame =
                action.last_event.as_deref().map_or_else(|| action.payload.to_string(), str::to_owned);
            app.layers.push(Layer::Raw(Raw::new(Shown::new(&title), &frame)));
        }
        Pane::Feed => open_entry(app, model, now),
    }
}

fn open_entry(app: &mut App, model: &Model, now: Now) {
    let (shown, _) = app.shown(model, now);
    let entries = app.entries(shown);
    let chosen = app.feed.cursor.and_then(|seq| entries.iter().find(|entry| entry.seq == seq));
    let Some(entry) = chosen.or_else(|| entries.first()) else { return };
    let title = Shown::new(&format!("{} {}", entry.family.word(), entry.text));
    match shown.frames().get(entry.seq).cloned() {
        Some(frame) => app.layers.push(Layer::Raw(Raw::new(title, &frame))),
        None => app.say(&"this frame is no longer kept".into(), Tone::Plain, now),
    }
}

/// Takes the topmost layer away as if it had never been there, but for what was typed into a form: its history has it.
fn close_layer(app: &mut App) -> bool {
    match app.layers.last_mut() {
        Some(Layer::Form(form)) if form.preview.is_some() => {
            form.preview = None;
            return true;
        }
        Some(Layer::Form(form)) if form.is_dirty() => {
            let (name, texts) = (form.method.name, form.texts());
            app.last_texts.insert(name, texts);
        }
        Some(Layer::Filter { before, cursor, .. }) => {
            let (before, cursor) = (before.clone(), cursor.clone());
            app.list.filter = Filter::parse(&before).unwrap_or_default();
            app.list.cursor = cursor;
        }
        _ => {}
    }
    app.layers.pop().is_some()
}

pub(super) fn escape(app: &mut App) {
    if close_layer(app) {
        return;
    }
    if app.screen != Screen::Calls {
        return go(app, Screen::Calls);
    }
    app.list.filter = Filter::default();
}

fn back(app: &mut App, model: &Model, effects: &mut Vec<Effect>) {
    if close_layer(app) {
        return;
    }
    if app.screen != Screen::Calls {
        return go(app, Screen::Calls);
    }
    quit(app, model, true, effects);
}

/// Leaves; asks first when something would be left behind, or when the key was pressed by habit.
fn quit(app: &mut App, model: &Model, by_habit: bool, effects: &mut Vec<Effect>) {
    let running = model.my_running().count();
    if running == 0 && app.undo.is_empty() && !by_habit {
        return effects.push(Effect::Quit);
    }
    let mut lines = Vec::new();
    if running > 0 {
        lines.push(Shown::new(&format!(
            "{running} actions that you started still run; they go on without you."
        )));
    }
    for undo in &app.undo {
        lines.push(Shown::new(&format!("The hang-up of {} has not left yet; it will not.", undo.what)));
    }
    lines.push("Quit callboard? Calls go on.".into());
    app.layers.push(Layer::Confirm(Confirm { lines, then: Agreed::Quit }));
}

fn arrange(app: &mut App, command: Command, model: &Model, now: Now) {
    match command {
        Command::Filter => {
            let before = app.list.filter.text().to_owned();
            let cursor = app.list.cursor.clone();
            app.layers.push(Layer::Filter { text: before.clone(), before, cursor });
        }
        Command::Sort(by) => {
            let at = Key::ALL.iter().position(|key| *key == app.list.key).unwrap_or(0) as i32;
            app.list.key = Key::ALL[(at + by).rem_euclid(Key::ALL.len() as i32) as usize];
        }
        Command::Reverse => app.list.reversed = !app.list.reversed,
        Command::Freeze => {
            app.frozen = if app.frozen.is_some() { None } else { Some(Box::new((model.clone(), now))) };
        }
        Command::Follow => app.feed.cursor = None,
        Command::TimeFormat => {
            app.time_format = match app.time_format {
                TimeFormat::Clock => TimeFormat::SinceStart,
                TimeFormat::SinceStart => TimeFormat::Ago,
                TimeFormat::Ago => TimeFormat::Clock,
            };
        }
        Command::Family(by) => {
            let count = Family::ALL.len() as i32 + 1;
            let at = app.feed.family.and_then(|family| Family::ALL.iter().position(|other| *other == family));
            let next = (at.map_or(0, |place| place as i32 + 1) + by).rem_euclid(count);
            app.feed.family = usize::try_from(next - 1).ok().map(|place| Family::ALL[place]);
            app.feed.cursor = None;
        }
        _ => {}
    }
}

/// The keys that can follow what was pressed so far, for the box that shows them.
#[must_use]
pub fn hints(app: &App) -> Vec<(String, &'static Row)> {
    if app.pressed.is_empty() {
        return Vec::new();
    }
    let next = keymap::continuations(app.focus(), &app.pressed);
    next.into_iter().map(|(chord, row)| (chord.to_string(), row)).collect()
}
