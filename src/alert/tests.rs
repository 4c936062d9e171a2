//! Tests of rules and waits, in invented time.

use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::filter::staged::Staged;
use crate::filter::{Blank, Filter};

/// A floor and a watch that looks at it every second.
struct Shift {
    floor: Staged,
    watch: Watch,
}

impl Shift {
    fn new(rules: &[(&str, &str, &str, u64)]) -> Self {
        let rule = |(name, warn, act, hold): &(&str, &str, &str, u64)| {
            Rule::new(name, warn, act, Duration::from_secs(*hold), true).unwrap()
        };
        Self { floor: Staged::new(), watch: Watch::new(rules.iter().map(rule).collect()) }
    }

    /// Lets so many seconds pass; gives what was new, and whether it rang.
    fn pass(&mut self, seconds: u64) -> Vec<String> {
        let mut all = Vec::new();
        for _ in 0..seconds {
            self.floor.wait(1.0);
            all.extend(self.look());
        }
        all
    }

    fn look(&mut self) -> Vec<String> {
        let now = self.floor.now();
        let news = self.watch.look(&self.floor.model, &Blank, None, now);
        let said = news.iter().map(|news| {
            let level = news.level.map_or("", Level::word);
            let bell = if news.rings { "" } else { " quietly" };
            format!("{:?} {level} {}{bell}", news.event, news.text).replace("  ", " ")
        });
        said.collect()
    }

    fn state(&mut self, call: &str, state: &str) -> &mut Self {
        self.floor.state(call, state, &json!({}));
        self
    }

    fn ends(&mut self, call: &str, reason: &str) -> &mut Self {
        self.floor.state(call, "ended", &json!({"end_reason":reason}));
        self
    }

    fn only(&self) -> &Alert {
        let list = self.watch.list();
        assert_eq!(list.len(), 1, "{list:?}");
        list[0]
    }

    fn wait(&mut self, call: &str, goal: Goal) -> Result<u64, Shown> {
        let now = self.floor.now();
        let call = self.floor.model.call(&call.into()).unwrap();
        self.watch.wait_for_call(call, goal, &Blank, now)
    }
}

const WHO: &str = "+1 202 555 0117 > +1 800 555 0100";
const RINGING: (&str, &str, &str, u64) = ("ringing > 60s", "ringing>60s", "ringing>120s", 0);

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn two_levels_then_the_end() {
    let mut shift = Shift::new(&[RINGING]);
    shift.state("a", "ringing");
    assert_eq!(shift.pass(60), none());
    assert_eq!(shift.pass(1), [format!("Raised warn ringing > 60s: {WHO}")]);
    assert_eq!(shift.pass(59), none());
    assert_eq!(shift.pass(1), [format!("Worse act ringing > 60s: {WHO}")]);
    assert_eq!(shift.watch.counts(), Counts { act: 1, ..Counts::default() });
    assert_eq!(shift.watch.of(&"a".into()).unwrap().level, Level::Act);
    shift.state("a", "answered");
    assert_eq!(shift.pass(1), [format!("Cleared act ringing > 60s: {WHO} quietly")]);
    assert_eq!(shift.watch.counts(), Counts::default());
    assert!(shift.watch.of(&"a".into()).is_none());
    // It stays to be read for a while, with how long it lasted.
    let lasted = shift.only().lasted(shift.floor.at());
    assert_eq!(lasted, Duration::from_secs(61));
    shift.pass(899);
    assert_eq!(shift.watch.list().len(), 1);
    shift.pass(2);
    assert_eq!(shift.watch.list().len(), 0);
}

#[test]
fn absence_is_said_only_when_it_lasts() {
    let mut shift = Shift::new(&[("not recorded", "answered -rec", "", 10)]);
    shift.state("a", "answered").state("b", "answered");
    assert_eq!(shift.pass(9), none());
    shift.floor.action("b", "r", "record", &json!({"state":"recording"}));
    assert_eq!(shift.pass(1), none());
    assert_eq!(shift.pass(1), [format!("Raised warn not recorded: {WHO}")]);
    assert_eq!(shift.only().since.at, shift.floor.at().back(Duration::from_secs(10)));
    // A pause that ends in time, and a flicker, start anew.
    shift.floor.action("b", "r", "record", &json!({"state":"finished"}));
    assert_eq!(shift.pass(9), none());
    shift.floor.action("b", "r2", "record", &json!({"state":"recording"}));
    shift.pass(1);
    shift.floor.action("b", "r2", "record", &json!({"state":"finished"}));
    assert_eq!(shift.pass(9), none());
    assert_eq!(shift.pass(3).len(), 1);
}

#[test]
fn the_end_of_a_call_clears_what_was_said_of_it() {
    let mut shift = Shift::new(&[RINGING]);
    shift.state("a", "ringing").pass(61);
    shift.ends("a", "noAnswer");
    assert_eq!(shift.pass(1), [format!("Cleared warn ringing > 60s: {WHO} quietly")]);
    let Standing::Cleared { why, .. } = &shift.only().standing else { panic!() };
    assert_eq!(why.as_str(), "the call ended (noAnswer)");
}

#[test]
fn rules_may_be_about_calls_that_ended() {
    let mut shift = Shift::new(&[("failed", "", "reason:error ended<1m", 0), ("long", "age>5s", "", 0)]);
    shift.state("a", "answered").ends("a", "error");
    assert_eq!(shift.pass(1), [format!("Raised act failed: {WHO}")]);
    assert_eq!(shift.pass(59), [format!("Cleared act failed: {WHO} quietly")]);
}

#[test]
fn acknowledged_is_seen_until_it_gets_worse() {
    let mut shift = Shift::new(&[RINGING]);
    shift.state("a", "ringing").pass(61);
    let number = shift.only().number;
    assert!(shift.watch.acknowledge(number, shift.floor.now()));
    assert_eq!(shift.watch.counts(), Counts { acknowledged: 1, ..Counts::default() });
    assert!(shift.watch.of(&"a".into()).is_some(), "it is still so");
    assert!(shift.watch.acknowledge(number, shift.floor.now()));
    assert_eq!(shift.watch.counts().warn, 1, "and back");
    shift.watch.acknowledge(number, shift.floor.now());
    assert_eq!(shift.pass(60), [format!("Worse act ringing > 60s: {WHO}")]);
    assert_eq!(shift.watch.counts().act, 1);
    assert!(!shift.watch.acknowledge(99, shift.floor.now()));
}

#[test]
fn put_off_is_said_again_when_it_is_still_so() {
    let mut shift = Shift::new(&[("long", "age>5s", "", 0)]);
    shift.state("a", "answered").state("b", "answered").pass(6);
    let numbers: Vec<u64> = shift.watch.list().iter().map(|alert| alert.number).collect();
    for number in &numbers {
        let span = shift.watch.snooze(*number, shift.floor.now());
        assert_eq!(span, Some(Duration::from_secs(600)));
    }
    assert_eq!(shift.watch.counts(), Counts { snoozed: 2, ..Counts::default() });
    assert!(shift.watch.of(&"a".into()).is_none());
    shift.ends("b", "hangup");
    assert_eq!(shift.pass(599), none(), "what was put off goes quietly");
    assert_eq!(shift.pass(1), [format!("StillSo warn long: {WHO}")]);
    let spans: Vec<_> = (0..4)
        .map(|_| shift.watch.snooze(numbers[1], shift.floor.now()).map(|span| span.as_secs() / 60))
        .collect();
    assert_eq!(spans, [Some(10), Some(60), Some(480), None]);
    assert!(shift.watch.alert(numbers[1]).unwrap().is_open());
}

#[test]
fn raised_again_it_is_one_line_that_counts() {
    let mut shift = Shift::new(&[("not recorded", "answered -rec", "", 0)]);
    shift.state("a", "answered").pass(1);
    for n in 0..3 {
        let control = format!("r{n}");
        shift.floor.action("a", &control, "record", &json!({"state":"recording"}));
        shift.pass(1);
        shift.floor.action("a", &control, "record", &json!({"state":"finished"}));
        shift.pass(1);
    }
    assert_eq!((shift.only().times, shift.only().is_open()), (4, true));
}

#[test]
fn in_doubt_nothing_is_said_and_nothing_taken_back() {
    let mut shift = Shift::new(&[("not recorded", "answered -rec", "", 10), ("stale", "stale", "", 20)]);
    shift.state("a", "answered").pass(11);
    shift.state("b", "answered").pass(5);
    shift.floor.link_down();
    assert_eq!(shift.pass(15), none());
    assert_eq!(shift.watch.counts().warn, 1, "that of a stands");
    assert_eq!(shift.pass(6).len(), 2, "both are stale");
    shift.floor.link_up();
    shift.state("a", "answered").state("b", "answered");
    let said = shift.pass(9);
    assert!(said.iter().all(|line| line.contains("Cleared")), "the time of b starts anew: {said:?}");
    assert_eq!(shift.pass(2), [format!("Raised warn not recorded: {WHO}")]);
}

#[test]
fn the_link_and_its_silence() {
    let mut shift = Shift::new(&[
        ("silent link", "link:up silence>17s", "", 0),
        ("link down", "", "-link:up -link:idle|closed", 5),
    ]);
    assert_eq!(shift.pass(17), none());
    assert_eq!(shift.pass(1), ["Raised warn silent link: link"]);
    shift.floor.link_down();
    assert_eq!(shift.pass(5), ["Cleared warn silent link: link quietly"]);
    assert_eq!(shift.pass(1), ["Raised act link down: link"]);
    assert_eq!(shift.watch.rang(), Some(&About::Link));
    shift.floor.link_up();
    assert_eq!(shift.pass(1), ["Cleared act link down: link quietly"]);
}

#[test]
fn the_floor_as_a_whole_and_by_context() {
    let mut shift = Shift::new(&[("busy", "live>2", "live>3", 0), ("busy each", "ctx:* live>1", "", 0)]);
    assert!(shift.watch.asks_floor());
    for (call, context) in [("a", "support"), ("b", "renewal"), ("c", "renewal")] {
        shift.floor.state(call, "answered", &json!({"context":context}));
    }
    let (now, limits) = (shift.floor.now(), wall::Limits::default());
    let board = wall::board(&shift.floor.model, now, wall::Window::Quarter, &limits);
    let news = shift.watch.look(&shift.floor.model, &Blank, Some(&board), now);
    let said: Vec<_> = news.iter().map(|news| news.text.to_string()).collect();
    assert_eq!(said, ["busy: all calls", "busy each: context renewal"]);
    assert_eq!(news[1].about, About::Context("renewal".into()));
}

#[test]
fn other_rules_keep_what_they_have_in_common() {
    let mut shift = Shift::new(&[RINGING, ("long", "age>5s", "", 0)]);
    shift.state("a", "ringing").pass(61);
    assert_eq!(shift.watch.counts().open(), 2);
    let kept = shift.watch.rules().next().cloned().unwrap();
    shift.watch.set_rules(vec![kept], shift.floor.now());
    assert_eq!(shift.watch.counts().open(), 1);
    assert_eq!(shift.pass(1), none());
    assert_eq!(
        shift.watch.list()[1].standing.clone(),
        Standing::Cleared {
            at: Now {
                at: shift.floor.at().back(Duration::from_secs(1)),
                wall: shift.floor.now().wall.back(Duration::from_secs(1))
            },
            why: "its rule was changed".into()
        }
    );
}

#[test]
fn the_list_has_the_grave_and_new_ones_first() {
    let mut shift = Shift::new(&[RINGING]);
    shift.state("a", "ringing").pass(30);
    shift.state("b", "ringing").state("c", "ringing").pass(70);
    shift.state("d", "ringing").pass(100);
    shift.ends("c", "busy").pass(1);
    let number = shift.watch.of(&"b".into()).unwrap().number;
    shift.watch.acknowledge(number, shift.floor.now());
    let calls: Vec<_> =
        shift.watch.list().iter().map(|alert| alert.about.call().unwrap().to_string()).collect();
    assert_eq!(calls, ["a", "d", "b", "c"]);
}

#[test]
fn thousands_of_alerts_are_counted_and_not_all_kept() {
    let mut shift = Shift::new(&[("long", "age>5s", "", 0)]);
    for n in 0..1_500 {
        shift.state(&format!("c{n}"), "answered");
    }
    assert_eq!(shift.pass(6).len(), limit::ALERTS);
    assert_eq!((shift.watch.list().len(), shift.watch.counts().open()), (limit::ALERTS, 1_500));
    for n in 0..700 {
        shift.ends(&format!("c{n}"), "hangup");
    }
    shift.pass(2);
    assert_eq!((shift.watch.counts().unlisted, shift.watch.counts().open()), (0, 800));
    assert_eq!(shift.watch.list().len(), 800 + limit::CLEARED);
}

#[test]
fn the_rules_are_asked_once_a_second_and_waits_each_time() {
    let mut shift = Shift::new(&[("long", "age>0s", "", 0)]);
    shift.state("a", "ringing");
    assert_eq!(shift.watch.wake_at(&shift.floor.model, shift.floor.at()), Some(shift.floor.at()));
    shift.look();
    shift.wait("a", Goal::Answered).unwrap();
    shift.floor.wait(0.4);
    shift.state("a", "answered");
    assert_eq!(shift.look(), [format!("Came {WHO} is answered")]);
    let next = shift.watch.wake_at(&shift.floor.model, shift.floor.at()).unwrap();
    assert_eq!(next.since(shift.floor.at()), Duration::from_millis(600));
    shift.floor.wait(0.6);
    assert_eq!(shift.look().len(), 1);
    assert_eq!(Watch::default().wake_at(&shift.floor.model, shift.floor.at()), None);
}

#[test]
fn what_is_waited_for_comes_once() {
    let mut shift = Shift::new(&[]);
    shift.state("a", "ringing");
    for goal in [Goal::Answered, Goal::Recorded, Goal::Ended] {
        let number = shift.wait("a", goal.clone()).unwrap();
        assert_eq!(shift.wait("a", goal), Ok(number), "asked twice it is one");
    }
    assert_eq!(shift.pass(5), none());
    shift.state("a", "answered");
    assert_eq!(shift.pass(2), [format!("Came {WHO} is answered")]);
    assert_eq!(shift.wait("a", Goal::Answered), Err("it is answered already".into()));
    shift.floor.action("a", "r", "record", &json!({"state":"recording"}));
    assert_eq!(shift.pass(2), [format!("Came {WHO} is recorded")]);
    shift.ends("a", "hangup");
    assert_eq!(shift.pass(2), [format!("Came {WHO} has ended: hangup")]);
    assert_eq!(shift.watch.rang(), Some(&About::Call("a".into())));
    assert_eq!(
        shift.wait("a", Goal::Recorded),
        Err("the call ended (hangup); nothing more will come".into())
    );
    assert!(shift.watch.waits().is_empty());
}

#[test]
fn what_will_not_come_is_said() {
    let mut shift = Shift::new(&[]);
    shift.state("a", "ringing");
    shift.wait("a", Goal::Answered).unwrap();
    shift.wait("a", Goal::Filter(Filter::parse("amd:human").unwrap())).unwrap();
    shift.ends("a", "noAnswer");
    assert_eq!(
        shift.pass(1),
        [
            format!("Missed {WHO}: the call ended (noAnswer) before it was answered"),
            format!("Missed {WHO}: the call ended (noAnswer) before this came true: amd:human"),
        ]
    );
    shift.state("b", "ringing");
    shift.wait("b", Goal::Filter(Filter::parse("ended>1m").unwrap())).unwrap();
    shift.ends("b", "busy");
    assert_eq!(shift.pass(30), none(), "it can still come");
    shift.floor.model.clear_ended();
    assert_eq!(
        shift.pass(1),
        [format!("Missed {WHO}: the call is no longer known before this came true: ended>1m")]
    );
}

#[test]
fn waiting_for_the_next_call_like_that() {
    let mut shift = Shift::new(&[]);
    shift.state("a", "ringing").state("b", "ringing");
    let now = shift.floor.now();
    let filter = Filter::parse("ringing").unwrap();
    let (number, already) =
        shift.watch.wait_for_any(filter.clone(), &shift.floor.model, &Blank, now).unwrap();
    assert_eq!(already, 2);
    assert_eq!(shift.pass(3), none());
    shift.state("c", "answered");
    assert_eq!(shift.pass(1), none());
    shift.state("d", "ringing");
    assert_eq!(shift.pass(1), [format!("Came {WHO}: ringing")]);
    assert!(shift.watch.give_up(number).is_none(), "it was told");
    let now = shift.floor.now();
    let link = Filter::parse("link:down").unwrap();
    let (number, _) = shift.watch.wait_for_any(link.clone(), &shift.floor.model, &Blank, now).unwrap();
    assert!(shift.watch.give_up(number).is_some());
    shift.watch.wait_for_any(link, &shift.floor.model, &Blank, now).unwrap();
    shift.floor.link_down();
    assert_eq!(shift.pass(1), ["Came link: link:down"]);
    let empty = shift.watch.wait_for_any(Filter::default(), &shift.floor.model, &Blank, now);
    assert!(empty.unwrap_err().as_str().starts_with("say what to wait for"));
    for _ in 0..limit::WAITS {
        shift.watch.wait_for_any(filter.clone(), &shift.floor.model, &Blank, now).unwrap();
    }
    assert!(shift.watch.wait_for_any(filter, &shift.floor.model, &Blank, now).is_err());
}

#[test]
fn an_end_that_never_came() {
    let mut shift = Shift::new(&[("end never came", "overdue", "", 0)]);
    shift.state("a", "answered");
    let payload = json!({"play":[{"type":"silence","params":{"duration":10}}]});
    shift.floor.start("a", "p", crate::catalog::ActionKind::Play, payload);
    shift.floor.action("a", "p", "play", &json!({"state":"playing"}));
    assert_eq!(shift.pass(15), none());
    assert_eq!(shift.pass(1), [format!("Raised warn end never came: {WHO}")]);
    shift.floor.action("a", "p", "play", &json!({"state":"finished"}));
    assert_eq!(shift.pass(1), [format!("Cleared warn end never came: {WHO} quietly")]);
}
