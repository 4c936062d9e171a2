//! Calls that come by themselves: by time, by rate, already there, or to keep the floor busy.

use std::collections::HashSet;
use std::sync::Arc;

use super::leg::{LegDue, NewLeg};
use super::operations::attempt::Dialer;
use super::party::{Answers, Party};
use super::script::{Arrival, Span};
use super::session::SessionKey;
use super::world::{Due, World, span};
use crate::protocol::device::Device;
use crate::protocol::id::CallId;
use crate::protocol::state::{CallState, Direction};

/// How far the arrivals are.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// Contexts somebody has held.
    begun: HashSet<String>,
    /// Calls so far, by arrival.
    counts: Vec<u32>,
    /// The latest call of each arrival that is there from the start.
    standing: Vec<Option<CallId>>,
    refilling: bool,
}

impl World {
    /// A session holds a context: whatever stands there already is its, and the clock of the rest starts.
    pub(super) fn arrivals_begin(&mut self, key: SessionKey, context: &str) {
        let script = self.script.clone();
        self.arrivals.counts.resize(script.arrivals.len(), 0);
        self.arrivals.standing.resize(script.arrivals.len(), None);
        let first = self.arrivals.begun.insert(context.to_owned());
        for (index, arrival) in
            script.arrivals.iter().enumerate().filter(|(_, arrival)| arrival.context == context)
        {
            if arrival.age.is_some() && !self.stands(index) {
                self.after(0.05, Due::Stand(index, key));
            }
            if !first {
                continue;
            }
            for at in &arrival.at {
                self.after(*at, Due::Arrive { arrival: index, again: false });
            }
            if let Some(every) = arrival.every {
                let wait = self.choose(every);
                self.after(wait, Due::Arrive { arrival: index, again: true });
            }
        }
        self.refill_soon();
    }

    /// Whether the standing call of this arrival is alive and somebody sees it.
    fn stands(&self, index: usize) -> bool {
        let call_id = self.arrivals.standing.get(index).and_then(Option::as_ref);
        call_id
            .and_then(|call_id| self.legs.get(call_id))
            .is_some_and(|leg| leg.owner.is_some_and(|owner| self.is_connected(owner)))
    }

    /// An arrival's time has come.
    pub(super) fn arrive_by_time(&mut self, index: usize, again: bool) {
        let script = self.script.clone();
        let Some(arrival) = script.arrivals.get(index) else { return };
        if let Some(every) = arrival.every.filter(|_| again) {
            let wait = self.choose(every);
            self.after(wait, Due::Arrive { arrival: index, again: true });
        }
        let most = script.live.most;
        let full = again && most > 0 && self.live_calls() >= most;
        let nobody = again && self.consumer(&arrival.context, &[]).is_none();
        if !full && !nobody {
            self.arrive(index, arrival);
        }
    }

    pub(super) fn arrive_by_label(&mut self, label: &str) {
        let script = self.script.clone();
        self.arrivals.counts.resize(script.arrivals.len(), 0);
        if let Some((index, arrival)) = script.arrivals.iter().enumerate().find(|(_, one)| one.label == label)
        {
            self.arrive(index, arrival);
        }
    }

    /// Brings one more call while there are too few.
    pub(super) fn refill(&mut self) {
        self.arrivals.refilling = false;
        let script = self.script.clone();
        if self.live_calls() >= script.live.least {
            return;
        }
        let willing: Vec<(usize, &Arrival)> = script
            .arrivals
            .iter()
            .enumerate()
            .filter(|(_, arrival)| arrival.weight > 0.0 && self.consumer(&arrival.context, &[]).is_some())
            .collect();
        let total: f64 = willing.iter().map(|(_, arrival)| arrival.weight).sum();
        let mut point = self.dice.f64() * total;
        for (index, arrival) in willing {
            point -= arrival.weight;
            if point <= 0.0 {
                self.arrive(index, arrival);
                break;
            }
        }
        if total > 0.0 {
            self.refill_soon();
        }
    }

    pub(super) fn refill_soon(&mut self) {
        if self.script.live.least > 0 && !self.arrivals.refilling {
            self.arrivals.refilling = true;
            let wait = self.choose(Span { least: 0.4, most: 1.6 });
            self.after(wait, Due::Refill);
        }
    }

    /// Calls of arrivals that somebody sees or could be offered.
    fn live_calls(&self) -> usize {
        let seen = |owner: Option<SessionKey>| owner.is_none_or(|owner| self.is_connected(owner));
        self.legs.values().filter(|leg| leg.arrival.is_some() && !leg.orphaned && seen(leg.owner)).count()
    }

    fn arrive(&mut self, index: usize, arrival: &Arrival) {
        let Some(count) = self.arrivals.counts.get_mut(index) else { return };
        if arrival.count.is_some_and(|most| *count >= most) {
            return;
        }
        *count += 1;
        let (device, party) = (self.device_of(arrival), self.party_for(arrival));
        if arrival.direction == Direction::Outbound {
            let owner = self.consumer(&arrival.context, &[]);
            let tag = self.ids.next();
            let dialer =
                Dialer { party: Some(party), context: Some(arrival.context.clone()), arrival: Some(index) };
            return self.start_dial(owner, tag, vec![vec![device]], dialer);
        }
        let call_id = self.inbound(index, arrival, device, party, 0.0);
        self.offer(&call_id);
        self.leg_in(0.25, &call_id, LegDue::Ring);
        let patience = self.choose(arrival.patience);
        self.leg_in(patience, &call_id, LegDue::Abandon);
        if let Some(after) = arrival.answered_after {
            let after = self.choose(after);
            self.leg_in(after, &call_id, LegDue::AppAnswers);
        }
    }

    fn inbound(
        &mut self,
        index: usize,
        arrival: &Arrival,
        device: Device,
        party: Arc<Party>,
        age: f64,
    ) -> CallId {
        let tag = self.ids.next();
        self.new_leg(NewLeg {
            direction: Direction::Inbound,
            created_by: "receive",
            device,
            context: Some(arrival.context.clone()),
            tag,
            node_id: None,
            owner: None,
            party,
            attempt: None,
            parent: None,
            arrival: Some(index),
            age,
        })
    }

    /// A call that is already there when its session comes: told as the events that session missed.
    pub(super) fn stand(&mut self, index: usize, key: SessionKey) {
        let script = self.script.clone();
        let Some(arrival) = script.arrivals.get(index) else { return };
        let Some(age) = arrival.age.filter(|_| !self.stands(index)) else { return };
        let age = self.choose(age);
        let (device, party) = (self.device_of(arrival), self.party_for(arrival));
        let inbound = arrival.direction == Direction::Inbound;
        let answered = if inbound { arrival.answered_after.is_some() } else { picks_up(&party) };
        let rang = if answered { self.choose(Span { least: 3.0, most: 9.0 }) } else { 0.0 };
        let call_id = if inbound {
            self.inbound(index, arrival, device, party, age + rang)
        } else {
            self.dialled(index, arrival, device, party, key, age + rang)
        };
        if let Some(slot) = self.arrivals.standing.get_mut(index) {
            *slot = Some(call_id.clone());
        }
        let began = self.now.wall.back(span(age + rang));
        if inbound {
            self.offer_to(&call_id, key, began);
        } else {
            self.told(&call_id, CallState::Created, age + rang);
        }
        self.told(&call_id, CallState::Ringing, (age + rang - 0.3).max(0.0));
        if answered {
            self.answer_leg(&call_id, age);
        } else if inbound {
            let patience = self.choose(arrival.patience);
            self.leg_in((patience - age).max(1.0), &call_id, LegDue::Abandon);
        } else {
            let after = self.legs.get(&call_id).map_or(0.0, |leg| leg.party.after.most);
            self.leg_in((after - age).max(0.5), &call_id, LegDue::PickUp);
        }
    }

    fn dialled(
        &mut self,
        index: usize,
        arrival: &Arrival,
        device: Device,
        party: Arc<Party>,
        key: SessionKey,
        age: f64,
    ) -> CallId {
        let tag = self.ids.next();
        self.new_leg(NewLeg {
            direction: Direction::Outbound,
            created_by: "dial",
            device,
            context: Some(arrival.context.clone()),
            tag,
            node_id: None,
            owner: Some(key),
            party,
            attempt: None,
            parent: None,
            arrival: Some(index),
            age,
        })
    }

    /// A state a call was in some seconds ago.
    fn told(&mut self, call_id: &CallId, state: CallState, ago: f64) {
        let wall = self.now.wall.back(span(ago));
        let Some(leg) = self.legs.get_mut(call_id) else { return };
        leg.state = state;
        let body = serde_json::Value::Object(leg.status());
        self.call_event_of(call_id, None, "calling.call.state", body, wall);
    }

    /// Enters what the application does on an arrival's call from its answer on, `ago` seconds back.
    pub(super) fn plan_deeds(&mut self, call_id: &CallId, arrival: usize, ago: f64) {
        let script = self.script.clone();
        let Some(arrival) = script.arrivals.get(arrival) else { return };
        for (index, deed) in arrival.does.iter().enumerate() {
            if self.dice.f64() >= deed.chance {
                continue;
            }
            let after = self.choose(deed.after);
            let (wait, so_far) = if after >= ago { (after - ago, 0.0) } else { (0.02, ago - after) };
            self.leg_in(wait, call_id, LegDue::Deed(index, so_far));
        }
    }

    fn device_of(&mut self, arrival: &Arrival) -> Device {
        let (from, to) = (self.number(&arrival.from), self.number(&arrival.to));
        if to.starts_with("sip:") || from.starts_with("sip:") {
            Device::sip(&to, &from)
        } else {
            let device = Device::phone(&to).from(&from);
            if arrival.direction == Direction::Outbound { device.timeout(30) } else { device }
        }
    }

    /// Fills the `?` of a pattern with digits, so that no live call has the number yet if that can be had.
    fn number(&mut self, pattern: &str) -> String {
        let mut number = String::new();
        for _ in 0..8 {
            let dice = &mut self.dice;
            number = pattern.chars().map(|c| if c == '?' { dice.digit(10) } else { c }).collect();
            let taken = |device: &Device| {
                device.from_address().as_deref() == Some(&number)
                    || device.to_address().as_deref() == Some(&number)
            };
            if !pattern.contains('?') || !self.legs.values().any(|leg| taken(&leg.device)) {
                break;
            }
        }
        number
    }

    fn party_for(&mut self, arrival: &Arrival) -> Arc<Party> {
        let total: f64 = arrival.parties.values().sum();
        let mut point = self.dice.f64() * total;
        for (name, weight) in &arrival.parties {
            point -= weight;
            if point <= 0.0 {
                return self.party(name);
            }
        }
        self.party(arrival.party.as_deref().unwrap_or("human"))
    }
}

fn picks_up(party: &Party) -> bool {
    matches!(party.answers, Answers::Human | Answers::Machine | Answers::Fax)
}
