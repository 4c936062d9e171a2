//! The login: F24 to F30.

use std::time::Duration;

use callboard::client::{LinkState, Outcome};
use callboard::protocol::CallState;
use tokio::time::{Instant, sleep};

use crate::rig::{BUSY, Rig, seeds};
use crate::switch::Door;

fn opens(rig: &Rig) -> usize {
    rig.switch.look(|_, account| account.opens.len())
}

/// The params of the latest login.
fn asked(rig: &Rig) -> serde_json::Value {
    rig.switch.look(|_, account| account.last("signalwire.connect").frame["params"].clone())
}

/// Wrong credentials are said to be wrong, tried once, and not again until somebody asks.
#[test]
fn f24_credentials_refused_at_start() {
    let script = format!("{BUSY}[login]\naccept = [{{ project = 'project-1', token = 'another' }}]");
    seeds(&script, async |rig| {
        rig.link_within(2.0, "refused").await;
        let long = rig.between(3_000.0, 4_000.0);
        rig.busy(long).await;
        assert_eq!(opens(rig), 1);
        assert!(matches!(rig.client.link(), LinkState::Refused { why } if !why.as_str().is_empty()));
        rig.client.reconnect();
        sleep(Duration::from_secs(60)).await;
        assert_eq!((opens(rig), rig.client.link().word()), (2, "refused"));
        rig.check_accounts();
    });
}

/// Refused later: once more without the old session, in case that was it; then it is over until somebody asks.
#[test]
fn f25_credentials_refused_later() {
    let refused =
        |nth| format!("[[fault]]\nmethod = 'signalwire.connect'\nnth = {nth}\ndo = 'refuse-login'\n");
    let script = format!("{BUSY}{}{}", refused(2), refused(3));
    seeds(&script, async |rig| {
        rig.start().await;
        let still = rig.still();
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        rig.link_within(3.0, "refused").await;
        assert_eq!(opens(rig), 3);
        assert!(asked(rig).get("protocol").is_none());
        let ticket = rig.play();
        rig.busy(600.0).await;
        assert!(matches!(rig.outcomes(ticket)[..], [Outcome::NotSent(_)]), "{:?}", rig.outcomes(ticket));
        assert_eq!(opens(rig), 3);
        let doubt = rig.model(|model| model.call(&still).map(|call| call.doubt.is_some()));
        assert_eq!(doubt, Some(true), "what is not known is not shown as known");
        rig.client.reconnect();
        rig.check().await;
    });
}

/// A service that takes the connection and says nothing is no refusal. It is found within 15 s once it speaks.
#[test]
fn f26_mute_at_login() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        rig.switch.door(Door::Mute);
        rig.switch.cut(false);
        rig.lost_within(1.0).await;
        let before = opens(rig);
        let long = rig.between(60.0, 90.0);
        let mute = Instant::now();
        while mute.elapsed().as_secs_f64() < long {
            rig.busy(1.0).await;
            assert!(!matches!(rig.client.link(), LinkState::Refused { .. } | LinkState::Up { .. }));
        }
        let tried = opens(rig) - before;
        assert!((3..=12).contains(&tried), "{tried} connects in {long} s");
        let said =
            |link: &LinkState| matches!(link, LinkState::Down { why, .. } if why.as_str().contains("login"));
        assert!(rig.seen(|seen| seen.links.iter().any(|(_, link)| said(link))), "the reason is given");
        rig.switch.door(Door::Open);
        rig.up_within(15.1).await;
        rig.check().await;
    });
}

/// A close instead of an answer is no refusal either, and tried again with patience.
#[test]
fn f27_close_before_the_login_is_answered() {
    let closed = |nth| format!("[[fault]]\nmethod = 'signalwire.connect'\nnth = {nth}\ndo = 'close'\n");
    let script = format!("{BUSY}{}{}{}", closed(1), closed(2), closed(4));
    seeds(&script, async |rig| {
        rig.up_within(5.0).await;
        assert_eq!(opens(rig), 3);
        rig.busy(5.0).await;
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        rig.check().await;
        assert_eq!(opens(rig), 5);
        assert!(!rig.seen(|seen| seen.links.iter().any(|(_, link)| link.word() == "refused")));
    });
}

/// A login that takes eight seconds is waited for, on one connection.
#[test]
fn f28_slow_login() {
    let script =
        format!("{BUSY}[[fault]]\nmethod = 'signalwire.connect'\nnth = 0\ndo = 'late'\nseconds = 8.0");
    seeds(&script, async |rig| {
        sleep(Duration::from_secs_f64(7.9)).await;
        assert_eq!(rig.client.link().word(), "authenticating");
        rig.up_within(0.5).await;
        rig.busy(5.0).await;
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        rig.up_within(9.0).await;
        assert_eq!(opens(rig), 2);
        rig.check().await;
    });
}

/// A resume that is refused costs one more login, at once; and it is told that older calls do not report here.
#[test]
fn f29_state_refused_on_resume() {
    let script = format!("{BUSY}[session]\nkeep = 0.2");
    seeds(&script, async |rig| {
        rig.start().await;
        let (still, before) = (rig.still(), opens(rig));
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        rig.up_within(2.0).await;
        assert_eq!(opens(rig), before + 2);
        assert!(asked(rig).get("authorization_state").is_none());
        assert_new_session(rig, &still);
        rig.check().await;
    });
}

/// A service that takes the resume and gives another session is not believed to have resumed.
#[test]
fn f30_another_session_on_resume() {
    let script = format!("{BUSY}[session]\nkeep = 0.2\n[login]\nstale = 'ignore'");
    seeds(&script, async |rig| {
        rig.start().await;
        let (still, before) = (rig.still(), opens(rig));
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        rig.up_within(2.0).await;
        assert_eq!(opens(rig), before + 1);
        assert!(asked(rig)["protocol"].is_string());
        assert_new_session(rig, &still);
        rig.check().await;
        // The next one resumes the new session, not the old.
        rig.switch.cut(true);
        rig.lost_within(1.0).await;
        rig.check().await;
    });
}

/// It is told that this is another session, and no older call is shown as certain.
fn assert_new_session(rig: &Rig, still: &callboard::protocol::CallId) {
    assert!(matches!(rig.client.link(), LinkState::Up { restored: false, gaps: 1, .. }));
    rig.model(|model| {
        assert_eq!(model.stats().lost_sessions, 1);
        let call = model.call(still).expect("it is not forgotten");
        assert!(call.state == CallState::Answered && call.doubt.is_some());
    });
}
