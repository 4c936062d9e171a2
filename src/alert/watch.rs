//! The machine that holds the floor against the rules and says what is new.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::rule::Rule;
use super::wait::{Goal, Wait, WaitOn};
use super::{About, Alert, Counts, News, NewsEvent, Standing, ending, floors, limit, who};
use crate::filter::{Board, Filter, Level, Sight, Subject};
use crate::model::{Call, Model};
use crate::protocol::{CallId, Shown};
use crate::time::{At, Now};
use crate::wall;

/// Everything about alerts and waits. Bounded: see [`limit`].
#[derive(Debug, Clone, Default)]
pub struct Watch {
    rules: Vec<Watched>,
    /// By number, so oldest first.
    alerts: BTreeMap<u64, Alert>,
    /// The gravest alert of each call that is neither put off nor cleared.
    by_call: HashMap<CallId, u64>,
    waits: Vec<Wait>,
    /// Alerts that are still so.
    live: usize,
    /// Conditions that are due and found no room in the list.
    unlisted: usize,
    looked: Option<At>,
    /// The number of this look, to tell what was not seen in it.
    round: u64,
    next: u64,
    rang: Option<About>,
}

/// A rule and the conditions that hold now.
#[derive(Debug, Clone)]
struct Watched {
    rule: Rule,
    /// Ended calls are looked at, too.
    ended: bool,
    /// Calls in doubt are looked at, too.
    doubtful: bool,
    held: HashMap<About, Held>,
}

/// Since when the conditions of both levels hold.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    warn: Option<Now>,
    act: Option<Now>,
    alert: Option<u64>,
    round: u64,
}

impl Held {
    /// The level that has been held long enough.
    fn due(&self, hold: Duration, now: At) -> Option<Level> {
        let long = |since: Option<Now>| since.is_some_and(|since| now.since(since.at) >= hold);
        if long(self.act) { Some(Level::Act) } else { long(self.warn).then_some(Level::Warn) }
    }

    fn since(&self) -> Option<Now> {
        [self.warn, self.act].into_iter().flatten().min_by_key(|now| now.at)
    }
}

impl Watch {
    /// A watch that holds the floor against these rules.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { rules: rules.into_iter().map(Watched::new).collect(), ..Self::default() }
    }

    /// The rules.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.iter().map(|watched| &watched.rule)
    }

    /// Takes other rules. Those that stay as they are keep their alerts; those of the others are cleared.
    pub fn set_rules(&mut self, rules: Vec<Rule>, now: Now) {
        let mut before = std::mem::take(&mut self.rules);
        let kept = rules.into_iter().map(|rule| {
            let place = before.iter().position(|watched| watched.rule == rule);
            place.map_or_else(|| Watched::new(rule), |place| before.swap_remove(place))
        });
        self.rules = kept.collect();
        for held in before.iter().flat_map(|watched| watched.held.values()) {
            if let Some(alert) = held.alert.and_then(|number| self.alerts.get_mut(&number)) {
                alert.standing = Standing::Cleared { at: now, why: "its rule was changed".into() };
            }
        }
        self.looked = None;
        self.index();
    }

    /// Whether it has to be told the figures of the floor.
    #[must_use]
    pub fn asks_floor(&self) -> bool {
        let waits = self.waits.iter().any(|wait| wait.filter().subject() == Some(Subject::Floor));
        waits || self.rules.iter().any(|watched| watched.rule.subject() == Subject::Floor)
    }

    /// Whether the rules are asked at the next look.
    #[must_use]
    pub fn is_due(&self, now: Now) -> bool {
        self.looked.is_none_or(|looked| now.at.since(looked) >= limit::EVERY)
    }

    /// When it wants to look again by itself.
    #[must_use]
    pub fn wake_at(&self, model: &Model, now: At) -> Option<At> {
        if self.rules.is_empty() && self.waits.is_empty() {
            return None;
        }
        let busy = model.live() > 0 || !self.waits.is_empty() || self.alerts.values().any(Alert::is_live);
        let every = if busy { limit::EVERY } else { limit::EVERY_IDLE };
        Some(self.looked.map_or(now, |looked| looked + every).max(now))
    }

    /// Looks at the floor; says what is new since the last look. May be called as often as anything changes: rules
    /// are asked once a second at most, waits on a call each time. `board` says nothing of alerts, which follow from
    /// this. `floor` are the numbers of the floor, if [`Watch::asks_floor`].
    pub fn look(
        &mut self,
        model: &Model,
        board: &dyn Board,
        floor: Option<&wall::Board>,
        now: Now,
    ) -> Vec<News> {
        let mut news = Vec::new();
        let due = self.is_due(now);
        self.waits.retain_mut(|wait| {
            let told = if due || wait.is_cheap() { wait.look(model, board, floor, now) } else { None };
            let open = told.is_none();
            news.extend(told);
            open
        });
        if due {
            self.looked = Some(now.at);
            self.round += 1;
            self.unlisted = 0;
            let mut rules = std::mem::take(&mut self.rules);
            let sight = Sight { now: now.at, board, others: Some(model) };
            for watched in &mut rules {
                self.hold(watched, model, &sight, floor, now, &mut news);
            }
            self.rules = rules;
            self.forget(now);
            self.index();
        }
        if let Some(last) = news.iter().rev().find(|news| news.rings) {
            self.rang = Some(last.about.clone());
        }
        news
    }

    /// Holds everything that a rule is about against it.
    fn hold(
        &mut self,
        watched: &mut Watched,
        model: &Model,
        sight: &Sight<'_>,
        floor: Option<&wall::Board>,
        now: Now,
        news: &mut Vec<News>,
    ) {
        let round = self.round;
        match watched.rule.subject() {
            Subject::Call => {
                for call in model.calls() {
                    if watched.is_open_question(call) {
                        // Nothing is known of it: what was raised stays, what was not starts anew.
                        watched.keep(&call.id, round);
                        continue;
                    }
                    let asked = call.is_live() || watched.ended;
                    let holds = |filter: &Filter| asked && filter.shows(call, sight);
                    if watched.note(|| About::Call(call.id.clone()), holds, round, now) {
                        let about = About::Call(call.id.clone());
                        self.judge(watched, &about, || who(call), now, news);
                    }
                }
            }
            Subject::Link => {
                if watched.note(|| About::Link, |filter| filter.holds_for_link(model, now.at), round, now) {
                    self.judge(watched, &About::Link, || "link".into(), now, news);
                }
            }
            Subject::Floor => {
                let by_context = watched.rule.names("ctx");
                for floor in floors(floor, by_context) {
                    let about = About::floor(&floor);
                    if watched.note(|| about.clone(), |filter| filter.holds_for_floor(&floor), round, now) {
                        self.judge(watched, &about, || about.words(), now, news);
                    }
                }
            }
        }
        self.clear_unseen(watched, model, now, news);
    }

    /// Raises, worsens or eases what holds.
    fn judge(
        &mut self,
        watched: &mut Watched,
        about: &About,
        who: impl FnOnce() -> Shown,
        now: Now,
        news: &mut Vec<News>,
    ) {
        let rule = &watched.rule;
        let Some(held) = watched.held.get_mut(about) else { return };
        let due = held.due(rule.hold, now.at);
        let (Some(level), Some(since)) = (due, held.since()) else { return };
        let Some(alert) = held.alert.and_then(|number| self.alerts.get_mut(&number)) else {
            if self.live >= limit::ALERTS {
                self.unlisted += 1;
                return;
            }
            let again = self
                .alerts
                .values()
                .find(|old| !old.is_live() && old.about == *about && old.rule == rule.name);
            let times = again.map_or(1, |old| old.times + 1);
            if let Some(number) = again.map(|old| old.number) {
                self.alerts.remove(&number);
            }
            self.next += 1;
            let alert = Alert {
                number: self.next,
                rule: rule.name.clone(),
                about: about.clone(),
                who: who(),
                level,
                since,
                raised: now,
                times,
                standing: Standing::Open,
                notify: rule.notify,
            };
            held.alert = Some(self.next);
            self.live += 1;
            news.push(alert.news(NewsEvent::Raised));
            self.alerts.insert(self.next, alert);
            return;
        };
        let worse = level > alert.level;
        alert.level = level;
        if worse {
            // Whoever took it or put it off did so when it was less grave.
            alert.standing = Standing::Open;
            news.push(alert.news(NewsEvent::Worse));
        } else if matches!(alert.standing, Standing::Snoozed { until, .. } if until <= now.at) {
            alert.standing = Standing::Open;
            news.push(alert.news(NewsEvent::StillSo));
        }
    }

    /// Clears what no longer holds.
    fn clear_unseen(&mut self, watched: &mut Watched, model: &Model, now: Now, news: &mut Vec<News>) {
        let round = self.round;
        for (about, held) in watched.held.extract_if(|_, held| held.round != round) {
            let Some(alert) = held.alert.and_then(|number| self.alerts.get_mut(&number)) else { continue };
            let call = about.call().map(|id| model.call(id));
            let why = match call {
                Some(Some(call)) if !call.is_live() => Shown::new(&ending(call)),
                Some(None) => "the call is no longer known".into(),
                Some(Some(_)) | None => "it is over".into(),
            };
            let put_off = matches!(alert.standing, Standing::Snoozed { .. });
            alert.standing = Standing::Cleared { at: now, why };
            if !put_off {
                news.push(News { rings: false, ..alert.news(NewsEvent::Cleared) });
            }
        }
    }

    /// Lets go of what was cleared long ago, or of too much of it.
    fn forget(&mut self, now: Now) {
        let cleared = |alert: &Alert| match &alert.standing {
            Standing::Cleared { at, .. } => Some(at.at),
            Standing::Open | Standing::Acknowledged(_) | Standing::Snoozed { .. } => None,
        };
        self.alerts.retain(|_, alert| cleared(alert).is_none_or(|at| now.at.since(at) < limit::KEEP_CLEARED));
        let mut over: Vec<_> =
            self.alerts.values().filter_map(|alert| Some((cleared(alert)?, alert.number))).collect();
        over.sort_unstable_by_key(|one| Reverse(*one));
        for (_, number) in over.into_iter().skip(limit::CLEARED) {
            self.alerts.remove(&number);
        }
    }

    fn index(&mut self) {
        self.live = self.alerts.values().filter(|alert| alert.is_live()).count();
        self.by_call.clear();
        for alert in self.alerts.values() {
            let shown = matches!(alert.standing, Standing::Open | Standing::Acknowledged(_));
            let Some(call) = alert.about.call().filter(|_| shown) else { continue };
            let other = self.by_call.get(call).and_then(|number| self.alerts.get(number));
            if other.is_none_or(|other| alert.rank() <= other.rank()) {
                self.by_call.insert(call.clone(), alert.number);
            }
        }
    }

    /// The gravest alert of a call that is neither put off nor cleared, open ones before acknowledged ones.
    #[must_use]
    pub fn of(&self, call: &CallId) -> Option<&Alert> {
        self.alerts.get(self.by_call.get(call)?)
    }

    /// One alert.
    #[must_use]
    pub fn alert(&self, number: u64) -> Option<&Alert> {
        self.alerts.get(&number)
    }

    /// Every alert that is remembered: open ones, then acknowledged ones, then those put off, then cleared ones;
    /// within these the grave ones before the others, and the newest first.
    #[must_use]
    pub fn list(&self) -> Vec<&Alert> {
        let mut all: Vec<_> = self.alerts.values().collect();
        all.sort_by_key(|alert| (alert.rank(), Reverse(alert.number)));
        all
    }

    /// How many there are.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { unlisted: self.unlisted, ..Counts::default() };
        for alert in self.alerts.values() {
            match (&alert.standing, alert.level) {
                (Standing::Open, Level::Act) => counts.act += 1,
                (Standing::Open, Level::Warn) => counts.warn += 1,
                (Standing::Acknowledged(_), _) => counts.acknowledged += 1,
                (Standing::Snoozed { .. }, _) => counts.snoozed += 1,
                (Standing::Cleared { .. }, _) => {}
            }
        }
        counts
    }

    /// Takes an alert as seen, or back. Returns whether there is one that is still so.
    pub fn acknowledge(&mut self, number: u64, now: Now) -> bool {
        let Some(alert) = self.alerts.get_mut(&number).filter(|alert| alert.is_live()) else { return false };
        alert.standing = match alert.standing {
            Standing::Acknowledged(_) => Standing::Open,
            _ => Standing::Acknowledged(now),
        };
        self.index();
        true
    }

    /// Puts an alert off: for ten minutes; what is put off already for an hour, then for eight, then no longer.
    /// Gives for how long; `None` when it is open again, or when there is none that is still so.
    pub fn snooze(&mut self, number: u64, now: Now) -> Option<Duration> {
        const SPANS: [Duration; 3] =
            [Duration::from_secs(600), Duration::from_secs(3_600), Duration::from_secs(8 * 3_600)];
        let alert = self.alerts.get_mut(&number).filter(|alert| alert.is_live())?;
        let next = match alert.standing {
            Standing::Snoozed { span, .. } => SPANS.into_iter().find(|longer| *longer > span),
            _ => Some(SPANS[0]),
        };
        alert.standing = next.map_or(Standing::Open, |span| Standing::Snoozed { until: now.at + span, span });
        self.index();
        next
    }

    /// Waits on a call. Gives the number of the wait.
    ///
    /// # Errors
    /// In words, when it is so already, can no longer be, or too many waits are open.
    pub fn wait_for_call(
        &mut self,
        call: &Call,
        goal: Goal,
        board: &dyn Board,
        now: Now,
    ) -> Result<u64, Shown> {
        if let Some(why) = goal.pointless(call, &Sight { now: now.at, board, others: None }) {
            return Err(why);
        }
        let on = WaitOn::Call(call.id.clone());
        if let Some(same) = self.waits.iter().find(|wait| wait.on == on && wait.goal == goal) {
            return Ok(same.number);
        }
        self.push(Wait::new(self.next + 1, on, goal, who(call), now))
    }

    /// Waits for the next call that becomes as a filter says, or for the link or the floor, if it is about these.
    /// Gives the number of the wait, and how many calls are so already, which do not count.
    ///
    /// # Errors
    /// In words, when the filter is empty or too many waits are open.
    pub fn wait_for_any(
        &mut self,
        filter: Filter,
        model: &Model,
        board: &dyn Board,
        now: Now,
    ) -> Result<(u64, usize), Shown> {
        if filter.is_empty() {
            return Err("say what to wait for: state:ringing to:+44*".into());
        }
        let who = match filter.subject() {
            Some(Subject::Link) => "link",
            Some(Subject::Floor) => "floor",
            Some(Subject::Call) | None => "next call",
        };
        let mut wait = Wait::new(self.next + 1, WaitOn::Any, Goal::Filter(filter), who.into(), now);
        let already = wait.begin(model, &Sight { now: now.at, board, others: Some(model) });
        Ok((self.push(wait)?, already))
    }

    fn push(&mut self, wait: Wait) -> Result<u64, Shown> {
        if self.waits.len() >= limit::WAITS {
            return Err(Shown::new(&format!("{} waits are open already; give one up first", limit::WAITS)));
        }
        self.next = wait.number;
        self.waits.push(wait);
        Ok(self.next)
    }

    /// The open waits, the newest last.
    #[must_use]
    pub fn waits(&self) -> &[Wait] {
        &self.waits
    }

    /// Gives a wait up. Returns it, if it was open.
    pub fn give_up(&mut self, number: u64) -> Option<Wait> {
        let place = self.waits.iter().position(|wait| wait.number == number)?;
        Some(self.waits.remove(place))
    }

    /// What the bell rang for last.
    #[must_use]
    pub const fn rang(&self) -> Option<&About> {
        self.rang.as_ref()
    }
}

impl Watched {
    fn new(rule: Rule) -> Self {
        let (ended, doubtful) = (rule.mentions_ended(), rule.names("doubt"));
        Self { rule, ended, doubtful, held: HashMap::new() }
    }

    /// Whether nothing can be said of this call, for the link was lost since it was last heard of.
    fn is_open_question(&self, call: &Call) -> bool {
        call.doubt.is_some() && call.is_live() && !self.doubtful
    }

    fn keep(&mut self, call: &CallId, round: u64) {
        if self.held.is_empty() {
            return;
        }
        if let Some(held) = self.held.get_mut(&About::Call(call.clone())).filter(|held| held.alert.is_some())
        {
            held.round = round;
        }
    }

    /// Notes whether the conditions hold, and since when. Returns whether one does.
    fn note(
        &mut self,
        about: impl FnOnce() -> About,
        holds: impl Fn(&Filter) -> bool,
        round: u64,
        now: Now,
    ) -> bool {
        let warn = self.rule.warn.as_ref().is_some_and(&holds);
        let act = self.rule.act.as_ref().is_some_and(&holds);
        if warn || act {
            let held = self.held.entry(about()).or_default();
            let since = |before: Option<Now>, is: bool| is.then(|| before.unwrap_or(now));
            (held.warn, held.act, held.round) = (since(held.warn, warn), since(held.act, act), round);
        }
        warn || act
    }
}

impl Alert {
    /// Its place in lists: open ones first, the grave ones before the others.
    const fn rank(&self) -> u8 {
        let standing = match self.standing {
            Standing::Open => 0,
            Standing::Acknowledged(_) => 2,
            Standing::Snoozed { .. } => 4,
            Standing::Cleared { .. } => 6,
        };
        standing + if matches!(self.level, Level::Act) { 0 } else { 1 }
    }

    fn news(&self, event: NewsEvent) -> News {
        News {
            event,
            number: self.number,
            about: self.about.clone(),
            level: Some(self.level),
            text: Shown::new(&format!("{}: {}", self.rule, self.who)),
            rings: self.notify,
        }
    }
}
