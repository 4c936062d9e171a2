//! Every `calling.*` command as a typed value: one table of methods, read by the sim and by tests.

mod check;
mod params;

use serde::de::DeserializeOwned;

pub use check::is_reserved;
pub use params::*;

use super::frame::is_object;
use super::id::{CallId, ControlId, NodeId};

/// Why a command's parameters are refused (code 400).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadParams {
    /// No such method; answered by JSON-RPC -32601, not by a code.
    #[error("unknown method")]
    UnknownMethod,
    /// The parameters do not have the shape of the method.
    #[error("{0}")]
    Shape(String),
    /// A field has a value the service does not take.
    #[error("{field}: {why}")]
    Field {
        /// Path of the field, such as `record.audio.direction`.
        field: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

macro_rules! commands {
    ($($(#[$doc:meta])* $variant:ident($params:ty) = $method:literal,)+) => {
        /// Names of all methods of the table, in its order.
        pub const METHODS: &[&str] = &[$($method),+];

        /// One command with its parameters.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Command {
            $($(#[$doc])* $variant($params),)+
        }

        impl Command {
            /// Reads the parameters of a method and checks their values.
            ///
            /// # Errors
            /// When the method is not in the table, or its parameters would earn a 400.
            pub fn parse(method: &str, params: &str) -> Result<Self, BadParams> {
                let command = match method {
                    $($method => Self::$variant(read(params)?),)+
                    _ => return Err(BadParams::UnknownMethod),
                };
                command.check()?;
                Ok(command)
            }

            /// The method's name on the wire.
            #[must_use]
            pub const fn method(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $method,)+
                }
            }

            /// The call, node and operation it is for.
            #[must_use]
            pub fn target(&self) -> Target<'_> {
                match self {
                    $(Self::$variant(params) => params.target(),)+
                }
            }
        }
    };
}

commands! {
    /// Takes an inbound call.
    Answer(Answer) = "calling.answer",
    /// Hands an inbound call back, to be offered to another consumer.
    Pass(OnCall) = "calling.pass",
    /// Hangs up.
    End(End) = "calling.end",
    /// Places outbound legs.
    Dial(Dial) = "calling.dial",
    /// Places one outbound call; the older form, and the only one of the Python SDK of version 2.
    Begin(Begin) = "calling.begin",
    /// Bridges the call to another party.
    Connect(Connect) = "calling.connect",
    /// Takes a bridge apart; both legs live on.
    Disconnect(OnCall) = "calling.disconnect",
    /// Plays sounds.
    Play(Play) = "calling.play",
    /// Stops a play.
    PlayStop(OnAction) = "calling.play.stop",
    /// Pauses a play.
    PlayPause(OnAction) = "calling.play.pause",
    /// Resumes a play.
    PlayResume(OnAction) = "calling.play.resume",
    /// Changes a play's volume.
    PlayVolume(Volume) = "calling.play.volume",
    /// Records.
    Record(Record) = "calling.record",
    /// Stops a recording.
    RecordStop(OnAction) = "calling.record.stop",
    /// Pauses a recording.
    RecordPause(RecordPause) = "calling.record.pause",
    /// Resumes a recording.
    RecordResume(OnAction) = "calling.record.resume",
    /// Listens for a machine, a fax or digits.
    Detect(Detect) = "calling.detect",
    /// Stops a detector.
    DetectStop(OnAction) = "calling.detect.stop",
    /// Plays, and takes digits or speech.
    PlayAndCollect(PlayAndCollect) = "calling.play_and_collect",
    /// Stops a prompt.
    PlayAndCollectStop(OnAction) = "calling.play_and_collect.stop",
    /// Changes a prompt's volume.
    PlayAndCollectVolume(Volume) = "calling.play_and_collect.volume",
    /// Takes digits or speech.
    Collect(Collect) = "calling.collect",
    /// Stops a collect.
    CollectStop(OnAction) = "calling.collect.stop",
    /// Lets the initial timeout of a collect run.
    CollectStartInputTimers(OnAction) = "calling.collect.start_input_timers",
    /// Presses keys for us.
    SendDigits(SendDigits) = "calling.send_digits",
    /// Copies the sound elsewhere.
    Tap(Tap) = "calling.tap",
    /// Stops a tap.
    TapStop(OnAction) = "calling.tap.stop",
    /// Sends a fax.
    SendFax(SendFax) = "calling.send_fax",
    /// Stops sending.
    SendFaxStop(OnAction) = "calling.send_fax.stop",
    /// Receives a fax.
    ReceiveFax(ReceiveFax) = "calling.receive_fax",
    /// Stops receiving.
    ReceiveFaxStop(OnAction) = "calling.receive_fax.stop",
    /// Streams the sound to a WebSocket.
    Stream(Stream) = "calling.stream",
    /// Stops a stream.
    StreamStop(OnAction) = "calling.stream.stop",
    /// Writes down what is said.
    Transcribe(Transcribe) = "calling.transcribe",
    /// Stops a transcription.
    TranscribeStop(OnAction) = "calling.transcribe.stop",
    /// Switches noise reduction on.
    Denoise(OnCall) = "calling.denoise",
    /// Switches noise reduction off.
    DenoiseStop(OnCall) = "calling.denoise.stop",
    /// Sends a SIP REFER.
    Refer(Refer) = "calling.refer",
    /// Hands the call to a script or another context.
    Transfer(Transfer) = "calling.transfer",
    /// Plays the party's own sound back to it.
    Echo(Echo) = "calling.echo",
}

/// What a command is for, as far as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Target<'a> {
    /// The call; a dial has none.
    pub call_id: Option<&'a CallId>,
    /// Its node.
    pub node_id: Option<&'a NodeId>,
    /// The operation.
    pub control_id: Option<&'a ControlId>,
}

/// Where a parameter struct keeps its target.
pub trait Targeted {
    /// The call, node and operation it is for.
    fn target(&self) -> Target<'_>;
}

fn read<T: DeserializeOwned>(params: &str) -> Result<T, BadParams> {
    if !is_object(params) {
        return Err(BadParams::Shape("params is not an object".into()));
    }
    serde_json::from_str(params).map_err(|error| BadParams::Shape(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;
    use serde_json::json;

    fn parse(method: &str, extra: serde_json::Value) -> Result<Command, BadParams> {
        let mut params = json!({"node_id": "n", "call_id": "c", "control_id": "k"});
        let serde_json::Value::Object(extra) = extra else { panic!("extra is an object") };
        params.as_object_mut().unwrap().extend(extra);
        Command::parse(method, &params.to_string())
    }

    #[test]
    fn a_play_is_read_with_its_target_and_written_back() {
        let wire = json!({"play": [{"type": "tts", "params": {"text": "Hi"}}], "volume": -3.0, "loop": 0});
        let command = parse("calling.play", wire).unwrap();
        assert_eq!(command.method(), "calling.play");
        assert_eq!(command.target().control_id.map(ControlId::as_str), Some("k"));
        let Command::Play(play) = command else { panic!() };
        assert_eq!(
            serde_json::to_value(play).unwrap(),
            json!({"node_id": "n", "call_id": "c", "control_id": "k",
                "play": [{"type": "tts", "params": {"text": "Hi"}}], "volume": -3.0, "loop": 0})
        );
    }

    #[test]
    fn what_the_service_refuses_is_refused_by_name() {
        for (method, extra, says) in [
            ("calling.play", json!({"play": []}), "play"),
            ("calling.play", json!({}), "missing field `play`"),
            ("calling.play", json!({"play": [{"type": "tts", "params": {"text": ""}}]}), "text"),
            ("calling.play", json!({"play": [{"type": "video", "params": {}}]}), "video"),
            ("calling.play.volume", json!({"volume": 41}), "volume"),
            ("calling.end", json!({"reason": "abandoned"}), "reason"),
            ("calling.send_digits", json!({"digits": "12x"}), "digits"),
            ("calling.record", json!({"record": {"audio": {"direction": "up"}}}), "direction"),
            ("calling.record", json!({"record": {"audio": {"input_sensitivity": 101}}}), "input_sensitivity"),
            ("calling.detect", json!({"detect": {"type": "cat", "params": {}}}), "detect.type"),
            ("calling.detect", json!({"detect": {"type": "fax"}}), "params"),
            ("calling.collect", json!({}), "digits or speech"),
            ("calling.collect", json!({"digits": {}}), "max"),
            ("calling.dial", json!({"devices": [[]]}), "devices"),
            (
                "calling.dial",
                json!({"devices": [[{"type": "phone", "params": {"to_number": "555"}}]]}),
                "to_number",
            ),
            ("calling.stream", json!({"url": "http://x"}), "url"),
            (
                "calling.tap",
                json!({"tap": {"type": "audio", "params": {"direction": "both"}},
                    "device": {"type": "rtp", "params": {"addr": "203.0.113.1", "port": 70000}}}),
                "port",
            ),
        ] {
            let error = parse(method, extra.clone()).expect_err(&format!("{method} {extra}"));
            assert!(error.to_string().contains(says), "{method} {extra}: {error}");
        }
    }

    #[test]
    fn an_unknown_method_is_told_apart_from_bad_params() {
        assert_eq!(Command::parse("calling.levitate", "{}"), Err(BadParams::UnknownMethod));
        assert!(matches!(Command::parse("calling.end", "[1]"), Err(BadParams::Shape(_))));
    }
}
