//! The text of one theme file: what it says, each with its line, and everything that is wrong with it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use ratatui::style::{Color, Modifier};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::role::Role;
use crate::config::{Place, Problem, nearest};
use crate::protocol::Shown;

/// The sixteen colours that every terminal has, by name.
pub const COLOR_NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "darkgray",
    "lightred",
    "lightgreen",
    "lightyellow",
    "lightblue",
    "lightmagenta",
    "lightcyan",
    "white",
];

/// What the terminal has of itself.
const RESET: &str = "reset";

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

const TABLES: [&str; 3] = ["inherits", "palette", "roles"];
const KEYS: [&str; 3] = ["fg", "bg", "mods"];

/// What a theme file says.
pub(super) struct ThemeFile {
    pub path: PathBuf,
    /// The theme that gives everything this one does not, with the line.
    pub inherits: Option<Said<String>>,
    pub palette: BTreeMap<String, Color>,
    pub roles: BTreeMap<Role, RoleSpec>,
    pub problems: Vec<Problem>,
    /// Whether there is text that is no TOML, so that what is missing may stand there.
    pub is_torn: bool,
}

/// Something with the line it stands on.
#[derive(Debug, Clone)]
pub(super) struct Said<T> {
    pub line: usize,
    pub what: T,
}

/// A style whose colours are still names.
#[derive(Debug, Clone, Default)]
pub(super) struct RoleSpec {
    pub fg: Option<Said<String>>,
    pub bg: Option<Said<String>>,
    pub mods: Modifier,
}

impl ThemeFile {
    /// Reads a text. Never fails: what is wrong is among the problems.
    pub fn read(path: &Path, text: &str) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut file = Self {
            path: path.to_owned(),
            inherits: None,
            palette: BTreeMap::new(),
            roles: BTreeMap::new(),
            problems: Vec::new(),
            is_torn: !errors.is_empty(),
        };
        let lines = Lines(text);
        for error in errors {
            let line = error.span().map(|span| lines.of(&span));
            let what = error.message().lines().collect::<Vec<_>>().join(", ");
            file.problem(line, Shown::new(&what).to_string());
        }
        for (name, value) in table.get_ref() {
            let line = lines.of(&name.span());
            match name.get_ref().as_ref() {
                "inherits" => file.read_inherits(line, value.get_ref()),
                "palette" => file.read_palette(line, value, &lines),
                "roles" => file.read_roles(line, value, &lines),
                other => file.problem(Some(line), unknown("key", other, &TABLES)),
            }
        }
        file.problems.sort_by_key(line_of);
        file
    }

    pub fn problem(&mut self, line: Option<usize>, what: String) {
        let problem = Problem { place: Place::File { path: self.path.clone(), line }, what };
        // The parser may find the same fault twice.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn read_inherits(&mut self, line: usize, value: &DeValue<'_>) {
        match value.as_str() {
            Some(name) => self.inherits = Some(Said { line, what: name.to_owned() }),
            None => self.problem(Some(line), "inherits is not the name of a theme in quotes".into()),
        }
    }

    fn read_palette(&mut self, line: usize, value: &Spanned<DeValue<'_>>, lines: &Lines<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.problem(Some(line), "palette is not a table: write [palette]".into());
        };
        for (name, value) in table {
            let (line, name) = (lines.of(&name.span()), name.get_ref());
            let color = match text_of(value.get_ref()) {
                Some(text) => parse(&text).ok_or_else(|| no_color(&text, [].into_iter())),
                None => Err("a colour is a text such as \"#7aa2f7\"".to_owned()),
            };
            if let Err(why) = &color {
                self.problem(Some(line), format!("palette entry `{}`: {why}", Shown::new(name)));
            }
            // It is there, however wrong: those who use it are not to blame.
            self.palette.insert(name.to_string(), color.unwrap_or_default());
        }
    }

    fn read_roles(&mut self, line: usize, value: &Spanned<DeValue<'_>>, lines: &Lines<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.problem(Some(line), "roles is not a table: write [roles]".into());
        };
        for (name, value) in table {
            let line = lines.of(&name.span());
            let Some(role) = Role::named(name.get_ref()) else {
                let names: Vec<_> = Role::ALL.iter().map(|(_, name)| *name).collect();
                self.problem(Some(line), unknown("role", name.get_ref(), &names));
                continue;
            };
            let spec = self.read_role(role, line, value.get_ref(), lines);
            self.roles.insert(role, spec);
        }
    }

    /// A role: a table of `fg`, `bg` and `mods`, or the colour of the text alone.
    fn read_role(&mut self, role: Role, line: usize, value: &DeValue<'_>, lines: &Lines<'_>) -> RoleSpec {
        let name = role.name();
        let mut spec = RoleSpec::default();
        if let Some(what) = text_of(value) {
            spec.fg = Some(Said { line, what });
            return spec;
        }
        let Some(table) = value.as_table() else {
            let what = format!("role `{name}` is neither a colour nor a table such as {{ fg = \"ink\" }}");
            self.problem(Some(line), what);
            return spec;
        };
        for (key, value) in table {
            let line = lines.of(&key.span());
            match key.get_ref().as_ref() {
                key @ ("fg" | "bg") => match text_of(value.get_ref()) {
                    Some(what) if key == "fg" => spec.fg = Some(Said { line, what }),
                    Some(what) => spec.bg = Some(Said { line, what }),
                    None => {
                        self.problem(Some(line), format!("role `{name}`: {key} is not a colour in quotes"));
                    }
                },
                "mods" => spec.mods = self.read_mods(name, line, value.get_ref()),
                other => {
                    let what = unknown("key", other, &KEYS);
                    self.problem(Some(line), format!("role `{name}`: {what}"));
                }
            }
        }
        spec
    }

    fn read_mods(&mut self, role: &str, line: usize, value: &DeValue<'_>) -> Modifier {
        let known = MODIFIERS.map(|(name, _)| name);
        let Some(items) = value.as_array() else {
            let what = format!("role `{role}`: mods is not a list such as [\"bold\"]");
            self.problem(Some(line), what);
            return Modifier::empty();
        };
        let mut mods = Modifier::empty();
        for item in items {
            let name = text_of(item.get_ref()).unwrap_or_default();
            match MODIFIERS.iter().find(|(known, _)| *known == name) {
                Some((_, modifier)) => mods |= *modifier,
                None => {
                    let what = unknown("modifier", &name, &known);
                    self.problem(Some(line), format!("role `{role}`: {what}"));
                }
            }
        }
        mods
    }
}

/// The colour that a text names: `#rrggbb`, `#rgb`, one of [`COLOR_NAMES`], `reset`, or a number of the palette of 256.
pub(super) fn parse(text: &str) -> Option<Color> {
    if let Some(short) = text.strip_prefix('#').filter(|digits| digits.len() == 3) {
        let mut long = String::from("#");
        long.extend(short.chars().flat_map(|digit| [digit, digit]));
        return long.parse().ok();
    }
    let is_known =
        text.starts_with('#') || COLOR_NAMES.contains(&text) || text == RESET || text.parse::<u8>().is_ok();
    is_known.then(|| text.parse().ok()).flatten()
}

/// What to say of a text that is no colour.
pub(super) fn no_color<'a>(text: &str, palette: impl Iterator<Item = &'a str>) -> String {
    let shown = Shown::new(text);
    if text.starts_with('#') {
        return format!("\"{shown}\" is no colour: after # come six digits of 0 to 9 and a to f");
    }
    match nearest(text, palette.chain(COLOR_NAMES).chain([RESET])) {
        Some(near) => format!("\"{shown}\" is no colour; did you mean \"{near}\"?"),
        None => format!(
            "\"{shown}\" is no colour: it is none of the palette, no \"#rrggbb\", no number of 0 to 255, and not \
             one of {}",
            COLOR_NAMES.join(", ")
        ),
    }
}

pub(super) fn line_of(problem: &Problem) -> Option<usize> {
    match problem.place {
        Place::File { line, .. } => line,
        Place::Variable(_) | Place::Option(_) | Place::Elsewhere => None,
    }
}

/// A text, or a number, which may name a colour.
fn text_of(value: &DeValue<'_>) -> Option<String> {
    let number = || value.as_integer().filter(|number| number.radix() == 10);
    value.as_str().map(str::to_owned).or_else(|| number().map(|number| number.as_str().to_owned()))
}

fn unknown(kind: &str, name: &str, known: &[&str]) -> String {
    let shown = Shown::new(name);
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("unknown {kind} `{shown}`; did you mean `{near}`?"),
        None => format!("unknown {kind} `{shown}`; known are {}", known.join(", ")),
    }
}

/// A text by its lines, counted from 1.
struct Lines<'a>(&'a str);

impl Lines<'_> {
    fn of(&self, span: &Range<usize>) -> usize {
        self.0.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count() + 1
    }
}
