//! What a call amounts to in a word: whether it is recorded, who answered it, and what on it is overdue.

use std::time::Duration;

use super::action::{Action, Phase};
use super::call::Call;
use crate::catalog::{ActionKind, Control};
use crate::protocol::CallState;
use crate::time::At;

/// How a call is recorded. While one of several recordings runs, the call is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recording {
    /// Recordings there are, all of them paused.
    Paused,
    /// One was asked for. Nothing is known to run yet.
    Asked,
    /// One was asked for, and nobody knows what became of it.
    Unknown,
    /// One runs.
    Running,
}

/// What machine detection says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amd {
    /// A detector listens and has said nothing yet.
    Waiting,
    /// A person answered.
    Human,
    /// A machine answered.
    Machine,
    /// The detector could not tell.
    Unknown,
    /// It ended and said nothing.
    Silent,
}

/// Something that should have happened by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// Its end is certain and passed so long ago.
    NoEnd(Duration),
    /// A control was asked for so long ago and shows no effect.
    NoEffect(Control, Duration),
    /// It was accepted so long ago and has not reported once.
    NoEvent(Duration),
}

impl Call {
    /// How it is recorded; `None` when nothing records it.
    #[must_use]
    pub fn recording(&self) -> Option<Recording> {
        let of = |action: &Action| match action.phase {
            Phase::Running => Recording::Running,
            Phase::Unknown(_) => Recording::Unknown,
            Phase::Paused => Recording::Paused,
            Phase::Requested
            | Phase::Accepted
            | Phase::Done { .. }
            | Phase::Refused(_)
            | Phase::NotSent(_) => Recording::Asked,
        };
        self.running().filter(|action| action.kind == ActionKind::Record).map(of).max()
    }

    /// How many recordings ever ran on it.
    #[must_use]
    pub fn recordings(&self) -> usize {
        let ran = |action: &&Action| {
            action.kind == ActionKind::Record
                && action.started_at.is_some()
                && !matches!(action.phase, Phase::Refused(_) | Phase::NotSent(_))
        };
        self.actions.iter().filter(ran).count()
    }

    /// Its newest detector of machines, if it ever had one.
    #[must_use]
    pub fn detector(&self) -> Option<&Action> {
        let mut detectors = self.actions.iter().rev().filter(|action| action.kind == ActionKind::Detect);
        detectors.find(|action| {
            let asked = || action.ours.payload.pointer("/detect/type").and_then(serde_json::Value::as_str);
            let kind = action.yields.detector.as_deref().or_else(asked);
            !matches!(kind, Some("digit" | "fax"))
        })
    }

    /// How long its newest machine detector took to its first word, or has listened so far. One that somebody else
    /// started counts from the answer: nobody told us when it began.
    #[must_use]
    pub fn verdict_after(&self, now: At) -> Option<Duration> {
        let detector = self.detector()?;
        let begin = if detector.was_asked() {
            Some(detector.requested_at)
        } else {
            self.entered(&CallState::Answered)
        };
        Some(detector.yields.heard_at.or(detector.ended_at).unwrap_or(now).since(begin?))
    }

    /// What its newest machine detector says; `None` when there was none.
    #[must_use]
    pub fn amd(&self) -> Option<Amd> {
        let newest = self.detector()?;
        let heard = newest.yields.heard.iter().map(String::as_str).find(|word| *word != "NOT_READY");
        Some(match heard {
            Some("HUMAN") => Amd::Human,
            Some("MACHINE" | "READY") => Amd::Machine,
            Some(_) => Amd::Unknown,
            None if newest.is_live() => Amd::Waiting,
            None => Amd::Silent,
        })
    }

    /// What on it is overdue, of its newest action first.
    #[must_use]
    pub fn overdue(&self, now: At) -> Option<(&Action, Overdue)> {
        self.running().rev().find_map(|action| Some((action, action.overdue(now)?)))
    }
}

impl Action {
    /// How long its end may keep us waiting.
    pub const END_WITHIN: Duration = Duration::from_secs(5);
    /// How far a guess at its length may be off, besides being three times too short.
    const GUESS_OFF: Duration = Duration::from_secs(30);
    /// How long the effect of a control may keep us waiting.
    pub const EFFECT_WITHIN: Duration = Duration::from_secs(5);
    /// How long its first event may keep us waiting.
    pub const EVENT_WITHIN: Duration = Duration::from_secs(10);

    /// What is known of its end: how long it takes without pauses, and whether that is a guess.
    #[must_use]
    pub fn expected(&self) -> Option<(Duration, bool)> {
        if self.kind != ActionKind::Play || self.ours.payload["loop"].as_u64().is_some_and(|times| times != 1)
        {
            return None;
        }
        let (mut seconds, mut guess) = (0.0, false);
        for media in self.ours.payload["play"].as_array()? {
            let params = &media["params"];
            match media["type"].as_str()? {
                "silence" => seconds += params["duration"].as_f64()?,
                "tts" => {
                    // Speech runs at about fourteen characters a second.
                    let characters = params["text"].as_str()?.chars().count();
                    seconds += (u32::try_from(characters).map_or(0.0, f64::from) / 14.0).max(1.0);
                    guess = true;
                }
                _ => return None,
            }
        }
        Some((Duration::try_from_secs_f64(seconds).ok()?, guess))
    }

    /// When it must be over, unless something went wrong: a certain length, or the longest that a detector listens
    /// by what it was started with.
    fn ends_within(&self) -> Option<Duration> {
        match self.kind {
            ActionKind::Detect if self.was_asked() => {
                let seconds =
                    self.ours.payload.get("timeout").map_or(Some(30.0), serde_json::Value::as_f64)?;
                Duration::try_from_secs_f64(seconds).ok()
            }
            // A guess is given room to be wrong.
            _ => {
                self.expected().map(|(whole, guess)| if guess { whole * 3 + Self::GUESS_OFF } else { whole })
            }
        }
    }

    /// What should have happened to it by now and did not.
    #[must_use]
    pub fn overdue(&self, now: At) -> Option<Overdue> {
        use ActionKind::{Connect, Play, Record, Stream, Tap};
        // What is in doubt may have come without a word of it.
        if self.is_over() || self.doubt.is_some() {
            return None;
        }
        if let Some(asked) = self.ours.asked {
            let waited = now.since(asked.at);
            if waited > Self::EFFECT_WITHIN {
                return Some(Overdue::NoEffect(asked.control, waited));
            }
        }
        match self.phase {
            // Only what reports its beginning owes us one.
            Phase::Accepted if matches!(self.kind, Play | Record | Tap | Stream | Connect) => {
                let waited = now.since(self.requested_at);
                (waited > Self::EVENT_WITHIN).then_some(Overdue::NoEvent(waited))
            }
            Phase::Accepted | Phase::Running => {
                let over = self.ran_for(now).checked_sub(self.ends_within()?)?;
                (over > Self::END_WITHIN).then_some(Overdue::NoEnd(over))
            }
            Phase::Requested
            | Phase::Paused
            | Phase::Unknown(_)
            | Phase::Done { .. }
            | Phase::Refused(_)
            | Phase::NotSent(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::client::Outcome;
    use crate::protocol::event::{Report, State};
    use crate::protocol::frame::Reply;

    fn at(seconds: f64) -> At {
        At::START + Duration::from_secs_f64(seconds)
    }

    fn done() -> Outcome {
        Outcome::Done(Reply { code: "200".into(), message: "".into(), body: Value::Null })
    }

    fn playing(seconds: f64) -> Action {
        let payload = json!({"play":[{"type":"silence","params":{"duration":seconds}}]});
        let mut action =
            Action::requested("c".into(), ActionKind::Play, "play_silence", Arc::new(payload), at(0.0));
        action.outcome(&done(), at(0.1));
        action.report(&Report::Play(State { state: "playing".into() }), &"".into(), at(1.0));
        action
    }

    #[test]
    fn an_end_that_is_certain_is_missed() {
        let action = playing(10.0);
        assert_eq!(action.overdue(at(15.9)), None);
        assert_eq!(action.overdue(at(16.5)), Some(Overdue::NoEnd(Duration::from_millis(5_500))));
    }

    #[test]
    fn an_end_that_is_a_guess_is_missed_when_no_guess_can_be_so_wrong() {
        let payload = json!({"play":[{"type":"tts","params":{"text":"Twenty-eight letters, or so."}}]});
        let mut action =
            Action::requested("c".into(), ActionKind::Play, "play_tts", Arc::new(payload), at(0.0));
        action.outcome(&done(), at(0.1));
        action.report(&Report::Play(State { state: "playing".into() }), &"".into(), at(1.0));
        assert_eq!(action.overdue(at(40.0)), None, "three times two seconds, and half a minute");
        assert!(matches!(action.overdue(at(43.0)), Some(Overdue::NoEnd(_))));
    }

    #[test]
    fn pauses_are_not_counted() {
        let mut action = playing(10.0);
        let say = |action: &mut Action, word: &str, when: f64| {
            let report = Report::Play(State { state: word.into() });
            action.report(&report, &"".into(), at(when));
        };
        say(&mut action, "paused", 2.0);
        assert_eq!(action.overdue(at(100.0)), None);
        say(&mut action, "playing", 100.0);
        assert_eq!(action.overdue(at(113.0)), None);
        assert!(action.overdue(at(115.0)).is_some());
    }

    #[test]
    fn a_control_without_effect_is_missed() {
        let mut action = playing(600.0);
        action.ask(Control::Stop, None, at(2.0));
        assert_eq!(action.overdue(at(6.9)), None);
        assert!(matches!(action.overdue(at(7.5)), Some(Overdue::NoEffect(Control::Stop, _))));
    }

    #[test]
    fn what_never_reports_is_missed_if_it_owes_a_report() {
        let start = |kind, payload: Value| {
            let mut action = Action::requested("c".into(), kind, "m", Arc::new(payload), at(0.0));
            assert_eq!(action.overdue(at(100.0)), None, "asked for is not accepted");
            action.outcome(&done(), at(0.1));
            action
        };
        let record = start(ActionKind::Record, json!({"record":{"audio":{}}}));
        assert_eq!(record.overdue(at(9.9)), None);
        assert_eq!(record.overdue(at(11.0)), Some(Overdue::NoEvent(Duration::from_secs(11))));
        let detect = start(ActionKind::Detect, json!({"detect":{"type":"machine"},"timeout":20}));
        assert_eq!(detect.overdue(at(24.0)), None);
        assert!(matches!(detect.overdue(at(26.0)), Some(Overdue::NoEnd(_))));
        assert_eq!(start(ActionKind::SendDigits, json!({"digits":"1"})).overdue(at(60.0)), None);
    }
}
