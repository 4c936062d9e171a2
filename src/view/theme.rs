//! What a meaning looks like: roles, and themes that give each role a style.

use std::collections::HashMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// What a piece of the screen means. Colours are named in themes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Text of less weight: labels, ended calls.
    Faint,
    /// Headings of panes and columns.
    Title,
    /// Frames of panes.
    Border,
    /// The frame of the pane that has the keys.
    BorderFocus,
    /// The line under the cursor, in the pane that has the keys.
    Cursor,
    /// The line under the cursor, elsewhere.
    CursorAway,
    /// The header line.
    Header,
    /// A call that was created.
    Created,
    /// A call that rings.
    Ringing,
    /// A call that is answered.
    Answered,
    /// A call that is ending.
    Ending,
    /// An action that runs.
    Running,
    /// An action that is paused.
    Paused,
    /// Asked for and not confirmed: never a fact.
    Intent,
    /// Not known to be true any more.
    Doubt,
    /// Something went well.
    Good,
    /// Something went wrong, or destroys something.
    Bad,
    /// A recording that runs.
    Recording,
    /// A key that can be pressed.
    Key,
    /// What a key does.
    Hint,
    /// A field of a form.
    Field,
    /// The field that has the keys.
    FieldFocus,
    /// What lies over the screen.
    Popup,
}

impl Role {
    /// Every role with its name in theme files.
    pub const ALL: [(Self, &'static str); 24] = [
        (Self::Text, "text"),
        (Self::Faint, "faint"),
        (Self::Title, "title"),
        (Self::Border, "border"),
        (Self::BorderFocus, "border-focus"),
        (Self::Cursor, "cursor"),
        (Self::CursorAway, "cursor-away"),
        (Self::Header, "header"),
        (Self::Created, "created"),
        (Self::Ringing, "ringing"),
        (Self::Answered, "answered"),
        (Self::Ending, "ending"),
        (Self::Running, "running"),
        (Self::Paused, "paused"),
        (Self::Intent, "intent"),
        (Self::Doubt, "doubt"),
        (Self::Good, "good"),
        (Self::Bad, "bad"),
        (Self::Recording, "recording"),
        (Self::Key, "key"),
        (Self::Hint, "hint"),
        (Self::Field, "field"),
        (Self::FieldFocus, "field-focus"),
        (Self::Popup, "popup"),
    ];
}

impl Role {
    /// Without colours, what must stand out is reversed or underlined instead.
    fn without_colors(self, style: Style, depth: Depth) -> Style {
        match (depth, self) {
            (Depth::None, Self::Cursor | Self::FieldFocus) => style.add_modifier(Modifier::REVERSED),
            (Depth::None, Self::Field) => style.add_modifier(Modifier::UNDERLINED),
            _ => style,
        }
    }
}

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: only bold, underlined and reversed.
    None,
    /// The sixteen of ANSI.
    Ansi,
    /// The palette of 256.
    Palette,
    /// All.
    True,
}

impl Depth {
    /// What the environment says about the terminal.
    #[must_use]
    pub fn of(no_color: bool, term: &str, colorterm: &str) -> Self {
        if no_color || term == "dumb" {
            Self::None
        } else if matches!(colorterm, "truecolor" | "24bit") {
            Self::True
        } else if term.contains("256color") || term.contains("direct") {
            Self::Palette
        } else {
            Self::Ansi
        }
    }
}

/// The themes that come with the program.
const BUNDLED: [(&str, &str); 2] =
    [("dark", include_str!("../../themes/dark.toml")), ("ansi", include_str!("../../themes/ansi.toml"))];

/// A style for every role.
#[derive(Debug, Clone)]
pub struct Theme {
    styles: Vec<Style>,
}

/// Why a theme cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// No theme of that name.
    #[error("there is no theme {name:?}; there are: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },
    /// Its file is no theme.
    #[error("theme {name}: {why}")]
    Broken {
        /// The theme.
        name: String,
        /// Everything that is wrong.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    #[serde(default)]
    palette: HashMap<String, String>,
    roles: HashMap<String, StyleSpec>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StyleSpec {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    mods: Vec<String>,
}

impl Theme {
    /// The names of all themes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUNDLED.iter().map(|(name, _)| *name)
    }

    /// A theme at a depth. Without a name: the default, or the one of sixteen colours where there are no more.
    ///
    /// # Errors
    /// When there is no such theme, or its file is wrong.
    pub fn load(name: Option<&str>, depth: Depth) -> Result<Self, ThemeError> {
        let name = name.unwrap_or(if depth == Depth::Ansi { "ansi" } else { "dark" });
        let Some((_, text)) = BUNDLED.iter().find(|(known, _)| *known == name) else {
            let known = Self::names().collect::<Vec<_>>().join(", ");
            return Err(ThemeError::Unknown { name: name.to_owned(), known });
        };
        Self::parse(text, depth).map_err(|why| ThemeError::Broken { name: name.to_owned(), why })
    }

    fn parse(text: &str, depth: Depth) -> Result<Self, String> {
        let file: ThemeFile = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut faults = Vec::new();
        let unknown = file.roles.keys().filter(|name| !Role::ALL.iter().any(|(_, known)| known == name));
        faults.extend(unknown.map(|name| format!("there is no role {name:?}")));
        let mut styles = vec![Style::default(); Role::ALL.len()];
        for (role, name) in Role::ALL {
            match file.roles.get(name).map(|spec| spec.style(&file.palette, depth)) {
                Some(Ok(style)) => styles[role as usize] = role.without_colors(style, depth),
                Some(Err(why)) => faults.push(format!("role {name:?}: {why}")),
                None => faults.push(format!("role {name:?} is missing")),
            }
        }
        faults.sort();
        if faults.is_empty() { Ok(Self { styles }) } else { Err(faults.join("; ")) }
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

impl StyleSpec {
    fn style(&self, palette: &HashMap<String, String>, depth: Depth) -> Result<Style, String> {
        let mut style = Style::default();
        if let Some(fg) = &self.fg {
            style.fg = color(fg, palette, depth)?;
        }
        if let Some(bg) = &self.bg {
            style.bg = color(bg, palette, depth)?;
        }
        for name in &self.mods {
            style = style.add_modifier(match name.as_str() {
                "bold" => Modifier::BOLD,
                "dim" => Modifier::DIM,
                "italic" => Modifier::ITALIC,
                "underlined" => Modifier::UNDERLINED,
                "reversed" => Modifier::REVERSED,
                other => return Err(format!("{other:?} is none of bold, dim, italic, underlined, reversed")),
            });
        }
        Ok(style)
    }
}

fn color(text: &str, palette: &HashMap<String, String>, depth: Depth) -> Result<Option<Color>, String> {
    let text = palette.get(text).map_or(text, String::as_str);
    let color: Color = text.parse().map_err(|_| format!("{text:?} is no colour and not in the palette"))?;
    Ok(match (depth, color) {
        (Depth::None, _) => None,
        (Depth::Palette, Color::Rgb(r, g, b)) => Some(Color::Indexed(nearest(r, g, b))),
        (Depth::Ansi, Color::Rgb(r, g, b)) => Some(ansi(r, g, b)),
        (_, color) => Some(color),
    })
}

/// The nearest of the 6x6x6 cube and the grey ramp.
fn nearest(r: u8, g: u8, b: u8) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |v: u8| (0..6u8).min_by_key(|&i| STEPS[usize::from(i)].abs_diff(v)).unwrap_or(0);
    let cube = (step(r), step(g), step(b));
    let grey = ((u16::from(r) + u16::from(g) + u16::from(b)) / 3).saturating_sub(3) / 10;
    let grey = grey.min(23) as u8;
    let far = |x: (u8, u8, u8)| {
        let d = |a: u8, b: u8| i32::from(a.abs_diff(b)).pow(2);
        d(x.0, r) + d(x.1, g) + d(x.2, b)
    };
    let level = 8 + 10 * grey;
    let of_cube = (STEPS[usize::from(cube.0)], STEPS[usize::from(cube.1)], STEPS[usize::from(cube.2)]);
    if far((level, level, level)) < far(of_cube) {
        232 + grey
    } else {
        16 + 36 * cube.0 + 6 * cube.1 + cube.2
    }
}

/// The nearest of the sixteen, by hue and brightness.
fn ansi(r: u8, g: u8, b: u8) -> Color {
    let bright = r.max(g).max(b) > 160;
    let on = |v: u8| v > r.max(g).max(b) / 2 + 20;
    match (on(r), on(g), on(b), bright) {
        (false, false, false, true) => Color::Gray,
        (false, false, false, false) if r.max(g).max(b) < 50 => Color::Black,
        (true, true, true, true) => Color::White,
        (true, true, true, false) | (false, false, false, false) => Color::DarkGray,
        (true, false, false, _) => Color::Red,
        (false, true, false, _) => Color::Green,
        (true, true, false, _) => Color::Yellow,
        (false, false, true, _) => Color::Blue,
        (true, false, true, _) => Color::Magenta,
        (false, true, true, _) => Color::Cyan,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_theme_loads_at_every_depth() {
        for name in Theme::names() {
            for depth in [Depth::None, Depth::Ansi, Depth::Palette, Depth::True] {
                Theme::load(Some(name), depth).unwrap();
            }
        }
    }

    #[test]
    fn a_theme_names_everything_that_is_wrong_with_it() {
        let why =
            Theme::parse("[roles]\ntext = { fg = \"chartreuse-ish\" }\nblink = {}", Depth::True).unwrap_err();
        assert!(
            why.contains("blink") && why.contains("chartreuse-ish") && why.contains("\"popup\" is missing"),
            "{why}"
        );
    }

    #[test]
    fn without_colours_the_cursor_can_still_be_seen() {
        let theme = Theme::load(None, Depth::None).unwrap();
        assert!(theme.style(Role::Cursor).add_modifier.contains(Modifier::REVERSED));
        assert_eq!(theme.style(Role::Answered).fg, None);
    }
}
