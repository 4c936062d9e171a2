//! The headless twins of the console: the same client without a screen, for scripts and load tests.

mod call;
mod events;
mod history;
mod json;
mod wall;

pub use call::call;
pub use events::events;
pub use history::history;
pub use wall::wall;

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

use crate::calling::{Client, ClientConfig};
use crate::client::ClientEvent;

/// Connects, with a feed that misses nothing: the first socket is not opened before the feed exists.
fn connect(config: ClientConfig) -> (Client, mpsc::Receiver<ClientEvent>) {
    let listening = Arc::new(Notify::new());
    let gate = listening.clone();
    let client = Client::connect_with(config.credentials, config.contexts, move || {
        let (gate, endpoint) = (gate.clone(), config.endpoint.clone());
        async move {
            gate.notified().await;
            // Open for every later attempt.
            gate.notify_one();
            endpoint.open().await
        }
    });
    let feed = client.events();
    listening.notify_one();
    (client, feed)
}
