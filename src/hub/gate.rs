//! A command as the gate weighs it: what of it is an act, on what, and who started what it controls. Pure.

use serde_json::Value;

use super::chronicle::{particulars, placer};
use super::decide::{About, Act, Denied, Grant, Wanted, Whose, decide};
use super::spree::Spree;
use crate::catalog::{self, ActionKind};
use crate::client::{By, Submission};
use crate::model::{Action, Call, Command, Model, Subject};
use crate::protocol::{CallId, Shown};

/// Whether this person may give this command now. Everything that a console asks for comes by here.
///
/// # Errors
/// When not, with what is missing.
pub fn command(
    grant: &Grant,
    model: &Model,
    submission: &Submission,
    command: &Command,
    spree: &mut Spree,
) -> Result<(), Denied> {
    let now = command.now.at;
    let targets = command.why.bulk.as_ref().map_or(1, |bulk| bulk.targets.max(1));
    let wanted = |act, about| Wanted { act, about, reason: command.why.reason.as_str(), targets };
    if let Subject::Dial(_) = &command.subject {
        let Some(method) = catalog::method(command.method) else { return Err(Denied::NoSuchCall) };
        let owner = submission.via.and_then(|id| model.application(id)).map(|it| it.name.as_str());
        let mut parties = Vec::new();
        collect(&submission.params, &mut parties);
        let act = Act::Invoke { method, bridge: Whose::Other };
        return spree.decide(grant, &wanted(act, About::Application { owner, parties: &parties }), None, now);
    }
    let call = command.subject.call().and_then(|id| model.call(id)).ok_or(Denied::NoSuchCall)?;
    let placer = placer(call, model);
    let about = About::Call(particulars(call, model, placer.as_ref()));
    let act = match &command.subject {
        Subject::Control { control_id, control, .. } => {
            let action = call.action(control_id).ok_or(Denied::NoSuchCall)?;
            Act::Control { kind: action.kind, control: *control, whose: whose(action, grant) }
        }
        Subject::Probe { .. } => Act::Probe,
        Subject::Call(_) | Subject::Start { .. } => {
            let method = catalog::method(command.method).ok_or(Denied::NoSuchCall)?;
            Act::Invoke { method, bridge: bridge(call, grant) }
        }
        Subject::Link | Subject::Dial(_) => return Err(Denied::NoSuchCall),
    };
    spree.decide(grant, &wanted(act, about), Some(&call.id), now)
}

/// Whether this person may do this to a call that is no command to the service.
///
/// # Errors
/// When not, with what is missing.
pub fn on_call(grant: &Grant, model: &Model, call: &CallId, act: Act<'_>) -> Result<(), Denied> {
    let call = model.call(call).ok_or(Denied::NoSuchCall)?;
    let placer = placer(call, model);
    decide(grant, &Wanted::new(act, About::Call(particulars(call, model, placer.as_ref()))))
}

fn whose(action: &Action, grant: &Grant) -> Whose {
    match action.started_by() {
        Some(By::Person(person)) if person.name == grant.person => Whose::Own,
        _ => Whose::Other,
    }
}

/// Who made the bridge that stands on a call.
fn bridge(call: &Call, grant: &Grant) -> Whose {
    call.running_kind(ActionKind::Connect).map_or(Whose::Other, |action| whose(action, grant))
}

/// Calling and called party of every device in the params of a dial.
pub(super) fn collect<'a>(params: &'a Value, into: &mut Vec<(&'a str, &'a str)>) {
    match params {
        Value::Object(fields) => {
            let party = |keys: [&str; 2]| keys.into_iter().find_map(|key| fields.get(key)?.as_str());
            let (from, to) = (party(["from_number", "from"]), party(["to_number", "to"]));
            if to.is_some() {
                into.push((from.unwrap_or_default(), to.unwrap_or_default()));
            }
            fields.values().for_each(|value| collect(value, into));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, into)),
        _ => {}
    }
}

/// A refusal, in words for a line.
#[must_use]
pub fn said(denied: &Denied) -> Shown {
    Shown::new(&denied.to_string())
}
