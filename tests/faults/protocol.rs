//! The protocol: F31 to F37, F44, F47 and F48.

use std::time::Duration;

use callboard::calling::Error;
use callboard::calling::params::{Dial, PlaySilence, Record};
use callboard::client::Outcome;
use callboard::model::Phase;
use callboard::protocol::{CallId, CallState};
use callboard::sim::Stage;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::rig::{BUSY, Rig, invoke, seeds};

/// Numbers of which each is answered after a while of its own.
const DIALLED: &str = r#"
[[number]]
match = "+14155*"
party = "slow"
[parties.slow]
after = [1.0, 20.0]
"#;

fn is_event(text: &str) -> bool {
    text.contains("\"signalwire.event\"")
}

fn opens(rig: &Rig) -> usize {
    rig.switch.look(|_, account| account.opens.len())
}

/// Every event up to five times, at once or behind later ones: acknowledged each time, taken in once.
#[test]
fn f31_duplicate_events() {
    seeds(BUSY, async |rig| {
        let mut dice = rig.dice.fork();
        rig.switch.hand(move |text| {
            let copies = if is_event(&text) { dice.u8(0..5) } else { 0 };
            let again = (0..copies).map(|_| (if dice.bool() { 0.0 } else { dice.f64() * 2.0 }, text.clone()));
            std::iter::once((0.0, text.clone())).chain(again).collect()
        });
        rig.start().await;
        rig.busy(20.0).await;
        rig.switch.hands_off();
        rig.check().await;
        let stats = rig.model(|model| (model.stats().events, model.stats().duplicates));
        assert!(stats.1 > stats.0 / 2, "{stats:?}");
        let unacked = |sent: &&crate::account::Sent| sent.acks != sent.copies;
        assert_eq!(rig.switch.look(|_, account| account.sent.iter().filter(unacked).count()), 0);
        assert_eq!(opens(rig), 1);
    });
}

/// Events whose receipt was lost come again after the gap under other ids, and count once.
#[test]
fn f32_duplicates_with_new_ids_after_a_gap() {
    seeds(&format!("{BUSY}[session]\nresend = 'new-id'"), async |rig| {
        rig.start().await;
        for _ in 0..3 {
            rig.switch.way(|way| way.dead = [true, false]);
            let blind = rig.between(2.0, 10.0);
            rig.busy(blind).await;
            rig.switch.cut(true);
            rig.switch.way(|way| way.dead = [false, false]);
            rig.lost_within(1.0).await;
            rig.up_within(4.0).await;
            rig.busy(3.0).await;
        }
        rig.check().await;
        assert!(rig.model(|model| model.stats().duplicates) > 0);
    });
}

/// The last events of a call in each of their orders: it has ended, its play and its recording with what they brought.
#[test]
fn f33_final_events_in_every_order() {
    seeds(BUSY, async |rig| {
        rig.up_within(2.0).await;
        sleep(Duration::from_secs(3)).await;
        let mut orders = permutations(4);
        rig.dice.shuffle(&mut orders);
        for order in orders {
            let call = rig.still();
            let (play, record) = (rig.client.next_id(), rig.client.next_id());
            rig.client.submit(invoke(&PlaySilence::new(600.0), call.clone(), play.clone())).unwrap();
            let endless = Record::new().end_silence_timeout(0.0).initial_timeout(0.0);
            rig.client.submit(invoke(&endless, call.clone(), record.clone())).unwrap();
            sleep(Duration::from_secs(2)).await;
            let last = last_events(rig, &call).await;
            assert_eq!(last.len(), 4, "{last:#?}");
            for place in &order {
                rig.switch.say(&last[*place]);
                sleep(Duration::from_millis(rig.dice.u64(0..200))).await;
            }
            sleep(Duration::from_secs(1)).await;
            rig.model(|model| {
                let call = model.call(&call).expect("it is remembered");
                assert_eq!((&call.state, call.running().count()), (&CallState::Ended, 0), "{order:?}");
                let done = |id| {
                    matches!(call.action(id).map(|it| &it.phase), Some(Phase::Done { successful: true }))
                };
                assert!(done(&play) && done(&record), "{order:?}: {:?}", call.actions);
                assert!(call.action(&record).is_some_and(|record| record.yields.url.is_some()), "{order:?}");
            });
            rig.switch.stage(Stage::Arrive("still".into()));
            sleep(Duration::from_secs(2)).await;
        }
        rig.check().await;
    });
}

/// The far end hangs up; what is sent about the call is taken from the line.
async fn last_events(rig: &Rig, call: &CallId) -> Vec<String> {
    let held = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (taken, mark) = (held.clone(), format!("\"{call}\""));
    rig.switch.hand(move |text| {
        if is_event(&text) && text.contains(&mark) {
            taken.lock().unwrap().push(text);
            return Vec::new();
        }
        vec![(0.0, text)]
    });
    rig.switch.stage(Stage::HangUp(call.clone()));
    sleep(Duration::from_secs(3)).await;
    rig.switch.hands_off();
    std::mem::take(&mut held.lock().unwrap())
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let shorter = permutations(last);
    let with = |order: &Vec<usize>, place| {
        let mut order = order.clone();
        order.insert(place, last);
        order
    };
    shorter.iter().flat_map(|order| (0..count).map(move |place| with(order, place))).collect()
}

/// An event that overtakes the answer to its command finds what it is about.
#[test]
fn f34_event_before_its_answer() {
    let script = format!("{BUSY}[[fault]]\nmethod = 'calling.play'\nnth = 0\ndo = 'late'\nseconds = 2.5");
    seeds(&script, async |rig| {
        rig.start().await;
        let call = rig.still();
        let id = rig.client.next_id();
        rig.client.submit(invoke(&PlaySilence::new(1.0), call.clone(), id.clone())).unwrap();
        let phase =
            |rig: &Rig| rig.model(|model| model.call(&call)?.action(&id).map(|play| play.phase.clone()));
        sleep(Duration::from_millis(600)).await;
        assert!(matches!(phase(rig), Some(Phase::Running)), "{:?}", phase(rig));
        sleep(Duration::from_millis(1_200)).await;
        assert!(matches!(phase(rig), Some(Phase::Done { successful: true })), "{:?}", phase(rig));
        rig.busy(5.0).await;
        assert!(matches!(phase(rig), Some(Phase::Done { successful: true })), "its answer changes nothing");
        rig.check().await;
    });
}

/// Each answer twice, the second one sooner or later: one outcome.
#[test]
fn f35_answers_twice() {
    seeds(BUSY, async |rig| {
        let mut dice = rig.dice.fork();
        rig.switch.hand(move |text| {
            let again = if is_event(&text) { None } else { Some((dice.f64() * 3.0, text.clone())) };
            std::iter::once((0.0, text)).chain(again).collect()
        });
        rig.start().await;
        rig.busy(15.0).await;
        rig.switch.hands_off();
        rig.check().await;
        assert!(rig.seen(|seen| seen.faults.len()) > 10, "what is of no use is told");
        assert_eq!(opens(rig), 1);
    });
}

/// Answers to nothing that was asked are noted and change nothing.
#[test]
fn f36_answers_to_unknown_ids() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        for n in 0..50 {
            let id = [json!(format!("stranger-{n}")), json!(n), json!(null), json!([n]), json!({"id": n})];
            let id = &id[rig.dice.usize(..id.len())];
            let answer = match n % 3 {
                0 => json!({"jsonrpc": "2.0", "id": id, "result": {"code": "200"}}),
                1 => json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32002, "message": "401"}}),
                _ => json!({"jsonrpc": "2.0", "id": id, "result": {"protocol": "signalwire_other_1"}}),
            };
            rig.switch.say(&answer.to_string());
            rig.busy(0.2).await;
        }
        rig.check().await;
        assert_eq!((opens(rig), rig.seen(|seen| seen.faults.len())), (1, 50));
    });
}

/// Ids of any kind come back as they were; without one there is no acknowledgement, and the event counts all the same.
#[test]
fn f37_ids_of_every_kind() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        let before = rig.model(|model| model.stats().events);
        let ids = [
            json!(4711),
            json!(-1.5),
            json!(""),
            json!(["a", 1]),
            json!({"a": null}),
            json!(true),
            json!(null),
        ];
        for (n, id) in ids.iter().map(Some).chain([None]).enumerate() {
            let mut frame = hologram(n);
            match id {
                Some(id) => frame["id"] = id.clone(),
                None => drop(frame.as_object_mut().unwrap().remove("id")),
            }
            rig.switch.say(&frame.to_string());
        }
        sleep(Duration::from_secs(1)).await;
        rig.switch.look(|_, account| {
            for id in &ids[..6] {
                let acks: Vec<_> = account.content(&id.to_string()).map(|sent| sent.acks).collect();
                assert_eq!(acks, [1], "{id}");
            }
        });
        let holograms = |rig: &Rig| {
            rig.seen(|seen| {
                seen.received.iter().filter(|it| it.event_type.as_str().ends_with("hologram")).count()
            })
        };
        assert!(holograms(rig) == 8 && rig.model(|model| model.stats().events) >= before + 8);
        rig.check().await;
        assert_eq!(opens(rig), 1);
    });
}

/// An event of a kind that nobody knows.
pub fn hologram(n: usize) -> Value {
    json!({"jsonrpc": "2.0", "id": format!("hologram-{n}"), "method": "signalwire.event",
        "params": {"event_type": "calling.call.hologram", "params": {"n": n}}})
}

/// Sent away in the middle of a dial: with the session kept the dial has its winner, with the session gone it ends, too.
#[test]
fn f44_disconnect_in_the_middle_of_a_dial() {
    for restart in [false, true] {
        seeds(&format!("{BUSY}{DIALLED}"), async |rig| {
            rig.start().await;
            let client = rig.client.clone();
            let dial =
                tokio::spawn(async move { client.dial(Dial::phone("+14155550100", "+12025550100")).await });
            let moment = rig.between(0.2, 0.8);
            sleep(Duration::from_secs_f64(moment)).await;
            rig.switch.stage(Stage::Disconnect { restart });
            rig.lost_within(1.0).await;
            rig.up_within(6.0).await;
            rig.busy(2.0).await;
            let dialled = timeout(Duration::from_secs(130), dial).await.expect("a dial ends").unwrap();
            match dialled {
                Ok(won) => assert!(!restart && won.successful, "{won:?}"),
                Err(error) => assert!(
                    restart && matches!(error, Error::DialTimedOut { .. } | Error::Unknown(_)),
                    "{error:?}"
                ),
            }
            let logins =
                rig.switch.look(|_, account| account.asked.iter().map(Clone::clone).collect::<Vec<_>>());
            let login = logins.iter().rev().find(|asked| asked.method() == "signalwire.connect").unwrap();
            assert_eq!(login.param("protocol").is_none(), restart);
            assert_eq!(logins.iter().filter(|asked| asked.method() == "calling.dial").count(), 1);
            rig.check().await;
        });
    }
}

/// A hundred dials at once, answered in any order: each has the call that it asked for.
#[test]
fn f47_a_hundred_dials_at_once() {
    seeds(&format!("{BUSY}{DIALLED}"), async |rig| {
        rig.start().await;
        let dials: Vec<_> = (0..100)
            .map(|n| {
                let (client, to) = (rig.client.clone(), format!("+141555{n:05}"));
                tokio::spawn(async move { (client.dial(Dial::phone(&to, "+12025550100")).await, to) })
            })
            .collect();
        rig.busy(25.0).await;
        let mut calls = std::collections::HashSet::new();
        for dial in dials {
            let (won, to) = timeout(Duration::from_secs(1), dial).await.expect("all were answered").unwrap();
            let call = won.unwrap().call;
            assert_eq!(call.to_number().as_deref(), Some(to.as_str()));
            assert!(calls.insert(call.id().unwrap()), "a call of its own");
        }
        rig.check().await;
    });
}

/// A service that has had enough says so; each refusal is told, and nothing is tried again on its own.
#[test]
fn f48_rate_limited() {
    let refused = "do = 'refuse'\ncode = '429'\ntext = 'Too many requests'";
    let limits: String = (5..60).map(|nth| format!("[[fault]]\ncommand = {nth}\n{refused}\n")).collect();
    seeds(&format!("{BUSY}{limits}"), async |rig| {
        rig.up_within(2.0).await;
        sleep(Duration::from_secs(2)).await;
        let tickets: Vec<_> = (0..80).map(|_| rig.play()).collect();
        rig.busy(2.0).await;
        let refused = |outcome: &Outcome| {
            matches!(outcome, Outcome::Refused { code, message }
                if code == "429" && message.as_str() == "Too many requests")
        };
        let count = tickets
            .iter()
            .filter(|ticket| matches!(&rig.outcomes(**ticket)[..], [one] if refused(one)))
            .count();
        assert_eq!(count, 55);
        let done =
            tickets.iter().filter(|ticket| matches!(rig.outcomes(**ticket)[..], [Outcome::Done(_)])).count();
        assert_eq!(done, 25);
        rig.check().await;
        assert_eq!(opens(rig), 1);
    });
}
