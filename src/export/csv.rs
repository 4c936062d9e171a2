//! Tables as comma-separated values that no spreadsheet takes for formulas.

use std::borrow::Cow;

use super::json;
use super::table::{Cell, Table};

/// Every cell is quoted: where a spreadsheet splits at semicolons, a text with one stays one cell.
pub(super) fn write(table: &Table, masked: bool) -> String {
    let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    // Writing to memory does not fail, and every row has a cell per column.
    let _ = writer.write_record(&table.columns);
    for row in &table.rows {
        let _ = writer.write_record(row.iter().map(|cell| text(cell, masked)));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn text(cell: &Cell, masked: bool) -> String {
    match cell {
        Cell::Frames(frames) => {
            let lines = frames.iter().map(|frame| json::line(frame, masked));
            guarded(lines.collect::<Vec<_>>().join(" ").into()).into_owned()
        }
        Cell::Word(_) | Cell::Text(_) | Cell::Party(_) | Cell::Keys(_) => {
            guarded(cell.shown(masked).into()).into_owned()
        }
        // Of our own making: never a formula.
        Cell::None | Cell::Count(_) | Cell::Number(_) | Cell::Seconds(_) | Cell::Time(_) | Cell::Flag(_) => {
            cell.shown(masked)
        }
    }
}

/// Spreadsheets take a cell that begins with one of these for a formula, which may run commands or send what is in
/// other cells elsewhere. An apostrophe in front makes it text. A telephone number is left as it is, for whoever
/// imports the file needs it so: `+` and digits alone can at most become a number.
fn guarded(text: Cow<'_, str>) -> Cow<'_, str> {
    let first = text.trim_start().chars().next();
    let risky = matches!(first, Some('=' | '+' | '-' | '@' | '|' | '%' | '＝' | '＋' | '－' | '＠'));
    if risky && !is_number(&text) { format!("'{text}").into() } else { text }
}

/// `+` and up to fifteen digits (E.164), masked ones included.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (1..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit() || b == b'x')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Shown;

    #[test]
    fn formulas_become_text_and_numbers_stay_numbers() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("=HYPERLINK(\"http://x\",A1)", "'=HYPERLINK(\"http://x\",A1)"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "'  =1"),
            ("＝1", "'＝1"),
            ("+12025550117", "+12025550117"),
            ("+1xxxxxxxx17", "+1xxxxxxxx17"),
            ("+1202555011712345678", "'+1202555011712345678"),
            ("+1+1", "'+1+1"),
            ("+", "'+"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(guarded(text.into()), safe);
        }
    }

    #[test]
    fn quotes_separators_and_lines_stay_within_their_cell() {
        let cell = |text: &str| Cell::Text(Shown::new(text));
        let table = Table {
            title: "t".into(),
            columns: vec!["a", "b"],
            rows: vec![vec![cell("x,\"y\";\n=z"), Cell::None], vec![Cell::Count(3), cell("+12025550117")]],
        };
        let text = write(&table, true);
        assert_eq!(text, "\"a\",\"b\"\n\"x,\"\"y\"\";␊=z\",\"\"\n\"3\",\"+1xxxxxxxx17\"\n");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.records().count(), 2);
    }
}
