//! What is measured of the console: events acknowledged, keys, rest, start, memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use callboard::sim::script::Flood;
use color_eyre::eyre::{OptionExt, Result};

use super::Plan;
use super::bare::{self, Process};
use super::console::Console;
use super::service::{PATIENCE, Service};
use super::table::{Table, count, median, quantile};

/// How long a rate is measured.
const SPAN: Duration = Duration::from_secs(3);
/// Times a key is pressed.
const KEYS: usize = 400;

/// Events acknowledged per second, the screen drawn, and the most memory that took.
pub fn rate(plan: &Plan) -> Result<String> {
    let columns =
        ["calls x events", "bare loop", "console", "ratio", "VmHWM MiB", "Python SDK", "console is"];
    let mut table = Table::new("Events acknowledged per second, screen drawn at 120x36", &columns);
    for &(calls, events) in &plan.loads {
        let load = Service::flood(calls, events);
        // One round of everything, so that the figure is that of a floor in full swing.
        let warm = (calls * events).max(50_000) as u64;
        let (mut bare, mut console, mut ratio) = (Vec::new(), Vec::new(), Vec::new());
        let (mut peaks, mut python) = (Vec::new(), Vec::new());
        for _ in 0..plan.runs {
            let service = Service::start(load, false)?;
            let process = bare::start(&service.url(), "ack")?;
            let least = service.rate(warm, SPAN)?;
            drop((process, service));
            let service = Service::start(load, false)?;
            let screen = Console::start(&service.url(), &plan.console)?;
            let ours = service.rate(warm, SPAN)?;
            peaks.push(screen.memory("VmHWM")? as f64 / 1_024.0);
            drop((screen, service));
            ratio.push(ours / least);
            bare.push(least);
            console.push(ours);
            if plan.python {
                python.push(sdk(load)?);
            }
        }
        let sdk = median(&python);
        let (sdk, times) = if python.is_empty() {
            ("-".into(), "-".into())
        } else {
            (count(sdk), format!("{:.0} x", median(&console) / sdk))
        };
        table.row([
            format!("{} x {}", count(calls as f64), count(events as f64)),
            count(median(&bare)),
            count(median(&console)),
            format!("{:.2}", median(&ratio)),
            format!("{:.0}", median(&peaks)),
            sdk,
            times,
        ]);
    }
    Ok(table.text())
}

/// The official Python SDK; it speaks TLS only, and so does the service to it.
fn sdk(load: Flood) -> Result<f64> {
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
    let rate = service.rate(5_000, SPAN);
    drop(process);
    rate
}

/// How long a key takes to be seen while events stream in.
pub fn keys(plan: &Plan) -> Result<String> {
    let columns = ["calls", "events/s", "p50 ms", "p99 ms", "worst ms"];
    let mut table = Table::new("From a key to the moved cursor on the screen, under load", &columns);
    for &(calls, _) in &plan.loads {
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
            let screen = Console::start(&service.url(), &plan.console)?;
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
            table.row([count(calls as f64), count(rate)].into_iter().chain(parts));
        }
    }
    Ok(table.text())
}

/// Processor time and paints while nothing happens.
pub fn idle(plan: &Plan) -> Result<String> {
    const REST: Duration = Duration::from_secs(10);
    let mut table = Table::new("At rest, over 10 s", &["live calls", "CPU %", "paints/s", "bytes/s"]);
    for calls in std::iter::once(0).chain(plan.loads.iter().map(|&(calls, _)| calls)) {
        // A load of one event that never comes stands for none.
        let (rate, total) = if calls == 0 { (0.001, 1) } else { (20_000.0, calls as u64 * 3) };
        let load = Flood { rate, total, ..Service::flood(calls.max(1), 1_000_000) };
        let service = Service::start(load, false)?;
        let screen = Console::start(&service.url(), &plan.console)?;
        service.wait_for(if calls == 0 { 0 } else { total })?;
        std::thread::sleep(Duration::from_secs(3));
        let (cpu, (paints, bytes)) = (screen.cpu()?, screen.painted());
        std::thread::sleep(REST);
        let (cpu, (later, more)) = (screen.cpu()? - cpu, screen.painted());
        let seconds = REST.as_secs_f64();
        table.row([
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
    let mut took = Vec::new();
    for _ in 0..plan.runs.max(10) {
        let service = Service::start(Flood { rate: 0.001, total: 1, ..Service::flood(1, 3) }, false)?;
        took.push(Console::start(&service.url(), &plan.console)?.first_frame.as_secs_f64() * 1_000.0);
    }
    let mut table = Table::new("From start to first frame", &["p50 ms", "worst ms"]);
    table.row([0.5, 1.0].map(|part| format!("{:.1}", quantile(&took, part))));
    Ok(table.text())
}

/// How memory grows over a million events once all that is kept is full.
pub fn memory(plan: &Plan) -> Result<String> {
    /// More calls than are remembered in any way have come and gone.
    const CALLS: u64 = 30_000;
    let columns = ["calls x events", "full MiB", "a million events later MiB", "growth %"];
    let mut table = Table::new("Memory (VmRSS) over one million events", &columns);
    for &(calls, events) in &plan.loads {
        let service = Service::start(Service::flood(calls, events), false)?;
        let screen = Console::start(&service.url(), &plan.console)?;
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
            format!("{} x {}", count(calls as f64), count(events as f64)),
            format!("{before:.1}"),
            format!("{after:.1}"),
            format!("{:+.1}", (after / before - 1.0) * 100.0),
        ]);
    }
    Ok(table.text())
}
