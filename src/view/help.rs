//! Every key, made from the command table: those that do something here first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::theme::Role;
use super::{Memory, Scene, lay_over, words};
use crate::protocol::Shown;
use crate::ui::availability;
use crate::ui::command::{COMMANDS, Command, Focus, Group, Row};

const LEGEND: [&str; 2] = [
    "WORDS  CRE created  RNG ringing  ANS answered  END ending  REC recorded  PAU paused  A running actions",
    "SIGNS  > cursor  * marked  ! alert  !! alert, act now  ~ not confirmed since the link was lost  small word: asked, not yet so",
];

pub(super) fn draw(
    frame: &mut Frame<'_>,
    body: Rect,
    scene: &Scene<'_>,
    (scroll, find): (usize, &str),
    memory: &mut Memory,
) {
    lay_over(frame, body, scene, memory);
    let moves = scene.keys(&[Command::Move(1), Command::Move(-1)]);
    let (search, close) = (scene.key(Command::Filter), scene.key(Command::Escape));
    let keys = format!(" {moves} scroll, {search} finds, {close} closes ");
    let mut title = vec![scene.span(" Help: keys, those of here first ", Role::Title)];
    if !find.is_empty() {
        title.push(scene.span(format!(" {} ", words::cut(Shown::new(find).as_str(), 20)), Role::Match));
    }
    let inner = scene.pane(frame, body, title, vec![scene.span(keys, Role::Faint)], true);
    let (width, page) = (usize::from(inner.width), usize::from(inner.height));
    let mut lines = if find.is_empty() { table(scene, width, page) } else { found(scene, find, width) };
    lines.push(Line::default());
    for legend in LEGEND {
        lines.extend(
            wrapped(legend, width.saturating_sub(2))
                .map(|text| Line::from(scene.span(format!(" {text}"), Role::Faint))),
        );
    }
    let scroll = memory.scrolled(scroll, lines.len(), page);
    frame.render_widget(Paragraph::new(lines.into_iter().skip(scroll).collect::<Vec<_>>()), inner);
}

/// A key with what it does, or of a pair both keys.
struct Entry {
    row: &'static Row,
    keys: String,
    /// Whether it does something where help was asked for.
    here: bool,
    /// Whether it can be used now.
    can: bool,
}

/// All of a group that have a key, pairs in one.
fn entries(scene: &Scene<'_>, group: Group) -> Vec<Entry> {
    let keymap = &scene.app.config.keymap;
    let focus = scene.app.focus_behind();
    let rows: Vec<&'static Row> =
        COMMANDS.iter().filter(|row| row.group == group && keymap.key(row).is_some()).collect();
    let mut entries = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 && row.pairs_with(rows[index - 1]) {
            continue;
        }
        let other = rows.get(index + 1).filter(|next| next.pairs_with(row));
        // Of a pair the main key of each, else every key there is.
        let shown: Vec<String> = match other {
            Some(other) => [keymap.key(row), keymap.key(other)].into_iter().flatten().collect(),
            None => keymap.keys(row),
        };
        let keys = shown.join(if other.is_some() { " " } else { ", " });
        let past = scene.app.past.is_some() && row.focus.contains(&Focus::Past);
        let here = past || row.focus.iter().any(|at| [focus, Focus::Global].contains(at));
        let can = here && availability::of(scene.app, scene.model, row.command).is_ok();
        entries.push(Entry { row, keys, here, can });
    }
    entries
}

/// A line of the table: a heading, a key with what it does, or nothing.
enum Cell {
    Heading(String),
    Keys(Entry),
    Gap,
}

/// The groups, without what does nothing here, those with keys of this place alone first; then what they have
/// elsewhere.
fn groups(scene: &Scene<'_>) -> Vec<Vec<Cell>> {
    let all = Group::ALL.into_iter().map(|group| {
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            entries(scene, group).into_iter().partition(|entry| entry.here);
        (group, here, elsewhere)
    });
    let cells = |heading: String, entries: Vec<Entry>| {
        let keys = entries.into_iter().map(Cell::Keys);
        std::iter::once(Cell::Heading(heading)).chain(keys).chain([Cell::Gap]).collect::<Vec<_>>()
    };
    let (mut first, mut then) = (Vec::new(), Vec::new());
    let mut all: Vec<_> = all.collect();
    let places = |entry: &Entry| match entry.row.focus {
        [Focus::Global, ..] => usize::MAX,
        focus => focus.len(),
    };
    // Where calls are listed and watched, what can be done with them is what is asked for most.
    let calls = matches!(scene.app.focus_behind(), Focus::List | Focus::Actions | Focus::Feed);
    let wanted = if scene.app.past.is_some() { Some(Group::Past) } else { calls.then_some(Group::Act) };
    all.sort_by_key(|(group, here, _)| (wanted != Some(*group), here.iter().map(places).min()));
    for (group, here, elsewhere) in all {
        if !here.is_empty() {
            first.push(cells(group.title().to_owned(), here));
        }
        if !elsewhere.is_empty() {
            then.push(cells(format!("{}, elsewhere", group.title()), elsewhere));
        }
    }
    first.into_iter().chain(then).collect()
}

/// All groups flowing through as many columns as there is room for, page by page. A group is broken only where it
/// does not fit at all.
fn table<'a>(scene: &Scene<'a>, width: usize, page: usize) -> Vec<Line<'a>> {
    let columns = (width / 38).max(1);
    let groups = groups(scene);
    let total: usize = groups.iter().map(Vec::len).sum();
    // What fits on one page is spread evenly over its columns.
    let lengths = total.div_ceil(columns)..page;
    let length = lengths.into_iter().find(|length| fill(&groups, *length).len() <= columns);
    let length = length.unwrap_or(page.max(2));
    let filled = fill(&groups, length);
    let column = width / columns;
    let line = |cells: &[Vec<&Cell>], index: usize| {
        let spans = cells.iter().flat_map(|cells| match cells.get(index) {
            Some(Cell::Heading(title)) => {
                vec![scene.span(format!(" {:<1$}", words::cut(title, column - 2), column - 1), Role::Title)]
            }
            Some(Cell::Keys(entry)) => {
                let room = column.saturating_sub(KEYS + 2);
                let title = words::cut(entry.row.title, room.saturating_sub(1));
                let (key, text) =
                    if entry.can { (Role::Key, Role::Text) } else { (Role::Faint, Role::Faint) };
                vec![
                    scene.span(format!("  {}", words::fit(&words::cut(&entry.keys, KEYS - 1), KEYS)), key),
                    scene.span(format!("{title:<room$}"), text),
                ]
            }
            Some(Cell::Gap) | None => vec![scene.span(" ".repeat(column), Role::Text)],
        });
        Line::from_iter(spans)
    };
    let pages = filled.chunks(columns);
    pages.flat_map(|cells| (0..length).map(|index| line(cells, index)).collect::<Vec<_>>()).collect()
}

/// Cells for the keys, the gap behind them counted.
const KEYS: usize = 16;

/// Everything that has a word in it, with what it does in a sentence.
fn found<'a>(scene: &Scene<'a>, find: &str, width: usize) -> Vec<Line<'a>> {
    let needle = find.to_lowercase();
    let has = |entry: &Entry| {
        let texts = [entry.keys.as_str(), entry.row.title, entry.row.name, entry.row.help];
        texts.iter().any(|text| text.to_lowercase().contains(&needle))
    };
    let mut all: Vec<Entry> =
        Group::ALL.into_iter().flat_map(|group| entries(scene, group)).filter(has).collect();
    all.sort_by_key(|entry| !entry.here);
    if all.is_empty() {
        return vec![Line::from(scene.span("  No key has this in its help.", Role::Faint))];
    }
    let line = |entry: Entry| {
        let (key, text) = if entry.can { (Role::Key, Role::Text) } else { (Role::Faint, Role::Faint) };
        Line::from(vec![
            scene.span(format!("  {}", words::fit(&words::cut(&entry.keys, KEYS - 1), KEYS)), key),
            scene.span(words::cut(entry.row.help, width.saturating_sub(KEYS + 3)), text),
        ])
    };
    all.into_iter().map(line).collect()
}

/// The groups in columns of at most this length.
fn fill(groups: &[Vec<Cell>], length: usize) -> Vec<Vec<&Cell>> {
    let mut columns: Vec<Vec<&Cell>> = vec![Vec::new()];
    for group in groups {
        // The gap at the end of a column needs no room.
        let fits = |column: &Vec<&Cell>| column.len() + group.len() - 1 <= length;
        // A heading does not stand alone at the foot.
        let starts = |column: &Vec<&Cell>| column.len() + 2 <= length;
        let column = columns.last();
        if !column.is_some_and(fits) && (group.len() <= length + 1 || !column.is_some_and(starts)) {
            columns.push(Vec::new());
        }
        for cell in group {
            if columns.last().is_some_and(|column| column.len() >= length) {
                if matches!(cell, Cell::Gap) {
                    continue;
                }
                columns.push(Vec::new());
            }
            if let Some(column) = columns.last_mut() {
                column.push(cell);
            }
        }
    }
    columns
}

fn wrapped(text: &'static str, width: usize) -> impl Iterator<Item = String> {
    let mut lines = vec![String::new()];
    for word in text.split("  ") {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].chars().count() + word.chars().count() + 2 > width {
            lines.push(format!("       {word}"));
        } else {
            let gap = if lines[last].is_empty() { "" } else { "  " };
            lines[last].push_str(&format!("{gap}{word}"));
        }
    }
    lines.into_iter()
}
