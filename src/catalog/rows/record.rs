//! Row: record.

use super::super::choices::{AUDIO_DIRECTIONS, RECORD_FORMATS, RECORD_TYPES};
use super::super::kind::ActionKind;
use super::super::method::{Group, Kind, Method, Scope, Surface, When};
use super::{KEYS, SECONDS, STATUS_URL, fixed, opt};

pub static RECORD: Method = Method {
    name: "record",
    aliases: &[],
    rpc: "calling.record",
    title: "Record",
    doc: "Records the call. For a whole conversation set both timeouts to 0 and the direction to both: otherwise the \
          recording ends at the first second of silence.",
    group: Group::Record,
    scope: Scope::Call,
    when: When::Answered,
    starts: Some(ActionKind::Record),
    fields: &[
        // Required on the wire even when nothing is set.
        fixed("record.audio", "{}"),
        opt("beep", "Beep", "record.audio.beep", Kind::Bool, "Beep before the recording starts").or("no"),
        opt("stereo", "Stereo", "record.audio.stereo", Kind::Bool, "One side of the call per channel")
            .or("no"),
        opt("record_format", "Format", "record.audio.format", Kind::Choice(RECORD_FORMATS), "File format")
            .or("mp3"),
        opt(
            "direction",
            "Direction",
            "record.audio.direction",
            Kind::Choice(AUDIO_DIRECTIONS),
            "What is recorded: what the party hears (listen), says (speak), or both",
        )
        .or("speak"),
        opt(
            "initial_timeout",
            "Wait for voice",
            "record.audio.initial_timeout",
            SECONDS,
            "Seconds to wait for a voice before giving up; 0 waits without end",
        )
        .or("5.0"),
        opt(
            "end_silence_timeout",
            "End silence",
            "record.audio.end_silence_timeout",
            SECONDS,
            "Seconds of silence that end the recording; 0 never ends it",
        )
        .or("1.0"),
        opt(
            "terminators",
            "End keys",
            "record.audio.terminators",
            KEYS,
            "Keys that end the recording; two quotes \"\" for none",
        )
        .or("#*"),
        opt(
            "input_sensitivity",
            "Sensitivity",
            "record.audio.input_sensitivity",
            Kind::Num { min: 0.0, max: 100.0, unit: "" },
            "How loud counts as a voice, 0 to 100",
        )
        .or("44")
        .more(),
        opt(
            "max_length",
            "Longest",
            "record.audio.max_length",
            Kind::Int { min: 0, max: i64::MAX, unit: "s" },
            "Seconds after which the recording ends; 0 is no limit",
        )
        .or("0")
        .more(),
        STATUS_URL,
        // The key under `record`; the service knows this one only, so nothing is left to send.
        opt("record_type", "Type", "", Kind::Choice(RECORD_TYPES), "Kind of recording; only audio exists")
            .or("audio")
            .more(),
    ],
    surface: Surface::Seed,
};
