//! Rows: detect and its three short forms.

use super::super::choices::{DETECT_TYPES, TONES};
use super::super::kind::ActionKind;
use super::super::method::{Field, Group, Kind, Method, Scope, Surface, When};
use super::{KEYS, SOME_SECONDS, STATUS_URL, fixed, opt, req};

const MACHINE: &[&str] = &["machine"];
const DIGIT: &[&str] = &["digit"];
const FAX: &[&str] = &["fax"];

const TIMEOUT: Field =
    opt("timeout", "Timeout", "timeout", SOME_SECONDS, "Seconds after which the detector gives up")
        .or("30.0");

// Never sent: it decides which event answers the method (relay-protocol 3.7).
const WAIT_FOR_BEEP: Field =
    opt("wait_for_beep", "Wait for beep", "", Kind::Bool, "With a machine, wait until a message may be left")
        .or("no");

const INITIAL_TIMEOUT: Field = opt(
    "initial_timeout",
    "First voice",
    "detect.params.initial_timeout",
    SOME_SECONDS,
    "Seconds to wait for the first voice",
)
.or("4.5");

const END_SILENCE: Field = opt(
    "end_silence_timeout",
    "End silence",
    "detect.params.end_silence_timeout",
    SOME_SECONDS,
    "Seconds of silence that end the voice",
)
.or("1.0");

const VOICE_THRESHOLD: Field = opt(
    "machine_voice_threshold",
    "Machine voice",
    "detect.params.machine_voice_threshold",
    SOME_SECONDS,
    "Seconds of voice that mean a machine",
)
.or("1.25");

const WORDS_THRESHOLD: Field = opt(
    "machine_words_threshold",
    "Machine words",
    "detect.params.machine_words_threshold",
    Kind::Int { min: 1, max: i64::MAX, unit: "" },
    "Number of words that mean a machine",
)
.or("6");

const READY_TIMEOUT: Field = opt(
    "machine_ready_timeout",
    "Ready silence",
    "detect.params.machine_ready_timeout",
    SOME_SECONDS,
    "Seconds of silence after the greeting before READY; as end silence when left empty",
)
.more();

const INTERRUPTIONS: Field = opt(
    "detect_interruptions",
    "Interruptions",
    "detect.params.detect_interruptions",
    Kind::Bool,
    "Report when a greeting goes on after READY",
)
.or("no")
.more();

const MESSAGE_END: Field = opt(
    "detect_message_end",
    "Message end",
    "detect.params.detect_message_end",
    Kind::Bool,
    "Report READY and NOT_READY after a machine was found",
)
.or("yes")
.more();

const TONE: Field =
    opt("tone", "Tone", "detect.params.tone", Kind::Choice(TONES), "Which fax tone is looked for").or("CED");

const DIGITS: Field =
    opt("digits", "Digits", "detect.params.digits", KEYS, "Digits to look for; two quotes \"\" for any")
        .or("0123456789#*");

// Required on the wire even when nothing is set.
const PARAMS: Field = fixed("detect.params", "{}");

/// What all detect methods share.
const fn detect(
    name: &'static str,
    title: &'static str,
    doc: &'static str,
    fields: &'static [Field],
) -> Method {
    Method {
        name,
        aliases: &[],
        rpc: "calling.detect",
        title,
        doc,
        group: Group::Detect,
        scope: Scope::Call,
        when: When::Answered,
        starts: Some(ActionKind::Detect),
        fields,
        surface: Surface::Seed,
    }
}

const ALL_FIELDS: &[Field] = &[
    req("detect_type", "Detect", "detect.type", Kind::Choice(DETECT_TYPES), "What is looked for"),
    PARAMS,
    TIMEOUT,
    WAIT_FOR_BEEP.only("detect_type", MACHINE),
    INITIAL_TIMEOUT.only("detect_type", MACHINE),
    END_SILENCE.only("detect_type", MACHINE),
    VOICE_THRESHOLD.only("detect_type", MACHINE),
    WORDS_THRESHOLD.only("detect_type", MACHINE),
    TONE.only("detect_type", FAX),
    DIGITS.only("detect_type", DIGIT),
    READY_TIMEOUT.only("detect_type", MACHINE),
    INTERRUPTIONS.only("detect_type", MACHINE),
    MESSAGE_END.only("detect_type", MACHINE),
    STATUS_URL,
];

pub static DETECT: Method =
    detect("detect", "Detect", "Looks for an answering machine, for digits or for a fax.", ALL_FIELDS);

const MACHINE_FIELDS: &[Field] = &[
    fixed("detect.type", "\"machine\""),
    PARAMS,
    WAIT_FOR_BEEP,
    TIMEOUT,
    INITIAL_TIMEOUT,
    END_SILENCE,
    VOICE_THRESHOLD,
    WORDS_THRESHOLD,
    READY_TIMEOUT,
    INTERRUPTIONS,
    MESSAGE_END,
    STATUS_URL,
];

pub static DETECT_ANSWERING_MACHINE: Method = Method {
    aliases: &["amd"],
    ..detect(
        "detect_answering_machine",
        "Detect answering machine",
        "Tells whether a human or a machine has answered.",
        MACHINE_FIELDS,
    )
};

const DIGIT_FIELDS: &[Field] = &[fixed("detect.type", "\"digit\""), PARAMS, DIGITS, TIMEOUT, STATUS_URL];

pub static DETECT_DIGIT: Method =
    detect("detect_digit", "Detect digits", "Waits for keys that the party presses.", DIGIT_FIELDS);

const FAX_FIELDS: &[Field] = &[fixed("detect.type", "\"fax\""), PARAMS, TONE, TIMEOUT, STATUS_URL];

pub static DETECT_FAX: Method =
    detect("detect_fax", "Detect fax", "Tells whether the party is a fax machine.", FAX_FIELDS);
