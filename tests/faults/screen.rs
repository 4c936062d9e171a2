//! The terminal: every way out, every size, every string. F58 to F60.
//!
//! An app that restarts behind a proxy, the last part of F60, has no subject here: there is no proxy.

#![expect(clippy::disallowed_methods, reason = "real processes take real time")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use callboard::sim::Stage;
use callboard::term::{Term, install_panic_hook};
use serde_json::json;

use crate::host::Service;
use crate::rig::{BUSY, TOKEN, for_seeds};
use crate::terminal::Terminal;

const CALLBOARD: &str = env!("CARGO_BIN_EXE_callboard");
const DEMO: &[&str] = &["demo"];

/// Told to end, by key or by signal, it ends with the code of the signal and leaves the terminal as it was.
#[test]
fn f58_it_is_tidy_when_it_is_told_to_end() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130), ("QUIT", 131)] {
        let mut terminal = Terminal::start(DEMO, 80, 24);
        terminal.wait_for("REC");
        assert!(!terminal.is_cooked() && terminal.in_alternate_screen());
        terminal.signal(signal);
        assert_eq!(terminal.exit_code(), code, "SIG{signal}");
        terminal.assert_restored();
    }
    for keys in [&["Q"][..], &["\x03", "\x03"]] {
        let mut terminal = Terminal::start(DEMO, 80, 24);
        terminal.wait_for("REC").send(keys[0]);
        if let Some(again) = keys.get(1) {
            terminal.wait_for("again within a second").send(again);
        }
        assert_eq!(terminal.exit_code(), 0);
        terminal.assert_restored();
    }
}

/// Control-Z gives the terminal to the shell, as a SIGTSTP does, and `fg` takes it back.
#[test]
fn f58_stopped_it_leaves_the_terminal_to_the_shell() {
    let mut terminal = Terminal::shell(80, 24);
    terminal.send("PS1='sh> '\r").wait_for("sh> ");
    terminal.send(&format!("{CALLBOARD} demo\r")).wait_for("REC");
    for stop in ["\x1a", "kill"] {
        if stop == "kill" {
            let found = Command::new("pgrep").args(["-P", &terminal.pid().to_string()]).output().unwrap();
            let pid = String::from_utf8(found.stdout).unwrap();
            assert!(Command::new("kill").args(["-TSTP", pid.trim()]).status().unwrap().success());
        } else {
            terminal.send(stop);
        }
        terminal.wait_until("the shell has it", |terminal| !terminal.in_alternate_screen());
        terminal.send("echo typed in the shell\r").wait_for("typed in the shell\n");
        terminal.send("fg\r").wait_for("REC");
        assert!(terminal.in_alternate_screen());
    }
    terminal.send("Q").wait_until("it has ended", |terminal| !terminal.in_alternate_screen());
    terminal.send("exit\r");
    terminal.exit_code();
}

/// A panic of the thread that draws gives the terminal back before it is reported; one of another thread does not take
/// the screen away from under it, and a normal end does what it always does.
#[test]
fn f58_panics() {
    for (way, code) in [("panic", 101), ("worker", 0)] {
        let program = std::env::current_exe().unwrap();
        let arguments = ["--exact", "screen::f58_program", "--nocapture"];
        let way = format!("CALLBOARD_EXIT={way}");
        let all: Vec<&str> = ["env", &way, program.to_str().unwrap()].into_iter().chain(arguments).collect();
        let mut terminal = Terminal::command(&all, 80, 24);
        terminal.wait_for("something on the screen");
        assert!(!terminal.is_cooked() && terminal.in_alternate_screen());
        terminal.send("\r");
        assert_eq!(terminal.exit_code(), code, "{way}");
        terminal.assert_restored();
        let said = terminal.contents();
        assert_eq!(said.contains("on purpose"), code == 101, "{said}");
    }
}

/// What [`f58_panics`] runs in its terminal: takes it, draws, waits for a key, and ends in the way it is told.
#[test]
fn f58_program() {
    let Ok(way) = std::env::var("CALLBOARD_EXIT") else { return };
    install_panic_hook();
    let mut term = Term::enter(false).unwrap();
    term.draw(false, |frame| {
        frame.render_widget("something on the screen", frame.area());
    })
    .unwrap();
    std::io::stdin().lock().read_until(b'\r', &mut Vec::new()).unwrap();
    match &*way {
        "panic" => panic!("on purpose"),
        "worker" => {
            let _ = std::thread::spawn(|| panic!("on purpose")).join();
            assert!(callboard::term::panics() == 1);
        }
        other => unreachable!("{other}"),
    }
}

/// Killed or aborted it can do nothing any more; the next one that is started in the same terminal puts all in order.
#[test]
fn f58_killed() {
    for signal in ["KILL", "ABRT"] {
        let mut terminal = Terminal::shell(80, 24);
        terminal.send("PS1='sh> '\r").wait_for("sh> ");
        terminal.send(&format!("{CALLBOARD} demo\r")).wait_for("REC");
        let found = Command::new("pgrep").args(["-P", &terminal.pid().to_string()]).output().unwrap();
        let pid = String::from_utf8(found.stdout).unwrap();
        assert!(Command::new("kill").args([&format!("-{signal}"), pid.trim()]).status().unwrap().success());
        // bash takes the line mode back by itself; the screen it does not know of.
        terminal.wait_for("sh> ").settle(Duration::from_millis(200)).send("\x15clear\r");
        terminal.wait_until("a clear screen", |terminal| !terminal.contents().contains("REC"));
        terminal.send(&format!("{CALLBOARD} demo\r")).wait_for("REC").send("Q");
        terminal.wait_until("it has ended", |terminal| !terminal.in_alternate_screen());
        terminal.settle(Duration::from_millis(200)).send("exit\r");
        terminal.exit_code();
        terminal.assert_restored();
    }
}

/// Ten thousand sizes in one go, one cell among them, and then whole screens of every kind.
#[test]
fn f59_a_storm_of_sizes() {
    for_seeds(|seed| {
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut terminal = Terminal::start(DEMO, 120, 36);
        terminal.wait_for("REC");
        let mut any = || {
            let size = |dice: &mut fastrand::Rng, most| if dice.u8(..) < 20 { 1 } else { dice.u16(1..=most) };
            (size(&mut dice, 500), size(&mut dice, 200))
        };
        let begin = Instant::now();
        let sizes: Vec<_> = (0..3_333).map(|_| any()).chain([(1, 1)]).collect();
        terminal.resize_through(sizes.into_iter());
        for (width, height, wanted) in [
            (1, 1, ""),
            (20, 5, "live "),
            (39, 9, "live "),
            (60, 18, "ANS"),
            (400, 120, "Events"),
            (120, 36, "Events"),
            (200, 60, "Timeline"),
            (80, 24, "t tts"),
        ] {
            terminal.resize(width, height);
            let whole = |terminal: &Terminal| {
                let seen = terminal.contents();
                let corners = |corner: char| seen.matches(corner).count();
                seen.contains(wanted)
                    && seen.lines().count() <= usize::from(height)
                    && corners('┌') == corners('┘')
                    && corners('└') == corners('┐')
            };
            terminal.wait_until(&format!("a whole screen of {width}x{height}"), whole);
        }
        assert!(begin.elapsed() < Duration::from_secs(30));
        terminal.send("Q");
        assert_eq!(terminal.exit_code(), 0);
        terminal.assert_restored();
    });
}

/// Texts that do something to terminals, or look like something else.
const HOSTILE: &[&str] = &[
    "\u{1b}[2J\u{1b}[HOWNED",
    "\u{1b}]0;OWNED\u{7}",
    "\u{1b}]52;c;T1dORUQ=\u{7}",
    "\u{1b}]8;;https://owned.example\u{1b}\\OWNED",
    "\u{1b}Pq#0;2;0;0;0OWNED\u{1b}\\",
    "\u{1b}c\u{1b}(0\u{1b}#8",
    "\u{9b}31mOWNED\u{9c}\u{9d}0;OWNED\u{9c}",
    "\r\n\u{b}\u{c}\u{8}\u{8}\u{8}\t\u{7f}\u{0}",
    "\u{202e}DENWO\u{2066}\u{2069}\u{200b}\u{feff}\u{ad}\u{3164}",
    "\u{2028}\u{2029}\u{85}",
    "\u{e0001}\u{e0041}\u{fff9}\u{fffb}",
    "a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "漢字👩‍👩‍👧‍👦🇩🇪",
    "\u{1b}[?1049l\u{1b}[?1000h\u{1b}[6n",
];

/// The kinds of sequences in what was written: their letters without their numbers.
fn sequences(written: &str) -> BTreeSet<String> {
    let kind = |rest: &str| {
        let mut chars = rest.chars();
        match chars.next() {
            Some('[') => {
                let numbers = |c: &char| c.is_ascii_digit() || ";:".contains(*c);
                let body: String = chars.filter(|c| !numbers(c)).take(2).collect();
                let private = body.starts_with(['?', '<', '=', '>']);
                body.chars().take(1 + usize::from(private)).collect()
            }
            Some(other) => format!("ESC {other}"),
            None => String::new(),
        }
    };
    let mut kinds: BTreeSet<String> = written.split('\u{1b}').skip(1).map(kind).collect();
    kinds.extend(written.chars().filter(|c| c.is_control() && *c != '\u{1b}').map(|c| format!("{c:?}")));
    kinds
}

/// A floor as others have it, with one text in every field.
fn hostile_floor(service: &Service, round: usize) {
    for (n, text) in HOSTILE.iter().enumerate() {
        let call = format!("c{round}-{n}{text}");
        let device = json!({"type": "phone", "params": {"from_number": text, "to_number": text, "x": text}});
        let frames = [
            ("calling.call.receive", json!({"call_state": "created", "context": text, "device": device})),
            (
                "calling.call.state",
                json!({"call_state": "answered", "device": device, "tag": text, "end_reason": text}),
            ),
            ("calling.call.play", json!({"control_id": text, "state": "playing"})),
            ("calling.call.record", json!({"control_id": format!("r{text}"), "state": text, "url": text})),
            (
                "calling.call.collect",
                json!({"control_id": format!("p{text}"), "final": true,
                "result": {"type": "digit", "params": {"digits": text, "terminator": text}}}),
            ),
            (
                "calling.call.detect",
                json!({"control_id": format!("d{text}"),
                "detect": {"type": text, "params": {"event": text}}}),
            ),
            ("calling.error", json!({"code": text, "message": text})),
            (text, json!({"state": text})),
        ];
        for (k, (kind, mut body)) in frames.into_iter().enumerate() {
            body["call_id"] = json!(call);
            body["node_id"] = json!(text);
            let frame = json!({"jsonrpc": "2.0", "id": format!("h{round}-{n}-{k}{text}"), "method": "signalwire.event",
                "params": {"event_type": kind, "event_channel": text, "params": body}});
            service.sim.stage(Stage::Send(frame.to_string()));
        }
        service.sim.stage(Stage::Send(text.to_string()));
        let method = json!({"jsonrpc": "2.0", "id": text, "method": text});
        service.sim.stage(Stage::Send(method.to_string()));
    }
}

/// Whatever texts come in whatever field, the terminal is sent what it is sent on any quiet day, and nothing else.
#[test]
fn f60_hostile_strings_in_every_field() {
    let tour = |hostile: bool| {
        let service = Service::start(BUSY);
        let mut console = service.console(120, 36);
        console.wait_for("0198");
        for (round, keys) in
            ["", "j", "\r", "\x1b", "e", "\x1b", "i", "\x1b", "L", "\x1b"].into_iter().enumerate()
        {
            if hostile {
                hostile_floor(&service, round);
            }
            console.send(keys).settle(Duration::from_millis(250));
        }
        console.send("G").settle(Duration::from_millis(300));
        let screen = console.contents();
        if hostile {
            console.wait_until("its texts are shown", |console| console.contents().contains('␛'));
            assert!(console.in_alternate_screen());
        }
        let corners = |corner: char| screen.matches(corner).count();
        assert_eq!((corners('┌'), corners('└')), (corners('┘'), corners('┐')), "{screen}");
        console.send("Q");
        assert_eq!(console.exit_code(), 0);
        console.assert_restored();
        console.everything()
    };
    let (calm, hostile) = (sequences(&tour(false)), tour(true));
    let news: Vec<_> = sequences(&hostile).difference(&calm).cloned().collect();
    assert!(news.is_empty(), "{news:?}");
    for sign in [
        "\u{1b}]0;OWNED",
        "\u{1b}]52",
        "owned.example\u{1b}",
        "\u{202e}",
        "\u{200b}",
        "\u{e0041}",
        "\u{2028}",
    ] {
        assert!(!hostile.contains(sign), "{sign:?}");
    }
    assert!(!hostile.contains(&"\u{301}".repeat(5)), "no more marks on a letter than four");
}

/// Whoever reads what is printed may go: that is an end, not an error and not an endless loop.
#[test]
fn f60_standard_output_is_closed() {
    let service = Service::start(BUSY);
    let mut events = Command::new(CALLBOARD)
        .args(["events", "--host", &service.sim.url(), "--context", "support"])
        .envs([("SIGNALWIRE_PROJECT_ID", "project-1"), ("SIGNALWIRE_API_TOKEN", TOKEN)])
        .stdout(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(events.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(!line.is_empty());
    let end = Instant::now() + Duration::from_secs(30);
    let code = loop {
        if let Some(status) = events.try_wait().unwrap() {
            break status.code();
        }
        assert!(Instant::now() < end, "it goes on and on");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(code, Some(0));
}

/// I6, on the screen itself: of calls that end unseen in a gap none stands there as live, however the service speaks of
/// what is gone; those that live still do, or are marked as not known.
#[test]
fn i6_nothing_that_is_gone_is_drawn_as_live() {
    let arrival = |n: u8| {
        format!(
            "[[arrival]]\nlabel = \"a{n}\"\nat = [0.1]\nfrom = \"+1202555013{n}\"\nto = \"+12025550199\"\n\
             context = \"support\"\nanswered_after = 0.2\nparty = \"patient\"\n"
        )
    };
    let calls: String = (0..8).map(arrival).collect();
    let answers = ["stray_control = 'accepted'", "gone = 'not-found'", "gone = 'failure'"];
    for (rules, settles) in answers.into_iter().zip([true, false, false]) {
        let script = format!("[session]\ngap = 'lost'\n[calls]\n{rules}\n[parties.patient]\n{calls}");
        let service = Service::start(&script);
        let mut console = service.console(100, 30);
        console.wait_until("all calls are answered", |console| rows(console, " ANS ").len() == 8);
        let mut living = BTreeSet::new();
        let ids = service.sim.look(|world| {
            let number = |leg: &callboard::sim::Leg| leg.device.from_address()?.chars().last();
            world.calls().map(|leg| (leg.call_id.clone(), number(leg))).collect::<Vec<_>>()
        });
        console.signal("STOP");
        console.settle(Duration::from_millis(200));
        service.sim.stage(Stage::Cut);
        for (n, (call, number)) in ids.into_iter().enumerate() {
            if n % 2 == 0 {
                service.sim.stage(Stage::HangUp(call));
            } else {
                living.extend(number);
            }
        }
        console.settle(Duration::from_millis(300));
        console.signal("CONT");
        console.wait_until("what is gone is not drawn as live", |console| {
            service.sim.ledger().counts.logins == 2
                && !console.contents().contains("LINK DOWN")
                && rows(console, " ANS ").is_subset(&living)
        });
        // And so it stays, while what lives comes out of its doubt where the service lets that be found out.
        console.wait_until("what lives is there", |console| {
            let live = rows(console, " ANS ");
            assert!(live.is_subset(&living), "{}", console.contents());
            rows(console, "").is_superset(&living) && (!settles || live == living)
        });
        console.send("Q");
        assert_eq!(console.exit_code(), 0);
    }
}

/// The last digits of the callers whose line has this word.
fn rows(console: &Terminal, word: &str) -> BTreeSet<char> {
    let contents = console.contents();
    let lines = contents.lines().filter(|line| line.contains(word));
    let digit = |line: &str| line.split_once(" 202 555 013")?.1.chars().next();
    lines.filter_map(digit).collect()
}
