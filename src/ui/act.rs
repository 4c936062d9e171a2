//! Acting on calls: forms, hang-ups with time to take them back, controls of running actions.

use super::app::App;
use super::command::{COMMANDS, Command, Row};
use super::form::Form;
use super::layer::{Agreed, Confirm, Layer, Undoable};
use super::msg::Effect;
use crate::calling::{Ask, ControlValue};
use crate::catalog::{self, ActionKind, Control, Values};
use crate::model::{Action, Call, Model, Phase, Tone, describe};
use crate::protocol::{CallId, ControlId, Direction, Shown, Tag};
use crate::time::Now;

/// What the menu of all acts lists.
#[must_use]
pub fn acts() -> Vec<&'static Row> {
    let wanted = |row: &&Row| {
        matches!(
            row.command,
            Command::Invoke(_)
                | Command::Answer
                | Command::PauseRecording
                | Command::StopRecording
                | Command::StopAll
                | Command::HangUp
        )
    };
    COMMANDS.iter().filter(wanted).collect()
}

/// Opens the form of a method for the call that is acted on.
pub fn open_form(app: &mut App, model: &Model, name: &'static str) {
    let Some(method) = catalog::method(name) else { return };
    let call = (method.scope == catalog::Scope::Call).then(|| app.target(model)).flatten();
    let last = app.last_texts.get(method.name).cloned().unwrap_or_default();
    let mut form = Form::new(method, call, last);
    let preset = |preset: &&super::template::Template| preset.preset && preset.method == method.name;
    if let Some(preset) = app.config.templates.iter().find(preset) {
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

/// Answers without a form: a caller is waiting.
pub(super) fn answer(app: &mut App, model: &Model, effects: &mut Vec<Effect>) {
    let call = app.target(model);
    send(app, "answer", Values::new(), call, effects);
}

/// Asks the service for a method, and puts the cursor on what it starts.
fn send(app: &mut App, name: &'static str, values: Values, call: Option<CallId>, effects: &mut Vec<Effect>) {
    let Some(method) = catalog::method(name) else { return };
    let id: ControlId = app.next_id();
    if method.scope == catalog::Scope::Space {
        app.list.put_dial(Tag::from(id.as_str()));
        app.moved_to(None);
    } else if method.starts.is_some() {
        app.action_cursor = Some(id.clone());
    }
    effects.push(Effect::Submit(Ask::Invoke { method: method.name, values, call, id }));
}

/// A command inside a form.
pub(super) fn in_form(app: &mut App, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    if command == Command::Send {
        return send_form(app, model, now, effects);
    }
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
            let fitting = app.config.templates.iter().filter(|template| template.method == form.method.name);
            let fitting: Vec<_> = fitting.cloned().collect();
            if fitting.is_empty() {
                app.say(&"there are no templates for this form".into(), Tone::Plain, now);
            } else {
                form.templates = Some(fitting);
            }
        }
        Command::History if form.recall() => {}
        Command::History => app.say(&"this form has not been sent before".into(), Tone::Plain, now),
        Command::Preview => form.preview = if form.preview.is_some() { None } else { Some(0) },
        Command::Expand => form.expand(),
        _ => {}
    }
}

fn send_form(app: &mut App, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    let Some(Layer::Form(form)) = app.layers.last_mut() else { return };
    let values = match form.values() {
        Ok(values) => values,
        Err(errors) => return form.reject(errors),
    };
    let (method, call, texts) = (form.method, form.call.clone(), form.texts());
    // The call may have changed while the form was open; what was typed stays.
    if let Err(why) = super::availability::of_method(model, method, call.as_ref()) {
        return app.say(
            &Shown::new(&format!("{why}; nothing was sent, Esc closes the form")),
            Tone::Bad,
            now,
        );
    }
    app.layers.pop();
    app.last_texts.insert(method.name, texts);
    if let ("hangup", Some(call)) = (method.name, call.as_ref().and_then(|id| model.call(id))) {
        return hang_up(app, call, values, now);
    }
    send(app, method.name, values, call, effects);
}

/// A hang-up leaves after the time in which it can be taken back.
fn hang_up(app: &mut App, call: &Call, values: Values, now: Now) {
    let ask = Ask::Invoke { method: "hangup", values, call: Some(call.id.clone()), id: app.next_id() };
    let what = Shown::new(&describe::parties(call));
    app.undo.push(Undoable { call: call.id.clone(), ask, what, due: now.at + app.config.undo_window });
}

pub(super) fn ask_hang_up(app: &mut App, model: &Model) {
    let Some(call) = app.call(model) else { return };
    let lines = vec![
        Shown::new(&format!("Hang up {} ({})?", describe::parties(call), call.state)),
        Shown::new(&format!("It can be taken back for {} s.", app.config.undo_window.as_secs())),
    ];
    app.layers.push(Layer::Confirm(Confirm { lines, then: Agreed::HangUp(call.id.clone()) }));
}

/// What was agreed to happens; the call may have changed since it was asked.
pub(super) fn agreed(app: &mut App, then: Agreed, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match then {
        Agreed::HangUp(id) => match model.call(&id).filter(|call| call.is_live()) {
            Some(call) => hang_up(app, call, Values::new(), now),
            None => app.say(&"the call has ended meanwhile".into(), Tone::Plain, now),
        },
        Agreed::Submit(asks) => effects.extend(asks.into_iter().map(Effect::Submit)),
        Agreed::Quit => effects.push(Effect::Quit),
    }
}

/// A command on running actions.
pub(super) fn control(app: &mut App, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    // Chosen on the screen, which may stand still; asked of the call as it is.
    let chosen = app.action(app.shown(model, now).0).map(|action| action.control_id.clone());
    let Some(call) = app.call(model) else { return };
    let chosen = chosen.and_then(|id| call.action(&id));
    let recordings = || call.running().filter(|action| action.kind == ActionKind::Record).collect::<Vec<_>>();
    match command {
        Command::StopAll => {
            let stoppable = call.running().filter(|action| action.kind.can(Control::Stop)).collect();
            stop(app, call, stoppable, true, now, effects);
        }
        Command::StopRecording => stop(app, call, recordings(), false, now, effects),
        Command::StopAction => stop(app, call, chosen.into_iter().collect(), false, now, effects),
        Command::PauseRecording => pause(app, call, &recordings(), now, effects),
        Command::PauseAction => pause(app, call, &chosen.into_iter().collect::<Vec<_>>(), now, effects),
        Command::Volume(by) => {
            let Some(action) = chosen else { return };
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

/// Pauses all of these, or goes on with all of them when all are paused. It does not ask, whoever started them: it can
/// be undone with the same key, and a card number being read out does not wait.
fn pause(app: &mut App, call: &Call, actions: &[&Action], now: Now, effects: &mut Vec<Effect>) {
    let paused = actions.iter().all(|action| action.phase == Phase::Paused);
    let control = if paused { Control::Resume } else { Control::Pause };
    let due = |action: &&&Action| action.asked.is_none() && (action.phase == Phase::Paused) == paused;
    let due: Vec<_> = actions.iter().filter(due).collect();
    if due.is_empty() {
        return app.say(&"already asked; waiting for the service".into(), Tone::Plain, now);
    }
    for action in due {
        app.action_cursor = Some(action.control_id.clone());
        effects.push(Effect::Submit(ask_control(call, action, control, None)));
    }
}

/// Stops all of these. It asks when there are several, or when one was started elsewhere.
fn stop(app: &mut App, call: &Call, actions: Vec<&Action>, all: bool, now: Now, effects: &mut Vec<Effect>) {
    let stopping = |action: &Action| action.asked.is_some_and(|asked| asked.control == Control::Stop);
    let due: Vec<_> = actions.into_iter().filter(|action| !stopping(action)).collect();
    if due.is_empty() {
        return app.say(&"already asked to stop; waiting for the service".into(), Tone::Plain, now);
    }
    if let [action] = due[..] {
        app.action_cursor = Some(action.control_id.clone());
    }
    let asks = due.iter().map(|action| ask_control(call, action, Control::Stop, None));
    if !all && due.iter().all(|action| action.is_mine()) {
        return effects.extend(asks.map(Effect::Submit));
    }
    /// So many are named.
    const NAMED: usize = 8;
    let mut lines = vec![Shown::new(&format!("Stop on {}:", describe::parties(call)))];
    let line = |action: &&Action| {
        let owner = if action.is_mine() { "" } else { " (started elsewhere)" };
        Shown::new(&format!("  {} {}{owner}", action.kind.word(), action.what))
    };
    lines.extend(due.iter().take(NAMED).map(line));
    if let Some(more) = due.len().checked_sub(NAMED).filter(|more| *more > 0) {
        lines.push(Shown::new(&format!("  and {more} more")));
    }
    let then = Agreed::Submit(asks.collect());
    app.layers.push(Layer::Confirm(Confirm { lines, then }));
}
