//! What the service reports: `signalwire.event`, typed. Unknown and malformed events are values, not failures.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::device::Device;
use super::frame::is_object;
use super::id::{CallId, ControlId, NodeId, Tag};
use super::secret::Secret;
use super::state::{CallState, Direction, EndReason};
use super::{Shown, lenient};

/// The `params` of a `signalwire.event` frame, its body still raw.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    /// For example `calling.call.play`.
    #[serde(borrow, default)]
    pub event_type: Cow<'a, str>,
    /// Seconds since the epoch by the server's clock.
    #[serde(default, deserialize_with = "lenient::number")]
    pub timestamp: Option<f64>,
    /// The body.
    #[serde(borrow, default)]
    pub params: Option<&'a RawValue>,
}

impl Envelope<'_> {
    /// The blob for quick re-authentication, if this brings one.
    #[must_use]
    pub fn authorization_state(&self) -> Option<Secret> {
        if self.event_type != "signalwire.authorization.state" {
            return None;
        }
        match Event::parse(&self.event_type, self.params?.get()) {
            Event::AuthorizationState(state) if !state.is_empty() => Some(state),
            _ => None,
        }
    }
}

/// A `signalwire.event` frame of the usual shape, read in one pass over its text.
#[derive(Debug, Deserialize)]
pub struct EventFrame<'a> {
    /// The id as raw JSON.
    #[serde(borrow, default)]
    pub id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    /// The params.
    #[serde(borrow)]
    pub params: lenient::Object<Envelope<'a>>,
}

impl<'a> EventFrame<'a> {
    /// The name of the method.
    pub const METHOD: &'static str = "signalwire.event";

    /// Reads it. `None` for anything else, which is then to be taken apart step by step.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        // Most texts that are no events are known without being read.
        if !is_object(text) || !text.contains(Self::METHOD) {
            return None;
        }
        let frame: Self = serde_json::from_str(text).ok()?;
        (frame.method == Self::METHOD && !frame.params.0.event_type.is_empty()).then_some(frame)
    }
}

/// One event, typed.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// An inbound call is offered to us.
    Receive(Box<CallStatus>),
    /// A call changed state.
    State(Box<CallStatus>),
    /// Progress of a dial.
    Dial(Box<DialStatus>),
    /// Progress of a bridge.
    Connect(Box<ConnectStatus>),
    /// Progress of an operation with a control id.
    Action(Box<ActionStatus>),
    /// The blob for quick re-authentication.
    AuthorizationState(Secret),
    /// The service reports a failure outside any command.
    Error(Box<ErrorReport>),
    /// A type this version does not know; it is kept, shown and acknowledged.
    Unknown {
        /// Its name.
        event_type: Box<str>,
        /// The call it names, if any.
        call_id: Option<CallId>,
    },
    /// A known type whose body does not fit.
    Malformed {
        /// Its name.
        event_type: Box<str>,
        /// What is wrong, in words.
        why: Box<str>,
        /// The call it names, if that much can be read.
        call_id: Option<CallId>,
    },
}

/// Body of `calling.call.receive` and `calling.call.state` (relay-protocol 2.5).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CallStatus {
    /// The leg.
    pub call_id: CallId,
    /// Its node.
    #[serde(default, deserialize_with = "lenient::id")]
    pub node_id: Option<NodeId>,
    /// Its state.
    pub call_state: CallState,
    /// Absent in some old fixtures.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// The endpoint.
    #[serde(default, deserialize_with = "lenient::object")]
    pub device: Option<Device>,
    /// The dial or connect that made the leg.
    #[serde(default, deserialize_with = "lenient::id")]
    pub tag: Option<Tag>,
    /// Informational.
    #[serde(default, deserialize_with = "lenient::text")]
    pub segment_id: Option<String>,
    /// At `ended`, sometimes at `ending`.
    #[serde(default, deserialize_with = "lenient::object")]
    pub end_reason: Option<EndReason>,
    /// The other leg of a bridge.
    #[serde(default, deserialize_with = "lenient::object")]
    pub peer: Option<Peer>,
    /// `dial`, `connect` or `receive`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub created_by: Option<String>,
    /// Milliseconds since the epoch.
    #[serde(default, deserialize_with = "lenient::number")]
    pub start_time: Option<f64>,
    /// Milliseconds since the epoch.
    #[serde(default, deserialize_with = "lenient::number")]
    pub answer_time: Option<f64>,
    /// Milliseconds since the epoch.
    #[serde(default, deserialize_with = "lenient::number")]
    pub end_time: Option<f64>,
    /// The context an inbound call came by.
    #[serde(default, deserialize_with = "lenient::text")]
    pub context: Option<String>,
    /// Stands in for a missing `context` in some events.
    #[serde(default, deserialize_with = "lenient::text")]
    pub protocol: Option<String>,
}

/// The other leg of a bridge, as events name it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Peer {
    /// The leg.
    pub call_id: CallId,
    /// Its node.
    #[serde(default, deserialize_with = "lenient::id")]
    pub node_id: Option<NodeId>,
    /// The tag of the connect that made it.
    #[serde(default, deserialize_with = "lenient::id")]
    pub tag: Option<Tag>,
    /// Its endpoint.
    #[serde(default, deserialize_with = "lenient::object")]
    pub device: Option<Device>,
}

/// Body of `calling.call.dial` (relay-protocol 3.3). It has no call id of its own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DialStatus {
    /// The dial.
    pub tag: Tag,
    /// The node.
    #[serde(default, deserialize_with = "lenient::id")]
    pub node_id: Option<NodeId>,
    /// `dialing`, `answered` or `failed`.
    pub dial_state: String,
    /// The winner, when answered.
    #[serde(default, deserialize_with = "lenient::object")]
    pub call: Option<DialedLeg>,
    /// Why it failed, in the server's words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub reason: Option<String>,
}

/// The leg named in a dial event.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DialedLeg {
    /// The leg.
    pub call_id: CallId,
    /// Its node.
    #[serde(default, deserialize_with = "lenient::id")]
    pub node_id: Option<NodeId>,
    /// Its endpoint.
    #[serde(default, deserialize_with = "lenient::object")]
    pub device: Option<Device>,
    /// Whether it is the winner.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub dial_winner: Option<bool>,
}

/// Body of `calling.call.connect` (relay-protocol 3.4).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ConnectStatus {
    /// The originating leg.
    pub call_id: CallId,
    /// Its node.
    #[serde(default, deserialize_with = "lenient::id")]
    pub node_id: Option<NodeId>,
    /// `connecting`, `connected`, `failed` or `disconnected`.
    pub connect_state: String,
    /// The other leg.
    #[serde(default, deserialize_with = "lenient::object")]
    pub peer: Option<Peer>,
    /// The tag of the connect.
    #[serde(default, deserialize_with = "lenient::id")]
    pub tag: Option<Tag>,
    /// Why it failed, in the server's words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub failed_reason: Option<String>,
}

/// Body of every event that belongs to a running operation.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionStatus {
    /// The leg it runs on.
    pub call_id: CallId,
    /// Its node.
    pub node_id: Option<NodeId>,
    /// The operation.
    pub control_id: ControlId,
    /// What happened.
    pub report: Report,
}

/// What happened to an operation, by event type.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// `calling.call.play`: `playing`, `paused`, `finished`, `error`.
    Play(State),
    /// `calling.call.record`: `recording`, `paused`, `finished`, `no_input`.
    Record(RecordReport),
    /// `calling.call.detect`.
    Detect(DetectReport),
    /// `calling.call.collect`, of a collect or a prompt.
    Collect(CollectReport),
    /// `calling.call.send_digits`: `finished`.
    SendDigits(State),
    /// `calling.call.tap`: `tapping`, `finished`.
    Tap(TapReport),
    /// `calling.call.fax`.
    Fax(FaxReport),
    /// `calling.call.stream`: `streaming`, `finished`.
    Stream(State),
}

/// A body that is nothing but a state.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct State {
    /// The server's word.
    pub state: String,
}

/// Where a recording is and how long it got. The values stand at the top level or inside `record`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct RecordReport {
    /// The server's word.
    pub state: String,
    /// Where the file is or will be.
    #[serde(default, deserialize_with = "lenient::text")]
    pub url: Option<String>,
    /// Seconds.
    #[serde(default, deserialize_with = "lenient::number")]
    pub duration: Option<f64>,
    /// Bytes.
    #[serde(default, deserialize_with = "lenient::number")]
    pub size: Option<f64>,
    #[serde(default, rename = "record", deserialize_with = "lenient::object")]
    nested: Option<RecordValues>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
struct RecordValues {
    #[serde(default, deserialize_with = "lenient::text")]
    url: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    duration: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    size: Option<f64>,
}

impl RecordReport {
    fn lifted(mut self) -> Self {
        if let Some(nested) = self.nested.take() {
            self.url = self.url.or(nested.url);
            self.duration = self.duration.or(nested.duration);
            self.size = self.size.or(nested.size);
        }
        self
    }
}

/// What a detector heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectReport {
    /// `machine`, `fax` or `digit`.
    pub kind: String,
    /// `MACHINE`, `HUMAN`, `CED`, a digit, `finished`, `error` and so on.
    pub event: String,
    /// Whether a beep was heard.
    pub beep: bool,
}

/// What a collect or prompt got.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CollectReport {
    /// The result so far.
    #[serde(default, deserialize_with = "lenient::object")]
    pub result: Option<CollectResult>,
    /// `false` marks a partial result.
    #[serde(default, rename = "final", deserialize_with = "lenient::boolean")]
    pub is_final: Option<bool>,
    /// `collecting`, `finished`, `error`; only in continuous collects.
    #[serde(default, deserialize_with = "lenient::text")]
    pub state: Option<String>,
}

/// The `result` of a collect event.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CollectResult {
    /// `digit`, `speech`, `no_input`, `no_match`, `error`, `start_of_input`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What was typed or said.
    #[serde(default, deserialize_with = "lenient::object")]
    pub params: Option<CollectValues>,
}

/// What was typed or said.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct CollectValues {
    /// The keys, without the terminator.
    #[serde(default, deserialize_with = "lenient::text")]
    pub digits: Option<String>,
    /// The key that ended the input, or empty.
    #[serde(default, deserialize_with = "lenient::text")]
    pub terminator: Option<String>,
    /// The words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// How sure the recogniser is; the scale is not documented.
    #[serde(default, deserialize_with = "lenient::number")]
    pub confidence: Option<f64>,
}

/// Progress of a tap.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TapReport {
    /// `tapping` or `finished`.
    pub state: String,
    /// What is tapped.
    #[serde(default)]
    pub tap: Value,
    /// Where it goes, with the negotiated values.
    #[serde(default, deserialize_with = "lenient::object")]
    pub device: Option<Device>,
}

/// Progress of a fax.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FaxReport {
    /// `page`, `finished` or `error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The values of that kind.
    #[serde(default, deserialize_with = "lenient::object")]
    pub params: Option<FaxValues>,
}

/// The values of a fax event.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct FaxValues {
    /// `send` or `receive`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub direction: Option<String>,
    /// Number of the page that went through.
    #[serde(default, deserialize_with = "lenient::number")]
    pub number: Option<f64>,
    /// Our identity.
    #[serde(default, deserialize_with = "lenient::text")]
    pub identity: Option<String>,
    /// Theirs.
    #[serde(default, deserialize_with = "lenient::text")]
    pub remote_identity: Option<String>,
    /// Address of the document.
    #[serde(default, deserialize_with = "lenient::text")]
    pub document: Option<String>,
    /// Whether the fax arrived.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub success: Option<bool>,
    /// Result code.
    #[serde(default, deserialize_with = "lenient::text")]
    pub result: Option<String>,
    /// Result in words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub result_text: Option<String>,
    /// Pages transferred.
    #[serde(default, deserialize_with = "lenient::number")]
    pub pages: Option<f64>,
    /// What went wrong.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: Option<String>,
}

/// Body of `calling.error`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ErrorReport {
    /// The call, if it is about one.
    #[serde(default, deserialize_with = "lenient::id")]
    pub call_id: Option<CallId>,
    /// The code as text.
    #[serde(default, deserialize_with = "lenient::text")]
    pub code: Option<String>,
    /// The server's words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub message: Option<String>,
}

#[derive(Deserialize)]
struct Ids {
    call_id: CallId,
    #[serde(default, deserialize_with = "lenient::id")]
    node_id: Option<NodeId>,
    control_id: ControlId,
}

/// [`Ids`] and [`State`] in one: most events are of this shape, and are read but once.
#[derive(Deserialize)]
struct Stated {
    call_id: CallId,
    #[serde(default, deserialize_with = "lenient::id")]
    node_id: Option<NodeId>,
    control_id: ControlId,
    state: String,
}

#[derive(Deserialize)]
struct MaybeCall {
    #[serde(default, deserialize_with = "lenient::id")]
    call_id: Option<CallId>,
}

#[derive(Deserialize)]
struct DetectBody {
    detect: DetectOuter,
}

#[derive(Deserialize)]
struct DetectOuter {
    #[serde(rename = "type")]
    kind: String,
    params: DetectInner,
}

#[derive(Deserialize)]
struct DetectInner {
    #[serde(default, deserialize_with = "lenient::text")]
    event: Option<String>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    beep: Option<bool>,
}

#[derive(Deserialize)]
struct FaxBody {
    fax: FaxReport,
}

#[derive(Deserialize)]
struct Authorization {
    #[serde(default)]
    authorization_state: String,
}

impl Event {
    /// Reads the body of an event of this type.
    #[must_use]
    pub fn parse(event_type: &str, body: &str) -> Self {
        Self::read(event_type, body).unwrap_or_else(|error| Self::Malformed {
            event_type: event_type.into(),
            why: Shown::new(&error.to_string()).as_str().into(),
            call_id: serde_json::from_str::<MaybeCall>(body).ok().and_then(|body| body.call_id),
        })
    }

    fn read(event_type: &str, body: &str) -> serde_json::Result<Self> {
        if !is_object(body) {
            return Err(serde::de::Error::custom("the body is not an object"));
        }
        let report = match event_type {
            "calling.call.receive" => return Ok(Self::Receive(serde_json::from_str(body)?)),
            "calling.call.state" => return Ok(Self::State(serde_json::from_str(body)?)),
            "calling.call.dial" => return Ok(Self::Dial(serde_json::from_str(body)?)),
            "calling.call.connect" => return Ok(Self::Connect(serde_json::from_str(body)?)),
            "calling.error" => return Ok(Self::Error(serde_json::from_str(body)?)),
            "signalwire.authorization.state" => {
                let state: Authorization = serde_json::from_str(body)?;
                return Ok(Self::AuthorizationState(Secret::new(state.authorization_state)));
            }
            "calling.call.play" => return Self::stated(body, Report::Play),
            "calling.call.record" => Report::Record(serde_json::from_str::<RecordReport>(body)?.lifted()),
            "calling.call.detect" => {
                let DetectOuter { kind, params } = serde_json::from_str::<DetectBody>(body)?.detect;
                let event = params.event.unwrap_or_default();
                Report::Detect(DetectReport { kind, event, beep: params.beep.unwrap_or(false) })
            }
            "calling.call.collect" => Report::Collect(serde_json::from_str(body)?),
            "calling.call.send_digits" => return Self::stated(body, Report::SendDigits),
            "calling.call.tap" => Report::Tap(serde_json::from_str(body)?),
            "calling.call.fax" => Report::Fax(serde_json::from_str::<FaxBody>(body)?.fax),
            "calling.call.stream" => return Self::stated(body, Report::Stream),
            other => {
                let call_id = serde_json::from_str::<MaybeCall>(body).ok().and_then(|body| body.call_id);
                return Ok(Self::Unknown { event_type: other.into(), call_id });
            }
        };
        let Ids { call_id, node_id, control_id } = serde_json::from_str(body)?;
        Ok(Self::Action(Box::new(ActionStatus { call_id, node_id, control_id, report })))
    }

    /// Reads an event that carries nothing but a state.
    fn stated(body: &str, report: fn(State) -> Report) -> serde_json::Result<Self> {
        let read = serde_json::from_str(body).or_else(|_| {
            // What is wrong is said of the state first.
            let State { state } = serde_json::from_str(body)?;
            let Ids { call_id, node_id, control_id } = serde_json::from_str(body)?;
            Ok(Stated { call_id, node_id, control_id, state })
        });
        let Stated { call_id, node_id, control_id, state } = read?;
        let report = report(State { state });
        Ok(Self::Action(Box::new(ActionStatus { call_id, node_id, control_id, report })))
    }

    /// The call this event is about, if it names one.
    #[must_use]
    pub fn call_id(&self) -> Option<&CallId> {
        match self {
            Self::Receive(status) | Self::State(status) => Some(&status.call_id),
            Self::Connect(status) => Some(&status.call_id),
            Self::Action(status) => Some(&status.call_id),
            Self::Dial(status) => status.call.as_ref().map(|leg| &leg.call_id),
            Self::Error(report) => report.call_id.as_ref(),
            Self::Unknown { call_id, .. } | Self::Malformed { call_id, .. } => call_id.as_ref(),
            Self::AuthorizationState(_) => None,
        }
    }

    /// The dial or connect that this event reports, if it reports one.
    #[must_use]
    pub const fn tag(&self) -> Option<&Tag> {
        match self {
            Self::Dial(status) => Some(&status.tag),
            Self::Connect(status) => status.tag.as_ref(),
            Self::Receive(_)
            | Self::State(_)
            | Self::Action(_)
            | Self::AuthorizationState(_)
            | Self::Error(_)
            | Self::Unknown { .. }
            | Self::Malformed { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_be_text_and_record_values_nested() {
        let body = r#"{"call_id":"c","node_id":"n","control_id":"k","state":"finished",
            "record":{"audio":{},"url":"https://x/y.mp3","duration":"17.2","size":275200}}"#;
        let Event::Action(status) = Event::parse("calling.call.record", body) else { panic!() };
        let Report::Record(record) = status.report else { panic!() };
        assert_eq!(
            (record.url.as_deref(), record.duration, record.size),
            (Some("https://x/y.mp3"), Some(17.2), Some(275_200.0))
        );
    }

    #[test]
    fn an_event_frame_is_read_in_one_pass_and_nothing_else_is_taken_for_one() {
        let text = r#"{"jsonrpc":"2.0","id":7,"method":"signalwire.event","params":{"event_type":"a","params":{"b":1}}}"#;
        let frame = EventFrame::parse(text).unwrap();
        let body = frame.params.0.params.map(RawValue::get);
        assert_eq!(
            (frame.id.map(RawValue::get), &*frame.params.0.event_type, body),
            (Some("7"), "a", Some("{\"b\":1}"))
        );
        for other in [
            r#"{"method":"signalwire.event","params":["a",1,{}]}"#,
            r#"["x","signalwire.event",{"event_type":"a"}]"#,
            r#"{"method":"signalwire.ping","params":{"event_type":"signalwire.event"}}"#,
            r#"{"method":"signalwire.event","params":{"event_type":""}}"#,
            r#"{"method":"signalwire.event"}"#,
        ] {
            assert!(EventFrame::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_known_event_that_does_not_fit_is_malformed_and_still_names_its_call() {
        let event = Event::parse("calling.call.play", r#"{"call_id":"c","state":"playing"}"#);
        assert!(matches!(&event, Event::Malformed { why, .. } if why.contains("control_id")), "{event:?}");
        assert_eq!(event.call_id().map(CallId::as_str), Some("c"));
        assert!(matches!(
            Event::parse(
                "calling.call.detect",
                r#"{"call_id":"c","control_id":"k","detect":{"type":"machine","params":null}}"#
            ),
            Event::Malformed { .. }
        ));
    }

    #[test]
    fn an_unknown_event_is_kept_under_its_name() {
        let event = Event::parse("calling.call.hologram", r#"{"call_id":["no"]}"#);
        assert_eq!(event, Event::Unknown { event_type: "calling.call.hologram".into(), call_id: None });
    }

    #[test]
    fn odd_optional_fields_never_cost_the_event() {
        let body = r#"{"call_id":"c","call_state":"parked","device":7,"tag":null,"peer":"x","end_reason":3}"#;
        let Event::State(status) = Event::parse("calling.call.state", body) else { panic!() };
        assert_eq!(status.call_state, CallState::Other("parked".into()));
        assert_eq!((status.device, status.tag, status.peer, status.end_reason), (None, None, None, None));
    }
}
