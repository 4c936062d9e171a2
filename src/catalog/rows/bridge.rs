//! Rows: connect, disconnect.

use super::super::kind::ActionKind;
use super::super::method::{Group, Kind, Method, Scope, Surface, When};
use super::{STATUS_URL, opt, req};

pub static CONNECT: Method = Method {
    name: "connect",
    aliases: &[],
    rpc: "calling.connect",
    title: "Connect",
    doc: "Rings other parties and bridges the first that answers to this call. A telephone without a calling number \
          or ring time takes them from this call.",
    group: Group::Bridge,
    scope: Scope::Call,
    when: When::Answered,
    // Its tag is the id of this action; the wire has no control id for it.
    starts: Some(ActionKind::Connect),
    fields: &[
        req(
            "devices",
            "Devices",
            "devices",
            Kind::Devices,
            "Who is rung: +12025550123 timeout=20; a comma rings together, a semicolon tries next",
        ),
        opt(
            "ringback",
            "Ringback",
            "ringback",
            Kind::Media,
            "What this party hears meanwhile, one a line: ringtone: us, audio: https://…",
        ),
        opt(
            "max_duration",
            "Longest bridge",
            "max_duration",
            Kind::Int { min: 1, max: i64::MAX, unit: "" },
            "Ends the bridge after this long; the sources disagree on minutes or seconds",
        )
        .more(),
        opt(
            "max_price_per_minute",
            "Price cap",
            "max_price_per_minute",
            Kind::Num { min: 0.0, max: f64::INFINITY, unit: "" },
            "Highest price per minute",
        )
        .more(),
        STATUS_URL,
    ],
    surface: Surface::Seed,
};

pub static DISCONNECT: Method = Method {
    name: "disconnect",
    aliases: &[],
    rpc: "calling.disconnect",
    title: "Unbridge",
    doc: "Takes the bridge apart without ending either call.",
    group: Group::Bridge,
    scope: Scope::Call,
    when: When::Answered,
    starts: None,
    fields: &[],
    surface: Surface::Current,
};
