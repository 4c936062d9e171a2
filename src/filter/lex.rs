//! The small pieces that filters are made of: names with operators, quotes, bare values, spans and numbers.

use std::time::Duration;

use super::Cmp;

/// A name with an operator: how a term about a field begins.
pub(super) struct Head<'a> {
    pub name: &'a str,
    pub operator: &'static str,
    /// Bytes of both.
    pub length: usize,
}

const OPERATORS: [&str; 14] =
    [":>=", ":<=", ":>", ":<", "!=", "!~", "==", ">=", "<=", ":", "~", ">", "<", "="];

/// What a URI begins with is a text, not a field.
const SCHEMES: [&str; 10] = ["sip", "sips", "tel", "http", "https", "ws", "wss", "rtp", "mailto", "urn"];

/// Reads a name with an operator at the beginning of a text.
pub(super) fn head(text: &str) -> Option<Head<'_>> {
    let length = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')))?;
    let name = text.get(..length).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    let operator = OPERATORS.into_iter().find(|operator| text[length..].starts_with(operator))?;
    let is_text = operator == ":" && SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(name));
    (!is_text).then_some(Head { name, operator, length: length + operator.len() })
}

/// Bytes of a text that stands in quotes, at whose opening one it begins, and the text without them. `None` when
/// they are not closed.
pub(super) fn quoted(text: &str) -> Option<(usize, String)> {
    enclosed(text, '"')
}

pub(super) fn enclosed(text: &str, mark: char) -> Option<(usize, String)> {
    let mut inner = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = letters.next() {
        match c {
            '\\' if letters.peek().is_some_and(|(_, next)| *next == mark) => {
                letters.next();
                inner.push(mark);
            }
            _ if c == mark => return Some((at + mark.len_utf8(), inner)),
            _ => inner.push(c),
        }
    }
    None
}

/// Bytes of a value that stands bare: up to a blank, a `|`, or a parenthesis that has no partner in it.
pub(super) fn bare_value(text: &str) -> usize {
    let mut open = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '(' => open.push(at),
            ')' if open.pop().is_some() => {}
            _ if c.is_whitespace() || matches!(c, ')' | '|' | '"') => return *open.first().unwrap_or(&at),
            _ => {}
        }
    }
    *open.first().unwrap_or(&text.len())
}

/// Bytes of an expression that stands bare: up to a blank, or a parenthesis that was not opened in it.
pub(super) fn bare_expression(text: &str) -> usize {
    let (mut open, mut class, mut escaped) = (0_usize, false, false);
    let end = text.find(|c: char| {
        let taken = std::mem::take(&mut escaped);
        match c {
            _ if c.is_whitespace() => return true,
            _ if taken => {}
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            _ if class => {}
            '(' => open += 1,
            ')' if open == 0 => return true,
            ')' => open -= 1,
            _ => {}
        }
        false
    });
    end.unwrap_or(text.len())
}

pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "any" => Some(true),
        "no" | "none" | "false" => Some(false),
        _ => None,
    }
}

pub(super) fn cmp(operator: &str) -> Cmp {
    match operator {
        "<" => Cmp::Less,
        "<=" => Cmp::AtMost,
        ">=" => Cmp::AtLeast,
        ">" => Cmp::More,
        _ => Cmp::Equal,
    }
}

/// A span: `60s`, `1m30s`, `1.5h`, `500ms`; a bare number is seconds.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no span of time: write 60s, 1m30s, 2h or 500ms");
    let mut rest = text.trim();
    let mut whole = Duration::ZERO;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let amount: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match rest[..letters].to_ascii_lowercase().as_str() {
            "ms" => 1e-3,
            "s" | "sec" => 1.0,
            // A bare number only by itself: `1m30` is more often a mistake than a minute and a half.
            "" if digits == text.trim().len() => 1.0,
            "m" | "min" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return Err(wrong()),
        };
        rest = &rest[letters..];
        let span = Duration::try_from_secs_f64(amount * unit).ok();
        whole = span.and_then(|span| whole.checked_add(span)).ok_or_else(wrong)?;
    }
    Ok(whole)
}

pub(super) fn number(text: &str) -> Result<f64, String> {
    let digits = text.strip_suffix('%').unwrap_or(text);
    let number = digits.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| format!("`{text}` is no number"))
}
