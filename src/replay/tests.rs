//! A tape and its player on a real journal: whatever way is taken to a moment, the same is known there.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::client::{ClientEvent, Kept, LinkState, Received};
use crate::journal::{Bounds, Journal, Reader};
use crate::model::{Model, Occurrence, Run};
use crate::protocol::CallId;
use crate::time::{At, Now};
use crate::ui::past::{Speed, Wind};

fn now(seconds: f64) -> Now {
    Now::simulated(Duration::from_secs_f64(seconds))
}

fn state(id: usize, call: &str, state: &str, now: Now) -> Occurrence {
    let frame = json!({"jsonrpc":"2.0","id":format!("e{id}"),"method":"signalwire.event","params":{
        "event_type":"calling.call.state","timestamp":now.wall.as_seconds(),
        "params":{"call_id":call,"node_id":"n","call_state":state}}});
    Occurrence::Reported(ClientEvent::Received(
        Received::read(frame.to_string().into(), now, false).unwrap().into(),
    ))
}

fn started() -> Occurrence {
    let run = Run { version: "1".into(), process: 7, person: "ana".into(), title: "prod".into(), unread: 0 };
    Occurrence::Started(run)
}

/// A floor on which a call begins every second and lives for three states, and the link is lost now and then.
fn floor(count: usize) -> Vec<(Occurrence, Now)> {
    let mut story = vec![(started(), now(0.0))];
    for n in 0..count {
        let at = now(n as f64 * 0.25 + 1.0);
        let states = ["created", "ringing", "answered", "ended"];
        let call = format!("c{}", n / 4);
        let occurrence = match n % 400 {
            200 => Occurrence::Reported(ClientEvent::Link(LinkState::Up {
                since: at.at,
                restored: true,
                gaps: 0,
            })),
            201 => Occurrence::Noted {
                call: CallId::from(call),
                text: "refund".into(),
                by: crate::client::By::Me,
            },
            _ => state(n, &call, states[n % 4], at),
        };
        story.push((occurrence, at));
    }
    story
}

fn write(folder: &Path, story: &[(Occurrence, Now)]) {
    let journal = Journal::open(folder, Bounds::default()).unwrap();
    for (occurrence, now) in story {
        assert!(matches!(journal.append(occurrence, *now), Kept::As(_)));
    }
}

fn tape(folder: &Path) -> Tape {
    let reader = Reader::open(folder).unwrap();
    let first = reader.span().unwrap().first;
    let wall = reader.wall_of(first).unwrap();
    Tape::new(reader, first, Now { at: At::START, wall })
}

/// What is known, without what is only there for the one who looks.
fn known(model: &Model) -> String {
    let calls: Vec<_> = model.calls().collect();
    let entries: Vec<_> = model.entries().iter().collect();
    format!("{:?}\n{calls:?}\n{entries:?}\n{:?}", model.link(), model.gaps().collect::<Vec<_>>())
}

/// What is known behind record `seq`, read from the first record on.
fn straight(folder: &Path, seq: u64) -> String {
    let reader = Reader::open(folder).unwrap();
    let wall = reader.wall_of(1).unwrap();
    let mut model = Model::default();
    reader.replay(0, Now { at: At::START, wall }, |number, occurrence, now| {
        if number > seq {
            return ControlFlow::Break(());
        }
        model.take(&occurrence, now);
        ControlFlow::Continue(())
    });
    known(&model)
}

fn go(tape: &mut Tape, goal: Goal) {
    while !tape.go(goal, 1_000) {}
}

#[test]
fn whatever_way_leads_to_a_record_the_same_is_known_there_and_memory_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &floor(3_000));
    let mut tape = tape(folder.path());
    for seq in [3_001, 1_400, 1_399, 1_398, 2_600, 1, 2, 3_001, 3_000, 1_700, 2_200, 2_199, 70, 2_300] {
        go(&mut tape, Goal::Record(seq));
        assert_eq!(tape.last().map(|last| last.seq), Some(seq));
        assert_eq!(known(tape.model()), straight(folder.path(), seq), "record {seq}");
        assert!(tape.copies() <= 12, "{}", tape.copies());
    }
    go(&mut tape, Goal::Record(0));
    assert_eq!((tape.last(), tape.model().calls().len()), (None, 0));
}

#[test]
fn a_step_back_takes_a_few_records_not_the_whole_journal() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &floor(9_000));
    let mut tape = tape(folder.path());
    go(&mut tape, Goal::Record(9_001));
    // As many records as it may take for two hundred steps: a few dozens each, now and then some hundreds.
    let mut taken = 0;
    for seq in (8_800..9_001).rev() {
        while !tape.go(Goal::Record(seq), 64) {
            taken += 64;
        }
        taken += 64;
    }
    assert!(taken < 200 * 192, "{taken}");
}

#[test]
fn moments_are_the_same_whatever_was_read_before_and_several_runs_are_one_time() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &floor(800));
    // The next run: its clock starts anew, an hour later.
    let later = |(occurrence, at): (Occurrence, Now)| {
        (occurrence, Now { at: at.at, wall: at.wall.forward(Duration::from_secs(3_600)) })
    };
    write(folder.path(), &floor(800).into_iter().map(later).collect::<Vec<_>>());
    let mut tape = tape(folder.path());
    go(&mut tape, Goal::Record(u64::MAX));
    let end = tape.last().unwrap();
    assert_eq!(end.now.at, At::START + Duration::from_secs_f64(3_600.0 + 799.0 * 0.25 + 1.0));
    go(&mut tape, Goal::Moment(At::START + Duration::from_secs(3_000)));
    assert_eq!(tape.last().map(|last| last.seq), Some(801), "the last of the first run");
    go(&mut tape, Goal::Record(u64::MAX));
    assert_eq!(tape.last(), Some(end));
    assert_eq!(tape.wall_at(end.now.at), end.now.wall);
}

fn player(folder: &Path, speed: f64) -> Player {
    Player::new(tape(folder), Speed::new(speed).unwrap(), At::START)
}

/// Ticks until it stands where it was sent.
fn arrive(player: &mut Player, real: At) {
    while player.standing().way.is_some() {
        player.tick(real);
    }
}

fn shown(player: &Player) -> (f64, usize) {
    let (model, now) = player.look();
    (now.at.since(At::START).as_secs_f64(), model.calls().len())
}

#[test]
fn a_tape_plays_as_fast_as_it_is_told_and_stands_still_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &floor(160));
    let mut player = player(folder.path(), 1.0);
    let real = |seconds: f64| At::START + Duration::from_secs_f64(seconds);
    assert_eq!(shown(&player), (0.0, 0), "the run has begun, and nothing else");
    player.tick(real(1.0));
    assert_eq!(shown(&player), (1.0, 1));
    player.tick(real(1.9));
    assert_eq!(shown(&player), (1.9, 1), "between records time goes on, too");
    assert_eq!(player.wake_at(real(1.9)), Some(real(2.0)), "the next second and the next record");
    player.wind(Wind::Play, real(1.9));
    player.tick(real(60.0));
    assert_eq!((shown(&player), player.wake_at(real(60.0))), ((1.9, 1), None));
    player.wind(Wind::Play, real(60.0));
    player.wind(Wind::Faster(1), real(60.0));
    player.tick(real(61.0));
    let (at, _) = shown(&player);
    assert!((at - 3.9).abs() < 1e-6, "{at}");
    assert_eq!(player.standing().speed.to_string(), "x2");
}

#[test]
fn seeking_and_stepping_go_where_they_should_and_never_beyond_what_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &floor(160));
    let mut player = player(folder.path(), 1.0);
    player.wind(Wind::Play, At::START);
    let mut wind = |wind| {
        player.wind(wind, At::START);
        arrive(&mut player, At::START);
        shown(&player).0
    };
    assert_eq!(wind(Wind::By(10)), 10.0);
    assert_eq!(wind(Wind::By(60)), 40.75, "not beyond the last record");
    assert_eq!(wind(Wind::By(-10)), 30.75);
    assert_eq!(wind(Wind::Step(1)), 31.0);
    assert_eq!(wind(Wind::Step(1)), 31.25);
    assert_eq!(wind(Wind::Step(-1)), 31.0);
    assert_eq!(wind(Wind::To(now(20.1).wall)), 20.1);
    assert_eq!(wind(Wind::Start), 0.0);
    assert_eq!(wind(Wind::Step(-1)), 0.0);
    assert_eq!(wind(Wind::By(-10)), 0.0);
    assert_eq!(wind(Wind::To(now(-0.0).wall.back(Duration::from_secs(900)))), 0.0, "before it began");
    assert_eq!(wind(Wind::To(now(900.0).wall)), 40.75);
    assert_eq!(wind(Wind::Start), 0.0);
    assert_eq!(wind(Wind::End), 40.75);
    let standing = player.standing();
    assert_eq!((standing.share, standing.ended, standing.paused), (100, true, true));
}

#[test]
fn two_keys_in_a_row_go_twice_as_far_and_what_was_seen_stays_until_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &floor(9_000));
    let mut player = player(folder.path(), 1.0);
    player.wind(Wind::Play, At::START);
    player.wind(Wind::By(1_000), At::START);
    player.wind(Wind::By(1_000), At::START);
    player.tick(At::START);
    let standing = player.standing();
    assert!((40..60).contains(&standing.way.unwrap()), "{standing:?}");
    assert_eq!(shown(&player), (0.0, 0));
    arrive(&mut player, At::START);
    assert_eq!(shown(&player).0, 2_000.0);
}

#[test]
fn what_another_program_writes_is_followed_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let story = floor(40);
    write(folder.path(), &story[..20]);
    let mut player = player(folder.path(), 100.0);
    player.tick(At::START + Duration::from_secs(5));
    let real = At::START + Duration::from_secs(6);
    player.tick(real);
    let standing = player.standing();
    assert!(standing.ended && standing.idle.is_none(), "{standing:?}");
    assert!(player.wake_at(real).is_some_and(|at| at > real), "it looks again");
    write(folder.path(), &story[20..]);
    player.tick(real + Duration::from_secs(1));
    player.tick(real + Duration::from_secs(2));
    assert_eq!(player.look().0.calls().len(), 10);
}

#[test]
fn what_is_damaged_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &floor(2_000));
    let file = folder.path().join("000000000001.sqlite");
    let mut bytes = std::fs::read(&file).unwrap();
    let place = bytes.windows(7).position(|window| window == b"\"e1003\"").unwrap();
    bytes[place + 3] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let mut tape = tape(folder.path());
    for seq in [2_001, 500, 2_001, 900, 1_500] {
        go(&mut tape, Goal::Record(seq));
    }
    assert_eq!(tape.unread().records, 1);
}
