//! The pure half: where frames begin and end, what is held, and where ours may stand.

use std::time::Duration;

use callboard::hub::Mark;
use callboard::hub::frames::{Fault, Header, Piece, Role, Splitter, frame};
use callboard::hub::hold::{Hold, Noticed};
use callboard::hub::pass::{self, Pass};
use callboard::time::At;
use proptest::prelude::*;

use crate::speech::{Speech, chunks};

/// Everything a splitter says about a stream, whatever pieces it comes in: each header and how many bytes follow it.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<(Header, u64)>, usize) {
    let mut splitter = Splitter::default();
    let (mut frames, mut passed) = (Vec::<(Header, u64)>::new(), 0);
    for mut bytes in pieces {
        while let Some(piece) = splitter.next(bytes) {
            let taken = match piece {
                Piece::Header { taken, header } => {
                    frames.extend(header.map(|header| (header, 0)));
                    taken
                }
                Piece::Payload { header, taken, offset, ends } => {
                    let (last, length) = frames.last_mut().unwrap();
                    assert_eq!((&*last, *length), (&header, offset));
                    *length += taken as u64;
                    assert_eq!(ends, *length == header.length);
                    taken
                }
            };
            passed += taken;
            bytes = &bytes[taken..];
        }
        assert!(bytes.is_empty());
    }
    (frames, passed)
}

fn at(millis: u64) -> At {
    At::START + Duration::from_millis(millis)
}

/// Takes what is ready, in pieces.
fn drain(hold: &mut Hold, dice: &mut fastrand::Rng, out: &mut Vec<u8>, all: bool) {
    while !hold.ready().is_empty() && (all || dice.u8(..4) > 0) {
        let count = dice.usize(1..=hold.ready().len());
        out.extend(&hold.ready()[..count]);
        hold.taken(count);
    }
}

/// Lets a hold have a stream.
fn through(hold: &mut Hold, dice: &mut fastrand::Rng, bytes: &[u8]) -> (Vec<u8>, Vec<Noticed>) {
    let (mut out, mut noticed) = (Vec::new(), Vec::new());
    for mut piece in chunks(dice, bytes) {
        while !piece.is_empty() {
            let Some(room) = hold.room() else {
                drain(hold, dice, &mut out, true);
                continue;
            };
            let count = room.len().min(piece.len());
            room[..count].copy_from_slice(&piece[..count]);
            hold.arrived(count, at(0), &mut noticed);
            piece = &piece[count..];
            drain(hold, dice, &mut out, false);
        }
    }
    drain(hold, dice, &mut out, true);
    (out, noticed)
}

fn copies(noticed: &[Noticed]) -> Vec<(&[u8], bool)> {
    noticed
        .iter()
        .filter_map(|one| match one {
            Noticed::Message(message, ours) => message.copy.as_deref().map(|copy| (copy, *ours)),
            _ => None,
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn frames_are_found_whatever_pieces_they_come_in(seed: u64, masked: bool) {
        let mut dice = fastrand::Rng::with_seed(seed);
        let speech = Speech::random(&mut dice, masked, 12, None);
        let bytes = speech.bytes();
        let whole = read([&bytes[..]]);
        prop_assert_eq!(whole.0.len(), speech.frames.len());
        prop_assert_eq!(whole.1, bytes.len());
        for ((header, length), said) in whole.0.iter().zip(&speech.frames) {
            prop_assert_eq!(header.fault, None);
            prop_assert_eq!(*length, header.length);
            prop_assert_eq!(header.mask.is_some(), masked);
            prop_assert_eq!(header.ends_message(), said.message.is_some() && said.ends);
        }
        prop_assert_eq!(read(chunks(&mut dice, &bytes)), whole);
    }

    #[test]
    fn nonsense_passes_whole_and_is_read_the_same_in_any_pieces(bytes: Vec<u8>, seed: u64) {
        let mut dice = fastrand::Rng::with_seed(seed);
        let whole = read([&bytes[..]]);
        prop_assert_eq!(whole.1, bytes.len());
        prop_assert_eq!(read(chunks(&mut dice, &bytes)), whole);
        let mut hold = Hold::new(Mark::random().unwrap());
        let (mut out, _) = through(&mut hold, &mut dice, &bytes);
        hold.end();
        drain(&mut hold, &mut dice, &mut out, true);
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn exactly_the_marked_messages_are_taken_out(seed: u64, masked: bool) {
        let mut dice = fastrand::Rng::with_seed(seed);
        let mark = Mark::random().unwrap();
        let speech = Speech::random(&mut dice, masked, 12, Some(mark.word()));
        let (out, noticed) = through(&mut Hold::new(mark.clone()), &mut dice, &speech.bytes());
        let ours = |text: &[u8]| mark.is_in(text);
        prop_assert_eq!(out, speech.without(ours));
        let expected: Vec<_> = speech.messages.iter().map(|text| (&text[..], ours(text))).collect();
        prop_assert_eq!(copies(&noticed), expected);
    }

    #[test]
    fn ours_stand_between_messages_and_nothing_else_changes(seed: u64) {
        let mut dice = fastrand::Rng::with_seed(seed);
        let speech = Speech::random(&mut dice, true, 12, None);
        let (bytes, gaps) = (speech.bytes(), speech.gaps());
        let (mut pass, mut out, mut noticed, mut put) = (Pass::starting_with(Vec::new()), Vec::new(), Vec::new(), 0);
        let mut waits = false;
        for mut piece in chunks(&mut dice, &bytes) {
            while !piece.is_empty() {
                if let Some(room) = pass.room() {
                    let count = room.len().min(piece.len());
                    room[..count].copy_from_slice(&piece[..count]);
                    pass.arrived(count);
                    piece = &piece[count..];
                }
                // Often some of it goes on before it is looked at.
                take(&mut pass, &mut dice, &mut out);
                pass.look(&mut noticed);
                waits |= dice.u8(..6) == 0;
                if waits {
                    pass.open_gap();
                    take(&mut pass, &mut dice, &mut out);
                    if pass.is_at_gap() {
                        prop_assert!(gaps.contains(&out.len()), "{} is within a message", out.len());
                        pass.close_gap();
                        (waits, put) = (false, put + 1);
                    }
                }
                take(&mut pass, &mut dice, &mut out);
            }
        }
        pass.close_gap();
        while !pass.is_empty() {
            take(&mut pass, &mut dice, &mut out);
        }
        prop_assert!(out == bytes);
        let said: Vec<_> = noticed.iter().filter_map(|one| match one {
            pass::Noticed::Message(message) => message.copy.as_deref(),
            _ => None,
        }).collect();
        let expected: Vec<_> = speech.messages.iter().map(|text| &text[..]).collect();
        prop_assert_eq!(said, expected);
        pass.open_gap();
        prop_assert!(pass.is_at_gap(), "after the last message there is a place");
        prop_assert!(put <= gaps.len());
    }
}

fn take(pass: &mut Pass, dice: &mut fastrand::Rng, out: &mut Vec<u8>) {
    while !pass.ready().is_empty() && dice.u8(..4) > 0 {
        let count = dice.usize(1..=pass.ready().len());
        out.extend(&pass.ready()[..count]);
        pass.took(count);
    }
}

#[test]
fn every_fault_is_reported_and_no_frame_after_it_is_missed() {
    let long = [frame(9, true, None, &[1; 126]), frame(1, true, None, b"after")].concat();
    for (bytes, fault, role) in [
        (frame(0x41, true, None, b"x"), Fault::ReservedBits, Role::First),
        (frame(0x3, true, None, b"x"), Fault::UnknownKind, Role::Stray),
        (frame(0xb, true, None, b"x"), Fault::UnknownKind, Role::Stray),
        (frame(0x9, false, None, b"x"), Fault::FragmentedControl, Role::Control),
        (frame(0x0, true, None, b"x"), Fault::NothingToContinue, Role::Stray),
        (long, Fault::LongControl, Role::Control),
        ([frame(1, false, None, b"a"), frame(1, true, None, b"b")].concat(), Fault::NotFinished, Role::First),
    ] {
        let stream = [bytes, frame(2, true, None, b"last")].concat();
        let (frames, passed) = read([&stream[..]]);
        assert_eq!(passed, stream.len());
        assert!(
            frames.iter().any(|(header, _)| header.fault == Some(fault) && header.role == role),
            "{fault:?}"
        );
        let (last, length) = frames.last().unwrap();
        assert_eq!((last.kind, last.fault, *length), (Header::BINARY, None, 4), "{fault:?}");
    }
    let (frames, _) = read([&[0x82, 0x7f, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2][..]]);
    assert_eq!(frames[0].0.fault, Some(Fault::Length));
    assert_eq!(frames[0].1, 2);
}

#[test]
fn a_control_frame_stays_behind_its_message_for_a_moment_only() {
    let mark = Mark::random().unwrap();
    let mut hold = Hold::new(mark.clone());
    let mut noticed = Vec::new();
    let (begin, ping, end) =
        (frame(1, false, None, b"be"), frame(9, true, None, b"p"), frame(0, true, None, b"gin"));
    let give = |hold: &mut Hold, bytes: &[u8], now, noticed: &mut Vec<Noticed>| {
        hold.room().unwrap()[..bytes.len()].copy_from_slice(bytes);
        hold.arrived(bytes.len(), now, noticed);
    };
    give(&mut hold, &begin, at(0), &mut noticed);
    give(&mut hold, &ping, at(100), &mut noticed);
    assert!(hold.ready().is_empty());
    assert_eq!(hold.wake_at(), Some(at(350)));
    hold.wake(at(349));
    assert!(hold.ready().is_empty());
    hold.wake(at(350));
    assert_eq!(hold.ready(), ping);
    hold.taken(ping.len());
    give(&mut hold, &ping, at(400), &mut noticed);
    assert_eq!((hold.ready(), hold.wake_at()), (&ping[..], None), "from there on at once");
    hold.taken(ping.len());
    give(&mut hold, &end, at(500), &mut noticed);
    let mut out = Vec::new();
    drain(&mut hold, &mut fastrand::Rng::with_seed(1), &mut out, true);
    assert_eq!(out, [begin, end].concat());
    assert!(hold.is_at_rest());
    assert_eq!(copies(&noticed), [(&b"begin"[..], false)]);
}

#[test]
fn what_ends_in_the_middle_of_a_message_goes_on_as_far_as_it_came_unless_it_is_ours() {
    let mut dice = fastrand::Rng::with_seed(1);
    let mark = Mark::random().unwrap();
    let pieces = [frame(1, false, None, mark.word().as_bytes()), frame(9, true, None, b"p")].concat();
    for (begun, expected) in [(frame(1, false, None, b"be"), true), (pieces, false)] {
        let mut hold = Hold::new(mark.clone());
        let stream = [&begun[..], &[0x80]].concat();
        let (mut out, noticed) = through(&mut hold, &mut dice, &stream);
        assert_eq!((out.len(), copies(&noticed)), (0, vec![]));
        hold.end();
        drain(&mut hold, &mut dice, &mut out, true);
        let ping = [&frame(9, true, None, b"p")[..], &[0x80]].concat();
        assert_eq!(out, if expected { stream } else { ping });
    }
}

#[test]
fn long_messages_and_many_fragments_take_bounded_memory() {
    let mut dice = fastrand::Rng::with_seed(1);
    let mark = Mark::random().unwrap();
    let (nine, megabyte) = (vec![b'x'; 9 * 1024 * 1024], vec![b'y'; 1024 * 1024]);
    let mut speech = Speech::default();
    speech.say(&mut dice, false, 1, &nine, 1, 0);
    speech.say(&mut dice, false, 1, &nine, 700, 0);
    speech.say(&mut dice, false, 1, &megabyte, 1, 0);
    speech.say(&mut dice, false, 1, &vec![b'z'; 100_000], 100_000, 0);
    let mut hold = Hold::new(mark);
    let (out, noticed) = through(&mut hold, &mut dice, &speech.bytes());
    assert!(out == speech.bytes());
    let sizes: Vec<_> = noticed
        .iter()
        .map(|one| match one {
            Noticed::Message(message, false) => message.copy.as_ref().map(Vec::len),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sizes, [None, None, Some(megabyte.len()), Some(100_000)]);
    assert!(hold.room().unwrap().len() <= 64 * 1024, "what was needed for them is given back");
}
