//! The two lines of keys at the bottom, and messages that go away by themselves.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Scene, words};
use crate::model::Tone;
use crate::ui::availability;
use crate::ui::chord;
use crate::ui::command::{COMMANDS, Focus, Row};
use crate::ui::layer::Layer;

/// Draws both lines. A message takes the lower one; so does a line being typed.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let [upper, lower] = area.rows().collect::<Vec<_>>()[..] else { return };
    let mut lines = keys(scene, usize::from(area.width));
    frame.render_widget(Paragraph::new(lines.remove(0)), upper);
    let second = typed(scene).or_else(|| message(scene)).unwrap_or_else(|| lines.remove(0));
    frame.render_widget(Paragraph::new(second), lower);
}

fn typed<'a>(scene: &Scene<'a>) -> Option<Line<'a>> {
    let (label, text, hint) = match scene.app.layers.last()? {
        Layer::Filter { text, .. } => ("/", text, "Enter keeps, Esc gives up"),
        Layer::Context { add: true, text } => {
            ("take calls of context: ", text, "others that listen lose its calls")
        }
        Layer::Context { add: false, text } => ("drop context: ", text, "Enter drops it, Esc gives up"),
        _ => return None,
    };
    Some(Line::from(vec![
        Span::raw(" "),
        scene.span(label, Role::Key),
        scene.span(crate::protocol::Shown::new(text).to_string(), Role::FieldFocus),
        scene.span(" ", Role::Cursor),
        Span::raw("  "),
        scene.span(hint, Role::Hint),
    ]))
}

fn message<'a>(scene: &Scene<'a>) -> Option<Line<'a>> {
    if let Some(undo) = scene.app.undo.last() {
        let left = undo.due.since(scene.at()).as_secs_f64().ceil();
        let others = match scene.app.undo.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let what = words::middle(undo.what.as_str(), 40);
        return Some(Line::from(vec![
            scene.span(format!(" hanging up {what}{others} in {left:.0} s "), Role::Bad),
            scene.span("U", Role::Key),
            scene.span(" takes it back", Role::Hint),
        ]));
    }
    let toast = scene.app.toast.as_ref()?;
    let role = match toast.tone {
        Tone::Bad => Role::Bad,
        Tone::Good => Role::Good,
        Tone::Plain | Tone::Faint => Role::Text,
    };
    let mark = if toast.tone == Tone::Bad { "! " } else { "" };
    Some(scene.span(format!(" {mark}{}", toast.text), role).into())
}

/// The keys of what lies over the screen, when that is no form.
fn over<'a>(scene: &Scene<'a>) -> Option<Line<'a>> {
    let keys: &[(&str, &str)] = match scene.app.layers.last()? {
        Layer::Form(_) => return None,
        Layer::Filter { .. } | Layer::Context { .. } | Layer::Confirm(_) => &[],
        Layer::Acts { .. } => {
            &[("j k", "move"), ("Enter", "do it"), ("the key shown", "does it too"), ("Esc", "close")]
        }
        Layer::Help { .. } | Layer::Raw(_) => &[("j k", "scroll"), ("Esc", "close")],
    };
    let pairs = keys.iter().flat_map(|(key, title)| {
        [scene.span(format!(" {key}"), Role::Key), scene.span(format!(" {title} "), Role::Hint)]
    });
    Some(Line::from_iter(pairs))
}

/// The keys that are worth showing here, in two lines. Those that cannot be used now are faint.
fn keys<'a>(scene: &Scene<'a>, width: usize) -> Vec<Line<'a>> {
    let focus = scene.app.focus();
    if let Some(line) = over(scene) {
        return vec![line, Line::default()];
    }
    let here = |row: &&Row| {
        let wanted =
            row.focus.contains(&focus) || (focus != Focus::Form && row.focus.contains(&Focus::Global));
        row.footer > 0 && wanted
    };
    let mut rows: Vec<&Row> = COMMANDS.iter().filter(here).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.footer));
    let mut lines = vec![vec![Span::raw(" ")], vec![Span::raw(" ")]];
    let mut used = [1, 1];
    for row in rows {
        let key = row.keys.first().map(|keys| chord::shown(keys)).unwrap_or_default();
        let wide = key.len() + 1 + row.title.len() + 2;
        let Some(line) = (0..2).find(|&line| used[line] + wide <= width + 2) else { continue };
        used[line] += wide;
        let can = availability::of(scene.app, scene.model, row.command).is_ok();
        lines[line].push(scene.span(key, if can { Role::Key } else { Role::Faint }));
        lines[line].push(Span::raw(" "));
        lines[line].push(scene.span(words::cut(row.title, 20), if can { Role::Hint } else { Role::Faint }));
        lines[line].push(Span::raw("  "));
    }
    lines.into_iter().map(Line::from).collect()
}
