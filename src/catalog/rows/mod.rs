//! The rows of the catalogue, and the builders and shared fields they are written with.

mod bridge;
mod detect;
mod fax;
mod lifecycle;
mod media;
mod play;
mod prompt;
mod record;

use super::choices::{GENDERS, LANGUAGES, RINGTONES};
use super::method::{ABOVE_ZERO, Field, Kind, Method, Only};

/// Every method, in the order of menus.
pub static METHODS: &[&Method] = &[
    &lifecycle::ANSWER,
    &lifecycle::PASS,
    &lifecycle::HANGUP,
    &lifecycle::DIAL,
    &play::PLAY_TTS,
    &play::PLAY_AUDIO,
    &play::PLAY_SILENCE,
    &play::PLAY_RINGTONE,
    &play::PLAY,
    &record::RECORD,
    &detect::DETECT_ANSWERING_MACHINE,
    &detect::DETECT_DIGIT,
    &detect::DETECT_FAX,
    &detect::DETECT,
    &prompt::PROMPT_TTS,
    &prompt::PROMPT_AUDIO,
    &prompt::PROMPT_RINGTONE,
    &prompt::PROMPT,
    &prompt::COLLECT,
    &media::SEND_DIGITS,
    &media::TAP,
    &fax::FAX_SEND,
    &fax::FAX_RECEIVE,
    &bridge::CONNECT,
    &bridge::DISCONNECT,
    &media::STREAM,
];

/// An argument that must be given.
const fn req(
    name: &'static str,
    label: &'static str,
    path: &'static str,
    kind: Kind,
    help: &'static str,
) -> Field {
    Field { name, label, path, kind, required: true, default: None, help, advanced: false, only: None }
}

/// An argument that may be left out.
const fn opt(
    name: &'static str,
    label: &'static str,
    path: &'static str,
    kind: Kind,
    help: &'static str,
) -> Field {
    Field { name, label, path, kind, required: false, default: None, help, advanced: false, only: None }
}

/// A constant of the command.
const fn fixed(path: &'static str, json: &'static str) -> Field {
    Field { name: path, label: "", path, kind: Kind::Fixed(json), ..opt("", "", "", Kind::Json, "") }
}

impl Field {
    /// What applies when it is left empty.
    const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// Shown only when the form is expanded.
    const fn more(mut self) -> Self {
        self.advanced = true;
        self
    }

    /// Plays a part only with these values of another field.
    const fn only(mut self, field: &'static str, values: &'static [&'static str]) -> Self {
        self.only = Some(Only { field, values });
        self
    }
}

// The greatest lengths of texts are ours: the service documents none.

/// A short text, such as a name.
pub(super) const LINE: Kind = Kind::Text { max: 256 };
/// Seconds, where 0 has a meaning of its own.
const SECONDS: Kind = Kind::Num { min: 0.0, max: f64::INFINITY, unit: "s" };
/// Seconds, more than none.
pub(super) const SOME_SECONDS: Kind = Kind::Num { min: ABOVE_ZERO, max: f64::INFINITY, unit: "s" };
/// A web address.
pub(super) const WEB: Kind = Kind::Url(&["https", "http"]);
/// What is spoken.
pub(super) const SPEECH: Kind = Kind::Long { max: 10_000 };
/// Keys of a telephone. The service takes small letters for A to D as well.
const KEYS: Kind = Kind::Chars { allowed: "0123456789*#ABCDabcd", upper: false, max: 64 };

const VOLUME: Field = opt(
    "volume",
    "Volume",
    "volume",
    Kind::Num { min: -40.0, max: 40.0, unit: "dB" },
    "Loudness, -40 to +40 dB; 0 leaves the sound as it is",
)
.or("0");

const STATUS_URL: Field = opt(
    "status_url",
    "Status URL",
    "status_url",
    WEB,
    "Web address that is also told of each change; seldom needed",
)
.more();

const LANGUAGE: Field = opt(
    "language",
    "Language",
    "play.0.params.language",
    Kind::OpenChoice(LANGUAGES),
    "Language of the speech, a BCP-47 tag",
)
.or("en-US");

const GENDER: Field =
    opt("gender", "Gender", "play.0.params.gender", Kind::Choice(GENDERS), "Gender of the voice")
        .or("female");

const VOICE: Field =
    opt("voice", "Voice", "play.0.params.voice", LINE, "A named voice, where the service accepts one").more();

const TEXT: Field = req("text", "Text", "play.0.params.text", SPEECH, "What is said");

const URL: Field = req("url", "URL", "play.0.params.url", WEB, "http or https address of the sound");

const RINGTONE: Field = req(
    "name",
    "Ringtone",
    "play.0.params.name",
    Kind::OpenChoice(RINGTONES),
    "Whose country's ringing tone, a two-letter code",
);

const RINGTONE_DURATION: Field =
    opt("duration", "Duration", "play.0.params.duration", SOME_SECONDS, "Seconds; one cycle when left empty");

const MEDIA: Field = req(
    "media",
    "Media",
    "play",
    Kind::Media,
    "What is played, one a line: tts: text, silence: 2, ringtone: us 3, audio: https://…",
);
