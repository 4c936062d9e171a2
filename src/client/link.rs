//! The socket: carries bytes between one session machine and the service. The only client file that does I/O.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{FutureExt, Sink, SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_util::sync::CancellationToken;

use super::event::{ClientEvent, Kept, Progress, Received, Submission};
use super::note::note;
use super::session::{Input, Output, Session};
use crate::protocol::{RequestId, Shown};
use crate::time::{At, Clock, Now};

/// What others ask of the link.
#[derive(Debug)]
pub enum Order {
    /// Connect, or try again now.
    Connect,
    /// Send a command, once its record is on the disk.
    Submit(Submission, Kept),
    /// These events were seen before, and no others. A connection that stands is given up, so that whatever is not
    /// among them comes again.
    Remember(Vec<Arc<Received>>),
}

/// Who is told what the connection reports. A slow listener stops the reading, never loses a report.
pub trait Observer: Send {
    /// Takes reports, in order. Must not block. Tells when all of them may be acknowledged.
    fn observe(&mut self, reports: &mut Vec<ClientEvent>, now: Now) -> Kept;
    /// How far the disk is.
    fn progress(&mut self) -> Progress;
    /// Waits until it is further.
    fn progressed(&mut self) -> impl Future<Output = ()> + Send;
    /// When it has something to send by itself; none while it has not.
    fn wake_at(&mut self) -> Option<At>;
    /// What it has to send now.
    fn wake(&mut self, now: Now) -> Vec<(Submission, Kept)>;
    /// Whether there is room for what the next batch of frames may cause.
    fn has_room(&mut self, now: Now) -> bool;
    /// Waits until there may be.
    fn room(&mut self) -> impl Future<Output = ()> + Send;
}

/// Largest message taken from the service, in bytes. The official Python SDK takes as much.
pub const MAX_MESSAGE: usize = 10 * 1024 * 1024;
/// Opening a socket, with TLS and the WebSocket upgrade, may take so long.
const OPEN_WITHIN: Duration = Duration::from_secs(10);
/// Frames read before others get a turn.
const BATCH: usize = 256;
/// Frames waiting to be written beyond which nothing more is read.
const BACKLOG: usize = 4_096;

type Opening<S> = Pin<Box<dyn Future<Output = Result<WebSocketStream<S>, Shown>> + Send>>;

/// What the socket did.
enum Activity {
    Frame(Message),
    Lost(Shown),
}

struct Link<S, O> {
    session: Session,
    observer: O,
    clock: Clock,
    socket: Option<WebSocketStream<S>>,
    opening: Option<Opening<S>>,
    /// Acknowledgements of what the observer has yet to be told.
    acks: Vec<String>,
    /// Acknowledgements that wait for their report to be on the disk, in order.
    held: VecDeque<(u64, String)>,
    /// Commands that wait for their record to be on the disk, in order.
    unkept: VecDeque<(u64, Submission)>,
    /// Frames that the socket has not taken yet, with the command each carries.
    backlog: VecDeque<(String, Option<RequestId>)>,
    outputs: Vec<Output>,
    /// What the observer has yet to be told, at the latest before anything is written.
    reports: Vec<ClientEvent>,
    open_wanted: bool,
}

/// Runs a session over sockets that `open` makes, until `closed` is cancelled or everybody who could order something
/// is gone.
pub async fn run<S, F, Fut, O>(
    session: Session,
    mut open: F,
    mut orders: mpsc::Receiver<Order>,
    observer: O,
    clock: Clock,
    closed: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<WebSocketStream<S>, Shown>> + Send + 'static,
    O: Observer,
{
    let mut link = Link::new(session, observer, clock);
    let mut alarm = Alarm::default();
    loop {
        if std::mem::take(&mut link.open_wanted) {
            let opened = open();
            link.opening = Some(Box::pin(async move {
                let timed_out = |_| Shown::new(&format!("no connection within {} s", OPEN_WITHIN.as_secs()));
                tokio::time::timeout(OPEN_WITHIN, opened).await.map_err(timed_out)?
            }));
        }
        let now = link.clock.now();
        let has_room = link.observer.has_room(now);
        let waiting = !link.held.is_empty() || !link.unkept.is_empty();
        link.session.set_reading(has_room, now);
        let wake = link.session.wake_at().into_iter().chain(link.observer.wake_at()).min();
        alarm.set_for(wake.map(|at| clock.instant(at)));
        tokio::select! {
            biased;
            () = closed.cancelled() => break,
            order = orders.recv() => match order {
                Some(order) => link.orders(order, &mut orders),
                None => break,
            },
            () = alarm.rings() => link.wake(),
            opened = pending_or(&mut link.opening), if link.opening.is_some() => link.opened(opened),
            activity = activity(&mut link.socket, &mut link.backlog, has_room), if link.socket.is_some() => {
                link.socket_did(activity);
            }
            () = news(&mut link.observer, waiting, !has_room) => link.release(),
        }
    }
    // Whoever orders something from here on is told at once; what was ordered before and has not left, below.
    orders.close();
    link.leave().await;
    // They are told what became of them: nothing.
    let waiting: Vec<_> = link.unkept.drain(..).map(|(_, submission)| submission).collect();
    waiting.into_iter().for_each(|submission| link.feed(Input::Submit(submission)));
    while let Ok(order) = orders.try_recv() {
        if let Order::Submit(submission, _) = order {
            link.feed(Input::Submit(submission));
        }
    }
    let unsent = link.unsent();
    link.feed(Input::Shutdown { unsent });
}

/// Waits until more is on the disk, where something waits for that, or there may be room.
async fn news<O: Observer>(observer: &mut O, waiting: bool, full: bool) {
    match (waiting, full) {
        (false, false) => std::future::pending().await,
        (true, false) => observer.progressed().await,
        (_, true) => observer.room().await,
    }
}

/// Wakes the link when something is due. One that is set too early stays as it is: nearly every command moves the
/// next deadline to a later moment, and being woken for nothing once in ten seconds costs less than setting it anew.
#[derive(Default)]
struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    fn set_for(&mut self, due: Option<Instant>) {
        match (&mut self.0, due) {
            (Some(set), Some(due)) if due < set.deadline() => set.as_mut().reset(due),
            (None, Some(due)) => self.0 = Some(Box::pin(tokio::time::sleep_until(due))),
            _ => {}
        }
    }

    async fn rings(&mut self) {
        match &mut self.0 {
            Some(set) => set.await,
            None => std::future::pending().await,
        }
        self.0 = None;
    }
}

async fn pending_or<S>(opening: &mut Option<Opening<S>>) -> Result<WebSocketStream<S>, Shown> {
    match opening {
        Some(opening) => opening.await,
        None => std::future::pending().await,
    }
}

/// Writes what waits, then reads one message. Nothing is lost when it is dropped half-way: its state is the
/// arguments.
async fn activity<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut Option<WebSocketStream<S>>,
    backlog: &mut VecDeque<(String, Option<RequestId>)>,
    has_room: bool,
) -> Activity {
    let Some(socket) = socket else { return std::future::pending().await };
    std::future::poll_fn(|cx| {
        if let Err(error) = write(socket, backlog, cx) {
            return Poll::Ready(Activity::Lost(words(&error)));
        }
        // Only now: what was just written may have made the difference, and nothing else would wake us to look.
        if !has_room || backlog.len() >= BACKLOG {
            return Poll::Pending;
        }
        match socket.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(message))) => Poll::Ready(Activity::Frame(message)),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Activity::Lost(words(&error))),
            Poll::Ready(None) => Poll::Ready(Activity::Lost("the service closed the connection".into())),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn write<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<S>,
    backlog: &mut VecDeque<(String, Option<RequestId>)>,
    cx: &mut Context<'_>,
) -> Result<(), WsError> {
    while !backlog.is_empty() {
        match Pin::new(&mut *socket).poll_ready(cx) {
            Poll::Ready(ready) => ready?,
            Poll::Pending => return Ok(()),
        }
        if let Some((text, _)) = backlog.pop_front() {
            Pin::new(&mut *socket).start_send(Message::text(text))?;
        }
    }
    match Pin::new(&mut *socket).poll_flush(cx) {
        Poll::Ready(flushed) => flushed,
        Poll::Pending => Ok(()),
    }
}

fn words(error: &WsError) -> Shown {
    Shown::new(&match error {
        WsError::ConnectionClosed | WsError::AlreadyClosed => "the service closed the connection".to_owned(),
        WsError::Capacity(_) => format!("a message of more than {} MiB came", MAX_MESSAGE / (1024 * 1024)),
        other => other.to_string(),
    })
}

impl<S, O> Link<S, O>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    O: Observer,
{
    fn new(session: Session, observer: O, clock: Clock) -> Self {
        Self {
            session,
            observer,
            clock,
            socket: None,
            opening: None,
            acks: Vec::new(),
            held: VecDeque::new(),
            unkept: VecDeque::new(),
            backlog: VecDeque::new(),
            outputs: Vec::new(),
            reports: Vec::new(),
            open_wanted: false,
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        let now = self.clock.now();
        self.feed_quietly(input, now);
        self.report(now);
    }

    /// Takes what is ordered at once before anything is written: what can leave together does.
    fn orders(&mut self, first: Order, more: &mut mpsc::Receiver<Order>) {
        let rest = std::iter::from_fn(|| more.try_recv().ok());
        for order in std::iter::once(first).chain(rest).take(BATCH) {
            match order {
                Order::Submit(submission, kept) => self.submit(submission, kept),
                Order::Remember(events) => self.remember(&events),
                Order::Connect => self.feed(Input::Connect),
            }
        }
    }

    fn wake(&mut self) {
        let now = self.clock.now();
        if self.session.wake_at().is_some_and(|at| at <= now.at) {
            self.feed_quietly(Input::Wake, now);
        }
        // What it has to send follows from what it knows.
        self.report(now);
        for (submission, kept) in self.observer.wake(now) {
            self.submit(submission, kept);
        }
        self.report(now);
    }

    /// Sends a command when its record is on the disk: what was done to a call is known, however this program ends. A
    /// disk that fails does not keep anybody from acting. None overtakes another.
    fn submit(&mut self, submission: Submission, kept: Kept) {
        let number = match kept {
            Kept::As(number) => number,
            Kept::Nowhere | Kept::Lost => 0,
        };
        self.unkept.push_back((number, submission));
        self.release_commands();
    }

    /// Starts from what was seen before; whatever is not among it is to come again.
    fn remember(&mut self, events: &[Arc<Received>]) {
        let now = self.clock.now();
        self.session.remember(events);
        self.lost("what could not be kept is asked for again".into(), now);
        self.report(now);
    }

    /// Tells what came, and acknowledges it at once or when it is on the disk.
    fn report(&mut self, now: Now) {
        let acks = std::mem::take(&mut self.acks);
        match self.observer.observe(&mut self.reports, now) {
            Kept::Nowhere => self.backlog.extend(acks.into_iter().map(|text| (text, None))),
            Kept::As(number) => self.held.extend(acks.into_iter().map(|text| (number, text))),
            Kept::Lost => {}
        }
        // Here too, because a socket that always has more leaves no time to be told.
        self.release_acks();
    }

    fn feed_quietly(&mut self, input: Input<'_>, now: Now) {
        let mut outputs = std::mem::take(&mut self.outputs);
        self.session.handle(input, now, &mut outputs);
        outputs.drain(..).for_each(|output| self.act(output, now));
        self.outputs = outputs;
    }

    fn act(&mut self, output: Output, now: Now) {
        match output {
            Output::Open => self.open_wanted = true,
            Output::Send { text, request } => self.backlog.push_back((text, request)),
            Output::Acknowledge(text) => self.acks.push(text),
            Output::Close { why } => self.lost(why, now),
            Output::Event(event) => {
                note(&event);
                self.reports.push(event);
            }
        }
    }

    /// Acknowledges what is on the disk by now, and sends the commands that are.
    fn release(&mut self) {
        self.release_acks();
        self.release_commands();
    }

    fn release_commands(&mut self) {
        let Progress { durable, failing } = self.observer.progress();
        while self.unkept.front().is_some_and(|(number, _)| failing || *number <= durable)
            && let Some((_, submission)) = self.unkept.pop_front()
        {
            self.feed(Input::Submit(submission));
        }
    }

    fn release_acks(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let durable = self.observer.progress().durable;
        let kept = self.held.iter().take_while(|(number, _)| *number <= durable).count();
        self.backlog.extend(self.held.drain(..kept).map(|(_, text)| (text, None)));
    }

    fn opened(&mut self, opened: Result<WebSocketStream<S>, Shown>) {
        self.opening = None;
        match opened {
            Ok(socket) => {
                self.socket = Some(socket);
                self.feed(Input::Opened);
            }
            Err(why) => self.feed(Input::Closed { why, unsent: Vec::new() }),
        }
    }

    /// Takes in what the socket has, as of one moment.
    fn socket_did(&mut self, first: Activity) {
        let now = self.clock.now();
        let mut next = Some(first);
        let mut left = BATCH;
        while let Some(activity) = next {
            match activity {
                Activity::Frame(message) => self.frame(&message, now),
                Activity::Lost(why) => self.lost(why, now),
            }
            left -= 1;
            let more = left > 0 && self.backlog.len() < BACKLOG;
            next = if more { self.read_now() } else { None };
        }
        self.report(now);
    }

    /// What the socket has right now, without waiting.
    fn read_now(&mut self) -> Option<Activity> {
        Some(match self.socket.as_mut()?.next().now_or_never()? {
            Some(Ok(message)) => Activity::Frame(message),
            Some(Err(error)) => Activity::Lost(words(&error)),
            None => Activity::Lost("the service closed the connection".into()),
        })
    }

    fn frame(&mut self, message: &Message, now: Now) {
        match message {
            Message::Text(text) => self.feed_quietly(Input::Text(text.as_str()), now),
            Message::Binary(bytes) => {
                let what = format!("binary, {} bytes", bytes.len());
                self.feed_quietly(Input::NotText(&what), now);
            }
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => self.feed_quietly(Input::Alive, now),
            Message::Close(close) => {
                let why = close.as_ref().map_or_else(
                    || Shown::from("the service closed the connection"),
                    |close| {
                        Shown::new(&format!(
                            "the service closed the connection: {} {}",
                            close.code, close.reason
                        ))
                    },
                );
                self.lost(why, now);
            }
        }
    }

    /// Drops the socket and tells the session what never left.
    fn lost(&mut self, why: Shown, now: Now) {
        let had_socket = self.socket.take().is_some() || self.opening.take().is_some();
        let unsent = self.unsent();
        // The service will send again what it was not told that we have, or never; either way not over this socket.
        self.held.clear();
        self.acks.clear();
        if had_socket {
            self.feed_quietly(Input::Closed { why, unsent }, now);
        }
    }

    /// Requests that never left, taken out of the backlog.
    fn unsent(&mut self) -> Vec<RequestId> {
        self.backlog.drain(..).filter_map(|(_, request)| request).collect()
    }

    /// Says goodbye properly, but not for long: what was taken in is still acknowledged, and the peer's own goodbye
    /// is awaited, because a socket that is dropped with something unread takes back what it has just sent.
    async fn leave(&mut self) {
        let Some(mut socket) = self.socket.take() else { return };
        let goodbye = async {
            while !self.held.is_empty() {
                self.observer.progressed().await;
                self.release_acks();
            }
            while let Some((text, _)) = self.backlog.pop_front() {
                socket.feed(Message::text(text)).await?;
            }
            socket.close(None).await?;
            while let Some(Ok(_)) = socket.next().await {}
            Ok::<_, WsError>(())
        };
        // A peer that does not play along loses nothing.
        let _ = tokio::time::timeout(Duration::from_millis(500), goodbye).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Credentials, Outcome, SessionConfig, Ticket};
    use crate::protocol::id::IdSource;
    use crate::protocol::{Dialect, Secret};

    /// A disk that is as far as the test says, and whoever hears of outcomes.
    struct Disk {
        progress: Progress,
        ended: Vec<u64>,
    }

    impl Observer for Disk {
        fn observe(&mut self, reports: &mut Vec<ClientEvent>, _now: Now) -> Kept {
            for report in reports.drain(..) {
                if let ClientEvent::Outcome { ticket: Ticket(number), outcome: Outcome::NotSent(_), .. } =
                    report
                {
                    self.ended.push(number);
                }
            }
            Kept::Nowhere
        }

        fn progress(&mut self) -> Progress {
            self.progress
        }

        async fn progressed(&mut self) {}

        fn wake_at(&mut self) -> Option<At> {
            None
        }

        fn wake(&mut self, _now: Now) -> Vec<(Submission, Kept)> {
            Vec::new()
        }

        fn has_room(&mut self, _now: Now) -> bool {
            true
        }

        async fn room(&mut self) {}
    }

    fn link() -> Link<tokio::io::DuplexStream, Disk> {
        let (project, token) = (Secret::new("project"), Secret::new("token"));
        let credentials = Credentials::Token { project, token };
        let config = SessionConfig {
            dialect: Dialect::Current,
            credentials,
            contexts: Vec::new(),
            ids: IdSource::Random,
            jitter_seed: 1,
        };
        let disk = Disk { progress: Progress { durable: 9, failing: false }, ended: Vec::new() };
        Link::new(Session::new(config), disk, Clock::start())
    }

    fn command(number: u64) -> Submission {
        Submission { ticket: Ticket(number), rpc: "calling.play".into(), params: Arc::default(), via: None }
    }

    /// Without a connection each is told at once that it was not sent: in the order in which they were given.
    #[tokio::test]
    async fn no_command_overtakes_one_that_waits_for_the_disk() {
        let mut link = link();
        link.submit(command(1), Kept::As(10));
        assert!(link.observer.ended.is_empty(), "its record is not on the disk yet");
        // The disk is further by the time the next comes, and nobody has looked at that since.
        link.observer.progress.durable = 11;
        link.submit(command(2), Kept::As(11));
        assert_eq!(link.observer.ended, [1, 2]);
        // One of which no record could be kept waits for those before it, too.
        link.submit(command(3), Kept::As(12));
        link.submit(command(4), Kept::Lost);
        assert_eq!(link.observer.ended, [1, 2]);
        link.observer.progress.failing = true;
        link.release();
        assert_eq!(link.observer.ended, [1, 2, 3, 4]);
    }
}
