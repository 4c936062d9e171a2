//! A supervisor's day (console.md 3), typed with exactly the keys given there.

use super::harness::Story;

#[test]
fn task_t1_find_a_call_and_see_that_it_is_recorded() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter");
    assert_eq!(story.keys - 4, 2);
    let lines = story.lines_with("+1 202 555 0117");
    assert!(lines[0].contains("ANS") && lines[0].contains("REC"), "{lines:?}");
    story.sees("1 of ");
}

#[test]
fn task_t2_speak_a_template_and_stop_it_half_way() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter");
    let before = story.keys;
    story.press("t ctrl+t 1 enter").advance(2.0);
    story.sees("tts \"We are sorry").sees("PLAYING");
    story.press("x");
    assert_eq!(story.keys - before, 5);
    story.advance(1.0).sees_no("PLAYING").sees("DONE");
    assert_eq!((story.commands("calling.play"), story.commands("calling.play.stop")), (1, 1));
}

#[test]
fn task_t5_send_digits_through_an_ivr() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter");
    let before = story.keys;
    story.press("d").type_text("1234#").press("enter");
    assert_eq!(story.keys - before - 5, 2);
    story.advance(3.0).sees("1234#").sees("DONE");
}

#[test]
fn task_t7_pause_a_recording_and_resume_it() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter");
    story.press("r p").advance(0.5);
    story.sees("PAU");
    story.press("r p").advance(0.5);
    story.sees("REC").sees_no("PAU");
    assert_eq!((story.commands("calling.record.pause"), story.commands("calling.record.resume")), (1, 1));
}
