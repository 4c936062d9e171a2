//! Secrets: whatever happens, and however much is logged, none of them is in anything that the program writes or shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use callboard::sim::Stage;

use crate::host::Service;
use crate::rig::BUSY;
use crate::terminal::Terminal;

const PROJECT: &str = "project-canary-8d1f";
const TOKEN: &str = "PT-canary-77aa0b1c2d3e4f50";
/// Digits that somebody sends into a call: in the journal, which is its owner's alone, and in no log.
const DIGITS: &str = "90817263";

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn contains(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

#[test]
fn no_secret_is_written_or_shown() {
    let service = Service::start(BUSY);
    let environment = [("SIGNALWIRE_PROJECT_ID", PROJECT), ("SIGNALWIRE_API_TOKEN", TOKEN)];
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (journal, log, audit) = (path("journal"), path("callboard.log"), path("audit"));
    let url = service.sim.url();
    let arguments = [
        "--host",
        &url,
        "--context",
        "support",
        "--journal",
        &journal,
        "--audit",
        &audit,
        "--log",
        &log,
        "--log-level",
        "trace",
    ];
    let mut console = Terminal::start_with(&arguments, 120, 36, &environment);
    console.wait_for("0198").send("/0198").wait_for("1 of").send("\r").wait_for(">  ANS");
    console.send("d").wait_for("not yet sent").send(DIGITS).send("\r");
    console.wait_until("they are sent", |_| service.sim.ledger().counts.commands > 0);
    // What the process can be asked for by others.
    let command_line = fs::read(format!("/proc/{}/cmdline", console.pid())).unwrap();
    assert!(!contains(&command_line, TOKEN));
    // Bad frames, lost links, a login that is refused: each is told, none with what it quotes.
    for stage in [Stage::Cut, Stage::Disconnect { restart: true }, Stage::Cut] {
        service.sim.stage(stage);
        console.settle(Duration::from_millis(1_200));
    }
    console.send("4").settle(Duration::from_millis(300)).send("yj").settle(Duration::from_millis(300));
    console.signal("TERM");
    assert_eq!(console.exit_code(), 143);
    let everything = console.everything();
    assert!(!everything.contains(TOKEN) && !everything.contains(PROJECT), "on the screen");
    let mut found = Vec::new();
    files(home.path(), &mut found);
    files(console.home(), &mut found);
    let written: Vec<_> = found.iter().map(|file| (file, fs::read(file).unwrap())).collect();
    assert!(
        written.iter().any(|(_, bytes)| contains(bytes, "calling.send_digits")),
        "there is something to find"
    );
    let of_audit = |file: &Path| file.starts_with(&audit);
    let acts =
        written.iter().filter(|(file, bytes)| of_audit(file) && contains(bytes, "calling.send_digits"));
    assert!(acts.count() > 0, "what was done is in the audit log");
    for (file, bytes) in &written {
        for secret in [TOKEN, PROJECT] {
            assert!(!contains(bytes, secret), "{secret} is in {}", file.display());
        }
        assert!(!file.ends_with("callboard.log") || !contains(bytes, DIGITS), "digits are in the log");
        assert!(!of_audit(file) || !contains(bytes, DIGITS), "digits are in the audit log");
    }
}
