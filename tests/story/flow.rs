//! Reading a call's life as a ladder.

use callboard::sim::Stage;

use super::harness::Story;
use super::screens::snapshot;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

/// A call that is spoken to, sent digits key by key, and bridged.
fn busy(width: u16, height: u16) -> Story {
    let mut story = Story::floor().sized(width, height);
    story.press("/").type_text("1202").press("enter t ctrl+t 1 enter").advance(1.0);
    for key in ["1", "2", "3"] {
        story.press("d").type_text(key).press("enter").advance(1.0);
    }
    story.press("C ctrl+t 1 enter").advance(8.0).press("3");
    story
}

#[test]
fn the_ladder_at_three_sizes() {
    for (width, height) in SIZES {
        snapshot(&format!("flow-{width}x{height}"), &mut busy(width, height));
    }
}

#[test]
fn the_strip_chart_stands_beside_the_call_where_there_is_room() {
    for (width, height) in [(120, 36), (200, 60)] {
        let mut story = busy(width, height);
        story.press("2").sees("Timeline");
        let call = story.lines_with("call      c");
        assert!(call[0].contains("AAAA"), "{call:?}");
        let digits = story.lines_with("digits  ");
        assert!(digits.iter().any(|line| line.contains("123")), "{}", story.screen());
    }
}

#[test]
fn the_cursor_follows_until_it_is_moved_and_f_follows_again() {
    let mut story = busy(80, 24);
    story.sees("follows");
    story.press("k k").sees("held, f follows");
    let held = story.lines_with("│>");
    story.press("t").type_text("x").press("enter").advance(3.0);
    assert_eq!(story.lines_with("│>")[0][10..], held[0][10..]);
    story.press("f").sees(" follows ");
    assert!(story.lines_with("│>")[0].contains("play finished"), "{}", story.screen());
}

#[test]
fn keys_pressed_one_by_one_fold_into_one_line_and_unfold() {
    let mut story = busy(120, 36);
    let lines = |story: &mut Story| story.lines_with("digits finished").len();
    assert_eq!(lines(&mut story), 1);
    assert!(story.lines_with("digits finished")[0].contains("123"), "{}", story.screen());
    story.press("/").type_text("digits").press("enter").sees("5 more like it are folded");
    story.press("+");
    assert_eq!(lines(&mut story), 3);
    story.sees("send digits 2");
    story.press("j j -");
    assert_eq!(lines(&mut story), 1);
    story.press("k +").sees("nothing is folded into this line");
}

#[test]
fn a_find_goes_round_and_says_how_often() {
    let mut story = busy(80, 24);
    story.press("/").type_text("rings").press("enter");
    let first = story.lines_with("│>/");
    assert!(first[0].contains("rings"), "{first:?}");
    story.sees("rings in 2");
    story.press("n");
    assert_ne!(story.lines_with("│>/"), first);
    story.press("n");
    assert_eq!(story.lines_with("│>/"), first);
    story.press("/").type_text("nothing like it").press("enter").sees("no further match");
}

#[test]
fn two_marked_steps_are_compared_by_path() {
    let mut story = busy(80, 24);
    story.press("D").sees("marks two steps to compare");
    story.press("/").type_text("call ending").press("enter space j space").sees("2 marked");
    story.press("D").sees("differences").sees("~ params.params.call_state  \"ending\" -> \"ended\"");
    story.press("esc space D").sees("differences");
}

#[test]
fn enter_shows_the_whole_frame_and_y_j_copies_it() {
    let mut story = busy(80, 24);
    story.press("g").press("enter").sees("\"calling.call.receive\"").sees("<redacted>");
    story.press("esc").press("y j");
    let copied = story.copied();
    assert!(copied.starts_with("{\"jsonrpc\":\"2.0\""), "{copied}");
    assert!(copied.contains("calling.call.receive") && !copied.contains('\n'), "{copied}");
}

#[test]
fn legs_that_do_not_fit_are_named_and_can_be_scrolled_to() {
    let mut story = busy(80, 24);
    story.sees("2 more uprights, h l").sees("PEER answered").sees_no("CALLER           PEER");
    story.press("h").sees("PEER");
    let heads = story.lines_with("TIME")[0].clone();
    assert!(heads.contains("PEER") && !heads.contains("CONSOLE"), "{heads}");
    story.press("l");
    assert!(story.lines_with("TIME")[0].contains("CONSOLE"));
}

#[test]
fn another_call_is_a_key_away_and_the_times_change_their_format() {
    let mut story = busy(80, 24);
    let shown = |story: &Story| story.app.list.call().cloned();
    story.press("g").sees("calls").press("T");
    assert!(story.lines_with("calls")[0].contains("+0.000"), "{}", story.screen());
    story.press("/").type_text("zzz").press("enter");
    let before = shown(&story);
    story.press("1 esc 3 ]");
    assert_ne!(shown(&story), before);
    story.sees("Flow");
}

#[test]
fn a_gap_of_the_link_is_drawn_across_and_a_call_in_doubt_in_the_chart() {
    let mut story = busy(120, 36);
    story.cut("wire cut");
    story.advance(0.2).sees("link lost: wire cut");
    assert!(story.lines_with("call      c")[0].contains("??"), "{}", story.screen());
    story.advance(30.0);
    story.sees("link lost: wire cut").sees("logged in again");
}

#[test]
fn a_call_with_a_mark_stands_beside_the_next_one_where_there_is_room() {
    let mut story = busy(200, 60);
    story.press("space").sees_no("Beside").press("1 esc 3 [").sees("Beside +1 202 555 0117");
    assert_eq!(story.lines_with("│ *").len(), 1, "{}", story.screen());
    snapshot("flow-two-200x60", &mut story);
    story.press("D").sees("differences").press("esc ]").sees_no("Beside");
    let mut story = busy(120, 36);
    story.press("space ]").sees_no("Beside").sees("1 marked");
}

#[test]
fn the_end_of_a_call_ends_its_ladder() {
    let mut story = busy(120, 36);
    let call = story.app.list.call().cloned().unwrap();
    story.stage(Stage::HangUp(call));
    let uprights = "│             │             │             │             │    ││";
    assert!(!story.lines_with(uprights).is_empty(), "{}", story.screen());
    story.advance(3.0).sees("ended: hangup");
    assert!(story.lines_with(uprights).is_empty(), "{}", story.screen());
}

#[test]
fn hidden_numbers_are_hidden_everywhere_in_it() {
    let mut story = busy(200, 60);
    story.press("M");
    story.sees("+1 xxx xxx xx17").sees_no("202 555 0117").sees_no("4155550191").sees_no("2025550117");
    story.press("E w m").sees("participant").sees_no("202 555 0117").sees_no("14155550191");
}

#[test]
fn in_ascii_no_other_line_is_drawn() {
    let story = busy(120, 36);
    let look = callboard::view::Look {
        theme: callboard::view::Theme::load(None, callboard::view::Depth::True).unwrap(),
        ascii: true,
    };
    let mut story = story.looking(look);
    let strange: String = story.screen().chars().filter(|c| !c.is_ascii()).collect();
    assert_eq!(strange, "");
}

#[test]
fn it_says_whose_ladder_it_is_and_heads_are_whole() {
    for (width, height) in [(80, 24), (120, 36)] {
        let mut story = Story::floor().sized(width, height);
        story.press("/").type_text("1202").press("enter 3");
        let lines = story.screen();
        let lines: Vec<&str> = lines.lines().collect();
        assert!(lines[2].contains("Flow +1 202 555 0117 > +1 800 555 0100  "), "{}", lines[2]);
        assert!(lines[4].contains(" +1 202 555 0117"), "{}", lines[4]);
    }
}
