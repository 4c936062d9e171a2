//! Texts against patterns: without regard to case, and without allocating, for every call is asked at every frame.

use regex::{Regex, RegexBuilder};

/// What a text has to be like.
#[derive(Debug, Clone)]
pub struct Pattern {
    plain: Plain,
    /// The same for the numbers and addresses of parties, blanks and signs left out, when it looks like a number.
    number: Option<Box<[char]>>,
}

#[derive(Debug, Clone)]
enum Plain {
    /// It is in it.
    Part(Box<str>),
    /// It is all of it.
    Whole(Box<str>),
    /// It is all of it; `*` stands for anything.
    Glob(Box<[char]>),
    /// It is somewhere in it.
    Regex(Regex),
}

/// How a text is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It may stand anywhere; with `*`, too.
    Anywhere,
    /// It may stand anywhere, but with `*` it is the whole.
    Loose,
    /// It is the whole.
    Whole,
}

impl Pattern {
    /// A pattern from what was typed. In quotes (`literal`), `*` is a star.
    pub fn new(text: &str, reach: Reach, literal: bool) -> Self {
        let folded: String = text.chars().map(fold).collect();
        let stars = !literal && folded.contains('*');
        let number = looks_like_a_number(&folded).then(|| {
            let digits: String = folded.chars().filter(|c| !is_blank(*c)).collect();
            let whole = stars && reach != Reach::Anywhere || reach == Reach::Whole;
            if whole { digits.chars().collect() } else { format!("*{digits}*").chars().collect() }
        });
        let plain = match (stars, reach) {
            (false, Reach::Whole) => Plain::Whole(folded.into()),
            (false, Reach::Anywhere | Reach::Loose) => Plain::Part(folded.into()),
            (true, Reach::Anywhere) => Plain::Glob(format!("*{folded}*").chars().collect()),
            (true, Reach::Loose | Reach::Whole) => Plain::Glob(folded.chars().collect()),
        };
        Self { plain, number }
    }

    /// A regular expression; of capitals and small letters it knows no difference.
    pub fn regex(text: &str) -> Result<Self, String> {
        const SIZE: usize = 256 * 1024;
        let mut builder = RegexBuilder::new(text);
        let built = builder.case_insensitive(true).size_limit(SIZE).dfa_size_limit(SIZE).build();
        built.map(|regex| Self { plain: Plain::Regex(regex), number: None }).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "this expression is too big".to_owned(),
            // The rest of the message draws the expression over several lines.
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").trim().to_owned()
            }
        })
    }

    /// Whether it is made of digits, blanks and signs: a part of a number.
    pub const fn is_number(&self) -> bool {
        self.number.is_some()
    }

    /// Whether a text is like it.
    pub fn fits(&self, text: &str) -> bool {
        match &self.plain {
            Plain::Part(part) => contains(text, part),
            Plain::Whole(whole) => text.chars().map(fold).eq(whole.chars()),
            Plain::Glob(glob) => globs(text.chars().map(fold), glob),
            Plain::Regex(regex) => regex.is_match(text),
        }
    }

    /// Whether the number or address of a party is like it.
    pub fn fits_party(&self, text: &str) -> bool {
        match &self.number {
            Some(number) => globs(text.chars().filter(|c| !is_blank(*c)).map(fold), number),
            None => self.fits(text),
        }
    }
}

/// A letter without its case. Letters whose small form is more than one character keep the first of them.
fn fold(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) }
}

/// What people put between the digits of a number.
const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}')
}

fn looks_like_a_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '*') || is_blank(c))
        && text.contains(|c: char| c.is_ascii_digit())
}

/// Whether a folded text is in another one.
fn contains(text: &str, part: &str) -> bool {
    let Some(first) = part.as_bytes().first() else { return true };
    if part.is_ascii() {
        let (text, part) = (text.as_bytes(), part.as_bytes());
        return text
            .windows(part.len())
            .any(|window| window[0].to_ascii_lowercase() == *first && window.eq_ignore_ascii_case(part));
    }
    let mut rest = text.chars();
    loop {
        let mut letters = rest.clone().map(fold);
        if part.chars().all(|c| letters.next() == Some(c)) {
            return true;
        }
        if rest.next().is_none() {
            return false;
        }
    }
}

/// Whether letters are as a pattern with stars says. Goes back to the last star only, so its time is bounded by the
/// product of both lengths.
fn globs(letters: impl Iterator<Item = char> + Clone, glob: &[char]) -> bool {
    let mut letters = letters;
    let mut at = 0;
    let mut star = None;
    loop {
        let ahead = letters.clone();
        if glob.get(at) == Some(&'*') {
            at += 1;
            star = Some((at, ahead));
            continue;
        }
        match (letters.next(), glob.get(at)) {
            (None, None) => return true,
            (None, Some(_)) => return false,
            (Some(letter), Some(wanted)) if letter == *wanted => at += 1,
            (Some(_), _) => {
                let Some((after, mut from)) = star.take() else { return false };
                from.next();
                letters = from.clone();
                at = after;
                star = Some((after, from));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loose(text: &str) -> Pattern {
        Pattern::new(text, Reach::Loose, false)
    }

    #[test]
    fn numbers_are_found_across_blanks_and_signs() {
        for (pattern, text, fits) in [
            ("1202", "+12025550117", true),
            ("1202", "+1 (202) 555-0117", true),
            ("202 555", "+12025550117", true),
            ("202-555", "+12025550117", true),
            ("+1202", "+12025550117", true),
            ("+202", "+12025550117", false),
            ("+44*", "+442079460958", true),
            ("+44*", "0044207", false),
            ("*0958", "+44 20 7946 0958", true),
            ("1202", "sip:12-02@pbx", true),
            ("1202", "sip:1a202@pbx", false),
        ] {
            assert_eq!(loose(pattern).fits_party(text), fits, "{pattern} in {text}");
        }
    }

    #[test]
    fn case_is_of_no_matter_in_any_alphabet() {
        for (pattern, text) in
            [("ACME", "sip:desk@acme"), ("münchen", "MÜNCHEN"), ("ΣΊΣΥΦΟΣ", "σίσυφοσ"), ("東京", "東京支店")]
        {
            assert!(loose(pattern).fits(text), "{pattern} in {text}");
        }
        assert!(!loose("acme").fits("acm"));
        assert!(!Pattern::new("acme", Reach::Whole, false).fits("acme2"));
        assert!(loose("").fits(""));
    }

    #[test]
    fn stars_stand_for_anything() {
        let glob = |pattern: &str, text: &str| Pattern::new(pattern, Reach::Whole, false).fits(text);
        assert!(glob("*", "") && glob("a*", "a") && glob("a*c*", "abcbc") && glob("**b", "aab"));
        assert!(glob("*abc", "ababc") && glob("a*b*c", "aXbXbXc"));
        assert!(!glob("a*c", "abcd") && !glob("a", "") && !glob("*a", "ab"));
        assert!(Pattern::new("a*c", Reach::Anywhere, false).fits("xxabcyy"));
        assert!(!Pattern::new("a*c", Reach::Loose, true).fits("abc"));
        assert!(Pattern::new("a*c", Reach::Loose, true).fits("xa*cx"));
    }

    #[test]
    fn expressions_say_what_is_wrong_with_them_in_a_line() {
        assert!(Pattern::regex("^\\+1(202|303)").unwrap().fits("+13035550100"));
        assert_eq!(Pattern::regex("a(b").unwrap_err(), "unclosed group");
        assert_eq!(Pattern::regex("(?:a{1000}){1000}").unwrap_err(), "this expression is too big");
    }
}
