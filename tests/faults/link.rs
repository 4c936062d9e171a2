//! The link: F1 to F14, F16 and F17.

use std::time::Duration;

use callboard::client::{LinkState, Outcome};
use tokio::time::{Instant, sleep};

use crate::protocol::hologram;
use crate::rig::{BUSY, Rig, seeds};
use crate::switch::Door;

/// A service that closes properly is found again at once, and its reason is shown.
#[test]
fn f01_clean_close() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        rig.switch.close(1000);
        rig.lost_within(1.0).await;
        let said = rig.client.link();
        assert!(
            matches!(&said, LinkState::Down { why, .. } if why.as_str().contains("1000 as asked")),
            "{said:?}"
        );
        rig.up_within(2.0).await;
        rig.check().await;
    });
}

/// Whatever code it closes with, it is found again.
#[test]
fn f02_close_with_an_error_code() {
    seeds(BUSY, async |rig| {
        for code in [1001, 1011, 4000, 4999] {
            rig.start().await;
            rig.switch.close(code);
            rig.lost_within(1.0).await;
            let said = rig.client.link();
            assert!(matches!(&said, LinkState::Down { why, .. } if why.as_str().contains(&code.to_string())));
            // Four losses within a minute: patience grows.
            rig.up_within(5.0).await;
        }
        rig.check().await;
    });
}

/// A reset while nothing is under way: shown within a second, back within two.
#[test]
fn f03_reset_while_idle() {
    seeds(BUSY, async |rig| {
        rig.up_within(2.0).await;
        let moment = rig.between(0.0, 20.0);
        sleep(Duration::from_secs_f64(moment)).await;
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        rig.up_within(2.0).await;
        rig.check().await;
    });
}

/// A reset after any byte: half a frame is no frame, and what it carried comes again.
#[test]
fn f04_reset_mid_frame() {
    seeds(BUSY, async |rig| {
        rig.up_within(2.0).await;
        for _ in 0..4 {
            let limit = rig.dice.usize(1..6_000);
            rig.switch.way(|way| way.cut_after = Some(limit));
            rig.switch.cut(true);
            rig.lost_within(1.0).await;
            rig.busy(20.0).await;
            rig.switch.way(|way| way.cut_after = None);
            rig.switch.cut(false);
            sleep(Duration::from_secs(16)).await;
            rig.up_within(1.0).await;
        }
        rig.check().await;
    });
}

/// A reset behind a command, executed or not: its outcome is unknown, and it is never sent again.
#[test]
fn f05_reset_between_command_and_answer() {
    for deed in ["drop", "drop-after-executing"] {
        let script = format!("{BUSY}[[fault]]\nmethod = 'calling.play'\nnth = 3\ndo = '{deed}'");
        seeds(&script, async |rig| {
            rig.up_within(2.0).await;
            sleep(Duration::from_secs(2)).await;
            let tickets = [rig.play(), rig.play(), rig.play()];
            rig.lost_within(1.0).await;
            assert!(matches!(rig.outcomes(tickets[2])[..], [Outcome::Unknown(_)]), "{deed}");
            rig.up_within(2.0).await;
            rig.check().await;
            assert!(
                matches!(rig.outcomes(tickets[2])[..], [Outcome::Unknown(_)]),
                "{deed}: nobody knows, ever"
            );
        });
    }
}

/// A reset with the answer on its way: unknown all the same, and not sent again.
#[test]
fn f06_reset_with_the_answer_under_way() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        rig.switch.way(|way| way.latency = (0.2, 0.3));
        sleep(Duration::from_secs(1)).await;
        let came = rig.switch.look(|_, account| account.count("calling.play"));
        let ticket = rig.play();
        while rig.switch.look(|_, account| account.count("calling.play")) == came {
            sleep(Duration::from_millis(1)).await;
        }
        let moment = rig.between(0.0, 0.19);
        sleep(Duration::from_secs_f64(moment)).await;
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        assert!(matches!(rig.outcomes(ticket)[..], [Outcome::Unknown(_)]), "{:?}", rig.outcomes(ticket));
        rig.up_within(4.0).await;
        rig.check().await;
    });
}

/// A peer that says nothing on an open socket is found out within 20 s; its socket is nothing to the next one.
#[test]
fn f07_silent_peer() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        rig.switch.way(|way| way.dead = [true, true]);
        let begin = Instant::now();
        rig.busy(19.0).await;
        rig.lost_within(1.6).await;
        assert!(begin.elapsed() <= Duration::from_millis(20_600), "{:?}", begin.elapsed());
        rig.switch.way(|way| way.dead = [false, false]);
        rig.up_within(2.0).await;
        rig.check().await;
    });
}

/// Blind in one direction is blind: within 20 s when nothing comes, and a way up that takes nothing loses no event.
#[test]
fn f08_one_way_blackhole() {
    for side in 0..2 {
        seeds(BUSY, async |rig| {
            rig.start().await;
            rig.switch.way(|way| way.dead[side] = true);
            rig.busy(20.0).await;
            if side == 1 {
                rig.lost_within(0.6).await;
            }
            rig.switch.way(|way| way.dead[side] = false);
            rig.up_within(2.0).await;
            rig.check().await;
        });
    }
}

/// 150 ms with jitter each way: slower, and nothing else.
#[test]
fn f09_latency() {
    seeds(BUSY, async |rig| {
        rig.switch.way(|way| way.latency = (0.1, 0.25));
        rig.up_within(2.0).await;
        rig.busy(60.0).await;
        assert_eq!(rig.switch.look(|_, account| account.opens.len()), 1);
        rig.check().await;
        let spans: Vec<_> = rig.model(|model| model.stats().round_trips().collect());
        assert!(spans.iter().all(|span| (200..700).contains(&span.as_millis())), "{spans:?}");
    });
}

/// One segment in twenty is lost and sent again: late, in order, whole.
#[test]
fn f10_loss() {
    seeds(BUSY, async |rig| {
        rig.switch.way(|way| (way.latency, way.loss) = ((0.02, 0.04), 0.05));
        rig.up_within(4.0).await;
        rig.busy(60.0).await;
        assert_eq!(rig.switch.look(|_, account| account.opens.len()), 1);
        rig.check().await;
    });
}

/// 64 kbit/s: the floor still fits, and a burst that does not is late, not lost.
#[test]
fn f11_slow_line() {
    seeds(BUSY, async |rig| {
        rig.switch.way(|way| way.rate = Some(8_000.0));
        rig.up_within(3.0).await;
        rig.busy(30.0).await;
        for _ in 0..20 {
            rig.switch.stage(callboard::sim::Stage::Arrive("caller".into()));
        }
        rig.busy(30.0).await;
        assert_eq!(rig.switch.look(|_, account| account.opens.len()), 1);
        rig.check().await;
    });
}

/// Bytes one by one are the same frames.
#[test]
fn f12_byte_at_a_time() {
    seeds(BUSY, async |rig| {
        rig.switch.way(|way| way.pieces = Some(1));
        rig.start().await;
        rig.busy(8.0).await;
        rig.switch.way(|way| way.pieces = None);
        rig.check().await;
    });
}

/// Ten frames in one segment are ten frames.
#[test]
fn f13_frames_in_one_segment() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        rig.switch.way(|way| (way.together, way.pieces) = (2.0, None));
        for _ in 0..10 {
            rig.switch.stage(callboard::sim::Stage::Arrive("caller".into()));
        }
        rig.busy(10.0).await;
        rig.switch.way(|way| way.together = 0.0);
        rig.check().await;
    });
}

/// A link that flaps every two seconds for two minutes: patience, then 15 s at most, and the floor as it is.
#[test]
fn f14_flapping() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        let begin = rig.switch.look(|_, account| account.opens.len());
        for turn in 0..60 {
            rig.switch.cut(turn % 2 == 0);
            rig.busy(2.0).await;
        }
        let opens = rig.switch.look(|_, account| account.opens.len()) - begin;
        assert!((8..=24).contains(&opens), "{opens} connects in two minutes");
        rig.up_within(15.5).await;
        rig.check().await;
    });
}

/// Ten minutes without a server: few attempts, nothing sent later, back within 15 s of its return.
#[test]
fn f16_server_down_for_ten_minutes() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        rig.switch.door(Door::Shut("connection refused"));
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        let doubted = |model: &callboard::model::Model| {
            model.calls().filter(|call| call.is_live()).all(|call| call.doubt.is_some())
        };
        rig.within(2.0, "every live call is in doubt", doubted).await;
        let down = rig.between(590.0, 610.0);
        rig.busy(down).await;
        let opens = rig.switch.look(|_, account| account.opens.len());
        assert!((40..=80).contains(&opens), "{opens} connects in ten minutes");
        rig.switch.door(Door::Open);
        rig.up_within(15.0).await;
        rig.check().await;
    });
}

/// A peer that stops reading: nothing more is taken in, nothing grows, and within 20 s the link is given up.
#[test]
fn f17_peer_stops_reading() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        rig.switch.reads(false);
        // Receipts repeat the id, and long ones fill what there is sooner.
        let long = "x".repeat(1_000);
        let taken = |rig: &Rig| rig.model(|model| model.stats().events);
        let (mut before, mut sent) = (0, 0);
        while before != taken(rig) {
            before = taken(rig);
            for _ in 0..500 {
                sent += 1;
                let mut event = hologram(sent);
                event["id"] = format!("{sent}{long}").into();
                rig.switch.say(&event.to_string());
            }
            sleep(Duration::from_millis(500)).await;
        }
        assert!(before < 6_000, "{before}");
        sleep(Duration::from_secs_f64(18.5)).await;
        assert_eq!(before, taken(rig), "nothing is read whose receipt nobody reads");
        rig.lost_within(1.6).await;
        rig.switch.reads(true);
        rig.check().await;
    });
}
