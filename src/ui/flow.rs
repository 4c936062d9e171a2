//! The ladder of a call: where the cursor is, what is marked and unfolded, what the keys do there.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::app::App;
use super::layer::{Layer, Text};
use crate::flow::{Ladder, Step, StepId, diff};
use crate::model::{Frames, Model, Tone, mask};
use crate::protocol::{CallId, Shown};
use crate::time::Now;

/// The state of the ladder.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    /// The line under the cursor; the newest when there is none.
    pub cursor: Option<StepId>,
    /// Lines that are marked to be compared, at most two, the latest last. They may be of two calls.
    pub marks: Vec<Mark>,
    /// Runs of like lines that are shown line by line, by their first.
    pub unfolded: BTreeSet<StepId>,
    /// How many uprights the view is moved to the left.
    pub shift: usize,
    /// What was looked for.
    pub find: String,
}

/// A marked line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The call whose ladder it was marked on.
    pub call: CallId,
    /// The line.
    pub step: StepId,
}

impl App {
    /// The ladder of the call under the cursor, as far as numbers are to be seen.
    #[must_use]
    pub fn ladder(&self, model: &Model) -> Ladder {
        self.target(model).map(|call| self.ladder_of(model, &call)).unwrap_or_default()
    }

    fn ladder_of(&self, model: &Model, call: &CallId) -> Ladder {
        let ladder = Ladder::of(model, call, &self.flow.unfolded);
        if self.masked { ladder.masked() } else { ladder }
    }

    /// The ladder of another call on which a line is marked, and that line: what is compared stands side by side.
    #[must_use]
    pub fn ladder_beside(&self, model: &Model) -> Option<(Ladder, usize)> {
        let call = self.target(model)?;
        let mark = self.flow.marks.iter().rev().find(|mark| mark.call != call)?;
        let ladder = self.ladder_of(model, &mark.call);
        let line = ladder.position(mark.step)?;
        Some((ladder, line))
    }

    /// The line of the ladder that the cursor is on: the newest unless another was chosen.
    #[must_use]
    pub fn step_line(&self, ladder: &Ladder) -> usize {
        let chosen = self.flow.cursor.and_then(|id| ladder.position(id));
        chosen.unwrap_or_else(|| ladder.steps.len().saturating_sub(1))
    }
}

/// The frames behind a line, oldest first: those that are still kept; of a command without an outcome what was sent.
#[must_use]
pub fn frames(model: &Model, step: &Step) -> Vec<Arc<str>> {
    let kept = step.seqs.iter().filter_map(|seq| model.frames().get(*seq).cloned());
    let open = step.ids.iter().filter_map(|id| match id {
        StepId::Act(ticket) if step.seqs.is_empty() => model.command(*ticket),
        StepId::Act(_) | StepId::Entry(_) => None,
    });
    let open = open.map(|command| {
        let sent = json!({ "method": &*command.rpc, "params": &*command.params, "outcome": null });
        Arc::from(sent.to_string())
    });
    kept.chain(open).collect()
}

/// A frame as it may be seen.
#[must_use]
pub fn seen(frame: &str, masked: bool) -> String {
    if !masked {
        return frame.to_owned();
    }
    let hidden = serde_json::from_str(frame).map(|value| mask::json(&value).to_string());
    hidden.unwrap_or_else(|_| mask::within(frame))
}

/// Moves the cursor by so many lines. On the newest line it follows.
pub(super) fn step(app: &mut App, model: &Model, now: Now, by: i32) {
    let (shown, _) = app.shown(model, now);
    let ladder = app.ladder(shown);
    let line = app.step_line(&ladder).saturating_add_signed(by as isize);
    put(app, &ladder, line);
}

/// Puts the cursor on a line.
pub(super) fn put_line(app: &mut App, model: &Model, now: Now, line: usize) {
    let (shown, _) = app.shown(model, now);
    let ladder = app.ladder(shown);
    put(app, &ladder, line);
}

fn put(app: &mut App, ladder: &Ladder, line: usize) {
    let last = ladder.steps.len().saturating_sub(1);
    app.flow.cursor = ladder.steps.get(line.min(last)).filter(|_| line < last).map(Step::id);
}

/// The line under the cursor, with its ladder.
fn under_cursor(app: &App, model: &Model) -> Option<(Ladder, usize)> {
    let ladder = app.ladder(model);
    let line = app.step_line(&ladder);
    (line < ladder.steps.len()).then_some((ladder, line))
}

/// Opens the frames behind the line.
pub(super) fn open(app: &mut App, model: &Model, now: Now) {
    let (shown, _) = app.shown(model, now);
    let Some((ladder, line)) = under_cursor(app, shown) else { return };
    let step = &ladder.steps[line];
    let frames = frames(shown, step);
    if frames.is_empty() {
        let why = if step.is_break() { step.text.clone() } else { Frames::GONE.into() };
        return app.say(&why, Tone::Plain, now);
    }
    let text = frames.iter().map(|frame| pretty(&seen(frame, app.masked))).collect::<Vec<_>>().join("\n\n");
    app.layers.push(Layer::Text(Text::new(step.text.clone(), &text, "frame.json")));
}

fn pretty(frame: &str) -> String {
    let value = serde_json::from_str::<serde_json::Value>(frame);
    value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| frame.to_owned())
}

/// Marks the line, or takes its mark away; of three marks the oldest goes.
pub(super) fn mark(app: &mut App, model: &Model, now: Now) {
    let (shown, _) = app.shown(model, now);
    let Some((ladder, line)) = under_cursor(app, shown) else { return };
    let Some(call) = app.target(shown) else { return };
    let step = &ladder.steps[line];
    let marks = &mut app.flow.marks;
    let before = marks.len();
    marks.retain(|mark| !step.ids.contains(&mark.step));
    if marks.len() == before {
        marks.push(Mark { call, step: step.id() });
        if marks.len() > 2 {
            marks.remove(0);
        }
    }
}

/// Shows what differs between the two marked lines; with one mark, between that and the line under the cursor.
pub(super) fn compare(app: &mut App, model: &Model, now: Now) {
    let (shown, _) = app.shown(model, now);
    let Some((ladder, line)) = under_cursor(app, shown) else { return };
    let mut chosen = app.flow.marks.clone();
    if chosen.len() == 1 && !ladder.steps[line].ids.contains(&chosen[0].step) {
        chosen.extend(app.target(shown).map(|call| Mark { call, step: ladder.steps[line].id() }));
    }
    let [one, other] = &chosen[..] else {
        let key = app.config.keymap.key_of(super::command::Command::Mark);
        let text = format!("{key} marks two steps to compare");
        return app.say(&Shown::new(&text), Tone::Plain, now);
    };
    let sides = [one, other].map(|mark| side(app, shown, mark));
    let [Some(one), Some(other)] = sides else {
        return app.say(&"a frame of the two is no longer kept".into(), Tone::Bad, now);
    };
    // What happened first is what changed.
    let (one, other) = if one.now.at <= other.now.at { (one, other) } else { (other, one) };
    let found = diff::diff(&one.frame, &other.frame);
    let mut text = format!("- {}\n+ {}\n\n", one.title(), other.title());
    if found.is_empty() {
        text += "no difference";
    }
    for difference in &found {
        text += &format!("{} {}  {}\n", difference.sign(), difference.path, difference.values());
    }
    let title = format!("{} differences", found.len());
    app.layers.push(Layer::Text(Text::new(Shown::new(&title), &text, "difference.txt")));
}

/// What is compared of a marked line.
struct Side {
    now: Now,
    text: String,
    frame: String,
}

impl Side {
    fn title(&self) -> String {
        format!("{} {}", crate::export::table::moment(self.now.wall), self.text)
    }
}

fn side(app: &App, model: &Model, mark: &Mark) -> Option<Side> {
    let ladder = app.ladder_of(model, &mark.call);
    let step = &ladder.steps[ladder.position(mark.step)?];
    let frame = frames(model, step).last().map(|frame| seen(frame, app.masked))?;
    Some(Side { now: step.now, text: step.text.to_string(), frame })
}

/// Shows the run of like lines under the cursor line by line, or as one again.
pub(super) fn unfold(app: &mut App, unfold: bool, model: &Model, now: Now) {
    let (shown, _) = app.shown(model, now);
    let Some((ladder, line)) = under_cursor(app, shown) else { return };
    let step = &ladder.steps[line];
    match (unfold, step.run) {
        (true, _) if step.folded() > 0 => {
            app.flow.unfolded.insert(step.id());
            app.flow.cursor = Some(step.id());
        }
        (true, _) => app.say(&"nothing is folded into this line".into(), Tone::Plain, now),
        (false, Some(run)) => {
            app.flow.unfolded.remove(&run);
            app.flow.cursor = Some(run);
        }
        (false, None) => app.say(&"this line is not part of an unfolded run".into(), Tone::Plain, now),
    }
}

/// Moves the view over the uprights.
pub(super) fn scroll(app: &mut App, by: i32, model: &Model, now: Now) {
    let (shown, _) = app.shown(model, now);
    let legs = app.ladder(shown).heads.len();
    app.flow.shift = app.flow.shift.saturating_add_signed(-by as isize).min(legs.saturating_sub(1));
}

/// Goes to the next or previous line with what was looked for. Gives false when there is none.
pub(super) fn go_to_match(app: &mut App, by: i32, model: &Model, now: Now) -> bool {
    let (shown, _) = app.shown(model, now);
    let ladder = app.ladder(shown);
    let at = app.step_line(&ladder);
    let needle = app.flow.find.to_lowercase();
    let fits = |line: &usize| !needle.is_empty() && words(&ladder.steps[*line]).contains(&needle);
    let count = ladder.steps.len();
    // Around the end: the cursor begins on the newest line.
    let found = match by {
        1.. => (at + 1..count).chain(0..at.min(count)).find(fits),
        _ => (0..at).rev().chain((at + 1..count).rev()).find(fits),
    };
    if let Some(line) = found {
        put(app, &ladder, line);
    }
    found.is_some() || (at < count && fits(&at))
}

/// Everything that stands on a line, to be searched.
#[must_use]
pub fn words(step: &Step) -> String {
    let labels = step.arrows.iter().map(|arrow| arrow.label.as_str()).collect::<Vec<_>>().join(" ");
    format!("{} {} {labels}", step.family.word(), step.text).to_lowercase()
}
