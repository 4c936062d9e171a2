//! `callboard act`: one command to a call of a hub, and what became of it.

use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::json;
use super::reach::{quit, reach, told_to_end, until, why_not};
use super::steps::{Facts, Step, Steps};
use crate::calling::{Ask, Client, Connection, DIAL_WAIT, Error};
use crate::catalog::{ActionKind, Control, InvalidParams, Method, Scope, Values, line};
use crate::cli::act::{ActArgs, Deed, Wait};
use crate::client::Ticket;
use crate::exit::Exit;
use crate::hub::Denied;
use crate::model::{Action, Call, DialState, Ending, Fate, Model, Phase, Why};
use crate::protocol::{CallId, CallState, ControlId, Shown, Tag};
use crate::records::Records;
use crate::signals;

/// How long the end of a call, an answer, or the effect of a control may take.
const END_WITHIN: Duration = Duration::from_secs(10);
/// An outcome that is not known may still become known for so long: the hub tells when it is found again.
const SETTLES_WITHIN: Duration = Duration::from_secs(10);
/// Time to print when told to end.
const GRACE: Duration = Duration::from_millis(900);
/// A secret that is read from a file is no longer than this, in bytes.
const LONGEST_SECRET: u64 = 8_192;
/// So many are named where one has to be chosen.
const NAMED: usize = 5;

/// Does it and prints what became of it.
///
/// # Errors
/// When standard output cannot be written.
pub async fn act(connection: Connection, records: Records, args: &ActArgs) -> io::Result<Exit> {
    let values = match values(&args.deed) {
        Ok(values) => values,
        Err(faults) => {
            faults.iter().try_for_each(|fault| writeln!(io::stderr(), "callboard: {fault}"))?;
            return Ok(Exit::Usage);
        }
    };
    let mut signals = signals::listen_for_end(GRACE, true)?;
    let (client, ()) = records.connect(connection, |_| ());
    let mut run = Run {
        args,
        client: client.clone(),
        steps: Steps::new(client.clock(), args.json),
        call: None,
        control: None,
    };
    let exit = tokio::select! {
        exit = run.perform(values) => exit.err().unwrap_or(Exit::Done),
        // What was sent is done; what it started goes on.
        code = quit(&mut signals) => told_to_end(code),
    };
    run.steps.end("interrupted", Facts::default());
    let printed = run.print(exit);
    let _ = tokio::time::timeout(Duration::from_secs(1), client.disconnect()).await;
    printed.map(|()| exit)
}

/// The values of a method, or everything that is wrong with them, by option.
fn values(deed: &Deed) -> Result<Values, Vec<String>> {
    let Deed::Invoke { method, files, .. } = deed else { return Ok(Values::new()) };
    let mut read = Vec::new();
    for (field, path) in files {
        match secret(path) {
            Ok(text) => read.push((*field, text)),
            Err(error) => {
                let option = method.argument(field).map_or(*field, |field| line::option(method, field));
                return Err(vec![format!(
                    "--{option}: {}: {error}",
                    Shown::whole(&path.display().to_string())
                )]);
            }
        }
    }
    deed.values(&read).map_err(|invalid| said(method, &invalid))
}

fn said(method: &'static Method, invalid: &InvalidParams) -> Vec<String> {
    let said = |error: &crate::catalog::FieldError| {
        let option = method.argument(error.root()).map_or(error.root(), |field| line::option(method, field));
        let place = error.field.strip_prefix(error.root()).unwrap_or_default();
        format!("--{option}{place}: {} {}", error.value, error.rule)
    };
    invalid.errors.iter().map(said).collect()
}

/// A secret out of a file, without the end of the line.
fn secret(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        io::stdin().lock().take(LONGEST_SECRET).read_to_string(&mut text)?;
    } else {
        std::fs::File::open(path)?.take(LONGEST_SECRET).read_to_string(&mut text)?;
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// One run of the command.
struct Run<'a> {
    args: &'a ActArgs,
    client: Client,
    steps: Steps,
    call: Option<CallId>,
    control: Option<ControlId>,
}

#[derive(Serialize)]
struct ActLine<'a> {
    at: String,
    kind: &'static str,
    method: &'static str,
    call_id: Option<&'a CallId>,
    control_id: Option<&'a ControlId>,
    exit: u8,
    steps: &'a [Step],
}

/// How what was waited for came out.
struct Seen {
    outcome: String,
    facts: Facts,
    exit: Exit,
}

impl Seen {
    fn new(outcome: &str, exit: Exit) -> Self {
        Self { outcome: Shown::new(outcome).to_string(), facts: Facts::default(), exit }
    }
}

impl Run<'_> {
    /// May be dropped at any moment; what is open then is in the steps.
    async fn perform(&mut self, values: Values) -> Result<(), Exit> {
        self.steps.begin("attach");
        if let Err(exit) = reach(&self.client).await {
            let why = why_not(&self.client).map(|why| Facts::why(&why)).unwrap_or_default();
            self.steps.end("failed", why);
            return Err(exit);
        }
        self.steps.open = None;
        let ask = self.ask(values).map_err(|why| {
            self.steps.begin(self.args.deed.name());
            self.steps.end("notSent", Facts::why(&why));
            Exit::Usage
        })?;
        self.steps.begin(self.args.deed.name());
        let why = Why { reason: Shown::new(&self.args.reason), ..Why::default() };
        let ticket = match self.client.submit_for(ask, why) {
            Ok(ticket) => ticket,
            Err(error) => return Err(self.steps.fail(&error)),
        };
        self.answered(ticket).await?;
        self.ended().await
    }

    /// What is asked for; in words why it cannot be.
    fn ask(&mut self, values: Values) -> Result<Ask, String> {
        let id = self.client.next_id();
        let call = self.client.with_model(|model, _| {
            self.args.call.as_deref().map(|call| find_call(model, call)).transpose()
        })?;
        self.call.clone_from(&call);
        match &self.args.deed {
            Deed::Invoke { method, .. } => {
                if method.starts.is_some() || method.scope == Scope::Space {
                    self.control = Some(id.clone());
                }
                Ok(Ask::Invoke { method: method.name, values, call, id })
            }
            Deed::Control { control, on, value } => {
                let call = call.ok_or("--call ID is needed")?;
                let find = |model: &Model| match model.call(&call) {
                    Some(call) => find_action(call, *control, on.as_deref()),
                    None => Err("the call is over".to_owned()),
                };
                let control_id = self.client.with_model(|model, _| find(model))?;
                self.control = Some(control_id.clone());
                Ok(Ask::Control { call, control_id, control: *control, value: *value })
            }
        }
    }

    /// Waits for the answer to the command.
    async fn answered(&mut self, ticket: Ticket) -> Result<(), Exit> {
        let of = |model: &Model| model.acts().iter().rev().find(|act| act.ticket == ticket)?.ending.clone();
        let first = until(&self.client, |model, _| of(model)).await;
        let ending = if first.fate == Fate::Unknown {
            let known = |model: &Model| of(model).filter(|ending| ending.fate != Fate::Unknown);
            let known = until(&self.client, |model, _| known(model));
            tokio::time::timeout(SETTLES_WITHIN, known).await.unwrap_or(first)
        } else {
            first
        };
        let (outcome, exit) = fate(&ending);
        let why = ending.text.as_str();
        let words = ["not sent: ", "unknown: ", "refused: "].iter().find_map(|begin| why.strip_prefix(begin));
        self.steps.end(outcome, words.map(Facts::why).unwrap_or_default());
        exit.map_or(Ok(()), Err)
    }

    /// Waits for what the command brings about.
    async fn ended(&mut self) -> Result<(), Exit> {
        let Some((step, usual)) = self.brings() else { return Ok(()) };
        let span = match self.args.wait {
            Wait::No => return Ok(()),
            Wait::For(span) => Some(span),
            Wait::End => usual,
        };
        self.steps.begin(step);
        let (deed, call, control) = (&self.args.deed, self.call.clone(), self.control.clone());
        let look = until(&self.client, |model, now| {
            let call = call.as_ref().map(|id| model.call(id));
            seen(deed, call, control.as_ref(), model).or_else(|| {
                let doubt = call.flatten().and_then(|call| call.doubt);
                let lost = doubt.is_some_and(|doubt| doubt.is_unresolved(now.at));
                lost.then(|| Seen::new("unknown", Exit::OutcomeUnknown))
            })
        });
        let ended = match span {
            Some(span) => tokio::time::timeout(span, look).await.ok(),
            None => Some(look.await),
        };
        let Seen { outcome, facts, exit } = ended.unwrap_or_else(|| {
            let facts = Facts::why("it has not ended yet, as far as was reported; it goes on");
            Seen { facts, ..Seen::new("unknown", Exit::OutcomeUnknown) }
        });
        if let Some(call) = &facts.call_id {
            self.call = Some(call.clone());
        }
        self.steps.end(&outcome, facts);
        if exit == Exit::Done { Ok(()) } else { Err(exit) }
    }

    /// What the command brings about, and how long that may take when nothing is said of it; none for ever.
    fn brings(&self) -> Option<(&'static str, Option<Duration>)> {
        match &self.args.deed {
            Deed::Invoke { method, .. } if method.scope == Scope::Space => {
                Some(("dial", Some(DIAL_WAIT + END_WITHIN)))
            }
            Deed::Invoke { method, .. } => match (method.starts, method.name) {
                (Some(kind), _) => Some((kind.word(), None)),
                (None, "hangup" | "answer") => Some(("call", Some(END_WITHIN))),
                (None, _) => None,
            },
            Deed::Control { control: Control::Stop | Control::Pause | Control::Resume, .. } => {
                Some(("effect", Some(END_WITHIN)))
            }
            Deed::Control { .. } => None,
        }
    }

    fn print(&self, exit: Exit) -> io::Result<()> {
        if !self.args.json {
            return Ok(());
        }
        let line = ActLine {
            at: json::moment(self.steps.clock.now().wall),
            kind: "act",
            method: self.args.deed.name(),
            call_id: self.call.as_ref(),
            control_id: self.control.as_ref(),
            exit: exit.code(),
            steps: &self.steps.done,
        };
        let mut out = io::stdout().lock();
        json::write_line(&mut out, &line)?;
        out.flush()
    }
}

fn fate(ending: &Ending) -> (&'static str, Option<Exit>) {
    let why = ending.text.as_str().trim_start_matches("not sent: ");
    match ending.fate {
        Fate::Accepted => ("accepted", None),
        Fate::Refused => ("refused", Some(Exit::CommandRefused)),
        Fate::Unknown => ("unknown", Some(Exit::OutcomeUnknown)),
        Fate::NotSent if Denied::is_said(why) => ("denied", Some(Exit::NotAllowed)),
        Fate::NotSent if why == Error::CallOver.to_string() => ("callOver", Some(Exit::Incomplete)),
        Fate::NotSent => ("notSent", Some(Exit::NoConnection)),
    }
}

/// How it came out, once that is known.
fn seen(deed: &Deed, call: Option<Option<&Call>>, id: Option<&ControlId>, model: &Model) -> Option<Seen> {
    let gone = || Seen::new("callOver", Exit::Incomplete);
    let call = match call {
        Some(Some(call)) => Some(call),
        Some(None) => return Some(gone()),
        None => None,
    };
    let action = || id.and_then(|id| call?.action(id));
    match deed {
        Deed::Invoke { method, .. } if method.scope == Scope::Space => dialled(model, id?),
        Deed::Invoke { method, .. } => match (method.starts, method.name) {
            (Some(_), _) => match action() {
                Some(action) => finished(action),
                None => call.is_none_or(|call| !call.is_live()).then(gone),
            },
            (None, "hangup") => {
                let reason = call.filter(|call| !call.is_live())?.end_reason.as_ref();
                let facts = reason.map(|reason| Facts::why(&Shown::new(reason.as_str()))).unwrap_or_default();
                Some(Seen { facts, ..Seen::new("ended", Exit::Done) })
            }
            (None, _) => match call?.state {
                CallState::Answered | CallState::Ending => Some(Seen::new("answered", Exit::Done)),
                CallState::Ended => Some(gone()),
                _ => None,
            },
        },
        Deed::Control { control, .. } => match (control, action().map(|action| &action.phase)) {
            (_, None) => Some(gone()),
            (Control::Stop, Some(phase)) => phase.is_over().then(|| Seen::new("stopped", Exit::Done)),
            (Control::Pause, Some(Phase::Paused)) => Some(Seen::new("paused", Exit::Done)),
            (Control::Resume, Some(Phase::Running)) => Some(Seen::new("running", Exit::Done)),
            (_, Some(phase)) => phase.is_over().then(|| Seen::new("ended", Exit::Incomplete)),
        },
    }
}

fn dialled(model: &Model, id: &ControlId) -> Option<Seen> {
    let Some(dial) = model.dial(&Tag::from(id.as_str())) else {
        return Some(Seen::new("unknown", Exit::OutcomeUnknown));
    };
    Some(match &dial.state {
        DialState::Requested | DialState::Dialing => return None,
        DialState::Answered(winner) => {
            let facts = Facts { call_id: Some(winner.clone()), ..Facts::default() };
            Seen { facts, ..Seen::new("answered", Exit::Done) }
        }
        DialState::Failed(why) => Seen { facts: Facts::why(why), ..Seen::new("failed", Exit::DialFailed) },
        DialState::Unknown(why) => {
            Seen { facts: Facts::why(why), ..Seen::new("unknown", Exit::OutcomeUnknown) }
        }
    })
}

fn finished(action: &Action) -> Option<Seen> {
    let successful = action.answer()?;
    let yields = &action.yields;
    let verdict = (action.kind == ActionKind::Detect).then(|| action.verdict()).flatten().map(str::to_owned);
    let result = verdict.or_else(|| yields.text.clone()).or_else(|| yields.document.clone());
    let facts = Facts {
        why: yields.reason.as_ref().map(ToString::to_string),
        url: yields.url.clone(),
        duration: yields.duration,
        size: yields.size,
        result,
        call_id: yields.peer.clone(),
    };
    let word = if action.state.as_str().is_empty() { "ended" } else { action.state.as_str() };
    let exit = if successful { Exit::Done } else { Exit::Incomplete };
    Some(Seen { facts, ..Seen::new(word, exit) })
}

/// The call that is meant: of this id, or the only one whose id begins so; those that live come first.
fn find_call(model: &Model, given: &str) -> Result<CallId, String> {
    let shown = Shown::new(given);
    if let Some(call) = model.call(&CallId::from(given)) {
        return Ok(call.id.clone());
    }
    let begins = |call: &&Call| !given.is_empty() && call.id.as_str().starts_with(given);
    let live: Vec<&Call> = model.calls().filter(|call| call.is_live()).filter(begins).collect();
    match live[..] {
        [call] => Ok(call.id.clone()),
        [] if model.calls().any(|call| begins(&call)) => Err(format!("the call {shown} is over")),
        [] => Err(format!("no call {shown} is known; `callboard calls` lists those there are")),
        _ => {
            let ids = live.iter().take(NAMED).map(|call| Shown::new(call.id.as_str()).to_string());
            let ids = ids.collect::<Vec<_>>().join(", ");
            Err(format!("{} calls begin with {shown}: give more of the id: {ids}", live.len()))
        }
    }
}

/// What is to be told so: of this control id, the only one that begins so, the newest of this kind, or the only one.
fn find_action(call: &Call, control: Control, given: Option<&str>) -> Result<ControlId, String> {
    let able: Vec<&Action> = call.running().filter(|action| action.kind.can(control)).collect();
    let listed = || {
        let one = |action: &&Action| {
            format!("{} {}", kind_word(action.kind), Shown::new(action.control_id.as_str()))
        };
        able.iter().take(NAMED).map(one).collect::<Vec<_>>().join(", ")
    };
    let verb = control.suffix().replace('_', " ");
    let Some(given) = given else {
        return match able[..] {
            [action] => Ok(action.control_id.clone()),
            [] => Err(format!("nothing runs on this call that could be told to {verb}")),
            _ => Err(format!("several things run: name one with --control: {}", listed())),
        };
    };
    if let Some(action) = call.running().find(|action| action.control_id.as_str() == given) {
        return Ok(action.control_id.clone());
    }
    let named = |action: &&&Action| kind_word(action.kind) == given.replace('_', "-");
    if let Some(action) = able.iter().rev().find(named) {
        return Ok(action.control_id.clone());
    }
    let begins =
        able.iter().filter(|action| action.control_id.as_str().starts_with(given)).collect::<Vec<_>>();
    match begins[..] {
        [action] => Ok(action.control_id.clone()),
        _ if able.is_empty() => Err(format!("nothing runs on this call that could be told to {verb}")),
        _ => Err(format!(
            "--control {} is none of what runs, or not the only one: {}",
            Shown::new(given),
            listed()
        )),
    }
}

/// The kind as the command line spells it: `fax-out`.
fn kind_word(kind: ActionKind) -> String {
    kind.word().replace(' ', "-")
}
