//! A rule: what must not be, or must be, and for how long it is borne with.

use std::fmt;
use std::time::Duration;

use crate::filter::{Filter, FilterError, Level, Subject};
use crate::protocol::Shown;

/// A condition that is worth an alert, in one level or two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it is called.
    pub name: Shown,
    /// What is worth a look.
    pub warn: Option<Filter>,
    /// What somebody must act on.
    pub act: Option<Filter>,
    /// How long it must be so before it is said.
    pub hold: Duration,
    /// Whether the bell rings.
    pub notify: bool,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The level whose filter it is; `None` when it is the rule as a whole.
    pub level: Option<Level>,
    /// What is wrong, and where in that filter.
    pub error: FilterError,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "{}: {}", level.word(), self.error),
            None => write!(f, "{}", self.error),
        }
    }
}

impl std::error::Error for RuleError {}

impl Rule {
    /// A rule from what was written; an empty filter is none.
    ///
    /// # Errors
    /// For each level that cannot be read, and when there is none, or both are about different things.
    pub fn new(
        name: &str,
        warn: &str,
        act: &str,
        hold: Duration,
        notify: bool,
    ) -> Result<Self, Vec<RuleError>> {
        let mut errors = Vec::new();
        let mut read = |level: Level, text: &str| {
            let filter =
                condition(text).map_err(|error| errors.push(RuleError { level: Some(level), error }));
            filter.ok().filter(|filter| !filter.is_empty())
        };
        let (warn, act) = (read(Level::Warn, warn), read(Level::Act, act));
        let subjects = (warn.as_ref().and_then(Filter::subject), act.as_ref().and_then(Filter::subject));
        let what = match subjects {
            (None, None) => "a rule needs `warn`, `act` or both",
            (Some(one), Some(other)) if one != other => "`warn` and `act` must ask about the same thing",
            _ => "",
        };
        if errors.is_empty() && !what.is_empty() {
            errors.push(RuleError { level: None, error: FilterError { at: 0..0, what: what.into() } });
        }
        if errors.is_empty() {
            Ok(Self { name: Shown::new(name), warn, act, hold, notify })
        } else {
            Err(errors)
        }
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        let filter = self.act.as_ref().or(self.warn.as_ref());
        filter.and_then(Filter::subject).unwrap_or(Subject::Call)
    }

    /// Whether either filter names a field.
    pub(super) fn names(&self, field: &str) -> bool {
        self.filters().any(|filter| filter.names(field))
    }

    /// Whether it asks about calls that have ended.
    pub(super) fn mentions_ended(&self) -> bool {
        self.filters().any(Filter::mentions_ended)
    }

    fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.warn.iter().chain(&self.act)
    }
}

/// Reads a filter that rules and waits are held against: it cannot ask whether there are alerts.
///
/// # Errors
/// As [`Filter::parse`], and when it asks about alerts.
pub fn condition(text: &str) -> Result<Filter, FilterError> {
    let filter = Filter::parse(text)?;
    if filter.names("alert") {
        let at = text.find("alert").map_or(0..text.len(), |at| at..at + "alert".len());
        return Err(FilterError {
            at,
            what: "alerts cannot be asked about here; they follow from this".into(),
        });
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_said_at_once() {
        let hold = Duration::ZERO;
        let errors = Rule::new("x", "stat:up", "age>", hold, true).unwrap_err();
        assert_eq!(
            errors.iter().map(|error| error.level).collect::<Vec<_>>(),
            [Some(Level::Warn), Some(Level::Act)]
        );
        let said = |warn, act| Rule::new("x", warn, act, hold, true).unwrap_err()[0].to_string();
        assert_eq!(said("", " "), "a rule needs `warn`, `act` or both");
        assert_eq!(said("rec", "asr<40"), "`warn` and `act` must ask about the same thing");
        assert_eq!(said("mark alert", ""), "warn: alerts cannot be asked about here; they follow from this");
    }
}
