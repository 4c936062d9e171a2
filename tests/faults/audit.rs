//! The audit log of the whole program: what a supervisor did is in it, with reason and outcome, whatever ends the
//! program.

use std::fs;
use std::path::Path;
use std::time::Duration;

use callboard::audit::{Record, newest, records, verify};

use crate::host::Service;
use crate::rig::TOKEN;
use crate::terminal::Terminal;

/// Two calls that are answered and last.
const TWO: &str = r#"
[[arrival]]
label = "first"
at = [0.1, 0.2]
from = "+12025550123"
to = "+12025550199"
context = "support"
answered_after = 0.1
"#;

fn console(service: &Service, audit: &Path, journal: &str) -> Terminal {
    let environment = [
        ("SIGNALWIRE_PROJECT_ID", "project-1"),
        ("SIGNALWIRE_API_TOKEN", TOKEN),
        ("USER", "ana"),
        ("SSH_CONNECTION", "192.0.2.7 50100 192.0.2.9 22"),
    ];
    let url = service.sim.url();
    let audit = audit.to_str().unwrap();
    let arguments = ["--host", &url, "--context", "support", "--journal", journal, "--audit", audit];
    Terminal::start_with(&arguments, 120, 36, &environment)
}

fn all(folder: &Path) -> Vec<Record> {
    let mut found = Vec::new();
    records(folder, |_, record, _| {
        found.push(record.clone());
        true
    })
    .unwrap();
    found
}

fn wait_for(what: &str, seen: impl Fn() -> bool) {
    for _ in 0..200 {
        if seen() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} did not come");
}

/// With and without a journal: the two are written by one thread, and neither needs the other.
#[test]
fn a_hang_up_is_in_the_audit_log_with_its_reason_and_its_outcome() {
    let home = tempfile::tempdir().unwrap();
    let journal = home.path().join("journal");
    for (round, journal) in [(0, journal.to_str().unwrap()), (1, "off")] {
        let service = Service::start(TWO);
        let audit = home.path().join(format!("audit-{round}"));
        let mut console = console(&service, &audit, journal);
        console.wait_for("ANS").send("/state:answered\r").wait_for(">  ANS");
        console.send("H").wait_for("Why?").send("2").wait_for("hanging up");
        wait_for("the end of the call", || all(&audit).iter().any(|record| record.outcome.is_some()));
        console.send("6").wait_for("call is stuck").wait_for(" audit ");
        console.send("Q");
        assert_eq!(console.exit_code(), 0);
        let found = all(&audit);
        let acts: Vec<_> = found.iter().map(|record| record.act.as_str()).collect();
        assert_eq!(acts, ["begin", "hang up", "hang up", "hang up"]);
        let [_, act, answer, end] = &found[..] else { panic!() };
        assert_eq!(
            (act.reason.as_deref(), act.confirm.as_deref()),
            (Some("call is stuck"), Some("undo-expired"))
        );
        assert_eq!((act.origin.who.as_str(), act.origin.from.as_str()), ("ana", "192.0.2.7"));
        assert_eq!(
            (act.state_before.as_deref(), act.method.as_deref()),
            (Some("answered"), Some("calling.end"))
        );
        assert!(!act.origin.host.is_empty() && !act.origin.project.contains("project"));
        assert_eq!((answer.request, answer.code.as_deref()), (act.request, Some("200")));
        assert_eq!((end.request, end.outcome.is_some()), (act.request, true));
        let report = verify(&audit, &[]).unwrap();
        assert_eq!((report.wrong, report.records, report.heads), (0, 4, 1));
    }
}

/// The program is killed at any moment: what was sent is in the log, which is whole and goes on.
#[test]
fn a_program_that_is_killed_leaves_a_log_that_can_be_proved() {
    let home = tempfile::tempdir().unwrap();
    let audit = home.path().join("audit");
    let mut heads = Vec::new();
    for round in 0..4_u64 {
        let service = Service::start(TWO);
        let mut console = console(&service, &audit, "off");
        console.wait_for("ANS").send("/state:answered\r").wait_for(">  ANS");
        // Faster than any disk: some of these are on their way when it ends.
        for key in ["thello\r", "r\r", "d12\r", "++--", "thello\r", "++--"] {
            console.send(key).settle(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(40 * round));
        console.signal("KILL");
        console.settle(Duration::from_millis(300));
        let sent = service.sim.ledger().counts.commands;
        let report = verify(&audit, &heads).unwrap();
        assert_eq!(report.wrong, 0, "{:?}", report.flaws);
        let session = all(&audit).last().unwrap().origin.session.clone();
        let asked = |record: &&Record| {
            record.origin.session == session && record.confirm.is_some() && record.request.is_some()
        };
        let asked = all(&audit).iter().filter(asked).count();
        assert!(asked as u64 >= sent, "{sent} were sent, {asked} are in the log");
        heads.extend(newest(&audit));
    }
    // And what a crash of the machine leaves of a line.
    let file = fs::read_dir(&audit).unwrap().map(|entry| entry.unwrap().path());
    let file = file.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")).max().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend(b"{\"seq\":9999,\"ts\":\"2026");
    fs::write(&file, bytes).unwrap();
    let service = Service::start(TWO);
    let mut console = console(&service, &audit, "off");
    console.wait_for("was cut off when the program ended").send("\x1b").settle(Duration::from_millis(300));
    console.send("Q").settle(Duration::from_millis(300));
    let report = verify(&audit, &heads).unwrap();
    assert_eq!((report.wrong, report.torn.len()), (0, 1), "{:?}", report.flaws);
}

/// A log in use by another console is named at the start, with what to do.
#[test]
fn a_log_has_one_writer() {
    let service = Service::start(TWO);
    let home = tempfile::tempdir().unwrap();
    let audit = home.path().join("audit");
    let mut first = console(&service, &audit, "off");
    first.wait_for("ANS");
    let mut second = console(&service, &audit, "off");
    assert_eq!(second.exit_code(), 1);
    assert!(second.everything().contains("is in use by process"), "{}", second.everything());
    first.send("Q").settle(Duration::from_millis(300));
}
