//! Every bundled theme against what eyes need, and theme files against what people write.

use ratatui::style::{Color, Modifier, Style};

use super::library::Source;
use super::*;

fn load(name: &str, depth: Depth) -> Theme {
    Theme::load(Some(name), depth).unwrap()
}

fn names() -> Vec<String> {
    ThemeLibrary::default().names().map(str::to_owned).collect()
}

/// Themes whose colours are known: all but those that leave them to the terminal.
fn colored() -> impl Iterator<Item = Theme> {
    let themes = names().into_iter().map(|name| load(&name, Depth::True));
    themes.filter(|theme| theme.ground() != Ground::Terminal)
}

#[test]
fn every_bundled_theme_loads_at_every_depth() {
    for name in names() {
        for depth in Depth::ALL {
            assert_eq!(load(&name, depth).name(), name);
        }
    }
}

#[test]
fn themes_say_whether_they_are_dark_or_light() {
    let ground = |name| load(name, Depth::True).ground();
    assert_eq!(ground("dark"), Ground::Dark);
    assert_eq!(ground("solarized-light"), Ground::Light);
    assert_eq!(ground("ansi"), Ground::Terminal);
}

/// The least contrast of a role's text: WCAG 2, level AA; high contrast promises level AAA.
fn least(theme: &Theme, role: Role) -> Option<f64> {
    match role {
        Role::CursorAway => None,
        Role::Border => Some(2.0),
        _ if theme.name() == "high-contrast" => Some(7.0),
        Role::Faint | Role::Hint | Role::Ending | Role::Doubt | Role::Scroll | Role::ChartSoft => Some(3.5),
        _ => Some(LEGIBLE),
    }
}

#[test]
fn text_of_every_role_is_legible_wherever_it_stands() {
    let mut faults = Vec::new();
    for theme in colored() {
        let text = theme.style(Role::Text);
        for (role, role_name) in Role::ALL {
            let Some(least) = least(&theme, *role) else { continue };
            let style = theme.style(*role);
            let fg = style.fg.or(text.fg).unwrap();
            let grounds = match style.bg {
                Some(own) => vec![("its own", own)],
                None => [("text", Role::Text), ("popup", Role::Popup), ("cursor-away", Role::CursorAway)]
                    .map(|(name, role)| (name, theme.style(role).bg.unwrap()))
                    .to_vec(),
            };
            for (ground_name, ground) in grounds {
                let contrast = shade::contrast(fg, ground).unwrap();
                if contrast < least {
                    faults.push(format!(
                        "{}: {role_name} on {ground_name}: {contrast:.2} of {least}",
                        theme.name()
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_line_under_the_cursor_is_unmistakable_and_legible() {
    for theme in colored() {
        let text = theme.style(Role::Text);
        let ground = theme.style(Role::Cursor).bg.unwrap();
        assert!(shade::contrast(ground, text.bg.unwrap()).unwrap() > 1.17, "{}", theme.name());
        let (field, popup) =
            (theme.style(Role::FieldFocus).bg.unwrap(), theme.style(Role::Popup).bg.unwrap());
        assert!(
            shade::contrast(field, popup).unwrap() > 1.3,
            "{}: the field that has the keys",
            theme.name()
        );
        for (role, role_name) in Role::ALL {
            let over = theme.over(Role::Cursor, theme.style(*role));
            let contrast = shade::contrast(over.fg.unwrap(), over.bg.unwrap()).unwrap();
            let is_faint = theme.style(*role).fg == theme.style(Role::Faint).fg;
            let least = match role {
                Role::Text => 6.5,
                _ if theme.name() == "high-contrast" => 7.0,
                _ if is_faint => FAINT,
                _ => LEGIBLE,
            };
            assert!(contrast >= least, "{}: {role_name} under the cursor: {contrast:.2}", theme.name());
        }
    }
}

#[test]
fn colours_of_different_meaning_are_told_apart() {
    let roles =
        [Role::Key, Role::Answered, Role::Ringing, Role::Bad, Role::Recording, Role::Mark, Role::Created];
    let full = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for theme in colored() {
        for (i, one) in roles.iter().enumerate() {
            for other in &roles[..i] {
                let [a, b] = [one, other].map(|role| theme.style(*role).fg.unwrap());
                let apart = distance(seen(a, full), seen(b, full));
                let what = format!("{}: {} and {}: {apart:.3}", theme.name(), one.name(), other.name());
                // What is not yet so has the colour of the hands where there are too few that everybody can tell.
                assert!(apart > 0.065 || a == b && theme.name() == "colour-blind-safe", "{what}");
            }
        }
    }
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn the_cursor_and_bad_news_stand_out_at_every_depth() {
    for name in names() {
        for depth in Depth::ALL {
            let theme = load(&name, depth);
            let drawn = |role: Role| Style::new().patch(theme.style(Role::Text)).patch(theme.style(role));
            let text = drawn(Role::Text);
            for role in [Role::Cursor, Role::CursorAway, Role::Bad, Role::FieldFocus, Role::Key, Role::Mark] {
                assert_ne!(drawn(role), text, "{name} at {depth:?}: {}", role.name());
            }
            let (cursor, away) = (theme.over(Role::Cursor, text), theme.over(Role::CursorAway, text));
            assert!(cursor != away && cursor.bg != text.bg || cursor.add_modifier != text.add_modifier);
            if depth > Depth::None {
                let states =
                    [Role::Text, Role::Ringing, Role::Answered, Role::Bad, Role::Recording, Role::Created];
                for (i, one) in states.iter().enumerate() {
                    for other in &states[..i] {
                        let what = format!("{name} at {depth:?}: {} and {}", one.name(), other.name());
                        assert_ne!(drawn(*one).fg, drawn(*other).fg, "{what}");
                    }
                }
            }
        }
    }
}

#[test]
fn without_colours_there_are_none() {
    for name in names() {
        let theme = load(&name, Depth::None);
        for (role, _) in Role::ALL {
            assert_eq!((theme.style(*role).fg, theme.style(*role).bg), (None, None));
        }
        assert!(theme.style(Role::Cursor).add_modifier.contains(Modifier::REVERSED));
    }
}

/// A colour as it reaches somebody without one kind of cones, in OKLab: Machado, Oliveira and Fernandes 2009 at full
/// severity, and Ottosson 2020.
fn seen(color: Color, cones: [[f64; 3]; 3]) -> [f64; 3] {
    let linear = shade::rgb(color).unwrap().map(shade::linear);
    let times =
        |rows: [[f64; 3]; 3], v: [f64; 3]| rows.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum::<f64>());
    let rgb = times(cones, linear).map(|v| v.clamp(0.0, 1.0));
    let lms = times(
        [
            [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
            [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
            [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
        ],
        rgb,
    );
    times(
        [
            [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
            [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
            [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
        ],
        lms.map(f64::cbrt),
    )
}

#[test]
fn states_stay_apart_for_every_kind_of_colour_vision() {
    let kinds = [
        ("full", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanopia",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "deuteranopia",
            [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
        ),
        (
            "tritanopia",
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        ),
    ];
    let theme = load("colour-blind-safe", Depth::True);
    let states = [
        Role::Text,
        Role::Faint,
        Role::Created,
        Role::Ringing,
        Role::Answered,
        Role::Bad,
        Role::Recording,
        Role::Mark,
    ];
    for (kind, cones) in kinds {
        for (i, one) in states.iter().enumerate() {
            for other in &states[..i] {
                let [a, b] = [one, other].map(|role| seen(theme.style(*role).fg.unwrap(), cones));
                let apart = distance(a, b);
                assert!(apart > 0.1, "{} and {} with {kind}: {apart:.3}", one.name(), other.name());
            }
        }
    }
}

#[test]
fn where_nothing_was_chosen_the_terminal_decides() {
    let choice = |wanted, colors, depth| ThemeLibrary::choice(wanted, colors, depth);
    assert_eq!(choice(None, "0;15", Depth::True), "dark");
    assert_eq!(choice(Some("auto"), "0;15", Depth::True), "light");
    assert_eq!(choice(Some("auto"), "0;default;15", Depth::Palette), "light");
    assert_eq!(choice(Some("auto"), "15;0", Depth::True), "dark");
    assert_eq!(choice(Some("auto"), "", Depth::True), "dark");
    assert_eq!(choice(Some("auto"), "", Depth::Ansi), "ansi");
    assert_eq!(choice(None, "", Depth::Ansi), "ansi");
    assert_eq!(choice(Some("nord"), "", Depth::Ansi), "nord");
}

fn library(files: &[(&str, &str)]) -> ThemeLibrary {
    ThemeLibrary::new(
        files.iter().map(|(path, text)| Source {
            path: format!("/t/{path}.toml").into(),
            text: Ok((*text).to_owned()),
        }),
    )
}

#[test]
fn a_palette_is_most_of_a_theme() {
    let own = library(&[
        ("mine", "inherits = \"light\"\n[palette]\naccent = \"#102030\"\n[roles]\nbad = { fg = \"accent\" }"),
        ("dark", "inherits = \"dark\"\n[palette]\nred = 9"),
    ]);
    let mine = own.load("mine", Depth::True).unwrap();
    assert_eq!(
        mine.style(Role::Key).fg,
        Some(Color::Rgb(0x10, 0x20, 0x30)),
        "by the role of the grandparent"
    );
    assert_eq!(mine.style(Role::Bad), Style::new().fg(Color::Rgb(0x10, 0x20, 0x30)), "a role is said whole");
    assert_eq!(mine.style(Role::Answered), load("light", Depth::True).style(Role::Answered));
    assert_eq!(own.load("dark", Depth::True).unwrap().style(Role::Bad).fg, Some(Color::Indexed(9)));
    let names: Vec<_> = own.names().collect();
    assert!(names.starts_with(&["dark", "light"]) && names.ends_with(&["ansi", "mine"]));
    let origins: Vec<_> = own.list().filter(|listed| listed.origin != Origin::Bundled).collect();
    assert_eq!(origins.iter().map(|listed| listed.name.as_str()).collect::<Vec<_>>(), ["dark", "mine"]);
}

#[test]
fn a_broken_theme_breaks_no_other() {
    let mut own = library(&[("bad", "[roles"), ("child", "inherits = \"bad\"")]);
    assert!(own.load("dark", Depth::True).is_ok());
    assert!(own.list().any(|listed| listed.name == "bad" && listed.ground.is_err()));
    let child = own.load("child", Depth::True).unwrap_err();
    assert!(child.to_string().contains("/t/bad.toml:1"), "{child}");
    own = ThemeLibrary::new([Source { path: "/t/x.toml".into(), text: Err("is no UTF-8 text".into()) }]);
    let error = own.load("x", Depth::True).unwrap_err().to_string();
    assert_eq!(error, "/t/x.toml: cannot be read: is no UTF-8 text");
}

/// What is said of a theme `mine` with this text.
fn faults(text: &str) -> Vec<String> {
    library(&[("mine", text), ("other", "inherits = \"mine\"")])
        .load("mine", Depth::True)
        .err()
        .map(|error| error.lines())
        .unwrap_or_default()
}

#[test]
fn every_mistake_is_named_with_its_line_and_what_was_meant() {
    for (text, wanted) in [
        ("", &["roles are missing: text, faint, title"][..]),
        ("inherits = \"drak\"", &["mine.toml:1: inherits", "no theme \"drak\"; did you mean \"dark\"?"]),
        ("inherits = 3", &["mine.toml:1: inherits is not the name of a theme in quotes"]),
        ("inherits = \"mine\"", &["mine.toml:1: the theme inherits from itself"]),
        ("inherits = \"other\"", &["other.toml:1: themes inherit from each other: mine > other > mine"]),
        ("inherit = \"dark\"", &["mine.toml:1: unknown key `inherit`; did you mean `inherits`?"]),
        ("inherits = \"dark\"\n[colors]\nink = \"#fff\"", &["mine.toml:2: unknown key `colors`; known are"]),
        ("inherits = \"dark\"\n[role]", &["mine.toml:2: unknown key `role`; did you mean `roles`?"]),
        ("palette = 3\ninherits = \"dark\"", &["mine.toml:1: palette is not a table: write [palette]"]),
        ("inherits = \"dark\"\nroles = []", &["mine.toml:2: roles is not a table: write [roles]"]),
        (
            "inherits = \"dark\"\n[roles]\ncursr = \"ink\"",
            &["mine.toml:3: unknown role `cursr`; did you mean `cursor`?"],
        ),
        (
            "inherits = \"dark\"\n[roles]\ntext = { fg = \"inc\" }",
            &["mine.toml:3: role `text`: \"inc\" is no colour; did you mean \"ink\"?"],
        ),
        (
            "inherits = \"dark\"\n[palette]\nred = \"#ff00\"",
            &["mine.toml:3: palette entry `red`: \"#ff00\" is no colour: after # come six digits"],
        ),
        (
            "inherits = \"dark\"\n[palette]\nred = \"grean\"",
            &["mine.toml:3: palette entry `red`: \"grean\" is no colour; did you mean \"green\"?"],
        ),
        (
            "inherits = \"dark\"\n[palette]\nred = 256",
            &["mine.toml:3", "\"256\" is no colour", "number of 0 to 255"],
        ),
        (
            "inherits = \"dark\"\n[palette]\nred = [1, 2]",
            &["mine.toml:3: palette entry `red`: a colour is a text such as"],
        ),
        (
            "inherits = \"dark\"\n[roles]\nbad = { foreground = \"red\" }",
            &["mine.toml:3: role `bad`: unknown key `foreground`; known are fg, bg, mods"],
        ),
        (
            "inherits = \"dark\"\n[roles]\nbad = { mods = [\"blinking\", \"bolt\"] }",
            &[
                "unknown modifier `blinking`; known are bold, dim",
                "unknown modifier `bolt`; did you mean `bold`?",
            ],
        ),
        (
            "inherits = \"dark\"\n[roles]\nbad = { mods = \"bold\" }",
            &["role `bad`: mods is not a list such as [\"bold\"]"],
        ),
        (
            "inherits = \"dark\"\n[roles]\nbad = true",
            &["mine.toml:3: role `bad` is neither a colour nor a table"],
        ),
        (
            "inherits = \"dark\"\n[roles]\nbad = { fg = 1.5 }",
            &["mine.toml:3: role `bad`: fg is not a colour in quotes"],
        ),
        ("inherits = \"dark\"\n[roles]\nbad = \"red\nkey = \"red\"", &["mine.toml:3: "]),
        ("inherits = \"dark\"\n[roles]\nbad = \"red\"\nbad = \"red\"", &["mine.toml:4: duplicate key"]),
        (
            "inherits = \"dark\"\n[palette]\n\"\\u001b[31mx\" = \"\\u001b[2J\"",
            &["mine.toml:3: palette entry `␛[31mx`: \"␛[2J\" is no colour"],
        ),
        (
            "inherits = \"dark\"\n[palette]\nred = \"x\"\n[roles]\nbad = { fg = \"re\", mods = [\"b\"] }\nkex = 1",
            &[
                "mine.toml:3: ",
                "mine.toml:5: role `bad`: \"re\"",
                "mine.toml:5: role `bad`: unknown modifier",
                "mine.toml:6: ",
            ],
        ),
    ] {
        let said = faults(text).join("\n");
        for part in wanted {
            assert!(said.contains(part), "{text:?} says {said:?}, not {part:?}");
        }
        assert!(!said.contains('\u{1b}'));
    }
}

#[test]
fn no_text_breaks_the_reader() {
    for text in [
        "\u{0}",
        "[[roles]]",
        "[roles.text.fg]",
        "[palette]\n[palette]",
        "= = =",
        "\"\"\"",
        "roles.text.fg=1",
    ] {
        assert!(!faults(text).is_empty(), "{text:?}");
    }
    let deep = format!("inherits = {}1{}", "[".repeat(5000), "]".repeat(5000));
    assert!(!faults(&deep).is_empty());
}

#[test]
fn a_sample_shows_the_theme_in_colour() {
    let sample = load("nord", Depth::True).sample();
    assert!(sample.contains("ANS\u{1b}[0m") && sample.contains("48;2;46;52;64"), "{sample:?}");
    assert!(!load("nord", Depth::None).sample().contains("48;"));
}

#[test]
fn a_frame_of_ones_own_colour_is_legible_at_every_depth() {
    for name in Theme::names() {
        for color in COLOR_NAMES.into_iter().chain(["#c04040", "#ffe080", "#101020"]) {
            for depth in Depth::ALL {
                let theme = Theme::load(Some(name), depth).unwrap();
                let own = theme.clone().framed(color, depth).style(Role::Frame);
                if depth == Depth::None {
                    assert_eq!(own, theme.style(Role::Frame));
                    continue;
                }
                let contrast = own.fg.zip(own.bg).and_then(|(fg, bg)| shade::contrast(fg, bg));
                assert!(
                    contrast.is_none_or(|contrast| contrast >= LEGIBLE),
                    "{name} {color} {depth:?}: {own:?}"
                );
            }
        }
    }
    let dark = Theme::load(None, Depth::True).unwrap();
    assert_eq!(dark.clone().framed("no colour", Depth::True), dark);
}
