//! What the hub adds to the delay of a frame, beside a plain TCP forwarder and beside nothing, in turns.
//!
//! `cargo bench --bench hub -- [--apps 50] [--rate 2000] [--rounds 10] [--slot 2] [--threads 2]`: so many applications,
//! so many frames a second each way in total, so many rounds in which each way has so many seconds, so many threads for
//! forwarder and hub, which are processes of their own. All connections stand from the beginning, only one way is used
//! at a time.

#![expect(clippy::disallowed_methods, reason = "a bench measures real time")]

mod child;
mod load;
#[path = "../whole/table.rs"]
mod table;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use color_eyre::eyre::{OptionExt, Result, bail, eyre};

use crate::child::Child;
use crate::load::{Delays, Load, Way};
use crate::table::{Table, count, machine, median, quantile};

/// The goal: added to the way without anything between, in milliseconds, at p50 and p99.
const GOALS: [(f64, f64); 2] = [(0.5, 0.2), (0.99, 3.0)];

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Applications.
    pub apps: usize,
    /// Frames a second each way, all applications together.
    pub rate: f64,
    /// How often each way has its turn.
    pub rounds: usize,
    /// How long a turn is, in seconds.
    pub slot: f64,
    /// Threads that move bytes in forwarder and hub.
    pub threads: usize,
}

impl Plan {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut plan = Self { apps: 50, rate: 2_000.0, rounds: 10, slot: 2.0, threads: 2 };
        while let Some(word) = words.next() {
            if word == "--bench" {
                continue;
            }
            let value = words.next().ok_or_eyre("a number is missing")?;
            match word.as_str() {
                "--apps" => plan.apps = value.parse()?,
                "--rate" => plan.rate = value.parse()?,
                "--rounds" => plan.rounds = value.parse()?,
                "--slot" => plan.slot = value.parse()?,
                "--threads" => plan.threads = value.parse()?,
                other => bail!("{other} is none of --apps --rate --rounds --slot --threads"),
            }
        }
        Ok(plan)
    }
}

/// What one way took in one turn.
struct Turn {
    delays: [Delays; 2],
    /// Processor time of what stands between, in microseconds a frame.
    cost: f64,
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let done = match words.next() {
        Some(word) if word == child::WORD => child::run(words),
        first => Plan::parse(first.into_iter().chain(words)).and_then(|plan| measure(&plan)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody can be told when this fails.
            let _ = writeln!(std::io::stderr(), "{error:?}");
            ExitCode::FAILURE
        }
    }
}

fn measure(plan: &Plan) -> Result<()> {
    let load = Load::start(plan)?;
    let child = |kind| Child::start(kind, load.service, plan.threads);
    let (forwarder, hub) = (child("forwarder")?, child("hub")?);
    let addresses = [load.service, forwarder.address, hub.address];
    load.connect(addresses)?;
    let mut turns: [Vec<Turn>; 3] = Default::default();
    for _ in 0..plan.rounds {
        for way in Way::ALL {
            let between = match way {
                Way::Direct => None,
                Way::Forwarder => Some(&forwarder),
                Way::Hub => Some(&hub),
            };
            let cpu = || between.map_or(Ok(0.0), Child::cpu);
            let before = cpu()?;
            let delays = load.turn(way, Duration::from_secs_f64(plan.slot))?;
            let frames = delays.iter().map(|delays| delays.0.len()).sum::<usize>();
            let cost = (cpu()? - before) * 1e6 / frames.max(1) as f64;
            turns.get_mut(way as usize).ok_or_else(|| eyre!("no such way"))?.push(Turn { delays, cost });
        }
    }
    let mut out = std::io::stdout().lock();
    write!(out, "{}\n{}", machine(), report(plan, &turns))?;
    Ok(())
}

/// All delays of a way in one direction, in milliseconds.
fn all(turns: &[Turn], direction: usize) -> Vec<f64> {
    let delays = turns.iter().filter_map(|turn| turn.delays.get(direction));
    delays.flat_map(|delays| delays.0.iter().map(|nanos| *nanos as f64 / 1e6)).collect()
}

fn report(plan: &Plan, turns: &[Vec<Turn>; 3]) -> String {
    let title = format!(
        "Delay of a frame: {} applications, {} frames/s each way, {} turns of {} s, {} threads",
        plan.apps, plan.rate, plan.rounds, plan.slot, plan.threads
    );
    let columns = ["way", "direction", "frames", "p50 ms", "p99 ms", "p99.9 ms", "worst ms", "CPU us/frame"];
    let mut table = Table::new(&title, &columns);
    let mut added = Table::new("Added", &["by", "direction", "p50 ms", "p99 ms", "goal"]);
    for (direction, name) in ["application to service", "service to application"].into_iter().enumerate() {
        let [direct, ..] = turns;
        let direct = all(direct, direction);
        for (way, turns) in Way::ALL.iter().zip(turns) {
            let delays = all(turns, direction);
            let costs: Vec<_> = turns.iter().map(|turn| turn.cost).collect();
            let parts = [0.5, 0.99, 0.999, 1.0].map(|part| format!("{:.3}", quantile(&delays, part)));
            let first = [way.name().to_owned(), name.to_owned(), count(delays.len() as f64)];
            table.row(first.into_iter().chain(parts).chain([format!("{:.1}", median(&costs))]));
            if *way != Way::Direct {
                let more = GOALS.map(|(part, _)| quantile(&delays, part) - quantile(&direct, part));
                let met = more.iter().zip(GOALS).all(|(more, (_, goal))| *more <= goal);
                let cells = more.map(|more| format!("{more:+.3}"));
                let goal = if met { "0.2 and 3, met" } else { "0.2 and 3, missed" };
                let first = [way.name().to_owned(), name.to_owned()];
                added.row(first.into_iter().chain(cells).chain([goal.to_owned()]));
            }
        }
    }
    table.text() + &added.text()
}
