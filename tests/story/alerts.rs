//! Being told: alerts and what is done about them, waits, and the way to what rang.

use callboard::alert::{Rule, Watch, stock};
use callboard::sim::Script;
use callboard::ui::Effect;

use super::harness::Story;

/// Calls that ring on `support`, the first at once and each other ten seconds later, until somebody answers or for so
/// long.
fn ringing(count: u8, patience: f64) -> Story {
    let arrival = |n: u8| {
        format!(
            "[[arrival]]\nlabel = \"a{n}\"\nat = [{}.1]\nfrom = \"+1202555010{n}\"\nto = \"+12025550199\"\ncontext = \"support\"\npatience = {patience:.1}\n",
            u32::from(n) * 10
        )
    };
    let script: String = (0..count).map(arrival).collect();
    let mut story = Story::new(Script::parse(&script).unwrap(), &["support"]);
    story.advance(f64::from(count) * 10.0);
    story
}

fn snapshot(name: &str, story: &mut Story) {
    insta::with_settings!({ filters => vec![(r"\d\d:\d\d:\d\d", "[clock]"), (r"([!zw] +)\d\d:\d\d ", "$1[clk] "), (r"(seen|until) \d\d:\d\d", "$1 [clk]"), (r"(?m)^( callboard .*) \d\d:\d\d$", "$1 [clk]")] }, {
        insta::assert_snapshot!(name, story.screen());
    });
}

/// How often it rang.
fn rings(story: &Story) -> Vec<String> {
    let rings = story.effects.iter().filter_map(|effect| match effect {
        Effect::Notify(text) => Some(text.to_string()),
        _ => None,
    });
    rings.collect()
}

#[test]
fn an_alert_is_raised_gets_worse_and_is_cleared() {
    let mut story = ringing(1, 900.0);
    story.advance(45.0).sees_no("alert");
    story.advance(6.0).sees("1 alert").sees("! ring>60s").sees("goes there");
    assert_eq!(rings(&story), ["ringing > 60s: +1 202 555 0100 > +1 202 555 0199"]);
    story.advance(60.0).sees("!! ring>60s");
    assert_eq!(rings(&story).len(), 2);
    assert!(rings(&story)[1].starts_with("worse: ringing"));
    story.press("A").advance(5.0).sees_no("1 alert").sees_no("! ring>60s");
    story.press("7").sees("Alerts 0").sees(" 01:0").sees("it is over");
}

#[test]
fn absence_is_an_alert_until_it_is_mended() {
    let mut story = ringing(1, 900.0);
    story.press("A").advance(5.0).sees_no("not recorded").advance(10.0).sees("! not rec");
    story.press("r enter enter").advance(3.0).sees("REC").sees_no("! not rec");
}

#[test]
fn what_is_acknowledged_is_quiet_and_what_is_put_off_comes_again() {
    let mut story = ringing(3, 3_000.0);
    story.advance(100.0).sees("3 alerts").press("7").sees("Alerts 3");
    story
        .press("K")
        .sees("Alerts 2")
        .sees("1 acknowledged")
        .sees("seen ")
        .sees("rings again only if it gets worse");
    // The cursor is on the next one.
    story.press("K").sees("Alerts 1").sees("2 acknowledged");
    story.press("Z").sees("Alerts 0").sees("1 put off").sees("until ").sees("Z again for an hour");
    let before = rings(&story).len();
    // The one that was put off gets worse; the others were grave when they were seen.
    story.advance(30.0);
    assert_eq!(rings(&story).len(), before + 1);
    story.sees("Alerts 1").press("Z").advance(595.0).sees("Alerts 0");
    story.advance(6.0).sees("Alerts 1").sees("still so: ringing");
    story
        .press("Z Z")
        .sees("put off for an hour")
        .press("Z")
        .sees("eight hours")
        .press("Z")
        .sees("open again");
}

#[test]
fn the_alert_leads_to_its_call_and_so_does_the_key() {
    let mut story = ringing(2, 900.0);
    story.advance(55.0);
    story.press("7 j enter").sees("+1 202 555 0100 > +1 202 555 0199").sees("RINGING");
    story.press("1 '").sees("RINGING").press("esc").sees("Calls 2");
    let mut quiet = ringing(1, 900.0);
    quiet.press("'").sees("nothing rang yet");
}

#[test]
fn alerts_go_on_while_the_display_is_frozen() {
    let mut story = ringing(1, 900.0);
    story.press("z").advance(60.0).sees("FROZEN").sees("1 alert");
}

#[test]
fn the_list_can_be_filtered_and_sorted_by_alerts() {
    let mut story = ringing(3, 900.0);
    story.advance(45.0).sees("2 alerts");
    story.press("/").type_text("alert").press("enter").sees("2 of 3");
    story.press("/").press("ctrl+u").type_text("-alert").press("enter").sees("1 of 3");
    story.press("esc").press(":").type_text("sort alert").press("enter").sees("sort alert");
    let lines = story.lines_with("RNG");
    assert!(lines[0].contains("! ring>60s") && lines[1].contains("! ring>60s"), "{lines:?}");
    assert!(!lines[2].contains('!'), "{lines:?}");
}

#[test]
fn task_tell_me_when_this_call_is_answered() {
    let mut story = ringing(2, 900.0);
    let before = story.keys;
    story.press("w a");
    assert_eq!(story.keys - before, 2);
    story.sees("rings when +1 202 555 0100 > +1 202 555 0199 is answered");
    story.advance(5.0);
    assert_eq!(rings(&story).len(), 0);
    story.press("A").press("5").advance(3.0);
    assert_eq!(rings(&story), ["+1 202 555 0100 > +1 202 555 0199 is answered"]);
    story.press("'").sees("ANSWERED").sees("+1 202 555 0100");
    story.press("w a").sees("it is answered already");
}

#[test]
fn what_will_not_come_true_is_said() {
    let mut story = ringing(1, 30.0);
    story.press("w a").advance(40.0);
    let said = rings(&story);
    assert!(said[0].contains("the call ended (") && said[0].ends_with("before it was answered"), "{said:?}");
    story.press("w a").sees("nothing more will come");
}

#[test]
fn waits_are_listed_and_given_up() {
    let mut story = ringing(2, 900.0);
    story.press("w w").sees("nothing is waited for; w a waits");
    story.press("w a w e j w r").press("w w").sees("is answered").sees("ends").sees("is recorded");
    story.press("2").sees("no longer waiting: ").sees(" ends");
    story.press("7").sees("2 waited for").sees("wait until").sees("is answered");
    story
        .press("K")
        .sees("no longer waiting")
        .sees("1 waited for")
        .press("Z")
        .sees("is waited for, no alert");
    story.press("K").sees_no("waited for");
}

#[test]
fn waiting_on_every_call_that_is_marked() {
    let mut story = ringing(3, 900.0);
    story.press("space space w e").sees("rings when each of 2 calls ends");
}

#[test]
fn any_filter_can_be_waited_for() {
    let mut story = ringing(1, 900.0);
    story.press("w f").sees("ring when:").type_text("sta").press("tab").type_text("rining");
    story.sees("did you mean `ringing`?").press("enter").sees("ring when:");
    story.press("ctrl+u").type_text("state:ringing").press("enter");
    story.sees("rings at the next call like that; 1 are so already");
    story.press("w f").type_text("link:down").press("enter").sees("rings when the link is so");
    story.press("w f").type_text("live>3").press("enter").sees("rings when the floor is so");
    story.press("w f").type_text("alert").sees("alerts cannot be asked about here").press("esc");
    story.press(":").type_text("wait ctx:sup").press("tab").sees("ctx:support").press("enter");
    story.press("w w").sees("live>3").press("esc");
    assert_eq!(rings(&story).len(), 0);
    story.cut("pulled");
    story.advance(0.5);
    assert_eq!(rings(&story), ["link: link:down"]);
    story.press("'").sees("Events");
}

#[test]
fn a_link_that_is_down_is_an_alert() {
    let mut story = ringing(1, 900.0);
    story.app.board.watch =
        Watch::new(vec![Rule::new("down", "", "-link:up", std::time::Duration::ZERO, true).unwrap()]);
    story.cut("pulled");
    story.advance(1.5);
    assert_eq!(rings(&story), ["down: link"]);
    story.advance(20.0).press("7").sees("link").sees("it is over");
}

#[test]
fn the_hand_over_has_what_stands() {
    let mut story = ringing(2, 900.0);
    story.advance(65.0).press("7 K").press("E h");
    story.sees("nobody has taken care of: ringing > 60s");
    assert!(story.screen().contains("acknowledged") || story.press("G").screen().contains("acknowledged"));
}

#[test]
fn numbers_are_hidden_where_they_are_to_be() {
    let mut story = ringing(1, 900.0);
    story.press("M").advance(60.0).press("7").sees("ringing > 60s").sees_no("555 0100").sees_no("5550100");
    story.press("w f").type_text("state:answered").press("enter").press("esc");
    story.press("1 w a").sees("is answered").sees_no("555 0100");
}

#[test]
fn nothing_to_see_says_what_to_do() {
    let mut story = Story::new(Script::quiet(), &[]);
    snapshot("alerts-none-80x24", story.press("7"));
    story.sees("All is well by 7 rules.").sees("not recorded: warn answered -rec, for 10 s");
    story.app.board.watch = Watch::new(Vec::new());
    story.sees("there is no rule").sees("callboard config");
    assert_eq!(stock::usual().len(), 6);
}

#[test]
fn alerts_at_every_size() {
    for (width, height) in [(80, 24), (120, 36), (200, 60)] {
        let mut story = Story::floor().sized(width, height);
        story.advance(20.0).press("7 K Z 1 w e 7 j");
        snapshot(&format!("alerts-{width}x{height}"), &mut story);
        assert!(
            story
                .screen()
                .lines()
                .all(|line| unicode_width::UnicodeWidthStr::width(line) <= usize::from(width))
        );
    }
    let mut story = Story::floor().sized(120, 36);
    story.advance(20.0).press("tab tab tab j");
    snapshot("alerts-pane-120x36", &mut story);
}

#[test]
fn a_pane_among_others_shows_what_is_so_now_and_counts_the_rest() {
    // Five ring for long, and all but one are over later.
    let mut story = ringing(5, 900.0).sized(120, 36);
    story.advance(100.0).press("7 G 1").sees("Alerts 5").sees("+1 202 555 0100").sees(" 2 more ");
    let rows = story.lines_with("ringing >").len();
    assert!(rows >= 3, "{}", story.screen());
    story.advance(1_000.0).press("7 G 1").sees("Alerts 0").sees_no("the call ended").sees("All is well");
    story.press("7").sees("the call ended (");
    assert!(story.lines_with("the call ended").iter().all(|line| line.contains(')')), "{}", story.screen());
}

#[test]
fn a_pair_of_numbers_is_whole_on_a_small_screen() {
    let mut story = ringing(1, 900.0);
    story.advance(100.0).press("7").sees("+1 202 555 0100 > +1 202 555 0199");
}
