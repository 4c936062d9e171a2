//! A case's arguments as JSON, through the catalogue and `Client::submit`: the way of forms and of the command line.

use callboard::calling::{Ask, Call, Client, ControlValue, Error, PauseBehavior};
use callboard::catalog::{self, Control, fill_json};
use callboard::protocol::{CallId, ControlId};
use serde_json::Value;

use crate::ours::Invocation;
use crate::typed::Failed;

/// Submits a method and what is done to its operation, and waits for none of it.
pub fn submit(client: &Client, call: &Call, wanted: &Invocation, then: &[Value]) -> Result<(), Failed> {
    let id = wanted.id.as_deref().map_or_else(|| client.next_id(), ControlId::from);
    if matches!(&*wanted.method, "receive" | "unreceive") {
        let names = wanted.values["contexts"].as_array().unwrap();
        let names = names.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        client.submit(Ask::Contexts { add: wanted.method == "receive", names })?;
        return Ok(());
    }
    let row = catalog::method(&wanted.method).unwrap();
    let values = fill_json(row, &wanted.values).map_err(Error::from)?;
    let call = call.id().filter(|_| row.scope == catalog::Scope::Call);
    client.submit(Ask::Invoke { method: row.name, values, call: call.clone(), id: id.clone() })?;
    for step in then {
        client.submit(control(call.clone().unwrap(), id.clone(), step)?)?;
    }
    Ok(())
}

fn control(call: CallId, control_id: ControlId, step: &Value) -> Result<Ask, Failed> {
    let args = &step["args"];
    let control = match step["method"].as_str().unwrap() {
        "stop" => Control::Stop,
        "pause" => Control::Pause,
        "resume" => Control::Resume,
        "volume" => Control::Volume,
        "start_input_timers" => Control::StartInputTimers,
        other => panic!("{other} is no control of ours"),
    };
    let level = args.get("value").or_else(|| args.get("volume"));
    let value = match args.get("behavior").and_then(Value::as_str) {
        Some("silence") => Some(ControlValue::Pause(PauseBehavior::Silence)),
        Some(_) => Some(ControlValue::Pause(PauseBehavior::Skip)),
        None if level.is_some_and(Value::is_string) => {
            return Err(Failed::Unwritable("volume is a number".into()));
        }
        None => level.and_then(Value::as_f64).map(ControlValue::Volume),
    };
    Ok(Ask::Control { call, control_id, control, value })
}
