//! Table tests of the rules: each line of the "Validation" paragraphs of relay-protocol 3, by the error it gives.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Values, check, method};

fn values(value: &Value) -> Values {
    value.as_object().unwrap().clone()
}

/// All errors of an invocation, as shown.
fn errors(name: &str, given: &Value) -> Vec<String> {
    match check(method(name).unwrap(), &values(given)) {
        Ok(()) => Vec::new(),
        Err(invalid) => invalid.errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn all_errors_come_at_once_in_the_order_of_the_row() {
    let given = json!({"volume":55,"gender":"robot","language":"","text":" ","langauge":"en","loops":-1.5});
    assert_eq!(
        errors("play_tts", &given),
        [
            "text: is required",
            "language: is not a word of at most 64 characters",
            "gender: robot is not one of female, male",
            "volume: 55 is not within -40 to 40 dB",
            "loops: -1.5 is not a whole number of 0 or more",
            "langauge: en is for no parameter of play_tts (it has: text, language, gender, volume, voice, direction, \
             loops, status_url)",
        ]
    );
    let invalid = check(method("play_tts").unwrap(), &values(&given)).unwrap_err();
    assert!(invalid.to_string().starts_with("play_tts: text: is required; language: is not"));
}

/// Method, values, the one error.
#[test]
fn single_faults() {
    let table: &[(&str, Value, &str)] = &[
        ("answer", json!({"max_duration":0}), "max_duration: 0 is not a whole number of 1 or more"),
        (
            "answer",
            json!({"codecs":["PCMU","MP3"]}),
            "codecs: [\"PCMU\",\"MP3\"] is not a list of PCMU, PCMA, OPUS, G729, G722, VP8, H264",
        ),
        (
            "hangup",
            json!({"reason":"abandoned"}),
            "reason: abandoned is not one of hangup, cancel, busy, noAnswer, decline, error",
        ),
        ("play", json!({"media":[]}), "media: is required"),
        ("play", json!({}), "media: is required"),
        ("play", json!({"media":"x"}), "media: x is not a list of tts, silence, ringtone or audio"),
        (
            "play",
            json!({"media":[{"type":"video","params":{}}]}),
            "media.0: {\"type\":\"video\",\"params\":{}} has no type audio, tts, silence or ringtone",
        ),
        ("play", json!({"media":[{"type":"tts","params":{"text":""}}]}), "media.0.text: is required"),
        (
            "play",
            json!({"media":[{"type":"tts","params":{"text":"a","speed":2}}]}),
            "media.0.speed: 2 is for no parameter of tts",
        ),
        (
            "play",
            json!({"media":[{"type":"silence","params":{"duration":0}}]}),
            "media.0.duration: 0 is not above 0 s",
        ),
        (
            "play",
            json!({"media":[{"type":"silence","params":{"duration":null}}]}),
            "media.0.duration: null is not above 0 s",
        ),
        (
            "play",
            json!({"media":[{"type":"audio","params":{"url":"ftp://a/b"}}]}),
            "media.0.url: ftp://a/b is not an address that starts with https:// or http://",
        ),
        (
            "play_audio",
            json!({"url":"/tmp/a.mp3"}),
            "url: /tmp/a.mp3 is not an address that starts with https:// or http://",
        ),
        ("play_silence", json!({"duration":-1}), "duration: -1 is not above 0 s"),
        ("play_silence", json!({"duration":"2"}), "duration: 2 is not above 0 s"),
        ("play_tts", json!({"text":"a\u{7}b"}), "text: a␇b has control characters"),
        ("play_tts", json!({"text":5}), "text: 5 is not a text"),
        ("play_tts", json!({"text":"a","voice":"a\nb"}), "voice: a␊b has control characters"),
        (
            "record",
            json!({"terminators":"#x"}),
            "terminators: #x has 'x', which is not one of 0123456789*#ABCDabcd",
        ),
        ("record", json!({"direction":"in"}), "direction: in is not one of listen, speak, both"),
        ("record", json!({"record_format":"ogg"}), "record_format: ogg is not one of mp3, wav, mp4"),
        ("record", json!({"input_sensitivity":101}), "input_sensitivity: 101 is not within 0 to 100"),
        ("record", json!({"initial_timeout":-1}), "initial_timeout: -1 is not at least 0 s"),
        ("record", json!({"record_type":"video"}), "record_type: video is not one of audio"),
        ("record", json!({"beep":"yes"}), "beep: yes is not true or false"),
        ("detect", json!({}), "detect_type: is required"),
        ("detect", json!({"detect_type":"beep"}), "detect_type: beep is not one of machine, digit, fax"),
        ("detect_fax", json!({"tone":"ced"}), "tone: ced is not one of CED, CNG"),
        (
            "detect_digit",
            json!({"digits":"12W"}),
            "digits: 12W has 'W', which is not one of 0123456789*#ABCDabcd",
        ),
        ("detect_digit", json!({"timeout":0}), "timeout: 0 is not above 0 s"),
        (
            "amd",
            json!({"machine_words_threshold":2.5}),
            "machine_words_threshold: 2.5 is not a whole number of 1 or more",
        ),
        ("prompt_tts", json!({"prompt_type":"digits","text":"?"}), "digits_max: is required"),
        (
            "prompt_tts",
            json!({"prompt_type":"both","text":"?","digits_max":0}),
            "digits_max: 0 is not a whole number of 1 or more",
        ),
        (
            "prompt_tts",
            json!({"prompt_type":"speech","text":"?","digits_max":1}),
            "digits_max: 1 applies only with prompt_type digits or both",
        ),
        (
            "prompt_tts",
            json!({"prompt_type":"digits","text":"?","digits_max":1,"speech_language":"de-DE"}),
            "speech_language: de-DE applies only with prompt_type speech or both",
        ),
        (
            "prompt_tts",
            json!({"prompt_type":"digits","text":"?","digits_max":1,"digits_terminators":"w"}),
            "digits_terminators: w has 'w', which is not one of 0123456789*#ABCDabcd",
        ),
        (
            "collect",
            json!({"collect_type":"digits","digits_max":2,"digits_min":3}),
            "digits_min: 3 is more than digits_max, which is 2",
        ),
        (
            "collect",
            json!({"collect_type":"speech","speech_hints":["a",1]}),
            "speech_hints: [\"a\",1] is not a list of texts",
        ),
        ("send_digits", json!({"digits":""}), "digits: is required"),
        (
            "send_digits",
            json!({"digits":"12x"}),
            "digits: 12x has 'x', which is not one of 0123456789*#ABCDwW",
        ),
        (
            "send_digits",
            json!({"digits":"1,2"}),
            "digits: 1,2 has ',', which is not one of 0123456789*#ABCDwW",
        ),
        (
            "fax_send",
            json!({"document":"offer.pdf"}),
            "document: offer.pdf is not an address that starts with https:// or http://",
        ),
        ("stream", json!({"url":"ws://a"}), "url: ws://a is not an address that starts with wss://"),
        (
            "stream",
            json!({"url":"wss://a","authorization_bearer_token":"se\ncret"}),
            "authorization_bearer_token: has control characters",
        ),
        (
            "stream",
            json!({"url":"wss://a","custom_parameters":[1]}),
            "custom_parameters: [1] is not a JSON object",
        ),
        ("pass", json!({"x":1}), "x: 1 is for no parameter of pass (it has: none)"),
        (
            "play_tts",
            json!({"text":"a","play.0.type":"tts"}),
            "play.0.type: tts is for no parameter of play_tts (it has: \
            text, language, gender, volume, voice, direction, loops, status_url)",
        ),
    ];
    for (name, given, error) in table {
        assert_eq!(errors(name, given), [*error], "{name} {given}");
    }
}

#[test]
fn detect_takes_only_what_belongs_to_its_type() {
    let given =
        json!({"detect_type":"fax","tone":"CNG","digits":"1","initial_timeout":2,"wait_for_beep":true});
    assert_eq!(
        errors("detect", &given),
        [
            "wait_for_beep: true applies only with detect_type machine",
            "initial_timeout: 2 applies only with detect_type machine",
            "digits: 1 applies only with detect_type digit",
        ]
    );
}

#[test]
fn a_tap_needs_what_its_target_needs() {
    assert_eq!(errors("tap", &json!({})), ["audio_direction: is required", "target_type: is required"]);
    let rtp = json!({"audio_direction":"both","target_type":"rtp","target_uri":"wss://a"});
    assert_eq!(
        errors("tap", &rtp),
        [
            "target_addr: is required",
            "target_port: is required",
            "target_uri: wss://a applies only with target_type ws",
        ]
    );
    let odd = json!({"audio_direction":"all","target_type":"rtp","target_addr":"10.0.0.1","target_port":70000,
        "target_ptime":25,"codec":"pcmu"});
    assert_eq!(
        errors("tap", &odd),
        [
            "audio_direction: all is not one of listen, speak, both",
            "target_addr: 10.0.0.1 is not a public IPv4 address",
            "target_port: 70000 is not a whole number within 1 to 65535",
            "codec: pcmu is not one of PCMU, PCMA, OPUS",
            "target_ptime: 25 is not a multiple of 10 ms",
        ]
    );
    let ws = json!({"audio_direction":"both","target_type":"ws","target_port":4000,"target_uri":"https://a"});
    assert_eq!(
        errors("tap", &ws),
        [
            "target_port: 4000 applies only with target_type rtp",
            "target_uri: https://a is not an address that starts with wss:// or ws://"
        ]
    );
}

#[test]
fn device_plans() {
    let phone = |params: Value| json!({"type":"phone","params":params});
    let given = json!({"devices":[
        [],
        [phone(json!({"to_number":"2025550123","timeout":601})), phone(json!({"to_number":"+12025550123",
            "from_number":"+12025550100","timeout":20.5,"headers":"x"}))],
        [{"type":"sip","params":{"to":"ops@example.com","from":"+12025550100","codecs":["X"]}}],
        [{"type":"queue","params":{"node_id":"n","queue_name":"q"}}],
        [{"type":"webrtc","params":{"to":"","from":"a","extra":"a\u{1}"}}],
        [7],
    ]});
    assert_eq!(
        errors("dial", &given),
        [
            "devices.0: [] is a group without a device",
            "devices.1.0.to_number: 2025550123 is not an E.164 number such as +12025550123",
            "devices.1.0.from_number: is required",
            "devices.1.0.timeout: 601 is not a whole number within 1 to 600 s",
            "devices.1.1.timeout: 20.5 is not a whole number within 1 to 600 s",
            "devices.1.1.headers: x is not a list of {name, value} with names that start with X-",
            "devices.2.0.to: ops@example.com is not a sip: URI",
            "devices.2.0.from: +12025550100 is not a sip: URI",
            "devices.2.0.codecs: [\"X\"] is not a list of PCMU, PCMA, OPUS, G729, G722, VP8, H264",
            "devices.3.0: {\"type\":\"queue\",\"params\":{\"node_id\":\"n\",\"queue_name\":\"q\"}} has no type of phone, \
             sip, webrtc, agora",
            "devices.4.0.to: is empty",
            "devices.4.0.extra: a␁ has control characters",
            "devices.5.0: 7 has no type of phone, sip, webrtc, agora",
        ]
    );
    // A connect lends the telephone its number, and reaches queues, calls and streams.
    let given = json!({"devices":[[phone(json!({"to_number":"+12025550123"}))],
        [{"type":"queue","params":{"node_id":"n","queue_name":"q"}}],
        [{"type":"call","params":{"node_id":"n"}}, {"type":"stream","params":{"url":"ws://a"}}]]});
    assert_eq!(
        errors("connect", &given),
        [
            "devices.2.0.call_id: is required",
            "devices.2.1.url: ws://a is not an address that starts with wss://"
        ]
    );
    for none in [json!({}), json!({"devices":[]}), json!({"devices":null})] {
        assert_eq!(errors("dial", &none), ["devices: is required"]);
    }
    assert_eq!(errors("dial", &json!({"devices":[{}]})), ["devices: [{}] is not a list of lists of devices"]);
}

#[test]
fn nothing_is_wrong_with_nulls_and_empty_extras() {
    assert!(
        errors(
            "connect",
            &json!({"devices":[[{"type":"phone","params":{"to_number":"+12025550123"}}]],
        "ringback":[],"max_duration":null})
        )
        .is_empty()
    );
    assert!(errors("fax_send", &json!({"document":"http://a","header":""})).is_empty());
    assert!(errors("detect_digit", &json!({"digits":""})).is_empty());
}
