//! Carries out commands: who may, on which call, and what is answered.

use serde_json::{Map, Value, json};

use super::leg::LegDue;
use super::operations::Kind;
use super::requests::{Refused, refused};
use super::script::GoneAnswer;
use super::session::SessionKey;
use super::world::World;
use crate::protocol::calling::{Command, Echo, Refer, Target, Transfer};
use crate::protocol::id::CallId;
use crate::protocol::state::{CallState, Direction, EndReason};

impl World {
    /// Carries a command out for a session, or for another application of the same project (`None`).
    pub(super) fn execute(&mut self, actor: Option<SessionKey>, command: &Command) -> Result<Value, Refused> {
        let target = command.target();
        if let Some(call_id) = target.call_id {
            self.may_control(actor, call_id, &target, command)?;
        }
        let mut more = Map::new();
        let message = match command {
            Command::Answer(_) | Command::Pass(_) | Command::End(_) | Command::Dial(_) => {
                self.call_command(actor, command)?
            }
            Command::Connect(_) | Command::Disconnect(_) | Command::Refer(_) | Command::Transfer(_) => {
                self.call_command(actor, command)?
            }
            Command::Denoise(_) | Command::DenoiseStop(_) | Command::Echo(_) => {
                self.call_command(actor, command)?
            }
            Command::Record(record) => {
                more.insert("url".into(), self.record(record)?.into());
                "Recording"
            }
            Command::Begin(begin) => {
                let (call_id, node_id) = self.begin_call(actor, begin)?;
                more.insert("call_id".into(), json!(call_id));
                more.insert("node_id".into(), json!(node_id));
                "Call started"
            }
            Command::Tap(tap) => {
                more.insert("source_device".into(), self.tap(tap)?);
                "Tapping"
            }
            _ => self.action_command(command)?,
        };
        Ok(accepted(message, &target, command, more))
    }

    /// Whether the call is there, alive, on that node, and controlled by whoever asks.
    fn may_control(
        &self,
        actor: Option<SessionKey>,
        call_id: &CallId,
        target: &Target<'_>,
        command: &Command,
    ) -> Result<(), Refused> {
        let Some(leg) = self.legs.get(call_id) else {
            return self.refused_as_gone(self.remembered.contains_key(call_id));
        };
        if target.node_id.is_some_and(|node_id| *node_id != leg.node_id) {
            return refused("404", "Call does not exist");
        }
        if actor.is_some() && leg.owner != actor {
            return refused("409", "Call is controlled by another client");
        }
        if leg.state.is_over() && !matches!(command, Command::End(_)) {
            return self.refused_as_gone(true);
        }
        Ok(())
    }

    /// What a call that is gone gets.
    pub(super) fn refused_as_gone<T>(&self, remembered: bool) -> Result<T, Refused> {
        match self.script.calls.gone {
            GoneAnswer::Told if remembered => refused("410", "Call has ended"),
            GoneAnswer::Told | GoneAnswer::NotFound => refused("404", "Call does not exist"),
            GoneAnswer::Failure => refused("500", "Internal error"),
        }
    }

    /// Commands on the call as a whole.
    fn call_command(
        &mut self,
        actor: Option<SessionKey>,
        command: &Command,
    ) -> Result<&'static str, Refused> {
        match command {
            Command::Answer(answer) => {
                let inbound = self.legs.get(&answer.on.call_id).map(|leg| &leg.direction);
                if inbound != Some(&Direction::Inbound) {
                    return refused("400", "Bad request: not an inbound call");
                }
                self.leg_in(0.0, &answer.on.call_id, LegDue::AppAnswers);
                Ok("Answered")
            }
            Command::Pass(on) => self.pass(actor, &on.call_id),
            Command::End(end) => {
                let reason = end.reason.clone().unwrap_or(EndReason::Hangup);
                self.leg_in(0.0, &end.on.call_id, LegDue::EndBy(reason));
                Ok("Disconnecting call")
            }
            Command::Dial(dial) => self.dial(actor, dial).map(|()| "Dialing"),
            Command::Connect(connect) => self.connect(connect).map(|()| "connecting"),
            Command::Disconnect(on) => {
                if !self.is_bridged(&on.call_id) {
                    return refused("409", "Call is not connected");
                }
                self.leg_in(0.0, &on.call_id, LegDue::Disconnect);
                Ok("Disconnecting")
            }
            Command::Refer(refer) => self.refer(refer),
            Command::Transfer(transfer) => self.transfer(transfer),
            Command::Denoise(on) => self.denoise(&on.call_id, true),
            Command::DenoiseStop(on) => self.denoise(&on.call_id, false),
            Command::Echo(echo) => self.echo(echo),
            _ => refused("400", "Bad request"),
        }
    }

    /// Commands that start or control an operation.
    fn action_command(&mut self, command: &Command) -> Result<&'static str, Refused> {
        let stopped = |()| "Stopping";
        match command {
            Command::Play(play) => self.play(play).map(|()| "Playing"),
            Command::PlayPause(on) => self.play_pause(on).map(|()| "Paused"),
            Command::PlayResume(on) => self.play_resume(on).map(|()| "Resumed"),
            Command::PlayVolume(change) => self.volume(&change.on, Kind::Play).map(|()| "Volume changed"),
            Command::PlayAndCollectVolume(change) => {
                self.volume(&change.on, Kind::Prompt).map(|()| "Volume changed")
            }
            Command::RecordPause(pause) => self.record_pause(pause).map(|()| "Paused"),
            Command::RecordResume(on) => self.record_resume(on).map(|()| "Resumed"),
            Command::Detect(detect) => self.detect(detect).map(|()| "Detecting"),
            Command::PlayAndCollect(prompt) => self.play_and_collect(prompt).map(|()| "Prompting"),
            Command::Collect(collect) => self.collect(collect).map(|()| "Collecting"),
            Command::CollectStartInputTimers(on) => self.start_input_timers(on).map(|()| "Timers started"),
            Command::SendDigits(send) => self.send_digits(send).map(|()| "Sending Digits"),
            Command::SendFax(fax) => {
                self.fax(&fax.on, Some(&fax.document), fax.identity.as_deref()).map(|()| "Sending fax")
            }
            Command::ReceiveFax(fax) => self.fax(&fax.on, None, None).map(|()| "Receiving fax"),
            Command::Stream(stream) => self.stream(stream).map(|()| "Streaming"),
            Command::Transcribe(transcribe) => self.transcribe(&transcribe.on).map(|()| "Transcribing"),
            Command::PlayStop(on) => self.stop(&on.call_id, Kind::Play, &on.control_id).map(stopped),
            Command::RecordStop(on) => self.stop(&on.call_id, Kind::Record, &on.control_id).map(stopped),
            Command::DetectStop(on) => self.stop(&on.call_id, Kind::Detect, &on.control_id).map(stopped),
            Command::PlayAndCollectStop(on) => {
                self.stop(&on.call_id, Kind::Prompt, &on.control_id).map(stopped)
            }
            Command::CollectStop(on) => self.stop(&on.call_id, Kind::Collect, &on.control_id).map(stopped),
            Command::TapStop(on) => self.stop(&on.call_id, Kind::Tap, &on.control_id).map(stopped),
            Command::SendFaxStop(on) => self.stop(&on.call_id, Kind::SendFax, &on.control_id).map(stopped),
            Command::ReceiveFaxStop(on) => {
                self.stop(&on.call_id, Kind::ReceiveFax, &on.control_id).map(stopped)
            }
            Command::StreamStop(on) => self.stop(&on.call_id, Kind::Stream, &on.control_id).map(stopped),
            Command::TranscribeStop(on) => {
                self.stop(&on.call_id, Kind::Transcribe, &on.control_id).map(stopped)
            }
            _ => refused("400", "Bad request"),
        }
    }

    fn denoise(&mut self, call_id: &CallId, on: bool) -> Result<&'static str, Refused> {
        let delay = self.script.calls.delay;
        let Some(leg) = self.legs.get_mut(call_id).filter(|leg| leg.is_answered()) else {
            return refused("409", "Call is not answered");
        };
        leg.denoised = on;
        self.call_event_in(delay, call_id, None, "calling.call.denoise", json!({ "denoised": on }));
        Ok(if on { "Denoiser on" } else { "Denoiser off" })
    }

    fn refer(&mut self, refer: &Refer) -> Result<&'static str, Refused> {
        let call_id = &refer.on.call_id;
        let Some(leg) = self.legs.get(call_id).filter(|leg| leg.is_answered()) else {
            return refused("409", "Call is not answered");
        };
        if leg.device.kind != "sip" {
            return refused("400", "Bad request: not a SIP call");
        }
        let delay = self.script.calls.delay;
        let to = refer.device.to_address().unwrap_or_default().into_owned();
        let event = |state: &str, refer_code: &str, notify_code: &str| {
            json!({
                "state": state,
                "sip_refer_to": to,
                "sip_refer_response_code": refer_code,
                "sip_notify_response_code": notify_code,
            })
        };
        self.call_event_in(delay, call_id, None, "calling.call.refer", event("inProgress", "202", "100"));
        self.call_event_in(delay + 2.0, call_id, None, "calling.call.refer", event("success", "202", "200"));
        self.leg_in(delay + 2.4, call_id, LegDue::HangUp);
        Ok("Starting SIP REFER")
    }

    /// Control is lost; with `context:<name>` another consumer is offered the call.
    fn transfer(&mut self, transfer: &Transfer) -> Result<&'static str, Refused> {
        let call_id = &transfer.on.call_id;
        if self.legs.get(call_id).is_none_or(|leg| !leg.is_answered()) {
            return refused("409", "Call is not answered");
        }
        let context = transfer.dest.strip_prefix("context:").map(str::to_owned);
        self.leg_in(0.0, call_id, LegDue::Transfer(context));
        Ok("Transferring")
    }

    fn echo(&mut self, echo: &Echo) -> Result<&'static str, Refused> {
        let call_id = &echo.on.call_id;
        if self.legs.get(call_id).is_none_or(|leg| !leg.is_answered()) {
            return refused("409", "Call is not answered");
        }
        let delay = self.script.calls.delay;
        self.call_event_in(delay, call_id, None, "calling.call.echo", json!({ "state": "echoing" }));
        if let Some(seconds) = echo.timeout.filter(|seconds| *seconds > 0.0) {
            let body = json!({ "state": "finished" });
            self.call_event_in(delay + seconds, call_id, None, "calling.call.echo", body);
        }
        Ok("Echo started")
    }

    /// An application's deed of an arrival. What is refused, for example on a call that is ending, is dropped.
    pub(super) fn app_deed(&mut self, call_id: &CallId, index: usize) {
        let script = self.script.clone();
        let Some(leg) = self.legs.get(call_id).filter(|leg| leg.state == CallState::Answered) else { return };
        let node_id = leg.node_id.clone();
        let Some(deed) = leg.arrival.and_then(|arrival| script.arrivals.get(arrival)?.does.get(index)) else {
            return;
        };
        let named = deed.control.as_ref().and_then(|name| leg.controls.get(name).cloned());
        let control_id = named.unwrap_or_else(|| self.ids.next());
        if let Some(leg) = self.legs.get_mut(call_id) {
            let name = deed.control.clone().unwrap_or_else(|| control_id.to_string());
            leg.controls.insert(name, control_id.clone());
        }
        let Ok(command) = deed.request(call_id.as_str(), node_id.as_str(), control_id.as_str()) else {
            return;
        };
        drop(self.execute(None, &command));
    }
}

/// The result of a command that was taken: R0, R1 or R2 of relay-protocol 3.0, and what the method adds.
fn accepted(message: &str, target: &Target<'_>, command: &Command, more: Map<String, Value>) -> Value {
    let mut result = Map::new();
    result.insert("code".into(), "200".into());
    result.insert("message".into(), message.into());
    let names_call = target.control_id.is_some() || matches!(command, Command::Pass(_));
    if let Some(call_id) = target.call_id.filter(|_| names_call) {
        result.insert("call_id".into(), json!(call_id));
    }
    if let Some(control_id) = target.control_id {
        result.insert("control_id".into(), json!(control_id));
    }
    result.extend(more);
    Value::Object(result)
}
