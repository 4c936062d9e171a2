//! All themes there are: those that come with the program, and files of the user over them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ratatui::style::{Color, Style};

use super::file::{self, RoleSpec, Said, ThemeFile};
use super::{Depth, Role, Theme, ThemeError, shade};
use crate::config::{Place, Problem, nearest};
use crate::protocol::Shown;

/// The themes that come with the program, in the order in which they are offered.
pub(super) const BUNDLED: [(&str, &str); 11] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("colour-blind-safe", include_str!("../../../themes/colour-blind-safe.toml")),
    ("catppuccin", include_str!("../../../themes/catppuccin.toml")),
    ("catppuccin-latte", include_str!("../../../themes/catppuccin-latte.toml")),
    ("gruvbox", include_str!("../../../themes/gruvbox.toml")),
    ("nord", include_str!("../../../themes/nord.toml")),
    ("solarized-dark", include_str!("../../../themes/solarized-dark.toml")),
    ("solarized-light", include_str!("../../../themes/solarized-light.toml")),
    ("ansi", include_str!("../../../themes/ansi.toml")),
];

/// The name that stands for "whatever suits the terminal".
pub const AUTO: &str = "auto";

/// A theme file of the user, as the shell read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it is; the name of the theme is that of the file, without `.toml`.
    pub path: PathBuf,
    /// What it says, or why it cannot be read.
    pub text: Result<String, String>,
}

/// Where a theme comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It comes with the program.
    Bundled,
    /// A file of the user.
    File(PathBuf),
}

/// What a theme is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// A dark ground.
    Dark,
    /// A light ground.
    Light,
    /// Whatever the terminal has.
    Terminal,
}

impl Ground {
    /// In one word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Terminal => "terminal",
        }
    }
}

/// A theme as a list of themes shows it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What it is drawn on, or why it cannot be used.
    pub ground: Result<Ground, ThemeError>,
}

/// All themes there are. Pure: the shell reads the folders and brings their files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThemeLibrary {
    own: BTreeMap<String, Source>,
}

impl ThemeLibrary {
    /// The bundled themes with files of the user over them; of two with one name the later counts.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = Source>) -> Self {
        let name = |source: &Source| Some(source.path.file_stem()?.to_str()?.to_owned());
        Self { own: sources.into_iter().filter_map(|source| Some((name(&source)?, source))).collect() }
    }

    /// The names of all themes: the bundled ones, then those that only the user has.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.own.keys().map(String::as_str).filter(|name| !is_bundled(name));
        BUNDLED.iter().map(|(name, _)| *name).chain(own)
    }

    /// Every theme with what a list says about it.
    pub fn list(&self) -> impl Iterator<Item = Listed> {
        self.names().map(|name| Listed {
            name: name.to_owned(),
            origin: self.own.get(name).map_or(Origin::Bundled, |source| Origin::File(source.path.clone())),
            ground: self.load(name, Depth::True).map(|theme| theme.ground()),
        })
    }

    /// The theme to begin with: the one that was asked for; else, or for `auto`, what suits the terminal. `colorfgbg`
    /// is what the terminal may have put into `COLORFGBG`: colours of text and ground, such as `15;0`.
    #[must_use]
    pub fn choice<'a>(wanted: Option<&'a str>, colorfgbg: &str, depth: Depth) -> &'a str {
        let ground = colorfgbg.rsplit(';').next().and_then(|ground| ground.parse::<u8>().ok());
        match wanted {
            Some(name) if name != AUTO => name,
            Some(_) | None if depth == Depth::Ansi => "ansi",
            Some(_) if matches!(ground, Some(7 | 9..=15)) => "light",
            Some(_) | None => "dark",
        }
    }

    /// A theme at a depth.
    ///
    /// # Errors
    /// Everything that is wrong with it, or that there is no such theme.
    pub fn load(&self, name: &str, depth: Depth) -> Result<Theme, ThemeError> {
        let Some(file) = self.read(name, true) else {
            let what = self.unknown(name);
            return Err(ThemeError { problems: vec![Problem { place: Place::Elsewhere, what }] });
        };
        let mut chain = vec![(name.to_owned(), file)];
        self.follow(&mut chain);
        let mut problems = Vec::new();
        let styles = styles(&mut chain, &mut problems);
        if !problems.is_empty() {
            return Err(ThemeError { problems });
        }
        let text = styles[Role::Text as usize];
        let reduced = Role::ALL.iter().zip(styles).map(|((role, _), style)| depth.reduce(*role, style, text));
        Ok(Theme { name: name.to_owned(), ground: ground(text), styles: reduced.collect() })
    }

    /// Brings all ancestors of a theme, the youngest first.
    fn follow(&self, chain: &mut Vec<(String, ThemeFile)>) {
        while let Some((name, file)) = chain.last_mut()
            && let Some(Said { line, what: parent }) = file.inherits.take()
        {
            // A file that inherits from its own name is laid over the bundled theme; bundled ones have only such.
            let beneath = parent == *name || self.path(name) != Some(&file.path);
            if beneath && parent == *name && !is_bundled(&parent) {
                return file.problem(Some(line), "the theme inherits from itself".into());
            }
            let path = self.path(&parent).filter(|_| !beneath);
            let Some(found) = self.read(&parent, !beneath) else {
                let what = format!("inherits from a theme that is not there: {}", self.unknown(&parent));
                return file.problem(Some(line), what);
            };
            if path.is_some() && chain.iter().any(|(_, member)| Some(&member.path) == path) {
                let names = chain.iter().map(|(name, _)| name.as_str()).chain([parent.as_str()]);
                let what =
                    format!("themes inherit from each other: {}", names.collect::<Vec<_>>().join(" > "));
                if let Some((_, file)) = chain.last_mut() {
                    file.problem(Some(line), what);
                }
                return;
            }
            chain.push((parent, found));
        }
    }

    fn path(&self, name: &str) -> Option<&PathBuf> {
        self.own.get(name).map(|source| &source.path)
    }

    /// The file of a theme: that of the user if there is one and it may be `own`, else the bundled one.
    fn read(&self, name: &str, own: bool) -> Option<ThemeFile> {
        if let Some(source) = self.own.get(name).filter(|_| own) {
            return Some(match &source.text {
                Ok(text) => ThemeFile::read(&source.path, text),
                Err(why) => {
                    let mut file = ThemeFile::read(&source.path, "");
                    file.is_torn = true;
                    file.problem(None, format!("cannot be read: {why}"));
                    file
                }
            });
        }
        let (_, text) = BUNDLED.iter().find(|(known, _)| *known == name)?;
        Some(ThemeFile::read(Path::new(&format!("bundled theme {name}")), text))
    }

    fn unknown(&self, name: &str) -> String {
        let rest = match nearest(name, self.names()) {
            Some(near) => format!("did you mean \"{}\"?", Shown::new(near)),
            None => "`callboard themes` lists all".to_owned(),
        };
        format!("there is no theme \"{}\"; {rest}", Shown::new(name))
    }
}

fn is_bundled(name: &str) -> bool {
    BUNDLED.iter().any(|(known, _)| *known == name)
}

fn ground(text: Style) -> Ground {
    match text.bg.and_then(shade::rgb).map(shade::luminance) {
        None => Ground::Terminal,
        Some(light) if light > 0.3 => Ground::Light,
        Some(_) => Ground::Dark,
    }
}

/// The full styles of all roles, from the theme and its ancestors.
fn styles(chain: &mut [(String, ThemeFile)], problems: &mut Vec<Problem>) -> Vec<Style> {
    let mut palette: BTreeMap<String, Color> = BTreeMap::new();
    // The eldest first: children have the last word.
    for (_, file) in chain.iter().rev() {
        palette.extend(file.palette.iter().map(|(name, color)| (name.clone(), *color)));
    }
    let mut missing = Vec::new();
    let mut styles = Vec::new();
    for (role, name) in Role::ALL {
        let found = chain.iter_mut().find_map(|(_, file)| Some((file.roles.get(role)?.clone(), file)));
        let style = found.map(|(spec, file)| style(name, &spec, &palette, file));
        if style.is_none() {
            missing.push(*name);
        }
        styles.push(style.unwrap_or_default());
    }
    let is_torn = chain.iter().any(|(_, file)| file.is_torn || !file.problems.is_empty());
    if let Some((_, file)) = chain.last_mut().filter(|_| !missing.is_empty() && !is_torn) {
        let what = format!(
            "roles are missing: {}; name them under [roles], or begin with  inherits = \"dark\"",
            missing.join(", ")
        );
        file.problem(None, what);
    }
    for (_, file) in chain {
        file.problems.sort_by_key(file::line_of);
        problems.append(&mut file.problems);
    }
    styles
}

fn style(role: &str, spec: &RoleSpec, palette: &BTreeMap<String, Color>, file: &mut ThemeFile) -> Style {
    let mut color = |said: &Option<Said<String>>| {
        let Said { line, what } = said.as_ref()?;
        let found = palette.get(what).copied().or_else(|| file::parse(what));
        if found.is_none() {
            let why = file::no_color(what, palette.keys().map(String::as_str));
            file.problem(Some(*line), format!("role `{role}`: {why}"));
        }
        found
    };
    let (fg, bg) = (color(&spec.fg), color(&spec.bg));
    Style { fg, bg, add_modifier: spec.mods, ..Style::default() }
}
