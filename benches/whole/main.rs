//! The whole program under load, beside a bare loop that does the least any client must: medians of interleaved runs.
//!
//! `cargo bench --bench whole -- [rate|keys|idle|start|commands|memory]… [--calls N --events M] [--runs K] [--python]`

#![expect(clippy::disallowed_methods, reason = "a bench measures real time")]

mod bare;
mod commands;
mod console;
mod measure;
mod service;
mod table;

use std::io::Write;
use std::process::ExitCode;

use color_eyre::eyre::{Result, bail, eyre};

/// What can be measured.
const PARTS: [&str; 6] = ["rate", "keys", "idle", "start", "commands", "memory"];

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Parts, in order.
    pub parts: Vec<String>,
    /// Live calls and events of each.
    pub loads: Vec<(usize, usize)>,
    /// Interleaved runs of each figure.
    pub runs: usize,
    /// Whether the official Python SDK runs beside.
    pub python: bool,
    /// Further arguments of the console.
    pub console: Vec<String>,
}

impl Plan {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut plan = Self {
            parts: Vec::new(),
            loads: vec![(100, 1_000), (1_000, 100), (10_000, 20)],
            runs: 5,
            python: false,
            console: Vec::new(),
        };
        let (mut calls, mut events) = (None, None);
        while let Some(word) = words.next() {
            let mut number = || -> Result<usize> {
                Ok(words.next().ok_or_else(|| eyre!("{word} takes a number"))?.parse()?)
            };
            match &*word {
                // Cargo says so to every bench.
                "--bench" => {}
                "--calls" => calls = Some(number()?),
                "--events" => events = Some(number()?),
                "--runs" => plan.runs = number()?.max(1),
                "--python" => plan.python = true,
                "--console" => plan.console.extend(words.next()),
                part if PARTS.contains(&part) => plan.parts.push(word),
                other => bail!("{other} is none of {} and no option", PARTS.join(" ")),
            }
        }
        if calls.or(events).is_some() {
            plan.loads = vec![(calls.unwrap_or(1_000), events.unwrap_or(100))];
        }
        if plan.parts.is_empty() {
            plan.parts = PARTS.map(str::to_owned).to_vec();
        }
        Ok(plan)
    }
}

fn run() -> Result<()> {
    let mut words = std::env::args().skip(1).peekable();
    if words.next_if(|word| word == bare::WORD).is_some() {
        return bare::child(words);
    }
    let plan = Plan::parse(words)?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", table::machine())?;
    for part in &plan.parts {
        let text = match &**part {
            "rate" => measure::rate(&plan)?,
            "keys" => measure::keys(&plan)?,
            "idle" => measure::idle(&plan)?,
            "start" => measure::start(&plan)?,
            "commands" => commands::measure(&plan)?,
            _ => measure::memory(&plan)?,
        };
        writeln!(out, "{text}")?;
    }
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to be done when that cannot be written either.
            let _ = writeln!(std::io::stderr(), "{error:?}");
            ExitCode::FAILURE
        }
    }
}
