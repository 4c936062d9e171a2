//! Lines that were typed: what each kind does while it is typed and when it is done; and the commands of the `:` line.

use super::act;
use super::app::App;
use super::column::Column;
use super::command::{Arg, COMMANDS, Command, Row};
use super::layer::Layer;
use super::line::{Line, Purpose};
use super::msg::Effect;
use super::notes::Note;
use super::{alerts, copy, marks, palette, perform};
use crate::calling::Ask;
use crate::filter::{self, Completion, Filter, FilterError, Subject};
use crate::model::{Model, Tone, describe};
use crate::protocol::Shown;
use crate::time::Now;

/// Opens a line.
pub(super) fn open(app: &mut App, purpose: Purpose, text: &str, model: &Model) {
    app.layers.push(Layer::Line(Box::new(Line::new(purpose, text))));
    suggest(app, model);
}

/// The text changed: what can be shown at once is shown.
pub(super) fn changed(app: &mut App, model: &Model, now: Now) {
    suggest(app, model);
    let Some(Layer::Line(line)) = app.layers.last_mut() else { return };
    let text = line.text().to_owned();
    line.error = None;
    match &line.purpose {
        Purpose::Filter { .. } => match calls(&text) {
            Ok(filter) => {
                app.list.filter = filter;
                app.list.view.clear();
                app.refresh(model, now);
                // The first match is what was looked for.
                app.list.put(0);
                app.moved_to(None);
            }
            // The last one that could be read stays.
            Err(error) => line.error = Some((error.at, Shown::new(&error.what))),
        },
        Purpose::Rule => {
            line.error = calls(&text).err().map(|error| (error.at, Shown::new(&error.what)));
        }
        Purpose::Wait => {
            line.error = alerts::wrong(&text).map(|error| (error.at, Shown::new(&error.what)));
        }
        Purpose::Find
        | Purpose::Command
        | Purpose::Query
        | Purpose::View
        | Purpose::Note(_)
        | Purpose::Context { .. } => {}
    }
}

/// Works out what could stand at the cursor.
pub(super) fn suggest(app: &mut App, model: &Model) {
    let Some(Layer::Line(line)) = app.layers.last() else { return };
    if line.chosen.is_some() {
        return;
    }
    let found = completions(app, &line.purpose, line.text(), line.cursor(), model);
    if let Some(Layer::Line(line)) = app.layers.last_mut() {
        line.completions = found;
    }
}

fn completions(app: &App, purpose: &Purpose, text: &str, cursor: usize, model: &Model) -> Vec<Completion> {
    match purpose {
        Purpose::Filter { .. } | Purpose::Rule => filter::complete(text, cursor, model, Some(Subject::Call)),
        Purpose::Wait => filter::complete(text, cursor, model, None),
        Purpose::Command => commands(app, text, cursor, model),
        Purpose::Find | Purpose::Query | Purpose::View | Purpose::Note(_) | Purpose::Context { .. } => {
            Vec::new()
        }
    }
}

fn commands(app: &App, text: &str, cursor: usize, model: &Model) -> Vec<Completion> {
    let Some((name, arg)) = text.split_once(' ') else {
        let fitting = COMMANDS.iter().filter(|row| row.name.starts_with(text) && is_typed(row));
        let completion =
            |row: &Row| Completion { at: 0..text.len(), text: row.name.into(), help: row.help.into() };
        return fitting.map(completion).collect();
    };
    let Some(row) = COMMANDS.iter().find(|row| row.name == name) else { return Vec::new() };
    let from = name.len() + 1;
    let words: Vec<(String, String)> = match row.arg {
        Arg::Filter => {
            let mut found = filter::complete(arg, cursor.saturating_sub(from), model, Some(Subject::Call));
            found.iter_mut().for_each(|completion| {
                completion.at = completion.at.start + from..completion.at.end + from;
            });
            return found;
        }
        Arg::Column => {
            Column::ALL.into_iter().map(|column| (column.name().into(), column.help().into())).collect()
        }
        Arg::View => app.config.views.iter().map(|view| (view.name.clone(), view.filter.clone())).collect(),
        Arg::Rule => app.config.rules.iter().map(|rule| (rule.name.clone(), rule.filter.clone())).collect(),
        Arg::Theme => app.config.themes.iter().map(|theme| (theme.clone(), String::new())).collect(),
        Arg::Format => {
            ["csv", "json", "text", "mermaid", "markdown"].map(|format| (format.into(), String::new())).into()
        }
        Arg::None | Arg::Text(_) => Vec::new(),
    };
    let fitting = words.into_iter().filter(|(word, _)| word.starts_with(arg));
    let completion =
        |(text, help): (String, String)| Completion { at: from..from + arg.len(), text, help: help.into() };
    fitting.map(completion).collect()
}

/// Whether a command makes sense as typed: forms and moves have keys.
fn is_typed(row: &Row) -> bool {
    !row.focus.iter().all(|focus| *focus == super::command::Focus::Form)
}

/// The line is done.
pub(super) fn enter(app: &mut App, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    let Some(Layer::Line(line)) = app.layers.last_mut() else { return };
    if let Some((_, what)) = &line.error {
        // What is wrong stays to be mended.
        let what = what.clone();
        return app.say(&what, Tone::Bad, now);
    }
    let (purpose, text) = (line.purpose.clone(), line.text().to_owned());
    app.layers.pop();
    app.shelves.keep(&purpose, &text);
    let text = text.trim();
    match purpose {
        Purpose::Filter { .. } => {}
        Purpose::Find => find(app, text, model, now),
        Purpose::Command => typed(app, text, model, now, effects),
        Purpose::Rule => mark(app, text, model, now),
        Purpose::Wait => alerts::wait_typed(app, text, model, now),
        Purpose::View => save_view(app, text, now, effects),
        Purpose::Note(call) if !text.is_empty() => {
            let parties =
                model.call(&call).map(|call| Shown::new(&describe::parties(call))).unwrap_or_default();
            app.board.notes.add(call, Note { now, text: Shown::new(text), parties });
            app.say(&"noted".into(), Tone::Good, now);
        }
        Purpose::Context { add } if !text.is_empty() => {
            effects.push(Effect::Submit(Ask::Contexts { add, names: vec![text.to_owned()] }));
        }
        Purpose::Query | Purpose::Note(_) | Purpose::Context { .. } => {}
    }
}

/// A filter of calls.
fn calls(text: &str) -> Result<Filter, FilterError> {
    Filter::parse_about(text, Subject::Call)
}

fn refuse(app: &mut App, error: &FilterError, now: Now) {
    app.say(&Shown::new(&error.what), Tone::Bad, now);
}

fn mark(app: &mut App, text: &str, model: &Model, now: Now) {
    match calls(text) {
        Ok(filter) => marks::by_rule(app, text, &filter, model, now),
        Err(error) => refuse(app, &error, now),
    }
}

fn save_view(app: &mut App, name: &str, now: Now, effects: &mut Vec<Effect>) {
    if name.is_empty() {
        return app.say(&"a view needs a name".into(), Tone::Bad, now);
    }
    let view = super::views::View {
        name: name.to_owned(),
        filter: app.list.filter.text().to_owned(),
        columns: Some(app.list.columns.clone()),
        sort: Some(app.sorted_by()),
    };
    let views = &mut app.config.views;
    let place = views.iter().position(|known| known.name == name);
    match place {
        Some(place) => views[place] = view,
        None => views.push(view),
    }
    let digit = place.unwrap_or(app.config.views.len() - 1) + 1;
    name.clone_into(&mut app.list.view);
    effects.push(Effect::Keep);
    app.say(&Shown::new(&format!("view {name} is on V {digit}")), Tone::Good, now);
}

fn find(app: &mut App, text: &str, model: &Model, now: Now) {
    match app.layers.last_mut() {
        // Help shows what was found while it is typed.
        Some(Layer::Help { .. }) => return,
        Some(Layer::Text(open)) => {
            text.clone_into(&mut open.find);
            open.found = None;
        }
        _ if app.pane == super::app::Pane::Flow => text.clone_into(&mut app.flow.find),
        _ => text.clone_into(&mut app.feed.find),
    }
    perform::go_to_match(app, 1, model, now);
}

/// Runs what was typed after `:`.
pub(super) fn typed(app: &mut App, text: &str, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    let (name, arg) = text.split_once(' ').unwrap_or((text, ""));
    if name.is_empty() {
        return;
    }
    let mut rows = COMMANDS.iter().filter(|row| is_typed(row));
    let exact = rows.clone().find(|row| row.name == name);
    // A beginning that only one command has stands for it.
    let fitting: Vec<&Row> = rows.clone().filter(|row| row.name.starts_with(name)).collect();
    let Some(row) = exact.or_else(|| if let [row] = fitting[..] { Some(row) } else { None }) else {
        let near = filter::nearest(name, rows.by_ref().map(|row| row.name));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        let text = match fitting.len() {
            0 => format!("there is no command {name}{near}"),
            count => format!("{name} begins {count} commands, such as {}; Tab completes", fitting[0].name),
        };
        return app.say(&Shown::new(&text), Tone::Bad, now);
    };
    let arg = arg.trim();
    if arg.is_empty() {
        return app.run(row.command, model, now, effects);
    }
    if let Err(why) = super::availability::of(app, model, row.command) {
        return app.say(&Shown::new(&why), Tone::Bad, now);
    }
    with(app, row, arg, model, now, effects);
}

/// Runs a command with what followed its name.
fn with(app: &mut App, row: &Row, arg: &str, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match (row.command, row.arg) {
        (Command::Filter, _) => match calls(arg) {
            Ok(filter) => {
                app.list.filter = filter;
                app.list.view.clear();
            }
            Err(error) => refuse(app, &error, now),
        },
        (Command::SortMenu, _) => match Column::named(arg) {
            Some(column) => perform::sort_by(app, column, effects),
            None => unknown(app, "column", arg, &Column::ALL.map(Column::name), now),
        },
        (Command::Views, _) => match app.config.views.iter().position(|view| view.name == arg) {
            Some(place) => perform::show_view(app, place, model, now),
            None => {
                let names: Vec<_> = app.config.views.iter().map(|view| view.name.clone()).collect();
                unknown(app, "view", arg, &names, now);
            }
        },
        (Command::SaveView, _) => save_view(app, arg, now, effects),
        (Command::MarkRule, _) => {
            let rule = app.config.rules.iter().find(|rule| rule.name == arg).map(|rule| rule.filter.clone());
            mark(app, rule.as_deref().unwrap_or(arg), model, now);
        }
        (Command::Themes, _) if app.config.themes.iter().any(|theme| theme == arg) => {
            palette::take_theme(app, arg, effects);
        }
        (Command::Themes, _) => {
            let names = app.config.themes.clone();
            unknown(app, "theme", arg, &names, now);
        }
        (Command::Note, _) => {
            let Some(call) = app.target(model) else { return };
            let parties =
                model.call(&call).map(|call| Shown::new(&describe::parties(call))).unwrap_or_default();
            app.board.notes.add(call, Note { now, text: Shown::new(arg), parties });
        }
        (Command::Wait(_), _) => alerts::wait_typed(app, arg, model, now),
        (Command::Export(what), _) => copy::save(app, what, arg, model, now, effects),
        // The first thing that has to be typed into the form is there already.
        (Command::Invoke(name), _) => {
            act::open_form(app, model, name);
            if let Some(Layer::Form(form)) = app.layers.last_mut() {
                form.replace(arg);
            }
        }
        (command, _) => app.run(command, model, now, effects),
    }
}

fn unknown<T: AsRef<str>>(app: &mut App, what: &str, name: &str, known: &[T], now: Now) {
    let near = filter::nearest(name, known.iter().map(AsRef::as_ref));
    let near = near.map_or_else(
        || format!("there are {}", known.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near}?"),
    );
    app.say(&Shown::new(&format!("there is no {what} {name}; {near}")), Tone::Bad, now);
}
