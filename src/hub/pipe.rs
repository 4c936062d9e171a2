//! One application's connection: moves bytes both ways, in one task, and puts ours between.

use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Buf;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::counters::{Counters, Traffic};
use super::frames::{self, Header};
use super::gather::Message;
use super::hold::{self, Hold};
use super::injector::{Obstacle, Order, Place};
use super::mark::Mark;
use super::outlet::Outlet;
use super::pass::{self, Pass};
use super::seen::{Ended, Side};
use crate::time::{At, Clock};

/// A side that takes nothing for so long is cut, and so is what one side has left and the other does not end.
const STUCK: Duration = Duration::from_secs(60);
/// The first message of an application that has to be admitted may take so long.
const FIRST: Duration = Duration::from_secs(10);
/// For a last word to whoever is not admitted.
const FAREWELL: Duration = Duration::from_secs(1);

/// Decides by the first message of an application whether it may go on. Asked before the service gets anything. Must
/// not block.
pub type Admit = Arc<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// Both ends of a pipe, and what came of each along with the upgrade.
pub(super) struct Ends<A, S> {
    pub(super) application: A,
    pub(super) service: S,
    pub(super) from_application: Vec<u8>,
    pub(super) from_service: Vec<u8>,
}

/// What a pipe works with.
pub(super) struct Rig {
    pub(super) outlet: Outlet,
    pub(super) place: Place,
    pub(super) counters: Arc<Counters>,
    pub(super) mark: Mark,
    pub(super) admit: Option<Admit>,
    pub(super) clock: Clock,
}

/// Moves bytes until both sides have ended, or one has to be cut.
pub(super) async fn run<A, S>(ends: Ends<A, S>, rig: Rig, stopped: CancellationToken)
where
    A: AsyncRead + AsyncWrite + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Rig { outlet, place, counters, mark, admit, clock } = rig;
    let Ends { mut application, mut service, from_application, from_service } = ends;
    let desk = Desk { outlet, counters, clock, ended: None, gone: None, closing: false };
    let gate = admit.map(|admit| (admit, clock.at() + FIRST));
    let up = Up::new(place, gate, from_application, &desk);
    let mut pipe = Pipe { up, down: Down::new(mark, &from_service, &desk), desk, alarm: Alarm::default() };
    let why = tokio::select! {
        why = poll_fn(|cx| pipe.poll(cx, &mut application, &mut service)) => why,
        () = stopped.cancelled() => Ended::Stopped,
    };
    if why == Ended::NotAdmitted && pipe.down.hold.is_at_rest() {
        // 1008: policy. Whether it is heard does not matter.
        let close = frames::frame(Header::CLOSE, true, None, &1008_u16.to_be_bytes());
        let _ = timeout(FAREWELL, application.write_all(&close)).await;
        let _ = timeout(FAREWELL, application.shutdown()).await;
    }
    pipe.desk.outlet.ends(why);
}

struct Pipe {
    up: Up,
    down: Down,
    desk: Desk,
    alarm: Alarm,
}

impl Pipe {
    fn poll<A, S>(&mut self, cx: &mut Context<'_>, application: &mut A, service: &mut S) -> Poll<Ended>
    where
        A: AsyncRead + AsyncWrite + Unpin,
        S: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            self.up.poll(cx, application, service, &mut self.desk);
            self.down.poll(cx, service, application, &mut self.desk);
            self.bury();
            if let Some(why) = self.end() {
                return Poll::Ready(why);
            }
            ready!(self.alarm.poll(cx, self.wake_at(), &self.desk.clock));
            if let Some(why) = self.wake(self.desk.clock.at()) {
                return Poll::Ready(why);
            }
        }
    }

    /// Nothing can be brought to a side that is gone altogether.
    fn bury(&mut self) {
        match self.desk.gone {
            Some(Side::Application) => self.down.flow.over = true,
            Some(Side::Service) if !self.up.flow.over => self.up.broken(&mut self.desk),
            Some(Side::Service) | None => {}
        }
    }

    fn end(&self) -> Option<Ended> {
        let over = self.up.flow.over && self.down.flow.over;
        self.desk.ended.filter(|why| over || *why == Ended::NotAdmitted)
    }

    /// When what one side has left alone is given up.
    fn left_alone(&self) -> Option<At> {
        let (up, down) = (&self.up.flow, &self.down.flow);
        (up.over || down.over).then(|| up.moved.max(down.moved) + STUCK)
    }

    fn wake_at(&self) -> Option<At> {
        let stuck = [&self.up.flow, &self.down.flow].into_iter().filter_map(|flow| flow.stuck);
        let stuck = stuck.map(|since| since + STUCK);
        stuck.chain(self.up.wake_at()).chain(self.down.hold.wake_at()).chain(self.left_alone()).min()
    }

    fn wake(&mut self, now: At) -> Option<Ended> {
        let is_stuck = |flow: &Flow| flow.stuck.is_some_and(|since| now >= since + STUCK);
        if is_stuck(&self.up.flow) {
            return Some(Ended::Stuck(Side::Service));
        }
        if is_stuck(&self.down.flow) {
            return Some(Ended::Stuck(Side::Application));
        }
        if self.left_alone().is_some_and(|at| now >= at) {
            return Some(self.desk.ended.unwrap_or(Ended::Stopped));
        }
        self.down.hold.wake(now);
        self.up.wake(now)
    }
}

/// What both ways share.
struct Desk {
    outlet: Outlet,
    counters: Arc<Counters>,
    clock: Clock,
    /// Who ended first.
    ended: Option<Ended>,
    /// Who has gone without an end, such as by a reset.
    gone: Option<Side>,
    /// One side has sent a close frame.
    closing: bool,
}

impl Desk {
    /// Counts a message and offers its copy.
    fn message(&mut self, from: Side, at: At, message: Message, ours: bool) {
        let traffic = self.counters.from(from);
        traffic.messages.add(1);
        let Some(copy) = message.copy else {
            traffic.unexamined.add(1);
            return self.outlet.lose();
        };
        if message.binary {
            traffic.binary.add(1);
        } else if std::str::from_utf8(&copy).is_err() {
            traffic.not_utf8.add(1);
        }
        if ours {
            self.counters.ours.add(1);
        }
        self.outlet.tell(from, at, copy, ours);
    }

    fn ended_by(&mut self, side: Side) {
        self.ended.get_or_insert(Ended::By(side));
    }

    /// Nothing more comes from this side.
    fn left(&mut self, side: Side, last: &Result<usize, Broken>) {
        self.ended_by(side);
        if last.is_err() {
            self.gone.get_or_insert(side);
        }
    }
}

/// How one way is doing.
struct Flow {
    /// More may arrive.
    reading: bool,
    /// Everything there was has been taken, and that it is all was said.
    over: bool,
    /// Since when the other side takes nothing.
    stuck: Option<At>,
    /// Something was written that may still be on its way through TLS.
    unflushed: bool,
    /// When something last arrived.
    moved: At,
    /// When the first of what was not taken yet arrived.
    since: Option<At>,
}

impl Flow {
    const fn new(now: At) -> Self {
        Self { reading: true, over: false, stuck: None, unflushed: false, moved: now, since: None }
    }

    /// Reads what there is into `room`. `Ready(0)` is the end. An error means that the other side is gone.
    fn read<R: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut R,
        room: &mut [u8],
        traffic: &Traffic,
        clock: &Clock,
    ) -> Poll<Result<usize, Broken>> {
        let mut room = ReadBuf::new(room);
        let read = ready!(Pin::new(from).poll_read(cx, &mut room));
        let count = room.filled().len();
        self.reading = count > 0;
        // Many end TLS by closing the connection.
        if read.is_err_and(|error| error.kind() != ErrorKind::UnexpectedEof) {
            return Poll::Ready(Err(Broken));
        }
        if count > 0 {
            traffic.bytes.add(count as u64);
            self.moved = clock.at();
            self.since.get_or_insert(self.moved);
        }
        Poll::Ready(Ok(count))
    }

    /// Writes some of `bytes`. An error means that the other side takes nothing any more.
    fn write<W: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        to: &mut W,
        bytes: &[u8],
        clock: &Clock,
    ) -> Poll<Result<usize, Broken>> {
        let written = match Pin::new(to).poll_write(cx, bytes) {
            Poll::Pending => {
                self.stuck.get_or_insert_with(|| clock.at());
                return Poll::Pending;
            }
            Poll::Ready(written) => written.ok().filter(|count| *count > 0).ok_or(Broken),
        };
        self.stuck = None;
        self.unflushed = true;
        Poll::Ready(written)
    }

    /// Sees to it that what was written leaves.
    fn flush<W: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        to: &mut W,
        clock: &Clock,
    ) -> Poll<Result<(), Broken>> {
        if self.unflushed {
            let Poll::Ready(flushed) = Pin::new(to).poll_flush(cx) else {
                self.stuck.get_or_insert_with(|| clock.at());
                return Poll::Pending;
            };
            flushed.map_err(|_| Broken)?;
            (self.unflushed, self.stuck) = (false, None);
        }
        Poll::Ready(Ok(()))
    }

    /// Everything that had arrived has been written.
    fn is_through(&mut self, traffic: &Traffic, clock: &Clock) {
        if let Some(since) = self.since.take() {
            traffic.delays.add(clock.at().since(since));
        }
    }

    /// Says that nothing more comes.
    fn shut<W: AsyncWrite + Unpin>(&mut self, cx: &mut Context<'_>, to: &mut W, clock: &Clock) {
        // An error says that the other side is gone already.
        if Pin::new(to).poll_shutdown(cx).is_ready() {
            (self.over, self.stuck) = (true, None);
        } else {
            self.stuck.get_or_insert_with(|| clock.at());
        }
    }
}

/// The other side is gone, or takes nothing any more.
#[derive(Debug)]
struct Broken;

/// From the application to the service.
struct Up {
    flow: Flow,
    pass: Pass,
    place: Place,
    /// The frame of ours that is next, or being written.
    order: Option<Order>,
    /// Nothing goes on until this has admitted the first message, at the latest by then.
    gate: Option<(Admit, At)>,
    noticed: Vec<pass::Noticed>,
}

impl Up {
    fn new(place: Place, gate: Option<(Admit, At)>, early: Vec<u8>, desk: &Desk) -> Self {
        let now = desk.clock.at();
        let mut up = Self {
            flow: Flow::new(now),
            pass: Pass::starting_with(early),
            place,
            order: None,
            gate,
            noticed: Vec::new(),
        };
        up.flow.since = (!up.pass.is_empty()).then_some(now);
        up
    }

    fn wake_at(&self) -> Option<At> {
        let order = self.order.as_ref().filter(|order| !order.begun).map(|order| order.due);
        order.into_iter().chain(self.gate.as_ref().map(|(_, due)| *due)).min()
    }

    fn wake(&mut self, now: At) -> Option<Ended> {
        if self.gate.as_ref().is_some_and(|(_, due)| now >= *due) {
            return Some(Ended::NotAdmitted);
        }
        if self.order.as_ref().is_some_and(|order| !order.begun && now >= order.due) {
            self.refuse(Obstacle::Stuck);
        }
        None
    }

    fn poll<A, S>(&mut self, cx: &mut Context<'_>, from: &mut A, to: &mut S, desk: &mut Desk)
    where
        A: AsyncRead + Unpin,
        S: AsyncWrite + Unpin,
    {
        while !self.flow.over {
            let written = self.write(cx, to, desk);
            self.look(desk);
            match written {
                Poll::Ready(Err(Broken)) => return self.broken(desk),
                Poll::Ready(Ok(())) if self.is_barred(desk) => return,
                Poll::Ready(Ok(())) if self.take_order(cx, desk) || self.has_more() => continue,
                Poll::Ready(Ok(())) => {}
                // Orders are answered while nothing moves, too.
                Poll::Pending => {
                    self.take_order(cx, desk);
                    return;
                }
            }
            if !self.flow.reading {
                return self.flow.shut(cx, to, &desk.clock);
            }
            let Some(room) = self.pass.room() else { return };
            match self.flow.read(cx, from, room, &desk.counters.up, &desk.clock) {
                Poll::Pending => return,
                Poll::Ready(Ok(count @ 1..)) => self.pass.arrived(count),
                Poll::Ready(last) => {
                    desk.left(Side::Application, &last);
                    self.no_more_orders();
                }
            }
        }
    }

    /// Writes what there is, and ours where it belongs.
    fn write<S>(&mut self, cx: &mut Context<'_>, to: &mut S, desk: &Desk) -> Poll<Result<(), Broken>>
    where
        S: AsyncWrite + Unpin,
    {
        if self.gate.is_some() {
            return Poll::Ready(Ok(()));
        }
        loop {
            if self.order.as_ref().is_some_and(|order| order.begun || self.pass.is_at_gap()) {
                ready!(self.write_order(cx, to, desk))?;
                continue;
            }
            let bytes = self.pass.ready();
            if bytes.is_empty() {
                break;
            }
            let count = ready!(self.flow.write(cx, to, bytes, &desk.clock))?;
            self.pass.took(count);
        }
        if self.pass.is_empty() {
            self.flow.is_through(&desk.counters.up, &desk.clock);
        }
        self.flow.flush(cx, to, &desk.clock)
    }

    fn write_order<S>(&mut self, cx: &mut Context<'_>, to: &mut S, desk: &Desk) -> Poll<Result<(), Broken>>
    where
        S: AsyncWrite + Unpin,
    {
        let Some(mut order) = self.order.take() else { return Poll::Ready(Ok(())) };
        if !order.begun && !desk.outlet.is_watched() {
            order.refuse(Obstacle::Unobserved);
            self.pass.close_gap();
            return Poll::Ready(Ok(()));
        }
        let Poll::Ready(written) = self.flow.write(cx, to, &order.frame, &desk.clock) else {
            self.order = Some(order);
            return Poll::Pending;
        };
        // Even if it failed: what TLS has taken before that may have left.
        order.begun = true;
        order.frame.advance(written?);
        if order.frame.is_empty() {
            desk.counters.injected.add(1);
            order.written();
            self.pass.close_gap();
        } else {
            self.order = Some(order);
        }
        Poll::Ready(Ok(()))
    }

    fn look(&mut self, desk: &mut Desk) {
        self.pass.look(&mut self.noticed);
        for noticed in self.noticed.drain(..) {
            match noticed {
                pass::Noticed::Message(message) => {
                    if let Some((admit, _)) = &self.gate {
                        if message.copy.as_ref().is_some_and(|copy| admit(copy)) {
                            self.gate = None;
                        } else {
                            desk.ended = Some(Ended::NotAdmitted);
                            return;
                        }
                    }
                    desk.message(Side::Application, self.flow.moved, message, false);
                }
                pass::Noticed::Malformed(_) => desk.counters.up.malformed.add(1),
                pass::Noticed::Closing => desk.closing = true,
            }
        }
    }

    /// Whether nothing more is to be done, for the application is not admitted. One that says more than there is room
    /// for, or leaves, before its first message is whole, never will be.
    fn is_barred(&mut self, desk: &mut Desk) -> bool {
        if self.gate.is_some() && (!self.flow.reading || self.pass.room().is_none()) {
            desk.ended = Some(Ended::NotAdmitted);
        }
        desk.ended == Some(Ended::NotAdmitted)
    }

    fn has_more(&self) -> bool {
        self.gate.is_none() && !self.pass.ready().is_empty()
    }

    /// Sees to the next frame of ours. Tells whether it may be written now.
    fn take_order(&mut self, cx: &mut Context<'_>, desk: &Desk) -> bool {
        if self.gate.is_some() || !self.flow.reading {
            return false;
        }
        loop {
            if self.order.is_none() {
                let Poll::Ready(Some(order)) = self.place.orders.poll_recv(cx) else { return false };
                self.order = Some(order);
            }
            let begun = self.order.as_ref().is_some_and(|order| order.begun);
            let closing = desk.closing.then_some(Obstacle::Closing);
            match self.pass.obstacle().or(closing) {
                Some(why) if !begun => self.refuse(why),
                _ => {
                    self.pass.open_gap();
                    return begun || self.pass.is_at_gap();
                }
            }
        }
    }

    fn refuse(&mut self, why: Obstacle) {
        if let Some(order) = self.order.take() {
            order.refuse(why);
        }
        self.pass.close_gap();
    }

    /// Whatever waits is told that the pipe is gone; what has begun goes on.
    fn no_more_orders(&mut self) {
        self.place.orders.close();
        while self.place.orders.try_recv().is_ok() {}
        if self.order.as_ref().is_some_and(|order| !order.begun) {
            self.refuse(Obstacle::Gone);
        }
    }

    /// The service takes nothing more: what is left for it has nowhere to go.
    fn broken(&mut self, desk: &mut Desk) {
        desk.ended_by(Side::Service);
        self.no_more_orders();
        self.order = None;
        self.flow.over = true;
    }
}

/// From the service to the application.
struct Down {
    flow: Flow,
    hold: Hold,
    noticed: Vec<hold::Noticed>,
}

impl Down {
    fn new(mark: Mark, early: &[u8], desk: &Desk) -> Self {
        let now = desk.clock.at();
        let mut down = Self { flow: Flow::new(now), hold: Hold::new(mark), noticed: Vec::new() };
        down.hold.starts_with(early, now, &mut down.noticed);
        down.flow.since = (!down.hold.ready().is_empty()).then_some(now);
        down
    }

    fn poll<S, A>(&mut self, cx: &mut Context<'_>, from: &mut S, to: &mut A, desk: &mut Desk)
    where
        S: AsyncRead + Unpin,
        A: AsyncWrite + Unpin,
    {
        while !self.flow.over {
            let written = self.write(cx, to, desk);
            self.tell(desk);
            match written {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(Broken)) => {
                    // What is left for the application has nowhere to go.
                    desk.ended_by(Side::Application);
                    self.flow.over = true;
                    return;
                }
                Poll::Pending => return,
            }
            if !self.flow.reading {
                return self.flow.shut(cx, to, &desk.clock);
            }
            let Some(room) = self.hold.room() else { return };
            match self.flow.read(cx, from, room, &desk.counters.down, &desk.clock) {
                Poll::Pending => return,
                Poll::Ready(Ok(count @ 1..)) => self.hold.arrived(count, self.flow.moved, &mut self.noticed),
                Poll::Ready(last) => {
                    desk.left(Side::Service, &last);
                    self.hold.end();
                }
            }
        }
    }

    fn write<A>(&mut self, cx: &mut Context<'_>, to: &mut A, desk: &Desk) -> Poll<Result<(), Broken>>
    where
        A: AsyncWrite + Unpin,
    {
        let mut wrote = false;
        loop {
            let bytes = self.hold.ready();
            if bytes.is_empty() {
                break;
            }
            let count = ready!(self.flow.write(cx, to, bytes, &desk.clock))?;
            self.hold.taken(count);
            wrote = true;
        }
        if wrote {
            self.flow.is_through(&desk.counters.down, &desk.clock);
        }
        // What arrived and is held, or is ours, is not being delayed.
        self.flow.since = None;
        self.flow.flush(cx, to, &desk.clock)
    }

    fn tell(&mut self, desk: &mut Desk) {
        for noticed in self.noticed.drain(..) {
            match noticed {
                hold::Noticed::Message(message, ours) => {
                    desk.message(Side::Service, self.flow.moved, message, ours);
                }
                hold::Noticed::Malformed(_) => desk.counters.down.malformed.add(1),
                hold::Noticed::Closing => desk.closing = true,
            }
        }
    }
}

/// Wakes the pipe when something is due. One that is set too early stays as it is.
#[derive(Default)]
struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    fn poll(&mut self, cx: &mut Context<'_>, due: Option<At>, clock: &Clock) -> Poll<()> {
        let Some(due) = due.map(|at| clock.instant(at)) else { return Poll::Pending };
        match &mut self.0 {
            Some(set) if due < set.deadline() => set.as_mut().reset(due),
            Some(_) => {}
            None => self.0 = Some(Box::pin(tokio::time::sleep_until(due))),
        }
        let Some(set) = &mut self.0 else { return Poll::Pending };
        ready!(set.as_mut().poll(cx));
        self.0 = None;
        Poll::Ready(())
    }
}
