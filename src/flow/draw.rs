//! The ladder as rows of text: uprights, arrows between them, and what stands on the arrows.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{Arrow, Kind, Ladder, Lane, Reach, Step};
use crate::model::Tone;
use crate::protocol::Shown;
use crate::time::Wall;

/// What a piece of a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Uprights and the ground between them.
    Upright,
    /// A command.
    Command,
    /// An event.
    Event,
    /// Something that can be heard.
    Audio,
    /// A state.
    State,
    /// Something that lasts.
    Lasting,
    /// It went well, and could have gone wrong.
    Good,
    /// It went wrong.
    Bad,
    /// A gap of the link.
    Break,
    /// How much is folded away.
    Fold,
}

/// Columns from one upright to the next, at least.
const APART: usize = 13;
/// Columns right of the last upright, and left of the first where there is little room.
const MARGIN: usize = 4;
/// Columns left of the first upright where its number is to fit above it.
const WIDE_MARGIN: usize = 7;

/// Where the uprights stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    uprights: Vec<(Lane, usize)>,
    /// Uprights left of the first that is drawn, by name.
    before: Vec<(Lane, String)>,
    width: usize,
}

impl Layout {
    /// As many uprights as fit. Those on the right come first, for everything passes by the service; `shift` moves
    /// the view by so many uprights to the left.
    #[must_use]
    pub fn new(ladder: &Ladder, width: usize, shift: usize) -> Self {
        let margin = if width >= Self::wanted(ladder) + 10 { WIDE_MARGIN } else { MARGIN };
        let room = width.saturating_sub(margin + MARGIN + 1);
        let fit = (room / APART + 1).clamp(1, ladder.heads.len().max(1));
        let most = ladder.heads.len() - fit.min(ladder.heads.len());
        let first = most - shift.min(most);
        let shown = ladder.heads.iter().skip(first).take(fit);
        let column = |place: usize| if fit > 1 { margin + place * room / (fit - 1) } else { margin };
        Self {
            uprights: shown.enumerate().map(|(place, head)| (head.lane, column(place))).collect(),
            before: ladder.heads.iter().take(first).map(|head| (head.lane, head.role.clone())).collect(),
            width,
        }
    }

    /// How many uprights do not fit.
    #[must_use]
    pub fn hidden(&self, ladder: &Ladder) -> usize {
        ladder.heads.len() - self.uprights.len()
    }

    /// The heads of the uprights: what they are, and their numbers. These may begin in the columns `before` the layout
    /// already, and are as much longer.
    #[must_use]
    pub fn heads(&self, ladder: &Ladder, before: usize) -> [String; 2] {
        let line = |before: usize, text: &dyn Fn(&super::Head) -> String| {
            let width = before + self.width;
            let mut row = Canvas::new(width);
            let heads = self.uprights.iter().filter_map(|(lane, column)| {
                Some((text(ladder.heads.iter().find(|head| head.lane == *lane)?), before + column))
            });
            let heads: Vec<_> = heads.filter(|(text, _)| !text.is_empty()).collect();
            for (place, (text, column)) in heads.iter().enumerate() {
                // Each has the room up to the middle between it and the next that has something to say.
                let low =
                    place.checked_sub(1).map_or(0, |before| usize::midpoint(heads[before].1, *column) + 1);
                let high = heads.get(place + 1).map_or(width, |next| usize::midpoint(*column, next.1));
                let text = cut_head(text, high.saturating_sub(low));
                let from = column.saturating_sub(text.width() / 2).min(high.saturating_sub(text.width()));
                row.write(from.max(low), &text, Ink::Upright);
            }
            row.text()
        };
        [line(0, &|head| head.role.clone()), line(before, &|head| head.party.to_string())]
    }

    /// The width at which every upright is drawn.
    #[must_use]
    pub fn wanted(ladder: &Ladder) -> usize {
        2 * MARGIN + 1 + APART * ladder.heads.len().saturating_sub(1)
    }

    /// The uprights alone, for where nothing happened yet.
    #[must_use]
    pub fn blank(&self) -> String {
        let mut canvas = Canvas::new(self.width);
        for (_, column) in &self.uprights {
            canvas.write(*column, "│", Ink::Upright);
        }
        canvas.text()
    }

    /// A line in pieces of one ink each, as wide as the layout; times of day as `clock` writes them.
    #[must_use]
    pub fn row(&self, step: &Step, clock: impl Fn(Wall) -> String) -> Vec<(Ink, String)> {
        let mut canvas = Canvas::new(self.width);
        if step.is_break() {
            self.gap(&mut canvas, &step.band.map_or_else(|| step.text.clone(), |band| band.text(clock)));
        } else {
            for (_, column) in &self.uprights {
                canvas.write(*column, "│", Ink::Upright);
            }
            for arrow in &step.arrows {
                self.arrow(&mut canvas, arrow, step.tone);
            }
        }
        if step.folded() > 0 {
            let text = format!("+{}", step.folded());
            canvas.write(self.width.saturating_sub(MARGIN.max(text.len())), &text, Ink::Fold);
        }
        canvas.pieces()
    }

    fn gap(&self, canvas: &mut Canvas, text: &Shown) {
        let width = self.width.saturating_sub(MARGIN);
        for column in (0..width).step_by(2) {
            canvas.write(column, "·", Ink::Break);
        }
        let text = cut(&format!(" {text} "), width.saturating_sub(4));
        canvas.write((width - text.width().min(width)) / 2, &text, Ink::Break);
    }

    /// The name of an upright that is left of those that are drawn.
    fn name(&self, lane: Lane) -> Option<&str> {
        self.before.iter().find(|(known, _)| *known == lane).map(|(_, name)| name.as_str())
    }

    /// The column of an upright; of one that is not drawn the edge beyond which it stands.
    fn column(&self, lane: Lane) -> usize {
        match self.uprights.iter().find(|(known, _)| *known == lane) {
            Some((_, column)) => *column,
            None if self.name(lane).is_some() => 0,
            None => self.width.saturating_sub(1),
        }
    }

    /// Where an arrow is drawn, its ends excluded, and whether it has a shaft.
    fn extent(&self, arrow: &Arrow, hidden: bool) -> (usize, usize, bool) {
        let (from, to) = (self.column(arrow.from), self.column(arrow.to));
        let (low, high) = (from.min(to) + 1, from.max(to));
        let squeezed = hidden && high <= low + WIDE_MARGIN;
        if arrow.kind != Kind::State && !squeezed {
            return (low, high, true);
        }
        // A state stands beside its own upright, not across others; what is not drawn stands in the first gap.
        let mut columns = self.uprights.iter().map(|(_, column)| *column);
        let low = if hidden { columns.next().map_or(low, |column| column + 1) } else { low };
        (low, columns.find(|column| *column > low).unwrap_or(high), false)
    }

    fn arrow(&self, canvas: &mut Canvas, arrow: &Arrow, tone: Tone) {
        let hidden = self.name(arrow.from).or_else(|| self.name(arrow.to));
        let (low, high, shaft) = self.extent(arrow, hidden.is_some());
        if low >= high {
            return;
        }
        let ink = ink(arrow, tone);
        let leftward = self.column(arrow.to) < self.column(arrow.from);
        let (shaft, head) = match (arrow.kind, arrow.reach) {
            _ if !shaft => ("", ""),
            (Kind::Lasting, _) => ("=", ""),
            (Kind::Audio, _) => ("~", if leftward { "<" } else { ">" }),
            (_, Reach::Failed) => ("─", "x"),
            (_, Reach::Unknown) => ("─", "?"),
            (_, Reach::Arrived) => ("─", if leftward { "<" } else { ">" }),
        };
        if !shaft.is_empty() {
            (low..high).for_each(|column| canvas.write(column, shaft, ink));
            canvas.write(if leftward { low } else { high - 1 }, head, ink);
        }
        // One cell of shaft stays at either side, and the head.
        let room = (high - low).saturating_sub(2 + head.len());
        let label = hidden.map(|name| format!("{name} {}", arrow.label));
        let label = cut(label.as_deref().unwrap_or(arrow.label.as_str()), room);
        let padded = if label.width() + 2 <= room { format!(" {label} ") } else { label };
        let behind_head = if leftward { head.len() } else { 0 };
        canvas.write(low + behind_head + 1 + (room - padded.width().min(room)) / 2, &padded, ink);
    }
}

const fn ink(arrow: &Arrow, tone: Tone) -> Ink {
    match (tone, arrow.kind) {
        (Tone::Bad, _) => Ink::Bad,
        (Tone::Faint, _) => Ink::Upright,
        (Tone::Good, Kind::Event | Kind::State) => Ink::Good,
        (_, Kind::Command) => Ink::Command,
        (_, Kind::Event) => Ink::Event,
        (_, Kind::Audio) => Ink::Audio,
        (_, Kind::State) => Ink::State,
        (_, Kind::Lasting) => Ink::Lasting,
    }
}

/// A row of cells; a wide character takes two, the second of them empty.
struct Canvas {
    cells: Vec<(String, Ink)>,
}

impl Canvas {
    fn new(width: usize) -> Self {
        Self { cells: vec![(" ".to_owned(), Ink::Upright); width] }
    }

    fn write(&mut self, from: usize, text: &str, ink: Ink) {
        let mut column = from;
        for grapheme in text.graphemes(true) {
            let wide = grapheme.width();
            if wide == 0 || column + wide > self.cells.len() {
                continue;
            }
            self.cells[column] = (grapheme.to_owned(), ink);
            for rest in &mut self.cells[column + 1..column + wide] {
                *rest = (String::new(), ink);
            }
            column += wide;
        }
    }

    fn pieces(self) -> Vec<(Ink, String)> {
        let mut pieces: Vec<(Ink, String)> = Vec::new();
        for (text, ink) in self.cells {
            match pieces.last_mut() {
                Some((last, piece)) if *last == ink => piece.push_str(&text),
                _ => pieces.push((ink, text)),
            }
        }
        pieces
    }

    fn text(self) -> String {
        self.cells.into_iter().map(|(text, _)| text).collect()
    }
}

/// A text of at most so many columns, cut at its end.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for grapheme in text.graphemes(true) {
        if out.width() + grapheme.width() + 1 > width {
            break;
        }
        out.push_str(grapheme);
    }
    if width > 0 { out + "…" } else { out }
}

/// The head of an upright in so many columns: the last digits of a number stay, of an address who it is.
fn cut_head(text: &str, width: usize) -> String {
    if text.starts_with('+') { cut_front(text, width) } else { cut(text, width) }
}

/// A text of at most so many columns, cut at its beginning.
fn cut_front(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let reversed: Vec<&str> = text.graphemes(true).rev().collect();
    let mut kept = Vec::new();
    let mut used = 1;
    for grapheme in reversed {
        used += grapheme.width();
        if used > width {
            break;
        }
        kept.push(grapheme);
    }
    kept.reverse();
    if width > 0 { format!("…{}", kept.concat()) } else { String::new() }
}

#[cfg(test)]
mod tests;
