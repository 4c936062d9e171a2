//! Plays: how long sounds last, and pausing them. Also keys sent by us, which are sounds too.

use serde_json::json;

use super::{Kind, OperationKey, REACTION, Step, Work};
use crate::protocol::calling::{OnAction, Play, SendDigits};
use crate::protocol::device::Media;
use crate::protocol::id::CallId;
use crate::sim::leg::speech_length;
use crate::sim::login::fnv;
use crate::sim::requests::Refused;
use crate::sim::world::{World, span};
use crate::time::At;

/// A running play.
#[derive(Debug)]
pub(in crate::sim) struct Playing {
    /// When it is over; `None` while paused, and for a play without end.
    until: Option<At>,
    /// Seconds left while paused; `None` for a play without end.
    left: Option<f64>,
    paused: bool,
}

impl World {
    pub(in crate::sim) fn play(&mut self, command: &Play) -> Result<(), Refused> {
        let on = &command.on;
        let delay = self.script.calls.delay;
        let repeat = command.repeat.unwrap_or(1);
        let broken = command.play.iter().any(is_unreachable);
        let length = sounds_length(&command.play) * f64::from(repeat);
        let until = (repeat > 0).then(|| self.now.at + span(delay + length));
        let playing = Playing { until, left: None, paused: false };
        let key = self.begin(&on.call_id, Kind::Play, &on.control_id, Work::Play(playing))?;
        if broken {
            // The file cannot be fetched, which takes a moment to find out.
            self.void_steps(&on.call_id, key);
            self.report_in(delay + 0.8, &on.call_id, key, json!({ "state": "error" }));
            if let Some(leg) = self.legs.get_mut(&on.call_id) {
                leg.operations.retain(|operation| operation.key != key);
            }
            return Ok(());
        }
        self.report_in(delay, &on.call_id, key, json!({ "state": "playing" }));
        if repeat > 0 {
            self.step_in(delay + length, &on.call_id, key, Step::Over);
        }
        Ok(())
    }

    pub(in crate::sim) fn play_pause(&mut self, on: &OnAction) -> Result<(), Refused> {
        let key = self.find(&on.call_id, Kind::Play, &on.control_id)?;
        let now = self.now.at;
        let Some((playing, wait)) = self.playing(&on.call_id, key) else { return Ok(()) };
        if playing.paused {
            return Ok(());
        }
        playing.paused = true;
        playing.left = playing.until.take().map(|until| until.since(now).as_secs_f64());
        self.void_steps(&on.call_id, key);
        self.report_in(wait, &on.call_id, key, json!({ "state": "paused" }));
        Ok(())
    }

    pub(in crate::sim) fn play_resume(&mut self, on: &OnAction) -> Result<(), Refused> {
        let key = self.find(&on.call_id, Kind::Play, &on.control_id)?;
        let now = self.now.at;
        let Some((playing, wait)) = self.playing(&on.call_id, key) else { return Ok(()) };
        if !playing.paused {
            return Ok(());
        }
        playing.paused = false;
        let left = playing.left.take();
        playing.until = left.map(|left| now + span(left));
        self.report_in(wait, &on.call_id, key, json!({ "state": "playing" }));
        if let Some(left) = left {
            self.step_in(left.max(wait + 0.01), &on.call_id, key, Step::Over);
        }
        Ok(())
    }

    /// A play that is not being stopped, and how long its next event has to wait to stay in order.
    fn playing(&mut self, call_id: &CallId, key: OperationKey) -> Option<(&mut Playing, f64)> {
        let now = self.now.at;
        let operation = self.operation(call_id, key).filter(|operation| !operation.stopping)?;
        let wait = operation.opened.since(now).as_secs_f64() + REACTION;
        match &mut operation.work {
            Work::Play(playing) => Some((playing, wait)),
            _ => None,
        }
    }

    /// A volume change is heard, not reported; it only has to mean a running operation.
    pub(in crate::sim) fn volume(&self, on: &OnAction, kind: Kind) -> Result<(), Refused> {
        self.find(&on.call_id, kind, &on.control_id).map(drop)
    }

    pub(in crate::sim) fn send_digits(&mut self, command: &SendDigits) -> Result<(), Refused> {
        let on = &command.on;
        let key = self.begin(&on.call_id, Kind::SendDigits, &on.control_id, Work::SendDigits)?;
        let length: f64 = command.digits.chars().map(key_length).sum();
        self.step_in(self.script.calls.delay + length, &on.call_id, key, Step::Over);
        Ok(())
    }
}

/// Seconds one character of `send_digits` takes (relay-protocol 9, question 14).
fn key_length(key: char) -> f64 {
    match key {
        'w' => 0.5,
        'W' => 1.0,
        _ => 0.25,
    }
}

/// Seconds a list of sounds lasts, once.
pub(in crate::sim) fn sounds_length(sounds: &[Media]) -> f64 {
    sounds.iter().map(sound_length).sum()
}

fn sound_length(sound: &Media) -> f64 {
    match sound {
        Media::Tts { text, .. } => speech_length(text) + 0.3,
        // The address decides, so that the same file is always as long.
        Media::Audio { url } => 5.0 + f64::from(fnv(url.as_bytes()) % 400) / 10.0,
        Media::Silence { duration } => *duration,
        // One cycle: two seconds of tone, four of silence.
        Media::Ringtone { duration, .. } => duration.unwrap_or(6.0),
    }
}

/// RFC 2606 promises that such a host never resolves.
fn is_unreachable(sound: &Media) -> bool {
    let Media::Audio { url } = sound else { return false };
    let host = url.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next());
    host.is_some_and(|host| host.ends_with(".invalid"))
}
