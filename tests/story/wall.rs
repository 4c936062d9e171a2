//! The wallboard: its numbers, its cursor, and the calls behind each number.

use callboard::filter::{Blank, Filter, Sight};
use callboard::sim::Script;
use callboard::ui::Effect;
use callboard::ui::command::Screen;
use callboard::ui::mouse::Deed;
use callboard::ui::wall::{Line, Place};
use callboard::view::{Depth, Look, Theme};
use callboard::wall::{Behind, METRICS, Window, metric};
use pretty_assertions::assert_eq;

use super::harness::Story;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

/// A floor that has been watched for a while.
fn busy(width: u16, height: u16) -> Story {
    let mut story = Story::floor().sized(width, height);
    story.advance(300.0);
    story
}

#[test]
fn task_t9_why_did_calls_fail() {
    for (width, height) in SIZES {
        let mut story = Story::floor().sized(width, height);
        story.advance(10.0);
        let before = story.keys;
        story.press("5").sees("FAILED").press("j l").press("enter");
        story.sees("reason:error|not_found ended<15m").sees(" not_found");
        story.press("enter").sees("ENDED");
        story.press("3").sees("Flow").sees("not_found");
        assert_eq!(story.keys - before, 6);
        assert_eq!(story.app.screen, Screen::Flow);
        // And all the way back.
        story.press("esc esc").sees("reason:error|not_found");
        story.press("esc esc").sees("FAILED");
    }
}

#[test]
fn the_wall_as_it_looks() {
    for (width, height) in SIZES {
        let mut story = busy(width, height);
        story.press("5 j l");
        insta::with_settings!({ filters => vec![
            (r"\d\d:\d\d:\d\d", "[clock]"),
            // The times below the chart are those of the machine's zone.
            (r"(\d\d:\d\d +){4,}", "[times] "),
            (r"at \d\d:\d\d", "at [time]"),
        ] }, {
            insta::assert_snapshot!(format!("wall-{width}x{height}"), story.screen());
        });
    }
}

#[test]
fn it_fits_whatever_the_size() {
    for (width, height) in [(40, 10), (44, 12), (60, 18), (79, 23), (100, 30), (160, 20), (400, 120)] {
        let mut story = busy(width, height);
        story.press("5").sees("LIVE").sees("CONTEXT").sees("collect");
        for key in ["j", "j", "l", "l", "j", "j", "j", "j", "j", "j", "l", "k", "h", "g", "G"] {
            story.press(key).screen();
        }
    }
}

/// The filter behind a number shows as many calls as the number counts: on the whole floor, and in each context.
#[test]
fn as_many_calls_as_the_number_says() {
    let mut story = busy(80, 24);
    let mut checked = 0;
    for window in [Window::Five, Window::Quarter, Window::Hour] {
        story.press("5");
        story.app.wall.window = window;
        story.advance(61.0);
        let (now, model) = (story.now(), story.model());
        let limits = callboard::wall::Limits::default();
        let board = callboard::wall::board(model, now, window, &limits);
        let whole = [(None, &board.total)].into_iter();
        for (context, figures) in whole.chain(board.contexts.iter().map(|(name, own)| (Some(name), own))) {
            for (id, count) in [
                ("live", figures.live),
                ("stale", figures.stale),
                ("ringing", figures.ringing),
                ("answered", figures.answered),
                ("acd", figures.talk.count),
                ("short", figures.short),
                ("failed", figures.failed),
                ("amd", figures.found.human + figures.found.machine),
                ("amd_unknown", figures.found.unknown),
                ("recorded", figures.recording),
                ("not_recorded", figures.talking - figures.recording),
                ("never_recorded", figures.unrecorded),
            ] {
                let behind = metric(id).unwrap().behind(figures, window, context);
                let Behind::Calls(text) = behind else { panic!("{id}: {behind:?}") };
                let filter = Filter::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
                let sight = Sight { now: now.at, board: &Blank, others: None };
                let shown = model.calls().filter(|call| filter.shows(call, &sight)).count();
                assert_eq!(shown, count, "{id} of {context:?}: {text}");
                checked += usize::from(count > 0);
            }
        }
    }
    assert!(checked > 60, "only {checked} numbers were not zero");
}

#[test]
fn enter_on_any_number_shows_what_is_behind_it() {
    let mut story = busy(120, 36);
    // The first context's answered calls.
    story.press("5 j j l l l l");
    assert_eq!(story.app.wall.place, Place::Cell(Line::Context("collect".into()), Some("answered")));
    let board = story.app.wall.board().unwrap().clone();
    let answered = board.contexts[0].1.answered;
    story.press("enter").sees("ctx:\"collect\" state:answered -stale").sees(&format!("Calls {answered} of "));
    // Its name: all its live calls.
    story.press("5 h h h h enter").sees("ctx:\"collect\" state:created|ringing|ans");
    // The longest is one call; commands have a screen of their own.
    story.press("5 g l enter").sees("ANSWERED");
    assert_eq!(story.app.screen, Screen::Detail);
    // The commonest reason.
    story.press("5 G").press(&"k ".repeat(board.total.reasons.len() - 1)).press("enter");
    story.sees("reason:\"hangup\" ended<15m");
    assert_eq!(story.app.list.filter.text(), "reason:\"hangup\" ended<15m");
}

#[test]
fn the_cursor_stays_on_what_it_is_on() {
    let mut story = busy(80, 24);
    story.press("5 j j j l l");
    let place = Place::Cell(Line::Context("internal".into()), Some("ringing"));
    assert_eq!(story.app.wall.place, place);
    story.advance(30.0);
    assert_eq!(story.app.wall.place, place);
    // Up into the tiles and down again; the edges hold.
    story.press("k k k k k k h h h");
    assert_eq!(story.app.wall.place, Place::Tile("live"));
    story.press("l l l l l l l l");
    assert_eq!(story.app.wall.place, Place::Tile("acd"));
    story.press("j");
    assert_eq!(story.app.wall.place, Place::Tile("round_trip"));
}

#[test]
fn the_window_and_what_the_numbers_mean() {
    let mut story = busy(80, 24);
    story.press("5").sees("window 15m");
    story.press("w").sees("window 1h").press("w").sees("window shift").press("w").sees("window 5m");
    story
        .press("j l d")
        .sees("What the numbers mean")
        .sees("Calls that ended in the window with error or not_found");
    story.sees("reason:error|not_found ended<5m").press("esc");
    assert_eq!(story.app.screen, Screen::Wall);
    story.press("d");
    let lines = story.screen();
    assert!(lines.lines().nth(3).unwrap().contains("FAILED"), "{lines}");
    // From the top every metric is there.
    let mut seen = String::new();
    story.press("g");
    for _ in 0..60 {
        seen.push_str(&story.screen());
        story.press("j j j j j");
    }
    for metric in METRICS {
        assert!(seen.contains(&format!("configuration: {}", metric.id)), "{}", metric.id);
    }
}

#[test]
fn what_is_forgotten_is_said() {
    let mut story = busy(80, 24);
    story.press("f5").advance(1.0).press("5");
    let board = story.app.wall.board().unwrap().clone();
    assert!(board.total.forgotten > 0 && board.total.failed > 0);
    story.press("j l enter");
    story.sees(&format!("{} calls in these numbers are forgotten", board.total.forgotten));
}

#[test]
fn numbers_tick_once_a_second_and_stop_when_frozen() {
    let mut story = busy(80, 24);
    story.press("5");
    let at = |story: &Story| story.app.wall.board().unwrap().now.at;
    let first = at(&story);
    story.advance(2.0);
    assert!(at(&story) > first);
    story.press("z").sees("FROZEN");
    let held = at(&story);
    let live = story.app.wall.board().unwrap().total.clone();
    story.advance(40.0);
    assert_eq!((at(&story), &story.app.wall.board().unwrap().total), (held, &live));
    story.press("z").advance(1.0);
    assert!(at(&story) > held);
}

#[test]
fn an_idle_wall_wakes_once_a_second_and_no_more() {
    let mut story = Story::new(Script::default(), &[]);
    story.press("5").advance(1.0);
    let now = story.now();
    let wake = story.app.wake_at(story.model(), now.at).unwrap();
    assert!(wake.since(now.at) <= std::time::Duration::from_secs(1) && wake > now.at);
    story.sees("no contexts").sees("ended by nobody yet");
}

#[test]
fn numbers_that_are_bad_have_a_word_and_a_mark() {
    for depth in [Depth::None, Depth::True] {
        let look = Look { theme: Theme::load(None, depth).unwrap(), ascii: true };
        let mut story = Story::floor().looking(look);
        story.advance(30.0).press("5").sees("!! act").sees("fail ").sees("%!!");
        assert!(story.screen().is_ascii(), "{}", story.screen());
    }
}

#[test]
fn the_mouse_selects_and_opens() {
    let mut story = busy(80, 24);
    story.press("5").screen();
    story.mouse(Deed::Click, 25, 9);
    assert_eq!(story.app.wall.place, Place::Tile("failed"));
    story.screen();
    story.mouse(Deed::Click, 25, 9).sees("reason:error|not_found ended<15m");
}

#[test]
fn the_numbers_can_be_taken_away() {
    let mut story = busy(80, 24);
    story.press("5 w E n").sees("The numbers as");
    story.press("enter").sees("\"answer_delay\"").press("s");
    let saved = story.effects.iter().find_map(|effect| match effect {
        Effect::Save { name, text } => Some((name.clone(), text.clone())),
        _ => None,
    });
    let (name, text) = saved.unwrap();
    assert!(name.starts_with("wall-") && name.ends_with(".csv"), "{name}");
    assert!(text.lines().count() > METRICS.len(), "{text}");
}

#[test]
fn the_header_and_the_cockpit_have_the_numbers() {
    busy(80, 24).sees("| ASR ").sees("fail ").sees_no("AMD m");
    busy(120, 36).sees("| ASR ").sees("| AMD m ");
    busy(200, 60).sees(" ANSWER DELAY ").sees(" By minute, the last hour ").sees(" answered ");
}

#[test]
fn what_is_explained_is_what_the_cursor_is_on() {
    let mut story = busy(120, 36);
    story.press("5 G d").sees("END REASONS").sees("by the reason that");
    story.press("esc g j j").sees("> ");
    // A context's number, with what it is there.
    story.app.wall.place = Place::Cell(Line::Context("collect".into()), Some("asr"));
    let cell = story.lines_with("collect").remove(0);
    let percent =
        cell.split_whitespace().find(|word| word.contains('%')).unwrap().trim_end_matches('!').to_owned();
    let head = story.press("d").lines_with("ASR  collect").remove(0);
    assert!(head.contains(&percent) && head.contains("warn"), "{percent}: {head}");
    story.sees("behind it: ctx:\"collect\" began<");
}

#[test]
fn at_the_largest_size_every_number_has_a_place() {
    let mut story = busy(200, 60);
    story.sees(" (p95 ").sees("  dup 0");
    story.press("5").sees("lag p95 0ms  dup 0");
    for title in
        ["EVENT LAG", "DUPLICATES", "BAD FRAMES", "RUNNING", "NEVER RECORDED", "DIALING", "DIALS FAILED"]
    {
        story.sees(&format!("{title} "));
    }
    story.sees("AMD H/M/?").sees(" most ").sees("█").sees("ALERT");
    // Every row of tiles is a stop.
    story.press("g j j enter").sees("acts>0");
    // Without letters of its own the chart is still one.
    let mut story =
        busy(200, 60).looking(Look { theme: Theme::load(None, Depth::None).unwrap(), ascii: true });
    let screen = story.press("5").screen();
    assert!(screen.contains("# answered  : not answered") && screen.is_ascii(), "{screen}");
}

#[test]
fn the_calls_behind_a_number_are_in_the_order_that_the_title_says() {
    let mut story = busy(120, 36);
    story.press("5 l l l enter").sees("sort age v").sees("-- ended, all that are remembered");
    let ages = |story: &mut Story| {
        let lines = story.lines_with(" end ");
        let ages: Vec<String> = lines
            .iter()
            .filter_map(|line| {
                line.split_whitespace().find(|word| word.len() == 5 && word.as_bytes()[2] == b':')
            })
            .map(str::to_owned)
            .collect();
        assert!(ages.len() > 5, "{lines:?}");
        ages
    };
    let shown = ages(&mut story);
    assert!(shown.is_sorted_by(|a, b| a >= b), "{shown:?}");
}
