//! What is said to the terminal beside the screen: clipboard and notifications, as bytes that nothing can break out of.

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

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
    pub fn of(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
        if set("TMUX") {
            Self::Tmux
        } else if set("STY") {
            Self::Screen
        } else {
            Self::Nothing
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
    Some(match between {
        // tmux takes it for itself where `set-clipboard` is on, and lets it through where it may.
        Between::Tmux => format!("{sequence}{}", wrapped(&sequence, between)).into_bytes(),
        Between::Nothing | Between::Screen => wrapped(&sequence, between).into_bytes(),
    })
}

/// By which sequences the desktop is told of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Notices {
    /// By the one that the terminal is known to take; by both where that is not known, of which a terminal that knows
    /// neither shows nothing.
    #[default]
    Auto,
    /// OSC 9: iTerm2, Windows Terminal, kitty and others.
    Osc9,
    /// OSC 777: urxvt, foot, Ghostty and others.
    Osc777,
    /// Not at all.
    Off,
}

impl Notices {
    /// Every way by its name in configuration.
    pub const NAMES: [(&'static str, Self); 4] =
        [("auto", Self::Auto), ("osc9", Self::Osc9), ("osc777", Self::Osc777), ("off", Self::Off)];
}

impl Notices {
    /// What is to be done in a terminal of this program and `$TERM`: one that knows both ways would tell twice.
    #[must_use]
    pub fn within(self, program: &str, term: &str) -> Self {
        const NINE: [&str; 6] = ["iterm", "wezterm", "ghostty", "kitty", "windows terminal", "warp"];
        const SEVEN: [&str; 3] = ["foot", "rxvt", "vte"];
        let (program, term) = (program.to_lowercase(), term.to_lowercase());
        let is = |names: &[&str]| names.iter().any(|name| program.contains(name) || term.contains(name));
        match self {
            Self::Auto if is(&NINE) => Self::Osc9,
            Self::Auto if is(&SEVEN) => Self::Osc777,
            Self::Auto | Self::Osc9 | Self::Osc777 | Self::Off => self,
        }
    }
}

/// Bytes that show a notification; none where there is to be none.
#[must_use]
pub fn notification(title: &str, text: &str, between: Between, notices: Notices) -> Vec<u8> {
    let (title, text) = (Shown::new(title), Shown::new(text));
    // A number at the beginning would be a command to the terminal (`9;4;` draws progress), and 777 has its own parts.
    let whole = format!(" {title}: {text}");
    let title = title.as_str().replace(';', ",");
    let nine = || format!("\x1b]9;{whole}\x07");
    let seven = || format!("\x1b]777;notify;{title};{text}\x07");
    let plain = match notices {
        Notices::Auto => vec![nine(), seven()],
        Notices::Osc9 => vec![nine()],
        Notices::Osc777 => vec![seven()],
        Notices::Off => Vec::new(),
    };
    plain.iter().map(|sequence| wrapped(sequence, between)).collect::<String>().into_bytes()
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
        assert_eq!(text(&clipboard("hi, €", Between::Nothing).unwrap()), plain);
        let tmux = format!("{plain}\x1bPtmux;\x1b\x1b]52;c;aGksIOKCrA==\x07\x1b\\");
        assert_eq!(text(&clipboard("hi, €", Between::Tmux).unwrap()), tmux);
        assert_eq!(text(&clipboard("hi, €", Between::Screen).unwrap()), format!("\x1bP{plain}\x1b\\"));
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
        let with = |set: &'static str| Between::of(&move |name: &str| (name == set).then(|| "x".to_owned()));
        assert_eq!(
            (with("TMUX"), with("STY"), with("HOME")),
            (Between::Tmux, Between::Screen, Between::Nothing)
        );
    }

    #[test]
    fn a_terminal_that_is_known_is_told_once() {
        for (program, term, notices) in [
            ("iTerm.app", "xterm-256color", Notices::Osc9),
            ("", "xterm-kitty", Notices::Osc9),
            ("Windows Terminal", "xterm-256color", Notices::Osc9),
            ("", "foot", Notices::Osc777),
            ("VTE", "xterm-256color", Notices::Osc777),
            ("", "tmux-256color", Notices::Auto),
            ("", "xterm-256color", Notices::Auto),
        ] {
            assert_eq!(Notices::Auto.within(program, term), notices, "{program} {term}");
        }
        assert_eq!(Notices::Osc777.within("kitty", ""), Notices::Osc777);
    }

    #[test]
    fn a_notification_comes_in_both_ways() {
        assert_eq!(
            text(&notification("wait; for", "4;1;50", Between::Nothing, Notices::Auto)),
            "\x1b]9; wait; for: 4;1;50\x07\x1b]777;notify;wait, for;4;1;50\x07"
        );
        let one = |notices| notification("a", "b", Between::Nothing, notices);
        assert_eq!(text(&one(Notices::Osc9)), "\x1b]9; a: b\x07");
        assert_eq!(text(&one(Notices::Osc777)), "\x1b]777;notify;a;b\x07");
        assert!(one(Notices::Off).is_empty());
    }

    proptest! {
        #[test]
        fn nothing_breaks_out(title in "(?s).{0,40}", body in "(?s).{0,80}") {
            for between in [Between::Nothing, Between::Tmux, Between::Screen] {
                let bytes = notification(&title, &body, between, Notices::Auto);
                let sent = text(&bytes);
                // Of the characters that begin or end a sequence there are exactly our own.
                let ours = match between {
                    Between::Nothing => (2, 2),
                    Between::Tmux => (8, 2),
                    Between::Screen => (2 * sent.matches("\x1b\\").count() + 2, 2),
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
