//! What a meaning looks like: roles, and themes that give each role a style.
//!
//! A theme is a TOML file: `inherits` names the theme that gives everything this one leaves out, `[palette]` gives
//! colours a name, `[roles]` gives each [`Role`] a colour, or a table of `fg`, `bg` and `mods`. Since the roles of the
//! bundled themes are made of palette names, a palette is most of a theme.

mod depth;
mod file;
mod library;
mod role;
mod sample;
pub mod shade;
#[cfg(test)]
mod tests;

use ratatui::style::{Color, Modifier, Style};

pub use depth::Depth;
pub use file::COLOR_NAMES;
pub use library::{AUTO, Ground, Listed, Origin, Source, ThemeLibrary};
pub use role::Role;

use crate::config::Problem;

/// A style for every role, as one terminal can show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    name: String,
    ground: Ground,
    styles: Vec<Style>,
}

/// Why a theme cannot be used: everything that is wrong, each with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.lines().join("\n"))]
pub struct ThemeError {
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl ThemeError {
    /// The first problem, and how many more there are: for where there is one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let first = self.problems.first().map(Problem::brief).unwrap_or_default();
        match self.problems.len() {
            0 | 1 => first,
            count => format!("{first} (and {} more: `callboard themes` lists all)", count - 1),
        }
    }

    /// One line for each problem.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.problems.iter().map(ToString::to_string).collect()
    }
}

/// The least contrast of colours under the cursor: WCAG 2, level AA.
const LEGIBLE: f64 = 4.5;
/// The same of what is read second.
const FAINT: f64 = 3.0;

impl Theme {
    /// A bundled theme at a depth. Without a name the one that suits the depth.
    ///
    /// # Errors
    /// When there is no such theme.
    pub fn load(name: Option<&str>, depth: Depth) -> Result<Self, ThemeError> {
        ThemeLibrary::default().load(ThemeLibrary::choice(name, "", depth), depth)
    }

    /// The names of the bundled themes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        library::BUNDLED.iter().map(|(name, _)| *name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is drawn on.
    #[must_use]
    pub const fn ground(&self) -> Ground {
        self.ground
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// The same theme with another colour for the frame of a profile: a name of the sixteen, or `#` and six hexadecimal
    /// digits. What is no colour, and a terminal without colours, leaves the theme's own.
    #[must_use]
    pub fn framed(mut self, color: &str, depth: Depth) -> Self {
        if let (Ok(named), true) = (color.parse::<Color>(), depth != Depth::None) {
            // What a palette calls red may be a pale one, on which nothing can be read.
            let bg = if depth == Depth::Ansi { named } else { shade::solid(named) };
            let text = self.style(Role::Text);
            let mods = self.style(Role::Frame).add_modifier - Modifier::REVERSED;
            let frame =
                Style { bg: Some(bg), fg: Some(shade::ink_on(bg)), add_modifier: mods, ..Style::default() };
            self.styles[Role::Frame as usize] = depth.reduce(Role::Frame, frame, text);
        }
        self
    }

    /// What is drawn in `ink` as it looks on the ground of a role, such as that of the line under the cursor. A colour
    /// stays where it can be told from the ground; ordinary text, and what could not be read, takes the colour of the
    /// role. Whatever the ground says, nothing on it is dim.
    #[must_use]
    pub fn over(&self, ground: Role, ink: Style) -> Style {
        let (ground, text) = (self.style(ground), self.style(Role::Text));
        let is_reversed = ground.add_modifier.contains(Modifier::REVERSED);
        let bg = ground.bg.or(if is_reversed { None } else { text.bg }).unwrap_or(Color::Reset);
        let least = |fg: Color| if Some(fg) == self.style(Role::Faint).fg { FAINT } else { LEGIBLE };
        let stays = |fg: Color| {
            fg != Color::Reset
                && Some(fg) != text.fg
                && !is_reversed
                && shade::contrast(fg, bg).is_none_or(|contrast| contrast >= least(fg))
        };
        let own = ink.fg.filter(|fg| stays(*fg)).or(ground.fg);
        let fg = own.or(if is_reversed { None } else { text.fg }).unwrap_or(Color::Reset);
        let mods = ground.add_modifier | (ink.add_modifier - Modifier::DIM);
        Style::new().fg(fg).bg(bg).add_modifier(mods).remove_modifier(Modifier::all() - mods)
    }

    /// Whether a cell drawn in `style` lies on the line under the cursor.
    #[must_use]
    pub fn is_under_cursor(&self, style: Style) -> bool {
        let cursor = self.style(Role::Cursor);
        match cursor.bg {
            Some(bg) => style.bg == Some(bg),
            None => style.add_modifier.contains(Modifier::REVERSED),
        }
    }

    /// The cell where the next letter goes, in the field that has the keys.
    #[must_use]
    pub fn caret(&self) -> Style {
        let field = self.style(Role::FieldFocus);
        if field.add_modifier.contains(Modifier::REVERSED) {
            Style { add_modifier: Modifier::UNDERLINED, sub_modifier: Modifier::REVERSED, ..field }
        } else {
            field.add_modifier(Modifier::REVERSED)
        }
    }
}
