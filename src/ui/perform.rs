//! What each command does. Whether it may be run has been asked before: see [`super::availability`].

use super::app::{App, Pane, TimeFormat};
use super::column::Column;
use super::command::{Command, Screen};
use super::layer::{Agreed, Confirm, Layer, Text};
use super::line::{Line, Purpose};
use super::list::RowId;
use super::mouse::{self, Edge};
use super::msg::Effect;
use super::picker::Kind;
use super::{act, alerts, command_line, copy, flow, hub, marks, palette, past, wall};
use crate::calling::Ask;
use crate::filter::Filter;
use crate::model::{Family, Frames, Model, Tone, Why};
use crate::protocol::{CallId, Shown};
use crate::time::Now;

/// Runs a command.
pub(super) fn perform(app: &mut App, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match command {
        Command::Move(by) => step(app, model, now, by, effects),
        Command::Page(by) => step(app, model, now, by * (app.page() / 2).max(1), effects),
        Command::Top => step(app, model, now, -FAR, effects),
        Command::Bottom => step(app, model, now, FAR, effects),
        Command::Pane(by) => next_pane(app, by),
        Command::Sibling(by) => {
            app.list.step(by);
            app.moved_to(None);
        }
        Command::Go(screen) => {
            go(app, screen);
            // Who asks for the list by its key is home.
            if screen == Screen::Calls {
                app.trail.clear();
            }
        }
        Command::Open => open(app, model, now, effects),
        Command::Escape => escape(app, now, effects),
        Command::Back => back(app, model, effects),
        Command::Quit => quit(app, model, false, effects),
        Command::Interrupt => {
            if app.interrupted_twice(now) {
                effects.push(Effect::Quit);
            } else {
                escape(app, now, effects);
                app.say(&"press Ctrl-c again within a second to quit".into(), Tone::Plain, now);
            }
        }
        Command::Suspend => effects.push(Effect::Suspend),
        Command::Redraw => effects.push(Effect::Redraw),
        Command::Help => app.layers.push(Layer::Help { scroll: 0, find: String::new() }),
        Command::ClearEnded => effects.push(Effect::ClearEnded),
        Command::Probe => {
            if let Some(call) = app.target(model) {
                app.say(&"asked the service whether the call still exists".into(), Tone::Plain, now);
                effects.push(Effect::Submit(Ask::Probe { call }, Why::default()));
            }
        }
        Command::Reconnect => effects.push(Effect::Reconnect),
        Command::Undo => undo(app, now),
        Command::Filter
        | Command::Match(_)
        | Command::SortMenu
        | Command::Scroll(_)
        | Command::Sort(_)
        | Command::Reverse
        | Command::Columns
        | Command::Views
        | Command::SaveView
        | Command::Freeze
        | Command::Follow
        | Command::TimeFormat
        | Command::Family(_) => arrange(app, command, model, now, effects),
        Command::Mark | Command::MarkRange | Command::MarkRule | Command::Unmark | Command::InvertMarks => {
            mark(app, command, model, now);
        }
        Command::Answer
        | Command::Invoke(_)
        | Command::Repeat
        | Command::StopAction
        | Command::StopAll
        | Command::PauseAction
        | Command::Volume(_)
        | Command::PauseRecording
        | Command::StopRecording
        | Command::HangUp => act::act(app, command, model, now, effects),
        Command::Taller(by) => mouse::nudge(app, Edge::Below, by, effects),
        Command::Wider(by) => mouse::nudge(app, Edge::Beside, by, effects),
        Command::MoveColumn(by) => palette::move_column(app, by, model),
        Command::AllActs => push_picker(app, palette::acts(app, model)),
        Command::Palette => push_picker(app, palette::palette(app, model, now)),
        Command::Themes => push_picker(app, palette::themes(app)),
        Command::CommandLine => command_line::open(app, Purpose::Command, "", model),
        Command::Tour => {
            app.tour = if app.tour.is_some() { None } else { Some(0) };
            effects.push(Effect::Keep);
        }
        Command::Mask => app.masked = !app.masked,
        Command::Results => {
            if let Some(batch) = app.outbox.newest() {
                app.layers.push(Layer::Results { number: batch.number, scroll: 0 });
            }
        }
        Command::Retry => act::retry(app, now),
        Command::AddContext => command_line::open(app, Purpose::Context { add: true }, "", model),
        Command::DropContext => {
            let text = model.contexts().last().map(ToString::to_string).unwrap_or_default();
            command_line::open(app, Purpose::Context { add: false }, &text, model);
        }
        Command::Note => {
            if let Some(call) = app.target(model) {
                command_line::open(app, Purpose::Note(call), "", model);
            }
        }
        Command::Claim => {
            let (text, calls, on) = hub::claim(app, model);
            effects.extend(calls.into_iter().map(|call| Effect::Claim(call, on)));
            app.say(&Shown::new(&text), Tone::Plain, now);
        }
        Command::Applications => {
            let (shown, now) = app.shown(model, now);
            let text = hub::applications(shown, now.at);
            app.layers.push(Layer::Text(Text::new(
                "Applications of the hub".into(),
                &text,
                "applications.txt",
            )));
        }
        Command::Copy(what) => copy::copy(app, what, model, now, effects),
        Command::Export(what) => copy::export(app, what, model, now, effects),
        Command::Diff => flow::compare(app, model, now),
        Command::Unfold(on) => flow::unfold(app, on, model, now),
        Command::Wait(until) => alerts::wait(app, until, model, now),
        Command::Waits => alerts::waits(app),
        Command::Jump => alerts::jump(app, model, now),
        Command::Acknowledge => alerts::acknowledge(app, now),
        Command::Snooze => alerts::snooze(app, now),
        Command::Window => wall::next_window(app),
        Command::Definitions => wall::define(app),
        Command::LookBack
        | Command::Play
        | Command::Step(_)
        | Command::Seek(_)
        | Command::SeekEnd(_)
        | Command::SeekTo
        | Command::Faster(_)
        | Command::Now => past::perform(app, command, model, effects),
        Command::Send
        | Command::Field(_)
        | Command::Choose(_)
        | Command::Templates
        | Command::History
        | Command::Preview
        | Command::Expand
        | Command::Editor => act::in_form(app, command, model, now, effects),
    }
}

const FAR: i32 = 1_000_000;

fn push_picker(app: &mut App, picker: super::picker::Picker) {
    app.layers.push(Layer::Picker(Box::new(picker)));
}

/// Moves whatever the keys are on.
fn step(app: &mut App, model: &Model, now: Now, by: i32, effects: &mut Vec<Effect>) {
    match app.layers.last_mut() {
        Some(Layer::Text(text)) => text.step(by),
        Some(Layer::Picker(picker)) => {
            picker.step(by);
            palette::moved(app, effects);
        }
        // Where the end is, is known once it is drawn.
        Some(layer) => {
            if let Some(scroll) = layer.scroll() {
                *scroll = scroll.saturating_add_signed(by as isize);
            }
        }
        None => match app.pane {
            Pane::List => {
                app.list.step(by);
                app.moved_to(None);
            }
            Pane::Actions => step_action(app, model, now, by),
            Pane::Feed => step_feed(app, model, now, by),
            Pane::Log => app.put_log(moved(app.log_cursor, by, model.acts().len())),
            Pane::Flow => flow::step(app, model, now, by),
            Pane::Alerts => alerts::step(app, by),
            Pane::Wall => wall::step(app, by),
        },
    }
}

pub(super) fn moved(at: usize, by: i32, count: usize) -> usize {
    at.saturating_add_signed(by as isize).min(count.saturating_sub(1))
}

/// Puts the cursor of a pane of numbered lines on one of them.
pub(super) fn put_line(app: &mut App, pane: Pane, line: usize, model: &Model, now: Now) {
    match pane {
        Pane::Log => app.put_log(line),
        Pane::Flow => flow::put_line(app, model, now, line),
        Pane::Alerts => alerts::put(app, line),
        Pane::Wall => wall::put(app, line, model, now),
        Pane::List | Pane::Actions | Pane::Feed => {}
    }
}

fn step_action(app: &mut App, model: &Model, now: Now, by: i32) {
    let (model, _) = app.shown(model, now);
    let Some(call) = app.call(model) else { return };
    let actions = app.actions(call);
    let current = app.action(model).map(|action| &action.control_id);
    let at = actions.iter().position(|action| Some(&action.control_id) == current).unwrap_or(0);
    let next = actions.get(moved(at, by, actions.len())).map(|action| action.control_id.clone());
    app.action_cursor = next;
}

fn step_feed(app: &mut App, model: &Model, now: Now, by: i32) {
    let (shown, _) = app.shown(model, now);
    let entries = app.entries(shown);
    let at = app.feed.cursor.and_then(|seq| entries.iter().position(|entry| entry.seq == seq)).unwrap_or(0);
    let next = moved(at, by, entries.len());
    // On the newest line the feed follows.
    let cursor = entries.get(next).filter(|_| next > 0).map(|entry| entry.seq);
    app.feed.cursor = cursor;
}

/// Goes to the next or previous place with what was looked for.
pub(super) fn go_to_match(app: &mut App, by: i32, model: &Model, now: Now) {
    let found = match app.layers.last_mut() {
        Some(Layer::Text(text)) => text.go_to_match(by),
        _ => match app.pane {
            Pane::Feed => go_to_entry(app, by, model, now),
            Pane::Flow => flow::go_to_match(app, by, model, now),
            // Every line fits the filter.
            Pane::List if !app.list.filter.is_empty() => {
                let before = app.list.cursor.clone();
                app.list.step(by);
                app.moved_to(None);
                app.list.cursor != before
            }
            _ => return app.say(&"/ looks for something first".into(), Tone::Plain, now),
        },
    };
    if !found {
        app.say(&"no further match".into(), Tone::Plain, now);
    }
}

fn go_to_entry(app: &mut App, by: i32, model: &Model, now: Now) -> bool {
    let (shown, _) = app.shown(model, now);
    let entries = app.entries(shown);
    let at = app.feed.cursor.and_then(|seq| entries.iter().position(|entry| entry.seq == seq));
    let needle = app.feed.find.to_lowercase();
    let fits = |place: &usize| {
        let text = format!("{} {}", entries[*place].family.word(), entries[*place].text);
        !needle.is_empty() && text.to_lowercase().contains(&needle)
    };
    let found = match (by > 0, at) {
        (true, at) => (at.map_or(0, |at| at + 1)..entries.len()).find(fits),
        (false, at) => (0..at.unwrap_or(0)).rev().find(fits),
    };
    let cursor = found.map(|place| entries[place].seq);
    app.feed.cursor = cursor.or(app.feed.cursor);
    found.is_some()
}

fn next_pane(app: &mut App, by: i32) {
    let panes = app.panes();
    let at = panes.iter().position(|pane| *pane == app.pane).unwrap_or(0) as i32;
    app.pane = panes[(at + by).rem_euclid(panes.len() as i32) as usize];
}

/// Goes to a screen; Esc comes back to this one.
pub(super) fn go(app: &mut App, screen: Screen) {
    if screen != app.screen {
        app.trail.retain(|behind| *behind != screen);
        app.trail.push(app.screen);
    }
    show(app, screen);
}

fn show(app: &mut App, screen: Screen) {
    app.layers.clear();
    app.screen = screen;
    app.feed.cursor = None;
    app.pane = app.panes()[0];
}

/// Puts the cursor on a call and shows it.
pub(super) fn go_to_call(app: &mut App, call: &CallId) {
    app.list.put_on(Some(RowId::Call(call.clone())));
    app.moved_to(None);
    go(app, Screen::Detail);
}

fn open(app: &mut App, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match app.layers.last() {
        Some(Layer::Picker(_)) => return palette::choose(app, model, now, effects),
        Some(_) => return escape(app, now, effects),
        None => {}
    }
    match app.pane {
        Pane::List if app.list.call().is_some() => go(app, Screen::Detail),
        Pane::Actions => {
            let Some((call, action)) = app.call(model).zip(app.action(model)) else { return };
            let title = format!("{} {}", action.kind.word(), action.control_id);
            let frame = model.last_frame(call, action);
            let frame = frame.as_deref().map_or_else(|| action.ours.payload.to_string(), str::to_owned);
            app.layers.push(Layer::Text(Text::frame(Shown::new(&title), &frame)));
        }
        Pane::Feed => open_entry(app, model, now),
        Pane::Log => {
            let call = app.target(model);
            call.into_iter().for_each(|call| go_to_call(app, &call));
        }
        Pane::Flow => flow::open(app, model, now),
        Pane::Alerts => alerts::open(app, model, now),
        Pane::Wall => wall::open(app, model, now),
        Pane::List => {}
    }
}

fn open_entry(app: &mut App, model: &Model, now: Now) {
    let (shown, _) = app.shown(model, now);
    let entries = app.entries(shown);
    let chosen = app.feed.cursor.and_then(|seq| entries.iter().find(|entry| entry.seq == seq));
    let Some(entry) = chosen.or_else(|| entries.first()) else { return };
    let title = Shown::new(&format!("{} {}", entry.family.word(), entry.text));
    match shown.frames().get(entry.seq).cloned() {
        Some(frame) => app.layers.push(Layer::Text(Text::frame(title, &frame))),
        None => app.say(&Frames::GONE.into(), Tone::Plain, now),
    }
}

/// Takes the topmost layer away as if it had never been there, but for what was typed into a form: its history has it.
fn close_layer(app: &mut App, effects: &mut Vec<Effect>) -> bool {
    if let Some(Layer::Form(form)) = app.layers.last_mut()
        && form.preview.take().is_some()
    {
        return true;
    }
    match app.layers.pop() {
        Some(Layer::Form(form)) if form.is_dirty() => app.histories.keep(form.method.name, form.texts()),
        Some(Layer::Line(line)) => give_up(app, &line),
        // What was looked for in the help is forgotten before the help is left.
        Some(Layer::Help { find, .. }) if !find.is_empty() => {
            app.layers.push(Layer::Help { scroll: 0, find: String::new() });
        }
        Some(Layer::Picker(picker)) => palette::left(app, &picker, effects),
        Some(_) => {}
        None => return false,
    }
    true
}

fn give_up(app: &mut App, line: &Line) {
    match (&line.purpose, app.layers.last_mut()) {
        (Purpose::Filter { before, cursor }, _) => {
            app.list.filter = Filter::parse(before).unwrap_or_default();
            app.list.put_on(cursor.clone());
        }
        (Purpose::Find, Some(Layer::Help { find, .. })) => find.clear(),
        _ => {}
    }
}

pub(super) fn escape(app: &mut App, now: Now, effects: &mut Vec<Effect>) {
    if close_layer(app, effects) {
        return;
    }
    match app.screen {
        Screen::Calls if !app.list.filter.is_empty() || app.list.own.is_some() => {
            app.list.filter = Filter::default();
            app.list.leave_view();
        }
        Screen::Calls if !app.board.marks.is_empty() => {
            let marks = match app.board.marks.len() {
                1 => "1 mark".to_owned(),
                count => format!("{count} marks"),
            };
            app.board.marks.clear();
            app.say(&Shown::new(&format!("{marks} taken away")), Tone::Plain, now);
        }
        Screen::Calls if app.trail.is_empty() && app.tour.take().is_some() => effects.push(Effect::Keep),
        _ => leave_screen(app),
    }
}

/// Back to the screen behind this one; the list of calls is behind everything.
fn leave_screen(app: &mut App) {
    if app.screen == Screen::Calls && app.trail.is_empty() {
        return;
    }
    let behind = app.trail.pop().unwrap_or(Screen::Calls);
    show(app, behind);
}

fn back(app: &mut App, model: &Model, effects: &mut Vec<Effect>) {
    if close_layer(app, effects) {
        return;
    }
    if app.screen != Screen::Calls || !app.trail.is_empty() {
        return leave_screen(app);
    }
    quit(app, model, true, effects);
}

/// Leaves; asks first when something would be left behind, or when the key was pressed by habit.
fn quit(app: &mut App, model: &Model, by_habit: bool, effects: &mut Vec<Effect>) {
    match &app.past {
        // What is still to be done is done in the present.
        Some(past) if past.live => return effects.push(if by_habit { Effect::Now } else { Effect::Quit }),
        Some(_) if by_habit => {
            let confirm = Confirm::yes(vec!["Quit the replay?".into()], Agreed::Quit);
            return app.layers.push(Layer::Confirm(Box::new(confirm)));
        }
        Some(_) => return effects.push(Effect::Quit),
        None => {}
    }
    let running = model.my_running().count();
    let leaving = app.outbox.leaving().count();
    if running == 0 && leaving == 0 && !by_habit {
        return effects.push(Effect::Quit);
    }
    let mut lines = Vec::new();
    if running > 0 {
        lines.push(Shown::new(&format!(
            "{running} actions that you started still run; they go on without you."
        )));
    }
    for batch in app.outbox.leaving() {
        lines.push(Shown::new(&format!("{} has not left yet; it will not.", batch.title)));
    }
    lines.push("Quit callboard? Calls go on.".into());
    app.layers.push(Layer::Confirm(Box::new(Confirm::yes(lines, Agreed::Quit))));
}

fn undo(app: &mut App, now: Now) {
    if let Some((title, back, left)) = app.outbox.take_back() {
        let left = if left > 0 { format!("; {left} had left already") } else { String::new() };
        let text = if back == 1 && left.is_empty() {
            format!("{title} taken back")
        } else {
            format!("{title}: {back} taken back{left}")
        };
        app.say(&Shown::new(&text), Tone::Good, now);
    }
}

fn mark(app: &mut App, command: Command, model: &Model, now: Now) {
    match command {
        Command::Mark => match app.layers.last() {
            Some(Layer::Picker(picker)) if picker.kind == Kind::Columns => palette::toggle_column(app, model),
            Some(_) => {}
            None if app.pane == Pane::Flow => flow::mark(app, model, now),
            None => marks::toggle(app),
        },
        Command::MarkRange => marks::range(app),
        Command::MarkRule => {
            let menu = marks::menu(app, model, now);
            push_picker(app, menu);
        }
        Command::Unmark => app.board.marks.clear(),
        Command::InvertMarks => marks::invert(app, model),
        _ => {}
    }
}

/// Sorts by a column; by the same again turns the order around.
pub(super) fn sort_by(app: &mut App, column: Column, effects: &mut Vec<Effect>) {
    let list = &mut app.list;
    list.reversed = list.key == column && !list.reversed;
    list.key = column;
    effects.push(Effect::Keep);
}

/// Shows a saved view.
pub(super) fn show_view(app: &mut App, place: usize, model: &Model, now: Now) {
    let Some(view) = app.config.views.get(place).cloned() else { return };
    match Filter::parse(&view.filter) {
        Ok(filter) => app.list.filter = filter,
        Err(error) => {
            return app.say(&Shown::new(&format!("view {}: {}", view.name, error.what)), Tone::Bad, now);
        }
    }
    app.list.arrange(&view);
    go(app, Screen::Calls);
    app.refresh(model, now);
    app.list.put(0);
    app.moved_to(None);
}

fn arrange(app: &mut App, command: Command, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    match command {
        Command::Filter
            if matches!(app.layers.last(), Some(Layer::Text(_) | Layer::Help { .. }))
                || matches!(app.pane, Pane::Feed | Pane::Flow) =>
        {
            command_line::open(app, Purpose::Find, "", model);
        }
        Command::Filter => {
            if app.screen != Screen::Calls {
                go(app, Screen::Calls);
            }
            app.pane = Pane::List;
            let before = app.list.filter.text().to_owned();
            let purpose = Purpose::Filter { before: before.clone(), cursor: app.list.cursor.clone() };
            command_line::open(app, purpose, &before, model);
        }
        Command::Match(by) => go_to_match(app, by, model, now),
        Command::SortMenu => {
            let menu = palette::sorts(app, model);
            push_picker(app, menu);
        }
        Command::Scroll(by) if app.pane == Pane::Flow => flow::scroll(app, by, model, now),
        Command::Scroll(by) if app.pane == Pane::Wall => wall::across(app, by),
        Command::Scroll(by) => {
            app.list.first_column = moved(app.list.first_column, by, app.columns(model).len());
        }
        Command::Sort(by) => {
            let columns = app.columns(model);
            let at = columns.iter().position(|column| *column == app.list.key).unwrap_or(0) as i32;
            app.list.key = columns[(at + by).rem_euclid(columns.len() as i32) as usize];
        }
        Command::Reverse => app.list.reversed = !app.list.reversed,
        Command::Columns => {
            let menu = palette::columns(app, model);
            push_picker(app, menu);
        }
        Command::Views => {
            let menu = palette::views(app);
            push_picker(app, menu);
        }
        Command::SaveView => command_line::open(app, Purpose::View, &app.list.view.clone(), model),
        Command::Freeze => {
            app.frozen = if app.frozen.is_some() { None } else { Some(Box::new((model.clone(), now))) };
            app.board.held = app.frozen.is_some().then(|| app.board.watch.clone());
        }
        Command::Follow => {
            app.feed.cursor = None;
            app.flow.cursor = None;
            app.say(&"the newest event stays in view".into(), Tone::Plain, now);
        }
        Command::TimeFormat => {
            app.time_format = match app.time_format {
                TimeFormat::Clock => TimeFormat::SinceStart,
                TimeFormat::SinceStart => TimeFormat::Ago,
                TimeFormat::Ago => TimeFormat::Clock,
            };
        }
        Command::Family(by) => {
            let count = Family::ALL.len() as i32 + 1;
            let at = app.feed.family.and_then(|family| Family::ALL.iter().position(|other| *other == family));
            let next = (at.map_or(0, |place| place as i32 + 1) + by).rem_euclid(count);
            app.feed.family = usize::try_from(next - 1).ok().map(|place| Family::ALL[place]);
            app.feed.cursor = None;
        }
        _ => {}
    }
    let _ = effects;
}
