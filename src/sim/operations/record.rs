//! Recordings: address, length without the skipped gaps, size, and what ends them.

use serde_json::{Value, json};

use super::{Closing, Kind, OperationKey, REACTION, Step, Work};
use crate::protocol::calling::{AudioDirection, OnAction, PauseBehavior, Record, RecordAudio, RecordPause};
use crate::protocol::id::CallId;
use crate::sim::party::Answers;
use crate::sim::requests::Refused;
use crate::sim::script::{FinalEvents, Span};
use crate::sim::world::{World, span};
use crate::time::At;

/// A running recording.
#[derive(Debug)]
pub(in crate::sim) struct Recording {
    audio: RecordAudio,
    url: String,
    /// Seconds in the file up to `since`.
    so_far: f64,
    /// Since when sound goes into the file; `None` while it is paused with `skip`.
    since: Option<At>,
    paused: bool,
}

impl Recording {
    fn length(&self, now: At) -> f64 {
        self.so_far + self.since.map_or(0.0, |since| now.since(since).as_secs_f64())
    }

    fn format(&self) -> &str {
        self.audio.format.as_deref().unwrap_or("mp3")
    }

    /// The fields of its event, length and size so far included.
    fn event(&self, state: &str, now: At) -> Value {
        let length = (self.length(now) * 50.0).round() / 50.0;
        json!({
            "state": state,
            "url": self.url,
            "duration": length,
            "size": self.size(length),
            "record": { "audio": {
                "format": self.format(),
                "stereo": self.audio.stereo.unwrap_or(false),
                "direction": self.audio.direction.as_ref().map_or("speak", AudioDirection::as_str),
            }},
        })
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "lengths are small and positive"
    )]
    fn size(&self, length: f64) -> u64 {
        let channels = if self.audio.stereo.unwrap_or(false) { 2.0 } else { 1.0 };
        match self.format() {
            // 8 kHz, 16 bits, and a header.
            "wav" => (length * 16_000.0 * channels) as u64 + 44,
            "mp4" => (length * 12_000.0) as u64 + 1_024,
            _ => (length * 16_000.0) as u64,
        }
    }
}

impl World {
    /// Starts a recording. Answers with the file's address.
    pub(in crate::sim) fn record(&mut self, command: &Record) -> Result<String, Refused> {
        let (on, audio) = (&command.on, command.record.audio.clone());
        let delay = self.script.calls.delay;
        let format = audio.format.clone().unwrap_or_else(|| "mp3".into());
        let url = format!("https://files.example.com/rec/{}.{format}", on.control_id);
        let recording = Recording {
            audio: audio.clone(),
            url: url.clone(),
            so_far: 0.0,
            since: Some(self.now.at + span(delay)),
            paused: false,
        };
        let body = recording.event("recording", self.now.at);
        let key = self.begin(&on.call_id, Kind::Record, &on.control_id, Work::Record(recording))?;
        self.report_in(delay, &on.call_id, key, body);
        self.plan_end(&on.call_id, key, &audio, delay);
        Ok(url)
    }

    /// With the service's defaults a recording ends at the first second of silence.
    fn plan_end(&mut self, call_id: &CallId, key: OperationKey, audio: &RecordAudio, delay: f64) {
        let initial = audio.initial_timeout.unwrap_or(5.0);
        let end_silence = audio.end_silence_timeout.unwrap_or(1.0);
        let longest = audio.max_length.unwrap_or(0.0);
        let quiet = self.legs.get(call_id).is_some_and(|leg| {
            leg.party.answers == Answers::Human && leg.party.greeting.most <= 0.0 && leg.party.says.is_empty()
        });
        if quiet && initial > 0.0 {
            self.step_in(delay + initial, call_id, key, Step::TimedOut);
        } else if end_silence > 0.0 {
            let voice = self.choose(Span { least: 3.0, most: 9.0 });
            self.step_in(delay + voice + end_silence, call_id, key, Step::Over);
        }
        if longest > 0.0 {
            self.step_in(delay + longest, call_id, key, Step::Over);
        }
    }

    pub(super) fn record_step(&mut self, call_id: &CallId, key: OperationKey, step: &Step) {
        let state = if *step == Step::TimedOut { "no_input" } else { "finished" };
        let Some(body) = self.recording_event(call_id, key, state) else { return };
        self.finish(call_id, key, body);
    }

    pub(super) fn record_digit(&mut self, call_id: &CallId, key: OperationKey, digit: char) {
        let Some(recording) = self.recording(call_id, key) else { return };
        if recording.audio.terminators.as_deref().unwrap_or("#*").contains(digit) {
            self.record_step(call_id, key, &Step::Over);
        }
    }

    pub(in crate::sim) fn record_pause(&mut self, command: &RecordPause) -> Result<(), Refused> {
        let on = &command.on;
        let key = self.find(&on.call_id, Kind::Record, &on.control_id)?;
        let now = self.now.at;
        let silence = command.behavior == Some(PauseBehavior::Silence);
        let Some(recording) = self.recording(&on.call_id, key).filter(|recording| !recording.paused) else {
            return Ok(());
        };
        recording.paused = true;
        if !silence {
            recording.so_far = recording.length(now);
            recording.since = None;
        }
        self.void_steps(&on.call_id, key);
        self.recording_turn(&on.call_id, key, "paused");
        Ok(())
    }

    pub(in crate::sim) fn record_resume(&mut self, on: &OnAction) -> Result<(), Refused> {
        let key = self.find(&on.call_id, Kind::Record, &on.control_id)?;
        let now = self.now.at;
        let Some(recording) = self.recording(&on.call_id, key).filter(|recording| recording.paused) else {
            return Ok(());
        };
        recording.paused = false;
        if recording.since.is_none() {
            recording.since = Some(now);
        }
        let mut audio = recording.audio.clone();
        let taken = recording.length(now);
        audio.max_length = audio.max_length.filter(|most| *most > 0.0).map(|most| (most - taken).max(0.01));
        self.plan_end(&on.call_id, key, &audio, 0.0);
        self.recording_turn(&on.call_id, key, "recording");
        Ok(())
    }

    fn recording_turn(&mut self, call_id: &CallId, key: OperationKey, state: &str) {
        let now = self.now.at;
        let wait =
            self.operation(call_id, key).map_or(0.0, |operation| operation.opened.since(now).as_secs_f64());
        let Some(body) = self.recording_event(call_id, key, state) else { return };
        self.report_in(wait + REACTION, call_id, key, body);
    }

    /// At the end of a call the file may take a moment longer than the call.
    pub(super) fn record_close(&mut self, call_id: &CallId, key: OperationKey, why: Closing) {
        let Some(body) = self.recording_event(call_id, key, "finished") else { return };
        let rules = &self.script.calls;
        let late = rules.record_after_end && rules.final_events == FinalEvents::Before;
        if why == Closing::CallEnded && late {
            let wait = self.choose(Span { least: 0.3, most: 0.9 });
            self.report_in(wait, call_id, key, body);
            if let Some(leg) = self.legs.get_mut(call_id) {
                leg.operations.retain(|operation| operation.key != key);
            }
            return;
        }
        self.finish(call_id, key, body);
    }

    fn recording_event(&mut self, call_id: &CallId, key: OperationKey, state: &str) -> Option<Value> {
        let now = self.now.at;
        self.recording(call_id, key).map(|recording| recording.event(state, now))
    }

    fn recording(&mut self, call_id: &CallId, key: OperationKey) -> Option<&mut Recording> {
        match &mut self.operation(call_id, key)?.work {
            Work::Record(recording) => Some(recording),
            _ => None,
        }
    }
}
