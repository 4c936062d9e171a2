//! One call: its properties, its actions, its events.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, actions, feed, flow, words};
use crate::model::Call;
use crate::protocol::{CallState, Shown};
use crate::ui::app::Pane;
use crate::ui::command::{Command, Screen};

/// The whole screen of a call.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    if scene.app.call(scene.model).is_none() {
        return nothing(frame, area, scene);
    }
    if area.width >= 160 {
        let [left, right] = Layout::horizontal([Constraint::Percentage(60), Constraint::Min(60)]).areas(area);
        let [top, events] = Layout::vertical([Constraint::Percentage(50), Constraint::Min(6)]).areas(left);
        column(frame, top, scene, memory);
        feed::draw(frame, events, scene, memory, true);
        return feed::families(frame, right, scene);
    }
    if area.width >= 110 {
        let [left, right] = Layout::horizontal([Constraint::Percentage(52), Constraint::Min(40)]).areas(area);
        column(frame, left, scene, memory);
        return feed::draw(frame, right, scene, memory, true);
    }
    let [head, middle, events] =
        Layout::vertical([Constraint::Length(6), Constraint::Percentage(45), Constraint::Min(4)]).areas(area);
    properties(frame, head, scene);
    actions::draw(frame, middle, scene, memory, false);
    feed::draw(frame, events, scene, memory, true);
}

/// There is no call to show: what to do.
pub(super) fn nothing(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let line = Line::from(vec![
        scene.span("No call is selected. ", Role::Text),
        scene.span(scene.key(Command::Go(Screen::Calls)), Role::Key),
        scene.span(" goes to the list", Role::Hint),
    ]);
    frame.render_widget(Paragraph::new(line).centered(), area);
}

/// Properties above actions, the strip chart below where there is room.
pub(super) fn column(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let [head, rest] = Layout::vertical([Constraint::Length(6), Constraint::Min(4)]).areas(area);
    properties(frame, head, scene);
    let call = scene.app.call(scene.model).filter(|_| rest.height >= 12);
    let height = call.map_or(0, |call| flow::strip_height(scene, call, rest));
    let [middle, below] = Layout::vertical([Constraint::Min(4), Constraint::Length(height)]).areas(rest);
    actions::draw(frame, middle, scene, memory, false);
    if let Some(call) = call.filter(|_| height > 0) {
        flow::chart(frame, below, scene, call);
    }
}

/// A few lines of the call under the cursor: actions on top, events below.
pub(super) fn preview(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let call = scene.app.call(scene.model);
    let focused = scene.has_keys(Pane::Actions) || scene.has_keys(Pane::Feed);
    let block = scene.block(call.map_or_else(Line::default, |call| title(scene, call)), focused);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(call) = call else { return };
    let wanted = u16::try_from(call.actions.len().max(1)).unwrap_or(u16::MAX);
    let top = wanted.min(inner.height / 2);
    let [above, below] = Layout::vertical([Constraint::Length(top), Constraint::Min(0)]).areas(inner);
    actions::rows(frame, above, scene, memory);
    feed::rows(frame, below, scene, memory);
}

fn title<'a>(scene: &Scene<'a>, call: &Call) -> Line<'a> {
    let (_, role) = words::state(call);
    let context = call.context.as_ref().map(|context| format!("{context} ")).unwrap_or_default();
    let parties =
        format!(" {} > {} ", scene.party(call.from.as_str(), 20), scene.party(call.to.as_str(), 20));
    Line::from(vec![
        scene.span(parties, Role::Title),
        scene.span(context, Role::Faint),
        scene.span(
            format!("{} {} ", call.state.as_str().to_uppercase(), words::span(call.age(scene.at()))),
            role,
        ),
    ])
}

fn properties(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let Some(call) = scene.app.call(scene.model) else { return };
    let block = scene.block(title(scene, call), false);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut lines = vec![
        pairs(scene, &first_line(call)),
        pairs(scene, &[("call", Shown::new(call.id.as_str()).to_string()), ("node", node(call))]),
        pairs(scene, &times(scene, call)),
    ];
    lines.push(pairs(scene, &last_line(scene, call)));
    frame.render_widget(Paragraph::new(lines), inner);
}

fn pairs<'a>(scene: &Scene<'a>, pairs: &[(&'static str, String)]) -> Line<'a> {
    let mut spans = vec![Span::raw(" ")];
    for (label, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        if !label.is_empty() {
            spans.push(scene.span(format!("{label} "), Role::Faint));
        }
        spans.push(scene.span(format!("{value}  "), Role::Text));
    }
    Line::from(spans)
}

fn first_line(call: &Call) -> Vec<(&'static str, String)> {
    let kind = call.device.as_ref().map(|device| Shown::new(&device.kind).to_string()).unwrap_or_default();
    let word = |shown: Option<&Shown>| shown.map(ToString::to_string).unwrap_or_default();
    let timeout = call.device.as_ref().and_then(crate::protocol::device::Device::ring_timeout);
    vec![
        ("", call.direction.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("type", kind),
        ("context", word(call.context.as_ref())),
        ("by", word(call.created_by.as_ref())),
        (
            "tag",
            call.tag
                .as_ref()
                .map(|tag| words::middle(Shown::new(tag.as_str()).as_str(), 12))
                .unwrap_or_default(),
        ),
        ("ring", timeout.map(|seconds| format!("{seconds} s")).unwrap_or_default()),
    ]
}

fn node(call: &Call) -> String {
    call.node.as_ref().map(|node| words::middle(Shown::new(node.as_str()).as_str(), 24)).unwrap_or_default()
}

/// When each state was entered, after the one before.
fn times(scene: &Scene<'_>, call: &Call) -> Vec<(&'static str, String)> {
    let states = [
        ("created", CallState::Created),
        ("ringing", CallState::Ringing),
        ("answered", CallState::Answered),
        ("ending", CallState::Ending),
        ("ended", CallState::Ended),
    ];
    let mut before = None;
    let mut out = Vec::new();
    for (label, state) in states {
        let Some(at) = call.entered(&state) else { continue };
        let text = match before {
            None => words::clock(scene.now.wall.back(scene.at().since(at)), false),
            Some(before) => words::after(at.since(before)),
        };
        before = Some(at);
        out.push((label, text));
    }
    out
}

fn last_line(scene: &Scene<'_>, call: &Call) -> Vec<(&'static str, String)> {
    let peer = call.peer.as_ref().map(|peer| {
        let other = scene.model.call(peer);
        other
            .map_or_else(|| Shown::new(peer.as_str()).to_string(), |other| scene.party(other.to.as_str(), 20))
    });
    let previous = call.prev_state.as_ref().map(|state| Shown::new(state.as_str()).to_string());
    let doubt = call.doubt.map(|since| format!("not confirmed for {}", words::span(scene.at().since(since))));
    vec![
        ("before", previous.unwrap_or_default()),
        ("peer", peer.unwrap_or_else(|| "none".into())),
        (
            "reason",
            call.end_reason
                .as_ref()
                .map(|reason| Shown::new(reason.as_str()).to_string())
                .unwrap_or_default(),
        ),
        (
            "segment",
            call.segment.as_ref().map(|segment| words::middle(segment.as_str(), 14)).unwrap_or_default(),
        ),
        ("~", doubt.unwrap_or_default()),
    ]
}
