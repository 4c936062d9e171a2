//! Where a key goes: to the line being typed, the question, the form, or by the key map to a command.

use crossterm::event::{KeyCode, KeyEvent};

use super::act;
use super::app::App;
use super::chord::Chord;
use super::command::{COMMANDS, Command, Focus};
use super::command_line;
use super::keymap::Found;
use super::layer::Layer;
use super::line::{Purpose, Typed};
use super::msg::Effect;
use super::picker::Kind;
use super::{hub, palette, perform};
use crate::model::{Model, Tone};
use crate::protocol::Shown;
use crate::time::Now;

/// Takes a key.
pub(super) fn key(app: &mut App, key: KeyEvent, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    app.list.chosen = true;
    let chord = Chord::of(&key);
    if into_layer(app, key, chord, model, now, effects) {
        return;
    }
    if !app.pressed.is_empty() && key.code == KeyCode::Esc {
        app.pressed.clear();
        return;
    }
    app.pressed.push(chord);
    let found = |focus| app.config.keymap.look_up(focus, &app.pressed);
    let past = app.looks_back().then(|| found(Focus::Past)).filter(|found| *found != Found::Nothing);
    match past.unwrap_or_else(|| found(app.focus())) {
        // At a hub contexts are not ours: their key shows whose they are.
        Found::Pending if hub::in_place_of_contexts(app) => {
            app.pressed.clear();
            app.run(Command::Applications, model, now, effects);
        }
        Found::Pending => {}
        Found::Command(command) => {
            app.pressed.clear();
            app.run(command, model, now, effects);
            // Several alerts are acknowledged one after another.
            let shouts = command != Command::Acknowledge && app.layers.is_empty();
            if shouts && app.shouted(chord, now) {
                caps_lock(app, now);
            }
        }
        Found::Nothing => {
            let sequence = app.pressed.len() > 1;
            app.pressed.clear();
            if sequence {
                let text = format!("{chord} is not one of the keys shown");
                app.say(&Shown::new(&text), Tone::Plain, now);
            } else if let Some(Layer::Form(form)) = app.layers.last_mut() {
                form.type_key(key);
            } else if app.layers.is_empty() && app.shouted(chord, now) {
                caps_lock(app, now);
            } else if app.layers.is_empty() && chord.typed().is_some() {
                let help = app.config.keymap.key_of(Command::Help);
                let text = format!("{chord} does nothing here; {help} shows what does");
                app.say(&Shown::new(&text), Tone::Plain, now);
            }
        }
    }
}

fn caps_lock(app: &mut App, now: Now) {
    app.say(&"Caps Lock? J K G are capitals".into(), Tone::Plain, now);
}

/// Lines being typed, questions and menus take keys before any command does.
fn into_layer(
    app: &mut App,
    key: KeyEvent,
    chord: Chord,
    model: &Model,
    now: Now,
    effects: &mut Vec<Effect>,
) -> bool {
    match app.layers.last_mut() {
        Some(Layer::Line(line)) => {
            let typed = line.key(key, &app.shelves);
            match typed {
                Typed::Enter => command_line::enter(app, model, now, effects),
                Typed::Escape => perform::escape(app, now, effects),
                Typed::Changed => command_line::changed(app, model, now),
                Typed::Moved => command_line::suggest(app, model),
                Typed::Not => return false,
            }
            true
        }
        Some(Layer::Picker(picker)) if picker.query.is_some() => {
            into_search(app, key, chord, model, now, effects)
        }
        Some(Layer::Picker(picker)) if picker.kind != Kind::Acts => {
            let chosen = app.pressed.is_empty() && picker.press(&chord.to_string());
            if chosen {
                palette::choose(app, model, now, effects);
            }
            chosen
        }
        Some(Layer::Confirm(_)) => {
            answer(app, chord, key, model, now, effects);
            true
        }
        Some(Layer::Form(form)) if form.templates.is_some() => {
            let chosen =
                chord.digit().and_then(|digit| form.templates.as_ref()?.get(digit.checked_sub(1)?).cloned());
            form.templates = None;
            if let Some(template) = chosen {
                form.fill_in(template.texts.iter().map(|(field, text)| (field, text)));
            } else if chord.typed().is_some() && chord.digit().is_none() {
                // Whoever types on wants no template.
                form.type_key(key);
            }
            true
        }
        Some(Layer::Form(form)) if chord.typed().is_some() => form.type_key(key),
        Some(Layer::Form(form)) if matches!(key.code, KeyCode::Left | KeyCode::Right) => {
            let by = if key.code == KeyCode::Left { -1 } else { 1 };
            form.choose(by) || form.type_key(key)
        }
        _ => false,
    }
}

/// A list that is searched by typing: letters go into the search, the rest moves.
fn into_search(
    app: &mut App,
    key: KeyEvent,
    chord: Chord,
    model: &Model,
    now: Now,
    effects: &mut Vec<Effect>,
) -> bool {
    let Some(Layer::Picker(picker)) = app.layers.last_mut() else { return false };
    let Some(query) = &mut picker.query else { return false };
    let is = |text: &str| Some(chord) == Chord::parse(text);
    if is("down") || is("ctrl+n") {
        picker.step(1);
    } else if is("up") || is("ctrl+p") {
        picker.step(-1);
    } else if is("pgdn") || is("pgup") {
        picker.step(if is("pgdn") { 8 } else { -8 });
    } else if is("tab") {
        // Fill in and go on typing, as a command.
        palette::edit(app);
    } else {
        match query.key(key, &app.shelves) {
            Typed::Enter => palette::choose(app, model, now, effects),
            Typed::Escape => perform::escape(app, now, effects),
            Typed::Changed => palette::search(app, model, now),
            Typed::Moved => {}
            Typed::Not => return false,
        }
    }
    true
}

/// `y` agrees to a question; a question about several calls wants their number, and Enter. Where a reason is asked for,
/// a digit gives one that is ready and agrees, Tab goes through those, `r` types another.
fn answer(app: &mut App, chord: Chord, key: KeyEvent, model: &Model, now: Now, effects: &mut Vec<Effect>) {
    let Some(Layer::Confirm(confirm)) = app.layers.last_mut() else { return };
    let mut because = false;
    if let Some(reasons) = &mut confirm.reasons {
        let ready = |digit: usize| reasons.ready.get(digit.checked_sub(1)?).cloned();
        match key.code {
            KeyCode::Tab => return reasons.step(1),
            KeyCode::BackTab => return reasons.step(-1),
            _ if chord.typed() == Some('r') => {
                let given = reasons.given.to_string();
                return command_line::open(app, Purpose::Reason, &given, model);
            }
            // Where a number of calls is typed, digits are for that.
            _ if confirm.count.is_none() => {
                if let Some(reason) = chord.digit().and_then(ready) {
                    (reasons.given, because) = (reason, true);
                }
            }
            _ => {}
        }
    }
    let agrees = match confirm.count {
        None => because || chord.typed() == Some('y'),
        Some(count) => key.code == KeyCode::Enter && confirm.typed == count.to_string(),
    };
    if agrees && confirm.lacks_reason() {
        return app.say(&"a reason is needed: r types one".into(), Tone::Plain, now);
    }
    if agrees {
        let Some(Layer::Confirm(confirm)) = app.layers.pop() else { return };
        return act::agreed(app, *confirm, model, now, effects);
    }
    let Some(count) = confirm.count else {
        app.layers.pop();
        return app.say(&"nothing was done".into(), Tone::Plain, now);
    };
    match key.code {
        KeyCode::Down | KeyCode::Char('j') => confirm.scroll += 1,
        KeyCode::Up | KeyCode::Char('k') => confirm.scroll = confirm.scroll.saturating_sub(1),
        KeyCode::PageDown => confirm.scroll += 8,
        KeyCode::PageUp => confirm.scroll = confirm.scroll.saturating_sub(8),
        KeyCode::Backspace => drop(confirm.typed.pop()),
        _ if Some(chord) == Chord::parse("ctrl+u") => confirm.typed.clear(),
        KeyCode::Char(c) if c.is_ascii_digit() && chord.typed().is_some() && confirm.typed.len() < 6 => {
            confirm.typed.push(c);
        }
        KeyCode::Enter => {
            confirm.typed.clear();
            let text = format!("type {count}, the number of calls, to go on; Esc gives up");
            app.say(&Shown::new(&text), Tone::Plain, now);
        }
        KeyCode::Esc => {
            app.layers.pop();
            app.say(&"nothing was done".into(), Tone::Plain, now);
        }
        _ => {}
    }
}

/// Takes pasted text to whatever is being typed.
pub(super) fn paste(app: &mut App, text: &str, model: &Model, now: Now) {
    match app.layers.last_mut() {
        Some(Layer::Form(form)) => form.paste(text),
        Some(Layer::Line(line)) => {
            line.paste(text);
            command_line::changed(app, model, now);
        }
        Some(Layer::Picker(picker)) => {
            if let Some(query) = &mut picker.query {
                query.paste(text);
                palette::search(app, model, now);
            }
        }
        _ => {}
    }
}

/// The text that was edited elsewhere goes where it came from.
pub(super) fn edited(app: &mut App, text: &str) {
    if let Some(Layer::Form(form)) = app.layers.last_mut() {
        form.replace(text.strip_suffix('\n').unwrap_or(text));
    }
}

/// The keys that can follow what was pressed so far, for the box that shows them.
#[must_use]
pub fn hints(app: &App) -> Vec<(String, &'static super::command::Row)> {
    if app.pressed.is_empty() {
        return Vec::new();
    }
    let next = app.config.keymap.continuations(app.focus(), &app.pressed);
    next.into_iter().map(|(chord, row)| (chord.to_string(), row)).collect()
}

/// The row of a command.
#[must_use]
pub fn row_of(command: Command) -> Option<&'static super::command::Row> {
    COMMANDS.iter().find(|row| row.command == command)
}
