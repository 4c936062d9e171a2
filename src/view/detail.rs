//! One call: its properties, its actions, its events.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, actions, feed, flow, middle_line, words};
use crate::client::By;
use crate::model::{Call, Family};
use crate::protocol::{CallState, Dialect, Shown};
use crate::ui::app::Pane;
use crate::ui::command::{Command, Screen};
use crate::ui::hub;

/// The whole screen of a call.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    if scene.app.call(scene.model).is_none() {
        return nothing(frame, area, scene);
    }
    if area.width >= 160 {
        let [left, right] = Layout::horizontal([Constraint::Min(100), Constraint::Length(60)]).areas(area);
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
    // The actions take what they need, the events the rest.
    let count = scene.app.call(scene.model).map_or(0, |call| call.actions.len());
    let wanted = u16::try_from(count.max(3) + 2).unwrap_or(u16::MAX).min(area.height * 45 / 100);
    let height = properties_height(scene, area);
    let [head, middle, events] =
        Layout::vertical([Constraint::Length(height), Constraint::Length(wanted), Constraint::Min(4)])
            .areas(area);
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
    frame.render_widget(Paragraph::new(line).centered(), middle_line(area));
}

/// Properties above actions, the strip chart below where there is room.
pub(super) fn column(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, memory: &mut Memory) {
    let height = properties_height(scene, area);
    let [head, rest] = Layout::vertical([Constraint::Length(height), Constraint::Min(4)]).areas(area);
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
    let (left, right) = call.map(|call| title(scene, call)).unwrap_or_default();
    let inner = scene.pane(frame, area, left, right, focused);
    let Some(call) = call else {
        let line = scene.span("The call under the cursor is shown here.", Role::Faint);
        return frame.render_widget(Paragraph::new(line).centered(), middle_line(inner));
    };
    let wanted = u16::try_from(call.actions.len().max(1)).unwrap_or(u16::MAX);
    let top = wanted.min(inner.height / 2);
    let [above, below] = Layout::vertical([Constraint::Length(top), Constraint::Min(0)]).areas(inner);
    actions::rows(frame, above, scene, memory);
    feed::rows(frame, below, scene, memory);
}

/// Who talks to whom; and at the other end the context and the state.
fn title<'a>(scene: &Scene<'a>, call: &Call) -> (Vec<Span<'a>>, Vec<Span<'a>>) {
    let (_, role) = words::state(call);
    let owner = scene.model.owner(&call.id).map(|owner| format!(" app:{owner}")).unwrap_or_default();
    let context = call.context.as_ref().map(|context| format!(" {context}")).unwrap_or_default();
    let parties =
        format!(" {} > {} ", scene.party(call.from.as_str(), 20), scene.party(call.to.as_str(), 20));
    let state = format!(" {} ", words::stands(call, scene.at()));
    (
        vec![scene.span(parties, Role::Title)],
        vec![scene.span(context, Role::Faint), scene.span(owner, Role::Faint), scene.span(state, role)],
    )
}

fn properties(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let Some(call) = scene.app.call(scene.model) else { return };
    let (left, right) = title(scene, call);
    let inner = scene.pane(frame, area, left, right, false);
    frame.render_widget(Paragraph::new(facts(scene, call, usize::from(inner.width))), inner);
}

/// The height of the properties in an area of this width.
fn properties_height(scene: &Scene<'_>, area: Rect) -> u16 {
    let call = scene.app.call(scene.model);
    let lines = call.map_or(0, |call| facts(scene, call, usize::from(area.width).saturating_sub(2)).len());
    u16::try_from(lines + 2).unwrap_or(u16::MAX).min(area.height / 2)
}

/// All facts: each kind on a line of its own, or on more when it needs them.
fn facts<'a>(scene: &Scene<'a>, call: &Call, width: usize) -> Vec<Line<'a>> {
    let ids = vec![("call", Shown::new(call.id.as_str()).to_string()), ("node", node(call))];
    let note = call.note.as_ref();
    let note = note.map(|note| {
        let by = Some(&note.by).filter(|by| **by != By::Me).map(|by| scene.model.name_of(by));
        let by = by.map(|by| format!("{by}: ")).unwrap_or_default();
        ("note", format!("{} {by}{}", words::clock(note.now.wall, false), scene.seen(note.text.as_str())))
    });
    [
        times(scene, call),
        first_line(call),
        last_line(scene, call),
        whose(scene, call),
        others(scene, call),
        ids,
        note.into_iter().collect(),
    ]
    .into_iter()
    .flat_map(|facts| pairs(scene, facts, width))
    .collect()
}

fn pairs<'a>(scene: &Scene<'a>, pairs: Vec<(&'static str, String)>, width: usize) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    let mut left = 0;
    for (label, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        let label = if label.is_empty() { String::new() } else { format!("{label} ") };
        let value = words::cut(&value, width.saturating_sub(words::columns(&label) + 2));
        let wide = words::columns(&label) + words::columns(&value);
        if lines.is_empty() || left < wide {
            lines.push(Line::from(" "));
            left = width.saturating_sub(1);
        }
        left = left.saturating_sub(wide + 2);
        let spans = [scene.span(label, Role::Faint), scene.span(value, Role::Text), Span::raw("  ")];
        if let Some(line) = lines.last_mut() {
            line.spans.extend(spans);
        }
    }
    lines
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

/// At a hub: whose call it is, and which way what is asked of it goes.
fn whose(scene: &Scene<'_>, call: &Call) -> Vec<(&'static str, String)> {
    let Some(application) = call.owner.and_then(|id| scene.model.application(id)) else { return Vec::new() };
    let dialect = match application.dialect {
        Dialect::Current => "current",
        Dialect::Blade => "blade",
    };
    let agent = words::cut(application.agent.as_str(), 28);
    let about = [dialect, &agent].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    let gone = if application.up { "" } else { ", gone" };
    vec![("owner", format!("app:{} ({about}{gone})", application.name)), ("path", "hub".to_owned())]
}

/// At a hub: who else looks at it, who claimed it, and the last command that was given for it.
fn others(scene: &Scene<'_>, call: &Call) -> Vec<(&'static str, String)> {
    let claimant = scene.model.claimant(&call.id).map(|claimant| {
        let name =
            if scene.app.hub.is_me(&claimant.person.name) { "me" } else { claimant.person.name.as_str() };
        format!("{name} {} ago", words::span(scene.at().since(claimant.since)))
    });
    let eyes = hub::looking(scene.app, scene.model, &call.id);
    let last = call.entries.iter().rev().find(|entry| entry.family == Family::Command);
    let last = last.filter(|_| scene.has_others()).and_then(|entry| {
        let word = entry.word.as_str().replace('_', " ");
        Some(format!("{word} by {} {}", scene.model.author(entry)?, words::clock(entry.now.wall, false)))
    });
    vec![
        ("claimed by", claimant.unwrap_or_default()),
        ("watched by", eyes.join(" ")),
        ("last", last.unwrap_or_default()),
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
    let reason = match &call.inferred {
        Some(inferred) => format!("gone, as the service says ({})", Shown::new(&inferred.code)),
        None => {
            call.end_reason.as_ref().map(|reason| Shown::new(reason.as_str()).to_string()).unwrap_or_default()
        }
    };
    let doubt =
        call.doubt.map(|doubt| format!("not confirmed for {}", words::span(scene.at().since(doubt.since))));
    vec![
        ("~", doubt.unwrap_or_default()),
        ("before", previous.unwrap_or_default()),
        ("peer", peer.unwrap_or_else(|| "none".into())),
        ("reason", reason),
        (
            "segment",
            call.segment.as_ref().map(|segment| words::middle(segment.as_str(), 14)).unwrap_or_default(),
        ),
    ]
}
