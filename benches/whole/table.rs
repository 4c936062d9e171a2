//! Medians, and tables of them in Markdown.

use std::fmt::Write;

/// The middle one of some figures.
pub fn median(figures: &[f64]) -> f64 {
    quantile(figures, 0.5)
}

/// The figure that so large a part of them does not exceed.
pub fn quantile(figures: &[f64], part: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let index = ((sorted.len() as f64 * part).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

/// A table with a title.
pub struct Table(String);

impl Table {
    /// One with these columns.
    pub fn new(title: &str, columns: &[&str]) -> Self {
        let mut table = Self(format!("\n### {title}\n\n"));
        table.row(columns.iter().map(|&name| name.to_owned()));
        table.row(columns.iter().map(|_| "---".to_owned()));
        table
    }

    /// One more row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        for cell in cells {
            // Writing to a text does not fail.
            let _ = write!(self.0, "| {cell} ");
        }
        self.0.push_str("|\n");
    }

    /// Its text.
    pub fn text(self) -> String {
        self.0
    }
}

/// A count with its thousands set apart.
pub fn count(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// The machine, in a line.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    format!("{cores} cores,{}", model.trim_start_matches([' ', '\t', ':']).trim_end())
}
