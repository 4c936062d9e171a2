//! What is measured of the console: events acknowledged, keys, rest, start, memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use callboard::sim::script::Flood;
use color_eyre::eyre::{OptionExt, Result};

use super::bare::{self, Process};
use super::console::{Console, cpu};
use super::service::{PATIENCE, Service};
use super::table::{Table, count, median, quantile};
use super::{Plan, Variant};

/// How long a rate is measured.
const SPAN: Duration = Duration::from_secs(3);
/// Times a key is pressed.
const KEYS: usize = 400;

/// What one client made of a load, over several runs.
#[derive(Default)]
struct Figures {
    rates: Vec<f64>,
    ratios: Vec<f64>,
    peaks: Vec<f64>,
    costs: Vec<f64>,
}

impl Figures {
    fn take(&mut self, rate: Rate, least: f64) {
        self.rates.push(rate.events);
        self.ratios.push(rate.events / least);
        self.costs.push(rate.cost);
    }

    fn row(&self, load: &str, client: &str) -> [String; 6] {
        let rest = |figures: &[f64], digits| match figures {
            [] => "-".to_owned(),
            _ => format!("{:.digits$}", median(figures)),
        };
        [
            load.to_owned(),
            client.to_owned(),
            count(median(&self.rates)),
            rest(&self.ratios, 2),
            rest(&self.costs, 2),
            rest(&self.peaks, 0),
        ]
    }
}

/// Events acknowledged per second, and the processor time that each took, in microseconds.
#[derive(Clone, Copy)]
struct Rate {
    events: f64,
    cost: f64,
}

/// Measures a process that takes a load.
fn rate_of(service: &Service, warm: u64, pid: u32) -> Result<Rate> {
    service.wait_for(warm)?;
    let before = cpu(pid)?;
    let events = service.rate(0, SPAN)?;
    let spent = cpu(pid)? - before;
    Ok(Rate { events, cost: spent / SPAN.as_secs_f64() / events * 1e6 })
}

/// Events acknowledged per second, the screen drawn, and the most memory that took.
pub fn rate(plan: &Plan) -> Result<String> {
    let columns = ["calls x events", "client", "events/s", "ratio", "CPU us/event", "VmHWM MiB"];
    let mut table = Table::new("Events acknowledged per second, screen drawn at 120x36", &columns);
    for &(calls, events) in &plan.loads {
        let load = Service::flood(calls, events);
        // One round of everything, so that the figure is that of a floor in full swing.
        let warm = (calls * events).max(50_000) as u64;
        let (mut bare, mut python) = (Figures::default(), Figures::default());
        let variants: Vec<_> = plan.variants().collect();
        let mut ours: Vec<_> = variants.iter().map(|_| Figures::default()).collect();
        for _ in 0..plan.runs {
            let service = Service::start(load, false)?;
            let process = bare::start(&service.url(), "ack")?;
            let least = rate_of(&service, warm, process.0.id())?;
            drop((process, service));
            bare.take(least, least.events);
            for (variant, figures) in variants.iter().zip(&mut ours) {
                let service = Service::start(load, false)?;
                let screen = Console::start(&service.url(), *variant)?;
                figures.take(rate_of(&service, warm, screen.pid)?, least.events);
                figures.peaks.push(screen.memory("VmHWM")? as f64 / 1_024.0);
            }
            if plan.python {
                python.take(sdk(load)?, least.events);
            }
        }
        let load = format!("{} x {}", count(calls as f64), count(events as f64));
        table.row(bare.row(&load, "bare loop"));
        for (variant, figures) in variants.iter().zip(&ours) {
            table.row(figures.row(&load, &variant.name()));
        }
        if plan.python {
            table.row(python.row(&load, "Python SDK"));
        }
    }
    Ok(table.text())
}

/// The official Python SDK; it speaks TLS only, and so does the service to it.
fn sdk(load: Flood) -> Result<Rate> {
    let python =
        std::env::var("SDK_PYTHON").ok().ok_or_eyre("SDK_PYTHON names no Python with signalwire-sdk")?;
    let service = Service::start(Flood { window: 2_000, ..load }, true)?;
    let folder = tempfile::tempdir()?;
    let ca = folder.path().join("ca.pem");
    service.ca(&ca)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/whole/sdk_3_7_5.py");
    let mut command = Command::new(python);
    command.arg(script).arg(service.address().to_string()).env("SIGNALWIRE_RELAY_CA_FILE", &ca);
    let process = Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
    rate_of(&service, 5_000, process.0.id())
}

/// Every way to run the console under every load.
fn pairs(plan: &Plan) -> impl Iterator<Item = (Variant<'_>, &(usize, usize))> {
    plan.variants().flat_map(|variant| plan.loads.iter().map(move |load| (variant, load)))
}

/// How long a key takes to be seen while events stream in.
pub fn keys(plan: &Plan) -> Result<String> {
    let columns = ["client", "calls", "events/s", "p50 ms", "p99 ms", "worst ms"];
    let mut table = Table::new("From a key to the moved cursor on the screen, under load", &columns);
    for (variant, &(calls, _)) in pairs(plan) {
        for rate in [0.0, 20_000.0] {
            // Calls stay, or the cursor's line would move by itself.
            let warm = if rate > 0.0 { 20_000.0 } else { 100_000.0 };
            let total = if rate > 0.0 { 0 } else { calls as u64 * 3 };
            let load = Flood {
                rate: if rate > 0.0 { rate } else { warm },
                total,
                ..Service::flood(calls, 1_000_000)
            };
            let service = Service::start(load, false)?;
            let screen = Console::start(&service.url(), variant)?;
            service.wait_for(calls as u64 * 3)?;
            screen.until(PATIENCE, |screen| Console::cursor(screen).is_some())?;
            std::thread::sleep(Duration::from_secs(1));
            let mut took = Vec::new();
            for step in 0..KEYS {
                took.push(
                    screen.key_to_paint(if step % 2 == 0 { "j" } else { "k" })?.as_secs_f64() * 1_000.0,
                );
                // Out of step with frames and seconds.
                std::thread::sleep(Duration::from_micros(23_456 + 1_000 * (step as u64 * 7 % 13)));
            }
            let parts = [0.5, 0.99, 1.0].map(|part| format!("{:.1}", quantile(&took, part)));
            table.row([variant.name(), count(calls as f64), count(rate)].into_iter().chain(parts));
        }
    }
    Ok(table.text())
}

/// Processor time and paints while nothing happens.
pub fn idle(plan: &Plan) -> Result<String> {
    const REST: Duration = Duration::from_secs(10);
    let mut table =
        Table::new("At rest, over 10 s", &["client", "live calls", "CPU %", "paints/s", "bytes/s"]);
    let calls = || std::iter::once(0).chain(plan.loads.iter().map(|&(calls, _)| calls));
    for (variant, calls) in plan.variants().flat_map(|variant| calls().map(move |calls| (variant, calls))) {
        // A load of one event that never comes stands for none.
        let (rate, total) = if calls == 0 { (0.001, 1) } else { (20_000.0, calls as u64 * 3) };
        let load = Flood { rate, total, ..Service::flood(calls.max(1), 1_000_000) };
        let service = Service::start(load, false)?;
        let screen = Console::start(&service.url(), variant)?;
        service.wait_for(if calls == 0 { 0 } else { total })?;
        std::thread::sleep(Duration::from_secs(3));
        let (cpu, (paints, bytes)) = (screen.cpu()?, screen.painted());
        std::thread::sleep(REST);
        let (cpu, (later, more)) = (screen.cpu()? - cpu, screen.painted());
        let seconds = REST.as_secs_f64();
        table.row([
            variant.name(),
            count(calls as f64),
            format!("{:.2}", cpu / seconds * 100.0),
            format!("{:.1}", (later - paints) as f64 / seconds),
            count((more - bytes) as f64 / seconds),
        ]);
    }
    Ok(table.text())
}

/// From the start of the process to its first frame.
pub fn start(plan: &Plan) -> Result<String> {
    let mut table = Table::new("From start to first frame", &["client", "p50 ms", "worst ms"]);
    for variant in plan.variants() {
        let mut took = Vec::new();
        for _ in 0..plan.runs.max(10) {
            let service = Service::start(Flood { rate: 0.001, total: 1, ..Service::flood(1, 3) }, false)?;
            took.push(Console::start(&service.url(), variant)?.first_frame.as_secs_f64() * 1_000.0);
        }
        let parts = [0.5, 1.0].map(|part| format!("{:.1}", quantile(&took, part)));
        table.row([variant.name()].into_iter().chain(parts));
    }
    Ok(table.text())
}

/// How memory grows over a million events once all that is kept is full.
pub fn memory(plan: &Plan) -> Result<String> {
    /// More calls than are remembered in any way have come and gone.
    const CALLS: u64 = 30_000;
    let columns = ["client", "calls x events", "full MiB", "a million events later MiB", "growth %"];
    let mut table = Table::new("Memory (VmRSS) over one million events", &columns);
    for (variant, &(calls, events)) in pairs(plan) {
        let service = Service::start(Service::flood(calls, events), false)?;
        let screen = Console::start(&service.url(), variant)?;
        let full = (CALLS + calls as u64) * events as u64;
        for step in 1..=10 {
            service.wait_for(full / 10 * step)?;
        }
        // Once more the same churn: what is freed and taken anew has found its places.
        service.wait_for(full + 500_000)?;
        let before = screen.memory("VmRSS")? as f64 / 1_024.0;
        service.wait_for(full + 1_500_000)?;
        let after = screen.memory("VmRSS")? as f64 / 1_024.0;
        table.row([
            variant.name(),
            format!("{} x {}", count(calls as f64), count(events as f64)),
            format!("{before:.1}"),
            format!("{after:.1}"),
            format!("{:+.1}", (after / before - 1.0) * 100.0),
        ]);
    }
    Ok(table.text())
}
