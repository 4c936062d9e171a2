//! What the configuration comes to where the program has no word of its own for it.

use crate::alert;
use crate::ui::column::Column;
use crate::ui::template::Template;
use crate::ui::views::{Rule, View};

/// How the list is arranged. What is not said stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListSpec {
    /// Its columns, from left to right.
    pub columns: Option<Vec<Column>>,
    /// The column that gives the order.
    pub sort: Option<Column>,
    /// Whether that order is turned around.
    pub reversed: Option<bool>,
}

/// The account that the console is on, so that no two are taken for each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name in the configuration.
    pub name: String,
    /// What the header calls it.
    pub title: String,
    /// Colour of the header: a name, or `#` with six hexadecimal digits.
    pub frame: Option<String>,
}

/// Something of a list that the program has entries for, too.
pub trait Named {
    /// Its name.
    fn name(&self) -> &str;
    /// What the name is within: two forms may have templates of one name.
    fn within(&self) -> &str {
        ""
    }
}

impl Named for View {
    fn name(&self) -> &str {
        &self.name
    }
}

impl Named for Rule {
    fn name(&self) -> &str {
        &self.name
    }
}

impl Named for alert::Rule {
    fn name(&self) -> &str {
        self.name.as_str()
    }
}

impl Named for Template {
    fn name(&self) -> &str {
        &self.name
    }

    fn within(&self) -> &str {
        self.method
    }
}

/// The entries of a list that are the user's own, and those that are built in and not wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own<T> {
    /// The user's own, in order.
    pub entries: Vec<T>,
    /// What of the built-in ones is switched off: what it is within, and its name.
    pub off: Vec<(String, String)>,
}

impl<T> Default for Own<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), off: Vec::new() }
    }
}

impl<T: Named + Clone> Own<T> {
    /// The user's own first, then those that are built in and neither replaced nor switched off.
    #[must_use]
    pub fn over(&self, built_in: Vec<T>) -> Vec<T> {
        let same = |a: &T, b: &T| (a.within(), a.name()) == (b.within(), b.name());
        let off = |entry: &T| {
            self.off
                .iter()
                .any(|(within, name)| (within.as_str(), name.as_str()) == (entry.within(), entry.name()))
        };
        let rest = built_in
            .into_iter()
            .filter(|entry| !off(entry) && !self.entries.iter().any(|own| same(own, entry)));
        self.entries.iter().cloned().chain(rest).collect()
    }
}
