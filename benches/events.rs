//! What one event costs, from its text to the model, with few calls and with many.

use std::hint::black_box;
use std::time::Duration;

use callboard::client::session::{Input, Output, Session, SessionConfig};
use callboard::client::{ClientEvent, Credentials};
use callboard::model::Model;
use callboard::protocol::event::{Envelope, Event};
use callboard::protocol::frame::{self, Frame};
use callboard::protocol::id::IdSource;
use callboard::protocol::{Dialect, Secret};
use callboard::time::Now;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};

/// Frames made beforehand. More than are remembered for duplicates, so that going round makes none.
const FRAMES: usize = 40_000;

fn frames(calls: usize) -> Vec<String> {
    let frame = |n: usize| {
        let state = ["playing", "paused"][n / calls % 2];
        let params = json!({"event_type":"calling.call.play","event_channel":"signalwire_5c0ffee5_9a1b",
            "timestamp":1_767_225_600.0,"project_id":"0f5a2c1e-1111-4222-8333-944445555666","space_id":"space-1",
            "params":{"call_id":format!("2f1b6c1e-0000-4000-8000-{:012}", n % calls),"node_id":"node-1",
            "control_id":"7d1e0f52-6a0e-4e0b-9f51-0a3d1c9b7a01","state":state}});
        json!({"jsonrpc":"2.0","id":format!("e{n}"),"method":"signalwire.event","params":params}).to_string()
    };
    (0..FRAMES).map(frame).collect()
}

fn session(now: Now) -> Session {
    let credentials = Credentials::Token {
        project: Secret::new("0f5a2c1e-1111-4222-8333-944445555666"),
        token: Secret::new("PT0123456789abcdef0123456789abcdef"),
    };
    let config = SessionConfig {
        dialect: Dialect::Current,
        credentials,
        contexts: Vec::new(),
        ids: IdSource::seeded(1),
        jitter_seed: 1,
    };
    let mut session = Session::new(config);
    let mut out = Vec::new();
    session.handle(Input::Connect, now, &mut out);
    session.handle(Input::Opened, now, &mut out);
    let login = out.iter().find_map(|output| match output {
        Output::Send { request: Some(id), .. } => Some(id.to_string()),
        _ => None,
    });
    let answer = json!({"id":login,"result":{"protocol":"signalwire_5c0ffee5_9a1b"}}).to_string();
    session.handle(Input::Text(&answer), now, &mut out);
    session
}

fn parsing(c: &mut Criterion) {
    let frames = frames(100);
    let mut group = c.benchmark_group("text");
    group.throughput(Throughput::Elements(1));
    let mut next = frames.iter().cycle();
    // What any client has to do: parse into a tree, look at the id, make the acknowledgement.
    group.bench_function("bare loop", |b| {
        b.iter(|| {
            let frame: Value =
                serde_json::from_str(next.next().map_or("", String::as_str)).unwrap_or_default();
            black_box(json!({"jsonrpc":"2.0","id":frame["id"],"result":{}}).to_string())
        });
    });
    group.bench_function("parse", |b| {
        b.iter(|| {
            let Ok(Frame::Request { id: Some(id), params: Some(params), .. }) =
                Frame::parse(next.next().map_or("", String::as_str))
            else {
                return;
            };
            let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(params.get()) else { return };
            let body = envelope.params.map_or("", |raw| raw.get());
            black_box((Event::parse(&envelope.event_type, body), frame::ack(id)));
        });
    });
    group.finish();
}

fn applying(c: &mut Criterion) {
    let mut group = c.benchmark_group("session and model");
    group.throughput(Throughput::Elements(1));
    for calls in [100, 1_000, 10_000] {
        let frames = frames(calls);
        let mut now = Now::simulated(Duration::from_secs(1));
        let (mut session, mut model) = (session(now), Model::default());
        let mut out = Vec::new();
        let mut step = |text: &str, now: Now| {
            session.handle(Input::Text(text), now, &mut out);
            for output in out.drain(..) {
                match output {
                    Output::Event(event @ ClientEvent::Received(_)) => model.apply(&event, now),
                    other => drop(black_box(other)),
                }
            }
            drop(black_box(model.take_touched()));
        };
        frames.iter().take(calls).for_each(|text| step(text, now));
        let mut next = frames.iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(calls), |b| {
            b.iter(|| {
                now.at = now.at + Duration::from_micros(50);
                step(next.next().map_or("", String::as_str), now);
            });
        });
    }
    group.finish();
}

/// Calls that come and go while many others stay: the table and the memory of what ended.
fn coming_and_going(c: &mut Criterion) {
    let mut group = c.benchmark_group("a call's life");
    for standing in [100, 10_000] {
        let now = Now::simulated(Duration::from_secs(1));
        let (mut session, mut model) = (session(now), Model::default());
        let mut out = Vec::new();
        let mut n = 0_u64;
        let mut tell = |call: u64, state: &str| {
            n += 1;
            let text = format!(
                r#"{{"id":"e{n}","method":"signalwire.event","params":{{"event_type":"calling.call.state","params":{{"call_id":"c{call}","call_state":"{state}"}}}}}}"#
            );
            session.handle(Input::Text(&text), now, &mut out);
            for output in out.drain(..) {
                if let Output::Event(event) = output {
                    model.apply(&event, now);
                }
            }
            model.take_touched();
        };
        (0..standing).for_each(|call| tell(call, "answered"));
        let mut call = standing;
        // Beyond the bound, so that each end makes an older one be forgotten.
        (0..3_000).for_each(|_| {
            call += 1;
            tell(call, "answered");
            tell(call, "ended");
        });
        group.bench_function(BenchmarkId::from_parameter(standing), |b| {
            b.iter(|| {
                call += 1;
                tell(call, "answered");
                tell(call, "ended");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, parsing, applying, coming_and_going);
criterion_main!(benches);
