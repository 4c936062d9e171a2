//! The whole program under load, beside a bare loop that does the least any client must: medians of interleaved runs.
//!
//! `cargo bench --bench whole -- [rate|keys|idle|start|commands|memory]… [--calls N --events M] [--runs K] [--python]
//! [--journal on|off|both] [--build PROGRAM]…`; several builds of the console take turns in the same runs.

#![expect(clippy::disallowed_methods, reason = "a bench measures real time")]

mod bare;
mod commands;
mod console;
mod measure;
mod service;
mod table;

use std::io::Write;
use std::path::{Path, PathBuf};
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
    /// Builds of the console that take turns.
    pub builds: Vec<PathBuf>,
    /// Whether the journal is kept, one after the other.
    pub journals: Vec<bool>,
    /// Further arguments of the console.
    pub console: Vec<String>,
}

/// One way to run the console.
#[derive(Debug, Clone, Copy)]
pub struct Variant<'a> {
    /// The program.
    pub build: &'a Path,
    /// Whether it keeps a journal.
    pub journal: bool,
    /// Further arguments.
    pub more: &'a [String],
}

impl Plan {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut plan = Self {
            parts: Vec::new(),
            loads: vec![(100, 1_000), (1_000, 100), (10_000, 20)],
            runs: 5,
            python: false,
            builds: Vec::new(),
            journals: vec![false],
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
                "--build" => plan.builds.extend(words.next().map(PathBuf::from)),
                "--journal" => {
                    plan.journals = match words.next().as_deref() {
                        Some("on") => vec![true],
                        Some("off") => vec![false],
                        Some("both") => vec![false, true],
                        _ => bail!("--journal takes on, off or both"),
                    }
                }
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
        if plan.builds.is_empty() {
            plan.builds = vec![env!("CARGO_BIN_EXE_callboard").into()];
        }
        Ok(plan)
    }

    /// Every way in which the console is to be run.
    pub fn variants(&self) -> impl Iterator<Item = Variant<'_>> {
        let more = &*self.console;
        let of = move |&journal: &bool| self.builds.iter().map(move |build| Variant { build, journal, more });
        self.journals.iter().flat_map(of)
    }
}

impl Variant<'_> {
    /// Its name in tables.
    pub fn name(&self) -> String {
        let build = self.build.file_name().unwrap_or_default().to_string_lossy();
        format!("{build}, journal {}", if self.journal { "on" } else { "off" })
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
