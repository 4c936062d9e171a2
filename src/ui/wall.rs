//! The wallboard: which numbers are shown, where the cursor is among them, and what is behind each.

use super::app::App;
use super::command::Screen;
use super::layer::{Layer, Text};
use super::perform;
use crate::filter::Filter;
use crate::model::{Model, Tone};
use crate::protocol::Shown;
use crate::time::Now;
use crate::wall::{self, Behind, Board, Figures, Limits, METRICS, Window, metric};

/// The state of the wallboard.
#[derive(Debug, Clone, Default)]
pub struct Wall {
    /// How far the numbers look back.
    pub window: Window,
    /// What the cursor is on.
    pub place: Place,
    /// The column of tiles that the cursor comes back to.
    column: usize,
    /// The numbers, and the second and window that they are of.
    board: Option<(Box<Board>, (u64, Window))>,
}

/// With so many calls or less, live and gone, the numbers cost next to nothing.
const SMALL: usize = 1_000;

/// Something on the wall that the cursor can be on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The tile of a metric.
    Tile(&'static str),
    /// A number of a context, or of all of them: the metric of its column, none for the name of the context.
    Cell(Line, Option<&'static str>),
    /// A reason why calls ended.
    Reason(Shown),
}

/// A line of the table by context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// This context; the empty name is that of calls without one.
    Context(Shown),
    /// All together.
    Total,
}

impl Default for Place {
    fn default() -> Self {
        Self::Tile(TILES[0][0])
    }
}

/// Metrics with a tile, in rows. A narrow screen shows the first of each, a low one no third.
const TILES: [[&str; 8]; 3] = [
    ["live", "longest", "asr", "acd", "oldest_ringing", "recorded", "cps", "events"],
    ["answer_delay", "failed", "amd", "round_trip", "attempts", "short", "pdd", "acts"],
    [
        "actions",
        "never_recorded",
        "dialing",
        "dials_failed",
        "event_lag",
        "duplicates",
        "faults",
        "reconnects",
    ],
];

/// The rows of tiles that a screen of this size shows.
pub fn tiles((width, height): (u16, u16)) -> impl Iterator<Item = &'static [&'static str]> {
    let columns = usize::from(width / 20).clamp(2, TILES[0].len());
    let rows = if width >= 160 && height >= 50 { 3 } else { 2 };
    TILES[..rows].iter().map(move |row| &row[..columns])
}

/// The row that the tile of a metric is in.
fn tile_row(id: &str) -> usize {
    TILES.iter().position(|row| row.contains(&id)).unwrap_or(0)
}

/// A column of the table by context: its metric, its heading, and its width.
pub type Column = (&'static str, &'static str, usize);

const NARROW: [Column; 9] = [
    ("live", "LIVE", 6),
    ("ringing", "RING", 6),
    ("answered", "ANS", 6),
    ("asr", "ASR", 6),
    ("acd", "ACD", 7),
    ("failed", "FAIL", 7),
    ("amd", "AMD-M", 7),
    ("longest", "LONGEST", 9),
    ("not_recorded", "NOREC", 7),
];

/// The heading of the column that says of whom there were how many percent: humans, machines, neither.
pub const AMD_SHARES: &str = "AMD H/M/?";

const WIDE: [Column; 13] = [
    ("live", "LIVE", 6),
    ("created", "CRE", 6),
    ("ringing", "RING", 6),
    ("answered", "ANS", 6),
    ("ending", "END", 6),
    ("attempts", "ATT", 7),
    ("asr", "ASR", 7),
    ("acd", "ACD", 8),
    ("answer_delay", "ANSWER", 9),
    ("failed", "FAIL", 8),
    ("amd", AMD_SHARES, 11),
    ("longest", "LONGEST", 10),
    ("not_recorded", "NOREC", 8),
];

/// Columns of the table by context on a screen of this width.
#[must_use]
pub fn columns(width: u16) -> &'static [Column] {
    match width {
        0..44 => &NARROW[..4],
        44..74 => &NARROW[..5],
        74..112 => &NARROW,
        _ => &WIDE,
    }
}

impl Wall {
    /// A wall that looks back so far, the cursor on its first tile.
    #[must_use]
    pub fn new(window: Window) -> Self {
        Self { window, ..Self::default() }
    }

    /// The numbers, at most a second old.
    #[must_use]
    pub fn board(&self) -> Option<&Board> {
        self.board.as_ref().map(|(board, _)| &**board)
    }

    /// Computes the numbers anew: of a small floor whenever anything may have changed, of a large one once a second.
    pub(super) fn refresh(&mut self, model: &Model, now: Now, limits: &Limits) {
        let of = (now.at.as_micros() / 1_000_000, self.window);
        let small = model.calls().len() + model.history().gone().len() < SMALL;
        if small || self.board.as_ref().is_none_or(|(_, known)| *known != of) {
            self.board = Some((Box::new(wall::board(model, now, self.window, limits)), of));
        }
    }
}

/// Everything that a cursor that moves up and down can stop at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Tiles(usize),
    Line(usize),
    Reason(usize),
}

fn stops(board: &Board, size: (u16, u16)) -> Vec<Stop> {
    let lines = (0..=board.contexts.len()).map(Stop::Line);
    let reasons = (0..board.total.reasons.len()).map(Stop::Reason);
    (0..tiles(size).count()).map(Stop::Tiles).chain(lines).chain(reasons).collect()
}

/// The lines of the table by context, with their numbers.
pub fn lines(board: &Board) -> impl Iterator<Item = (Line, &Figures)> {
    let contexts = board.contexts.iter().map(|(name, figures)| (Line::Context(name.clone()), figures));
    contexts.chain([(Line::Total, &board.total)])
}

fn stop_of(place: &Place, board: &Board) -> Stop {
    match place {
        Place::Tile(id) => Stop::Tiles(tile_row(id)),
        Place::Cell(line, _) => {
            Stop::Line(lines(board).position(|(known, _)| known == *line).unwrap_or(board.contexts.len()))
        }
        Place::Reason(word) => {
            let known = board.total.reasons.iter().position(|(known, _)| known == word);
            known.map_or(Stop::Line(board.contexts.len()), Stop::Reason)
        }
    }
}

/// Moves the cursor up or down.
pub(super) fn step(app: &mut App, by: i32) {
    let (wall, size) = (&app.wall, app.size);
    let Some(board) = wall.board() else { return };
    let stops = stops(board, size);
    let at = stop_of(&wall.place, board);
    let at = stops.iter().position(|stop| *stop == at).unwrap_or(0);
    let column = match &wall.place {
        Place::Cell(_, column) => *column,
        Place::Tile(_) | Place::Reason(_) => None,
    };
    let place = match stops[perform::moved(at, by, stops.len())] {
        Stop::Tiles(row) => {
            let tiles = tiles(size).nth(row).unwrap_or(&TILES[0]);
            Place::Tile(tiles[wall.column.min(tiles.len() - 1)])
        }
        Stop::Line(place) => {
            Place::Cell(lines(board).nth(place).map_or(Line::Total, |(line, _)| line), column)
        }
        Stop::Reason(place) => Place::Reason(board.total.reasons[place].0.clone()),
    };
    app.wall.place = place;
}

/// Moves the cursor left or right.
pub(super) fn across(app: &mut App, by: i32) {
    let size = app.size;
    let wall = &mut app.wall;
    match &mut wall.place {
        Place::Tile(id) => {
            let row = tiles(size).nth(tile_row(id)).unwrap_or(&TILES[0]);
            let at = row.iter().position(|tile| tile == id).unwrap_or(row.len() - 1);
            wall.column = perform::moved(at, by, row.len());
            *id = row[wall.column];
        }
        Place::Cell(_, column) => {
            let columns = columns(size.0);
            let at = columns.iter().position(|(id, ..)| Some(*id) == *column).map_or(0, |place| place + 1);
            let next = perform::moved(at, by, columns.len() + 1);
            *column = next.checked_sub(1).map(|place| columns[place].0);
        }
        Place::Reason(_) => step(app, by),
    }
}

/// Everything that the cursor can be on, in the order in which it is drawn; the mouse names it by its place here.
pub fn places(board: &Board, size: (u16, u16)) -> impl Iterator<Item = Place> {
    let tiles = tiles(size).flatten().map(|id| Place::Tile(id));
    let cells = lines(board).flat_map(move |(line, _)| {
        let columns = columns(size.0).iter().map(|(id, ..)| Some(*id));
        std::iter::once(None).chain(columns).map(move |column| Place::Cell(line.clone(), column))
    });
    let reasons = board.total.reasons.iter().map(|(word, _)| Place::Reason(word.clone()));
    tiles.chain(cells).chain(reasons)
}

/// Puts the cursor on one of [`places`]; once more opens it.
pub(super) fn put(app: &mut App, place: usize, model: &Model, now: Now) {
    let Some(board) = app.wall.board() else { return };
    let Some(place) = places(board, app.size).nth(place) else { return };
    if app.wall.place == place {
        return open(app, model, now);
    }
    app.wall.place = place;
}

/// The next window.
pub(super) fn next_window(app: &mut App) {
    app.wall.window = app.wall.window.next();
}

/// The numbers of the line that a place is on, and its context; all together where it is on none.
fn of_place<'a>(place: &'a Place, board: &'a Board) -> (&'a Figures, Option<&'a Shown>) {
    let Place::Cell(line, _) = place else { return (&board.total, None) };
    let figures = lines(board).find(|(known, _)| known == line).map_or(&board.total, |(_, own)| own);
    (figures, if let Line::Context(name) = line { Some(name) } else { None })
}

/// What is behind the number under the cursor, and what that number is called.
fn behind(wall: &Wall, board: &Board) -> (Behind, String) {
    let of_metric = |id: &str, figures: &Figures, context: Option<&Shown>| {
        let Some(metric) = metric(id) else { return (Behind::Nothing, String::new()) };
        let place = context.map(|name| format!(" of {}", named(name))).unwrap_or_default();
        (metric.behind(figures, wall.window, context), format!("{}{place}", metric.title))
    };
    match &wall.place {
        Place::Tile(id) => of_metric(id, &board.total, None),
        Place::Cell(_, column) => {
            let (figures, context) = of_place(&wall.place, board);
            of_metric(column.unwrap_or("live"), figures, context)
        }
        Place::Reason(word) => {
            let of = if word.as_str().is_empty() {
                "-reason:*".to_owned()
            } else {
                format!("reason:{}", quoted(word))
            };
            let filter = format!("{of} ended<{}", wall.window.filter_word());
            (Behind::Calls(filter), format!("ended by {}", reason(word)))
        }
    }
}

fn quoted(word: &Shown) -> String {
    format!("\"{}\"", word.as_str().replace('"', "?"))
}

/// A context's name for people.
#[must_use]
pub fn named(context: &Shown) -> &str {
    if context.as_str().is_empty() { "(none)" } else { context.as_str() }
}

/// An end reason for people.
#[must_use]
pub fn reason(word: &Shown) -> &str {
    if word.as_str().is_empty() { "no reason" } else { word.as_str() }
}

/// Shows what is behind the number under the cursor.
pub(super) fn open(app: &mut App, model: &Model, now: Now) {
    let Some(board) = app.wall.board() else { return };
    let (what, name) = behind(&app.wall, board);
    let forgotten = board.total.forgotten;
    match what {
        Behind::Calls(filter) => {
            let looks_back = ["ended<", "began<"].iter().any(|word| filter.contains(word));
            match Filter::parse(&filter) {
                Ok(filter) => app.list.filter = filter,
                Err(error) => {
                    return app.say(&Shown::new(&format!("{filter}: {}", error.what)), Tone::Bad, now);
                }
            }
            app.list.leave_view();
            app.list.view = name.to_lowercase();
            perform::go(app, Screen::Calls);
            app.refresh(model, now);
            app.list.put(0);
            app.moved_to(None);
            if looks_back && forgotten > 0 {
                let text = format!("{forgotten} calls in these numbers are forgotten: no list can show them");
                app.say(&Shown::new(&text), Tone::Bad, now);
            }
        }
        Behind::Call(call) => perform::go_to_call(app, &call.call),
        Behind::Acts => perform::go(app, Screen::Acts),
        Behind::Events => perform::go(app, Screen::Events),
        Behind::Nothing => app.say(&Shown::new(&format!("there is nothing behind {name}")), Tone::Plain, now),
    }
}

/// Says what every number means, beginning with the one under the cursor; of a context's number what it is there.
pub(super) fn define(app: &mut App) {
    let Some(board) = app.wall.board() else { return };
    let place = &app.wall.place;
    let (figures, context) = of_place(place, board);
    let under = match place {
        Place::Tile(id) => Some(*id),
        Place::Cell(_, column) => Some(column.unwrap_or("live")),
        Place::Reason(_) => None,
    };
    let (mut text, mut scroll) = (String::new(), 0);
    for metric in METRICS {
        if Some(metric.id) == under {
            scroll = text.lines().count();
        }
        let whose = context.filter(|_| metric.has_contexts());
        let figures = if whose.is_some() { figures } else { &board.total };
        let name = whose.map(|name| format!("  {}", named(name))).unwrap_or_default();
        let head = [
            format!("{}{name}", metric.title),
            metric.text(board, figures),
            metric.detail(board, figures),
            metric.limits(board, whose),
        ];
        text.push_str(&head.join("  "));
        text.push('\n');
        for line in wrapped(metric.definition, 70) {
            text.push_str(&format!("  {line}\n"));
        }
        if let Behind::Calls(filter) = metric.behind(figures, app.wall.window, whose) {
            text.push_str(&format!("  behind it: {filter}\n"));
        }
        text.push_str(&format!("  in rules and configuration: {}\n\n", metric.id));
    }
    if matches!(place, Place::Reason(_)) {
        scroll = text.lines().count();
    }
    text.push_str("END REASONS\n");
    for line in wrapped(wall::REASONS, 70) {
        text.push_str(&format!("  {line}\n"));
    }
    for (word, count) in &board.total.reasons {
        text.push_str(&format!("  {count:>6}  {}\n", reason(word)));
    }
    let title = format!("What the numbers mean, window {}", app.wall.window.word());
    let text = Text::new(Shown::new(&title), &text, "metrics.txt");
    app.layers.push(Layer::Text(Text { scroll, ..text }));
}

/// A definition in lines of at most this many letters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
