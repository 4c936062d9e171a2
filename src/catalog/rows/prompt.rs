//! Rows: prompt, its three short forms, and collect.

use super::super::choices::{ENGINES, INPUT_TYPES, LANGUAGES};
use super::super::kind::ActionKind;
use super::super::method::{Field, Group, Kind, Method, Scope, Surface, When};
use super::{
    GENDER, KEYS, LANGUAGE, LINE, MEDIA, RINGTONE, RINGTONE_DURATION, SECONDS, STATUS_URL, TEXT, URL, VOICE,
    VOLUME, fixed, opt, req,
};

const DIGITS: &[&str] = &["digits", "both"];
const SPEECH: &[&str] = &["speech", "both"];
const COUNT: Kind = Kind::Int { min: 1, max: i64::MAX, unit: "" };

/// A field list with the fields of an input between `$first` and `$last`. `$by` is the field that tells which
/// input is wanted, `$root` where the two input objects are: a prompt has them under `collect`.
macro_rules! fields {
    ($by:literal, $root:literal, [$($first:expr),* $(,)?], [$($last:expr),* $(,)?]) => {
        &[
            // Never sent as such: it decides which of the two objects exist.
            req($by, "Collect", "", Kind::Choice(INPUT_TYPES), "What answer is expected"),
            fixed(concat!($root, "digits"), "{}").only($by, DIGITS),
            fixed(concat!($root, "speech"), "{}").only($by, SPEECH),
            $($first,)*
            req("digits_max", "Most digits", concat!($root, "digits.max"), COUNT, "How many digits end the input")
                .only($by, DIGITS),
            opt(
                "digits_terminators",
                "End keys",
                concat!($root, "digits.terminators"),
                KEYS,
                "Keys that end the input early",
            )
            .only($by, DIGITS),
            opt(
                "digits_timeout",
                "Between digits",
                concat!($root, "digits.digit_timeout"),
                SECONDS,
                "Seconds to wait for the next digit",
            )
            .or("5.0")
            .only($by, DIGITS),
            opt(
                "initial_timeout",
                "Wait for input",
                concat!($root, "initial_timeout"),
                SECONDS,
                "Seconds to wait for the first input",
            )
            .or("4.0"),
            opt(
                "end_silence_timeout",
                "End silence",
                concat!($root, "speech.end_silence_timeout"),
                SECONDS,
                "Seconds of silence that end the speech",
            )
            .or("1.0")
            .only($by, SPEECH),
            opt(
                "speech_timeout",
                "Longest speech",
                concat!($root, "speech.speech_timeout"),
                SECONDS,
                "Seconds of speech at most",
            )
            .or("60.0")
            .only($by, SPEECH),
            opt(
                "speech_language",
                "Spoken language",
                concat!($root, "speech.language"),
                Kind::OpenChoice(LANGUAGES),
                "Language that is listened for, a BCP-47 tag",
            )
            .or("en-US")
            .only($by, SPEECH),
            opt(
                "speech_hints",
                "Hints",
                concat!($root, "speech.hints"),
                Kind::List,
                "Words that are likely to be said, with commas between",
            )
            .only($by, SPEECH),
            $($last,)*
            opt(
                "digits_min",
                "Fewest digits",
                concat!($root, "digits.min"),
                COUNT,
                "How many digits there must be",
            )
            .only($by, DIGITS)
            .more(),
            opt(
                "speech_engine",
                "Engine",
                concat!($root, "speech.engine"),
                Kind::OpenChoice(ENGINES),
                "Speech recogniser; case matters",
            )
            .only($by, SPEECH)
            .more(),
            opt(
                "speech_model",
                "Model",
                concat!($root, "speech.model"),
                LINE,
                "Model of the speech recogniser",
            )
            .only($by, SPEECH)
            .more(),
            STATUS_URL,
        ]
    };
}

/// What all prompt methods share.
const fn prompt(
    name: &'static str,
    title: &'static str,
    doc: &'static str,
    fields: &'static [Field],
) -> Method {
    Method {
        name,
        aliases: &[],
        rpc: "calling.play_and_collect",
        title,
        doc,
        group: Group::Prompt,
        scope: Scope::Call,
        when: When::Answered,
        starts: Some(ActionKind::Prompt),
        fields,
        surface: Surface::Seed,
    }
}

const PROMPT_FIELDS: &[Field] = fields!("prompt_type", "collect.", [MEDIA], [VOLUME]);

pub static PROMPT: Method =
    prompt("prompt", "Prompt with a list", "Plays a list and collects the answer.", PROMPT_FIELDS);

const AUDIO_FIELDS: &[Field] =
    fields!("prompt_type", "collect.", [fixed("play.0.type", "\"audio\""), URL], [VOLUME]);

pub static PROMPT_AUDIO: Method =
    prompt("prompt_audio", "Prompt with audio", "Plays a sound file and collects the answer.", AUDIO_FIELDS);

const RINGTONE_FIELDS: &[Field] = fields!(
    "prompt_type",
    "collect.",
    [fixed("play.0.type", "\"ringtone\""), RINGTONE, RINGTONE_DURATION],
    [VOLUME]
);

pub static PROMPT_RINGTONE: Method = prompt(
    "prompt_ringtone",
    "Prompt with ringtone",
    "Plays a country's ringing tone and collects the answer.",
    RINGTONE_FIELDS,
);

const TTS_FIELDS: &[Field] = fields!(
    "prompt_type",
    "collect.",
    [fixed("play.0.type", "\"tts\""), TEXT, LANGUAGE, GENDER],
    [VOLUME, VOICE]
);

pub static PROMPT_TTS: Method =
    prompt("prompt_tts", "Prompt with speech", "Speaks a text and collects the answer.", TTS_FIELDS);

const COLLECT_FIELDS: &[Field] = fields!(
    "collect_type",
    "",
    [],
    [
        opt(
            "partial_results",
            "Partial results",
            "partial_results",
            Kind::Bool,
            "Report speech while it goes on"
        )
        .or("no"),
        opt("continuous", "Continuous", "continuous", Kind::Bool, "Go on after each result").or("no"),
        opt(
            "send_start_of_input",
            "Start of input",
            "send_start_of_input",
            Kind::Bool,
            "Report when the input starts"
        )
        .or("no"),
        opt(
            "start_input_timers",
            "Start timers",
            "start_input_timers",
            Kind::Bool,
            "Start the initial timeout at once; otherwise on command"
        )
        .or("no"),
    ]
);

pub static COLLECT: Method = Method {
    name: "collect",
    aliases: &[],
    rpc: "calling.collect",
    title: "Collect",
    doc: "Collects digits or speech without playing anything.",
    group: Group::Collect,
    scope: Scope::Call,
    when: When::Answered,
    starts: Some(ActionKind::Collect),
    fields: COLLECT_FIELDS,
    surface: Surface::Current,
};
