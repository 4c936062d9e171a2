//! An act as a line for a shell, `callboard act …`: what was done, or what a form would do. Secrets are left out.

use super::app::{App, Pane};
use super::copy;
use super::layer::Layer;
use crate::catalog::{self, Control, Method, Values, line};
use crate::model::{Act, Model};
use crate::protocol::CallId;

/// What was done: in the log what the cursor is on, elsewhere what started the action that is selected.
pub(super) fn done(app: &App, model: &Model) -> Result<String, String> {
    needs_hub(model)?;
    let words = match app.pane {
        Pane::Log => of_act(app, copy::act(app, model).ok_or("no act is selected")?)?,
        _ => {
            let action = app.action(model).ok_or("no action is selected; acts are in the log")?;
            let method = action.ours.method.and_then(catalog::method);
            let method = method.ok_or("it is not known how this was asked for")?;
            let call = app.call(model).map(|call| &call.id);
            invoked(app, method, call, &line::values_of(method, &action.ours.payload))?
        }
    };
    Ok(words.join(" "))
}

/// What the form that is open would do, a line for each call.
pub(super) fn filled(app: &App, model: &Model) -> Result<String, String> {
    needs_hub(model)?;
    let Some(Layer::Form(form)) = app.layers.last() else { return Err("no form is open".into()) };
    let values = form.values().map_err(|errors| format!("not filled in yet: {errors}"))?;
    let calls: Vec<Option<&CallId>> = match form.calls.len() {
        0 => vec![None],
        _ => form.calls.iter().map(Some).collect(),
    };
    let lines = calls.into_iter().map(|call| Ok(invoked(app, form.method, call, &values)?.join(" ")));
    Ok(lines.collect::<Result<Vec<_>, String>>()?.join("\n"))
}

fn needs_hub(model: &Model) -> Result<(), String> {
    if model.applications().len() > 0 {
        return Ok(());
    }
    Err("callboard act works on a hub; this console is on none".into())
}

fn begin(name: &str, call: Option<&CallId>) -> Vec<String> {
    let mut words = vec![format!("callboard act {name}")];
    words.extend(call.map(|call| format!("--call {}", line::quoted(call.as_str()))));
    words
}

fn invoked(
    app: &App,
    method: &'static Method,
    call: Option<&CallId>,
    values: &Values,
) -> Result<Vec<String>, String> {
    catalog::check(method, values).map_err(|_| "what it was asked with is not known in full".to_owned())?;
    let mut words = begin(line::dashed(method.name), call);
    let shown = |option: String| copy::seen(app, &crate::protocol::Shown::whole(&option));
    words.extend(line::options(method, values).into_iter().map(shown));
    Ok(words)
}

fn of_act(app: &App, act: &Act) -> Result<Vec<String>, String> {
    let mut words = match catalog::method(act.method) {
        Some(method) => invoked(app, method, act.call.as_ref(), &line::values_of(method, &act.params))?,
        None => controlled(act)?,
    };
    if !act.reason.as_str().is_empty() {
        words.push(format!("--reason {}", line::quoted(&copy::seen(app, &act.reason))));
    }
    Ok(words)
}

fn controlled(act: &Act) -> Result<Vec<String>, String> {
    const CONTROLS: [Control; 5] =
        [Control::Stop, Control::Pause, Control::Resume, Control::Volume, Control::StartInputTimers];
    let control = CONTROLS.into_iter().find(|control| control.suffix() == act.method);
    let control = control.ok_or("callboard act has no word for this")?;
    let mut words = begin(&control.suffix().replace('_', "-"), act.call.as_ref());
    words.extend(act.control.as_ref().map(|id| format!("--control {}", line::quoted(id.as_str()))));
    if let (Control::Volume, Some(db)) = (control, act.params.get("volume")) {
        words.push(format!("--volume={db}"));
    }
    if let Some(behavior) = act.params.get("behavior").and_then(serde_json::Value::as_str) {
        words.push(format!("--behavior {}", line::quoted(behavior)));
    }
    Ok(words)
}
