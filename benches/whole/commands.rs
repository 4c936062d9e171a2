//! Commands per second through the library's client, beside a bare loop: one after another and 64 in flight.

use std::time::{Duration, Instant};

use callboard::calling::{Call, Client, ClientConfig};
use callboard::client::{Credentials, Endpoint};
use callboard::protocol::{Dialect, Secret};
use callboard::sim::script::Flood;
use color_eyre::eyre::Result;
use futures_util::future::try_join_all;

use super::service::Service;
use super::table::{Table, count, median};
use super::{Plan, bare};

const SPAN: Duration = Duration::from_secs(2);
/// Calls that the commands go to in turn.
const CALLS: usize = 64;
/// The events that offer and answer them.
const ANSWERED: u64 = CALLS as u64 * 2;

/// Both, at one and at 64 in flight.
pub fn measure(plan: &Plan) -> Result<String> {
    let mut table =
        Table::new("Commands answered per second", &["in flight", "bare loop", "library", "ratio"]);
    for flights in [1, 64] {
        let (mut least, mut ours, mut ratio) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..plan.runs {
            let service = floor()?;
            let bare = service.runtime().block_on(bare::commands(&service.url(), CALLS, flights, SPAN))?;
            drop(service);
            let service = floor()?;
            let client = client(&service)?;
            let calls = client.calls();
            let rate = service.runtime().block_on(library(&calls, flights))?;
            ratio.push(rate / bare);
            least.push(bare);
            ours.push(rate);
        }
        table.row([
            flights.to_string(),
            count(median(&least)),
            count(median(&ours)),
            format!("{:.2}", median(&ratio)),
        ]);
    }
    Ok(table.text())
}

/// A service whose calls get answered and then stay.
fn floor() -> Result<Service> {
    Service::start(Flood { total: ANSWERED, ..Service::flood(CALLS, 1_000_000) }, false)
}

/// Our client once it knows them.
fn client(service: &Service) -> Result<Client> {
    let credentials = Credentials::Token { project: Secret::new("p-project"), token: Secret::new("t-token") };
    let endpoint = Endpoint::new(&service.url(), None)?;
    let config =
        ClientConfig { endpoint, credentials, contexts: vec!["flood".into()], dialect: Dialect::Current };
    let client = service.runtime().block_on(async { Client::connect(config) });
    service.wait_for(ANSWERED)?;
    Ok(client)
}

async fn library(calls: &[Call], flights: usize) -> Result<f64> {
    let begun = Instant::now();
    let lanes = (0..flights).map(|lane| async move {
        let mut done = 0u64;
        for call in calls.iter().cycle().skip(lane) {
            if begun.elapsed() >= SPAN {
                break;
            }
            call.play_tts_async("one moment please").await?;
            done += 1;
        }
        Ok::<_, callboard::calling::Error>(done)
    });
    let done: u64 = try_join_all(lanes).await?.into_iter().sum();
    Ok(done as f64 / begun.elapsed().as_secs_f64())
}
