//! The wallboard's numbers as a table.

use super::table::{Cell, Table};
use crate::filter::Level;
use crate::protocol::Shown;
use crate::wall::{Board, Figures, METRICS};

/// One row per number: of the whole floor, then of each context.
#[must_use]
pub fn table(board: &Board) -> Table {
    let columns = vec!["context", "metric", "title", "value", "unit", "shown", "level", "detail"];
    let mut rows = rows(board, None, &board.total);
    for (context, figures) in &board.contexts {
        rows.extend(self::rows(board, Some(context), figures));
    }
    Table { title: Shown::new(&format!("The floor, {}", board.window.word())), columns, rows }
}

fn rows(board: &Board, context: Option<&Shown>, figures: &Figures) -> Vec<Vec<Cell>> {
    let metrics = METRICS.iter().filter(|metric| context.is_none() || metric.has_contexts());
    let row = |metric: &crate::wall::Metric| {
        let none = context.is_some_and(|name| name.as_str().is_empty());
        vec![
            context.map_or(Cell::None, |name| if none { Cell::word("-") } else { Cell::Text(name.clone()) }),
            Cell::word(metric.id),
            Cell::word(metric.title),
            metric.value(board, figures).map_or(Cell::None, Cell::Number),
            Cell::word(metric.unit.word()),
            Cell::word(&metric.text(board, figures)),
            Cell::word(metric.level(board, figures, context).map_or("", Level::word)),
            Cell::text(&metric.detail(board, figures)),
        ]
    };
    metrics.map(row).collect()
}
