//! A short guided tour: one line that says what to press, and goes on when it was done. It takes no key away but the
//! Esc that leaves it.

use super::app::App;
use super::command::{Command, Screen};
use super::keymap::Keymap;
use super::layer::Layer;
use super::picker::Kind;
use crate::catalog::ActionKind;
use crate::model::{Action, Model};

/// A step of the tour.
struct Step {
    /// What to press and what for, within sixty columns.
    says: fn(&Keymap) -> String,
    /// Whether it was done.
    done: fn(&App, &Model) -> bool,
}

/// The tour.
static STEPS: &[Step] = &[
    Step {
        says: |keys| {
            format!(
                "A line is a live call. {} {} move.",
                key(keys, Command::Move(1)),
                key(keys, Command::Move(-1))
            )
        },
        done: |app, _| app.list.index().is_some_and(|line| line > 0),
    },
    Step {
        says: |keys| format!("Find a caller: {} 1202 Enter", key(keys, Command::Filter)),
        done: |app, _| app.list.filter.text().contains("1202") && app.layers.is_empty(),
    },
    Step {
        says: |keys| {
            let (speak, templates) = (key(keys, Command::Invoke("play_tts")), key(keys, Command::Templates));
            format!("Speak into the call: {speak}, then {templates} 1, then Enter")
        },
        done: |app, model| playing(app, model).is_some(),
    },
    Step {
        says: |keys| {
            format!("The cursor is on what you started. {} stops it.", key(keys, Command::StopAction))
        },
        done: |app, model| {
            playing(app, model).is_some_and(|action| action.ours.asked.is_some() || action.is_over())
        },
    },
    Step {
        says: |keys| {
            format!(
                "{} opens the call, {} shows its life as a ladder.",
                key(keys, Command::Open),
                key(keys, Command::Go(Screen::Flow))
            )
        },
        done: |app, _| app.screen == Screen::Flow,
    },
    Step {
        says: |keys| {
            format!(
                "Back: {}, and {} clears the filter.",
                key(keys, Command::Go(Screen::Calls)),
                key(keys, Command::Escape)
            )
        },
        done: |app, _| app.screen == Screen::Calls && app.list.filter.is_empty(),
    },
    Step {
        says: |keys| format!("Mark many by a rule: {} 1", key(keys, Command::MarkRule)),
        done: |app, _| app.board.marks.len() > 1,
    },
    Step {
        says: |keys| format!("Acts go to all marked. {} takes the marks away.", key(keys, Command::Unmark)),
        done: |app, _| app.board.marks.is_empty(),
    },
    Step {
        says: |keys| {
            format!(
                "The floor in numbers: {}. Enter on one shows its calls.",
                key(keys, Command::Go(Screen::Wall))
            )
        },
        done: |app, _| app.screen == Screen::Wall,
    },
    Step {
        says: |keys| {
            format!(
                "Everything else: {} finds it, {} shows every key.",
                key(keys, Command::Palette),
                key(keys, Command::Help)
            )
        },
        done: |app, _| match app.layers.last() {
            Some(Layer::Picker(picker)) => picker.kind == Kind::Palette,
            Some(Layer::Help { .. }) => true,
            _ => false,
        },
    },
    Step { says: |_| "That was the tour. :tour starts it again.".to_owned(), done: |_, _| false },
];

fn key(keys: &Keymap, command: Command) -> String {
    keys.key_of(command)
}

/// The newest play of mine on the call under the cursor.
fn playing<'a>(app: &App, model: &'a Model) -> Option<&'a Action> {
    let mine = |action: &&Action| action.is_mine() && action.kind == ActionKind::Play;
    app.call(model)?.actions.iter().rev().find(mine)
}

/// Goes on when the step was done.
pub(super) fn follow(app: &mut App, model: &Model) {
    while let Some(at) = app.tour
        && let Some(step) = STEPS.get(at)
        && (step.done)(app, model)
    {
        app.tour = Some(at + 1);
    }
}

/// What the tour says now: the step, how many there are, and what to press.
#[must_use]
pub fn says(app: &App) -> Option<(usize, usize, String)> {
    let at = app.tour?;
    let step = STEPS.get(at)?;
    Some((at + 1, STEPS.len(), (step.says)(&app.config.keymap)))
}
