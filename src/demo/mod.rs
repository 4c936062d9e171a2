//! The demo of the hub: a simulated service, two applications on it through a hub, all within this process.

mod dialler;
mod ivr;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::attach::Place;
use crate::calling::{Client, ClientConfig};
use crate::client::{Credentials, Endpoint};
use crate::config::Settings;
use crate::hub::serve::{self, Hub};
use crate::hub::settings::{Listen, Settings as HubSettings};
use crate::protocol::{Dialect, Secret};
use crate::records::Records;
use crate::sim::{Script, server};

/// What an application does with itself until the client is closed.
type Work = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Everything but the console. What it keeps on disk is in a folder of its own.
#[derive(Debug)]
pub struct HubFloor {
    hub: Hub,
    applications: Vec<Client>,
    stopped: CancellationToken,
    folder: TempDir,
}

impl HubFloor {
    /// Starts the service, the hub, and the applications.
    ///
    /// # Errors
    /// When a socket or the folder cannot be had.
    pub async fn start(settings: &Settings) -> io::Result<Self> {
        let stopped = CancellationToken::new();
        let script = Script::applications().map_err(io::Error::other)?;
        let sim =
            server::serve(server::Options::new(script), stopped.clone()).await.map_err(io::Error::other)?;
        let folder = tempfile::Builder::new().prefix("callboard-demo-").tempdir()?;
        let records = Records::none(&settings.person, "demo".into());
        let hub = hub_settings(sim.url(), &folder);
        let hub = serve::start(&hub, records, folder.path(), stopped.clone()).await?;
        let mut floor = Self { hub, applications: Vec::new(), stopped, folder };
        floor.begin("ivr", &["support", "renewal"], |client| Box::pin(ivr::run(client)))?;
        floor.begin("dialler", &[], |client| Box::pin(dialler::run(client)))?;
        Ok(floor)
    }

    /// Where a console attaches.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::Unix(socket(&self.folder))
    }

    /// An application, pointed at the listener of its name.
    fn begin(&mut self, name: &str, contexts: &[&str], work: impl FnOnce(Client) -> Work) -> io::Result<()> {
        let listener = self.hub.ready.listeners.iter().find(|listener| listener.name == name);
        let url = listener.map(|listener| listener.url.as_str()).unwrap_or_default();
        let endpoint = Endpoint::new(url, None).map_err(io::Error::other)?;
        let credentials =
            Credentials::Token { project: Secret::new("demo-project"), token: Secret::new("demo-token") };
        let contexts = contexts.iter().map(|&context| context.to_owned()).collect();
        let client =
            Client::connect(ClientConfig { endpoint, credentials, contexts, dialect: Dialect::Current });
        tokio::spawn(work(client.clone()));
        self.applications.push(client);
        Ok(())
    }

    /// Ends all of it; the folder goes with it.
    pub async fn stop(self) {
        let Self { hub, applications, stopped, folder } = self;
        for client in &applications {
            client.disconnect().await;
        }
        stopped.cancel();
        hub.stopped().await;
        // One that cannot be taken away is in the folder for what is temporary.
        drop(folder.close());
    }
}

fn socket(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("hub.sock")
}

fn hub_settings(upstream: String, folder: &TempDir) -> HubSettings {
    let listen = |name: &str| Listen {
        name: Some(name.to_owned()),
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
    };
    HubSettings::local(upstream, vec![listen("ivr"), listen("dialler")], socket(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{File, Flags, resolve};
    use crate::model::{Call, Model};
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread")]
    async fn both_applications_have_calls_that_a_console_sees_and_nothing_is_left() {
        let settings = resolve(&File::default(), &|_| None, &Flags::default()).unwrap();
        let floor = HubFloor::start(&settings).await.unwrap();
        let folder = floor.folder.path().to_owned();
        let console = Client::attached(floor.place(), true);
        console.reconnect();
        let busy = |model: &Model| {
            let owns = |name: &str| {
                model.calls().any(|call| model.owner(&call.id).is_some_and(|it| it.as_str() == name))
            };
            let running = model.calls().flat_map(Call::running).count();
            owns("ivr") && owns("dialler") && running > 1
        };
        let wait = async {
            while !console.with_model(|model, _| busy(model)) {
                console.changed().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait).await.expect("calls of both");
        console.disconnect().await;
        floor.stop().await;
        assert!(!folder.exists());
    }
}
