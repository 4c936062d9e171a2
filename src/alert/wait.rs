//! Waiting for something, once: it comes true, or it is said why it will not.

use std::collections::HashSet;

use super::{About, News, NewsEvent, ending, floors, who};
use crate::filter::{Board, Filter, Sight, Subject};
use crate::model::{Call, Model};
use crate::protocol::{CallId, Shown};
use crate::time::Now;
use crate::wall;

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// The call is answered.
    Answered,
    /// It has ended.
    Ended,
    /// A recording runs on it.
    Recorded,
    /// It is as a filter says.
    Filter(Filter),
}

/// On what it is waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitOn {
    /// This call.
    Call(CallId),
    /// The next call that becomes so; the link; the floor: whatever the filter is about.
    Any,
}

/// One thing that somebody wants to be told.
#[derive(Debug, Clone)]
pub struct Wait {
    /// Its number; they never repeat.
    pub number: u64,
    /// On what.
    pub on: WaitOn,
    /// What must come true.
    pub goal: Goal,
    /// Whom it is about, in words; known even when the call is forgotten.
    pub who: Shown,
    /// Since when it is waited.
    pub since: Now,
    filter: Filter,
    /// Calls that are so already. They count again only once they were not.
    already: HashSet<CallId>,
}

impl Goal {
    /// The same as a filter.
    fn filter(&self) -> Filter {
        let text = match self {
            Self::Answered => "answered",
            Self::Ended => "ended",
            Self::Recorded => "rec",
            Self::Filter(filter) => return filter.clone(),
        };
        Filter::parse(text).unwrap_or_default()
    }

    /// In a few words: what is waited for.
    #[must_use]
    pub fn words(&self) -> Shown {
        match self {
            Self::Answered => "is answered".into(),
            Self::Ended => "ends".into(),
            Self::Recorded => "is recorded".into(),
            Self::Filter(filter) => Shown::new(filter.text()),
        }
    }

    fn came(&self, who: &Shown) -> Shown {
        Shown::new(&match self {
            Self::Answered => format!("{who} is answered"),
            Self::Ended => format!("{who} has ended"),
            Self::Recorded => format!("{who} is recorded"),
            Self::Filter(filter) => format!("{who}: {filter}"),
        })
    }

    fn missed(&self) -> String {
        match self {
            Self::Answered => "before it was answered".into(),
            Self::Ended => "before its end was heard of".into(),
            Self::Recorded => "before it was recorded".into(),
            Self::Filter(filter) => format!("before this came true: {filter}"),
        }
    }

    /// Why there is nothing to wait for on this call: it is so, or can no longer be.
    pub(super) fn pointless(&self, call: &Call, sight: &Sight<'_>) -> Option<Shown> {
        if self.filter().shows(call, sight) {
            return Some(match self {
                Self::Answered => "it is answered already".into(),
                Self::Ended => "it has ended already".into(),
                Self::Recorded => "it is recorded already".into(),
                Self::Filter(_) => "this is so already".into(),
            });
        }
        (!call.is_live()).then(|| Shown::new(&format!("{}; nothing more will come", ending(call))))
    }
}

impl Wait {
    pub(super) fn new(number: u64, on: WaitOn, goal: Goal, who: Shown, since: Now) -> Self {
        Self { number, on, filter: goal.filter(), goal, who, since, already: HashSet::new() }
    }

    /// Notes which calls are so already. Gives how many.
    pub(super) fn begin(&mut self, model: &Model, sight: &Sight<'_>) -> usize {
        if self.on == WaitOn::Any && self.filter.subject() == Some(Subject::Call) {
            let so = model.calls().filter(|call| self.filter.shows(call, sight));
            self.already = so.map(|call| call.id.clone()).collect();
        }
        self.already.len()
    }

    /// Whether it costs little to ask.
    pub(super) fn is_cheap(&self) -> bool {
        self.on != WaitOn::Any
    }

    pub(super) const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Looks whether it came true, or never will.
    pub(super) fn look(
        &mut self,
        model: &Model,
        board: &dyn Board,
        floor: Option<&wall::Board>,
        now: Now,
    ) -> Option<News> {
        let sight = Sight { now: now.at, board, others: Some(model) };
        match &self.on {
            WaitOn::Call(id) => match model.call(id) {
                Some(call) if self.filter.shows(call, &sight) => {
                    let reason = call.end_reason.as_ref().filter(|_| self.goal == Goal::Ended);
                    let text = self.goal.came(&self.who);
                    let text = reason.map_or(text.clone(), |reason| Shown::new(&format!("{text}: {reason}")));
                    Some(self.news(NewsEvent::Came, About::Call(id.clone()), text))
                }
                // What asks how long ago it ended can still come true.
                Some(call) if call.is_live() || self.filter.names("ended") => None,
                Some(call) => Some(self.missed(id, &ending(call))),
                None => Some(self.missed(id, "the call is no longer known")),
            },
            WaitOn::Any => match self.filter.subject() {
                Some(Subject::Call) => self.look_at_calls(model, &sight),
                Some(Subject::Link) => {
                    let came = self.filter.holds_for_link(model, now.at);
                    came.then(|| self.news(NewsEvent::Came, About::Link, self.goal.came(&"link".into())))
                }
                Some(Subject::Floor) => {
                    let mut floors = floors(floor, self.filter.names("ctx")).into_iter();
                    let about = About::floor(&floors.find(|floor| self.filter.holds_for_floor(floor))?);
                    let text = self.goal.came(&about.words());
                    Some(self.news(NewsEvent::Came, about, text))
                }
                None => None,
            },
        }
    }

    fn look_at_calls(&mut self, model: &Model, sight: &Sight<'_>) -> Option<News> {
        let so: Vec<&Call> = model.calls().filter(|call| self.filter.shows(call, sight)).collect();
        if let Some(call) = so.iter().rev().find(|call| !self.already.contains(&call.id)) {
            let (id, text) = (call.id.clone(), self.goal.came(&who(call)));
            return Some(self.news(NewsEvent::Came, About::Call(id), text));
        }
        if so.len() < self.already.len() {
            self.already = so.into_iter().map(|call| call.id.clone()).collect();
        }
        None
    }

    fn missed(&self, id: &CallId, why: &str) -> News {
        let text = Shown::new(&format!("{}: {why} {}", self.who, self.goal.missed()));
        self.news(NewsEvent::Missed, About::Call(id.clone()), text)
    }

    fn news(&self, event: NewsEvent, about: About, text: Shown) -> News {
        News { event, number: self.number, about, level: None, text, rings: true }
    }
}
