//! What lies over the screen: the topmost layer, and the keys that can follow.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, acts, centered, form, help, lay_over, words};
use crate::ui::layer::{Confirm, Layer, Raw};
use crate::ui::perform;

pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    match scene.app.layers.last() {
        Some(Layer::Help { scroll }) => help::draw(frame, body, scene, *scroll),
        Some(Layer::Raw(raw)) => raw_frame(frame, body, scene, raw),
        Some(Layer::Form(open)) => form::draw(frame, body, scene, open, memory),
        Some(Layer::Confirm(confirm)) => question(frame, body, scene, confirm),
        Some(Layer::Acts { cursor }) => acts::draw(frame, body, scene, *cursor),
        Some(Layer::Filter { .. } | Layer::Context { .. }) | None => {}
    }
    hints(frame, body, scene);
}

fn raw_frame(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, raw: &Raw) {
    lay_over(frame, body, scene);
    let title = Line::from(scene.span(format!(" {} ", words::cut(raw.title.as_str(), 60)), Role::Title));
    let more = format!(
        " {}-{} of {} ",
        raw.scroll + 1,
        (raw.scroll + usize::from(body.height) - 2).min(raw.lines.len()),
        raw.lines.len()
    );
    let block = scene.block(title, true).title_top(Line::from(scene.span(more, Role::Faint)).right_aligned());
    let inner = block.inner(body);
    frame.render_widget(block, body);
    let lines: Vec<Line<'_>> =
        raw.lines.iter().skip(raw.scroll).map(|line| Line::raw(line.as_str())).collect();
    frame.render_widget(Paragraph::new(lines).wrap(ratatui::widgets::Wrap { trim: false }), inner);
}

fn question(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, confirm: &Confirm) {
    let room = usize::from(body.width).saturating_sub(6).min(90);
    let wrapped: Vec<String> =
        confirm.lines.iter().flat_map(|line| words::wrapped(line.as_str(), room)).collect();
    let widest = wrapped.iter().map(|line| Line::raw(line.as_str()).width()).max().unwrap_or(0).max(30);
    let width = u16::try_from(widest + 4).unwrap_or(u16::MAX);
    let height = u16::try_from(wrapped.len() + 4).unwrap_or(u16::MAX);
    let area = centered(body, width, height);
    lay_over(frame, area, scene);
    let block = scene.block(Line::from(scene.span(" Are you sure? ", Role::Bad)), true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut lines: Vec<Line<'_>> = wrapped.into_iter().map(|line| Line::raw(format!(" {line}"))).collect();
    lines.push(Line::default());
    lines.push(Line::from(vec![
        scene.span(" y", Role::Key),
        scene.span(" yes   ", Role::Hint),
        scene.span("any other key", Role::Key),
        scene.span(" no", Role::Hint),
    ]));
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The keys that can follow what was pressed so far.
fn hints(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>) {
    let hints = perform::hints(scene.app);
    if hints.is_empty() {
        return;
    }
    let pressed = scene.app.pressed.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let height = u16::try_from(hints.len() + 2).unwrap_or(u16::MAX).min(body.height);
    let width = 34.min(body.width);
    let area = Rect { x: body.right() - width, y: body.bottom() - height, width, height };
    lay_over(frame, area, scene);
    let block = scene.block(Line::from(scene.span(format!(" {pressed} … "), Role::Key)), true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines: Vec<Line<'_>> = hints
        .into_iter()
        .map(|(key, row)| {
            let can = crate::ui::availability::of(scene.app, scene.model, row.command).is_ok();
            let role = if can { Role::Key } else { Role::Faint };
            let title = if can { Role::Text } else { Role::Faint };
            Line::from(vec![scene.span(format!(" {key:<7}"), role), scene.span(row.title, title)])
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}
