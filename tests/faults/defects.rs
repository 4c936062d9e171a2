//! What was found wrong in other clients (D1 to D22), each with the proof that it is not so here.
//!
//! Proven elsewhere: D1 by F45; D2 by F33; D8 by F47; D9 by F46; D14 by `client::wire` (`a_half_open_link…`), where the
//! old socket ends after the new one stands; D15 by F19, F24, F26 and F27, which end in different words; D18 by
//! `client::events` (`no_secret_comes_out…`); D21 by `client::calls` (`everything_that_is_remembered_has_a_bound`).
//! D22 is a client without a transport.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use callboard::calling::params::{PlaySilence, Record};
use callboard::calling::{Ask, Error};
use callboard::catalog::{self, METHODS};
use callboard::client::Outcome;
use callboard::model::Call;
use callboard::protocol::{CallId, CallState};
use callboard::sim::Stage;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::host::Alone;
use crate::rig::{BUSY, Rig, for_seeds, invoke, seeds};
use crate::switch::Door;

fn opens(rig: &Rig) -> usize {
    rig.switch.look(|_, account| account.opens.len())
}

/// The answer and the last event of an operation in one segment: no wait misses it.
#[test]
fn d03_answer_and_event_in_one_segment() {
    seeds(&format!("{BUSY}[calls]\ndelay = 0.0"), async |rig| {
        rig.up_within(2.0).await;
        sleep(Duration::from_secs(2)).await;
        rig.switch.way(|way| (way.together, way.pieces) = (0.05, None));
        let call = rig.client.call(&rig.still()).unwrap();
        for _ in 0..333 {
            let play = call.play_silence_async(PlaySilence::new(0.001)).await.unwrap();
            let played = timeout(Duration::from_secs(2), play.wait()).await.expect("it is not missed");
            assert!(played.unwrap().successful);
        }
        rig.check().await;
    });
}

/// Each event of the golden traces once, and up to five times: the same calls, to the letter.
#[test]
fn d04_repeats_leave_the_same_state() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames");
    let mut traces = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_string_lossy().starts_with("trace") {
            continue;
        }
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let frames = file["cases"].as_array().unwrap().iter().map(|case| case["in"].clone());
        let events: Vec<Value> = frames.filter(|frame| frame["method"] == "signalwire.event").collect();
        traces += usize::from(!events.is_empty());
        for_seeds(|seed| {
            let mut dice = fastrand::Rng::with_seed(seed);
            let told = |mut times: Box<dyn FnMut() -> usize>| {
                let mut alone = Alone::new();
                for (n, event) in events.iter().enumerate() {
                    for _ in 0..times() {
                        let mut event = event.clone();
                        event["id"] = json!(format!("e{n}"));
                        alone.say(&event);
                    }
                }
                alone.calls()
            };
            let once = told(Box::new(|| 1));
            assert_eq!(once, told(Box::new(move || dice.usize(1..=5))), "{}", path.display());
        });
    }
    assert!(traces >= 10, "{traces}");
}

/// What was asked for without a link was not sent, and is not sent by any of the connections that follow.
#[test]
fn d05_d06_what_is_not_sent_is_never_sent() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        let mut tickets = Vec::new();
        for _ in 0..5 {
            rig.switch.door(Door::Shut("no route to host"));
            rig.switch.cut(true);
            rig.lost_within(1.0).await;
            for _ in 0..3 {
                let pause = rig.between(0.0, 2.0);
                sleep(Duration::from_secs_f64(pause)).await;
                tickets.push(rig.play());
            }
            rig.switch.door(Door::Open);
            rig.up_within(15.0).await;
        }
        let before = rig.switch.look(|_, account| account.count("calling.play"));
        sleep(Duration::from_secs(30)).await;
        assert_eq!(before, rig.switch.look(|_, account| account.count("calling.play")));
        assert!(tickets.iter().all(|ticket| matches!(rig.outcomes(*ticket)[..], [Outcome::NotSent(_)])));
        rig.check().await;
    });
}

/// A server that answers no command at all: each method ends as unknown after ten seconds, and none as done.
#[test]
fn d07_no_answer_is_no_success() {
    let deaf = METHODS.iter().map(|method| method.rpc).collect::<HashSet<_>>();
    let deaf = deaf.iter().map(|rpc| format!("[[fault]]\nmethod = '{rpc}'\nnth = 0\ndo = 'deaf'\n"));
    seeds(&format!("{BUSY}{}", deaf.collect::<String>()), async |rig| {
        rig.up_within(2.0).await;
        sleep(Duration::from_secs(2)).await;
        let mut tickets = Vec::new();
        for method in METHODS {
            let values = catalog::fill(method, &catalog::sample(method)).unwrap();
            let (call, id) = (Some(rig.still()), rig.client.next_id());
            let ask = Ask::Invoke { method: method.name, values, call, id };
            tickets.push((method.name, rig.client.submit(ask).unwrap()));
        }
        sleep(Duration::from_secs_f64(9.9)).await;
        assert!(tickets.iter().all(|(_, ticket)| rig.outcomes(*ticket).is_empty()));
        sleep(Duration::from_secs_f64(0.4)).await;
        for (name, ticket) in &tickets {
            assert!(matches!(rig.outcomes(*ticket)[..], [Outcome::Unknown(_)]), "{name}");
        }
        rig.check().await;
        assert_eq!(opens(rig), 1);
    });
}

/// Ten thousand and one calls: none is missing, and none is passed over in silence.
#[test]
fn d10_no_silent_limit_of_calls() {
    let mut alone = Alone::new();
    for n in 0..10_001 {
        let body = json!({"call_id": format!("c{n}"), "node_id": "n", "call_state": "created", "context": "support"});
        let params = json!({"event_type": "calling.call.receive", "params": body});
        alone.say(&json!({"id": format!("e{n}"), "method": "signalwire.event", "params": params}));
    }
    assert_eq!((alone.model.live(), alone.model.stats().events), (10_001, 10_001));
    let known = |n: usize| alone.model.call(&CallId::from(format!("c{n}").as_str())).is_some();
    assert!((0..10_001).all(known));
}

/// Every kind of rubbish over one connection, and then the next call, which arrives.
#[test]
fn d11_d12_d13_rubbish_costs_no_connection() {
    let rubbish =
        (0..17).map(|n| format!("[[fault]]\nafter = {}\ndo = 'garbage'\n", 3.0 + f64::from(n) / 4.0));
    seeds(&format!("{BUSY}{}", rubbish.collect::<String>()), async |rig| {
        let mut incoming = rig.client.incoming();
        rig.start().await;
        rig.busy(12.0).await;
        while timeout(Duration::from_millis(1), incoming.next()).await.is_ok() {}
        rig.switch.stage(Stage::Arrive("still".into()));
        let next = timeout(Duration::from_secs(2), incoming.next()).await.expect("the next call arrives");
        assert_eq!(next.unwrap().to_number().as_deref(), Some("+12025550198"));
        // Long enough for the last command to have its outcome.
        sleep(Duration::from_secs(2)).await;
        assert_eq!(opens(rig), 1);
        rig.check_accounts();
    });
}

/// One command without an answer is one command without an answer: those on other calls, and the link, know nothing of
/// it.
#[test]
fn d16_a_slow_command_is_alone() {
    seeds(&format!("{BUSY}[[fault]]\nmethod = 'calling.record'\nnth = 0\ndo = 'deaf'"), async |rig| {
        rig.up_within(2.0).await;
        rig.switch.stage(Stage::Arrive("still".into()));
        sleep(Duration::from_secs(2)).await;
        let still = |model: &callboard::model::Model| {
            let calls = model.calls().filter(|call| call.to.as_str().ends_with("0198"));
            calls
                .filter(|call| call.state == CallState::Answered)
                .map(|call| call.id.clone())
                .collect::<Vec<_>>()
        };
        let [one, other] = &rig.model(still)[..] else { panic!("two calls") };
        let id = rig.client.next_id();
        let slow = rig.client.submit(invoke(&Record::new(), one.clone(), id)).unwrap();
        for _ in 0..22 {
            let id = rig.client.next_id();
            let quick = rig.client.submit(invoke(&PlaySilence::new(0.1), other.clone(), id)).unwrap();
            sleep(Duration::from_millis(500)).await;
            assert!(matches!(rig.outcomes(quick)[..], [Outcome::Done(_)]), "{:?}", rig.outcomes(quick));
        }
        assert!(matches!(rig.outcomes(slow)[..], [Outcome::Unknown(_)]));
        assert_eq!(opens(rig), 1);
        rig.check().await;
    });
}

/// A long outage with a thousand commands: each is refused here and now, none waits, and the first one after it goes.
#[test]
fn d17_nothing_waits_out_an_outage() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        rig.switch.door(Door::Shut("connection refused"));
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        let call = rig.client.call(&rig.still()).unwrap();
        for _ in 0..1_000 {
            let begin = Instant::now();
            let refused = call.play_silence(PlaySilence::new(1.0)).await;
            assert!(matches!(refused, Err(Error::NotSent(_))), "{refused:?}");
            assert!(begin.elapsed() < Duration::from_millis(5));
            sleep(Duration::from_millis(rig.dice.u64(0..200))).await;
        }
        rig.switch.door(Door::Open);
        rig.up_within(15.0).await;
        assert!(call.play_silence(PlaySilence::new(0.1)).await.unwrap().successful);
        rig.check().await;
    });
}

/// However it fails: at most twelve connects in a minute, and at least four.
#[test]
fn d19_connects_are_few() {
    let flaps = "[[fault]]\nafter = 0.5\nnth = 0\ndo = 'drop'\n";
    let fails = "[[fault]]\nmethod = 'signalwire.connect'\nnth = 0\ndo = 'refuse-login'\ncode = '-32603'\n";
    let half = "[[fault]]\nmethod = 'signalwire.connect'\nnth = 0\ndo = 'drop-in-frame'\n";
    let rubbish = "[[fault]]\nafter = 0.0\nnth = 0\ndo = 'drop-in-frame'\n";
    let doors = [Door::Shut("connection refused"), Door::Stuck, Door::Slams, Door::Mute];
    let ways = doors.into_iter().map(|door| (String::new(), door));
    let faults = [flaps, fails, half, rubbish].map(|fault| (fault.to_owned(), Door::Open));
    for (fault, door) in ways.chain(faults) {
        seeds(&format!("{BUSY}{fault}"), async |rig| {
            rig.switch.door(door.clone());
            let before = opens(rig);
            // Impatience changes nothing.
            rig.busy(60.0).await;
            let opens = opens(rig) - before;
            assert!((4..=12).contains(&opens), "{door:?} {fault}: {opens} connects in 60 s");
            rig.gaps_are_told();
        });
    }
}

/// A hundred calls in one segment are a hundred calls, for the model and for whoever waits for them.
#[test]
fn d20_a_hundred_calls_in_one_segment() {
    seeds(BUSY, async |rig| {
        let mut incoming = rig.client.incoming();
        rig.start().await;
        while timeout(Duration::from_millis(1), incoming.next()).await.is_ok() {}
        rig.switch.way(|way| (way.together, way.pieces) = (1.0, None));
        for _ in 0..100 {
            rig.switch.stage(Stage::Arrive("still".into()));
        }
        let mut offered = HashSet::new();
        while let Ok(Some(call)) = timeout(Duration::from_secs(2), incoming.next()).await {
            if call.to_number().as_deref() == Some("+12025550198") {
                offered.insert(call.id().unwrap());
            }
        }
        assert_eq!(offered.len(), 100);
        assert!(rig.model(|model| offered.iter().all(|id| model.call(id).is_some_and(Call::is_live))));
        rig.switch.way(|way| way.together = 0.0);
        rig.check().await;
    });
}
