//! What this program asked for, and what became of it: one record per command.

use std::time::Duration;

use super::command::Command;
use super::describe;
use super::journal::Tone;
use crate::client::{Outcome, Ticket};
use crate::protocol::{CallId, ControlId, Shown};
use crate::time::Now;

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
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
    /// The method as the Call API names it, for example `play_tts`.
    pub method: &'static str,
    /// The call it was about, if it was about one.
    pub call: Option<CallId>,
    /// Who was talking to whom on that call, as it was known then.
    pub parties: Shown,
    /// The operation it started or controlled.
    pub control: Option<ControlId>,
    /// What it was to do, in a few words.
    pub what: Shown,
    /// How it ended; none while that is open.
    pub ending: Option<Ending>,
}

impl Act {
    pub(super) fn new(command: &Command, parties: Shown) -> Self {
        Self {
            ticket: command.ticket,
            now: command.now,
            method: command.method,
            call: command.subject.call().cloned(),
            parties,
            control: command.subject.control_id().cloned(),
            what: describe::params(&command.rpc, &command.params),
            ending: None,
        }
    }
}

impl Ending {
    pub(super) fn of(outcome: &Outcome, round_trip: Option<Duration>) -> Self {
        let (tone, text) = match outcome {
            Outcome::Done(_) => (Tone::Good, "ok".into()),
            Outcome::Refused { code, message } => {
                (Tone::Bad, Shown::new(&format!("refused: {code} {message}")))
            }
            Outcome::NotSent(why) => (Tone::Bad, Shown::new(&format!("not sent: {why}"))),
            Outcome::Unknown(why) => (Tone::Bad, Shown::new(&format!("unknown: {why}"))),
        };
        Self { tone, text, round_trip }
    }
}
