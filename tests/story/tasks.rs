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

#[test]
fn task_t4_hang_up_everything_that_rings_too_long() {
    let mut story = Story::floor();
    let before = story.keys;
    story.press("* 1 H 5 enter");
    assert_eq!(story.keys - before, 5);
    story.sees("leaves in").advance(5.0).sees("5 of 5 sent, 5 done");
    assert_eq!(story.commands("calling.end"), 5);
}

#[test]
fn task_t6_check_answering_machine_detection_over_twenty_calls() {
    let mut story = Story::floor();
    story.advance(30.0);
    let before = story.keys;
    story.press("V 2");
    assert_eq!(story.keys - before, 2);
    story.sees("VERDICT").sees("DELAY").sees("NEXT STEP").sees("human").sees("machine");
    assert!(story.app.list.rows.ids.len() >= 20, "{}", story.screen());
    // A person says hello for a second, and a second of silence follows: no verdict is sooner.
    assert!(story.lines_with(" human ").iter().all(|line| !line.contains("ms ")), "{}", story.screen());
}

#[test]
fn task_t8_connect_the_caller_to_on_call() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter");
    let before = story.keys;
    story.press("C ctrl+t 1 enter");
    assert_eq!(story.keys - before, 4);
    story.advance(1.5).sees("CONNECTING").sees("+14155550191");
    story.advance(6.0).sees("CONNECTED");
    assert_eq!(story.commands("calling.connect"), 1);
}

#[test]
fn task_t10_hand_over() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter t ctrl+t 1 enter").advance(1.0);
    story.press("m").type_text("waits for a refund").press("enter");
    let before = story.keys;
    story.press("E h");
    story.sees("Hand-over of demo").sees("Look at first").sees("ringing > 60s");
    story.press("y");
    assert_eq!(story.keys - before, 3);
    assert!(
        matches!(&story.effects[..], [.., callboard::ui::Effect::Copy { text, .. }] if text.contains("refund") && text.contains("We are sorry"))
    );
}
