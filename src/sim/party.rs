//! The far ends of calls: who answers, how soon, and what they do then.

use serde::Deserialize;

use super::script::Span;

/// `[parties.NAME]`: how a far end behaves, called or calling.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Party {
    /// Who or what picks up.
    pub answers: Answers,
    /// Seconds of ringing until that.
    pub after: Span,
    /// Seconds of greeting: a person's hello, a machine's announcement. 0 is somebody who says nothing.
    pub greeting: Span,
    /// Whether a machine beeps after its greeting.
    pub beep: bool,
    /// Seconds into the greeting at which a machine halts for two seconds; 0 for never.
    pub halts: f64,
    /// Keys pressed unasked.
    pub presses: Vec<Press>,
    /// Things said unasked.
    pub says: Vec<Say>,
    /// Answers to prompts and collects, in this order; the last one again and again.
    pub replies: Vec<Reply>,
    /// Seconds after the answer until they hang up; without, they stay.
    pub hangs_up_after: Option<Span>,
    /// Pages of a fax.
    pub pages: u32,
    /// Seconds for a page.
    pub page: f64,
    /// Why a fax fails half-way; without, it does not.
    pub fax_fails: Option<String>,
}

/// What a ringing number comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answers {
    /// A person.
    #[default]
    Human,
    /// An answering machine.
    Machine,
    /// A fax.
    Fax,
    /// End reason `busy`.
    Busy,
    /// Nobody; end reason `noAnswer` at the ring timeout.
    NoAnswer,
    /// End reason `decline`.
    Decline,
    /// End reason `not_found`.
    NotFound,
    /// End reason `error`.
    Error,
    /// Nothing, ever: it rings on past any ring timeout, as calls do that a switch has lost track of.
    Stuck,
}

impl Default for Party {
    fn default() -> Self {
        Self {
            answers: Answers::Human,
            after: Span::exactly(2.0),
            greeting: Span::exactly(1.0),
            beep: true,
            halts: 0.0,
            presses: Vec::new(),
            says: Vec::new(),
            replies: Vec::new(),
            hangs_up_after: None,
            pages: 2,
            page: 8.0,
            fax_fails: None,
        }
    }
}

/// Keys pressed at a time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Press {
    /// Seconds after the answer.
    pub after: Span,
    /// The keys.
    pub digits: String,
    /// Seconds between them.
    #[serde(default = "gap")]
    pub gap: f64,
}

/// Words said at a time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// Seconds after the answer.
    pub after: Span,
    /// The words.
    pub text: String,
}

/// An answer to a prompt or collect: keys where keys are asked for, else words.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Seconds after the prompt was heard.
    pub after: Span,
    /// The keys.
    #[serde(default)]
    pub digits: Option<String>,
    /// The words.
    #[serde(default)]
    pub says: Option<String>,
    /// Seconds between keys.
    #[serde(default = "gap")]
    pub gap: f64,
}

const fn gap() -> f64 {
    0.4
}

/// `[[number]]`: which party a number belongs to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberRule {
    /// The number or address; `?` stands for one character, `*` for any.
    #[serde(rename = "match")]
    pub pattern: String,
    /// The party.
    pub party: String,
}

/// Whether a text fits a pattern of `?` and `*`.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            fits(&pattern[1..], text)
                || text.chars().next().is_some_and(|first| fits(pattern, &text[first.len_utf8()..]))
        }
        (Some('?'), Some(first)) => fits(&pattern[1..], &text[first.len_utf8()..]),
        (Some(wanted), Some(first)) if wanted == first => {
            fits(&pattern[wanted.len_utf8()..], &text[first.len_utf8()..])
        }
        _ => false,
    }
}

/// The parties every scenario knows.
pub fn built_in() -> impl Iterator<Item = (&'static str, Party)> {
    let says = |answers, after| Party { answers, after: Span::exactly(after), ..Party::default() };
    let replies = vec![Reply {
        after: Span::exactly(1.5),
        digits: Some("1234#".into()),
        says: Some("yes please".into()),
        gap: gap(),
    }];
    let machine = Party { greeting: Span::exactly(6.0), ..says(Answers::Machine, 4.0) };
    [
        ("human", Party { replies, ..says(Answers::Human, 2.0) }),
        ("silent", Party { greeting: Span::exactly(0.0), ..says(Answers::Human, 2.0) }),
        ("machine", machine.clone()),
        ("machine-without-beep", Party { beep: false, ..machine }),
        ("fax", says(Answers::Fax, 3.0)),
        ("busy", says(Answers::Busy, 1.5)),
        ("no-answer", says(Answers::NoAnswer, 30.0)),
        ("decline", says(Answers::Decline, 3.0)),
        ("not-found", says(Answers::NotFound, 0.5)),
        ("error", says(Answers::Error, 0.5)),
        ("stuck", says(Answers::Stuck, 0.5)),
    ]
    .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        for (pattern, text, fitting) in [
            ("+1415555019?", "+14155550191", true),
            ("+1415555019?", "+141555501911", false),
            ("sip:*@example.com", "sip:ann@example.com", true),
            ("*", "", true),
            ("", "x", false),
            ("*1", "+1", true),
            ("ü?", "üß", true),
        ] {
            assert_eq!(fits(pattern, text), fitting, "{pattern} {text}");
        }
    }
}
