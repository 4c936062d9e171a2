//! Filling in forms: nothing typed is lost, everything wrong is said at once.

use callboard::catalog::{METHODS, When};
use callboard::ui::act::open_form;
use callboard::ui::layer::Layer;

use super::harness::Story;

#[test]
fn all_errors_are_said_and_the_cursor_goes_to_the_first() {
    let mut story = Story::floor();
    story.press("i t").type_text("Your code?").press("enter");
    story.sees("Most digits").sees("1 to mend");
    story.press("tab tab tab").press("enter");
    story.sees("Your code?");
    assert_eq!(story.commands("calling.play_and_collect"), 0);
}

#[test]
fn what_was_sent_last_is_offered_again() {
    let mut story = Story::floor();
    story.press("d").type_text("42#").press("enter").advance(2.0);
    story.press("d").sees_no("42#\u{2502}").press("ctrl+r").sees("42#");
}

#[test]
fn the_params_can_be_read_before_they_are_sent() {
    let mut story = Story::floor();
    story.press("t").type_text("Hello").press("ctrl+g");
    story.sees("\"text\": \"Hello\"").sees("\"play\"");
    story.press("ctrl+g").sees("Hello");
}

#[test]
fn pasted_text_keeps_its_words_and_loses_its_controls() {
    let mut story = Story::floor();
    story.press("d").paste("12\u{1b}34\n");
    story.sees("1234").sees_no("\u{1b}");
}

#[test]
fn a_form_of_a_call_that_ended_sends_nothing_and_keeps_the_text() {
    let mut story = Story::floor();
    story.press("t").type_text("Are you there?");
    let call = story.app.list.call().cloned().unwrap();
    story.stage(callboard::sim::Stage::HangUp(call));
    story.advance(3.0).press("enter").sees("the call has ended").sees("Are you there?");
    assert_eq!(story.commands("calling.play"), 0);
}

/// A call on which a text is spoken, and the form of the next one, with the keys on when it begins.
fn second_text() -> Story {
    let mut story = Story::floor();
    story
        .press("/")
        .type_text("1202")
        .press("enter t")
        .type_text("The first of two texts, which takes about four seconds to be said")
        .press("enter");
    story.advance(0.5).sees("PLAYING");
    story.press("t").type_text("The second").sees("Running").sees("(o) at once").press("shift+tab");
    story
}

#[test]
fn a_text_can_wait_for_the_end_of_another() {
    let mut story = second_text();
    story.press("right enter").sees("waits for the end of tts").advance(0.3);
    assert_eq!(story.commands("calling.play"), 1);
    story.advance(6.0).sees_no("waits for the end");
    assert_eq!(story.commands("calling.play"), 2);
    assert_eq!(story.commands("calling.play.stop"), 0);
}

#[test]
fn a_text_can_stop_another_first() {
    let mut story = second_text();
    story.press("left enter").advance(0.8);
    assert_eq!(story.commands("calling.play.stop"), 1);
    assert_eq!(story.commands("calling.play"), 2);
    story.sees("The second").sees_no("waits for the end");
}

#[test]
fn a_text_that_waits_can_be_taken_back_and_never_outlives_the_link() {
    let mut story = second_text();
    story.press("right enter U").sees("taken back").advance(8.0);
    assert_eq!(story.commands("calling.play"), 1);
    let mut story = second_text();
    story.press("right enter").cut("wire cut");
    story.advance(1.0).sees("not sent").advance(30.0);
    assert_eq!(story.commands("calling.play"), 1);
}

#[test]
fn every_method_has_a_form_that_its_sample_fills_and_the_world_accepts() {
    for method in METHODS {
        let mut story = Story::floor();
        let wanted = if method.when == When::Offered { "ringing inbound" } else { "1202" };
        story.press("/").type_text(wanted).press("enter");
        open_form(&mut story.app, story.desk.model(), method.name);
        let Some(Layer::Form(form)) = story.app.layers.last_mut() else {
            panic!("{} has no form", method.name)
        };
        let sample = callboard::catalog::sample(method);
        let texts: Vec<(String, String)> =
            sample.iter().map(|(name, text)| ((*name).to_string(), (*text).to_string())).collect();
        form.fill_in(texts.iter().map(|(name, text)| (name, text)));
        story.screen();
        story.press("enter");
        // The end of a bridge is asked about, too.
        if matches!(story.app.layers.last(), Some(Layer::Confirm(_))) {
            story.press("y");
        }
        story.advance(5.0);
        assert!(story.app.layers.is_empty(), "{}:\n{}", method.name, story.screen());
        // A hang-up leaves after the time in which it can be taken back.
        assert_eq!(story.commands(method.rpc), 1, "{}", method.name);
    }
}

#[test]
fn templates_open_below_and_whoever_types_on_wants_none() {
    let mut story = Story::floor();
    let top =
        |story: &mut Story| story.screen().lines().position(|line| line.contains("calling.play")).unwrap();
    story.press("t");
    let closed = top(&mut story);
    story.press("ctrl+t").sees("press the digit");
    assert_eq!(top(&mut story), closed);
    story.type_text("Hello").sees_no("press the digit").sees("Hello");
}
