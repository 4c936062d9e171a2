//! One call at the switch: its fields, its states, and what its far end does.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::operations::Operation;
use super::operations::attempt::AttemptKey;
use super::party::{Answers, Party};
use super::script::FinalEvents;
use super::session::SessionKey;
use super::world::{Due, World};
use crate::protocol::device::Device;
use crate::protocol::id::{CallId, ControlId, NodeId, Tag};
use crate::protocol::state::{CallState, Direction, EndReason};
use crate::time::{At, Now, Wall};

/// A live call.
#[derive(Debug)]
pub struct Leg {
    /// Its id.
    pub call_id: CallId,
    /// Its media node.
    pub node_id: NodeId,
    /// Its state.
    pub state: CallState,
    /// Inbound or outbound.
    pub direction: Direction,
    /// Its endpoint.
    pub device: Device,
    /// The context it came by, or the label of a dialler's call.
    pub context: Option<String>,
    pub(super) segment_id: String,
    pub(super) tag: Tag,
    pub(super) created_by: &'static str,
    pub(super) end_reason: Option<EndReason>,
    pub(super) start: Wall,
    pub(super) answered: Option<Wall>,
    pub(super) answered_at: Option<At>,
    pub(super) ended: Option<Wall>,
    pub(super) owner: Option<SessionKey>,
    /// Nobody controls it any more, nor will.
    pub(super) orphaned: bool,
    pub(super) passed: Vec<SessionKey>,
    pub(super) party: Arc<Party>,
    pub(super) replies: usize,
    pub(super) attempt: Option<AttemptKey>,
    /// The connect that runs on this call.
    pub(super) connecting: Option<AttemptKey>,
    /// The other leg of the bridge, and its node.
    pub(super) peer: Option<(CallId, NodeId)>,
    pub(super) bridge_tag: Option<Tag>,
    /// The leg a connect made this one for, and its node.
    pub(super) parent: Option<(CallId, NodeId)>,
    pub(super) arrival: Option<usize>,
    pub(super) controls: BTreeMap<String, ControlId>,
    pub(super) operations: Vec<Operation>,
    pub(super) denoised: bool,
}

/// What stays of a call that ended.
#[derive(Debug)]
pub(super) struct Remembered {
    pub owner: Option<SessionKey>,
    pub node_id: NodeId,
    pub end_reason: Option<EndReason>,
}

/// What can be due on a call.
#[derive(Debug)]
pub(super) enum LegDue {
    /// Created and now ringing.
    Ring,
    /// The far end does whatever it does.
    PickUp,
    /// It rang out.
    RingOut,
    /// The inbound caller waits no longer.
    Abandon,
    /// The application answers.
    AppAnswers,
    /// The far end hangs up.
    HangUp,
    /// The application hangs up.
    EndBy(EndReason),
    /// The application takes the bridge apart.
    Disconnect,
    /// The application gives control up, maybe to a context.
    Transfer(Option<String>),
    /// The hang-up is through.
    Ended,
    /// An application's deed of its arrival.
    Deed(usize),
    /// A key is heard.
    Digit(char),
    /// A voice begins to say this.
    Speech(String),
    /// It has said this.
    Spoken(String),
}

/// Everything a new leg needs to be told.
pub(super) struct NewLeg {
    pub direction: Direction,
    pub created_by: &'static str,
    pub device: Device,
    pub context: Option<String>,
    pub tag: Tag,
    pub node_id: Option<NodeId>,
    pub owner: Option<SessionKey>,
    pub party: Arc<Party>,
    pub attempt: Option<AttemptKey>,
    pub parent: Option<(CallId, NodeId)>,
    pub arrival: Option<usize>,
}

impl Leg {
    /// The fields of a state or receive event.
    pub(super) fn status(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let mut put = |key: &str, value: Value| drop(body.insert(key.to_owned(), value));
        put("segment_id", json!(self.segment_id));
        put("call_state", json!(self.state));
        put("direction", json!(self.direction));
        put("device", json!(self.device));
        put("tag", json!(self.tag));
        put("created_by", json!(self.created_by));
        put("start_time", millis(self.start));
        if let Some(wall) = self.answered {
            put("answer_time", millis(wall));
        }
        if let Some(wall) = self.ended {
            put("end_time", millis(wall));
        }
        if let Some(reason) = &self.end_reason {
            put("end_reason", json!(reason));
        }
        if let Some((call_id, node_id)) = self.peer.as_ref().or(self.parent.as_ref()) {
            put("peer", json!({ "call_id": call_id, "node_id": node_id }));
        }
        if let Some((call_id, node_id)) = &self.parent {
            put("parent", json!({ "call_id": call_id, "node_id": node_id }));
        }
        if let Some(context) = self.context.as_ref().filter(|_| self.direction == Direction::Outbound) {
            put("context", json!(context));
        }
        body
    }

    pub(super) fn is_answered(&self) -> bool {
        self.state == CallState::Answered
    }
}

fn millis(wall: Wall) -> Value {
    json!(wall.0 / 1_000)
}

impl World {
    /// Puts a new leg, `created`, without telling anybody.
    pub(super) fn new_leg(&mut self, new: NewLeg) -> CallId {
        let call_id: CallId = self.ids.next();
        let segment_id: String = self.ids.next();
        let node_id = new.node_id.unwrap_or_else(|| self.any_node());
        let leg = Leg {
            call_id: call_id.clone(),
            node_id,
            state: CallState::Created,
            direction: new.direction,
            device: new.device,
            context: new.context,
            segment_id,
            tag: new.tag,
            created_by: new.created_by,
            end_reason: None,
            start: self.now.wall,
            answered: None,
            answered_at: None,
            ended: None,
            owner: new.owner,
            orphaned: false,
            passed: Vec::new(),
            party: new.party,
            replies: 0,
            attempt: new.attempt,
            connecting: None,
            peer: None,
            bridge_tag: None,
            parent: new.parent,
            arrival: new.arrival,
            controls: BTreeMap::new(),
            operations: Vec::new(),
            denoised: false,
        };
        self.legs.insert(call_id.clone(), leg);
        call_id
    }

    fn any_node(&mut self) -> NodeId {
        let node = self.dice.u32(0..self.script.calls.nodes.max(1));
        NodeId::from(format!(
            "{:08x}-51a1-4000-8000-00000000000{}@sim",
            super::login::fnv(&node.to_be_bytes()),
            node % 10
        ))
    }

    pub(super) fn state_event(&mut self, call_id: &CallId) {
        let Some(body) = self.legs.get(call_id).map(Leg::status) else { return };
        self.call_event(call_id, None, "calling.call.state", Value::Object(body));
    }

    /// Moves a call forward and reports it. A call never moves backwards.
    pub(super) fn advance(&mut self, call_id: &CallId, state: CallState) -> bool {
        let Some(leg) = self.legs.get_mut(call_id) else { return false };
        if state.rank() <= leg.state.rank() {
            return false;
        }
        leg.state = state;
        self.state_event(call_id);
        true
    }

    pub(super) fn leg_in(&mut self, seconds: f64, call_id: &CallId, due: LegDue) {
        self.after(seconds, Due::Leg(call_id.clone(), due));
    }

    pub(super) fn leg_due(&mut self, call_id: &CallId, due: LegDue) {
        let Some(leg) = self.legs.get(call_id) else { return };
        let (ringing, answered) = (leg.state.rank() < CallState::Answered.rank(), leg.is_answered());
        match due {
            LegDue::Ring => drop(self.advance(call_id, CallState::Ringing)),
            LegDue::PickUp if ringing => self.pick_up(call_id),
            LegDue::RingOut if ringing => self.end_leg(call_id, EndReason::NoAnswer),
            LegDue::Abandon if ringing => self.end_leg(call_id, EndReason::Abandoned),
            LegDue::AppAnswers if ringing => self.answer_leg(call_id),
            LegDue::HangUp => {
                let reason = if ringing { EndReason::Abandoned } else { EndReason::Hangup };
                self.end_leg(call_id, reason);
            }
            LegDue::EndBy(reason) => self.end_leg(call_id, reason),
            LegDue::Disconnect => self.disconnect(call_id),
            LegDue::Transfer(context) => self.transferred(call_id, context),
            LegDue::Ended => self.leg_ended(call_id),
            LegDue::Deed(index) if answered => self.app_deed(call_id, index),
            LegDue::Digit(key) if answered => self.hear_digit(call_id, key),
            LegDue::Speech(text) if answered => self.hear_speech(call_id, &text),
            LegDue::Spoken(text) if answered => self.hear_spoken(call_id, &text),
            LegDue::PickUp | LegDue::RingOut | LegDue::Abandon | LegDue::AppAnswers => {}
            LegDue::Deed(_) | LegDue::Digit(_) | LegDue::Speech(_) | LegDue::Spoken(_) => {}
        }
    }

    fn pick_up(&mut self, call_id: &CallId) {
        let Some(leg) = self.legs.get(call_id) else { return };
        match leg.party.answers {
            Answers::Human | Answers::Machine | Answers::Fax => self.answer_leg(call_id),
            Answers::Busy => self.end_leg(call_id, EndReason::Busy),
            Answers::NoAnswer => self.end_leg(call_id, EndReason::NoAnswer),
            Answers::Decline => self.end_leg(call_id, EndReason::Decline),
            Answers::NotFound => self.end_leg(call_id, EndReason::NotFound),
            Answers::Error => self.end_leg(call_id, EndReason::Error),
            Answers::Stuck => {}
        }
    }

    /// Media is up. Reports it and lets the far end and the application begin.
    pub(super) fn answer_leg(&mut self, call_id: &CallId) {
        let Now { at, wall } = self.now;
        let Some(leg) = self.legs.get_mut(call_id) else { return };
        if leg.state.rank() >= CallState::Answered.rank() {
            return;
        }
        leg.answered = Some(wall);
        leg.answered_at = Some(at);
        let (attempt, party) = (leg.attempt, leg.party.clone());
        self.advance(call_id, CallState::Answered);
        self.far_end_begins(call_id, &party);
        self.plan_deeds(call_id, None);
        if let Some(attempt) = attempt {
            self.attempt_answered(attempt, call_id);
        }
    }

    fn far_end_begins(&mut self, call_id: &CallId, party: &Party) {
        for press in &party.presses {
            let after = self.choose(press.after);
            self.press(call_id, after, &press.digits, press.gap);
        }
        for say in &party.says {
            let after = self.choose(say.after);
            self.speak(call_id, after, &say.text);
        }
        if let Some(after) = party.hangs_up_after {
            let after = self.choose(after);
            self.leg_in(after, call_id, LegDue::HangUp);
        }
    }

    /// The far end presses keys, beginning in so many seconds.
    pub(super) fn press(&mut self, call_id: &CallId, seconds: f64, digits: &str, gap: f64) {
        let mut at = seconds;
        for key in digits.chars() {
            match key {
                'w' => at += 0.5,
                'W' => at += 1.0,
                _ => {
                    self.leg_in(at, call_id, LegDue::Digit(key));
                    at += gap;
                }
            }
        }
    }

    /// The far end says something, beginning in so many seconds.
    pub(super) fn speak(&mut self, call_id: &CallId, seconds: f64, text: &str) {
        self.leg_in(seconds, call_id, LegDue::Speech(text.to_owned()));
        self.leg_in(seconds + speech_length(text), call_id, LegDue::Spoken(text.to_owned()));
    }

    /// Begins a hang-up: `ending` now, `ended` a moment later.
    pub(super) fn end_leg(&mut self, call_id: &CallId, reason: EndReason) {
        let Some(leg) = self.legs.get_mut(call_id) else { return };
        if leg.state.is_over() {
            return;
        }
        leg.end_reason = Some(reason);
        self.advance(call_id, CallState::Ending);
        self.leg_in(0.18, call_id, LegDue::Ended);
    }

    fn leg_ended(&mut self, call_id: &CallId) {
        let rules = self.script.calls.final_events;
        if rules == FinalEvents::Before {
            self.finish_operations(call_id);
        }
        let now = self.now.wall;
        if let Some(leg) = self.legs.get_mut(call_id) {
            leg.ended = Some(now);
        }
        self.unlink(call_id);
        self.advance(call_id, CallState::Ended);
        match rules {
            FinalEvents::After => self.finish_operations(call_id),
            FinalEvents::Before | FinalEvents::Never => {}
        }
        let Some(leg) = self.legs.shift_remove(call_id) else { return };
        let remembered =
            Remembered { owner: leg.owner, node_id: leg.node_id.clone(), end_reason: leg.end_reason.clone() };
        self.remembered.insert(call_id.clone(), remembered);
        let seconds = self.script.calls.remembered;
        self.after(seconds, Due::Forget(call_id.clone()));
        if let Some(attempt) = leg.attempt {
            self.attempt_leg_over(attempt, call_id);
        }
        if let Some(connect) = leg.connecting {
            self.attempt_given_up(connect);
        }
        if let Some(arrival) = leg.arrival {
            self.place_is_free(arrival);
        }
    }
}

/// Seconds it takes to say something: about 14 characters a second.
pub(super) fn speech_length(text: &str) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "texts are short")]
    let length = text.chars().count() as f64 / 14.0;
    (length.max(0.5) * 1e3).round() / 1e3
}
