//! What goes in comes out, whatever the observer does; ours is put in and taken out and nothing else.

use std::sync::Arc;
use std::time::Duration;

use callboard::hub::frames::{self, Header, Piece, Role, Splitter, frame};
use callboard::hub::{Access, Ended, Injected, Mark, Obstacle, PipeId, Seen, Side};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::rig::{ACCEPTED, Rig, exactly, head, rest, soon, upgrade};
use crate::speech::{Speech, chunks};

const PIPE: PipeId = PipeId(1);

/// Writes in random pieces, which mostly arrive as such.
async fn write(to: &mut (impl AsyncWrite + Unpin), seed: u64, bytes: &[u8]) {
    let mut dice = fastrand::Rng::with_seed(seed);
    for piece in chunks(&mut dice, bytes) {
        to.write_all(piece).await.unwrap();
        if dice.u8(..8) == 0 {
            tokio::task::yield_now().await;
        }
    }
}

/// The frames of a client that contain the mark, and everything else.
fn sorted(bytes: &[u8], mark: &Mark) -> (Vec<String>, Vec<u8>) {
    let (mut splitter, mut at, mut begin) = (Splitter::default(), 0, 0);
    let (mut ours, mut others, mut payload) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(piece) = splitter.next(&bytes[at..]) {
        match piece {
            Piece::Header { taken, .. } => {
                at += taken;
                payload.clear();
            }
            Piece::Payload { header, taken, offset, ends } => {
                let mut part = bytes[at..at + taken].to_vec();
                frames::mask(&mut part, header.mask.expect("a client masks"), offset);
                payload.extend(part);
                at += taken;
                if ends {
                    if mark.is_in(&payload) && header.role == Role::First && header.last {
                        ours.push(String::from_utf8(payload.clone()).unwrap());
                    } else {
                        others.extend(&bytes[begin..at]);
                    }
                    begin = at;
                }
            }
        }
    }
    (ours, others)
}

#[tokio::test]
async fn both_ways_pass_unchanged_and_every_message_is_told_once() {
    for seed in 0..6 {
        let mut rig = Rig::with(100_000, |_| ()).await;
        let mut dice = fastrand::Rng::with_seed(seed);
        let (mut up, mut down) =
            (Speech::random(&mut dice, true, 60, None), Speech::random(&mut dice, false, 60, None));
        up.close(&mut dice, true, 1000, "bye");
        down.close(&mut dice, false, 4_321, "so it is");
        let (mut application, mut service) = rig.pair().await;
        let ((mut from_application, mut to_service), (mut from_service, mut to_application)) =
            (service.split(), application.split());
        let (up_bytes, down_bytes) = (up.bytes(), down.bytes());
        let (heard_by_service, heard_by_application, (), ()) = soon(async {
            tokio::join!(
                rest(&mut from_application),
                rest(&mut from_service),
                async {
                    write(&mut to_application, seed, &up_bytes).await;
                    to_application.shutdown().await.unwrap();
                },
                async {
                    write(&mut to_service, seed + 100, &down_bytes).await;
                    to_service.shutdown().await.unwrap();
                },
            )
        })
        .await;
        assert!(heard_by_service == up_bytes && heard_by_application == down_bytes, "seed {seed}");
        assert!(
            matches!(rig.next().await, Seen::Opened { pipe: PIPE, user_agent: Some(agent), .. } if agent == "app")
        );
        let (mut told_up, mut told_down) = (Vec::new(), Vec::new());
        loop {
            match rig.next().await {
                Seen::Message { from: Side::Application, bytes, ours: false, .. } => told_up.push(bytes),
                Seen::Message { from: Side::Service, bytes, ours: false, .. } => told_down.push(bytes),
                Seen::Closed { pipe: PIPE, why: Ended::By(_) } => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(told_up == up.messages && told_down == down.messages, "seed {seed}");
        let counters = &rig.hub.counters;
        assert_eq!(counters.up.bytes.get(), up_bytes.len() as u64);
        assert_eq!(counters.down.messages.get(), 60);
        assert_eq!(
            (counters.up.malformed.get(), counters.down.malformed.get(), counters.lost.get()),
            (0, 0, 0)
        );
        assert!(counters.spread().count() > 0);
    }
}

#[tokio::test]
async fn ours_go_between_and_come_back_to_us_alone() {
    for seed in 0..6 {
        let mut rig = Rig::with(100_000, |_| ()).await;
        let mut dice = fastrand::Rng::with_seed(seed);
        let up = Speech::random(&mut dice, true, 80, None);
        let down = Speech::random(&mut dice, false, 80, Some(rig.mark.word()));
        let (mut application, mut service) = rig.pair().await;
        let ((mut from_application, mut to_service), (mut from_service, mut to_application)) =
            (service.split(), application.split());
        let (up_bytes, down_bytes) = (up.bytes(), down.bytes());
        let (injector, word) = (rig.hub.injector.clone(), rig.mark.word().to_owned());
        let texts: Vec<_> =
            (0..40).map(|number| format!("{word}-{number}{}", "x".repeat(number * 50))).collect();
        let (at_service, at_application, (), ()) = soon(async {
            tokio::join!(
                rest(&mut from_application),
                rest(&mut from_service),
                async {
                    let inject = async {
                        for text in &texts {
                            assert_eq!(injector.inject(PIPE, text).await, Ok(Injected::Written));
                        }
                    };
                    tokio::join!(write(&mut to_application, seed, &up_bytes), inject);
                    to_application.shutdown().await.unwrap();
                },
                async {
                    write(&mut to_service, seed + 100, &down_bytes).await;
                    to_service.shutdown().await.unwrap();
                },
            )
        })
        .await;
        let (ours, others) = sorted(&at_service, &rig.mark);
        assert!(ours == texts && others == up_bytes, "seed {seed}");
        assert!(at_application == down.without(|text| rig.mark.is_in(text)), "seed {seed}");
        let marked = down.messages.iter().filter(|text| rig.mark.is_in(text)).count();
        assert_eq!(rig.hub.counters.ours.get(), marked as u64);
        assert_eq!(rig.hub.counters.injected.get(), 40);
        let mut told = Vec::new();
        while let Ok(seen) = rig.seen.try_recv() {
            if let Seen::Message { from: Side::Service, bytes, ours, .. } = seen {
                assert_eq!(ours, rig.mark.is_in(&bytes));
                told.push(bytes);
            }
        }
        assert!(told == down.messages, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ours_find_a_place_in_a_stream_that_never_pauses() {
    let rig = Rig::new().await;
    let (mut application, mut service) = rig.pair().await;
    let frames: Vec<u8> =
        (0..5_000).flat_map(|_| frame(1, true, Some([1, 2, 3, 4]), b"never pauses")).collect();
    let injector = rig.hub.injector.clone();
    let text = format!("{} here", rig.mark.word());
    let flood = async {
        loop {
            application.write_all(&frames).await.unwrap();
        }
    };
    let listen = async {
        let mut ignored = vec![0; 1 << 20];
        loop {
            assert!(service.read(&mut ignored).await.unwrap() > 0);
        }
    };
    soon(async {
        tokio::select! {
            () = flood => {}
            () = listen => {}
            () = async {
                for _ in 0..20 {
                    assert_eq!(injector.inject(PIPE, &text).await, Ok(Injected::Written));
                }
            } => {}
        }
    })
    .await;
}

#[tokio::test]
async fn ours_wait_for_the_end_of_a_message_and_not_for_ever() {
    let rig = Rig::new().await;
    let (mut application, mut service) = rig.pair().await;
    let whole = frame(1, true, Some([9, 9, 9, 9]), b"a message of the application");
    let (begin, end) = whole.split_at(11);
    application.write_all(begin).await.unwrap();
    exactly(&mut service, begin.len()).await;
    // As many as may wait, and one that is next.
    let waiting: Vec<_> =
        (0..65).map(|number| rig.hub.injector.inject(PIPE, &format!("{number:02}"))).collect();
    sleep(Duration::from_millis(100)).await;
    let waiting: Vec<_> = waiting.into_iter().chain([rig.hub.injector.inject(PIPE, "64")]).collect();
    let refused = rig.hub.injector.inject(PIPE, "too many").await;
    assert_eq!(refused, Ok(Injected::NotWritten(Obstacle::QueueFull)));
    application.write_all(end).await.unwrap();
    exactly(&mut service, end.len()).await;
    let mut answers = Vec::new();
    for answer in waiting {
        answers.push(answer.await.unwrap());
    }
    let written = answers.iter().filter(|answer| **answer == Injected::Written).count();
    let ours = exactly(&mut service, written * 8).await;
    assert_eq!(
        (written, answers.len()),
        (65, 66),
        "one had no room: all came before the pipe could take the first"
    );
    assert_eq!(frames::frame(1, true, ours[2..6].try_into().ok(), b"00"), ours[..8]);
    application.write_all(begin).await.unwrap();
    exactly(&mut service, begin.len()).await;
    let stuck = rig.hub.injector.inject(PIPE, "never");
    assert_eq!(soon(stuck).await, Ok(Injected::NotWritten(Obstacle::Stuck)));
    application.write_all(end).await.unwrap();
    assert_eq!(exactly(&mut service, end.len()).await, end);
}

#[tokio::test]
async fn ours_are_refused_where_they_would_do_harm() {
    let mut rig = Rig::new().await;
    assert_eq!(rig.hub.injector.inject(PIPE, "x").await, Ok(Injected::NotWritten(Obstacle::Gone)));
    let (mut closing, mut service) = rig.pair().await;
    let long = "x".repeat(1024 * 1024 + 1);
    assert_eq!(rig.hub.injector.inject(PIPE, &long).await, Ok(Injected::NotWritten(Obstacle::TooLong)));
    closing.write_all(&frame(Header::CLOSE, true, Some([0; 4]), &[3, 232])).await.unwrap();
    exactly(&mut service, 8).await;
    assert_eq!(soon(rig.hub.injector.inject(PIPE, "x")).await, Ok(Injected::NotWritten(Obstacle::Closing)));
    drop(closing);
    assert_eq!(rest(&mut service).await, b"");
    drop(service);
    while !matches!(rig.next().await, Seen::Closed { pipe: PIPE, .. }) {}
    assert_eq!(rig.hub.injector.inject(PIPE, "x").await, Ok(Injected::NotWritten(Obstacle::Gone)));

    let (mut malformed, mut service) = rig.pair().await;
    let odd = frame(0x0b, true, Some([0; 4]), b"odd");
    malformed.write_all(&odd).await.unwrap();
    assert_eq!(exactly(&mut service, odd.len()).await, odd);
    let refused = soon(rig.hub.injector.inject(PipeId(2), "x")).await;
    assert_eq!(refused, Ok(Injected::NotWritten(Obstacle::Malformed)));

    let (_application, mut service) = rig.pair().await;
    service.write_all(&frame(Header::CLOSE, true, None, &[3, 232])).await.unwrap();
    let mut application = _application;
    exactly(&mut application, 4).await;
    let refused = soon(rig.hub.injector.inject(PipeId(3), "x")).await;
    assert_eq!(refused, Ok(Injected::NotWritten(Obstacle::Closing)));
}

#[tokio::test]
async fn what_was_begun_is_never_called_not_written() {
    let rig = Rig::new().await;
    let (_application, service) = rig.pair().await;
    let text = "x".repeat(1024 * 1024);
    let answers: Vec<_> = (0..40).map(|_| rig.hub.injector.inject(PIPE, &text)).collect();
    // The kernel takes some of it, and then no more.
    sleep(Duration::from_millis(300)).await;
    drop((service, rig.hub.counters.injected.get()));
    let mut kinds = Vec::new();
    for answer in answers {
        kinds.push(soon(answer).await.unwrap());
    }
    let written = kinds.iter().filter(|kind| **kind == Injected::Written).count();
    assert!(written < 40, "the service never read");
    assert_eq!(kinds[written], Injected::Unknown);
    assert!(
        kinds[written + 1..].iter().all(|kind| *kind == Injected::NotWritten(Obstacle::Gone)),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn without_an_observer_bytes_flow_and_ours_do_not() {
    let rig = Rig::new().await;
    let (mut application, mut service) = rig.pair().await;
    drop(rig.seen);
    let bytes = frame(1, true, Some([1, 2, 3, 4]), b"anyway");
    application.write_all(&bytes).await.unwrap();
    assert_eq!(exactly(&mut service, bytes.len()).await, bytes);
    let refused = soon(rig.hub.injector.inject(PIPE, "x")).await;
    assert_eq!(refused, Ok(Injected::NotWritten(Obstacle::Unobserved)));
    let marked = frame(1, true, None, rig.mark.word().as_bytes());
    let reply = frame(1, true, None, b"reply");
    service.write_all(&[&marked[..], &reply].concat()).await.unwrap();
    assert_eq!(exactly(&mut application, reply.len()).await, reply);
    assert_eq!(rig.hub.counters.lost.get(), 3);
}

#[tokio::test]
async fn a_slow_observer_loses_copies_and_is_told_how_many() {
    let mut rig = Rig::with(5, |_| ()).await;
    let (mut application, mut service) = rig.pair().await;
    let bytes = frame(1, true, Some([1, 2, 3, 4]), b"one of many");
    for _ in 0..100 {
        application.write_all(&bytes).await.unwrap();
        assert_eq!(exactly(&mut service, bytes.len()).await, bytes);
    }
    assert!(matches!(rig.next().await, Seen::Opened { .. }));
    assert!(matches!(rig.next().await, Seen::Message { .. }));
    assert!(matches!(rig.next().await, Seen::Message { .. }));
    soon(async {
        while rig.hub.counters.lost.get() < 98 {
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    application.write_all(&bytes).await.unwrap();
    assert_eq!(rig.next().await, Seen::Lost { pipe: PIPE, count: 98 });
    assert!(matches!(rig.next().await, Seen::Message { .. }));
    drop((application, service));
    assert!(matches!(rig.next().await, Seen::Closed { pipe: PIPE, .. }));
}

#[tokio::test]
async fn one_that_does_not_read_holds_up_its_own_service_alone_and_takes_bounded_memory() {
    let rig = Rig::new().await;
    let (mut slow, mut service) = rig.pair().await;
    let (mut quick, mut other) = rig.pair().await;
    let much = frame(1, true, None, &vec![b'x'; 100_000]);
    let flood = async {
        for _ in 0..640 {
            if timeout(Duration::from_millis(500), service.write_all(&much)).await.is_err() {
                return true;
            }
        }
        false
    };
    assert!(soon(flood).await, "the service has to wait");
    // What the kernel takes for a socket is a few MiB; of ours there is no more than a message and a buffer.
    assert!(rig.hub.counters.down.bytes.get() < 24 * 1024 * 1024);
    let bytes = frame(1, true, Some([1, 2, 3, 4]), b"still here");
    quick.write_all(&bytes).await.unwrap();
    assert_eq!(exactly(&mut other, bytes.len()).await, bytes);
    drop(service);
    let got = soon(rest(&mut slow)).await;
    assert!(got.starts_with(&much[..]) && got.len() as u64 == rig.hub.counters.down.bytes.get());
}

#[tokio::test(start_paused = true)]
async fn a_side_that_takes_nothing_for_a_minute_is_cut() {
    let mut rig = Rig::new().await;
    let (mut application, mut service) = rig.pair().await;
    let much = vec![0x82, 0x7f, 0, 0, 0, 1, 0, 0, 0, 0];
    application.write_all(&much).await.unwrap();
    let full = vec![7; 1024 * 1024];
    let flood = async { while application.write_all(&full).await.is_ok() {} };
    tokio::select! { () = flood => {}, () = sleep(Duration::from_secs(300)) => panic!("it is not cut") }
    assert!(matches!(rig.next().await, Seen::Opened { .. }));
    assert_eq!(rig.next().await, Seen::Closed { pipe: PIPE, why: Ended::Stuck(Side::Service) });
    assert!(!rest(&mut service).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_side_that_never_ends_after_the_other_did_is_given_up() {
    let mut rig = Rig::new().await;
    let (application, mut service) = rig.pair().await;
    let begun = tokio::time::Instant::now();
    drop(application);
    assert_eq!(rest(&mut service).await, b"");
    assert!(matches!(rig.next().await, Seen::Opened { .. }));
    let closed = timeout(Duration::from_secs(300), rig.seen.recv()).await.unwrap();
    assert_eq!(closed, Some(Seen::Closed { pipe: PIPE, why: Ended::By(Side::Application) }));
    assert!(begun.elapsed() >= Duration::from_secs(60));
}

#[tokio::test]
async fn a_reset_of_one_side_ends_the_other_after_what_it_said() {
    for by_service in [false, true] {
        let mut rig = Rig::new().await;
        let (application, service) = rig.pair().await;
        let last = frame(1, true, Some([5, 6, 7, 8]), b"last words");
        let (mut one, mut other) = if by_service { (service, application) } else { (application, service) };
        one.write_all(&last).await.unwrap();
        assert_eq!(exactly(&mut other, last.len()).await, last);
        socket2::SockRef::from(&one).set_linger(Some(Duration::ZERO)).unwrap();
        drop(one);
        // The other need not do anything.
        assert_eq!(soon(rest(&mut other)).await, b"");
        let side = if by_service { Side::Service } else { Side::Application };
        soon(async { while rig.next().await != (Seen::Closed { pipe: PIPE, why: Ended::By(side) }) {} })
            .await;
    }
}

#[tokio::test]
async fn what_comes_along_with_the_upgrade_goes_along() {
    let mut rig = Rig::new().await;
    let mut application = TcpStream::connect(rig.address()).await.unwrap();
    let (first, greeting) = (frame(1, true, Some([1, 1, 1, 1]), b"first"), frame(1, true, None, b"greeting"));
    let asked = upgrade(&rig.address().to_string(), "");
    application.write_all(&[&asked[..], &first].concat()).await.unwrap();
    let (mut service, _) = soon(rig.service.accept()).await.unwrap();
    let request = soon(head(&mut service)).await;
    let own = rig.service.local_addr().unwrap().to_string();
    assert_eq!(request, String::from_utf8(asked).unwrap().replace(&rig.address().to_string(), &own));
    let early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    let answer = [early, ACCEPTED, &greeting].concat();
    service.write_all(&answer).await.unwrap();
    assert_eq!(exactly(&mut application, answer.len()).await, answer);
    assert_eq!(exactly(&mut service, first.len()).await, first);
    let mut told = [rig.next_message().await, rig.next_message().await];
    told.sort();
    assert_eq!(told, [("first".into(), false), ("greeting".into(), false)]);
}

#[tokio::test]
async fn a_refusal_of_the_service_goes_back_as_it_came() {
    let rig = Rig::new().await;
    for answer in [
        &b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\nX-Own: yes\r\n\r\nno!"[..],
        b"HTTP/1.1 302 Found\r\nLocation: wss://elsewhere/\r\n\r\n",
        b"nonsense that is not HTTP at all",
    ] {
        let mut application = TcpStream::connect(rig.address()).await.unwrap();
        application.write_all(&upgrade("localhost", "")).await.unwrap();
        let (mut service, _) = soon(rig.service.accept()).await.unwrap();
        soon(head(&mut service)).await;
        service.write_all(answer).await.unwrap();
        drop(service);
        assert_eq!(soon(rest(&mut application)).await, answer);
    }
    assert_eq!(rig.hub.counters.opened.get(), 0);
}

#[tokio::test]
async fn whoever_is_not_admitted_reaches_nothing() {
    let admit: callboard::hub::Admit = Arc::new(|first: &[u8]| first.starts_with(b"let me in"));
    let rig = Rig::with(1_024, |options| options.access = Access::Admitted(admit)).await;
    let (mut application, mut service) = rig.pair().await;
    let mut dice = fastrand::Rng::with_seed(1);
    let mut speech = Speech::default();
    speech.control(&mut dice, true);
    speech.say(&mut dice, true, 1, b"let me in, please", 4, 1);
    speech.say(&mut dice, true, 1, b"more", 1, 0);
    write(&mut application, 1, &speech.bytes()).await;
    assert_eq!(exactly(&mut service, speech.bytes().len()).await, speech.bytes());

    let (mut stranger, mut service) = rig.pair().await;
    let injected = rig.hub.injector.inject(PipeId(2), "x");
    stranger.write_all(&frame(1, true, Some([1, 2, 3, 4]), b"hello")).await.unwrap();
    assert_eq!(soon(rest(&mut stranger)).await, frame(Header::CLOSE, true, None, &1008_u16.to_be_bytes()));
    assert_eq!(soon(rest(&mut service)).await, b"");
    assert_eq!(soon(injected).await, Ok(Injected::NotWritten(Obstacle::Gone)));

    let (mut talker, mut service) = rig.pair().await;
    talker.write_all(&vec![0x81; 70_000]).await.unwrap();
    assert_eq!(soon(rest(&mut service)).await, b"");
}

#[tokio::test]
async fn a_hub_that_is_stopped_ends_every_pipe_and_says_so() {
    let mut rig = Rig::new().await;
    let (mut application, mut service) = rig.pair().await;
    let _knocking = TcpStream::connect(rig.address()).await.unwrap();
    drop(rig.stop);
    soon(rig.hub.stopped()).await;
    assert!(matches!(rig.seen.recv().await, Some(Seen::Opened { pipe: PIPE, .. })));
    assert_eq!(rig.seen.recv().await, Some(Seen::Closed { pipe: PIPE, why: Ended::Stopped }));
    assert_eq!(rig.seen.recv().await, None);
    assert_eq!((rest(&mut application).await, rest(&mut service).await), (vec![], vec![]));
}
