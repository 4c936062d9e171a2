//! `callboard doctor` against services that are there, half there, and not there.

#![expect(clippy::disallowed_methods, reason = "a real program takes real time")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_tungstenite::tungstenite;
use tungstenite::handshake::server::{Request, Response};

use super::{PROJECT, Ran, TOKEN, callboard, home};

/// A simulated service; it ends with this value.
struct Sim {
    child: Child,
    url: String,
}

impl Sim {
    fn start(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callboard"));
        let child = command.arg("sim").args(args).stdout(Stdio::piped()).stdin(Stdio::null()).spawn();
        let mut child = child.unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        Self { child, url: ready["url"].as_str().unwrap().to_owned() }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn doctor(home: &Path, args: &[&str]) -> (Ran, Value) {
    let env = [
        ("SIGNALWIRE_PROJECT_ID", PROJECT),
        ("SIGNALWIRE_API_TOKEN", TOKEN),
        ("TERM", "xterm-256color"),
        ("LANG", "C.UTF-8"),
    ];
    let args: Vec<_> = ["doctor", "--json"].iter().chain(args).copied().collect();
    let ran = callboard(home, &args, &env);
    let json =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err));
    (ran, json)
}

/// How a check came out, what was found, and what to do next.
fn finding<'a>(json: &'a Value, check: &str) -> (&'a str, &'a str, &'a str) {
    let checks = json["checks"].as_array().unwrap();
    let found =
        checks.iter().find(|found| found["check"] == check).unwrap_or_else(|| panic!("{check}: {json}"));
    let word = |key: &str| found[key].as_str().unwrap_or_default();
    (word("state"), word("what"), word("next"))
}

#[test]
fn all_is_well_with_a_service_of_ones_own() {
    let home = home();
    let ca = home.path().join("ca.pem");
    let ca = ca.to_str().unwrap();
    let sim = Sim::start(&["--ca-out", ca]);
    let (ran, json) = doctor(home.path(), &["--host", &sim.url, "--ca-file", ca, "--login"]);
    assert_eq!((ran.exit, &json["ok"]), (0, &Value::Bool(true)), "{}", ran.out);
    for check in
        ["configuration", "project", "token", "DNS", "TCP", "TLS", "WebSocket", "login", "state folder"]
    {
        assert_eq!(finding(&json, check).0, "ok", "{check}: {json}");
    }
    assert!(finding(&json, "TLS").1.contains("certificate for localhost, 127.0.0.1"), "{json}");
    // Text says the same, and without being asked nobody logs in.
    let ran = callboard(home.path(), &["doctor", "--host", &sim.url, "--ca-file", ca], &[]);
    assert!(
        ran.exit == 2 && ran.out.contains("WRONG") && ran.out.contains("SIGNALWIRE_API_TOKEN"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("not tried; --login tries it"));
}

#[test]
fn a_certificate_of_ones_own_has_to_be_named() {
    let home = home();
    let sim = Sim::start(&["--tls"]);
    let (ran, json) = doctor(home.path(), &["--host", &sim.url, "--login"]);
    assert_eq!(ran.exit, 1);
    let (state, what, next) = finding(&json, "TLS");
    assert!(state == "wrong" && what.contains("not trusted") && next.contains("--ca-file"), "{json}");
    assert_eq!((finding(&json, "WebSocket").0, finding(&json, "login").0), ("skipped", "skipped"));
}

#[test]
fn a_closed_port_and_a_name_that_is_none() {
    let home = home();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (ran, json) = doctor(home.path(), &["--host", &format!("wss://{closed}")]);
    let (state, what, next) = finding(&json, "TCP");
    assert!(
        ran.exit == 1 && state == "wrong" && what.contains("refused") && next.contains("firewall"),
        "{json}"
    );
    let (ran, json) = doctor(home.path(), &["--host", "nowhere.invalid"]);
    assert!(ran.exit == 1 && finding(&json, "DNS").0 == "wrong", "{json}");
}

#[test]
fn a_service_that_says_nothing_is_given_up_in_time() {
    let home = home();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    for (scheme, check) in [("wss", "TLS"), ("ws", "WebSocket")] {
        let started = Instant::now();
        let (ran, json) = doctor(home.path(), &["--host", &format!("{scheme}://{address}")]);
        assert!(ran.exit == 1 && finding(&json, check).1.contains("no answer within"), "{json}");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
}

/// A service that tells this time.
async fn dated(date: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("ws://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            #[expect(clippy::result_large_err, reason = "the library's own signature")]
            let stamp = |_: &Request, mut response: Response| {
                response.headers_mut().insert("date", date.parse().unwrap());
                Ok(response)
            };
            let _ = tokio_tungstenite::accept_hdr_async(socket, stamp).await;
        }
    });
    host
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_told() {
    let host = dated("Sun, 06 Nov 1994 08:49:37 GMT").await;
    let home = home();
    let ran = tokio::task::spawn_blocking(move || doctor(home.path(), &["--host", &host]).1);
    let json = ran.await.unwrap();
    let (state, what, next) = finding(&json, "clock");
    assert!(state == "wrong" && what.ends_with("s ahead of the service") && next.contains("NTP"), "{json}");
}

#[test]
fn a_configuration_with_mistakes_is_told_whole() {
    let home = home();
    let file = home.path().join(".config/callboard/config.toml");
    super::write(
        &file,
        format!("token = \"{TOKEN}\"\nthemes = 'x'\n[keys]\nundoo = 'U'\n").as_bytes(),
        0o644,
    );
    let (ran, json) = doctor(home.path(), &[]);
    assert_eq!(ran.exit, 2);
    assert!(finding(&json, "configuration").2.contains("--check"), "a next step for each: {json}");
    let checks = json["checks"].as_array().unwrap();
    let mistakes =
        checks.iter().filter(|check| check["check"] == "configuration" && check["state"] == "wrong");
    assert_eq!(mistakes.count(), 3, "{json}");
    assert_eq!((finding(&json, "network").0, finding(&json, "colours").0), ("skipped", "ok"));
}

#[test]
fn a_theme_of_ones_own_that_is_broken_is_told() {
    let home = home();
    super::write(&home.path().join(".config/callboard/config.toml"), b"theme = 'mine'", 0o600);
    let theme = home.path().join(".config/callboard/themes/mine.toml");
    super::write(&theme, b"inherits = 'dark'\n[roles]\ntext = 'no-colour'", 0o600);
    let (ran, json) = doctor(home.path(), &["--host", "ws://127.0.0.1:1"]);
    let (state, what, _) = finding(&json, "theme");
    assert!(ran.exit == 1 && state == "wrong" && what.contains("mine.toml:3"), "{json}");
}
