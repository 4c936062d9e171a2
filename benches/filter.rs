//! What it costs to ask ten thousand calls: a filter of the list at a frame, and the rules once a second.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use callboard::alert::{Watch, stock};
use callboard::client::{ClientEvent, LinkState, Received};
use callboard::filter::{Blank, Filter, Sight};
use callboard::model::Model;
use callboard::protocol::Shown;
use callboard::protocol::event::Event;
use callboard::time::Now;
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};

const CALLS: usize = 10_000;

fn floor(now: Now) -> Model {
    let mut model = Model::default();
    let up = LinkState::Up { since: now.at, restored: true, gaps: 0 };
    model.apply(&ClientEvent::Link(up), now);
    let mut tell = |event_type: &str, body: Value| {
        let received = Received {
            now,
            event_type: Shown::new(event_type),
            stamp: None,
            event: Event::parse(event_type, &body.to_string()),
            raw: "{}".into(),
            duplicate: false,
        };
        model.apply(&ClientEvent::Received(Arc::new(received)), now);
    };
    for n in 0..CALLS {
        let call = format!("2f1b6c1e-0000-4000-8000-{n:012}");
        let state = ["ringing", "answered", "answered", "answered"][n % 4];
        tell(
            "calling.call.state",
            json!({"call_id":call,"node_id":"node-1","call_state":state,"direction":"inbound","context":"support",
                "device":{"type":"phone","params":{"from_number":format!("+1202555{n:04}"),"to_number":"+18005550100"}}}),
        );
        for control in 0..n % 3 {
            tell(
                "calling.call.play",
                json!({"call_id":call,"node_id":"node-1","control_id":format!("c{control}"),"state":"playing"}),
            );
        }
        tell(
            "calling.call.record",
            json!({"call_id":call,"node_id":"node-1","control_id":"r","state":"recording"}),
        );
    }
    model
}

fn asking(c: &mut Criterion) {
    let start = Now::simulated(Duration::from_secs(1));
    let model = floor(start);
    let sight = Sight { now: start.at + Duration::from_secs(30), board: &Blank, others: None };
    let mut group = c.benchmark_group("10,000 calls through");
    for text in [
        "state:ringing age>60s to:+44* ctx:support -rec amd:machine",
        "answered -rec",
        "1202",
        "nowhere",
        "\"no where\" or /acme.*desk/",
        "from~^\\+1(202|303) run:play",
    ] {
        let Ok(filter) = Filter::parse(text) else { continue };
        group.bench_function(BenchmarkId::from_parameter(text), |b| {
            b.iter(|| black_box(model.calls().filter(|call| filter.shows(call, &sight)).count()));
        });
    }
    group.finish();
}

fn watching(c: &mut Criterion) {
    let start = Now::simulated(Duration::from_secs(1));
    let model = floor(start);
    let mut group = c.benchmark_group("10,000 calls against the stock rules");
    for (name, after) in [("nothing wrong", 10), ("2,500 ring too long", 90)] {
        let now = |seconds: u64| Now { at: start.at + Duration::from_secs(seconds), ..start };
        let mut watch = Watch::new(stock::demo());
        watch.look(&model, &Blank, None, now(after));
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || watch.clone(),
                |watch| black_box(watch.look(&model, &Blank, None, now(after + 1)).len()),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, asking, watching);
criterion_main!(benches);
