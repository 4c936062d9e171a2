//! `callboard doctor`: small checks, each of which gives findings, and the one place that prints them.

mod account;
mod certificate;
mod folders;
mod hub;
mod network;
mod terminal;

use std::io::{self, Write};

use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::attach::Place;
use crate::cli::DoctorArgs;
use crate::client::Credentials;
use crate::config::paths::Paths;
use crate::config::{self, File, Flags, Problem, Settings};
use crate::exit::Exit;
use crate::facts::Facts;
use crate::protocol::Shown;
use crate::protocol::secret::Scrubber;
use crate::theme_files;
use crate::view::Depth;
use crate::view::theme::AUTO;

/// Lines where there is no terminal to say how long they may be.
const WIDTH: usize = 100;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All is well.
    Fine,
    /// It works, and could be better.
    Hint,
    /// It does not work.
    Wrong,
    /// There was nothing to check.
    Skipped,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Hint => "hint",
            Self::Wrong => "WRONG",
            Self::Skipped => "skipped",
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was checked, in a word or two.
    pub check: &'static str,
    /// How it came out.
    pub state: State,
    /// What was found.
    pub what: String,
    /// What to do about it; empty when there is nothing to do.
    pub next: String,
}

impl Finding {
    fn fine(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, state: State::Fine, what: what.into(), next: String::new() }
    }

    fn skipped(check: &'static str, what: impl Into<String>) -> Self {
        Self { state: State::Skipped, ..Self::fine(check, what) }
    }

    fn hint(check: &'static str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, state: State::Hint, what: what.into(), next: next.into() }
    }

    fn wrong(check: &'static str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, state: State::Wrong, what: what.into(), next: next.into() }
    }
}

/// Checks everything and prints what was found; of the hub only if there is a place of one.
///
/// # Errors
/// When it cannot be printed.
pub async fn run(
    flags: &Flags,
    args: &DoctorArgs,
    place: Option<Place>,
    out: &mut dyn Write,
) -> io::Result<Exit> {
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let paths = Paths::find();
    let loaded = config::load(flags, &[]);
    let mut findings = account::configuration(&loaded);
    // Whoever works on a hub needs no credentials.
    let attached = args.hub.place.is_some();
    let is_set_up = loaded.as_ref().is_ok_and(|settings| attached || settings.credentials.is_ok());
    let mut scrubber = Scrubber::default();
    let gathering = tokio::task::spawn_blocking(Facts::gather);
    if let Ok(settings) = &loaded {
        learn(&mut scrubber, settings);
        findings.extend(theme(settings));
    }
    match &loaded {
        Ok(_) if attached => {
            findings.push(Finding::skipped("network", "the hub has the connections to the service"));
        }
        Ok(settings) => {
            findings.extend(account::credentials(settings, &env));
            findings.extend(network::check(settings, args.login, &env).await);
        }
        Err(_) => findings.push(Finding::skipped("network", "the configuration has to be right first")),
    }
    findings.extend(hub::check(place).await);
    let facts = gathering.await.unwrap_or_default();
    let width = facts.size.map(|(columns, _)| usize::from(columns));
    // The terminal is there whatever the configuration says.
    let usual = || config::resolve(&File::default(), &|_| None, &Flags::default());
    if let Ok(settings) = loaded.or_else(|_| usual()) {
        findings.extend(terminal::check(&facts, &settings));
        findings.extend(folders::check(paths.as_ref(), settings.log.as_deref()));
    }
    let scrub = |text: &str| Shown::whole(&scrubber.scrub(text)).to_string();
    for finding in &mut findings {
        (finding.what, finding.next) = (scrub(&finding.what), scrub(&finding.next));
    }
    if args.json {
        print_json(&findings, out)?;
    } else {
        print(&findings, width.unwrap_or(WIDTH), out)?;
    }
    Ok(match is_well(&findings) {
        true => Exit::Done,
        false if is_set_up => Exit::Failed,
        false => Exit::Usage,
    })
}

/// What is wrong with the theme that is asked for.
fn theme(settings: &Settings) -> Vec<Finding> {
    let Some(name) = settings.theme.as_deref().filter(|name| *name != AUTO) else { return Vec::new() };
    let library = theme_files::library(&theme_files::folders());
    let problems = library.load(name, Depth::True).err().map(|error| error.problems).unwrap_or_default();
    of_problems("theme", &problems, "until then the default stands in")
}

/// What must not be in any text, whoever wrote it.
fn learn(scrubber: &mut Scrubber, settings: &Settings) {
    match &settings.credentials {
        Ok(Credentials::Token { token, .. }) => scrubber.learn(token),
        Ok(Credentials::Jwt { jwt, .. }) => scrubber.learn(jwt),
        Err(_) => {}
    }
}

fn is_well(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.state != State::Wrong)
}

fn print(findings: &[Finding], width: usize, out: &mut dyn Write) -> io::Result<()> {
    let column = findings.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
    let indent = 8 + 1 + column + 2;
    for Finding { check, state, what, next } in findings {
        let mut lines = wrapped(what, width.saturating_sub(indent)).into_iter();
        writeln!(out, "{:<8} {check:<column$}  {}", state.word(), lines.next().unwrap_or_default())?;
        let next = Some(format!("-> {next}")).filter(|_| !next.is_empty());
        let next = next.map(|next| wrapped(&next, width.saturating_sub(indent))).unwrap_or_default();
        for line in lines.chain(next) {
            writeln!(out, "{:indent$}{line}", "")?;
        }
    }
    let count = |state: State| findings.iter().filter(|finding| finding.state == state).count();
    let (wrong, hints) = (count(State::Wrong), count(State::Hint));
    match (wrong, hints) {
        (0, 0) => writeln!(out, "\nall is well"),
        (0, hints) => writeln!(out, "\nnothing is wrong; {hints} could be better"),
        (wrong, _) => writeln!(out, "\n{wrong} wrong: the lines with -> say what to do"),
    }
}

/// The text in lines of at most this width where blanks let it be cut.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.width() + 1 + word.width() <= width.max(20) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn print_json(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    let row = |finding: &Finding| {
        let state = finding.state.word().to_lowercase();
        let next = Some(&finding.next).filter(|next| !next.is_empty());
        json!({ "check": finding.check, "state": state, "what": finding.what, "next": next })
    };
    let checks: Vec<_> = findings.iter().map(row).collect();
    writeln!(out, "{}", json!({ "ok": is_well(findings), "checks": checks }))
}

/// The findings for problems of the configuration.
fn of_problems(check: &'static str, problems: &[Problem], next: &str) -> Vec<Finding> {
    problems.iter().map(|problem| Finding::wrong(check, problem.to_string(), next)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_printed_in_columns_and_as_json() {
        let findings =
            [Finding::fine("DNS", "two addresses"), Finding::wrong("TLS", "expired", "tell the owner")];
        let mut text = Vec::new();
        print(&findings, 80, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(
            text,
            "ok       DNS  two addresses\nWRONG    TLS  expired\n              -> tell the owner\n\n\
             1 wrong: the lines with -> say what to do\n"
        );
        assert_eq!(wrapped("some words that are long", 20), ["some words that are", "long"]);
        let mut line = Vec::new();
        print_json(&findings, &mut line).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!((&json["ok"], &json["checks"][1]["state"]), (&json!(false), &json!("wrong")));
        assert_eq!(json["checks"][0]["next"], json!(null));
    }
}
