//! What this program asked for, and what became of it: one record per command.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Tone;
use super::command::{Command, Subject};
use super::describe;
use crate::client::{By, Outcome, Ticket};
use crate::protocol::{CallId, ControlId, Shown, Tag};
use crate::time::Now;

/// How far a command came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The service accepted it.
    Accepted,
    /// The service refused it.
    Refused,
    /// It never left.
    NotSent,
    /// It left, and nobody knows what became of it.
    Unknown,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// How far it came.
    pub fate: Fate,
    /// How to take it.
    pub tone: Tone,
    /// The outcome in words: `ok`, `refused: 409 …`, `not sent: …`, `unknown: …`.
    pub text: Shown,
    /// From sending to answer, where there was one.
    pub round_trip: Option<Duration>,
}

/// One command of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Names it.
    pub ticket: Ticket,
    /// When it was submitted.
    pub now: Now,
    /// Who asked for it.
    pub by: By,
    /// The method as the Call API names it, for example `play_tts`.
    pub method: &'static str,
    /// The call it was about, if it was about one.
    pub call: Option<CallId>,
    /// Who was talking to whom on that call, as it was known then.
    pub parties: Shown,
    /// The dial it asked for.
    pub tag: Option<Tag>,
    /// The operation it started or controlled.
    pub control: Option<ControlId>,
    /// Its params, as sent, but for credentials.
    pub params: Arc<Value>,
    /// What it was to do, in a few words.
    pub what: Shown,
    /// The method with what it was to do: `play tts "Hello"`, `record pause`.
    pub title: Shown,
    /// Why it was given; may be empty.
    pub reason: Shown,
    /// How it ended; none while that is open.
    pub ending: Option<Ending>,
}

impl Act {
    pub(super) fn new(command: &Command, parties: Shown) -> Self {
        let what = describe::params(&command.rpc, &command.params);
        Self {
            ticket: command.ticket,
            now: command.now,
            by: command.by.clone(),
            method: command.method,
            call: command.subject.call().cloned(),
            tag: if let Subject::Dial(tag) = &command.subject { Some(tag.clone()) } else { None },
            parties,
            params: command.params.clone(),
            control: command.subject.control_id().cloned(),
            title: title(command, what.as_str()),
            what,
            reason: command.why.reason.clone(),
            ending: None,
        }
    }
}

fn title(command: &Command, what: &str) -> Shown {
    let mut method = command.method.replace('_', " ");
    if matches!(command.subject, Subject::Control { .. }) {
        // A control is named with what it controls: `calling.record.pause`.
        let kind = command.rpc.strip_prefix("calling.").and_then(|rpc| rpc.split_once('.'));
        method = format!("{} {method}", kind.map_or("connect", |(kind, _)| kind)).replace('_', " ");
    }
    // `play_silence` of `silence 2 s` is silence once.
    let what = method.rsplit(' ').next().and_then(|last| what.strip_prefix(last)).unwrap_or(what);
    Shown::new(format!("{method} {}", what.trim_start()).trim_end())
}

impl Ending {
    pub(super) fn of(outcome: &Outcome, round_trip: Option<Duration>) -> Self {
        let (fate, tone, text) = match outcome {
            Outcome::Done(_) => (Fate::Accepted, Tone::Good, "ok".into()),
            Outcome::Refused { code, message } => {
                (Fate::Refused, Tone::Bad, Shown::new(&format!("refused: {code} {message}")))
            }
            Outcome::NotSent(why) => (Fate::NotSent, Tone::Bad, Shown::new(&format!("not sent: {why}"))),
            Outcome::Unknown(why) => (Fate::Unknown, Tone::Bad, Shown::new(&format!("unknown: {why}"))),
        };
        Self { fate, tone, text, round_trip }
    }
}
