//! The way between client and switch: carries bytes late, slowly, in pieces, together, or not at all.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// Bytes of a segment, the unit that is lost or late.
const SEGMENT: usize = 1_460;

/// How the way is. Changes concern what is under way, too.
#[derive(Debug, Clone, Default)]
pub struct Way {
    /// Seconds that a segment takes, at least and at most. Order is kept, as TCP keeps it.
    pub latency: (f64, f64),
    /// How likely a segment is lost. It is sent again after 0.2 s, 0.4 s and so on; what is behind it waits.
    pub loss: f64,
    /// Bytes a second; none for any number.
    pub rate: Option<f64>,
    /// Bytes come in pieces of at most so many.
    pub pieces: Option<usize>,
    /// Bytes wait so many seconds for more, and come together.
    pub together: f64,
    /// Nothing arrives upwards, that is at the switch, or downwards.
    pub dead: [bool; 2],
    /// So many bytes arrive downwards on each connection; then it is reset.
    pub cut_after: Option<usize>,
}

/// A direction of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the switch.
    Up,
    /// To the client.
    Down,
}

/// One end of a connection, as the client has it.
pub struct End {
    stream: DuplexStream,
    reset: Arc<AtomicBool>,
}

/// The fate of one connection, in the hands of the switch.
#[derive(Debug, Clone)]
pub struct Fate {
    /// The connection ends here and now; what is under way is gone.
    pub gone: CancellationToken,
    /// Its end is an error at the client, not an end of file.
    pub reset: Arc<AtomicBool>,
}

/// A connection over the way: the client's end, the switch's end, and its fate.
pub fn lay(way: &watch::Receiver<Way>, dice: &mut fastrand::Rng) -> (End, DuplexStream, Fate) {
    let (stream, near) = tokio::io::duplex(SEGMENT * 8);
    let (far, end) = tokio::io::duplex(SEGMENT * 8);
    let fate = Fate { gone: CancellationToken::new(), reset: Arc::default() };
    let (near_read, near_write) = tokio::io::split(near);
    let (far_read, far_write) = tokio::io::split(far);
    let mut carry =
        |direction| Carrier { direction, way: way.clone(), dice: dice.fork(), fate: fate.clone() };
    let (up, down) = (carry(Direction::Up), carry(Direction::Down));
    let gone = fate.gone.clone();
    tokio::spawn(async move {
        let both = async { tokio::join!(up.run(near_read, far_write), down.run(far_read, near_write)) };
        tokio::select! {
            _ = both => {}
            () = gone.cancelled() => {}
        }
    });
    (End { stream, reset: fate.reset.clone() }, end, fate)
}

struct Carrier {
    direction: Direction,
    way: watch::Receiver<Way>,
    dice: fastrand::Rng,
    fate: Fate,
}

impl Carrier {
    async fn run<R, W>(mut self, mut from: R, mut to: W)
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        // What is under way is bounded, as windows are.
        let (queue, mut under_way) = mpsc::channel::<(Instant, Vec<u8>)>(64);
        let mut takes = self.way.clone();
        let mut dice = self.dice.fork();
        let taking = async move {
            let mut last = Instant::now();
            let mut bytes = vec![0; SEGMENT];
            while let Ok(count @ 1..) = from.read(&mut bytes).await {
                let way = takes.borrow_and_update().clone();
                last = last.max(Instant::now()) + way.takes(count, &mut dice, last);
                if queue.send((last, bytes[..count].to_vec())).await.is_err() {
                    return;
                }
            }
        };
        let giving = async move {
            let mut given = 0;
            let mut next = under_way.recv().await;
            while let Some((at, mut bytes)) = next.take() {
                sleep_until(at).await;
                let together = self.way.borrow().together;
                if together > 0.0 {
                    sleep(Duration::from_secs_f64(together)).await;
                    while let Ok((at, more)) = under_way.try_recv() {
                        if at > Instant::now() {
                            next = Some((at, more));
                            break;
                        }
                        bytes.extend(more);
                    }
                }
                if self.give(&mut to, &bytes, &mut given).await.is_err() {
                    return;
                }
                if next.is_none() {
                    next = under_way.recv().await;
                }
            }
            let _ = to.shutdown().await;
        };
        tokio::join!(taking, giving);
    }

    async fn give(
        &mut self,
        to: &mut (impl AsyncWrite + Unpin),
        bytes: &[u8],
        given: &mut usize,
    ) -> io::Result<()> {
        let mut left = bytes;
        while !left.is_empty() {
            let side = usize::from(self.direction == Direction::Down);
            let way = self.way.wait_for(|way| !way.dead[side]).await.map_err(io::Error::other)?.clone();
            let most = way.pieces.map_or(left.len(), |most| self.dice.usize(1..=most).min(left.len()));
            let room = way.cut_after.filter(|_| side == 1).map_or(most, |limit| limit.saturating_sub(*given));
            let (piece, rest) = left.split_at(most.min(room));
            to.write_all(piece).await?;
            *given += piece.len();
            left = rest;
            if room < most {
                // Whoever reads gets what was delivered before the error.
                tokio::task::yield_now().await;
                self.fate.reset.store(true, Ordering::Relaxed);
                self.fate.gone.cancel();
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            if way.pieces.is_some() {
                // The reader gets this piece before there is another.
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }
}

impl Way {
    /// How long so many bytes take behind those that arrive at `last`.
    fn takes(&self, count: usize, dice: &mut fastrand::Rng, last: Instant) -> Duration {
        let (least, most) = self.latency;
        let mut seconds = least + (most - least) * dice.f64();
        let mut again = 0.2;
        while dice.f64() < self.loss {
            seconds += again;
            again *= 2.0;
        }
        // Those before it are on their way already: only what it takes longer than they do counts.
        let ahead = last.saturating_duration_since(Instant::now()).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a small count")]
        let rate = self.rate.map_or(0.0, |rate| count as f64 / rate);
        Duration::from_secs_f64((seconds - ahead).max(0.0) + rate)
    }
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let ended = matches!(read, Poll::Ready(Ok(()))) && buf.filled().len() == before;
        if ended && self.reset.load(Ordering::Relaxed) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        read
    }
}

impl AsyncWrite for End {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
