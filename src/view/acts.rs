//! The menu of everything that can be done with a call.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Scene, centered, lay_over, scrolled, words};
use crate::ui::{act, availability, chord};

pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, cursor: usize) {
    let rows = act::acts();
    let height = u16::try_from(rows.len() + 2).unwrap_or(u16::MAX);
    let area = centered(body, 76, height);
    lay_over(frame, area, scene);
    let block = scene.block(Line::from(scene.span(" All actions ", Role::Title)), true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let offset = scrolled(
        cursor.saturating_sub(usize::from(inner.height) / 2),
        cursor,
        usize::from(inner.height),
        rows.len(),
    );
    for (area, (index, row)) in inner.rows().zip(rows.iter().enumerate().skip(offset)) {
        if index == cursor {
            frame.buffer_mut().set_style(area, scene.style(Role::Cursor));
        }
        let reason = availability::of(scene.app, scene.model, row.command).err();
        let keys = row.keys.first().map(|keys| chord::shown(keys)).unwrap_or_default();
        let (key, text) = if reason.is_none() { (Role::Key, Role::Text) } else { (Role::Faint, Role::Faint) };
        let about = reason.map_or_else(|| row.help.to_owned(), |why| format!("({why})"));
        let room = usize::from(area.width).saturating_sub(33);
        frame.render_widget(
            Paragraph::new(Line::from(vec![
                Span::raw(if index == cursor { ">" } else { " " }),
                scene.span(format!("{keys:<8}"), key),
                scene.span(format!("{:<23}", row.title), text),
                scene.span(words::cut(&about, room), Role::Faint),
            ])),
            area,
        );
    }
}
