//! The past in the real program: looked back at while it runs, and replayed from its journal afterwards.

use std::path::Path;

use callboard::sim::server::{Options, Running, serve};
use callboard::sim::{Script, Stage};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::terminal::Terminal;

struct Service {
    sim: Running,
    _stop: DropGuard,
    _runtime: tokio::runtime::Runtime,
}

fn service() -> Service {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stop = CancellationToken::new();
    let sim = runtime.block_on(serve(Options::new(Script::floor().unwrap()), stop.clone())).unwrap();
    Service { sim, _stop: stop.drop_guard(), _runtime: runtime }
}

fn console(service: &Service, journal: &str) -> Terminal {
    let url = service.sim.url();
    let mut arguments = vec!["--host", &url, "--journal", journal];
    for context in ["support", "renewal", "collect", "internal"] {
        arguments.extend(["--context", context]);
    }
    let environment = [("SIGNALWIRE_PROJECT_ID", "project-1"), ("SIGNALWIRE_API_TOKEN", "PT-canary")];
    Terminal::start_with(&arguments, 100, 30, &environment)
}

fn quit(mut terminal: Terminal) {
    terminal.send("Q");
    assert_eq!(terminal.exit_code(), 0, "{}", terminal.contents());
    terminal.assert_restored();
}

#[test]
fn the_running_program_looks_back_while_it_stays_connected_and_its_journal_is_replayed_afterwards() {
    let service = service();
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let journal = journal.to_str().unwrap();
    let mut terminal = console(&service, journal);
    terminal.wait_for_floor();
    terminal.send("b").wait_for("PAST").wait_for("PAUSED");
    // The first thing that ever happened: nothing was known yet.
    terminal.send("^").wait_for("live 0");
    terminal.send("H").wait_for("B comes back to now");
    let acked = || service.sim.ledger().counts.acked;
    let before = acked();
    terminal.wait_until("events are acknowledged behind it", |_| acked() > before + 5);
    service.sim.stage(Stage::Cut);
    terminal
        .wait_for("now: link")
        .wait_until("it is back", |terminal| !terminal.contents().contains("now: link"));
    terminal.send(">>>> ").wait_for("x16").wait_until("calls come", |terminal| {
        !terminal.contents().contains("live 0 ") && terminal.contents().contains("PAST")
    });
    terminal.send("B").wait_for("this is the present");
    assert!(!terminal.contents().contains("PAST"));
    quit(terminal);
    replays(journal);
    let file = Path::new(journal).join("000000000001.sqlite");
    replays(file.to_str().unwrap());
}

fn replays(journal: &str) {
    let mut terminal = Terminal::start(&["replay", journal, "--speed", "100"], 100, 30);
    // The link was closed at the end, and nothing is known since.
    terminal.wait_for("REPLAY").wait_for("END").wait_for("closed");
    terminal.send(" ").wait_for("PAUSED").send(",,,,,,,,,,").wait_for("relay OK");
    terminal.send("t").wait_for("this is a replay of");
    terminal.send("$").wait_for("100 %").send(",,").wait_for("9 %").send("^").wait_for("live 0");
    terminal
        .send("?")
        .wait_for("LOOK BACK")
        .send("\x1b")
        .wait_until("help is closed", |terminal| !terminal.contents().contains("LOOK BACK"));
    terminal.send("@nonsense\r").wait_for("give a time such as").send("\x15").send("23:59:59\r");
    terminal.wait_until("it has gone there", |terminal| terminal.contents().contains("100 %"));
    terminal.send("q").wait_for("Quit the replay?").send("y");
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn what_is_no_journal_is_told_without_a_screen() {
    for (file, part) in [("/nonexistent", "there is no journal at"), ("/etc/passwd", "is not a journal")] {
        let mut terminal = Terminal::start(&["replay", file], 80, 24);
        terminal.wait_for(part);
        assert_eq!(terminal.exit_code(), 2);
        assert!(!terminal.everything().contains("\x1b[?1049h"));
    }
}

#[test]
fn without_a_journal_it_says_why_there_is_no_past() {
    let service = service();
    let mut terminal = console(&service, "off");
    terminal.wait_for_floor().send("b").wait_for("the journal is off");
    quit(terminal);
    let mut terminal = Terminal::start(&["demo"], 80, 24);
    terminal.wait_for("ANS").send("b").wait_for("the demo keeps nothing");
    quit(terminal);
}
