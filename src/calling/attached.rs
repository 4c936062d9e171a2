//! The connection of a client that is attached to a hub: asks go there, and what happened comes from there.
//!
//! At every attach the hub tells everything that is known, and that takes the place of what was known here: there is
//! nothing to be put together, and nothing of before that could be wrong.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::core::{Core, Wish};
use crate::attach::message::{self, PROTOCOL, Record, ToConsole, ToHub, Welcome};
use crate::attach::wire::{self, Any, Lines, Sayer};
use crate::client::backoff::Backoff;
use crate::client::event::Fault;
use crate::client::{By, ClientEvent, LinkState, Outcome, Ticket};
use crate::journal::coding;
use crate::model::{Command, Model, Occurrence};
use crate::protocol::{CallId, Shown};
use crate::time::Now;

/// Between two questions whether the hub is there.
const PING_EVERY: Duration = Duration::from_secs(5);
/// Silence after which it is not.
const SILENCE: Duration = Duration::from_secs(15);
/// How long the hub may take to tell who one is.
const WELCOME_WITHIN: Duration = Duration::from_secs(10);

/// Opens the way to a hub.
pub(super) type Opener = Box<dyn FnMut() -> Pin<Box<dyn Future<Output = Result<Any, Shown>> + Send>> + Send>;

/// The connection to a hub.
pub(super) struct Attached {
    core: Arc<Core>,
    open_way: Opener,
    watch: bool,
    backoff: Backoff,
    gaps: u32,
    was_up: bool,
    /// The number of the next attempt since the last success.
    attempt: u32,
    /// Commands that the hub was given, without a certain outcome.
    open: BTreeSet<Ticket>,
    /// The run of the hub that it was attached to.
    instance: String,
    /// Who one is to it, and how to read its moments.
    hub: Option<(Arc<Welcome>, Clocks)>,
}

/// Why a connection is over.
enum Over {
    /// The client closed it.
    Closed,
    /// It broke.
    Lost(Shown),
    /// The hub does not want us, and will not by itself.
    Refused(Shown),
}

/// How the moments of a hub are to be read here.
#[derive(Debug, Clone, Copy)]
struct Clocks {
    /// The hub's, when it said welcome.
    hub: u64,
    /// Ours, then.
    here: Now,
}

impl Clocks {
    fn read(self, at_us: u64) -> Now {
        let ago = Duration::from_micros(self.hub.saturating_sub(at_us));
        let ahead = Duration::from_micros(at_us.saturating_sub(self.hub));
        let Now { at, wall } = self.here;
        Now { at: at.back(ago) + ahead, wall: wall.back(ago).forward(ahead) }
    }
}

impl Attached {
    pub fn new(core: Arc<Core>, open_way: Opener, watch: bool) -> Self {
        let backoff = Backoff::new(fastrand::u64(..));
        let (open, instance) = (BTreeSet::new(), String::new());
        Self { core, open_way, watch, backoff, gaps: 0, was_up: false, attempt: 1, open, instance, hub: None }
    }

    /// Attaches and stays attached until the client closes.
    pub async fn run(mut self, mut wishes: mpsc::Receiver<Wish>, mut acts: Option<mpsc::Receiver<ToHub>>) {
        let closed = self.core.closed.clone();
        // Until somebody wants it.
        let mut next = None;
        loop {
            let wanted = tokio::select! {
                () = closed.cancelled() => break,
                wish = wishes.recv() => match wish {
                    Some(Wish::Attach) => true,
                    // It was refused before it came here: the link is down.
                    Some(Wish::Say(_)) => false,
                    None => break,
                },
                () = due(next) => true,
            };
            if !wanted {
                continue;
            }
            let over = tokio::select! {
                () = closed.cancelled() => Over::Closed,
                over = self.attach(&mut wishes, &mut acts) => over,
            };
            self.turn_away(&mut acts);
            next = match over {
                Over::Closed => break,
                Over::Lost(why) => Some(self.lost(why)),
                Over::Refused(why) => {
                    self.unknown(&why);
                    self.report(ClientEvent::Link(LinkState::Refused { why }));
                    None
                }
            };
        }
        self.unknown(&"the console was closed before the outcome came".into());
        self.report(ClientEvent::Link(LinkState::Closed));
    }

    fn report(&self, event: ClientEvent) {
        let now = self.core.clock.now();
        let mut state = self.core.lock();
        state.observe(event, now);
        state.wake();
        drop(state);
        self.core.changed.notify_one();
    }

    fn lost(&mut self, why: Shown) -> Instant {
        self.unknown(&"the link to the hub was lost before the outcome came".into());
        self.gaps += u32::from(std::mem::take(&mut self.was_up));
        let (attempt, wait) = self.backoff.next_wait();
        // The wait is before the one that follows.
        self.attempt = attempt + 1;
        let retry_at = self.core.clock.now().at + wait;
        self.report(ClientEvent::Link(LinkState::Down { attempt, retry_at, why }));
        self.core.clock.instant(retry_at)
    }

    /// What was given and not said before the connection broke is not said later.
    fn turn_away(&self, acts: &mut Option<mpsc::Receiver<ToHub>>) {
        while let Some(Ok(act)) = acts.as_mut().map(mpsc::Receiver::try_recv) {
            if let ToHub::Submit { ticket, .. } = act {
                let outcome = Outcome::NotSent("the link to the hub was lost".into());
                let ticket = Ticket(ticket);
                self.report(ClientEvent::Outcome { ticket, outcome, round_trip: None });
            }
        }
    }

    /// Of commands under way nobody knows. The hub may tell later.
    fn unknown(&self, why: &Shown) {
        for &ticket in &self.open {
            let outcome = Outcome::Unknown(why.clone());
            self.report(ClientEvent::Outcome { ticket, outcome, round_trip: None });
        }
    }

    /// One connection, from its beginning to its end.
    async fn attach(
        &mut self,
        wishes: &mut mpsc::Receiver<Wish>,
        acts: &mut Option<mpsc::Receiver<ToHub>>,
    ) -> Over {
        self.report(ClientEvent::Link(LinkState::Opening { attempt: self.attempt }));
        let stream = match (self.open_way)().await {
            Ok(stream) => stream,
            Err(why) => return Over::Lost(why),
        };
        self.report(ClientEvent::Link(LinkState::Authenticating));
        let (mut lines, mut sayer) = wire::lines(stream, wire::LONGEST_FROM_HUB);
        match self.enter(&mut lines, &mut sayer).await {
            Ok(()) => self.stay(&mut lines, &mut sayer, wishes, acts).await,
            Err(over) => over,
        }
    }

    /// Says who we are, and takes what is known.
    async fn enter(&mut self, lines: &mut Lines<Any>, sayer: &mut Sayer<Any>) -> Result<(), Over> {
        let agent = Shown::new(&format!("callboard {}", env!("CARGO_PKG_VERSION")));
        let hello = ToHub::Hello { protocol: PROTOCOL, agent, watch: self.watch };
        sayer.say(&hello.line()).await.map_err(Over::Lost)?;
        let answer = tokio::time::timeout(WELCOME_WITHIN, next(lines)).await;
        let answer = answer.map_err(|_| Over::Lost("the hub does not say welcome".into()))??;
        let welcome = match answer {
            ToConsole::Welcome(welcome) if welcome.protocol == PROTOCOL => welcome,
            ToConsole::Welcome(welcome) => {
                let why = format!(
                    "the hub ({}) speaks version {} and this console {PROTOCOL}; update the older one",
                    welcome.agent, welcome.protocol
                );
                return Err(Over::Refused(Shown::new(&why)));
            }
            ToConsole::Refused { why, again } => return Err(refused(why, again)),
            _ => return Err(Over::Lost("the hub does not say welcome first".into())),
        };
        let clocks = Clocks { hub: welcome.now_us, here: self.core.clock.now() };
        let mut model = Model::default();
        loop {
            let told = tokio::time::timeout(SILENCE, next(lines)).await;
            match told.map_err(|_| Over::Lost("the hub is silent".into()))?? {
                ToConsole::Record(record) => {
                    if let Some((occurrence, now)) = occurrence(&record, clocks, &welcome) {
                        model.take(&occurrence, now);
                        model.take_touched();
                    }
                }
                ToConsole::Current => break,
                ToConsole::Refused { why, again } => return Err(refused(why, again)),
                ToConsole::Welcome(_) | ToConsole::Denied { .. } | ToConsole::Pong { .. } => {}
            }
        }
        self.known(model, Arc::new(*welcome), clocks);
        Ok(())
    }

    /// What the hub knows takes the place of what was known.
    fn known(&mut self, model: Model, welcome: Arc<Welcome>, clocks: Clocks) {
        let now = self.core.clock.now();
        let same = std::mem::replace(&mut self.instance, welcome.instance.clone()) == welcome.instance;
        let told = model.acts().iter().map(|act| (act.ticket, act.ending.clone())).collect::<Vec<_>>();
        let mut state = self.core.lock();
        let before = state.desk.model().link().clone();
        state.replace(model);
        state.desk.number_from(welcome.tickets.0);
        state.welcome = Some(welcome.clone());
        // The link is no matter of the hub.
        state.observe(ClientEvent::Link(before), now);
        let up = LinkState::Up { since: now.at, restored: true, gaps: self.gaps };
        state.observe(ClientEvent::Link(up), now);
        for &ticket in &self.open {
            let ending = told.iter().find(|(of, _)| *of == ticket).map(|(_, ending)| ending);
            let outcome = match ending {
                // It is still under way, or the hub tells.
                Some(_) => continue,
                None if same => Outcome::NotSent("it did not reach the hub".into()),
                None => Outcome::Unknown("the hub was started anew before the outcome came".into()),
            };
            state.observe(ClientEvent::Outcome { ticket, outcome, round_trip: None }, now);
        }
        state.wake();
        drop(state);
        let ended = |ticket: &Ticket| told.iter().any(|(of, ending)| of == ticket && ending.is_none());
        self.open.retain(ended);
        self.hub = Some((welcome, clocks));
        (self.was_up, self.attempt) = (true, 1);
        self.backoff.reset();
        self.core.changed.notify_one();
    }

    /// Takes what happens and says what is wanted, until something breaks.
    async fn stay(
        &mut self,
        lines: &mut Lines<Any>,
        sayer: &mut Sayer<Any>,
        wishes: &mut mpsc::Receiver<Wish>,
        acts: &mut Option<mpsc::Receiver<ToHub>>,
    ) -> Over {
        let mut ping = tokio::time::interval(PING_EVERY);
        let (mut number, mut asked, mut heard) = (0, None, Instant::now());
        loop {
            tokio::select! {
                message = next(lines) => {
                    heard = Instant::now();
                    match message {
                        Ok(ToConsole::Pong { number: of, delay_p50_us, .. }) if of == number => {
                            self.core.lock().hub_delay = delay_p50_us.map(Duration::from_micros);
                            let asked = asked.take().map(|asked| heard.duration_since(asked));
                            asked.into_iter().for_each(|span| self.report(ClientEvent::Pong(span)));
                        }
                        Ok(ToConsole::Record(record)) => self.record(&record),
                        Ok(ToConsole::Denied { why }) => self.denied(&why),
                        Ok(ToConsole::Refused { why, again }) => return refused(why, again),
                        Ok(ToConsole::Welcome(_) | ToConsole::Current | ToConsole::Pong { .. }) => {}
                        Err(over) => return over,
                    }
                }
                wish = wishes.recv() => match wish {
                    Some(Wish::Say(message)) => {
                        if let Err(why) = sayer.say(&message.line()).await {
                            return Over::Lost(why);
                        }
                    }
                    Some(Wish::Attach) => {}
                    None => return Over::Closed,
                },
                act = next_act(acts) => {
                    if let Err(why) = self.say(sayer, &act).await {
                        return Over::Lost(why);
                    }
                }
                _ = ping.tick() => {
                    if heard.elapsed() > SILENCE {
                        return Over::Lost("the hub is silent".into());
                    }
                    (number, asked) = (number + 1, Some(Instant::now()));
                    if let Err(why) = sayer.say(&ToHub::Ping { number }.line()).await {
                        return Over::Lost(why);
                    }
                }
            }
        }
    }

    /// From here on a command may have reached the hub.
    async fn say(&mut self, sayer: &mut Sayer<Any>, message: &ToHub) -> Result<(), Shown> {
        if let ToHub::Submit { ticket, .. } = message {
            self.open.insert(Ticket(*ticket));
        }
        sayer.say(&message.line()).await
    }

    /// What is no command has no outcome: it is said where the user looks for what went wrong.
    fn denied(&self, why: &Shown) {
        let fault = Fault { now: self.core.clock.now(), why: why.clone(), raw: "".into() };
        self.report(ClientEvent::Fault(Arc::new(fault)));
    }

    fn record(&mut self, record: &Record) {
        let Some((welcome, clocks)) = &self.hub else { return };
        let Some((occurrence, now)) = occurrence(record, *clocks, welcome) else { return };
        match &occurrence {
            // It is known since it was asked for.
            Occurrence::Submitted(command) if welcome.gave(command.ticket) => return,
            // What the hub does not know it will not get to know.
            Occurrence::Reported(ClientEvent::Outcome { ticket, .. }) => _ = self.open.remove(ticket),
            _ => {}
        }
        let mut state = self.core.lock();
        state.happens(occurrence, now);
        state.wake();
        drop(state);
        self.core.changed.notify_one();
    }
}

/// The next command; whoever only looks on gives none.
async fn next_act(acts: &mut Option<mpsc::Receiver<ToHub>>) -> ToHub {
    match acts {
        Some(queue) => match queue.recv().await {
            Some(act) => act,
            // The client is gone, and so is this soon.
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

fn refused(why: Shown, again: bool) -> Over {
    if again { Over::Lost(why) } else { Over::Refused(why) }
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The next message.
async fn next(lines: &mut Lines<Any>) -> Result<ToConsole, Over> {
    let line = lines.next().await.ok_or_else(|| Over::Lost("the hub closed the connection".into()))?;
    message::read(&line.map_err(Over::Lost)?).map_err(Over::Lost)
}

/// What a record tells. One of a kind that this version does not know tells nothing, and costs nothing else.
fn occurrence(record: &Record, clocks: Clocks, welcome: &Welcome) -> Option<(Occurrence, Now)> {
    let now = clocks.read(record.at_us);
    let call = record.call.as_ref().map(CallId::as_str);
    let mut occurrence = coding::decode(record.kind.as_str(), call, record.text(), now).ok()?;
    if let Occurrence::Submitted(Command { by, .. }) | Occurrence::Noted { by, .. } = &mut occurrence {
        let mine = matches!(by, By::Person(person) if person.name == welcome.person);
        *by = if mine { By::Me } else { std::mem::take(by) };
    }
    Some((occurrence, now))
}
