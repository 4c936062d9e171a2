//! Typed arguments of every method of the Call API.
//!
//! One struct per method: `new` takes what is required, a setter of the argument's name each of the others. The
//! structs hold no rules. What they serialise to are the values of the method's row in [`crate::catalog`], where
//! they are checked all at once and mapped to the command, exactly as those of a form:
//!
//! ```
//! use callboard::calling::params::{Params, PlayTts};
//! use callboard::catalog;
//!
//! let params = PlayTts::new("Please hold the line.").language("en-GB").volume(55);
//! let method = catalog::method(PlayTts::METHOD).ok_or("no such method")?;
//! let error = catalog::check(method, &params.values()).unwrap_err();
//! assert_eq!(error.to_string(), "play_tts: volume: 55 is not within -40 to 40 dB");
//! # Ok::<(), &str>(())
//! ```
//!
//! Where the table of a field says "unset: …", that applies when the field is `None`; nothing is sent then.

/// The type of a field by its kind.
macro_rules! ty {
    (Text) => { String };
    (Number) => { f64 };
    (Whole) => { u32 };
    (Port) => { u16 };
    (Flag) => { bool };
    (Texts) => { Vec<String> };
    (Playlist) => { Vec<crate::protocol::device::Media> };
    (Plan) => { crate::protocol::device::DevicePlan };
    (Json) => { serde_json::Value };
}

/// What `new` and the setters take for a kind.
macro_rules! arg {
    (Text) => { impl Into<String> };
    (Number) => { impl Into<f64> };
    (Texts) => { impl IntoIterator<Item: Into<String>> };
    (Playlist) => { impl Into<Vec<crate::protocol::device::Media>> };
    ($kind:ident) => { ty!($kind) };
}

/// From what is taken to what is kept.
macro_rules! kept {
    (Texts $arg:ident) => {
        $arg.into_iter().map(Into::into).collect()
    };
    (Text $arg:ident) => {
        $arg.into()
    };
    (Number $arg:ident) => {
        $arg.into()
    };
    (Playlist $arg:ident) => {
        $arg.into()
    };
    ($kind:ident $arg:ident) => {
        $arg
    };
}

/// Defines a params struct: its fields, `new` and the setters. After a field's name stands its kind, see `ty!`.
/// `new` takes the fields before the semicolon, the others have setters.
macro_rules! params {
    (
        $(#[$doc:meta])*
        $name:ident = $method:literal {
            $($(#[$must_doc:meta])* $must:ident: $must_kind:ident,)*
            ;
            $($(#[$may_doc:meta])* $may:ident: $may_kind:ident,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
        #[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$must_doc])* pub $must: ty!($must_kind),)*
            $($(#[$may_doc])*
            #[serde(skip_serializing_if = "Option::is_none")]
            pub $may: Option<ty!($may_kind)>,)*
        }

        impl $name {
            /// With what is required; everything else is unset.
            #[must_use]
            pub fn new($($must: arg!($must_kind)),*) -> Self {
                Self { $($must: kept!($must_kind $must),)* $($may: None,)* }
            }

            $($(#[$may_doc])*
            #[must_use]
            pub fn $may(mut self, $may: arg!($may_kind)) -> Self {
                self.$may = Some(kept!($may_kind $may));
                self
            })*
        }

        impl crate::calling::params::Params for $name {
            const METHOD: &'static str = $method;
        }
    };
}

/// Lets a text stand for params of which it is the only required argument.
macro_rules! from_text {
    ($($name:ident)+) => {$(
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
    )+};
}

mod bridge;
mod detect;
mod fax;
mod input;
mod lifecycle;
mod media;
mod play;
mod record;
mod words;

pub use bridge::{Connect, Disconnect};
pub use detect::{Detect, DetectAnsweringMachine, DetectDigit, DetectFax};
pub use fax::{FaxReceive, FaxSend};
pub use input::{Collect, Prompt, PromptAudio, PromptRingtone, PromptTts};
pub use lifecycle::{Answer, Dial, Hangup, Pass};
pub use media::{SendDigits, Stream, Tap};
pub use play::{Play, PlayAudio, PlayRingtone, PlaySilence, PlayTts};
pub use record::Record;
pub use words::{AudioDirection, DetectType, Gender, InputType, RecordFormat, Tone, Track};

use serde::Serialize;
use serde_json::Value;

use crate::catalog::Values;

/// The arguments of one method.
pub trait Params: Serialize {
    /// The method's name in the catalogue.
    const METHOD: &'static str;

    /// The arguments that were set, by name.
    fn values(&self) -> Values {
        let mut values = match serde_json::to_value(self) {
            Ok(Value::Object(values)) => values,
            // These structs always become objects.
            Ok(_) | Err(_) => Values::new(),
        };
        // Nothing unset is serialised, so a null was a number that JSON cannot hold. It must not pass for unset.
        for value in values.values_mut().filter(|value| value.is_null()) {
            *value = "a number that is not finite".into();
        }
        values
    }
}

#[cfg(test)]
mod tests;
