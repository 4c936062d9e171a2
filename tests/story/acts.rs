//! Acting on calls: dial, bridge, hang up, stop, and what stands in the way.

use callboard::protocol::{CallId, CallState};
use callboard::sim::{Script, Stage};

use super::harness::Story;

/// A quiet box with one inbound call that rings.
fn one_ringing() -> Story {
    let script = Script::parse(
        r#"
        [[arrival]]
        label = "first"
        at = [0.5]
        from = "+12025550123"
        to = "+12025550199"
        context = "support"
        patience = 600.0
        "#,
    );
    Story::new(script.unwrap(), &["support"])
}

fn the_call(story: &Story) -> CallId {
    story.model().calls().next().unwrap().id.clone()
}

#[test]
fn an_inbound_call_is_answered_with_one_key() {
    let mut story = one_ringing();
    story.sees("RNG").press("A").advance(1.0);
    story.sees("ANS");
    assert_eq!(story.commands("calling.answer"), 1);
}

#[test]
fn what_cannot_be_done_says_why_and_sends_nothing() {
    let mut story = one_ringing();
    story.press("t").sees("the call is ringing, not answered");
    story.press("x").sees("no action is selected");
    story.press("A").advance(1.0).press("A").sees("the call is answered");
    assert_eq!(story.commands("calling.play"), 0);
}

#[test]
fn a_hang_up_asks_and_can_be_taken_back() {
    let mut story = one_ringing();
    story.press("A").advance(1.0);
    story.press("H").sees("Hang up +1 202 555 0123").press("n").sees("nothing was done");
    story.press("H y").sees("hanging up").advance(1.0).press("U").sees("taken back");
    story.advance(10.0);
    assert_eq!(story.commands("calling.end"), 0);
    story.press("H y").advance(4.0);
    assert_eq!(story.commands("calling.end"), 1);
    story.sees("hangup");
}

#[test]
fn a_call_that_ends_meanwhile_is_not_hung_up_again() {
    let mut story = one_ringing();
    story.press("A").advance(1.0).press("H y");
    let call = the_call(&story);
    story.stage(Stage::HangUp(call));
    story.advance(4.0).sees("the call has ended; nothing was sent");
    assert_eq!(story.commands("calling.end"), 0);
}

#[test]
fn the_cursor_stays_on_a_call_that_ends_until_it_is_moved() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter esc");
    let before = story.app.list.call().cloned().unwrap();
    let line = story.app.list.index();
    story.stage(Stage::HangUp(before.clone()));
    story.advance(5.0);
    assert_eq!(story.model().call(&before).unwrap().state, CallState::Ended);
    assert_eq!(story.app.list.call(), Some(&before));
    assert_eq!(story.app.list.index(), line);
    story.press("j");
    assert_ne!(story.app.list.call(), Some(&before));
}

#[test]
fn a_dial_has_the_cursor_from_its_first_moment_and_hands_it_to_the_winner() {
    let mut story = Story::new(Script::quiet(), &[]);
    story.press("D ctrl+t 1 enter");
    story.sees("+14155550191");
    story.advance(4.0).sees("ANS").sees("+1 415 555 0191");
    story.press("t").sees("Play text to speech");
    assert_eq!(story.commands("calling.dial"), 1);
}

#[test]
fn a_dial_that_nobody_answers_says_so() {
    let mut story = Story::new(Script::floor().unwrap(), &[]);
    story
        .press("D")
        .type_text("+14155550192")
        .press("enter")
        .sees("+14155550192")
        .sees("from_number is required");
    let mut story = Story::new(Script::floor().unwrap(), &[]);
    story.press("D").type_text("+14155550192 from=+18005550100").press("enter").advance(8.0);
    story.sees("busy");
}

#[test]
fn stopping_what_others_started_asks_first() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter x");
    story.sees("started elsewhere");
    assert_eq!(story.commands("calling.record.stop"), 0);
    story.press("y").advance(1.0);
    assert_eq!(story.commands("calling.record.stop"), 1);
}

#[test]
fn the_same_key_twice_does_not_ask_the_service_twice() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter t ctrl+t 1 enter").advance(1.0);
    story.press("P").press("P");
    assert_eq!(story.commands("calling.play.pause"), 1);
}

#[test]
fn volume_is_asked_in_steps_and_shown_when_accepted() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter t ctrl+t 1 enter").advance(0.5);
    story.press("+ + +").advance(0.3);
    story.press("enter").sees("+3 dB");
    assert_eq!(story.commands("calling.play.volume"), 3);
}

#[test]
fn a_refusal_is_said_wherever_one_looks() {
    let mut story = Story::new(
        Script::parse("[[arrival]]\nlabel='a'\nat=[0.2]\nfrom='+12025550123'\nto='+12025550199'\ncontext='support'\nanswered_after=0.1\n[[fault]]\nmethod='calling.play'\ndo='refuse'\ncode='409'\n")
            .unwrap_or_else(|error| panic!("{error}")),
        &["support"],
    );
    story.advance(1.0).press("t").type_text("hello").press("enter").advance(1.0);
    story.sees("refused: 409").sees("REFUSED");
}

#[test]
fn contexts_are_taken_with_a_warning_and_dropped() {
    let mut story = Story::new(Script::quiet(), &[]);
    story
        .sees("no contexts")
        .press("L a")
        .sees("others that listen lose its calls")
        .type_text("sales")
        .press("enter")
        .advance(0.5);
    story.sees("takes sales").press("L d enter").advance(0.5).sees("no contexts");
}

#[test]
fn the_call_of_an_act_has_the_room_that_its_name_does_not_need() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter t ctrl+t 1 enter").advance(1.0);
    story.press("6").sees("play_tts +12025550117 > +18005550100 ");
}
