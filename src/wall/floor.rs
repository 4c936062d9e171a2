//! The floor and each context of it, as alert rules ask about them.

use super::{Board, Figures, metric};
use crate::filter::{Figure, FloorFigures};
use crate::protocol::Shown;

/// The whole floor, or one context of it.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The board it is on.
    pub board: &'a Board,
    /// Which context; none for the whole floor.
    pub context: Option<&'a Shown>,
    /// Its numbers.
    pub figures: &'a Figures,
}

impl Board {
    /// The whole floor, and each of its contexts that has a name.
    pub fn scopes(&self) -> impl Iterator<Item = Scope<'_>> {
        let whole = Scope { board: self, context: None, figures: &self.total };
        let named = self.contexts.iter().filter(|(name, _)| !name.as_str().is_empty());
        let contexts = named.map(|(name, figures)| Scope { board: self, context: Some(name), figures });
        std::iter::once(whole).chain(contexts)
    }
}

/// The metric of a figure.
const fn id(figure: Figure) -> &'static str {
    match figure {
        Figure::Live => "live",
        Figure::Created => "created",
        Figure::Ringing => "ringing",
        Figure::Answered => "answered",
        Figure::Ending => "ending",
        Figure::Stale => "stale",
        Figure::Attempts => "attempts",
        Figure::Asr => "asr",
        Figure::Acd => "acd",
        Figure::Short => "short",
        Figure::Longest => "longest",
        Figure::OldestRinging => "oldest_ringing",
        Figure::AnswerDelay => "answer_delay",
        Figure::PostDialDelay => "pdd",
        Figure::Failed => "failed",
        Figure::Machines => "amd",
        Figure::Undecided => "amd_unknown",
        Figure::AmdDelay => "amd_delay",
        Figure::Recorded => "recorded",
        Figure::NotRecorded => "not_recorded",
        Figure::DialRate => "cps",
    }
}

impl FloorFigures for Scope<'_> {
    fn context(&self) -> Option<&str> {
        self.context.map(Shown::as_str)
    }

    /// A share of fewer than five cases is none: a single call that fails must not ring.
    fn figure(&self, figure: Figure) -> Option<f64> {
        let metric = metric(id(figure))?;
        // What is of the connection is of no context.
        let has = self.context.is_none() || metric.has_contexts();
        let few = metric.cases(self.figures).is_some_and(super::limit::are_few);
        metric.value(self.board, self.figures).filter(|_| has && !few)
    }
}
