//! The numbers of the wallboard as a table: a row for each number of the floor and of each context.

use std::time::Duration;

use super::table::{Cell, Table};
use crate::protocol::Shown;
use crate::wall::{Board, Figures, METRICS, Metric, Unit};

/// The numbers; those of the whole floor have no context.
#[must_use]
pub fn table(board: &Board) -> Table {
    let columns = vec!["context", "metric", "value", "unit", "level", "shown"];
    let whole = METRICS.iter().map(|metric| row(board, &board.total, None, metric));
    let contexts = board.contexts.iter().flat_map(|(name, figures)| {
        let metrics = METRICS.iter().filter(|metric| metric.has_contexts());
        metrics.map(move |metric| row(board, figures, Some(name), metric))
    });
    let title = format!("The floor, {}", crate::wall::coverage(board));
    Table { title: Shown::new(&title), columns, rows: whole.chain(contexts).collect() }
}

fn row(board: &Board, figures: &Figures, context: Option<&Shown>, metric: &Metric) -> Vec<Cell> {
    let value = metric.value(board, figures).map_or(Cell::None, |value| match metric.unit {
        Unit::Clock | Unit::Delay => Duration::try_from_secs_f64(value).ok().into(),
        Unit::Count => Cell::word(&format!("{value:.0}")),
        Unit::Percent | Unit::PerSecond => Cell::word(&format!("{value:.2}")),
    });
    let name = context
        .map_or(Cell::None, |name| Cell::text(if name.as_str().is_empty() { "-" } else { name.as_str() }));
    vec![
        name,
        Cell::word(metric.id),
        value,
        Cell::word(metric.unit.word()),
        Cell::word(metric.level(board, figures, context).map_or("", |level| level.word())),
        Cell::word(&metric.text(board, figures)),
    ]
}
