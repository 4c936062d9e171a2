//! `callboard wall --once`: watches for a while and prints the wallboard's numbers.

use std::io::{self, Write};
use std::time::Duration;

use super::json;
use super::reach::{quit, reach, told_to_end, why_not};
use crate::calling::{Client, Connection};
use crate::cli::WallArgs;
use crate::exit::Exit;
use crate::records::Records;
use crate::signals;
use crate::wall::{self, Limits, Window};

/// How long it watches when nothing is said of it.
const WATCH: Duration = Duration::from_secs(5);
/// Time to print when told to end.
const GRACE: Duration = Duration::from_millis(900);

/// Logs in, watches, and prints the numbers once: as text, or as one JSON object.
///
/// # Errors
/// When standard output cannot be written.
pub async fn wall(
    connection: Connection,
    records: Records,
    args: &WallArgs,
    window: Window,
    limits: &Limits,
) -> io::Result<Exit> {
    let mut signals = signals::listen_for_end(GRACE, false)?;
    let (client, ()) = records.connect(connection, |_| ());
    let exit = tokio::select! {
        exit = watch(&client, args.span.unwrap_or(WATCH)) => exit,
        // Ctrl-C ends the watching early; what is known is printed all the same.
        code = quit(&mut signals) => match code {
            130 if client.link().is_up() => Exit::Done,
            130 => Exit::NoConnection,
            code => told_to_end(code),
        },
    };
    if exit == Exit::Done {
        let board = client.with_model(|model, now| wall::board(model, now, window, limits));
        let mut out = io::stdout().lock();
        if args.json {
            json::write_line(&mut out, &wall::json(&board))?;
        } else {
            out.write_all(wall::print(&board).as_bytes())?;
        }
        out.flush()?;
    } else if let Some(why) = why_not(&client) {
        writeln!(io::stderr(), "callboard: {why}")?;
    }
    let _ = tokio::time::timeout(Duration::from_secs(1), client.disconnect()).await;
    Ok(exit)
}

async fn watch(client: &Client, span: Duration) -> Exit {
    match reach(client).await {
        Ok(()) => tokio::time::sleep(span).await,
        Err(exit) => return exit,
    }
    Exit::Done
}
