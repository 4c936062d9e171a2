//! Calls that come by themselves: by time, by rate, or already there and replaced when they are over.

use std::collections::HashSet;
use std::sync::Arc;

use super::leg::{Leg, LegDue, NewLeg};
use super::operations::attempt::Dialer;
use super::party::Party;
use super::script::{Arrival, Pattern};
use super::world::{Due, World, span};
use crate::protocol::device::Device;
use crate::protocol::id::CallId;
use crate::protocol::state::Direction;

/// How far the arrivals are.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// Contexts somebody has held.
    begun: HashSet<String>,
    /// Calls so far, by arrival.
    counts: Vec<u32>,
}

impl World {
    /// A session holds a context: soon it has whatever stands there, and the clock of the rest starts.
    pub(super) fn arrivals_begin(&mut self, context: &str) {
        let script = self.script.clone();
        self.arrivals.counts.resize(script.arrivals.len(), 0);
        self.after(0.05, Due::Stand(context.to_owned()));
        if !self.arrivals.begun.insert(context.to_owned()) {
            return;
        }
        for (index, arrival) in script.arrivals.iter().enumerate().filter(|(_, one)| one.context == context) {
            for at in &arrival.at {
                self.after(*at, Due::Arrive { arrival: index, again: false });
            }
            if let Some(every) = arrival.every {
                let wait = self.choose(every);
                self.after(wait, Due::Arrive { arrival: index, again: true });
            }
        }
    }

    /// Brings what stands on a context and nobody sees yet, each call with the past it has.
    pub(super) fn stand(&mut self, context: &str) {
        let script = self.script.clone();
        let mut begun = Vec::new();
        for (index, arrival) in script.arrivals.iter().enumerate().filter(|(_, one)| one.context == context) {
            let Some(age) = arrival.age else { continue };
            for _ in self.count_of(index)..arrival.standing {
                let ago = self.choose(age);
                begun.push((self.now.at.back(span(ago)), Due::TakePlace(index)));
            }
        }
        self.relive(begun);
    }

    /// A call of an arrival is over.
    pub(super) fn place_is_free(&mut self, index: usize) {
        let wait = self.script.arrivals.get(index).and_then(|arrival| arrival.again_after);
        if let Some(wait) = wait {
            let wait = self.choose(wait);
            self.after(wait, Due::TakePlace(index));
        }
    }

    /// One more call of a standing arrival, if it has a place and somebody to see it.
    pub(super) fn take_place(&mut self, index: usize) {
        let script = self.script.clone();
        let Some(arrival) = script.arrivals.get(index) else { return };
        if self.count_of(index) < arrival.standing && self.consumer(&arrival.context, &[]).is_some() {
            self.arrive(index, arrival);
        }
    }

    /// Calls of an arrival that somebody sees or could be offered.
    fn count_of(&self, index: usize) -> usize {
        let seen = |owner: Option<_>| owner.is_none_or(|owner| self.is_connected(owner));
        let counts = |leg: &&Leg| leg.arrival == Some(index) && !leg.orphaned && seen(leg.owner);
        self.legs.values().filter(counts).count()
    }

    /// An arrival's time has come.
    pub(super) fn arrive_by_time(&mut self, index: usize, again: bool) {
        let script = self.script.clone();
        let Some(arrival) = script.arrivals.get(index) else { return };
        if let Some(every) = arrival.every.filter(|_| again) {
            let wait = self.choose(every);
            self.after(wait, Due::Arrive { arrival: index, again: true });
        }
        if !again || self.consumer(&arrival.context, &[]).is_some() {
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

    fn arrive(&mut self, index: usize, arrival: &Arrival) {
        let Some(count) = self.arrivals.counts.get_mut(index) else { return };
        if arrival.count.is_some_and(|most| *count >= most) {
            return;
        }
        *count += 1;
        let (device, party) = (self.device_of(arrival), self.party_for(arrival));
        let tag = self.ids.next();
        let context = Some(arrival.context.clone());
        if arrival.direction == Direction::Outbound {
            let owner = self.consumer(&arrival.context, &[]);
            let dialer = Dialer { party: Some(party), context, arrival: Some(index) };
            return self.start_dial(owner, tag, vec![vec![device]], dialer);
        }
        let call_id = self.new_leg(NewLeg {
            direction: Direction::Inbound,
            created_by: "receive",
            device,
            context,
            tag,
            node_id: None,
            owner: None,
            party,
            attempt: None,
            parent: None,
            arrival: Some(index),
        });
        self.offer(&call_id);
        self.leg_in(0.25, &call_id, LegDue::Ring);
        let patience = self.choose(arrival.patience);
        self.leg_in(patience, &call_id, LegDue::Abandon);
        if let Some(after) = arrival.answered_after {
            let after = self.choose(after);
            self.leg_in(after, &call_id, LegDue::AppAnswers);
        }
    }

    /// Enters what the application does on a call of an arrival from now on: it was answered, or a detector of the
    /// application has said something.
    pub(super) fn plan_deeds(&mut self, call_id: &CallId, on: Option<&str>) {
        let script = self.script.clone();
        let arrival = self.legs.get(call_id).and_then(|leg| leg.arrival);
        let Some(arrival) = arrival.and_then(|index| script.arrivals.get(index)) else { return };
        for (index, deed) in arrival.does.iter().enumerate().filter(|(_, deed)| deed.on.as_deref() == on) {
            if self.dice.f64() < deed.chance {
                let after = self.choose(deed.after);
                self.leg_in(after, call_id, LegDue::Deed(index));
            }
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
    fn number(&mut self, patterns: &Pattern) -> String {
        let mut number = String::new();
        for _ in 0..8 {
            let dice = &mut self.dice;
            let Some(pattern) = patterns.0.get(dice.usize(0..patterns.0.len().max(1))) else { break };
            number = pattern.chars().map(|c| if c == '?' { dice.digit(10) } else { c }).collect();
            let taken = |device: &Device| {
                device.from_address().as_deref() == Some(&number)
                    || device.to_address().as_deref() == Some(&number)
            };
            if !self.legs.values().any(|leg| taken(&leg.device)) {
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
