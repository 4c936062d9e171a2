//! What can be typed next in a filter: names of fields, then what they can be, the words seen on the floor among them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::field::{Field, Kind, field, fields};
use super::lex::head;
use super::reading::Reading;
use super::{Blank, Sight, Subject, rank};
use crate::model::Model;
use crate::time::At;

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the text that it stands for.
    pub at: Range<usize>,
    /// What stands there then.
    pub text: String,
    /// What it is, in a line.
    pub help: Cow<'static, str>,
}

/// Most values of the floor that are offered.
const SEEN: usize = 500;

/// The ways to go on with what was typed, at the cursor (a byte of the text), the likeliest first. `about` is what can
/// be asked about where it is typed; everything if that is open.
#[must_use]
pub fn complete(text: &str, cursor: usize, model: &Model, about: Option<Subject>) -> Vec<Completion> {
    let Some(before) = text.get(..cursor) else { return Vec::new() };
    let Some(start) = term_start(before) else { return Vec::new() };
    let term = &before[start..];
    let Some(head) = head(term) else { return names(term, start..cursor, about) };
    let Some(field) = field(head.name).filter(|_| !head.operator.ends_with('~')) else { return Vec::new() };
    let start =
        start + before[start + head.length..].rfind('|').map_or(head.length, |bar| head.length + bar + 1);
    values(field, &before[start..], start..cursor, model)
}

/// Where the term at the end of a text begins; `None` within quotes.
fn term_start(text: &str) -> Option<usize> {
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        let taken = std::mem::take(&mut escaped);
        match c {
            '\\' => escaped = true,
            '"' if !taken => quoted = !quoted,
            _ if quoted => {}
            _ if c.is_whitespace() => start = at + c.len_utf8(),
            // Parentheses within a value belong to it.
            '(' if head(&text[start..]).is_none() => start = at + 1,
            '-' | '!' if at == start => start = at + 1,
            _ => {}
        }
    }
    (!quoted).then_some(start)
}

fn names(term: &str, at: Range<usize>, about: Option<Subject>) -> Vec<Completion> {
    let fields = fields().filter(|field| about.is_none_or(|about| field.subjects().contains(&about)));
    let ways: Vec<(String, &Field)> = fields
        .flat_map(|field| {
            let bare = (field.bare && !matches!(field.kind, Kind::Span)).then(|| field.name.to_owned());
            let sign = match field.kind {
                Kind::Party | Kind::Text | Kind::Name | Kind::Word(_) => Some(":"),
                Kind::Span | Kind::Number => Some(">"),
                Kind::Flag => None,
            };
            let signed = sign.map(|sign| format!("{}{sign}", field.name));
            bare.into_iter().chain(signed).map(move |way| (way, field))
        })
        .collect();
    // Its name goes before other names for it.
    let aliases: Vec<String> = ways.iter().map(|(_, field)| field.aliases.join(" ")).collect();
    let mut order = rank(term, ways.iter().map(|(_, field)| field.name));
    let named: HashSet<usize> = order.iter().map(|one| one.index).collect();
    order.extend(
        rank(term, aliases.iter().map(String::as_str)).into_iter().filter(|one| !named.contains(&one.index)),
    );
    let complete = order.into_iter().map(|one| {
        let (way, field) = &ways[one.index];
        Completion { at: at.clone(), text: way.clone(), help: field.help.into() }
    });
    complete.filter(|completion| completion.text != term).collect()
}

fn values(field: &Field, typed: &str, at: Range<usize>, model: &Model) -> Vec<Completion> {
    let ways: Vec<(String, Cow<'static, str>)> = match field.kind {
        Kind::Word(words) => {
            let none = field.bare.then_some(("none".to_owned(), "there is none".into()));
            // The service may have words that are not in the table.
            let further = seen(field, model)
                .into_iter()
                .filter(|(seen, _)| !seen.is_empty() && words.iter().all(|word| word.name != seen));
            let further = further.map(|(seen, help)| (quote(&seen), help));
            words
                .iter()
                .map(|word| (word.name.to_owned(), word.help.into()))
                .chain(none)
                .chain(further)
                .collect()
        }
        Kind::Span => ["10s", "30s", "60s", "2m", "5m", "20m", "1h"]
            .map(|span| (span.to_owned(), Cow::Borrowed(field.help)))
            .to_vec(),
        Kind::Party | Kind::Text | Kind::Name => {
            seen(field, model).into_iter().map(|(seen, help)| (in_quotes(&seen), help)).collect()
        }
        Kind::Number | Kind::Flag => Vec::new(),
    };
    let ranked = rank(typed, ways.iter().map(|(way, _)| way.as_str()));
    let complete = ranked.into_iter().map(|one| {
        let (way, help) = &ways[one.index];
        Completion { at: at.clone(), text: way.clone(), help: help.clone() }
    });
    complete.filter(|completion| completion.text != typed).collect()
}

/// What a field is on the floor now, with how many calls it is so for, the commonest first.
fn seen(field: &Field, model: &Model) -> Vec<(String, Cow<'static, str>)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    if field.name == "ctx" {
        counts.extend(model.contexts().iter().map(|context| (context.as_str(), 0)));
    }
    let sight = Sight { now: At::START, board: &Blank, others: Some(model) };
    for call in model.calls() {
        let value = match field.call.map(|read| read(call, &sight)) {
            Some(Reading::Text(text) | Reading::Party(text)) => text,
            _ => "",
        };
        if !value.is_empty() && (counts.len() < SEEN || counts.contains_key(value)) {
            *counts.entry(value).or_default() += 1;
        }
    }
    let mut seen: Vec<_> = counts.into_iter().collect();
    seen.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let help = |count| match count {
        0 => Cow::Borrowed("taken, no call now"),
        1 => "1 call".into(),
        count => format!("{count} calls").into(),
    };
    seen.into_iter().map(|(value, count)| (value.to_owned(), help(count))).collect()
}

/// A value as it is typed: in quotes where it would else end early or mean more.
fn in_quotes(value: &str) -> String {
    let plain = value.chars().all(|c| !c.is_whitespace() && !matches!(c, '|' | '(' | ')' | '"' | '*'));
    if plain { value.to_owned() } else { quote(value) }
}

fn quote(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\\\""))
}
