//! The parameters of the commands, field by field as they stand on the wire (relay-protocol 3).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::super::device::{Device, DevicePlan, Media};
use super::super::id::{CallId, ControlId, NodeId, Tag};
use super::super::state::{EndReason, words};
use super::{Target, Targeted};

words! {
    /// Whose sound, seen from the platform.
    AudioDirection {
        /// What the party hears.
        Listen = "listen",
        /// What the party says.
        Speak = "speak",
        /// Both.
        Both = "both",
    }
}

words! {
    /// What a paused recording does with the gap.
    PauseBehavior {
        /// The gap is left out of the file.
        Skip = "skip",
        /// The gap is silence in the file.
        Silence = "silence",
    }
}

words! {
    /// What a detector listens for.
    DetectKind {
        /// An answering machine, or a person.
        Machine = "machine",
        /// Fax tones.
        Fax = "fax",
        /// Keys.
        Digit = "digit",
    }
}

/// A call on its node; all of a command that has no further parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCall {
    /// The media node that holds the call.
    pub node_id: NodeId,
    /// The call.
    pub call_id: CallId,
}

/// An operation on a call; all of a `.stop` and most other sub-commands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnAction {
    /// The media node that holds the call.
    pub node_id: NodeId,
    /// The call.
    pub call_id: CallId,
    /// The operation; made by the client, unique among the running ones of its kind on the call.
    pub control_id: ControlId,
}

/// `calling.answer`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The call.
    #[serde(flatten)]
    pub on: OnCall,
    /// Cap on the call's length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<f64>,
    /// Codecs to offer: PCMU, PCMA, OPUS, G729, G722, VP8, H264.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codecs: Vec<String>,
}

/// `calling.end`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The call.
    #[serde(flatten)]
    pub on: OnCall,
    /// Reported as the end reason; one of [`EndReason::SENDABLE`], default `hangup`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
}

/// `calling.dial`. Its response names no call; events with the tag do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dial {
    /// Outer list one after another, inner lists at the same time.
    pub devices: DevicePlan,
    /// Joins legs and events to this dial. Optional in the schema; without one nothing can be joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// Originating region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Price cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_price_per_minute: Option<f64>,
    /// Preferred node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<NodeId>,
    /// Cap on the call's length; its unit is disputed (relay-protocol 9, question 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<f64>,
}

/// `calling.begin`. Its response names the call, and only the call is reported on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// Whom to call.
    pub device: Device,
    /// Joins the call's events to this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// Originating region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Preferred node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<NodeId>,
    /// Cap on the call's length; its unit is disputed (relay-protocol 9, question 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<f64>,
}

/// `calling.connect`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connect {
    /// The originating leg.
    #[serde(flatten)]
    pub on: OnCall,
    /// Outer list one after another, inner lists at the same time.
    pub devices: DevicePlan,
    /// What the caller hears meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ringback: Vec<Media>,
    /// Tag of the created legs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// Cap on the bridge's length; its unit is disputed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<f64>,
    /// Price cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_price_per_minute: Option<f64>,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// `calling.play`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Play {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// What is played, in order; at least one.
    pub play: Vec<Media>,
    /// Decibels, −40 to +40; default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<f64>,
    /// Who hears it; default `listen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<AudioDirection>,
    /// How often; 0 is without end, default 1.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub repeat: Option<u32>,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// `calling.play.volume` and `calling.play_and_collect.volume`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// Decibels, −40 to +40.
    pub volume: f64,
}

/// `calling.record`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// What is recorded.
    pub record: RecordWhat,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// The `record` object: only sound exists.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordWhat {
    /// How the sound is recorded.
    pub audio: RecordAudio,
}

/// `record.audio`. Defaults are those of the v2 documents (relay-protocol 9, question 12).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordAudio {
    /// A beep before it starts; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beep: Option<bool>,
    /// `mp3` (default), `wav`, or `mp4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Two channels; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stereo: Option<bool>,
    /// Whose sound; default `speak`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<AudioDirection>,
    /// Seconds to wait for a voice; 0 is off, default 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_timeout: Option<f64>,
    /// Seconds of silence that end it; 0 is off, default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_silence_timeout: Option<f64>,
    /// Keys that end it; default `#*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminators: Option<String>,
    /// 0 to 100; default 44.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_sensitivity: Option<f64>,
    /// Longest file in seconds; 0 (default) is no cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<f64>,
}

/// `calling.record.pause`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPause {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// What becomes of the gap; default `skip` (relay-protocol 9, question 11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behavior: Option<PauseBehavior>,
}

/// `calling.detect`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detect {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// What for.
    pub detect: DetectWhat,
    /// Run time in seconds; default 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<f64>,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// The `detect` object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetectWhat {
    /// What it listens for.
    #[serde(rename = "type")]
    pub kind: DetectKind,
    /// Required even when empty.
    pub params: DetectParams,
}

/// `detect.params` of all three kinds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DetectParams {
    /// Machine: seconds to wait for a voice; default 4.5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_timeout: Option<f64>,
    /// Machine: seconds of silence that end the voice; default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_silence_timeout: Option<f64>,
    /// Machine: seconds of voice that mean a machine; default 1.25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_voice_threshold: Option<f64>,
    /// Machine: words that mean a machine; default 6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_words_threshold: Option<f64>,
    /// Machine: seconds of silence before `READY`; default `end_silence_timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_ready_timeout: Option<f64>,
    /// Machine: go on after `READY`, to report `NOT_READY`; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detect_interruptions: Option<bool>,
    /// Machine: wait for the end of the greeting; default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detect_message_end: Option<bool>,
    /// Fax: `CED` (default) or `CNG`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tone: Option<String>,
    /// Digit: the keys to look for; default `0123456789#*`, empty is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<String>,
}

/// `calling.play_and_collect`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlayAndCollect {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// The prompt; at least one sound.
    pub play: Vec<Media>,
    /// What is taken.
    pub collect: CollectWhat,
    /// Decibels, −40 to +40; default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<f64>,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// What a prompt or a collect takes: digits, speech, or whichever comes first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CollectWhat {
    /// Seconds to wait for the first input; default 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_timeout: Option<f64>,
    /// Take keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<CollectDigits>,
    /// Take words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech: Option<CollectSpeech>,
}

/// How keys are taken.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CollectDigits {
    /// The most keys; at least 1.
    pub max: u32,
    /// The fewest keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// Keys that end the input early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminators: Option<String>,
    /// Seconds between keys; default 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digit_timeout: Option<f64>,
}

/// How words are taken.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CollectSpeech {
    /// Seconds of silence that end the words; default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_silence_timeout: Option<f64>,
    /// Longest speech in seconds; default 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech_timeout: Option<f64>,
    /// BCP-47; default `en-US`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Words to expect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// Recogniser model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// `Google`, `Google.V2` or `Deepgram`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
}

/// `calling.collect`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Collect {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// What is taken.
    #[serde(flatten)]
    pub what: CollectWhat,
    /// Report words before they are final; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial_results: Option<bool>,
    /// Go on after a result; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continuous: Option<bool>,
    /// Report the first sound; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_start_of_input: Option<bool>,
    /// Let the initial timeout run at once; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_input_timers: Option<bool>,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// `calling.send_digits`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendDigits {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// `0-9 * # A B C D`, and `w` (0.5 s) and `W` (1 s) to wait.
    pub digits: String,
}

/// `calling.tap`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tap {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// What is copied.
    pub tap: TapWhat,
    /// Where to: `rtp` with `addr`, `port`, `ptime?`, `codec?`, or `ws` with `uri`, `codec?`, `rate?`.
    pub device: Device,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// The `tap` object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapWhat {
    /// Only `audio` exists.
    #[serde(rename = "type")]
    pub kind: String,
    /// How.
    pub params: TapParams,
}

/// `tap.params`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapParams {
    /// Whose sound.
    pub direction: AudioDirection,
}

/// `calling.send_fax`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendFax {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// http(s) address of a PDF.
    pub document: String,
    /// Our identity; default the call's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Text on each page; default `SignalWire`, empty is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_info: Option<String>,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// `calling.receive_fax`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiveFax {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// `calling.stream`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// The operation.
    #[serde(flatten)]
    pub on: OnAction,
    /// `wss://` address.
    pub url: String,
    /// A name for the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Codec of the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec: Option<String>,
    /// `inbound_track` (default), `outbound_track`, `both_tracks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    /// Sent as an `Authorization: Bearer` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_bearer_token: Option<String>,
    /// Sent with the start of the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_parameters: Option<Map<String, Value>>,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// `calling.transcribe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcribe {
    /// The operation; one per call.
    #[serde(flatten)]
    pub on: OnAction,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// `calling.refer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refer {
    /// The call.
    #[serde(flatten)]
    pub on: OnCall,
    /// A `sip` device with `to`, and maybe `from`, `username`, `password`, `headers`.
    pub device: Device,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

/// `calling.transfer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The call.
    #[serde(flatten)]
    pub on: OnCall,
    /// https address of SWML, SWML text, or `context:<name>`.
    pub dest: String,
}

/// `calling.echo`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Echo {
    /// The call.
    #[serde(flatten)]
    pub on: OnCall,
    /// Seconds; 0 (default) is until the call ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<f64>,
    /// Webhook for progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
}

impl Targeted for OnCall {
    fn target(&self) -> Target<'_> {
        Target { call_id: Some(&self.call_id), node_id: Some(&self.node_id), control_id: None }
    }
}

impl Targeted for OnAction {
    fn target(&self) -> Target<'_> {
        Target {
            call_id: Some(&self.call_id),
            node_id: Some(&self.node_id),
            control_id: Some(&self.control_id),
        }
    }
}

impl Targeted for Dial {
    fn target(&self) -> Target<'_> {
        Target::default()
    }
}

impl Targeted for Begin {
    fn target(&self) -> Target<'_> {
        Target::default()
    }
}

macro_rules! targeted {
    ($($name:ident)+) => {$(
        impl Targeted for $name {
            fn target(&self) -> Target<'_> {
                self.on.target()
            }
        }
    )+};
}

targeted! {
    Answer End Connect Play Volume Record RecordPause Detect PlayAndCollect Collect SendDigits Tap
    SendFax ReceiveFax Stream Transcribe Refer Transfer Echo
}
