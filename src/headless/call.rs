//! `callboard call`: dials, speaks or plays, hangs up, and says how it went.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::json;
use super::reach::{CONNECT_WITHIN, quit, told_to_end};
use super::steps::{Facts, Step, Steps};
use crate::calling::params::{Dial, Hangup, Params, PlayAudio, PlayTts, Record};
use crate::calling::result::PlayResult;
use crate::calling::{Call, Client, Connection, Error};
use crate::catalog::{self, FieldError, InvalidParams};
use crate::cli::CallArgs;
use crate::exit::Exit;
use crate::protocol::device::Device;
use crate::protocol::{CallState, Shown};
use crate::records::Records;
use crate::signals;

/// How long the end of a recording and of the call may take.
const END_WITHIN: Duration = Duration::from_secs(10);
/// How long hanging up may take after Ctrl-C.
const ABANDON_WITHIN: Duration = Duration::from_secs(5);

/// Makes the call and prints its outcome.
///
/// # Errors
/// When standard output cannot be written.
pub async fn call(connection: Connection, records: Records, args: &CallArgs) -> io::Result<Exit> {
    let dial = plan(args);
    let wrong = faults(args, &dial);
    if !wrong.is_empty() {
        for error in wrong.iter().flat_map(|invalid| &invalid.errors) {
            let FieldError { value, rule, .. } = error;
            writeln!(io::stderr(), "callboard: {}: {value} {rule}", option_of(error))?;
        }
        return Ok(Exit::Usage);
    }
    let mut signals = signals::listen_for_end(ABANDON_WITHIN + Duration::from_secs(1), true)?;
    let (client, ()) = records.connect(connection, |_| ());
    let call = client.new_call(dial);
    let mut steps = Steps::new(client.clock(), args.json);
    let exit = tokio::select! {
        exit = perform(&client, &call, args, &mut steps) => exit,
        code = quit(&mut signals) => told_to_end(code),
    };
    if matches!(exit, Exit::Signal(_) | Exit::OutcomeUnknown) {
        steps.end("interrupted", Facts::default());
        // What cannot be hung up in this time is said to be so by the code alone.
        let _ = tokio::time::timeout(ABANDON_WITHIN, abandon(&client, &call, &mut steps)).await;
    }
    let printed = print(&steps, args, &call, exit);
    let _ = tokio::time::timeout(Duration::from_secs(1), client.disconnect()).await;
    printed.map(|()| exit)
}

fn plan(args: &CallArgs) -> Dial {
    let sip = args.to.starts_with("sip:") || args.to.starts_with("sips:");
    let device =
        if sip { Device::sip(&args.to, &args.from) } else { Device::phone(&args.to).from(&args.from) };
    let device = match args.timeout {
        Some(seconds) => device.timeout(seconds),
        None => device,
    };
    Dial::new(vec![vec![device]])
}

/// What is wrong with the arguments, before anything is sent.
fn faults(args: &CallArgs, dial: &Dial) -> Vec<InvalidParams> {
    fn fault<P: Params>(params: &P) -> Option<InvalidParams> {
        catalog::check(catalog::method(P::METHOD)?, &params.values()).err()
    }
    let tts = args.tts.as_ref().and_then(|text| fault(&PlayTts::new(text)));
    let play = args.play.as_ref().and_then(|url| fault(&PlayAudio::new(url)));
    fault(dial).into_iter().chain(tts).chain(play).collect()
}

/// The option that a field was filled from.
fn option_of(error: &FieldError) -> &str {
    match error.field.rsplit('.').next() {
        Some("to" | "to_number") => "--to",
        Some("from" | "from_number") => "--from",
        Some("text") => "--tts",
        Some("url") => "--play",
        _ => &error.field,
    }
}

#[derive(Serialize)]
struct CallLine<'a> {
    at: String,
    kind: &'static str,
    to: &'a str,
    from: &'a str,
    call_id: Option<String>,
    exit: u8,
    steps: &'a [Step],
}

/// Prints the outcome.
fn print(steps: &Steps, args: &CallArgs, call: &Call, exit: Exit) -> io::Result<()> {
    if !steps.json {
        return Ok(());
    }
    let line = CallLine {
        at: json::moment(steps.clock.now().wall),
        kind: "call",
        to: &args.to,
        from: &args.from,
        call_id: call.id().map(|id| id.to_string()),
        exit: exit.code(),
        steps: &steps.done,
    };
    let mut out = io::stdout().lock();
    json::write_line(&mut out, &line)?;
    out.flush()
}

/// Everything from the connection to the hang-up. May be dropped at any moment; what is open then is in `steps`.
async fn perform(client: &Client, call: &Call, args: &CallArgs, steps: &mut Steps) -> Exit {
    if let Err(exit) = connected(client, steps).await {
        return exit;
    }
    if let Err(exit) = answered(call, steps).await {
        return exit;
    }
    let spoken = speak(call, args, steps).await;
    let ended = hang_up(call, steps).await;
    // The first failure is the one that explains the rest.
    spoken.and(ended).err().unwrap_or(Exit::Done)
}

async fn connected(client: &Client, steps: &mut Steps) -> Result<(), Exit> {
    steps.begin("connect");
    match tokio::time::timeout(CONNECT_WITHIN, client.ready()).await {
        Ok(Ok(())) => {
            steps.end("done", Facts::default());
            Ok(())
        }
        Ok(Err(error)) => Err(steps.fail(&error)),
        Err(_) => {
            let why = client.link().why_not().map(|why| Facts::why(&why)).unwrap_or_default();
            steps.end("timeout", why);
            Err(Exit::NoConnection)
        }
    }
}

async fn answered(call: &Call, steps: &mut Steps) -> Result<(), Exit> {
    steps.begin("dial");
    let result = match call.dial().await {
        Ok(result) => result,
        Err(error) => return Err(steps.fail(&error)),
    };
    if result.successful {
        steps.end("answered", Facts::default());
        return Ok(());
    }
    // The word on the dial may come before the word on its leg, which says more.
    let brief = Duration::from_millis(500);
    let _ = tokio::time::timeout(brief, call.wait_for_ended()).await;
    let reason = result.event.and_then(|event| Some(event.payload.get("reason")?.as_str()?.to_owned()));
    let outcome = call.end_reason().map_or_else(|| "failed".to_owned(), |reason| reason.to_string());
    steps.end(Shown::new(&outcome).as_str(), reason.map(|why| Facts::why(&why)).unwrap_or_default());
    Err(Exit::DialFailed)
}

/// Speaks or plays, recording meanwhile if that is wanted.
async fn speak(call: &Call, args: &CallArgs, steps: &mut Steps) -> Result<(), Exit> {
    let mut recording = None;
    if args.record {
        steps.begin("record");
        match call.record_async(Record::conversation()).await {
            Ok(action) => recording = Some((action, steps.open.take())),
            Err(error) => return Err(steps.fail(&error)),
        }
    }
    let said = if let Some(text) = &args.tts {
        steps.begin("tts");
        say(call.play_tts(text.as_str()).await, steps)
    } else if let Some(url) = &args.play {
        steps.begin("play");
        say(call.play_audio(url.as_str()).await, steps)
    } else {
        Ok(())
    };
    let Some((action, open)) = recording else { return said };
    steps.open = open;
    // A recording that has ended by itself cannot be stopped, which is no failure; its own end tells.
    let _ = action.stop().await;
    let recorded = match tokio::time::timeout(END_WITHIN, action.wait()).await {
        Ok(Ok(result)) => {
            let facts =
                Facts { url: result.url, duration: result.duration, size: result.size, ..Facts::default() };
            steps.end(Shown::new(&action.state()).as_str(), facts);
            if result.successful { Ok(()) } else { Err(Exit::Incomplete) }
        }
        Ok(Err(error)) => Err(steps.fail(&error)),
        Err(_) => {
            steps.end("unknown", Facts { url: action.url(), ..Facts::why("its end was not reported") });
            Err(Exit::OutcomeUnknown)
        }
    };
    said.and(recorded)
}

fn say(played: Result<PlayResult, Error>, steps: &mut Steps) -> Result<(), Exit> {
    match played {
        Ok(result) if result.successful => {
            steps.end("finished", Facts::default());
            Ok(())
        }
        Ok(result) => {
            let outcome = result.event.map_or_else(|| "callOver".to_owned(), |event| event.name);
            steps.end(Shown::new(&outcome).as_str(), Facts::default());
            Err(Exit::Incomplete)
        }
        Err(error) => Err(steps.fail(&error)),
    }
}

async fn hang_up(call: &Call, steps: &mut Steps) -> Result<(), Exit> {
    steps.begin("hangup");
    match tokio::time::timeout(END_WITHIN, call.hangup()).await {
        Ok(Ok(result)) => {
            steps.end("ended", Facts::why(&result.reason));
            Ok(())
        }
        Ok(Err(error)) => Err(steps.fail(&error)),
        Err(_) => {
            steps.end("unknown", Facts::why("its end was not reported"));
            Err(Exit::OutcomeUnknown)
        }
    }
}

/// Ends whatever the dial has brought about, also what it brings about a moment later.
async fn abandon(client: &Client, call: &Call, steps: &mut Steps) {
    let Some(tag) = call.tag() else { return };
    loop {
        let Some((over, legs)) =
            client.with_model(|model, _| model.dial(&tag).map(|dial| (dial.is_over(), dial.legs.clone())))
        else {
            // Never dialled.
            return;
        };
        let legs: Vec<_> = legs.iter().filter_map(|id| client.call(id)).filter(Call::active).collect();
        if legs.is_empty() && !over {
            client.changed().await;
            continue;
        }
        for leg in legs {
            steps.begin("hangup");
            let reason = if leg.state() == Some(CallState::Answered) { "hangup" } else { "cancel" };
            match leg.hangup_with(Hangup::new().reason(reason)).await {
                Ok(result) => steps.end("ended", Facts::why(&result.reason)),
                Err(error) => drop(steps.fail(&error)),
            }
        }
        return;
    }
}
