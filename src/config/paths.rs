//! Where everything is: the folders of the XDG base directory specification, and what is in them.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// The folders of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    config: PathBuf,
    state: PathBuf,
    data: PathBuf,
}

impl Paths {
    /// Finds them; none without a home.
    #[must_use]
    pub fn find() -> Option<Self> {
        let base = etcetera::choose_base_strategy().ok()?;
        let state = base.state_dir().unwrap_or_else(|| base.home_dir().join(".local/state"));
        Some(Self::within(&base.config_dir(), &state, &base.data_dir()))
    }

    /// Those in these base directories.
    #[must_use]
    pub fn within(config: &Path, state: &Path, data: &Path) -> Self {
        let ours = |base: &Path| base.join("callboard");
        Self { config: ours(config), state: ours(state), data: ours(data) }
    }

    /// The configuration file.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// What the console remembers and may forget: its state.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// How the view was left.
    #[must_use]
    pub fn kept(&self) -> PathBuf {
        self.state.join("view.toml")
    }

    /// Where exports go.
    #[must_use]
    pub fn exports(&self) -> PathBuf {
        self.state.join("exports")
    }

    /// The folders of the user's themes, one file each; of two with one name that in the later folder counts.
    #[must_use]
    pub fn themes(&self) -> [PathBuf; 2] {
        [&self.data, &self.config].map(|folder| folder.join("themes"))
    }

    /// The user's templates for forms, in files of any name that ends in `.toml`.
    #[must_use]
    pub fn templates(&self) -> PathBuf {
        self.data.join("templates")
    }

    /// All of them, each with what it is.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, PathBuf)> {
        let [themes, nearer_themes] = self.themes();
        vec![
            ("configuration", self.config_file()),
            ("themes", themes),
            ("themes", nearer_themes),
            ("templates", self.templates()),
            ("state", self.state.clone()),
            ("view state", self.kept()),
            ("exports", self.exports()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_in_a_folder_of_our_own() {
        let paths = Paths::within(Path::new("/c"), Path::new("/s"), Path::new("/d"));
        assert_eq!(paths.config_file(), Path::new("/c/callboard/config.toml"));
        for (what, path) in paths.all() {
            assert!(
                path.components().any(|part| part.as_os_str() == "callboard"),
                "{what}: {}",
                path.display()
            );
        }
    }
}
