//! The hub: whether it is there, who one is to it, what it knows, how long it holds things up.

use std::time::Duration;

use super::Finding;
use crate::attach::message::{self, PROTOCOL, ToConsole, ToHub, Welcome};
use crate::attach::wire::{self, Any, Lines, Sayer};
use crate::attach::{Place, Record};
use crate::client::Application;
use crate::protocol::Shown;

/// All of it may take so long.
const WITHIN: Duration = Duration::from_secs(5);

/// What a hub tells somebody who looks in.
struct Told {
    welcome: Box<Welcome>,
    applications: Vec<Application>,
    /// Half of what passes is faster, and all but one in a hundred; none while nothing passes.
    delay: Option<(Duration, Duration)>,
}

/// Looks in at the hub of this place; none is no fault.
pub(super) async fn check(place: Option<Place>) -> Vec<Finding> {
    let Some(place) = place else {
        return vec![Finding::skipped("hub", "none on this machine; `callboard hub` runs one")];
    };
    let at = place.shown();
    let told = tokio::time::timeout(WITHIN, look(place)).await;
    match told.unwrap_or_else(|_| Err("it does not answer".into())) {
        Ok(told) => findings(&at, &told),
        Err(why) => {
            let next =
                "look whether it runs, and whether this is its place: it prints `attach` when it is ready";
            vec![Finding::wrong("hub", format!("{at}: {why}"), next)]
        }
    }
}

async fn look(place: Place) -> Result<Told, Shown> {
    let (mut lines, mut sayer) = wire::lines(place.open().await?, wire::LONGEST_FROM_HUB);
    let agent = Shown::new(concat!("callboard ", env!("CARGO_PKG_VERSION"), " doctor"));
    sayer.say(&ToHub::Hello { protocol: PROTOCOL, agent, watch: false }.line()).await?;
    let welcome = match next(&mut lines).await? {
        ToConsole::Welcome(welcome) => welcome,
        ToConsole::Refused { why, .. } => return Err(why),
        _ => return Err("it does not say welcome first".into()),
    };
    let mut applications: Vec<Application> = Vec::new();
    loop {
        match next(&mut lines).await? {
            ToConsole::Record(record) => learn(&mut applications, &record),
            ToConsole::Current => break,
            ToConsole::Refused { why, .. } => return Err(why),
            _ => {}
        }
    }
    let delay = delay(&mut lines, &mut sayer).await?;
    Ok(Told { welcome, applications, delay })
}

fn learn(applications: &mut Vec<Application>, record: &Record) {
    if record.kind.as_str() != "application" {
        return;
    }
    // One that cannot be read is of a newer version, and is not counted.
    let Ok(application) = serde_json::from_str::<Application>(record.text()) else { return };
    applications.retain(|known| known.id != application.id);
    applications.push(application);
}

async fn delay(
    lines: &mut Lines<Any>,
    sayer: &mut Sayer<Any>,
) -> Result<Option<(Duration, Duration)>, Shown> {
    sayer.say(&ToHub::Ping { number: 1 }.line()).await?;
    loop {
        match next(lines).await? {
            ToConsole::Pong { delay_p50_us, delay_p99_us, .. } => {
                return Ok(delay_p50_us
                    .zip(delay_p99_us)
                    .map(|(half, most)| (Duration::from_micros(half), Duration::from_micros(most))));
            }
            ToConsole::Refused { why, .. } => return Err(why),
            _ => {}
        }
    }
}

async fn next(lines: &mut Lines<Any>) -> Result<ToConsole, Shown> {
    let line = lines.next().await.ok_or("it closed the connection")??;
    message::read(&line)
}

fn findings(at: &Shown, told: &Told) -> Vec<Finding> {
    let Welcome { agent, protocol, person, role, rights, upstream, .. } = told.welcome.as_ref();
    let mut findings = vec![if *protocol == PROTOCOL {
        Finding::fine("hub", format!("{at}: {agent}, before {upstream}"))
    } else {
        let what = format!("{at}: {agent} speaks version {protocol} and this program {PROTOCOL}");
        Finding::wrong("hub", what, "update the older one")
    }];
    let rights = rights.iter().map(Shown::as_str).collect::<Vec<_>>().join(", ");
    findings.push(Finding::fine("hub person", format!("{person}, role {role}: {rights}")));
    let up: Vec<_> = told.applications.iter().filter(|application| application.up).collect();
    findings.push(if up.is_empty() {
        let next = "point one at the hub: `callboard hub env` prints how";
        Finding::hint("applications", "none is connected to the hub", next)
    } else {
        let one = |it: &&Application| format!("{} ({}, {})", it.name, it.agent, it.dialect.word());
        let names = up.iter().map(one).collect::<Vec<_>>().join(", ");
        Finding::fine("applications", format!("{}: {names}", up.len()))
    });
    findings.push(match told.delay {
        Some((half, most)) => {
            let ms = |span: Duration| span.as_secs_f64() * 1e3;
            Finding::fine("hub delay", format!("{:.2} ms, of one in a hundred {:.2} ms", ms(half), ms(most)))
        }
        None => Finding::skipped("hub delay", "nothing passes at present"),
    });
    findings
}
