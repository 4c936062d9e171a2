//! The same faults for a client that speaks Blade: nothing is acknowledged, nothing comes again.

use std::time::Duration;

use callboard::calling::Error;
use callboard::calling::params::{Collect, Dial, PlaySilence};
use callboard::client::{LinkState, Outcome};
use callboard::model::Model;
use callboard::protocol::Dialect;
use callboard::sim::Stage;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::rig::{BUSY, Rig, seeds_in};
use crate::switch::Door;

fn seeds(script: &str, fault: impl AsyncFn(&mut Rig)) {
    seeds_in(Dialect::Blade, script, fault);
}

fn opens(rig: &Rig) -> usize {
    rig.switch.look(|_, account| account.opens.len())
}

/// The params of the latest request of a method.
fn asked(rig: &Rig, method: &str) -> Value {
    rig.switch.look(|_, account| account.last(method).frame["params"].clone())
}

fn lost_sessions(rig: &Rig) -> u64 {
    rig.model(|model| u64::from(model.stats().lost_sessions))
}

/// A long shift without a fault: every command ends, everything that lives is known, one connection.
#[test]
fn a_shift() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        rig.busy(60.0).await;
        rig.everything_live_is_known();
        rig.check().await;
        assert_eq!(opens(rig), 1);
        assert!(rig.seen(|seen| seen.faults.is_empty()));
    });
}

#[test]
fn credentials_refused_at_start_and_later() {
    let script = format!("{BUSY}[login]\naccept = [{{ project = 'project-1', token = 'another' }}]");
    seeds(&script, async |rig| {
        rig.link_within(2.0, "refused").await;
        let long = rig.between(3_000.0, 4_000.0);
        rig.busy(long).await;
        assert_eq!(opens(rig), 1);
        assert!(matches!(rig.client.link(), LinkState::Refused { why } if !why.as_str().is_empty()));
        rig.check_accounts();
    });
    let refused =
        |nth| format!("[[fault]]\nmethod = 'signalwire.connect'\nnth = {nth}\ndo = 'refuse-login'\n");
    seeds(&format!("{BUSY}{}{}", refused(2), refused(3)), async |rig| {
        rig.start().await;
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        rig.link_within(3.0, "refused").await;
        // Once more without the old session, in case that was it.
        assert_eq!(opens(rig), 3);
        assert!(asked(rig, "blade.connect").get("sessionid").is_none());
        rig.client.reconnect();
        rig.check().await;
    });
}

/// A login that gets no further than one of its steps is no login, and is tried again.
#[test]
fn a_login_that_stops_half_way() {
    for (method, deed) in [
        ("signalwire.connect", "deaf"),
        ("setup", "drop-in-frame"),
        ("blade.subscription", "silence"),
        ("signalwire.receive", "drop"),
    ] {
        let script = format!("{BUSY}[[fault]]\nmethod = '{method}'\ndo = '{deed}'\n");
        seeds(&script, async |rig| {
            sleep(Duration::from_secs(13)).await;
            rig.up_within(10.0).await;
            assert!(opens(rig) >= 2, "{method} {deed}");
            rig.busy(10.0).await;
            rig.check().await;
        });
    }
}

/// A cut: the session is picked up by its two names, its contexts are asked for again, and doubts are resolved.
#[test]
fn a_gap_with_the_session_kept() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        for reset in [true, false] {
            rig.switch.cut(reset);
            rig.lost_within(1.0).await;
            let door = if rig.dice.bool() { Door::Shut("maintenance") } else { Door::Open };
            rig.switch.door(door);
            let away = rig.between(0.1, 15.0);
            rig.busy(away).await;
            rig.switch.door(Door::Open);
            rig.up_within(20.0).await;
            assert!(asked(rig, "setup")["protocol"].is_string());
            rig.busy(10.0).await;
        }
        assert_eq!(lost_sessions(rig), 0);
        assert_eq!(rig.switch.look(|world, _| world.ledger().counts.resumed), 2);
        rig.check().await;
    });
}

/// The service has forgotten the session: the calls of before are in doubt and then gone, those of after are ours.
#[test]
fn a_gap_with_the_session_gone() {
    seeds(&format!("{BUSY}[session]\nkeep = 0.0\n"), async |rig| {
        rig.start().await;
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        rig.up_within(4.0).await;
        assert_eq!(lost_sessions(rig), 1);
        rig.busy(20.0).await;
        rig.check().await;
        assert!(rig.model(|model| model.calls().filter(|call| call.is_live()).count()) > 0);
    });
}

/// The answer is lost with the connection: unknown, not sent again, executed once or not at all.
#[test]
fn a_cut_between_command_and_answer() {
    for deed in ["drop", "drop-after-executing", "drop-in-frame"] {
        let script = format!("{BUSY}[[fault]]\nmethod = 'calling.play'\nnth = 3\ndo = '{deed}'\n");
        seeds(&script, async |rig| {
            rig.up_within(2.0).await;
            sleep(Duration::from_secs(2)).await;
            let tickets = [rig.play(), rig.play(), rig.play()];
            rig.lost_within(1.0).await;
            assert!(matches!(rig.outcomes(tickets[2])[..], [Outcome::Unknown(_)]), "{deed}");
            rig.up_within(2.0).await;
            rig.check().await;
            assert!(matches!(rig.outcomes(tickets[2])[..], [Outcome::Unknown(_)]), "{deed}");
        });
    }
}

/// An answer that is late is unknown first, and then what it is; one that comes twice counts once.
#[test]
fn a_late_answer_and_a_double_one() {
    let script = format!(
        "{BUSY}[[fault]]\nmethod = 'calling.play'\nnth = 1\ndo = 'late'\nseconds = 14.0\n\
         [[fault]]\nmethod = 'calling.play'\nnth = 2\ndo = 'reply-twice'\n"
    );
    seeds(&script, async |rig| {
        rig.up_within(2.0).await;
        sleep(Duration::from_secs(2)).await;
        let tickets = [rig.play(), rig.play()];
        sleep(Duration::from_secs(16)).await;
        assert!(matches!(rig.outcomes(tickets[0])[..], [Outcome::Unknown(_), Outcome::Done(_)]));
        assert!(matches!(rig.outcomes(tickets[1])[..], [Outcome::Done(_)]));
        rig.check().await;
    });
}

/// Silence is noticed in time, whichever direction is dead, and pings of the socket are no reason to believe.
#[test]
fn a_silent_peer() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        rig.switch.way(|way| way.dead = [true, true]);
        rig.lost_within(16.0).await;
        rig.switch.way(|way| way.dead = [false, false]);
        rig.up_within(20.0).await;
        rig.check().await;
    });
}

#[test]
fn a_disconnect_notice() {
    for restart in [false, true] {
        seeds(BUSY, async |rig| {
            rig.start().await;
            rig.switch.stage(Stage::Disconnect { restart });
            rig.lost_within(1.0).await;
            rig.up_within(6.0).await;
            assert_eq!(lost_sessions(rig), u64::from(restart));
            rig.check().await;
        });
    }
}

/// Whatever comes in the shape of Blade, or nearly: it costs itself and nothing else.
#[test]
fn hostile_frames() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        for frame in [
            json!({"id":1,"method":"blade.broadcast"}),
            json!({"id":null,"method":"blade.broadcast","params":{"protocol":7}}),
            json!({"method":"blade.broadcast","params":{"protocol":"signalwire_x_y","event":"queuing.relay.events",
                "params":{"event_type":"calling.call.state","params":{"call_id":"evil","call_state":"answered"}}}}),
            json!({"id":"a","method":"blade.execute","params":{"protocol":"signalwire","method":"setup"}}),
            json!({"id":"b","method":"blade.netcast","params":[[[]]]}),
            json!({"id":"c","method":"blade.connect","params":{}}),
            json!({"id":"d","method":"signalwire.event","params":{"event_type":"calling.call.state",
                "params":{"call_id":"evil","call_state":"answered"}}}),
            json!({"id":"e","result":{"result":{"result":{}}}}),
            json!({"id":"f","error":[]}),
            json!([1, 2, 3]),
        ] {
            rig.switch.say(&frame.to_string());
        }
        rig.switch.say("{\"id\":\"g\",\"method\":\"blade.broadcast\",\"params\":");
        // Real events with something missing, wrong or more, beside the real ones.
        let mut dice = rig.dice.fork();
        rig.switch.hand(move |text| {
            let mut texts = vec![(0.0, text.clone())];
            if let Ok(frame) = serde_json::from_str::<Value>(&text)
                && frame["method"] == "blade.broadcast"
            {
                texts.extend((0..3).map(|_| (0.0, bent(frame.clone(), &mut dice).to_string())));
            }
            texts
        });
        rig.busy(20.0).await;
        rig.switch.hands_off();
        let evil = |model: &Model| model.call(&"evil".into()).is_some();
        assert!(!rig.model(evil), "nobody else's event is ours");
        assert!(rig.client.link().is_up() && opens(rig) == 1);
        assert!(rig.seen(|seen| !seen.faults.is_empty()));
    });
}

/// The envelope of a broadcast with one thing wrong. What is in the event itself stays, so that nothing false is told.
fn bent(mut frame: Value, dice: &mut fastrand::Rng) -> Value {
    let odd = [json!(null), json!(7), json!([]), json!({}), json!(""), json!("\u{202e}\u{1b}[2J")];
    let odd = odd[dice.usize(..odd.len())].clone();
    let at = |frame: &mut Value, key: &str| frame["params"][key] = odd.clone();
    match dice.u8(0..6) {
        0 => at(&mut frame, "protocol"),
        1 => at(&mut frame, "event"),
        2 => at(&mut frame, "params"),
        3 => frame["params"]["params"]["event_type"] = odd,
        4 => frame["params"] = odd,
        _ => frame["method"] = odd,
    }
    frame
}

/// Dials of one number each: begun, known by their answer or by an event before it, and decided by their call.
#[test]
fn a_hundred_calls_begun_at_once() {
    let script = format!(
        "{BUSY}[[number]]\nmatch = '+1415555*'\nparty = 'slow'\n[[number]]\nmatch = '+1415666*'\n\
         party = 'engaged'\n[parties.slow]\nafter = [1.0, 15.0]\n[parties.engaged]\nanswers = 'busy'\n"
    );
    seeds(&script, async |rig| {
        rig.start().await;
        let mut dice = rig.dice.fork();
        // Some answers come behind the events.
        rig.switch.hand(move |text| {
            let late = text.contains("Call started") && dice.bool();
            vec![(if late { dice.f64() * 3.0 } else { 0.0 }, text)]
        });
        let dials: Vec<_> = (0..100)
            .map(|n| {
                let to = format!("+1415{}{n:04}", if n % 3 == 0 { "666" } else { "555" });
                let client = rig.client.clone();
                tokio::spawn(async move { (client.dial(Dial::phone(&to, "+12025550100")).await, to) })
            })
            .collect();
        rig.busy(25.0).await;
        let mut calls = std::collections::HashSet::new();
        for dial in dials {
            let (dialled, to) =
                timeout(Duration::from_secs(1), dial).await.expect("all are decided").unwrap();
            let dialled = dialled.unwrap();
            assert_eq!(dialled.successful, to.starts_with("+1415555"), "{to}");
            if dialled.successful {
                assert_eq!(dialled.call.to_number().as_deref(), Some(to.as_str()));
                assert!(calls.insert(dialled.call.id().unwrap()), "a call of its own");
            }
        }
        assert_eq!(rig.switch.look(|_, account| account.count("calling.begin")), 100);
        assert_eq!(rig.model(|model| model.dials().filter(|dial| !dial.is_over()).count()), 0);
        rig.check().await;
    });
}

/// What the dialect has no word for is not sent, and the words for that name it.
#[test]
fn what_cannot_be_said_is_not_sent() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        let call = rig.client.call(&rig.still()).unwrap();
        let refused = call.collect(Collect::new("digits").digits_max(4)).await.unwrap_err();
        assert!(matches!(refused, Error::Unspeakable(_)));
        assert_eq!(refused.to_string(), "the blade dialect of this connection does not know calling.collect");
        let refused = call.play_silence_async(PlaySilence::new(1.0)).await;
        assert!(refused.is_ok());
        assert!(rig.client.unreceive(&["support"]).await.is_err());
        assert_eq!(rig.switch.look(|_, account| account.count("calling.collect")), 0);
        rig.check().await;
    });
}
