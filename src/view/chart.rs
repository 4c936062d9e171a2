//! Charts of block characters: columns of calls by the minute, and strips of one line. Without them, the marks that
//! [`asciify`](super::asciify) has for them tell as much.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Scene, words};
use crate::wall::Point;

/// Columns beside those of the minutes: the scale on the left, the most there was on the right.
pub(super) const SIDES: u16 = 16;

/// Columns of attempts, those answered below, with a scale and times of day. Where there are more minutes than columns,
/// a column is the mean of several.
pub(super) fn minutes(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, minutes: &[Point]) {
    if area.height < 4 || area.width < SIDES + 20 || minutes.is_empty() {
        return;
    }
    let room = usize::from(area.width - SIDES);
    let (groups, each) = grouped(minutes, room);
    let columns: Vec<(f64, f64)> = groups.iter().map(|group| means(group)).collect();
    let most = columns.iter().map(|(attempts, _)| *attempts).fold(0.0, f64::max);
    let strips = if area.height >= 10 { 2 } else { 0 };
    let height = usize::from(area.height) - 2 - strips;
    let (top, tick) = scale(most);
    let step = top / height as f64;
    let rows: Vec<Rect> = area.rows().collect();
    for (line, row) in rows.iter().take(height).enumerate() {
        // A cell is filled when its middle is reached.
        let level = (height - line) as f64 * step;
        let middle = level - step / 2.0;
        let mark = (level / tick + 1e-9).floor() * tick;
        let label = if mark > level - step + 1e-9 { format!("{:>4} ", short(mark)) } else { " ".repeat(5) };
        let mut spans = vec![scene.span(format!("{label}|"), Role::Faint)];
        for (attempts, answered) in &columns {
            let (mark, role) = if *answered >= middle {
                ("█", Role::Chart)
            } else if *attempts >= middle {
                ("░", Role::ChartSoft)
            } else {
                (" ", Role::Text)
            };
            spans.push(scene.span(mark.repeat(each), role));
        }
        frame.render_widget(Paragraph::new(Line::from(spans)), *row);
    }
    let width = columns.len() * each;
    let axis = format!("   0 +{}", "-".repeat(width));
    frame.render_widget(Paragraph::new(scene.span(axis, Role::Faint)), rows[height]);
    frame.render_widget(Paragraph::new(times(scene, &groups, each)), rows[height + 1]);
    let most = |of: fn(&Point) -> usize| -> Vec<usize> {
        groups.iter().map(|group| group.iter().map(of).max().unwrap_or(0)).collect()
    };
    let strips = [
        ("live", most(|point| point.live.unwrap_or(0)), Role::Chart),
        ("fail", most(|point| point.failed), Role::Bad),
    ];
    for (row, (name, values, role)) in rows.iter().skip(height + 2).zip(strips) {
        frame.render_widget(Paragraph::new(strip_line(scene, name, &values, each, role)), *row);
    }
}

/// A strip with its name and the most there was.
fn strip_line<'a>(scene: &Scene<'a>, name: &str, values: &[usize], each: usize, role: Role) -> Line<'a> {
    let most = values.iter().max().copied().unwrap_or(0);
    Line::from(vec![
        scene.span(format!("{name:>5} "), Role::Faint),
        scene.span(strip(values, each), role),
        scene.span(format!(" most {most}"), Role::Faint),
    ])
}

/// Strips of several lines over the latest minutes, as wide as the area.
pub(super) fn strips(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, minutes: &[Point]) {
    const NAME: u16 = 11;
    let room = usize::from(area.width.saturating_sub(NAME + 12));
    if room < 20 || minutes.is_empty() {
        return;
    }
    let (groups, each) = grouped(minutes, room);
    let most = |of: fn(&Point) -> usize| -> Vec<usize> {
        groups.iter().map(|group| group.iter().map(of).max().unwrap_or(0)).collect()
    };
    let lines = [
        ("live", most(|point| point.live.unwrap_or(0)), Role::Chart),
        ("attempts", most(|point| point.attempts), Role::ChartSoft),
        ("answered", most(|point| point.answered), Role::Answered),
        ("failed", most(|point| point.failed), Role::Bad),
    ];
    for (row, (name, values, role)) in area.rows().zip(lines) {
        let top = values.iter().max().copied().unwrap_or(0);
        let line = Line::from(vec![
            scene.span(format!(" {name:<9} "), Role::Faint),
            scene.span(strip(&values, each), role),
            scene.span(format!("  most {top}"), Role::Faint),
        ]);
        frame.render_widget(Paragraph::new(line), row);
    }
}

/// One line of marks: how much there was in each minute, in eight steps of the most, so many letters to a minute.
fn strip(values: &[usize], each: usize) -> String {
    let most = values.iter().copied().max().unwrap_or(0);
    const STEPS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let mark = |value: &usize| STEPS[(value * 8).div_ceil(most.max(1)).min(8)];
    values.iter().map(|value| mark(value).repeat(each)).collect()
}

/// Minutes by columns: as many to a column as needed, or as many columns to a minute as fit.
fn grouped(minutes: &[Point], room: usize) -> (Vec<&[Point]>, usize) {
    let size = minutes.len().div_ceil(room).max(1);
    // The newest column is a whole one.
    let odd = minutes.len() % size;
    let groups: Vec<_> = std::iter::once(&minutes[..odd]).chain(minutes[odd..].chunks(size)).collect();
    let groups: Vec<_> = groups.into_iter().filter(|group| !group.is_empty()).collect();
    let each = (room / groups.len()).clamp(1, 3);
    (groups, each)
}

fn means(group: &[Point]) -> (f64, f64) {
    let mean = |of: fn(&Point) -> usize| group.iter().map(of).sum::<usize>() as f64 / group.len() as f64;
    (mean(|point| point.attempts), mean(|point| point.answered))
}

/// The end of a scale that reaches so far, and the distance of its marks; at least four.
fn scale(most: f64) -> (f64, f64) {
    const SCALES: [(f64, f64); 8] =
        [(1.0, 0.2), (1.5, 0.5), (2.0, 0.5), (3.0, 1.0), (4.0, 1.0), (5.0, 1.0), (6.0, 2.0), (8.0, 2.0)];
    let mut unit = 1.0;
    loop {
        let fits = SCALES.iter().find(|(top, _)| top * unit >= most.max(4.0));
        if let Some((top, tick)) = fits {
            return (top * unit, tick * unit);
        }
        unit *= 10.0;
    }
}

fn short(value: f64) -> String {
    if value < 10.0 && value.fract() != 0.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

/// Times of day below the columns, about every fifteen characters, and that of the last at its end.
fn times<'a>(scene: &Scene<'a>, groups: &[&[Point]], each: usize) -> Line<'a> {
    const EVERY: usize = 15;
    const CLOCK: usize = 5;
    let last = (groups.len() * each).saturating_sub(CLOCK);
    let columns = (0..last.saturating_sub(CLOCK)).step_by(EVERY).chain([last]);
    let mut text = " ".repeat(6);
    for column in columns {
        let group = if column == last { groups.last() } else { groups.get(column / each) };
        let Some(point) = group.and_then(|group| group.first()) else { continue };
        text.push_str(&" ".repeat((column + 6).saturating_sub(text.len())));
        text.push_str(words::clock(point.wall, false).get(..CLOCK).unwrap_or_default());
    }
    Line::from(scene.span(text, Role::Faint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_has_eight_steps() {
        assert_eq!(strip(&[0, 1, 2, 3, 4, 8], 1), " ▁▂▃▄█");
        assert_eq!(strip(&[0, 1], 2), "  ██");
        assert_eq!(strip(&[0, 0], 1), "  ");
    }

    #[test]
    fn scales_are_round_and_reach_the_most() {
        for (most, wanted) in [
            (0.0, (4.0, 1.0)),
            (4.5, (5.0, 1.0)),
            (9.0, (10.0, 2.0)),
            (33.0, (40.0, 10.0)),
            (81.0, (100.0, 20.0)),
        ] {
            assert_eq!(scale(most), wanted);
        }
    }

    #[test]
    fn minutes_fill_the_room() {
        let minutes = vec![Point::default(); 60];
        assert_eq!((grouped(&minutes, 130).0.len(), grouped(&minutes, 130).1), (60, 2));
        assert_eq!((grouped(&minutes, 59).0.len(), grouped(&minutes, 59).1), (30, 1));
        let (groups, _) = grouped(&minutes[..59], 30);
        assert_eq!((groups.len(), groups[0].len(), groups[29].len()), (30, 1, 2));
    }
}
