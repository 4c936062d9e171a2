//! Acting on calls: forms, answers, hang-ups, controls of running actions; on one call or on all that are marked.

use std::collections::HashMap;

use super::app::{App, LastAct};
use super::availability;
use super::command::{COMMANDS, Command, Row};
use super::form::{Begins, Form};
use super::hub;
use super::layer::{Agreed, Confirm, Layer};
use super::msg::Effect;
use super::outbox::{Batch, Hold, Item, Progress};
use crate::calling::{Ask, ControlValue};
use crate::catalog::{self, ActionKind, Control, Group, Method, Scope, Values};
use crate::model::{Action, Bulk, Call, Consent, Model, Phase, Tone, Why, describe};
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

/// Runs a command that acts.
pub(super) fn act(app: &mut App, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match command {
        Command::Answer => answer(app, model, now),
        Command::Invoke(name) => open_form(app, model, name),
        Command::HangUp => hang_up(app, &Values::new(), model, now),
        Command::Repeat => repeat(app, model, now, effects),
        _ => control(app, command, model, now, effects),
    }
}

/// Opens the form of a method for the calls that are acted on.
pub fn open_form(app: &mut App, model: &Model, name: &'static str) {
    let Some(method) = catalog::method(name) else { return };
    let calls = if method.scope == Scope::Call { app.targets(model) } else { Vec::new() };
    let mut form = Form::new(method, calls);
    let preset = |preset: &&super::template::Template| preset.preset && preset.method == method.name;
    if let Some(preset) = app.config.templates.iter().find(preset) {
        form.fill_in(preset.texts.iter().map(|(field, text)| (field, text)));
    }
    if method.scope == Scope::Space {
        suggest_caller(app, model, &mut form);
    }
    if let Some(running) = sounding(model, &form) {
        form.beside(running);
    }
    app.layers.push(Layer::Form(Box::new(form)));
}

/// What already sounds on the one call of a form that is about to be heard there, too.
fn sounding(model: &Model, form: &Form) -> Option<ControlId> {
    let [call] = &form.calls[..] else { return None };
    let heard = matches!(form.method.group, Group::Play | Group::Prompt);
    let playing = model.call(call)?.running_kind(ActionKind::Play).filter(|_| heard)?;
    Some(playing.control_id.clone())
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
fn answer(app: &mut App, model: &Model, now: Now) {
    let Some(method) = catalog::method("answer") else { return };
    let calls = app.targets(model);
    send(app, method, &Values::new(), &calls, None, model, now);
    // There was no question to say it in.
    if let [call] = &calls[..]
        && let Some(claim) = hub::claimed(app, model, call, now.at)
    {
        app.say(&Shown::new(&claim), Tone::Plain, now);
    }
}

/// A question about one call, with who else cares for it; and why, where that is asked.
fn ask(app: &mut App, mut lines: Vec<Shown>, call: Option<&CallId>, then: Agreed, model: &Model, now: Now) {
    lines.extend(call.and_then(|id| hub::claimed(app, model, id, now.at)).map(|claim| Shown::new(&claim)));
    let needed = match &then {
        Agreed::Act(batch) => hub::asks_why(app, model, batch.items.iter().flat_map(|item| &item.asks), 1),
        Agreed::Submit(asks) => hub::asks_why(app, model, asks, 1),
        Agreed::Quit => false,
    };
    let confirm = Confirm::yes(lines, then).why(&app.config, needed);
    app.layers.push(Layer::Confirm(Box::new(confirm)));
}

/// Who talks to whom on a call.
fn who(model: &Model, call: &CallId) -> Shown {
    model.call(call).map(|call| Shown::new(&describe::parties(call))).unwrap_or_default()
}

/// Asks the service for a method on these calls: on one at once, or after what it waits for; on several after their
/// number was typed.
fn send(
    app: &mut App,
    method: &'static Method,
    values: &Values,
    calls: &[CallId],
    after: Option<Hold>,
    model: &Model,
    now: Now,
) {
    app.last_act = Some(LastAct::Method(method.name, values.clone()));
    let batch = batch(app, method, values, calls, model);
    let [Item { asks, .. }] = &batch.items[..] else { return preview(app, batch, model, now) };
    if method.name == "disconnect" || hub::asks_why(app, model, asks, 1) {
        let mut lines = vec![Shown::new(&format!("{}?", batch.title))];
        lines.extend((method.name == "disconnect").then(|| "Both keep their legs.".into()));
        return ask(app, lines, calls.first(), Agreed::Act(batch), model, now);
    }
    if let [Ask::Invoke { id, .. }] = &asks[..] {
        if method.scope == Scope::Space {
            app.list.put_dial(Tag::from(id.as_str()));
            app.moved_to(None);
        } else if method.starts.is_some() {
            app.action_cursor = Some(id.clone());
        }
    }
    app.outbox.put(batch, after, now.at);
}

/// The same act on each of these calls; on none of them for a dial.
fn batch(app: &mut App, method: &'static Method, values: &Values, calls: &[CallId], model: &Model) -> Batch {
    // At a hub it is said over which application a call is placed.
    let over = hub::dial_call(app, model).filter(|_| method.scope == Scope::Space);
    let mut item = |call: Option<&CallId>| {
        let id = app.next_id();
        let about = call.cloned().or_else(|| over.clone());
        let ask = Ask::Invoke { method: method.name, values: values.clone(), call: about, id };
        Item::new(call.cloned(), call.map(|call| who(model, call)).unwrap_or_default(), vec![ask])
    };
    let items: Vec<Item> =
        if calls.is_empty() { vec![item(None)] } else { calls.iter().map(|call| item(Some(call))).collect() };
    let title = match &items[..] {
        [item] => Shown::new(format!("{} {}", method.title, item.who).trim_end()),
        _ => Shown::new(&method.title.to_lowercase()),
    };
    Batch::new(title, Some(method.name), items)
}

/// What an act waits for: a hang-up for the time in which it can be taken back, everything else for nothing.
fn hold(app: &App, batch: &Batch, now: Now) -> Option<Hold> {
    batch.hangs_up().then_some(Hold::Until(now.at + app.config.undo_window))
}

/// More calls are not hung up in one act without a reason, unless reasons are not asked for at all.
const BULK: usize = 10;

/// Shows every call that an act is about, says which are left out and why, and asks for their number.
fn preview(app: &mut App, mut batch: Batch, model: &Model, now: Now) {
    let places: HashMap<&CallId, usize> = app.list.calls().zip(0..).collect();
    let place = |item: &Item| item.call.as_ref().and_then(|id| places.get(id)).copied();
    batch.items.sort_by_key(|item| place(item).unwrap_or(usize::MAX));
    batch.recount(model);
    let (mut lines, mut left_out) = (Vec::new(), Vec::new());
    for item in &batch.items {
        let state = item
            .call
            .as_ref()
            .and_then(|id| model.call(id))
            .map(|call| call.state.to_string())
            .unwrap_or_default();
        match &item.progress {
            Progress::Skipped(why) => left_out.push(Shown::new(&format!("  {}  left out: {why}", item.who))),
            _ => {
                let claimed = item.call.as_ref().filter(|id| hub::claimed(app, model, id, now.at).is_some());
                let claimed = claimed.and_then(|id| model.claimed_by(id));
                let claimed = claimed.map(|name| format!("  claimed by {name}")).unwrap_or_default();
                lines.push(Shown::new(&format!("  {}  {state}{claimed}", item.who)));
            }
        }
    }
    let count = lines.len();
    if count == 0 {
        let why = left_out.first().map_or("  nothing of the kind runs on these calls", Shown::as_str);
        return app.say(&Shown::new(&format!("nothing to {}:{why}", batch.title)), Tone::Bad, now);
    }
    let left = batch.items.iter().filter(|item| item.progress == Progress::Waiting);
    let asks: Vec<&Ask> = left.flat_map(|item| &item.asks).collect();
    if let Err(why) = hub::may_at_once(app, model, asks.iter().copied(), count) {
        return app.say(&Shown::new(&format!("{why}; nothing was sent")), Tone::Bad, now);
    }
    let needed = hub::asks_why(app, model, asks, count);
    let by = app.board.marks.by.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
    let calls = if count == 1 { "call" } else { "calls" };
    lines.insert(0, Shown::new(&format!("{} on {count} {calls}{by}:", batch.title)));
    lines.extend(left_out);
    let rule = app.board.marks.by.clone().unwrap_or_default();
    batch.why.bulk = Some(Bulk { rule: Shown::new(rule.as_str()), targets: count, position: 0 });
    let many = batch.hangs_up() && count > BULK;
    let mut confirm =
        Confirm { count: Some(count), ..Confirm::yes(lines, Agreed::Act(batch)).why(&app.config, needed) };
    if let Some(reasons) = &mut confirm.reasons {
        reasons.required |= many;
    }
    app.layers.push(Layer::Confirm(Box::new(confirm)));
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
        Command::History => match app.histories.older(form.method.name, form.back) {
            Some((back, texts)) => form.recall(back, texts),
            None => app.say(&"this form has not been sent before".into(), Tone::Plain, now),
        },
        Command::Preview => form.preview = if form.preview.is_some() { None } else { Some(0) },
        Command::Expand => form.expand(),
        Command::Editor => match form.focused().filter(|entry| entry.choices().is_none()) {
            Some(entry) => effects.push(Effect::Edit(entry.text())),
            None => app.say(&"this field is chosen, not typed".into(), Tone::Plain, now),
        },
        _ => {}
    }
}

fn send_form(app: &mut App, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    let Some(Layer::Form(form)) = app.layers.last_mut() else { return };
    let values = match form.values() {
        Ok(values) => values,
        Err(errors) => return form.reject(errors),
    };
    let (method, calls, texts) = (form.method, form.calls.clone(), form.texts());
    let (begins, running) = (form.begins(), form.running.clone());
    // Calls may have changed while the form was open; what was typed stays.
    let can = availability::on_some(model, method, &calls);
    let instead = running.as_ref().filter(|_| begins == Begins::Instead);
    let may = || hub::may_invoke(app, model, method, &calls);
    if let Err(why) = can.and_then(|()| may()).and_then(|()| may_begin(app, model, &calls, instead)) {
        return app.say(
            &Shown::new(&format!("{why}; nothing was sent, Esc closes the form")),
            Tone::Bad,
            now,
        );
    }
    app.layers.pop();
    app.histories.keep(method.name, texts);
    let running =
        calls.first().and_then(|id| model.call(id)).zip(running).filter(|_| begins != Begins::AtOnce);
    let after = running.as_ref().map(|(call, id)| Hold::Ends(call.id.clone(), id.clone()));
    send(app, method, &values, &calls, after, model, now);
    let stopped = running.filter(|_| begins == Begins::Instead);
    if let Some((call, action)) = stopped.and_then(|(call, id)| Some((call, call.action(&id)?)))
        && !action.is_over()
    {
        let stop = ask_control(call, action, Control::Stop, None);
        if hub::asks_why(app, model, [&stop], 1) {
            let lines = vec![Shown::new(&format!("Stop {}{}?", action.what, hub::starter(model, action)))];
            return ask(app, lines, Some(&call.id), Agreed::Submit(vec![stop]), model, now);
        }
        effects.push(Effect::Submit(stop, Why::default()));
    }
}

/// Whether what already sounds may be stopped, where a form wants that.
fn may_begin(app: &App, model: &Model, calls: &[CallId], instead: Option<&ControlId>) -> Result<(), String> {
    let running = calls.first().and_then(|id| model.call(id)?.action(instead?));
    match running.filter(|action| !action.is_over()) {
        Some(action) => hub::may_control(app, action, Control::Stop),
        None => Ok(()),
    }
}

/// Asks before it hangs up.
fn hang_up(app: &mut App, values: &Values, model: &Model, now: Now) {
    let Some(method) = catalog::method("hangup") else { return };
    app.last_act = Some(LastAct::Command(Command::HangUp));
    let calls = app.targets(model);
    let batch = batch(app, method, values, &calls, model);
    let [id] = &calls[..] else { return preview(app, batch, model, now) };
    let Some(call) = model.call(id) else { return };
    let lines = vec![
        Shown::new(&format!("{} ({})?", batch.title, call.state)),
        Shown::new(&format!("It can be taken back for {} s.", app.config.undo_window.as_secs())),
    ];
    ask(app, lines, Some(id), Agreed::Act(batch), model, now);
}

/// What was agreed to happens; calls may have changed since it was asked.
pub(super) fn agreed(app: &mut App, confirm: Confirm, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    let reason = confirm.reason();
    match confirm.then {
        Agreed::Act(mut batch) => {
            batch.why.reason = reason;
            batch.why.consent = match confirm.count {
                Some(_) => Consent::Count,
                None if batch.hangs_up() && !app.config.undo_window.is_zero() => Consent::UndoExpired,
                None => Consent::Yes,
            };
            let several = batch.items.len() > 1;
            let changed = batch.recount(model);
            if let [Item { progress: Progress::Skipped(why), .. }] = &batch.items[..] {
                let text = format!("{why}; nothing was sent ({})", batch.title);
                return app.say(&Shown::new(&text), Tone::Bad, now);
            }
            if changed > 0 {
                let text = format!("{changed} of them changed meanwhile and are left out");
                app.say(&Shown::new(&text), Tone::Plain, now);
            }
            let hold = hold(app, &batch, now);
            let number = app.outbox.put(batch, hold, now.at);
            if several {
                app.board.marks.clear();
                app.layers.push(Layer::Results { number, scroll: 0 });
            }
        }
        Agreed::Submit(asks) => {
            let why = Why { reason, consent: Consent::Yes, bulk: None };
            effects.extend(asks.into_iter().map(|ask| Effect::Submit(ask, why.clone())));
        }
        Agreed::Quit => effects.push(Effect::Quit),
    }
}

/// Asks again for what failed; what became of the rest stays in sight.
pub(super) fn retry(app: &mut App, now: Now) {
    let Some(Layer::Results { number, .. }) = app.layers.last() else { return };
    let Some(batch) = app.outbox.get(*number) else { return };
    let (number, hold) = (*number, hold(app, batch, now));
    if app.outbox.again(number, hold, now.at, &mut app.config.ids) == 0 {
        app.say(&"nothing failed that can be asked again".into(), Tone::Plain, now);
    }
}

/// Does the last act again, on the calls that are acted on now.
fn repeat(app: &mut App, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match app.last_act.clone() {
        Some(LastAct::Method(name, values)) => {
            let Some(method) = catalog::method(name) else { return };
            let calls = if method.scope == Scope::Call { app.targets(model) } else { Vec::new() };
            let can = availability::on_some(model, method, &calls);
            if let Err(why) = can.and_then(|()| hub::may_invoke(app, model, method, &calls)) {
                return app.say(&Shown::new(&why), Tone::Bad, now);
            }
            if method.name == "hangup" {
                return hang_up(app, &values, model, now);
            }
            send(app, method, &values, &calls, None, model, now);
        }
        Some(LastAct::Command(command)) => app.run(command, model, now, effects),
        None => {}
    }
}

/// A command on running actions.
fn control(app: &mut App, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    app.last_act = Some(LastAct::Command(command));
    let everywhere = matches!(command, Command::StopAll | Command::StopRecording | Command::PauseRecording);
    let calls = app.targets(model);
    if everywhere && calls.len() > 1 {
        return control_many(app, command, &calls, model, now);
    }
    // Chosen on the screen, which may stand still; asked of the call as it is.
    let chosen = app.action(app.shown(model, now).0).map(|action| action.control_id.clone());
    let target = if everywhere { calls.first().cloned() } else { app.target(model) };
    let Some(call) = target.and_then(|id| model.call(&id)) else { return };
    let chosen = chosen.and_then(|id| call.action(&id));
    match command {
        Command::StopAll => stop(app, call, stoppable(call), true, model, now, effects),
        Command::StopRecording => stop(app, call, recordings(call), false, model, now, effects),
        Command::StopAction => stop(app, call, chosen.into_iter().collect(), false, model, now, effects),
        Command::PauseRecording => pause(app, call, &recordings(call), model, now, effects),
        Command::PauseAction => {
            pause(app, call, &chosen.into_iter().collect::<Vec<_>>(), model, now, effects);
        }
        Command::Volume(by) => {
            let Some(action) = chosen else { return };
            let from = action.ours.volume_asked.or(action.ours.volume).unwrap_or(0.0);
            let db = (from + f64::from(by)).clamp(-40.0, 40.0);
            let ask = ask_control(call, action, Control::Volume, Some(ControlValue::Volume(db)));
            effects.push(Effect::Submit(ask, Why::default()));
        }
        _ => {}
    }
}

fn recordings(call: &Call) -> Vec<&Action> {
    call.running().filter(|action| action.kind == ActionKind::Record).collect()
}

fn stoppable(call: &Call) -> Vec<&Action> {
    call.running().filter(|action| action.kind.can(Control::Stop)).collect()
}

/// The same control on many calls: a preview with every call, then their number.
fn control_many(app: &mut App, command: Command, calls: &[CallId], model: &Model, now: Now) {
    let (title, actions): (&str, fn(&Call) -> Vec<&Action>) = match command {
        Command::StopAll => ("stop everything", stoppable),
        Command::StopRecording => ("stop the recording", recordings),
        _ => ("pause or resume the recording", recordings),
    };
    let items = calls.iter().filter_map(|id| model.call(id)).filter_map(|call| {
        let asks: Vec<Ask> = actions(call)
            .into_iter()
            .filter(|action| action.ours.asked.is_none())
            .filter(|action| hub::may_control(app, action, control_of(command, action)).is_ok())
            .map(|action| ask_control(call, action, control_of(command, action), None))
            .collect();
        (!asks.is_empty())
            .then(|| Item::new(Some(call.id.clone()), Shown::new(&describe::parties(call)), asks))
    });
    let batch = Batch::new(title.into(), None, items.collect());
    preview(app, batch, model, now);
}

fn control_of(command: Command, action: &Action) -> Control {
    match command {
        Command::PauseRecording if action.phase == Phase::Paused => Control::Resume,
        Command::PauseRecording => Control::Pause,
        _ => Control::Stop,
    }
}

fn ask_control(call: &Call, action: &Action, control: Control, value: Option<ControlValue>) -> Ask {
    Ask::Control { call: call.id.clone(), control_id: action.control_id.clone(), control, value }
}

/// Pauses all of these, or goes on with all of them when all are paused. It does not ask, whoever started them, unless a
/// hub wants to know why: it can be undone with the same key, and a card number being read out does not wait.
fn pause(
    app: &mut App,
    call: &Call,
    actions: &[&Action],
    model: &Model,
    now: Now,
    effects: &mut Vec<Effect>,
) {
    let paused = actions.iter().all(|action| action.phase == Phase::Paused);
    let control = if paused { Control::Resume } else { Control::Pause };
    let due = |action: &&&Action| action.ours.asked.is_none() && (action.phase == Phase::Paused) == paused;
    let due: Vec<_> = actions.iter().filter(due).collect();
    if due.is_empty() {
        return app.say(&"already asked; waiting for the service".into(), Tone::Plain, now);
    }
    app.action_cursor = due.last().map(|action| action.control_id.clone());
    let asks: Vec<Ask> = due.iter().map(|action| ask_control(call, action, control, None)).collect();
    if hub::asks_why(app, model, &asks, 1) {
        let line = |action: &&&Action| named(model, action);
        let title = Shown::new(&format!("Pause on {}:", describe::parties(call)));
        let lines = std::iter::once(title).chain(due.iter().map(line)).collect();
        return ask(app, lines, Some(&call.id), Agreed::Submit(asks), model, now);
    }
    effects.extend(asks.into_iter().map(|ask| Effect::Submit(ask, Why::default())));
}

/// An action of a question, with who started it.
fn named(model: &Model, action: &Action) -> Shown {
    Shown::new(&format!("  {} {}{}", action.kind.word(), action.what, hub::starter(model, action)))
}

/// Stops all of these. It asks when there are several, or when one was started elsewhere.
fn stop(
    app: &mut App,
    call: &Call,
    actions: Vec<&Action>,
    all: bool,
    model: &Model,
    now: Now,
    effects: &mut Vec<Effect>,
) {
    let stopping = |action: &Action| action.ours.asked.is_some_and(|asked| asked.control == Control::Stop);
    let due = actions.into_iter().filter(|action| !stopping(action));
    let (due, kept): (Vec<_>, Vec<_>) =
        due.partition(|action| hub::may_control(app, action, Control::Stop).is_ok());
    if due.is_empty() {
        return app.say(&"already asked to stop; waiting for the service".into(), Tone::Plain, now);
    }
    if let [action] = due[..] {
        app.action_cursor = Some(action.control_id.clone());
    }
    let asks: Vec<Ask> = due.iter().map(|action| ask_control(call, action, Control::Stop, None)).collect();
    if !all && due.iter().all(|action| action.is_mine()) {
        return effects.extend(asks.into_iter().map(|ask| Effect::Submit(ask, Why::default())));
    }
    /// So many are named.
    const NAMED: usize = 8;
    let mut lines = vec![Shown::new(&format!("Stop on {}:", describe::parties(call)))];
    lines.extend(due.iter().take(NAMED).map(|action| named(model, action)));
    if let Some(more) = due.len().checked_sub(NAMED).filter(|more| *more > 0) {
        lines.push(Shown::new(&format!("  and {more} more")));
    }
    if let Some(Err(why)) = kept.first().map(|action| hub::may_control(app, action, Control::Stop)) {
        let text = format!("{} of others stay: it {why}", kept.len());
        lines.push(Shown::new(&text));
    }
    ask(app, lines, Some(&call.id), Agreed::Submit(asks), model, now);
}
