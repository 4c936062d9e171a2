//! `callboard history`: what the journal knows of calls, one line each; or everything that happened on one.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::{HistoryArgs, Outcome};
use crate::exit::Exit;
use crate::export;
use crate::filter::{Blank, Filter, Sight};
use crate::journal::Reader;
use crate::model::gap::seconds;
use crate::model::{Call, Entry, Family, Model, Occurrence, Subject, Touched, describe, mask};
use crate::protocol::{CallId, CallState, Shown};
use crate::time::{At, Now, Wall};
use crate::when;

/// Searches a journal and prints what was asked for; what cannot be read is counted on `err`.
///
/// # Errors
/// When it cannot be written, also when whoever read it is gone.
pub fn history(
    reader: &Reader,
    args: &HistoryArgs,
    masked: bool,
    now: Now,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<Exit> {
    let first = reader.span().map_or(0, |span| span.first);
    // All that is told lies before now, on a clock that goes back far enough.
    let anchor = Now { at: At::START, wall: reader.wall_of(first).unwrap_or(now.wall) };
    let print = Print { json: args.json, masked };
    let mut failure = None;
    let mut story = args.call.as_ref().map(|id| Story::new(CallId::from(id.as_str())));
    let mut search = match Asked::new(args, now.wall) {
        Ok(asked) => Search::new(asked),
        Err(why) => {
            writeln!(err, "callboard: {why}")?;
            return Ok(Exit::Usage);
        }
    };
    let mut found =
        Found { latest: VecDeque::new(), limit: args.limit.map(|limit| limit as usize), count: 0 };
    let unread = reader.replay(0, anchor, |_, occurrence, now| {
        let result = match &mut story {
            Some(story) => story.take(&occurrence, now, &mut |line| print.line(out, &line)),
            None => search.take(&occurrence, now, &mut |seen| found.take(print.call(seen), &print, out)),
        };
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    if let Some(error) = failure {
        return Err(error);
    }
    let mut exit = Exit::Done;
    if let Some(story) = &story {
        match story.model.call(&story.id).or(story.call.as_ref()) {
            Some(call) => print.line(out, &print.call(&Seen::new(call, story.now)))?,
            None => {
                let id = Shown::new(story.id.as_str());
                writeln!(err, "callboard: the journal knows nothing of a call {id}")?;
                exit = Exit::Failed;
            }
        }
    } else {
        search.finish(&mut |seen| found.take(print.call(seen), &print, out))?;
        found.latest.iter().try_for_each(|line| print.line(out, line))?;
        if found.count == 0 {
            writeln!(err, "callboard: no call in the journal fits")?;
        }
    }
    out.flush()?;
    if unread.records > 0 {
        let why = Shown::whole(unread.why.as_deref().unwrap_or_default());
        writeln!(err, "callboard: {} of its records cannot be read: {why}", unread.records)?;
    }
    Ok(exit)
}

/// What a call must be like.
#[derive(Debug, Default)]
struct Asked {
    filter: Option<Filter>,
    number: Option<String>,
    outcome: Option<Outcome>,
    since: Option<Wall>,
    until: Option<Wall>,
}

impl Asked {
    fn new(args: &HistoryArgs, now: Wall) -> Result<Self, String> {
        let zone = TimeZone::system();
        let time = |option, text: &Option<String>| {
            let read = |text: &String| when::past(text, now, &zone).map_err(|why| format!("{option}: {why}"));
            text.as_ref().map(read).transpose()
        };
        Ok(Self {
            filter: args.filter.clone(),
            number: args.number.clone(),
            outcome: args.outcome.clone(),
            since: time("--since", &args.since)?,
            until: time("--until", &args.until)?,
        })
    }

    /// Whether a call is asked for, as it is at its end, or at the end of the journal.
    fn fits(&self, seen: &Seen<'_>) -> bool {
        let Seen { call, now, passed_on } = *seen;
        let ended = call.entered(&CallState::Ended).filter(|_| !call.is_live());
        let sight = Sight { now: ended.unwrap_or(now.at), board: &Blank, others: None };
        let parties = [call.from.as_str(), call.to.as_str()];
        let outcome = |outcome: &Outcome| match outcome {
            Outcome::Answered => call.entered(&CallState::Answered).is_some(),
            Outcome::Unanswered => {
                !call.is_live() && !passed_on && call.entered(&CallState::Answered).is_none()
            }
            Outcome::Live => call.is_live() && !passed_on,
            Outcome::Passed => passed_on,
            Outcome::Reason(filter) => filter.shows(call, &sight),
        };
        self.filter.as_ref().is_none_or(|filter| filter.shows(call, &sight))
            && self.number.as_ref().is_none_or(|number| parties.iter().any(|party| has_number(party, number)))
            && self.outcome.as_ref().is_none_or(outcome)
            && self.since.is_none_or(|since| ended.is_none_or(|ended| wall(now, ended) >= since))
            && self.until.is_none_or(|until| wall(now, call.began()) <= until)
    }
}

/// A call as it is to be judged and told.
#[derive(Clone, Copy)]
struct Seen<'a> {
    call: &'a Call,
    /// The latest moment of the journal by then.
    now: Now,
    /// Nothing more was reported of it: it was left to another client.
    passed_on: bool,
}

impl<'a> Seen<'a> {
    const fn new(call: &'a Call, now: Now) -> Self {
        Self { call, now, passed_on: false }
    }
}

/// Whether a party has this in it: digits across blanks and signs, else the text as it stands.
fn has_number(party: &str, number: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let wanted = digits(number);
    if !wanted.is_empty() && number.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c)) {
        return digits(party).contains(&wanted);
    }
    party.to_lowercase().contains(&number.to_lowercase())
}

fn wall(now: Now, at: At) -> Wall {
    if at < now.at { now.wall.back(now.at - at) } else { now.wall }
}

/// Finds calls while a journal goes by. Of those that ended it holds as few as can be: each is judged a while after
/// its end, when what comes late has come.
struct Search {
    asked: Asked,
    model: Model,
    now: Now,
    /// Calls that ended and are not judged yet, in the order of their end.
    ended: VecDeque<(CallId, At)>,
    waiting: HashSet<CallId>,
    /// Those that were judged and are still remembered.
    judged: HashSet<CallId>,
    /// Calls that may be passed on, as they were then: nothing is left of them afterwards.
    passing: HashMap<CallId, Box<Call>>,
}

impl Search {
    /// So long a call is waited for after its end, and so many of them at most.
    const LATE: Duration = Duration::from_secs(60);
    const WAITING: usize = 512;

    fn new(asked: Asked) -> Self {
        Self {
            asked,
            model: Model::default(),
            now: Now::default(),
            ended: VecDeque::new(),
            waiting: HashSet::new(),
            judged: HashSet::new(),
            passing: HashMap::new(),
        }
    }

    fn take(&mut self, occurrence: &Occurrence, now: Now, found: &mut Told<'_>) -> io::Result<()> {
        self.now = now;
        if let Occurrence::Submitted(command) = occurrence
            && command.method == "pass"
            && let Subject::Call(id) = &command.subject
            && let Some(call) = self.model.call(id)
        {
            self.passing.insert(id.clone(), Box::new(call.clone()));
        }
        self.model.take(occurrence, now);
        for touched in self.model.take_touched() {
            let Touched::Call(id) = touched else { continue };
            match self.model.call(&id).map(Call::is_live) {
                Some(false) if !self.judged.contains(&id) && self.waiting.insert(id.clone()) => {
                    // Whatever is cleared or crowded out meanwhile, it is still there when it is judged.
                    self.model.pin(&id);
                    self.ended.push_back((id, now.at));
                }
                Some(false) => {}
                // It was not over after all.
                Some(true) => {
                    if self.waiting.remove(&id) {
                        self.model.unpin(&id);
                        self.ended.retain(|(ended, _)| *ended != id);
                    }
                    self.judged.remove(&id);
                }
                None => {
                    self.judged.remove(&id);
                    if let Some(call) = self.passing.remove(&id) {
                        let seen = Seen { passed_on: true, ..Seen::new(&call, now) };
                        if self.asked.fits(&seen) {
                            found(&seen)?;
                        }
                    }
                }
            }
        }
        while self
            .ended
            .front()
            .is_some_and(|(_, at)| now.at.since(*at) > Self::LATE || self.ended.len() > Self::WAITING)
        {
            self.judge_first(found)?;
        }
        Ok(())
    }

    fn judge_first(&mut self, found: &mut Told<'_>) -> io::Result<()> {
        let Some((id, _)) = self.ended.pop_front() else { return Ok(()) };
        self.waiting.remove(&id);
        self.passing.remove(&id);
        let seen = self.model.call(&id).map(|call| Seen::new(call, self.now));
        if let Some(seen) = seen.filter(|seen| self.asked.fits(seen)) {
            found(&seen)?;
        }
        self.judged.insert(id.clone());
        self.model.unpin(&id);
        Ok(())
    }

    /// What is left at the end of the journal: those that ended just now, then those that live.
    fn finish(&mut self, found: &mut Told<'_>) -> io::Result<()> {
        while !self.ended.is_empty() {
            self.judge_first(found)?;
        }
        let live = self.model.calls().filter(|call| call.is_live()).map(|call| Seen::new(call, self.now));
        live.filter(|seen| self.asked.fits(seen)).try_for_each(|seen| found(&seen))
    }
}

type Told<'a> = dyn FnMut(&Seen<'_>) -> io::Result<()> + 'a;

/// What was found: printed at once, or the latest of it at the end.
struct Found {
    latest: VecDeque<Line>,
    limit: Option<usize>,
    count: u64,
}

impl Found {
    fn take(&mut self, line: Line, print: &Print, out: &mut impl Write) -> io::Result<()> {
        self.count += 1;
        let Some(limit) = self.limit else { return print.line(out, &line) };
        if self.latest.len() == limit {
            self.latest.pop_front();
        }
        self.latest.push_back(line);
        Ok(())
    }
}

/// Everything that happened on one call, while a journal goes by.
struct Story {
    id: CallId,
    model: Model,
    now: Now,
    /// The first entry that was not told yet.
    next: u64,
    /// The call as it was last, for when it was forgotten.
    call: Option<Call>,
}

impl Story {
    fn new(id: CallId) -> Self {
        Self { id, model: Model::default(), now: Now::default(), next: 0, call: None }
    }

    fn take(
        &mut self,
        occurrence: &Occurrence,
        now: Now,
        tell: &mut dyn FnMut(Line) -> io::Result<()>,
    ) -> io::Result<()> {
        let lived = self.is_live();
        self.model.take(occurrence, now);
        let touched = self.model.take_touched();
        if touched.iter().any(|touched| matches!(touched, Touched::Call(id) if *id == self.id))
            && let Some(call) = self.model.call(&self.id)
        {
            (self.call, self.now) = (Some(call.clone()), now);
        }
        let lives = lived || self.is_live();
        match occurrence {
            Occurrence::Noted { call, text, .. } if *call == self.id => {
                tell(Line::told(now, "note", text.as_str()))?;
            }
            Occurrence::Submitted(command) if command.subject.call() == Some(&self.id) => {
                let params = describe::params(&command.rpc, &command.params);
                let text = format!("{} {params}", command.rpc);
                tell(Line::told(now, "asked", text.trim_end()))?;
            }
            _ => {}
        }
        let new: Vec<_> =
            self.model.entries().iter().rev().take_while(|entry| entry.seq >= self.next).cloned().collect();
        self.next = new.first().map_or(self.next, |newest| newest.seq + 1);
        let about = |entry: &Entry| match &entry.call {
            Some(call) => *call == self.id,
            // What happened to the link happened to every call that lived.
            None => lives && matches!(entry.family, Family::Link | Family::Fault),
        };
        new.iter().rev().filter(|entry| about(entry)).try_for_each(|entry| tell(Line::entry(entry)))
    }

    fn is_live(&self) -> bool {
        self.model.call(&self.id).is_some_and(Call::is_live)
    }
}

/// One line, for people and for programs.
#[derive(Debug, Clone)]
struct Line {
    text: String,
    json: Value,
}

impl Line {
    fn told(now: Now, what: &str, text: &str) -> Self {
        let json = json!({ "at": now.wall.rfc3339(), "kind": what, "text": text });
        Self { text: format!("{}  {what:8} {text}", stamp(now.wall)), json }
    }

    fn entry(entry: &Entry) -> Self {
        let answered = entry.round_trip().map(|span| span.as_secs_f64());
        let json = json!({
            "at": entry.now.wall.rfc3339(), "kind": "entry", "family": entry.family.word(),
            "word": entry.word.as_str(), "text": entry.text.as_str(), "mine": entry.mine,
            "stamp": entry.stamp.map(Wall::rfc3339), "control_id": entry.control, "round_trip_seconds": answered,
        });
        let round_trip =
            entry.round_trip().map(|span| format!("  {} ms", span.as_millis())).unwrap_or_default();
        let text = format!("{}  {:8} {}{round_trip}", stamp(entry.now.wall), entry.family.word(), entry.text);
        Self { text, json }
    }
}

fn stamp(wall: Wall) -> String {
    format!("{} {}", when::day(wall), when::clock(wall))
}

/// How lines are printed.
struct Print {
    json: bool,
    masked: bool,
}

impl Print {
    fn line(&self, out: &mut impl Write, line: &Line) -> io::Result<()> {
        if self.json {
            writeln!(out, "{}", export::json::line(&line.json, self.masked))
        } else if self.masked {
            writeln!(out, "{}", mask::within(&line.text))
        } else {
            writeln!(out, "{}", line.text)
        }
    }

    /// A call in one line.
    fn call(&self, seen: &Seen<'_>) -> Line {
        Line { text: self.text(seen), json: object(seen) }
    }

    fn text(&self, seen: &Seen<'_>) -> String {
        let Seen { call, now, .. } = *seen;
        let direction = match call.direction.as_ref().map(AsRef::as_ref) {
            Some("inbound") => "in",
            Some("outbound") => "out",
            _ => "?",
        };
        let party =
            |address: &str| if self.masked { describe::masked(address) } else { describe::party(address) };
        let parties = format!("{} > {}", party(call.from.as_str()), party(call.to.as_str()));
        let context = call.context.as_ref().map_or("", |context| context.as_str());
        let words = [how_long(call, now), how_it_ended(seen), done(call)];
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let began = stamp(wall(now, call.began()));
        let id = Shown::new(call.id.as_str());
        format!("{began}  {direction:3}  {parties:35}  {context:10}  {}  {id}", words.join("; "))
    }
}

/// How long it rang and was answered.
fn how_long(call: &Call, now: Now) -> String {
    let entered = |state: &CallState| call.entered(state);
    let end = entered(&CallState::Ended).filter(|_| !call.is_live()).unwrap_or(now.at);
    let (ringing, answered) = (entered(&CallState::Ringing), entered(&CallState::Answered));
    let rang = ringing.map(|at| format!("rang {}", seconds(answered.unwrap_or(end).since(at))));
    let talked = answered.map(|at| format!("answered {}", seconds(end.since(at))));
    rang.into_iter().chain(talked).collect::<Vec<_>>().join(", ")
}

fn how_it_ended(Seen { call, passed_on, .. }: &Seen<'_>) -> String {
    if *passed_on {
        return "passed on".to_owned();
    }
    if call.is_live() {
        let doubt = if call.doubt.is_some() { ", in doubt" } else { "" };
        return format!("{}{doubt}", Shown::new(call.state.as_str()));
    }
    let concluded = if call.inferred.is_some() { " (concluded, not reported)" } else { "" };
    let reason = call.end_reason.as_ref().map_or("ended", |reason| reason.as_str());
    format!("{}{concluded}", Shown::new(reason))
}

/// What ran on it, and what was asked for from here: `record 1, play 2; asked: play_tts 2, hangup 1`.
fn done(call: &Call) -> String {
    let ran = counted(call.actions.iter().map(|action| action.kind.word().to_owned()));
    let asked = counted(asked(call).map(|entry| entry.word.to_string()));
    let asked = if asked.is_empty() { asked } else { format!("asked: {asked}") };
    [ran, asked].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The outcomes of commands on it, as far as they are remembered.
fn asked(call: &Call) -> impl Iterator<Item = &Entry> {
    call.entries.iter().map(AsRef::as_ref).filter(|entry| entry.family == Family::Command && entry.mine)
}

fn counted(words: impl Iterator<Item = String>) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for word in words {
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    counts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}

fn object(seen: &Seen<'_>) -> Value {
    let Seen { call, now, passed_on } = *seen;
    let at = |state: &CallState| call.entered(state).map(|at| wall(now, at).rfc3339());
    let end = call.entered(&CallState::Ended).filter(|_| !call.is_live());
    let actions: Vec<_> = call
        .actions
        .iter()
        .map(|action| {
            json!({ "kind": action.kind.word(), "control_id": action.control_id, "what": action.what.as_str(),
                "phase": export::calls::phase(&action.phase), "mine": action.is_mine() })
        })
        .collect();
    let asked: Vec<_> = asked(call)
        .map(|entry| {
            json!({ "at": entry.now.wall.rfc3339(), "method": entry.word.as_str(), "text": entry.text.as_str() })
        })
        .collect();
    let outcome = match (call.is_live(), call.entered(&CallState::Answered)) {
        _ if passed_on => "passed",
        (true, _) => "live",
        (false, Some(_)) => "answered",
        (false, None) => "unanswered",
    };
    json!({
        "at": wall(now, call.began()).rfc3339(), "kind": "call", "call_id": call.id, "direction": call.direction,
        "from": call.from.as_str(), "to": call.to.as_str(), "context": call.context.as_ref().map(Shown::as_str),
        "state": call.state, "outcome": outcome, "end_reason": call.end_reason,
        "concluded": call.inferred.is_some(), "doubt": call.doubt.is_some(),
        "created": at(&CallState::Created), "ringing": at(&CallState::Ringing),
        "answered": at(&CallState::Answered), "ended": end.map(|at| wall(now, at).rfc3339()),
        "seconds": end.unwrap_or(now.at).since(call.began()).as_secs_f64(),
        "talk_seconds": call.entered(&CallState::Answered)
            .map(|at| end.unwrap_or(now.at).since(at).as_secs_f64()),
        "actions": actions, "asked": asked, "note": call.note.as_ref().map(|note| note.text.as_str()),
    })
}
