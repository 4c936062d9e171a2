//! The two lines of truth at the top: the link, and how many calls are in which state.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::theme::Role;
use super::{Scene, words};
use crate::client::LinkState;
use crate::filter::Level;
use crate::journal::Health;
use crate::model::Model;
use crate::protocol::CallState;
use crate::ui::app::Pace;
use crate::ui::command::{Command, Screen};
use crate::ui::hub;
use crate::ui::past::Past;
use crate::wall::metric;
use crate::when;

/// Draws both lines. Both go on while the display is frozen.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, live: &Scene<'_>) {
    let [top, second] = area.rows().collect::<Vec<_>>()[..] else { return };
    let framed = live.app.config.framed;
    frame.buffer_mut().set_style(top, scene.style(if framed { Role::Frame } else { Role::Header }));
    let mut left = vec![Span::raw(" "), live.span("callboard", Role::Title), Span::raw(" ")];
    left.push(Span::raw(words::cut(live.app.config.title.as_str(), 24)));
    if let Some(role) = live.app.hub.role().filter(|_| live.app.past.is_none()) {
        left.push(Span::raw(" "));
        left.push(live.span(words::cut(&role, 24), Role::Title));
    }
    left.push(Span::raw("  "));
    left.extend(past(live, area.width));
    left.extend(link(live));
    left.extend(journal(live));
    left.extend(audit(live));
    left.extend(on_duty(live, area.width));
    if framed {
        // One colour from edge to edge, and one ink that can be read on it; what is bad stands out by being reversed.
        let bad = live.style(Role::Bad);
        let (ink, loud) = (live.style(Role::Frame), live.style(Role::Frame).add_modifier(Modifier::REVERSED));
        left.iter_mut().for_each(|span| span.style = if span.style == bad { loud } else { ink });
    }
    let clock = words::clock(live.now.wall, false);
    let right = match (&live.app.past, live.app.pace(live.model)) {
        // The time stands in the mark.
        (Some(past), _) => live.span(words::cut(past.news.as_str(), 40), Role::Bad),
        // A clock that stands still is wrong, and one that moves has the whole screen painted.
        (None, Pace::Second) => Span::raw(clock),
        (None, Pace::Minute) => Span::raw(clock.chars().take("00:00".len()).collect::<String>()),
        (None, Pace::Never) => Span::raw(""),
    };
    line_with_right(frame, top, left, vec![right, Span::raw(" ")]);
    let (left, right) = second_line(scene, live, area.width);
    line_with_right(frame, second, left, right);
}

/// Calls by state, then as many of the floor's numbers as there is room for: whole or not at all.
fn second_line<'a>(scene: &Scene<'a>, live: &Scene<'a>, width: u16) -> (Vec<Span<'a>>, Vec<Span<'a>>) {
    let roomy = width >= 100;
    let (mut left, ended) = counts(scene, live, roomy);
    let states = left.len();
    let contexts = which_call(scene).unwrap_or_else(|| contexts(live, width));
    let columns = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
    // Without contexts no call comes in: that is said first. Else they give way to the numbers.
    let none = if live.app.hub.is_attached() {
        // One that is gone is news, too.
        let mut all = live.model.applications();
        all.len() == 0 || all.any(|application| !application.up)
    } else {
        live.model.contexts().is_empty()
    };
    let said = none || which_call(scene).is_some();
    let must = if said { columns(&contexts) + 2 } else { 0 };
    let mut room = usize::from(width).saturating_sub(columns(&left) + must + 1);
    let numbers = [
        numbers(live, &[("asr", "ASR"), ("acd", "ACD"), ("failed", "fail")]),
        numbers(live, &[("amd", "AMD m"), ("amd_unknown", "?")]),
        vec![ended],
    ];
    for (index, spans) in numbers.into_iter().enumerate() {
        let columns = columns(&spans);
        // The second is of no use without the first; how many ended fits in anywhere.
        let before = index != 1 || left.len() > states;
        if before && columns > 0 && columns <= room {
            room -= columns;
            left.extend(spans);
        }
    }
    let fits = must > 0 || room >= columns(&contexts) + 2;
    (left, if fits { contexts } else { Vec::new() })
}

/// Some of the floor's numbers, those beyond a limit marked; nothing while none of them is known.
fn numbers<'a>(scene: &Scene<'a>, wanted: &[(&str, &str)]) -> Vec<Span<'a>> {
    let Some(board) = scene.app.floor() else { return Vec::new() };
    let known =
        |(id, _): &(&str, &str)| metric(id).is_some_and(|metric| metric.value(board, &board.total).is_some());
    if !wanted.iter().any(known) {
        return Vec::new();
    }
    let mut spans = vec![scene.span(" |", Role::Faint)];
    for (id, name) in wanted {
        let Some(metric) = metric(id) else { continue };
        let text = metric.text(board, &board.total);
        let (mark, role) = match metric.level(board, &board.total, None) {
            None => ("", Role::Text),
            Some(Level::Warn) => ("!", Role::AlertWarn),
            Some(Level::Act) => ("!!", Role::AlertAct),
        };
        spans.push(scene.span(format!(" {name} "), Role::Faint));
        spans.push(scene.span(format!("{text}{mark}"), role));
    }
    spans
}

fn line_with_right(frame: &mut Frame<'_>, area: Rect, left: Vec<Span<'_>>, right: Vec<Span<'_>>) {
    let right = Line::from(right);
    let room = usize::from(area.width).saturating_sub(right.width() + 1);
    let mut left_over = room;
    // What does not fit is cut, never left out: the line may be about to say that the link is down.
    let cut = left.into_iter().map(|span| {
        let text = words::cut(&span.content, left_over);
        left_over = left_over.saturating_sub(text.width());
        Span::styled(text, span.style)
    });
    let left: Vec<_> = cut.collect();
    frame.render_widget(Paragraph::new(Line::from(left)), area);
    frame.render_widget(Paragraph::new(right.right_aligned()), area);
}

/// What is shown is the past: when, and how it is moving.
fn past<'a>(scene: &Scene<'a>, width: u16) -> Vec<Span<'a>> {
    let Some(Past { standing, live, span, .. }) = &scene.app.past else { return Vec::new() };
    let word = if *live { "PAST" } else { "REPLAY" };
    let (day, last) = (when::day(standing.wall), when::day(span.1));
    // The day of today goes without saying.
    let day = if *live && day == last { String::new() } else { format!("{day} ") };
    let mark = format!(" {word} {day}{} ", when::clock(standing.wall));
    let state = match standing.way {
        Some(percent) => format!(" on the way {percent} %"),
        None if standing.ended && !standing.paused => " END".to_owned(),
        None if standing.paused => format!(" PAUSED {} %", standing.share),
        None => format!(" {} {} %", standing.speed, standing.share),
    };
    let idle = standing.idle.filter(|idle| standing.way.is_none() && idle.as_secs() >= 10);
    let idle = idle.filter(|_| width >= 100).map(|idle| format!("  next in {}", words::short(idle)));
    vec![
        Span::styled(mark, scene.style(Role::Bad).add_modifier(Modifier::REVERSED)),
        scene.span(state, Role::Title),
        scene.span(idle.unwrap_or_default(), Role::Faint),
        Span::raw("  "),
    ]
}

/// A journal that cannot be written is news of the same weight as a lost link.
fn journal<'a>(scene: &Scene<'a>) -> Option<Span<'a>> {
    let Some(Health::Failing { since, why, lost, .. }) = &scene.app.journal else { return None };
    let lost = if *lost > 0 { format!(", {lost} lost") } else { String::new() };
    let since = words::short(scene.at().since(*since));
    Some(scene.span(format!("  NO JOURNAL {since}{lost}: {}", words::cut(why.as_str(), 60)), Role::Bad))
}

/// So is an audit log.
fn audit<'a>(scene: &Scene<'a>) -> Option<Span<'a>> {
    let audit = scene.app.audit.as_ref()?;
    let (since, why) = audit.failure.as_ref()?;
    let lost = if audit.lost > 0 { format!(", {} lost", audit.lost) } else { String::new() };
    let since = words::short(scene.at().since(*since));
    Some(scene.span(format!("  NO AUDIT {since}{lost}: {}", words::cut(why.as_str(), 60)), Role::Bad))
}

/// Others at the consoles of the hub, where there is room for everything.
fn on_duty<'a>(scene: &Scene<'a>, width: u16) -> Option<Span<'a>> {
    let names = hub::on_duty(scene.app, scene.model);
    let names = (width >= 160 && !names.is_empty()).then(|| words::cut(&names.join(" "), 60))?;
    Some(scene.span(format!("  also on duty: {names}"), Role::Faint))
}

fn link<'a>(scene: &Scene<'a>) -> Vec<Span<'a>> {
    let stats = scene.model.stats();
    let attached = scene.app.hub.is_attached();
    let name = if attached { "hub" } else { "relay" };
    // Some more where there is room for everything.
    let board = scene.app.wall.board().filter(|_| scene.app.size.0 >= 160);
    let number = |id| Some(metric(id)?.text(board?, &board?.total));
    let state = match scene.model.link() {
        // Nothing that is shown of it changes while nothing is painted.
        LinkState::Up { .. } if scene.app.pace(scene.model) == Pace::Never => {
            scene.span(format!("{name} OK"), Role::Good)
        }
        // What passes through the hub matters, not how far away it is.
        LinkState::Up { .. } if attached => {
            let delay =
                scene.app.hub.delay.map(|delay| format!(" {}", words::fine(delay))).unwrap_or_default();
            scene.span(format!("hub OK{delay}"), Role::Good)
        }
        LinkState::Up { .. } => {
            let rtt =
                stats.latest_round_trip().map(|span| format!(" {}", words::short(span))).unwrap_or_default();
            let p95 = number("round_trip_p95").filter(|text| text != "--");
            let p95 = p95.map(|text| format!(" (p95 {text})")).unwrap_or_default();
            scene.span(format!("relay OK{rtt}{p95}"), Role::Good)
        }
        LinkState::Idle => scene.span(format!("{name} off"), Role::Faint),
        LinkState::Opening { attempt } => scene.span(format!("connecting ({attempt})"), Role::Intent),
        LinkState::Authenticating => scene.span("logging in", Role::Intent),
        LinkState::Draining => scene.span("LINK DRAINING", Role::Bad),
        LinkState::Down { retry_at, why, .. } => {
            let left = retry_at.since(scene.at()).as_secs();
            scene.span(
                format!(
                    "LINK DOWN, retry in {left}s ({} now): {}",
                    scene.key(Command::Reconnect),
                    words::cut(why.as_str(), 40)
                ),
                Role::Bad,
            )
        }
        LinkState::Refused { why } if attached => {
            scene.span(format!("HUB REFUSES: {}", words::cut(why.as_str(), 48)), Role::Bad)
        }
        LinkState::Refused { why } => {
            scene.span(format!("CREDENTIALS REFUSED: {}", words::cut(why.as_str(), 48)), Role::Bad)
        }
        LinkState::Closed => scene.span("closed", Role::Faint),
    };
    let (gaps, reconnects) = (stats.lost_sessions, stats.reconnects);
    let mut spans = vec![state, Span::raw("  ")];
    spans.push(Span::raw(format!("{:.0} ev/s", stats.rate(scene.at()))));
    spans.push(Span::raw("  "));
    spans.push(scene.span(format!("gap {gaps}"), if gaps > 0 { Role::Bad } else { Role::Header }));
    if reconnects > 0 {
        spans.push(scene.span(format!("  reconn {reconnects}"), Role::Intent));
    }
    if let Some(duplicates) = number("duplicates") {
        spans.push(Span::raw(format!("  dup {duplicates}")));
    }
    let alerts = scene.app.board.watch.counts();
    if alerts.open() > 0 {
        let role = if alerts.act > 0 { Role::AlertAct } else { Role::AlertWarn };
        let word = if alerts.open() == 1 { "alert" } else { "alerts" };
        spans.push(Span::raw("  "));
        spans.push(scene.span(format!("{} {word}", alerts.open()), role));
    }
    if stats.faults > 0 {
        spans.push(Span::raw("  "));
        spans.push(scene.span(format!("bad frames {}", stats.faults), Role::Bad));
    }
    spans
}

/// Calls by state.
struct Counts {
    created: usize,
    ringing: usize,
    answered: usize,
    ending: usize,
    unknown: usize,
    doubtful: usize,
    dialing: usize,
    ended: usize,
}

fn count(model: &Model) -> Counts {
    let mut counts = Counts {
        created: 0,
        ringing: 0,
        answered: 0,
        ending: 0,
        unknown: 0,
        doubtful: 0,
        dialing: 0,
        ended: 0,
    };
    for call in model.calls() {
        if call.doubt.is_some() {
            // It may be in any state by now.
            counts.doubtful += 1;
            continue;
        }
        match call.state {
            CallState::Created => counts.created += 1,
            CallState::Ringing => counts.ringing += 1,
            CallState::Answered => counts.answered += 1,
            CallState::Ending => counts.ending += 1,
            CallState::Ended => counts.ended += 1,
            CallState::Other(_) => counts.unknown += 1,
        }
    }
    counts.dialing = model.dials().filter(|dial| !dial.is_over() && dial.legs.is_empty()).count();
    counts
}

/// Calls by state; and apart how many ended ones are remembered.
fn counts<'a>(scene: &Scene<'a>, live: &Scene<'a>, roomy: bool) -> (Vec<Span<'a>>, Span<'a>) {
    let counts = count(live.model);
    let mut spans = vec![Span::raw(" ")];
    if scene.app.frozen.is_some() {
        let key = scene.key(Command::Freeze);
        let text = format!("FROZEN {} ({key}) ", words::clock(scene.now.wall, false));
        spans.push(scene.span(text, Role::Bad));
    }
    spans.push(scene.span(format!("live {}", live.model.live()), Role::Title));
    let states = [
        ("cre", counts.created, Role::Created),
        ("ring", counts.ringing, Role::Ringing),
        ("ans", counts.answered, Role::Answered),
        ("end", counts.ending, Role::Ending),
        ("?", counts.unknown, Role::Doubt),
        ("doubt ~", counts.doubtful, Role::Doubt),
        ("dialing", counts.dialing, Role::Intent),
    ];
    for (index, (word, number, role)) in states.into_iter().enumerate() {
        if number > 0 || index < 4 {
            let role = if number > 0 { role } else { Role::Faint };
            let gap = if roomy { "  " } else { " " };
            spans.push(scene.span(format!("{gap}{word} {number}"), role));
        }
    }
    (spans, scene.span(format!(" | ended {}", counts.ended), Role::Faint))
}

/// Which call of the list is shown, on a screen of one call, and the keys to those beside it.
fn which_call<'a>(scene: &Scene<'a>) -> Option<Vec<Span<'a>>> {
    if !matches!(scene.app.screen, Screen::Detail | Screen::Flow) {
        return None;
    }
    let list = &scene.app.list;
    let place = format!("call {} of {}  ", list.index()? + 1, list.rows.ids.len());
    let key = |by| scene.span(scene.key(Command::Sibling(by)), Role::Key);
    let word = |text| scene.span(text, Role::Hint);
    Some(vec![scene.span(place, Role::Title), key(-1), word(" prev  "), key(1), word(" next ")])
}

/// The applications of a hub: their names where there is room, and how many are away.
fn applications<'a>(scene: &Scene<'a>, width: u16) -> Vec<Span<'a>> {
    let (up, gone): (Vec<_>, Vec<_>) = scene.model.applications().partition(|application| application.up);
    let key = scene.key(Command::Applications);
    let key = key.split(' ').next().unwrap_or_default();
    let names = up.iter().map(|application| application.name.to_string()).collect::<Vec<_>>().join(" ");
    let text = match up.len() {
        0 => format!("no applications ({key})"),
        1 => format!("app {}", words::cut(&names, 20)),
        count if width < 100 => format!("{count} apps"),
        _ => format!("apps {}", words::cut(&names, 60)),
    };
    let mut spans = vec![scene.span(text, Role::Faint)];
    if !gone.is_empty() {
        spans.push(scene.span(format!(" {} gone", gone.len()), Role::Bad));
    }
    spans.push(Span::raw(" "));
    spans
}

fn contexts<'a>(scene: &Scene<'a>, width: u16) -> Vec<Span<'a>> {
    if scene.app.hub.is_attached() {
        return applications(scene, width);
    }
    let contexts = scene.model.contexts();
    let names = contexts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let text = match contexts.len() {
        0 => format!("no contexts ({})", scene.key(Command::AddContext)),
        1 => format!("takes {}", words::cut(&names, 20)),
        count if width < 100 => format!("takes {count} contexts"),
        _ => format!("takes {}", words::cut(&names, 60)),
    };
    vec![scene.span(text, Role::Faint), Span::raw(" ")]
}

/// All there is room for on a tiny terminal.
pub(super) fn counts_only(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let counts = count(scene.model);
    let link = if scene.model.link().is_up() { "" } else { " DOWN" };
    let text = format!(
        "{} live{link} r{} a{} ~{}",
        scene.model.live(),
        counts.ringing,
        counts.answered,
        counts.doubtful
    );
    let text = match &scene.app.past {
        Some(past) => format!("PAST {} {text}", when::clock(past.standing.wall)),
        None => text,
    };
    let line = Rect { height: area.height.min(1), ..area };
    if scene.app.config.framed {
        frame.buffer_mut().set_style(line, scene.style(Role::Frame));
        let text = format!("{text} {}", scene.app.config.title);
        return frame.render_widget(Paragraph::new(text), line);
    }
    frame.render_widget(Paragraph::new(text), line);
}
