//! The lists to choose from: what is in each, and what choosing does. The palette is the one that has everything.

use std::time::Duration;

use super::act;
use super::app::App;
use super::availability;
use super::column::Column;
use super::command::{COMMANDS, Command, Group, Row};
use super::layer::Layer;
use super::line::{Line, Purpose};
use super::msg::Effect;
use super::picker::{Item, Kind, Pick, Picker};
use super::{command_line, marks, perform};
use crate::catalog::ActionKind;
use crate::filter::{self, Filter};
use crate::model::{Model, Phase, describe};
use crate::protocol::Shown;
use crate::time::Now;
use crate::wall;

/// Everything that can be found by typing.
pub(super) fn palette(app: &App, model: &Model, now: Now) -> Picker {
    let mut picker = Picker::new(Kind::Palette, "Command palette", everything(app, model, now));
    picker.query = Some(Line::new(Purpose::Query, ""));
    picker
}

fn everything(app: &App, model: &Model, now: Now) -> Vec<Item> {
    let named = |row| named(of_row(app, model, row), app, model, now, row);
    let mut items: Vec<Item> = COMMANDS.iter().filter(|row| is_offered(row)).map(named).collect();
    let view = |(place, view): (usize, &super::views::View)| {
        let key = app.config.keymap.key_of(Command::Views);
        let key = if place < 9 { format!("{key} {}", place + 1) } else { String::new() };
        Item {
            class: "VIEW",
            ..Item::new(key, &format!("Saved view: {}", view.name), &view.filter, Pick::View(place))
        }
    };
    items.extend(app.config.views.iter().enumerate().map(view));
    let theme = |name: &String| Item {
        class: "LOOK",
        ..Item::new("", &format!("Theme: {name}"), "", Pick::Theme(name.clone()))
    };
    items.extend(app.config.themes.iter().map(theme));
    // The newest calls of the list are as good as any; more are found by their numbers in the filter.
    let call = |id: &crate::protocol::CallId| {
        let call = model.call(id)?;
        let party = if app.masked { describe::masked } else { describe::party };
        let text = format!("Jump: {} > {}", party(call.from.as_str()), party(call.to.as_str()));
        let stands = format!("{} {}", call.state, clock(call.age(now.at)));
        let about = format!("{stands} {}", call.context.as_ref().map_or("", Shown::as_str));
        Some(Item { class: "GO", ..Item::new(stands, &text, &about, Pick::Call(id.clone())) })
    };
    items.extend(app.list.calls().take(CALLS).filter_map(call));
    items
}

fn clock(age: Duration) -> String {
    wall::value(wall::Unit::Clock, Some(age.as_secs_f64()))
}

/// A command by a name that only it has, and with what it would be done to.
fn named(mut item: Item, app: &App, model: &Model, now: Now, row: &Row) -> Item {
    // Of a pair, such as louder and softer, each is called what it does.
    if COMMANDS.iter().filter(|other| is_offered(other) && other.title == row.title).count() > 1 {
        item.label = Shown::new(row.help.trim_end_matches('.'));
    }
    let recording = || {
        let mut running = app.call(model)?.running();
        running.find(|action| action.kind == ActionKind::Record)
    };
    if matches!(row.command, Command::PauseRecording | Command::StopRecording)
        && app.targets(model).len() < 2
        && let Some(record) = recording()
    {
        let state = match record.phase {
            Phase::Running => "recording",
            Phase::Paused => "paused",
            _ => "asked",
        };
        item.label = Shown::new(&format!("{} ({state} {})", item.label, clock(record.ran_for(now.at))));
    }
    item
}

/// So many calls are in the palette.
const CALLS: usize = 500;

/// Commands that make sense from anywhere: not those within a form, a text or a list.
fn is_offered(row: &Row) -> bool {
    row.group != Group::Form
        && row.group != Group::Move
        && !matches!(
            row.command,
            Command::Palette
                | Command::Copy(super::command::Copied::Text | super::command::Copied::Form)
                | Command::Retry
        )
        || matches!(row.command, Command::Go(_))
}

fn of_row(app: &App, model: &Model, row: &Row) -> Item {
    let class = match row.group {
        Group::Act | Group::Action => "ACT",
        Group::Mark => "MARK",
        Group::Find => "FIND",
        Group::Know => "KNOW",
        Group::Take => "TAKE",
        Group::Move | Group::See | Group::Past => "GO",
        Group::Program | Group::Form => "PROG",
    };
    let marked = if row.group == Group::Act { app.targets(model).len() } else { 0 };
    let marked = if marked > 1 { format!(" on {marked} marked calls") } else { String::new() };
    let key = app.config.keymap.key(row).unwrap_or_else(|| format!(":{}", row.name));
    let title = format!("{}{}{marked}", row.title[..1].to_uppercase(), &row.title[1..]);
    let why_not = availability::of(app, model, row.command).err().map(|why| Shown::new(&why));
    Item { class, why_not, ..Item::new(key, &title, row.help, Pick::Command(row.command)) }
}

/// Everything that can be done with a call, as a menu that shows its keys.
pub(super) fn acts(app: &App, model: &Model) -> Picker {
    let items = act::acts().into_iter().map(|row| {
        let item = of_row(app, model, row);
        Item {
            class: "",
            label: row.title.into(),
            key: app.config.keymap.key(row).unwrap_or_default(),
            ..item
        }
    });
    Picker::new(Kind::Acts, "All actions", items.collect())
}

/// The saved views.
pub(super) fn views(app: &App) -> Picker {
    let item = |(place, view): (usize, &super::views::View)| {
        let key = if place < 9 { (place + 1).to_string() } else { String::new() };
        let on = (view.name == app.list.view).then_some(true);
        Item { on, ..Item::new(key, &view.name, &view.filter, Pick::View(place)) }
    };
    let mut items: Vec<Item> = app.config.views.iter().enumerate().map(item).collect();
    items.push(Item::new(
        "s",
        "save what is shown",
        "filter, columns and order, as a new view",
        Pick::Command(Command::SaveView),
    ));
    Picker::new(Kind::Views, "Saved views: their digit", items)
}

/// The columns to sort by.
pub(super) fn sorts(app: &App, model: &Model) -> Picker {
    let item = |(place, column): (usize, &Column)| {
        let now = app.list.key == *column;
        let about = match (now, app.list.reversed) {
            (true, false) => format!("{}; again turns the order", column.help()),
            (true, true) => format!("{}; turned around; again turns it back", column.help()),
            _ => column.help().to_owned(),
        };
        let key = if place < 9 { (place + 1).to_string() } else { String::new() };
        Item { on: now.then_some(true), ..Item::new(key, column.name(), &about, Pick::Sort(*column)) }
    };
    let items = app.columns(model).iter().enumerate().map(item).collect();
    let cursor = app.columns(model).iter().position(|column| *column == app.list.key).unwrap_or(0);
    Picker { cursor, ..Picker::new(Kind::Sort, "Sort by", items) }
}

/// The columns: those that are shown, in their order, then the others.
pub(super) fn columns(app: &App, model: &Model) -> Picker {
    let hidden = Column::ALL.into_iter().filter(|column| !app.columns(model).contains(column));
    let item = |(column, on): (Column, bool)| Item {
        on: Some(on),
        ..Item::new("", column.name(), column.help(), Pick::Column(column))
    };
    let shown = app.columns(model).iter().map(|column| (*column, true));
    let items = shown.chain(hidden.map(|column| (column, false))).map(item).collect();
    Picker::new(Kind::Columns, "Columns: Space shows or hides, < > move, Enter closes", items)
}

/// The themes.
pub(super) fn themes(app: &App) -> Picker {
    let item = |name: &String| {
        let on = (*name == app.theme).then_some(true);
        Item { on, ..Item::new("", name, "", Pick::Theme(name.clone())) }
    };
    let mut picker = Picker::new(Kind::Themes, "Themes", app.config.themes.iter().map(item).collect());
    picker.cursor = app.config.themes.iter().position(|name| *name == app.theme).unwrap_or(0);
    picker.before.clone_from(&app.theme);
    picker
}

/// The search changed.
pub(super) fn search(app: &mut App, model: &Model, now: Now) {
    let Some(Layer::Picker(picker)) = app.layers.last() else { return };
    let query = picker.query.as_ref().map_or("", Line::text).to_owned();
    let items = everything(app, model, now);
    // What something is called goes before what is said about it.
    let texts: Vec<String> = items.iter().map(|item| format!("{} {}", item.label, item.about)).collect();
    let mut called = filter::rank(&query, items.iter().map(|item| item.label.as_str()));
    // What can be done goes first, calls that live before those that ended; of equals the one that is little more than
    // what was typed.
    let ended = |item: &Item| matches!(&item.pick, Pick::Call(id) if model.call(id).is_none_or(|call| !call.is_live()));
    if !query.is_empty() {
        called.sort_by_key(|found| {
            let item = &items[found.index];
            let words = item.label.as_str().split(' ').count();
            (item.why_not.is_some() || ended(item), std::cmp::Reverse(found.score), words)
        });
    }
    let about = filter::rank(&query, texts.iter().map(String::as_str));
    let order = called.into_iter().chain(about);
    let mut slots: Vec<Option<Item>> = items.into_iter().map(Some).collect();
    let total = slots.len();
    let found = order.filter_map(|found| slots[found.index].take()).collect();
    if let Some(Layer::Picker(picker)) = app.layers.last_mut() {
        picker.total = total;
        picker.items = found;
        picker.cursor = 0;
    }
}

/// What is under the cursor goes to the command line, to be completed.
pub(super) fn edit(app: &mut App) {
    let Some(Layer::Picker(picker)) = app.layers.last() else { return };
    let line = match picker.chosen().map(|item| &item.pick) {
        Some(Pick::Command(command)) => {
            COMMANDS.iter().find(|row| row.command == *command).map(|row| format!("{} ", row.name))
        }
        Some(Pick::View(place)) => app.config.views.get(*place).map(|view| format!("views {}", view.name)),
        Some(Pick::Theme(name)) => Some(format!("theme {name}")),
        _ => None,
    };
    if let Some(line) = line {
        app.layers.pop();
        app.layers.push(Layer::Line(Box::new(Line::new(Purpose::Command, &line))));
    }
}

/// The cursor moved: a theme is shown while it is on it.
pub(super) fn moved(app: &mut App, effects: &mut Vec<Effect>) {
    let Some(Layer::Picker(picker)) = app.layers.last() else { return };
    if let (Kind::Themes, Some(Item { pick: Pick::Theme(name), .. })) = (picker.kind, picker.chosen()) {
        app.theme.clone_from(name);
        effects.push(Effect::Theme(name.clone()));
    }
}

/// The list is left without choosing.
pub(super) fn left(app: &mut App, picker: &Picker, effects: &mut Vec<Effect>) {
    match picker.kind {
        Kind::Themes if app.theme != picker.before => {
            app.theme.clone_from(&picker.before);
            effects.push(Effect::Theme(picker.before.clone()));
        }
        Kind::Columns => effects.push(Effect::Keep),
        _ => {}
    }
}

/// What is under the cursor is chosen.
pub(super) fn choose(app: &mut App, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    let Some(Layer::Picker(picker)) = app.layers.last() else { return };
    let Some(item) = picker.chosen() else { return };
    let (kind, pick) = (picker.kind, item.pick.clone());
    app.layers.pop();
    if kind == Kind::Columns {
        effects.push(Effect::Keep);
        return;
    }
    match pick {
        Pick::Command(command) => app.run(command, model, now, effects),
        Pick::Typed(line) => {
            if let Err(error) = command_line::typed(app, &line, model, now, effects) {
                app.say(&Shown::new(&error.what), crate::model::Tone::Bad, now);
            }
        }
        Pick::View(place) => perform::show_view(app, place, model, now),
        Pick::Rule(place) => {
            let Some(rule) = app.config.rules.get(place).cloned() else { return };
            match Filter::parse(&rule.filter) {
                Ok(filter) => marks::by_rule(app, &rule.name, &filter, model, now),
                Err(error) => app.say(&Shown::new(&error.what), crate::model::Tone::Bad, now),
            }
        }
        Pick::TypeRule => marks::type_rule(app),
        Pick::Sort(column) => perform::sort_by(app, column, effects),
        Pick::Column(_) => {}
        Pick::Wait(number) => super::alerts::give_up(app, number, now),
        Pick::Theme(name) => take_theme(app, &name, effects),
        Pick::Call(call) => perform::go_to_call(app, &call),
        Pick::Export(what, format) => super::copy::show(app, what, format, model, now),
    }
}

/// Takes a theme for good.
pub(super) fn take_theme(app: &mut App, name: &str, effects: &mut Vec<Effect>) {
    name.clone_into(&mut app.theme);
    effects.push(Effect::Theme(name.to_owned()));
    effects.push(Effect::Keep);
}

/// Shows or hides the column under the cursor.
pub(super) fn toggle_column(app: &mut App, model: &Model) {
    with_column(app, model, |columns, column| match columns.iter().position(|shown| *shown == column) {
        Some(place) if columns.len() > 1 => drop(columns.remove(place)),
        Some(_) => {}
        None => columns.push(column),
    });
}

/// Moves the column under the cursor among those that are shown.
pub(super) fn move_column(app: &mut App, by: i32, model: &Model) {
    with_column(app, model, |columns, column| {
        let Some(place) = columns.iter().position(|shown| *shown == column) else { return };
        let to = place.saturating_add_signed(by as isize).min(columns.len() - 1);
        columns.swap(place, to);
    });
}

fn with_column(app: &mut App, model: &Model, change: impl FnOnce(&mut Vec<Column>, Column)) {
    let Some(Layer::Picker(picker)) = app.layers.last() else { return };
    let Some(Item { pick: Pick::Column(column), .. }) = picker.chosen() else { return };
    let column = *column;
    app.list.columns = app.columns(model).to_vec();
    app.list.arranged = true;
    change(&mut app.list.columns, column);
    app.list.view.clear();
    let mut fresh = columns(app, model);
    fresh.cursor = fresh.items.iter().position(|item| item.pick == Pick::Column(column)).unwrap_or(0);
    app.layers.pop();
    app.layers.push(Layer::Picker(Box::new(fresh)));
}
