//! How the view was left: what the console keeps from one run to the next, apart from the configuration, which is
//! the user's own and never written to.

use serde::{Deserialize, Serialize};

use super::spec::ListSpec;
use crate::protocol::Shown;
use crate::ui::column::Column;
use crate::ui::mouse::Splits;
use crate::ui::views::View;

/// The form of the file.
const VERSION: u32 = 1;

/// What is kept. What is not there is as the configuration has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// Name of the theme.
    pub theme: Option<String>,
    /// Whether the tour was seen or left.
    pub tour_seen: Option<bool>,
    /// Height of the upper part of the screen, in percent.
    pub split_above: Option<u16>,
    /// Width of the left part of the screen, in percent.
    pub split_left: Option<u16>,
    /// The arrangement of the list.
    pub list: KeptList,
    /// What the configuration said when this was kept. Once it says something else, that counts.
    pub over: Configured,
    /// Views that were saved in the console.
    #[serde(rename = "view")]
    pub views: Vec<KeptView>,
}

/// What the configuration said of things that the console keeps, too.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Configured {
    /// The theme.
    pub theme: Option<String>,
    /// The list.
    pub list: KeptList,
}

/// An arrangement of the list, by names of columns.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptList {
    /// Columns from left to right.
    pub columns: Option<Vec<String>>,
    /// The column that gives the order.
    pub sort: Option<String>,
    /// Whether that order is turned around.
    pub reversed: Option<bool>,
}

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeptView {
    /// Its name.
    pub name: String,
    /// Which calls it shows.
    #[serde(default)]
    pub filter: String,
    /// How it arranges them.
    #[serde(flatten)]
    pub list: KeptList,
}

impl From<&ListSpec> for KeptList {
    fn from(spec: &ListSpec) -> Self {
        let name = |column: &Column| column.name().to_owned();
        Self {
            columns: spec.columns.as_ref().map(|columns| columns.iter().map(name).collect()),
            sort: spec.sort.as_ref().map(name),
            reversed: spec.reversed,
        }
    }
}

impl From<&KeptList> for ListSpec {
    fn from(kept: &KeptList) -> Self {
        let columns = |names: &Vec<String>| names.iter().filter_map(|name| Column::named(name)).collect();
        Self {
            columns: kept.columns.as_ref().map(columns),
            sort: kept.sort.as_deref().and_then(Column::named),
            reversed: kept.reversed,
        }
    }
}

impl From<&View> for KeptView {
    fn from(view: &View) -> Self {
        let list = ListSpec {
            columns: view.columns.clone(),
            sort: view.sort.map(|(column, _)| column),
            reversed: view.sort.map(|(_, reversed)| reversed),
        };
        Self { name: view.name.clone(), filter: view.filter.clone(), list: (&list).into() }
    }
}

impl From<&KeptView> for View {
    fn from(kept: &KeptView) -> Self {
        let list = ListSpec::from(&kept.list);
        Self {
            name: Shown::new(&kept.name).to_string(),
            filter: kept.filter.clone(),
            columns: list.columns.filter(|columns| !columns.is_empty()),
            sort: list.sort.map(|column| (column, list.reversed.unwrap_or(false))),
        }
    }
}

impl Kept {
    /// The shares of the screen, as far as they leave room for both sides.
    #[must_use]
    pub fn splits(&self) -> Splits {
        let share = |percent: Option<u16>| percent.filter(|percent| (20..=80).contains(percent));
        Splits { above: share(self.split_above), left: share(self.split_left) }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// In words, when it is damaged, or is that of a newer program.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        let broken = |error: toml::de::Error| {
            let place = error.span().map(|span| format!(", line {}", line(span.start))).unwrap_or_default();
            format!("is damaged{place}: {}", Shown::new(error.message()))
        };
        let head: Head = toml::from_str(text).map_err(broken)?;
        if head.version != VERSION {
            return Err(format!("is of version {}, and this callboard knows {VERSION}", head.version));
        }
        toml::from_str(text).map_err(broken)
    }

    /// What is written.
    #[must_use]
    pub fn text(&self) -> String {
        // A table of texts, numbers and flags always becomes TOML.
        let body = toml::to_string(self).unwrap_or_default();
        format!(
            "# How callboard's view was left. It is written by the console; delete it to begin anew.\nversion = {VERSION}\n{body}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        let list =
            ListSpec { columns: Some(vec![Column::State, Column::To]), sort: None, reversed: Some(true) };
        let view = |name: &str, filter: &str, sort| View {
            name: name.into(),
            filter: filter.into(),
            columns: None,
            sort,
        };
        let views = [view("a \"b\"", "ctx:support", None), view("c", "", Some((Column::Age, true)))];
        Kept {
            theme: Some("dark".into()),
            tour_seen: Some(true),
            split_above: Some(40),
            split_left: None,
            list: (&list).into(),
            over: Configured { theme: Some("light".into()), list: KeptList::default() },
            views: views.iter().map(KeptView::from).collect(),
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        for kept in [kept(), Kept::default()] {
            assert_eq!(Kept::parse(&kept.text()), Ok(kept));
        }
        let odd =
            Kept::parse("version = 1\nsplit_above = 99\n[[view]]\nname = \"a\\u001bb\"\ncolumns = [\"x\"]")
                .unwrap();
        let view = View::from(&odd.views[0]);
        assert_eq!((odd.splits().above, view.columns), (None, None), "what is of no use is left out");
        assert!(!view.name.contains('\u{1b}'));
        let view = View::from(&kept().views[1]);
        assert_eq!((view.name.as_str(), view.sort), ("c", Some((Column::Age, true))));
    }

    #[test]
    fn damage_is_told_in_a_line() {
        for (text, part) in [
            ("", "version"),
            ("version = 2\nlist = 7", "is of version 2"),
            ("version = 1\nlist = 7", "line 2"),
            ("version = 1\nsplit_above = -1", "line 2"),
            ("\0\0\0", "is damaged, line 1"),
        ] {
            let why = Kept::parse(text).unwrap_err();
            assert!(why.contains(part) && !why.contains('\n'), "{text:?}: {why}");
        }
    }
}
