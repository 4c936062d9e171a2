//! Rows: play and its four short forms.

use super::super::choices::PLAY_DIRECTIONS;
use super::super::kind::ActionKind;
use super::super::method::{Field, Group, Kind, Method, Scope, Surface, When};
use super::{
    GENDER, LANGUAGE, MEDIA, RINGTONE, RINGTONE_DURATION, SOME_SECONDS, STATUS_URL, TEXT, URL, VOICE, VOLUME,
    fixed, opt, req,
};

const DIRECTION: Field = opt(
    "direction",
    "Direction",
    "direction",
    Kind::Choice(PLAY_DIRECTIONS),
    "Which side of the call hears it",
)
.or("listen")
.more();

// `loop` on the wire; the API name avoids Rust's keyword.
const LOOPS: Field = opt(
    "loops",
    "Loops",
    "loop",
    Kind::Int { min: 0, max: i64::MAX, unit: "" },
    "How many times it is played; 0 is without end",
)
.or("1")
.more();

/// What all play methods share.
const fn play(
    name: &'static str,
    title: &'static str,
    doc: &'static str,
    fields: &'static [Field],
) -> Method {
    Method {
        name,
        aliases: &[],
        rpc: "calling.play",
        title,
        doc,
        group: Group::Play,
        scope: Scope::Call,
        when: When::Answered,
        starts: Some(ActionKind::Play),
        fields,
        surface: Surface::Seed,
    }
}

const PLAY_FIELDS: &[Field] = &[MEDIA, VOLUME, DIRECTION, LOOPS, STATUS_URL];

pub static PLAY: Method =
    play("play", "Play a list", "Plays speech, silence, ringtones and sound files in order.", PLAY_FIELDS);

const AUDIO_FIELDS: &[Field] =
    &[fixed("play.0.type", "\"audio\""), URL, VOLUME, DIRECTION, LOOPS, STATUS_URL];

pub static PLAY_AUDIO: Method = play("play_audio", "Play audio", "Plays a sound file.", AUDIO_FIELDS);

const SILENCE_FIELDS: &[Field] = &[
    fixed("play.0.type", "\"silence\""),
    req("duration", "Duration", "play.0.params.duration", SOME_SECONDS, "Seconds of silence"),
    DIRECTION,
    LOOPS,
    STATUS_URL,
];

pub static PLAY_SILENCE: Method =
    play("play_silence", "Play silence", "Plays nothing for a while.", SILENCE_FIELDS);

const RINGTONE_FIELDS: &[Field] = &[
    fixed("play.0.type", "\"ringtone\""),
    RINGTONE,
    RINGTONE_DURATION,
    VOLUME,
    DIRECTION,
    LOOPS,
    STATUS_URL,
];

pub static PLAY_RINGTONE: Method =
    play("play_ringtone", "Play ringtone", "Plays a country's ringing tone.", RINGTONE_FIELDS);

const TTS_FIELDS: &[Field] =
    &[fixed("play.0.type", "\"tts\""), TEXT, LANGUAGE, GENDER, VOLUME, VOICE, DIRECTION, LOOPS, STATUS_URL];

pub static PLAY_TTS: Method =
    play("play_tts", "Play text to speech", "Speaks a text on the call.", TTS_FIELDS);
