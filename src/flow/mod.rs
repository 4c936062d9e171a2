//! A call's whole life across its legs: who told whom what, line by line, and what ran when.

pub mod diff;
pub mod draw;
mod fold;
mod legs;
mod step;
pub mod strip;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::client::Ticket;
use crate::model::{Call, Family, Model, Tone, describe, mask};
use crate::protocol::{CallId, Direction, Shown};
use crate::time::{At, Now, Wall};

pub use legs::legs;

/// One of the uprights of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// The far end of a leg; 0 is the call that was asked for.
    Leg(usize),
    /// The service.
    Relay,
    /// Others who act on the call. What they asked for is not seen here, only what came of it.
    App,
    /// This program.
    Console,
}

/// What passes between two uprights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Something is asked for.
    Command,
    /// Something is reported.
    Event,
    /// Something can be heard: speech, sounds, keys, a fax.
    Audio,
    /// A state is entered; nobody tells anybody.
    State,
    /// Something begins that lasts: a recording, a tap, a bridge.
    Lasting,
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// It arrived.
    Arrived,
    /// Nobody knows: no answer yet, or none ever.
    Unknown,
    /// It was refused or never left.
    Failed,
}

/// One arrow, or a state where both ends are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// Where it comes from.
    pub from: Lane,
    /// Where it goes.
    pub to: Lane,
    /// What it is.
    pub kind: Kind,
    /// How far it came.
    pub reach: Reach,
    /// What stands on it.
    pub label: Shown,
}

/// Names a line, however often the ladder is drawn anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepId {
    /// An entry of the journal, by its number.
    Entry(u64),
    /// A command of this program, from before it has an outcome.
    Act(Ticket),
}

/// One line of the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Everything that is folded into it, oldest first. The line shows the latest.
    pub ids: Vec<StepId>,
    /// Numbers of the journal entries behind it, oldest first; none for a command without an outcome.
    pub seqs: Vec<u64>,
    /// When it happened here.
    pub now: Now,
    /// Since the line above.
    pub delta: Option<Duration>,
    /// What passed between whom. None at a gap of the link, which is a line across.
    pub arrows: Vec<Arrow>,
    /// What happened in one word: the state that an event reports, the method of a command.
    pub word: Shown,
    /// What it is about.
    pub family: Family,
    /// How to take it.
    pub tone: Tone,
    /// Who gave the command, or started what it is about: `me`, a name; empty where nobody knows.
    pub by: Shown,
    /// The leg it is about.
    pub leg: Option<usize>,
    /// The operation it is about, as it is on the wire.
    pub control: Option<Shown>,
    /// From sending to answer, for commands.
    pub round_trip: Option<Duration>,
    /// The whole of it in words.
    pub text: Shown,
    /// From when to when there was no link, if the line is a gap.
    pub band: Option<Band>,
    /// The run of like lines that it is part of, while that is unfolded.
    pub run: Option<StepId>,
}

/// A time without a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// When it was lost.
    pub from: Wall,
    /// When it was back; none while it is lost.
    pub until: Option<Wall>,
}

impl Band {
    /// It in words, times of day as `clock` writes them: `no link 14:02:03 - 14:02:31`.
    #[must_use]
    pub fn text(self, clock: impl Fn(Wall) -> String) -> Shown {
        let from = clock(self.from);
        Shown::new(&match self.until {
            Some(until) => format!("no link {from} - {}", clock(until)),
            None => format!("no link since {from}"),
        })
    }
}

impl Step {
    /// Names the line.
    #[must_use]
    pub fn id(&self) -> StepId {
        // A line is made of something; were it not, no entry has this number.
        self.ids.first().copied().unwrap_or(StepId::Entry(u64::MAX))
    }

    /// How many lines are folded into it beside the one it shows.
    #[must_use]
    pub fn folded(&self) -> usize {
        self.ids.len().saturating_sub(1)
    }

    /// Whether it is about keys that somebody pressed or that were sent.
    #[must_use]
    pub fn carries_keys(&self) -> bool {
        matches!(self.family, Family::Collect | Family::Digits) || self.word.as_str() == "send_digits"
    }

    /// Hides numbers in it, and keys as a whole.
    fn mask(&mut self) {
        let hidden = Shown::new(&format!("{} {}", self.word, mask::HIDDEN));
        let keys = self.carries_keys();
        let within =
            |text: &Shown| if keys { hidden.clone() } else { Shown::new(&mask::within(text.as_str())) };
        self.text = within(&self.text);
        for arrow in &mut self.arrows {
            arrow.label = within(&arrow.label);
        }
    }

    /// Whether it is a gap or another change of the link: a line across all uprights.
    #[must_use]
    pub fn is_break(&self) -> bool {
        self.family == Family::Link
    }
}

/// The head of an upright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The upright.
    pub lane: Lane,
    /// What it is, in a word: `CALLER`, `CALLEE`, `PEER`, `LEG 2`, `RELAY`, `APP`, `CONSOLE`.
    pub role: String,
    /// Its number or address; empty where it has none.
    pub party: Shown,
    /// The call it is the far end of.
    pub call: Option<CallId>,
}

/// A call's life, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ladder {
    /// Who talks to whom.
    pub parties: Shown,
    /// Its uprights from left to right.
    pub heads: Vec<Head>,
    /// Its lines, oldest first.
    pub steps: Vec<Step>,
    /// How many events and commands it is made of.
    pub total: usize,
    /// How many older entries of its legs are no longer kept.
    pub dropped: u64,
}

impl Ladder {
    /// The ladder of a call and its other legs. Runs of like lines are folded, but for those named in `unfolded` by
    /// their first line. Empty when nothing is known of the call.
    #[must_use]
    pub fn of(model: &Model, id: &CallId, unfolded: &BTreeSet<StepId>) -> Self {
        let legs: Vec<&Call> = legs(model, id).iter().filter_map(|id| model.call(id)).collect();
        let Some(call) = legs.first() else { return Self::default() };
        let steps = step::all(model, &legs);
        let total = steps.len();
        let dropped = legs.iter().map(|leg| leg.entries.dropped()).sum();
        let mut steps = fold::fold(steps, unfolded);
        let mut above: Option<At> = None;
        for step in &mut steps {
            step.delta = above.map(|above| step.now.at.since(above));
            above = Some(step.now.at);
        }
        let others = steps.iter().flat_map(|step| &step.arrows);
        let others = others.clone().any(|arrow| arrow.from == Lane::App || arrow.to == Lane::App);
        let parties = Shown::new(&describe::parties(call));
        Self { parties, heads: heads(call, &legs, others), steps, total, dropped }
    }

    /// The same ladder with numbers and keys hidden.
    #[must_use]
    pub fn masked(mut self) -> Self {
        self.parties = Shown::new(&mask::within(self.parties.as_str()));
        for head in &mut self.heads {
            head.party = Shown::new(&mask::party(head.party.as_str()));
        }
        self.steps.iter_mut().for_each(Step::mask);
        self
    }

    /// The line in which something stands.
    #[must_use]
    pub fn position(&self, id: StepId) -> Option<usize> {
        self.steps.iter().position(|step| step.ids.contains(&id))
    }

    /// The place of an upright from the left.
    #[must_use]
    pub fn place(&self, lane: Lane) -> Option<usize> {
        self.heads.iter().position(|head| head.lane == lane)
    }
}

/// The further legs on the left, so that everything that is heard passes on the left of the service and everything
/// that is asked and told on its right.
fn heads(call: &Call, legs: &[&Call], others: bool) -> Vec<Head> {
    let plain = |lane, role: &str| Head { lane, role: role.to_owned(), party: Shown::default(), call: None };
    let mut peers = 0;
    let mut heads = Vec::new();
    for (place, leg) in legs.iter().enumerate() {
        let role = match leg {
            _ if place == 0 && is_inbound(leg) => "CALLER".to_owned(),
            _ if place == 0 => "CALLEE".to_owned(),
            _ if leg.tag.is_some() && leg.tag == call.tag => format!("LEG {}", place + 1),
            _ => {
                peers += 1;
                if peers == 1 { "PEER".to_owned() } else { format!("PEER {peers}") }
            }
        };
        let party = describe::party(if is_inbound(leg) { leg.from.as_str() } else { leg.to.as_str() });
        heads.push(Head {
            lane: Lane::Leg(place),
            role,
            party: Shown::new(&party),
            call: Some(leg.id.clone()),
        });
    }
    heads.reverse();
    heads.push(plain(Lane::Relay, "RELAY"));
    if others {
        heads.push(plain(Lane::App, "APP"));
    }
    heads.push(plain(Lane::Console, "CONSOLE"));
    heads
}

fn is_inbound(call: &Call) -> bool {
    call.direction == Some(Direction::Inbound)
}

#[cfg(test)]
pub(crate) mod tape;
#[cfg(test)]
mod tests;
