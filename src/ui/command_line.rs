//! Lines that were typed: what each kind does while it is typed and when it is done; and the commands of the `:` line.

use super::act;
use super::app::App;
use super::column::Column;
use super::command::{Arg, COMMANDS, Command, Row};
use super::layer::Layer;
use super::line::{Line, Purpose};
use super::msg::Effect;
use super::{alerts, copy, marks, palette, past, perform};
use crate::calling::Ask;
use crate::filter::{self, Completion, Filter, FilterError, Subject};
use crate::model::{Model, Tone, Why};
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
    let half = line.is_half_typed();
    (line.error, line.refused) = (None, false);
    match &line.purpose {
        Purpose::Filter { .. } => match calls(&text) {
            Ok(filter) => {
                let before = std::mem::take(&mut app.list.filter);
                take_filter(app, filter, model, now);
                // A word that is half typed fits nothing yet: what stands before it does.
                if half && app.list.rows.ids.is_empty() {
                    let whole = text.rfind(' ').map_or("", |blank| &text[..blank]);
                    take_filter(app, calls(whole).unwrap_or(before), model, now);
                }
            }
            // The last one that could be read stays.
            Err(error) => line.error = Some((error.at, Shown::new(&error.what))),
        },
        Purpose::Rule => {
            line.error = calls(&text).err().map(|error| (error.at, Shown::new(&error.what)));
        }
        Purpose::Wait => {
            line.error = alerts::condition(&text).err().map(|error| (error.at, Shown::new(&error.what)));
        }
        Purpose::Find => {
            if let [.., Layer::Help { scroll, find }, _] = &mut app.layers[..] {
                (*scroll, *find) = (0, text);
            }
        }
        Purpose::Command
        | Purpose::Query
        | Purpose::View
        | Purpose::Note(_)
        | Purpose::Reason
        | Purpose::Time
        | Purpose::Context { .. } => {}
    }
}

fn take_filter(app: &mut App, filter: Filter, model: &Model, now: Now) {
    app.list.filter = filter;
    app.list.view.clear();
    app.refresh(model, now);
    // The first match is what was looked for.
    app.list.put(0);
    app.moved_to(None);
}

/// What there is to say of a line that is being typed, but for what is wrong with it.
#[must_use]
pub fn says(app: &App, line: &Line, model: &Model, now: Now) -> String {
    let text = line.text();
    let count = |filter: &Filter| match marks::fitting(app, model, now, filter).len() {
        1 => "1 call fits".to_owned(),
        count => format!("{count} calls fit"),
    };
    let says = match &line.purpose {
        Purpose::Filter { .. } if line.error.is_none() && app.list.filter.text().trim() != text.trim() => {
            Some("no call fits that yet".to_owned())
        }
        Purpose::Rule if !text.trim().is_empty() => calls(text).ok().map(|filter| count(&filter)),
        Purpose::Wait => alerts::condition(text)
            .ok()
            .filter(|filter| filter.subject() == Some(Subject::Call))
            .map(|filter| format!("{} now", count(&filter))),
        Purpose::Filter { .. }
        | Purpose::Rule
        | Purpose::Find
        | Purpose::Command
        | Purpose::Query
        | Purpose::View
        | Purpose::Note(_)
        | Purpose::Reason
        | Purpose::Time
        | Purpose::Context { .. } => None,
    };
    let hint = line.purpose.hint();
    says.map_or_else(|| hint.to_owned(), |says| format!("{says}   {hint}"))
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
        Purpose::Reason => reasons(app, text),
        Purpose::Find
        | Purpose::Query
        | Purpose::View
        | Purpose::Note(_)
        | Purpose::Time
        | Purpose::Context { .. } => Vec::new(),
    }
}

/// Reasons that are ready and begin so.
fn reasons(app: &App, text: &str) -> Vec<Completion> {
    let fitting = app.config.reasons.iter().filter(|ready| ready.as_str().starts_with(text));
    let completion =
        |ready: &Shown| Completion { at: 0..text.len(), text: ready.to_string(), help: "".into() };
    fitting.map(completion).collect()
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
            let formats = if let Command::Export(what) = row.command { copy::formats(what) } else { &[] };
            formats.iter().map(|format| (format.ending().into(), format.about().into())).collect()
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
    if line.error.is_some() {
        // What is wrong stays to be mended.
        line.refused = true;
        return;
    }
    let mut line = Line::clone(line);
    app.layers.pop();
    let (purpose, text) = (line.purpose.clone(), line.text().to_owned());
    if purpose == Purpose::Command
        && let Err(error) = typed(app, &text, model, now, effects)
    {
        (line.error, line.refused) = (Some((error.at, Shown::new(&error.what))), true);
        return app.layers.push(Layer::Line(Box::new(line)));
    }
    if purpose == Purpose::Time
        && let Err(what) = past::seek_to(app, &text, effects)
    {
        (line.error, line.refused) = (Some((0..text.len(), Shown::new(&what))), true);
        return app.layers.push(Layer::Line(Box::new(line)));
    }
    app.shelves.keep(&purpose, &text);
    match purpose {
        // It is what is shown, unless nothing fits it.
        Purpose::Filter { .. } => match calls(&text) {
            Ok(filter) if app.list.filter.text() != filter.text() => take_filter(app, filter, model, now),
            Ok(_) | Err(_) => {}
        },
        Purpose::Find => find(app, text.trim(), model, now),
        Purpose::Rule => {
            if let Some(filter) = calls(text.trim()).ok().filter(|filter| !filter.is_empty()) {
                marks::by_rule(app, text.trim(), &filter, model, now);
            }
        }
        Purpose::Wait => alerts::wait_typed(app, text.trim(), model, now),
        Purpose::View => save_view(app, text.trim(), now, effects),
        Purpose::Note(call) if !text.trim().is_empty() => {
            effects.push(Effect::Note(call, Shown::new(text.trim())));
            app.say(&"noted".into(), Tone::Good, now);
        }
        Purpose::Context { add } if !text.trim().is_empty() => {
            let ask = Ask::Contexts { add, names: vec![text.trim().to_owned()] };
            effects.push(Effect::Submit(ask, Why::default()));
        }
        Purpose::Reason => because(app, text.trim()),
        Purpose::Command | Purpose::Query | Purpose::Note(_) | Purpose::Time | Purpose::Context { .. } => {}
    }
}

/// Gives a reason to the question that is open and asks for one.
fn because(app: &mut App, reason: &str) {
    if let Some(Layer::Confirm(confirm)) = app.layers.last_mut()
        && let Some(reasons) = &mut confirm.reasons
    {
        reasons.given = Shown::new(reason);
    }
}

/// A filter of calls.
fn calls(text: &str) -> Result<Filter, FilterError> {
    Filter::parse_about(text, Subject::Call)
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
///
/// # Errors
/// With what is wrong with it, and where.
pub(super) fn typed(
    app: &mut App,
    text: &str,
    model: &Model,
    now: Now,
    effects: &mut Vec<Effect>,
) -> Result<(), FilterError> {
    let (name, arg) = text.split_once(' ').unwrap_or((text, ""));
    if name.is_empty() {
        return Ok(());
    }
    let rows = COMMANDS.iter().filter(|row| is_typed(row));
    let exact = rows.clone().find(|row| row.name == name);
    // A beginning that only one command has stands for it.
    let fitting: Vec<&Row> = rows.clone().filter(|row| row.name.starts_with(name)).collect();
    let Some(row) = exact.or_else(|| if let [row] = fitting[..] { Some(row) } else { None }) else {
        let near = filter::nearest(name, rows.map(|row| row.name));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        let what = match fitting.len() {
            0 => format!("there is no command {name}{near}"),
            count => format!("{name} begins {count} commands, such as {}; Tab completes", fitting[0].name),
        };
        return Err(FilterError { at: 0..name.len(), what });
    };
    if arg.trim().is_empty() {
        app.run(row.command, model, now, effects);
        return Ok(());
    }
    if let Err(why) = super::availability::of(app, model, row.command) {
        app.say(&Shown::new(&why), Tone::Bad, now);
        return Ok(());
    }
    let before = text.len() - arg.trim_start().len();
    with(app, row, arg.trim(), model, now, effects)
        .map_err(|FilterError { at, what }| FilterError { at: at.start + before..at.end + before, what })
}

/// Runs a command with what followed its name; what is wrong with that is said with the place in it.
fn with(
    app: &mut App,
    row: &Row,
    arg: &str,
    model: &Model,
    now: Now,
    effects: &mut Vec<Effect>,
) -> Result<(), FilterError> {
    match (row.command, row.arg) {
        (Command::Filter, _) => take_filter(app, calls(arg)?, model, now),
        (Command::SortMenu, _) => {
            let column =
                Column::named(arg).ok_or_else(|| unknown("column", arg, &Column::ALL.map(Column::name)))?;
            perform::sort_by(app, column, effects);
        }
        (Command::Views, _) => match app.config.views.iter().position(|view| view.name == arg) {
            Some(place) => perform::show_view(app, place, model, now),
            None => {
                let names: Vec<_> = app.config.views.iter().map(|view| view.name.clone()).collect();
                return Err(unknown("view", arg, &names));
            }
        },
        (Command::SaveView, _) => save_view(app, arg, now, effects),
        (Command::MarkRule, _) => {
            let rule = app.config.rules.iter().find(|rule| rule.name == arg).map(|rule| rule.filter.clone());
            let filter = calls(rule.as_deref().unwrap_or(arg))?;
            marks::by_rule(app, arg, &filter, model, now);
        }
        (Command::Themes, _) if app.config.themes.iter().any(|theme| theme == arg) => {
            palette::take_theme(app, arg, effects);
        }
        (Command::Themes, _) => return Err(unknown("theme", arg, &app.config.themes)),
        (Command::Note, _) => {
            let Some(call) = app.target(model) else { return Ok(()) };
            effects.push(Effect::Note(call, Shown::new(arg)));
        }
        (Command::Wait(_), _) => {
            alerts::condition(arg)?;
            alerts::wait_typed(app, arg, model, now);
        }
        (Command::SeekTo, _) => {
            past::seek_to(app, arg, effects).map_err(|what| FilterError { at: 0..arg.len(), what })?;
        }
        (Command::Export(what), _) => copy::save(app, what, arg, model, now, effects),
        // The first thing that has to be typed into the form is there already.
        (Command::Invoke(name), _) => {
            act::open_form(app, model, name);
            if let Some(Layer::Form(form)) = app.layers.last_mut() {
                form.replace(arg);
            }
        }
        (command, Arg::Text(_)) => {
            app.run(command, model, now, effects);
            because(app, arg);
        }
        (command, _) => app.run(command, model, now, effects),
    }
    Ok(())
}

fn unknown<T: AsRef<str>>(what: &str, name: &str, known: &[T]) -> FilterError {
    let near = filter::nearest(name, known.iter().map(AsRef::as_ref));
    let near = near.map_or_else(
        || format!("there are {}", known.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near}?"),
    );
    FilterError { at: 0..name.len(), what: format!("there is no {what} {name}; {near}") }
}
