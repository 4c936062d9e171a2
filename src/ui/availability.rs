//! Whether a command can be run now, and why not. Dispatch, footer, help and menus all ask here.

use super::app::App;
use super::command::Command;
use crate::catalog::{self, ActionKind, Control, Scope, When};
use crate::model::{Call, Model};
use crate::protocol::state::{CallState, Direction};

/// Whether a command can be run now; if not, why.
///
/// # Errors
/// With the reason, in words that name what is missing.
pub fn of(app: &App, model: &Model, command: Command) -> Result<(), String> {
    match command {
        Command::Invoke(name) => {
            let Some(method) = catalog::method(name) else {
                return Err(format!("{name} is not in the catalogue"));
            };
            online(model)?;
            match method.scope {
                Scope::Space => Ok(()),
                Scope::Call => fits(method.when, the_call(app, model)?),
            }
        }
        Command::HangUp => {
            online(model)?;
            let call = the_call(app, model)?;
            if app.undo.as_ref().is_some_and(|undo| undo.call == call.id) {
                return Err("the hang-up is about to leave; U takes it back".into());
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
            call.running_kind(ActionKind::Record)
                .map(|_| ())
                .ok_or_else(|| "no recording runs on this call".into())
        }
        Command::AddContext | Command::DropContext => online(model),
        Command::Undo => {
            app.undo.as_ref().map(|_| ()).ok_or_else(|| "there is no hang-up to take back".into())
        }
        Command::Reconnect if model.link().is_up() => Err("the link is up".into()),
        Command::AllActs => the_call(app, model).map(|_| ()),
        _ => Ok(()),
    }
}

fn online(model: &Model) -> Result<(), String> {
    model.link().why_not().map_or(Ok(()), |why| Err(why.to_string()))
}

fn the_call<'a>(app: &App, model: &'a Model) -> Result<&'a Call, String> {
    app.list.call().and_then(|id| model.call(id)).ok_or_else(|| "no call is selected".to_owned())
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
    if controls.iter().any(|control| action.kind.can(*control)) {
        Ok(())
    } else {
        let wanted = controls.first().map_or("", |control| control.suffix());
        Err(format!("the service has no {wanted} for {kind}"))
    }
}
