//! Tables for people: aligned columns, and Markdown.

use unicode_width::UnicodeWidthStr;

use super::table::Table;
use crate::model::mask;

/// Columns two blanks apart under their names; columns of which nothing is known are left out.
pub(super) fn text(table: &Table, masked: bool) -> String {
    let places = table.readable();
    let names = places.iter().map(|place| table.columns[*place].to_uppercase().replace('_', " "));
    let mut lines: Vec<Vec<String>> = vec![names.collect()];
    for row in &table.rows {
        lines.push(places.iter().map(|place| row[*place].shown(masked)).collect());
    }
    let width = |column: usize| lines.iter().map(|line| line[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..places.len()).map(width).collect();
    let mut out = format!("{}\n\n", title(table, masked));
    for line in &lines {
        let cells = line.iter().zip(&widths);
        let padded = cells.map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.width())));
        out.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

fn title(table: &Table, masked: bool) -> String {
    if masked { mask::within(table.title.as_str()) } else { table.title.to_string() }
}

/// A Markdown table under a heading.
pub(super) fn markdown(table: &Table, masked: bool) -> String {
    let places = table.readable();
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = format!("## {}\n\n", escaped(&title(table, masked)));
    out.push_str(&row(places.iter().map(|place| table.columns[*place].replace('_', " ")).collect()));
    out.push_str(&row(places.iter().map(|_| "---".to_owned()).collect()));
    for cells in &table.rows {
        out.push_str(&row(places.iter().map(|place| escaped(&cells[*place].shown(masked))).collect()));
    }
    out
}

/// Text that Markdown shows as it is: no markup, no HTML, no end of the cell, no item of a list.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (place, c) in text.chars().enumerate() {
        let marks = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' | '$');
        if marks || (place == 0 && matches!(c, '-' | '+' | '=')) {
            out.push('\\');
        }
        out.push(c);
    }
    // `1.` at the beginning would be an item of a list.
    let digits = out.len() - out.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 && [". ", ") "].iter().any(|end| out[digits..].starts_with(end)) {
        out.insert(digits, '\\');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::Cell;
    use std::time::Duration;

    fn table() -> Table {
        Table {
            title: "Calls".into(),
            columns: vec!["from", "context", "age_seconds", "frames"],
            rows: vec![
                vec![
                    Cell::party(&"+12025550117".into()),
                    Cell::text("日本|<b>*x*</b>"),
                    Cell::Seconds(Duration::from_millis(1_500)),
                    Cell::Frames(Vec::new()),
                ],
                vec![Cell::None, Cell::text("1. not a list"), Cell::None, Cell::None],
            ],
        }
    }

    #[test]
    fn columns_align_in_wide_text_too() {
        assert_eq!(
            text(&table(), false),
            "Calls\n\nFROM          CONTEXT          AGE SECONDS\n\
             +12025550117  日本|<b>*x*</b>  1.500\n\
             \u{20}             1. not a list\n"
        );
    }

    #[test]
    fn markdown_shows_hostile_text_as_it_is() {
        assert_eq!(
            markdown(&table(), true),
            "## Calls\n\n| from | context | age seconds |\n| --- | --- | --- |\n\
             | \\+1xxxxxxxx17 | 日本\\|\\<b\\>\\*x\\*\\</b\\> | 1.500 |\n\
             |  | 1\\. not a list |  |\n"
        );
    }
}
