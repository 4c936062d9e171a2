//! What becomes of commands: noted when they are submitted, settled by their outcome.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::entry::Draft;
use super::{
    Act, Action, Call, Command, Dial, DialState, Ending, Entry, Family, Model, Subject, Tone, Touched,
    describe, limit,
};
use crate::client::{By, Outcome, Ticket};
use crate::protocol::frame::Reply;
use crate::protocol::{CallId, CallState, ControlId, Direction, NodeId, Shown, Tag};
use crate::time::Now;

/// What stands for a frame behind the outcome of a command.
#[derive(Serialize)]
struct Told<'a> {
    method: &'a str,
    params: &'a Value,
    outcome: &'a Value,
}

impl Model {
    /// Takes a command that is about to be sent. What it starts is shown as requested from here on.
    pub fn submit(&mut self, command: Command) {
        let at = command.now.at;
        match &command.subject {
            Subject::Start { call, control_id, kind, wait_for_beep } => {
                if let Some(call) = self.calls.get_mut(call) {
                    let params = command.params.clone();
                    let mut action = Action::requested(control_id.clone(), *kind, command.method, params, at);
                    action.ours.wait_for_beep = *wait_for_beep;
                    action.ours.by = command.by.clone();
                    call.push_action(action);
                }
            }
            Subject::Control { call, control_id, control, volume } => {
                if let Some(action) = self.action_mut(call, control_id) {
                    action.ask(*control, *volume, at);
                }
            }
            Subject::Dial(tag) => {
                let what = describe::params(&command.rpc, &command.params);
                let dial = Dial::requested(tag.clone(), what, &*command.rpc == "calling.begin", command.now);
                self.dials.insert(tag.clone(), dial);
                self.forget_dials();
            }
            Subject::Link | Subject::Call(_) | Subject::Probe { .. } => {}
        }
        self.touch_subject(&command.subject);
        self.latest_ticket = self.latest_ticket.max(command.ticket);
        if command.subject.probed().is_none() && !matches!(command.by, By::Application(_)) {
            let call = command.subject.call().and_then(|id| self.calls.get(id));
            let parties = call.map(|call| Shown::new(&describe::parties(call))).unwrap_or_default();
            self.acts.push(Arc::new(Act::new(&command, parties)));
        }
        if let Some(call) = command.subject.probed() {
            // A late answer to the last one tells less than this will.
            self.commands.retain(|_, before| before.subject.probed() != Some(call));
        }
        if self.commands.len() >= limit::COMMANDS {
            let probe = self.commands.iter().find(|(_, command)| command.subject.probed().is_some());
            let oldest = probe.or_else(|| self.commands.first_key_value()).map(|(ticket, _)| *ticket);
            oldest.and_then(|ticket| self.commands.remove(&ticket));
        }
        self.commands.insert(command.ticket, command);
    }

    pub(super) fn outcome(
        &mut self,
        ticket: Ticket,
        outcome: &Outcome,
        round_trip: Option<Duration>,
        now: Now,
    ) {
        let Some(command) = self.commands.get(&ticket).cloned() else { return };
        if !matches!(outcome, Outcome::Unknown(_)) {
            self.commands.remove(&ticket);
        }
        if let Some(span) = round_trip {
            self.stats.round_trip(span);
        }
        self.settle(&command, outcome, now);
        if let Some(call) = command.subject.probed() {
            return self.probed(call, ticket, outcome, round_trip, now);
        }
        if let Some(act) = self.acts.iter_mut().rev().find(|act| act.ticket == ticket) {
            Arc::make_mut(act).ending = Some(Ending::of(outcome, round_trip));
        }
        let (tone, word) = match outcome {
            Outcome::Done(reply) => (Tone::Good, format!("{} {}", command.rpc, reply.code)),
            Outcome::Refused { code, message } => {
                (Tone::Bad, format!("{} refused: {code} {message}", command.rpc))
            }
            Outcome::NotSent(why) => (Tone::Bad, format!("{} not sent: {why}", command.rpc)),
            Outcome::Unknown(why) => (Tone::Bad, format!("{} unknown: {why}", command.rpc)),
        };
        // What applications do by themselves is no news, however it ends.
        let tone = if matches!(command.by, By::Application(_)) { Tone::Plain } else { tone };
        let word = match &command.by {
            By::Me => word,
            by => format!("{}: {word}", self.name_of(by)),
        };
        let draft = Draft {
            call: command.subject.call(),
            control: command.subject.control_id(),
            tag: if let Subject::Dial(tag) = &command.subject { Some(tag) } else { None },
            family: Family::Command,
            tone,
            word: command.method.into(),
            what: Some(describe::params(&command.rpc, &command.params))
                .filter(|what| !what.as_str().is_empty()),
            text: Shown::new(word.trim_end()),
            mine: command.by == By::Me,
            ticket: Some(ticket),
            round_trip,
            by: Some(&command.by),
        };
        let answer = if let Outcome::Done(reply) = outcome { &reply.body } else { &Value::from(word) };
        let told = Told { method: &command.rpc, params: &command.params, outcome: answer };
        // Maps with text keys always serialise.
        let raw = serde_json::to_string(&told).unwrap_or_default();
        self.enter_with_frame(draft, now, None, raw.into());
        self.touch_subject(&command.subject);
    }

    /// Brings the outcome of a command to what it is about.
    fn settle(&mut self, command: &Command, outcome: &Outcome, now: Now) {
        match &command.subject {
            Subject::Start { call, control_id, .. } => {
                if let Some(action) = self.action_mut(call, control_id) {
                    action.outcome(outcome, now.at);
                }
            }
            Subject::Control { call, control_id, control, volume } => {
                if let Some(action) = self.action_mut(call, control_id) {
                    action.control_outcome(*control, *volume, outcome);
                }
                // Here a 404 may mean only that the operation is over; a 410 is about the call.
                if matches!(outcome, Outcome::Refused { code, .. } if code == "404") {
                    return;
                }
            }
            Subject::Dial(tag) => {
                let Some(dial) = self.dials.get_mut(tag) else { return };
                dial.sent |= !matches!(outcome, Outcome::NotSent(_));
                if matches!(outcome, Outcome::Done(_)) {
                    dial.accepted.get_or_insert(now.at);
                }
                match outcome {
                    Outcome::Done(_)
                        if matches!(dial.state, DialState::Requested | DialState::Unknown(_)) =>
                    {
                        dial.state = DialState::Dialing;
                    }
                    Outcome::Done(_) => {}
                    Outcome::Refused { code, message } => {
                        dial.end(DialState::Failed(Shown::new(&format!("{code} {message}"))), now.at);
                    }
                    Outcome::NotSent(why) => dial.end(DialState::Failed(why.clone()), now.at),
                    Outcome::Unknown(why) if dial.state == DialState::Requested => {
                        dial.state = DialState::Unknown(why.clone());
                    }
                    Outcome::Unknown(_) => {}
                }
                if let (true, Outcome::Done(reply)) = (dial.one_call, outcome) {
                    self.begun(tag, reply, &command.params["device"], now);
                }
            }
            Subject::Call(call) if &*command.rpc == "calling.pass" && matches!(outcome, Outcome::Done(_)) => {
                return self.passed_on(call, now.at);
            }
            Subject::Link | Subject::Call(_) | Subject::Probe { .. } => {}
        }
        let Some(id) = command.subject.call() else { return };
        match outcome {
            Outcome::Done(_) => self.answered_for(id, now.at),
            Outcome::Refused { code, message } if outcome.is_gone() => {
                let probe = command.subject.probed().is_some();
                if !probe || self.believes(code) && !is_about_control(message) {
                    self.conclude_gone(id, code, probe, now);
                }
            }
            Outcome::Refused { .. } | Outcome::NotSent(_) | Outcome::Unknown(_) => {}
        }
    }

    /// Notes what a probe brought: faintly, for it is no act of anybody, and in one gap the same only once.
    fn probed(
        &mut self,
        id: &CallId,
        ticket: Ticket,
        outcome: &Outcome,
        round_trip: Option<Duration>,
        now: Now,
    ) {
        let gone = self.calls.get(id).is_some_and(|call| call.inferred.is_some());
        let text = match outcome {
            Outcome::Done(_) => "probed: the call lives".to_owned(),
            Outcome::Refused { code, .. } if gone => format!("probed: gone, as the service says ({code})"),
            Outcome::Refused { code, message } => format!("probed: proves nothing: {code} {message}"),
            Outcome::NotSent(why) => format!("probe not sent: {why}"),
            Outcome::Unknown(why) => format!("probed: {why}"),
        };
        self.touched.push(Touched::Call(id.clone()));
        let text = Shown::new(&text);
        let gap = self.gaps.back().map_or(0, |gap| gap.seq);
        let said = |entry: &&Arc<Entry>| entry.seq > gap && entry.word.as_str() == "probe";
        let call = self.calls.get(id).filter(|call| call.doubt.is_some());
        let last = call.and_then(|call| call.entries.iter().rev().find(said));
        if last.is_some_and(|last| last.text == text) {
            return;
        }
        let draft = Draft {
            call: Some(id),
            ticket: Some(ticket),
            round_trip,
            ..Draft::about_link(Family::Command, Tone::Faint, "probe".into(), text)
        };
        self.enter(draft, now, None);
    }

    fn action_mut(&mut self, call: &CallId, control_id: &ControlId) -> Option<&mut Action> {
        self.calls.get_mut(call)?.action_mut(control_id)
    }

    /// The answer to a dial of one call names the call, often before any event does.
    fn begun(&mut self, tag: &Tag, reply: &Reply, device: &Value, now: Now) {
        let text = |key: &str| reply.body.get(key).and_then(Value::as_str);
        let Some(id) = text("call_id").map(CallId::from) else { return };
        if self.calls.contains(&id) || self.ghosts.get(&id).is_some() {
            return;
        }
        let mut call = Call::new(id.clone(), now);
        call.node = text("node_id").map(NodeId::from);
        (call.tag, call.direction) = (Some(tag.clone()), Some(Direction::Outbound));
        if let Ok(device) = serde_json::from_value(device.clone()) {
            call.set_device(device);
        }
        call.enter(CallState::Created, now.at);
        self.live += 1;
        self.calls.add(call);
        if let Some(dial) = self.dials.get_mut(tag) {
            dial.add_leg(&id);
        }
        self.touched.push(Touched::Call(id));
    }

    fn touch_subject(&mut self, subject: &Subject) {
        self.touched.push(match subject {
            Subject::Link => Touched::Link,
            Subject::Dial(tag) => Touched::Dial(tag.clone()),
            Subject::Call(call)
            | Subject::Start { call, .. }
            | Subject::Control { call, .. }
            | Subject::Probe { call, .. } => Touched::Call(call.clone()),
        });
    }
}

/// Whether a refusal speaks of the operation, not of its call: it proves nothing of the call.
fn is_about_control(message: &Shown) -> bool {
    message.as_str().to_ascii_lowercase().contains("control")
}

/// For the question whether it is safe to leave.
impl Model {
    /// Whether a method was submitted on a call and has no outcome yet.
    #[must_use]
    pub fn is_open(&self, method: &str, call: &CallId) -> bool {
        self.commands.values().any(|command| command.method == method && command.subject.call() == Some(call))
    }

    /// A command that has no certain outcome yet.
    #[must_use]
    pub fn command(&self, ticket: Ticket) -> Option<&Command> {
        self.commands.get(&ticket)
    }

    /// Actions that this program started and that may still be running, with their calls.
    pub fn my_running(&self) -> impl Iterator<Item = (&Call, &Action)> {
        self.calls.values().flat_map(|call| {
            call.running().filter(|action| action.is_mine()).map(move |action| (call, action))
        })
    }
}
