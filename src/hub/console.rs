//! One console on a hub: who it is, what it is told, and what it asks for.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::chronicle::{self, Line};
use super::decide::{Act, Denied, Grant};
use super::floor::is_of_a_console;
use super::rights::Right;
use super::serve::Desk;
use super::{gate, tickets};
use crate::attach::message::{self, AskBody, PROTOCOL, ToConsole, ToHub, Welcome, WhyBody};
use crate::attach::wire::{self, Lines, Sayer};
use crate::calling::{Ask, Error};
use crate::client::{By, ClientEvent, Outcome, Person, Ticket};
use crate::model::{Call, Occurrence, Why};
use crate::protocol::{CallId, Shown};

/// A console has so long to say hello.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// A console that takes nothing for so long is gone.
const STUCK: Duration = Duration::from_secs(30);
/// A console that says nothing for so long is gone: it asks every few seconds whether we are there.
const SILENT: Duration = Duration::from_secs(60);
/// Commands of one console in a second, and as many notes, looks and claims; more are not taken.
const COMMANDS: u32 = 100;
/// Lines of whatever sort from one console in a second: nothing that is written by hand or by a script has more.
const LINES: u32 = 5_000;
/// Lines that are written before others get a turn.
const BATCH: usize = 256;

/// Serves a console to its end. `grant` is what the person may do.
pub async fn attend<S>(stream: S, grant: Grant, desk: Arc<Desk>, stopped: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut lines, mut sayer) = wire::lines(stream, wire::LONGEST_FROM_CONSOLE);
    let _seat = match desk.seat(&grant.person) {
        Ok(seat) => seat,
        Err(why) => return refuse(&mut sayer, why, true).await,
    };
    let entered = tokio::select! {
        entered = enter(&mut lines, grant, &desk) => entered,
        () = stopped.cancelled() => return,
    };
    let mut console = match entered {
        Ok(console) => console,
        Err(why) => return refuse(&mut sayer, why, false).await,
    };
    let over = tokio::select! {
        over = console.serve(&mut lines, &mut sayer) => over,
        () = stopped.cancelled() => Over::ForNow("the hub is stopping".into()),
    };
    console.leave();
    match over {
        Over::Gone => {}
        Over::ForNow(why) => refuse(&mut sayer, why, true).await,
        Over::ForGood(why) => refuse(&mut sayer, why, false).await,
    }
}

/// Tells somebody that they may not attach at all.
pub async fn turn_away<S: AsyncRead + AsyncWrite>(stream: S, why: Shown, again: bool) {
    refuse(&mut wire::lines(stream, wire::LONGEST_FROM_CONSOLE).1, why, again).await;
}

async fn refuse<S: AsyncWrite>(sayer: &mut Sayer<S>, why: Shown, again: bool) {
    // Whether it is heard does not matter.
    let _ = timeout(STUCK, sayer.say(&ToConsole::Refused { why, again }.line())).await;
}

async fn in_time(said: impl Future<Output = Result<(), Shown>>) -> Result<(), Shown> {
    timeout(STUCK, said).await.unwrap_or_else(|_| Err("nothing is taken".into()))
}

/// How a console came to its end.
enum Over {
    /// It went, or takes nothing.
    Gone,
    /// It may come again at once.
    ForNow(Shown),
    /// It did what no console does.
    ForGood(Shown),
}

/// The call that an ask is about.
fn about(ask: &Ask) -> Option<CallId> {
    match ask {
        Ask::Invoke { call, .. } => call.clone(),
        Ask::Control { call, .. } | Ask::Probe { call } => Some(call.clone()),
        Ask::Contexts { .. } => None,
    }
}

struct Console {
    desk: Arc<Desk>,
    person: Arc<Person>,
    grant: Arc<Grant>,
    tickets: (u64, u64),
    /// The newest ticket that was used.
    last: u64,
    news: mpsc::Receiver<Arc<Line>>,
    /// What it is to be told first.
    welcome: Box<Welcome>,
    known: Vec<Arc<Line>>,
    /// Commands in this second.
    pace: Pace,
    /// Notes, looks and claims in this second.
    words: Pace,
    /// Lines in this second.
    lines: Pace,
}

/// What came within a second.
#[derive(Debug)]
struct Pace(Instant, u32);

impl Pace {
    fn new() -> Self {
        Self(Instant::now(), 0)
    }

    /// Whether one more is not too many.
    fn has_room(&mut self, most: u32) -> bool {
        if self.0.elapsed() >= Duration::from_secs(1) {
            *self = Self::new();
        }
        self.1 += 1;
        self.1 <= most
    }
}

/// Hears the hello, and takes the console in.
async fn enter<S: AsyncRead>(lines: &mut Lines<S>, grant: Grant, desk: &Arc<Desk>) -> Result<Console, Shown> {
    let line = timeout(HELLO_WITHIN, lines.next()).await.map_err(|_| Shown::from("no hello came"))?;
    let line = line.ok_or("gone")??;
    let ToHub::Hello { protocol, watch, .. } = message::read(&line)? else {
        return Err("hello comes first".into());
    };
    if protocol != PROTOCOL {
        let why = format!(
            "this hub (callboard {}) speaks version {PROTOCOL} and the console {protocol}; update the older one",
            env!("CARGO_PKG_VERSION")
        );
        return Err(Shown::new(&why));
    }
    let grant = Arc::new(if watch { grant.watching() } else { grant });
    if !grant.rights.has(Right::See) {
        return Err("needs the right `see`, which was taken from you; ask whoever runs the hub".into());
    }
    let number = desk.next_console();
    let (name, role) = (grant.person.clone(), grant.role.word().into());
    let person = Arc::new(Person { name, role, from: grant.from.clone(), console: number });
    let tickets = tickets::range(desk.ranges.next());
    let attached = |model: &crate::model::Model| {
        let (known, news) = desk.chronicle.lock().attach(number, grant.clone(), model);
        (known, news, desk.client.clock().now())
    };
    let (known, news, now) = desk.client.with_model(|model, _| attached(model));
    let welcome = Box::new(Welcome {
        protocol: PROTOCOL,
        agent: Shown::new(concat!("callboard ", env!("CARGO_PKG_VERSION"))),
        instance: desk.instance.clone(),
        console: number,
        tickets,
        person: grant.person.clone(),
        role: grant.role.word().into(),
        rights: grant.rights.iter().map(|right| right.word().into()).collect(),
        bulk_limit: grant.bulk_limit,
        now_us: now.at.as_micros(),
        upstream: desk.upstream.clone(),
    });
    desk.attendance().came(person.clone());
    desk.presence_changed();
    tracing::info!(console = number, person = %person.name, role = %person.role, "attached");
    let (desk, pace, words, lines) = (desk.clone(), Pace::new(), Pace::new(), Pace::new());
    Ok(Console { desk, person, grant, tickets, last: tickets.0, news, welcome, known, pace, words, lines })
}

impl Console {
    /// Tells what is known, then what happens, and does what is asked, until it is over.
    async fn serve<S>(&mut self, lines: &mut Lines<S>, sayer: &mut Sayer<S>) -> Over
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if self.tell_known(sayer).await.is_err() {
            return Over::Gone;
        }
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let told = tokio::select! {
                line = timeout(SILENT, lines.next()) => {
                    let Ok(Some(line)) = line else { return Over::Gone };
                    let said = line.and_then(|line| message::read::<ToHub>(&line));
                    match said.and_then(|said| self.hear(said)) {
                        Ok(Some(answer)) => timeout(STUCK, sayer.say(&answer.line())).await,
                        Ok(None) => continue,
                        Err(why) => return Over::ForGood(why),
                    }
                }
                count = self.news.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return Over::ForNow("this console does not keep up with what happens".into());
                    }
                    timeout(STUCK, self.tell(sayer, batch.drain(..))).await
                }
            };
            if !matches!(told, Ok(Ok(()))) {
                return Over::Gone;
            }
        }
    }

    async fn tell_known<S: AsyncWrite>(&mut self, sayer: &mut Sayer<S>) -> Result<(), Shown> {
        sayer.say_later(&ToConsole::Welcome(self.welcome.clone()).line()).await?;
        let known = std::mem::take(&mut self.known);
        for line in known {
            // All of it may take long over a slow line; that nothing of it is taken is what counts.
            in_time(sayer.say_later(&line.text(self.grant.reveals()))).await?;
        }
        in_time(sayer.say(&ToConsole::Current.line())).await
    }

    async fn tell<S: AsyncWrite>(
        &self,
        sayer: &mut Sayer<S>,
        lines: impl Iterator<Item = Arc<Line>>,
    ) -> Result<(), Shown> {
        for line in lines {
            sayer.say_later(&line.text(self.grant.reveals())).await?;
        }
        sayer.flush().await
    }

    /// Does what was asked for. Gives an answer where there is one; an error ends the connection.
    fn hear(&mut self, said: ToHub) -> Result<Option<ToConsole>, Shown> {
        if !self.lines.has_room(LINES) {
            return Err(Shown::new(&format!("more than {LINES} lines in a second")));
        }
        let refusal = match said {
            ToHub::Hello { .. } => return Err("hello comes once".into()),
            ToHub::Ping { number } => return Ok(Some(self.pong(number))),
            ToHub::Submit { ticket, ask, why } => return self.submit(Ticket(ticket), ask, why),
            ToHub::Note { .. } | ToHub::Look { .. } | ToHub::Claim { .. }
                if !self.words.has_room(COMMANDS) =>
            {
                let why = format!("more than {COMMANDS} notes, looks and claims in a second; try again");
                return Ok(Some(ToConsole::Denied { why: Shown::new(&why) }));
            }
            ToHub::Note { call, text } => self.note(call, text),
            ToHub::Look { call } => self.look(call),
            ToHub::Claim { call, on } => self.claim(call, on),
        };
        Ok(refusal.err().map(|denied| ToConsole::Denied { why: gate::said(&denied) }))
    }

    fn pong(&self, number: u64) -> ToConsole {
        let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let delay = |part| self.desk.delay(part).map(micros);
        ToConsole::Pong { number, delay_p50_us: delay(0.5), delay_p99_us: delay(0.99) }
    }

    fn submit(&mut self, ticket: Ticket, ask: AskBody, why: WhyBody) -> Result<Option<ToConsole>, Shown> {
        let (first, count) = self.tickets;
        if ticket.0 <= self.last || ticket.0 >= first + count {
            // A line that comes twice must not do anything twice.
            return Err("a ticket that was not given to this console, or was used before".into());
        }
        self.last = ticket.0;
        let outcome = match self.asked(ticket, ask, why.into()) {
            Ok(()) => return Ok(None),
            Err(why) => Outcome::NotSent(why),
        };
        // Only whoever asked needs to know.
        let event = ClientEvent::Outcome { ticket, outcome, round_trip: None };
        let (now, occurrence) = (self.desk.client.clock().now(), Occurrence::Reported(event));
        Ok(Some(chronicle::aside(&occurrence, now)))
    }

    /// What is wrong in itself comes as an error; what the gate does not let pass is noted and told to everybody.
    fn asked(&mut self, ticket: Ticket, ask: AskBody, why: Why) -> Result<(), Shown> {
        if !self.pace.has_room(COMMANDS) {
            return Err(Shown::new(&format!("more than {COMMANDS} commands in a second; try again")));
        }
        if let AskBody::Invoke { id, .. } = &ask {
            let taken = |model: &crate::model::Model| {
                // Whoever placed a call is known by its tag.
                let tagged = |call: &Call| call.tag.as_ref().is_some_and(|tag| tag.as_str() == id.as_str());
                model.calls().any(|call| call.action(id).is_some() || tagged(call))
                    || model.dial(&id.as_str().into()).is_some()
            };
            if !is_of_a_console(id) || self.desk.client.with_model(|model, _| taken(model)) {
                return Err("the id of an operation begins with hub- and is new".into());
            }
        }
        let ask = ask.ask().map_err(|error| Shown::new(&error.to_string()))?;
        let grant = self.grant.clone();
        // The records of a call that they may not know of do not come to them.
        let mut unseen = None;
        let gate = |model: &crate::model::Model, submission: &_, command: &_| {
            let gate = |spree: &mut _| gate::command(&grant, model, submission, command, spree);
            self.desk.spree(&grant.person, gate).map_err(|denied| {
                let said = gate::said(&denied);
                unseen = (denied == Denied::NoSuchCall).then(|| said.clone());
                said
            })
        };
        let whose = (By::Person(self.person.clone()), ticket);
        let about = about(&ask);
        let submitted = self.desk.client.submit_as(ask, why, whose, gate);
        submitted.map_err(|error| match error {
            // Nobody learns from a refusal which calls there are, whatever is wrong with the ask.
            _ if about.is_some_and(|call| self.may(&call, Act::See).is_err()) => {
                gate::said(&Denied::NoSuchCall)
            }
            Error::NotSent(why) => why,
            error => Shown::new(&error.to_string()),
        })?;
        unseen.map_or(Ok(()), Err)
    }

    fn may(&self, call: &CallId, act: Act<'_>) -> Result<(), Denied> {
        self.desk.client.with_model(|model, _| gate::on_call(&self.grant, model, call, act))
    }

    fn note(&self, call: CallId, text: Shown) -> Result<(), Denied> {
        self.may(&call, Act::Note)?;
        let by = By::Person(self.person.clone());
        self.desk.client.take(&Occurrence::Noted { call, text, by });
        Ok(())
    }

    fn look(&self, call: Option<CallId>) -> Result<(), Denied> {
        call.iter().try_for_each(|call| self.may(call, Act::See))?;
        self.desk.attendance().looks(self.person.console, call);
        self.desk.presence_changed();
        Ok(())
    }

    fn claim(&self, call: CallId, on: bool) -> Result<(), Denied> {
        self.may(&call, Act::Claim)?;
        let now = self.desk.client.clock().now().at;
        self.desk.attendance().claims(self.person.console, call, on, now);
        self.desk.presence_changed();
        Ok(())
    }

    fn leave(&self) {
        let number = self.person.console;
        self.desk.chronicle.lock().detach(number);
        self.desk.attendance().went(number, self.desk.client.clock().now().at);
        self.desk.presence_changed();
        tracing::info!(console = number, "detached");
    }
}
