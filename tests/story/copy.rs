//! Taking things away: the copy menu, exports, the hand-over.

use callboard::ui::Effect;

use super::harness::Story;

/// What was saved last: its name and text.
fn saved(story: &Story) -> (String, String) {
    let saved = story.effects.iter().rev().find_map(|effect| match effect {
        Effect::Save { name, text } => Some((name.clone(), text.clone())),
        _ => None,
    });
    saved.expect("nothing was saved")
}

fn on_a_call() -> Story {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter");
    story
}

#[test]
fn the_hand_over_says_what_was_done_and_what_is_open() {
    let mut story = on_a_call();
    story.press("t ctrl+t 1 enter").advance(1.0).press("m").type_text("wants a refund").press("enter");
    let before = story.keys;
    story.press("E h");
    story.sees("Hand-over of demo").sees("Look at first");
    story.press("y");
    assert_eq!(story.keys - before, 3);
    let note = story.copied();
    for part in [
        "play tts \"We are sorry for the delay",
        "wants a refund",
        "Still running, started here",
        "Still live, touched here\n  +1 202 555 0117 > +1 800 555 0100, answered",
        "gaps 0",
        "Alerts",
    ] {
        assert!(note.contains(part), "{part:?} is not in\n{note}");
    }
    story.press("s");
    let (name, text) = saved(&story);
    assert!(name.starts_with("hand-over-2026") && name.ends_with(".txt"), "{name}");
    assert_eq!(text, note);
}

#[test]
fn the_copy_menu_copies_what_it_says() {
    let mut story = on_a_call();
    let id = story.app.list.call().unwrap().to_string();
    for (keys, text) in [("y i", id.as_str()), ("y f", "+12025550117"), ("y t", "+18005550100")] {
        story.press(keys);
        assert_eq!(story.copied(), text, "{keys}");
    }
    story.press("y l");
    assert!(
        story.copied().starts_with("answered +1 202 555 0117 > +1 800 555 0100 support "),
        "{}",
        story.copied()
    );
    story.press("y n").sees("there is no note on this call");
    story.press("m").type_text("one").press("enter m").type_text("two").press("enter y n");
    assert!(story.copied().ends_with(" two") && story.copied().contains(" one\n"), "{}", story.copied());
}

#[test]
fn the_address_of_a_recording_is_copied_once_there_is_one() {
    let mut story = Story::floor();
    story.press("D ctrl+t 1 enter").advance(8.0);
    story.press("y u").sees("no recording of this call has an address yet");
    story.press("r enter enter").advance(2.0).press("y u");
    assert!(story.copied().starts_with("https://"), "{}", story.copied());
}

#[test]
fn the_line_and_the_frame_are_those_of_the_pane_that_has_the_keys() {
    let mut story = on_a_call();
    story.press("t ctrl+t 1 enter").advance(1.0);
    story.press("2 tab j y l");
    assert!(story.copied().contains("cmd calling.play 200"), "{}", story.copied());
    story.press("y j");
    assert!(story.copied().starts_with("{\"method\":\"calling.play\""), "{}", story.copied());
    story.press("6 y l");
    assert!(story.copied().contains("play tts \"We are sorry"), "{}", story.copied());
    assert!(story.copied().ends_with(": ok"), "{}", story.copied());
    story.press("y j");
    assert!(story.copied().contains("\"outcome\""), "{}", story.copied());
}

#[test]
fn exports_are_shown_before_they_are_copied_or_saved() {
    let mut story = on_a_call();
    for (keys, ending, begin, part) in [
        ("E l c", "csv", "\"call_id\",\"state\"", "\"+12025550117\""),
        ("E l j", "ndjson", "{\"call_id\":", "\"from\":\"+12025550117\""),
        ("E c t", "txt", "Call +1 202 555 0117", "event "),
        ("E w m", "mmd", "sequenceDiagram\n", "participant L0 as CALLER +1 202 555 0117"),
        ("E w t", "txt", "Call flow: +1 202 555 0117 > +1 ", "|---------- calls"),
        ("E w d", "md", "## Call flow", "| --- |"),
    ] {
        story.press(keys).press("y");
        let text = story.copied();
        assert!(text.starts_with(begin) && text.contains(part), "{keys}: {text}");
        story.press("s");
        let (name, same) = saved(&story);
        assert!(name.ends_with(&format!(".{ending}")), "{keys}: {name}");
        assert_eq!(same, text);
        story.press("esc");
    }
    story.press("E a").sees("The acts as").press("esc");
}

#[test]
fn the_list_is_exported_as_it_is_filtered_and_sorted() {
    let mut story = Story::floor();
    story.press("/").type_text("ctx:renewal").press("enter E l j y");
    let text = story.copied();
    assert_eq!(text.lines().count(), story.app.list.rows.ids.len());
    assert!(text.lines().all(|line| line.contains("\"context\":\"renewal\"")), "{text}");
}

#[test]
fn a_typed_export_is_saved_at_once_and_wrong_formats_are_named() {
    let mut story = on_a_call();
    story.press(":").type_text("export-list csv").press("enter");
    assert!(saved(&story).0.starts_with("calls-2026"));
    story.press(":").type_text("export-flow mermaid").press("enter");
    assert!(saved(&story).1.starts_with("sequenceDiagram"));
    story.press(":").type_text("export-list mermaid").press("enter").sees("there are csv, ndjson, txt, md");
    story.press(":").type_text("hand-over markdown").press("enter");
    assert!(saved(&story).1.starts_with("# Hand-over of demo"));
}

#[test]
fn only_formats_that_something_can_be_written_in_are_offered() {
    let mut story = Story::floor();
    story.press(":").type_text("hand-over ").sees("to read and to send").sees_no("csv").sees_no("mmd");
    story.press("esc").press(":").type_text("export-flow ").sees("mmd").sees("csv");
}

/// A hub's application is there: the console is attached.
fn attach(story: &mut Story) {
    use callboard::client::{AppId, Application, ClientEvent};
    let application = Application {
        id: AppId(1),
        name: "ivr".into(),
        agent: "sdk".into(),
        dialect: callboard::protocol::Dialect::Current,
        contexts: Vec::new(),
        up: true,
        restored: false,
        missed: 0,
        session: String::new(),
    };
    let event = ClientEvent::Application(std::sync::Arc::new(application));
    let now = story.now();
    story.desk.take(&callboard::model::Occurrence::Reported(event), now);
}

#[test]
fn an_act_is_copied_as_a_line_for_a_shell() {
    let mut story = on_a_call();
    story.press("t").type_text("it's fine").press("ctrl+y").sees("callboard act works on a hub");
    attach(&mut story);
    let id = story.app.list.call().unwrap().to_string();
    story.press("ctrl+y");
    assert_eq!(story.copied(), format!(r"callboard act play-tts --call {id} --text 'it'\''s fine'"));
    story.press("enter").advance(0.2).press("2 y c");
    assert_eq!(story.copied(), format!(r"callboard act play-tts --call {id} --text 'it'\''s fine'"));
}
