//! `callboard history` on a journal of its own: one line per call, the story of one, what is asked for and what is not.

use std::path::Path;
use std::time::Duration;

use callboard::client::{By, ClientEvent, Kept, LinkState, Outcome, Received, Ticket};
use callboard::journal::{Bounds, Journal};
use callboard::model::{Command, Occurrence, Run, Subject, Why};
use callboard::protocol::CallId;
use callboard::protocol::frame::Reply;
use callboard::time::Now;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Ran, callboard, run};

fn now(seconds: f64) -> Now {
    Now::simulated(Duration::from_secs_f64(seconds))
}

fn event(seconds: f64, event_type: &str, params: &Value) -> (Occurrence, Now) {
    let at = now(seconds);
    let frame = json!({"jsonrpc":"2.0","id":format!("{event_type} {params} {seconds}"),"method":"signalwire.event",
        "params":{"event_type":event_type,"timestamp":at.wall.as_seconds(),"params":params}});
    let received = Received::read(frame.to_string().into(), at, false).unwrap();
    (Occurrence::Reported(ClientEvent::Received(received.into())), at)
}

fn state(seconds: f64, call: &str, state: &str, reason: Option<&str>) -> (Occurrence, Now) {
    let device = json!({"type":"phone","params":{"from_number":"+12025550117","to_number":"+18005550100"}});
    let mut params = json!({"call_id":call,"node_id":"n","call_state":state,"direction":"inbound",
        "context":"support","device":device});
    if let Some(reason) = reason {
        params["end_reason"] = reason.into();
    }
    event(seconds, "calling.call.state", &params)
}

fn command(seconds: f64, ticket: u64, method: &'static str, rpc: &str, call: &str) -> (Occurrence, Now) {
    let command = Command {
        ticket: Ticket(ticket),
        method,
        rpc: rpc.into(),
        params: json!({"call_id":call,"play":[{"type":"tts","params":{"text":"Hello\u{1b}[31m"}}]}).into(),
        subject: Subject::Call(CallId::from(call)),
        now: now(seconds),
        by: By::Me,
        why: Why::default(),
    };
    (Occurrence::Submitted(command), now(seconds))
}

fn outcome(seconds: f64, ticket: u64) -> (Occurrence, Now) {
    let done = Outcome::Done(Reply::of(json!({"code":"200","message":"ok"})));
    let round_trip = Some(Duration::from_millis(41));
    (
        Occurrence::Reported(ClientEvent::Outcome { ticket: Ticket(ticket), outcome: done, round_trip }),
        now(seconds),
    )
}

fn link(seconds: f64, link: LinkState) -> (Occurrence, Now) {
    (Occurrence::Reported(ClientEvent::Link(link)), now(seconds))
}

/// A talk with a command and a note, a busy line, a call passed on, and one that lives; with a gap between.
fn story() -> Vec<(Occurrence, Now)> {
    let run = Run { version: "1".into(), process: 7, person: "ana".into(), title: "prod".into(), unread: 0 };
    let noted = Occurrence::Noted {
        call: CallId::from("talk"),
        text: "wants a refund".into(),
        by: callboard::client::By::Me,
    };
    let down = LinkState::Down { attempt: 1, retry_at: now(32.0).at, why: "reset".into() };
    vec![
        (Occurrence::Started(run), now(0.0)),
        link(1.0, LinkState::Up { since: now(1.0).at, restored: false, gaps: 0 }),
        state(2.0, "talk", "ringing", None),
        state(8.0, "talk", "answered", None),
        command(9.0, 1, "play_tts", "calling.play", "talk"),
        outcome(9.041, 1),
        state(10.0, "busy", "created", None),
        state(11.0, "busy", "ringing", None),
        state(12.0, "busy", "ended", Some("busy")),
        state(13.0, "passed", "created", None),
        command(14.0, 2, "pass", "calling.pass", "passed"),
        outcome(14.1, 2),
        (noted, now(20.0)),
        (Occurrence::Cleared, now(25.0)),
        link(30.0, down),
        link(35.0, LinkState::Up { since: now(35.0).at, restored: true, gaps: 0 }),
        state(68.0, "talk", "ended", Some("hangup")),
        state(70.0, "lives", "answered", None),
    ]
}

fn write(folder: &Path, story: &[(Occurrence, Now)]) {
    let journal = Journal::open(folder, Bounds::default()).unwrap();
    for (occurrence, now) in story {
        assert!(matches!(journal.append(occurrence, *now), Kept::As(_)));
    }
}

async fn history(folder: &Path, args: &[&str]) -> Ran {
    let mut command = callboard(&["history", "--journal", folder.to_str().unwrap()]);
    command.args(args).env("TZ", "UTC");
    run(command).await
}

/// The ids of the calls that a search finds.
async fn found(folder: &Path, args: &[&str]) -> Vec<String> {
    let ran = history(folder, &[args, &["--json"]].concat()).await;
    assert_eq!(ran.exit, 0, "{args:?} {}", ran.err);
    ran.lines().iter().map(|line| line["call_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_has_one_line_whatever_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &story());
    let ran = history(folder.path(), &[]).await;
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""));
    let lines: Vec<_> =
        ran.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        [
            "2026-01-01 00:00:13 in +1 202 555 0117 > +1 800 555 0100 support passed on passed",
            "2026-01-01 00:00:10 in +1 202 555 0117 > +1 800 555 0100 support rang 1 s; busy busy",
            "2026-01-01 00:00:02 in +1 202 555 0117 > +1 800 555 0100 support rang 6 s, answered 60 s; hangup; \
             asked: play_tts 1 talk",
            "2026-01-01 00:01:10 in +1 202 555 0117 > +1 800 555 0100 support answered 0 s; answered lives",
        ]
    );
    let ran = history(folder.path(), &["--json", "reason:hangup"]).await;
    let line = &ran.lines()[0];
    assert_eq!((&line["talk_seconds"], &line["outcome"]), (&json!(60.0), &json!("answered")));
    assert_eq!(line["asked"][0]["method"], "play_tts");
    assert_eq!(line["note"], "wants a refund");
    assert_eq!(line["ended"], "2026-01-01T00:01:08.000000Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_found_by_filter_number_time_and_outcome() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &story());
    let all = &["passed", "busy", "talk", "lives"][..];
    for (args, ids) in [
        (&[][..], all),
        (&["ctx:support talk>30s"], &["talk"][..]),
        (&["-answered note:refund"], &["talk"]),
        (&["state:ended"], &["busy", "talk"]),
        (&["--number", "202-555"], all),
        (&["--number", "5559"], &[]),
        (&["--outcome", "busy"], &["busy"]),
        (&["--outcome", "hangup|busy"], &["busy", "talk"]),
        (&["--outcome", "unanswered"], &["busy"]),
        (&["--outcome", "answered"], &["talk", "lives"]),
        (&["--outcome", "live"], &["lives"]),
        (&["--outcome", "passed"], &["passed"]),
        (&["--since", "2026-01-01 00:00:20"], &["passed", "talk", "lives"]),
        (&["--until", "2026-01-01 00:00:05"], &["talk"]),
        (&["--limit", "2"], &["talk", "lives"]),
        (&["--limit", "1", "state:ended"], &["talk"]),
    ] {
        assert_eq!(found(folder.path(), args).await, ids, "{args:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_one_call_has_its_events_commands_notes_and_the_gap() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &story());
    let ran = history(folder.path(), &["--call", "talk"]).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    let told = [
        "ringing",
        "answered",
        "asked    calling.play",
        "calling.play 200",
        "41 ms",
        "note     wants a refund",
        "link lost: reset",
        "ended: hangup",
        "gap of 5 s",
    ];
    let mut from = 0;
    for part in told {
        let place =
            ran.out[from..].find(part).unwrap_or_else(|| panic!("{part} not behind {from}:\n{}", ran.out));
        from += place;
    }
    assert!(!ran.out.contains("busy") && !ran.out.contains('\u{1b}'), "{}", ran.out);
    let ran = history(folder.path(), &["--call", "talk", "--json"]).await;
    let kinds: Vec<_> = ran.lines().iter().map(|line| line["kind"].as_str().unwrap().to_owned()).collect();
    assert!(kinds.contains(&"note".to_owned()) && kinds.last().unwrap() == "call", "{kinds:?}");
    let ran = history(folder.path(), &["--call", "nobody"]).await;
    assert_eq!((ran.exit, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("knows nothing of a call nobody"), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_calls_than_are_remembered_are_each_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut story = Vec::new();
    for n in 0..3_000 {
        let at = f64::from(n) * 0.01;
        story.push(state(at, &format!("c{n}"), "answered", None));
        story.push(state(at, &format!("c{n}"), "ended", Some("hangup")));
        // What comes late brings no second line.
        story.push(state(at, &format!("c{}", n / 2), "ended", Some("hangup")));
    }
    write(folder.path(), &story);
    let ids = found(folder.path(), &[]).await;
    let once: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!((ids.len(), once.len()), (3_000, 3_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_told_and_damage_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &story());
    for (args, part) in [
        (&["--since", "soon"][..], "--since: give a time such as"),
        (&["--outcome", "bussy"], "answered, unanswered, live"),
        (&["mark"], "known on the board only"),
        (&["--call", "x", "--limit", "1"], "cannot be used with"),
        (&["link:up"], "link"),
    ] {
        let ran = history(folder.path(), args).await;
        assert!(ran.exit == 2 && ran.err.contains(part), "{args:?} {} {}", ran.exit, ran.err);
    }
    let ran = history(&folder.path().join("none"), &[]).await;
    assert!(ran.exit == 2 && ran.err.contains("there is no journal at"), "{}", ran.err);
    let ran = run({
        let mut command = callboard(&["history", "--journal", "off"]);
        command.env("HOME", folder.path());
        command
    })
    .await;
    assert!(ran.exit == 2 && ran.err.contains("it is off"), "{}", ran.err);
    let file = folder.path().join("000000000001.sqlite");
    let mut bytes = std::fs::read(&file).unwrap();
    let place = bytes.windows(12).position(|window| window == b"Hello\\u001b[").expect("it is there");
    bytes[place] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let ran = history(folder.path(), &[]).await;
    assert!(ran.exit == 0 && ran.err.contains("1 of its records cannot be read"), "{}", ran.err);
}
