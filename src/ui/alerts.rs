//! Alerts and waits: what the cursor is on, what their keys do, and what is said when there is news.

use super::app::{App, Pane};
use super::command::{Screen, Until};
use super::layer::Layer;
use super::line::Purpose;
use super::msg::Effect;
use super::picker::{Item, Kind, Pick, Picker};
use super::{command_line, perform};
use crate::alert::{self, About, Goal, News, NewsEvent, Standing, Wait, WaitOn};
use crate::export::handover::{Handled, OpenAlert};
use crate::filter::{Filter, FilterError, Level, Subject};
use crate::model::{Model, Tone, mask};
use crate::protocol::{CallId, Shown};
use crate::time::{Now, Wall};
use crate::wall;

/// A line of the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// An alert, by its number.
    Alert(u64),
    /// A wait, by its number.
    Wait(u64),
}

/// Where the cursor of the pane is. It is on an alert or a wait, not on a line.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cursor {
    row: Option<Row>,
    /// The line it was on, for when what it was on is gone.
    line: usize,
}

impl App {
    /// The lines of the pane: alerts that nobody has taken, taken ones, those put off; then waits; then what is over.
    #[must_use]
    pub fn alert_rows(&self) -> Vec<Row> {
        let watch = &self.board.watch;
        let (live, over): (Vec<_>, Vec<_>) = watch.list().into_iter().partition(|alert| alert.is_live());
        let numbers = |alerts: Vec<&alert::Alert>| {
            alerts.into_iter().map(|alert| Row::Alert(alert.number)).collect::<Vec<_>>()
        };
        let waits = watch.waits().iter().rev().map(|wait| Row::Wait(wait.number));
        numbers(live).into_iter().chain(waits).chain(numbers(over)).collect()
    }

    /// The line of the cursor among these.
    #[must_use]
    pub fn alert_line(&self, rows: &[Row]) -> usize {
        let Cursor { row, line } = self.alerts;
        let place = row.and_then(|row| rows.iter().position(|other| *other == row));
        place.unwrap_or(line).min(rows.len().saturating_sub(1))
    }

    /// What the cursor of the pane is on.
    #[must_use]
    pub fn alert_row(&self) -> Option<Row> {
        let rows = self.alert_rows();
        rows.get(self.alert_line(&rows)).copied()
    }

    fn alert(&self) -> Option<&alert::Alert> {
        match self.alert_row()? {
            Row::Alert(number) => self.board.watch.alert(number),
            Row::Wait(_) => None,
        }
    }

    fn wait(&self, number: u64) -> Option<&Wait> {
        self.board.watch.waits().iter().find(|wait| wait.number == number)
    }
}

/// The call that the cursor of the pane is about.
pub(super) fn target(app: &App) -> Option<&CallId> {
    match app.alert_row()? {
        Row::Alert(number) => app.board.watch.alert(number)?.about.call(),
        Row::Wait(number) => match &app.wait(number)?.on {
            WaitOn::Call(call) => Some(call),
            WaitOn::Any => None,
        },
    }
}

/// Moves the cursor.
pub(super) fn step(app: &mut App, by: i32) {
    let rows = app.alert_rows();
    put(app, perform::moved(app.alert_line(&rows), by, rows.len()));
}

/// Puts the cursor on a line.
pub(super) fn put(app: &mut App, line: usize) {
    app.alerts = Cursor { row: app.alert_rows().get(line).copied(), line };
}

/// Looks at the floor, and says what is new.
pub(super) fn look(app: &mut App, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    let watch = &app.board.watch;
    let floor = (watch.asks_floor() && watch.is_due(now))
        .then(|| wall::board(model, now, app.config.window, &app.config.limits));
    let line = app.alert_line(&app.alert_rows());
    let news = app.board.look(model, floor.as_ref(), now);
    app.alerts.line = line;
    let ringing: Vec<&News> = news.iter().filter(|news| news.rings).collect();
    // What somebody waits for comes before what anybody is told.
    let first = ringing.iter().max_by_key(|news| (news.level.is_none(), news.level, news.number));
    let Some(first) = first else { return };
    let text = said(app, first);
    let text = match ringing.len() {
        1 => text,
        count => Shown::new(&format!("{text}, and {} more", count - 1)),
    };
    effects.push(Effect::Notify(text.clone()));
    let key = app.config.keymap.key_of(super::command::Command::Jump);
    let text = Shown::new(&format!("{text}   {key} goes there"));
    // What was waited for is an answer, late as it is.
    if first.event == NewsEvent::Came {
        app.tell(&text, Tone::Good, now);
    } else {
        app.mention(&text, Tone::Bad, now);
    }
}

fn said(app: &App, news: &News) -> Shown {
    let text = seen(app, &news.text);
    Shown::new(&match news.event {
        NewsEvent::Raised | NewsEvent::Cleared | NewsEvent::Came | NewsEvent::Missed => text,
        NewsEvent::StillSo => format!("still so: {text}"),
        NewsEvent::Worse => format!("worse: {text}"),
    })
}

/// A text with numbers as far as they are to be seen.
fn seen(app: &App, text: &Shown) -> String {
    if app.masked { mask::within(text.as_str()) } else { text.to_string() }
}

/// Why the alert under the cursor cannot be taken or put off.
pub(super) fn can_take(app: &App, waits_too: bool) -> Result<(), String> {
    match app.alert_row() {
        None => Err("there is no alert".into()),
        Some(Row::Wait(_)) if waits_too => Ok(()),
        Some(Row::Wait(_)) => Err("this is something that is waited for, no alert".into()),
        Some(Row::Alert(_)) if app.alert().is_some_and(alert::Alert::is_live) => Ok(()),
        Some(Row::Alert(_)) => Err("it is no longer so".into()),
    }
}

/// Takes the alert under the cursor as seen, or back; a wait is given up.
pub(super) fn acknowledge(app: &mut App, now: Now) {
    let rows = app.alert_rows();
    let line = app.alert_line(&rows);
    match rows.get(line) {
        Some(Row::Alert(number)) => {
            app.board.watch.acknowledge(*number, now);
            let open = app.board.watch.alert(*number).is_some_and(alert::Alert::is_open);
            let text = if open { "open again" } else { "acknowledged; it rings again only if it gets worse" };
            app.say(&text.into(), Tone::Good, now);
            // The next one is where this one was.
            put(app, line);
        }
        Some(Row::Wait(number)) => give_up(app, *number, now),
        None => {}
    }
}

/// Puts the alert under the cursor off; once more for longer, at last no longer.
pub(super) fn snooze(app: &mut App, now: Now) {
    let Some(Row::Alert(number)) = app.alert_row() else { return };
    let span = app.board.watch.snooze(number, now);
    let key = app.config.keymap.key_of(super::command::Command::Snooze);
    let text = match span.map(|span| span.as_secs() / 60) {
        Some(10) => format!("put off for ten minutes; {key} again for an hour"),
        Some(60) => format!("put off for an hour; {key} again for eight"),
        Some(_) => format!("put off for eight hours; {key} again for not at all"),
        None => "open again".into(),
    };
    // The cursor goes with it, so that the key can be pressed again.
    let rows = app.alert_rows();
    if let Some(line) = rows.iter().position(|row| *row == Row::Alert(number)) {
        put(app, line);
    }
    app.say(&Shown::new(&text), Tone::Good, now);
}

/// Goes to what is under the cursor.
pub(super) fn open(app: &mut App, model: &Model, now: Now) {
    let about = match app.alert_row() {
        Some(Row::Alert(number)) => app.board.watch.alert(number).map(|alert| alert.about.clone()),
        Some(Row::Wait(_)) => target(app).cloned().map(About::Call),
        None => None,
    };
    if let Some(about) = about {
        go_to(app, &about, model, now);
    }
}

/// Goes to what last rang.
pub(super) fn jump(app: &mut App, model: &Model, now: Now) {
    if let Some(about) = app.board.watch.rang().cloned() {
        go_to(app, &about, model, now);
    }
}

fn go_to(app: &mut App, about: &About, model: &Model, now: Now) {
    match about {
        About::Call(call) if model.call(call).is_some() => perform::go_to_call(app, call),
        About::Call(_) => app.say(&"the call ended long ago and is no longer known".into(), Tone::Plain, now),
        About::Link => perform::go(app, Screen::Events),
        About::Floor | About::Context(_) => perform::go(app, Screen::Wall),
    }
}

/// Waits for something on the call, or on each that is marked; or asks what to wait for.
pub(super) fn wait(app: &mut App, until: Until, model: &Model, now: Now) {
    let goal = match until {
        Until::Answered => Goal::Answered,
        Until::Ended => Goal::Ended,
        Until::Recorded => Goal::Recorded,
        Until::Filter => return command_line::open(app, Purpose::Wait, "", model),
    };
    let words = goal.words();
    let calls: Vec<_> = app.targets(model).iter().filter_map(|id| model.call(id).cloned()).collect();
    let results: Vec<_> = calls.iter().map(|call| app.board.wait_for_call(call, &goal, now)).collect();
    let waiting = results.iter().filter(|result| result.is_ok()).count();
    let why_not = results.into_iter().find_map(Result::err);
    match (waiting, calls.as_slice(), why_not) {
        (0, _, Some(why)) => app.say(&why, Tone::Bad, now),
        (1, [call], _) => {
            let who = seen(app, &Shown::new(&crate::model::describe::parties(call)));
            app.say(&Shown::new(&format!("rings when {who} {words}")), Tone::Good, now);
        }
        (count, calls, _) => {
            let text = match calls.len() - count {
                0 => format!("rings when each of {count} calls {words}"),
                not => {
                    format!("rings when each of {count} calls {words}; on {not} there is nothing to wait for")
                }
            };
            app.say(&Shown::new(&text), Tone::Good, now);
        }
    }
}

/// What was typed to wait for, or what is wrong with it.
pub(super) fn condition(text: &str) -> Result<Filter, FilterError> {
    alert::rule::condition(text)
}

/// Waits for what was typed.
pub(super) fn wait_typed(app: &mut App, text: &str, model: &Model, now: Now) {
    let filter = match alert::rule::condition(text) {
        Ok(filter) => filter,
        Err(error) => return app.say(&Shown::new(&error.what), Tone::Bad, now),
    };
    let subject = filter.subject();
    match app.board.wait_for_any(filter, model, now) {
        Ok((_, already)) => {
            let what = match subject {
                Some(Subject::Link) => "rings when the link is so".to_owned(),
                Some(Subject::Floor) => "rings when the floor is so".to_owned(),
                Some(Subject::Call) | None if already > 0 => {
                    format!("rings at the next call like that; {already} are so already")
                }
                Some(Subject::Call) | None => "rings at the next call like that".to_owned(),
            };
            app.say(&Shown::new(&what), Tone::Good, now);
        }
        Err(why) => app.say(&why, Tone::Bad, now),
    }
}

/// What is waited for, to be given up.
pub(super) fn waits(app: &mut App) {
    let item = |(place, wait): (usize, &Wait)| {
        let key = if place < 9 { (place + 1).to_string() } else { String::new() };
        Item::new(key, wait.goal.words().as_str(), &seen(app, &wait.who), Pick::Wait(wait.number))
    };
    let items = app.board.watch.waits().iter().enumerate().map(item).collect();
    let picker = Picker::new(Kind::Waits, "Waiting until; the digit gives it up", items);
    app.layers.push(Layer::Picker(Box::new(picker)));
}

/// Gives a wait up.
pub(super) fn give_up(app: &mut App, number: u64, now: Now) {
    let rows = app.alert_rows();
    let line = app.alert_line(&rows);
    let Some(wait) = app.board.watch.give_up(number) else { return };
    let text = format!("no longer waiting: {} {}", seen(app, &wait.who), wait.goal.words());
    app.say(&Shown::new(&text), Tone::Plain, now);
    if app.pane == Pane::Alerts {
        put(app, line);
    }
}

/// Alerts that stand, for the hand-over.
pub(super) fn standing(app: &App, now: Now) -> Vec<OpenAlert> {
    let open = app.board.watch.list().into_iter().filter_map(|alert| {
        let handled = match &alert.standing {
            Standing::Open => Handled::Open,
            Standing::Acknowledged(_) => Handled::Acknowledged,
            Standing::Snoozed { until, .. } => Handled::Snoozed(wall_at(*until, now)),
            Standing::Cleared { .. } => return None,
        };
        let level = if alert.level == Level::Act { "must act: " } else { "" };
        let text = Shown::new(&format!("{level}{}: {}", alert.rule, alert.who));
        Some(OpenAlert { text, since: alert.since.wall, handled })
    });
    open.collect()
}

/// The time of day of a moment to come.
#[must_use]
pub fn wall_at(at: crate::time::At, now: Now) -> Wall {
    let ahead = i64::try_from(at.since(now.at).as_micros()).unwrap_or(i64::MAX);
    Wall(now.wall.0.saturating_add(ahead))
}
