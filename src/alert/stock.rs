//! The rules that come with the program.

use std::time::Duration;

use super::rule::Rule;

/// A rule as it stands in the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Stock {
    /// What it is called.
    pub name: &'static str,
    /// What is worth a look; empty when nothing is.
    pub warn: &'static str,
    /// What somebody must act on; empty when nothing is.
    pub act: &'static str,
    /// How long it must be so, in seconds.
    pub hold: u64,
    /// Whether the bell rings.
    pub notify: bool,
    /// Whether it is on unless the configuration says otherwise.
    pub on: bool,
    /// Why it is there, in a line.
    pub help: &'static str,
}

/// The rules that come with the program.
///
/// `not recorded` is off, but in the demo. Where nothing is meant to be recorded it would cry at every call; and to
/// guess from what was recorded before would be worse: such a guess falls silent just when no recording starts any
/// more. Which contexts must be recorded is for the supervisor to say.
///
/// `silent link` warns at 17 s: an idle service is pinged after 15 s and given up after 20 s, so that at 30 s the
/// link would be down already, and have its own alert.
pub const STOCK: &[Stock] = &[
    Stock {
        name: "ringing > 60s",
        warn: "ringing>60s",
        act: "ringing>120s",
        hold: 0,
        notify: true,
        on: true,
        help: "a call that nobody answers, or a stuck dial",
    },
    Stock {
        name: "not recorded",
        warn: "answered -rec",
        act: "",
        hold: 10,
        notify: true,
        on: false,
        help: "answered, and no recording runs; narrow it to where calls must be recorded: ctx:support answered -rec",
    },
    Stock {
        name: "long > 20m",
        warn: "answered>20m",
        act: "answered>1h",
        hold: 0,
        notify: false,
        on: true,
        help: "a call that has lasted long",
    },
    Stock {
        name: "end never came",
        warn: "overdue",
        act: "",
        hold: 0,
        notify: true,
        on: true,
        help: "an action that did not end, begin or obey in time",
    },
    Stock {
        name: "orphan",
        warn: "",
        act: "orphan",
        hold: 0,
        notify: true,
        on: true,
        help: "a call that answered a dial nobody waited for any more; it goes on until it is hung up",
    },
    Stock {
        name: "silent link",
        warn: "link:up silence>17s",
        act: "",
        hold: 0,
        notify: true,
        on: true,
        help: "the service does not answer our ping",
    },
    Stock {
        name: "link down",
        warn: "",
        act: "-link:up -link:idle|closed",
        hold: 5,
        notify: true,
        on: true,
        help: "what is shown is as old as the link is down",
    },
];

impl Stock {
    fn rule(&self) -> Option<Rule> {
        Rule::new(self.name, self.warn, self.act, Duration::from_secs(self.hold), self.notify).ok()
    }
}

/// The rules of a console whose configuration says nothing of rules.
#[must_use]
pub fn usual() -> Vec<Rule> {
    STOCK.iter().filter(|stock| stock.on).filter_map(Stock::rule).collect()
}

/// The rules of the demo: all of them.
#[must_use]
pub fn demo() -> Vec<Rule> {
    STOCK.iter().filter_map(Stock::rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stock_rule_can_be_read() {
        assert_eq!(demo().len(), STOCK.len());
        assert_eq!(usual().len(), STOCK.len() - 1);
    }
}
