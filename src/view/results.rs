//! What became of an act on several calls, a line for each.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, centered, lay_over, words};
use crate::ui::outbox::{Batch, Hold, Item, Progress};

pub(super) fn draw(
    frame: &mut Frame<'_>,
    body: Rect,
    scene: &Scene<'_>,
    (number, scroll): (u64, usize),
    memory: &mut Memory,
) {
    let Some(batch) = scene.app.outbox.get(number) else { return };
    let height = u16::try_from(batch.items.len() + 4).unwrap_or(u16::MAX);
    let area = centered(body, 78, height);
    lay_over(frame, area, scene, memory);
    let block = scene
        .block(Line::from(scene.span(format!(" {} ", scene.seen(batch.title.as_str())), Role::Title)), true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let rows = usize::from(inner.height).saturating_sub(2);
    let scroll = memory.scrolled(scroll, batch.items.len(), rows);
    let mut lines: Vec<Line<'_>> = batch
        .items
        .iter()
        .skip(scroll)
        .take(rows)
        .map(|item| row(scene, item, usize::from(inner.width)))
        .collect();
    lines.resize(rows, Line::default());
    lines.push(Line::default());
    lines.push(summary(scene, batch));
    frame.render_widget(Paragraph::new(lines), inner);
}

fn row<'a>(scene: &Scene<'a>, item: &Item, width: usize) -> Line<'a> {
    let (word, why, role) = match &item.progress {
        Progress::Waiting => ("waits", String::new(), Role::Intent),
        Progress::Skipped(why) => ("left out", why.to_string(), Role::Faint),
        Progress::Asked(at) => {
            ("asked", format!("for {}", words::short(scene.at().since(*at))), Role::Intent)
        }
        Progress::Done(text) => ("done", text.to_string(), Role::Good),
        Progress::Failed(why) => ("FAILED", why.to_string(), Role::Bad),
        Progress::Unknown(why) => ("UNKNOWN", why.to_string(), Role::Doubt),
    };
    let who = (width / 2).min(46);
    Line::from(vec![
        Span::raw(" "),
        scene.span(words::fit(&words::parties(&scene.seen(item.who.as_str()), who), who + 2), Role::Text),
        scene.span(words::fit(word, 9), role),
        scene.span(words::cut(&why, width.saturating_sub(who + 13)), Role::Faint),
    ])
}

fn summary<'a>(scene: &Scene<'a>, batch: &Batch) -> Line<'a> {
    let counts = batch.counts();
    let mut spans = vec![Span::raw(" ")];
    if let Some(Hold::Until(until)) = &batch.held {
        let seconds = until.since(scene.at()).as_secs_f64().ceil();
        spans.push(scene.span(format!("leaves in {seconds:.0} s  "), Role::Intent));
        spans.push(scene.span(scene.key(crate::ui::command::Command::Undo), Role::Key));
        spans.push(scene.span(" takes it back", Role::Hint));
        return Line::from(spans);
    }
    let wanted = batch.items.len() - counts.left_out;
    spans.push(scene.span(format!("{} of {wanted} sent, {} done", counts.sent(), counts.done), Role::Text));
    for (count, word, role) in [
        (counts.asked, "without an answer yet", Role::Intent),
        (counts.unknown, "unknown", Role::Doubt),
        (counts.left_out, "left out", Role::Faint),
    ] {
        if count > 0 {
            spans.push(scene.span(format!(", {count} {word}"), role));
        }
    }
    if counts.failed > 0 {
        spans.push(scene.span(format!(", {} failed  ", counts.failed), Role::Bad));
        spans.push(scene.span(scene.key(crate::ui::command::Command::Retry), Role::Key));
        spans.push(scene.span(" asks again", Role::Hint));
    }
    Line::from(spans)
}
