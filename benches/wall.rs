//! What the wallboard costs: computed once for a frame that shows it.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use callboard::client::{ClientEvent, LinkState, Received};
use callboard::model::Model;
use callboard::protocol::Shown;
use callboard::protocol::event::Event;
use callboard::time::Now;
use callboard::wall::{Limits, Window, board};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::json;

/// A floor with so many forgotten calls and so many live ones, of twelve contexts.
fn floor(gone: usize, live: usize) -> (Model, Now) {
    let mut model = Model::default();
    let mut now = Now::simulated(Duration::from_secs(1));
    model.apply(&ClientEvent::Link(LinkState::Up { since: now.at, restored: true, gaps: 0 }), now);
    let mut tell = |model: &mut Model, call: usize, state: &str| {
        now = Now::simulated(now.at.since(callboard::time::At::START) + Duration::from_millis(20));
        let body = json!({"call_id": format!("2f1b6c1e-0000-4000-8000-{call:012}"), "node_id": "n",
            "call_state": state, "direction": "outbound", "tag": format!("tag-{call}"), "created_by": "dial",
            "context": format!("context-{}", call % 12), "end_reason": (state == "ended").then_some("hangup")});
        let received = Received {
            now,
            event_type: Shown::new("calling.call.state"),
            stamp: Some(now.wall),
            event: Event::parse("calling.call.state", &body.to_string()),
            raw: Arc::from(""),
            duplicate: false,
        };
        model.apply(&ClientEvent::Received(Arc::new(received)), now);
        drop(model.take_touched());
    };
    for call in 0..gone + live {
        for state in ["created", "ringing", "answered"] {
            tell(&mut model, call, state);
        }
        if call < gone {
            tell(&mut model, call, "ended");
        }
    }
    model.clear_ended();
    (model, now)
}

fn computing(c: &mut Criterion) {
    let mut group = c.benchmark_group("board");
    for (gone, live) in [(0, 300), (10_000, 300), (20_000, 300), (10_000, 10_000)] {
        let (model, now) = floor(gone, live);
        let name = format!("{gone} forgotten, {live} live");
        let limits = Limits::default();
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| black_box(board(&model, now, Window::Hour, &limits)));
        });
    }
    let (model, _) = floor(20_000, 300);
    group.bench_function("clone of a model with 20,000 forgotten", |b| b.iter(|| black_box(model.clone())));
    group.finish();
}

criterion_group!(benches, computing);
criterion_main!(benches);
