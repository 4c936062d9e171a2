//! How many colours there are, and what takes the place of those that are missing.

use ratatui::style::{Color, Modifier, Style};

use super::role::Role;
use super::shade;

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: only bold, dim, underlined and reversed.
    None,
    /// The sixteen of ANSI.
    Ansi,
    /// The palette of 256.
    Palette,
    /// All.
    True,
}

/// A ground this much brighter or darker than that of the screen is a colour of its own; below it is a tint, for
/// which sixteen colours have no room.
const LOUD: f64 = 2.5;

impl Depth {
    /// Every depth, the least first.
    pub const ALL: [Self; 4] = [Self::None, Self::Ansi, Self::Palette, Self::True];

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

    /// A role's style as this depth can show it. `text` is the full style of ordinary text.
    pub(super) fn reduce(self, role: Role, style: Style, text: Style) -> Style {
        match self {
            Self::True => style,
            Self::Palette => of_256(style, text),
            Self::Ansi => of_16(role, style, text),
            Self::None => {
                let mods = style.add_modifier | in_place_of_tint(role) | in_place_of_color(role);
                // A title is not dim because the frame around it is.
                Style::new().add_modifier(mods).remove_modifier(Modifier::DIM - mods)
            }
        }
    }
}

/// The nearest of 256. What lies on the ground of the screen stays apart from it.
fn of_256(style: Style, text: Style) -> Style {
    let nearest = |color: Color, taken: Option<u8>| match color {
        Color::Rgb(r, g, b) => Color::Indexed(shade::nearest_of_256([r, g, b], taken)),
        named => named,
    };
    let ground = text.bg.map(|bg| nearest(bg, None));
    let taken = ground.filter(|_| style.bg != text.bg).and_then(|ground| match ground {
        Color::Indexed(index) => Some(index),
        _ => None,
    });
    Style { fg: style.fg.map(|fg| nearest(fg, None)), bg: style.bg.map(|bg| nearest(bg, taken)), ..style }
}

/// The ground and the ink of the screen are the terminal's own: its palette was made for them. Hues keep their
/// names, tints become modifiers.
fn of_16(role: Role, style: Style, text: Style) -> Style {
    let fg = style.fg.map(|fg| ink_of_16(fg, text));
    let modified = |by: Modifier| Style { fg, bg: None, add_modifier: style.add_modifier | by, ..style };
    let Some(bg) = style.bg else { return modified(Modifier::empty()) };
    let Some(rgb) = shade::rgb(bg) else { return Style { fg, ..style } };
    let is_loud = text.bg.and_then(|ground| shade::contrast(ground, bg)).is_some_and(|c| c >= LOUD);
    if !is_loud {
        let fg = if in_place_of_tint(role).contains(Modifier::REVERSED) { None } else { fg };
        return Style { fg, ..modified(in_place_of_tint(role)) };
    }
    if is_grey(rgb, text) {
        return Style { fg: None, ..modified(Modifier::REVERSED) };
    }
    let bg = shade::hue(rgb);
    let fg = match bg {
        Color::Green | Color::Yellow | Color::Cyan => Color::Black,
        _ => Color::White,
    };
    Style { fg: Some(fg), bg: Some(bg), ..style }
}

fn ink_of_16(color: Color, text: Style) -> Color {
    let Some(rgb) = shade::rgb(color) else { return color };
    if !is_grey(rgb, text) {
        return shade::hue(rgb);
    }
    // Greys that are much weaker than ordinary text are the one grey there is.
    let on_ground = |ink: Color| text.bg.and_then(|ground| shade::contrast(ground, ink));
    let is_weak = on_ground(color).zip(text.fg.and_then(on_ground)).is_some_and(|(c, full)| c < full * 0.66);
    if is_weak { Color::DarkGray } else { Color::Reset }
}

/// Whether a colour is no hue: hardly any chroma, or no more than the theme's ordinary text.
fn is_grey(rgb: [u8; 3], text: Style) -> bool {
    let saturation = |rgb: [u8; 3]| {
        let most = rgb.into_iter().max().unwrap_or(0).max(1);
        f64::from(shade::chroma(rgb)) / f64::from(most)
    };
    let of_text = text.fg.and_then(shade::rgb).map_or(0.0, saturation).min(0.3);
    shade::chroma(rgb) < 32 || saturation(rgb) < (of_text + 0.02).max(0.12)
}

/// What stands out by its ground, where there is no ground to give.
const fn in_place_of_tint(role: Role) -> Modifier {
    match role {
        Role::Cursor | Role::FieldFocus => Modifier::REVERSED,
        Role::CursorAway => Modifier::BOLD,
        Role::Field => Modifier::UNDERLINED,
        _ => Modifier::empty(),
    }
}

/// What stands out by its colour, where there is none.
const fn in_place_of_color(role: Role) -> Modifier {
    match role {
        Role::Bad | Role::AlertAct => Modifier::BOLD.union(Modifier::UNDERLINED),
        Role::Frame => Modifier::BOLD.union(Modifier::REVERSED),
        Role::AlertWarn | Role::Mark | Role::Key | Role::Title | Role::Tile => Modifier::BOLD,
        Role::Match => Modifier::UNDERLINED,
        Role::Faint | Role::Border | Role::ChartSoft | Role::Doubt | Role::Ending => Modifier::DIM,
        _ => Modifier::empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        for (no_color, term, colorterm, depth) in [
            (false, "xterm-256color", "truecolor", Depth::True),
            (false, "screen-256color", "", Depth::Palette),
            (false, "linux", "", Depth::Ansi),
            (false, "dumb", "truecolor", Depth::None),
            (true, "xterm-256color", "truecolor", Depth::None),
        ] {
            assert_eq!(Depth::of(no_color, term, colorterm), depth, "{term} {colorterm}");
        }
    }

    #[test]
    fn sixteen_colours_keep_the_hue_and_leave_the_ground_to_the_terminal() {
        let rgb = |hex: u32| Color::from_u32(hex);
        let text = Style::new().fg(rgb(0x00c8_ccd4)).bg(rgb(0x0016_1a22));
        let reduce = |role, style| Depth::Ansi.reduce(role, style, text);
        assert_eq!(reduce(Role::Text, text), Style::new().fg(Color::Reset));
        assert_eq!(reduce(Role::Faint, Style::new().fg(rgb(0x007f_8794))), Style::new().fg(Color::DarkGray));
        assert_eq!(reduce(Role::Bad, Style::new().fg(rgb(0x00f0_7178))), Style::new().fg(Color::Red));
        let cursor = reduce(Role::Cursor, Style::new().fg(Color::White).bg(rgb(0x0030_3a50)));
        assert_eq!(cursor, Style::new().add_modifier(Modifier::REVERSED));
        let frame = reduce(Role::Frame, Style::new().fg(text.bg.unwrap()).bg(rgb(0x00e0_af68)));
        assert_eq!(frame, Style::new().fg(Color::Black).bg(Color::Yellow));
    }
}
