//! `on`, `off` and `wait_for*`: they send nothing; what they give is compared instead.

use std::sync::{Arc, Mutex};

use callboard::calling::{Call, CallEvent, Error, Handler};
use callboard::protocol::CallState;
use serde_json::{Value, json};

use crate::compare;
use crate::peer::Scene;
use crate::{Ran, Way};

pub async fn run(case: &Value) -> Ran {
    let scene = Scene::plain().await;
    let call = scene.call(case).await;
    let (key, given) = match case["callbacks"].as_str() {
        Some(mode) => ("delivered", delivered(&scene, &call, case, mode).await),
        None => ("returned", returned(&scene, &call, case).await),
    };
    let sent = scene.take().await;
    let mut differences = compare::frames(case["frames"].as_array().unwrap(), &sent, None);
    // What the SDK raises is an error here.
    let official = if case["raises"].is_string() { &json!("an error") } else { &case[key] };
    if given != *official {
        differences.push(format!("{key} {given} in place of {official}"));
    }
    Ran::new(case, Way::Waits, differences, &sent)
}

fn states(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().map(|state| state.as_str().unwrap()).collect()
}

async fn returned(scene: &Scene, call: &Call, case: &Value) -> Value {
    let report = async {
        tokio::task::yield_now().await;
        for state in states(&case["events"]) {
            scene.state(state).await;
        }
    };
    let waiting = async {
        let args = &case["args"]["events"];
        match case["method"].as_str().unwrap() {
            "wait_for_ringing" => call.wait_for_ringing().await,
            "wait_for_answered" => call.wait_for_answered().await,
            "wait_for_ending" => call.wait_for_ending().await,
            "wait_for_ended" => call.wait_for_ended().await,
            // Without a state v2 waits for the end.
            _ if args.is_null() => call.wait_for(&[CallState::Ended]).await,
            _ => {
                let wanted: Vec<_> = states(args).into_iter().map(CallState::from).collect();
                call.wait_for(&wanted).await
            }
        }
    };
    let (given, ()) = tokio::join!(waiting, report);
    match given {
        Ok(entered) => entered.into(),
        Err(Error::NotDialed) => "an error".into(),
        Err(error) => error.to_string().into(),
    }
}

async fn delivered(scene: &Scene, call: &Call, case: &Value, mode: &str) -> Value {
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let handler = || {
        let seen = seen.clone();
        Handler::new(move |_: &Call, event: &CallEvent| {
            seen.lock().unwrap().push(event.payload["call_state"].clone());
        })
    };
    let (first, second) = (handler(), handler());
    let event = case["args"]["event"].as_str().unwrap();
    call.on_handler(event, &first);
    match mode {
        "twice" => drop(call.on_handler(event, &first)),
        "off" => drop(call.on_handler(event, &second).off(event, Some(&first))),
        "off_all" => drop(call.off(event, None)),
        "off_all_of_two" => drop(call.on_handler(event, &second).off(event, None)),
        _ => {}
    }
    for state in states(&case["events"]) {
        scene.state(state).await;
    }
    let last = *states(&case["events"]).last().unwrap();
    call.wait_for(&[CallState::from(last)]).await.unwrap();
    // Handlers run on a task of their own, all on this thread.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let seen = seen.lock().unwrap().clone();
    seen.into()
}
