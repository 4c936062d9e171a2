//! The filter grammar: one way to say which calls are meant, for the list, marks, saved views, alert rules, waits
//! and scripts; and for rules, what the link and the floor must be like.
//!
//! | Written | Means |
//! |---|---|
//! | `acme desk` | both are somewhere in its parties, context, state, reason, direction, id, tag or note |
//! | `"two words"` | exactly this text; a `*` in quotes is a star |
//! | `1202` | digits: across the blanks and signs of a number |
//! | `/acme.*desk/` | a regular expression |
//! | `state:ringing`, `dir=in` | the field is this word; `!=` for the opposite |
//! | `reason:busy\|noAnswer` | one of several; `\|` without blanks joins its neighbours first |
//! | `to:+44*`, `ctx:sup*` | with `*` the value is the whole |
//! | `from~^\+1(202\|303)` | a regular expression, up to the next blank |
//! | `age>60s`, `acts>=2` | comparisons: `60s`, `1m30s`, `2h`, `500ms`; a bare number is seconds |
//! | `rec`, `mine`, `overdue` | the name alone: it is so, there is one |
//! | `-rec`, `!rec`, `not rec` | the opposite; also of `(…)` |
//! | `a b`, `a and b` | both |
//! | `a or b`, `a \| b` | one of them; `or` binds less than blanks |
//!
//! [`fields`] are everything that can be asked about. Asking a call does not allocate.

mod complete;
pub mod field;
mod lex;
mod parse;
mod pattern;
pub mod rank;
mod reading;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

pub use complete::{Completion, complete};
pub use field::{FIELDS, Field, Kind, Word, fields};
pub use rank::{Ranked, nearest, rank};

use field::OfFloor;
pub(crate) use pattern::{Pattern, Reach};
use reading::Reading;

use crate::model::{Call, Dial, Model};
use crate::protocol::{CallId, Shown};
use crate::time::At;
use crate::wall::{self, Unit};

/// What a filter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Each call by itself.
    Call,
    /// The connection.
    Link,
    /// All calls together, or those of a context.
    Floor,
}

/// How grave an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth a look.
    Warn,
    /// Somebody must act.
    Act,
}

impl Level {
    /// The level in a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Act => "act",
        }
    }
}

/// What the console itself knows of a call.
pub trait Board {
    /// Whether it is marked.
    fn is_marked(&self, call: &CallId) -> bool;
    /// The gravest alert that is open on it.
    fn alert(&self, call: &CallId) -> Option<Level>;
}

/// A board with nothing on it.
#[derive(Debug, Clone, Copy)]
pub struct Blank;

impl Board for Blank {
    fn is_marked(&self, _: &CallId) -> bool {
        false
    }

    fn alert(&self, _: &CallId) -> Option<Level> {
        None
    }
}

/// Everything beside the call that a filter looks at.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// The moment.
    pub now: At,
    /// What the console itself knows.
    pub board: &'a dyn Board,
    /// Whose calls they are and who looks at them; none where that is not asked.
    pub others: Option<&'a Model>,
}

/// The numbers of all calls together, or of one context.
#[derive(Debug, Clone, Copy)]
pub struct Floor<'a> {
    board: &'a wall::Board,
    figures: &'a wall::Figures,
    context: Option<&'a Shown>,
}

impl<'a> Floor<'a> {
    /// All calls together.
    #[must_use]
    pub const fn whole(board: &'a wall::Board) -> Self {
        Self { board, figures: &board.total, context: None }
    }

    /// Each context by itself.
    pub fn contexts(board: &'a wall::Board) -> impl Iterator<Item = Self> {
        let named = board.contexts.iter().filter(|(name, _)| !name.as_str().is_empty());
        named.map(move |(name, figures)| Self { board, figures, context: Some(name) })
    }

    /// The context; `None` for all calls together.
    #[must_use]
    pub const fn context(&self) -> Option<&'a Shown> {
        self.context
    }

    fn read(&self, field: Option<&Field>) -> Reading<'a> {
        match field.and_then(|field| field.floor) {
            None => Reading::Nothing,
            Some(OfFloor::Context) => {
                self.context.map_or(Reading::Nothing, |name| Reading::Text(name.as_str()))
            }
            // A single call that fails must not ring.
            Some(OfFloor::Metric(metric)) if metric.cases(self.figures).is_some_and(crate::wall::are_few) => {
                Reading::Nothing
            }
            Some(OfFloor::Metric(metric)) => match (metric.unit, metric.value(self.board, self.figures)) {
                (_, None) => Reading::Nothing,
                (Unit::Clock | Unit::Delay, Some(seconds)) => {
                    Duration::try_from_secs_f64(seconds).map_or(Reading::Nothing, Reading::Span)
                }
                (Unit::Count | Unit::Percent | Unit::PerSecond, Some(number)) => Reading::Number(number),
            },
        }
    }
}

/// A question, as it was typed and ready to be asked.
#[derive(Clone)]
pub struct Filter {
    text: Arc<str>,
    root: Arc<Node>,
    subject: Option<Subject>,
}

/// What is wrong with a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The bytes of the text that are to blame; never empty, unless the text is.
    pub at: Range<usize>,
    /// What is wrong and what to write instead.
    pub what: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for FilterError {}

#[derive(Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

/// One term.
#[derive(Debug)]
struct Test {
    /// What it asks about; every text of a call when there is none.
    field: Option<&'static Field>,
    want: Want,
}

#[derive(Debug)]
enum Want {
    /// It is so, or there is one.
    Has,
    /// It is like one of these.
    Like(Vec<Pattern>),
    Span(Cmp, Duration),
    Number(Cmp, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cmp {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

impl Cmp {
    fn holds<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Self::Less => a < b,
            Self::AtMost => a <= b,
            Self::Equal => a == b,
            Self::AtLeast => a >= b,
            Self::More => a > b,
        }
    }

    /// Spans are equal when they read the same: in whole seconds, unless milliseconds were asked for.
    fn holds_span(self, a: Duration, b: Duration) -> bool {
        match self {
            Self::Equal if b.subsec_nanos() == 0 => a.as_secs() == b.as_secs(),
            Self::Equal => a.as_millis() == b.as_millis(),
            Self::Less | Self::AtMost | Self::AtLeast | Self::More => self.holds(&a, &b),
        }
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self { text: "".into(), root: Arc::new(Node::All(Vec::new())), subject: None }
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Filter {}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({:?})", self.text)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Filter {
    /// Reads what was typed, about anything.
    ///
    /// # Errors
    /// With the place that is wrong and what to write instead.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text, None)
    }

    /// Reads what was typed, where it must be about this.
    ///
    /// # Errors
    /// As [`Filter::parse`], and for what is about something else.
    pub fn parse_about(text: &str, subject: Subject) -> Result<Self, FilterError> {
        parse::parse(text, Some(subject))
    }

    /// What was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it lets everything through.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.subject.is_none()
    }

    /// What it is about; `None` when it is empty.
    #[must_use]
    pub const fn subject(&self) -> Option<Subject> {
        self.subject
    }

    /// Whether it lets this call through.
    #[must_use]
    pub fn shows(&self, call: &Call, sight: &Sight<'_>) -> bool {
        self.root.holds(&|test| test.call(call, sight))
    }

    /// Whether it lets this dial through, which is a call to be.
    #[must_use]
    pub fn shows_dial(&self, dial: &Dial, sight: &Sight<'_>) -> bool {
        self.root.holds(&|test| test.dial(dial, sight.now))
    }

    /// Whether the link is as it says.
    #[must_use]
    pub fn holds_for_link(&self, model: &Model, now: At) -> bool {
        self.root.holds(&|test| {
            let read = test.field.and_then(|field| field.link);
            read.is_some_and(|read| test.fits(&read(model, now)))
        })
    }

    /// Whether the floor is as it says, or one context of it (`None` for all calls together).
    #[must_use]
    pub fn holds_for_floor(&self, floor: &Floor<'_>) -> bool {
        self.root.holds(&|test| test.fits(&floor.read(test.field)))
    }

    /// Whether it asks about ended calls: the list then shows all that are remembered.
    #[must_use]
    pub fn mentions_ended(&self) -> bool {
        self.root.asks(true, &|test| match test.field.map(|field| field.name) {
            Some("began" | "ended" | "reason") => true,
            Some("state") => match &test.want {
                Want::Like(patterns) => patterns.iter().any(|pattern| pattern.fits("ended")),
                Want::Has | Want::Span(..) | Want::Number(..) => false,
            },
            _ => false,
        })
    }

    /// Whether it names a field, in either sense.
    #[must_use]
    pub fn names(&self, field: &str) -> bool {
        let named = |test: &Test| test.field.is_some_and(|other| other.name == field);
        self.root.asks(true, &named) || self.root.asks(false, &named)
    }
}

impl Node {
    fn holds(&self, test: &impl Fn(&Test) -> bool) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(test)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(test)),
            Self::Not(node) => !node.holds(test),
            Self::Test(one) => test(one),
        }
    }

    /// Whether a term that is asked for in this sense (or in the opposite one) is like that.
    fn asks(&self, sense: bool, is: &impl Fn(&Test) -> bool) -> bool {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().any(|node| node.asks(sense, is)),
            Self::Not(node) => node.asks(!sense, is),
            Self::Test(test) => sense && is(test),
        }
    }
}

impl Test {
    fn call(&self, call: &Call, sight: &Sight<'_>) -> bool {
        if let Some(field) = self.field {
            return field.call.is_some_and(|read| self.fits(&read(call, sight)));
        }
        let Want::Like(patterns) = &self.want else { return false };
        patterns.iter().any(|pattern| {
            let plain = [
                call.state.as_str(),
                call.context.as_ref().map_or("", |text| text.as_str()),
                call.end_reason.as_ref().map_or("", |text| text.as_str()),
                call.direction.as_ref().map_or("", |text| text.as_str()),
                call.note.as_ref().map_or("", |note| note.text.as_str()),
            ];
            // A few digits are a part of a number, and are found in every other id.
            let ids = [call.id.as_str(), call.tag.as_ref().map_or("", |tag| tag.as_str())];
            pattern.fits_party(call.from.as_str())
                || pattern.fits_party(call.to.as_str())
                || plain.into_iter().any(|text| pattern.fits(text))
                || !pattern.is_number() && ids.into_iter().any(|text| pattern.fits(text))
        })
    }

    fn dial(&self, dial: &Dial, now: At) -> bool {
        if let Some(field) = self.field {
            return field.dial.is_some_and(|read| self.fits(&read(dial, now)));
        }
        let Want::Like(patterns) = &self.want else { return false };
        patterns.iter().any(|pattern| {
            pattern.fits_party(dial.what.as_str())
                || pattern.fits("dial")
                || !pattern.is_number() && pattern.fits(dial.tag.as_str())
        })
    }

    fn fits(&self, reading: &Reading<'_>) -> bool {
        match (&self.want, reading) {
            (_, Reading::Nothing | Reading::Text("") | Reading::Party("")) => false,
            (Want::Has, Reading::Flag(is)) => *is,
            (Want::Has, Reading::Running(call)) => call.running().next().is_some(),
            (Want::Has, Reading::Eyes(model, call)) => model.eyes(call).next().is_some(),
            (Want::Has, Reading::Unsure(_)) => false,
            (Want::Has, Reading::Number(number)) => *number > 0.0,
            (Want::Has, Reading::Text(_) | Reading::Party(_) | Reading::Span(_)) => true,
            (Want::Like(patterns), Reading::Text(text) | Reading::Unsure(text)) => {
                patterns.iter().any(|pattern| pattern.fits(text))
            }
            (Want::Like(patterns), Reading::Party(text)) => {
                patterns.iter().any(|pattern| pattern.fits_party(text))
            }
            (Want::Like(patterns), Reading::Running(call)) => call
                .running()
                .any(|action| patterns.iter().any(|pattern| pattern.fits(reading::kind_word(action.kind)))),
            (Want::Like(patterns), Reading::Eyes(model, call)) => model
                .eyes(call)
                .any(|person| patterns.iter().any(|pattern| pattern.fits(person.name.as_str()))),
            (Want::Span(cmp, wanted), Reading::Span(span)) => cmp.holds_span(*span, *wanted),
            (Want::Number(cmp, wanted), Reading::Number(number)) => cmp.holds(number, wanted),
            (Want::Like(_), Reading::Flag(_) | Reading::Span(_) | Reading::Number(_))
            | (
                Want::Span(..),
                Reading::Flag(_)
                | Reading::Text(_)
                | Reading::Unsure(_)
                | Reading::Party(_)
                | Reading::Number(_)
                | Reading::Running(_)
                | Reading::Eyes(..),
            )
            | (
                Want::Number(..),
                Reading::Flag(_)
                | Reading::Text(_)
                | Reading::Unsure(_)
                | Reading::Party(_)
                | Reading::Span(_)
                | Reading::Running(_)
                | Reading::Eyes(..),
            ) => false,
        }
    }
}

#[cfg(test)]
pub(crate) mod staged;
#[cfg(test)]
mod tests;
