//! What a command without a screen did, step by step: each is told when it ends, or all at the end as JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::json;
use crate::calling::Error;
use crate::exit::Exit;
use crate::protocol::{CallId, Shown};
use crate::time::{At, Clock};

/// What is told of a step beside its outcome.
#[derive(Debug, Default, Serialize)]
pub(super) struct Facts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
    /// What was heard, typed, said or sent back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The call that came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
}

impl Facts {
    pub fn why(why: &(impl ToString + ?Sized)) -> Self {
        Self { why: Some(why.to_string()), ..Self::default() }
    }
}

/// One step, and how it ended.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    step: &'static str,
    outcome: String,
    at: String,
    seconds: f64,
    #[serde(flatten)]
    facts: Facts,
}

/// What was done so far, and what is being done.
pub(super) struct Steps {
    pub clock: Clock,
    pub json: bool,
    pub open: Option<(&'static str, At)>,
    pub done: Vec<Step>,
}

impl Steps {
    /// None yet.
    pub const fn new(clock: Clock, json: bool) -> Self {
        Self { clock, json, open: None, done: Vec::new() }
    }

    /// A step begins.
    pub fn begin(&mut self, step: &'static str) {
        self.open = Some((step, self.clock.now().at));
    }

    /// Ends the step that is open, if one is.
    pub fn end(&mut self, outcome: &str, facts: Facts) {
        let Some((step, since)) = self.open.take() else { return };
        let now = self.clock.now();
        let seconds = (now.at - since).as_secs_f64();
        if !self.json {
            let call = facts.call_id.as_ref().map(CallId::as_str);
            let more = [facts.result.as_deref(), call, facts.why.as_deref(), facts.url.as_deref()];
            let more = more.into_iter().flatten().map(Shown::whole);
            let more: Vec<_> = more.map(|text| text.to_string()).collect();
            let line = format!("{step:8} {outcome:12} {seconds:7.2} s  {}", more.join("  "));
            // A reader that is gone is no reason to leave the call up.
            let _ = writeln!(io::stdout(), "{}", line.trim_end());
        }
        let at = json::moment(now.wall);
        self.done.push(Step { step, outcome: outcome.to_owned(), at, seconds, facts });
    }

    /// Ends the step with an error and says how to exit.
    pub fn fail(&mut self, error: &Error) -> Exit {
        let (outcome, exit) = match error {
            Error::Invalid(_) => ("invalid", Exit::Usage),
            Error::NotSent(_) | Error::Closed => ("notSent", Exit::NoConnection),
            Error::Refused { .. } => ("refused", Exit::CommandRefused),
            Error::Unknown(_) | Error::DialTimedOut { .. } => ("unknown", Exit::OutcomeUnknown),
            Error::CallOver | Error::NotDialed | Error::AlreadyDialed => ("callOver", Exit::Incomplete),
            Error::NoSuchControl { .. } | Error::Unspeakable(_) => ("invalid", Exit::Failed),
            Error::AuthenticationRefused(_) => ("refused", Exit::CredentialsRefused),
        };
        self.end(outcome, Facts::why(error));
        exit
    }
}
