//! The two lines of keys at the bottom, and messages that go away by themselves.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::theme::Role;
use super::{Memory, Scene, line, words};
use crate::model::Tone;
use crate::ui::availability;
use crate::ui::chord::Chord;
use crate::ui::command::{COMMANDS, Command, Focus, Group, Row, Screen};
use crate::ui::layer::Layer;
use crate::ui::mouse::Hit;
use crate::ui::outbox::Hold;
use crate::ui::past;
use crate::ui::picker::Kind;

/// Draws both lines. A message takes the lower one; so does a line being typed.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let [upper, lower] = area.rows().collect::<Vec<_>>()[..] else { return };
    if let Some(Layer::Line(open)) = scene.app.layers.last() {
        let width = usize::from(area.width);
        frame.render_widget(Paragraph::new(line::note(scene, open, width)), upper);
        return frame.render_widget(Paragraph::new(line::typed(scene, open, width)), lower);
    }
    let second = message(scene);
    let room = if second.is_some() { vec![upper] } else { vec![upper, lower] };
    let lines = keys(scene, &room, memory);
    for (area, line) in room.iter().zip(lines) {
        frame.render_widget(Paragraph::new(line), *area);
    }
    if let Some(line) = second {
        frame.render_widget(Paragraph::new(line), lower);
    }
}

fn message<'a>(scene: &Scene<'a>) -> Option<Line<'a>> {
    // What is named is what would be taken back: the newest that has not left.
    let newest = scene.app.outbox.leaving().next_back();
    if let Some((batch, hold)) = newest.and_then(|batch| Some((batch, batch.held.as_ref()?))) {
        let others = match scene.app.outbox.held().count() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let (text, role) = match hold {
            Hold::Ends(call, action) => {
                let action = scene.model.call(call).and_then(|call| call.action(action));
                let what = action
                    .map(|action| words::cut(&scene.seen(action.what.as_str()), 20))
                    .unwrap_or_default();
                let title = words::cut(&scene.seen(batch.title.as_str()), 19);
                (format!(" {title}{others} waits for the end of {what} "), Role::Intent)
            }
            Hold::Until(until) => {
                let left = until.since(scene.at()).as_secs_f64().ceil();
                let what = match &batch.items[..] {
                    [item] => words::parties(&scene.seen(item.who.as_str()), 44),
                    _ => format!("{} calls", batch.counts().waiting),
                };
                (format!(" hanging up {what}{others} in {left:.0} s "), Role::Bad)
            }
        };
        return Some(Line::from(vec![
            scene.span(text, role),
            scene.span(scene.key(Command::Undo), Role::Key),
            scene.span(" takes it back", Role::Hint),
        ]));
    }
    if let Some(batch) = newest {
        let counts = batch.counts();
        let (sent, wanted) = (counts.sent(), batch.items.len() - counts.left_out);
        return Some(Line::from(vec![
            scene.span(
                format!(" {}: {sent} of {wanted} sent ", scene.seen(batch.title.as_str())),
                Role::Intent,
            ),
            scene.span(scene.key(Command::Undo), Role::Key),
            scene.span(" stops the rest", Role::Hint),
        ]));
    }
    let toast = scene.app.toast.as_ref()?;
    let role = match toast.tone {
        Tone::Bad => Role::Bad,
        Tone::Good => Role::Good,
        Tone::Plain | Tone::Faint => Role::Text,
    };
    let mark = if toast.tone == Tone::Bad { "! " } else { "" };
    // A whole sentence that is underlined is hard to read.
    let words = scene.style(role).remove_modifier(Modifier::UNDERLINED);
    Some(Line::from(vec![
        Span::raw(" "),
        scene.span(mark, role),
        Span::styled(scene.seen(toast.text.as_str()), Style { bg: None, ..words }),
    ]))
}

/// The keys of what lies over the screen, when that is no form.
fn over<'a>(scene: &Scene<'a>, area: Rect, memory: &mut Memory) -> Option<Line<'a>> {
    let moves = || scene.keys(&[Command::Move(1), Command::Move(-1)]);
    let (enter, esc) = (scene.key(Command::Open), scene.key(Command::Escape));
    let shown = || "the key shown".to_owned();
    let keys: Vec<(String, &str)> = match scene.app.layers.last()? {
        Layer::Form(_) | Layer::Text(_) => return None,
        Layer::Line(_) | Layer::Confirm(_) => Vec::new(),
        Layer::Picker(picker) => match picker.kind {
            Kind::Acts => {
                vec![(moves(), "move"), (enter, "do it"), (shown(), "does it too"), (esc, "close")]
            }
            // While something is typed these are no commands: they cannot have other keys.
            Kind::Palette => [
                ("Enter", "run"),
                ("Tab", "fill in and edit"),
                ("Up Down", "move"),
                ("^u", "clear"),
                ("Esc", "close"),
            ]
            .map(|(key, title)| (key.to_owned(), title))
            .into(),
            Kind::Columns => {
                let sides = scene.keys(&[Command::MoveColumn(-1), Command::MoveColumn(1)]);
                vec![(scene.key(Command::Mark), "show or hide"), (sides, "move"), (enter, "close")]
            }
            Kind::Themes => vec![(moves(), "look"), (enter, "keep"), (esc, "as it was")],
            Kind::Views | Kind::Rules | Kind::Sort | Kind::Waits | Kind::Formats => {
                vec![(shown(), "chooses"), (moves(), "move"), (enter, "choose"), (esc, "close")]
            }
        },
        Layer::Help { .. } => {
            vec![(moves(), "scroll"), (scene.key(Command::Filter), "find"), (esc, "close")]
        }
        Layer::Results { .. } => vec![(moves(), "scroll"), (esc, "close")],
    };
    let keys: Vec<(&str, &str)> = keys.iter().map(|(key, title)| (key.as_str(), *title)).collect();
    Some(Line::from(keys_shown(scene, &keys, area, memory)))
}

/// Keys with what they do, at the beginning of an area. Clicking one presses it.
pub(super) fn keys_shown<'a>(
    scene: &Scene<'a>,
    keys: &[(&str, &str)],
    area: Rect,
    memory: &mut Memory,
) -> Vec<Span<'a>> {
    let mut spans = Vec::new();
    let mut x = area.x;
    let mut click = |x: u16, width: usize, key: &str| {
        if let Some(chord) = Chord::parse(key) {
            memory.hit(Rect { x, width: width as u16, ..area }.intersection(area), Hit::Press(chord));
        }
    };
    for (key, title) in keys {
        let key_width = key.width() + 1;
        // What they do is that of the first of several.
        click(x + 1, key_width + title.width(), key.split(' ').next().unwrap_or_default());
        let mut at = x + 1;
        for word in key.split(' ') {
            click(at, word.width(), word);
            at += word.width() as u16 + 1;
        }
        x += (key_width + title.width() + 2) as u16;
        spans.push(scene.span(format!(" {key}"), Role::Key));
        spans.push(scene.span(format!(" {title} "), Role::Hint));
    }
    spans
}

/// What a key is called here.
const fn word(row: &Row, focus: Focus) -> &'static str {
    match (row.command, focus) {
        (Command::Open, Focus::Wall) => "calls behind",
        (Command::Open, Focus::Actions | Focus::Feed) => "raw frame",
        (Command::Open, _) => "open",
        _ => row.brief,
    }
}

/// Those that come first: acts on a call, but on an empty list what brings calls there.
fn order(scene: &Scene<'_>, row: &Row) -> (bool, bool, std::cmp::Reverse<u8>) {
    if scene.app.past.is_some() {
        return (false, false, std::cmp::Reverse(row.footer));
    }
    let empty = scene.app.screen == Screen::Calls && scene.app.list.rows.total == 0;
    let brings = matches!(row.command, Command::Invoke("dial") | Command::AddContext);
    let acts = matches!(row.group, Group::Act | Group::Action);
    (empty && !brings, empty && acts, std::cmp::Reverse(row.footer))
}

/// The keys that are worth showing here, in as many lines as there are. Those that cannot be used now are faint.
fn keys<'a>(scene: &Scene<'a>, areas: &[Rect], memory: &mut Memory) -> Vec<Line<'a>> {
    let focus = scene.app.focus();
    let first = areas.first().copied().unwrap_or_default();
    if let Some(line) = over(scene, first, memory) {
        return vec![line];
    }
    let keymap = &scene.app.config.keymap;
    let scoped = matches!(focus, Focus::Form | Focus::Text | Focus::Results | Focus::Picker);
    let roomy = areas.iter().all(|area| area.width >= 120);
    let here = |row: &&Row| {
        row.footer > 0
            && (row.focus.contains(&focus)
                || (!scoped && row.focus.contains(&Focus::Global))
                || (scene.app.looks_back() && row.focus.contains(&Focus::Past)))
            && !(scene.app.past.is_some() && past::changes(row.command))
            && (row.command != Command::Now || scene.app.past.as_ref().is_some_and(|past| past.live))
            && (roomy || !matches!(row.command, Command::Go(_)))
            && row.command != Command::Go(scene.app.screen)
    };
    let mut rows: Vec<&Row> = COMMANDS.iter().filter(here).collect();
    rows.sort_by_key(|row| order(scene, row));
    let mut lines = vec![vec![Span::raw(" ")]; areas.len()];
    let mut used = vec![1; areas.len()];
    for row in rows {
        let Some(chords) = keymap.chords(row) else { continue };
        // Of a key like `r p` the first, which shows what can follow.
        let (key, hit) = match chords {
            [only] => (only.to_string(), Hit::Key(row.command)),
            [first, ..] => (first.to_string(), Hit::Press(*first)),
            [] => continue,
        };
        let title = words::cut(word(row, focus), 20);
        let wide = key.width() + 1 + title.width() + 2;
        let fits = |line: &usize| used[*line] + wide <= usize::from(areas[*line].width) + 1;
        let Some(line) = (0..areas.len()).find(fits) else { continue };
        let area = areas[line];
        let x = area.x + used[line] as u16;
        memory.hit(Rect { x, width: wide as u16 - 2, ..area }.intersection(area), hit);
        used[line] += wide;
        let can = availability::of(scene.app, scene.model, row.command).is_ok();
        lines[line].push(scene.span(key, if can { Role::Key } else { Role::Faint }));
        lines[line].push(Span::raw(" "));
        lines[line].push(scene.span(title, if can { Role::Hint } else { Role::Faint }));
        lines[line].push(Span::raw("  "));
    }
    lines.into_iter().map(Line::from).collect()
}
