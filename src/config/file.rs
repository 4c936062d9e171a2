//! The configuration file: TOML text to checked values, with the line of everything that is wrong.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use super::schema::{Check, Key, Kind, Others, ROOT, Table};
use super::{File, Known, Place, Problem};
use crate::protocol::{Secret, Shown};

/// A value of the file. It may be a secret, so it has no `Debug`.
pub(super) enum Value {
    Text(String),
    Flag(bool),
    Texts(Vec<String>),
    Whole(u64),
    Number(f64),
    Table(Values),
    List(Vec<Values>),
}

/// The values of a table by key, each with its line.
#[derive(Default)]
pub(super) struct Values {
    /// Where the table begins.
    pub line: usize,
    /// Whether everything in it could be taken.
    pub is_whole: bool,
    entries: BTreeMap<String, (usize, Value)>,
}

impl Values {
    /// The line of a key that is there.
    pub fn line(&self, key: &str) -> Option<usize> {
        self.entries.get(key).map(|(line, _)| *line)
    }

    /// A text, which stays there.
    pub fn peek(&self, key: &str) -> Option<&str> {
        match &self.entries.get(key)?.1 {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text of a table within, which stays there.
    pub fn peek_in(&self, table: &str, key: &str) -> Option<&str> {
        match &self.entries.get(table)?.1 {
            Value::Table(values) => values.peek(key),
            _ => None,
        }
    }

    pub fn text(&mut self, key: &str) -> Option<String> {
        match self.entries.remove(key)?.1 {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.entries.get(key)?.1 {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    pub fn whole(&self, key: &str) -> Option<u64> {
        match self.entries.get(key)?.1 {
            Value::Whole(number) => Some(number),
            _ => None,
        }
    }

    pub fn number(&self, key: &str) -> Option<f64> {
        match self.entries.get(key)?.1 {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    pub fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        match self.entries.remove(key)?.1 {
            Value::Texts(texts) => Some(texts),
            _ => None,
        }
    }

    pub fn table(&mut self, key: &str) -> Option<Values> {
        match self.entries.remove(key)?.1 {
            Value::Table(values) => Some(values),
            _ => None,
        }
    }

    pub fn list(&mut self, key: &str) -> Option<Vec<Values>> {
        match self.entries.remove(key)?.1 {
            Value::List(tables) => Some(tables),
            _ => None,
        }
    }

    /// Puts everything of `other` in the place of what is here.
    pub fn overlay(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }

    pub fn remove(&mut self, key: &str) {
        self.entries.remove(key);
    }

    /// The keys that have not been taken out, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.entries.keys().cloned().collect()
    }
}

/// Reads a file, and notes everything that is wrong with it.
pub(super) fn read(file: &File, known: &Known<'_>, problems: &mut Vec<Problem>) -> Values {
    read_as(&ROOT, file, known, problems)
}

/// Reads a file of this shape.
pub(super) fn read_as(
    shape: &'static Table,
    file: &File,
    known: &Known<'_>,
    problems: &mut Vec<Problem>,
) -> Values {
    let Some(text) = file.text.as_ref().map(Secret::reveal) else { return Values::default() };
    // Editors of another world put a mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let ends = text.match_indices('\n').map(|(at, _)| at).collect();
    let mut reader =
        Reader { file, text, ends, known, broken: HashSet::new(), problems: Vec::new(), secret: None };
    for error in errors {
        reader.syntax(error.message(), error.span());
    }
    let values = reader.table(shape, "", 1, table.get_ref());
    reader.permissions();
    reader.problems.sort_by_key(|problem| match problem.place {
        Place::File { line, .. } => line,
        _ => None,
    });
    problems.append(&mut reader.problems);
    values
}

struct Reader<'a> {
    file: &'a File,
    text: &'a str,
    /// Where each line ends.
    ends: Vec<usize>,
    known: &'a Known<'a>,
    /// Lines that the parser could not read.
    broken: HashSet<usize>,
    problems: Vec<Problem>,
    /// The first key that holds a secret.
    secret: Option<String>,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        self.ends.partition_point(|end| *end < span.start) + 1
    }

    fn problem(&mut self, line: Option<usize>, what: String) {
        self.problems.push(Problem { place: Place::File { path: self.file.path.clone(), line }, what });
    }

    /// What the parser says: its message names the rule; the text of the line may be a secret and stays out, unless
    /// it is the name of a key.
    fn syntax(&mut self, message: &str, span: Option<Range<usize>>) {
        let line = span.as_ref().map(|span| self.line(span));
        // The first mistake of a line causes the others.
        if line.is_some_and(|line| !self.broken.insert(line)) {
            return;
        }
        let name = span.filter(|_| message == "duplicate key").and_then(|span| self.text.get(span));
        let what = match name {
            Some(name) => format!("`{}` is there twice", Shown::new(name)),
            None => message.to_owned(),
        };
        self.problem(line, what);
    }

    /// Reads a table; `header` is how a file writes its place, such as `[[view]]`, and empty at the top.
    fn table(&mut self, shape: &'static Table, header: &str, line: usize, table: &DeTable<'_>) -> Values {
        let before = self.problems.len();
        let mut values = Values { line, is_whole: true, entries: BTreeMap::new() };
        for (name, value) in table {
            let line = self.line(&name.span());
            let name = name.get_ref();
            let key = shape.keys.iter().find(|key| key.name == name);
            let kind = match (key, shape.others) {
                (Some(key), _) => key.kind,
                (None, Some(others)) => match (others.check)(name) {
                    Ok(()) => others.kind,
                    Err(why) => {
                        self.problem(
                            Some(line),
                            misplaced(name, shape, header).unwrap_or_else(|| why_not(others, name, why)),
                        );
                        continue;
                    }
                },
                (None, None) => {
                    self.problem(Some(line), unknown_key(name, shape, header, is_section(value.get_ref())));
                    continue;
                }
            };
            if let Some(value) = self.value(&Spot { name, header, line }, kind, value.get_ref()) {
                values.entries.insert(name.clone().into_owned(), (line, value));
            }
        }
        self.said_twice(shape, table);
        let missing = shape.keys.iter().filter(|key| key.required && !table.contains_key(key.name));
        for key in missing {
            self.problem(Some(line), format!("{header} needs `{}`: {}", key.name, key.help));
        }
        values.is_whole = self.problems.len() == before;
        values
    }

    /// Keys that stand in the place of each other.
    fn said_twice(&mut self, shape: &Table, table: &DeTable<'_>) {
        let place = |name: &str| table.get_key_value(name).map(|(name, _)| name.span());
        for key in shape.keys {
            let Some(other) = key.instead_of else { continue };
            let (Some(one), Some(two)) = (place(key.name), place(other)) else { continue };
            let line = self.line(&one).max(self.line(&two));
            self.problem(
                Some(line),
                format!("`{other}` and `{}` say the same thing; keep one of them", key.name),
            );
        }
    }

    fn value(&mut self, spot: &Spot<'_>, kind: Kind, value: &DeValue<'_>) -> Option<Value> {
        let read = match kind {
            Kind::Table(shape) => {
                let header = spot.inner();
                match value.as_table() {
                    Some(table) => Ok(Value::Table(self.table(shape, &header, spot.line, table))),
                    None => Err(Fault::Whole(not_a_table(spot, shape, value))),
                }
            }
            Kind::List { table, max } => self.list(table, max, spot, value),
            Kind::Texts(check) | Kind::OneOrMore(check) if value.is_array() => {
                self.texts(check, spot.name, value)
            }
            kind => {
                if matches!(kind, Kind::Secret) && self.secret.is_none() {
                    self.secret = Some(spot.name.to_owned());
                }
                read_value(kind, value, self.known)
            }
        };
        let name = Shown::new(spot.name);
        let what = match read {
            Ok(value) => return Some(value),
            // What the parser could not read was said already.
            Err(_) if self.broken.contains(&spot.line) => return None,
            Err(Fault::Said) => return None,
            Err(Fault::Kind(rule)) => format!("{name} is not {rule}"),
            Err(Fault::Check(why)) => format!("{name}: {why}"),
            Err(Fault::Whole(what)) => what,
        };
        self.problem(Some(spot.line), what);
        None
    }

    fn list(
        &mut self,
        shape: &'static Table,
        max: usize,
        spot: &Spot<'_>,
        value: &DeValue<'_>,
    ) -> Result<Value, Fault> {
        let header = format!("[{}]", spot.inner());
        let tables: Option<Vec<_>> = value.as_array().and_then(|items| {
            items.iter().map(|item| Some((item.span(), item.get_ref().as_table()?))).collect()
        });
        let tables = tables.ok_or_else(|| {
            Fault::Whole(format!("{} is a list of tables: write {header} above each", spot.name))
        })?;
        if let Some((span, _)) = tables.get(max) {
            let line = self.line(span);
            self.problem(Some(line), format!("there can be no more than {max} {header}"));
        }
        let read = tables.iter().map(|(span, table)| {
            let line = self.line(span);
            self.table(shape, &header, line, table)
        });
        Ok(Value::List(read.collect()))
    }

    fn texts(&mut self, check: Check, name: &str, value: &DeValue<'_>) -> Result<Value, Fault> {
        let mut texts = Vec::new();
        let mut faults = false;
        for item in value.as_array().into_iter().flatten() {
            let line = self.line(&item.span());
            match text_of(item.get_ref(), LIST_OF_TEXTS).and_then(|text| checked(text, check)) {
                Ok(text) => texts.push(text),
                Err(Fault::Check(why)) => {
                    faults = true;
                    self.problem(Some(line), format!("{}: {why}", Shown::new(name)));
                }
                Err(fault) => return Err(fault),
            }
        }
        if faults { Err(Fault::Said) } else { Ok(Value::Texts(texts)) }
    }

    /// Secrets are for the eyes of their owner.
    fn permissions(&mut self) {
        if let Some(key) = self.secret.take().filter(|_| self.file.mode & 0o077 != 0) {
            let (mode, path) = (self.file.mode & 0o777, self.file.path.display());
            let what = format!(
                "others can read this file (mode {mode:04o}) and `{key}` in it is a secret: run  chmod 600 {path}"
            );
            self.problem(None, what);
        }
    }
}

/// A key of a file and where it stands.
struct Spot<'a> {
    name: &'a str,
    /// The table it is in, as a file writes it; empty at the top.
    header: &'a str,
    line: usize,
}

impl Spot<'_> {
    /// The header of the table that this key is.
    fn inner(&self) -> String {
        let name = Shown::new(self.name);
        match self.header.trim_matches(['[', ']']) {
            "" => format!("[{name}]"),
            outer => format!("[{outer}.{name}]"),
        }
    }
}

/// Why a value is not taken.
enum Fault {
    /// It is not what its key takes, which is this.
    Kind(String),
    /// It is, and says something impossible.
    Check(String),
    /// This whole sentence.
    Whole(String),
    /// That was said already.
    Said,
}

const LIST_OF_TEXTS: &str = "a list of texts, such as [\"support\"]";

/// A text in quotes with something in it; `rule` is what its key takes.
fn text_of(value: &DeValue<'_>, rule: &str) -> Result<String, Fault> {
    text(value).ok_or_else(|| match value.as_str() {
        Some(_) => Fault::Check("is empty".to_owned()),
        None => Fault::Kind(rule.to_owned()),
    })
}

fn text(value: &DeValue<'_>) -> Option<String> {
    value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn checked(text: String, check: Check) -> Result<String, Fault> {
    check(&text).map(|()| text).map_err(Fault::Check)
}

fn read_value(kind: Kind, value: &DeValue<'_>, known: &Known<'_>) -> Result<Value, Fault> {
    let is_not = |rule: &str| Fault::Kind(rule.to_owned());
    let in_quotes = || text_of(value, "a text in quotes");
    match kind {
        Kind::Text(check) => checked(in_quotes()?, check).map(Value::Text),
        Kind::Secret => in_quotes().map(Value::Text),
        Kind::Theme => {
            let name = in_quotes()?;
            known.theme(&name).map(|()| Value::Text(name)).map_err(Fault::Check)
        }
        Kind::Choice(words) => {
            let near = |text: &str| super::nearest(text, words.iter().copied());
            let rule = |text: Option<&str>| {
                let hint = text.and_then(near).map(|near| format!("; did you mean `{near}`?"));
                Fault::Kind(format!("one of {}{}", words.join(", "), hint.unwrap_or_default()))
            };
            let text = text(value).ok_or_else(|| rule(None))?;
            if words.contains(&&*text) { Ok(Value::Text(text)) } else { Err(rule(Some(&text))) }
        }
        Kind::Flag => value.as_bool().map(Value::Flag).ok_or_else(|| is_not("true or false")),
        Kind::Plain => plain(value).map(Value::Text).ok_or_else(|| is_not("a text, a number, true or false")),
        Kind::Texts(_) => Err(is_not(LIST_OF_TEXTS)),
        Kind::OneOrMore(check) => {
            let one = text_of(value, "a text in quotes or a list of texts")?;
            checked(one, check).map(|text| Value::Texts(vec![text]))
        }
        Kind::Whole { min, max } => {
            let number = value.as_integer().filter(|number| number.radix() == 10);
            let number = number.and_then(|number| number.as_str().parse().ok());
            let number = number.filter(|number| (min..=max).contains(number));
            number.map(Value::Whole).ok_or_else(|| is_not(&format!("a whole number within {min} to {max}")))
        }
        Kind::Number => number(value).map(Value::Number).ok_or_else(|| is_not("a number of 0 or more")),
        Kind::Table(_) | Kind::List { .. } => Err(is_not("a table")),
    }
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    let whole = value.as_integer().filter(|number| number.radix() == 10).map(DeInteger::as_str);
    let text = whole.or_else(|| value.as_float().map(DeFloat::as_str))?;
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

fn plain(value: &DeValue<'_>) -> Option<String> {
    let whole =
        value.as_integer().filter(|number| number.radix() == 10).map(|number| number.as_str().to_owned());
    let other = || value.as_float().map(|number| number.as_str().to_owned());
    let flag = || value.as_bool().map(|flag| flag.to_string());
    // An empty text is a value here: it leaves the field of a form empty.
    value.as_str().map(str::to_owned).or(whole).or_else(other).or_else(flag)
}

fn not_a_table(spot: &Spot<'_>, shape: &Table, value: &DeValue<'_>) -> String {
    let (name, header) = (Shown::new(spot.name), spot.inner());
    if value.is_array() {
        return format!("there is one {name} only: write {header}, not [{header}]");
    }
    let header =
        if shape.holds_tables() { format!("[{}.NAME]", header.trim_matches(['[', ']'])) } else { header };
    let help = ROOT.keys.iter().find(|key| spot.header.is_empty() && key.name == spot.name);
    let help = help.map(|key| format!(": {}", key.help)).unwrap_or_default();
    format!("{name} is a section, {header}{help}")
}

/// Why a name of the user's is not taken. Words that are no sentence of their own need to say what they are about.
fn why_not(others: &Others, name: &str, why: String) -> String {
    if why.starts_with("unknown") { why } else { format!("{} `{}` {why}", others.what, Shown::new(name)) }
}

/// Whether a file writes a value as a section, `[name]` or `[[name]]`.
fn is_section(value: &DeValue<'_>) -> bool {
    let of_tables = |items: &[toml::Spanned<DeValue<'_>>]| {
        !items.is_empty() && items.iter().all(|item| item.get_ref().is_table())
    };
    value.is_table() || value.as_array().is_some_and(|items| of_tables(items))
}

fn unknown_key(name: &str, shape: &Table, header: &str, is_section: bool) -> String {
    if let Some(words) = misplaced(name, shape, header) {
        return words;
    }
    // Where there are no sections, what looks like one is a key like others.
    let is_section = is_section && shape.keys.iter().any(|key| key.table().is_some());
    let what = if is_section { "section" } else { "key" };
    let place = if header.is_empty() { String::new() } else { format!(" in {header}") };
    let keys = shape.keys.iter().filter(|key| !is_section || key.table().is_some());
    let near = super::nearest(name, keys.clone().map(|key| key.name));
    let near = near.and_then(|near| shape.keys.iter().find(|key| key.name == near));
    let shown = Shown::new(name);
    match near {
        Some(key) => format!("unknown {what} `{shown}`{place}; did you mean `{}`?", written(key, header)),
        None => {
            let all: Vec<_> = keys.map(|key| written(key, header)).collect();
            format!("unknown {what} `{shown}`{place}; the {what}s are {}", all.join(", "))
        }
    }
}

/// How a file writes a key of this table: that of a table within names both.
fn written(key: &Key, header: &str) -> String {
    let outer = header.trim_matches(['[', ']']);
    match key.kind {
        Kind::Table(_) if !outer.is_empty() => format!("[{outer}.{}]", key.name),
        Kind::List { .. } if !outer.is_empty() => format!("[[{outer}.{}]]", key.name),
        _ => key.written(),
    }
}

/// A key of the top that stands behind a header belongs to its section: the mistake that TOML makes easiest.
fn misplaced(name: &str, shape: &Table, header: &str) -> Option<String> {
    let top = ROOT.keys.iter().find(|key| key.name == name && key.table().is_none());
    let elsewhere = !header.is_empty() && !shape.keys.iter().any(|key| key.name == name);
    top.filter(|_| elsewhere).map(|_| {
        format!("`{name}` is not a key of {header}; it belongs at the top of the file, above every [section]")
    })
}
