//! Tests of the typed arguments: against their rows, and against the traces of relay-protocol 7.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::catalog::{Kind, METHODS, Target, check, fill, method, sample, wire};
use crate::protocol::device::{Device, Media};
use crate::protocol::{CallId, ControlId, EndReason, NodeId, Tag};

/// A value of the right type for every argument, whatever the rules say.
fn every_argument(name: &str) -> Values {
    let row = method(name).unwrap();
    let value = |kind: Kind| match kind {
        Kind::Int { .. } => json!(20),
        Kind::Num { .. } => json!(1.5),
        Kind::Bool => json!(true),
        Kind::Many(_) | Kind::List => json!(["a"]),
        Kind::Media => json!([{"type":"silence","params":{"duration":1.0}}]),
        Kind::Devices => json!([[{"type":"phone","params":{"to_number":"+12025550123"}}]]),
        Kind::Json => json!({"a": 1}),
        _ => json!("a"),
    };
    row.arguments().map(|field| (field.name.to_owned(), value(field.kind))).collect()
}

/// Every argument of the row is a field of the struct, and nothing else is; what goes in comes out.
fn mirrors<P: Params + serde::de::DeserializeOwned>() -> &'static str {
    let all = every_argument(P::METHOD);
    let typed: P =
        serde_json::from_value(Value::Object(all.clone())).unwrap_or_else(|e| panic!("{}: {e}", P::METHOD));
    assert_eq!(typed.values(), all, "{}", P::METHOD);
    let row = method(P::METHOD).unwrap();
    let filled = fill(row, &sample(row)).unwrap();
    let typed: P = serde_json::from_value(Value::Object(filled.clone())).unwrap();
    assert_eq!(typed.values(), filled);
    P::METHOD
}

#[test]
fn every_struct_mirrors_its_row() {
    let mut covered = vec![
        mirrors::<Answer>(),
        mirrors::<Pass>(),
        mirrors::<Hangup>(),
        mirrors::<Dial>(),
        mirrors::<Connect>(),
        mirrors::<Disconnect>(),
        mirrors::<Play>(),
        mirrors::<PlayAudio>(),
        mirrors::<PlaySilence>(),
        mirrors::<PlayRingtone>(),
        mirrors::<PlayTts>(),
        mirrors::<Record>(),
        mirrors::<Detect>(),
        mirrors::<DetectAnsweringMachine>(),
        mirrors::<DetectDigit>(),
        mirrors::<DetectFax>(),
        mirrors::<Prompt>(),
        mirrors::<PromptAudio>(),
        mirrors::<PromptRingtone>(),
        mirrors::<PromptTts>(),
        mirrors::<Collect>(),
        mirrors::<SendDigits>(),
        mirrors::<Tap>(),
        mirrors::<Stream>(),
        mirrors::<FaxSend>(),
        mirrors::<FaxReceive>(),
    ];
    let mut rows: Vec<_> = METHODS.iter().map(|row| row.name).collect();
    covered.sort_unstable();
    rows.sort_unstable();
    assert_eq!(covered, rows);
}

#[test]
fn words_are_among_the_choices_of_their_fields() {
    let choices = |name: &str, field: &str| {
        let field = method(name).unwrap().argument(field).unwrap();
        field.kind.choices().iter().map(|choice| choice.value).collect::<Vec<_>>()
    };
    let same = |words: Vec<&'static str>, name, field| {
        let mut choices = choices(name, field);
        let mut words = words;
        words.sort_unstable();
        choices.sort_unstable();
        assert_eq!(words, choices, "{name}.{field}");
    };
    let words = |all: &[AudioDirection]| all.iter().map(|w| w.as_str()).collect::<Vec<_>>();
    same(words(AudioDirection::ALL), "tap", "audio_direction");
    same(words(AudioDirection::ALL), "record", "direction");
    same(words(AudioDirection::ALL), "play", "direction");
    same(DetectType::ALL.iter().map(|w| w.as_str()).collect(), "detect", "detect_type");
    same(Gender::ALL.iter().map(|w| w.as_str()).collect(), "play_tts", "gender");
    same(InputType::ALL.iter().map(|w| w.as_str()).collect(), "prompt", "prompt_type");
    same(InputType::ALL.iter().map(|w| w.as_str()).collect(), "collect", "collect_type");
    same(RecordFormat::ALL.iter().map(|w| w.as_str()).collect(), "record", "record_format");
    same(Tone::ALL.iter().map(|w| w.as_str()).collect(), "detect", "tone");
    same(Track::ALL.iter().map(|w| w.as_str()).collect(), "stream", "track");
    same(EndReason::SENDABLE.to_vec(), "hangup", "reason");
}

#[test]
fn a_number_that_is_not_finite_is_not_mistaken_for_unset() {
    let row = method("play_tts").unwrap();
    for volume in [f64::NAN, f64::INFINITY] {
        let params = PlayTts::new("Hi").volume(volume);
        assert!(check(row, &params.values()).unwrap_err().to_string().contains("is not within -40 to 40 dB"));
    }
    let silence = Play::from(Media::silence(f64::NAN));
    assert!(check(method("play").unwrap(), &silence.values()).is_err());
}

/// What is sent for these arguments with the ids of the traces.
fn sent<P: Params>(params: &P, call: &str, control: &str, tag: &str) -> Value {
    let row = method(P::METHOD).unwrap();
    let values = params.values();
    check(row, &values).unwrap();
    let node = NodeId::from("node-1");
    let (call, control, tag) = (CallId::from(call), ControlId::from(control), Tag::from(tag));
    let on_call = row.scope == crate::catalog::Scope::Call;
    wire(
        row,
        &values,
        &Target {
            call_id: Some(&call),
            node_id: on_call.then_some(&node),
            control_id: Some(&control),
            tag: Some(&tag),
            device: None,
        },
    )
}

#[test]
fn traces_of_calls() {
    assert_eq!(sent(&Answer::new(), "call-a", "", ""), json!({"node_id":"node-1","call_id":"call-a"}));
    assert_eq!(
        sent(&Hangup::new().reason(EndReason::Hangup), "call-b2", "", ""),
        json!({"node_id":"node-1","call_id":"call-b2","reason":"hangup"})
    );
    let phone = |to: &str| Device::phone(to).from("+12025550100");
    assert_eq!(
        sent(
            &Dial::new(vec![vec![phone("+12025550123").timeout(30), phone("+12025550124").timeout(30)]]),
            "",
            "",
            "tag-1"
        ),
        json!({"tag":"tag-1","devices":[[{"type":"phone","params":{"from_number":"+12025550100","to_number":"+12025550123","timeout":30}},{"type":"phone","params":{"from_number":"+12025550100","to_number":"+12025550124","timeout":30}}]]})
    );
    let sip = Device::sip("sip:ops@example.com", "sip:desk@example.com")
        .timeout(10)
        .with("headers", json!([{"name":"X-Case","value":"42"}]))
        .with("codecs", json!(["PCMU", "OPUS"]));
    assert_eq!(
        sent(&Dial::new(vec![vec![phone("+12025550131").timeout(10)], vec![sip]]), "", "", "tag-2"),
        json!({"tag":"tag-2","devices":[[{"type":"phone","params":{"from_number":"+12025550100","to_number":"+12025550131","timeout":10}}],[{"type":"sip","params":{"from":"sip:desk@example.com","to":"sip:ops@example.com","timeout":10,"headers":[{"name":"X-Case","value":"42"}],"codecs":["PCMU","OPUS"]}}]]})
    );
    let phone = |to: &str| Device::phone(to).from("+12025550199").timeout(20);
    assert_eq!(
        sent(
            &Connect::new(vec![vec![phone("+12025550140")], vec![phone("+12025550141")]])
                .ringback([Media::ringtone("us")]),
            "call-a",
            "",
            "tag-3"
        ),
        json!({"node_id":"node-1","call_id":"call-a","tag":"tag-3","devices":[[{"type":"phone","params":{"from_number":"+12025550199","to_number":"+12025550140","timeout":20}}],[{"type":"phone","params":{"from_number":"+12025550199","to_number":"+12025550141","timeout":20}}]],"ringback":[{"type":"ringtone","params":{"name":"us"}}]})
    );
    assert_eq!(sent(&Disconnect::new(), "call-a", "", ""), json!({"node_id":"node-1","call_id":"call-a"}));
}

#[test]
fn traces_of_sounds_and_recordings() {
    let hold = Media::Tts {
        text: "Please hold the line.".into(),
        language: Some("en-US".into()),
        gender: Some("male".into()),
        voice: None,
    };
    assert_eq!(
        sent(
            &Play::new([hold, Media::audio("https://media.example.com/hold.mp3")]).volume(-3),
            "call-a",
            "ctl-p1",
            ""
        ),
        json!({"node_id":"node-1","call_id":"call-a","control_id":"ctl-p1","volume":-3.0,"play":[{"type":"tts","params":{"text":"Please hold the line.","language":"en-US","gender":"male"}},{"type":"audio","params":{"url":"https://media.example.com/hold.mp3"}}]})
    );
    assert_eq!(
        sent(&PlaySilence::new(2), "call-e", "ctl-b1", ""),
        json!({"node_id":"node-1","call_id":"call-e","control_id":"ctl-b1","play":[{"type":"silence","params":{"duration":2.0}}]})
    );
    assert_eq!(
        sent(
            &Record::conversation().beep(true).record_format("mp3").stereo(true).terminators("#"),
            "call-a",
            "ctl-r1",
            ""
        ),
        json!({"node_id":"node-1","call_id":"call-a","control_id":"ctl-r1","record":{"audio":{"beep":true,"format":"mp3","stereo":true,"direction":"both","initial_timeout":0.0,"end_silence_timeout":0.0,"terminators":"#"}}})
    );
    assert_eq!(
        sent(&Record::new().stereo(true).direction(AudioDirection::Both), "call-f", "ctl-b2", ""),
        json!({"node_id":"node-1","call_id":"call-f","control_id":"ctl-b2","record":{"audio":{"stereo":true,"direction":"both"}}})
    );
}

#[test]
fn traces_of_detectors_and_inputs() {
    let machine =
        DetectAnsweringMachine::new().initial_timeout(4.5).end_silence_timeout(1).machine_words_threshold(6);
    assert_eq!(
        sent(&machine.timeout(45).wait_for_beep(true), "call-b2", "ctl-d1", ""),
        json!({"node_id":"node-1","call_id":"call-b2","control_id":"ctl-d1","timeout":45.0,"detect":{"type":"machine","params":{"initial_timeout":4.5,"end_silence_timeout":1.0,"machine_words_threshold":6}}})
    );
    let digit = json!({"node_id":"node-1","call_id":"call-a","control_id":"ctl-d2","timeout":10.0,"detect":{"type":"digit","params":{"digits":"123"}}});
    assert_eq!(sent(&DetectDigit::new().digits("123").timeout(10), "call-a", "ctl-d2", ""), digit);
    assert_eq!(
        sent(&Detect::new(DetectType::Digit).digits("123").timeout(10), "call-a", "ctl-d2", ""),
        digit
    );
    let prompt = PromptTts::new(InputType::Digits, "Enter your four digit code, then hash.")
        .digits_max(4)
        .digits_terminators("#")
        .digits_timeout(3)
        .initial_timeout(8)
        .volume(0);
    assert_eq!(
        sent(&prompt, "call-a", "ctl-q1", ""),
        json!({"node_id":"node-1","call_id":"call-a","control_id":"ctl-q1","volume":0.0,"play":[{"type":"tts","params":{"text":"Enter your four digit code, then hash."}}],"collect":{"initial_timeout":8.0,"digits":{"max":4,"terminators":"#","digit_timeout":3.0}}})
    );
    let collect = Collect::new(InputType::Speech)
        .initial_timeout(5)
        .partial_results(true)
        .send_start_of_input(true)
        .start_input_timers(true)
        .speech_language("en-US")
        .speech_hints(["sales", "support"])
        .end_silence_timeout(1);
    assert_eq!(
        sent(&collect, "call-a", "ctl-k1", ""),
        json!({"node_id":"node-1","call_id":"call-a","control_id":"ctl-k1","initial_timeout":5.0,"partial_results":true,"send_start_of_input":true,"start_input_timers":true,"speech":{"language":"en-US","hints":["sales","support"],"end_silence_timeout":1.0}})
    );
    // Speech alone is an empty object, as in v2; both are both.
    let bare = Prompt::new(InputType::Speech, [Media::silence(1.0)]);
    assert_eq!(sent(&bare, "", "", "")["collect"], json!({"speech":{}}));
    let both = Prompt::new(InputType::Both, [Media::silence(1.0)]).digits_max(1);
    assert_eq!(sent(&both, "", "", "")["collect"], json!({"digits":{"max":1},"speech":{}}));
}

#[test]
fn traces_of_digits_taps_and_faxes() {
    assert_eq!(
        sent(&SendDigits::from("1w2W#"), "call-b2", "ctl-s1", ""),
        json!({"node_id":"node-1","call_id":"call-b2","control_id":"ctl-s1","digits":"1w2W#"})
    );
    assert_eq!(
        sent(
            &Tap::rtp(AudioDirection::Both, "203.0.113.20", 4000).codec("PCMU").target_ptime(20),
            "call-a",
            "ctl-t1",
            ""
        ),
        json!({"node_id":"node-1","call_id":"call-a","control_id":"ctl-t1","tap":{"type":"audio","params":{"direction":"both"}},"device":{"type":"rtp","params":{"addr":"203.0.113.20","port":4000,"codec":"PCMU","ptime":20}}})
    );
    assert_eq!(
        sent(&Tap::ws("listen", "wss://tap.example.com/in").rate(8000), "call-a", "ctl-t2", "")["device"],
        json!({"type":"ws","params":{"uri":"wss://tap.example.com/in","rate":8000}})
    );
    assert_eq!(
        sent(
            &FaxSend::new("https://files.example.com/offer.pdf")
                .identity("+12025550100")
                .header("Example Ltd"),
            "call-b2",
            "ctl-f1",
            ""
        ),
        json!({"node_id":"node-1","call_id":"call-b2","control_id":"ctl-f1","document":"https://files.example.com/offer.pdf","identity":"+12025550100","header_info":"Example Ltd"})
    );
    let no_header = FaxSend::from("https://files.example.com/offer.pdf").header("");
    assert_eq!(sent(&no_header, "", "", "")["header_info"], json!(""));
}
