//! Getting to the service or to a hub, and waiting for what becomes known there.

use std::time::Duration;

use crate::calling::{Client, Error};
use crate::client::LinkState;
use crate::exit::Exit;
use crate::model::Model;
use crate::protocol::Shown;
use crate::signals::{Signal, Signals};
use crate::time::Now;

/// How long the connection may take.
pub(super) const CONNECT_WITHIN: Duration = Duration::from_secs(20);
/// Between two looks at what changes by the clock alone.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Waits until the client is connected. A hub that is not there is not waited for: whoever runs a command wants to know.
pub(super) async fn reach(client: &Client) -> Result<(), Exit> {
    let attached = async {
        until(client, |model, _| match model.link() {
            LinkState::Up { .. } => Some(Ok(())),
            LinkState::Refused { .. } => Some(Err(Exit::CredentialsRefused)),
            LinkState::Down { .. } | LinkState::Closed => Some(Err(Exit::NoConnection)),
            _ => None,
        })
        .await
    };
    let connected = async {
        client.ready().await.map_err(|error| match error {
            Error::AuthenticationRefused(_) => Exit::CredentialsRefused,
            _ => Exit::NoConnection,
        })
    };
    let reached = async { if client.has_hub() { attached.await } else { connected.await } };
    tokio::time::timeout(CONNECT_WITHIN, reached).await.unwrap_or(Err(Exit::NoConnection))
}

/// Why there is no connection, in words that name the next step.
pub(super) fn why_not(client: &Client) -> Option<Shown> {
    match client.link() {
        // It is not tried again, whatever the client would do.
        LinkState::Down { why, .. } | LinkState::Refused { why } if client.has_hub() => Some(why),
        link => link.why_not(),
    }
}

/// Waits until something is known. For one wait of a client at a time.
pub(super) async fn until<T>(client: &Client, mut look: impl FnMut(&Model, Now) -> Option<T>) -> T {
    loop {
        if let Some(seen) = client.with_model(&mut look) {
            return seen;
        }
        // What only time decides is looked at now and then.
        let _ = tokio::time::timeout(LOOK_EVERY, client.changed()).await;
    }
}

/// Waits until the program is told to end, and gives the exit code, 128+n.
pub(super) async fn quit(signals: &mut Signals) -> i32 {
    loop {
        if let Signal::Quit(code) = signals.next().await {
            return code;
        }
    }
}

/// The exit that a signal asks for; the code is 128+n.
pub(super) fn told_to_end(code: i32) -> Exit {
    Exit::Signal(u8::try_from(code - 128).unwrap_or(0))
}
