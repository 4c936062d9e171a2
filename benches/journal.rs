//! What the journal costs: taking a record, writing a group of them, reading them again, and beginning a run or going
//! to a moment in a million of them.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use callboard::client::{ClientEvent, Received};
use callboard::journal::{Bounds, Journal, Reader, coding};
use callboard::model::{Model, Occurrence};
use callboard::replay::{Goal, Tape};
use callboard::time::Now;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Records of the journal that is read.
const RECORDS: usize = 1_000_000;
/// Calls that live at the same time.
const CALLS: usize = 1_000;
/// Events of one call.
const EVENTS: usize = 20;

fn now(n: usize) -> Now {
    Now::simulated(Duration::from_millis(n as u64))
}

/// Event `n` of a floor on which a thousand calls live, each with recordings and playings.
fn event(n: usize) -> Occurrence {
    let (round, call) = (n / CALLS, n % CALLS);
    let (generation, step) = (round / EVENTS, round % EVENTS);
    let call = format!("2f1b6c1e-{generation:04}-4000-8000-{call:012}");
    let (event_type, params) = match step {
        0..=2 => ("calling.call.state", state(&call, ["created", "ringing", "answered"][step])),
        step if step == EVENTS - 1 => ("calling.call.state", state(&call, "ended")),
        step => {
            let state = if step % 2 == 1 { "playing" } else { "finished" };
            let control = format!("7d1c-{}", step / 2);
            (
                "calling.call.play",
                json!({"call_id":call,"node_id":"node-1","control_id":control,"state":state}),
            )
        }
    };
    let at = now(n);
    let frame = json!({"jsonrpc":"2.0","id":format!("e-{n}"),"method":"signalwire.event","params":{
        "event_type":event_type,"timestamp":at.wall.as_seconds(),"params":params}});
    match Received::read(frame.to_string().into(), at, false) {
        Ok(received) => Occurrence::Reported(ClientEvent::Received(received.into())),
        Err(_) => Occurrence::Cleared,
    }
}

fn state(call: &str, state: &str) -> Value {
    json!({"call_id":call,"node_id":"node-1","call_state":state,"direction":"inbound","context":"support",
        "device":{"type":"phone","params":{"from_number":"+12025550117","to_number":"+18005550100"}}})
}

fn fill(folder: &Path, records: usize) {
    // In pieces: a disk that is slow beside invented time would be taken for one that hangs.
    for piece in (0..records).step_by(8_000) {
        let Ok(journal) = Journal::open(folder, Bounds::default()) else { return };
        for n in piece..(piece + 8_000).min(records) {
            journal.append(&event(n), now(n));
        }
    }
    let last = Reader::open(folder).ok().and_then(|reader| reader.span()).map(|span| span.last);
    assert_eq!(last, Some(records as u64), "every record is there");
}

fn writing(c: &mut Criterion) {
    const GROUP: usize = 10_000;
    let events: Vec<_> = (0..GROUP).map(event).collect();
    let mut group = c.benchmark_group("10,000 events");
    group.throughput(Throughput::Elements(GROUP as u64));
    group.bench_function("applied to the model alone", |b| {
        b.iter(|| {
            let mut model = Model::default();
            events.iter().enumerate().for_each(|(n, event)| model.take(event, now(n)));
            black_box(model.live())
        });
    });
    group.bench_function("coded", |b| {
        b.iter(|| {
            events
                .iter()
                .enumerate()
                .map(|(n, event)| coding::encode(event, now(n)).body.len())
                .sum::<usize>()
        });
    });
    group.sample_size(10);
    group.bench_function("on the disk, from the first to the last", |b| {
        b.iter_with_setup(
            || tempfile::tempdir().ok(),
            |folder| {
                let Some(folder) = folder else { return };
                let Ok(journal) = Journal::open(folder.path(), Bounds::default()) else { return };
                for (n, event) in events.iter().enumerate() {
                    black_box(journal.append(event, now(n)));
                }
                // What waits is written before it is gone.
                drop(journal);
            },
        );
    });
    group.finish();
}

fn reading(c: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir() else { return };
    fill(folder.path(), RECORDS);
    let Ok(reader) = Reader::open(folder.path()) else { return };
    let end = now(RECORDS);
    let mut group = c.benchmark_group("a million records");
    group.sample_size(10);
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("read", |b| {
        b.iter(|| {
            let mut count = 0;
            reader.replay(0, end, |_, occurrence, _| {
                count += usize::from(matches!(black_box(occurrence), Occurrence::Reported(_)));
                ControlFlow::Continue(())
            });
            count
        });
    });
    group.bench_function("read to a model, as a run begins (goal: 5 s)", |b| {
        b.iter(|| {
            let Ok(reader) = Reader::open(folder.path()) else { return 0 };
            let mut model = Model::default();
            reader.restore(reader.latest(RECORDS as u64), end, |_, occurrence, now| {
                model.take(&occurrence, now);
                model.take_touched();
                ControlFlow::Continue(())
            });
            black_box(model.calls().len())
        });
    });
    group.finish();
    seeking(c, folder.path(), end);
}

/// Going to a place in a tape that was read to its end.
fn seeking(c: &mut Criterion, folder: &Path, anchor: Now) {
    let Ok(reader) = Reader::open(folder) else { return };
    let mut tape = Tape::new(reader, 0, anchor);
    let end = RECORDS as u64;
    let go = |tape: &mut Tape, seq: u64| while !tape.go(Goal::Record(seq), 100_000) {};
    go(&mut tape, end);
    let mut group = c.benchmark_group("in a tape of a million records");
    group.sample_size(10);
    let mut at = end;
    group.bench_function("one step back", |b| {
        b.iter(|| {
            at -= 1;
            go(&mut tape, at);
        });
    });
    group.bench_function("10,000 records back and on", |b| {
        b.iter(|| {
            go(&mut tape, at - 10_000);
            go(&mut tape, at);
        });
    });
    group.bench_function("half of it back and on", |b| {
        b.iter(|| {
            go(&mut tape, end / 2);
            go(&mut tape, at);
        });
    });
    group.bench_function("a copy of what is known", |b| b.iter(|| black_box(tape.model().as_ref().clone())));
    group.finish();
}

criterion_group!(benches, writing, reading);
criterion_main!(benches);
