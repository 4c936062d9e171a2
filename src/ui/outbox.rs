//! Acts on their way out: held while they can be taken back, sent one after another, each with what became of it.
//!
//! An act on several calls leaves paced; whatever changed since it was agreed to is skipped and named. When the link
//! goes, what has not left never leaves.

use std::time::Duration;

use super::availability;
use super::msg::Effect;
use crate::calling::Ask;
use crate::catalog;
use crate::model::{Act, Action, Bulk, Ending, Fate, Model, Why};
use crate::protocol::id::IdSource;
use crate::protocol::{CallId, ControlId, Shown};
use crate::time::At;

/// How far an item has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It has not left.
    Waiting,
    /// It was not sent, and will not be: why.
    Skipped(Shown),
    /// It left; nothing is known yet.
    Asked(At),
    /// The service did as asked.
    Done(Shown),
    /// It did not: why.
    Failed(Shown),
    /// Nobody knows whether it did: why. It is never asked again from here.
    Unknown(Shown),
}

/// What is asked on one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The call; none for a dial.
    pub call: Option<CallId>,
    /// Who talks to whom on it.
    pub who: Shown,
    /// What is asked.
    pub asks: Vec<Ask>,
    /// How far it has come.
    pub progress: Progress,
}

/// What an act waits for before it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// A moment.
    Until(At),
    /// The end of an action on a call.
    Ends(CallId, ControlId),
}

impl Hold {
    fn is_over(&self, model: &Model, now: At) -> bool {
        match self {
            Self::Until(until) => *until <= now,
            Self::Ends(call, action) => {
                let action = model.call(call).and_then(|call| call.action(action));
                action.is_none_or(Action::is_over)
            }
        }
    }
}

/// How many items of an act have come how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// They have not left.
    pub waiting: usize,
    /// They were not sent, and will not be.
    pub left_out: usize,
    /// They left, and have no outcome yet.
    pub asked: usize,
    /// Done as asked.
    pub done: usize,
    /// Refused or failed.
    pub failed: usize,
    /// Nobody knows.
    pub unknown: usize,
}

impl Counts {
    /// How many have left.
    #[must_use]
    pub const fn sent(&self) -> usize {
        self.asked + self.done + self.failed + self.unknown
    }
}

/// One act, on one call or on several.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Its number.
    pub number: u64,
    /// What is done, such as `hang up`.
    pub title: Shown,
    /// The method, where it is one of the catalogue.
    pub method: Option<&'static str>,
    /// Why it is done; for an act on several calls its place in that comes with each.
    pub why: Why,
    /// The calls.
    pub items: Vec<Item>,
    /// What it waits for; nothing leaves before, and it can be taken back.
    pub held: Option<Hold>,
    /// When the next item may leave.
    next: At,
    /// How often the link had been lost when it was asked for.
    gaps: Option<u32>,
}

/// All acts that are on their way, and the latest that were.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    batches: Vec<Batch>,
    numbers: u64,
}

/// Between two items of a batch.
const PACE: Duration = Duration::from_millis(100);
/// So many batches are remembered.
const KEPT: usize = 16;

impl Item {
    /// An item that has not left.
    #[must_use]
    pub const fn new(call: Option<CallId>, who: Shown, asks: Vec<Ask>) -> Self {
        Self { call, who, asks, progress: Progress::Waiting }
    }
}

impl Batch {
    /// An act on these calls.
    #[must_use]
    pub fn new(title: Shown, method: Option<&'static str>, items: Vec<Item>) -> Self {
        Self { number: 0, title, method, why: Why::default(), items, held: None, next: At::START, gaps: None }
    }

    /// Whether it hangs calls up.
    #[must_use]
    pub fn hangs_up(&self) -> bool {
        self.method == Some("hangup")
    }

    /// How far its items have come.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for item in &self.items {
            match item.progress {
                Progress::Waiting => counts.waiting += 1,
                Progress::Skipped(_) => counts.left_out += 1,
                Progress::Asked(_) => counts.asked += 1,
                Progress::Done(_) => counts.done += 1,
                Progress::Failed(_) => counts.failed += 1,
                Progress::Unknown(_) => counts.unknown += 1,
            }
        }
        counts
    }

    /// Leaves out what no longer fits. Gives how many that were.
    pub fn recount(&mut self, model: &Model) -> usize {
        let mut out = 0;
        for item in self.items.iter_mut().filter(|item| item.progress == Progress::Waiting) {
            if let Err(why) = fits(self.method, item, model) {
                item.progress = Progress::Skipped(Shown::new(&why));
                out += 1;
            }
        }
        out
    }

    /// Whether some items have not left.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.items.iter().any(|item| item.progress == Progress::Waiting)
    }

    fn leave(&mut self, model: &Model, now: At, effects: &mut Vec<Effect>) {
        // What waits while the link goes does not leave by itself when it is back.
        let gaps = model.stats().reconnects;
        let lost = (*self.gaps.get_or_insert(gaps) != gaps).then_some("the link was lost meanwhile");
        if let Some(why) = model.link().why_not().or(lost.map(Shown::from)) {
            self.held = None;
            self.skip_rest(&Shown::new(&format!("not sent: {why}")));
            return;
        }
        if self.held.as_ref().is_some_and(|hold| !hold.is_over(model, now)) {
            return;
        }
        self.held = None;
        while self.next <= now {
            let position = self.counts().sent() + 1;
            let Some(item) = self.items.iter_mut().find(|item| item.progress == Progress::Waiting) else {
                return;
            };
            let bulk = self.why.bulk.clone().map(|bulk| Bulk { position, ..bulk });
            let why = Why { bulk, ..self.why.clone() };
            item.progress = match fits(self.method, item, model) {
                Ok(()) => {
                    effects.extend(item.asks.iter().map(|ask| Effect::Submit(ask.clone(), why.clone())));
                    self.next = now + PACE;
                    Progress::Asked(now)
                }
                Err(why) => Progress::Skipped(Shown::new(&why)),
            };
        }
    }

    fn skip_rest(&mut self, why: &Shown) -> usize {
        let waiting = self.items.iter_mut().filter(|item| item.progress == Progress::Waiting);
        waiting.map(|item| item.progress = Progress::Skipped(why.clone())).count()
    }

    /// Looks what became of what has left.
    fn observe(&mut self, model: &Model) {
        for item in &mut self.items {
            let Progress::Asked(at) = item.progress else { continue };
            let endings: Option<Vec<_>> = item.asks.iter().map(|ask| ending(model, ask, at)).collect();
            let Some(endings) = endings else { continue };
            let worst = |fate: Fate| endings.iter().find(|ending| ending.fate == fate);
            // What nobody knows goes before what is known to have failed: it must not be asked again.
            item.progress = if let Some(unknown) = worst(Fate::Unknown) {
                Progress::Unknown(unknown.text.clone())
            } else if let Some(bad) = endings.iter().find(|ending| ending.fate != Fate::Accepted) {
                Progress::Failed(bad.text.clone())
            } else {
                Progress::Done("ok".into())
            };
        }
    }
}

/// How the command of an ask ended that left at this moment; the same may have been asked again since then.
fn ending<'a>(model: &'a Model, ask: &Ask, at: At) -> Option<&'a Ending> {
    let is_it = |act: &&std::sync::Arc<Act>| match ask {
        // A dial names a call only to say over whose connection.
        Ask::Invoke { method, id, .. } if *method == "dial" => {
            act.tag.as_ref().is_some_and(|tag| tag.as_str() == id.as_str())
        }
        Ask::Invoke { method, call, .. } => act.method == *method && act.call == *call,
        Ask::Control { call, control_id, control, .. } => {
            act.method == control.suffix()
                && act.call.as_ref() == Some(call)
                && act.control.as_ref() == Some(control_id)
        }
        Ask::Probe { .. } | Ask::Contexts { .. } => false,
    };
    let since = model.acts().iter().rev().take_while(|act| act.now.at >= at);
    since.filter(is_it).last()?.ending.as_ref()
}

impl Outbox {
    /// Takes an act. It leaves when what it waits for is there, or at once.
    pub fn put(&mut self, mut batch: Batch, held: Option<Hold>, now: At) -> u64 {
        self.numbers += 1;
        batch.number = self.numbers;
        batch.held = held;
        batch.next = now;
        if self.batches.len() >= KEPT
            && let Some(oldest) = self.batches.iter().position(|batch| !batch.is_waiting())
        {
            self.batches.remove(oldest);
        }
        self.batches.push(batch);
        self.numbers
    }

    /// Sends what is due, and looks what became of what was sent. Gives the act on one call that was not sent, and
    /// why; acts on several tell it themselves.
    pub fn turn(&mut self, model: &Model, now: At, effects: &mut Vec<Effect>) -> Option<Shown> {
        let mut news = None;
        for batch in &mut self.batches {
            batch.observe(model);
            if batch.is_waiting() {
                batch.leave(model, now, effects);
                if let [Item { progress: Progress::Skipped(why), .. }] = &batch.items[..] {
                    news = Some(Shown::new(&format!("{why}; nothing was sent ({})", batch.title)));
                }
            }
        }
        news
    }

    /// An ask did not become a command.
    pub fn rejected(&mut self, ask: &Ask, why: &Shown) {
        let items = self.batches.iter_mut().rev().flat_map(|batch| &mut batch.items);
        for item in
            items.filter(|item| matches!(item.progress, Progress::Asked(_)) && item.asks.contains(ask))
        {
            item.progress = Progress::Failed(why.clone());
        }
    }

    /// When there is something to do.
    #[must_use]
    pub fn wake_at(&self) -> Option<At> {
        let waiting = self.batches.iter().filter(|batch| batch.is_waiting());
        let wake = |batch: &Batch| match &batch.held {
            Some(Hold::Until(until)) => Some(*until),
            // The change of the model that ends the action is told.
            Some(Hold::Ends(..)) => None,
            None => Some(batch.next),
        };
        waiting.filter_map(wake).min()
    }

    /// The acts that wait for something, and for what, the newest last.
    pub fn held(&self) -> impl DoubleEndedIterator<Item = (&Batch, &Hold)> {
        self.leaving().filter_map(|batch| Some((batch, batch.held.as_ref()?)))
    }

    /// The acts that are leaving.
    pub fn leaving(&self) -> impl DoubleEndedIterator<Item = &Batch> {
        self.batches.iter().filter(|batch| batch.is_waiting())
    }

    /// The newest act on several calls.
    #[must_use]
    pub fn newest(&self) -> Option<&Batch> {
        self.batches.iter().rev().find(|batch| batch.items.len() > 1)
    }

    /// The act of this number.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<&Batch> {
        self.batches.iter().find(|batch| batch.number == number)
    }

    /// Takes back what has not left of the newest act. Gives its title, how many were taken back, and how many had
    /// left.
    pub fn take_back(&mut self) -> Option<(Shown, usize, usize)> {
        let batch = self.batches.iter_mut().rev().find(|batch| batch.is_waiting())?;
        let left = batch.counts().sent();
        let back = batch.skip_rest(&"taken back".into());
        batch.held = None;
        Some((batch.title.clone(), back, left))
    }

    /// What failed of an act is to be asked again, each as an ask of its own. Gives how many those are.
    pub fn again(&mut self, number: u64, hold: Option<Hold>, now: At, ids: &mut IdSource) -> usize {
        let Some(batch) = self.batches.iter_mut().find(|batch| batch.number == number) else { return 0 };
        let mut count = 0;
        // Of several asks some may have had their effect.
        let whole = |item: &&mut Item| matches!(item.progress, Progress::Failed(_)) && item.asks.len() == 1;
        for item in batch.items.iter_mut().filter(whole) {
            item.progress = Progress::Waiting;
            count += 1;
            for ask in &mut item.asks {
                if let Ask::Invoke { id, .. } = ask {
                    *id = ids.next();
                }
            }
        }
        if count > 0 {
            batch.held = hold;
            batch.next = now;
            batch.gaps = None;
        }
        count
    }

    /// Whether a hang-up of this call has not left yet.
    #[must_use]
    pub fn hanging_up(&self, call: &CallId) -> bool {
        let waiting = |item: &Item| item.progress == Progress::Waiting && item.call.as_ref() == Some(call);
        self.leaving().any(|batch| batch.hangs_up() && batch.items.iter().any(waiting))
    }
}

/// Whether what is asked still makes sense on the call; if not, why.
pub(super) fn fits(method: Option<&'static str>, item: &Item, model: &Model) -> Result<(), String> {
    match method.and_then(catalog::method) {
        Some(method) => availability::of_method(model, method, item.call.as_ref()),
        None => item
            .call
            .as_ref()
            .and_then(|id| model.call(id))
            .filter(|call| call.is_live())
            .map(|_| ())
            .ok_or_else(|| "the call has ended".to_owned()),
    }
}
