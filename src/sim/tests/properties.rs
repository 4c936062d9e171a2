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

/// A load of which nothing is kept but whether it was acknowledged.
const COUNTED: &str = "[ledger]\nkeep = 0\n[flood]\ncalls = 10\nevents = 20\ntotal = 200\n";

fn ack(play: &mut Playbook, client: ClientId, event: &Value) {
    play.input(Input::Text(client, &json!({"jsonrpc": "2.0", "id": event["id"], "result": {}}).to_string()));
}

#[test]
fn a_counted_flood_waits_until_it_is_taken_and_tells_of_each_call_from_its_offer_to_its_end() {
    let mut play = Playbook::new(&COUNTED.replace("total = 200", "total = 2000"));
    let client = play.login(&[]);
    play.wait(1.0);
    let sent = play.events(client).len();
    assert!(sent < 600, "{sent} at once");
    play.wait(60.0);
    assert_eq!(play.events(client).len(), sent, "the socket has not taken them");
    while play.world.ledger().counts.events < 2_001 {
        play.input(Input::Taken(client));
        play.wait(0.1);
    }
    let first = play.bodies(client, "calling.call.receive")[0]["call_id"].clone();
    let types = ["receive", "state", "play", "state"].map(|word| format!("calling.call.{word}"));
    let of_first = |event: &&Value| event["params"]["params"]["call_id"] == first;
    let events: Vec<Value> =
        play.inbox[&client].iter().filter_map(|(_, output)| super::event_of(output)).collect();
    let told: Vec<&Value> = events.iter().filter(of_first).collect();
    assert_eq!(told.len(), 20);
    for (place, wanted) in [(0, &types[0]), (1, &types[1]), (2, &types[2]), (18, &types[2]), (19, &types[3])]
    {
        assert_eq!(told[place]["params"]["event_type"], **wanted, "{place}");
    }
    assert_eq!(told[2]["params"]["params"]["control_id"], told[3]["params"]["params"]["control_id"]);
    assert_eq!(told[19]["params"]["params"]["call_state"], "ended");
    assert_eq!(play.world.calls().count(), 0);
    ack(&mut play, client, told[5]);
    let counts = play.world.ledger().counts;
    assert_eq!((counts.acked, counts.acked_again, counts.stray_answers), (2_001, 1, 0));
}

#[test]
fn a_counted_flood_comes_again_after_a_gap_as_far_as_it_was_not_acknowledged() {
    for (rule, comes) in [("same-id", 100), ("new-id", 100), ("nothing", 0)] {
        let mut play = Playbook::new(&format!("{COUNTED}[session]\nresend = \"{rule}\""));
        play.acking = false;
        let client = play.login(&[]);
        let protocol = play.world.ledger().sent().next().map(|sent| sent.session.clone());
        assert_eq!(protocol, None, "nothing is kept");
        play.wait(1.0);
        let events: Vec<Value> =
            play.inbox[&client].iter().filter_map(|(_, output)| super::event_of(output)).collect();
        let plays = events.iter().filter(|event| event["params"]["event_type"] == "calling.call.play");
        let plays: Vec<_> = plays.cloned().collect();
        plays
            .iter()
            .skip(100)
            .chain(events.iter().filter(|event| event["params"]["event_type"] != "calling.call.play"))
            .for_each(|event| ack(&mut play, client, event));
        play.input(Input::Left(client));
        let again = play.join();
        let resume = super::with(&connect(&[]), &json!({"protocol": events[0]["params"]["event_channel"]}));
        assert_eq!(play.ask(again, "signalwire.connect", &resume)["session_restored"], true);
        play.wait(0.1);
        let repeated: Vec<_> =
            play.inbox[&again].iter().filter_map(|(_, output)| super::event_of(output)).collect();
        let repeated: Vec<_> =
            repeated.iter().filter(|event| event["params"]["event_type"] == "calling.call.play").collect();
        assert_eq!(repeated.len(), comes, "{rule}");
        if let Some(first) = repeated.first() {
            assert_eq!(first["id"] == plays[0]["id"], rule == "same-id");
            assert_eq!(first["params"], plays[0]["params"]);
        }
    }
}
