//! Whether a command can be run now, and why not. Dispatch, footer, help and menus all ask here.

use serde_json::Value;

use super::alerts;
use super::app::App;
use super::command::{Command, Screen, Until};
use super::{hub, past};
use crate::catalog::{self, ActionKind, Control, Method, Scope, When};
use crate::model::{Call, Model};
use crate::protocol::CallId;
use crate::protocol::state::{CallState, Direction};

/// Whether a command can be run now; if not, why.
///
/// # Errors
/// With the reason, in words that name what is missing.
pub fn of(app: &App, model: &Model, command: Command) -> Result<(), String> {
    match (&app.past, command) {
        (Some(past), command) if past::changes(command) => return Err(past.refusal(app)),
        (Some(past), Command::Now) if !past.live => return Err("there is no present in a replay".into()),
        (None, Command::LookBack) => {
            return app.config.no_past.as_ref().map_or(Ok(()), |why| Err(why.to_string()));
        }
        (None, command) if past::winds(command) => {
            let key = app.config.keymap.key_of(Command::LookBack);
            return Err(format!("this is the present; {key} looks back"));
        }
        _ => {}
    }
    hub::of(app, model, command)?;
    match command {
        Command::Invoke(name) => {
            let Some(method) = catalog::method(name) else {
                return Err(format!("{name} is not in the catalogue"));
            };
            on_some(model, method, &app.targets(model))
        }
        Command::Answer
        | Command::HangUp
        | Command::StopAll
        | Command::PauseRecording
        | Command::StopRecording
            if app.targets(model).len() > 1 =>
        {
            online(model)
        }
        Command::Answer => {
            online(model)?;
            let call = the_call(app, model)?;
            if model.is_open("answer", &call.id) {
                return Err("already asked to answer; waiting for the service".into());
            }
            fits(When::Offered, call)
        }
        Command::HangUp => {
            online(model)?;
            let call = the_call(app, model)?;
            if app.outbox.hanging_up(&call.id) {
                let undo = app.config.keymap.key_of(Command::Undo);
                return Err(format!("the hang-up is about to leave; {undo} takes it back"));
            }
            if call.state == CallState::Ending {
                return Err("the call is already ending".into());
            }
            fits(When::Live, call)
        }
        Command::StopAction => {
            online(model)?;
            controllable(app, model, &[Control::Stop])
        }
        Command::PauseAction => {
            online(model)?;
            controllable(app, model, &[Control::Pause])
        }
        Command::Volume(_) => {
            online(model)?;
            controllable(app, model, &[Control::Volume])
        }
        Command::StopAll => {
            online(model)?;
            let stoppable = |call: &Call| call.running().any(|action| action.kind.can(Control::Stop));
            if stoppable(the_call(app, model)?) {
                Ok(())
            } else {
                Err("nothing runs on this call that can be stopped".into())
            }
        }
        Command::PauseRecording | Command::StopRecording => {
            online(model)?;
            let call = the_call(app, model)?;
            if command == Command::PauseRecording {
                speakable(model, &ActionKind::Record.control_rpc(Control::Pause))?;
            }
            call.running_kind(ActionKind::Record)
                .map(|_| ())
                .ok_or_else(|| "no recording runs on this call".into())
        }
        Command::Taller(_) if app.screen == Screen::Calls && app.panes().len() > 1 => Ok(()),
        Command::Wider(_) if app.screen == Screen::Calls && app.panes().len() > 1 && app.size.0 >= 110 => {
            Ok(())
        }
        Command::Taller(_) | Command::Wider(_) => Err("nothing stands beside it here".into()),
        Command::AddContext => online(model),
        Command::DropContext => {
            online(model)?;
            speakable(model, "signalwire.unreceive")
        }
        Command::Undo => {
            app.outbox.leaving().next().map(|_| ()).ok_or_else(|| "there is nothing to take back".into())
        }
        Command::Repeat => app.last_act.as_ref().map(|_| ()).ok_or_else(|| "nothing was done yet".into()),
        Command::Results => {
            app.outbox.newest().map(|_| ()).ok_or_else(|| "nothing was done on several calls yet".into())
        }
        Command::MarkRange | Command::Mark if app.list.rows.ids.is_empty() && app.layers.is_empty() => {
            Err("there is no call to mark".into())
        }
        Command::Acknowledge => alerts::can_take(app, true),
        Command::Snooze => alerts::can_take(app, false),
        Command::Wait(Until::Answered | Until::Ended | Until::Recorded) if app.targets(model).len() < 2 => {
            the_call(app, model).map(|_| ())
        }
        Command::Waits if app.board.watch.waits().is_empty() => {
            let key = app.config.keymap.key_of(Command::Wait(Until::Answered));
            Err(format!("nothing is waited for; {key} waits until the call is answered"))
        }
        Command::Jump if app.board.watch.rang().is_none() => Err("nothing rang yet".into()),
        Command::Probe => {
            online(model)?;
            match app.target(model).and_then(|id| model.call(&id)) {
                Some(call) if call.is_live() => Ok(()),
                Some(_) => Err("the call has ended".into()),
                None => Err("no call is selected".into()),
            }
        }
        Command::Reconnect if model.link().is_up() => Err("the link is up".into()),
        Command::Claim => {
            online(model)?;
            let live = |id: &CallId| model.call(id).is_some_and(Call::is_live);
            let why =
                if app.targets(model).is_empty() { "no call is selected" } else { "the call has ended" };
            app.targets(model).iter().any(live).then_some(()).ok_or_else(|| why.to_owned())
        }
        Command::AllActs | Command::Note | Command::Go(Screen::Detail | Screen::Flow) => {
            the_call(app, model).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Whether a method can be asked for on this call; if not, why.
///
/// # Errors
/// With the reason.
pub fn of_method(model: &Model, method: &Method, call: Option<&CallId>) -> Result<(), String> {
    online(model)?;
    speakable(model, method.rpc)?;
    match method.scope {
        Scope::Space => Ok(()),
        Scope::Call => fits(method.when, call.and_then(|id| model.call(id)).ok_or("no call is selected")?),
    }
}

/// Whether a method can be asked for on some of these calls; if on none, why not on the first.
///
/// # Errors
/// With the reason.
pub fn on_some(model: &Model, method: &Method, calls: &[CallId]) -> Result<(), String> {
    if calls.is_empty() {
        return of_method(model, method, None);
    }
    let mut answers = calls.iter().map(|call| of_method(model, method, Some(call)));
    let first = answers.next().unwrap_or(Ok(()));
    if answers.any(|answer| answer.is_ok()) {
        return Ok(());
    }
    match calls.len() {
        1 => first,
        count => first.map_err(|why| format!("none of the {count} marked calls can: {why}")),
    }
}

fn online(model: &Model) -> Result<(), String> {
    model.link().why_not().map_or(Ok(()), |why| Err(why.to_string()))
}

/// Whether the dialect of the connection has a word for a command.
fn speakable(model: &Model, rpc: &str) -> Result<(), String> {
    model.dialect().knows(rpc, &Value::Null).map_err(|unknown| unknown.to_string())
}

fn the_call<'a>(app: &App, model: &'a Model) -> Result<&'a Call, String> {
    if app.screen == Screen::Events && app.target(model).is_none() {
        let key = |command| app.config.keymap.key_of(command);
        let (down, up) = (key(Command::Move(1)), key(Command::Move(-1)));
        let list = key(Command::Go(Screen::Calls));
        return Err(format!("choose an event first ({down} {up}): acts go to its call; or a call ({list})"));
    }
    // What several can take is looked at with each of them.
    let call = match &app.targets(model)[..] {
        [id] => model.call(id),
        _ => app.call(model),
    };
    call.ok_or_else(|| "no call is selected".to_owned())
}

fn fits(when: When, call: &Call) -> Result<(), String> {
    let state = &call.state;
    if *state == CallState::Ended && when != When::Any {
        return Err("the call has ended".into());
    }
    match when {
        When::Any => Ok(()),
        When::Live if *state == CallState::Ending => Err("the call is ending".into()),
        When::Live => Ok(()),
        When::Offered if call.direction == Some(Direction::Outbound) => Err("the call is outbound".into()),
        When::Offered if state.rank().is_some_and(|rank| rank >= 2) => Err(format!("the call is {state}")),
        When::Offered => Ok(()),
        // A state this version does not know is no reason to refuse.
        When::Answered if state.rank().is_some_and(|rank| rank != 2) => {
            Err(format!("the call is {state}, not answered"))
        }
        When::Answered => Ok(()),
    }
}

fn controllable(app: &App, model: &Model, controls: &[Control]) -> Result<(), String> {
    let action = app.action(model).ok_or("no action is selected")?;
    let kind = action.kind.word();
    if action.is_over() {
        return Err(format!("the {kind} is over"));
    }
    let can = controls.iter().find(|control| action.kind.can(**control));
    if let Some(control) = can {
        speakable(model, &action.kind.control_rpc(*control))
    } else {
        let wanted = controls.first().map_or("", |control| control.suffix());
        Err(format!("the service has no {wanted} for {kind}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ClientEvent, LinkState};
    use crate::protocol::Dialect;
    use crate::time::Now;

    #[test]
    fn what_the_dialect_has_no_word_for_is_not_offered() {
        let of = |dialect, name| {
            let mut model = Model::speaking(dialect);
            let now = Now::default();
            let up = LinkState::Up { since: now.at, restored: true, gaps: 0 };
            model.apply(&ClientEvent::Link(up), now);
            of_method(&model, catalog::method(name).unwrap(), None)
        };
        let why = of(Dialect::Blade, "collect").unwrap_err();
        assert_eq!(why, "the blade dialect of this connection does not know calling.collect");
        assert_eq!(of(Dialect::Current, "collect").unwrap_err(), "no call is selected");
        assert_eq!(of(Dialect::Blade, "play_tts").unwrap_err(), "no call is selected");
        assert_eq!(of(Dialect::Blade, "dial"), Ok(()));
    }
}
