//! What consoles are told: everything that is known, in as few records as it takes, and everything as it happens.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use indexmap::IndexMap;
use serde_json::Value;
use tokio::sync::mpsc;

use super::decide::Grant;
use super::gate;
use super::scope::Particulars;
use crate::attach::{Record, ToConsole};
use crate::calling::Witness;
use crate::client::OURS;
use crate::client::{AppId, By, ClientEvent, Present, Ticket};
use crate::journal::coding::{self, Coded};
use crate::model::{Call, Command, Model, Occurrence, Subject, mask};
use crate::protocol::event::Event;
use crate::protocol::{CallId, ControlId, Shown};
use crate::time::{At, Now};

/// Lines that wait for one console; one that does not take them is cut off and attaches anew.
pub const QUEUE: usize = 16_384;
/// Lines of one call; beyond that those are dropped that tell nothing any more.
const OF_A_CALL: usize = 256;
/// Of what is over the latest lines stay.
const LATEST: usize = 64;
/// Lines about no call.
const LOOSE: usize = 2_000;
/// Changes of one application.
const OF_AN_APPLICATION: usize = 50;
/// Between two looks for calls that are forgotten, in records.
const SWEEP: u64 = 1_024;

/// A record, and what decides who is told it.
#[derive(Debug)]
pub struct Line {
    seq: u64,
    at: At,
    kind: &'static str,
    /// The call it is about.
    call: Option<CallId>,
    body: Arc<str>,
    control: Option<ControlId>,
    /// It tells what a call is: it stays.
    pinned: bool,
    /// Of whom it is, where it is about no call.
    whose: Whose,
    /// As it goes over the wire: whole, and with numbers and digits hidden.
    whole: OnceLock<Arc<str>>,
    hidden: OnceLock<Arc<str>>,
}

/// Of whom a line about no call is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Whose {
    /// Of nobody in particular.
    Nobody,
    /// Of an application.
    Application(AppId),
    /// Of an application that rings these parties: calling and called, of every device.
    Dial(AppId, Arc<[(String, String)]>),
    /// Of a person.
    Person(Shown),
    /// It tells who is at the consoles.
    Everybody(Arc<[Present]>),
}

impl Line {
    /// As it goes over the wire.
    #[must_use]
    pub fn text(&self, reveals: bool) -> Arc<str> {
        let cell = if reveals { &self.whole } else { &self.hidden };
        cell.get_or_init(|| self.render(reveals).into()).clone()
    }

    fn render(&self, reveals: bool) -> String {
        let body = if reveals {
            Record::body_of(&self.body)
        } else {
            let hidden = match serde_json::from_str::<Value>(&self.body) {
                // A frame that could not be read has no fields by which to tell what is in it.
                Ok(mut value) if self.kind == "fault" => {
                    value["raw"] = mask::HIDDEN.into();
                    mask::json(&value).to_string()
                }
                Ok(value) => mask::json(&value).to_string(),
                // What cannot be read may hold anything.
                Err(_) => Value::from(mask::HIDDEN).to_string(),
            };
            Record::body_of(&hidden)
        };
        let (seq, at_us, kind, call) =
            (self.seq, self.at.as_micros(), Shown::word(self.kind), self.call.clone());
        ToConsole::Record(Record { seq, at_us, kind, call, body }).line()
    }
}

/// A console that is attached.
#[derive(Debug)]
struct Desk {
    console: u32,
    grant: Arc<Grant>,
    queue: mpsc::Sender<Arc<Line>>,
    /// Calls that somebody with a scope was told of.
    told: HashSet<CallId>,
}

/// What is known, as records, and who is told more.
#[derive(Debug, Default)]
pub struct Chronicle {
    seq: u64,
    calls: HashMap<CallId, Vec<Arc<Line>>>,
    loose: VecDeque<Arc<Line>>,
    applications: IndexMap<AppId, VecDeque<Arc<Line>>>,
    presence: Option<Arc<Line>>,
    /// Commands without an outcome, and the call that each is about.
    open: HashMap<Ticket, (Option<CallId>, Option<ControlId>, Whose)>,
    desks: Vec<Desk>,
}

/// A chronicle that many share. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Shared(Arc<Mutex<Chronicle>>);

impl Shared {
    /// The lock. To be taken within a look at the model, never around one.
    pub fn lock(&self) -> MutexGuard<'_, Chronicle> {
        // Nothing is left half done that a later look would mistake.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Witness for Shared {
    fn witness(&mut self, occurrence: &Occurrence, model: &Model, now: Now) {
        self.lock().note(occurrence, model, now);
    }
}

impl Chronicle {
    /// A console attaches: everything that it may know, in order, and from now on what happens.
    pub fn attach(
        &mut self,
        console: u32,
        grant: Arc<Grant>,
        model: &Model,
    ) -> (Vec<Arc<Line>>, mpsc::Receiver<Arc<Line>>) {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let mut desk = Desk { console, grant, queue, told: HashSet::new() };
        let known: Vec<_> = self.calls.iter().filter(|(id, _)| desk.may_know(id, model)).collect();
        let mut lines: Vec<_> = known.iter().flat_map(|(_, lines)| lines.iter()).cloned().collect();
        let everywhere = self.loose.iter().chain(self.applications.values().flatten()).chain(&self.presence);
        lines.extend(everywhere.filter_map(|line| desk.fit(line, model)));
        lines.sort_unstable_by_key(|line| line.seq);
        if !desk.grant.scope.is_everything() {
            desk.told = known.into_iter().map(|(id, _)| id.clone()).collect();
        }
        self.desks.push(desk);
        (lines, receiver)
    }

    /// A console is gone.
    pub fn detach(&mut self, console: u32) {
        self.desks.retain(|desk| desk.console != console);
    }

    /// Takes one thing that happened, which the model knows of already.
    fn note(&mut self, occurrence: &Occurrence, model: &Model, now: Now) {
        if let Some(line) = self.line(occurrence, now) {
            let line = Arc::new(line);
            self.keep(&line, occurrence, model);
            self.desks.retain_mut(|desk| desk.tell(&line, &self.calls, model));
        }
        if self.seq.is_multiple_of(SWEEP) {
            self.calls.retain(|id, _| model.call(id).is_some());
            self.desks.iter_mut().for_each(|desk| desk.told.retain(|id| self.calls.contains_key(id)));
        }
    }

    fn line(&mut self, occurrence: &Occurrence, now: Now) -> Option<Line> {
        let (mut call, mut control, mut whose, mut pinned) = (None, None, Whose::Nobody, false);
        match occurrence {
            // Of the hub's own connection and runs there is nothing to tell.
            Occurrence::Started(_) | Occurrence::Cleared | Occurrence::Lost(_) => return None,
            Occurrence::Noted { .. } => pinned = true,
            Occurrence::Submitted(command) => {
                call = command.subject.call().cloned();
                control = command.subject.control_id().cloned();
                whose = of(command);
                self.open.insert(command.ticket, (call.clone(), control.clone(), whose.clone()));
            }
            Occurrence::Reported(event) => match event {
                ClientEvent::Link(_) | ClientEvent::Pong(_) | ClientEvent::Contexts(_) => return None,
                ClientEvent::Received(received) => match &received.event {
                    Event::Action(status) => control = Some(status.control_id.clone()),
                    Event::Receive(_) | Event::State(_) | Event::Dial(_) | Event::Connect(_) => pinned = true,
                    _ => {}
                },
                ClientEvent::Outcome { ticket, .. } => {
                    // Nothing more is told of it: what is unknown at a hub stays so.
                    if let Some(known) = self.open.remove(ticket) {
                        (call, control, whose) = known;
                    }
                }
                ClientEvent::Fault(_) => {}
                ClientEvent::Application(application) => whose = Whose::Application(application.id),
                ClientEvent::Owned { .. } => pinned = true,
                ClientEvent::Presence(present) => whose = Whose::Everybody(present.clone()),
            },
        }
        let Coded { kind, call: about, body } = coding::encode(occurrence, now);
        self.seq += 1;
        let (call, at) = (about.or(call), now.at);
        let (whole, hidden) = (OnceLock::new(), OnceLock::new());
        Some(Line { seq: self.seq, at, kind, call, body, control, pinned, whose, whole, hidden })
    }

    fn keep(&mut self, line: &Arc<Line>, occurrence: &Occurrence, model: &Model) {
        match occurrence {
            // What was told before tells nothing.
            Occurrence::Reported(ClientEvent::Received(received)) if received.duplicate => return,
            Occurrence::Reported(ClientEvent::Application(application)) => {
                let lines = self.applications.entry(application.id).or_default();
                if lines.len() >= OF_AN_APPLICATION {
                    lines.pop_front();
                }
                lines.push_back(line.clone());
                self.applications.retain(|id, _| model.application(*id).is_some());
                return;
            }
            Occurrence::Reported(ClientEvent::Presence(_)) => {
                self.presence = Some(line.clone());
                return;
            }
            _ => {}
        }
        match &line.call {
            Some(id) => {
                let lines = self.calls.entry(id.clone()).or_default();
                if lines.len() >= OF_A_CALL {
                    prune(lines, model.call(id));
                }
                lines.push(line.clone());
            }
            None => {
                if self.loose.len() >= LOOSE {
                    self.loose.pop_front();
                }
                self.loose.push_back(line.clone());
            }
        }
    }
}

/// Drops what tells nothing any more of a call: of operations that run all but the first and the last lines, of
/// anything else what is not among the latest.
fn prune(lines: &mut Vec<Arc<Line>>, call: Option<&Call>) {
    let runs = |control: &ControlId| {
        call.and_then(|call| call.action(control)).is_some_and(crate::model::Action::is_live)
    };
    let mut last: HashMap<&ControlId, u64> = HashMap::new();
    let mut first: HashMap<&ControlId, u64> = HashMap::new();
    for line in &*lines {
        if let Some(control) = line.control.as_ref().filter(|control| runs(control)) {
            last.insert(control, line.seq);
            first.entry(control).or_insert(line.seq);
        }
    }
    let ends: HashSet<u64> = last.into_values().chain(first.into_values()).collect();
    let latest = lines.len().saturating_sub(LATEST);
    let pins = lines.iter().filter(|line| line.pinned).count().saturating_sub(OF_A_CALL / 2);
    let (mut place, mut pinned) = (0, 0);
    lines.retain(|line| {
        place += 1;
        pinned += usize::from(line.pinned);
        let pin = line.pinned && (pinned > pins || pinned <= 8);
        pin || place > latest || ends.contains(&line.seq)
    });
}

/// Of whom a command is.
fn of(command: &Command) -> Whose {
    match &command.by {
        By::Me => Whose::Nobody,
        By::Person(person) => Whose::Person(person.name.clone()),
        By::Application(id) => match command.subject {
            Subject::Dial(_) => {
                let mut parties = Vec::new();
                gate::collect(&command.params, &mut parties);
                let parties = parties.into_iter().map(|(from, to)| (from.to_owned(), to.to_owned()));
                Whose::Dial(*id, parties.collect())
            }
            _ => Whose::Application(*id),
        },
    }
}

impl Desk {
    /// Tells a line, if it is for them. Whether they keep up.
    fn tell(&mut self, line: &Arc<Line>, calls: &HashMap<CallId, Vec<Arc<Line>>>, model: &Model) -> bool {
        let Some(id) = &line.call else {
            return self.fit(line, model).is_none_or(|line| self.queue.try_send(line).is_ok());
        };
        if !self.may_know(id, model) {
            return !self.queue.is_closed();
        }
        if self.grant.scope.is_everything() || !self.told.insert(id.clone()) {
            return self.queue.try_send(line.clone()).is_ok();
        }
        // Only now it is known that they may know of it: from its beginning.
        let before = calls.get(id).into_iter().flatten().filter(|before| before.seq < line.seq);
        before.chain([line]).all(|line| self.queue.try_send(line.clone()).is_ok())
    }

    fn may_know(&self, id: &CallId, model: &Model) -> bool {
        if self.grant.scope.is_everything() {
            return self.grant.rights.has(super::Right::See);
        }
        let Some(call) = model.call(id) else { return self.told.contains(id) };
        sees(&self.grant, call, model)
    }

    /// A line about no call, as it is for them.
    fn fit(&self, line: &Arc<Line>, model: &Model) -> Option<Arc<Line>> {
        let scope = &self.grant.scope;
        if scope.is_everything() {
            return Some(line.clone());
        }
        let name = |id: &AppId| model.application(*id).map(|application| application.name.as_str());
        match &line.whose {
            Whose::Nobody => None,
            Whose::Application(id) => scope.holds_owner(name(id)).then(|| line.clone()),
            Whose::Dial(id, parties) => {
                // As of the legs that will come of it.
                let leg = |(from, to): &(String, String)| {
                    let owner = name(id);
                    self.grant.sees(&Particulars { context: None, from, to, owner, placed_by: None })
                };
                parties.iter().any(leg).then(|| line.clone())
            }
            Whose::Person(name) => (*name == self.grant.person).then(|| line.clone()),
            Whose::Everybody(present) => Some(Arc::new(self.among(line, present, model))),
        }
    }

    /// Who is at the consoles, without the calls that they may not know of.
    fn among(&self, line: &Line, present: &[Present], model: &Model) -> Line {
        let known = |id: &CallId| self.may_know(id, model);
        let present: Vec<Present> = present
            .iter()
            .map(|present| Present {
                person: present.person.clone(),
                looking: present.looking.clone().filter(known),
                claims: present.claims.iter().filter(|claim| known(&claim.call)).cloned().collect(),
            })
            .collect();
        let whose = Whose::Everybody(present.clone().into());
        let body = serde_json::to_string(&present).unwrap_or_default().into();
        let (whole, hidden) = (OnceLock::new(), OnceLock::new());
        Line { body, whose, whole, hidden, call: None, control: None, ..*line }
    }
}

/// Something told to one console alone, and not kept.
#[must_use]
pub fn aside(occurrence: &Occurrence, now: Now) -> ToConsole {
    let Coded { kind, call, body } = coding::encode(occurrence, now);
    let (kind, body) = (Shown::word(kind), Record::body_of(&body));
    ToConsole::Record(Record { seq: 0, at_us: now.at.as_micros(), kind, call, body })
}

/// Whether a person may know of a call.
#[must_use]
pub fn sees(grant: &Grant, call: &Call, model: &Model) -> bool {
    let placer = placer(call, model);
    grant.sees(&particulars(call, model, placer.as_ref()))
}

/// What decides whether a call is within a scope.
#[must_use]
pub fn particulars<'a>(call: &'a Call, model: &'a Model, placer: Option<&'a Shown>) -> Particulars<'a> {
    let owner = call.owner.and_then(|id| model.application(id)).map(|application| application.name.as_str());
    let told = Particulars::of(call, owner, placer.map(Shown::as_str));
    // A leg that was made for a bridge came by no context of its own.
    let other = || model.call(call.peer.as_ref()?)?.context.as_ref();
    Particulars { context: told.context.or_else(|| other().map(Shown::as_str)), ..told }
}

/// The person who had a call placed through the hub.
#[must_use]
pub fn placer(call: &Call, model: &Model) -> Option<Shown> {
    let tag = call.tag.as_ref().filter(|tag| tag.as_str().starts_with(OURS))?;
    let act = model.acts().iter().rev().find(|act| act.tag.as_ref() == Some(tag))?;
    match &act.by {
        By::Person(person) => Some(person.name.clone()),
        By::Me | By::Application(_) => None,
    }
}
