//! A log written, broken in every way, cut off by a crash, and told of; and what records say of acts.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::record::params;
use super::*;
use crate::calling::{Ask, Desk};
use crate::catalog::{Control, Values};
use crate::client::{ClientEvent, Outcome, Received, Ticket};
use crate::model::{Bulk, Consent, Occurrence, Run, Why};
use crate::protocol::frame::Reply;
use crate::protocol::id::IdSource;
use crate::time::Now;

fn now(seconds: f64) -> Now {
    Now::simulated(Duration::from_secs_f64(seconds))
}

fn record(act: &str, seconds: f64) -> Record {
    Record { ts: now(seconds).wall.rfc3339(), act: act.into(), ..Record::default() }
}

/// Two days, ten records each.
fn two_days(folder: &Path) -> Head {
    let mut log = Log::open(folder).unwrap();
    for n in 0..20 {
        let day = if n < 10 { 0.0 } else { 86_400.0 };
        log.append(&mut vec![record(&format!("act-{n}"), day + f64::from(n))]).unwrap();
    }
    log.head()
}

fn day(folder: &Path, day: usize) -> PathBuf {
    folder.join(format!("2026-01-0{day}.jsonl"))
}

fn lines(file: &Path) -> Vec<String> {
    fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

fn put(file: &Path, lines: &[String]) {
    fs::write(file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

/// Everything that is wrong, with the file by its name.
fn wrong(folder: &Path, heads: &[Head]) -> Vec<String> {
    let report = verify(folder, heads).unwrap();
    assert_eq!(report.wrong, report.flaws.len());
    let name = |flaw: &Flaw| flaw.file.file_name().unwrap().to_str().unwrap().to_owned();
    report.flaws.iter().map(|flaw| format!("{}:{}: {}", name(flaw), flaw.line, flaw.what)).collect()
}

#[test]
fn what_was_written_is_whole_over_days_and_runs_and_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/audit");
    let head = two_days(&path);
    let mut log = Log::open(&path).unwrap();
    assert_eq!((log.head().seq, log.head().hash), (20, head.hash));
    assert!(log.news.is_empty());
    let busy = Log::open(&path).unwrap_err().to_string();
    assert!(busy.contains(&std::process::id().to_string()) && busy.contains("--audit off"), "{busy}");
    // A clock that is set back does not bring records into an earlier file.
    log.append(&mut vec![record("later", 5.0), record("next day", 2.0 * 86_400.0)]).unwrap();
    drop(log);
    let report = verify(&path, &[head]).unwrap();
    assert_eq!((report.records, report.files, report.wrong), (22, 3, 0));
    assert_eq!((report.first.unwrap().0, report.last.unwrap().0), (1, 22));
    // One at the end of each run, and the one that was kept elsewhere.
    assert_eq!((report.heads, newest(&path).unwrap().hash), (3, report.head));
    assert_eq!(lines(&day(&path, 2)).len(), 11);
    for file in fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()) {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn the_chain_can_be_followed_with_the_tools_of_any_system() {
    let folder = tempfile::tempdir().unwrap();
    two_days(folder.path());
    let (first, second) = (&lines(&day(folder.path(), 1))[0], &lines(&day(folder.path(), 1))[1]);
    let body = first.rsplit_once(",\"hash\":").unwrap().0;
    let sum = |text: &str| {
        let mut tool = std::process::Command::new("sha256sum");
        let tool = tool.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut running = tool.spawn().unwrap();
        running.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        String::from_utf8(running.wait_with_output().unwrap().stdout).unwrap()[..64].to_owned()
    };
    assert!(first.ends_with(&format!(",\"hash\":\"{}\"}}", sum(body))), "{first}");
    assert!(second.contains(&format!("\"prev\":\"{}\"", sum(body))), "{second}");
}

#[test]
fn every_flipped_bit_is_found_at_its_line() {
    let folder = tempfile::tempdir().unwrap();
    two_days(folder.path());
    let file = day(folder.path(), 1);
    let bytes = fs::read(&file).unwrap();
    let line_of = |at: usize| 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
    for at in (0..bytes.len()).step_by(7).filter(|at| bytes[*at] != b'\n') {
        let mut flipped = bytes.clone();
        // The lowest bit of a digit of a hash gives another digit: nothing but the chain tells.
        flipped[at] ^= 1;
        fs::write(&file, &flipped).unwrap();
        let found = wrong(folder.path(), &[]);
        let place = format!("2026-01-01.jsonl:{}: ", line_of(at));
        assert!(found.iter().any(|flaw| flaw.starts_with(&place)), "byte {at}: {found:?}");
        assert!(found.len() <= 2, "byte {at}: {found:?}");
    }
}

#[test]
fn what_was_deleted_moved_repeated_or_put_in_is_found_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    two_days(folder.path());
    let file = day(folder.path(), 1);
    let all = lines(&file);
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = all.clone();
        change(&mut lines);
        put(&file, &lines);
        let found = wrong(folder.path(), &[]);
        put(&file, &all);
        found
    };
    assert_eq!(with(&|_| ()), [""; 0]);
    assert_eq!(
        with(&|lines| drop(lines.remove(4))),
        ["2026-01-01.jsonl:5: 1 record is missing before record 6"]
    );
    assert_eq!(
        with(&|lines| lines.truncate(7)),
        ["2026-01-02.jsonl:1: 3 records are missing before record 11"]
    );
    assert_eq!(
        with(&|lines| lines.swap(4, 5)),
        [
            "2026-01-01.jsonl:5: 1 record is missing before record 6",
            "2026-01-01.jsonl:6: record 5 stands where record 7 should be",
            "2026-01-01.jsonl:7: 1 record is missing before record 7",
        ]
    );
    assert_eq!(
        with(&|lines| lines.insert(4, lines[2].clone())),
        [
            "2026-01-01.jsonl:5: record 3 stands where record 5 should be",
            "2026-01-01.jsonl:6: 1 record is missing before record 5",
        ]
    );
    assert_eq!(with(&|lines| lines[3] = "{}".into()), ["2026-01-01.jsonl:4: this is no record"]);
    // A forger who reckons the hash of the record that was changed has not that of the next.
    let forged = with(&|lines| {
        let before = chain::open(&lines[2]).unwrap();
        let before = Head { seq: before.seq, hash: before.hash, ..Head::default() };
        lines[3] = chain::seal(&before, &serde_json::to_string(&record("nothing", 3.0)).unwrap()).0;
    });
    assert_eq!(
        forged,
        ["2026-01-01.jsonl:5: record 5 does not follow the record before it: one of the two is another"]
    );
    fs::remove_file(day(folder.path(), 1)).unwrap();
    assert_eq!(wrong(folder.path(), &[]), ["2026-01-02.jsonl:1: 10 records are missing before record 11"]);
}

#[test]
fn a_log_cut_off_or_put_back_is_found_by_an_exported_head_alone() {
    let folder = tempfile::tempdir().unwrap();
    let head = two_days(folder.path());
    let file = day(folder.path(), 2);
    let all = lines(&file);
    put(&file, &all[..6]);
    // Whoever cuts it off forgets no file.
    fs::remove_file(folder.path().join("heads")).unwrap();
    assert_eq!(wrong(folder.path(), &[]), [""; 0], "the chain cannot tell");
    let missing = "the log ends with record 16, but the head of record 20 was exported: its end is missing";
    assert_eq!(wrong(folder.path(), &[head]), [format!("2026-01-02.jsonl:0: {missing}")]);
    // And goes on: a copy of yesterday, with acts of today that were never done.
    let mut log = Log::open(folder.path()).unwrap();
    let others: Vec<_> = (0..9).map(|n| record("another", 86_500.0 + f64::from(n))).collect();
    log.append(&mut others.clone()).unwrap();
    drop(log);
    assert_eq!(wrong(folder.path(), &[]), [""; 0]);
    assert_eq!(
        wrong(folder.path(), &[head]),
        ["2026-01-02.jsonl:10: record 20 is not the one whose head was exported"]
    );
    // The heads beside the log tell the same to whoever did not think of them.
    fs::write(folder.path().join("heads"), format!("{head}\n17 torn")).unwrap();
    assert_eq!(wrong(folder.path(), &[]).len(), 1);
    assert_eq!(format!("20:{}", head.hash).parse::<Head>().unwrap().hash, head.hash);
    assert!("20".parse::<Head>().is_err() && "20:xy".parse::<Head>().is_err());
}

#[test]
fn a_head_is_written_every_thousand_records() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::open(folder.path()).unwrap();
    let heads = || fs::read_to_string(folder.path().join("heads")).unwrap_or_default();
    for n in 0..25 {
        let records: Vec<_> = (0..100).map(|_| record("act", f64::from(n))).collect();
        log.append(&mut records.clone()).unwrap();
    }
    assert_eq!(
        heads().lines().map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>(),
        ["1000", "2000"]
    );
    assert!(log.lacks_head());
    log.tell_head().unwrap();
    assert!(!log.lacks_head() && heads().lines().last().unwrap().starts_with("2500 "));
    drop(log);
    assert_eq!(heads().lines().count(), 3, "it stands there already");
}

#[test]
fn a_line_that_a_crash_cut_off_is_set_aside_and_told_wherever_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    two_days(folder.path());
    let file = day(folder.path(), 2);
    let whole = fs::read(&file).unwrap();
    let last = lines(&file).pop().unwrap().len() + 1;
    for cut in (1..last).step_by(23) {
        fs::write(&file, &whole[..whole.len() - cut]).unwrap();
        let report = verify(folder.path(), &[]).unwrap();
        // The head at the end of the run knows of the record; that it was cut off is a flaw then.
        assert_eq!((report.wrong, report.records, report.torn[0].ends_with("jsonl:10")), (1, 19, true));
        let mut log = Log::open(folder.path()).unwrap();
        assert_eq!((log.head().seq, log.news.len()), (19, 1));
        assert!(log.news[0].as_str().contains("2026-01-02.jsonl.torn"), "{}", log.news[0]);
        log.append(&mut vec![record("after the crash", 86_500.0)]).unwrap();
        drop(log);
        let torn = fs::read(folder.path().join("2026-01-02.jsonl.torn")).unwrap();
        assert!(torn.ends_with(&[&whole[whole.len() - last..whole.len() - cut], b"\n"].concat()));
        fs::write(&file, &whole).unwrap();
        fs::write(folder.path().join("heads"), "").unwrap();
        fs::write(&file, &whole[..whole.len() - cut]).unwrap();
        drop(Log::open(folder.path()).unwrap());
        assert_eq!(verify(folder.path(), &[]).unwrap().wrong, 0);
        fs::write(folder.path().join("heads"), format!("20 {}\n", chain_head(&whole))).unwrap();
    }
}

fn chain_head(bytes: &[u8]) -> Hash {
    chain::open(std::str::from_utf8(bytes).unwrap().lines().last().unwrap()).unwrap().hash
}

#[test]
fn a_damaged_end_is_told_and_the_log_goes_on_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    two_days(folder.path());
    fs::remove_file(folder.path().join("heads")).unwrap();
    let file = day(folder.path(), 2);
    let mut all = lines(&file);
    all[9] = all[9].replace("act-19", "act-91");
    put(&file, &all);
    let mut log = Log::open(folder.path()).unwrap();
    assert!(log.news[0].as_str().contains("its hash does not fit"), "{:?}", log.news);
    log.append(&mut vec![record("on", 86_500.0), record("and on", 86_501.0)]).unwrap();
    drop(log);
    assert_eq!(
        wrong(folder.path(), &[]),
        ["2026-01-02.jsonl:10: the record is not as it was written: its hash does not fit"]
    );
}

#[test]
fn what_a_failed_write_left_behind_is_taken_away_before_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::open(folder.path()).unwrap();
    log.append(&mut vec![record("one", 0.0)]).unwrap();
    let mut half = OpenOptions::new().append(true).open(day(folder.path(), 1)).unwrap();
    half.write_all(b"{\"seq\":2,\"ts\":\"20").unwrap();
    log.append(&mut vec![record("two", 0.0)]).unwrap();
    // And a file that somebody took away begins anew.
    fs::rename(day(folder.path(), 1), folder.path().join("moved")).unwrap();
    fs::remove_file(folder.path().join("moved")).unwrap();
    log.append(&mut vec![record("three", 0.0)]).unwrap();
    assert_eq!(wrong(folder.path(), &[]), ["2026-01-01.jsonl:1: 2 records are missing before record 3"]);
}

#[test]
fn params_are_hidden_by_policy_and_credentials_always() {
    let sent = json!({
        "call_id": "c1", "digits": "90817263",
        "play": [{"type": "tts", "params": {"text": "Your PIN is 4711"}},
                 {"type": "audio", "params": {"url": "https://u:pw@h.example/a/b.mp3?sig=abc#x"}}],
        "device": {"type": "sip", "params": {"to": "sip:bob:pw@pbx.example", "from": "+12025550123",
            "password": "pw", "headers": [{"name": "X-Auth", "value": "pw"}, {"name": "X-Id", "value": "7"}]}},
        "authorization_bearer_token": "pw", "collect": {"digits": {"max": 4}},
    });
    for policy in [Policy::Full, Policy::Masked, Policy::Hash] {
        for numbers in [false, true] {
            let written = params(&sent, policy, numbers).to_string();
            assert!(!written.contains("pw") && !written.contains("sig="), "{written}");
            assert_eq!(written.contains("90817263"), policy == Policy::Full);
            assert_eq!(written.contains("4711"), policy == Policy::Full);
            assert_eq!(written.contains("+12025550123"), !numbers, "{written}");
            assert!(written.contains("https://h.example/a/b.mp3?…") && written.contains("\"max\":4"));
            assert!(written.contains("\"value\":\"7\""));
        }
    }
    let hidden = |policy| params(&sent, policy, false)["digits"].as_str().unwrap().to_owned();
    assert_eq!(hidden(Policy::Masked), "xxxxxxxx");
    assert!(hidden(Policy::Hash).starts_with("sha256:"));
}

/// A desk with a scribe beside it.
struct Floor {
    desk: Desk,
    scribe: Scribe,
    now: Now,
    records: Vec<Record>,
}

impl Floor {
    fn new() -> Self {
        let origin = Origin { who: "ana".into(), session: "s1".into(), ..Origin::default() };
        let scribe = Scribe::new(origin, Policy::Masked, true);
        let desk = Desk::new(IdSource::seeded(1));
        let mut floor = Self { desk, scribe, now: now(1.0), records: Vec::new() };
        floor.state("c1", "answered");
        floor
    }

    fn take(&mut self, occurrence: &Occurrence) {
        self.records.extend(self.scribe.asked(occurrence, self.desk.model(), self.now));
        self.desk.take(occurrence, self.now);
        self.records.extend(self.scribe.followed(occurrence, self.desk.model(), self.now));
    }

    fn event(&mut self, kind: &str, params: &serde_json::Value) {
        static IDS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let id = IDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let frame = json!({"jsonrpc":"2.0","id":format!("e{id}"),"method":"signalwire.event","params":{
            "event_type":kind,"timestamp":self.now.wall.as_seconds(),"params":params}});
        let received = Received::read(frame.to_string().into(), self.now, false).unwrap();
        self.take(&Occurrence::Reported(ClientEvent::Received(Arc::new(received))));
    }

    fn state(&mut self, call: &str, state: &str) {
        let device =
            json!({"type":"phone","params":{"from_number":"+12025550123","to_number":"+18005550100"}});
        self.event("calling.call.state", &json!({"call_id":call,"node_id":"n1","call_state":state,"direction":"inbound","end_reason":"hangup",
                "context":"support","device":device}),
        );
    }

    fn ask(&mut self, ask: Ask, why: Why) -> Ticket {
        let (submission, command) = self.desk.prepare(ask, why, self.now).unwrap();
        self.take(&Occurrence::Submitted(command));
        submission.ticket
    }

    fn outcome(&mut self, ticket: Ticket, outcome: Outcome) {
        let round_trip = Some(Duration::from_millis(41));
        self.take(&Occurrence::Reported(ClientEvent::Outcome { ticket, outcome, round_trip }));
    }

    fn done(&mut self, ticket: Ticket) {
        self.outcome(ticket, Outcome::Done(Reply::of(json!({"code":"200","message":"ok"}))));
    }

    fn said(&mut self) -> Vec<String> {
        let of = |record: &Record| {
            let parts = [record.code.clone(), record.outcome.clone()].into_iter().flatten();
            let control = record.control.as_ref().map(|_| " #").unwrap_or_default();
            format!("{}{control} {}", record.act, parts.collect::<Vec<_>>().join(" ")).trim_end().to_owned()
        };
        std::mem::take(&mut self.records).iter().map(of).collect()
    }
}

fn invoke(method: &'static str, values: Values, id: &str) -> Ask {
    Ask::Invoke { method, values, call: Some("c1".into()), id: id.into() }
}

#[test]
fn an_extract_that_lies_beside_a_log_is_no_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    two_days(folder.path());
    fs::copy(day(folder.path(), 1), folder.path().join("list.jsonl")).unwrap();
    let mut log = Log::open(folder.path()).unwrap();
    log.append(&mut vec![record("later", 90_000.0)]).unwrap();
    assert_eq!((log.news.len(), wrong(folder.path(), &[])), (0, Vec::new()));
    assert_eq!(lines(&folder.path().join("list.jsonl")).len(), lines(&day(folder.path(), 1)).len());
}

#[test]
fn a_credential_goes_to_the_service_and_nowhere_else() {
    let mut floor = Floor::new();
    let mut values = Values::new();
    values.insert("url".into(), json!("wss://media.example.com"));
    values.insert("authorization_bearer_token".into(), json!("canary"));
    let asked = floor.desk.prepare(invoke("stream", values, "x"), Why::default(), floor.now);
    let (submission, command) = asked.unwrap();
    assert_eq!(submission.params["authorization_bearer_token"], "canary");
    let occurrence = Occurrence::Submitted(command);
    let journaled = crate::journal::coding::encode(&occurrence, floor.now).body;
    assert!(journaled.contains("media.example.com") && !journaled.contains("canary"), "{journaled}");
    floor.take(&occurrence);
    assert!(!format!("{:?}", floor.desk.model()).contains("canary"));
}

#[test]
fn a_hang_up_has_its_reason_its_answer_and_its_end() {
    let mut floor = Floor::new();
    let bulk = Some(Bulk { rule: "ringing>60s".into(), targets: 4, position: 2 });
    let why = Why { reason: "call +12025550188 back".into(), consent: Consent::Count, bulk };
    let ticket = floor.ask(invoke("hangup", Values::new(), "x"), why);
    let act = floor.records[0].clone();
    assert_eq!((act.method.as_deref(), act.owner.as_deref()), (Some("calling.end"), Some("own")));
    assert_eq!((act.call.as_deref(), act.node.as_deref()), (Some("c1"), Some("n1")));
    assert_eq!((act.state_before.as_deref(), act.context.as_deref()), (Some("answered"), Some("support")));
    assert_eq!((act.from_no.as_deref(), act.to_no.as_deref()), (Some("+1xxxxxxxx23"), Some("+1xxxxxxxx00")));
    assert_eq!(
        (act.reason.as_deref(), act.confirm.as_deref()),
        (Some("call +1xxxxxxxx88 back"), Some("count"))
    );
    assert_eq!(act.bulk, Some(BulkNote { rule: "ringing>60s".into(), targets: 4, position: 2 }));
    assert_eq!((act.request, act.code, act.outcome, act.mono_ms), (Some(ticket.0), None, None, 1_000));
    floor.done(ticket);
    assert_eq!((floor.records[1].request, floor.records[1].ms), (Some(ticket.0), Some(41)));
    floor.state("c1", "ending");
    floor.state("c1", "ended");
    assert_eq!(floor.records[2].request, Some(ticket.0));
    assert_eq!(floor.said(), ["hang up", "hang up 200", "hang up call ended: hangup"]);
    floor.state("c1", "ended");
    assert_eq!(floor.said(), [""; 0], "once");
}

#[test]
fn an_action_is_told_of_to_its_end_and_so_is_a_stop_of_one_that_others_started() {
    let mut floor = Floor::new();
    let play = |state: &str| json!({"call_id":"c1","node_id":"n1","control_id":"p1","state":state});
    let text: Values = [("text".to_owned(), json!("hello"))].into_iter().collect();
    let ticket = floor.ask(invoke("play_tts", text, "p1"), Why::default());
    assert_eq!(
        floor.records[0].params.as_ref().unwrap()["play"][0]["params"]["text"],
        "(hidden, 5 characters)"
    );
    assert_eq!(floor.records[0].confirm.as_deref(), Some("none"));
    // What nobody knows may become known.
    floor.outcome(ticket, Outcome::Unknown("the link was lost".into()));
    floor.done(ticket);
    floor.event("calling.call.play", &play("playing"));
    floor.event("calling.call.play", &play("finished"));
    let name = floor.records[0].act.clone();
    let said = [
        format!("{name} #"),
        format!("{name} # unknown"),
        format!("{name} # 200"),
        format!("{name} # finished"),
    ];
    assert_eq!(floor.said(), said);
    floor.event(
        "calling.call.record",
        &json!({"call_id":"c1","node_id":"n1","control_id":"r9","state":"recording"}),
    );
    let stop =
        Ask::Control { call: "c1".into(), control_id: "r9".into(), control: Control::Stop, value: None };
    let ticket = floor.ask(stop.clone(), Why::default());
    assert_eq!(floor.records[0].owner.as_deref(), Some("other"));
    let refused = Outcome::Refused { code: "500".into(), message: "no".into() };
    floor.outcome(ticket, refused);
    let ticket = floor.ask(stop, Why::default());
    floor.done(ticket);
    floor.state("c1", "ended");
    let said = floor.said();
    assert_eq!(&said[..4], ["stop record #", "stop record # 500", "stop record #", "stop record # 200"]);
    assert!(said[4].starts_with("stop record # "), "{said:?}");
    assert_eq!(said.len(), 5);
}

#[test]
fn dials_notes_contexts_and_runs_are_acts_and_probes_are_none() {
    let mut floor = Floor::new();
    let run = Run { version: "1".into(), process: 7, person: "ana".into(), title: "t".into(), unread: 0 };
    floor.take(&Occurrence::Started(run));
    floor.take(&Occurrence::Noted {
        call: "c1".into(),
        text: "wants a refund".into(),
        by: crate::client::By::Me,
    });
    floor.ask(Ask::Contexts { add: true, names: vec!["sales".into()] }, Why::default());
    floor.ask(Ask::Probe { call: "c1".into() }, Why::default());
    let devices =
        json!([[{"type":"phone","params":{"to_number":"+12025550177","from_number":"+18005550100"}}]]);
    let values: Values = [("devices".to_owned(), devices)].into_iter().collect();
    let dial = Ask::Invoke { method: "dial", values, call: None, id: "t1".into() };
    let ticket = floor.ask(dial, Why::default());
    floor.done(ticket);
    floor.event("calling.call.dial", &json!({"tag":"t1","node_id":"n","dial_state":"failed"}));
    let said = floor.said();
    assert_eq!(&said[..2], ["begin", "note"]);
    assert_eq!(said.len(), 6, "{said:?}");
    assert!(said[4].ends_with(" 200") && said[5].contains("failed"), "{said:?}");
}

#[test]
fn what_a_record_says_can_be_read_again_and_shown_in_a_line() {
    let mut floor = Floor::new();
    let why = Why { reason: "abuse\u{202e}".into(), consent: Consent::UndoExpired, bulk: None };
    floor.ask(invoke("hangup", Values::new(), "x"), why);
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::open(folder.path()).unwrap();
    log.append(&mut floor.records.clone()).unwrap();
    let mut found = Vec::new();
    records(folder.path(), |seq, record, _| {
        found.push((seq, record.clone()));
        true
    })
    .unwrap();
    assert_eq!(found, [(1, floor.records[0].clone())]);
    let line = found[0].1.line(1);
    assert!(line.contains("ana") && line.contains("call c1") && line.contains("reason abuse"), "{line}");
    assert!(!line.contains('\u{202e}'));
}
