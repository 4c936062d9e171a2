//! The headless commands as a script sees them: the program, its output and its exit codes, against small services.

#![cfg(test)]

mod history;
mod hub;
mod relay;
mod wall;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pretty_assertions::assert_eq;
use relay::{Relay, Script, action, code, event, friendly, login, state};
use serde_json::{Value, json};

const PROJECT: &str = "canary-project";
const TOKEN: &str = "canary-token";

fn callboard(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callboard"));
    command
        .args(args)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("SIGNALWIRE_PROJECT_ID", PROJECT)
        .env("SIGNALWIRE_API_TOKEN", TOKEN)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

struct Ran {
    exit: i32,
    out: String,
    err: String,
}

impl Ran {
    fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    fn steps(&self) -> Vec<String> {
        let lines = self.lines();
        let steps = lines.last().unwrap()["steps"].as_array().unwrap().clone();
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        steps.iter().map(|step| format!("{} {}", word(&step["step"]), word(&step["outcome"]))).collect()
    }
}

async fn run(mut command: Command) -> Ran {
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let ran = Ran { exit: ran.status.code().unwrap(), out: text(ran.stdout), err: text(ran.stderr) };
    assert!(!format!("{}{}", ran.out, ran.err).contains("canary"), "{}{}", ran.out, ran.err);
    ran
}

const CALL: [&str; 9] =
    ["call", "--json", "--to", "+12025550123", "--from", "+12025550100", "--tts", "Good morning.", "--host"];

async fn call(script: Script, more: &[&str]) -> (Ran, Relay) {
    let relay = Relay::start(script).await;
    let args: Vec<_> =
        CALL.iter().copied().chain([relay.host.as_str()]).chain(more.iter().copied()).collect();
    (run(callboard(&args)).await, relay)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_goes_well() {
    let (ran, relay) = call(friendly, &["--record", "--timeout", "20"]).await;
    assert_eq!(ran.exit, 0, "{}{}", ran.out, ran.err);
    assert_eq!(
        ran.steps(),
        ["connect done", "dial answered", "tts finished", "record finished", "hangup ended"]
    );
    let line = &ran.lines()[0];
    assert_eq!((&line["call_id"], &line["exit"]), (&json!("c"), &json!(0)));
    assert_eq!(line["steps"][3]["url"], "https://files.example/r.mp3");
    assert_eq!(line["steps"][3]["duration"], 2.5);
    assert_eq!(
        relay.methods(),
        [
            "signalwire.connect",
            "calling.dial",
            "calling.record",
            "calling.play",
            "calling.record.stop",
            "calling.end"
        ]
    );
    let device = &relay.requests()[1]["params"]["devices"][0][0]["params"];
    assert_eq!(device["timeout"], 20);
}

/// Where it is told to, it keeps what happened and who did it, as the console does.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_kept_can_be_searched_and_proved() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (journal, audit) = (path("journal"), path("audit"));
    let (ran, _relay) = call(friendly, &["--journal", &journal, "--audit", &audit]).await;
    assert_eq!(ran.exit, 0, "{}{}", ran.out, ran.err);
    let found = run(callboard(&["history", "--journal", &journal, "--json"])).await.lines();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["to"], &found[0]["state"]), (&json!("+12025550123"), &json!("ended")));
    let proved = run(callboard(&["audit", "verify", &audit])).await;
    assert_eq!(proved.exit, 0, "{}{}", proved.out, proved.err);
    let told = run(callboard(&["audit", "list", &audit, "--json"])).await.lines();
    let methods: Vec<_> = told.iter().filter_map(|record| record["method"].as_str()).collect();
    for method in ["calling.dial", "calling.play", "calling.end"] {
        assert!(methods.contains(&method), "{methods:?}");
    }
    let (ran, _relay) = call(friendly, &[]).await;
    assert_eq!(ran.exit, 0, "and otherwise nothing is kept, which needs no folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_anything_to_say_it_hangs_up_at_once_and_reports_in_text() {
    let relay = Relay::start(friendly).await;
    let args = ["call", "--to", "sip:b@x.example", "--from", "sip:a@x.example", "--host", &relay.host];
    let ran = run(callboard(&args)).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    assert!(ran.out.starts_with("connect ") && ran.out.contains("\nhangup   ended"), "{}", ran.out);
    assert_eq!(relay.methods(), ["signalwire.connect", "calling.dial", "calling.end"]);
    assert_eq!(relay.requests()[1]["params"]["devices"][0][0]["type"], "sip");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_line_is_5() {
    let (ran, _) = call(
        |request| match request["method"].as_str().unwrap() {
            "calling.dial" => {
                let tag = &request["params"]["tag"];
                let lost = json!({"node_id": "n", "tag": tag, "dial_state": "failed"});
                vec![
                    code(request, "200", "Dialing"),
                    state(tag, "created", None),
                    event("d", "calling.call.dial", lost),
                    state(tag, "ended", Some("busy")),
                ]
            }
            _ => friendly(request),
        },
        &[],
    )
    .await;
    assert_eq!((ran.exit, ran.steps()), (5, vec!["connect done".to_owned(), "dial busy".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_3() {
    let script: Script = |request| {
        vec![json!({"jsonrpc": "2.0", "id": request["id"],
            "error": {"code": -32002, "message": "no canary-token of canary-project"}})]
    };
    let (ran, _) = call(script, &[]).await;
    assert_eq!((ran.exit, ran.steps()), (3, vec!["connect refused".to_owned()]));
    let relay = Relay::start(script).await;
    let ran = run(callboard(&["events", "--json", "--host", &relay.host])).await;
    assert_eq!(ran.exit, 3);
    assert_eq!(ran.lines().last().unwrap()["kind"], "summary");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_command_is_6_and_the_call_is_hung_up() {
    let (ran, relay) = call(
        |request| match request["method"].as_str().unwrap() {
            "calling.play" => vec![code(request, "403", "Not allowed")],
            _ => friendly(request),
        },
        &[],
    )
    .await;
    assert_eq!(ran.exit, 6);
    assert_eq!(ran.steps(), ["connect done", "dial answered", "tts refused", "hangup ended"]);
    assert_eq!(relay.methods().last().unwrap(), "calling.end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_without_an_answer_is_7_and_the_call_is_hung_up() {
    let (ran, relay) = call(
        |request| match request["method"].as_str().unwrap() {
            "calling.play" => Vec::new(),
            _ => friendly(request),
        },
        &[],
    )
    .await;
    assert_eq!(ran.exit, 7, "{}", ran.out);
    assert_eq!(relay.methods().last().unwrap(), "calling.end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_leaves_early_is_8() {
    let (ran, _) = call(
        |request| match request["method"].as_str().unwrap() {
            "calling.play" => vec![
                code(request, "200", "Playing"),
                action(request, "calling.call.play", "playing"),
                state(&Value::Null, "ended", Some("hangup")),
            ],
            _ => friendly(request),
        },
        &[],
    )
    .await;
    assert_eq!(ran.exit, 8, "{}", ran.out);
    assert!(ran.steps()[2].starts_with("tts "), "{:?}", ran.steps());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_arguments_and_missing_credentials_are_2_and_nothing_is_sent() {
    let relay = Relay::start(friendly).await;
    let args = ["call", "--to", "123", "--from", "+12025550100", "--tts", "", "--host", &relay.host];
    let ran = run(callboard(&args)).await;
    assert_eq!(ran.exit, 2);
    assert!(ran.err.contains("--to: 123 is not an E.164 number") && ran.err.contains("--tts"), "{}", ran.err);
    for args in [&["events", "--host", &relay.host][..], &[]] {
        let mut command = callboard(args);
        command.env_remove("SIGNALWIRE_API_TOKEN").env_remove("SIGNALWIRE_PROJECT_ID");
        let ran = run(command).await;
        assert_eq!(ran.exit, 2);
        for part in ["SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN", "callboard demo"] {
            assert!(ran.err.contains(part), "{}", ran.err);
        }
    }
    assert_eq!(relay.methods(), [""; 0]);
}

fn tell(child: &Child, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_dial_is_cancelled_and_130() {
    let relay = Relay::start(|request| match request["method"].as_str().unwrap() {
        "calling.dial" => vec![
            code(request, "200", "Dialing"),
            state(&request["params"]["tag"], "created", None),
            state(&request["params"]["tag"], "ringing", None),
        ],
        _ => friendly(request),
    })
    .await;
    let args: Vec<_> = CALL.iter().copied().chain([relay.host.as_str()]).collect();
    let child = callboard(&args).spawn().unwrap();
    while !relay.methods().iter().any(|method| method == "calling.dial") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tell(&child, rustix::process::Signal::INT);
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(130));
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["steps"][1]["outcome"], "interrupted");
    assert_eq!(line["steps"][2]["outcome"], "ended");
    let last = relay.requests().pop().unwrap();
    assert_eq!((&last["method"], &last["params"]["reason"]), (&json!("calling.end"), &json!("cancel")));
}

/// Five events after the login: one twice, one hostile; and a frame that is none.
fn talkative(request: &Value) -> Vec<Value> {
    let play = |id: &str, word: &str| {
        let params = json!({"call_id": "c", "node_id": "n", "control_id": "k", "state": word});
        event(id, "calling.call.play", params)
    };
    let secret = json!({"authorization_state": "canary-state"});
    vec![
        login(request),
        event("1", "signalwire.authorization.state", secret),
        play("2", "playing"),
        play("2", "playing"),
        json!("this is no frame of canary-token"),
        event("3", "calling.call.hologram", json!({"call_id": "\u{202e}x\u{1b}[2J", "echo": "canary-state"})),
        play("4", "finished"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_one_object_each_and_a_summary_at_the_end() {
    let relay = Relay::start(talkative).await;
    let args = ["events", "--json", "--count", "5", "--context", "support", "--host", &relay.host];
    let ran = run(callboard(&args)).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    assert!(!ran.out.chars().any(|c| c == '\u{1b}' || c == '\u{202e}'), "{}", ran.out);
    let lines = ran.lines();
    let kinds: Vec<_> =
        lines.iter().filter(|line| line["kind"] != "link").map(|line| &line["kind"]).collect();
    assert_eq!(kinds, ["event", "event", "event", "fault", "event", "event", "summary"]);
    let events: Vec<_> = lines.iter().filter(|line| line["kind"] == "event").collect();
    assert_eq!(events[1]["params"]["state"], "playing");
    assert_eq!((&events[1]["call_id"], &events[1]["event_type"]), (&json!("c"), &json!("calling.call.play")));
    assert_eq!([&events[1]["duplicate"], &events[2]["duplicate"]], [&json!(false), &json!(true)]);
    assert_eq!(events[3]["params"]["call_id"], "\u{202e}x\u{1b}[2J");
    assert_eq!(events[0]["stamp"], "2026-01-01T00:00:00.500000Z");
    let summary = lines.last().unwrap();
    assert_eq!(
        (&summary["events"], &summary["duplicates"], &summary["faults"]),
        (&json!(5), &json!(1), &json!(1))
    );
    assert_eq!(relay.requests()[0]["params"]["contexts"], json!(["support"]));
}

/// Two calls on two contexts, each answered.
fn two_contexts(request: &Value) -> Vec<Value> {
    let state = |id: &str, call: &str, word: &str| {
        let device =
            json!({"type": "phone", "params": {"from_number": "+12025550100", "to_number": "+12025550199"}});
        let params = json!({
            "call_id": call, "node_id": "n", "call_state": word, "direction": "inbound", "context": call, "device": device,
        });
        let event_type = if word == "created" { "calling.call.receive" } else { "calling.call.state" };
        event(id, event_type, params)
    };
    vec![
        login(request),
        state("1", "sales", "created"),
        state("2", "support", "created"),
        state("3", "sales", "answered"),
        state("4", "support", "answered"),
        state("5", "support", "ending"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_calls_that_fit_a_filter_can_be_had_alone() {
    let relay = Relay::start(two_contexts).await;
    let args =
        ["events", "--json", "--count", "2", "--filter", "ctx:support -state:created", "--host", &relay.host];
    let ran = run(callboard(&args)).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    let lines = ran.lines();
    let states: Vec<_> =
        lines.iter().filter(|line| line["kind"] == "event").map(|line| &line["params"]).collect();
    assert!(states.iter().all(|params| params["call_id"] == "support"), "{states:?}");
    assert_eq!(states.iter().map(|params| &params["call_state"]).collect::<Vec<_>>(), ["answered", "ending"]);
    for (filter, why) in [("agge>60s", "age"), ("link:up", "for calls"), ("-alert", "board only")] {
        let ran = run(callboard(&["events", "--filter", filter, "--host", &relay.host])).await;
        assert_eq!(ran.exit, 2);
        assert!(ran.err.contains(why), "{}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_end_by_signal_with_a_summary() {
    for (number, exit) in [(rustix::process::Signal::INT, 0), (rustix::process::Signal::TERM, 143)] {
        let relay = Relay::start(talkative).await;
        let mut child = callboard(&["events", "--json", "--host", &relay.host]).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while !text.contains("finished") {
            out.read_line(&mut text).unwrap();
        }
        tell(&child, number);
        out.read_to_string(&mut text).unwrap();
        assert!(text.lines().last().unwrap().contains("\"kind\":\"summary\",\"events\":5"), "{text}");
        assert_eq!(child.wait().unwrap().code(), Some(exit));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_leaves_ends_events_quietly() {
    let relay = Relay::start(|request| {
        let more = (0..20_000).map(|i| event(&i.to_string(), "calling.call.hologram", json!({"i": i})));
        [login(request)].into_iter().chain(more).collect()
    })
    .await;
    let mut child = callboard(&["events", "--json", "--host", &relay.host]).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    drop(out);
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_is_4() {
    let ran = run(callboard(&["events", "--json", "--for", "0.3", "--host", "ws://127.0.0.1:1"])).await;
    assert_eq!(ran.exit, 4);
    assert!(ran.lines().iter().any(|line| line["state"] == "down"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_private_and_has_no_secret_in_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let relay = Relay::start(talkative).await;
    let args = ["events", "--count", "5", "--log", path.to_str().unwrap(), "--log-level", "trace", "--host"];
    let args: Vec<_> = args.into_iter().chain([relay.host.as_str()]).collect();
    let ran = run(callboard(&args)).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    let log = std::fs::read_to_string(&path).unwrap();
    assert!(log.contains("state=\"up\"") && log.contains("event_type=calling.call.play"), "{log}");
    assert!(!log.contains("canary") && !log.contains("finished"), "{log}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
