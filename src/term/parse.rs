//! Bytes of a terminal to keys, mouse, pastes and answers. Knows nothing of time: who reads says when nothing more came.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

/// What a terminal sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key.
    Key(KeyEvent),
    /// The mouse.
    Mouse(MouseEvent),
    /// A pasted text.
    Paste(String),
    /// Whether the terminal has the keyboard of its user.
    Focus(bool),
    /// The answer to `ESC [ 5 n`: everything that was sent before it is on the screen.
    Shown,
}

/// A paste is cut here, in bytes.
const LONGEST_PASTE: usize = 1 << 20;
/// No sequence that means anything is longer.
const LONGEST_SEQUENCE: usize = 256;
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// Collects bytes until they are something.
#[derive(Debug, Default)]
pub struct Parser {
    bytes: Vec<u8>,
    /// What was pasted so far, while a paste goes on.
    paste: Option<Vec<u8>>,
}

/// What stands at the beginning of some bytes.
enum Step {
    /// Something of this length.
    Take(usize, Input),
    /// Nothing that is known, of this length.
    Skip(usize),
    /// The beginning of a paste.
    Paste(usize),
    /// More bytes are needed.
    More,
}

impl Parser {
    /// Takes bytes; gives what is complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        self.bytes.extend_from_slice(bytes);
        let mut inputs = Vec::new();
        loop {
            if self.paste.is_some() {
                match self.paste_on() {
                    Some(text) => inputs.push(text),
                    None => return inputs,
                }
                continue;
            }
            let length = match step(&self.bytes) {
                Step::More => return inputs,
                Step::Skip(length) => length,
                Step::Take(length, input) => {
                    inputs.push(input);
                    length
                }
                Step::Paste(length) => {
                    self.paste = Some(Vec::new());
                    length
                }
            };
            self.bytes.drain(..length.min(self.bytes.len()));
        }
    }

    /// Whether something has begun that is not complete.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        !self.bytes.is_empty() || self.paste.is_some()
    }

    /// Whether that is a paste, which may take its time on a slow line.
    #[must_use]
    pub const fn is_pasting(&self) -> bool {
        self.paste.is_some()
    }

    /// Nothing more came in good time. An escape that stands alone was the key; a sequence that was cut off is nothing:
    /// its letters must never be taken for keys. What was pasted so far is a paste.
    pub fn expire(&mut self) -> Vec<Input> {
        let bytes = std::mem::take(&mut self.bytes);
        if let Some(mut paste) = self.paste.take() {
            paste.extend_from_slice(&bytes);
            return vec![pasted(&paste)];
        }
        match bytes.as_slice() {
            [0x1b] => vec![Input::Key(KeyCode::Esc.into())],
            // Alt with a letter that could also begin a sequence.
            [0x1b, letter @ (b'[' | b'O' | b'P' | b']' | b'_' | b'^' | b'X')] => {
                vec![Input::Key(KeyEvent::new(KeyCode::Char(char::from(*letter)), KeyModifiers::ALT))]
            }
            _ => Vec::new(),
        }
    }

    /// Moves bytes into the paste; gives it when its end is there.
    fn paste_on(&mut self) -> Option<Input> {
        let paste = self.paste.as_mut()?;
        let end = self.bytes.windows(PASTE_ENDS.len()).position(|window| window == PASTE_ENDS);
        // The end may have begun in the last bytes.
        let until = end.unwrap_or(self.bytes.len().saturating_sub(PASTE_ENDS.len() - 1));
        let room = LONGEST_PASTE.saturating_sub(paste.len());
        paste.extend(self.bytes.iter().take(until.min(room)));
        self.bytes.drain(..until);
        end?;
        self.bytes.drain(..PASTE_ENDS.len());
        self.paste.take().map(|paste| pasted(&paste))
    }
}

fn pasted(bytes: &[u8]) -> Input {
    Input::Paste(String::from_utf8_lossy(bytes).into_owned())
}

fn key(length: usize, code: KeyCode, modifiers: KeyModifiers) -> Step {
    Step::Take(length, Input::Key(KeyEvent::new(code, modifiers)))
}

fn step(bytes: &[u8]) -> Step {
    match bytes {
        [] => Step::More,
        [0x1b, rest @ ..] => escape(rest),
        [first, ..] => match control(*first) {
            Some((code, modifiers)) => key(1, code, modifiers),
            None => letter(bytes, 0, KeyModifiers::NONE),
        },
    }
}

/// Keys of one byte below the blank, and the one above the letters.
fn control(byte: u8) -> Option<(KeyCode, KeyModifiers)> {
    let ctrl = |c: u8| (KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
    Some(match byte {
        b'\r' => (KeyCode::Enter, KeyModifiers::NONE),
        b'\t' => (KeyCode::Tab, KeyModifiers::NONE),
        0x7f => (KeyCode::Backspace, KeyModifiers::NONE),
        0 => ctrl(b' '),
        1..=0x1a => ctrl(byte - 1 + b'a'),
        0x1c..=0x1f => ctrl(byte - 0x1c + b'4'),
        _ => return None,
    })
}

/// A letter of any script, behind so many bytes.
fn letter(bytes: &[u8], before: usize, modifiers: KeyModifiers) -> Step {
    let length = match bytes.first() {
        None => return Step::More,
        Some(0x20..=0x7e) => 1,
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        Some(_) => return Step::Skip(before + 1),
    };
    let whole = bytes.get(..length);
    let Some(c) = whole.and_then(|whole| std::str::from_utf8(whole).ok()?.chars().next()) else {
        let broken = bytes.iter().skip(1).take(length - 1).any(|byte| byte & 0xc0 != 0x80);
        return if broken || whole.is_some() { Step::Skip(before + 1) } else { Step::More };
    };
    let shift = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    key(before + length, KeyCode::Char(c), modifiers | shift)
}

/// What follows an escape.
fn escape(rest: &[u8]) -> Step {
    match rest {
        [] => Step::More,
        [0x1b, ..] => key(1, KeyCode::Esc, KeyModifiers::NONE),
        [b'[', rest @ ..] => sequence(rest),
        [b'O'] => Step::More,
        [b'O', letter, ..] => match cursor_key(*letter) {
            Some(code) => key(3, code, KeyModifiers::NONE),
            None => Step::Skip(3),
        },
        [b'P' | b']' | b'_' | b'^' | b'X', text @ ..] => string(text),
        [first, ..] => match control(*first) {
            Some((code, modifiers)) => key(2, code, modifiers | KeyModifiers::ALT),
            None => letter(rest, 1, KeyModifiers::ALT),
        },
    }
}

/// A string of a device, of no interest: up to its terminator.
fn string(text: &[u8]) -> Step {
    let end = text.windows(2).position(|pair| pair == b"\x1b\\").map(|at| at + 2);
    let bell = text.iter().position(|byte| *byte == 7).map(|at| at + 1);
    match [end, bell].into_iter().flatten().min() {
        Some(end) => Step::Skip(2 + end),
        None if text.len() > LONGEST_SEQUENCE * 16 => Step::Skip(2 + text.len()),
        None => Step::More,
    }
}

/// A control sequence, behind its introducer of two bytes.
fn sequence(rest: &[u8]) -> Step {
    match rest {
        // The function keys of the Linux console.
        [b'['] => return Step::More,
        [b'[', letter @ b'A'..=b'E', ..] => {
            return key(4, KeyCode::F(letter - b'A' + 1), KeyModifiers::NONE);
        }
        // The oldest mouse protocol, which we never ask for.
        [b'M', ..] => return if rest.len() < 4 { Step::More } else { Step::Skip(6) },
        _ => {}
    }
    let Some(last) = rest.iter().position(|byte| !(0x20..=0x3f).contains(byte)) else {
        return if rest.len() > LONGEST_SEQUENCE { Step::Skip(2 + rest.len()) } else { Step::More };
    };
    if !(0x40..=0x7e).contains(&rest[last]) {
        // Something else begins in the middle of it.
        return Step::Skip(2 + last);
    }
    let length = last + 3;
    let parameters = std::str::from_utf8(&rest[..last]).unwrap_or_default();
    if (parameters, rest[last]) == ("200", b'~') {
        return Step::Paste(length);
    }
    match meaning(parameters, rest[last]) {
        Some(input) => Step::Take(length, input),
        None => Step::Skip(length),
    }
}

fn meaning(parameters: &str, last: u8) -> Option<Input> {
    if let Some(mouse) = parameters.strip_prefix('<') {
        return mouse_event(mouse, last).map(Input::Mouse);
    }
    let mut fields = parameters.split(';');
    let first: u32 = fields.next().and_then(|field| field.split(':').next()?.parse().ok()).unwrap_or(0);
    let mut held = fields.next().unwrap_or_default().split(':');
    let modifiers = modifiers(held.next().and_then(|mask| mask.parse().ok()).unwrap_or(1));
    if held.next() == Some("3") {
        // A key that was let go.
        return None;
    }
    // Answers of the terminal look like keys but for these.
    let is_answer = parameters.starts_with(['?', '>', '=']) || first > 1 && last.is_ascii_uppercase();
    let code = match last {
        _ if is_answer => return None,
        b'I' => return Some(Input::Focus(true)),
        b'O' => return Some(Input::Focus(false)),
        b'n' => return (first == 0 && parameters == "0").then_some(Input::Shown),
        b'Z' => return Some(Input::Key(KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT))),
        b'~' => numbered_key(first)?,
        b'u' => unicode_key(first)?,
        letter => cursor_key(letter)?,
    };
    Some(Input::Key(KeyEvent::new(code, modifiers)))
}

fn modifiers(mask: u8) -> KeyModifiers {
    let held = mask.saturating_sub(1);
    [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL), (8, KeyModifiers::SUPER)]
        .into_iter()
        .filter(|(bit, _)| held & bit != 0)
        .fold(KeyModifiers::NONE, |all, (_, one)| all | one)
}

const fn cursor_key(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        b'M' => KeyCode::Enter,
        _ => return None,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "function keys are few")]
const fn numbered_key(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number as u8 - 10),
        17..=21 => KeyCode::F(number as u8 - 11),
        23..=26 => KeyCode::F(number as u8 - 12),
        28 | 29 => KeyCode::F(number as u8 - 13),
        31..=34 => KeyCode::F(number as u8 - 14),
        _ => return None,
    })
}

fn unicode_key(code: u32) -> Option<KeyCode> {
    Some(match code {
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        127 => KeyCode::Backspace,
        code => KeyCode::Char(char::from_u32(code).filter(|c| !c.is_control())?),
    })
}

fn mouse_event(parameters: &str, last: u8) -> Option<MouseEvent> {
    let mut fields = parameters.split(';').map(str::parse::<u16>);
    let (code, x, y) = (fields.next()?.ok()?, fields.next()?.ok()?, fields.next()?.ok()?);
    let button = match code & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let moves = code & 32 != 0;
    let kind = match (code & 0b1100_0000, code & 3) {
        (0, 3) if moves => MouseEventKind::Moved,
        (0, _) if last == b'm' => MouseEventKind::Up(button),
        (0, _) if moves => MouseEventKind::Drag(button),
        (0, 0..=2) => MouseEventKind::Down(button),
        (64, 0) => MouseEventKind::ScrollUp,
        (64, 1) => MouseEventKind::ScrollDown,
        (64, 2) => MouseEventKind::ScrollLeft,
        (64, 3) => MouseEventKind::ScrollRight,
        _ => return None,
    };
    let held = [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)];
    let modifiers = held
        .into_iter()
        .filter(|(bit, _)| code & bit != 0)
        .fold(KeyModifiers::NONE, |all, (_, one)| all | one);
    Some(MouseEvent { kind, column: x.saturating_sub(1), row: y.saturating_sub(1), modifiers })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Input> {
        Parser::default().feed(bytes)
    }

    fn plain(code: KeyCode) -> Input {
        Input::Key(code.into())
    }

    fn with(modifiers: KeyModifiers, code: KeyCode) -> Input {
        Input::Key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn keys_are_told_apart() {
        let (ctrl, shift, alt) = (KeyModifiers::CONTROL, KeyModifiers::SHIFT, KeyModifiers::ALT);
        for (bytes, input) in [
            (&b"a"[..], plain(KeyCode::Char('a'))),
            (b"H", with(shift, KeyCode::Char('H'))),
            ("é".as_bytes(), plain(KeyCode::Char('é'))),
            ("山".as_bytes(), plain(KeyCode::Char('山'))),
            (b"\r", plain(KeyCode::Enter)),
            (b"\t", plain(KeyCode::Tab)),
            (b"\x7f", plain(KeyCode::Backspace)),
            (b"\x14", with(ctrl, KeyCode::Char('t'))),
            (b"\x1b[A", plain(KeyCode::Up)),
            (b"\x1bOB", plain(KeyCode::Down)),
            (b"\x1b[1;5C", with(ctrl, KeyCode::Right)),
            (b"\x1b[Z", with(shift, KeyCode::BackTab)),
            (b"\x1b[5~", plain(KeyCode::PageUp)),
            (b"\x1bOP", plain(KeyCode::F(1))),
            (b"\x1b[[C", plain(KeyCode::F(3))),
            (b"\x1b[15~", plain(KeyCode::F(5))),
            (b"\x1b[21~", plain(KeyCode::F(10))),
            (b"\x1b[24~", plain(KeyCode::F(12))),
            (b"\x1bx", with(alt, KeyCode::Char('x'))),
            (b"\x1b[13;5u", with(ctrl, KeyCode::Enter)),
            (b"\x1b[I", Input::Focus(true)),
            (b"\x1b[O", Input::Focus(false)),
            (b"\x1b[0n", Input::Shown),
        ] {
            assert_eq!(keys(bytes), [input], "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn the_mouse_is_where_it_is() {
        let at =
            |kind, column, row| Input::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
        assert_eq!(
            keys(b"\x1b[<0;5;3M\x1b[<32;6;3M\x1b[<0;6;3m\x1b[<64;1;1M\x1b[<65;200;120M"),
            [
                at(MouseEventKind::Down(MouseButton::Left), 4, 2),
                at(MouseEventKind::Drag(MouseButton::Left), 5, 2),
                at(MouseEventKind::Up(MouseButton::Left), 5, 2),
                at(MouseEventKind::ScrollUp, 0, 0),
                at(MouseEventKind::ScrollDown, 199, 119),
            ]
        );
    }

    #[test]
    fn a_sequence_that_comes_in_pieces_is_one_key_and_never_its_letters() {
        for whole in [&b"\x1b[A"[..], b"\x1bOA", b"\x1b[1;2A", b"\x1b[<0;5;3M", b"\x1b[200~A\x1b[201~"] {
            let mut parser = Parser::default();
            let inputs: Vec<Input> = whole.iter().flat_map(|byte| parser.feed(&[*byte])).collect();
            assert_eq!(inputs, keys(whole));
            assert!(!parser.is_waiting());
        }
        let mut parser = Parser::default();
        assert!(parser.feed(b"\x1b[").is_empty() && parser.is_waiting());
        assert_eq!(parser.expire(), [with(KeyModifiers::ALT, KeyCode::Char('['))]);
        parser.feed(b"\x1b[1;");
        assert_eq!(parser.expire(), []);
        parser.feed(b"\x1b");
        assert_eq!(parser.expire(), [plain(KeyCode::Esc)]);
    }

    #[test]
    fn a_paste_is_one_text_whatever_is_in_it() {
        let text = "first\rsecond \x1b[A \u{5c71}";
        let bytes = format!("\x1b[200~{text}\x1b[201~x");
        assert_eq!(keys(bytes.as_bytes()), [Input::Paste(text.into()), plain(KeyCode::Char('x'))]);
        let mut parser = Parser::default();
        parser.feed(b"\x1b[200~never ended");
        assert!(parser.is_pasting());
        assert_eq!(parser.expire(), [Input::Paste("never ended".into())]);
        let long = vec![b'x'; LONGEST_PASTE + 10];
        parser.feed(b"\x1b[200~");
        parser.feed(&long);
        let Some(Input::Paste(text)) = parser.feed(PASTE_ENDS).pop() else { panic!("no paste") };
        assert_eq!(text.len(), LONGEST_PASTE);
    }

    #[test]
    fn what_is_no_key_is_passed_over() {
        for bytes in [
            &b"\x1b[?1;2c"[..],
            b"\x1b[3;1R",
            b"\x1b]11;rgb:0000/0000/0000\x1b\\",
            b"\x1bP1$r0m\x1b\\",
            b"\x1b[97;1:3u",
            b"\xff\xfe",
            b"\x1b[M !!",
        ] {
            assert_eq!(keys(bytes), [], "{:?}", String::from_utf8_lossy(bytes));
            assert_eq!(keys(&[bytes, b"k"].concat()).last(), Some(&plain(KeyCode::Char('k'))));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_hurt_and_none_are_kept_for_ever(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 0..20)) {
            let mut parser = Parser::default();
            for piece in &pieces {
                parser.feed(piece);
            }
            parser.expire();
            prop_assert!(!parser.is_waiting());
            prop_assert_eq!(parser.feed(b"k"), [plain(KeyCode::Char('k'))]);
        }

        #[test]
        fn every_letter_is_a_key(text in "\\PC{0,40}") {
            let typed: String = keys(text.as_bytes()).iter().filter_map(|input| match input {
                Input::Key(KeyEvent { code: KeyCode::Char(c), .. }) => Some(*c),
                _ => None,
            }).collect();
            prop_assert_eq!(typed, text);
        }
    }
}
