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
        let first = self.problems.first().map(ToString::to_string).unwrap_or_default();
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

/// What is legible: the least contrast for text after WCAG 2, level AA.
pub const LEGIBLE: f64 = 4.5;

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

    /// What is drawn in `ink` as it looks on the ground of a role, such as that of the line under the cursor. A colour
    /// stays where it is legible; ordinary text, and what could not be read, takes the colour of the role.
    #[must_use]
    pub fn over(&self, ground: Role, ink: Style) -> Style {
        let (ground, text) = (self.style(ground), self.style(Role::Text));
        let whole = |style: Style| Style { sub_modifier: Modifier::all() - style.add_modifier, ..style };
        if ground.add_modifier.contains(Modifier::REVERSED) {
            let fg = ground.fg.or(Some(Color::Reset));
            return whole(Style { fg, bg: ground.bg.or(Some(Color::Reset)), ..ground });
        }
        let bg = ground.bg.or(text.bg);
        let is_legible = |fg: Color| bg.and_then(|bg| shade::contrast(fg, bg)).is_none_or(|c| c >= LEGIBLE);
        let own = ink.fg.filter(|fg| *fg != Color::Reset && Some(*fg) != text.fg && is_legible(*fg));
        // What was faint stays faint as long as the ground does not stand out itself.
        let mods = ground.add_modifier | (ink.add_modifier - Modifier::DIM);
        whole(Style { fg: own.or(ground.fg).or(text.fg), bg, add_modifier: mods, ..Style::default() })
    }
}
