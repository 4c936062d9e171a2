//! What is not known after the link was lost: how it looks, how it is asked for, and calls that nobody waits for.

use callboard::sim::{Script, Stage};

use super::harness::Story;

/// Three answered calls; events of a gap are lost, and probes are answered well.
fn answered(more: &str) -> Story {
    let arrival = |n: u8| {
        format!(
            "[[arrival]]\nlabel = \"a{n}\"\nat = [0.{n}]\nfrom = \"+1202555010{n}\"\nto = \"+12025550199\"\ncontext = \"support\"\nanswered_after = 0.1\nparty = \"still\"\n"
        )
    };
    let calls: String = (1..=3).map(arrival).collect();
    let script = format!("[session]\ngap = \"lost\"\n[parties.still]\n{more}{calls}");
    let mut story = Story::new(Script::parse(&script).unwrap(), &["support"]);
    story.advance(2.0);
    story
}

const ACCEPTED: &str = "[calls]\nstray_control = \"accepted\"\n";

fn nth(story: &Story, n: usize) -> callboard::protocol::CallId {
    story.model().calls().nth(n).unwrap().id.clone()
}

#[test]
fn a_gap_is_said_drawn_and_resolved() {
    let mut story = answered(ACCEPTED);
    let first = nth(&story, 0);
    story.cut("reset by peer");
    story.sees("doubt ~ 3").sees("~an?").sees("? 0 s").sees("was answered, in doubt 0 s").sees_no("ANS");
    story.stage(Stage::HangUp(first));
    story.press("4").sees("no link: 3 calls in doubt").press("1");
    story.advance(3.0).sees_no("doubt ~").sees("gone, as the service says");
    assert_eq!(story.lines_with(" ANS").len(), 2, "{}", story.screen());
    story.press("4").sees("1 call gone, 2 live").sees("probed: the call lives");
    assert_eq!(story.commands("calling.play.stop"), 3);
    story.press("6").sees_no("probe");
}

#[test]
fn what_no_probe_can_tell_has_its_age_and_can_be_sorted_and_found() {
    let mut story = answered("");
    story.cut("reset by peer");
    story.advance(29.0).sees("? 29 s").sees("in doubt 29 s").sees(" - in doubt");
    story.press("/").type_text("doubt>20s").press("enter").sees("3 of 3");
    story.press("/ ctrl+u").type_text("-doubt").press("enter").sees("0 of 3").press("esc");
    story.press(":").type_text("sort age").press("enter").sees("sort age");
    story.advance(600.0).sees("? 10 m");
    // Only a word of it ends the doubt.
    let first = nth(&story, 0);
    story.stage(Stage::HangUp(first));
    story.advance(1.0).sees("doubt ~ 2");
}

#[test]
fn the_call_under_the_cursor_is_asked_for_by_a_key() {
    let mut story = answered(ACCEPTED);
    story.press("ctrl+r").sees("asked the service whether the call still exists");
    assert_eq!(story.commands("calling.play.stop"), 1);
    story.press("2").sees("probed: the call lives");
    let mut story = answered(ACCEPTED);
    story.cut("reset by peer");
    story.press("ctrl+r").sees("offline");
}

#[test]
fn actions_in_doubt_pretend_nothing() {
    let mut story = answered(ACCEPTED);
    story.press("g r enter enter").advance(1.0).sees("RECORDING").sees("REC");
    story.cut("reset by peer");
    story.sees("recording?").sees("re?").sees_no("RECORDING");
    // The call is found; of its recording nothing is known.
    story.advance(5.0).sees_no("doubt ~").sees("recording?").sees("? 5 s");
    story.press("2").sees("recording?").press("3").sees("no link 0").sees("logged in again");
}

#[test]
fn the_ladder_and_its_exports_have_the_gap() {
    let mut story = answered(ACCEPTED).sized(120, 36);
    story.cut("wire cut");
    story.press("3").sees("no link since 0");
    story.advance(5.0);
    let line = story.lines_with("no link ")[0].clone();
    assert!(line.contains(" - 0"), "{line}");
    story.press("E w").sees("no link 00:00:0");
    story.press("esc E h").sees("gap of");
}

#[test]
fn an_orphan_rings_and_can_be_hung_up_from_its_alert() {
    let script =
        "[parties.slow]\nanswers = 'human'\nafter = 150.0\n[[number]]\nmatch = '*'\nparty = 'slow'\n";
    let mut story = Story::new(Script::parse(script).unwrap(), &[]);
    story.press("D").type_text("+14155550123 from=+18005550100 timeout=600").press("enter").advance(1.0);
    assert_eq!(story.commands("calling.dial"), 1, "{}", story.screen());
    story.advance(155.0);
    story.sees("orphan").press("/").type_text("orphan").press("enter").sees("1 of 1").press("esc");
    story.press("7").sees("orphan").press("H").sees("Hang up").press("y").advance(5.0);
    assert_eq!(story.commands("calling.end"), 1);
    story.press("1").sees_no("!! orphan");
}

#[test]
fn what_is_cut_off_is_never_shown_as_live_and_is_asked_for_until_it_is_gone() {
    let mut story = answered("[login]\nstale = \"ignore\"\n").sized(100, 30);
    let first = nth(&story, 0);
    story.stage(Stage::Disconnect { restart: true });
    story.advance(10.0).sees("doubt ~ 3").press("4").sees("as a new session").press("1");
    story.advance(60.0).sees("doubt ~ 3").sees_no(" ANS");
    assert!(story.commands("calling.play.stop") >= 3 * 4, "each is asked for every quarter of a minute");
    story.stage(Stage::HangUp(first));
    story.advance(16.0).sees("doubt ~ 2").sees("gone, as the service says");
    story.press("4");
    assert_eq!(
        story.lines_with("proves nothing").len(),
        3,
        "what a probe brings is said once: {}",
        story.screen()
    );
}
