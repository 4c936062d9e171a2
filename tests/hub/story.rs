//! The callboard client on the simulated Relay, with a hub between them that nobody notices.

use callboard::calling::{Client, ClientConfig};
use callboard::client::{Credentials, Endpoint};
use callboard::hub::{Injected, Mark, Options, PipeId, Seen, Side, authority, start};
use callboard::protocol::{CallState, Secret};
use callboard::sim::script::Script;
use callboard::sim::server;
use callboard::sim::world::Stage;
use callboard::time::Clock;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::rig::soon;

const WORLD: &str = r#"
[[arrival]]
label = "caller"
context = "support"
from = "+12025550123"
to = "+12025550199"
party = "caller"
[parties.caller]
"#;

#[tokio::test]
async fn an_application_over_wss_works_and_another_speaks_into_its_call_unnoticed() {
    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    let folder = tempfile::tempdir().unwrap();
    let mut options = server::Options::new(Script::parse(WORLD).unwrap());
    options.tls = true;
    let sim = server::serve(options, stop.clone()).await.unwrap();
    let (sim_ca, hub_ca) = (folder.path().join("sim.pem"), folder.path().join("hub.pem"));
    std::fs::write(&sim_ca, sim.ca_pem().unwrap()).unwrap();

    let kept = authority::kept_in(folder.path()).unwrap();
    std::fs::write(&hub_ca, kept.pem()).unwrap();
    let (clock, mark) = (Clock::start(), Mark::random().unwrap());
    let mut options = Options::new(Endpoint::new(&sim.url(), Some(&sim_ca)).unwrap(), mark.clone());
    options.tls = Some(authority::server_config(kept, &[], None, clock).unwrap());
    let (sender, mut seen) = mpsc::channel(1_024);
    let hub = start(options, sender, clock, stop).await.unwrap();
    assert!(hub.url.starts_with("wss://127.0.0.1:"));

    let client = Client::connect(ClientConfig {
        endpoint: Endpoint::new(&hub.url, Some(&hub_ca)).unwrap(),
        credentials: Credentials::Token {
            project: Secret::new("project-1"),
            token: Secret::new("PT-canary"),
        },
        contexts: vec!["support".into()],
        dialect: callboard::protocol::Dialect::Current,
    });
    soon(client.ready()).await.unwrap();
    let mut incoming = client.incoming();
    sim.stage(Stage::Arrive("caller".into()));
    let call = soon(incoming.next()).await.unwrap();
    assert!(soon(call.answer()).await.unwrap().successful);

    let (id, node) = (call.id().unwrap(), call.node_id().unwrap());
    let word = mark.word();
    let play = format!(
        r#"{{"jsonrpc":"2.0","id":"{word}-1","method":"calling.play","params":{{"node_id":"{}","call_id":"{}","control_id":"{word}-2","play":[{{"type":"silence","params":{{"duration":0.1}}}}]}}}}"#,
        node.as_str(),
        id.as_str()
    );
    assert_eq!(soon(hub.injector.inject(PipeId(1), &play)).await, Ok(Injected::Written));
    let mut ours = Vec::new();
    while !ours.iter().any(|text: &String| text.contains(r#""finished""#)) {
        if let Some(Seen::Message { from: Side::Service, bytes, ours: true, .. }) = soon(seen.recv()).await {
            ours.push(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    assert!(ours[0].contains(&format!("{word}-1")) || ours[1].contains(&format!("{word}-1")), "{ours:?}");
    assert!(ours.iter().all(|text| text.contains(word)));

    // The application goes on as if nothing had happened, and knows of nothing.
    assert_eq!(call.state(), Some(CallState::Answered));
    assert!(client.orphans().is_empty());
    client.with_model(|model, _| assert_eq!(model.calls().count(), 1));
    assert!(soon(call.hangup()).await.unwrap().successful);
    soon(client.disconnect()).await;
    soon(async {
        loop {
            if let Some(Seen::Closed { pipe: PipeId(1), .. }) = seen.recv().await {
                break;
            }
        }
    })
    .await;
    assert_eq!(hub.counters.up.malformed.get() + hub.counters.down.malformed.get(), 0);
    assert!(hub.counters.spread().count() > 0, "delays are measured");
}
