//! Values the service does not take: the checks behind code 400 (the validation notes of relay-protocol 3).

use std::net::Ipv4Addr;

use super::super::device::{Device, DevicePlan, Media};
use super::super::state::EndReason;
use super::{
    AudioDirection, BadParams, CollectWhat, Command, Detect, DetectKind, PauseBehavior, RecordAudio, Tap,
};

type Checked = Result<(), BadParams>;

fn refuse(field: &str, why: &'static str) -> Checked {
    Err(BadParams::Field { field: field.to_owned(), why })
}

fn require(holds: bool, field: &str, why: &'static str) -> Checked {
    if holds { Ok(()) } else { refuse(field, why) }
}

impl Command {
    /// Checks values beyond their shape.
    pub(super) fn check(&self) -> Checked {
        match self {
            Self::End(end) => reason(end.reason.as_ref()),
            Self::Dial(dial) => {
                plan(&dial.devices)?;
                let bridges = |device: &Device| matches!(&*device.kind, "call" | "queue" | "stream");
                require(!dial.devices.iter().flatten().any(bridges), "devices.type", "only for a connect")
            }
            Self::Begin(begin) => {
                device(&begin.device)?;
                let bridge = matches!(&*begin.device.kind, "call" | "queue" | "stream");
                require(!bridge, "device.type", "only for a connect")
            }
            Self::Connect(connect) => {
                plan(&connect.devices)?;
                connect.ringback.iter().try_for_each(|item| media("ringback", item))
            }
            Self::Play(play) => {
                list(&play.play)?;
                volume(play.volume)?;
                direction("direction", play.direction.as_ref())
            }
            Self::PlayVolume(change) | Self::PlayAndCollectVolume(change) => volume(Some(change.volume)),
            Self::Record(record) => audio(&record.record.audio),
            Self::RecordPause(pause) => require(
                !matches!(pause.behavior, Some(PauseBehavior::Other(_))),
                "behavior",
                "skip or silence",
            ),
            Self::Detect(detect) => detector(detect),
            Self::PlayAndCollect(prompt) => {
                list(&prompt.play)?;
                volume(prompt.volume)?;
                collect("collect", &prompt.collect)
            }
            Self::Collect(request) => collect("params", &request.what),
            Self::SendDigits(send) => require(
                !send.digits.is_empty() && send.digits.chars().all(|c| is_key(c) || matches!(c, 'w' | 'W')),
                "digits",
                "0-9 * # A-D w W",
            ),
            Self::Tap(request) => tap(request),
            Self::SendFax(fax) => http("document", &fax.document),
            Self::Stream(stream) => stream_checks(&stream.url, stream.track.as_deref()),
            Self::Refer(refer) => {
                require(refer.device.kind == "sip", "device.type", "sip")?;
                require(refer.device.to_address().is_some(), "device.params.to", "required")
            }
            Self::Transfer(transfer) => require(!transfer.dest.is_empty(), "dest", "must not be empty"),
            Self::Echo(echo) => seconds("timeout", echo.timeout),
            Self::Answer(_) | Self::Pass(_) | Self::Disconnect(_) | Self::ReceiveFax(_) => Ok(()),
            Self::Transcribe(_) | Self::Denoise(_) | Self::DenoiseStop(_) => Ok(()),
            Self::PlayStop(_) | Self::PlayPause(_) | Self::PlayResume(_) | Self::RecordStop(_) => Ok(()),
            Self::RecordResume(_) | Self::DetectStop(_) | Self::PlayAndCollectStop(_) => Ok(()),
            Self::CollectStop(_) | Self::CollectStartInputTimers(_) | Self::TapStop(_) => Ok(()),
            Self::SendFaxStop(_) | Self::ReceiveFaxStop(_) | Self::StreamStop(_) => Ok(()),
            Self::TranscribeStop(_) => Ok(()),
        }
    }
}

fn reason(reason: Option<&EndReason>) -> Checked {
    let sendable = reason.is_none_or(|reason| EndReason::SENDABLE.contains(&reason.as_str()));
    require(sendable, "reason", "hangup, cancel, busy, noAnswer, decline or error")
}

fn plan(devices: &DevicePlan) -> Checked {
    require(!devices.is_empty(), "devices", "at least one device")?;
    for group in devices {
        require(!group.is_empty(), "devices", "no empty list")?;
        group.iter().try_for_each(device)?;
    }
    Ok(())
}

fn device(device: &Device) -> Checked {
    let wanted: &[&str] = match &*device.kind {
        "phone" => &["to_number", "from_number"],
        "sip" | "webrtc" => &["to", "from"],
        "agora" => &["from", "appid", "channel"],
        "call" => &["node_id", "call_id"],
        "queue" => &["node_id", "queue_name"],
        "stream" => &["url"],
        _ => return refuse("devices.type", "unknown device type"),
    };
    for key in wanted {
        let text = device.params.get(*key).and_then(|value| value.as_str());
        require(text.is_some_and(|text| !text.is_empty()), key, "required")?;
        if device.kind == "phone" {
            require(text.is_some_and(is_e164), key, "not an E.164 number")?;
        }
    }
    let ring = device.ring_timeout();
    require(ring.is_none_or(|ring| (1.0..=600.0).contains(&ring)), "timeout", "1 to 600 s")
}

fn list(items: &[Media]) -> Checked {
    require(!items.is_empty(), "play", "at least one item")?;
    items.iter().try_for_each(|item| media("play", item))
}

fn media(field: &str, item: &Media) -> Checked {
    match item {
        Media::Audio { url } => http(&format!("{field}.url"), url),
        Media::Tts { text, .. } => require(!text.is_empty(), &format!("{field}.text"), "must not be empty"),
        Media::Silence { duration } => positive(&format!("{field}.duration"), Some(*duration)),
        Media::Ringtone { name, duration } => {
            require(!name.is_empty(), &format!("{field}.name"), "must not be empty")?;
            positive(&format!("{field}.duration"), *duration)
        }
    }
}

fn volume(volume: Option<f64>) -> Checked {
    require(volume.is_none_or(|volume| (-40.0..=40.0).contains(&volume)), "volume", "-40 to 40 dB")
}

fn direction(field: &str, direction: Option<&AudioDirection>) -> Checked {
    require(!matches!(direction, Some(AudioDirection::Other(_))), field, "listen, speak or both")
}

fn audio(audio: &RecordAudio) -> Checked {
    direction("record.audio.direction", audio.direction.as_ref())?;
    seconds("record.audio.initial_timeout", audio.initial_timeout)?;
    seconds("record.audio.end_silence_timeout", audio.end_silence_timeout)?;
    seconds("record.audio.max_length", audio.max_length)?;
    keys("record.audio.terminators", audio.terminators.as_deref())?;
    let known = audio.format.as_deref().is_none_or(|format| matches!(format, "mp3" | "wav" | "mp4"));
    require(known, "record.audio.format", "mp3, wav or mp4")?;
    let sensitivity = audio.input_sensitivity;
    require(
        sensitivity.is_none_or(|value| (0.0..=100.0).contains(&value)),
        "record.audio.input_sensitivity",
        "0 to 100",
    )
}

fn detector(detect: &Detect) -> Checked {
    let kind = &detect.detect.kind;
    require(!matches!(kind, DetectKind::Other(_)), "detect.type", "machine, fax or digit")?;
    let params = &detect.detect.params;
    positive("timeout", detect.timeout)?;
    seconds("detect.params.initial_timeout", params.initial_timeout)?;
    seconds("detect.params.end_silence_timeout", params.end_silence_timeout)?;
    seconds("detect.params.machine_voice_threshold", params.machine_voice_threshold)?;
    seconds("detect.params.machine_words_threshold", params.machine_words_threshold)?;
    seconds("detect.params.machine_ready_timeout", params.machine_ready_timeout)?;
    keys("detect.params.digits", params.digits.as_deref())?;
    let tone = params.tone.as_deref().is_none_or(|tone| matches!(tone, "CED" | "CNG"));
    require(tone, "detect.params.tone", "CED or CNG")
}

fn collect(field: &str, what: &CollectWhat) -> Checked {
    require(what.digits.is_some() || what.speech.is_some(), field, "digits or speech is required")?;
    seconds("initial_timeout", what.initial_timeout)?;
    if let Some(digits) = &what.digits {
        require(digits.max >= 1, "digits.max", "at least 1")?;
        require(digits.min.is_none_or(|min| min <= digits.max), "digits.min", "at most digits.max")?;
        keys("digits.terminators", digits.terminators.as_deref())?;
        seconds("digits.digit_timeout", digits.digit_timeout)?;
    }
    if let Some(speech) = &what.speech {
        seconds("speech.end_silence_timeout", speech.end_silence_timeout)?;
        seconds("speech.speech_timeout", speech.speech_timeout)?;
    }
    Ok(())
}

fn tap(request: &Tap) -> Checked {
    require(request.tap.kind == "audio", "tap.type", "audio")?;
    direction("tap.params.direction", Some(&request.tap.params.direction))?;
    let params = &request.device.params;
    let text = |key: &str| params.get(key).and_then(|value| value.as_str()).unwrap_or_default();
    match &*request.device.kind {
        "rtp" => {
            require(text("addr").parse::<Ipv4Addr>().is_ok(), "device.params.addr", "an IPv4 address")?;
            let port = params.get("port").and_then(whole);
            require(
                port.is_some_and(|port| (1..=65_535).contains(&port)),
                "device.params.port",
                "1 to 65535",
            )?;
        }
        "ws" => {
            let uri = text("uri");
            let scheme = uri.starts_with("ws://") || uri.starts_with("wss://");
            require(scheme, "device.params.uri", "a ws:// or wss:// address")?;
        }
        _ => return refuse("device.type", "rtp or ws"),
    }
    if let Some(ptime) = params.get("ptime").filter(|value| !value.is_null()) {
        let fits = whole(ptime).is_some_and(|ptime| ptime % 10 == 0 && (10..=120).contains(&ptime));
        require(fits, "device.params.ptime", "a multiple of 10 from 10 to 120 ms")?;
    }
    let codec = text("codec").to_ascii_uppercase();
    require(matches!(&*codec, "" | "PCMU" | "PCMA" | "OPUS"), "device.params.codec", "PCMU, PCMA or OPUS")
}

fn stream_checks(url: &str, track: Option<&str>) -> Checked {
    require(url.starts_with("wss://"), "url", "a wss:// address")?;
    let known = track.is_none_or(|track| matches!(track, "inbound_track" | "outbound_track" | "both_tracks"));
    require(known, "track", "inbound_track, outbound_track or both_tracks")
}

fn http(field: &str, url: &str) -> Checked {
    require(url.starts_with("http://") || url.starts_with("https://"), field, "an http(s) address")
}

fn seconds(field: &str, value: Option<f64>) -> Checked {
    require(value.is_none_or(|value| value.is_finite() && value >= 0.0), field, "must not be negative")
}

fn positive(field: &str, value: Option<f64>) -> Checked {
    require(value.is_none_or(|value| value.is_finite() && value > 0.0), field, "must be positive")
}

fn keys(field: &str, keys: Option<&str>) -> Checked {
    let fits = keys.is_none_or(|keys| keys.chars().all(|c| is_key(c.to_ascii_uppercase())));
    require(fits, field, "0-9 * # A-D")
}

fn is_key(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '*' | '#' | 'A'..='D')
}

fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn whole(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Whether the service refuses to send media to this address: private, loopback and otherwise reserved ones.
/// The documentation ranges are let through, for examples use them.
#[must_use]
pub fn is_reserved(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
}
