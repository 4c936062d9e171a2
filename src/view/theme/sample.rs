//! A theme as a line of text with escape sequences, for lists of themes outside the console.

use std::fmt::Write;

use ratatui::style::{Color, Modifier, Style};

use super::{Role, Theme};

/// What a sample shows.
const WORDS: [(&str, Role); 9] = [
    (" text", Role::Text),
    (" faint", Role::Faint),
    (" ANS", Role::Answered),
    (" RNG", Role::Ringing),
    (" REC", Role::Recording),
    (" asked", Role::Intent),
    (" FAILED", Role::Bad),
    (" key ", Role::Key),
    (" > cursor ", Role::Cursor),
];

impl Theme {
    /// A line that shows the theme on a terminal.
    #[must_use]
    pub fn sample(&self) -> String {
        let ground = Style { bg: self.style(Role::Text).bg, ..Style::default() };
        let word =
            |(word, role): (&str, Role)| format!("{}{word}\x1b[0m", sgr(ground.patch(self.style(role))));
        WORDS.into_iter().map(word).collect()
    }
}

/// The escape sequence that switches a style on.
fn sgr(style: Style) -> String {
    let mut out = String::from("\x1b[0");
    for (modifier, code) in [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
    ] {
        if style.add_modifier.contains(modifier) {
            let _ = write!(out, ";{code}");
        }
    }
    for (color, ground) in [(style.fg, 0), (style.bg, 10)] {
        match color.map(|color| (color, named(color))) {
            Some((_, Some(number))) => {
                let code = ground + if number < 8 { 30 + u16::from(number) } else { 82 + u16::from(number) };
                let _ = write!(out, ";{code}");
            }
            Some((Color::Rgb(r, g, b), None)) => {
                let _ = write!(out, ";{};2;{r};{g};{b}", 38 + ground);
            }
            Some((Color::Indexed(index), None)) => {
                let _ = write!(out, ";{};5;{index}", 38 + ground);
            }
            Some((_, None)) | None => {}
        }
    }
    out.push('m');
    out
}

/// The number of one of the sixteen.
const fn named(color: Color) -> Option<u8> {
    Some(match color {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_switched_on_by_the_usual_sequences() {
        let style = Style::new().fg(Color::LightRed).bg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD);
        assert_eq!(sgr(style), "\x1b[0;1;91;48;2;1;2;3m");
        assert_eq!(sgr(Style::new().fg(Color::Indexed(200)).bg(Color::Blue)), "\x1b[0;38;5;200;44m");
    }
}
