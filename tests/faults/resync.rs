//! After a gap: what is in doubt is asked for, what cannot be known is said, no wait hangs, and orphans are adopted.

use std::time::Duration;

use callboard::calling::params::{Dial, PlaySilence};
use callboard::calling::{Call, Client, Error};
use callboard::protocol::CallId;
use callboard::protocol::device::Device;
use callboard::sim::Stage;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::town::Town;

/// Callers who do nothing by themselves.
const CALLERS: &str = "[[arrival]]\nlabel = \"caller\"\nfrom = \"+1202555????\"\nto = \"+12025550199\"\ncontext = \"support\"\nparty = \"still\"\n[parties.still]\n";

async fn seconds(count: u64) {
    sleep(Duration::from_secs(count)).await;
}

/// The ids of the calls that the client holds to be live, and of those of which it says that it does not know.
fn table(client: &Client) -> (Vec<String>, Vec<String>) {
    let ids = |calls: Vec<Call>| calls.iter().map(|call| call.id().unwrap().to_string()).collect();
    let (doubtful, live) = client.calls().into_iter().filter(Call::active).partition(Call::in_doubt);
    (ids(live), ids(doubtful))
}

type Waits = Vec<JoinHandle<(Result<bool, Error>, Result<bool, Error>)>>;

/// A wait for the end of each call and of the play on it.
async fn waits(calls: &[Call]) -> Waits {
    let mut waits = Vec::new();
    for call in calls {
        let play = call.play_silence_async(PlaySilence::new(6_000)).await.unwrap();
        let call = call.clone();
        let both = async move { tokio::join!(call.wait_for_ended(), play.wait()) };
        waits.push(tokio::spawn(async move {
            let (ended, played) = both.await;
            (ended, played.map(|result| result.successful))
        }));
    }
    waits
}

/// 100 calls with a play each, 50 of which end in a gap of 28 s. Gives what 30 s after the reconnect is held to be
/// live and to be in doubt, and checks what must be so whatever the service does.
async fn after_a_gap(rules: &str) -> (Town, Vec<String>, Vec<String>) {
    let town = Town::new(&format!("{CALLERS}{rules}")).await;
    let calls = town.answered(100).await;
    let waits = waits(&calls).await;
    seconds(5).await;
    town.shut().await;
    assert_eq!(table(&town.client).1.len(), 100, "all are in doubt at once");
    for call in &calls[..50] {
        town.stage(Stage::HangUp(call.id().unwrap()));
    }
    seconds(28).await;
    town.reopen().await;
    seconds(31).await;
    let (live, doubtful) = table(&town.client);
    let living = town.living();
    assert_eq!(living.len(), 50);
    assert!(live.iter().all(|id| living.contains(id)), "{rules}: nothing that is gone is held to be live");
    for (index, wait) in waits.iter().enumerate() {
        assert!(index >= 50 || wait.is_finished(), "{rules}: the wait for {index} hangs");
    }
    // Of those that live, nobody waits for what is in doubt; what is known to go on is waited for.
    for (call, wait) in calls.iter().zip(&waits).skip(50) {
        assert!(!call.in_doubt() || wait.is_finished(), "{rules}");
    }
    assert!(town.asked("calling.play.stop") <= 300);
    waits.iter().for_each(JoinHandle::abort);
    (town, live, doubtful)
}

#[tokio::test(start_paused = true)]
async fn f45_what_is_told_again_needs_no_probe() {
    for resend in ["same-id", "new-id"] {
        let rules = format!("[session]\nresend = '{resend}'\n[calls]\nstray_control = 'accepted'\n");
        let (town, live, doubtful) = after_a_gap(&rules).await;
        assert_eq!((live, doubtful.len()), (town.living(), 0));
        let probes = town.asked("calling.play.stop");
        assert_eq!(probes, 50, "only those of which nothing was told are asked for");
    }
}

#[tokio::test(start_paused = true)]
async fn f45_what_is_lost_with_the_gap_is_found_out_by_a_probe() {
    for rules in [
        "[session]\nresend = 'nothing'\n[calls]\nstray_control = 'accepted'\n",
        "[session]\ngap = 'lost'\n[calls]\nstray_control = 'accepted'\n",
        "[session]\ngap = 'lost'\n[calls]\nstray_control = 'accepted'\ngone = 'not-found'\n",
    ] {
        let (town, live, doubtful) = after_a_gap(rules).await;
        assert_eq!((live, doubtful.len()), (town.living(), 0), "{rules}");
        assert_eq!(town.asked("calling.play.stop"), 100);
        assert!(town.client.calls().iter().take(50).all(Call::is_concluded), "nobody reported their end");
        let entries = town.client.with_model(|model, _| {
            model.entries().iter().map(|entry| entry.text.to_string()).collect::<Vec<_>>()
        });
        assert!(entries.iter().any(|text| text == "no link: 100 calls, 100 actions in doubt"));
        assert!(entries.iter().any(|text| text.ends_with("50 calls gone, 50 live")), "{:?}", entries.last());
    }
}

#[tokio::test(start_paused = true)]
async fn f45_a_refusal_that_speaks_of_the_control_alone_proves_nothing() {
    let (town, live, doubtful) = after_a_gap("[session]\ngap = 'lost'\n").await;
    assert_eq!((live.len(), doubtful), (0, town.living()), "the others are known to be gone: 410");
    assert_eq!(town.asked("calling.play.stop"), 50 + 3 * 50, "each is asked for three times at most");
    seconds(600).await;
    assert_eq!(town.asked("calling.play.stop"), 200);
}

#[tokio::test(start_paused = true)]
async fn f45_what_no_probe_can_tell_stays_in_doubt() {
    let rules = "[session]\ngap = 'lost'\n[calls]\ngone = 'failure'\nstray_control = 'accepted'\n";
    let (town, live, doubtful) = after_a_gap(rules).await;
    assert_eq!(live, town.living());
    assert_eq!(doubtful.len(), 50, "500 proves nothing");
}

#[tokio::test(start_paused = true)]
async fn f45_a_service_that_was_wrong_once_is_not_believed_again() {
    let rules = "[session]\ngap = 'lost'\n[calls]\ngone = 'not-found'\nstray_control = 'as-gone'\n";
    let (town, live, doubtful) = after_a_gap(rules).await;
    assert_eq!((live.len(), doubtful.len()), (0, 0), "by its answers all are gone");
    // One of them proves to live. So may the others.
    let one = town.living()[0].clone();
    town.stage(Stage::HangUp(CallId::from(one.as_str())));
    seconds(1).await;
    let (live, doubtful) = table(&town.client);
    assert_eq!((live.len(), doubtful.len()), (0, 99));
    assert!(town.living().iter().all(|id| doubtful.contains(id)));
    assert!(!town.client.with_model(|model, _| model.believes("404")));
    // In the next gap its 404 proves nothing.
    town.shut().await;
    town.reopen().await;
    seconds(31).await;
    assert_eq!(table(&town.client).1.len(), 99);
}

#[tokio::test(start_paused = true)]
async fn f45_waits_end_when_the_session_is_a_new_one_or_the_link_stays_lost() {
    let rules = "[session]\nkeep = 5.0\n[login]\nstale = 'ignore'\n[calls]\nstray_control = 'accepted'\n";
    let town = Town::new(&format!("{CALLERS}{rules}")).await;
    let calls = town.answered(3).await;
    let pending = waits(&calls).await;
    town.shut().await;
    seconds(20).await;
    let since = Instant::now();
    town.reopen().await;
    // The sim answers 409 to whoever does not control the call, which proves nothing.
    for wait in pending {
        let (ended, played) = wait.await.unwrap();
        assert!(matches!((ended, played), (Err(Error::Unknown(_)), Err(Error::Unknown(_)))));
    }
    assert!(since.elapsed() <= Duration::from_secs(31), "{:?}", since.elapsed());
    let town = Town::new(CALLERS).await;
    let calls = town.answered(3).await;
    let pending = waits(&calls).await;
    let since = Instant::now();
    town.shut().await;
    for wait in pending {
        let (ended, played) = wait.await.unwrap();
        assert!(matches!((ended, played), (Err(Error::Unknown(_)), Err(Error::Unknown(_)))));
    }
    let waited = since.elapsed();
    assert!((119..=121).contains(&waited.as_secs()), "{waited:?}");
    // What comes later still counts.
    town.reopen().await;
    town.stage(Stage::HangUp(calls[0].id().unwrap()));
    seconds(1).await;
    assert_eq!(calls[0].wait_for_ended().await, Ok(true));
}

#[tokio::test(start_paused = true)]
async fn i6_what_is_cut_off_is_found_out_to_be_gone_within_half_a_minute() {
    for more in ["", "gone = 'not-found'\n"] {
        let rules = format!("[session]\nkeep = 5.0\n[login]\nstale = 'ignore'\n[calls]\n{more}");
        let town = Town::new(&format!("{CALLERS}{rules}")).await;
        let calls = town.answered(60).await;
        town.shut().await;
        seconds(20).await;
        town.reopen().await;
        let mut gone = Vec::new();
        for (second, call) in calls.iter().enumerate() {
            town.stage(Stage::HangUp(call.id().unwrap()));
            seconds(1).await;
            gone.push(call);
            let (live, doubtful) = table(&town.client);
            assert!(live.is_empty(), "nothing is reported of any of them");
            let known = gone.iter().take(second.saturating_sub(29)).all(|call| call.is_concluded());
            assert!(known, "{second} {more}: half a minute after its end it is known");
            assert!(town.living().iter().all(|id| doubtful.contains(id)));
        }
        seconds(30).await;
        assert_eq!(town.client.with_model(|model, _| model.live()), 0);
        let asked = town.asked("calling.play.stop");
        seconds(600).await;
        assert_eq!(town.asked("calling.play.stop"), asked, "then nobody is asked for");
    }
}

#[tokio::test(start_paused = true)]
async fn handlers_outlive_an_end_that_was_none() {
    let rules = "[session]\ngap = 'lost'\n[calls]\ngone = 'not-found'\nstray_control = 'as-gone'\n";
    let town = Town::new(&format!("{CALLERS}{rules}")).await;
    let calls = town.answered(2).await;
    let heard = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    for call in &calls {
        let heard = heard.clone();
        call.on("calling.call.play", move |_, _| {
            heard.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        });
        call.play_silence_async(PlaySilence::new(40)).await.unwrap();
    }
    seconds(1).await;
    let before = heard.load(std::sync::atomic::Ordering::Relaxed);
    town.shut().await;
    town.reopen().await;
    seconds(5).await;
    assert!(calls.iter().all(Call::is_concluded));
    seconds(60).await;
    assert_eq!((before, heard.load(std::sync::atomic::Ordering::Relaxed)), (2, 4), "each play is finished");
}

#[tokio::test(start_paused = true)]
async fn a_probe_leaves_room_for_the_commands_of_the_user() {
    let town =
        Town::new(&format!("{CALLERS}[session]\ngap = 'lost'\n[calls]\nstray_control = 'accepted'\n")).await;
    let calls = town.answered(300).await;
    town.shut().await;
    town.reopen().await;
    seconds(2).await;
    let asked = town.asked("calling.play.stop");
    assert!((40..=52).contains(&asked), "50 a second, from a second after the login: {asked}");
    assert!(calls[299].play_silence_async(PlaySilence::new(10)).await.is_ok());
    seconds(6).await;
    assert_eq!(town.asked("calling.play.stop"), 299, "the command that was accepted told as much as a probe");
    let acts =
        town.client.with_model(|model, _| model.acts().iter().filter(|act| act.method == "probe").count());
    assert_eq!(acts, 0, "nobody did that");
}

/// A number that is picked up after so many seconds of ringing.
fn slow(after: f64) -> String {
    format!(
        "[parties.slow]\nanswers = 'human'\nafter = {after:.1}\n[[number]]\nmatch = '*'\nparty = 'slow'\n"
    )
}

async fn dials(
    town: &Town,
    count: usize,
) -> Vec<JoinHandle<Result<callboard::calling::result::DialResult, Error>>> {
    let mut dials = Vec::new();
    for n in 0..count {
        let client = town.client.clone();
        let to = Device::phone(&format!("+1415555{n:04}")).from("+18005550100").timeout(600);
        let dial = Dial::new(vec![vec![to]]);
        dials.push(tokio::spawn(async move { client.dial(dial).await }));
    }
    seconds(1).await;
    dials
}

#[tokio::test(start_paused = true)]
async fn f46_who_answers_a_dial_that_nobody_waits_for_is_adopted() {
    let town = Town::new(&slow(180.0)).await;
    let waiting = dials(&town, 20).await;
    for dial in waiting {
        assert!(matches!(dial.await.unwrap(), Err(Error::DialTimedOut { .. })));
    }
    assert!(town.client.orphans().is_empty());
    seconds(90).await;
    let orphans = town.client.orphans();
    assert_eq!(orphans.len(), 20);
    assert!(orphans.iter().all(Call::answered));
    for orphan in orphans {
        assert!(orphan.hangup().await.unwrap().successful);
    }
    assert!(town.client.orphans().is_empty() && town.living().is_empty());
}

#[tokio::test(start_paused = true)]
async fn f46_who_answers_a_dial_that_was_lost_in_a_gap_is_adopted() {
    let town = Town::new(&slow(60.0)).await;
    let waiting = dials(&town, 20).await;
    town.shut().await;
    seconds(3).await;
    town.reopen().await;
    for dial in waiting {
        assert!(matches!(dial.await.unwrap(), Err(Error::Unknown(_))), "not heard of for 30 s");
    }
    seconds(60).await;
    assert_eq!(town.client.orphans().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn f46_who_answers_in_time_is_no_orphan() {
    let town = Town::new(&slow(10.0)).await;
    let waiting = dials(&town, 5).await;
    town.shut().await;
    seconds(3).await;
    town.reopen().await;
    for dial in waiting {
        assert!(dial.await.unwrap().unwrap().successful);
    }
    assert!(town.client.orphans().is_empty());
}
