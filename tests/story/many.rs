//! Acting on many calls: marks, the preview that names them, pacing, results, taking back.

use callboard::model::Phase;
use callboard::sim::{Script, Stage};

use super::harness::Story;

/// Calls that ring on `support`, the numbers ending in 0, 1, 2 and so on.
fn ringing(count: u8) -> Story {
    let arrival = |n: u8| {
        format!(
            "[[arrival]]\nlabel = \"a{n}\"\nat = [0.{n}]\nfrom = \"+1202555010{n}\"\nto = \"+12025550199\"\ncontext = \"support\"\npatience = 900.0\n"
        )
    };
    let script: String = (0..count).map(arrival).collect();
    let mut story = Story::new(Script::parse(&script).unwrap(), &["support"]);
    story.advance(2.0);
    story
}

fn mark_ringing(story: &mut Story) {
    story.press("* /").type_text("state:ringing").press("enter");
}

#[test]
fn marks_by_key_and_range_go_with_their_calls() {
    let mut story = ringing(5);
    story.press("space space").sees("2 marked").press("j v").sees("4 marked");
    assert_eq!(story.lines_with(" * RNG").len() + story.lines_with(">* RNG").len(), 4);
    story.press("I").sees("1 marked").press("u").sees_no("marked");
}

#[test]
fn a_call_that_ends_keeps_its_mark_and_is_left_out_by_name() {
    let mut story = ringing(3);
    story.press("space space space H");
    story.sees("hang up on 3 calls").sees("+1 202 555 0100").sees("+1 202 555 0102");
    let call = story.model().calls().next().unwrap().id.clone();
    story.stage(Stage::HangUp(call));
    story.advance(1.0).press("3 enter").advance(5.0);
    story.sees("left out").sees("the call has ended").sees("2 of 2 sent, 2 done, 1 left out");
    assert_eq!(story.commands("calling.end"), 2);
}

#[test]
fn the_number_must_be_typed_and_anything_else_sends_nothing() {
    let mut story = ringing(3);
    story.press("space space H").sees("Hang up: 2 calls").sees("type 2 and Enter: [");
    story.press("y enter").sees("type 2, the number of calls").press("3 enter").sees("type 2");
    story.press("esc").sees("nothing was done").advance(5.0);
    assert_eq!(story.commands("calling.end"), 0);
}

#[test]
fn a_wrong_number_need_not_be_taken_back_letter_by_letter() {
    let mut story = ringing(3);
    story.press("space space H 1 7 ctrl+u 3 enter").sees("type 2").press("2 enter").sees("leaves in 3 s");
}

#[test]
fn hang_ups_are_held_and_can_be_taken_back_together() {
    let mut story = ringing(4);
    mark_ringing(&mut story);
    story.press("H 4 enter").sees("leaves in 3 s").press("U").sees("4 taken back").advance(6.0);
    assert_eq!(story.commands("calling.end"), 0);
}

#[test]
fn acts_leave_one_after_another_and_the_rest_can_be_stopped() {
    let mut story = ringing(8);
    mark_ringing(&mut story);
    story.press("H 8 enter").advance(3.1);
    let left = story.commands("calling.end");
    assert!((1..8).contains(&left), "{left} left at once");
    story.press("U").advance(5.0);
    let left = story.commands("calling.end");
    assert!((1..8).contains(&left), "{left}");
    story.sees("taken back");
}

#[test]
fn one_form_serves_all_that_are_marked() {
    let mut story = Story::floor();
    story.press("/").type_text("state:answered ctx:support").press("enter space space t");
    story.sees("2 marked").type_text("Hello").press("enter").sees("on 2 calls").press("2 enter").advance(3.0);
    assert_eq!(story.commands("calling.play"), 2);
    story.sees("2 of 2 sent, 2 done");
}

/// Two answered calls, and something that goes wrong with the first play.
fn two_answered(fault: &str) -> Story {
    let arrival = |n: u8| {
        format!(
            "[[arrival]]\nlabel = \"a{n}\"\nat = [0.{n}]\nfrom = \"+1202555010{n}\"\nto = \"+12025550199\"\ncontext = \"support\"\nanswered_after = 0.1\n"
        )
    };
    let script =
        format!("{}{}[[fault]]\nmethod = 'calling.play'\nnth = 1\n{fault}\n", arrival(1), arrival(2));
    let mut story = Story::new(Script::parse(&script).unwrap(), &["support"]);
    story.advance(2.0);
    story
}

#[test]
fn what_failed_is_asked_again_and_only_that() {
    let mut story = two_answered("do = 'refuse'\ncode = '500'");
    story.press("space space t").type_text("Hello").press("enter 2 enter").advance(2.0);
    story.sees("FAILED").sees("1 failed").press("r").advance(2.0).sees("2 of 2 sent, 2 done");
    assert_eq!(story.commands("calling.play"), 3);
}

#[test]
fn what_nobody_knows_is_never_asked_again() {
    let mut story = two_answered("do = 'silence'");
    story.press("space space t").type_text("Hello").press("enter 2 enter").advance(1.0);
    story.cut("reset by peer");
    story.advance(60.0).press("r").advance(5.0);
    assert_eq!(story.commands("calling.play"), 2, "{}", story.screen());
}

#[test]
fn an_act_belongs_to_its_own_command_whatever_else_is_asked_on_the_call() {
    let mut story = two_answered("do = 'late'\nseconds = 4.0");
    story.press("space space t").type_text("Hello").press("enter 2 enter").advance(1.0);
    story.sees("1 done").press("esc k d").type_text("12").press("enter").advance(1.0);
    story.press(":").type_text("results").press("enter").sees("2 of 2 sent, 1 done");
    story.advance(5.0).sees("2 of 2 sent, 2 done");
}

#[test]
fn a_link_that_goes_meanwhile_keeps_the_rest_from_ever_leaving() {
    let mut story = ringing(6);
    mark_ringing(&mut story);
    story.press("H 6 enter").advance(3.15);
    story.cut("reset by peer");
    let left = story.commands("calling.end");
    story.advance(60.0);
    assert_eq!(story.commands("calling.end"), left);
    story.sees("not sent");
}

#[test]
fn the_last_act_is_repeated_on_another_call() {
    let mut story = Story::floor();
    story.press("/").type_text("state:answered ctx:support").press("enter t ctrl+t 1 enter").advance(1.0);
    story.press("j .").advance(1.0);
    assert_eq!(story.commands("calling.play"), 2);
    story.press("H y").advance(5.0).press("j j").press(".").sees("Hang up");
    assert_eq!(story.commands("calling.end"), 1);
}

#[test]
fn escape_takes_the_marks_away_and_marks_count_only_where_they_are_seen() {
    let mut story = Story::floor();
    story.press("/").type_text("state:answered ctx:support").press("enter space space");
    story.press("2 t").type_text("One").press("enter").advance(2.0);
    assert_eq!(story.commands("calling.play"), 1);
    story.press("1").sees("2 marked").press("esc esc").sees_no("marked");
}

/// Two answered calls and one that rings for some seconds more.
fn two_answered_one_late() -> Story {
    let arrival = |n: u8, after: f64| {
        format!(
            "[[arrival]]\nlabel = \"a{n}\"\nat = [0.{n}]\nfrom = \"+1202555010{n}\"\nto = \"+12025550199\"\ncontext = \"support\"\nanswered_after = {after}\n"
        )
    };
    let script = format!("{}{}{}", arrival(1, 0.1), arrival(2, 0.1), arrival(3, 6.0));
    let mut story = Story::new(Script::parse(&script).unwrap(), &["support"]);
    story.advance(2.0);
    story
}

#[test]
fn what_the_preview_leaves_out_never_leaves_even_if_it_fits_later() {
    let mut story = two_answered_one_late();
    story.press("space space space t").type_text("Hello").press("enter").sees("on 2 calls").sees("left out");
    story.advance(8.0).press("2 enter").advance(3.0).sees("2 of 2 sent, 2 done, 1 left out");
    assert_eq!(story.commands("calling.play"), 2);
}

#[test]
fn an_act_that_no_marked_call_can_take_says_so_for_all_of_them() {
    let mut story = ringing(3);
    mark_ringing(&mut story);
    story.press("t").sees("none of the 3 marked calls can");
}

#[test]
fn a_call_that_fits_the_filter_no_more_stays_under_the_cursor_until_it_moves() {
    let mut story = two_answered_one_late();
    story.press("/").type_text("state:ringing").press("enter").sees("Calls 1 of 3").press("g");
    story.advance(8.0).sees("Calls 0 of 3").sees("no match");
    assert_eq!(story.lines_with("│>").len(), 1);
    story.press("j").sees_no("no match");
    let mut story = two_answered_one_late();
    story
        .press("/")
        .type_text("state:ringing")
        .press("enter g / ctrl+u")
        .type_text("state:answered")
        .press("enter");
    story.sees_no("no match").sees("Calls 2 of 3");
}

#[test]
fn what_was_said_goes_with_the_next_key() {
    let mut story = ringing(3);
    mark_ringing(&mut story);
    story.sees("3 calls marked").press("esc").sees_no("3 calls marked").sees("3 marks taken away");
    story.press("j").sees_no("taken away");
}

#[test]
fn one_mark_is_acted_on_wherever_the_cursor_is() {
    let mut story = Story::floor();
    story.press("/").type_text("state:answered rec:running").press("enter space j r p").advance(1.0);
    let model = story.model();
    let paused =
        |call: &&callboard::model::Call| call.actions.iter().any(|action| action.phase == Phase::Paused);
    let calls: Vec<_> = model.calls().filter(paused).map(|call| call.id.clone()).collect();
    assert_eq!(calls.len(), 1);
    assert!(story.app.board.marks.has(&calls[0]), "the marked call, not that under the cursor");
}

#[test]
fn the_cursor_of_the_acts_stays_on_its_act() {
    let mut story = Story::floor();
    story.press("/").type_text("state:answered rec:running").press("enter t ctrl+t 1 enter").advance(1.0);
    story.press("j t ctrl+t 2 enter").advance(1.0).press("6 j");
    assert!(story.lines_with("│>")[0].contains("We are"), "{}", story.screen());
    story.press("d").type_text("1").press("enter").advance(1.0);
    assert!(story.lines_with("│>")[0].contains("We are"), "{}", story.screen());
}

#[test]
fn nothing_is_marked_by_an_empty_rule_and_nothing_lost_by_a_completion() {
    let mut story = Story::floor();
    story.press("* / enter").sees_no("marked");
    story.press("/").type_text("state:ri age>60s").press("left left left left left left left left tab");
    story.sees("/state:ringing age>60s");
}

#[test]
fn a_control_of_a_call_that_has_ended_is_left_out_by_name() {
    let mut story = two_answered("do = 'late'\nseconds = 0.1");
    story.press("space space r enter").press("enter 2 enter").advance(2.0).press("esc");
    story.press("g space space r x").sees("on 2 calls");
    let call = story.app.board.marks.iter().next().cloned().unwrap();
    story.stage(Stage::HangUp(call));
    story.advance(1.0).press("2 enter").advance(2.0).sees("the call has ended").sees("1 of 1 sent");
    assert_eq!(story.commands("calling.record.stop"), 1);
}
