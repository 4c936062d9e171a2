//! Faults on cue: counts the cues of the scenario and says what becomes of a request or an event.

use serde_json::Value;

use super::fault_script::{Cue, Deed, Fault, Garbage};
use super::garbage;
use super::leg::Leg;
use super::party::fits;
use super::requests::rpc_error;
use super::session::SessionKey;
use super::world::{ClientId, Due, Output, World};
use crate::protocol::frame::{RpcError, code};

/// How often each cue of the scenario was seen.
#[derive(Debug)]
pub(super) struct Faults {
    seen: Vec<u32>,
    garbage: usize,
}

impl Faults {
    pub fn new(count: usize) -> Self {
        Self { seen: vec![0; count], garbage: 0 }
    }

    /// Counts a match; whether it is the one meant.
    fn strikes(&mut self, index: usize, fault: &Fault) -> bool {
        let Some(seen) = self.seen.get_mut(index) else { return false };
        *seen += 1;
        let nth = fault.nth.unwrap_or(1);
        nth == 0 || nth == *seen
    }
}

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(super) enum RequestFate {
    Normal,
    /// Executed, answered after so many seconds.
    Late(f64),
    /// Executed, never answered.
    Silent,
    /// Neither.
    Deaf,
    Twice,
    Cut,
    Closed(u16),
    CutAfterExecuting,
    CutAfterReply,
    HalfReply,
    Refused {
        code: String,
        message: String,
    },
    Error(RpcError),
}

/// What becomes of an event.
#[derive(Debug, Clone, Copy)]
pub(super) enum EventFate {
    Normal,
    Lost,
    Delayed(f64),
    Copies { count: usize, new_ids: bool },
    Half,
}

impl World {
    /// Decides about a request. Deeds that are not about its answer are done on the side.
    pub(super) fn request_fate(&mut self, client: ClientId, method: &str) -> RequestFate {
        if self.script.faults.is_empty() {
            return RequestFate::Normal;
        }
        let script = self.script.clone();
        let session = self.clients.get(&client).and_then(|client| client.session);
        let commands = session.and_then(|key| self.sessions.get(&key)).map_or(0, |session| session.commands);
        let mut fate = RequestFate::Normal;
        for (index, fault) in script.faults.iter().enumerate() {
            let meant = match fault.cue() {
                Some(Cue::Method(wanted)) => wanted == method && self.faults.strikes(index, fault),
                Some(Cue::Command(nth)) => method.starts_with("calling.") && nth == commands,
                Some(Cue::After(_) | Cue::Event { .. }) | None => false,
            };
            if meant {
                match request_deed(fault) {
                    Some(struck) => fate = struck,
                    None => self.do_deed(fault, client),
                }
            }
        }
        fate
    }

    /// Decides about an event on its way out.
    pub(super) fn event_fate(
        &mut self,
        event: &str,
        state: Option<&str>,
        body: &Value,
        key: SessionKey,
    ) -> EventFate {
        if self.script.faults.is_empty() {
            return EventFate::Normal;
        }
        let script = self.script.clone();
        let client = self.sessions.get(&key).and_then(|session| session.client);
        let mut fate = EventFate::Normal;
        for (index, fault) in script.faults.iter().enumerate() {
            let Some(Cue::Event { event: wanted, state: wanted_state, control, to }) = fault.cue() else {
                continue;
            };
            let fits = (wanted == "*" || wanted == event)
                && wanted_state.is_none_or(|word| state == Some(word))
                && control.is_none_or(|name| self.is_named(body, name))
                && to.is_none_or(|pattern| self.is_to(body, pattern));
            if fits && self.faults.strikes(index, fault) {
                match (event_deed(fault), client) {
                    (Some(struck), _) => fate = struck,
                    (None, Some(client)) => self.do_deed(fault, client),
                    (None, None) => {}
                }
            }
        }
        fate
    }

    /// Whether an event is of the operation that its call's application calls so.
    fn is_named(&self, body: &Value, name: &str) -> bool {
        let meant = self.leg_of(body).and_then(|leg| leg.controls.get(name));
        let control_id = body.get("control_id").and_then(Value::as_str);
        meant.is_some_and(|meant| control_id == Some(meant.as_str()))
    }

    /// Whether an event is of a call to a number or address.
    fn is_to(&self, body: &Value, pattern: &str) -> bool {
        let to = self.leg_of(body).and_then(|leg| leg.device.to_address());
        to.is_some_and(|to| fits(pattern, &to))
    }

    fn leg_of(&self, body: &Value) -> Option<&Leg> {
        self.legs.get(body.get("call_id").and_then(Value::as_str)?)
    }

    /// Enters the faults that are timed from a login.
    pub(super) fn login_cues(&mut self, client: ClientId) {
        let script = self.script.clone();
        for (index, fault) in script.faults.iter().enumerate() {
            if let Some(Cue::After(seconds)) = fault.cue()
                && self.faults.strikes(index, fault)
            {
                self.after(seconds, Due::Fault(index, client));
            }
        }
    }

    pub(super) fn fault_due(&mut self, index: usize, client: ClientId) {
        let script = self.script.clone();
        if let Some(fault) = script.faults.get(index) {
            self.do_deed(fault, client);
        }
    }

    /// Deeds against a client as such.
    fn do_deed(&mut self, fault: &Fault, client: ClientId) {
        match fault.deed {
            Some(Deed::Drop | Deed::DropAfterExecuting | Deed::DropAfterReply) => {
                self.put(Output::Cut { client });
            }
            Some(Deed::DropInFrame) => {
                self.put(Output::SendHalf { client, text: r#"{"jsonrpc":"2.0","id":"half-a-fr"#.into() });
                self.put(Output::Cut { client });
            }
            Some(Deed::Close) => self.put(Output::Close { client, code: close_code(fault) }),
            Some(Deed::Garbage) => self.send_garbage(client, fault.kind, fault.size),
            Some(Deed::Send) => self.send(client, fault.text.clone().unwrap_or_default()),
            Some(Deed::Disconnect) => self.dismiss(client, false),
            Some(Deed::Restart) => self.dismiss(client, true),
            Some(Deed::Mute) => {
                if let Some(state) = self.clients.get_mut(&client) {
                    state.muted.get_or_insert_default();
                    self.after(fault.seconds.unwrap_or_default(), Due::Unmute(client));
                }
            }
            Some(Deed::NoPings) => {
                if let Some(state) = self.clients.get_mut(&client) {
                    state.pings_off = true;
                    if let Some(seconds) = fault.seconds {
                        self.after(seconds, Due::PingsOn(client));
                    }
                }
            }
            // These belong to one request or event, and the scenario is checked for it.
            Some(Deed::Late | Deed::Silence | Deed::Deaf | Deed::ReplyTwice | Deed::Refuse) => {}
            Some(Deed::RefuseLogin | Deed::Stale | Deed::Duplicate | Deed::DuplicateNewId) => {}
            Some(Deed::Delay | Deed::Lose) | None => {}
        }
    }

    fn send_garbage(&mut self, client: ClientId, kind: Option<Garbage>, size: Option<usize>) {
        let kind = kind.unwrap_or_else(|| {
            self.faults.garbage += 1;
            Garbage::ALL[(self.faults.garbage - 1) % Garbage::ALL.len()]
        });
        let id: String = self.ids.next();
        match kind {
            Garbage::Binary => self.put(Output::SendBinary { client, bytes: vec![0xff, 0xfe, 0x00, 0x80] }),
            text => self.send(client, garbage::text(text, &id, size)),
        }
    }
}

fn close_code(fault: &Fault) -> u16 {
    fault.code.as_deref().and_then(|code| code.parse().ok()).unwrap_or(1000)
}

fn request_deed(fault: &Fault) -> Option<RequestFate> {
    let seconds = fault.seconds.unwrap_or_default();
    let text = |default: &str| fault.text.clone().unwrap_or_else(|| default.to_owned());
    let number = |default: i64| fault.code.as_deref().and_then(|code| code.parse().ok()).unwrap_or(default);
    Some(match fault.deed? {
        Deed::Drop => RequestFate::Cut,
        Deed::Close => RequestFate::Closed(close_code(fault)),
        Deed::DropAfterExecuting => RequestFate::CutAfterExecuting,
        Deed::DropAfterReply => RequestFate::CutAfterReply,
        Deed::DropInFrame => RequestFate::HalfReply,
        Deed::Late => RequestFate::Late(seconds),
        Deed::Silence => RequestFate::Silent,
        Deed::Deaf => RequestFate::Deaf,
        Deed::ReplyTwice => RequestFate::Twice,
        Deed::Refuse => RequestFate::Refused {
            code: fault.code.clone().unwrap_or_default(),
            message: text("Refused by the scenario"),
        },
        Deed::RefuseLogin => RequestFate::Error(rpc_error(
            number(code::AUTHENTICATION_FAILED),
            &text("Authentication service failed with status ProtocolError, 401 Unauthorized: {}"),
        )),
        Deed::Stale => RequestFate::Error(rpc_error(
            number(code::REQUESTER_VALIDATION_FAILED),
            &text("Requester validation failed"),
        )),
        Deed::Garbage | Deed::Send | Deed::Disconnect | Deed::Restart | Deed::Mute | Deed::NoPings => {
            return None;
        }
        Deed::Duplicate | Deed::DuplicateNewId | Deed::Delay | Deed::Lose => return None,
    })
}

fn event_deed(fault: &Fault) -> Option<EventFate> {
    let count = fault.size.unwrap_or(1);
    match fault.deed? {
        Deed::Duplicate => Some(EventFate::Copies { count, new_ids: false }),
        Deed::DuplicateNewId => Some(EventFate::Copies { count, new_ids: true }),
        Deed::Delay => Some(EventFate::Delayed(fault.seconds.unwrap_or_default())),
        Deed::Lose => Some(EventFate::Lost),
        Deed::DropInFrame => Some(EventFate::Half),
        _ => None,
    }
}
