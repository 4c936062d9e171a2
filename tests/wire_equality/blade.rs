//! What is Blade's own: the handshake frame by frame, the dial, and that it has a word for all the SDK says.

use callboard::calling::params::{Dial, Params};
use callboard::calling::{Ask, Desk};
use callboard::client::Credentials;
use callboard::client::session::{Input, Output, Session, SessionConfig};
use callboard::model::Why;
use callboard::protocol::id::IdSource;
use callboard::protocol::{Dialect, Secret};
use callboard::time::Now;
use serde_json::{Value, json};

use crate::{cases, compare, ours};

/// A session in Blade, what it has sent, and a service that takes every step.
struct Scene {
    session: Session,
    sent: Vec<Value>,
}

impl Scene {
    fn login(contexts: &[&str]) -> Self {
        let credentials =
            Credentials::Token { project: Secret::new("project-1"), token: Secret::new("token-1") };
        let config = SessionConfig {
            dialect: Dialect::Blade,
            credentials,
            contexts: contexts.iter().map(|&name| name.to_owned()).collect(),
            ids: IdSource::seeded(1),
            jitter_seed: 1,
        };
        let mut scene = Self { session: Session::new(config), sent: Vec::new() };
        scene.feed(Input::Connect);
        scene.feed(Input::Opened);
        scene
    }

    fn feed(&mut self, input: Input<'_>) {
        let mut outputs = Vec::new();
        self.session.handle(input, now(), &mut outputs);
        for output in outputs {
            let Output::Send { text, .. } = output else { continue };
            let frame: Value = serde_json::from_str(&text).unwrap();
            let result = match frame["method"].as_str().unwrap() {
                "blade.connect" => json!({"sessionid":"s","authorization":{"signature":"5c0ffee5"}}),
                "blade.execute" => {
                    json!({"result":{"code":"200","protocol":"signalwire_5c0ffee5_4444","message":"Yes"}})
                }
                _ => json!({}),
            };
            let answer = json!({"id":frame["id"],"result":result}).to_string();
            self.sent.push(frame);
            self.feed(Input::Text(&answer));
        }
    }
}

fn now() -> Now {
    Now::simulated(std::time::Duration::from_secs(1))
}

fn case(name: &str) -> Value {
    cases().into_iter().find(|case| case["case"] == name).unwrap()
}

#[test]
fn the_handshake_is_that_of_the_sdk() {
    let scene = Scene::login(&["office"]);
    let official = case("client/connect");
    // The SDK pings at once, we after ten seconds.
    let steps: Vec<Value> = official["frames"].as_array().unwrap().clone();
    let steps: Vec<Value> = steps.into_iter().filter(|frame| frame["method"] != "blade.ping").collect();
    assert_eq!(steps.len(), 4);
    let agent = concat!(
        "blade.connect agent: \"callboard/",
        env!("CARGO_PKG_VERSION"),
        "\" in place of \"Python SDK/2.1.1\""
    );
    assert_eq!(compare::frames(&steps, &scene.sent, None), [agent]);
}

/// The `blade.execute` of a command has its address, method and params, and nothing else.
#[test]
fn a_dial_of_one_device_is_that_of_the_sdk() {
    for name in ["dial/full", "dial/min", "dial/new_call_full", "dial/new_call_min"] {
        let case = case(name);
        let of = if case["call"]["new_call"].is_object() { &case["call"]["new_call"] } else { &case["args"] };
        let dial = Dial::new(ours::devices(of).unwrap());
        let mut desk = Desk::speaking(Dialect::Blade, IdSource::seeded(2));
        let ask = Ask::Invoke { method: Dial::METHOD, values: dial.values(), call: None, id: "tag-1".into() };
        let (submission, _) = desk.prepare(ask, Why::default(), now()).unwrap();
        let mut scene = Scene::login(&[]);
        scene.feed(Input::Submit(submission));
        let frame = scene.sent.pop().unwrap();
        assert_eq!(frame["method"], "blade.execute");
        assert_eq!(frame["params"]["protocol"], "signalwire_5c0ffee5_4444");
        assert_eq!(frame["params"].as_object().unwrap().len(), 3);
        let official = compare::without_ids(case["frames"].as_array().unwrap(), None);
        let ours = compare::without_ids(std::slice::from_ref(&frame["params"]), None);
        assert_eq!(compare::frames(&official, &ours, None), [""; 0], "{name}");
    }
}

#[test]
fn blade_has_a_word_for_all_that_the_sdk_says_and_for_little_else() {
    let (mut known, mut unknown) = (0, std::collections::BTreeSet::new());
    for case in cases().iter().filter(|case| case["sdk"] != "signalwire-sdk 3.7.5") {
        for frame in case["frames"].as_array().unwrap() {
            let method = frame["method"].as_str().unwrap();
            if method.starts_with("calling.") || method.starts_with("messaging.") {
                let knows = Dialect::Blade.knows(method, &frame["params"]);
                assert_eq!(knows, Ok(()), "{}", case["case"]);
                known += 1;
            }
        }
    }
    assert!(known > 200, "{known}");
    for case in cases().iter().filter(|case| case["sdk"] == "signalwire-sdk 3.7.5") {
        for frame in case["frames"].as_array().unwrap() {
            let Some(method) = frame["method"].as_str() else { continue };
            if Dialect::Blade.knows(method, &frame["params"]).is_err() {
                unknown.insert(method.to_owned());
            }
        }
    }
    for method in
        ["calling.collect", "calling.record.pause", "calling.stream", "calling.denoise", "calling.ai"]
    {
        assert!(unknown.contains(method), "{method}");
    }
}
