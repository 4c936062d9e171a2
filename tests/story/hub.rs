//! A console at a hub: whose calls they are, who else looks at them, and what the person may do.

use callboard::catalog::ActionKind;
use callboard::client::{AppId, By, Person};
use callboard::hub::{Right, Role};
use callboard::protocol::CallId;
use callboard::sim::Script;
use callboard::ui::Effect;
use callboard::ui::hub::Hub;
use std::sync::Arc;

use crate::harness::{APPS, Story};
use crate::screens::snapshot;

/// The call under the cursor, at a hub, after a key was pressed.
fn on_a_call(role: Role) -> (Story, CallId) {
    let mut story = Story::at_hub(role).sized(120, 36);
    story.press("g").advance(0.5);
    let call = story.app.list.call().cloned().unwrap();
    (story, call)
}

fn person(name: &str) -> By {
    By::Person(Arc::new(Person { name: name.into(), ..Person::default() }))
}

fn looks(story: &Story) -> Vec<Option<CallId>> {
    let looks = story.effects.iter().filter_map(|effect| match effect {
        Effect::Look(call) => Some(call.clone()),
        _ => None,
    });
    looks.collect()
}

/// The screen is told apart from those of other tests by its name.
fn at_three_sizes(name: &str, story: &mut Story) {
    for (width, height) in [(80, 24), (120, 36), (200, 60)] {
        story.resize(width, height);
        snapshot(&format!("{name}-{width}x{height}"), story);
    }
}

#[test]
fn the_list_says_whose_calls_they_are_and_who_looks() {
    let (mut story, call) = on_a_call(Role::Act);
    story.started(By::Application(AppId(1)), &call, ActionKind::Record, "app-record");
    story.started(person("raj"), &call, ActionKind::Tap, "raj-tap");
    let second = story.app.list.calls().nth(1).cloned().unwrap();
    story.others(&[
        ("raj", Some(&call), &[(call.clone(), 40)]),
        ("mei", Some(&call), &[]),
        ("tom", Some(&second), &[]),
    ]);
    story.sees("OWNER").sees("EYES").sees("raj* mei").sees("hub OK 0.4ms").sees("ACT ana");
    at_three_sizes("hub-calls", &mut story);
    story.press("2");
    at_three_sizes("hub-detail", &mut story);
    story.sees("watched by raj mei").sees("claimed by raj 00:4").sees("owner app:").sees("path hub");
    story.sees("also on duty: raj mei(watch) tom");
}

#[test]
fn on_a_small_screen_the_list_keeps_what_it_had() {
    let mut story = Story::at_hub(Role::Act);
    story.press("g").sees_no("EYES").sees("ALERT");
    // Who wants them there has them, and whoever takes them away is not given them again.
    story.press("c").sees("who looks at it").press("esc").resize(120, 36).sees("EYES");
    story.press("c").sees("eyes");
    for _ in 0..2 {
        story.press("g j j j j j j j j space");
    }
    story.press("enter").sees_no("EYES").sees_no("OWNER").press("g").sees_no("OWNER");
}

#[test]
fn calls_are_found_and_sorted_by_their_owner_and_by_who_cares_for_them() {
    let (mut story, call) = on_a_call(Role::Act);
    story.others(&[("raj", None, &[(call.clone(), 3)])]);
    let all = story.app.list.calls().count();
    let found = |story: &mut Story, filter: &str| {
        story.press("esc /").type_text(filter).press("enter");
        story.app.list.calls().count()
    };
    let (ivr, dial) = (found(&mut story, "owner:ivr"), found(&mut story, "owner:dial"));
    assert!(ivr > 0 && dial > 0 && ivr + dial == all, "{ivr} and {dial} of {all}");
    assert_eq!((found(&mut story, "claimed:raj"), found(&mut story, "claimed:mei")), (1, 0));
    story.others(&[("raj", Some(&call), &[])]);
    assert_eq!((found(&mut story, "eyes:raj"), found(&mut story, "eyes:mei")), (1, 0));
    story.press("esc :").type_text("sort owner").press("enter");
    let live = story.app.list.rows.upper;
    let owners: Vec<_> = story
        .app
        .list
        .calls()
        .take(live)
        .map(|id| story.model().owner(id).map(ToString::to_string))
        .collect();
    assert!(owners.is_sorted() && owners[0].as_deref() == Some("dial"), "{owners:?}");
}

#[test]
fn who_did_what_has_a_name_everywhere() {
    let (mut story, call) = on_a_call(Role::Admin);
    story.started(By::Application(AppId(1)), &call, ActionKind::Record, "app-record");
    story.started(person("raj"), &call, ActionKind::Tap, "raj-tap");
    story.press("2").sees("app:ivr").sees("raj").press("x").sees("(started by raj)").press("n");
    story
        .press("3")
        .sees("raj: tap")
        .sees_no("dial is here")
        .press("6")
        .sees("from all consoles")
        .sees("raj");
    story.press("E a t").sees("raj").press("esc 1 E c c").sees("app:ivr");
    story.press("esc").resize(200, 60).press("1").sees("app:ivr").sees("raj");
}

#[test]
fn a_claimed_call_warns_and_forbids_nothing() {
    let (mut story, call) = on_a_call(Role::Admin);
    story.others(&[("raj", Some(&call), &[(call.clone(), 40)])]);
    story.press("t").sees("raj claimed this call 00:40 ago").press("esc");
    story.press("H").sees("raj claimed this call 00:40 ago").press("y").sees("hanging up").press("U");
    // The claim goes to whoever claims last.
    story.press("W").sees("the call claimed");
    assert_eq!(
        story.effects.iter().filter(|effect| **effect == Effect::Claim(call.clone(), true)).count(),
        1
    );
    story.others(&[("raj", Some(&call), &[])]).press("t").sees_no("claimed this call").press("esc W");
    story.sees("the call let go");
    assert!(story.effects.contains(&Effect::Claim(call, false)));
    let mut alone = Story::floor();
    alone.press("g W").sees("there is no hub");
}

#[test]
fn the_others_are_told_of_the_call_on_which_the_cursor_rests() {
    let mut story = Story::at_hub(Role::Act);
    story.advance(2.0);
    assert_eq!(looks(&story), [], "nobody has chosen a call");
    story.press("j j k").advance(0.2);
    assert_eq!(looks(&story), [], "whoever passes by looks at nothing");
    story.advance(0.4).advance(3.0);
    let here = story.app.list.call().cloned();
    assert_eq!(looks(&story), std::slice::from_ref(&here));
    story.press("5").advance(1.0);
    assert_eq!(looks(&story), [here.clone(), None], "on the wall it is no call");
    // Another attach knows of nothing.
    story.press("1").advance(1.0).attach(Role::Act, Role::Act.rights(), None).advance(1.0);
    assert_eq!(looks(&story)[2..], [here.clone(), here]);
    let mut alone = Story::floor();
    alone.press("j").advance(2.0);
    assert_eq!(looks(&alone), []);
}

#[test]
fn what_the_person_may_not_do_is_not_available_and_says_why() {
    let (mut story, _) = on_a_call(Role::Watch);
    let hangup = "needs the right `hangup`, which role watch does not have";
    story.press("H").sees(hangup).press(":").type_text("hang-up").press("enter").sees(hangup);
    story.press("t").sees("needs the right `play`").press("D").sees("needs the right `dial`");
    story.press("W").sees("needs the right `claim`").press("r p").sees("needs the right").press("X");
    story.sees("needs the right `stop_o").press("a").sees("needs the right").press("esc");
    story.press("ctrl+p").type_text("hang up").sees("needs the right `hangup`").press("esc");
    // A note is allowed.
    story.press("m").type_text("seen").press("enter").sees("noted");
    assert_eq!(story.model().acts().iter().count(), 0);
    // Another attach may bring other rights.
    story.attach(Role::Watch, Role::Watch.rights().with(Right::Hangup), None);
    story.press("H").sees("Why? (needed)").press("esc");
}

#[test]
fn a_console_that_only_looks_on_says_so() {
    let mut story = Story::floor().sized(120, 36);
    story.app.hub = Hub::new(true);
    story.attach(Role::Act, Role::Watch.rights(), None).press("g").sees("WATCH ana");
    for key in ["H", "t", "x", "X", "A", "D", "W", "r p", "C", "P", "d"] {
        story.press(key).sees("this console only looks on (--watch)").press("esc");
    }
    snapshot("hub-watch-120x36", &mut story);
}

#[test]
fn the_hub_is_given_the_reasons_that_it_needs() {
    let (mut story, call) = on_a_call(Role::Act);
    story.press("H").sees("Why? (needed)").press("y").sees("a reason is needed").press("2").advance(4.0);
    assert_eq!(story.commands("calling.end"), 1);
    let of_ivr = |id: &&CallId| story.model().call(id).unwrap().owner == Some(AppId(1)) && **id != call;
    let next = story.app.list.calls().find(of_ivr).cloned().unwrap();
    story.started(By::Application(AppId(1)), &next, ActionKind::Record, "app-record");
    story.press(":").type_text("filter owner:ivr run:record").press("enter g").press("r p");
    story.sees("Pause on").sees("(started by app:ivr)").sees("Why? (needed)").press("1").advance(0.5);
    assert!(story.commands("calling.record.pause") > 0);
    let reasons: Vec<_> = story.model().acts().iter().map(|act| act.reason.to_string()).collect();
    assert_eq!(reasons[..2], ["call is stuck", "caller asked"]);
    // Whoever runs the hub is not asked.
    let (mut story, _) = on_a_call(Role::Admin);
    story.press("H").sees_no("(needed)").press("y").advance(4.0);
    assert_eq!(story.commands("calling.end"), 1);
}

#[test]
fn a_limit_is_said_before_anything_is_asked() {
    let (mut story, _) = on_a_call(Role::Act);
    story.attach(Role::Act, Role::Act.rights(), Some(2));
    story.press("* /").type_text("owner:ivr|dial").press("enter H");
    story.sees("are more than your limit of 2").sees("nothing was sent");
    story.attach(Role::Act, Role::Act.rights().without(Right::Bulk), None);
    story.press("H").sees("needs the right `bulk`, which was taken from you");
    assert_eq!(story.model().acts().iter().count(), 0);
}

#[test]
fn a_dial_says_over_which_application_it_goes() {
    let (mut story, call) = on_a_call(Role::Act);
    let owner = story.model().owner(&call).unwrap().to_string();
    story.press("D").sees(&format!("app:{owner}")).type_text("+12025550199 from=+18005550100").press("enter");
    story.advance(3.0);
    assert_eq!(story.commands("calling.dial"), 1, "{}", story.screen());
    // Nothing says over which of two, and over one there is no question.
    let mut story = Story::at_hub(Role::Act);
    story.app.list.put_on(None);
    story
        .press("/")
        .type_text("from:nobody")
        .press("enter D")
        .sees("select a call of the one that is to dial");
    story.application(APPS[0].0, "ivr", false);
    story.press("D").sees("app:dial");
}

#[test]
fn the_applications_are_shown_in_place_of_contexts() {
    let mut story = Story::at_hub(Role::Act).sized(120, 36);
    story.advance(65.0).application(APPS[1].0, "dial", false);
    story.sees("app ivr 1 gone").press("L").sees("Applications of the hub").sees("ivr").sees("gone 00:00:0");
    snapshot("hub-applications-120x36", &mut story);
    story.press("esc :").type_text("add-context").press("enter").sees("contexts belong to the applications");
    let mut alone = Story::floor();
    alone.press("L").sees("take a context");
}

#[test]
fn why_there_is_no_hub_can_be_read_to_its_end() {
    let mut story = Story::new(Script::parse("").unwrap(), &[]);
    story.app.hub = Hub::new(false);
    story.cut(
        "/run/user/1000/callboard/hub.sock: No such file; no hub runs here: start one with `callboard hub`",
    );
    story.sees("/run/user/1000/callboard/hub.sock").sees("one with `callboard hub`; reconnecting");
}
