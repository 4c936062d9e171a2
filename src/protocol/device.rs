//! Endpoints of dial, connect and tap, and the media that play and prompt take, in their wire form.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::frame::plain;

/// An endpoint: `{"type": …, "params": {…}}` (relay-protocol 2.6). Any type and any parameter is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Device {
    /// `phone`, `sip`, `webrtc`, `agora`, `call`, `queue`, `stream`; for taps `rtp` or `ws`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The parameters of that type.
    #[serde(default)]
    pub params: Map<String, Value>,
}

/// Who is rung, in which order: the outer list one after another, each inner list at the same time.
pub type DevicePlan = Vec<Vec<Device>>;

impl Device {
    /// A device of any type. `params` that are no object become an empty one.
    #[must_use]
    pub fn new(kind: &str, params: Value) -> Self {
        let params = if let Value::Object(params) = params { params } else { Map::new() };
        Self { kind: kind.to_owned(), params }
    }

    /// A telephone. `to` is E.164. Where `from` is not given, the number of the originating call is used.
    #[must_use]
    pub fn phone(to: &str) -> Self {
        Self::new("phone", json!({ "to_number": to }))
    }

    /// A SIP endpoint; both addresses are SIP URIs.
    #[must_use]
    pub fn sip(to: &str, from: &str) -> Self {
        Self::new("sip", json!({ "to": to, "from": from }))
    }

    /// The calling number or address.
    #[must_use]
    pub fn from(mut self, from: &str) -> Self {
        let key = if self.kind == "phone" { "from_number" } else { "from" };
        self.params.insert(key.into(), from.into());
        self
    }

    /// How long it rings, in seconds (1 to 600; the service's default is 30).
    #[must_use]
    pub fn timeout(self, seconds: u32) -> Self {
        self.with("timeout", seconds)
    }

    /// Any further parameter of the type, under its wire name.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.params.insert(key.to_owned(), value.into());
        self
    }

    /// The calling party, from whichever field the type has.
    #[must_use]
    pub fn from_address(&self) -> Option<Cow<'_, str>> {
        self.first(&["from_number", "from"])
    }

    /// The called party, from whichever field the type has.
    #[must_use]
    pub fn to_address(&self) -> Option<Cow<'_, str>> {
        self.first(&["to_number", "to", "queue_name", "call_id", "channel", "url"])
    }

    /// Ring time in seconds, if one was given.
    #[must_use]
    pub fn ring_timeout(&self) -> Option<f64> {
        let value = self.params.get("timeout")?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    }

    fn first(&self, keys: &[&str]) -> Option<Cow<'_, str>> {
        keys.iter()
            .find_map(|key| self.params.get(*key))
            .filter(|value| !value.is_null())
            .map(|value| value.as_str().map_or_else(|| Cow::Owned(plain(value)), Cow::Borrowed))
    }
}

/// One item of a play list, in wire form (relay-protocol 3.5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "params", rename_all = "snake_case")]
pub enum Media {
    /// A sound file.
    Audio {
        /// http or https address of the sound.
        url: String,
    },
    /// Speech.
    Tts {
        /// What is said.
        text: String,
        /// BCP-47 tag; the service's default is `en-US`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        /// `male` or `female` (default).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gender: Option<String>,
        /// A named voice, where the service accepts one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        voice: Option<String>,
    },
    /// Nothing for a while.
    Silence {
        /// Seconds.
        duration: f64,
    },
    /// A country's ringing tone.
    Ringtone {
        /// Code of relay-protocol 5, such as `us`.
        name: String,
        /// Seconds; one cycle when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration: Option<f64>,
    },
}

impl Media {
    /// A sound file at an http or https address.
    #[must_use]
    pub fn audio(url: &str) -> Self {
        Self::Audio { url: url.to_owned() }
    }

    /// Speech in the service's default language and voice.
    #[must_use]
    pub fn tts(text: &str) -> Self {
        Self::Tts { text: text.to_owned(), language: None, gender: None, voice: None }
    }

    /// Silence of so many seconds.
    #[must_use]
    pub const fn silence(seconds: f64) -> Self {
        Self::Silence { duration: seconds }
    }

    /// A country's ringing tone, one cycle.
    #[must_use]
    pub fn ringtone(name: &str) -> Self {
        Self::Ringtone { name: name.to_owned(), duration: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_has_the_nested_wire_form() {
        let media = vec![Media::tts("Hi"), Media::silence(1.0)];
        assert_eq!(
            serde_json::to_value(media).unwrap(),
            json!([{"type":"tts","params":{"text":"Hi"}},{"type":"silence","params":{"duration":1.0}}])
        );
    }

    #[test]
    fn addresses_are_read_from_every_device_type() {
        assert_eq!(Device::sip("sip:b@x", "sip:a@x").from_address().as_deref(), Some("sip:a@x"));
        assert_eq!(Device::new("queue", json!({"queue_name":"vip"})).to_address().as_deref(), Some("vip"));
        assert_eq!(Device::phone("+12025550123").from("+1202").from_address().as_deref(), Some("+1202"));
        let text: Device = serde_json::from_value(json!({"type":"phone","params":{"timeout":"20"}})).unwrap();
        assert_eq!(text.ring_timeout(), Some(20.0));
    }
}
