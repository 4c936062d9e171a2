//! Operations that only listen until they are stopped: tap, stream, transcribe.

use serde_json::{Value, json};

use super::{Kind, Work};
use crate::protocol::calling::{OnAction, Stream, Tap, is_reserved};
use crate::protocol::device::Device;
use crate::sim::login::fnv;
use crate::sim::requests::{Refused, refused};
use crate::sim::world::World;
use crate::time::Now;

/// A running tap.
#[derive(Debug)]
pub(in crate::sim) struct Tapping {
    direction: String,
    device: Device,
}

/// A running stream.
#[derive(Debug)]
pub(in crate::sim) struct Streaming {
    url: String,
    name: String,
}

/// A running transcription.
#[derive(Debug)]
pub(in crate::sim) struct Transcribing {
    recording_id: String,
    began: Now,
}

impl Tapping {
    pub(super) fn event(&self, state: &str) -> Value {
        json!({
            "state": state,
            "tap": { "type": "audio", "params": { "direction": self.direction } },
            "device": self.device,
        })
    }
}

impl Streaming {
    pub(super) fn event(&self, state: &str) -> Value {
        json!({ "state": state, "url": self.url, "name": self.name })
    }
}

impl Transcribing {
    fn began(&self) -> Value {
        json!({
            "state": "transcribing",
            "recording_id": self.recording_id,
            "url": format!("https://files.example.com/transcript/{}.json", self.recording_id),
            "start_time": self.began.wall.0 / 1_000_000,
        })
    }

    pub(super) fn finished(&self, now: Now) -> Value {
        let duration = (now.at.since(self.began.at).as_secs_f64() * 50.0).round() / 50.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
        let size = (duration * 180.0) as u64 + 64;
        let mut body = self.began();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("state".into(), json!("finished"));
            fields.insert("duration".into(), json!(duration));
            fields.insert("size".into(), json!(size));
            fields.insert("end_time".into(), json!(now.wall.0 / 1_000_000));
        }
        body
    }
}

impl World {
    /// Starts a tap; answers with the device the media comes from.
    pub(in crate::sim) fn tap(&mut self, command: &Tap) -> Result<Value, Refused> {
        let (on, asked) = (&command.on, &command.device);
        let address = asked.params.get("addr").and_then(Value::as_str).and_then(|text| text.parse().ok());
        if address.is_some_and(is_reserved) && !self.script.calls.private_taps {
            return refused("400", "Bad request: device.params.addr is not a public address");
        }
        let codec = asked.params.get("codec").and_then(Value::as_str).unwrap_or("PCMU").to_ascii_uppercase();
        let rate = asked.params.get("rate").and_then(Value::as_u64);
        let rate = rate.unwrap_or(if codec == "OPUS" { 48_000 } else { 8_000 });
        let ptime = asked.params.get("ptime").map_or_else(|| "20".into(), crate::protocol::frame::plain);
        let mut device = asked.clone();
        device.params.insert("codec".into(), json!(codec));
        if device.kind == "rtp" {
            // The service writes these two as text in events.
            let port = device.params.get("port").map(crate::protocol::frame::plain);
            device.params.insert("port".into(), json!(port));
            device.params.insert("ptime".into(), json!(ptime));
        } else {
            device.params.insert("rate".into(), json!(rate));
        }
        let port = 30_000 + (fnv(on.control_id.as_str().as_bytes()) % 5_000) * 2;
        let source = json!({ "type": "rtp", "params": {
            "addr": "198.51.100.7", "port": port, "codec": codec, "ptime": ptime.parse::<u64>().unwrap_or(20),
            "rate": rate,
        }});
        let tapping = Tapping { direction: command.tap.params.direction.to_string(), device };
        let body = tapping.event("tapping");
        let key = self.begin(&on.call_id, Kind::Tap, &on.control_id, Work::Tap(tapping))?;
        self.report_in(self.script.calls.delay, &on.call_id, key, body);
        Ok(source)
    }

    pub(in crate::sim) fn stream(&mut self, command: &Stream) -> Result<(), Refused> {
        let on = &command.on;
        let name = command.name.clone().unwrap_or_else(|| on.control_id.to_string());
        let streaming = Streaming { url: command.url.clone(), name };
        let body = streaming.event("streaming");
        let key = self.begin(&on.call_id, Kind::Stream, &on.control_id, Work::Stream(streaming))?;
        self.report_in(self.script.calls.delay, &on.call_id, key, body);
        Ok(())
    }

    pub(in crate::sim) fn transcribe(&mut self, on: &OnAction) -> Result<(), Refused> {
        let transcribing = Transcribing { recording_id: self.ids.next(), began: self.now };
        let body = transcribing.began();
        let key =
            self.begin(&on.call_id, Kind::Transcribe, &on.control_id, Work::Transcribe(transcribing))?;
        self.report_in(self.script.calls.delay, &on.call_id, key, body);
        Ok(())
    }
}
