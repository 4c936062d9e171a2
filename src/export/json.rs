//! JSON on lines that are safe to print: one line each, control and format characters escaped.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::table::{Cell, Table};
use crate::model::mask;
use crate::protocol::shown::is_hidden;

/// A table as one object per line; what is not known is left out.
pub(super) fn write(table: &Table, masked: bool) -> String {
    let line = |row: &Vec<Cell>| {
        let known = table.columns.iter().zip(row).filter(|(_, cell)| **cell != Cell::None);
        let object: Map<String, Value> =
            known.map(|(name, cell)| ((*name).to_owned(), value(cell, masked))).collect();
        safe(&Value::Object(object).to_string()) + "\n"
    };
    table.rows.iter().map(line).collect()
}

fn value(cell: &Cell, masked: bool) -> Value {
    match cell {
        Cell::None => Value::Null,
        Cell::Count(count) => (*count).into(),
        Cell::Number(number) => (*number).into(),
        Cell::Seconds(span) => ((span.as_secs_f64() * 1e3).round() / 1e3).into(),
        Cell::Flag(flag) => (*flag).into(),
        Cell::Frames(frames) if masked => Value::Array(frames.iter().map(mask::json).collect()),
        Cell::Frames(frames) => Value::Array(frames.clone()),
        Cell::Word(_) | Cell::Text(_) | Cell::Party(_) | Cell::Keys(_) | Cell::Time(_) => {
            cell.shown(masked).into()
        }
    }
}

/// One value on one line, numbers and keys in it hidden if wanted.
#[must_use]
pub fn line(value: &Value, masked: bool) -> String {
    if masked { safe(&mask::json(value).to_string()) } else { safe(&value.to_string()) }
}

fn safe(json: &str) -> String {
    let mut out = Vec::with_capacity(json.len());
    // Writing to memory does not fail, and what is written is UTF-8.
    let _ = write_safe(&mut out, json);
    String::from_utf8(out).unwrap_or_default()
}

/// Writes JSON on one line with every control and format character escaped. In valid JSON such characters are either
/// inside a string, where an escape means the same, or white space between tokens, which means nothing.
///
/// # Errors
/// When it cannot be written.
pub fn write_safe(out: &mut impl Write, json: &str) -> io::Result<()> {
    let mut plain = 0;
    for (at, c) in json.char_indices() {
        // The common case first: this is what a load test does all day.
        if (' '..='~').contains(&c) || !is_hidden(c) {
            continue;
        }
        out.write_all(&json.as_bytes()[plain..at])?;
        plain = at + c.len_utf8();
        if !matches!(c, '\n' | '\r' | '\t') {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
        }
    }
    out.write_all(&json.as_bytes()[plain..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_is_one_line_that_reads_back() {
        let frame = json!({ "digits": "12", "text": "a\u{202e}\nb" });
        let table = Table {
            title: "t".into(),
            columns: vec!["who", "keys", "seconds", "frames", "nothing"],
            rows: vec![vec![
                Cell::party(&"+12025550117".into()),
                Cell::Keys("4471".into()),
                Cell::Seconds(std::time::Duration::from_micros(1_234_567)),
                Cell::Frames(vec![frame.clone()]),
                Cell::None,
            ]],
        };
        let open: Value = serde_json::from_str(&write(&table, false)).unwrap();
        let wanted = json!({ "who": "+12025550117", "keys": "4471", "seconds": 1.235, "frames": [frame] });
        assert_eq!(open, wanted);
        let text = write(&table, true);
        assert!(!text.trim_end().chars().any(is_hidden) && text.lines().count() == 1, "{text:?}");
        let masked: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&masked["who"], &masked["keys"]), (&json!("+1xxxxxxxx17"), &json!("(hidden)")));
        assert_eq!(masked["frames"][0]["digits"], "xx");
    }
}
