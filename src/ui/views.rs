//! Saved views of the list and rules for marks, by digit.

use super::column::Column;
use super::list::List;

/// What the list shows, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its name.
    pub name: String,
    /// Which calls, as a filter.
    pub filter: String,
    /// Its columns, when it has some of its own.
    pub columns: Option<Vec<Column>>,
    /// By what it is sorted, when it says so; and whether that is turned around.
    pub sort: Option<(Column, bool)>,
}

/// How the list is arranged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrangement {
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// By what it is sorted.
    pub key: Column,
    /// Whether the order is turned around.
    pub reversed: bool,
}

impl List {
    fn arrangement(&self) -> Arrangement {
        Arrangement { columns: self.columns.clone(), key: self.key, reversed: self.reversed }
    }

    /// The user's own arrangement, whatever a view shows now.
    #[must_use]
    pub fn own(&self) -> Arrangement {
        self.own.clone().unwrap_or_else(|| self.arrangement())
    }

    /// Arranges itself as a view says; in what that leaves open, as the user does.
    pub fn arrange(&mut self, view: &View) {
        self.leave_view();
        let own = self.arrangement();
        if let Some(columns) = &view.columns {
            self.columns.clone_from(columns);
        }
        (self.key, self.reversed) = view.sort.unwrap_or((own.key, own.reversed));
        self.own = Some(own).filter(|own| *own != self.arrangement());
        self.first_column = 0;
        self.view.clone_from(&view.name);
    }

    /// Shows no view any more, and is arranged as the user does it.
    pub fn leave_view(&mut self) {
        self.view.clear();
        if let Some(own) = self.own.take() {
            (self.columns, self.key, self.reversed) = (own.columns, own.key, own.reversed);
            self.first_column = 0;
        }
    }
}

/// A rule that marks calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Which calls, as a filter.
    pub filter: String,
}

/// The views that any floor needs.
#[must_use]
pub fn stock_views() -> Vec<View> {
    use Column::{Age, Context, Delay, Direction, From, Next, Reason, State, To, Verdict};
    let view = |name: &str, filter: &str| View {
        name: name.into(),
        filter: filter.into(),
        columns: None,
        sort: None,
    };
    vec![
        view("all calls", ""),
        View {
            columns: Some(vec![State, To, Context, Age, Verdict, Delay, Next]),
            sort: Some((Column::Verdict, false)),
            ..view("AMD board", "dir:outbound -amd:none")
        },
        view("ringing", "state:ringing"),
        view("not recorded", "state:answered -rec"),
        view("with alerts", "alert"),
        view("with my actions", "mine"),
        View {
            columns: Some(vec![State, Direction, From, To, Context, Age, Reason]),
            ..view("failed in 15 min", "reason:error|not_found|noAnswer|busy|decline ended<15m")
        },
        view("in doubt", "doubt or overdue"),
    ]
}

/// The rules that any floor needs.
#[must_use]
pub fn stock_rules() -> Vec<Rule> {
    let rule = |name: &str, filter: &str| Rule { name: name.into(), filter: filter.into() };
    vec![
        rule("ringing > 60 s", "state:ringing age>60s"),
        rule("answered, not recorded", "state:answered -rec"),
        rule("machines", "amd:machine state:answered"),
        rule("longer than 20 min", "state:answered age>20m"),
        rule("in doubt", "doubt"),
    ]
}
