//! What is said to the terminal beside the screen: clipboard and notifications, as bytes that nothing can break out of.

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

use crate::facts::{Facts, NoticePath};
use crate::protocol::Shown;

/// What stands between this program and the terminal, and has to be asked to let sequences through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Between {
    /// Nothing.
    Nothing,
    /// tmux; lets them through where `allow-passthrough` is on.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Between {
    /// What the environment tells.
    #[must_use]
    pub const fn of(facts: &Facts) -> Self {
        match (&facts.tmux, facts.screen) {
            (Some(_), _) => Self::Tmux,
            (None, true) => Self::Screen,
            (None, false) => Self::Nothing,
        }
    }
}

/// Most bytes that are put into a clipboard at once: terminals drop sequences of more than about 100,000 bytes, and
/// base64 makes four of three.
pub const CLIPBOARD_LIMIT: usize = 74_994;

/// Bytes that put a text into the clipboard of the terminal (OSC 52). `None` when it is longer than
/// [`CLIPBOARD_LIMIT`].
#[must_use]
pub fn clipboard(text: &str, between: Between) -> Option<Vec<u8>> {
    if text.len() > CLIPBOARD_LIMIT {
        return None;
    }
    let mut sequence = String::new();
    // Writing to memory does not fail.
    let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence);
    // Ended by BEL: within a wrapping, its own end would be taken for that of the wrapping.
    let sequence = format!("{}\x07", sequence.trim_end_matches("\x1b\\"));
    Some(wrapped(&sequence, between).into_bytes())
}

/// Bytes that show a notification; none where the terminal shows none.
#[must_use]
pub fn notification(title: &str, text: &str, path: NoticePath, between: Between) -> Vec<u8> {
    let (title, text) = (Shown::new(title), Shown::new(text));
    let sequence = match path {
        // A number at the beginning would be a command to the terminal: `9;4;` draws progress.
        NoticePath::Osc9 => format!("\x1b]9; {title}: {text}\x07"),
        // The title ends at the first semicolon.
        NoticePath::Osc777 => format!("\x1b]777;notify;{};{text}\x07", title.as_str().replace(';', ",")),
        NoticePath::Nowhere => return Vec::new(),
    };
    wrapped(&sequence, between).into_bytes()
}

/// The byte that rings. tmux and screen ring on their own terms.
pub const BELL: &[u8] = b"\x07";

/// screen takes no more than this at once.
const SCREEN_CHUNK: usize = 76;

fn wrapped(sequence: &str, between: Between) -> String {
    match between {
        Between::Nothing => sequence.to_owned(),
        Between::Tmux => format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
        Between::Screen => {
            let mut out = String::new();
            let mut rest = sequence;
            while !rest.is_empty() {
                let mut end = rest.len().min(SCREEN_CHUNK);
                while !rest.is_char_boundary(end) {
                    end -= 1;
                }
                out += &format!("\x1bP{}\x1b\\", &rest[..end]);
                rest = &rest[end..];
            }
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_text_goes_to_the_clipboard_whatever_is_between() {
        let plain = "\x1b]52;c;aGksIOKCrA==\x07";
        let sent = |between| clipboard("hi, €", between).unwrap();
        assert_eq!(text(&sent(Between::Nothing)), plain);
        assert_eq!(text(&sent(Between::Tmux)), "\x1bPtmux;\x1b\x1b]52;c;aGksIOKCrA==\x07\x1b\\");
        assert_eq!(text(&sent(Between::Screen)), format!("\x1bP{plain}\x1b\\"));
        let long = clipboard(&"x".repeat(300), Between::Screen).unwrap();
        assert!(text(&long).split("\x1b\\").all(|chunk| chunk.len() <= SCREEN_CHUNK + 2));
        assert_eq!(text(&long).replace("\x1b\\\x1bP", "").len(), 7 + 400 + 1 + 4);
    }

    #[test]
    fn too_much_for_a_terminal_is_refused() {
        let most = "x".repeat(CLIPBOARD_LIMIT);
        assert!(clipboard(&most, Between::Nothing).unwrap().len() <= 100_000);
        assert_eq!(clipboard(&(most + "x"), Between::Nothing), None);
    }

    #[test]
    fn what_is_between_is_read_off_the_environment() {
        let with = |set: &'static str| Facts::of(&move |name: &str| (name == set).then(|| "x".to_owned()));
        assert_eq!(
            ["TMUX", "STY", "HOME"].map(|set| Between::of(&with(set))),
            [Between::Tmux, Between::Screen, Between::Nothing]
        );
    }

    #[test]
    fn a_notification_comes_in_the_way_that_the_terminal_knows() {
        let sent = |path| notification("wait; for", "4;1;50", path, Between::Nothing);
        assert_eq!(text(&sent(NoticePath::Osc9)), "\x1b]9; wait; for: 4;1;50\x07");
        assert_eq!(text(&sent(NoticePath::Osc777)), "\x1b]777;notify;wait, for;4;1;50\x07");
        assert!(sent(NoticePath::Nowhere).is_empty());
    }

    proptest! {
        #[test]
        fn nothing_breaks_out(title in "(?s).{0,40}", body in "(?s).{0,80}") {
            for (path, between) in [NoticePath::Osc9, NoticePath::Osc777].into_iter().flat_map(|path| {
                [Between::Nothing, Between::Tmux, Between::Screen].map(|between| (path, between))
            }) {
                let bytes = notification(&title, &body, path, between);
                let sent = text(&bytes);
                // Of the characters that begin or end a sequence there are exactly our own.
                let ours = match between {
                    Between::Nothing => (1, 1),
                    Between::Tmux => (4, 1),
                    Between::Screen => (2 * sent.matches("\x1b\\").count() + 1, 1),
                };
                prop_assert_eq!((sent.matches('\x1b').count(), sent.matches('\x07').count()), ours);
                let ends = sent.contains(['\u{9c}', '\u{9d}', '\n', '\r', '\0']);
                prop_assert!(!ends);
            }
            let bytes = clipboard(&body, Between::Nothing).unwrap();
            let inner = &bytes[7..bytes.len() - 1];
            prop_assert!(inner.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)));
        }
    }
}
