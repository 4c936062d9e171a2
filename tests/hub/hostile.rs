//! Whoever means harm, on the socket that applications use: others go on.

use std::time::Duration;

use callboard::hub::frames::frame;
use callboard::hub::{Injected, PipeId};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::rig::{Rig, exactly, soon, upgrade};

#[tokio::test]
async fn slow_ones_half_ones_and_nonsense_do_not_disturb_the_others() {
    let rig = Rig::with(1_024, |options| options.limits = callboard::hub::Limits::default()).await;
    let (mut application, mut service) = rig.pair().await;
    let mut dice = fastrand::Rng::with_seed(3);
    let mut hostile = Vec::new();
    // Far more than may be in their handshake at one time.
    for number in 0..400 {
        let mut socket = TcpStream::connect(rig.address()).await.unwrap();
        let nonsense: Vec<u8> = (0..dice.usize(..3_000)).map(|_| dice.u8(..)).collect();
        let asked = upgrade("localhost", "");
        let said: &[u8] = match number % 4 {
            0 => b"",
            1 => &asked[..dice.usize(..asked.len())],
            2 => &nonsense,
            _ => b"GET / HTTP/1.1\r\n",
        };
        // It may have been dropped already.
        let _ = socket.write_all(said).await;
        hostile.push(socket);
    }
    let bytes = frame(1, true, Some([1, 2, 3, 4]), b"still here");
    for _ in 0..50 {
        application.write_all(&bytes).await.unwrap();
        assert_eq!(exactly(&mut service, bytes.len()).await, bytes);
    }
    // There is room for another application, although the hostile ones are all still there.
    sleep(Duration::from_millis(1_200)).await;
    rig.pair().await;
    assert!(rig.hub.counters.refused.get() > 100);
}

#[tokio::test]
async fn nonsense_after_the_upgrade_goes_to_the_service_as_it_is_and_concerns_nobody_else() {
    let rig = Rig::new().await;
    let (mut application, mut service) = rig.pair().await;
    for seed in 0..40 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let (mut hostile, mut its_service) = rig.pair().await;
        let nonsense: Vec<u8> = (0..dice.usize(1..20_000)).map(|_| dice.u8(..)).collect();
        hostile.write_all(&nonsense).await.unwrap();
        assert!(exactly(&mut its_service, nonsense.len()).await == nonsense);
        its_service.write_all(&nonsense).await.unwrap();
        drop(its_service);
        assert!(soon(crate::rig::rest(&mut hostile)).await == nonsense);
    }
    let bytes = frame(1, true, Some([1, 2, 3, 4]), b"still here");
    application.write_all(&bytes).await.unwrap();
    assert_eq!(exactly(&mut service, bytes.len()).await, bytes);
    assert_eq!(soon(rig.hub.injector.inject(PipeId(1), "ours")).await, Ok(Injected::Written));
}
