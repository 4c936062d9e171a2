//! Numbers as they are written, and the whole board as text for a terminal or a mail.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::{Board, Figures, METRICS, Metric, Unit};
use crate::filter::Level;
use crate::protocol::Shown;

/// A number in its unit; `--` when there is none.
#[must_use]
pub fn value(unit: Unit, value: Option<f64>) -> String {
    let Some(value) = value else { return "--".to_owned() };
    match unit {
        Unit::Count => format!("{value:.0}"),
        Unit::Percent if value < 9.95 => format!("{value:.1}%"),
        Unit::Percent => format!("{value:.0}%"),
        Unit::Clock => clock(value),
        Unit::Delay if value < 0.9995 => format!("{:.0}ms", value * 1e3),
        Unit::Delay if value < 59.95 => format!("{value:.1}s"),
        Unit::Delay => clock(value),
        Unit::PerSecond if value < 9.95 && value.fract() != 0.0 => format!("{value:.1}/s"),
        Unit::PerSecond => format!("{value:.0}/s"),
    }
}

/// Seconds as `3:12` or `1:02:07`; parts of a second are dropped, as a clock does.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "spans are not negative and small"
)]
pub(super) fn clock(seconds: f64) -> String {
    let seconds = seconds as u64;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A round span of seconds in as few letters as it takes: `20m`, `30s`, `1.5s`.
pub(super) fn round(seconds: f64) -> String {
    match seconds {
        s if s >= 3_600.0 && s % 3_600.0 == 0.0 => format!("{}h", s / 3_600.0),
        s if s >= 60.0 && s % 60.0 == 0.0 => format!("{}m", s / 60.0),
        s => format!("{s}s"),
    }
}

/// What the numbers cover, in a sentence: how far back, and what is missing.
#[must_use]
pub fn coverage(board: &Board) -> String {
    let window = board.window.span();
    let watched = board.watched;
    let mut words = if watched < window {
        format!("watched for {} of {}", clock(watched.as_secs_f64()), board.window.word())
    } else {
        format!("the last {}", board.window.word())
    };
    if board.missing > 0 {
        let _ = write!(
            words,
            ", over the newest {} calls: {} older ones are dropped",
            crate::model::history::FACTS,
            board.missing
        );
    }
    words
}

/// The columns by context: metric and width.
const COLUMNS: [(&str, &str, usize); 10] = [
    ("live", "LIVE", 5),
    ("ringing", "RING", 5),
    ("answered", "ANS", 5),
    ("attempts", "ATT", 6),
    ("asr", "ASR", 6),
    ("acd", "ACD", 7),
    ("failed", "FAIL", 7),
    ("amd", "AMD", 6),
    ("longest", "LONGEST", 9),
    ("not_recorded", "NOREC", 6),
];

/// The whole board as lines of at most 100 columns.
#[must_use]
pub fn print(board: &Board) -> String {
    let mut out = String::new();
    let link = if board.link.up { "up" } else { "DOWN" };
    let at = board.now.wall.rfc3339();
    let _ = writeln!(out, "callboard wall  window {}  {at}  relay {link}", board.window.word());
    let _ = writeln!(out, "{}\n", coverage(board));
    for metric in METRICS {
        row(&mut out, board, metric);
    }
    out.push('\n');
    contexts(&mut out, board);
    out.push('\n');
    reasons(&mut out, &board.total);
    out
}

fn row(out: &mut String, board: &Board, metric: &Metric) {
    let figures = &board.total;
    let level = metric.level(board, figures, None);
    let (value, detail) = (metric.text(board, figures), metric.detail(board, figures));
    let limits = metric.limits(board, None);
    let limits = if limits.is_empty() { limits } else { format!("  ({limits})") };
    let line = format!("{:<17}{value:>9} {:<5}{detail}{limits}", metric.title, level.map_or("", Level::word));
    let _ = writeln!(out, "{}", line.trim_end());
}

fn contexts(out: &mut String, board: &Board) {
    let name = |name: &Shown| {
        let name = if name.as_str().is_empty() { "(no context)" } else { name.as_str() };
        let room = 17_usize.saturating_sub(name.width());
        format!("{name}{}", " ".repeat(room))
    };
    out.push_str("CONTEXT          ");
    COLUMNS.iter().for_each(|(_, title, width)| _ = write!(out, "{title:>width$}"));
    out.push('\n');
    let total = ("total".into(), board.total.clone());
    for (context, figures) in board.contexts.iter().chain([&total]) {
        let mut line = name(context);
        for (id, _, width) in COLUMNS {
            let text = super::metric(id).map(|metric| metric.text(board, figures)).unwrap_or_default();
            let _ = write!(line, "{text:>width$}");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn reasons(out: &mut String, figures: &Figures) {
    out.push_str("ended by");
    if figures.reasons.is_empty() {
        out.push_str(" --");
    }
    for (reason, count) in &figures.reasons {
        let reason = if reason.as_str().is_empty() { "(no reason)" } else { reason.as_str() };
        let _ = write!(out, "  {reason} {count}");
    }
    out.push('\n');
}
