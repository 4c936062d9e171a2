//! The journal and its disk: full, in others' hands, damaged, cut off in the middle of a group. Real files, real time.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use callboard::calling::{Client, ClientConfig};
use callboard::client::{ClientEvent, Credentials, Endpoint};
use callboard::journal::{Bounds, Journal, Reader};
use callboard::model::{Model, Occurrence, Run};
use callboard::protocol::{Dialect, Secret};
use callboard::sim::Stage;
use callboard::time::Clock;

use crate::host::Service;
use crate::rig::{BUSY, TOKEN, for_seeds};
use crate::terminal::Terminal;

const ENVIRONMENT: [(&str, &str); 2] =
    [("SIGNALWIRE_PROJECT_ID", "project-1"), ("SIGNALWIRE_API_TOKEN", TOKEN)];
/// Something happens two hundred times a second.
const STEADY: &str = "[flood]\ncalls = 50\nevents = 40\nrate = 200.0";

/// Calls come and go all the time, whoever listens.
fn crowd() -> String {
    BUSY.replace("standing = 6", "standing = 40")
}

fn console(service: &Service, journal: &Path) -> Terminal {
    let journal = journal.to_str().unwrap();
    let arguments = ["--host", &service.sim.url(), "--context", "support", "--journal", journal];
    Terminal::start_with(&arguments, 120, 30, &ENVIRONMENT)
}

/// How often each event is in a journal, by the id of its frame.
fn events(folder: &Path) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    let unread = Reader::open(folder).unwrap().replay(0, Clock::start().now(), |_, occurrence, _| {
        if let Occurrence::Reported(ClientEvent::Received(received)) = occurrence {
            let frame: serde_json::Value = serde_json::from_str(&received.raw).unwrap();
            let id = frame["id"].as_str().unwrap().to_owned();
            *found.entry(id).or_default() += u32::from(!received.duplicate);
        }
        ControlFlow::Continue(())
    });
    assert_eq!(unread.records, 0, "{unread:?}");
    found
}

/// I1: every event that was acknowledged is in the journal, once.
fn nothing_acknowledged_is_lost(service: &Service, folder: &Path) -> usize {
    let events = events(folder);
    let acked: Vec<_> = service.sim.ledger().sent().filter(|sent| sent.acks > 0).cloned().collect();
    for sent in &acked {
        assert_eq!(events.get(&sent.frame_id), Some(&1), "{sent:?}");
    }
    assert!(events.values().all(|count| *count <= 1));
    acked.len()
}

/// I1, I2, I3: a client that is cut off now and then. What was acknowledged is in the journal, and the journal gives the
/// state that the client had.
#[test]
fn the_journal_has_what_was_acknowledged_and_gives_the_same_state() {
    for_seeds(|seed| {
        let mut dice = fastrand::Rng::with_seed(seed);
        let service = Service::start(BUSY);
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (live, anchor) = runtime.block_on(async {
            let journal = Journal::open(folder.path(), Bounds::default()).unwrap();
            let config = ClientConfig {
                endpoint: Endpoint::new(&service.sim.url(), None).unwrap(),
                credentials: Credentials::Token { project: Secret::new("p"), token: Secret::new(TOKEN) },
                contexts: vec!["support".into()],
                dialect: Dialect::Current,
            };
            let client = Client::offline(config, Some(journal));
            let run =
                Run { version: "1".into(), process: 1, person: "ana".into(), title: "t".into(), unread: 0 };
            client.begin(None, 0, run);
            client.reconnect();
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_millis(dice.u64(300..900))).await;
                service.sim.stage(Stage::Cut);
            }
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            client.disconnect().await;
            client.with_model(|model, now| (known(model), now))
        });
        drop(runtime);
        assert!(nothing_acknowledged_is_lost(&service, folder.path()) > 20);
        let mut again = Model::default();
        Reader::open(folder.path()).unwrap().replay(0, anchor, |_, occurrence, now| {
            again.take(&occurrence, now);
            ControlFlow::Continue(())
        });
        pretty_assertions::assert_eq!(known(&again), live);
    });
}

/// What is known, apart from moments: those of the journal are put on another clock.
fn known(model: &Model) -> Vec<String> {
    let calls = model.calls().flat_map(|call| {
        let doubt = if call.doubt.is_some() { " in doubt" } else { "" };
        let line = format!("{} {:?} {:?} {:?}{doubt}", call.id, call.state, call.end_reason, call.peer);
        let action = |action: &callboard::model::Action| {
            let doubt = if action.doubt.is_some() { " in doubt" } else { "" };
            format!("  {} {:?} {:?} {}{doubt}", action.control_id, action.kind, action.phase, action.state)
        };
        std::iter::once(line).chain(call.actions.iter().map(action))
    });
    let entries = model.entries().iter().map(|entry| format!("{} {} {}", entry.seq, entry.word, entry.text));
    calls.chain(entries).collect()
}

/// Runs the program with its journal on a disk of its own of two megabytes. None where this machine lets nobody have one.
fn on_a_small_disk(service: &Service) -> Option<Terminal> {
    let disk = "mount -t tmpfs -o size=2m small /mnt";
    let allowed = Command::new("unshare").args(["-rm", "sh", "-c", disk]).output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        eprintln!("not tried: this machine lets nobody mount a disk of his own");
        return None;
    }
    let program = env!("CARGO_BIN_EXE_callboard");
    let url = service.sim.url();
    let script = format!("{disk} && exec {program} --host {url} --context support --journal /mnt/journal");
    Some(Terminal::command_with(&["unshare", "-rm", "sh", "-c", &script], 120, 30, &ENVIRONMENT))
}

/// Nothing is acknowledged that is not on the disk, the board goes on, it says so, and all is made up for by itself.
#[test]
fn f49_disk_full() {
    let service = Service::start(STEADY);
    let Some(mut console) = on_a_small_disk(&service) else { return };
    console.wait_until("something is acknowledged", |_| service.sim.ledger().counts.acked > 100);
    let filler = PathBuf::from(format!("/proc/{}/root/mnt/filler", console.pid()));
    // As much as there is.
    drop(fs::write(&filler, vec![0; 4 * 1024 * 1024]));
    console.wait_for("NO JOURNAL").wait_for("full");
    console.settle(Duration::from_millis(300));
    let counts = || service.sim.ledger().counts;
    let before = counts();
    console.settle(Duration::from_secs(2));
    let after = counts();
    assert_eq!(after.acked, before.acked, "nothing is acknowledged meanwhile");
    assert!(after.events > before.events + 100, "the board goes on");
    fs::remove_file(&filler).unwrap();
    console.wait_until("it is written again", |console| !console.contents().contains("NO JOURNAL"));
    console.wait_until("all is acknowledged", |_| counts().acked + 50 >= counts().events);
    console.send("Q");
    assert_eq!(console.exit_code(), 0);
}

/// A place that takes no journal is named at the start, with what to do.
#[test]
fn f50_journal_that_cannot_be_written() {
    let service = Service::start(BUSY);
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "no folder").unwrap();
    let mut console = console(&service, &file.join("journal"));
    assert_eq!(console.exit_code(), 1);
    let said = console.contents();
    assert!(said.contains("the journal") && said.contains("--journal"), "{said}");
    assert_eq!(service.sim.ledger().counts.logins, 0, "no service is told that we have what we cannot keep");
}

/// Whatever is wrong with what is there, the console starts, leaves it alone and goes on behind it.
#[test]
fn f51_damaged_journal() {
    let service = Service::start(&crowd());
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    let begin = |expected: u64| {
        let mut console = console(&service, &folder);
        let before = service.sim.ledger().counts.acked;
        console.wait_until("it acknowledges", |_| service.sim.ledger().counts.acked > before + expected);
        console.send("Q");
        assert_eq!(console.exit_code(), 0);
    };
    begin(150);
    let newest = || {
        let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|ending| ending == "sqlite"));
        files.sort();
        files.pop().unwrap()
    };
    for damage in ["torn", "flipped", "foreign", "empty"] {
        let file = newest();
        let mut bytes = fs::read(&file).unwrap();
        match damage {
            "torn" => bytes.truncate(bytes.len() / 2 + 100),
            "flipped" => {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x40;
            }
            "foreign" => bytes = b"this is a text and no journal\n".repeat(100),
            _ => bytes.clear(),
        }
        fs::write(&file, &bytes).unwrap();
        begin(40);
        if damage == "foreign" {
            assert_eq!(fs::read(&file).unwrap(), bytes, "left as it is");
        }
    }
    let reader = Reader::open(&folder).unwrap();
    let mut count = 0;
    reader.replay(0, Clock::start().now(), |_, _, _| {
        count += 1;
        ControlFlow::Continue(())
    });
    // Half of the first file, what came last, and what can be read of the rest.
    assert!(count > 80, "{count}");
}

/// Killed at any moment, nothing that was acknowledged is lost, and the next run knows it.
#[test]
fn f52_killed_at_random_points() {
    for_seeds(|seed| {
        let mut dice = fastrand::Rng::with_seed(seed);
        let service = Service::start(&crowd());
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("journal");
        for run in 0..3 {
            let mut console = console(&service, &folder);
            let before = service.sim.ledger().counts.acked;
            console.wait_until("it acknowledges", |_| service.sim.ledger().counts.acked > before + 20);
            console.settle(Duration::from_millis(dice.u64(0..400)));
            console.signal("KILL");
            console.exit_code();
            assert!(nothing_acknowledged_is_lost(&service, &folder) >= 20 * (run + 1));
        }
        // The service is gone: what the board shows comes from the journal, and is in doubt.
        drop(service);
        let gone = Service::start("");
        let mut console = self::console(&gone, &folder);
        console.wait_for("doubt").send("Q");
        assert_eq!(console.exit_code(), 0);
    });
}

/// A second console does not write into the first one's journal: it says whose it is and what to do.
#[test]
fn f57_second_instance_on_the_same_journal() {
    let service = Service::start(BUSY);
    let home = tempfile::tempdir().unwrap();
    let mut first = console(&service, home.path());
    first.wait_for("0198");
    let mut second = console(&service, home.path());
    assert_eq!(second.exit_code(), 1);
    let said = second.contents();
    assert!(said.contains("in use") && said.contains(&first.pid().to_string()), "{said}");
    assert!(said.contains("--journal"), "{said}");
    first.send("Q");
    assert_eq!(first.exit_code(), 0);
}
