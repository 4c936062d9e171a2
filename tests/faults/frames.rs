//! Frames: F38 to F43.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use callboard::client::LinkState;
use callboard::sim::Stage;
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::protocol::hologram;
use crate::rig::{BUSY, Rig, seeds};

fn opens(rig: &Rig) -> usize {
    rig.switch.look(|_, account| account.opens.len())
}

/// What each of them must leave unharmed: the connection, every receipt, and the next call.
async fn unharmed(rig: &mut Rig, opened: usize) {
    let label = if rig.dice.bool() { "caller" } else { "still" };
    rig.switch.stage(Stage::Arrive(label.into()));
    sleep(Duration::from_secs(1)).await;
    rig.everything_live_is_known();
    rig.check_accounts();
    assert_eq!(opens(rig), opened, "it costs no connection");
}

/// Golden events, one of each type and set of fields.
fn golden() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames");
    let mut kinds = HashSet::new();
    let mut events = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file: Value =
            serde_json::from_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let frame = &case["in"];
            let (kind, paths) = (frame["params"]["event_type"].to_string(), paths(&frame["params"], ""));
            if frame["method"] == "signalwire.event" && frame["id"].is_string() && kinds.insert((kind, paths))
            {
                events.push(frame.clone());
            }
        }
    }
    events
}

/// Where its fields are, as JSON pointers.
fn paths(value: &Value, at: &str) -> Vec<String> {
    let inner: Vec<_> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, value)| (n.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let path = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    inner.iter().flat_map(|(key, value)| std::iter::once(path(key)).chain(paths(value, &path(key)))).collect()
}

fn remove(value: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => drop(fields.shift_remove(key)),
        Some(Value::Array(items)) => drop(items.remove(key.parse().unwrap())),
        _ => {}
    }
}

/// Every field of every event in turn missing, null, or of a wrong type: none of them costs more than itself.
#[test]
fn f38_every_field_missing_null_or_wrong() {
    let events = golden();
    assert!(events.len() > 80, "{}", events.len());
    seeds(BUSY, async |rig| {
        rig.start().await;
        let wrong = [json!([]), json!({}), json!(7), json!("seven"), json!(true), json!(-1e300)];
        let mut sent = 0;
        for frame in &events {
            for path in paths(&frame["params"], "/params") {
                let turn = rig.dice.usize(..wrong.len());
                for change in [None, Some(&Value::Null), Some(&wrong[turn])] {
                    let mut frame = frame.clone();
                    match change {
                        None => remove(&mut frame, &path),
                        Some(value) => *frame.pointer_mut(&path).unwrap() = value.clone(),
                    }
                    frame["id"] = json!(format!("odd-{sent}"));
                    if let Some(params) = frame["params"].as_object_mut() {
                        params.insert("mark".into(), json!(sent));
                    }
                    rig.switch.say(&frame.to_string());
                    sent += 1;
                }
            }
            sleep(Duration::from_millis(20)).await;
        }
        sleep(Duration::from_secs(3)).await;
        assert!(sent > 3_000, "{sent}");
        let acked = |sent: &&crate::account::Sent| sent.id.starts_with("\"odd-") && sent.acks == 1;
        assert_eq!(rig.switch.look(|_, account| account.sent.iter().filter(acked).count()), sent);
        unharmed(rig, 1).await;
    });
}

/// Types, methods and states that are not known: kept, answered as they should be, and the calls go on.
#[test]
fn f39_unknown_types_methods_and_states() {
    seeds(BUSY, async |rig| {
        let mut dice = rig.dice.fork();
        rig.switch.hand(move |text| {
            let state = ["\"ringing\"", "\"playing\"", "\"answered\""][dice.usize(..3)];
            let odd = text.contains("\"signalwire.event\"") && dice.u8(0..4) == 0;
            vec![(0.0, if odd { text.replace(state, "\"levitating\"") } else { text })]
        });
        rig.start().await;
        for n in 0..20 {
            rig.switch.say(&hologram(n).to_string());
            let method = ["signalwire.levitate", "calling.play", "", "signalwire.eventful"][n % 4];
            rig.switch.say(&json!({"jsonrpc": "2.0", "id": format!("m{n}"), "method": method}).to_string());
            rig.busy(0.3).await;
        }
        rig.switch.hands_off();
        assert_eq!(rig.seen(|seen| seen.faults.len()), 20);
        rig.check().await;
        assert_eq!(opens(rig), 1);
    });
}

/// Binary frames are passed over. Text that is no UTF-8 breaks the WebSocket's own rules: it ends that connection, by
/// name, and nothing else.
#[test]
fn f40_binary_and_invalid_text() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        for _ in 0..5 {
            let bytes: Vec<u8> = (0..rig.dice.usize(0..2_000)).map(|_| rig.dice.u8(..)).collect();
            rig.switch.say_raw(&Message::binary(bytes));
            rig.busy(0.5).await;
        }
        assert_eq!((opens(rig), rig.seen(|seen| seen.faults.len())), (1, 5));
        let mut bytes = hologram(1).to_string().into_bytes();
        let place = rig.dice.usize(..bytes.len());
        bytes[place] = 0xff;
        rig.switch.say_raw(&Message::Frame(Frame::message(bytes, OpCode::Data(Data::Text), true)));
        rig.lost_within(1.0).await;
        assert!(matches!(rig.client.link(), LinkState::Down { why, .. } if why.as_str().contains("UTF-8")));
        rig.up_within(2.0).await;
        rig.check().await;
        assert_eq!(opens(rig), 2);
    });
}

/// Depth, numbers, text and keys beyond what most parsers take.
#[test]
fn f41_json_at_its_limits() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        let event = |n: usize, fields: &str| {
            format!(
                r#"{{"jsonrpc":"2.0","id":"limit-{n}","method":"signalwire.event","params":{{"event_type":
                "calling.call.state","mark":{n},"params":{{"call_id":"x{n}","node_id":"n","call_state":"ended",{fields}}}}}}}"#
            )
        };
        let fields = [
            format!(r#""x":{}"#, deep(10_000)),
            format!(r#""x":{}"#, deep(100_000)),
            r#""start_time":1e400,"end_time":-1e400"#.into(),
            r#""start_time":123456789012345678901234567890"#.into(),
            r#""end_reason":"\ud800""#.into(),
            r#""end_reason":"a","end_reason":"b","call_id":"other""#.into(),
            format!(r#""{}":1"#, "k".repeat(100_000)),
        ];
        let mut order: Vec<usize> = (0..fields.len()).collect();
        rig.dice.shuffle(&mut order);
        for n in order {
            rig.switch.say(&event(n, &fields[n]));
            rig.busy(0.3).await;
        }
        for text in [deep(100_000), "[".repeat(100_000), "1e400".into(), "\"\\ud800\"".into()] {
            rig.switch.say(&text);
        }
        sleep(Duration::from_secs(1)).await;
        let acks = |n: usize| {
            rig.switch.look(|_, account| {
                account.content(&format!("\"limit-{n}\"")).map(|sent| sent.acks).sum::<u32>()
            })
        };
        assert_eq!((0..fields.len()).map(acks).collect::<Vec<_>>(), vec![1; fields.len()]);
        unharmed(rig, 1).await;
    });
}

/// Five mebibytes in one frame are taken, and so is one frame in a hundred thousand pieces. Eleven mebibytes are
/// refused by name, without being read to their end.
#[test]
fn f42_huge_and_shattered_frames() {
    const MEBIBYTE: usize = 1024 * 1024;
    seeds(BUSY, async |rig| {
        rig.switch.way(|way| way.pieces = None);
        rig.start().await;
        let sized = |n: usize, size: usize| {
            let mut frame = hologram(n);
            frame["params"]["params"]["x"] = json!("x".repeat(size));
            frame.to_string()
        };
        rig.switch.say(&sized(1, 5 * MEBIBYTE));
        rig.busy(2.0).await;
        let text = sized(2, 100_000);
        for (n, byte) in text.bytes().enumerate() {
            let kind = if n == 0 { Data::Text } else { Data::Continue };
            let last = n + 1 == text.len();
            rig.switch.say_raw(&Message::Frame(Frame::message(vec![byte], OpCode::Data(kind), last)));
        }
        rig.busy(2.0).await;
        let acks =
            |id: &str| rig.switch.look(|_, account| account.content(id).map(|sent| sent.acks).sum::<u32>());
        assert_eq!((acks("\"hologram-1\""), opens(rig)), (1, 1));
        let whole = |rig: &Rig| {
            rig.seen(|seen| {
                seen.received.iter().filter(|it| it.event_type.as_str().ends_with("hologram")).count()
            })
        };
        assert_eq!(whole(rig), 2);
        rig.switch.say(&sized(3, 11 * MEBIBYTE));
        rig.lost_within(1.0).await;
        let said = rig.client.link();
        assert!(matches!(&said, LinkState::Down { why, .. } if why.as_str().contains("10 MiB")), "{said:?}");
        rig.up_within(2.0).await;
        rig.check().await;
        assert_eq!((whole(rig), opens(rig)), (2, 2));
    });
}

/// A thousand pings a second of either kind for ten seconds: answered, and commands are as quick as before.
#[test]
fn f43_ping_flood() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        for n in 0..2_000 {
            for k in 0..5 {
                let ping =
                    json!({"jsonrpc": "2.0", "id": format!("flood-{n}-{k}"), "method": "signalwire.ping"});
                if k % 2 == 0 {
                    rig.switch.say(&ping.to_string());
                } else {
                    rig.switch.say_raw(&Message::Frame(Frame::ping(vec![b'x'; 125])));
                }
            }
            if n % 100 == 0 {
                rig.command();
            }
            sleep(Duration::from_millis(5)).await;
        }
        sleep(Duration::from_secs(1)).await;
        let slowest = rig.model(|model| model.stats().round_trips().max());
        assert!(slowest < Some(Duration::from_millis(200)), "{slowest:?}");
        assert_eq!(rig.switch.look(|_, account| account.pongs), 6_000);
        rig.check().await;
        assert_eq!(opens(rig), 1);
    });
}

/// Pings, pongs and closes may stand between the pieces of a frame.
#[test]
fn f42_control_frames_between_pieces() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        let text = hologram(5).to_string();
        let (first, rest) = text.as_bytes().split_at(rig.dice.usize(1..text.len()));
        let frame = |bytes: &[u8], kind, last| {
            Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(kind), last))
        };
        rig.switch.say_raw(&frame(first, Data::Text, false));
        rig.switch.say_raw(&Message::Frame(Frame::ping(vec![1])));
        rig.switch.say_raw(&frame(rest, Data::Continue, true));
        sleep(Duration::from_secs(1)).await;
        let came =
            |it: &std::sync::Arc<callboard::client::Received>| it.event_type.as_str().ends_with("hologram");
        assert!(rig.seen(|seen| seen.received.iter().any(came)));
        unharmed(rig, 1).await;
    });
}
