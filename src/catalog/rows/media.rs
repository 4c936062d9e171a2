//! Rows: send_digits, tap, stream.

use super::super::choices::{AUDIO_DIRECTIONS, HTTP_METHODS, TAP_CODECS, TAP_TARGETS, TRACKS};
use super::super::kind::ActionKind;
use super::super::method::{Group, Kind, Method, Scope, Surface, When};
use super::{LINE, STATUS_URL, fixed, opt, req};

pub static SEND_DIGITS: Method = Method {
    name: "send_digits",
    aliases: &[],
    rpc: "calling.send_digits",
    title: "Send digits",
    doc: "Sends DTMF tones. Once sent they cannot be stopped.",
    group: Group::Digits,
    scope: Scope::Call,
    when: When::Answered,
    starts: Some(ActionKind::SendDigits),
    fields: &[req(
        "digits",
        "Digits",
        "digits",
        Kind::Chars { allowed: "0123456789*#ABCDwW", upper: true, max: 256 },
        "0-9 * # A-D, w for a short pause, W for a long one",
    )],
    surface: Surface::Seed,
};

const RTP: &[&str] = &["rtp"];
const WS: &[&str] = &["ws"];

pub static TAP: Method = Method {
    name: "tap",
    aliases: &[],
    rpc: "calling.tap",
    title: "Tap",
    doc: "Copies the audio of the call to an RTP or WebSocket endpoint, until stopped or the call ends.",
    group: Group::Tap,
    scope: Scope::Call,
    when: When::Answered,
    starts: Some(ActionKind::Tap),
    fields: &[
        fixed("tap.type", "\"audio\""),
        req(
            "audio_direction",
            "Audio",
            "tap.params.direction",
            Kind::Choice(AUDIO_DIRECTIONS),
            "What is copied: what the party hears (listen), says (speak), or both",
        ),
        req("target_type", "Target", "device.type", Kind::Choice(TAP_TARGETS), "Kind of endpoint"),
        req("target_addr", "Address", "device.params.addr", Kind::Ipv4, "Public IPv4 address")
            .only("target_type", RTP),
        req(
            "target_port",
            "Port",
            "device.params.port",
            Kind::Int { min: 1, max: 65_535, unit: "" },
            "UDP port",
        )
        .only("target_type", RTP),
        req("target_uri", "URI", "device.params.uri", Kind::Url(&["wss", "ws"]), "ws or wss address")
            .only("target_type", WS),
        opt(
            "codec",
            "Codec",
            "device.params.codec",
            Kind::Choice(TAP_CODECS),
            "Codec; that of the call when left empty",
        ),
        opt(
            "target_ptime",
            "Packet time",
            "device.params.ptime",
            Kind::Int { min: 10, max: 120, unit: "ms" },
            "Milliseconds per packet, a multiple of 10; that of the call when left empty",
        )
        .only("target_type", RTP)
        .more(),
        opt(
            "rate",
            "Rate",
            "device.params.rate",
            Kind::Int { min: 1, max: i64::MAX, unit: "Hz" },
            "Sample rate in Hz; that of the call when left empty",
        )
        .more(),
        STATUS_URL,
    ],
    surface: Surface::Seed,
};

pub static STREAM: Method = Method {
    name: "stream",
    aliases: &[],
    rpc: "calling.stream",
    title: "Stream",
    doc: "Streams the audio of the call to a WebSocket, until stopped or the call ends.",
    group: Group::Stream,
    scope: Scope::Call,
    when: When::Answered,
    starts: Some(ActionKind::Stream),
    fields: &[
        req("url", "URL", "url", Kind::Url(&["wss"]), "wss address"),
        opt("track", "Track", "track", Kind::Choice(TRACKS), "Which audio is streamed").or("inbound_track"),
        opt("codec", "Codec", "codec", LINE, "Codec of the stream, such as PCMU"),
        opt("name", "Name", "name", LINE, "A name for the stream, repeated in its events"),
        opt(
            "authorization_bearer_token",
            "Bearer token",
            "authorization_bearer_token",
            Kind::Text { max: 4096 },
            "Token that the WebSocket's server is given",
        )
        .more(),
        opt(
            "custom_parameters",
            "Parameters",
            "custom_parameters",
            Kind::Json,
            "JSON object that the WebSocket's server is given",
        )
        .more(),
        STATUS_URL,
        opt(
            "status_url_method",
            "Status method",
            "status_url_method",
            Kind::Choice(HTTP_METHODS),
            "How the status URL is called",
        )
        .more(),
    ],
    surface: Surface::Current,
};
