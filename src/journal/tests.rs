//! A journal written, read, damaged, refused: on a real disk, in a folder of its own.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::audit::{Log, Record};
use crate::client::{
    AppId, Application, By, Claim, ClientEvent, Kept, LinkState, Outcome, Person, Present, Received, Ticket,
};
use crate::model::{Bulk, Command, Consent, Model, Occurrence, Run, Subject, Why};
use crate::protocol::CallId;
use crate::protocol::frame::Reply;
use crate::time::{At, Now};

fn now(seconds: f64) -> Now {
    Now::simulated(Duration::from_secs_f64(seconds))
}

fn event(id: usize, call: &str, state: &str, now: Now) -> Occurrence {
    let frame = json!({"jsonrpc":"2.0","id":format!("e{id}"),"method":"signalwire.event","params":{
        "event_type":"calling.call.state","timestamp":now.wall.as_seconds(),
        "params":{"call_id":call,"node_id":"n","call_state":state}}});
    let received = Received::read(frame.to_string().into(), now, false).unwrap();
    Occurrence::Reported(ClientEvent::Received(received.into()))
}

fn application() -> Arc<Application> {
    Arc::new(Application {
        id: AppId(7),
        session: "0123456789abcdef".into(),
        name: "ivr".into(),
        agent: "Python SDK/2.1.1".into(),
        dialect: crate::protocol::dialect::Dialect::Blade,
        contexts: vec!["support".into()],
        up: true,
        restored: false,
        missed: 3,
    })
}

fn present() -> Arc<[Present]> {
    let person = Person { name: "raj".into(), role: "act".into(), from: "unix".into(), console: 4 };
    let claims = vec![Claim { call: CallId::from("c1"), age: Duration::from_secs(40) }];
    vec![Present { person: person.into(), looking: Some(CallId::from("c1")), claims }].into()
}

/// One of every sort.
fn story() -> Vec<(Occurrence, Now)> {
    let run = Run { version: "1".into(), process: 7, person: "ana".into(), title: "prod".into(), unread: 0 };
    let command = Command {
        ticket: Ticket(3),
        method: "play_tts",
        rpc: "calling.play".into(),
        params: json!({"call_id":"c1","play":[{"type":"tts","params":{"text":"Hi"}}]}).into(),
        subject: Subject::Call(CallId::from("c1")),
        by: By::Me,
        why: Why {
            reason: "caller asked".into(),
            consent: Consent::Count,
            bulk: Some(Bulk { rule: "age>60s".into(), targets: 4, position: 2 }),
        },
        now: now(3.0),
    };
    let outcome = |outcome| ClientEvent::Outcome {
        ticket: Ticket(3),
        outcome,
        round_trip: Some(Duration::from_millis(41)),
    };
    let link = |link| Occurrence::Reported(ClientEvent::Link(link));
    let reply = Reply::of(json!({"code":"200","message":"ok"}));
    let down = LinkState::Down { attempt: 2, retry_at: now(6.5).at, why: "gone\u{202e}".into() };
    [
        (Occurrence::Started(run), 0.0),
        (link(LinkState::Up { since: now(1.0).at, restored: true, gaps: 0 }), 1.0),
        (Occurrence::Reported(ClientEvent::Contexts(vec!["support".into()])), 1.0),
        (Occurrence::Reported(ClientEvent::Application(application())), 1.5),
        (Occurrence::Reported(ClientEvent::Owned { call: CallId::from("c1"), owner: AppId(7) }), 1.6),
        (Occurrence::Reported(ClientEvent::Presence(present())), 1.7),
        (event(1, "c1", "ringing", now(2.0)), 2.0),
        (event(2, "c1", "answered", now(2.5)), 2.5),
        (Occurrence::Submitted(command), 3.0),
        (Occurrence::Reported(outcome(Outcome::Unknown("no answer".into()))), 4.0),
        (Occurrence::Reported(outcome(Outcome::Done(reply))), 4.1),
        (
            Occurrence::Noted {
                call: CallId::from("c1"),
                text: "wants a refund".into(),
                by: crate::client::By::Me,
            },
            5.0,
        ),
        (link(down), 6.0),
        (Occurrence::Lost(17), 7.0),
        (Occurrence::Cleared, 8.0),
    ]
    .map(|(occurrence, at)| (occurrence, now(at)))
    .into()
}

fn write(folder: &Path, story: &[(Occurrence, Now)]) {
    let journal = Journal::open(folder, Bounds::default()).unwrap();
    for (occurrence, now) in story {
        assert!(matches!(journal.append(occurrence, *now), Kept::As(_)));
    }
}

fn read(folder: &Path, anchor: Now) -> (Vec<(u64, String, Now)>, Unread) {
    let mut found = Vec::new();
    let unread = Reader::open(folder).unwrap().replay(0, anchor, |seq, occurrence, now| {
        found.push((seq, format!("{occurrence:?}"), now));
        ControlFlow::Continue(())
    });
    (found, unread)
}

/// What is known, without what is only there for the one who looks.
fn known(model: &Model) -> String {
    let calls: Vec<_> = model.calls().collect();
    let (acts, entries): (Vec<_>, Vec<_>) = (model.acts().iter().collect(), model.entries().iter().collect());
    format!(
        "{:?}\n{calls:#?}\n{acts:#?}\n{entries:#?}\n{:?}",
        model.link(),
        model.notes().collect::<Vec<_>>()
    )
}

#[test]
fn everything_that_happened_comes_back_as_it_was_and_gives_the_same_state() {
    let folder = tempfile::tempdir().unwrap();
    let story = story();
    write(folder.path(), &story);
    let end = story.last().unwrap().1;
    let (found, unread) = read(folder.path(), end);
    let told: Vec<_> = story.iter().map(|(occurrence, now)| (format!("{occurrence:?}"), *now)).collect();
    assert_eq!(found.iter().map(|(_, text, now)| (text.clone(), *now)).collect::<Vec<_>>(), told);
    assert_eq!(found.iter().map(|(seq, ..)| *seq).collect::<Vec<_>>(), (1..=15).collect::<Vec<_>>());
    assert_eq!(unread, Unread::default());
    let (mut live, mut again) = (Model::default(), Model::default());
    story.iter().for_each(|(occurrence, now)| live.take(occurrence, *now));
    Reader::open(folder.path()).unwrap().replay(0, end, |_, occurrence, now| {
        again.take(&occurrence, now);
        ControlFlow::Continue(())
    });
    assert_eq!(known(&again), known(&live));
}

#[test]
fn numbers_go_on_and_moments_never_go_back_over_several_runs() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &story());
    // The clock of the next run starts anew, and the wall clock was set back by an hour.
    let back =
        |seconds: f64| Now { wall: now(seconds).wall.back(Duration::from_secs(3_600)), ..now(seconds) };
    let again: Vec<_> = story()
        .into_iter()
        .map(|(occurrence, at)| (occurrence, back(at.at.since(At::START).as_secs_f64())))
        .collect();
    write(folder.path(), &again);
    let (found, unread) = read(folder.path(), now(10_000.0));
    assert_eq!(unread, Unread::default());
    assert_eq!(found.iter().map(|(seq, ..)| *seq).collect::<Vec<_>>(), (1..=30).collect::<Vec<_>>());
    assert!(found.windows(2).all(|pair| pair[0].2.at <= pair[1].2.at));
    assert!(found.iter().all(|(.., at)| at.at <= now(10_000.0).at));
    // The second run takes as long as it took.
    let spans = |run: &[(u64, String, Now)]| run.iter().map(|it| it.2.at - run[0].2.at).collect::<Vec<_>>();
    assert_eq!(spans(&found[15..]), spans(&found[..15]));
}

#[test]
fn files_of_which_nothing_can_be_read_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..4 {
        // Each run finds its segment full and begins another.
        let bounds = Bounds { segment: 1, ..Bounds::default() };
        let journal = Journal::open(folder.path(), bounds).unwrap();
        journal.append(&event(2 * n, "c", "ringing", now(1.0)), now(1.0));
        journal.append(&event(2 * n + 1, "c", "ringing", now(1.0)), now(1.0));
    }
    let files = store::segments(folder.path()).unwrap();
    let count = |path: &Path| {
        let (reader, mut numbers) = (Reader::open(path).unwrap(), Vec::new());
        let unread = reader.restore(reader.latest(1_000_000), now(2.0), |seq, _, _| {
            numbers.push(seq);
            ControlFlow::Continue(())
        });
        (numbers, unread.records, unread.why.is_some())
    };
    assert_eq!((files.len(), count(folder.path())), (4, ((1..=8).collect(), 0, false)));
    fs::write(&files[1], "no database at all").unwrap();
    assert_eq!(count(folder.path()), (vec![1, 2, 5, 6, 7, 8], 2, true));
    fs::write(&files[0], "no database at all").unwrap();
    assert_eq!(count(folder.path()), (vec![5, 6, 7, 8], 4, true));
    // Of the newest nobody knows how many they were.
    fs::write(&files[3], "no database at all").unwrap();
    assert_eq!(count(folder.path()), (vec![5, 6], 5, true));
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it_and_nobody_else_can_write_it_meanwhile() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("deep/journal");
    let journal = Journal::open(&folder, Bounds::default()).unwrap();
    journal.append(&Occurrence::Cleared, now(0.0));
    let error = Journal::open(&folder, Bounds::default()).unwrap_err();
    assert!(matches!(error, JournalError::Busy { .. }), "{error}");
    let words = error.to_string();
    assert!(words.contains(&std::process::id().to_string()) && words.contains("--journal off"), "{words}");
    drop(journal);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert!(Journal::open(&folder, Bounds::default()).is_ok());
}

#[test]
fn what_is_said_to_be_on_the_disk_can_be_read_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), Bounds::default()).unwrap();
    let Kept::As(seq) = journal.append(&event(1, "c1", "ringing", now(1.0)), now(1.0)) else { panic!() };
    #[expect(clippy::disallowed_methods, reason = "waits for a real disk")]
    let patience = Instant::now();
    while journal.progress().durable < seq {
        assert!(patience.elapsed() < Duration::from_secs(20));
        std::thread::yield_now();
    }
    assert_eq!(Reader::open(folder.path()).unwrap().span(), Some(Span { first: 1, last: 1 }));
}

#[test]
fn segments_follow_one_another_and_the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds { segment: 200_000, total: 700_000, age: Duration::from_secs(86_400 * 365 * 100) };
    for round in 0..20_usize {
        let journal = Journal::open(folder.path(), bounds).unwrap();
        for n in 0..500 {
            journal.append(&event(round * 500 + n, &"c".repeat(100), "ringing", now(1.0)), now(1.0));
        }
    }
    let (found, unread) = read(folder.path(), now(2.0));
    assert_eq!(unread, Unread::default());
    assert_eq!(found.last().unwrap().0, 10_000);
    assert!(found[0].0 > 1, "the oldest went");
    assert!(found.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0), "without holes");
    let size: u64 =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!(size < 1_000_000, "{size}");
}

#[test]
fn a_clock_set_a_year_ahead_does_not_take_the_history_away() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds { age: Duration::from_secs(7 * 86_400), ..Bounds::default() };
    // Days of the machine's own year, so that the files are as old as their records.
    let today = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap();
    let day = |day: i64| Now { at: now(1.0).at, wall: crate::time::Wall(today + day * 86_400_000_001) };
    for n in 0..6_u8 {
        let journal = Journal::open(folder.path(), bounds).unwrap();
        journal.append(&event(usize::from(n), "c", "ringing", now(1.0)), day(n.into()));
    }
    let first = |folder: &Path| read(folder, now(2.0)).0[0].0;
    assert_eq!((store::segments(folder.path()).unwrap().len(), first(folder.path())), (6, 1));
    let journal = Journal::open(folder.path(), bounds).unwrap();
    journal.append(&event(6, "c", "ringing", now(1.0)), day(365));
    drop(journal);
    assert_eq!(
        (store::segments(folder.path()).unwrap().len(), first(folder.path())),
        (5, 3),
        "the two oldest"
    );
    // What is really old goes in time.
    for n in 1..9_u8 {
        let journal = Journal::open(folder.path(), bounds).unwrap();
        journal.append(&event(6 + usize::from(n), "c", "ringing", now(1.0)), day(365 + 2 * i64::from(n)));
    }
    assert_eq!(
        store::segments(folder.path()).unwrap().len(),
        3,
        "the newest two, and the one that is written"
    );
}

#[test]
fn a_moment_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let story: Vec<_> =
        (0..1_000).map(|n| (event(n, "c", "ringing", now(n as f64)), now(n as f64))).collect();
    write(folder.path(), &story);
    let reader = Reader::open(folder.path()).unwrap();
    assert_eq!(reader.seq_at(now(0.0).wall), Some(1));
    assert_eq!(reader.seq_at(now(499.5).wall), Some(501));
    assert_eq!(reader.seq_at(now(2_000.0).wall), None);
    assert_eq!(reader.wall_of(501), Some(now(500.0).wall));
}

#[test]
fn what_is_damaged_is_skipped_and_counted_and_writing_goes_on_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let story: Vec<_> = (0..2_000).map(|n| (event(n, "c", "ringing", now(1.0)), now(1.0))).collect();
    write(folder.path(), &story);
    let file = folder.path().join("000000000001.sqlite");
    let sound = fs::read(&file).unwrap();
    // A byte within the text of a record: the database does not notice.
    let place = sound.windows(7).position(|window| window == b"\"e1000\"").unwrap();
    let mut bytes = sound.clone();
    bytes[place + 3] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let (found, unread) = read(folder.path(), now(2.0));
    assert_eq!((found.len(), unread.records), (1_999, 1));
    assert!(unread.why.unwrap().contains("is damaged"));
    // A page of nonsense, a torn tail, and nothing but the head: whatever can be read is, and nothing panics.
    let page = 16_384;
    for (from, to) in [(page * 5, page * 6), (sound.len() - page / 2, sound.len()), (page, sound.len())] {
        let mut bytes = sound.clone();
        bytes[from..to].fill(0xa5);
        fs::write(&file, &bytes).unwrap();
        if let Ok(reader) = Reader::open(folder.path()) {
            let mut count = 0;
            let unread = reader.replay(0, now(2.0), |_, _, _| {
                count += 1;
                ControlFlow::Continue(())
            });
            assert!(count < 2_000 && unread.records > 0, "{count} {unread:?}");
        }
        let journal = Journal::open(folder.path(), Bounds::default()).unwrap();
        assert!(matches!(journal.append(&Occurrence::Cleared, now(3.0)), Kept::As(seq) if seq > 2_000));
        drop(journal);
        for file in store::segments(folder.path()).unwrap().iter().skip(1) {
            fs::remove_file(file).unwrap();
        }
    }
}

#[test]
fn what_is_no_journal_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.sqlite");
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE t(x)").unwrap();
    assert!(matches!(Reader::open(&file), Err(JournalError::Foreign { .. })));
    fs::write(&file, "no database at all, but long enough to have the head of one if it were".repeat(10))
        .unwrap();
    assert!(matches!(Reader::open(&file), Err(JournalError::Foreign { .. })));
    assert!(matches!(Reader::open(&folder.path().join("none")), Err(JournalError::Missing { .. })));
    fs::write(&file, "").unwrap();
    assert_eq!(Reader::open(&file).unwrap().span(), None);
}

#[test]
fn the_latest_records_are_counted_whatever_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let story: Vec<_> = (0..300).map(|n| (event(n, "c", "ringing", now(1.0)), now(1.0))).collect();
    write(folder.path(), &story);
    assert_eq!(Reader::open(folder.path()).unwrap().latest(100), 201);
    assert_eq!(Reader::open(folder.path()).unwrap().latest(1_000), 1);
    // The segment is lost for writing: numbers go on far beyond, and what was there before still counts.
    let file = folder.path().join("000000000001.sqlite");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2 + 100]).unwrap();
    write(folder.path(), &story[..50]);
    let reader = Reader::open(folder.path()).unwrap();
    let from = reader.latest(1_000_000);
    let mut count = 0;
    reader.replay(from, now(2.0), |_, _, _| {
        count += 1;
        ControlFlow::Continue(())
    });
    assert!(count > 100, "{count}");
}

#[test]
fn a_program_that_goes_on_finds_nothing_ahead_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let day = 86_400.0;
    let story: Vec<_> = (0..25)
        .map(|n| (event(n, "c", "ringing", now(f64::from(n as u8) * day)), now(f64::from(n as u8) * day)))
        .collect();
    write(folder.path(), &story);
    // The wall clock was set back by ten days meanwhile.
    let here = Now { at: At::START + Duration::from_secs(5), wall: now(15.0 * day).wall };
    let mut last = At::from_micros(0);
    Reader::open(folder.path()).unwrap().restore(0, here, |_, _, now| {
        assert!(now.at <= here.at && now.at >= last);
        last = now.at;
        ControlFlow::Continue(())
    });
    let later = Now { at: At::START, wall: now(30.0 * day).wall };
    let mut moments = Vec::new();
    Reader::open(folder.path()).unwrap().restore(0, later, |_, _, now| {
        moments.push(now.at);
        ControlFlow::Continue(())
    });
    let apart: Vec<_> = moments.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
    assert!(apart.iter().all(|span| (*span - day).abs() < 1.0), "{apart:?}");
}

#[test]
fn every_part_of_a_record_is_watched_over() {
    for (column, value) in [("at", "at + 1"), ("wall", "wall + 1"), ("kind", "'repeat'"), ("call", "'other'")]
    {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[(event(1, "c", "ringing", now(1.0)), now(1.0))]);
        let db = rusqlite::Connection::open(folder.path().join("000000000001.sqlite")).unwrap();
        db.execute_batch(&format!("UPDATE records SET {column} = {value}")).unwrap();
        assert_eq!(read(folder.path(), now(2.0)).1.records, 1, "{column}");
    }
}

#[track_caller]
fn wait_until(what: &str, met: impl Fn() -> bool) {
    #[expect(clippy::disallowed_methods, reason = "waits for a real disk")]
    let patience = Instant::now();
    while !met() {
        assert!(patience.elapsed() < Duration::from_secs(30), "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_disk_that_refuses_is_told_what_cannot_wait_is_counted_and_all_is_well_again_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), Bounds::default()).unwrap();
    journal.append(&event(0, "c", "ringing", now(1.0)), now(1.0));
    wait_until("the first record", || journal.progress().durable == 1);
    // Another program has the file for itself.
    let other = rusqlite::Connection::open(folder.path().join("000000000001.sqlite")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    journal.append(&event(1, "c", "ringing", now(2.0)), now(2.0));
    wait_until("the failure", || journal.progress().failing);
    let Health::Failing { why, waiting, lost, .. } = journal.health(now(2.0).at) else { panic!() };
    assert!(why.as_str().contains("locked") && (waiting, lost) == (1, 0), "{why} {waiting} {lost}");
    assert!(journal.has_room(now(2.0).at), "the board goes on");
    let kept =
        (0..limit::FAILING + 50).map(|n| journal.append(&event(n, "c", "ringing", now(3.0)), now(3.0)));
    let lost = kept.filter(|kept| *kept == Kept::Lost).count();
    assert_eq!(lost, 51);
    assert_eq!(journal.take_lost(), None, "not while it fails");
    other.execute_batch("COMMIT").unwrap();
    wait_until("what waited", || journal.progress().durable == 1 + limit::FAILING as u64);
    assert_eq!(journal.health(now(3.0).at), Health::Well);
    assert_eq!((journal.take_lost(), journal.take_lost()), (Some(51), None));
    let seen = journal.seen().unwrap().read(now(4.0));
    assert_eq!(seen.len(), 1 + limit::FAILING);
}

#[test]
fn a_disk_that_does_not_answer_fails_too() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), Bounds::default()).unwrap();
    journal.append(&event(0, "c", "ringing", now(1.0)), now(1.0));
    wait_until("the first record", || journal.progress().durable == 1);
    let other = rusqlite::Connection::open(folder.path().join("000000000001.sqlite")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    journal.append(&event(1, "c", "ringing", now(2.0)), now(2.0));
    std::thread::sleep(Duration::from_millis(200));
    // It is still trying, and says nothing.
    assert_eq!(journal.health(now(3.0).at), Health::Well);
    assert!(matches!(journal.health(now(5.0).at), Health::Failing { waiting: 1, .. }));
    assert_eq!((journal.is_failing(now(3.0).at), journal.is_failing(now(5.0).at)), (false, true));
    other.execute_batch("COMMIT").unwrap();
    wait_until("the second record", || journal.progress().durable == 2);
    assert_eq!(journal.health(now(9.0).at), Health::Well);
}

fn act(name: &str, at: Now) -> Record {
    Record { ts: at.wall.rfc3339(), act: name.into(), ..Record::default() }
}

/// The acts in an audit log, which has to be whole.
fn acts(folder: &Path) -> Vec<String> {
    let report = crate::audit::verify(folder, &[]).unwrap();
    assert_eq!(report.flaws, []);
    let mut acts = Vec::new();
    crate::audit::records(folder, |_, record, _| {
        acts.push(record.act.clone());
        true
    })
    .unwrap();
    acts
}

#[test]
fn an_audit_log_alone_has_a_progress_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::keep(None, Some(Log::open(folder.path()).unwrap())).unwrap();
    assert!(!journal.is_whole() && journal.seen().is_none());
    assert_eq!(journal.append(&Occurrence::Cleared, now(1.0)), Kept::Nowhere);
    let Kept::As(seq) = journal.append_with(&Occurrence::Cleared, Some(act("one", now(1.0))), now(1.0))
    else {
        panic!("it has to be waited for")
    };
    wait_until("the record", || journal.progress().durable >= seq);
    assert_eq!(acts(folder.path()), ["one"], "it is on the disk by then");
    assert_eq!(journal.audit().unwrap().head.seq, 1);
    journal.note(act("two", now(2.0)), now(2.0));
    drop(journal);
    assert_eq!(acts(folder.path()), ["one", "two"]);
    assert!(fs::read_to_string(folder.path().join("heads")).unwrap().starts_with("2 "));
}

/// A disk that takes no audit records keeps nobody from acting and no event from the journal; what waited is written.
#[test]
fn an_audit_log_that_is_refused_holds_nothing_up_and_catches_up() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let audit = other.path().join("audit");
    let log = Log::open(&audit).unwrap();
    let journal = Journal::keep(Some((folder.path(), Bounds::default())), Some(log)).unwrap();
    // A folder where the file of the day has to be.
    let blocked = audit.join("2026-01-01.jsonl");
    fs::create_dir(&blocked).unwrap();
    for n in 0..3 {
        let kept =
            journal.append_with(&event(n, "c", "ringing", now(1.0)), Some(act("act", now(1.0))), now(1.0));
        let Kept::As(seq) = kept else { panic!() };
        wait_until("the journal", || journal.progress().durable == seq);
    }
    let health = journal.audit().unwrap();
    assert!(health.failure.is_some() && health.head.seq == 0, "{health:?}");
    assert_eq!(journal.health(now(1.0).at), Health::Well);
    while journal.audit().unwrap().lost == 0 {
        journal.note(act("more", now(2.0)), now(2.0));
    }
    fs::remove_dir(&blocked).unwrap();
    wait_until("what waited", || {
        let health = journal.audit().unwrap();
        health.failure.is_none() && health.lost == 0
    });
    drop(journal);
    let acts = acts(&audit);
    assert_eq!(&acts[..3], ["act"; 3]);
    assert_eq!(acts.iter().filter(|act| *act == "lost").count(), 1, "that some were lost is in it");
}

#[test]
fn commands_of_earlier_versions_have_no_reason() {
    let body = r#"{"ticket":3,"method":"hangup","rpc":"calling.end","params":{},"subject":{"on":"call","call":"c"}}"#;
    let Ok(Occurrence::Submitted(command)) = coding::decode("command", Some("c"), body, now(1.0)) else {
        panic!()
    };
    assert_eq!(command.why, Why::default());
    let written = coding::encode(&Occurrence::Submitted(command), now(1.0));
    assert!(!written.body.contains("why"), "{}", written.body);
}
