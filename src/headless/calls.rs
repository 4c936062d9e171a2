//! `callboard calls`: every call that a hub knows, one line each.

use std::io::{self, Write};
use std::time::Duration;

use super::reach::{quit, reach, told_to_end, why_not};
use crate::calling::{Client, Connection};
use crate::cli::CallsArgs;
use crate::exit::Exit;
use crate::export::{self, Cell, Format, Table};
use crate::filter::{Blank, Filter, Sight};
use crate::model::{Call, Dial, Model};
use crate::protocol::Shown;
use crate::records::Records;
use crate::signals;
use crate::time::Now;

/// Time to end when told to.
const GRACE: Duration = Duration::from_millis(900);

/// What a line of text has, in this order; objects have more.
const COLUMNS: [&str; 12] = [
    "call_id",
    "state",
    "direction",
    "from",
    "to",
    "context",
    "owner",
    "age_seconds",
    "running",
    "claimed_by",
    "eyes",
    "stale_seconds",
];

/// Prints the calls that the hub knows. With `masked`, numbers are hidden.
///
/// # Errors
/// When it cannot be written.
pub async fn calls(
    connection: Connection,
    records: Records,
    args: &CallsArgs,
    masked: bool,
) -> io::Result<Exit> {
    let filter = match args.wanted() {
        Ok(filter) => filter,
        Err(why) => {
            writeln!(io::stderr(), "callboard: FILTER: {why}")?;
            return Ok(Exit::Usage);
        }
    };
    let mut signals = signals::listen_for_end(GRACE, true)?;
    let (client, ()) = records.connect(connection, |_| ());
    let reached = tokio::select! {
        reached = reach(&client) => reached,
        code = quit(&mut signals) => Err(told_to_end(code)),
    };
    let exit = match reached {
        Ok(()) => print(&client, args, filter.as_ref(), masked)?,
        Err(exit) => {
            if let Some(why) = why_not(&client) {
                writeln!(io::stderr(), "callboard: {why}")?;
            }
            exit
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), client.disconnect()).await;
    Ok(exit)
}

fn print(client: &Client, args: &CallsArgs, filter: Option<&Filter>, masked: bool) -> io::Result<Exit> {
    let table = client.with_model(|model, now| table(model, filter, args.all, now));
    if table.rows.is_empty() {
        writeln!(io::stderr(), "callboard: no call fits")?;
    }
    let text = if args.json {
        export::table(&table, Format::Ndjson, masked)
    } else {
        let text = export::table(&brief(&table), Format::Text, masked);
        // It needs no title.
        text.split_once("\n\n")
            .map(|(_, rows)| rows.to_owned())
            .filter(|_| !table.rows.is_empty())
            .unwrap_or_default()
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}

/// Dials without a leg, then calls: those that live first, each in the order in which they came.
fn table(model: &Model, filter: Option<&Filter>, all: bool, now: Now) -> Table {
    let sight = Sight { now: now.at, board: &Blank, others: Some(model) };
    let dials: Vec<&Dial> = model
        .dials()
        .filter(|dial| dial.legs.is_empty() && (all || !dial.is_over()))
        .filter(|dial| filter.is_none_or(|filter| filter.shows_dial(dial, &sight)))
        .collect();
    let mut calls: Vec<&Call> = model
        .calls()
        .filter(|call| all || call.is_live())
        .filter(|call| filter.is_none_or(|filter| filter.shows(call, &sight)))
        .collect();
    calls.sort_by_key(|call| !call.is_live());
    let mut table = export::calls::list(model, &calls, &dials, now);
    table.columns.insert(0, "kind");
    table.rows.iter_mut().for_each(|row| row.insert(0, Cell::word("call")));
    table
}

fn clock(span: Duration) -> String {
    format!("{}:{:02}", span.as_secs() / 60, span.as_secs() % 60)
}

/// Only what a line of text has, times as people read them.
fn brief(table: &Table) -> Table {
    let place = |name: &&str| table.columns.iter().position(|column| column == name);
    let places: Vec<usize> = COLUMNS.iter().filter_map(place).collect();
    let cell = |cell: &Cell| match cell {
        Cell::Seconds(span) => Cell::word(&clock(*span)),
        cell => cell.clone(),
    };
    let rows = table.rows.iter().map(|row| places.iter().map(|place| cell(&row[*place])).collect());
    let named = |place: &usize| match table.columns[*place] {
        "age_seconds" => "age",
        "stale_seconds" => "in_doubt_for",
        name => name,
    };
    Table { title: Shown::default(), columns: places.iter().map(named).collect(), rows: rows.collect() }
}
