//! What the sections of the configuration come to, as plain data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How copied text gets to the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clipboard {
    /// What fits the terminal: OSC 52, which also works over SSH.
    #[default]
    Auto,
    /// The terminal is asked to take it.
    Osc52,
    /// A program of this machine takes it.
    Native,
    /// Not at all.
    Off,
}

/// How the desktop is told of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notices {
    /// What fits the terminal.
    #[default]
    Auto,
    /// OSC 9: iTerm2, Windows Terminal, kitty, WezTerm, Ghostty.
    Osc9,
    /// OSC 777: rxvt, foot, Ghostty.
    Osc777,
    /// Not at all.
    Off,
}

/// How times are shown at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Times {
    /// Times of day.
    #[default]
    Clock,
    /// Since the call began.
    Start,
    /// How long ago.
    Ago,
}

/// Reads a word of the configuration.
macro_rules! words {
    ($kind:ident: $($word:literal => $value:ident),+) => {
        impl $kind {
            /// The words, as the configuration has them.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The value of this word.
            #[must_use]
            pub fn named(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$value),)+
                    _ => None,
                }
            }
        }
    };
}

words!(Clipboard: "auto" => Auto, "osc52" => Osc52, "native" => Native, "off" => Off);
words!(Notices: "auto" => Auto, "osc9" => Osc9, "osc777" => Osc777, "off" => Off);
words!(Times: "clock" => Clock, "start" => Start, "ago" => Ago);

/// The keys of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyBinding {
    /// Name of the command.
    pub command: String,
    /// Its keys, each one chord or several with blanks between. None takes its keys away.
    pub keys: Vec<String>,
    /// The line of the file.
    pub line: usize,
}

/// How the list is arranged. What is not said stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListSpec {
    /// Names of the columns, from left to right.
    pub columns: Option<Vec<String>>,
    /// The column that gives the order.
    pub sort: Option<String>,
    /// Whether that order is turned around.
    pub reversed: Option<bool>,
}

/// A saved view of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ViewSpec {
    /// Its name.
    pub name: String,
    /// Which calls it shows; empty is all of them.
    #[serde(default)]
    pub filter: String,
    /// How it arranges them.
    #[serde(flatten)]
    pub list: ListSpec,
}

/// A rule that marks calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSpec {
    /// Its name.
    pub name: String,
    /// Which calls it marks.
    pub filter: String,
}

/// When to be alerted. At least one of the filters is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertSpec {
    /// Its name.
    pub name: String,
    /// Calls to warn of.
    pub warn: Option<String>,
    /// Calls that need somebody now.
    pub act: Option<String>,
    /// How long it must hold first.
    pub hold: Duration,
    /// Whether the bell rings and the desktop is told.
    pub notify: bool,
}

/// Values that fill a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateSpec {
    /// Name of the method, never an alias.
    pub method: &'static str,
    /// Its name in the form.
    pub name: String,
    /// Whether a new form starts with it.
    pub preset: bool,
    /// Texts by field.
    pub texts: Vec<(String, String)>,
}

/// The wallboard.
#[derive(Debug, Clone, PartialEq)]
pub struct WallSpec {
    /// Over what time metrics are computed.
    pub window: Duration,
    /// What is too much or too little.
    pub thresholds: Vec<ThresholdSpec>,
}

impl Default for WallSpec {
    fn default() -> Self {
        Self { window: Duration::from_secs(15 * 60), thresholds: Vec::new() }
    }
}

/// When a metric warns, and when somebody has to act. At least one of both is there.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdSpec {
    /// For the calls of this context alone.
    pub context: Option<String>,
    /// Name of the metric.
    pub metric: String,
    /// It warns from here on, in the unit of the metric.
    pub warn: Option<f64>,
    /// Somebody has to act from here on, in the unit of the metric.
    pub act: Option<f64>,
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
