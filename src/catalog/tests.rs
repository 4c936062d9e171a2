//! Tests of the table as a whole: rows agree with themselves, with the typed arguments, and with the protocol.

use std::collections::HashSet;

use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::protocol::device::Device;
use crate::protocol::{CallId, ControlId, NodeId, Tag};

const SEED: [&str; 22] = [
    "answer",
    "hangup",
    "dial",
    "connect",
    "play",
    "play_audio",
    "play_silence",
    "play_ringtone",
    "play_tts",
    "record",
    "detect",
    "detect_answering_machine",
    "detect_digit",
    "detect_fax",
    "prompt",
    "prompt_audio",
    "prompt_ringtone",
    "prompt_tts",
    "send_digits",
    "tap",
    "fax_send",
    "fax_receive",
];

#[test]
fn every_method_of_the_index_is_a_row() {
    for name in SEED {
        assert_eq!(method(name).map(|row| (row.name, row.surface)), Some((name, Surface::Seed)));
    }
    assert_eq!(method("amd").map(|row| row.name), Some("detect_answering_machine"));
    let rest: HashSet<_> =
        METHODS.iter().filter(|row| row.surface == Surface::Current).map(|row| row.name).collect();
    assert_eq!(rest, HashSet::from(["pass", "disconnect", "collect", "stream"]));
    assert_eq!(METHODS.len(), SEED.len() + rest.len());
    assert!(method("play_tts_async").is_none());
}

#[test]
fn rows_agree_with_themselves() {
    for row in METHODS {
        let names: HashSet<_> = row.arguments().map(|field| field.name).collect();
        assert_eq!(names.len(), row.arguments().count(), "{}: a name twice", row.name);
        assert_eq!(row.starts, ActionKind::of_rpc(row.rpc), "{}", row.name);
        for field in row.fields {
            let place = format!("{}.{}", row.name, field.name);
            if let Some(only) = field.only {
                let other = row.argument(only.field).unwrap_or_else(|| panic!("{place}: condition"));
                assert!(other.required, "{place}: the condition may stay open");
                for value in only.values {
                    assert!(
                        other.kind.choices().iter().any(|choice| choice.value == *value),
                        "{place}: {value}"
                    );
                }
            }
            if let Kind::Fixed(text) = field.kind {
                assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{place}");
                continue;
            }
            assert!(!field.label.is_empty() && !field.help.is_empty(), "{place}: words");
            assert!(!field.help.contains('\n') && field.help.len() <= 120, "{place}: one line of help");
            assert!(!(field.required && field.advanced), "{place}: required but hidden");
            assert!(!(field.required && field.default.is_some()), "{place}: required with a default");
        }
    }
}

#[test]
fn every_default_is_read_by_its_own_kind() {
    for row in METHODS {
        for field in row.arguments() {
            let Some(default) = field.default else { continue };
            let texts: Vec<_> = [(field.name, default)].into_iter().chain(sample(row)).collect();
            let found = fill(row, &texts).err().map(|invalid| invalid.errors).unwrap_or_default();
            let own: Vec<_> = found
                .iter()
                .filter(|error| error.field == field.name && !error.rule.starts_with("applies only"))
                .collect();
            assert!(own.is_empty(), "{}: {own:?}", row.name);
        }
    }
}

#[test]
fn every_sample_fills_and_reads_back() {
    for row in METHODS {
        let values = fill(row, &sample(row)).unwrap();
        check(row, &values).unwrap();
        let texts: Vec<(&str, String)> = row
            .arguments()
            .filter_map(|field| Some((field.name, text_of(field, values.get(field.name)?))))
            .collect();
        let again: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
        assert_eq!(fill(row, &again).unwrap(), values, "{}", row.name);
        assert_eq!(fill_json(row, &values).unwrap(), values, "{}", row.name);
    }
}

/// What every method sends for its sample: one line each, so that a change of any mapping is seen.
#[test]
fn what_is_sent() {
    let (call, node) = (CallId::from("call-a"), NodeId::from("node-1"));
    let (control, tag) = (ControlId::from("ctl-1"), Tag::from("tag-1"));
    let target = Target {
        call_id: Some(&call),
        node_id: Some(&node),
        control_id: Some(&control),
        tag: Some(&tag),
        device: None,
    };
    let lines: Vec<String> = METHODS
        .iter()
        .map(|row| {
            let values = fill(row, &sample(row)).unwrap();
            format!("{} {} {}", row.name, row.rpc, wire(row, &values, &target))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_connect_takes_what_a_telephone_lacks_from_its_origin() {
    let row = method("connect").unwrap();
    let origin = Device::phone("+12025550199").from("+12025550123").with("timeout", 25.0);
    let target = Target { device: Some(&origin), ..Target::default() };
    let values = fill(row, &[("devices", "+12025550140; +12025550141 from=+12025550100 timeout=5")]).unwrap();
    assert_eq!(
        wire(row, &values, &target),
        json!({"devices": [
            [{"type":"phone","params":{"to_number":"+12025550140","from_number":"+12025550123","timeout":25}}],
            [{"type":"phone","params":{"to_number":"+12025550141","from_number":"+12025550100","timeout":5}}],
        ]})
    );
    // A SIP caller has no number to lend, and a dial has no origin.
    let sip = Device::sip("sip:a@b", "sip:c@d");
    let bare = fill(row, &[("devices", "+12025550140")]).unwrap();
    let sent = wire(row, &bare, &Target { device: Some(&sip), ..Target::default() });
    assert_eq!(sent["devices"][0][0]["params"], json!({"to_number":"+12025550140"}));
    let sent = wire(method("dial").unwrap(), &bare, &target);
    assert_eq!(sent["devices"][0][0]["params"], json!({"to_number":"+12025550140"}));
}

#[test]
fn forms_of_v2_are_taken_and_left_untouched() {
    let row = method("play").unwrap();
    let given = json!({"media": {"type":"tts","text":"Hi"}, "volume": 0});
    let given = given.as_object().unwrap();
    let before = given.clone();
    let values = fill_json(row, given).unwrap();
    assert_eq!(*given, before);
    assert_eq!(
        wire(row, &values, &Target::default()),
        json!({"play":[{"type":"tts","params":{"text":"Hi"}}]})
    );
}

#[test]
fn documented_calls_of_v2_send_what_v2_sends() {
    let origin = Device::phone("+12025550199").from("+12025550123").timeout(30);
    let target = Target { device: Some(&origin), ..Target::default() };
    let table = [
        (
            "connect",
            json!({"devices": [{"to_number":"+12025550140","timeout":"20"},
                [{"to_number":"+12025550141"},{"call_type":"phone","to_number":"+12025550142","from_number":"+12025550100"}]],
                "ringback": [{"type":"ringtone","name":"us"}]}),
            json!({"devices": [
                [{"type":"phone","params":{"to_number":"+12025550140","timeout":20,"from_number":"+12025550123"}}],
                [{"type":"phone","params":{"to_number":"+12025550141","from_number":"+12025550123","timeout":30}},
                 {"type":"phone","params":{"to_number":"+12025550142","from_number":"+12025550100","timeout":30}}]],
                "ringback": [{"type":"ringtone","params":{"name":"us"}}]}),
        ),
        (
            "play",
            json!({"media": [{"type":"audio","url":"https://a/b.mp3"},{"type":"silence","duration":3},
                {"type":"ringtone","name":"at","duration":"5"}], "volume": 4}),
            json!({"play": [{"type":"audio","params":{"url":"https://a/b.mp3"}},
                {"type":"silence","params":{"duration":3.0}},
                {"type":"ringtone","params":{"name":"at","duration":5.0}}], "volume": 4.0}),
        ),
        (
            "prompt",
            json!({"prompt_type":"both","media":{"type":"tts","text":"?"},"digits_max":3,"end_silence_timeout":2}),
            json!({"play":[{"type":"tts","params":{"text":"?"}}],
                "collect":{"digits":{"max":3},"speech":{"end_silence_timeout":2.0}}}),
        ),
        ("record", json!({}), json!({"record":{"audio":{}}})),
        ("hangup", json!({}), json!({"reason":"hangup"})),
        ("hangup", json!({"reason":"busy"}), json!({"reason":"busy"})),
        (
            "tap",
            json!({"audio_direction":"both","target_type":"rtp","target_addr":"203.0.113.20","target_port":"4000"}),
            json!({"tap":{"type":"audio","params":{"direction":"both"}},
                "device":{"type":"rtp","params":{"addr":"203.0.113.20","port":4000}}}),
        ),
        ("detect_digit", json!({}), json!({"detect":{"type":"digit","params":{}}})),
        (
            "amd",
            json!({"wait_for_beep":true,"timeout":20}),
            json!({"detect":{"type":"machine","params":{}},"timeout":20.0}),
        ),
    ];
    for (name, given, sent) in table {
        let row = method(name).unwrap();
        let values = fill_json(row, given.as_object().unwrap()).unwrap();
        assert_eq!(wire(row, &values, &target), sent, "{name}");
    }
}

#[test]
fn numbers_are_sent_as_the_protocol_has_them() {
    let row = method("prompt_tts").unwrap();
    let given = json!({"prompt_type":"digits","text":"?","digits_max":4.0,"initial_timeout":8,"volume":0});
    let values = fill_json(row, given.as_object().unwrap()).unwrap();
    assert_eq!(
        wire(row, &values, &Target::default()).to_string(),
        r#"{"collect":{"digits":{"max":4},"initial_timeout":8.0},"play":[{"type":"tts","params":{"text":"?"}}],"volume":0.0}"#
    );
    let digits = method("send_digits").unwrap();
    let values = fill(digits, &[("digits", "1abcdwW#")]).unwrap();
    assert_eq!(wire(digits, &values, &Target::default()), json!({"digits":"1ABCDwW#"}));
}

#[test]
fn an_empty_text_can_be_asked_for() {
    let row = method("record").unwrap();
    let values = fill(row, &[("terminators", "\"\""), ("beep", "")]).unwrap();
    assert_eq!(wire(row, &values, &Target::default()), json!({"record":{"audio":{"terminators":""}}}));
    assert_eq!(text_of(row.argument("terminators").unwrap(), &json!("")), "\"\"");
}

#[test]
fn odd_ringtones_are_sent_with_a_warning() {
    let row = method("play_ringtone").unwrap();
    let values = fill(row, &[("name", "bong")]).unwrap();
    assert_eq!(warnings(row, &values)[0].to_string(), "name: bong is not one of the documented ringtones");
    assert!(warnings(row, &fill(row, &[("name", "US")]).unwrap()).is_empty());
    let row = method("play").unwrap();
    let values = fill(row, &[("media", "ringtone: us; ringtone: zz 2")]).unwrap();
    assert_eq!(warnings(row, &values)[0].field, "media.1.name");
}

proptest! {
    #[test]
    fn no_text_panics(texts in proptest::collection::vec(any_text(), 12)) {
        for row in METHODS {
            let named: Vec<_> =
                row.arguments().map(|field| field.name).zip(texts.iter().map(String::as_str)).collect();
            if let Err(invalid) = fill(row, &named) {
                prop_assert!(!invalid.errors.is_empty());
                let _ = invalid.to_string();
            }
        }
    }

    #[test]
    fn no_value_panics(value in any_json()) {
        let target = Target::default();
        for row in METHODS {
            let values: Values =
                row.arguments().map(|field| (field.name.to_owned(), value.clone())).collect();
            let _ = (check(row, &values), warnings(row, &values), fill_json(row, &values));
            let _ = wire(row, &values, &target);
            for field in row.arguments() {
                let _ = text_of(field, &value);
            }
        }
    }

    #[test]
    fn what_was_filled_is_shown_so_that_it_fills_the_same(text in any_text()) {
        for row in METHODS {
            for field in row.arguments() {
                let with = |text: &str| {
                    let texts: Vec<_> = sample(row).into_iter().chain([(field.name, text)]).collect();
                    fill(row, &texts)
                };
                let Ok(values) = with(&text) else { continue };
                let Some(value) = values.get(field.name) else { continue };
                let again = with(&text_of(field, value));
                prop_assert_eq!(again.as_ref(), Ok(&values), "{}.{}", row.name, field.name);
            }
        }
    }
}

/// Words of every syntax in odd orders, and any text at all.
fn any_text() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(vec![
        "tts:",
        "silence:",
        "ringtone:",
        "audio:",
        "https://a/b",
        "+12025550123",
        "from=",
        "timeout=5",
        "sip:a@b",
        ";",
        ",",
        "\n",
        " ",
        "=",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "us",
        "2",
        "-1.5",
        "1e400",
        "yes",
        "é",
        "x",
        "\u{7f}",
        "both",
    ]);
    prop_oneof![
        proptest::collection::vec(word, 0..10).prop_map(|words| words.concat()),
        "(?s).{0,40}",
        "[0-9*#A-Dw+.-]{0,12}"
    ]
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|b| json!(b)),
        any::<i64>().prop_map(|n| json!(n)),
        any::<f64>().prop_map(|n| json!(n)),
        any_text().prop_map(|t| json!(t)),
        Just(
            json!({"type":"phone","params":{"to_number":"+12025550123","timeout":1e300,"headers":[{"name":"é-"}]}})
        ),
        Just(json!({"type":"ringtone","params":{"name":3,"duration":"x"}})),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let keys = proptest::sample::select(vec!["type", "params", "to_number", "timeout", "duration", "x"]);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| json!(items)),
            proptest::collection::vec((keys, inner), 0..4)
                .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}
