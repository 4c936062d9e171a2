//! Whatever clients send: the world lives, its ledger adds up, and equal inputs give equal outputs.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Playbook, connect};
use crate::protocol::calling::METHODS;
use crate::sim::{ClientId, Input, Output, Script, World};
use crate::time::Now;

/// Values of the wrong type, and the right ones, for any field.
fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(
            json!([[{"type": "phone", "params": {"from_number": "+12025550100", "to_number": "+12025550101"}}]])
        ),
        Just(json!([{"type": "tts", "params": {"text": "hello"}}])),
        Just(json!({"audio": {}})),
        Just(json!({"type": "machine", "params": {}})),
        Just(json!({"digits": {"max": 3}})),
    ]
}

fn any_field() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "call_id",
        "node_id",
        "control_id",
        "play",
        "record",
        "detect",
        "collect",
        "digits",
        "devices",
        "tag",
        "volume",
        "reason",
        "loop",
        "timeout",
        "contexts",
        "protocol",
        "authorization_state",
        "device",
        "tap",
        "document",
        "url",
        "dest",
    ])
    .prop_map(str::to_owned)
}

/// A frame that is nearly right: a known method, known fields, some of them aimed at a live call.
#[derive(Debug, Clone)]
enum Move {
    Text(String),
    Ask { method: String, aimed: bool, fields: Vec<(String, Value)> },
    Wait(u16),
    Leave,
}

fn any_move() -> impl Strategy<Value = Move> {
    let methods: Vec<String> = METHODS
        .iter()
        .copied()
        .chain(["signalwire.ping", "signalwire.receive", "signalwire.connect", "calling.x"])
        .map(str::to_owned)
        .collect();
    let ask = (
        prop::sample::select(methods),
        any::<bool>(),
        prop::collection::vec((any_field(), any_value()), 0..6),
    )
        .prop_map(|(method, aimed, fields)| Move::Ask { method, aimed, fields });
    prop_oneof![
        1 => "(?s).{0,60}".prop_map(Move::Text),
        1 => r#"\{"(id|method|result|error|params)":[\[\]{}a-z0-9",:]{0,30}\}?"#.prop_map(Move::Text),
        6 => ask,
        2 => (1_u16..20_000).prop_map(Move::Wait),
        1 => Just(Move::Leave),
    ]
}

fn play_all(moves: &[Move], seed: u64) -> (Vec<(Duration, Output)>, String) {
    let mut play = Playbook::of(Script::floor().unwrap(), seed);
    let mut client = play.login(&["support", "renewal", "collect", "internal"]);
    play.wait(1.0);
    for one in moves {
        match one {
            Move::Text(text) => play.input(Input::Text(client, text)),
            Move::Ask { method, aimed, fields } => {
                let mut params: serde_json::Map<_, _> = fields.iter().cloned().collect();
                if let Some(leg) = play.world.calls().next().filter(|_| *aimed) {
                    params.insert("call_id".into(), json!(leg.call_id));
                    params.insert("node_id".into(), json!(leg.node_id));
                    params.insert("control_id".into(), json!("k"));
                }
                drop(play.ask(client, method, &Value::Object(params)));
            }
            Move::Wait(millis) => play.wait(f64::from(*millis) / 1e3),
            Move::Leave => {
                play.input(Input::Left(client));
                client = play.join();
                drop(play.ask(client, "signalwire.connect", &connect(&["support"])));
            }
        }
    }
    play.wait(30.0);
    let all = play.inbox.into_values().flatten().collect();
    (all, play.world.ledger().to_json_lines())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nothing_a_client_sends_hurts_and_the_ledger_adds_up(moves in prop::collection::vec(any_move(), 0..40)) {
        let mut play = Playbook::of(Script::floor().unwrap(), 3);
        let client = play.login(&["support"]);
        let (sent, ledger) = play_all(&moves, 3);
        prop_assert!(!sent.is_empty());
        for line in ledger.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            match line["kind"].as_str().unwrap() {
                "event" => prop_assert!(line["acks"].as_u64() <= line["sends"].as_u64()),
                "command" => prop_assert!(line["executed"].as_u64() <= line["copies"].as_u64()),
                _ => prop_assert_eq!(&line["dropped"], 0),
            }
        }
        let outs = sent.iter().filter(|(_, output)| super::event_of(output).is_some()).count();
        let events = ledger.lines().filter(|line| line.contains(r#""kind":"event""#) && !line.contains(r#""sends":0"#));
        prop_assert_eq!(outs, events.count(), "each event that went out is in the ledger");
        play.input(Input::Text(client, "still there"));
    }

    #[test]
    fn the_same_seed_and_the_same_inputs_give_the_same_run(
        moves in prop::collection::vec(any_move(), 0..15), seed in 0_u64..1_000,
    ) {
        prop_assert_eq!(play_all(&moves, seed), play_all(&moves, seed));
    }
}

#[test]
fn another_seed_gives_other_ids() {
    assert_ne!(play_all(&[], 1).1, play_all(&[], 2).1);
}

#[test]
fn a_late_wake_up_changes_nothing_but_the_time_of_delivery() {
    let run = |steps: u64| {
        let mut world = World::new(Script::floor().unwrap(), 5);
        let client = ClientId(1);
        world.handle(Input::Joined(client), Now::simulated(Duration::ZERO));
        let login = json!({"jsonrpc": "2.0", "id": "r", "method": "signalwire.connect", "params": connect(&["support"])});
        let mut texts = world.handle(Input::Text(client, &login.to_string()), Now::simulated(Duration::ZERO));
        for step in 1..=steps {
            let at = Duration::from_millis(60_000 / steps * step);
            texts.extend(world.handle(Input::Wake, Now::simulated(at)));
        }
        texts
    };
    let strip = |outputs: Vec<Output>| {
        let ids = |output: &Output| match output {
            Output::Send { text, .. } => serde_json::from_str::<Value>(text).unwrap()["id"].clone(),
            other => json!(format!("{other:?}")),
        };
        outputs.iter().map(ids).collect::<Vec<_>>()
    };
    assert_eq!(strip(run(1)), strip(run(6_000)));
}

#[test]
fn a_flood_stays_within_its_window_and_flows_as_it_is_acknowledged() {
    let mut play = Playbook::new("[flood]\ncalls = 10\nevents = 6\nwindow = 100\ntotal = 1000");
    play.acking = false;
    let client = play.login(&[]);
    play.wait(10.0);
    let window = play.events(client).len();
    assert!((99..=101).contains(&window), "{window}");
    let ids: Vec<Value> = play.inbox[&client]
        .iter()
        .filter_map(|(_, output)| super::event_of(output))
        .map(|event| event["id"].clone())
        .collect();
    play.acking = true;
    for id in ids {
        play.input(Input::Text(client, &json!({"jsonrpc": "2.0", "id": id, "result": {}}).to_string()));
    }
    play.wait(10.0);
    assert_eq!(play.world.ledger().counts.events, 1_001);
    assert_eq!(play.world.ledger().counts.acked, 1_001);
    assert!(play.world.calls().count() <= 10);
    let states = play.bodies(client, "calling.call.state");
    assert!(states.iter().any(|body| body["call_state"] == "ended"));
}
