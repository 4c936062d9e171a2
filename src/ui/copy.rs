//! What can be taken away: texts for the clipboard, files, the hand-over note.

use jiff::tz::TimeZone;

use super::app::{App, Pane};
use super::command::{Copied, Exported};
use super::command_copy as command;
use super::flow;
use super::layer::{Layer, Text};
use super::list::RowId;
use super::msg::Effect;
use super::picker::{Item, Kind, Pick, Picker};
use crate::catalog::ActionKind;
use crate::export::handover::{Note, Shift};
use crate::export::{self, Format, Handover, Table, acts, calls};
use crate::model::{Act, Call, Entry, Frames, Model, Tone, describe, mask};
use crate::protocol::Shown;
use crate::time::Now;

/// Puts something into the clipboard, or says why there is nothing to put there.
pub(super) fn copy(app: &mut App, what: Copied, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match text(app, what, model, now) {
        Ok(text) => effects.push(Effect::Copy { text, what: name(what) }),
        Err(why) => app.say(&Shown::new(&why), Tone::Bad, now),
    }
}

const fn name(what: Copied) -> &'static str {
    match what {
        Copied::CallId => "call id",
        Copied::From => "calling number",
        Copied::To => "called number",
        Copied::Json => "JSON",
        Copied::Url => "recording address",
        Copied::Line => "line",
        Copied::Notes => "notes",
        Copied::Command | Copied::Form => "command",
        Copied::Text => "text",
    }
}

/// The text that would be copied.
///
/// # Errors
/// With the reason why there is none.
pub fn text(app: &App, what: Copied, model: &Model, now: Now) -> Result<String, String> {
    if what == Copied::Text {
        return match app.layers.last() {
            Some(Layer::Text(text)) => Ok(text.whole.to_string()),
            _ => Err("no text is open".into()),
        };
    }
    let (shown, at) = app.shown(model, now);
    let party = |address: &Shown| match (address.as_str(), app.masked) {
        ("", _) => Err("the call has none".to_owned()),
        (address, true) => Ok(mask::party(address)),
        (address, false) => Ok(address.to_owned()),
    };
    let call = || app.call(shown).ok_or_else(|| "no call is selected".to_owned());
    match what {
        Copied::CallId => Ok(Shown::whole(call()?.id.as_str()).to_string()),
        Copied::From => party(&call()?.from),
        Copied::To => party(&call()?.to),
        Copied::Json => frame(app, shown),
        Copied::Url => recording(call()?),
        Copied::Line => line(app, shown, at),
        Copied::Notes => {
            let lines = shown
                .notes_on(&call()?.id)
                .map(|note| format!("{} {}", clock(note.now), seen(app, &note.text)));
            let text = lines.collect::<Vec<_>>().join("\n");
            if text.is_empty() { Err("there is no note on this call".into()) } else { Ok(text) }
        }
        Copied::Command => command::done(app, shown),
        Copied::Form => command::filled(app, shown),
        Copied::Text => Err("no text is open".into()),
    }
}

pub(super) fn seen(app: &App, text: &Shown) -> String {
    if app.masked { mask::within(text.as_str()) } else { text.to_string() }
}

fn recording(call: &Call) -> Result<String, String> {
    let recordings = call.actions.iter().rev().filter(|action| action.kind == ActionKind::Record);
    let mut urls = recordings.filter_map(|action| action.yields.url.as_deref());
    urls.next()
        .map(|url| Shown::whole(url).to_string())
        .ok_or_else(|| "no recording of this call has an address yet".into())
}

/// The frame behind what the cursor is on, on one line.
fn frame(app: &App, model: &Model) -> Result<String, String> {
    let gone = || Frames::GONE.to_owned();
    let raw = match app.pane {
        Pane::Flow => {
            let ladder = app.ladder(model);
            let step = ladder.steps.get(app.step_line(&ladder)).ok_or("no step is selected")?;
            flow::frames(model, step).pop().ok_or_else(gone)?
        }
        Pane::Feed => {
            let entry = entry(app, model).ok_or("no event is selected")?;
            model.frames().get(entry.seq).cloned().ok_or_else(gone)?
        }
        Pane::Log => {
            let act = act(app, model).ok_or("no act is selected")?;
            let entry = model.entries().iter().rev().find(|entry| entry.ticket() == Some(act.ticket));
            let entry = entry.ok_or("it has no answer yet")?;
            model.frames().get(entry.seq).cloned().ok_or_else(gone)?
        }
        Pane::List | Pane::Actions | Pane::Wall | Pane::Alerts => {
            let action = app.action(model);
            let newest = || {
                let entry = app.call(model)?.entries.iter().next_back()?;
                model.frames().get(entry.seq).cloned()
            };
            let event = app.call(model).zip(action).and_then(|(call, action)| model.last_frame(call, action));
            let sent = || action.map(|action| action.ours.payload.to_string().into());
            event.or_else(sent).or_else(newest).ok_or("nothing happened on this call yet")?
        }
    };
    let value = serde_json::from_str(&raw).map_err(|_| "this frame is no JSON".to_owned())?;
    Ok(export::json::line(&value, app.masked))
}

fn entry<'a>(app: &App, model: &'a Model) -> Option<&'a Entry> {
    let entries = app.entries(model);
    let chosen = app.feed.cursor.and_then(|seq| entries.iter().position(|entry| entry.seq == seq));
    entries.get(chosen.unwrap_or(0)).copied()
}

pub(super) fn act<'a>(app: &App, model: &'a Model) -> Option<&'a Act> {
    model.acts().iter().rev().nth(app.log_cursor).map(AsRef::as_ref)
}

/// What the cursor is on, as a line of text.
fn line(app: &App, model: &Model, now: Now) -> Result<String, String> {
    let line = match app.pane {
        Pane::Flow => {
            let ladder = app.ladder(model);
            let step = ladder.steps.get(app.step_line(&ladder)).ok_or("no step is selected")?;
            let labels = step.arrows.iter().map(|arrow| arrow.label.as_str()).collect::<Vec<_>>().join(", ");
            let text = step.text.as_str();
            let labels = if text.contains(&labels) { String::new() } else { format!(" ({labels})") };
            return Ok(format!("{} {text}{labels}", clock(step.now)));
        }
        Pane::Feed => {
            let entry = entry(app, model).ok_or("no event is selected")?;
            format!("{} {} {}", clock(entry.now), entry.family.word(), entry.text)
        }
        Pane::Log => {
            let act = act(app, model).ok_or("no act is selected")?;
            let outcome = act.ending.as_ref().map_or("no answer yet", |ending| ending.text.as_str());
            format!("{} {} on {}: {outcome}", clock(act.now), act.title, act.parties)
        }
        Pane::Actions => {
            let action = app.action(model).ok_or("no action is selected")?;
            let phase = calls::phase(&action.phase);
            format!(
                "{} {} {phase} {}",
                action.kind.word(),
                action.what,
                describe::parties(the_call(app, model)?)
            )
        }
        Pane::List | Pane::Wall | Pane::Alerts => {
            let call = the_call(app, model)?;
            let context = call.context.as_ref().map(|context| format!(" {context}")).unwrap_or_default();
            let age = call.age(now.at).as_secs();
            let age = format!("{}:{:02}", age / 60, age % 60);
            format!("{} {}{context} {age} {}", call.state, describe::parties(call), call.id)
        }
    };
    Ok(seen(app, &Shown::whole(line.trim_end())))
}

fn the_call<'a>(app: &App, model: &'a Model) -> Result<&'a Call, String> {
    app.call(model).ok_or_else(|| "no call is selected".to_owned())
}

/// Time of day in this machine's zone, with milliseconds.
fn clock(now: Now) -> String {
    zoned(now).map_or_else(String::new, |zoned| zoned.strftime("%H:%M:%S%.3f").to_string())
}

fn zoned(now: Now) -> Option<jiff::Zoned> {
    Some(jiff::Timestamp::from_microsecond(now.wall.0).ok()?.to_zoned(TimeZone::system()))
}

/// Shows what is to be taken away, to be copied or saved: the hand-over note at once, everything else in a format
/// that is chosen first.
pub(super) fn export(app: &mut App, what: Exported, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match what {
        Exported::Text => {
            if let Some(Layer::Text(text)) = app.layers.last() {
                effects.push(Effect::Save { name: text.file.clone(), text: text.whole.to_string() });
            }
        }
        Exported::HandOver => show(app, what, Format::Text, model, now),
        Exported::List | Exported::Call | Exported::Flow | Exported::Acts | Exported::Wall => {
            let items = formats(what).iter().map(|format| {
                let key = format.key().to_string();
                Item::new(key, format.title(), format.about(), Pick::Export(what, *format))
            });
            let title = match (what, app.masked) {
                (Exported::Call, false) => "The call as",
                (Exported::Flow, false) => "The ladder as",
                (Exported::Acts, false) => "The acts as",
                (Exported::Wall, false) => "The numbers as",
                (_, false) => "The list as",
                (_, true) => "With numbers hidden, as",
            };
            app.layers.push(Layer::Picker(Box::new(Picker::new(Kind::Formats, title, items.collect()))));
        }
    }
}

/// The formats that something can be written in, the usual one first.
#[must_use]
pub const fn formats(what: Exported) -> &'static [Format] {
    match what {
        Exported::List | Exported::Call | Exported::Acts | Exported::Wall => &export::TABLES,
        Exported::Flow => &export::LADDERS,
        Exported::HandOver | Exported::Text => &[Format::Text, Format::Markdown],
    }
}

/// Shows an export, to be copied or saved.
pub(super) fn show(app: &mut App, what: Exported, format: Format, model: &Model, now: Now) {
    match written(app, what, format, model, now) {
        Ok((title, text)) => {
            let file = file(what, format, now);
            app.layers.push(Layer::Text(Text::new(title, &text, &file)));
        }
        Err(why) => app.say(&Shown::new(&why), Tone::Bad, now),
    }
}

/// Writes an export in the format of this name to a file.
pub(super) fn save(
    app: &mut App,
    what: Exported,
    format: &str,
    model: &Model,
    now: Now,
    effects: &mut Vec<Effect>,
) {
    let formats = formats(what);
    let Some(format) = formats.iter().find(|known| known.is_named(format)) else {
        let names = formats.iter().map(|format| format.ending()).collect::<Vec<_>>().join(", ");
        let text = format!("there is no format {format} for this; there are {names}");
        return app.say(&Shown::new(&text), Tone::Bad, now);
    };
    match written(app, what, *format, model, now) {
        Ok((_, text)) => effects.push(Effect::Save { name: file(what, *format, now), text }),
        Err(why) => app.say(&Shown::new(&why), Tone::Bad, now),
    }
}

fn file(what: Exported, format: Format, now: Now) -> String {
    let kind = match what {
        Exported::List => "calls",
        Exported::Call => "call",
        Exported::Flow => "ladder",
        Exported::Acts => "acts",
        Exported::Wall => "wall",
        Exported::HandOver => "hand-over",
        Exported::Text => "text",
    };
    let time = zoned(now).map(|zoned| zoned.strftime("%Y%m%d-%H%M%S").to_string()).unwrap_or_default();
    format!("{kind}-{time}.{}", format.ending())
}

/// What it is, and its text.
fn written(
    app: &App,
    what: Exported,
    format: Format,
    model: &Model,
    now: Now,
) -> Result<(Shown, String), String> {
    let (shown, at) = app.shown(model, now);
    let table = |table: &Table| {
        let title = format!("{} as {}", table.title, format.title());
        Ok((seen(app, &Shown::new(&title)).as_str().into(), export::table(table, format, app.masked)))
    };
    match what {
        Exported::List => table(&list(app, shown, at)),
        Exported::Call => table(&calls::call(shown, the_call(app, shown)?, at)),
        Exported::Acts => table(&acts::table(shown, shown.acts().iter().map(AsRef::as_ref))),
        Exported::Flow => {
            let call = the_call(app, shown)?;
            let ladder = app.ladder(shown);
            let title = format!("Ladder of {} as {}", describe::parties(call), format.title());
            let text = export::ladder(&ladder, shown, format, app.masked);
            Ok((seen(app, &Shown::new(&title)).as_str().into(), text))
        }
        Exported::HandOver => {
            let note = Handover::of(model, shift(app, model, now), now);
            let zone = TimeZone::system();
            let text = if format == Format::Markdown {
                note.markdown(&zone, app.masked)
            } else {
                note.text(&zone, app.masked)
            };
            Ok(("Hand-over: y copies, s saves".into(), text))
        }
        Exported::Wall => {
            let board = app.wall.board().ok_or("nothing was counted yet")?;
            table(&export::wall::table(board))
        }
        Exported::Text => Err("no text is open".into()),
    }
}

/// The list as it is shown, in its order.
fn list(app: &App, model: &Model, now: Now) -> Table {
    let rows = &app.list.rows.ids;
    let call = |row: &RowId| if let RowId::Call(id) = row { model.call(id) } else { None };
    let dial = |row: &RowId| if let RowId::Dial(tag) = row { model.dial(tag) } else { None };
    let dials: Vec<_> = rows.iter().filter_map(dial).collect();
    calls::list(model, &rows.iter().filter_map(call).collect::<Vec<_>>(), &dials, now)
}

/// What the hand-over is about beside what the model knows.
fn shift(app: &App, model: &Model, now: Now) -> Shift {
    let note = |note: &crate::model::Note| Note {
        about: note.parties.clone(),
        at: note.now.wall,
        text: note.text.clone(),
        by: model.name_of(&note.by),
    };
    Shift {
        title: app.config.title.clone(),
        person: app.config.person.clone(),
        since: app.began.unwrap_or_default(),
        alerts: super::alerts::standing(app, now),
        notes: model.notes().map(note).collect(),
    }
}
