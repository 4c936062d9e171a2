//! One running operation: the only interpretation of what its events mean.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::Value;

use super::{Doubt, describe};
use crate::catalog::{ActionKind, Control};
use crate::client::{By, Outcome};
use crate::protocol::device::Device;
use crate::protocol::event::{CollectReport, ConnectStatus, FaxReport, Report};
use crate::protocol::{CallId, ControlId, Shown};
use crate::time::At;

/// How the service refused an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Relay's code.
    pub code: Shown,
    /// The service's words.
    pub message: Shown,
}

/// How far an operation has come. Intent and fact are different phases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Submitted; the service has not answered.
    Requested,
    /// The service accepted the command. Nothing is known to run yet.
    Accepted,
    /// An event says that it runs.
    Running,
    /// An event says that it is paused.
    Paused,
    /// It reached its end.
    Done {
        /// Whether it did what it was for.
        successful: bool,
    },
    /// The service refused it.
    Refused(Box<Refusal>),
    /// It never left.
    NotSent(Shown),
    /// It left, and nobody knows what became of it.
    Unknown(Shown),
}

impl Phase {
    /// Whether nothing more is expected.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Refused(_) | Self::NotSent(_))
    }
}

/// A control that was asked for and has not shown its effect yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// What was asked.
    pub control: Control,
    /// When.
    pub at: At,
    /// Whether the service has accepted it.
    pub accepted: bool,
}

/// What an operation brought, gathered from its response and its events.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Yield {
    /// Where a recording is or will be.
    pub url: Option<String>,
    /// Seconds recorded.
    pub duration: Option<f64>,
    /// Bytes recorded.
    pub size: Option<f64>,
    /// `machine`, `fax` or `digit`, as its events say.
    pub detector: Option<String>,
    /// Everything a detector said, in order, without `finished` and `error`.
    pub heard: Vec<String>,
    /// When a detector said its first word.
    pub heard_at: Option<At>,
    /// Whether a detector heard a beep.
    pub beep: bool,
    /// The type of what was collected: `digit`, `speech` or the way it failed.
    pub collected: Option<String>,
    /// Keys or words that were collected.
    pub text: Option<String>,
    /// The key that ended the input.
    pub terminator: Option<String>,
    /// How sure the recogniser is.
    pub confidence: Option<f64>,
    /// What is tapped, as the service describes it.
    pub tap: Option<Value>,
    /// Where tapped media come from.
    pub source_device: Option<Device>,
    /// Where tapped media go.
    pub destination_device: Option<Device>,
    /// `send` or `receive`.
    pub fax_direction: Option<String>,
    /// Our fax identity.
    pub identity: Option<String>,
    /// Their fax identity.
    pub remote_identity: Option<String>,
    /// Address of the fax document.
    pub document: Option<String>,
    /// Pages through so far.
    pub pages: Option<f64>,
    /// The other leg of a bridge.
    pub peer: Option<CallId>,
    /// Why it failed, in the service's words.
    pub reason: Option<Shown>,
}

/// What an operation brought; most bring nothing, and that takes no room.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Yields(Option<Box<Yield>>);

impl Deref for Yields {
    type Target = Yield;

    fn deref(&self) -> &Yield {
        static NOTHING: LazyLock<Yield> = LazyLock::new(Yield::default);
        self.0.as_deref().unwrap_or_else(|| &NOTHING)
    }
}

impl DerefMut for Yields {
    fn deref_mut(&mut self) -> &mut Yield {
        self.0.get_or_insert_default()
    }
}

/// What this program did about an operation: how it asked for it, and what it asks of it.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// The method that started it; `None` when somebody else did.
    pub method: Option<&'static str>,
    /// The params that were sent.
    pub payload: Arc<Value>,
    /// A control that has not shown its effect yet.
    pub asked: Option<Asked>,
    /// Loudness last asked for and accepted, in dB.
    pub volume: Option<f64>,
    /// A volume asked for and not yet accepted, in dB.
    pub volume_asked: Option<f64>,
    /// The frame of the event that moved it last, of what this program started; of what others started,
    /// [`super::Model::last_frame`] knows it.
    pub last_event: Option<Arc<str>>,
    /// Whether a detector's answer needs the beep (`wait_for_beep`; never sent).
    pub wait_for_beep: bool,
    /// Who asked for it, where [`Own::method`] says that this is known.
    pub by: By,
}

/// What this program did about an operation; about most it did nothing, and that takes no room.
#[derive(Debug, Clone, Default)]
pub struct Ours(Option<Box<Own>>);

impl Deref for Ours {
    type Target = Own;

    fn deref(&self) -> &Own {
        static NOTHING: LazyLock<Own> = LazyLock::new(Own::default);
        self.0.as_deref().unwrap_or_else(|| &NOTHING)
    }
}

impl DerefMut for Ours {
    fn deref_mut(&mut self) -> &mut Own {
        self.0.get_or_insert_default()
    }
}

impl Ours {
    /// Nothing is asked of it any more.
    fn all_answered(&mut self) {
        if let Some(own) = &mut self.0 {
            (own.asked, own.volume_asked) = (None, None);
        }
    }

    /// This control is not waited for any more.
    fn answered(&mut self, control: Control) {
        if let Some(own) = &mut self.0
            && own.asked.is_some_and(|asked| asked.control == control)
        {
            own.asked = None;
        }
    }
}

/// When an operation stood still.
#[derive(Debug, Clone, Copy, Default)]
struct Pauses {
    /// Since when it is paused.
    since: Option<At>,
    /// How long it was paused before.
    before: Duration,
}

/// One operation on a call.
#[derive(Debug, Clone)]
pub struct Action {
    /// Its id.
    pub control_id: ControlId,
    /// What kind of operation it is.
    pub kind: ActionKind,
    /// What it does, in a few words: the text spoken, the file played.
    pub what: Shown,
    /// How far it has come.
    pub phase: Phase,
    /// The server's last word on it; empty before the first event.
    pub state: Shown,
    /// What this program did about it.
    pub ours: Ours,
    /// When it was asked for, or first heard of.
    pub requested_at: At,
    /// When it was first known to run.
    pub started_at: Option<At>,
    /// When it ended.
    pub ended_at: Option<At>,
    /// When it stood still, if it ever did.
    pauses: Option<Box<Pauses>>,
    /// What it brought so far.
    pub yields: Yields,
    /// Since when it is not known whether it still runs.
    pub doubt: Option<Doubt>,
    /// Its last word is one that this version does not know.
    strange: bool,
    /// It ended because its call did. Its own last word may still come.
    cut_short: bool,
}

/// What an event means for an operation.
enum Step {
    Running,
    Paused,
    Done(bool),
    /// Worth showing; changes nothing.
    Note,
    /// A word that this version does not know. It is shown, changes nothing, and may have been the last.
    Strange,
}

impl Action {
    /// An operation we have just asked for.
    #[must_use]
    pub fn requested(
        control_id: ControlId,
        kind: ActionKind,
        method: &'static str,
        payload: Arc<Value>,
        at: At,
    ) -> Self {
        let what = describe::params(kind.rpc(), &payload);
        let volume = payload.get("volume").and_then(Value::as_f64);
        let own = Own { method: Some(method), payload, volume, ..Own::default() };
        Self { what, ours: Ours(Some(Box::new(own))), ..Self::foreign(control_id, kind, at) }
    }

    /// An operation that somebody else started: first heard of through its event.
    #[must_use]
    pub fn foreign(control_id: ControlId, kind: ActionKind, at: At) -> Self {
        Self {
            control_id,
            kind,
            what: Shown::default(),
            phase: Phase::Requested,
            state: Shown::default(),
            ours: Ours::default(),
            requested_at: at,
            started_at: None,
            ended_at: None,
            pauses: None,
            yields: Yields::default(),
            doubt: None,
            strange: false,
            cut_short: false,
        }
    }

    /// Whether it is known how it was asked for: by this program, or through the hub by anybody.
    #[must_use]
    pub fn was_asked(&self) -> bool {
        self.ours.method.is_some()
    }

    /// Whether this program started it.
    #[must_use]
    pub fn is_mine(&self) -> bool {
        self.was_asked() && self.ours.by == By::Me
    }

    /// Who started it, where that is known.
    #[must_use]
    pub fn started_by(&self) -> Option<&By> {
        self.was_asked().then_some(&self.ours.by)
    }

    /// Whether it may still be doing something.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        !self.phase.is_over()
    }

    /// Whether it reached an end.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.phase.is_over()
    }

    /// Whether it ended without doing what it was for, and not only because its call ended.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        match self.phase {
            Phase::Done { successful } => !successful && !self.cut_short,
            Phase::Refused(_) | Phase::NotSent(_) => true,
            Phase::Requested | Phase::Accepted | Phase::Running | Phase::Paused | Phase::Unknown(_) => false,
        }
    }

    /// Running time without pauses. What reports nothing before its end runs from when it was asked for.
    #[must_use]
    pub fn ran_for(&self, now: At) -> Duration {
        let begin =
            if self.is_silent() && self.was_asked() { Some(self.requested_at) } else { self.started_at };
        let Some(started) = begin else { return Duration::ZERO };
        let pauses = self.pauses.as_deref().copied().unwrap_or_default();
        let end = self.ended_at.or(pauses.since).unwrap_or(now);
        end.since(started).saturating_sub(pauses.before)
    }

    /// Whether it reports nothing when it begins.
    const fn is_silent(&self) -> bool {
        use ActionKind::{Collect, Detect, Prompt, ReceiveFax, SendDigits, SendFax};
        matches!(self.kind, SendDigits | Detect | Collect | Prompt | SendFax | ReceiveFax)
    }

    /// Whether nobody knows when it began: somebody else started it, and it was first heard of later.
    #[must_use]
    pub fn began_unseen(&self) -> bool {
        self.is_silent() && !self.was_asked()
    }

    /// Since when it is paused, while it is.
    #[must_use]
    pub fn paused_since(&self) -> Option<At> {
        self.pauses.as_ref()?.since
    }

    /// The answer that somebody who waits for this operation wants: whether it succeeded, once that is known. A
    /// bridge answers when it stands, a detector at its verdict (with `wait_for_beep`, when a message may be left),
    /// everything else at its end.
    #[must_use]
    pub fn answer(&self) -> Option<bool> {
        match &self.phase {
            Phase::Done { successful } => {
                Some(*successful || (self.kind == ActionKind::Detect && self.verdict().is_some()))
            }
            Phase::Refused(_) | Phase::NotSent(_) => Some(false),
            Phase::Requested | Phase::Accepted | Phase::Running | Phase::Paused | Phase::Unknown(_) => {
                let answered = match self.kind {
                    ActionKind::Connect => self.stands(),
                    ActionKind::Detect => self.verdict().is_some(),
                    _ => false,
                };
                answered.then_some(true)
            }
        }
    }

    /// A detector's word: the first of MACHINE, HUMAN, UNKNOWN, CED, CNG or a digit. When the beep is waited for,
    /// a MACHINE counts only once READY or a beep came.
    #[must_use]
    pub fn verdict(&self) -> Option<&str> {
        let first =
            self.yields.heard.iter().map(String::as_str).find(|word| !matches!(*word, "READY" | "NOT_READY"));
        let ready = self.yields.beep || self.yields.heard.iter().any(|word| word == "READY");
        match first {
            Some("MACHINE") if self.ours.wait_for_beep && !ready => None,
            None if ready => Some("MACHINE"),
            other => other,
        }
    }

    /// Whether it ended only because its call did.
    pub(super) const fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    /// Takes the outcome of the command that started it.
    pub(super) fn outcome(&mut self, outcome: &Outcome, at: At) {
        // Events may come first; what they proved stands.
        if !matches!(self.phase, Phase::Requested | Phase::Unknown(_)) && !matches!(outcome, Outcome::Done(_))
        {
            return;
        }
        match outcome {
            Outcome::Done(reply) => {
                if matches!(self.phase, Phase::Requested | Phase::Unknown(_)) {
                    self.phase = Phase::Accepted;
                }
                let text = |key: &str| reply.body.get(key).and_then(Value::as_str).map(str::to_owned);
                self.yields.url = self.yields.url.take().or_else(|| text("url"));
                if let Some(device) = reply.body.get("source_device") {
                    self.yields.source_device = serde_json::from_value(device.clone()).ok();
                }
            }
            Outcome::Refused { code, message } => {
                let refusal = Refusal { code: Shown::new(code), message: message.clone() };
                self.phase = Phase::Refused(Box::new(refusal));
                (self.ended_at, self.doubt) = (Some(at), None);
            }
            Outcome::NotSent(why) => {
                self.phase = Phase::NotSent(why.clone());
                (self.ended_at, self.doubt) = (Some(at), None);
            }
            Outcome::Unknown(why) => self.phase = Phase::Unknown(why.clone()),
        }
    }

    /// Notes that a control was asked for.
    pub(super) fn ask(&mut self, control: Control, volume: Option<f64>, at: At) {
        if control == Control::Volume {
            self.ours.volume_asked = volume;
        } else {
            self.ours.asked = Some(Asked { control, at, accepted: false });
        }
    }

    /// Takes the outcome of a control. Acceptance is not effect: only an event ends the asking.
    pub(super) fn control_outcome(&mut self, control: Control, volume: Option<f64>, outcome: &Outcome) {
        let done = matches!(outcome, Outcome::Done(_));
        if control == Control::Volume {
            if done {
                self.ours.volume = volume;
                self.doubt = None;
            }
            if self.ours.volume_asked == volume {
                self.ours.volume_asked = None;
            }
        } else if done && control != Control::StartInputTimers {
            if let Some(asked) = self.ours.asked.as_mut().filter(|asked| asked.control == control) {
                asked.accepted = true;
                self.doubt = None;
            }
        } else {
            self.ours.answered(control);
        }
    }

    /// Takes an event. What is over stays as it is; only an end that came with that of the call gives way to the
    /// operation's own.
    pub(super) fn report(&mut self, report: &Report, raw: &Arc<str>, at: At) {
        if self.is_over() && !self.cut_short {
            return;
        }
        let (step, word) = self.read(report);
        if !self.yields.heard.is_empty() {
            self.yields.heard_at.get_or_insert(at);
        }
        if self.cut_short && !matches!(step, Step::Done(_)) {
            return;
        }
        self.cut_short = false;
        self.strange = matches!(step, Step::Strange);
        self.state = word;
        self.moved_by(raw);
        self.heard(&step, at);
        self.step(&step, at);
    }

    /// The frame of the latest event is kept with what is ours for ever.
    fn moved_by(&mut self, raw: &Arc<str>) {
        if self.was_asked() {
            self.ours.last_event = Some(raw.clone());
        }
    }

    /// There is word of it: its doubt is over, unless that word is of before.
    fn heard(&mut self, step: &Step, at: At) {
        if matches!(step, Step::Done(_)) || self.doubt.is_some_and(|doubt| doubt.ends_with(at)) {
            self.doubt = None;
        }
    }

    /// Input was collected under its id. What looked like a play, of somebody else, is a prompt, and the end of its
    /// sound was not its own.
    pub(super) fn collects(&mut self) {
        if self.kind == ActionKind::Play && !self.was_asked() {
            self.kind = ActionKind::Prompt;
            if self.is_over() && !self.cut_short {
                self.phase = Phase::Running;
                self.ended_at = None;
            }
        }
    }

    /// Takes an event of a bridge.
    pub(super) fn bridge(&mut self, status: &ConnectStatus, raw: &Arc<str>, at: At) {
        if self.is_over() {
            return;
        }
        let stood = self.stands();
        self.moved_by(raw);
        self.state = Shown::word(&status.connect_state);
        self.yields.peer = status.peer.as_ref().map(|peer| peer.call_id.clone()).or(self.yields.peer.take());
        self.yields.reason = status.failed_reason.as_deref().map(Shown::new);
        let step = match &*status.connect_state {
            "connecting" | "connected" => Step::Running,
            "failed" => Step::Done(false),
            // A bridge that stood and is over has done its work.
            "disconnected" => Step::Done(stood),
            _ => Step::Note,
        };
        self.heard(&step, at);
        self.step(&step, at);
    }

    /// A bridge that stands.
    fn stands(&self) -> bool {
        self.kind == ActionKind::Connect && self.state.as_str() == "connected"
    }

    /// The call ended: nothing can run on it any more. An operation's own last event may still come and is taken.
    pub(super) fn call_ended(&mut self, at: At) {
        if self.is_live() {
            let stood = self.stands();
            self.doubt = None;
            if stood {
                self.state = "disconnected".into();
            } else if !self.strange {
                // A word that is not known may have been its last.
                self.state = "failed".into();
            }
            self.step(&Step::Done(stood), at);
            self.cut_short = true;
        } else if self.cut_short {
            // The end of the call was concluded before; it was over then, at the latest.
            self.ended_at = self.ended_at.map(|ended| ended.min(at));
        }
    }

    fn step(&mut self, step: &Step, at: At) {
        match step {
            Step::Running => {
                self.goes_on(at);
                self.started_at.get_or_insert(at);
                self.phase = Phase::Running;
                self.ours.answered(Control::Resume);
            }
            Step::Paused => {
                self.started_at.get_or_insert(at);
                self.pauses.get_or_insert_default().since.get_or_insert(at);
                self.phase = Phase::Paused;
                self.ours.answered(Control::Pause);
            }
            Step::Done(successful) => {
                self.goes_on(at);
                self.started_at.get_or_insert(at);
                self.ended_at = Some(at);
                self.phase = Phase::Done { successful: *successful };
                self.ours.all_answered();
            }
            Step::Note | Step::Strange => {
                if matches!(self.phase, Phase::Requested | Phase::Accepted | Phase::Unknown(_)) {
                    self.started_at.get_or_insert(at);
                    self.phase = Phase::Running;
                }
            }
        }
    }

    /// It does not stand still any more.
    fn goes_on(&mut self, at: At) {
        if let Some(pauses) = &mut self.pauses
            && let Some(since) = pauses.since.take()
        {
            pauses.before += at.since(since);
        }
    }

    /// What a report says about this operation, and in which word; what it brought is kept.
    fn read(&mut self, report: &Report) -> (Step, Shown) {
        let (step, word) = match report {
            // Inside a prompt the sound is only half of it: the input decides.
            Report::Play(play) if self.kind == ActionKind::Prompt => (Step::Note, &play.state),
            Report::Play(play) => (common(&play.state), &play.state),
            Report::Record(record) => {
                let yields = &mut self.yields;
                yields.url = record.url.clone().or(yields.url.take());
                yields.duration = record.duration.or(yields.duration);
                yields.size = record.size.or(yields.size);
                (common(&record.state), &record.state)
            }
            Report::Detect(detect) => {
                self.yields.beep |= detect.beep;
                self.yields.detector = Some(detect.kind.clone());
                let step = match detect.event.as_str() {
                    "finished" => Step::Done(self.verdict().is_some()),
                    "error" => Step::Done(false),
                    "" => Step::Note,
                    word => {
                        self.yields.heard.push(word.to_owned());
                        Step::Note
                    }
                };
                (step, &detect.event)
            }
            Report::Collect(collect) => return self.read_collect(collect),
            Report::SendDigits(digits) => (Step::Done(digits.state == "finished"), &digits.state),
            Report::Tap(tap) => {
                if !tap.tap.is_null() {
                    self.yields.tap = Some(tap.tap.clone());
                }
                self.yields.destination_device = tap.device.clone().or(self.yields.destination_device.take());
                (common(&tap.state), &tap.state)
            }
            Report::Fax(fax) => (self.read_fax(fax), &fax.kind),
            Report::Stream(stream) => (common(&stream.state), &stream.state),
        };
        (step, Shown::word(word))
    }

    /// Final unless it says it is partial, still collecting, or only the start of the input.
    fn read_collect(&mut self, collect: &CollectReport) -> (Step, Shown) {
        let kind = collect.result.as_ref().map(|result| result.kind.as_str());
        let state = collect.state.as_deref();
        let word = Shown::new(kind.or(state).unwrap_or_default());
        if let Some(result) = &collect.result {
            let values = result.params.clone().unwrap_or_default();
            let yields = &mut self.yields;
            yields.collected = Some(result.kind.clone());
            yields.text = values.digits.or(values.text).or(yields.text.take());
            yields.terminator = values.terminator.or(yields.terminator.take());
            yields.confidence = values.confidence.or(yields.confidence);
        }
        let partial =
            collect.is_final == Some(false) || state == Some("collecting") || kind == Some("start_of_input");
        let step = match (partial, kind) {
            (true, _) => Step::Note,
            (false, Some("digit" | "speech")) => Step::Done(true),
            (false, Some("finished")) => Step::Done(self.yields.text.is_some()),
            (false, Some(_)) => Step::Done(false),
            (false, None) => match state {
                Some("finished") => Step::Done(self.yields.text.is_some()),
                Some("error") => Step::Done(false),
                _ => Step::Note,
            },
        };
        (step, word)
    }

    fn read_fax(&mut self, fax: &FaxReport) -> Step {
        let values = fax.params.clone().unwrap_or_default();
        let asked = self.was_asked();
        let yields = &mut self.yields;
        yields.fax_direction = values.direction.or(yields.fax_direction.take());
        let receives = yields.fax_direction.as_deref() == Some("receive");
        if receives && self.kind == ActionKind::SendFax && !asked {
            self.kind = ActionKind::ReceiveFax;
        }
        match fax.kind.as_str() {
            "page" => {
                yields.pages = values.number.or_else(|| Some(yields.pages.unwrap_or(0.0) + 1.0));
                Step::Running
            }
            "finished" => {
                yields.identity = values.identity;
                yields.remote_identity = values.remote_identity;
                yields.document = values.document;
                yields.pages = values.pages.or(yields.pages);
                yields.reason = values.result_text.as_deref().map(Shown::new);
                Step::Done(values.success.unwrap_or(false))
            }
            "error" => {
                yields.reason = values.description.as_deref().map(Shown::new);
                Step::Done(false)
            }
            _ => Step::Note,
        }
    }
}

/// The words that operations share. One that is not known is shown and changes nothing: the end of the call
/// resolves it.
fn common(word: &str) -> Step {
    match word {
        "finished" => Step::Done(true),
        "paused" => Step::Paused,
        "playing" | "recording" | "tapping" | "streaming" => Step::Running,
        "error" | "no_input" | "failed" => Step::Done(false),
        _ => Step::Strange,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Entry;

    /// Of these there are a hundred thousand on a busy floor; what one has more, all have.
    #[test]
    fn what_there_is_most_of_is_small() {
        assert!(size_of::<Action>() <= 160, "{}", size_of::<Action>());
        // With the counts of its shared pointer, a size that allocators have.
        assert!(size_of::<Entry>() <= 160 - 2 * size_of::<usize>(), "{}", size_of::<Entry>());
        assert_eq!(size_of::<Option<At>>(), size_of::<At>());
    }
}
