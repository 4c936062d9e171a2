//! When a number is bad: limits in pairs, for the floor or for one context.

use super::Metric;
use super::metric::{METRICS, Worse};
use crate::filter::Level;
use crate::protocol::Shown;

/// From where on a number is worth a look, and from where on something must be done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Beyond this it is worth a look. In the unit of the metric: percent, seconds, or a count.
    pub warn: f64,
    /// Beyond this something must be done.
    pub act: f64,
}

/// The limits of all metrics.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// What was set, latest last; the latest that fits counts. Without any the metric's own limit does.
    set: Vec<(&'static str, Option<Shown>, Option<Limit>)>,
}

/// There is no metric of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no metric")]
pub struct UnknownMetric(pub String);

/// Whether so few cases prove nothing: a share of them is never bad.
#[must_use]
pub const fn are_few(cases: usize) -> bool {
    cases < 5
}

impl Limits {
    /// Sets the limit of a metric, or takes it away: for one context, or for the floor and every context that has no
    /// limit of its own.
    ///
    /// # Errors
    /// When there is no such metric.
    pub fn set(
        &mut self,
        id: &str,
        context: Option<Shown>,
        limit: Option<Limit>,
    ) -> Result<(), UnknownMetric> {
        let metric = super::metric(id).ok_or_else(|| UnknownMetric(id.to_owned()))?;
        self.set.push((metric.id, context, limit));
        Ok(())
    }

    /// The limit of a metric in a context, or on the floor.
    #[must_use]
    pub fn of(&self, metric: &Metric, context: Option<&Shown>) -> Option<Limit> {
        let fits = |wanted: Option<&Shown>| {
            let mut latest = self.set.iter().rev().filter(|(id, ..)| *id == metric.id);
            latest.find(|(_, context, _)| context.as_ref() == wanted).map(|(.., limit)| *limit)
        };
        let own = context.and_then(|context| fits(Some(context)));
        own.or_else(|| fits(None)).unwrap_or(metric.limit)
    }

    /// How bad a value of a metric is, if it is, out of so many cases; the number of cases does not matter where it
    /// is none.
    #[must_use]
    pub fn level(
        &self,
        metric: &Metric,
        context: Option<&Shown>,
        value: Option<f64>,
        cases: Option<usize>,
    ) -> Option<Level> {
        let (value, limit) = (value?, self.of(metric, context)?);
        if cases.is_some_and(are_few) {
            return None;
        }
        let beyond = |limit: f64| match metric.worse {
            Worse::Higher => value > limit,
            Worse::Lower => value < limit,
        };
        match (beyond(limit.warn), beyond(limit.act)) {
            (_, true) => Some(Level::Act),
            (true, false) => Some(Level::Warn),
            (false, false) => None,
        }
    }

    /// Whether any metric of this name exists, for completion.
    pub fn names() -> impl Iterator<Item = &'static str> {
        METRICS.iter().map(|metric| metric.id)
    }
}
