//! How the view was left: what the console keeps from one run to the next, apart from the configuration, which is
//! the user's own and never written to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::checks;
use super::schema::Check;
use super::spec::{ListSpec, ViewSpec};
use crate::protocol::Shown;

/// The form of the file.
const VERSION: u32 = 1;

/// What is kept. What is not there is as the configuration has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Kept {
    /// The arrangement of the list.
    #[serde(default)]
    pub list: ListSpec,
    /// Name of the theme.
    pub theme: Option<String>,
    /// Whether the tour was seen or left.
    pub tour_seen: Option<bool>,
    /// Sizes of panes in percent, by the name of the edge.
    #[serde(default)]
    pub splits: BTreeMap<String, u16>,
    /// Views that were saved in the console.
    #[serde(default)]
    pub views: Vec<ViewSpec>,
}

impl Kept {
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
        let kept = toml::from_str::<Self>(text).map_err(broken)?;
        kept.check()?;
        Ok(kept)
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

    /// Texts of a file that somebody may have changed are as fit to be drawn as those of the configuration.
    fn check(&self) -> Result<(), String> {
        let of_view = |view: &ViewSpec| -> Result<(), String> {
            tested(checks::name, Some(&view.name))?;
            tested(checks::filter, Some(&view.filter).filter(|filter| !filter.is_empty()))?;
            of_list(&view.list)
        };
        tested(checks::name, self.theme.as_ref())?;
        self.splits.keys().try_for_each(|name| tested(checks::name, Some(name)))?;
        of_list(&self.list)?;
        self.views.iter().try_for_each(of_view)
    }
}

fn of_list(list: &ListSpec) -> Result<(), String> {
    list.columns.iter().flatten().chain(&list.sort).try_for_each(|name| tested(checks::column, Some(name)))
}

fn tested(check: Check, text: Option<&String>) -> Result<(), String> {
    text.map_or(Ok(()), |text| check(text).map_err(|why| format!("`{}`: {why}", Shown::new(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        Kept {
            list: ListSpec {
                columns: Some(vec!["state".into(), "to".into()]),
                sort: None,
                reversed: Some(true),
            },
            theme: Some("dark".into()),
            tour_seen: Some(true),
            splits: BTreeMap::from([("preview".to_owned(), 40)]),
            views: vec![
                ViewSpec { name: "a \"b\"".into(), filter: "ctx:support".into(), list: ListSpec::default() },
                ViewSpec {
                    name: "c".into(),
                    filter: String::new(),
                    list: ListSpec { sort: Some("age".into()), ..ListSpec::default() },
                },
            ],
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        for kept in [kept(), Kept::default()] {
            assert_eq!(Kept::parse(&kept.text()), Ok(kept));
        }
    }

    #[test]
    fn damage_is_told_in_a_line() {
        for (text, part) in [
            ("", "version"),
            ("version = 2\nlist = 7", "is of version 2"),
            ("version = 1\nlist = 7", "line 2"),
            ("version = 1\n[splits]\npreview = -1", "line 3"),
            ("version = 1\ntheme = \"a\\u001bb\"", "control characters"),
            ("version = 1\n[list]\nsort = \"agee\"", "did you mean `age`?"),
            ("\0\0\0", "is damaged, line 1"),
        ] {
            let why = Kept::parse(text).unwrap_err();
            assert!(why.contains(part) && !why.contains('\n'), "{text:?}: {why}");
        }
    }
}
