//! From chords to commands: a tree of sequences per focus, built from the command table.

use super::chord::{Chord, sequence};
use super::command::{COMMANDS, Command, Focus, Row};

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

/// What the chords pressed so far mean where `focus` has the keys. A focus goes before [`Focus::Global`], which a
/// form does not see.
#[must_use]
pub fn look_up(focus: Focus, pressed: &[Chord]) -> Found {
    let mut pending = false;
    for focus in [Some(focus), (focus != Focus::Form).then_some(Focus::Global)].into_iter().flatten() {
        for (row, keys) in bound(focus) {
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
pub fn continuations(focus: Focus, pressed: &[Chord]) -> Vec<(Chord, &'static Row)> {
    let longer = bound(focus).filter(|(_, keys)| keys.len() > pressed.len() && keys.starts_with(pressed));
    longer.map(|(row, keys)| (keys[pressed.len()], row)).collect()
}

fn bound(focus: Focus) -> impl Iterator<Item = (&'static Row, Vec<Chord>)> {
    let rows = COMMANDS.iter().filter(move |row| row.focus.contains(&focus));
    rows.flat_map(|row| row.keys.iter().filter_map(move |keys| Some((row, sequence(keys)?))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Focus; 5] = [Focus::Global, Focus::List, Focus::Actions, Focus::Feed, Focus::Form];

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
        for focus in ALL {
            let scopes = if focus == Focus::Form { vec![focus] } else { vec![focus, Focus::Global] };
            let all: Vec<_> = scopes.into_iter().flat_map(bound).collect();
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
        let r = Chord::parse("r").unwrap();
        assert_eq!(look_up(Focus::List, &[r]), Found::Pending);
        assert_eq!(continuations(Focus::List, &[r]).len(), 3);
        assert_eq!(
            look_up(Focus::List, &[r, Chord::parse("p").unwrap()]),
            Found::Command(Command::PauseRecording)
        );
    }
}
