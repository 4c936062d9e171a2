//! The board for machines: one JSON object.

use serde_json::{Map, Value, json};

use super::figures::Standout;
use super::{Board, Figures, METRICS};
use crate::protocol::Shown;

/// The keys of [`json()`], as `--help` shows them.
pub const JSON_KEYS: &str = "\
Keys of the JSON object. What is unknown or has nothing to divide by is null.
  at, kind                 the moment (RFC 3339), \"wall\"
  window, window_seconds   how far the numbers look back
  watched_seconds          how long anything has been known: numbers look back no further
  missing_calls            calls dropped to keep memory bounded, when they may be missing here; else 0
  link_up                  whether the connection stands
  metrics                  every metric by its name, a number in its unit
  levels                   \"warn\" or \"act\" for every metric that is beyond its limit
  running                  operations that run, by kind
  reasons                  how calls ended in the window, by reason
  longest, oldest_ringing  {call_id, parties, seconds, stale}
  contexts                 for each context {context, metrics, levels, reasons}; calls without one come under null
  minutes                  minute by minute, the last hour or the shift: {at, attempts, answered, failed, live}
";

/// The board as one JSON object; its keys are those of [`JSON_KEYS`].
#[must_use]
pub fn json(board: &Board) -> Value {
    let minutes = board.minutes.iter().map(|point| {
        json!({"at": point.wall.rfc3339(), "attempts": point.attempts, "answered": point.answered,
            "failed": point.failed, "live": point.live})
    });
    let contexts = board.contexts.iter().map(|(name, figures)| {
        json!({"context": (!name.as_str().is_empty()).then_some(name.as_str()),
            "metrics": metrics(board, figures, Some(name)), "levels": levels(board, figures, Some(name)),
            "reasons": reasons(figures)})
    });
    let total = &board.total;
    let running: Map<_, _> =
        total.running.iter().map(|(kind, count)| (kind.word().to_owned(), json!(count))).collect();
    json!({
        "at": board.now.wall.rfc3339(),
        "kind": "wall",
        "window": board.window.word(),
        "window_seconds": board.window.span().as_secs(),
        "watched_seconds": board.watched.as_secs_f64(),
        "missing_calls": board.missing,
        "link_up": board.link.up,
        "metrics": metrics(board, total, None),
        "levels": levels(board, total, None),
        "running": running,
        "reasons": reasons(total),
        "longest": standout(total.longest.as_ref()),
        "oldest_ringing": standout(total.oldest_ringing.as_ref()),
        "contexts": contexts.collect::<Vec<_>>(),
        "minutes": minutes.collect::<Vec<_>>(),
    })
}

fn metrics(board: &Board, figures: &Figures, context: Option<&Shown>) -> Map<String, Value> {
    let wanted = METRICS.iter().filter(|metric| context.is_none() || metric.has_contexts());
    // Counts stay whole numbers.
    let number = |value: f64| {
        let whole = value.fract() == 0.0 && value.abs() < 9e15;
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of this size")]
        if whole { json!(value as i64) } else { json!(value) }
    };
    wanted
        .map(|metric| (metric.id.to_owned(), metric.value(board, figures).map_or(Value::Null, number)))
        .collect()
}

fn levels(board: &Board, figures: &Figures, context: Option<&Shown>) -> Map<String, Value> {
    let wanted = METRICS.iter().filter(|metric| context.is_none() || metric.has_contexts());
    let bad = wanted.filter_map(|metric| {
        let level = metric.level(board, figures, context)?;
        Some((metric.id.to_owned(), json!(level.word())))
    });
    bad.collect()
}

fn reasons(figures: &Figures) -> Map<String, Value> {
    figures.reasons.iter().map(|(reason, count)| (reason.as_str().to_owned(), json!(count))).collect()
}

fn standout(call: Option<&Standout>) -> Value {
    call.map_or(Value::Null, |call| {
        json!({"call_id": call.call.as_str(), "parties": call.parties.as_str(),
            "seconds": call.span.as_secs_f64(), "stale": call.stale})
    })
}
