//! What our client puts on the wire for each method of the Call API is what the official SDKs put there.
//!
//! `tests/wire/official.json` holds what PyPI `signalwire` 2.1.1 (its Blade envelope stripped) and `signalwire-sdk`
//! 3.7.5 really send, case by case. Every case is run here through the real client over a socket to a recording
//! peer, in up to three ways: by the waiting method of `Call`, by its `_async` form, and untyped, as JSON through
//! the catalogue, as forms and the command line do it. Method and params must be equal, ids aside; what differs on
//! purpose stands in `meant.rs`, each with its reason. A difference that is not listed fails, and so does a listed
//! one that is none any more. What the older dialect puts around them is held against the SDK's in `blade.rs`.

#![cfg(test)]

mod blade;
mod compare;
mod login;
mod meant;
mod ours;
mod peer;
mod states;
mod typed;
mod untyped;

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use callboard::calling::Call;
use callboard::catalog::{self, ActionKind, METHODS};
use serde_json::Value;

use callboard::protocol::CallState;
use meant::{MEANT, NOT_OURS};
use ours::{Invocation, invocation};
use peer::Scene;
use typed::Failed;

/// How a case was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The method of `Call` that waits; also everything that has one form only.
    Waits,
    /// Its `_async` form.
    Async,
    /// JSON through the catalogue.
    Untyped,
}

/// What came of a case.
struct Ran {
    case: String,
    method: String,
    way: Way,
    differences: Vec<String>,
    /// The commands that were sent.
    sent: Vec<String>,
}

impl Ran {
    fn new(case: &Value, way: Way, differences: Vec<String>, sent: &[Value]) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            case: text(&case["case"]),
            method: text(&case["method"]),
            way,
            differences,
            sent: sent.iter().map(|frame| text(&frame["method"])).collect(),
        }
    }
}

fn cases() -> Vec<Value> {
    serde_json::from_str(include_str!("../wire/official.json")).unwrap()
}

/// Whether there is anything of ours to run the case with.
fn is_ours(case: &Value) -> bool {
    let sent = case["frames"][0]["method"].as_str().unwrap_or_default();
    match case["method"].as_str().unwrap() {
        "client" => !sent.starts_with("blade."),
        "receive" | "unreceive" => true,
        _ => case["events"].is_array() || catalog::method(&invocation(case).method).is_some(),
    }
}

/// Every case of ours, run once for all tests.
fn all() -> &'static [Ran] {
    static ALL: OnceLock<Vec<Ran>> = OnceLock::new();
    ALL.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut out = Vec::new();
            for case in cases().iter().filter(|case| is_ours(case)) {
                let run = tokio::time::timeout(Duration::from_secs(10), run(case));
                let hung = || vec![Ran::new(case, Way::Waits, vec!["hangs".into()], &[])];
                out.extend(run.await.unwrap_or_else(|_| hung()));
            }
            out
        })
    })
}

async fn run(case: &Value) -> Vec<Ran> {
    if case["method"] == "client" {
        return vec![login::run(case).await];
    }
    if case["events"].is_array() {
        return vec![states::run(case).await];
    }
    let wanted = invocation(case);
    let has_twin =
        catalog::method(&wanted.method).is_some_and(|row| row.starts.is_some()) && wanted.method != "dial";
    let is_followed = case["then"].is_array();
    let mut ways = vec![Way::Untyped];
    if (wanted.is_async || wanted.both_forms) && has_twin {
        ways.push(Way::Async);
    }
    if !(has_twin && wanted.is_async) || (wanted.both_forms && !is_followed) {
        ways.push(Way::Waits);
    }
    let mut out = Vec::new();
    for way in ways {
        out.push(run_way(case, &wanted, way).await);
    }
    out
}

async fn run_way(case: &Value, wanted: &Invocation, way: Way) -> Ran {
    let scene = Scene::plain().await;
    let call = scene.call(case).await;
    scene.finishing(way == Way::Waits);
    let then = case["then"].as_array().map(Vec::as_slice).unwrap_or_default();
    let done = match way {
        Way::Untyped => {
            let wanted = invocation(case).with_device(case);
            untyped::submit(&scene.client, &call, &wanted, then)
        }
        Way::Waits | Way::Async => by_method(&scene, &call, wanted, then, way == Way::Async).await,
    };
    let error = match done {
        Err(Failed::Unwritable(why)) => {
            return Ran::new(case, way, vec![format!("cannot be written: {why}")], &[]);
        }
        // Without the list of all parameters that there are.
        Err(Failed::Refused(error)) => error.to_string().split(" (it has: ").next().map(str::to_owned),
        Ok(()) => None,
    };
    let sent = scene.take().await;
    // The id that the case gives can be given without types only.
    let known = wanted.id.as_deref().filter(|_| way == Way::Untyped);
    let official = compare::without_ids(case["frames"].as_array().unwrap(), known);
    let mut differences = compare::frames(&official, &compare::without_ids(&sent, known), error.as_deref());
    if let (Some(raised), None) = (case["raises"].as_str(), &error) {
        differences.push(format!("no error in place of {raised}"));
    }
    for id in made_ids(&sent, known) {
        assert!(uuid::Uuid::parse_str(&id).is_ok(), "{}: {id} is no UUID", case["case"]);
    }
    Ran::new(case, way, differences, &sent)
}

async fn by_method(
    scene: &Scene,
    call: &Call,
    wanted: &Invocation,
    then: &[Value],
    is_async: bool,
) -> Result<(), Failed> {
    let calling = typed::call(&scene.client, call, &wanted.method, wanted.values.clone(), is_async);
    let ending = async {
        // A call that is ending anyway ends.
        if wanted.method == "hangup" && call.state() == Some(CallState::Ending) {
            tokio::task::yield_now().await;
            scene.state("ended").await;
        }
    };
    let (action, ()) = tokio::join!(calling, ending);
    let action = action?;
    for step in then {
        action.then(step["method"].as_str().unwrap(), &step["args"]).await?;
    }
    Ok(())
}

/// The ids that our client made up.
fn made_ids(sent: &[Value], known: Option<&str>) -> Vec<String> {
    let ids = sent.iter().flat_map(|frame| ["control_id", "tag"].map(|key| frame["params"][key].as_str()));
    ids.flatten().filter(|id| Some(*id) != known).map(str::to_owned).collect()
}

/// Whether a case is meant by one of these names, in which `*` stands for anything.
fn is_named(case: &str, names: &[&str]) -> bool {
    names.iter().any(|name| match name.split_once('*') {
        Some((head, tail)) => {
            case.len() >= head.len() + tail.len() && case.starts_with(head) && case.ends_with(tail)
        }
        None => case == *name,
    })
}

#[test]
fn every_difference_is_meant() {
    let mut faults = Vec::new();
    for ran in all() {
        for difference in &ran.differences {
            let meant = MEANT.iter().any(|meant| {
                is_named(&ran.case, meant.cases)
                    && meant.ways.contains(&ran.way)
                    && meant.differs == difference
            });
            if !meant {
                faults.push(format!("{} ({:?}): {difference}", ran.case, ran.way));
            }
        }
    }
    assert!(faults.is_empty(), "{} differences that are not meant:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_meant_difference_is_one() {
    let mut faults = Vec::new();
    for meant in MEANT {
        assert!(!meant.why.is_empty());
        for name in meant.cases {
            let ran: Vec<_> = all()
                .iter()
                .filter(|ran| is_named(&ran.case, &[name]) && meant.ways.contains(&ran.way))
                .collect();
            if ran.is_empty() {
                faults.push(format!("{name}: no such case"));
            }
            for ran in ran {
                if !ran.differences.iter().any(|difference| difference == meant.differs) {
                    faults.push(format!("{} ({:?}): no longer {:?}", ran.case, ran.way, meant.differs));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_not_run_is_not_ours() {
    let left_out: Vec<_> = cases().into_iter().filter(|case| !is_ours(case)).collect();
    let rpcs: BTreeSet<&str> = METHODS.iter().map(|row| row.rpc).collect();
    for case in &left_out {
        let name = case["case"].as_str().unwrap();
        assert!(NOT_OURS.iter().any(|(names, _)| is_named(name, names)), "{name} is neither run nor listed");
        let sent = case["frames"][0]["method"].as_str().unwrap();
        assert!(!rpcs.contains(sent), "{name} can be run: we have {sent}");
    }
    for (names, why) in NOT_OURS {
        assert!(!why.is_empty());
        for name in *names {
            let listed = left_out.iter().any(|case| is_named(case["case"].as_str().unwrap(), &[name]));
            assert!(listed, "{name} is run, or no case");
        }
    }
}

/// The methods of the index of relay-protocol 0.1.
const INDEX: [&str; 50] = [
    "answer",
    "hangup",
    "dial",
    "connect",
    "connect_async",
    "play",
    "play_async",
    "play_audio",
    "play_audio_async",
    "play_silence",
    "play_silence_async",
    "play_ringtone",
    "play_ringtone_async",
    "play_tts",
    "play_tts_async",
    "record",
    "record_async",
    "detect",
    "detect_async",
    "detect_answering_machine",
    "detect_answering_machine_async",
    "amd",
    "amd_async",
    "detect_digit",
    "detect_digit_async",
    "detect_fax",
    "detect_fax_async",
    "prompt",
    "prompt_async",
    "prompt_audio",
    "prompt_audio_async",
    "prompt_ringtone",
    "prompt_ringtone_async",
    "prompt_tts",
    "prompt_tts_async",
    "send_digits",
    "send_digits_async",
    "tap",
    "tap_async",
    "fax_receive",
    "fax_receive_async",
    "fax_send",
    "fax_send_async",
    "on",
    "off",
    "wait_for",
    "wait_for_ringing",
    "wait_for_answered",
    "wait_for_ending",
    "wait_for_ended",
];

#[test]
fn every_method_of_the_index_is_run_by_its_own_form() {
    for name in INDEX {
        let way = if name.ends_with("_async") { Way::Async } else { Way::Waits };
        let mut ran = all().iter().filter(|ran| ran.method == name && ran.way == way);
        let sends = !matches!(name, "on" | "off") && !name.starts_with("wait_for");
        assert!(ran.any(|ran| ran.sent.is_empty() != sends), "{name}");
    }
}

#[test]
fn every_command_of_ours_is_sent_by_a_typed_method() {
    let typed: BTreeSet<&str> = all()
        .iter()
        .filter(|ran| ran.way != Way::Untyped)
        .flat_map(|ran| &ran.sent)
        .map(String::as_str)
        .collect();
    for row in METHODS {
        assert!(typed.contains(row.rpc), "{}", row.rpc);
    }
    for kind in ActionKind::ALL {
        for control in kind.controls() {
            let rpc = kind.control_rpc(*control);
            assert!(typed.contains(&*rpc), "{rpc}");
        }
    }
}
