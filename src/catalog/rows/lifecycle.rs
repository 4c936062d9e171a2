//! Rows: answer, pass, hangup, dial.

use super::super::choices::{CODECS, END_REASONS};
use super::super::method::{Group, Kind, Method, Scope, Surface, When};
use super::{LINE, fixed, opt, req};

pub static ANSWER: Method = Method {
    name: "answer",
    aliases: &[],
    rpc: "calling.answer",
    title: "Answer",
    doc: "Answers an inbound call. Done when the call is answered; the caller may hang up first.",
    group: Group::Lifecycle,
    scope: Scope::Call,
    when: When::Offered,
    starts: None,
    fields: &[
        opt(
            "max_duration",
            "Longest call",
            "max_duration",
            Kind::Int { min: 1, max: i64::MAX, unit: "" },
            "Ends the call after this long; the unit is not documented (seconds or minutes)",
        )
        .more(),
        opt("codecs", "Codecs", "codecs", Kind::Many(CODECS), "Codecs to offer, best first").more(),
    ],
    surface: Surface::Seed,
};

pub static PASS: Method = Method {
    name: "pass",
    aliases: &[],
    rpc: "calling.pass",
    title: "Pass on",
    doc: "Declines control of an offered call without ending it: it keeps ringing and is offered to another client.",
    group: Group::Lifecycle,
    scope: Scope::Call,
    when: When::Offered,
    starts: None,
    fields: &[],
    surface: Surface::Current,
};

pub static HANGUP: Method = Method {
    name: "hangup",
    aliases: &[],
    rpc: "calling.end",
    title: "Hang up",
    doc: "Ends the call. Done when the call has ended.",
    group: Group::Lifecycle,
    scope: Scope::Call,
    when: When::Live,
    starts: None,
    fields: &[
        // Both generations of the SDK spell the default out.
        fixed("reason", "\"hangup\""),
        opt("reason", "Reason", "reason", Kind::Choice(END_REASONS), "Reason that is given").or("hangup"),
    ],
    surface: Surface::Seed,
};

pub static DIAL: Method = Method {
    name: "dial",
    aliases: &[],
    rpc: "calling.dial",
    title: "Dial",
    doc: "Places an outbound call. Devices of one group ring together, groups one after another; the first answer wins.",
    group: Group::Lifecycle,
    scope: Scope::Space,
    when: When::Any,
    starts: None,
    fields: &[
        req(
            "devices",
            "Devices",
            "devices",
            Kind::Devices,
            "Who is rung: +12025550123 from=+12025550100 timeout=20; a comma rings together, a semicolon tries next",
        ),
        opt("region", "Region", "region", LINE, "Where the call should start from").more(),
        opt(
            "max_price_per_minute",
            "Price cap",
            "max_price_per_minute",
            Kind::Num { min: 0.0, max: f64::INFINITY, unit: "" },
            "Highest price per minute",
        )
        .more(),
        opt(
            "max_duration",
            "Longest call",
            "max_duration",
            Kind::Int { min: 1, max: i64::MAX, unit: "" },
            "Unit not documented, and perhaps ignored; better set max_duration on each device",
        )
        .more(),
    ],
    surface: Surface::Seed,
};
