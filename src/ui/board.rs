//! What the board itself knows of calls, beside what the service reports: marks and alerts.

use super::marks::Marks;
use crate::alert::{Alert, Goal, News, Watch};
use crate::filter::{self, Filter, Level};
use crate::model::{Call, Model};
use crate::protocol::{CallId, Shown};
use crate::time::Now;
use crate::wall;

/// Marks and alerts.
#[derive(Debug, Default)]
pub struct Board {
    /// Calls that are marked.
    pub marks: Marks,
    /// Alerts and waits.
    pub watch: Watch,
    /// Alerts as they were when the display was frozen.
    pub held: Option<Watch>,
}

/// The board as alerts see it: they follow from the rest and do not look at themselves.
struct Rest<'a> {
    marks: &'a Marks,
}

impl Board {
    /// Alerts as the display has them: those of now, or of when it was frozen.
    #[must_use]
    pub fn shown(&self) -> &Watch {
        self.held.as_ref().unwrap_or(&self.watch)
    }

    fn split(&mut self) -> (&mut Watch, Rest<'_>) {
        (&mut self.watch, Rest { marks: &self.marks })
    }

    /// Looks at the floor for alerts and waits.
    pub(super) fn look(&mut self, model: &Model, floor: Option<&wall::Board>, now: Now) -> Vec<News> {
        let (watch, rest) = self.split();
        watch.look(model, &rest, floor, now)
    }

    /// Waits for something on a call.
    pub(super) fn wait_for_call(&mut self, call: &Call, goal: &Goal, now: Now) -> Result<u64, Shown> {
        let (watch, rest) = self.split();
        watch.wait_for_call(call, goal.clone(), &rest, now)
    }

    /// Waits for what a filter says.
    pub(super) fn wait_for_any(
        &mut self,
        filter: Filter,
        model: &Model,
        now: Now,
    ) -> Result<(u64, usize), Shown> {
        let (watch, rest) = self.split();
        watch.wait_for_any(filter, model, &rest, now)
    }
}

impl filter::Board for Board {
    fn is_marked(&self, call: &CallId) -> bool {
        self.marks.has(call)
    }

    fn alert(&self, call: &CallId) -> Option<Level> {
        self.shown().of(call).filter(|alert| Alert::is_live(alert)).map(|alert| alert.level)
    }
}

impl filter::Board for Rest<'_> {
    fn is_marked(&self, call: &CallId) -> bool {
        self.marks.has(call)
    }

    fn alert(&self, _: &CallId) -> Option<Level> {
        None
    }
}
