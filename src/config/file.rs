//! The configuration file: TOML text to checked values, with the line of everything that is wrong.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{File, Place, Problem};
pub(crate) use crate::filter::nearest;
use crate::protocol::{Secret, Shown};

/// A key of the file.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: KeyKind,
    /// What it is for, in a line.
    pub help: &'static str,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    Texts,
    /// A whole number within these bounds.
    Whole {
        /// Least.
        min: u64,
        /// Most.
        max: u64,
    },
}

const fn key(name: &'static str, kind: KeyKind, help: &'static str) -> Key {
    Key { name, kind, help }
}

/// Every key of the file.
pub const KEYS: &[Key] = &[
    key("project", KeyKind::Text, "project id"),
    key("token", KeyKind::Text, "API token; the file must then be mode 0600"),
    key("jwt_token", KeyKind::Text, "JWT, wins over project and token; the file must then be mode 0600"),
    key("space", KeyKind::Text, "name of the Space, `example` for example.signalwire.com"),
    key("host", KeyKind::Text, "address of the service, in place of `space`"),
    key("ca_file", KeyKind::Text, "PEM certificates to trust in addition to the public ones"),
    key("contexts", KeyKind::Texts, "contexts whose inbound calls are taken, away from other listeners"),
    key("theme", KeyKind::Text, "colour theme"),
    key("ascii", KeyKind::Flag, "draw with ASCII characters only"),
    key("color", KeyKind::Flag, "draw with colours (default true)"),
    key(
        "undo_seconds",
        KeyKind::Whole { min: 0, max: 10 },
        "how long a hang-up can be taken back (default 3)",
    ),
    key(
        "keep_ended_minutes",
        KeyKind::Whole { min: 1, max: 15 },
        "how long ended calls are shown (default 5)",
    ),
    key("log", KeyKind::Text, "log file"),
    key("log_level", KeyKind::Text, "error, warn, info (default), debug or trace"),
];

/// A value of the file. It may be a secret, so it has no `Debug`.
pub(super) enum Value {
    Text(String),
    Flag(bool),
    Texts(Vec<String>),
    Whole(u64),
}

/// The values of a file by key, each with its line.
#[derive(Default)]
pub(super) struct Values(BTreeMap<&'static str, (usize, Value)>);

impl Values {
    /// The line of a key that is there.
    pub fn line(&self, key: &str) -> Option<usize> {
        self.0.get(key).map(|(line, _)| *line)
    }

    pub fn text(&mut self, key: &str) -> Option<String> {
        match self.0.remove(key)?.1 {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.0.get(key)?.1 {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    pub fn whole(&self, key: &str) -> Option<u64> {
        match self.0.get(key)?.1 {
            Value::Whole(number) => Some(number),
            _ => None,
        }
    }

    pub fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        match self.0.remove(key)?.1 {
            Value::Texts(texts) => Some(texts),
            _ => None,
        }
    }
}

/// Reads a file, and notes everything that is wrong with it.
pub(super) fn read(file: &File, problems: &mut Vec<Problem>) -> Values {
    let Some(text) = file.text.as_ref().map(Secret::reveal) else { return Values::default() };
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut found = Found { file, text, values: Values::default(), problems: Vec::new() };
    let mut broken_lines = Vec::new();
    for error in errors {
        let line = error.span().map(|span| found.line(&span));
        broken_lines.extend(line);
        // The message names the rule; the text of the line may be a secret and stays out.
        found.problem(line, error.message().to_owned());
    }
    for (name, value) in table.get_ref() {
        found.entry(name.get_ref(), &name.span(), value, &broken_lines);
    }
    found.permissions();
    found.problems.sort_by_key(|problem| match problem.place {
        Place::File { line, .. } => line,
        _ => None,
    });
    problems.append(&mut found.problems);
    found.values
}

struct Found<'a> {
    file: &'a File,
    text: &'a str,
    values: Values,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(span.start);
        before.filter(|byte| **byte == b'\n').count() + 1
    }

    fn problem(&mut self, line: Option<usize>, what: String) {
        self.problems.push(Problem { place: Place::File { path: self.file.path.clone(), line }, what });
    }

    fn entry(&mut self, name: &str, span: &Range<usize>, value: &Spanned<DeValue<'_>>, broken: &[usize]) {
        let line = self.line(span);
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            return self.problem(Some(line), unknown(name));
        };
        match read_value(key.kind, value.get_ref()) {
            Ok(read) => drop(self.values.0.insert(key.name, (line, read))),
            // What the parser could not read was said already.
            Err(_) if broken.contains(&line) => {}
            Err(rule) => self.problem(Some(line), format!("{name} is not {rule}")),
        }
    }

    /// Secrets are for the eyes of their owner.
    fn permissions(&mut self) {
        let secret = ["token", "jwt_token"].into_iter().find(|key| self.values.line(key).is_some());
        if let Some(key) = secret.filter(|_| self.file.mode & 0o077 != 0) {
            let (mode, path) = (self.file.mode & 0o777, self.file.path.display());
            let what = format!(
                "others can read this file (mode {mode:04o}) and `{key}` in it is a secret: run  chmod 600 {path}"
            );
            self.problem(None, what);
        }
    }
}

fn read_value(kind: KeyKind, value: &DeValue<'_>) -> Result<Value, String> {
    let text = |value: &DeValue<'_>| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
    match kind {
        KeyKind::Text => text(value).map(Value::Text).ok_or_else(|| "a text in quotes".to_owned()),
        KeyKind::Flag => value.as_bool().map(Value::Flag).ok_or_else(|| "true or false".to_owned()),
        KeyKind::Texts => {
            let items = value.as_array().map(|items| items.iter().map(|item| text(item.get_ref())));
            let texts = items.and_then(Iterator::collect::<Option<Vec<_>>>);
            texts.map(Value::Texts).ok_or_else(|| "a list of texts, such as [\"support\"]".to_owned())
        }
        KeyKind::Whole { min, max } => {
            let number = value.as_integer().filter(|number| number.radix() == 10);
            let number = number.and_then(|number| number.as_str().parse().ok());
            let number = number.filter(|number| (min..=max).contains(number));
            number.map(Value::Whole).ok_or_else(|| format!("a whole number within {min} to {max}"))
        }
    }
}

fn unknown(name: &str) -> String {
    let shown = Shown::new(name);
    match nearest(name, KEYS.iter().map(|key| key.name)) {
        Some(key) => format!("unknown key `{shown}`; did you mean `{key}`?"),
        None => {
            let keys: Vec<_> = KEYS.iter().map(|key| key.name).collect();
            format!("unknown key `{shown}`; the keys are {}", keys.join(", "))
        }
    }
}
