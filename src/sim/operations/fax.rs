//! Faxes: page by page, then the result.

use serde_json::{Value, json};

use super::{Kind, OperationKey, Step, Work};
use crate::protocol::calling::OnAction;
use crate::protocol::id::CallId;
use crate::protocol::state::Direction;
use crate::sim::party::Answers;
use crate::sim::requests::Refused;
use crate::sim::world::World;

/// A running fax.
#[derive(Debug)]
pub(in crate::sim) struct Faxing {
    direction: &'static str,
    identity: String,
    remote_identity: String,
    document: String,
    page: f64,
    pages: u32,
    done: u32,
    fails: Option<String>,
}

impl Faxing {
    fn page(&self, number: u32) -> Value {
        json!({ "fax": { "type": "page", "params": { "direction": self.direction, "number": number } } })
    }

    fn finished(&self, success: bool, result: &str, text: &str) -> Value {
        json!({ "fax": { "type": "finished", "params": {
            "direction": self.direction,
            "identity": self.identity,
            "remote_identity": self.remote_identity,
            "document": self.document,
            "success": success,
            "result": result,
            "result_text": text,
            "pages": self.done.to_string(),
            "format": "pdf",
        }}})
    }

    /// The last word when it is stopped, or its call ends.
    pub(super) fn closed(&self, _kind: Kind, call_ended: bool) -> Value {
        if call_ended {
            return error("Call ended");
        }
        self.finished(false, "49", "The call dropped prematurely")
    }
}

fn error(description: &str) -> Value {
    json!({ "fax": { "type": "error", "params": { "description": description } } })
}

impl World {
    /// Starts a fax; a document of ours is sent, without one theirs is received.
    pub(in crate::sim) fn fax(
        &mut self,
        on: &OnAction,
        document: Option<&str>,
        identity: Option<&str>,
    ) -> Result<(), Refused> {
        let delay = self.script.calls.delay;
        let kind = if document.is_some() { Kind::SendFax } else { Kind::ReceiveFax };
        let Some(leg) = self.legs.get(&on.call_id) else { return Ok(()) };
        let (from, to) = (leg.device.from_address(), leg.device.to_address());
        let (ours, theirs) = if leg.direction == Direction::Inbound { (to, from) } else { (from, to) };
        let party = leg.party.clone();
        let received = format!("https://files.example.com/fax/{}.pdf", on.control_id);
        let faxing = Faxing {
            direction: if document.is_some() { "send" } else { "receive" },
            identity: identity.map_or_else(|| ours.unwrap_or_default().into_owned(), str::to_owned),
            remote_identity: theirs.unwrap_or_default().into_owned(),
            document: document.map_or(received, str::to_owned),
            page: party.page,
            pages: party.pages.max(1),
            done: 0,
            fails: party.fax_fails.clone(),
        };
        let key = self.begin(&on.call_id, kind, &on.control_id, Work::Fax(faxing))?;
        if party.answers == Answers::Fax {
            self.step_in(delay + 4.0 + party.page, &on.call_id, key, Step::Page(1));
        } else {
            // Nobody answers the tones.
            self.step_in(delay + 12.0, &on.call_id, key, Step::TimedOut);
        }
        Ok(())
    }

    pub(super) fn fax_step(&mut self, call_id: &CallId, key: OperationKey, step: &Step) {
        let Some(Work::Fax(faxing)) = self.operation(call_id, key).map(|operation| &mut operation.work)
        else {
            return;
        };
        match step {
            Step::Page(number) => {
                faxing.done = *number;
                let (body, page, pages) = (faxing.page(*number), faxing.page, faxing.pages);
                let broken = faxing.fails.is_some();
                self.report(call_id, key, body);
                if *number < pages && !broken {
                    self.step_in(page, call_id, key, Step::Page(number + 1));
                } else {
                    self.step_in(2.0, call_id, key, Step::Over);
                }
            }
            Step::Over => {
                let body = match &faxing.fails {
                    Some(why) => faxing.finished(false, "1", why),
                    None => faxing.finished(true, "0", "OK"),
                };
                self.finish(call_id, key, body);
            }
            _ => self.finish(call_id, key, error("no carrier")),
        }
    }
}
