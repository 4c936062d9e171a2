//! The one sanitiser: text from outside becomes fit for a screen here and nowhere else.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use foldhash::fast::RandomState;
use unicode_width::UnicodeWidthChar;

/// Text that is safe to draw: one line, no control or format characters (they stand as visible escapes), at
/// most four combining marks on a base, at most [`Shown::MAX_COLUMNS`] columns.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shown(Arc<str>);

/// Words of the service that nearly every event is made of, kept once for all.
static WORDS: LazyLock<HashMap<&'static str, Shown, RandomState>> = LazyLock::new(|| {
    let words = [
        "",
        "playing",
        "paused",
        "finished",
        "error",
        "recording",
        "no_input",
        "tapping",
        "streaming",
        "created",
        "ringing",
        "answered",
        "ending",
        "ended",
        "hangup",
        "dialing",
        "failed",
        "connecting",
        "connected",
        "disconnected",
        "offered",
        "inbound",
        "outbound",
        "dial",
        "connect",
        "receive",
        "calling.call.play",
        "calling.call.state",
        "calling.call.receive",
        "calling.call.record",
        "calling.call.dial",
        "calling.call.connect",
        "calling.call.detect",
        "calling.call.collect",
        "calling.call.send_digits",
        "calling.call.tap",
        "calling.call.fax",
        "calling.call.stream",
    ];
    words.into_iter().map(|word| (word, Shown(word.into()))).collect()
});

impl Shown {
    /// Longest text kept, in terminal columns. What is cut is marked by `…`.
    pub const MAX_COLUMNS: usize = 256;

    /// Makes any text showable on one line of at most [`Shown::MAX_COLUMNS`] columns.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::cut(text, Self::MAX_COLUMNS)
    }

    /// The same for what is likely a word of the service: such words share their memory.
    #[must_use]
    pub fn word(text: &str) -> Self {
        WORDS.get(text).cloned().unwrap_or_else(|| Self::new(text))
    }

    /// Makes any text showable, however long: for raw frames, which scroll.
    #[must_use]
    pub fn whole(text: &str) -> Self {
        Self::cut(text, usize::MAX)
    }

    fn cut(text: &str, columns: usize) -> Self {
        if text.len() <= columns && text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Self(text.into());
        }
        let mut out = String::with_capacity(text.len());
        let (mut width, mut marks) = (0, 0);
        for c in text.chars() {
            let before = out.len();
            let wide = if is_hidden(c) {
                marks = 0;
                push_escape(&mut out, c)
            } else {
                let wide = c.width().unwrap_or(0);
                marks = if wide == 0 { marks + 1 } else { 0 };
                // A mark needs a base to sit on, and few enough company.
                if wide == 0 && (marks > 4 || before == 0) {
                    continue;
                }
                out.push(c);
                wide
            };
            if width + wide > columns.saturating_sub(1) && columns != usize::MAX {
                out.truncate(before);
                out.push('…');
                break;
            }
            width += wide;
        }
        Self(out.into())
    }

    /// The safe text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Shown {
    fn default() -> Self {
        Self::word("")
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl serde::Serialize for Shown {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Whatever is read is cleaned again.
impl<'de> serde::Deserialize<'de> for Shown {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// Characters that draw nothing, move the cursor, or reorder what stands beside them.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00ad | 0x034f | 0x061c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff
            | 0xffa0 | 0xfff0..=0xfffb | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff
            | 0x0600..=0x0605 | 0x06dd | 0x070f | 0x08e2 | 0xe000..=0xf8ff | 0xf0000..=0x10_ffff)
}

fn push_escape(out: &mut String, c: char) -> usize {
    let code = u32::from(c);
    if let Some(picture) = (code < 0x20).then(|| char::from_u32(0x2400 + code)).flatten() {
        out.push(picture);
        return 1;
    }
    if code == 0x7f {
        out.push('␡');
        return 1;
    }
    let text = format!("<U+{code:04X}>");
    out.push_str(&text);
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn controls_and_bidi_stand_as_visible_escapes() {
        assert_eq!(Shown::new("a\x1b[31mb\tc").as_str(), "a␛[31mb␉c");
        assert_eq!(Shown::new("x\u{202e}y\u{9b}").as_str(), "x<U+202E>y<U+009B>");
    }

    #[test]
    fn words_of_the_service_share_their_memory_and_are_what_they_would_be() {
        assert!(Arc::ptr_eq(&Shown::word("playing").0, &Shown::word("playing").0));
        assert!(WORDS.iter().all(|(word, shown)| *shown == Shown::new(word)));
        assert_eq!(Shown::word("x\u{9b}"), Shown::new("x\u{9b}"));
    }

    #[test]
    fn combining_marks_are_limited() {
        let zalgo = format!("e{}", "\u{301}".repeat(2000));
        assert_eq!(Shown::new(&zalgo).as_str().chars().count(), 5);
    }

    #[test]
    fn long_text_is_cut_with_a_mark() {
        let shown = Shown::new(&"x".repeat(1000));
        assert_eq!(shown.as_str().width(), Shown::MAX_COLUMNS);
        assert!(shown.as_str().ends_with('…'));
    }

    /// Texts as enemies write them: controls, marks, wide letters and things of no width, in any mixture.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            "[\\x00-\\x1f\\x7f-\\u{9f}]{1,4}",
            "[\\u{300}-\\u{36f}]{1,12}",
            "[\\u{200b}-\\u{200f}\\u{2028}-\\u{202e}\\u{2060}-\\u{206f}\\u{e0000}-\\u{e007f}]{1,4}",
            "[一-龥가-힣👩🏽‍🇩🇪️]{1,6}",
            "[ -~]{1,8}",
        ];
        prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
    }

    // `PROPTEST_CASES=10000` for the long run.
    proptest! {
        #[test]
        fn hostile_texts_are_tame(text in hostile()) {
            let once = Shown::new(&text);
            prop_assert!(!once.as_str().chars().any(is_hidden));
            prop_assert!(once.as_str().width() <= Shown::MAX_COLUMNS);
            let is_mark = |c: char| c.width() == Some(0);
            let marks = once.as_str().split(|c: char| !is_mark(c)).map(|run| run.chars().count()).max();
            prop_assert!(marks <= Some(4), "{marks:?} marks on a letter");
            prop_assert_eq!(Shown::new(once.as_str()), once);
        }

        #[test]
        fn nothing_hidden_survives_and_it_is_idempotent(text in "\\PC*|(?s).{0,400}") {
            let once = Shown::new(&text);
            prop_assert!(!once.as_str().chars().any(is_hidden));
            prop_assert!(once.as_str().width() <= Shown::MAX_COLUMNS);
            prop_assert_eq!(Shown::new(once.as_str()), once);
        }
    }
}
