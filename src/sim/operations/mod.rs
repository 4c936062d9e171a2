//! Operations that run on a call under a control id: beginning, time, control, end. One file per kind.

pub(super) mod attempt;
mod bridge;
mod collect;
mod detect;
mod fax;
mod listen;
mod play;
mod record;

use serde_json::{Value, json};

use super::requests::{Refused, refused};
use super::script::StrayControl;
use super::world::{Due, World};
use crate::protocol::id::{CallId, ControlId};
use crate::time::At;
use collect::Collecting;
use detect::{Detecting, Verdict};
use fax::Faxing;
use listen::{Streaming, Tapping, Transcribing};
use play::Playing;
use record::Recording;

/// Seconds from the answer to a control command to the event it causes.
const REACTION: f64 = 0.04;

/// Names an operation inside the world; control ids may come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationKey(pub u64);

/// The kinds, which are also the scopes of control ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Play,
    Record,
    Detect,
    Prompt,
    Collect,
    SendDigits,
    Tap,
    SendFax,
    ReceiveFax,
    Stream,
    Transcribe,
}

impl Kind {
    const fn event_type(self) -> &'static str {
        match self {
            Self::Play => "calling.call.play",
            Self::Record => "calling.call.record",
            Self::Detect => "calling.call.detect",
            Self::Prompt | Self::Collect => "calling.call.collect",
            Self::SendDigits => "calling.call.send_digits",
            Self::Tap => "calling.call.tap",
            Self::SendFax | Self::ReceiveFax => "calling.call.fax",
            Self::Stream => "calling.call.stream",
            Self::Transcribe => "calling.call.transcribe",
        }
    }
}

/// One running operation.
#[derive(Debug)]
pub(super) struct Operation {
    pub key: OperationKey,
    pub kind: Kind,
    pub control_id: ControlId,
    /// Steps entered under an older epoch are void.
    epoch: u32,
    /// When its first event is due; nothing may come before it.
    opened: At,
    stopping: bool,
    pub work: Work,
}

/// What is peculiar to the kinds.
#[derive(Debug)]
pub(super) enum Work {
    Play(Playing),
    Record(Recording),
    Detect(Detecting),
    Collect(Collecting),
    SendDigits,
    Tap(Tapping),
    Fax(Faxing),
    Stream(Streaming),
    Transcribe(Transcribing),
}

/// What can be due in an operation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Its stop takes effect.
    Stopped,
    /// It is through by itself.
    Over,
    /// Nothing came in time.
    TimedOut,
    /// A prompt's sound is over.
    Heard,
    /// The next key did not come in time.
    Between,
    /// A recogniser has understood this much, for good or not yet.
    Words { text: String, done: bool },
    /// A detector has something to say.
    Verdict(Verdict),
    /// A page went through.
    Page(u32),
}

/// Why an operation is closed from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    Stopped,
    CallEnded,
}

impl World {
    /// Enters an operation on an answered call. Its first event may come after the usual delay.
    fn begin(
        &mut self,
        call_id: &CallId,
        kind: Kind,
        control_id: &ControlId,
        work: Work,
    ) -> Result<OperationKey, Refused> {
        let key = OperationKey(self.next_key());
        let opened = self.now.at + super::world::span(self.script.calls.delay);
        let Some(leg) = self.legs.get_mut(call_id) else { return refused("404", "Call does not exist") };
        if !leg.is_answered() {
            return refused("409", "Call is not answered");
        }
        if leg.operations.iter().any(|op| op.kind == kind && op.control_id == *control_id) {
            return refused("409", "Control id is already in use");
        }
        if kind == Kind::Transcribe && leg.operations.iter().any(|op| op.kind == kind) {
            return refused("409", "Call is already being transcribed");
        }
        let control_id = control_id.clone();
        leg.operations.push(Operation { key, kind, control_id, epoch: 0, opened, stopping: false, work });
        Ok(key)
    }

    /// The running operation a control command means.
    fn find(&self, call_id: &CallId, kind: Kind, control_id: &ControlId) -> Result<OperationKey, Refused> {
        let operations = self.legs.get(call_id).map_or(&[][..], |leg| &leg.operations);
        match operations.iter().find(|op| op.kind == kind && op.control_id == *control_id) {
            Some(operation) => Ok(operation.key),
            None if self.script.calls.stray_control == StrayControl::AsGone => self.refused_as_gone(false),
            None => refused("404", "Control id not found"),
        }
    }

    fn operation(&mut self, call_id: &CallId, key: OperationKey) -> Option<&mut Operation> {
        self.legs.get_mut(call_id)?.operations.iter_mut().find(|operation| operation.key == key)
    }

    /// Whether the application of the call's arrival started it.
    fn is_of_application(&self, call_id: &CallId, key: OperationKey) -> bool {
        self.legs.get(call_id).is_some_and(|leg| {
            let operation = leg.operations.iter().find(|operation| operation.key == key);
            operation.is_some_and(|operation| leg.controls.values().any(|id| *id == operation.control_id))
        })
    }

    /// Enters a step under the operation's present epoch.
    fn step_in(&mut self, seconds: f64, call_id: &CallId, key: OperationKey, step: Step) {
        let Some(epoch) = self.operation(call_id, key).map(|operation| operation.epoch) else { return };
        self.after(seconds, Due::Step(call_id.clone(), key, epoch, step));
    }

    /// Voids every step entered so far.
    fn void_steps(&mut self, call_id: &CallId, key: OperationKey) {
        if let Some(operation) = self.operation(call_id, key) {
            operation.epoch += 1;
        }
    }

    pub(super) fn step(&mut self, call_id: &CallId, key: OperationKey, epoch: u32, step: &Step) {
        let Some(operation) = self.operation(call_id, key).filter(|operation| operation.epoch == epoch)
        else {
            return;
        };
        if *step == Step::Stopped {
            return self.close(call_id, key, Closing::Stopped);
        }
        match &operation.work {
            Work::Play(_) | Work::SendDigits => {
                self.finish(call_id, key, json!({ "state": "finished" }));
            }
            Work::Record(_) => self.record_step(call_id, key, step),
            Work::Detect(_) => self.detect_step(call_id, key, step),
            Work::Collect(_) => self.collect_step(call_id, key, step),
            Work::Fax(_) => self.fax_step(call_id, key, step),
            Work::Tap(_) | Work::Stream(_) | Work::Transcribe(_) => {}
        }
    }

    /// An event of the operation.
    fn report(&mut self, call_id: &CallId, key: OperationKey, body: Value) {
        let Some(operation) = self.operation(call_id, key) else { return };
        let (control_id, event_type) = (operation.control_id.clone(), operation.kind.event_type());
        self.call_event(call_id, Some(&control_id), event_type, body);
    }

    /// An event of the operation, some seconds from now.
    fn report_in(&mut self, seconds: f64, call_id: &CallId, key: OperationKey, body: Value) {
        let Some(operation) = self.operation(call_id, key) else { return };
        let (control_id, event_type) = (operation.control_id.clone(), operation.kind.event_type());
        self.call_event_in(seconds, call_id, Some(&control_id), event_type, body);
    }

    /// The last event of the operation.
    fn finish(&mut self, call_id: &CallId, key: OperationKey, body: Value) {
        self.report(call_id, key, body);
        if let Some(leg) = self.legs.get_mut(call_id) {
            leg.operations.retain(|operation| operation.key != key);
        }
    }

    /// A `.stop`: the operation ends a moment later, but not before it has begun.
    pub(super) fn stop(
        &mut self,
        call_id: &CallId,
        kind: Kind,
        control_id: &ControlId,
    ) -> Result<(), Refused> {
        let found = self.find(call_id, kind, control_id);
        if found.is_err() && self.script.calls.stray_control == StrayControl::Accepted {
            return Ok(());
        }
        let key = found?;
        let now = self.now.at;
        let Some(operation) = self.operation(call_id, key) else { return Ok(()) };
        if operation.stopping {
            return Ok(());
        }
        operation.stopping = true;
        operation.epoch += 1;
        let wait = operation.opened.since(now).as_secs_f64() + REACTION;
        self.step_in(wait, call_id, key, Step::Stopped);
        Ok(())
    }

    /// Final events of everything that runs on a call that ends.
    pub(super) fn finish_operations(&mut self, call_id: &CallId) {
        let keys: Vec<_> = self
            .legs
            .get(call_id)
            .map(|leg| leg.operations.iter().map(|operation| operation.key).collect())
            .unwrap_or_default();
        keys.into_iter().for_each(|key| self.close(call_id, key, Closing::CallEnded));
    }

    fn close(&mut self, call_id: &CallId, key: OperationKey, why: Closing) {
        let now = self.now;
        let Some(operation) = self.operation(call_id, key) else { return };
        let kind = operation.kind;
        let body = match &operation.work {
            Work::Play(_) | Work::SendDigits => json!({ "state": "finished" }),
            Work::Record(_) => return self.record_close(call_id, key, why),
            Work::Detect(detecting) => detecting.event("finished", false),
            Work::Collect(_) => return self.collect_close(call_id, key, why),
            Work::Tap(tapping) => tapping.event("finished"),
            Work::Fax(faxing) => faxing.closed(kind, why == Closing::CallEnded),
            Work::Stream(streaming) => streaming.event("finished"),
            Work::Transcribe(transcribing) => transcribing.finished(now),
        };
        self.finish(call_id, key, body);
    }

    /// The far end pressed a key: everything that listens hears it.
    pub(super) fn hear_digit(&mut self, call_id: &CallId, digit: char) {
        for key in self.operation_keys(call_id) {
            match self.operation(call_id, key).filter(|op| !op.stopping).map(|operation| &operation.work) {
                Some(Work::Collect(_)) => self.collect_digit(call_id, key, digit),
                Some(Work::Detect(_)) => self.detect_digit(call_id, key, digit),
                Some(Work::Record(_)) => self.record_digit(call_id, key, digit),
                Some(Work::Play(_) | Work::SendDigits | Work::Tap(_) | Work::Fax(_)) | None => {}
                Some(Work::Stream(_) | Work::Transcribe(_)) => {}
            }
        }
    }

    /// The far end begins to speak.
    pub(super) fn hear_speech(&mut self, call_id: &CallId, text: &str) {
        for key in self.operation_keys(call_id) {
            let operation = self.operation(call_id, key).filter(|op| !op.stopping);
            if let Some(Work::Collect(_)) = operation.map(|operation| &operation.work) {
                self.collect_speech(call_id, key, text);
            }
        }
    }

    /// The far end has spoken.
    pub(super) fn hear_spoken(&mut self, call_id: &CallId, text: &str) {
        for key in self.operation_keys(call_id) {
            let operation = self.operation(call_id, key).filter(|op| !op.stopping);
            if let Some(Work::Collect(_)) = operation.map(|operation| &operation.work) {
                self.collect_spoken(call_id, key, text);
            }
        }
    }

    fn operation_keys(&self, call_id: &CallId) -> Vec<OperationKey> {
        let operations = self.legs.get(call_id).map_or(&[][..], |leg| &leg.operations);
        operations.iter().map(|operation| operation.key).collect()
    }
}
