//! `callboard events`: everything the service reports, one line each, until told to stop.

use std::io::{self, BufWriter, Write};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::json;
use super::tap::{Told, tap};
use crate::calling::{Client, Connection};
use crate::cli::EventsArgs;
use crate::client::{ClientEvent, LinkState};
use crate::exit::Exit;
use crate::filter::{Blank, Filter, Sight};
use crate::model::{Model, describe};
use crate::protocol::Shown;
use crate::protocol::event::Event;
use crate::records::Records;
use crate::signals::{self, Signal, Signals};
use crate::time::Now;

/// Reports taken at once.
const BATCH: usize = 256;
/// Time for the summary when told to end.
const GRACE: Duration = Duration::from_millis(900);

/// Prints what the service reports until `--count`, `--for`, Ctrl-C, or until nobody reads it any more.
///
/// # Errors
/// When standard output cannot be written, also when whoever read it is gone.
pub async fn events(connection: Connection, records: Records, args: &EventsArgs) -> io::Result<Exit> {
    let signals = signals::listen_for_end(GRACE, false)?;
    if let Connection::Hub { .. } = &connection {
        return on_hub(connection, records, args, signals).await;
    }
    // The feed misses nothing: it is there before the first socket is opened.
    let (client, feed) = records.connect(connection, Client::events);
    let out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let mut printer = Printer::new(out, args, client.clone());
    let report = |printer: &mut Printer<_>, event: ClientEvent| printer.report(&event, None);
    let exit = follow(&mut printer, args.span, feed, signals, report).await?;
    printer.finish()?;
    // The end is the end even when the service does not say goodbye.
    let _ = tokio::time::timeout(Duration::from_secs(1), client.disconnect()).await;
    Ok(exit)
}

/// The same at a hub, where commands of everybody are told too.
async fn on_hub(
    connection: Connection,
    records: Records,
    args: &EventsArgs,
    signals: Signals,
) -> io::Result<Exit> {
    let (client, (feed, lost)) = records.connect(connection, |client| tap(client, args.filter.clone()));
    let out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    // Whether a line is asked for was decided when it came.
    let args = EventsArgs { filter: None, ..args.clone() };
    let mut printer = Printer::new(out, &args, client.clone());
    printer.tally.others = Some(Others::default());
    let report = |printer: &mut Printer<_>, told: Told| {
        printer.lost(lost.swap(0, Relaxed))?;
        printer.tell(told)
    };
    let exit = follow(&mut printer, args.span, feed, signals, report).await?;
    printer.lost(lost.swap(0, Relaxed))?;
    printer.finish()?;
    let _ = tokio::time::timeout(Duration::from_secs(1), client.disconnect()).await;
    Ok(exit)
}

async fn follow<T, W: Write>(
    printer: &mut Printer<W>,
    span: Option<Duration>,
    mut feed: mpsc::Receiver<T>,
    mut signals: Signals,
    mut report: impl FnMut(&mut Printer<W>, T) -> io::Result<Option<Exit>>,
) -> io::Result<Exit> {
    let deadline = span.map(|span| Instant::now() + span);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                // Ctrl-C is the usual way to end this.
                Signal::Quit(130) => return Ok(printer.exit()),
                Signal::Quit(code) => return Ok(Exit::Signal(u8::try_from(code - 128).unwrap_or(0))),
                Signal::Suspend | Signal::Continue | Signal::Redraw => {}
            },
            () = until(deadline) => return Ok(printer.exit()),
            count = feed.recv_many(&mut batch, BATCH) => {
                if count == 0 {
                    return Ok(printer.exit());
                }
                for event in batch.drain(..) {
                    if let Some(exit) = report(printer, event)? {
                        return Ok(exit);
                    }
                }
                if feed.is_empty() {
                    printer.out.flush()?;
                }
            }
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// What was printed so far.
#[derive(Debug, Default, Serialize)]
struct Tally {
    events: u64,
    duplicates: u64,
    faults: u64,
    gaps: u32,
    /// What only a hub tells.
    #[serde(flatten)]
    others: Option<Others>,
}

#[derive(Debug, Default, Serialize)]
struct Others {
    commands: u64,
    outcomes: u64,
    lost: u64,
}

struct Printer<W> {
    out: W,
    json: bool,
    count: Option<u64>,
    /// Which calls, and what was known of them when each event came: by now the client may know better.
    filter: Option<(Filter, Box<Model>)>,
    client: Client,
    started: Now,
    tally: Tally,
    was_up: bool,
}

#[derive(Serialize)]
struct FaultLine<'a> {
    at: String,
    kind: &'static str,
    why: &'a str,
    raw: &'a str,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    at: String,
    kind: &'static str,
    #[serde(flatten)]
    tally: &'a Tally,
    seconds: f64,
}

impl<W: Write> Printer<W> {
    fn new(out: W, args: &EventsArgs, client: Client) -> Self {
        let started = client.clock().now();
        Self {
            out,
            json: args.json,
            count: args.count,
            filter: args.filter.clone().map(|filter| (filter, Box::default())),
            client,
            started,
            tally: Tally::default(),
            was_up: false,
        }
    }

    /// How a run that was ended on purpose exits.
    const fn exit(&self) -> Exit {
        if self.was_up { Exit::Done } else { Exit::NoConnection }
    }

    /// Whether an event is about a call that is asked for, as that call was with this event.
    fn wants(&self, event: &Event, now: Now) -> bool {
        let Some((filter, model)) = &self.filter else { return true };
        let sight = Sight { now: now.at, board: &Blank, others: Some(model) };
        let call = event.call_id().and_then(|id| model.call(id));
        let dial = event.tag().and_then(|tag| model.dial(tag));
        call.map(|call| filter.shows(call, &sight))
            .or_else(|| dial.map(|dial| filter.shows_dial(dial, &sight)))
            .unwrap_or(false)
    }

    fn learn(&mut self, event: &ClientEvent) {
        let Some((_, model)) = &mut self.filter else { return };
        let now = match event {
            ClientEvent::Received(received) => received.now,
            ClientEvent::Fault(fault) => fault.now,
            ClientEvent::Link(_)
            | ClientEvent::Outcome { .. }
            | ClientEvent::Contexts(_)
            | ClientEvent::Pong(_)
            | ClientEvent::Application(_)
            | ClientEvent::Owned { .. }
            | ClientEvent::Presence(_) => self.client.clock().now(),
        };
        model.apply(event, now);
        model.take_touched();
    }

    /// Prints one report. Says how to exit when it is the last.
    fn report(&mut self, event: &ClientEvent, owner: Option<&Shown>) -> io::Result<Option<Exit>> {
        self.learn(event);
        match event {
            ClientEvent::Link(state) => return self.link(state),
            ClientEvent::Received(received) if !self.wants(&received.event, received.now) => {}
            ClientEvent::Received(received) => {
                self.tally.events += 1;
                self.tally.duplicates += u64::from(received.duplicate);
                if self.json {
                    json::event(&mut self.out, received, owner)?;
                } else {
                    let (_, _, what) = describe::event(&received.event, &received.event_type);
                    let call = received.event.call_id().map(|id| Shown::new(id.as_str())).unwrap_or_default();
                    let again = if received.duplicate { " (again)" } else { "" };
                    let (at, event_type) = (json::moment(received.now.wall), &received.event_type);
                    let owner = owner.map(|owner| format!("{owner:10} ")).unwrap_or_default();
                    writeln!(self.out, "{at}  {event_type:24} {owner}{call}  {what}{again}")?;
                }
                if self.count.is_some_and(|count| self.tally.events >= count) {
                    return Ok(Some(Exit::Done));
                }
            }
            ClientEvent::Fault(fault) => {
                self.tally.faults += 1;
                let at = json::moment(fault.now.wall);
                if self.json {
                    let line = FaultLine { at, kind: "fault", why: fault.why.as_str(), raw: &fault.raw };
                    json::write_line(&mut self.out, &line)?;
                } else {
                    writeln!(self.out, "{at}  fault  {}", fault.why)?;
                }
            }
            // Nothing was asked for, and the age of the link is no event, nor what a hub says of others.
            ClientEvent::Outcome { .. }
            | ClientEvent::Contexts(_)
            | ClientEvent::Pong(_)
            | ClientEvent::Application(_)
            | ClientEvent::Owned { .. }
            | ClientEvent::Presence(_) => {}
        }
        Ok(None)
    }

    fn link(&mut self, state: &LinkState) -> io::Result<Option<Exit>> {
        let now = self.client.clock().now();
        if let LinkState::Up { gaps, .. } = state {
            self.was_up = true;
            self.tally.gaps = *gaps;
        }
        if self.json {
            json::link(&mut self.out, state, now)?;
        } else {
            let why = match state {
                LinkState::Down { why, .. } | LinkState::Refused { why } => format!(": {why}"),
                _ => String::new(),
            };
            writeln!(self.out, "{}  link {}{why}", json::moment(now.wall), state.word())?;
        }
        Ok(matches!(state, LinkState::Refused { .. }).then_some(Exit::CredentialsRefused))
    }

    /// Prints one thing that a hub told.
    fn tell(&mut self, told: Told) -> io::Result<Option<Exit>> {
        let me = self.client.welcome().map(|welcome| welcome.person.clone()).unwrap_or_default();
        if let (Some(others), Some(said)) = (&mut self.tally.others, told.said.map(|said| said.named(&me))) {
            others.commands += u64::from(said.kind == "command");
            others.outcomes += u64::from(said.kind == "outcome");
            if self.json {
                json::write_line(&mut self.out, &said)?;
            } else {
                writeln!(self.out, "{}", said.text())?;
            }
        }
        match &told.event {
            Some(event) => self.report(event, told.owner.as_ref()),
            None => Ok(None),
        }
    }

    /// So many lines could not be told, for whoever reads them is slow.
    fn lost(&mut self, count: u64) -> io::Result<()> {
        let Some(others) = self.tally.others.as_mut().filter(|_| count > 0) else { return Ok(()) };
        others.lost += count;
        let at = json::moment(self.client.clock().now().wall);
        if self.json {
            json::write_line(&mut self.out, &serde_json::json!({ "at": at, "kind": "lost", "count": count }))
        } else {
            writeln!(self.out, "{at}  lost  {count} lines: they came faster than they were read")
        }
    }

    /// Prints the summary.
    fn finish(&mut self) -> io::Result<()> {
        let now = self.client.clock().now();
        let seconds = (now.at - self.started.at).as_secs_f64();
        let (at, tally) = (json::moment(now.wall), &self.tally);
        if self.json {
            json::write_line(&mut self.out, &SummaryLine { at, kind: "summary", tally, seconds })?;
        } else {
            let Tally { events, duplicates, faults, gaps, others } = tally;
            let others = others.as_ref().map(|it| format!(" {} commands, {} lost,", it.commands, it.lost));
            let others = others.unwrap_or_default();
            writeln!(
                self.out,
                "{at}  {events} events ({duplicates} duplicates),{others} {faults} faults, {gaps} gaps, {seconds:.1} s"
            )?;
        }
        self.out.flush()
    }
}
