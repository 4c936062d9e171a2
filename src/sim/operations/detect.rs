//! Detectors: what a machine, a person, a fax or a key sounds like, and when one can tell.

use serde_json::{Value, json};

use super::{Kind, OperationKey, Step, Work};
use crate::protocol::calling::{Detect, DetectKind, DetectParams};
use crate::protocol::id::CallId;
use crate::protocol::state::Direction;
use crate::sim::party::{Answers, Party};
use crate::sim::requests::Refused;
use crate::sim::world::World;

/// A running detector.
#[derive(Debug)]
pub(in crate::sim) struct Detecting {
    kind: DetectKind,
    digits: String,
}

/// Something a detector says. After its last word it is finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) struct Verdict {
    word: &'static str,
    beep: bool,
    last: bool,
}

const DEFAULT_TIMEOUT: f64 = 30.0;

impl Detecting {
    pub(super) fn event(&self, word: &str, beep: bool) -> Value {
        let mut params = json!({ "event": word });
        if let (Some(fields), true) = (params.as_object_mut(), beep) {
            fields.insert("beep".into(), json!(true));
        }
        json!({ "detect": { "type": self.kind, "params": params } })
    }
}

impl World {
    pub(in crate::sim) fn detect(&mut self, command: &Detect) -> Result<(), Refused> {
        let (on, what) = (&command.on, &command.detect);
        let digits = what.params.digits.clone().filter(|digits| !digits.is_empty());
        let detecting = Detecting {
            kind: what.kind.clone(),
            digits: digits.unwrap_or_else(|| "0123456789#*ABCD".into()),
        };
        let key = self.begin(&on.call_id, Kind::Detect, &on.control_id, Work::Detect(detecting))?;
        let timeout = command.timeout.unwrap_or(DEFAULT_TIMEOUT);
        for (seconds, verdict) in self.hearing(&on.call_id, &what.kind, &what.params) {
            if seconds < timeout {
                self.step_in(seconds, &on.call_id, key, Step::Verdict(verdict));
            }
        }
        self.step_in(timeout, &on.call_id, key, Step::TimedOut);
        Ok(())
    }

    pub(super) fn detect_step(&mut self, call_id: &CallId, key: OperationKey, step: &Step) {
        let Some(Work::Detect(detecting)) = self.operation(call_id, key).map(|operation| &operation.work)
        else {
            return;
        };
        match step {
            Step::Verdict(verdict) => {
                let body = detecting.event(verdict.word, verdict.beep);
                let Verdict { word, last, .. } = *verdict;
                self.report(call_id, key, body);
                if self.is_of_application(call_id, key) {
                    self.plan_deeds(call_id, Some(word));
                }
                if last {
                    self.void_steps(call_id, key);
                    self.step_in(0.1, call_id, key, Step::Over);
                }
            }
            _ => {
                let body = detecting.event("finished", false);
                self.finish(call_id, key, body);
            }
        }
    }

    pub(super) fn detect_digit(&mut self, call_id: &CallId, key: OperationKey, digit: char) {
        let Some(Work::Detect(detecting)) = self.operation(call_id, key).map(|operation| &operation.work)
        else {
            return;
        };
        if detecting.kind == DetectKind::Digit && detecting.digits.contains(digit) {
            let body = detecting.event(digit.encode_utf8(&mut [0; 4]), false);
            self.report(call_id, key, body);
        }
    }

    /// What a detector started now will hear, in seconds from now.
    fn hearing(&mut self, call_id: &CallId, kind: &DetectKind, params: &DetectParams) -> Vec<(f64, Verdict)> {
        let Some(leg) = self.legs.get(call_id) else { return Vec::new() };
        let (party, direction) = (leg.party.clone(), leg.direction.clone());
        let since = leg.answered_at.map_or(0.0, |at| self.now.at.since(at).as_secs_f64());
        let greeting = self.choose_once(call_id, &party);
        match kind {
            DetectKind::Machine => machine(&party, params, greeting, since),
            DetectKind::Fax => fax(&party, &direction, params, since),
            DetectKind::Digit | DetectKind::Other(_) => Vec::new(),
        }
    }

    /// The greeting's length, the same for every detector on this call.
    fn choose_once(&self, call_id: &CallId, party: &Party) -> f64 {
        let share = f64::from(crate::sim::login::fnv(call_id.as_str().as_bytes()) % 1_000) / 1_000.0;
        party.greeting.least + (party.greeting.most - party.greeting.least) * share
    }
}

fn say(word: &'static str, last: bool) -> Verdict {
    Verdict { word, beep: false, last }
}

fn machine(party: &Party, params: &DetectParams, greeting: f64, since: f64) -> Vec<(f64, Verdict)> {
    let initial = params.initial_timeout.unwrap_or(4.5);
    let end_silence = params.end_silence_timeout.unwrap_or(1.0);
    let threshold = params.machine_voice_threshold.unwrap_or(1.25);
    let ready_after = params.machine_ready_timeout.unwrap_or(end_silence);
    let left = greeting - since;
    match party.answers {
        // Too late, or nothing to hear: no voice in time.
        _ if left <= 0.0 => vec![(initial, say("UNKNOWN", true))],
        Answers::Human if left < threshold => vec![(left + end_silence, say("HUMAN", true))],
        Answers::Human | Answers::Machine => {
            let told = threshold + 0.35;
            let wait_for_end = params.detect_message_end.unwrap_or(true);
            let mut heard = vec![(told, say("MACHINE", !wait_for_end))];
            if wait_for_end {
                heard.extend(message_end(party, params, left, ready_after, told));
            }
            heard
        }
        Answers::Fax => vec![(initial, say("UNKNOWN", true))],
        Answers::Busy | Answers::NoAnswer | Answers::Decline => Vec::new(),
        Answers::NotFound | Answers::Error | Answers::Stuck => Vec::new(),
    }
}

/// What follows `MACHINE`: `READY` with a beep, or after enough silence, rightly or wrongly.
fn message_end(
    party: &Party,
    params: &DetectParams,
    left: f64,
    ready_after: f64,
    told: f64,
) -> Vec<(f64, Verdict)> {
    let interruptions = params.detect_interruptions.unwrap_or(false);
    let mut heard = Vec::new();
    let halt = party.halts + ready_after;
    if party.halts > told && ready_after < 2.0 && halt < left {
        heard.push((halt, say("READY", !interruptions)));
        if !interruptions {
            return heard;
        }
        heard.push((party.halts + 2.0, say("NOT_READY", false)));
    }
    let end = left.max(told + 0.2);
    heard.push(if party.beep {
        (end + 0.5, Verdict { word: "READY", beep: true, last: true })
    } else {
        (end + ready_after, say("READY", !interruptions))
    });
    heard
}

fn fax(party: &Party, direction: &Direction, params: &DetectParams, since: f64) -> Vec<(f64, Verdict)> {
    if party.answers != Answers::Fax {
        return Vec::new();
    }
    // The called machine sends CED, the calling one CNG.
    let sends = if *direction == Direction::Inbound { "CNG" } else { "CED" };
    if params.tone.as_deref().unwrap_or("CED") != sends {
        return Vec::new();
    }
    vec![((2.4 - since).max(0.6), say(sends, true))]
}
