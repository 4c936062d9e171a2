//! One screen in every theme: what each run of letters means, and what that meaning looks like.

use std::collections::BTreeSet;
use std::fmt::Write;

use callboard::view::theme::ThemeLibrary;
use callboard::view::{Depth, Look, Role, Theme};
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier, Style};

use super::harness::Story;

/// A style as text: `#rrggbb on #rrggbb bold`.
fn words(style: Style) -> String {
    let color = |color: Option<Color>| match color {
        Some(Color::Rgb(r, g, b)) => format!("#{r:02x}{g:02x}{b:02x}"),
        Some(Color::Reset) | None => "terminal".to_owned(),
        Some(named) => named.to_string().to_lowercase(),
    };
    let mods = style.add_modifier.iter_names().map(|(name, _)| format!(" {}", name.to_lowercase()));
    format!("{} on {}{}", color(style.fg), color(style.bg), mods.collect::<String>())
}

/// How the cells of a theme can look, each with the role that says so; the first of those that look alike counts.
struct Looks(Vec<(Style, String)>);

impl Looks {
    fn of(theme: &Theme) -> Self {
        let text = Style::reset().patch(theme.style(Role::Text));
        let mut looks = Self(Vec::new());
        let grounds = [Role::Text, Role::Header, Role::Popup, Role::Cursor, Role::CursorAway];
        for ground in grounds {
            for (role, name) in Role::ALL {
                let ink = theme.style(*role);
                let style = match ground {
                    Role::Text => text.patch(ink),
                    Role::Cursor | Role::CursorAway => text.patch(theme.over(ground, text.patch(ink))),
                    _ => text.patch(theme.style(ground)).patch(Style { bg: ink.bg, ..ink }),
                };
                let name = match ground {
                    Role::Text => (*name).to_owned(),
                    _ if *role == Role::Text || *role == ground => ground.name().to_owned(),
                    _ => format!("{}/{name}", ground.name()),
                };
                looks.0.push((flat(style), name));
            }
        }
        looks
    }

    fn name(&self, cell: &Cell) -> String {
        let style = flat(cell.style());
        let found = self.0.iter().find(|(look, _)| *look == style);
        found.map_or_else(|| words(style), |(_, name)| name.clone())
    }
}

/// What can be seen of a style.
fn flat(style: Style) -> Style {
    let seen = |color: Option<Color>| color.or(Some(Color::Reset));
    Style::new().fg(seen(style.fg).unwrap()).bg(seen(style.bg).unwrap()).add_modifier(style.add_modifier)
}

/// The screen as runs, `role:text`, with a legend of the roles that are used. Blanks belong to what stands before
/// them unless their ground differs.
fn runs(story: &mut Story, theme: &Theme) -> String {
    let cells = story.cells();
    let looks = Looks::of(theme);
    let mut used = BTreeSet::new();
    let mut out = String::new();
    for row in cells.content.chunks(usize::from(cells.area.width)) {
        let mut runs: Vec<(String, Style, String)> = Vec::new();
        for cell in row {
            let style = flat(cell.style());
            let name = looks.name(cell);
            let blank = cell.symbol() == " "
                && !style.add_modifier.intersects(Modifier::REVERSED | Modifier::UNDERLINED);
            match runs.last_mut() {
                Some((last, look, text)) if *last == name || blank && look.bg == style.bg => {
                    text.push_str(cell.symbol());
                }
                _ => {
                    used.insert((name.clone(), words(style)));
                    runs.push((name, style, cell.symbol().to_owned()));
                }
            }
        }
        let line = runs.iter().map(|(name, _, text)| format!("{name}:{}", text.trim_end()));
        let _ = writeln!(out, "{}", line.collect::<Vec<_>>().join(" ¦ "));
    }
    let legend: String = used.iter().map(|(name, style)| format!("{name:<24}{style}\n")).collect();
    format!("{legend}\n{out}")
}

fn snapshot(name: &str, depth: Depth) {
    let theme = Theme::load(Some(name), depth).unwrap();
    let look = Look { theme: theme.clone(), ascii: false };
    let mut story = Story::floor().looking(look);
    story.press("t ctrl+t 1 enter").advance(2.0).press("tab");
    let label = match depth {
        Depth::True => format!("theme-{name}"),
        Depth::Palette => format!("theme-{name}-256"),
        Depth::Ansi => format!("theme-{name}-16"),
        Depth::None => format!("theme-{name}-none"),
    };
    insta::with_settings!({ filters => vec![(r"\d\d:\d\d:\d\d", "[clock]")] }, {
        insta::assert_snapshot!(label, runs(&mut story, &theme));
    });
}

#[test]
fn one_screen_in_every_theme() {
    for name in ThemeLibrary::default().names() {
        snapshot(name, Depth::True);
    }
}

#[test]
fn one_screen_at_every_depth() {
    for depth in [Depth::Palette, Depth::Ansi, Depth::None] {
        snapshot("dark", depth);
    }
}
