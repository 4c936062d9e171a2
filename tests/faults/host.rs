//! The machine: stopped, out of descriptors, short of memory, with a clock that jumps. F53 to F56.

use std::process::Command;
use std::time::Duration;

use callboard::client::Credentials;
use callboard::client::session::{Input, Output, Session, SessionConfig};
use callboard::model::action::Yield;
use callboard::model::{Action, Model};
use callboard::protocol::id::IdSource;
use callboard::protocol::{CallId, CallState, Dialect, Secret};
use callboard::sim::server::{Options, Running, serve};
use callboard::sim::{Script, Stage};
use callboard::time::Now;
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::rig::{BUSY, TOKEN, seeds};
use crate::terminal::Terminal;

/// A service within this process, for programs outside of it.
pub struct Service {
    pub sim: Running,
    _stop: DropGuard,
    _runtime: tokio::runtime::Runtime,
}

impl Service {
    pub fn start(script: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let stop = CancellationToken::new();
        let script = Script::parse(script).unwrap();
        let sim = runtime.block_on(serve(Options::new(script), stop.clone())).unwrap();
        Self { sim, _stop: stop.drop_guard(), _runtime: runtime }
    }

    /// The console on this service.
    pub fn console(&self, width: u16, height: u16) -> Terminal {
        let environment = [("SIGNALWIRE_PROJECT_ID", "project-1"), ("SIGNALWIRE_API_TOKEN", TOKEN)];
        let arguments = ["--host", &self.sim.url(), "--context", "support"];
        Terminal::start_with(&arguments, width, height, &environment)
    }
}

/// A number of the status of a process, in KiB where it is a size.
fn status(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// A minute that did not happen here, as after a SIGSTOP or a suspend: the link is found out or found alive within
/// 20 s, and what went on meanwhile is caught up with.
#[test]
fn f53_a_minute_that_was_slept_through() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        for _ in 0..3 {
            tokio::time::advance(Duration::from_secs(60)).await;
            let awake = rig.between(0.0, 10.0);
            rig.busy(awake).await;
        }
        rig.check().await;
    });
}

/// The real thing: the console is stopped, its connection goes, a call ends; once it goes on it finds both.
#[test]
fn f53_sigstop_and_sigcont() {
    let service = Service::start(BUSY);
    let mut console = service.console(100, 30);
    console.wait_for("0198");
    let still = |world: &callboard::sim::World| {
        let mut calls =
            world.calls().filter(|leg| leg.device.to_address().is_some_and(|to| to.ends_with("0198")));
        calls.next().map(|leg| leg.call_id.clone())
    };
    let call = service.sim.look(still).unwrap();
    console.signal("STOP");
    console.settle(Duration::from_millis(300));
    service.sim.stage(Stage::HangUp(call));
    service.sim.stage(Stage::Cut);
    console.settle(Duration::from_secs(3));
    console.signal("CONT");
    let logins = || service.sim.ledger().counts.logins;
    console.wait_until("it is back", |console| logins() == 2 && !console.contents().contains("LINK DOWN"));
    console.wait_until("the call is gone", |console| {
        let contents = console.contents();
        let mut lines = contents.lines().filter(|line| line.contains("0198"));
        lines.all(|line| !line.contains("ANSWERED"))
    });
    console.send("Q");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}

/// The service's clock jumps by an hour either way: ages and waits are those of our own.
#[test]
fn f54_the_clock_of_the_service_jumps() {
    seeds(BUSY, async |rig| {
        rig.start().await;
        for hours in [1, -1, 0] {
            rig.switch.wall_off(hours * 3_600);
            let span = rig.between(5.0, 15.0);
            rig.busy(span).await;
            let oldest = rig.client.with_model(|model, now| {
                let fresh = model
                    .calls()
                    .filter(|call| call.is_live() && call.first_seen > callboard::time::At::START);
                fresh.map(|call| now.at.since(call.first_seen)).max()
            });
            assert!(oldest <= Some(rig.switch.at()), "{oldest:?}");
        }
        rig.check().await;
    });
}

/// Our own clock jumps by an hour either way: nothing but the times that are shown as times of day changes.
#[test]
fn f54_our_own_clock_jumps() {
    let ages = |jumps: &[i64]| {
        let mut world = Alone::new();
        for second in 1..120_i64 {
            let jump = jumps.get(usize::try_from(second / 30).unwrap()).copied().unwrap_or_default();
            world.wall_off = jump * 3_600;
            let state = ["created", "ringing", "answered"][usize::try_from(second % 3).unwrap()];
            let body = json!({"call_id": format!("c{}", second / 3), "node_id": "n", "call_state": state});
            world.event(second, "calling.call.state", body);
        }
        let age = |n| {
            world.model.call(&CallId::from(format!("c{n}").as_str())).unwrap().age(world.now().at).as_millis()
        };
        ((1..39).map(age).collect::<Vec<_>>(), world.session.link().clone(), world.sent)
    };
    let calm = ages(&[]);
    for jumps in [[0, 1, 0, -1], [0, -1, 1, 0], [5, 0, 0, 0]] {
        assert_eq!(calm, ages(&jumps), "{jumps:?}");
    }
}

/// A session and a model, and nobody else.
pub struct Alone {
    session: Session,
    pub model: Model,
    at: Duration,
    /// Seconds by which our wall clock is off.
    wall_off: i64,
    /// Methods of the requests that were sent.
    sent: Vec<String>,
}

impl Alone {
    pub fn new() -> Self {
        let credentials = Credentials::Token { project: Secret::new("project-1"), token: Secret::new(TOKEN) };
        let config = SessionConfig {
            dialect: Dialect::Current,
            credentials,
            contexts: vec![],
            ids: IdSource::seeded(1),
            jitter_seed: 1,
        };
        let at = Duration::from_secs(1);
        let mut alone = Self {
            session: Session::new(config),
            model: Model::default(),
            at,
            wall_off: 0,
            sent: Vec::new(),
        };
        alone.feed(Input::Connect);
        let login = alone.feed(Input::Opened);
        alone.feed(Input::Text(&json!({"id": login, "result": {"protocol": "signalwire_1_1"}}).to_string()));
        alone
    }

    fn now(&self) -> Now {
        let mut now = Now::simulated(self.at);
        now.wall.0 += self.wall_off * 1_000_000;
        now
    }

    /// Gives the id of the last request.
    fn feed(&mut self, input: Input<'_>) -> Value {
        let (now, mut outputs, mut id) = (self.now(), Vec::new(), Value::Null);
        self.session.handle(input, now, &mut outputs);
        for output in outputs {
            match output {
                Output::Event(event) => self.model.apply(&event, now),
                Output::Send { text, request } => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    self.sent.extend(request.map(|_| frame["method"].to_string()));
                    id = frame["id"].clone();
                }
                Output::Open | Output::Acknowledge(_) | Output::Close { .. } => {}
            }
        }
        id
    }

    /// A frame of the service, a millisecond later.
    pub fn say(&mut self, frame: &Value) {
        self.at += Duration::from_millis(1);
        self.feed(Input::Text(&frame.to_string()));
    }

    /// All that is known of calls, but for when they were last heard of.
    pub fn calls(&self) -> String {
        let call = |call: &callboard::model::Call| {
            let entered = [CallState::Created, CallState::Ringing, CallState::Answered, CallState::Ended];
            let entered = entered.map(|state| call.entered(&state).is_some());
            let timeless = |it: &Action| Yield { heard_at: None, ..Yield::clone(&it.yields) };
            let yields: Vec<_> =
                call.actions.iter().map(|it| (&it.control_id, &it.phase, &it.state, timeless(it))).collect();
            format!(
                "{} {:?} {entered:?} {:?} {:?} {yields:?}\n",
                call.id, call.state, call.end_reason, call.peer
            )
        };
        self.model.calls().map(call).collect()
    }

    /// An event at a second, as the service with its own good clock stamps it.
    fn event(&mut self, second: i64, kind: &str, body: Value) {
        self.at = Duration::from_secs(u64::try_from(second).unwrap() + 1);
        while self.session.wake_at().is_some_and(|at| at <= self.now().at) {
            self.feed(Input::Wake);
        }
        let stamp = Now::simulated(self.at).wall.as_seconds();
        let params = json!({"event_type": kind, "timestamp": stamp, "params": body});
        let frame = json!({"id": format!("e{second}"), "method": "signalwire.event", "params": params});
        self.feed(Input::Text(&frame.to_string()));
    }
}

/// Lets it have no descriptor from this number on.
fn descriptors(console: &Terminal, limit: u32) {
    let limited = [format!("--pid={}", console.pid()), format!("--nofile={limit}:")];
    assert!(Command::new("prlimit").args(limited).status().unwrap().success());
}

/// Without a descriptor left there is no new connection: that is said, nothing is lost that is there, and once there
/// are some again it is back by itself.
#[test]
fn f55_no_descriptors_left() {
    let service = Service::start(BUSY);
    let mut console = service.console(160, 30);
    console.wait_for("0198");
    descriptors(&console, 3);
    service.sim.stage(Stage::Cut);
    console.wait_for("Too many open files");
    console.wait_for("LINK DOWN").send("?").wait_for("ACT ON CALL").send("\x1b");
    descriptors(&console, 1_024);
    console.wait_until("it is back", |console| {
        service.sim.ledger().counts.logins == 2 && !console.contents().contains("LINK DOWN")
    });
    console.send("Q");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}

/// A thousand calls and what they do fit in 64 MiB. (The limit itself would be the machine's business: what matters is
/// that it is not reached.)
#[test]
fn f56_within_64_mebibytes() {
    let service = Service::start("[flood]\ncalls = 1000\nevents = 100\nwindow = 1000\ntotal = 15000");
    let mut console = service.console(120, 36);
    console.wait_until("all is acknowledged", |_| service.sim.ledger().counts.acked >= 15_000);
    console.settle(Duration::from_secs(1));
    // Code that was read from the binary is not what it takes: the system drops it when memory is short, and that of a
    // test build is large.
    let peak = status(console.pid(), "VmHWM") - status(console.pid(), "RssFile");
    assert!(peak < 64 * 1024, "{peak} KiB");
    console.send("Q");
    assert_eq!(console.exit_code(), 0);
}
