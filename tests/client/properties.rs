//! Whatever a server sends, in whatever order: no panic, no unbounded memory, one outcome per command.

use std::collections::HashMap;

use callboard::client::ClientEvent;
use callboard::client::session::{Input, limit};
use callboard::model::Model;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::playbook::{PROTOCOL, Play, opened, play_params};

#[derive(Debug, Clone)]
enum Step {
    Connect,
    Opened,
    LogIn(u8),
    Refuse(i64),
    Lose(usize),
    Wait(f64),
    Submit(u8),
    /// Answers the request so many places back.
    Answer(usize, Value),
    Event(Value),
    Text(String),
}

fn json_value() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "c1",
        "c2",
        "k1",
        "k2",
        "t1",
        "created",
        "ringing",
        "answered",
        "ending",
        "ended",
        "playing",
        "paused",
        "finished",
        "recording",
        "error",
        "no_input",
        "connected",
        "disconnected",
        "failed",
        "MACHINE",
        "READY",
        "machine",
        "digit",
        "speech",
        "200",
        "404",
        "",
        "\u{202e}\u{1b}[31m",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        any::<i64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    let keys = [
        "call_id",
        "node_id",
        "control_id",
        "call_state",
        "state",
        "tag",
        "device",
        "type",
        "params",
        "peer",
        "detect",
        "event",
        "beep",
        "result",
        "final",
        "record",
        "url",
        "fax",
        "success",
        "dial_state",
        "call",
        "connect_state",
        "start_time",
        "answer_time",
        "end_time",
        "end_reason",
        "code",
        "message",
        "digits",
        "text",
        "tap",
        "restart",
    ];
    prop::sample::select(keys.to_vec()).prop_map(str::to_owned)
}

fn event() -> impl Strategy<Value = Value> {
    let kinds = vec![
        "calling.call.receive",
        "calling.call.state",
        "calling.call.dial",
        "calling.call.connect",
        "calling.call.play",
        "calling.call.record",
        "calling.call.detect",
        "calling.call.collect",
        "calling.call.send_digits",
        "calling.call.tap",
        "calling.call.fax",
        "calling.call.stream",
        "calling.error",
        "calling.call.refer",
        "signalwire.authorization.state",
        "messaging.state",
        "",
    ];
    let stamp = prop_oneof![any::<f64>(), 1.7e9..1.8e9, Just(0.0)];
    (prop::sample::select(kinds), stamp, json_value(), 0_u8..20, any::<bool>()).prop_map(
        |(kind, stamp, body, id, whole)| {
            let mut fields = json!({"call_id":format!("c{}", id % 3),"node_id":"n","control_id":format!("k{}", id % 2),
                "call_state":"ringing","state":"playing","tag":"t1","dial_state":"dialing","connect_state":"connecting"});
            if let (Value::Object(fields), Value::Object(more), true) = (&mut fields, &body, whole) {
                fields.extend(more.clone());
            }
            let body = if whole { fields } else { body };
            json!({"jsonrpc":"2.0","id":format!("e{id}"),"method":"signalwire.event",
                "params":{"event_type":kind,"timestamp":stamp,"params":body}})
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Connect),
        2 => Just(Step::Opened),
        3 => (0_u8..3).prop_map(Step::LogIn),
        1 => prop::sample::select(vec![-32002, -32003, -32602, -32603, 0]).prop_map(Step::Refuse),
        2 => (0_usize..4).prop_map(Step::Lose),
        3 => (0.0..25.0).prop_map(Step::Wait),
        8 => any::<u8>().prop_map(Step::Submit),
        8 => (0_usize..400, json_value()).prop_map(|(back, result)| Step::Answer(back, result)),
        8 => event().prop_map(Step::Event),
        2 => json_value().prop_map(|value| Step::Text(value.to_string())),
        1 => "\\PC*".prop_map(Step::Text),
    ]
}

fn act(play: &mut Play, step: Step) {
    match step {
        Step::Connect => {
            play.feed(Input::Connect);
        }
        Step::Opened => {
            play.feed(Input::Opened);
        }
        Step::LogIn(n) if play.speaks_blade() => {
            play.feed(Input::Opened);
            let protocol = format!("{PROTOCOL}{n}");
            for (step, result) in [
                ("blade.connect", opened(&format!("sess-{n}"))),
                ("setup", json!({ "protocol": protocol })),
                ("blade.subscription", json!({})),
            ] {
                if play.count(step) > 0 {
                    play.answer(step, result);
                }
            }
        }
        Step::LogIn(n) => {
            play.feed(Input::Opened);
            if play.count("signalwire.connect") > 0 {
                play.answer("signalwire.connect", json!({"protocol":format!("{PROTOCOL}{n}")}));
            }
        }
        Step::Refuse(code) => {
            let steps = ["signalwire.connect", "blade.subscription", "setup", "blade.connect"];
            if let Some(step) = steps.into_iter().find(|step| play.count(step) > 0) {
                play.refuse(step, code, "no");
            }
        }
        Step::Lose(unsent) => {
            let unsent: Vec<_> = play.sent.iter().rev().take(unsent).map(|(id, _)| id.clone()).collect();
            let unsent: Vec<_> = unsent.iter().map(String::as_str).collect();
            play.lose_unsent("lost", &unsent);
        }
        Step::Wait(seconds) => {
            play.wait(seconds);
        }
        Step::Submit(n) => {
            for _ in 0..=n % 90 {
                play.submit(if n % 7 == 0 { "signalwire.receive" } else { "calling.play" }, play_params());
            }
        }
        Step::Answer(back, result) => {
            if let Some((id, _)) = play.sent.iter().rev().nth(back) {
                let id = id.clone();
                play.says(&json!({"id":id,"result":result}));
            }
        }
        Step::Event(frame) if play.speaks_blade() => {
            let n = frame["id"].as_str().map_or(0, str::len) % 3;
            play.says(&json!({"jsonrpc":"2.0","id":frame["id"],"method":"blade.broadcast","params":{
                "protocol":format!("{PROTOCOL}{n}"),"event":"queuing.relay.events","params":frame["params"]}}));
        }
        Step::Event(frame) => {
            play.says(&frame);
        }
        Step::Text(text) => {
            play.feed(Input::Text(&text));
        }
    }
}

/// Few cases with each change; `PROPTEST_CASES=10000` for the long run.
fn config() -> ProptestConfig {
    let long = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { long.cases } else { 300 };
    ProptestConfig { cases, max_shrink_iters: 2_000, ..long }
}

/// What is known of calls after these events, each of them said as often as `times` has it.
fn after(events: &[Value], times: &[usize]) -> String {
    let mut play = Play::up();
    let mut model = Model::default();
    for (frame, times) in events.iter().zip(times.iter().cycle()) {
        for _ in 0..*times {
            play.says(frame);
        }
        for event in play.client_events() {
            model.apply(&event, play.now());
        }
        play.wait(0.1).feed(Input::Alive);
    }
    let call = |call: &callboard::model::Call| {
        let actions: Vec<_> =
            call.actions.iter().map(|action| (&action.control_id, &action.phase, &action.state)).collect();
        format!("{} {:?} {:?} {:?} {actions:?}\n", call.id, call.state, call.end_reason, call.peer)
    };
    model.calls().map(call).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn each_command_ends_in_one_outcome_and_at_most_one_late_one(
        steps in prop::collection::vec(step(), 1..60), blade in any::<bool>(),
    ) {
        let mut play = if blade { Play::blade(&["support"]) } else { Play::new(&["support"]) };
        let mut model = Model::default();
        let mut outcomes: HashMap<u64, Vec<String>> = HashMap::new();
        let mut submitted = 0;
        let mut finish = |play: &mut Play, submitted: &mut u64| -> Result<(), TestCaseError> {
            for event in play.client_events() {
                if let ClientEvent::Outcome { ticket, outcome, .. } = &event {
                    outcomes.entry(ticket.0).or_default().push(format!("{outcome:?}"));
                }
                model.apply(&event, play.now());
            }
            *submitted = play.tickets();
            // Nobody can be owed more answers than the bound allows.
            let owed = (1..=*submitted).filter(|ticket| !outcomes.contains_key(ticket)).count();
            prop_assert!(owed <= limit::IN_FLIGHT, "{owed} commands in flight");
            for (ticket, outcomes) in &outcomes {
                let first_is_open = outcomes[0].starts_with("Unknown");
                prop_assert!(outcomes.len() <= 1 + usize::from(first_is_open), "{ticket}: {outcomes:?}");
                prop_assert!(outcomes.len() == 1 || !outcomes[1].starts_with("Unknown"), "{ticket}: {outcomes:?}");
            }
            Ok(())
        };
        for step in steps {
            act(&mut play, step);
            finish(&mut play, &mut submitted)?;
        }
        play.feed(Input::Shutdown { unsent: Vec::new() });
        finish(&mut play, &mut submitted)?;
        prop_assert_eq!(outcomes.len() as u64, submitted, "every command has an outcome in the end");
        // A model that was told all this is still sound.
        let live = model.calls().filter(|call| call.is_live()).count();
        prop_assert_eq!(live, model.live());
    }

    #[test]
    fn repeats_change_nothing(
        events in prop::collection::vec(event(), 1..40), times in prop::collection::vec(1_usize..=5, 1..40),
    ) {
        prop_assert_eq!(after(&events, &[1]), after(&events, &times));
    }

    #[test]
    fn a_call_never_goes_back_and_nothing_runs_on_one_that_is_over(events in prop::collection::vec(event(), 1..60)) {
        let mut play = Play::up();
        let mut model = Model::default();
        let mut ranks: HashMap<String, Option<u8>> = HashMap::new();
        for frame in &events {
            play.says(frame);
            for event in play.client_events() {
                model.apply(&event, play.now());
            }
            for call in model.calls() {
                let rank = call.state.rank();
                if let Some(Some(before)) = ranks.insert(call.id.to_string(), rank) {
                    prop_assert!(rank.is_none_or(|rank| rank >= before), "{} went back to {:?}", call.id, call.state);
                }
                prop_assert!(call.is_live() || call.running().next().is_none(), "{:?}", call.actions);
            }
        }
    }
}
