//! `callboard wall --once`, against the simulated floor and small services.

use std::time::Duration;

use callboard::sim::{Script, server};
use callboard::time::Clock;
use callboard::wall::METRICS;
use pretty_assertions::assert_eq;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::relay::{Relay, event, login};
use super::{callboard, run, tell};

/// The simulated floor of the demo; gone when the token is dropped.
async fn floor() -> (String, tokio_util::sync::DropGuard) {
    let stop = CancellationToken::new();
    let sim = server::serve(server::Options::new(Script::floor().unwrap()), stop.clone()).await.unwrap();
    (sim.url(), stop.drop_guard())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_floor_as_one_object() {
    let (host, _sim) = floor().await;
    let args = ["wall", "--once", "--json", "--for", "1.5", "--window", "1h", "--host", &host];
    let contexts = ["--context", "support", "--context", "renewal", "--context", "collect"];
    let args: Vec<_> = args.into_iter().chain(contexts).collect();
    let ran = run(callboard(&args)).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    let [board] = &ran.lines()[..] else { panic!("{}", ran.out) };
    let metrics = board["metrics"].as_object().unwrap();
    assert!(METRICS.iter().all(|metric| metrics.contains_key(metric.id)), "{board}");
    let count = |value: &Value| value.as_u64().unwrap();
    let of = |id: &str| count(&board["metrics"][id]);
    assert!(of("live") >= 5, "{board}");
    assert_eq!(of("live"), of("created") + of("ringing") + of("answered") + of("ending"), "{board}");
    assert_eq!(
        (&board["link_up"], &board["window"], &board["kind"]),
        (&json!(true), &json!("1h"), &json!("wall"))
    );
    let contexts = board["contexts"].as_array().unwrap();
    let names: Vec<_> = contexts.iter().map(|one| one["context"].as_str().unwrap()).collect();
    assert_eq!(names, ["collect", "renewal", "support"]);
    let live: u64 = contexts.iter().map(|one| count(&one["metrics"]["live"])).sum();
    assert_eq!(live, of("live"), "{board}");
    assert_eq!(board["minutes"].as_array().unwrap().len(), 60);
    assert!(board["watched_seconds"].as_f64().unwrap() >= 1.5);
    let longest = &board["longest"];
    assert!(longest["seconds"].as_f64().unwrap() > 200.0 && longest["call_id"].is_string(), "{board}");
}

/// Two calls: one is answered, one fails.
fn two_calls(request: &Value) -> Vec<Value> {
    let state = |id: &str, call: &str, word: &str| {
        let reason = (word == "ended").then_some("error");
        let params = json!({"call_id": call, "node_id": "n", "call_state": word, "direction": "inbound",
            "context": "desk\u{1b}[2J", "end_reason": reason});
        let mut frame = event(id, "calling.call.state", params);
        frame["params"]["timestamp"] = Clock::start().now().wall.as_seconds().into();
        frame
    };
    vec![
        login(request),
        state("1", "a", "created"),
        state("2", "a", "answered"),
        state("3", "b", "created"),
        state("4", "b", "ended"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn as_text_with_nothing_hostile_in_it() {
    let relay = Relay::start(two_calls).await;
    let ran = run(callboard(&["wall", "--once", "--for", "0.3", "--host", &relay.host])).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
    for part in
        ["LIVE                     1", "ASR                    50%      1 of 2", "desk", "ended by  error 1"]
    {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_prints_what_is_known() {
    let relay = Relay::start(two_calls).await;
    let args = ["wall", "--once", "--json", "--for", "600", "--host", &relay.host];
    let child = callboard(&args).spawn().unwrap();
    while relay.methods().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    tell(&child, Signal::INT);
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let board: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&board["metrics"]["live"], &board["reasons"]), (&json!(1), &json!({"error": 1})));
    assert_eq!(board["metrics"]["failed"], 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_3_and_wrong_arguments_2() {
    let relay = Relay::start(|request| {
        let error = json!({"code": -32002, "message": "no canary-token"});
        vec![json!({"jsonrpc": "2.0", "id": request["id"], "error": error})]
    })
    .await;
    let ran = run(callboard(&["wall", "--once", "--host", &relay.host])).await;
    assert_eq!((ran.exit, ran.out.as_str()), (3, ""));
    for args in [&["wall", "--json"][..], &["wall", "--once", "--window", "7m"]] {
        assert_eq!(run(callboard(args)).await.exit, 2, "{args:?}");
    }
}
