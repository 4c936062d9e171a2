//! Prompts and collects: taking keys and words, with their timeouts and partial results.

use serde_json::{Value, json};

use super::{Closing, Kind, OperationKey, Step, Work};
use crate::protocol::calling::{Collect, CollectWhat, OnAction, PlayAndCollect};
use crate::protocol::id::CallId;
use crate::sim::leg::speech_length;
use crate::sim::operations::play::sounds_length;
use crate::sim::requests::Refused;
use crate::sim::world::World;

/// A running prompt or collect.
#[derive(Debug)]
pub(in crate::sim) struct Collecting {
    what: CollectWhat,
    digits: String,
    /// A prompt's sound still plays.
    sounding: bool,
    /// Something was heard since the last result.
    begun: bool,
    partial: bool,
    continuous: bool,
    announce: bool,
}

const INITIAL_TIMEOUT: f64 = 4.0;
const DIGIT_TIMEOUT: f64 = 5.0;
const END_SILENCE: f64 = 1.0;
const SPEECH_TIMEOUT: f64 = 60.0;

impl Collecting {
    fn new(what: CollectWhat) -> Self {
        Self {
            what,
            digits: String::new(),
            sounding: false,
            begun: false,
            partial: false,
            continuous: false,
            announce: false,
        }
    }

    fn initial_timeout(&self) -> f64 {
        self.what.initial_timeout.unwrap_or(INITIAL_TIMEOUT)
    }

    /// A result event. In a continuous collect each says that it goes on.
    fn event(&self, result: &Value, is_final: bool, goes_on: bool) -> Value {
        let mut body = json!({ "result": result, "final": is_final });
        if let (Some(fields), true) = (body.as_object_mut(), self.continuous) {
            fields.insert("state".into(), json!(if goes_on { "collecting" } else { "finished" }));
        }
        body
    }
}

fn digit_result(digits: &str, terminator: &str) -> Value {
    json!({ "type": "digit", "params": { "digits": digits, "terminator": terminator } })
}

impl World {
    pub(in crate::sim) fn play_and_collect(&mut self, command: &PlayAndCollect) -> Result<(), Refused> {
        let on = &command.on;
        let delay = self.script.calls.delay;
        let collecting = Collecting { sounding: true, ..Collecting::new(command.collect.clone()) };
        let key = self.begin(&on.call_id, Kind::Prompt, &on.control_id, Work::Collect(collecting))?;
        let body = json!({ "state": "playing" });
        self.call_event_in(delay, &on.call_id, Some(&on.control_id), "calling.call.play", body);
        self.step_in(delay + sounds_length(&command.play), &on.call_id, key, Step::Heard);
        Ok(())
    }

    pub(in crate::sim) fn collect(&mut self, command: &Collect) -> Result<(), Refused> {
        let on = &command.on;
        let delay = self.script.calls.delay;
        let is = |flag: Option<bool>| flag.unwrap_or(false);
        let collecting = Collecting {
            partial: is(command.partial_results),
            continuous: is(command.continuous),
            announce: is(command.send_start_of_input),
            ..Collecting::new(command.what.clone())
        };
        let initial = collecting.initial_timeout();
        let key = self.begin(&on.call_id, Kind::Collect, &on.control_id, Work::Collect(collecting))?;
        if is(command.start_input_timers) {
            self.step_in(delay + initial, &on.call_id, key, Step::TimedOut);
        }
        self.reply_of_party(&on.call_id, key, delay);
        Ok(())
    }

    pub(in crate::sim) fn start_input_timers(&mut self, on: &OnAction) -> Result<(), Refused> {
        let key = self.find(&on.call_id, Kind::Collect, &on.control_id)?;
        let Some(collecting) = self.collecting(&on.call_id, key) else { return Ok(()) };
        let (begun, initial) = (collecting.begun, collecting.initial_timeout());
        if !begun {
            self.step_in(initial, &on.call_id, key, Step::TimedOut);
        }
        Ok(())
    }

    /// What the far end answers to being asked, if it is one that answers.
    fn reply_of_party(&mut self, call_id: &CallId, key: OperationKey, delay: f64) {
        let Some(what) = self.collecting(call_id, key).map(|collecting| collecting.what.clone()) else {
            return;
        };
        let Some(leg) = self.legs.get_mut(call_id) else { return };
        let replies = &leg.party.replies;
        let Some(reply) = replies.get(leg.replies).or(replies.last()).cloned() else { return };
        leg.replies += 1;
        let after = self.choose(reply.after);
        match (what.digits, what.speech, reply.digits, reply.says) {
            (Some(_), _, Some(digits), _) => self.press(call_id, delay + after, &digits, reply.gap),
            (_, Some(_), _, Some(words)) => self.speak(call_id, delay + after, &words),
            _ => {}
        }
    }

    pub(super) fn collect_step(&mut self, call_id: &CallId, key: OperationKey, step: &Step) {
        match step {
            Step::Heard => {
                self.sound_over(call_id, key);
                let initial = self.collecting(call_id, key).map_or(INITIAL_TIMEOUT, |c| c.initial_timeout());
                self.step_in(initial, call_id, key, Step::TimedOut);
                self.reply_of_party(call_id, key, 0.0);
            }
            Step::Between => {
                let Some(collecting) = self.collecting(call_id, key) else { return };
                let least = collecting.what.digits.as_ref().and_then(|digits| digits.min).unwrap_or(1);
                let digits = std::mem::take(&mut collecting.digits);
                let enough = u32::try_from(digits.len()).is_ok_and(|count| count >= least);
                let result = if enough { digit_result(&digits, "") } else { json!({ "type": "no_match" }) };
                self.collected(call_id, key, &result);
            }
            Step::Words { text, done } => {
                let confidence = f64::from(self.dice.u32(820..980)) / 10.0;
                let result =
                    json!({ "type": "speech", "params": { "text": text, "confidence": confidence } });
                if *done {
                    self.collected(call_id, key, &result);
                } else {
                    self.partly(call_id, key, &result);
                }
            }
            _ => self.over(call_id, key, &json!({ "type": "no_input" })),
        }
    }

    pub(super) fn collect_digit(&mut self, call_id: &CallId, key: OperationKey, digit: char) {
        let Some(digits) =
            self.collecting(call_id, key).and_then(|collecting| collecting.what.digits.clone())
        else {
            return;
        };
        self.input_begins(call_id, key);
        let Some(collecting) = self.collecting(call_id, key) else { return };
        if digits.terminators.as_deref().is_some_and(|terminators| terminators.contains(digit)) {
            let typed = std::mem::take(&mut collecting.digits);
            let enough = u32::try_from(typed.len()).is_ok_and(|count| count >= digits.min.unwrap_or(0));
            let result = if enough {
                digit_result(&typed, digit.encode_utf8(&mut [0; 4]))
            } else {
                json!({ "type": "no_match" })
            };
            return self.collected(call_id, key, &result);
        }
        collecting.digits.push(digit);
        let (typed, partial) = (collecting.digits.clone(), collecting.partial);
        if u32::try_from(typed.len()).is_ok_and(|count| count >= digits.max) {
            collecting.digits.clear();
            return self.collected(call_id, key, &digit_result(&typed, ""));
        }
        if partial {
            self.partly(call_id, key, &digit_result(&typed, ""));
        }
        self.step_in(digits.digit_timeout.unwrap_or(DIGIT_TIMEOUT), call_id, key, Step::Between);
    }

    pub(super) fn collect_speech(&mut self, call_id: &CallId, key: OperationKey, text: &str) {
        let Some(speech) =
            self.collecting(call_id, key).and_then(|collecting| collecting.what.speech.clone())
        else {
            return;
        };
        self.input_begins(call_id, key);
        let length = speech_length(text);
        let longest = speech.speech_timeout.unwrap_or(SPEECH_TIMEOUT);
        if length > longest {
            let words = said_by(text, longest / length);
            self.step_in(longest, call_id, key, Step::Words { text: words, done: true });
        }
        if self.collecting(call_id, key).is_some_and(|collecting| collecting.partial) {
            for share in [0.4, 0.75] {
                let text = said_by(text, share);
                if !text.is_empty() && length * share < longest {
                    self.step_in(length * share, call_id, key, Step::Words { text, done: false });
                }
            }
        }
    }

    pub(super) fn collect_spoken(&mut self, call_id: &CallId, key: OperationKey, text: &str) {
        let Some(collecting) = self.collecting(call_id, key) else { return };
        let Some(speech) = collecting.what.speech.clone().filter(|_| collecting.begun) else { return };
        let silence = speech.end_silence_timeout.unwrap_or(END_SILENCE);
        self.step_in(silence, call_id, key, Step::Words { text: text.to_owned(), done: true });
    }

    /// Input stops a prompt's sound and every timer, and is announced when that was asked for.
    fn input_begins(&mut self, call_id: &CallId, key: OperationKey) {
        self.void_steps(call_id, key);
        self.sound_over(call_id, key);
        let Some(collecting) = self.collecting(call_id, key) else { return };
        let announce = collecting.announce && !collecting.begun;
        collecting.begun = true;
        if announce {
            self.partly(call_id, key, &json!({ "type": "start_of_input" }));
        }
    }

    fn sound_over(&mut self, call_id: &CallId, key: OperationKey) {
        let Some(collecting) = self.collecting(call_id, key).filter(|collecting| collecting.sounding) else {
            return;
        };
        collecting.sounding = false;
        let Some(control_id) = self.operation(call_id, key).map(|operation| operation.control_id.clone())
        else {
            return;
        };
        self.call_event(call_id, Some(&control_id), "calling.call.play", json!({ "state": "finished" }));
    }

    /// A result that is not the last.
    fn partly(&mut self, call_id: &CallId, key: OperationKey, result: &Value) {
        let Some(body) = self.collecting(call_id, key).map(|c| c.event(result, false, true)) else { return };
        self.report(call_id, key, body);
    }

    /// A result. A continuous collect goes on, any other is over.
    fn collected(&mut self, call_id: &CallId, key: OperationKey, result: &Value) {
        let Some(collecting) = self.collecting(call_id, key) else { return };
        if !collecting.continuous {
            return self.over(call_id, key, result);
        }
        collecting.begun = false;
        let body = collecting.event(result, true, true);
        self.void_steps(call_id, key);
        self.report(call_id, key, body);
        let more = self.legs.get(call_id).is_some_and(|leg| leg.replies < leg.party.replies.len());
        if more {
            self.reply_of_party(call_id, key, 0.0);
        }
    }

    fn over(&mut self, call_id: &CallId, key: OperationKey, result: &Value) {
        let Some(body) = self.collecting(call_id, key).map(|c| c.event(result, true, false)) else { return };
        self.finish(call_id, key, body);
    }

    pub(super) fn collect_close(&mut self, call_id: &CallId, key: OperationKey, _why: Closing) {
        self.sound_over(call_id, key);
        let kind = self.script.calls.stopped_collect.clone();
        self.over(call_id, key, &json!({ "type": kind }));
    }

    fn collecting(&mut self, call_id: &CallId, key: OperationKey) -> Option<&mut Collecting> {
        match &mut self.operation(call_id, key)?.work {
            Work::Collect(collecting) => Some(collecting),
            _ => None,
        }
    }
}

/// The words that are out after this share of the time.
fn said_by(text: &str, share: f64) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a count of words"
    )]
    let count = (words.len() as f64 * share).ceil() as usize;
    words[..count.min(words.len())].join(" ")
}
