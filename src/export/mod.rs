//! What is on the board, for other programs and other people: tables, diagrams and notes as text.

pub mod acts;
pub mod calls;
mod csv;
pub mod handover;
pub mod json;
pub mod ladder;
mod mermaid;
mod plain;
pub mod table;
pub mod wall;

pub use handover::Handover;
pub use table::{Cell, Table};

use crate::flow::Ladder;

/// A way to write an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Comma-separated values with a head line, every cell in quotes.
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// Columns for people.
    Text,
    /// A Mermaid sequence diagram; for ladders.
    Mermaid,
    /// Markdown.
    Markdown,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Ndjson, Self::Text, Self::Mermaid, Self::Markdown];

    /// How a file of it ends, without the dot.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Text => "txt",
            Self::Mermaid => "mmd",
            Self::Markdown => "md",
        }
    }

    /// The key that chooses it.
    #[must_use]
    pub const fn key(self) -> char {
        match self {
            Self::Csv => 'c',
            Self::Ndjson => 'j',
            Self::Text => 't',
            Self::Mermaid => 'm',
            Self::Markdown => 'd',
        }
    }

    /// What it is good for.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Csv => "for spreadsheets",
            Self::Ndjson => "one JSON object per line, for programs",
            Self::Text => "to read and to send",
            Self::Mermaid => "a sequence diagram, for wikis and tickets",
            Self::Markdown => "a table, for wikis and tickets",
        }
    }

    /// Whether somebody who types this means it.
    #[must_use]
    pub fn is_named(self, name: &str) -> bool {
        let further: &[&str] = match self {
            Self::Csv => &[],
            Self::Ndjson => &["json"],
            Self::Text => &["text", "plain"],
            Self::Mermaid => &["mermaid"],
            Self::Markdown => &["markdown"],
        };
        self.ending() == name || further.contains(&name)
    }

    /// Its name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Ndjson => "NDJSON",
            Self::Text => "plain text",
            Self::Mermaid => "Mermaid",
            Self::Markdown => "Markdown",
        }
    }
}

/// Formats that fit a table.
pub const TABLES: [Format; 4] = [Format::Csv, Format::Ndjson, Format::Text, Format::Markdown];

/// Formats that fit a ladder.
pub const LADDERS: [Format; 5] =
    [Format::Text, Format::Mermaid, Format::Csv, Format::Ndjson, Format::Markdown];

/// Writes a table. With `masked`, numbers and keys are hidden. A table has no diagram: as Mermaid it is empty.
#[must_use]
pub fn table(table: &Table, format: Format, masked: bool) -> String {
    match format {
        Format::Csv => csv::write(table, masked),
        Format::Ndjson => json::write(table, masked),
        Format::Text => plain::text(table, masked),
        Format::Markdown => plain::markdown(table, masked),
        Format::Mermaid => String::new(),
    }
}

/// Writes a ladder: as it is drawn, as a diagram, or line by line with the frames behind it.
#[must_use]
pub fn ladder(ladder: &Ladder, model: &crate::model::Model, format: Format, masked: bool) -> String {
    let ladder = if masked { ladder.clone().masked() } else { ladder.clone() };
    match format {
        Format::Mermaid => mermaid::write(&ladder),
        Format::Text => ladder::text(&ladder),
        Format::Csv | Format::Ndjson | Format::Markdown => {
            table(&ladder::table(&ladder, model), format, masked)
        }
    }
}

#[cfg(test)]
mod tests;
