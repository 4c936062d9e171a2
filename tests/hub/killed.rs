//! Killed without a word: a console, and the hub itself, as processes of their own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use callboard::attach::Place;
use callboard::calling::params::{Params, PlaySilence};
use callboard::calling::{Ask, Client, ClientConfig};
use callboard::client::{Credentials, Endpoint, LinkState};
use callboard::protocol::{CallState, Dialect, Secret};
use callboard::sim::script::Script;
use callboard::sim::server;
use callboard::sim::world::Stage;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::rig::soon;

const WORLD: &str = r#"
[[arrival]]
label = "caller"
context = "support"
from = "+12025550123"
to = "+12025550199"
party = "caller"
[parties.caller]
"#;

/// callboard in folders of its own.
fn callboard(folder: &Path, words: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callboard"));
    for name in ["XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"] {
        command.env(name, folder);
    }
    command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command.spawn().unwrap()
}

/// A process, and what it said first.
struct Started {
    child: Child,
    first: Value,
}

impl Started {
    fn new(folder: &Path, words: &[&str]) -> Self {
        let mut child = callboard(folder, words);
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { child, first: serde_json::from_str(&line).unwrap() }
    }

    /// SIGKILL: nothing is said, nothing is tidied up.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn application(url: &str) -> Client {
    Client::connect(ClientConfig {
        endpoint: Endpoint::new(url, None).unwrap(),
        credentials: Credentials::Token {
            project: Secret::new("project-1"),
            token: Secret::new("PT-canary"),
        },
        contexts: vec!["support".into()],
        dialect: Dialect::Current,
    })
}

async fn until(what: &str, is: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if is() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}

fn play(console: &Client, call: &callboard::protocol::CallId) -> Ask {
    let values = PlaySilence::new(0.2).values();
    Ask::Invoke { method: "play_silence", values, call: Some(call.clone()), id: console.next_id() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_hub_comes_back_and_nothing_was_done_twice_or_lost_and_a_killed_console_is_nobodys_affair() {
    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    let sim = server::serve(server::Options::new(Script::parse(WORLD).unwrap()), stop).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let upstream = sim.url();
    let hub = Started::new(folder.path(), &["hub", "--upstream", &upstream, "--listen", "ivr=127.0.0.1:0"]);
    let url = hub.first["url"].as_str().unwrap().to_owned();
    let listen = format!("ivr={}", url.trim_start_matches("ws://"));
    let again = ["hub", "--upstream", &upstream, "--listen", &listen];
    let socket = hub.first["attach"].as_str().unwrap().to_owned();

    let ivr = application(&url);
    soon(ivr.ready()).await.unwrap();
    let mut incoming = ivr.incoming();
    sim.stage(Stage::Arrive("caller".into()));
    let call = soon(incoming.next()).await.unwrap();
    assert!(soon(call.answer()).await.unwrap().successful);
    let id = call.id().unwrap();
    let ana = Client::attached(Place::new(&socket, &Default::default()).unwrap(), false);
    ana.reconnect();
    soon(ana.ready()).await.unwrap();
    let knows =
        || ana.with_model(|model, _| model.call(&id).is_some_and(|call| call.state == CallState::Answered));
    until("the console knows of the call", knows).await;

    // A console that is killed in the middle of what it is told.
    let events = Started::new(folder.path(), &["events", "--json", "--attach", &socket]);
    assert!(soon(call.play_silence(PlaySilence::new(0.1))).await.unwrap().successful);
    events.kill();
    assert!(soon(call.play_silence(PlaySilence::new(0.1))).await.unwrap().successful);

    // The hub, killed three times while both act.
    let mut hub = hub;
    let mut accepted = 0;
    for _ in 0..3 {
        let given: Vec<_> = (0..5).filter_map(|_| ana.submit(play(&ana, &id)).ok()).collect();
        hub.kill();
        until("the console noticed", || !ana.link().is_up()).await;
        hub = Started::new(folder.path(), &again);
        until("the application took its session up again", || {
            matches!(ivr.link(), LinkState::Up { restored: true, .. })
        })
        .await;
        soon(ana.ready()).await.unwrap();
        until("the console knows of the call again", knows).await;
        until("the application is back", || {
            ana.with_model(|model, _| model.applications().any(|application| application.up))
        })
        .await;
        // What of it was carried out is not known; that it is not sent again is checked below.
        accepted += given.len();
        let ticket = ana.submit(play(&ana, &id)).unwrap();
        until("a further one is accepted", || {
            ana.with_model(|model, _| {
                let act = model.acts().iter().find(|act| act.ticket == ticket);
                act.and_then(|act| act.ending.as_ref()).is_some_and(|ending| ending.text.as_str() == "ok")
            })
        })
        .await;
        accepted += 1;
    }
    assert!(soon(call.play_silence(PlaySilence::new(0.1))).await.unwrap().successful);
    assert!(soon(call.hangup()).await.unwrap().successful);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let ledger = sim.ledger();
    assert!(ledger.received().all(|command| command.copies == 1 && command.executed <= 1));
    let plays = ledger.received().filter(|command| command.method == "calling.play").count();
    // Three of the application's own; of those of the console at most as many as it gave.
    assert!(plays <= 3 + accepted, "{plays} of {}", 3 + accepted);
    let open: Vec<_> = ledger.sent().filter(|sent| sent.acks_due && sent.acks == 0).collect();
    assert!(open.is_empty(), "an event that nobody took: {open:?}");
    ivr.with_model(|model, _| {
        let call = model.call(&id).unwrap();
        assert!(
            call.actions.iter().all(callboard::model::Action::is_mine),
            "the application saw what is not its own"
        );
        assert_eq!((model.stats().faults, model.stats().lost_sessions), (0, 0));
    });
    hub.kill();
}
