//! One JSON-RPC text, taken apart once: request, answer or refusal, with everything inside still raw.

use std::borrow::Cow;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::id::RequestId;

/// A frame of either direction. Parameters and results are borrowed from the text.
#[derive(Debug)]
pub enum Frame<'a> {
    /// A frame with `method`.
    Request {
        /// The id as raw JSON, to be echoed as it came; `None` when the frame had none (or null).
        id: Option<&'a RawValue>,
        /// The JSON-RPC method.
        method: Cow<'a, str>,
        /// Its parameters, if any.
        params: Option<&'a RawValue>,
    },
    /// A frame with `result`.
    Response {
        /// Whose answer it is; `None` when the id is missing or no string.
        id: Option<RequestId>,
        /// The result, whatever it is.
        result: &'a RawValue,
    },
    /// A frame with `error`.
    Refusal {
        /// Whose refusal it is.
        id: Option<RequestId>,
        /// What the peer said.
        error: RpcError,
    },
}

/// The `error` member of a JSON-RPC answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RpcError {
    /// JSON-RPC or Relay code; 0 when the peer sent none.
    #[serde(default)]
    pub code: i64,
    /// The peer's words.
    #[serde(default)]
    pub message: String,
}

/// JSON-RPC codes seen from Relay (relay-protocol 6.1).
pub mod code {
    /// Credentials refused.
    pub const AUTHENTICATION_FAILED: i64 = -32002;
    /// Stored session data is stale.
    pub const REQUESTER_VALIDATION_FAILED: i64 = -32003;
    /// Parameters refused; on a resume the same as stale session data.
    pub const INVALID_PARAMS: i64 = -32602;
    /// No such method.
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// The server's own failure.
    pub const INTERNAL_ERROR: i64 = -32603;
}

/// Why a text is no frame. Such a text is counted and journaled, and costs nothing else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Not JSON, or not an object.
    #[error("not a JSON object: {0}")]
    Json(String),
    /// An object without `method`, `result` and `error`.
    #[error("neither a request nor an answer")]
    Shapeless,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// Keeps `null` as a present value: a result of null is an answer.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl<'a> Frame<'a> {
    /// Takes a text apart without looking inside params or result.
    ///
    /// # Errors
    /// When the text is not one JSON-RPC object.
    pub fn parse(text: &'a str) -> Result<Self, FrameError> {
        if !is_object(text) {
            return Err(FrameError::Json("it does not start with {".into()));
        }
        let envelope: Envelope<'a> =
            serde_json::from_str(text).map_err(|error| FrameError::Json(error.to_string()))?;
        if let Some(method) = envelope.method {
            return Ok(Self::Request { id: envelope.id, method, params: envelope.params });
        }
        let id = || {
            envelope.id.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok()).map(RequestId::from)
        };
        if let Some(error) = envelope.error {
            return Ok(Self::Refusal { id: id(), error: RpcError::parse(error) });
        }
        match envelope.result {
            Some(result) => Ok(Self::Response { id: id(), result }),
            None => Err(FrameError::Shapeless),
        }
    }
}

/// Whether a JSON text is an object. Serde would also read a struct from an array, by position.
pub(crate) fn is_object(text: &str) -> bool {
    text.trim_ascii_start().starts_with('{')
}

impl RpcError {
    /// Accepts an object in any completeness, or a bare value used as the message.
    fn parse(raw: &RawValue) -> Self {
        match serde_json::from_str(raw.get()) {
            Ok(Value::Object(fields)) => Self {
                code: fields.get("code").and_then(whole).unwrap_or(0),
                message: fields.get("message").map(plain).unwrap_or_default(),
            },
            Ok(other) => Self { code: 0, message: plain(&other) },
            Err(_) => Self { code: 0, message: raw.get().to_owned() },
        }
    }
}

/// A whole number, or one written as text.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A JSON value as a person would write it: strings without quotes.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The text of a request.
#[must_use]
pub fn request(id: &RequestId, method: &str, params: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Request<'a, P> {
        jsonrpc: &'static str,
        id: &'a RequestId,
        method: &'a str,
        params: &'a P,
    }
    text(&Request { jsonrpc: "2.0", id, method, params })
}

/// The text of an answer with a result.
#[must_use]
pub fn response(id: &RawValue, result: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Response<'a, R> {
        jsonrpc: &'static str,
        id: &'a RawValue,
        result: &'a R,
    }
    text(&Response { jsonrpc: "2.0", id, result })
}

/// The text of an empty answer, which acknowledges an event or a ping.
#[must_use]
pub fn ack(id: &RawValue) -> String {
    // In one piece of memory, which is all it takes: every event has one.
    [r#"{"jsonrpc":"2.0","id":"#, id.get(), r#","result":{}}"#].concat()
}

/// The text of a refusal.
#[must_use]
pub fn refusal(id: &RawValue, error: &RpcError) -> String {
    text(&json!({ "jsonrpc": "2.0", "id": id, "error": error }))
}

fn text(frame: &impl Serialize) -> String {
    // Maps with string keys and finite numbers always serialise; an empty text is dropped by the link.
    serde_json::to_string(frame).unwrap_or_default()
}

/// The `result` of a command: code, message and whatever else came (relay-protocol 3.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Three digits as text; empty when the server sent none, which counts as success.
    pub code: String,
    /// The server's words; never to be matched on.
    pub message: String,
    /// The whole result.
    pub body: Value,
}

impl Reply {
    /// Reads a result of any shape. A second level of `result` is unwrapped.
    #[must_use]
    pub fn parse(raw: &str) -> Self {
        let mut body: Value = serde_json::from_str(raw).unwrap_or(Value::Null);
        if body.get("code").is_none() && body.get("result").is_some_and(Value::is_object) {
            body = body["result"].take();
        }
        Self::of(body)
    }

    /// The same of a result that was parsed and unwrapped before.
    #[must_use]
    pub fn of(body: Value) -> Self {
        let text = |key: &str| body.get(key).filter(|value| !value.is_null()).map(plain).unwrap_or_default();
        let (code, message) = (text("code"), text("message"));
        Self { code, message, body }
    }

    /// Any 2xx, or no code at all.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code.is_empty()
            || (self.code.len() == 3
                && self.code.starts_with('2')
                && self.code.bytes().all(|b| b.is_ascii_digit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_null_result_is_an_answer_and_a_bare_string_an_error() {
        assert!(matches!(Frame::parse(r#"{"id":"a","result":null}"#), Ok(Frame::Response { .. })));
        let Ok(Frame::Refusal { error, .. }) = Frame::parse(r#"{"id":"a","error":"no"}"#) else { panic!() };
        assert_eq!(error, RpcError { code: 0, message: "no".into() });
    }

    #[test]
    fn what_is_no_frame_says_why() {
        assert!(matches!(Frame::parse("[1]"), Err(FrameError::Json(_))));
        assert!(matches!(Frame::parse("nope"), Err(FrameError::Json(_))));
        assert_eq!(Frame::parse(r#"{"id":"x"}"#).unwrap_err(), FrameError::Shapeless);
    }

    #[test]
    fn ids_that_are_no_strings_are_echoed_as_they_came() {
        let Ok(Frame::Request { id: Some(id), .. }) = Frame::parse(r#"{"id":7,"method":"x"}"#) else {
            panic!()
        };
        assert_eq!(ack(id), r#"{"jsonrpc":"2.0","id":7,"result":{}}"#);
    }

    #[test]
    fn any_two_hundred_is_success_as_text_or_number_or_nothing() {
        for (raw, success) in [
            (r#"{"code":"200"}"#, true),
            (r#"{"code":202}"#, true),
            ("{}", true),
            ("null", true),
            (r#"{"code":"2x0"}"#, false),
            (r#"{"code":"404"}"#, false),
            (r#"{"result":{"code":"409"}}"#, false),
        ] {
            assert_eq!(Reply::parse(raw).is_success(), success, "{raw}");
        }
    }
}
