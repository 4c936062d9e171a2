//! Why: what cannot be taken back asks for a reason, and a key gives one.

use callboard::sim::Script;
use callboard::ui::app::AskReason;

use super::harness::Story;
use super::screens::snapshot;

/// The demo's floor with the cursor on a call that is answered and recorded.
fn on_a_call() -> Story {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter");
    story
}

/// The reasons of all acts, oldest first.
fn reasons(story: &Story) -> Vec<String> {
    story.model().acts().iter().map(|act| act.reason.to_string()).collect()
}

#[test]
fn two_keys_hang_up_for_a_reason_and_every_account_tells_it() {
    let mut story = on_a_call();
    story.press("H").sees("Why?").sees("2 call is stuck").sees("1-5 yes, for that reason");
    story.press("2").sees("hanging up").advance(4.0);
    assert_eq!(story.commands("calling.end"), 1);
    assert_eq!(reasons(&story), ["call is stuck"]);
    story.press("6").sees("ok").sees("call is stuck");
    story.press("E h G").sees("hangup (call is stuck): ok");
}

#[test]
fn two_keys_hang_up_without_one_unless_one_is_required() {
    let mut story = on_a_call();
    story.press("H y").advance(4.0);
    assert_eq!((reasons(&story), story.commands("calling.end")), (vec![String::new()], 1));
    let mut story = on_a_call();
    story.app.config.ask_reason = AskReason::Required;
    story.press("H").sees("Why? (needed)").press("y").sees("a reason is needed").advance(4.0);
    assert_eq!(story.commands("calling.end"), 0);
    story.press("4").advance(4.0);
    assert_eq!((reasons(&story), story.commands("calling.end")), (vec!["abuse".to_owned()], 1));
    let mut story = on_a_call();
    story.app.config.ask_reason = AskReason::Off;
    // A digit is then a key like any other: it does not agree.
    story.press("H").sees_no("Why?").press("2").sees("nothing was done").advance(4.0);
    assert_eq!(story.commands("calling.end"), 0);
}

#[test]
fn any_reason_can_be_typed_and_is_found_again() {
    let mut story = on_a_call();
    story.press("H r").sees("reason:").type_text("line full of noise").press("enter");
    story.sees("reason: line full of noise");
    // Esc leaves the line, not the question.
    story.press("r").type_text("xyz").press("esc").sees("reason: line full of noise").press("y").advance(4.0);
    assert_eq!(reasons(&story), ["line full of noise"]);
    let mut story = on_a_call();
    story.press("H r").type_text("wr").press("tab enter y").advance(4.0);
    assert_eq!(reasons(&story), ["wrong number"], "those that are ready complete what is typed");
    let mut story = on_a_call();
    story.press(":").type_text("hang-up asked by the caller").press("enter");
    story.sees("reason: asked by the caller").press("y").advance(4.0);
    assert_eq!(reasons(&story), ["asked by the caller"]);
    // A number in it is hidden like any other.
    story.press(":").type_text("hang-up").press("enter r").type_text("call +12025550188 instead");
    story.press("enter M").sees_no("5550188");
}

#[test]
fn a_question_that_was_not_agreed_to_keeps_no_reason() {
    let mut story = on_a_call();
    story.press("H tab").sees("reason: caller asked").press("tab backtab tab").sees("reason: call is stuck");
    story.press("n").sees("nothing was done").press("H").sees_no("reason: call").press("y").advance(4.0);
    assert_eq!(reasons(&story), [""]);
}

#[test]
fn stopping_what_others_started_asks_why() {
    let mut story = on_a_call();
    story.press("x").sees("started elsewhere").sees("Why?").press("1").advance(1.0);
    assert_eq!(story.commands("calling.record.stop"), 1);
    assert_eq!(reasons(&story), ["caller asked"]);
}

#[test]
fn what_is_done_to_many_calls_has_one_reason() {
    let script: String = (0..3)
        .map(|n| {
            format!(
                "[[arrival]]\nlabel = \"a{n}\"\nat = [0.{n}]\nfrom = \"+1202555010{n}\"\nto = \"+12025550199\"\n\
                 context = \"support\"\npatience = 900.0\n"
            )
        })
        .collect();
    let mut story = Story::new(Script::parse(&script).unwrap(), &["support"]);
    story.advance(2.0).press("* /").type_text("state:ringing").press("enter H");
    story.sees("Why?  caller asked");
    snapshot("over-hang-up-many", &mut story);
    story.press("tab tab").sees("reason: call is stuck").press("3 enter").advance(6.0);
    assert_eq!(reasons(&story), ["call is stuck"; 3]);
    assert_eq!(story.commands("calling.end"), 3);
    story.press("esc 6").sees("call is stuck");
}
