//! One key press as text: `x`, `ctrl+t`, `enter`, `f5`. The same text names it in the key table, help and footer.

use std::borrow::Cow;
use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its control modifier. Shift is part of the character; Alt is not used (Esc would be slow over SSH).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    ctrl: bool,
}

const NAMES: [(&str, KeyCode); 14] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift+tab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
];

impl Chord {
    /// Reads one chord, as it is written (`ctrl+t`, `f5`, `enter`) or as it is shown (`^t`, `F5`, `Enter`); `None` when
    /// the text names no key that a terminal can tell.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let spelt = spelt(text);
        let text = spelt.as_ref();
        if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Some(Self { code: *code, ctrl: false });
        }
        if let Some(number) = text.strip_prefix('f').filter(|rest| !rest.is_empty()) {
            let number = number.parse().ok().filter(|n| (1..=12).contains(n))?;
            return Some(Self { code: KeyCode::F(number), ctrl: false });
        }
        let (ctrl, rest) = text.strip_prefix("ctrl+").map_or((false, text), |rest| (true, rest));
        let mut chars = if rest == "space" { " " } else { rest }.chars();
        let (c, None) = (chars.next()?, chars.next()) else { return None };
        // To a terminal Ctrl with h, i and m is Backspace, Tab and Enter; with most others it is nothing.
        let told = matches!(c, 'a'..='z' | ' ' | '4'..='7') && !matches!(c, 'h' | 'i' | 'm');
        (told || !ctrl).then_some(Self { code: KeyCode::Char(c), ctrl })
    }

    /// The chord of a key event.
    #[must_use]
    pub fn of(key: &KeyEvent) -> Self {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let code = match key.code {
            // Some terminals report the shift apart from the capital, or the small letter with it.
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::SHIFT) && c.is_ascii_lowercase() => {
                KeyCode::Char(c.to_ascii_uppercase())
            }
            KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            code => code,
        };
        Self { code, ctrl: ctrl && matches!(code, KeyCode::Char(_)) }
    }

    /// A key event that it is the chord of.
    #[must_use]
    pub const fn key(&self) -> KeyEvent {
        KeyEvent::new(self.code, if self.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE })
    }

    /// The character it types into a text field, if it types one.
    #[must_use]
    pub const fn typed(&self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl => Some(c),
            _ => None,
        }
    }

    /// The digit it types.
    #[must_use]
    pub fn digit(&self) -> Option<usize> {
        self.typed()?.to_digit(10).map(|digit| digit as usize)
    }
}

/// A chord in the spelling of the table, however else it is written.
fn spelt(text: &str) -> Cow<'_, str> {
    if text.chars().count() < 2 {
        return text.into();
    }
    let lower = text.to_lowercase();
    let control = ["^", "ctrl+", "ctrl-", "c-"].into_iter().find_map(|before| lower.strip_prefix(before));
    match (control, lower.as_str()) {
        (Some(rest), _) => format!("ctrl+{rest}").into(),
        (None, "shift-tab" | "backtab") => "shift+tab".into(),
        (None, "pageup") => "pgup".into(),
        (None, "pagedown") => "pgdn".into(),
        (None, "escape") => "esc".into(),
        (None, "return") => "enter".into(),
        (None, _) => lower.into(),
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.code {
            KeyCode::Char(' ') if self.ctrl => "^Space".to_owned(),
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(c) if self.ctrl => format!("^{c}"),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::F(n) => format!("F{n}"),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            code => format!("{code:?}"),
        };
        f.pad(&text)
    }
}

/// A sequence of chords, written with spaces: `r p`.
#[must_use]
pub fn sequence(text: &str) -> Option<Vec<Chord>> {
    text.split(' ').map(Chord::parse).collect()
}

/// A sequence as it is shown.
#[must_use]
pub fn shown(text: &str) -> String {
    let chords = sequence(text).unwrap_or_default();
    chords.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_read_and_write_themselves() {
        for (text, shown) in
            [("x", "x"), ("ctrl+t", "^t"), ("enter", "Enter"), ("f5", "F5"), ("space", "Space"), ("+", "+")]
        {
            let chord = Chord::parse(text).unwrap();
            assert_eq!(chord.to_string(), shown);
            assert_eq!(Chord::of(&chord.key()), chord);
        }
        assert_eq!(Chord::parse("f"), Some(Chord { code: KeyCode::Char('f'), ctrl: false }));
        assert_eq!((Chord::parse("f13"), Chord::parse("no"), Chord::parse("")), (None, None, None));
        for (other, text) in [
            ("^t", "ctrl+t"),
            ("Ctrl-T", "ctrl+t"),
            ("F5", "f5"),
            ("Enter", "enter"),
            ("PageUp", "pgup"),
            ("Shift-Tab", "shift+tab"),
        ] {
            assert_eq!(Chord::parse(other), Chord::parse(text), "{other}");
        }
        assert!(Chord::parse("^").is_some() && Chord::parse("H") != Chord::parse("h"));
        for text in ["ctrl+i", "ctrl+m", "^h", "ctrl+[", "ctrl+1", "ctrl+é", "ctrl+?", "ctrl+"] {
            assert_eq!(Chord::parse(text), None, "{text}");
        }
        for text in ["ctrl+j", "ctrl+space", "ctrl+7"] {
            let chord = Chord::parse(text).unwrap();
            assert_eq!(Chord::parse(&chord.to_string()), Some(chord), "{text}");
        }
    }

    #[test]
    fn capitals_are_capitals_however_the_terminal_reports_them() {
        let plain = KeyEvent::new(KeyCode::Char('H'), KeyModifiers::NONE);
        let shifted = KeyEvent::new(KeyCode::Char('h'), KeyModifiers::SHIFT);
        assert_eq!(Chord::of(&plain), Chord::of(&shifted));
    }
}
