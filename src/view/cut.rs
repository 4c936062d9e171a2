//! Texts made to fit: cut, filled up and wrapped by what a reader takes for one letter, however many code points and
//! columns it has.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns that a text takes on the screen: those of its letters, as the buffer counts them.
#[must_use]
pub fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(UnicodeWidthStr::width).sum() }
}

/// A text of exactly so many columns: cut at the end, or filled up.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    let mut text = cut(text, width);
    text.extend(std::iter::repeat_n(' ', width.saturating_sub(columns(&text))));
    text
}

/// A text of exactly so many columns, its blanks in front: for numbers.
#[must_use]
pub fn fit_right(text: &str, width: usize) -> String {
    let text = cut(text, width);
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(&text))))
}

/// A text cut at the end.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    match width {
        _ if columns(text) <= width => text.to_owned(),
        0 => String::new(),
        _ => format!("{}…", head(text, width - 1)),
    }
}

/// A text cut in the middle, the end kept whole as far as possible.
#[must_use]
pub fn middle(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let tail = tail(text, (room / 2).max(4).min(room));
    let head = head(text, room - columns(tail));
    if width == 0 { String::new() } else { format!("{head}…{tail}") }
}

/// The beginning of a text, as much of it as fits.
#[must_use]
pub fn head(text: &str, width: usize) -> &str {
    let mut left = width;
    let end = text.grapheme_indices(true).find(|(_, letter)| !takes(&mut left, letter));
    end.map_or(text, |(index, _)| &text[..index])
}

/// The end of a text, as much of it as fits.
#[must_use]
pub fn tail(text: &str, width: usize) -> &str {
    let mut left = width;
    let end = text.grapheme_indices(true).rev().find(|(_, letter)| !takes(&mut left, letter));
    end.map_or(text, |(index, letter)| &text[index + letter.len()..])
}

/// Takes the room of a letter, if there is so much.
fn takes(left: &mut usize, letter: &str) -> bool {
    let rest = left.checked_sub(letter.width());
    *left = rest.unwrap_or(0);
    rest.is_some()
}

/// As much of the beginning of a text as has room, and how many bytes of it that stands for. A letter that is wider than
/// a line, as runs of Jamo are, is none that can be shown.
fn piece(text: &str, width: usize) -> (&str, usize) {
    match head(text, width) {
        "" => ("…", text.graphemes(true).next().map_or(text.len(), str::len)),
        part => (part, part.len()),
    }
}

/// A text in lines of at most this width, broken at blanks; what is longer than a line is broken anywhere.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for mut word in text.split_whitespace() {
        let gap = usize::from(used > 0);
        let mut left = columns(word);
        if used > 0 && used + gap + left > width {
            lines.push(String::new());
            used = 0;
        }
        while left > width.max(2) {
            let (part, taken) = piece(word, width.max(2));
            if let Some(line) = lines.last_mut() {
                line.push_str(part);
            }
            lines.push(String::new());
            left = left.saturating_sub(columns(&word[..taken]));
            word = &word[taken..];
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if used > 0 { " " } else { "" });
            line.push_str(word);
            used = columns(line);
        }
    }
    lines
}

/// A line in pieces of at most this width, with nothing left out; those after the first are indented further than it.
/// Broken after a blank or a mark where there is one not too far from the end.
#[must_use]
pub fn folded(text: &str, width: usize) -> Vec<String> {
    let width = width.max(4);
    let indent = text.len() - text.trim_start_matches(' ').len();
    let hang = " ".repeat((indent + 2).min(width / 2));
    let (mut lines, mut rest, mut before) = (Vec::new(), text, "");
    let mut left = columns(text);
    while left + before.len() > width {
        let (part, mut taken) = piece(rest, width - before.len());
        let mark =
            part.rfind([' ', ',', '/', '-']).map(|place| place + 1).filter(|end| *end > part.len() / 2);
        let part = mark.map_or(part, |end| &part[..end]);
        taken = mark.unwrap_or(taken);
        lines.push(format!("{before}{part}"));
        left = left.saturating_sub(columns(&rest[..taken]));
        (rest, before) = (&rest[taken..], &hang);
    }
    lines.push(format!("{before}{rest}"));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_are_never_split() {
        // A letter with its marks, a syllable of three code points, a flag, a wide letter.
        for (text, width, cut_text) in [
            ("cafe\u{301}s", 5, "cafe\u{301}s"),
            ("cafe\u{301}s!", 5, "cafe\u{301}…"),
            ("\u{1112}\u{1161}\u{11ab}글x", 4, "\u{1112}\u{1161}\u{11ab}…"),
            ("🇩🇪🇫🇷", 3, "🇩🇪…"),
            ("日本語", 4, "日…"),
            ("日本語", 5, "日本…"),
            ("日本語", 1, "…"),
            ("日本語", 0, ""),
        ] {
            assert_eq!(cut(text, width), cut_text, "{text:?} in {width}");
        }
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(fit_right("12", 4), "  12");
        assert_eq!(middle("+1 202 555 0117", 9), "+1 2…0117");
        assert_eq!(middle("日本語東京都", 9), "日本…京都");
        assert_eq!(middle("שלום עולם ומלואו", 9), "שלום…לואו");
    }

    #[test]
    fn lines_break_at_blanks_and_long_words_anywhere() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("https://example.com/x", 10), ["https://ex", "ample.com/", "x"]);
        assert_eq!(wrapped("日本語 東京", 5), ["日本", "語", "東京"]);
        assert_eq!(wrapped("", 5), [""]);
        let jamo = "\u{1100}".repeat(3);
        assert_eq!(wrapped(&format!("x{jamo}y"), 4), ["x", "…", "y"], "one letter of six columns");
    }

    #[test]
    fn a_line_folds_under_its_indent_and_loses_nothing() {
        assert_eq!(folded("  \"text\": \"We are  sorry\"", 16), ["  \"text\": \"We ", "    are  sorry\""]);
        assert_eq!(folded("{\"a\":1,\"b\":2}", 9), ["{\"a\":1,", "  \"b\":2}"]);
        assert_eq!(folded("short", 9), ["short"]);
        assert_eq!(folded(&format!("{}+1202", "\u{1100}".repeat(60)), 8), ["…", "  +1202"]);
    }

    proptest! {
        #[test]
        fn every_text_fits_at_every_width(text in "(\\PC|[\u{300}\u{5d0}\u{627}\u{644}\u{65e5}\u{1f1e9}\u{200d}]){0,24}", width in 0usize..30) {
            prop_assert_eq!(columns(&fit(&text, width)), width);
            prop_assert_eq!(columns(&fit_right(&text, width)), width);
            prop_assert!(columns(&cut(&text, width)) <= width);
            prop_assert!(columns(&middle(&text, width)) <= width);
            prop_assert!(text.starts_with(head(&text, width)) && text.ends_with(tail(&text, width)));
            // Only a letter that no line has room for is left out.
            let wide = text.graphemes(true).any(|letter| columns(letter) > 2);
            prop_assert!(wide || folded(&text, width).concat().replace(' ', "") == text.replace(' ', ""));
            for line in folded(&text, width) {
                prop_assert!(columns(&line) <= width.max(4) || columns(head(line.trim_start(), 2)) == 0);
            }
            for line in wrapped(&text, width) {
                prop_assert!(columns(&line) <= width.max(2));
            }
        }
    }
}
