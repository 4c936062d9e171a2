//! What each command does. Whether it may be run has been asked before: see [`super::availability`].

use super::app::{App, Pane, TimeFormat};
use super::command::{COMMANDS, Command, Row, Screen};
use super::form::Form;
use super::keymap;
use super::layer::{Agreed, Confirm, Layer, Raw, Undoable};
use super::list::{Key, RowId};
use super::msg::Effect;
use crate::calling::{Ask, ControlValue};
use crate::catalog::{self, ActionKind, Control, Values};
use crate::model::{Action, Call, Family, Model, Phase, Tone, describe};
use crate::protocol::{CallId, ControlId, Direction, Shown, Tag};
use crate::time::Now;

/// Runs a command.
pub(super) fn perform(app: &mut App, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match command {
        Command::Move(by) => step(app, model, now, by),
        Command::Page(by) => step(app, model, now, by * HALF_PAGE),
        Command::Top => step(app, model, now, -FAR),
        Command::Bottom => step(app, model, now, FAR),
        Command::Pane(by) => next_pane(app, by),
        Command::Sibling(by) => {
            let rows = app.list.rows(model, now.at);
            app.list.step(&rows, by);
            app.moved_to(None);
        }
        Command::Go(screen) => go(app, screen),
        Command::Open => open(app, model, now, effects),
        Command::Escape => escape(app),
        Command::Back => back(app),
        Command::Quit => quit(app, model, effects),
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
            if let Some(undo) = app.undo.take() {
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
        Command::Invoke("answer") => {
            let call = app.list.call().cloned();
            send(app, "answer", Values::new(), call, effects);
        }
        Command::Invoke(name) => open_form(app, model, name),
        Command::AllActs => app.layers.push(Layer::Acts { cursor: 0 }),
        Command::StopAction
        | Command::StopAll
        | Command::PauseAction
        | Command::Volume(_)
        | Command::PauseRecording
        | Command::StopRecording => control(app, command, model, now, effects),
        Command::HangUp => ask_hang_up(app, model, now),
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
        | Command::Expand => in_form(app, command, model, now, effects),
    }
}

const HALF_PAGE: i32 = 8;
const FAR: i32 = 1_000_000;

/// Moves whatever the keys are on.
fn step(app: &mut App, model: &Model, now: Now, by: i32) {
    let acts = acts().len();
    match app.layers.last_mut() {
        Some(Layer::Help { scroll }) => *scroll = moved(*scroll, by, 200),
        Some(Layer::Raw(raw)) => raw.scroll = moved(raw.scroll, by, raw.lines.len()),
        Some(Layer::Acts { cursor }) => *cursor = moved(*cursor, by, acts),
        Some(_) => {}
        None => match app.pane {
            Pane::List => {
                let rows = app.list.rows(model, now.at);
                app.list.step(&rows, by);
                app.moved_to(None);
            }
            Pane::Actions => step_action(app, model, by),
            Pane::Feed => step_feed(app, model, now, by),
        },
    }
}

fn moved(at: usize, by: i32, count: usize) -> usize {
    at.saturating_add_signed(by as isize).min(count.saturating_sub(1))
}

fn step_action(app: &mut App, model: &Model, by: i32) {
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
        let chosen = acts().get(*cursor).map(|row| row.command);
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

fn escape(app: &mut App) {
    if app.layers.pop().is_some() {
        return;
    }
    if app.list.filter.is_empty() {
        if app.screen != Screen::Calls {
            go(app, Screen::Calls);
        }
    } else {
        app.list.filter = super::filter::Filter::default();
    }
}

fn back(app: &mut App) {
    if app.layers.pop().is_some() {
        return;
    }
    if app.screen != Screen::Calls {
        return go(app, Screen::Calls);
    }
    app.layers.push(Layer::Confirm(Confirm {
        lines: vec!["Quit callboard? Calls go on.".into()],
        then: Agreed::Quit,
    }));
}

fn quit(app: &mut App, model: &Model, effects: &mut Vec<Effect>) {
    let running = model.my_running().count();
    if running == 0 && app.undo.is_none() {
        return effects.push(Effect::Quit);
    }
    let mut lines = Vec::new();
    if running > 0 {
        lines.push(Shown::new(&format!(
            "{running} actions that you started still run; they go on without you."
        )));
    }
    if let Some(undo) = &app.undo {
        lines.push(Shown::new(&format!("The hang-up of {} has not left yet; it will not.", undo.what)));
    }
    lines.push("Quit callboard?".into());
    app.layers.push(Layer::Confirm(Confirm { lines, then: Agreed::Quit }));
}

fn arrange(app: &mut App, command: Command, model: &Model, now: Now) {
    match command {
        Command::Filter => {
            let before = app.list.filter.text().to_owned();
            app.layers.push(Layer::Filter { text: before.clone(), before });
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

/// What the menu of all acts lists.
#[must_use]
pub fn acts() -> Vec<&'static Row> {
    let wanted = |row: &&Row| {
        matches!(
            row.command,
            Command::Invoke(_)
                | Command::PauseRecording
                | Command::StopRecording
                | Command::StopAll
                | Command::HangUp
        )
    };
    COMMANDS.iter().filter(wanted).collect()
}

/// Opens the form of a method for the call under the cursor.
pub fn open_form(app: &mut App, model: &Model, name: &'static str) {
    let Some(method) = catalog::method(name) else { return };
    let call = (method.scope == catalog::Scope::Call).then(|| app.list.call().cloned()).flatten();
    let last = app.last_texts.get(method.name).cloned().unwrap_or_default();
    app.layers.retain(|layer| !matches!(layer, Layer::Acts { .. }));
    let mut form = Form::new(method, call, last);
    if let Some(preset) =
        app.config.templates.iter().find(|preset| preset.preset && preset.method == method.name)
    {
        form.fill_in(preset.texts.iter().map(|(field, text)| (field, text)));
    }
    if method.scope == catalog::Scope::Space {
        suggest_caller(app, model, &mut form);
    }
    app.layers.push(Layer::Form(Box::new(form)));
}

/// A dial has to name a number of ours to call from. The selected call has one: suggest it.
fn suggest_caller(app: &App, model: &Model, form: &mut Form) {
    let Some(call) = app.call(model) else { return };
    let ours = if call.direction == Some(Direction::Outbound) { &call.from } else { &call.to };
    if ours.as_str().starts_with('+') {
        form.suggest("devices", &format!(" from={ours}"));
    }
}

/// Asks the service for a method, and puts the cursor on what it starts.
fn send(app: &mut App, name: &'static str, values: Values, call: Option<CallId>, effects: &mut Vec<Effect>) {
    let Some(method) = catalog::method(name) else { return };
    let id: ControlId = app.next_id();
    if method.scope == catalog::Scope::Space {
        app.list.cursor = Some(RowId::Dial(Tag::from(id.as_str())));
        app.list.held = None;
        app.moved_to(None);
    } else if method.starts.is_some() {
        app.action_cursor = Some(id.clone());
        app.feed.cursor = None;
    }

    effects.push(Effect::Submit(Ask::Invoke { method: method.name, values, call, id }));
}

fn in_form(app: &mut App, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    if command == Command::Send {
        return send_form(app, model, now, effects);
    }
    let templates: Vec<_> = app.config.templates.clone();
    let Some(Layer::Form(form)) = app.layers.last_mut() else { return };
    match command {
        Command::Field(by) => match &mut form.preview {
            Some(scroll) => *scroll = scroll.saturating_add_signed(by as isize),
            None => form.step(by),
        },
        Command::Choose(by) => {
            form.choose(by);
        }
        Command::Templates => {
            let fitting: Vec<_> =
                templates.into_iter().filter(|template| template.method == form.method.name).collect();
            if fitting.is_empty() {
                app.say(&"there are no templates for this form".into(), Tone::Plain, now);
            } else {
                form.templates = Some(fitting);
            }
        }
        Command::History if form.recall() => {}
        Command::History => app.say(&"this form has not been sent before".into(), Tone::Plain, now),
        Command::Preview => form.preview = if form.preview.is_some() { None } else { Some(0) },
        Command::Expand => form.expanded = !form.expanded,
        _ => {}
    }
}

fn send_form(app: &mut App, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    let Some(Layer::Form(form)) = app.layers.last_mut() else { return };
    let values = match form.values() {
        Ok(values) => values,
        Err(errors) => return form.reject(errors),
    };
    // The call may have ended while the form was open; what was typed stays.
    let over = form.call.as_ref().is_some_and(|id| !model.call(id).is_some_and(Call::is_live));
    let (method, call, texts) = (form.method, form.call.clone(), form.texts());
    let offline = model.link().why_not();
    if let Some(why) = offline {
        return app.say(&why, Tone::Bad, now);
    }
    if over {
        return app.say(&"the call has ended; Esc closes the form".into(), Tone::Bad, now);
    }
    app.layers.pop();
    app.last_texts.insert(method.name, texts);
    if method.name == "hangup" {
        let ask = Ask::Invoke { method: method.name, values, call: call.clone(), id: app.next_id() };
        app.undo = call.and_then(|id| undoable(app, model, &id, ask, now));
        return;
    }
    send(app, method.name, values, call, effects);
}

fn undoable(app: &App, model: &Model, id: &CallId, ask: Ask, now: Now) -> Option<Undoable> {
    let call = model.call(id)?;
    let what = Shown::new(&describe::parties(call));
    Some(Undoable { call: id.clone(), ask, what, due: now.at + app.config.undo_window })
}

fn ask_hang_up(app: &mut App, model: &Model, now: Now) {
    let Some(call) = app.call(model) else { return };
    let (id, lines) = (
        call.id.clone(),
        vec![
            Shown::new(&format!("Hang up {} ({})?", describe::parties(call), call.state)),
            Shown::new(&format!("It can be taken back for {} s.", app.config.undo_window.as_secs())),
        ],
    );
    let ask =
        Ask::Invoke { method: "hangup", values: Values::new(), call: Some(id.clone()), id: app.next_id() };
    let Some(undoable) = undoable(app, model, &id, ask, now) else { return };
    app.layers.push(Layer::Confirm(Confirm { lines, then: Agreed::HangUp(Box::new(undoable)) }));
}

fn control(app: &mut App, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    let Some(call) = app.call(model) else { return };
    let recording = || call.running_kind(ActionKind::Record);
    match command {
        Command::StopAll => stop_all(app, call),
        Command::PauseRecording => pause(app, call, recording(), now, effects),
        Command::StopRecording => stop(app, call, recording(), now, effects),
        Command::PauseAction => pause(app, call, app.action(model), now, effects),
        Command::StopAction => stop(app, call, app.action(model), now, effects),
        Command::Volume(by) => {
            let Some(action) = app.action(model) else { return };
            let from = action.volume_asked.or(action.volume).unwrap_or(0.0);
            let db = (from + f64::from(by)).clamp(-40.0, 40.0);
            let ask = ask_control(call, action, Control::Volume, Some(ControlValue::Volume(db)));
            effects.push(Effect::Submit(ask));
        }
        _ => {}
    }
}

fn ask_control(call: &Call, action: &Action, control: Control, value: Option<ControlValue>) -> Ask {
    Ask::Control { call: call.id.clone(), control_id: action.control_id.clone(), control, value }
}

fn pause(app: &mut App, call: &Call, action: Option<&Action>, now: Now, effects: &mut Vec<Effect>) {
    let Some(action) = action else { return };
    if let Some(asked) = action.asked {
        let text = format!("already asked to {}; waiting for the service", asked.control.suffix());
        return app.say(&Shown::new(&text), Tone::Plain, now);
    }
    let control = if action.phase == Phase::Paused { Control::Resume } else { Control::Pause };
    app.action_cursor = Some(action.control_id.clone());
    effects.push(Effect::Submit(ask_control(call, action, control, None)));
}

fn stop(app: &mut App, call: &Call, action: Option<&Action>, now: Now, effects: &mut Vec<Effect>) {
    let Some(action) = action else { return };
    if action.asked.is_some_and(|asked| asked.control == Control::Stop) {
        return app.say(&"already asked to stop; waiting for the service".into(), Tone::Plain, now);
    }
    app.action_cursor = Some(action.control_id.clone());
    let ask = ask_control(call, action, Control::Stop, None);
    if action.is_mine() {
        return effects.push(Effect::Submit(ask));
    }
    let lines = vec![
        Shown::new(&format!("Stop {} {}?", action.kind.word(), action.what)),
        "It was started elsewhere, not from this console.".into(),
    ];
    app.layers.push(Layer::Confirm(Confirm { lines, then: Agreed::Submit(vec![ask]) }));
}

fn stop_all(app: &mut App, call: &Call) {
    let stoppable: Vec<_> = call.running().filter(|action| action.kind.can(Control::Stop)).collect();
    let mut lines =
        vec![Shown::new(&format!("Stop all {} actions of {}?", stoppable.len(), describe::parties(call)))];
    let line = |action: &&Action| {
        let owner = if action.is_mine() { "" } else { " (started elsewhere)" };
        Shown::new(&format!("  {} {}{owner}", action.kind.word(), action.what))
    };
    lines.extend(stoppable.iter().take(8).map(line));
    let asks = stoppable.into_iter().map(|action| ask_control(call, action, Control::Stop, None)).collect();
    app.layers.push(Layer::Confirm(Confirm { lines, then: Agreed::Submit(asks) }));
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
