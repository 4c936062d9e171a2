//! `callboard calls`, `act`, `events` and `wall` on a hub, with an application and a simulated service, all real.

use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use callboard::calling::params::PlaySilence;
use callboard::calling::{Call, Client, ClientConfig};
use callboard::client::{Credentials, Endpoint};
use callboard::config::{File, Flags, resolve};
use callboard::hub::people::{Person, Proof};
use callboard::hub::serve::{self, Hub};
use callboard::hub::settings::{Listen, Settings};
use callboard::hub::{People, Role, Scope};
use callboard::protocol::{Dialect, Secret};
use callboard::records::Records;
use callboard::sim::{Script, server};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Ran, callboard, run, tell};

const WORLD: &str = r#"
[parties.caller]
[[arrival]]
label = "caller"
context = "support"
from = "+12025550123"
to = "+12025550199"
party = "caller"
at = [0.05]
[[fault]]
do = "refuse"
method = "calling.send_digits"
code = "409"
text = "not now"
"#;

/// A hub with one application and one call that it has answered.
struct Floor {
    hub: Hub,
    call: Call,
    folder: tempfile::TempDir,
    _stop: DropGuard,
}

fn settings(upstream: String, socket: &std::path::Path, role: Role) -> Settings {
    let uid = rustix::process::getuid().as_raw();
    let person = Person {
        proof: Proof::User(uid.to_string()),
        role,
        extras: Vec::new(),
        scope: Scope::default(),
        bulk_limit: None,
    };
    let listen = Listen { name: Some("ivr".into()), address: "127.0.0.1:0".parse().unwrap() };
    let people = People::new(vec![person], Some(uid));
    Settings { people, ..Settings::local(upstream, vec![listen], socket.to_owned()) }
}

impl Floor {
    async fn start(role: Role) -> Self {
        let stop = CancellationToken::new();
        let folder = tempfile::tempdir().unwrap();
        let sim =
            server::serve(server::Options::new(Script::parse(WORLD).unwrap()), stop.clone()).await.unwrap();
        let usual = resolve(&File::default(), &|_| None, &Flags::default()).unwrap();
        let settings = settings(sim.url(), &folder.path().join("hub.sock"), role);
        let records = Records::none(&usual.person, "hub".into());
        let hub = serve::start(&settings, records, folder.path(), stop.clone()).await.unwrap();
        let client = Client::connect(ClientConfig {
            endpoint: Endpoint::new(&hub.ready.url, None).unwrap(),
            credentials: Credentials::Token { project: Secret::new("p"), token: Secret::new("PT-canary") },
            contexts: vec!["support".into()],
            dialect: Dialect::Current,
        });
        let mut incoming = client.incoming();
        let call = tokio::time::timeout(Duration::from_secs(20), incoming.next()).await.unwrap().unwrap();
        assert!(call.answer().await.unwrap().successful);
        Self { hub, call, folder, _stop: stop.drop_guard() }
    }

    fn id(&self) -> String {
        self.call.id().unwrap().to_string()
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let socket = self.folder.path().join("hub.sock");
        let args: Vec<_> = args.iter().copied().chain(["--attach", socket.to_str().unwrap()]).collect();
        let mut command = callboard(&args);
        // Whoever works on a hub needs no account.
        command.env_remove("SIGNALWIRE_PROJECT_ID").env_remove("SIGNALWIRE_API_TOKEN");
        command
    }

    async fn run(&self, args: &[&str]) -> Ran {
        run(self.command(args)).await
    }

    /// Does something to the call, told as JSON.
    async fn act(&self, args: &[&str]) -> Ran {
        let id = self.id();
        let args: Vec<_> = ["act"].iter().chain(args).copied().chain(["--json", "--call", &id]).collect();
        self.run(&args).await
    }

    /// What people asked for through the hub, by method.
    fn acts(&self) -> Vec<&'static str> {
        self.hub.client.with_model(|model, _| model.acts().iter().map(|act| act.method).collect())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_every_application_are_listed() {
    let floor = Floor::start(Role::Act).await;
    let ran = floor.run(&["calls", "--json"]).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    let [call] = &ran.lines()[..] else { panic!("{}", ran.out) };
    for (name, value) in [
        ("kind", json!("call")),
        ("call_id", json!(floor.id())),
        ("owner", json!("ivr")),
        ("state", json!("answered")),
        ("direction", json!("inbound")),
        ("from", json!("+12025550123")),
        ("context", json!("support")),
    ] {
        assert_eq!(call[name], value, "{call}");
    }
    let text = floor.run(&["calls", "ctx:support", "state:answered"]).await;
    let lines: Vec<_> = text.out.lines().collect();
    assert!(lines.len() == 2 && lines[0].contains("OWNER") && lines[1].contains("  ivr "), "{}", text.out);
    let none = floor.run(&["calls", "ctx:nothing"]).await;
    assert_eq!((none.exit, none.out.as_str()), (0, ""));
    assert!(none.err.contains("no call fits"), "{}", none.err);
    let wrong = floor.run(&["calls", "agge>5s"]).await;
    assert!(wrong.exit == 2 && wrong.err.contains("age"), "{}", wrong.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_spoken_into_the_call_of_an_application_once() {
    let floor = Floor::start(Role::Act).await;
    let id = floor.id();
    let args = ["act", "play_tts", "--call", &id[..8], "--text", "One moment.", "--volume", "-3", "--json"];
    let ran = floor.run(&args).await;
    assert_eq!(
        (ran.exit, ran.steps()),
        (0, vec!["play_tts accepted".into(), "play finished".into()]),
        "{}",
        ran.out
    );
    let line = &ran.lines()[0];
    assert_eq!((&line["kind"], &line["call_id"], &line["exit"]), (&json!("act"), &json!(id), &json!(0)));
    assert!(line["control_id"].as_str().unwrap().starts_with("hub-"), "{line}");
    assert_eq!(floor.acts(), ["play_tts"]);
    let text = floor.run(&["act", "play-silence", "--call", &id, "--duration", "0.1"]).await;
    assert!(text.exit == 0 && text.out.starts_with("play_silence accepted"), "{}", text.out);
    assert_eq!(floor.acts(), ["play_tts", "play_silence"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_paused_resumed_and_stopped_by_kind_or_id() {
    let floor = Floor::start(Role::Admin).await;
    let started = floor.act(&["play-silence", "--duration", "60", "--no-wait"]).await;
    assert_eq!((started.exit, started.steps()), (0, vec!["play_silence accepted".into()]));
    let control = started.lines()[0]["control_id"].as_str().unwrap().to_owned();
    for (args, effect) in [
        (&["pause", "--control", "play"][..], "effect paused"),
        (&["resume", "--control", &control], "effect running"),
        (&["volume", "--volume", "-6"], "volume accepted"),
        (&["stop"], "effect stopped"),
    ] {
        let ran = floor.act(args).await;
        assert_eq!(ran.exit, 0, "{args:?}: {}", ran.out);
        assert_eq!(ran.steps().last().unwrap(), effect);
        assert_eq!(ran.lines()[0]["control_id"], control.as_str());
    }
    let nothing = floor.act(&["stop"]).await;
    assert_eq!((nothing.exit, nothing.steps()), (2, vec!["stop notSent".into()]));
    assert!(nothing.out.contains("nothing runs on this call"), "{}", nothing.out);
    // What is not over in time is said to be so; it goes on.
    let long = floor.act(&["play-silence", "--duration", "60", "--wait", "0.3"]).await;
    assert_eq!((long.exit, long.steps()[1].as_str()), (7, "play unknown"));
    let stopped = floor.act(&["stop", "--control", "record"]).await;
    assert!(stopped.exit == 2 && stopped.out.contains("--control record"), "{}", stopped.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_is_told_which_right_is_missing_and_who_says_why_may() {
    let watcher = Floor::start(Role::Watch).await;
    let ran = watcher.act(&["hangup", "--reason", "test"]).await;
    assert_eq!((ran.exit, ran.steps()), (9, vec!["hangup denied".into()]), "{}", ran.out);
    assert!(ran.out.contains("needs the right `hangup`"), "{}", ran.out);
    assert!(watcher.call.active());
    let floor = Floor::start(Role::Act).await;
    let ran = floor.act(&["hangup"]).await;
    assert!(ran.exit == 9 && ran.out.contains("hanging up needs a reason"), "{}", ran.out);
    let ran = floor.act(&["hangup", "--reason", "asked for it", "--hangup-reason", "busy"]).await;
    assert_eq!(
        (ran.exit, ran.steps()),
        (0, vec!["hangup accepted".into(), "call ended".into()]),
        "{}",
        ran.out
    );
    assert_eq!(ran.lines()[0]["steps"][1]["why"], "busy");
    let again = floor.act(&["hangup", "--reason", "again"]).await;
    assert_eq!((again.exit, again.steps()), (8, vec!["hangup callOver".into()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_mistakes_and_hubs_that_are_not_there_have_their_codes() {
    let floor = Floor::start(Role::Admin).await;
    let refused = floor.act(&["send-digits", "--digits", "1"]).await;
    assert_eq!((refused.exit, refused.steps()), (6, vec!["send_digits refused".into()]), "{}", refused.out);
    for (args, part) in [
        (&["act", "play-tts", "--call", "x"][..], "--text"),
        (
            &["act", "play-tts", "--call", "x", "--text", "a", "--volume", "99"],
            "--volume: 99 is not within -40 to 40 dB",
        ),
        (&["act", "play-tz", "--call", "x"], "play-tts"),
        (
            &[
                "act",
                "stream",
                "--call",
                "x",
                "--url",
                "wss://a.example/b",
                "--authorization-bearer-token",
                "canary",
            ],
            "-file",
        ),
        (&["act"], "METHOD"),
    ] {
        let ran = floor.run(args).await;
        assert!(
            ran.exit == 2 && ran.err.contains(part) && ran.out.is_empty(),
            "{args:?}: {}{}",
            ran.out,
            ran.err
        );
    }
    let ran = floor.run(&["act", "hangup", "--call", "nothing"]).await;
    assert!(ran.exit == 2 && ran.out.contains("`callboard calls` lists"), "{}", ran.out);
    assert_eq!(floor.acts(), ["send_digits"], "nothing of this was sent");
    for command in [&["calls"][..], &["act", "hangup", "--call", "x"], &["wall", "--once"]] {
        let args: Vec<_> = command.iter().copied().chain(["--attach", "/nonexistent/hub.sock"]).collect();
        let ran = run(callboard(&args)).await;
        let said = format!("{}{}", ran.out, ran.err);
        assert!(
            ran.exit == 4 && said.contains("start one with `callboard hub`"),
            "{command:?}: {} {said}",
            ran.exit
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dial_goes_over_the_session_of_the_application() {
    let floor = Floor::start(Role::Admin).await;
    let dial = |to: &str| format!("{to} from=+12025550199 timeout=5");
    let ran = floor.run(&["act", "dial", "--devices", &dial("+12025550177"), "--json"]).await;
    assert_eq!(
        (ran.exit, ran.steps()),
        (0, vec!["dial accepted".into(), "dial answered".into()]),
        "{}",
        ran.out
    );
    let id = ran.lines()[0]["call_id"].as_str().unwrap().to_owned();
    let listed = floor.run(&["calls", "--json", "dir:out"]).await.lines();
    assert_eq!((&listed[0]["call_id"], &listed[0]["owner"]), (&json!(id), &json!("ivr")));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_tell_whose_call_it_is_and_who_gave_which_command() {
    let floor = Floor::start(Role::Admin).await;
    let mut listening = floor.command(&["events", "--json"]).spawn().unwrap();
    let mut reader = BufReader::new(listening.stdout.take().unwrap());
    let mut out = String::new();
    while !out.contains(r#""state":"up""#) {
        assert!(reader.read_line(&mut out).unwrap() > 0, "{out}");
    }
    assert!(floor.call.play_silence(PlaySilence::new(0.1)).await.unwrap().successful);
    let acted = floor.act(&["play-tts", "--text", "Hello", "--reason", "greeting"]).await;
    assert_eq!(acted.exit, 0, "{}", acted.out);
    // Everything up to here was told before the next command is answered.
    while out.matches(r#""kind":"outcome""#).count() < 2 {
        assert!(reader.read_line(&mut out).unwrap() > 0, "{out}");
    }
    tell(&listening, rustix::process::Signal::INT);
    reader.read_to_string(&mut out).unwrap();
    assert_eq!(listening.wait().unwrap().code(), Some(0));
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).collect::<Vec<_>>();
    let events = of("event");
    assert!(events.len() >= 3 && events.iter().all(|event| event["owner"] == "ivr"), "{out}");
    let commands = of("command");
    let by: Vec<_> = commands.iter().map(|line| line["by"].as_str().unwrap()).collect();
    assert!(by[0] == "app:ivr" && by.len() == 2 && by[1] != "me" && !by[1].starts_with("app:"), "{out}");
    assert_eq!((&commands[1]["method"], &commands[1]["reason"]), (&json!("play_tts"), &json!("greeting")));
    assert_eq!(commands[1]["call_id"], floor.id().as_str());
    let outcomes = of("outcome");
    assert!(outcomes.len() == 2 && outcomes.iter().all(|line| line["outcome"] == "done"), "{out}");
    assert_eq!((&outcomes[0]["by"], &outcomes[1]["by"]), (&commands[0]["by"], &commands[1]["by"]));
    assert!(!of("presence").is_empty(), "{out}");
    let summary = lines.last().unwrap();
    assert_eq!(
        (&summary["kind"], &summary["commands"], &summary["lost"]),
        (&json!("summary"), &json!(2), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wall_counts_the_calls_of_the_hub_and_doctor_knows_it() {
    let floor = Floor::start(Role::Act).await;
    let ran = floor.run(&["wall", "--once", "--json", "--for", "0.3"]).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    assert_eq!(ran.lines()[0]["metrics"]["answered"], json!(1), "{}", ran.out);
    let doctor = floor.run(&["doctor", "--json"]).await;
    let found = &doctor.lines()[0];
    let check = |name: &str| {
        let one = found["checks"].as_array().unwrap().iter().find(|check| check["check"] == name);
        one.unwrap_or_else(|| panic!("{name}: {found}")).clone()
    };
    assert_eq!(
        (check("hub")["state"].as_str(), check("network")["state"].as_str()),
        (Some("ok"), Some("skipped"))
    );
    assert!(check("hub person")["what"].as_str().unwrap().contains("role act: see"), "{found}");
    assert!(check("applications")["what"].as_str().unwrap().starts_with("1: ivr ("), "{found}");
}
