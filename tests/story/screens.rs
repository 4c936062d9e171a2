//! What the screens look like, at every size and in every theme; and that no key can break them.

use callboard::sim::Script;
use callboard::view::{Depth, Look, Theme};

use super::harness::Story;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

pub fn snapshot(name: &str, story: &mut Story) {
    // The clock shows the zone of the machine; everything else comes from the seed.
    insta::with_settings!({ filters => vec![(r"\d\d:\d\d:\d\d", "[clock]")] }, {
        insta::assert_snapshot!(name, story.screen());
    });
}

#[test]
fn the_list_of_calls() {
    for (width, height) in SIZES {
        snapshot(&format!("calls-{width}x{height}"), &mut Story::floor().sized(width, height));
    }
}

#[test]
fn a_call_with_everything_on_it() {
    for (width, height) in SIZES {
        let mut story = Story::floor().sized(width, height);
        story.press("/").type_text("1202").press("enter t ctrl+t 1 enter").advance(2.0);
        story.press("d").type_text("12#").press("enter").advance(1.0).press("2");
        snapshot(&format!("detail-{width}x{height}"), &mut story);
    }
}

#[test]
fn the_events_of_all_calls() {
    for (width, height) in SIZES {
        let mut story = Story::floor().sized(width, height);
        snapshot(&format!("events-{width}x{height}"), story.press("4"));
    }
}

#[test]
fn forms_and_questions() {
    for (name, keys) in [
        ("tts", "t ctrl+t"),
        ("prompt", "i t"),
        ("record", "r enter ctrl+e"),
        ("connect", "C ctrl+t 1 ctrl+g"),
        ("hang-up", "H"),
        ("acts", "a"),
        ("keys-after-e", "e"),
        ("help", "?"),
    ] {
        let mut story = Story::floor();
        snapshot(&format!("over-{name}"), story.press(keys));
    }
}

#[test]
fn a_raw_frame_without_its_secrets() {
    let mut story = Story::floor();
    story.press("tab tab enter");
    story.sees("\"event_type\"").sees("<redacted>").sees_no("project-1").sees_no("PT-canary");
}

#[test]
fn small_terminals_show_what_matters_most() {
    snapshot("calls-60x18", &mut Story::floor().sized(60, 18));
    snapshot("calls-36x8", &mut Story::floor().sized(36, 8));
}

#[test]
fn an_empty_board_says_what_to_do() {
    let mut story = Story::new(callboard::sim::Script::quiet(), &[]);
    story.sees("No calls.").sees("dials a new call");
}

#[test]
fn a_lost_link_is_said_and_every_call_is_in_doubt() {
    let mut story = Story::floor();
    story.cut("reset by peer");
    story
        .sees("LINK DOWN")
        .sees("reset by peer")
        .sees("doubt ~ 41")
        .sees("in doubt 0 s")
        .press("t")
        .sees("offline");
    story.advance(2.0);
    story.sees("relay OK").sees("gap 0  reconn 1");
}

#[test]
fn a_frozen_display_stands_still_while_everything_goes_on() {
    let mut story = Story::floor();
    story.press("z");
    let before = story.lines_with("ANS");
    story.advance(60.0).sees("FROZEN");
    assert_eq!(story.lines_with("ANS"), before);
    story.press("z").sees_no("FROZEN");
    assert_ne!(story.lines_with("ANS"), before);
}

#[test]
fn counters_go_on_while_the_display_stands_still() {
    let mut story = Story::floor().sized(120, 36);
    story.press("z").advance(1.0).sees("ASR");
    let line = |story: &mut Story| story.screen().lines().nth(1).unwrap().to_owned();
    let before = line(&mut story);
    story.advance(60.0);
    assert_ne!(line(&mut story), before);
    let live = format!("live {}", story.model().live());
    story.sees(&live);
}

#[test]
fn texts_name_the_keys_as_they_are() {
    use callboard::ui::keymap::{Keymap, Override};
    let mut story = Story::new(callboard::sim::Script::quiet(), &[]);
    let other = |command: &str, key: &str| Override { command: command.into(), keys: vec![key.into()] };
    story.app.config.keymap = Keymap::with(&[
        other("help", "f8"),
        other("dial", "f6"),
        other("escape", "f9"),
        other("move-down", "S"),
    ])
    .unwrap();
    story.sees("F6 dials a new call").press("B").sees("B does nothing here; F8 shows what does");
    story.press("f8").sees("S k scroll, / finds, F9 closes").press("f9").sees("No calls.");
}

#[test]
fn ascii_and_no_colour_keep_every_mark() {
    let look = Look { theme: Theme::load(None, Depth::None).unwrap(), ascii: true };
    let mut story = Story::floor().looking(look);
    let screen = story.screen();
    assert!(screen.contains("+-") && !screen.contains('│') && !screen.contains('…'), "{screen}");
    story.sees("ANS").sees("REC").sees("> ");
}

#[test]
fn a_held_feed_stands_still() {
    let mut story = Story::floor();
    story.press("4").advance(20.0).press("j j").sees("held, f follows");
    let rows = |story: &mut Story| story.screen().lines().skip(3).map(str::to_owned).collect::<Vec<_>>();
    let before = rows(&mut story);
    story.advance(20.0);
    assert_eq!(rows(&mut story)[..18], before[..18]);
    assert_ne!(rows(story.press("f"))[..18], before[..18]);
}

#[test]
fn on_an_empty_board_nothing_moves() {
    let mut story = Story::new(Script::parse("").unwrap(), &["support"]);
    let before = story.advance(0.5).sees("relay OK").screen();
    story.advance(300.0);
    assert!(story.model().stats().latest_round_trip().is_some(), "the service answered our pings");
    assert_eq!(story.screen(), before);
    // With something to show, how long its answers take is shown, too.
    let header = Story::floor().advance(60.0).screen();
    let (_, link) = header.split_once("relay OK ").unwrap();
    assert!(link.starts_with(|first: char| first.is_ascii_digit()), "{link:.20}");
}
