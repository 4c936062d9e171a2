//! A form over the dimmed screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::theme::Role;
use super::{Memory, Scene, centered, lay_over, words};
use crate::catalog::{Kind, Scope};
use crate::protocol::Shown;
use crate::ui::command::Command;
use crate::ui::form::{Entry, Form};
use crate::ui::hub;
use crate::ui::mouse::Hit;

const WIDTH: u16 = 76;
const LABEL: usize = 18;

pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, scene: &Scene<'_>, form: &Form, memory: &mut Memory) {
    let visible = form.visible();
    let about = about(scene, form);
    let help = help(scene, form);
    let fields: u16 = visible.iter().map(|&index| height(&form.entries[index])).sum();
    let wanted = fields + about.len() as u16 + help.len() as u16 + 6;
    let mut area = place(body, if form.preview.is_some() { body.height } else { wanted });
    let extra = match (form.preview, templates(scene, form)) {
        (Some(_), _) => Vec::new(),
        (None, Some(templates)) => {
            // The list of templates goes down from where the help stands: what is above it stays in place.
            let grown = (area.height + templates.len() as u16).saturating_sub(help.len() as u16);
            area.height = grown.max(area.height).min(body.height);
            area.y = area.y.min(body.bottom() - area.height);
            templates
        }
        (None, None) => help,
    };
    lay_over(frame, area, scene, memory);
    let title = Line::from(scene.span(format!(" {} ", form.method.title), Role::Title));
    let command = Line::from(scene.span(format!(" {} ", form.method.rpc), Role::Faint)).right_aligned();
    let block = scene.block(title, true).title_top(command);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let head = Rect { height: (about.len() as u16 + 1).min(inner.height), ..inner };
    frame.render_widget(Paragraph::new(about), head);
    let tail_height = (extra.len() as u16 + 3).min(inner.height.saturating_sub(head.height));
    let tail = Rect { y: inner.bottom() - tail_height, height: tail_height, ..inner };
    let middle = Rect { y: head.bottom(), height: tail.y.saturating_sub(head.bottom()), ..inner };
    if let Some(scroll) = form.preview {
        preview(frame, middle, scene, (form, scroll), memory);
    } else {
        entries(frame, middle, scene, form, &visible, memory);
    }
    frame.render_widget(
        Paragraph::new([extra, status(scene, form)].concat()).wrap(Wrap { trim: false }),
        tail,
    );
}

/// In the middle on a small screen, on the left on a large one, so that its effect can be seen beside it.
fn place(body: Rect, wanted: u16) -> Rect {
    let area = centered(body, WIDTH, wanted);
    if body.width >= 110 { Rect { x: body.x + 2, ..area } } else { area }
}

fn height(entry: &Entry) -> u16 {
    if entry.is_long() { 2 } else { 1 }
}

fn about<'a>(scene: &Scene<'a>, form: &Form) -> Vec<Line<'a>> {
    let call = form.calls.first().and_then(|id| scene.model.call(id));
    let mut lines = Vec::new();
    if form.calls.len() > 1 {
        let by = scene.app.board.marks.by.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
        lines.push(Line::from(vec![
            scene.span(format!(" {:<LABEL$}", "Calls"), Role::Faint),
            scene.span(
                format!("{} marked{by}; each is named before anything is sent", form.calls.len()),
                Role::Text,
            ),
        ]));
    } else if let Some(call) = call {
        let (_, role) = words::state(call);
        let state = match call.doubt {
            Some(_) => words::stands(call, scene.at()),
            None => format!("{} {}", call.state, words::span(call.age(scene.at()))),
        };
        let room = usize::from(WIDTH) - LABEL - 4 - words::columns(&state) - "  >   ".len();
        let [from, to] = [&call.from, &call.to].map(|party| scene.party(party.as_str(), room / 2));
        lines.push(Line::from(vec![
            scene.span(format!(" {:<LABEL$}", "Call"), Role::Faint),
            scene.span(format!("{from} > {to}  "), Role::Text),
            scene.span(state, role),
        ]));
        if let Some(playing) = form.running.as_ref().and_then(|id| call.action(id)) {
            let over = if playing.is_over() { ", which has ended" } else { "" };
            let owner = hub::starter(scene.model, playing);
            let what = words::cut(playing.what.as_str(), 30);
            lines.push(Line::from(vec![
                scene.span(format!(" {:<LABEL$}", "Running"), Role::Faint),
                scene.span(format!("play {what}{owner}{over}"), Role::Paused),
            ]));
        }
        if let Some(claim) = hub::claimed(scene.app, scene.model, &call.id, scene.at()) {
            let label = format!(" {:<LABEL$}", "");
            lines.push(Line::from(vec![Span::raw(label), scene.span(claim, Role::AlertWarn)]));
        }
    } else {
        lines.extend(paragraph(scene, form.method.doc, Role::Faint));
        if let Some(name) = hub::dials_over(scene.app, scene.model).filter(|_| is_dial(form)) {
            let label = scene.span(format!(" {:<LABEL$}", "Over"), Role::Faint);
            lines.push(Line::from(vec![label, scene.span(format!("app:{name}"), Role::Text)]));
        }
    }
    lines
}

fn is_dial(form: &Form) -> bool {
    form.method.scope == Scope::Space
}

/// The params that would be sent, from one of their lines on.
fn preview(
    frame: &mut Frame<'_>,
    area: Rect,
    scene: &Scene<'_>,
    (form, scroll): (&Form, usize),
    memory: &mut Memory,
) {
    let call = form.calls.first().and_then(|id| scene.model.call(id));
    let text = form.preview_text(call);
    let lines: Vec<Line<'_>> =
        text.lines().map(|line| Line::raw(format!(" {}", Shown::whole(line)))).collect();
    let scroll = memory.scrolled(scroll, lines.len(), usize::from(area.height));
    frame.render_widget(Paragraph::new(lines.into_iter().skip(scroll).collect::<Vec<_>>()), area);
}

fn paragraph<'a>(scene: &Scene<'a>, text: &str, role: Role) -> Vec<Line<'a>> {
    let lines = words::wrapped(text, usize::from(WIDTH) - 6);
    lines.into_iter().map(|line| Line::from(scene.span(format!(" {line}"), role))).collect()
}

fn entries(
    frame: &mut Frame<'_>,
    area: Rect,
    scene: &Scene<'_>,
    form: &Form,
    visible: &[usize],
    memory: &mut Memory,
) {
    // By lines, not fields: long ones take two.
    let lines = |places: &[usize]| {
        places.iter().map(|&index| usize::from(height(&form.entries[index]))).sum::<usize>()
    };
    let focus = visible.iter().position(|&index| index == form.focus).unwrap_or(0);
    memory.form = memory.form.min(focus);
    while memory.form < focus && lines(&visible[memory.form..=focus]) > usize::from(area.height) {
        memory.form += 1;
    }
    let mut y = area.y;
    for &index in &visible[memory.form..] {
        let entry = &form.entries[index];
        let height = height(entry).min(area.bottom().saturating_sub(y));
        if height == 0 {
            break;
        }
        let area = Rect { y, height, ..area };
        memory.hit(area, Hit::Field(index));
        field(frame, area, scene, form, entry, index == form.focus);
        y += height;
    }
}

fn field(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, form: &Form, entry: &Entry, focused: bool) {
    let wrong = form.error(entry.field).is_some();
    let mark = if wrong {
        "!"
    } else if focused {
        ">"
    } else {
        " "
    };
    let label =
        if entry.field.required { format!("{}*", entry.field.label) } else { entry.field.label.to_owned() };
    let role = if wrong {
        Role::Bad
    } else if focused {
        Role::Title
    } else {
        Role::Faint
    };
    let line = Line::from(scene.span(format!("{mark}{:<LABEL$}", words::cut(&label, LABEL - 1)), role));
    frame.render_widget(Paragraph::new(line), Rect { height: 1, ..area });
    let left = LABEL as u16 + 1;
    let box_area = Rect { x: area.x + left, width: area.width.saturating_sub(left + 1), ..area };
    let text = entry.text();
    if entry.choices().is_some() {
        return frame.render_widget(
            Paragraph::new(choices(scene, entry, &text, focused, usize::from(box_area.width))),
            box_area,
        );
    }
    let role = if focused { Role::FieldFocus } else { Role::Field };
    frame.buffer_mut().set_style(box_area, scene.style(role));
    if text.is_empty() && !focused {
        let hint = entry.field.default.map(|default| format!("{default} unless given")).unwrap_or_default();
        return frame.render_widget(Paragraph::new(scene.span(hint, Role::Faint)), box_area);
    }
    if focused {
        let mut editor = entry.editor.clone();
        editor.set_style(scene.style(Role::FieldFocus));
        editor.set_cursor_line_style(Style::default());
        editor.set_cursor_style(scene.theme.caret());
        if entry.is_long() {
            editor.set_wrap_mode(tui_textarea::WrapMode::WordOrGlyph);
        }
        frame.render_widget(&editor, box_area);
    } else {
        let text = Shown::whole(&text.replace('\n', " "));
        frame.render_widget(Paragraph::new(text.as_str().to_owned()).wrap(Wrap { trim: false }), box_area);
    }
}

fn choices<'a>(scene: &Scene<'a>, entry: &Entry, text: &str, focused: bool, room: usize) -> Line<'a> {
    let Some(choices) = entry.choices() else { return Line::default() };
    let unset = text.is_empty();
    let row: usize = choices.iter().map(|choice| choice.label.chars().count() + 6).sum();
    let mut spans = Vec::new();
    // Where they do not fit in a row, the chosen one stands for all.
    if row > room {
        let label =
            choices.iter().find(|choice| choice.value == text).map_or("not set", |choice| choice.label);
        let role = if focused { Role::FieldFocus } else { Role::Field };
        spans.push(scene.span(format!("< {label} >"), role));
        spans.push(scene.span(format!("  {} choices", choices.len()), Role::Faint));
        return Line::from(spans);
    }
    for choice in choices {
        let chosen = choice.value == text;
        let default = unset && entry.field.default == Some(choice.value);
        let mark = if chosen {
            "(o)"
        } else if default {
            "(.)"
        } else {
            "( )"
        };
        let role = if chosen && focused {
            Role::FieldFocus
        } else if chosen {
            Role::Text
        } else {
            Role::Faint
        };
        spans.push(scene.span(format!("{mark} {}", choice.label), role));
        spans.push(Span::raw("  "));
    }
    Line::from(spans)
}

/// The templates to choose from, while they are asked for.
fn templates<'a>(scene: &Scene<'a>, form: &Form) -> Option<Vec<Line<'a>>> {
    let mut lines = vec![Line::default(), Line::from(scene.span(" Templates: press the digit", Role::Title))];
    for (index, template) in form.templates.as_ref()?.iter().enumerate().take(9) {
        let text = template.texts.first().map(|(_, text)| text.as_str()).unwrap_or_default();
        lines.push(Line::from(vec![
            scene.span(format!(" {} ", index + 1), Role::Key),
            scene.span(words::fit(&template.name, 14) + "  ", Role::Text),
            scene.span(words::cut(text, 50), Role::Faint),
        ]));
    }
    Some(lines)
}

/// Help or error of the field that has the keys, and what else there is to know.
fn help<'a>(scene: &Scene<'a>, form: &Form) -> Vec<Line<'a>> {
    let mut lines = vec![Line::default()];
    let Some(entry) = form.focused() else {
        lines.push(Line::from(scene.span(" Nothing to fill in.", Role::Faint)));
        return lines;
    };
    let (text, role) = match form.error(entry.field) {
        Some(rule) => (format!("! {}: {rule}", entry.field.label), Role::Bad),
        None => (entry.field.help.to_owned(), Role::Hint),
    };
    lines.extend(paragraph(scene, &text, role));
    if let (Some(choices), None) = (entry.suggestions(), entry.choices()) {
        let some = choices.iter().take(8).map(|choice| choice.value).collect::<Vec<_>>().join(" ");
        lines.extend(paragraph(scene, &format!("left and right choose: {some} …"), Role::Faint));
    }
    if let Kind::Long { max } = entry.field.kind
        && form.method.name.ends_with("tts")
    {
        let count = entry.text().chars().count();
        lines.push(Line::from(
            scene.span(format!(" {count} of {max} characters, about {} s", count.div_ceil(14)), Role::Faint),
        ));
    }
    lines
}

fn status<'a>(scene: &Scene<'a>, form: &Form) -> Vec<Line<'a>> {
    let hidden = form.hidden();
    let more = if hidden > 0 {
        format!("   {hidden} more fields with {}", scene.key(Command::Expand))
    } else {
        String::new()
    };
    let line = match &form.errors {
        Some(errors) => {
            let count = errors.errors.len();
            scene.span(format!(" {count} to mend before it can be sent{more}"), Role::Text)
        }
        None => scene.span(format!(" not yet sent{more}"), Role::Faint),
    };
    vec![Line::default(), Line::from(line)]
}
