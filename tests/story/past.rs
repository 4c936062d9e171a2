//! Looking back: the same screens on what was known earlier, while everything goes on; and a replay of all of it.

use std::ops::ControlFlow;
use std::time::Duration;

use callboard::model::Model;
use callboard::protocol::CallId;
use callboard::replay::Past;
use callboard::time::At;
use callboard::ui::past::Speed;
use callboard::ui::{Effect, Msg};

use super::harness::Story;
use super::screens::snapshot;

fn moment(story: &Story) -> f64 {
    let (_, _, now) = story.past.as_ref().unwrap().look();
    now.at.since(At::START).as_secs_f64()
}

/// What the list says of every call, without what only a clock says.
fn calls(story: &Story) -> Vec<(CallId, String)> {
    let model = story.past.as_ref().map_or_else(|| story.model(), |past| past.look().1);
    model.calls().map(|call| (call.id.clone(), format!("{call:?}"))).collect()
}

#[test]
fn what_was_known_a_minute_ago_is_seen_again_and_one_key_returns() {
    let mut story = Story::kept_floor();
    story.advance(20.0);
    let (then, screen) = (calls(&story), story.lines_with("ANS"));
    story.advance(60.0);
    let now = calls(&story);
    assert_ne!(then, now);
    story.press("b").sees("PAST").sees("PAUSED").press("(").press("{");
    story.press("}").press("{").press(")").press(")");
    assert!((moment(&story) - 23.05).abs() < 2.0, "{}", moment(&story));
    // Where the story stood when it was looked at first.
    while moment(&story) > 23.0 {
        story.press(",");
    }
    assert_eq!(calls(&story), then);
    assert_eq!(story.lines_with("ANS").len(), screen.len());
    story.press("B").sees_no("PAST");
    assert_ne!(calls(&story), then);
    assert_eq!(calls(&story).len(), story.model().calls().len());
}

#[test]
fn the_past_is_marked_and_shown_at_every_size() {
    for (width, height) in [(80, 24), (120, 36)] {
        let mut story = Story::kept_floor().sized(width, height);
        story.advance(100.0).press("b").press("{");
        snapshot(&format!("past-{width}x{height}"), &mut story);
    }
    let mut story = Story::kept_floor().sized(36, 8);
    story.advance(30.0).press("b").sees("PAST");
}

#[test]
fn nothing_can_be_done_in_the_past_and_it_says_how_to_come_back() {
    let mut story = Story::kept_floor();
    story.advance(30.0).press("b");
    for keys in ["t", "H", "A", "x", "X", "p a", "r enter", "r p", "C", "D", "m", "w a", "f5", "a", "ctrl+r"]
    {
        story.press(keys).sees("you look at ").sees("B comes back to now");
        assert!(story.past.as_ref().unwrap().look().0.layers.is_empty(), "{keys}");
    }
    story.press(":").type_text("hang-up").press("enter").sees("B comes back to now");
    for method in ["calling.play", "calling.end", "calling.dial", "calling.record", "calling.answer"] {
        assert_eq!(story.commands(method), 0, "{method}");
    }
    story.press("B t").sees("Play text to speech");
}

#[test]
fn the_present_goes_on_and_what_leaves_in_it_leaves() {
    let mut story = Story::kept_floor();
    story.advance(5.0);
    // A hang-up that can still be taken back when the past is looked at.
    story.press("H").press("y").press("b");
    assert_eq!(story.commands("calling.end"), 0);
    let before = story.model().stats().events;
    story.advance(10.0).sees("PAST");
    assert_eq!(story.commands("calling.end"), 1);
    assert!(story.model().stats().events > before);
    story.cut("reset by peer");
    story.sees("now: link down");
    let rings = story.effects.iter().filter(|effect| matches!(effect, Effect::Notify(_))).count();
    story.advance(200.0);
    let later = story.effects.iter().filter(|effect| matches!(effect, Effect::Notify(_))).count();
    assert!(later > rings, "alerts of the present ring");
}

#[test]
fn it_plays_from_there_as_fast_as_it_is_told() {
    let mut story = Story::kept_floor();
    story.advance(100.0).press("b { {");
    let before = moment(&story);
    story.press("> > space").sees("x4").advance(10.0).press("space").sees("PAUSED");
    let played = moment(&story) - before;
    assert!((39.0..42.0).contains(&played), "{played}");
    story.press("$").sees("100 %").press("^").sees(" 0 %");
    assert_eq!(moment(&story).round(), 1.0);
}

#[test]
fn screens_filters_and_cursors_work_there_and_are_left_as_they_were_here() {
    let mut story = Story::kept_floor();
    story.advance(20.0).press("/").type_text("1202").press("enter").sees("1 of ");
    story.advance(120.0).press("b").sees("1202").press("{").press("esc");
    story.press("3").press("2").press("4").press("5").press("1").press("j j enter").sees("PAST");
    story.press("q q").sees_no("PAST").sees("1202");
    story
        .press("b ?")
        .sees("LOOK BACK")
        .press("esc")
        .press("space")
        .advance(2.0)
        .press("?")
        .sees("10 s back");
}

#[test]
fn a_time_is_typed() {
    let mut story = Story::kept_floor();
    story
        .advance(100.0)
        .press("b")
        .press("@")
        .type_text("soon")
        .press("enter")
        .sees("give a time such as 14:03");
    story.press("ctrl+u");
    let wanted = story.now().wall.back(Duration::from_secs(60));
    let text = callboard::when::clock(wanted);
    story.type_text(&text).press("enter").sees(&format!("PAST {text}"));
    story.press(":").type_text("go-to-time 00:00:01").press("enter");
}

#[test]
fn without_a_journal_it_says_why_not() {
    let mut story = Story::floor();
    story.press("b").sees("the journal is off").sees_no("PAST");
    story.press("space");
    story.press(":").type_text("back-1m").press("enter").sees("this is the present; b looks back");
}

#[test]
fn a_replay_shows_the_story_again_and_has_nobody_to_ask() {
    let mut story = Story::kept_floor();
    story.advance(5.0).press("t ctrl+t 1 enter").advance(30.0);
    let (end, reader) = (calls(&story), story.reader());
    let mut past = Past::replay(reader, &story.app, Speed::new(4.0).unwrap(), At::START).unwrap();
    past.tick(At::START + Duration::from_secs(2));
    past.update(Msg::Changed, At::START + Duration::from_secs(2));
    story.past = Some(past);
    story.sees("REPLAY 20").sees("x4");
    snapshot("replay-80x24", &mut story);
    story.press("t").sees("this is a replay of");
    // Another clock than that of the story.
    let real = At::START + Duration::from_secs(3);
    let past = story.past.as_mut().unwrap();
    past.wind(callboard::ui::past::Wind::End, real);
    while past.look().0.past.as_ref().is_some_and(|past| past.standing.way.is_some()) {
        past.tick(real);
    }
    assert_eq!(calls(&story).len(), end.len());
    let past = story.past.as_mut().unwrap();
    let quit = |past: &mut Past, key: char| {
        past.update(Msg::Key(crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Char(key))), real)
    };
    assert_eq!(quit(past, 'q'), []);
    assert_eq!(quit(past, 'y'), [Effect::Quit]);
    assert_eq!(quit(past, 'Q'), [Effect::Quit]);
}

/// Everything that is known.
fn known(model: &Model) -> String {
    let (calls, dials): (Vec<_>, Vec<_>) = (model.calls().collect(), model.dials().collect());
    let (acts, notes): (Vec<_>, Vec<_>) = (model.acts().iter().collect(), model.notes().collect());
    let (entries, gaps): (Vec<_>, Vec<_>) = (model.entries().iter().collect(), model.gaps().collect());
    format!(
        "{:?} {:?} {:?}\n{calls:#?}\n{dials:#?}\n{acts:#?}\n{notes:#?}\n{entries:#?}\n{gaps:#?}\n{:#?}\n{:#?}",
        model.link(),
        model.contexts(),
        model.latest_ticket(),
        model.stats(),
        model.history(),
    )
}

/// A shift of two minutes with everything in it; at each of its moments what is known follows from the journal alone.
#[test]
fn what_is_known_is_a_function_of_the_journal() {
    let mut story = Story::kept_floor();
    let acts: [&dyn Fn(&mut Story); 8] = [
        &|story| {
            story.press("t ctrl+t 1 enter");
        },
        &|story| {
            story.press("m").type_text("wants a refund").press("enter");
        },
        &|story| {
            story.press("r enter enter").advance(2.0).press("r p").advance(1.0).press("x");
        },
        &|story| story.cut("reset by peer"),
        &|story| {
            story.press("H y").advance(4.0);
        },
        &|story| {
            story.press("f5");
        },
        &|story| {
            story.press("L a").type_text("sales").press("enter").advance(0.5).press("ctrl+r");
        },
        &|story| {
            story.press("* 1 H").advance(1.0).press("esc").press("d").type_text("12#").press("enter");
        },
    ];
    for act in acts {
        act(&mut story);
        story.advance(9.0);
        let mut again = Model::default();
        let unread = story.reader().replay(0, story.now(), |_, occurrence, now| {
            again.take(&occurrence, now);
            ControlFlow::Continue(())
        });
        assert_eq!(unread.records, 0);
        let (live, again) = (known(story.model()), known(&again));
        let differs = live.lines().zip(again.lines()).find(|(live, again)| live != again);
        assert_eq!(differs, None);
        assert!(live == again);
    }
    let model = story.model();
    assert!(model.acts().len() >= 5 && model.gaps().count() == 1 && model.notes().count() == 1);
}

/// Whatever is pressed in the past: nothing is sent, and what is shown is what was known at the record it stands at.
#[test]
fn whatever_is_pressed_in_the_past_sends_nothing_and_shows_what_was_known() {
    let keys = [
        "b", "space", ",", ".", "(", ")", "{", "}", "<", ">", "^", "$", "t", "H", "y", "enter", "esc", "1",
        "2", "3", "4", "5", "6", "7", "j", "k", "tab", "z", "x", "p a", "C", "D", "m", "U", ".", "f5", "*",
        "ctrl+p", "?", "@", "r p",
    ];
    let mut random = fastrand::Rng::with_seed(17);
    let mut story = Story::kept_floor();
    story.advance(60.0).press("b");
    let asked = |story: &Story| {
        ["play", "end", "dial", "record", "connect", "play.stop", "record.pause", "answer"]
            .map(|method| story.commands(&format!("calling.{method}")))
    };
    let before = asked(&story);
    for _ in 0..300 {
        let key = keys[random.usize(..keys.len())];
        story.press(key).screen();
        if story.past.is_none() {
            panic!("{key} left the past");
        }
    }
    assert_eq!(asked(&story), before);
    story.press("esc esc esc esc");
    let seen = calls(&story);
    let at = story.past.as_ref().unwrap().look().2;
    let mut again = Model::default();
    story.reader().replay(0, story.now(), |_, occurrence, now| {
        if now.wall > at.wall {
            return ControlFlow::Break(());
        }
        again.take(&occurrence, now);
        ControlFlow::Continue(())
    });
    assert_eq!(seen, again.calls().map(|call| (call.id.clone(), format!("{call:?}"))).collect::<Vec<_>>());
}
