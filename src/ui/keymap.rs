//! From chords to commands: the command table's keys, or the user's own, as sequences per focus.

use super::chord::{Chord, sequence};
use super::command::{COMMANDS, Command, Focus, Row};
use crate::protocol::Shown;

/// What a sequence of chords amounts to so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A command.
    Command(Command),
    /// The start of some.
    Pending,
    /// Nothing.
    Nothing,
}

/// Other keys for a command, as a configuration asks for them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Override {
    /// Name of the command.
    pub command: String,
    /// Its keys, each a sequence such as `r p`. None takes its keys away.
    pub keys: Vec<String>,
}

/// Something wrong with other keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyProblem {
    /// Which of the overrides.
    pub index: usize,
    /// What, and what to do about it.
    pub what: String,
    /// The command that it is in conflict with, when that is what is wrong.
    pub other: Option<&'static str>,
}

/// The keys of a row.
#[derive(Debug, Clone)]
struct Binding {
    row: &'static Row,
    keys: Vec<Vec<Chord>>,
    /// Which override gave them, if one did.
    by: Option<usize>,
}

/// Every command with its keys.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Default for Keymap {
    fn default() -> Self {
        let keys = |row: &Row| row.keys.iter().filter_map(|keys| sequence(keys)).collect();
        let bindings = COMMANDS.iter().map(|row| Binding { row, keys: keys(row), by: None }).collect();
        Self { bindings }
    }
}

impl Keymap {
    /// The table's keys with these in place of some. A key that an override takes from a command which has others
    /// left goes to the override; whatever would make a command unreachable or a key ambiguous is an error.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn with(overrides: &[Override]) -> Result<Self, Vec<KeyProblem>> {
        let mut keymap = Self::default();
        let mut problems = Vec::new();
        for (index, asked) in overrides.iter().enumerate() {
            if let Err(what) = keymap.set(index, asked) {
                problems.push(KeyProblem { index, what, other: None });
            }
        }
        problems.extend(keymap.conflicts());
        if problems.is_empty() { Ok(keymap) } else { Err(problems) }
    }

    fn set(&mut self, index: usize, asked: &Override) -> Result<(), String> {
        let Some(place) = self.bindings.iter().position(|binding| binding.row.name == asked.command) else {
            return Err(unknown(&asked.command));
        };
        let mut keys = Vec::new();
        for text in &asked.keys {
            let chords = sequence(text).ok_or_else(|| {
                format!(
                    "{:?} is no key; keys are x, X, ctrl+t, f5, enter, space, or several with blanks: r p",
                    Shown::new(text).as_str()
                )
            })?;
            let types = |first: &Chord| first.typed().is_some();
            if self.bindings[place].row.focus.contains(&Focus::Form) && chords.first().is_some_and(types) {
                return Err(format!(
                    "{} types into the field of a form; use Enter, Esc, ctrl+t and the like, or f1 to f12",
                    shown(&chords)
                ));
            }
            keys.push(chords);
        }
        let way = match self.bindings[place].row.command {
            Command::Interrupt => Some("it is the way out of everything"),
            Command::Escape => Some("it is the way back"),
            Command::Send => Some("without it no form can be sent"),
            _ => None,
        };
        if let Some(why) = way.filter(|_| keys.is_empty()) {
            return Err(format!("needs a key: {why}"));
        }
        let binding = &mut self.bindings[place];
        if let Some(before) = binding.by {
            return Err(format!("{} was given keys before (entry {})", asked.command, before + 1));
        }
        binding.keys = keys;
        binding.by = Some(index);
        Ok(())
    }

    /// Keys with two meanings, and keys hidden behind a shorter one, blamed on the override that made them so.
    fn conflicts(&self) -> Vec<KeyProblem> {
        let mut problems = Vec::new();
        for (place, one) in self.bindings.iter().enumerate() {
            for other in &self.bindings[place + 1..] {
                let Some(index) = other.by.max(one.by).filter(|_| meet(one.row, other.row)) else { continue };
                let clash = one.keys.iter().find(|keys| {
                    other.keys.iter().any(|others| keys.starts_with(others) || others.starts_with(keys))
                });
                if let Some(keys) = clash {
                    let other = if one.by == Some(index) { other.row.name } else { one.row.name };
                    let what = format!(
                        "{} already belongs to {other}; give {other} another key, or [] to take its keys away",
                        shown(keys),
                    );
                    problems.push(KeyProblem { index, what, other: Some(other) });
                }
            }
        }
        problems
    }

    /// What the chords pressed so far mean where `focus` has the keys. A focus goes before [`Focus::Global`], which a
    /// form and the past do not see.
    #[must_use]
    pub fn look_up(&self, focus: Focus, pressed: &[Chord]) -> Found {
        let mut pending = false;
        for focus in scopes(focus) {
            for (row, keys) in self.bound(focus) {
                if keys == pressed {
                    return Found::Command(row.command);
                }
                pending |= keys.starts_with(pressed);
            }
        }
        if pending { Found::Pending } else { Found::Nothing }
    }

    /// What can follow the chords pressed so far: the next chord of each, and the row it leads to.
    #[must_use]
    pub fn continuations(&self, focus: Focus, pressed: &[Chord]) -> Vec<(Chord, &'static Row)> {
        let all = scopes(focus).flat_map(|focus| self.bound(focus));
        let longer = all.filter(|(_, keys)| keys.len() > pressed.len() && keys.starts_with(pressed));
        longer.map(|(row, keys)| (keys[pressed.len()], row)).collect()
    }

    /// The keys of a command, the main one first, as they are shown.
    #[must_use]
    pub fn keys(&self, row: &Row) -> Vec<String> {
        let binding = self.bindings.iter().find(|binding| binding.row.name == row.name);
        binding.map(|binding| binding.keys.iter().map(|keys| shown(keys)).collect()).unwrap_or_default()
    }

    /// The chords of the main key of a row.
    #[must_use]
    pub fn chords(&self, row: &Row) -> Option<&[Chord]> {
        let binding = self.bindings.iter().find(|binding| binding.row.name == row.name)?;
        binding.keys.first().map(Vec::as_slice)
    }

    /// The main key of a row, as it is shown.
    #[must_use]
    pub fn key(&self, row: &Row) -> Option<String> {
        self.chords(row).map(shown)
    }

    /// The main key of a command, as it is shown; its name for the command line where it has none.
    #[must_use]
    pub fn key_of(&self, command: Command) -> String {
        let row = COMMANDS.iter().find(|row| row.command == command);
        row.map_or_else(String::new, |row| self.key(row).unwrap_or_else(|| format!(":{}", row.name)))
    }

    fn bound(&self, focus: Focus) -> impl Iterator<Item = (&'static Row, &[Chord])> {
        let here = self.bindings.iter().filter(move |binding| binding.row.focus.contains(&focus));
        here.flat_map(|binding| binding.keys.iter().map(move |keys| (binding.row, keys.as_slice())))
    }
}

/// Where the keys are looked for, in this order.
fn scopes(focus: Focus) -> impl Iterator<Item = Focus> {
    let alone = matches!(focus, Focus::Form | Focus::Global | Focus::Past);
    [Some(focus), (!alone).then_some(Focus::Global)].into_iter().flatten()
}

/// Whether two rows can have the keys at the same moment.
fn meet(one: &Row, other: &Row) -> bool {
    let everywhere = |row: &Row| row.focus.contains(&Focus::Global);
    // In the past its keys go before all others, on purpose.
    let apart = |row: &Row| matches!(row.focus, [Focus::Form] | [Focus::Past]);
    let global = |a: &Row, b: &Row| everywhere(a) && !apart(b);
    one.focus.iter().any(|focus| other.focus.contains(focus)) || global(one, other) || global(other, one)
}

fn shown(keys: &[Chord]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn unknown(name: &str) -> String {
    let near = crate::filter::nearest(name, COMMANDS.iter().map(|row| row.name));
    let name = Shown::new(name);
    near.map_or_else(
        || format!("there is no command {name}; `callboard keys` lists them"),
        |near| format!("there is no command {name}; did you mean {near}?"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(overrides: &[(&str, &[&str])]) -> Result<Keymap, Vec<String>> {
        let overrides: Vec<_> = overrides
            .iter()
            .map(|(command, keys)| Override {
                command: (*command).to_owned(),
                keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            })
            .collect();
        Keymap::with(&overrides)
            .map_err(|problems| problems.into_iter().map(|problem| problem.what).collect())
    }

    #[test]
    fn every_key_of_the_table_can_be_pressed() {
        for row in COMMANDS {
            for keys in row.keys {
                assert!(sequence(keys).is_some(), "{}: {keys:?} is no key", row.name);
            }
        }
    }

    #[test]
    fn no_key_has_two_meanings_and_none_hides_behind_a_shorter_one() {
        let keymap = Keymap::default();
        for focus in Focus::ALL {
            let all: Vec<_> = scopes(focus).flat_map(|focus| keymap.bound(focus)).collect();
            for (index, (one, keys)) in all.iter().enumerate() {
                for (other, others) in &all[index + 1..] {
                    let clash = keys.starts_with(others) || others.starts_with(keys);
                    assert!(
                        !clash || one.name == other.name,
                        "{focus:?}: {} and {} share {keys:?}",
                        one.name,
                        other.name
                    );
                }
            }
        }
    }

    #[test]
    fn a_prefix_waits_for_what_can_follow() {
        let keymap = Keymap::default();
        let r = Chord::parse("r").unwrap();
        assert_eq!(keymap.look_up(Focus::List, &[r]), Found::Pending);
        assert_eq!(keymap.continuations(Focus::List, &[r]).len(), 3);
        let p = Chord::parse("p").unwrap();
        assert_eq!(keymap.look_up(Focus::List, &[r, p]), Found::Command(Command::PauseRecording));
    }

    #[test]
    fn keys_can_be_changed_added_and_taken_away() {
        let keymap = with(&[("hang-up", &["f8", "B"]), ("repeat", &[])]).unwrap();
        assert_eq!(keymap.key_of(Command::HangUp), "F8");
        assert_eq!(keymap.key_of(Command::Repeat), ":repeat");
        assert_eq!(keymap.look_up(Focus::List, &[Chord::parse("H").unwrap()]), Found::Nothing);
    }

    #[test]
    fn two_commands_can_swap_their_keys() {
        let keymap = with(&[("play-tts", &["d"]), ("send-digits", &["t"])]).unwrap();
        assert_eq!(keymap.key_of(Command::Invoke("play_tts")), "d");
    }

    #[test]
    fn a_form_keeps_keys_that_work_in_it() {
        for (command, keys, part) in [
            ("form-cancel", &["a"][..], "a types into the field"),
            ("form-send", &["f5", "space"], "Space types into the field"),
            ("form-next", &["r p"], "r p types into the field"),
            ("interrupt", &["x"], "x types into the field"),
            ("interrupt", &[], "needs a key"),
            ("escape", &[], "needs a key"),
            ("form-cancel", &[], "needs a key"),
            ("form-send", &[], "needs a key"),
        ] {
            let problems = with(&[(command, keys)]).unwrap_err();
            assert!(problems[0].contains(part), "{command} {keys:?}: {problems:?}");
        }
        assert!(with(&[("form-cancel", &["f8", "ctrl+x"]), ("form-preview", &[])]).is_ok());
    }

    #[test]
    fn everything_wrong_is_said_at_once_and_names_both_sides() {
        let problems = with(&[("hang-upp", &["x"]), ("play-tts", &["hello"]), ("note", &["r"])]).unwrap_err();
        assert!(problems[0].contains("did you mean hang-up?"), "{problems:?}");
        assert!(problems[1].contains("\"hello\" is no key"), "{problems:?}");
        assert!(problems.iter().any(|what| what.contains("record")), "{problems:?}");
    }
}
