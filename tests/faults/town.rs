//! A client and a simulated world with the socket between them, in invented time: the whole path, and nothing waits.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callboard::calling::{Call, Client};
use callboard::client::Credentials;
use callboard::client::endpoint::limits;
use callboard::protocol::Secret;
use callboard::sim::world::{Input, Output};
use callboard::sim::{ClientId, Script, Stage, World};
use callboard::time::{Clock, Now};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

type Socket = WebSocketStream<DuplexStream>;

enum News {
    Joined(Box<Socket>),
    Said(ClientId, String),
    Left(ClientId),
    Staged(Stage),
}

/// The world behind its door.
pub struct Town {
    pub client: Client,
    pub world: Arc<Mutex<World>>,
    open: Arc<AtomicBool>,
    news: mpsc::Sender<News>,
}

impl Town {
    pub async fn new(script: &str) -> Self {
        let world = Arc::new(Mutex::new(World::new(Script::parse(script).unwrap(), 7)));
        let (news, inbox) = mpsc::channel(100_000);
        let open = Arc::new(AtomicBool::new(true));
        tokio::spawn(serve(world.clone(), inbox, news.clone()));
        let (door, bell) = (open.clone(), news.clone());
        let token = Credentials::Token { project: Secret::new("project-1"), token: Secret::new("PT-canary") };
        let client = Client::connect_with(token, vec!["support".into()], move || {
            let (ours, theirs) = tokio::io::duplex(1 << 20);
            let (open, bell) = (door.load(Ordering::Relaxed), bell.clone());
            async move {
                if !open {
                    return Err("the door is shut".into());
                }
                let theirs = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
                drop(bell.try_send(News::Joined(Box::new(theirs))));
                Ok(WebSocketStream::from_raw_socket(ours, Role::Client, Some(limits())).await)
            }
        });
        client.ready().await.unwrap();
        Self { client, world, open, news }
    }

    pub fn stage(&self, stage: Stage) {
        drop(self.news.try_send(News::Staged(stage)));
    }

    /// The connection is cut, and none can be made.
    pub async fn shut(&self) {
        self.open.store(false, Ordering::Relaxed);
        self.stage(Stage::Cut);
        while self.client.link().is_up() {
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Connections can be made again, and one is.
    pub async fn reopen(&self) {
        self.open.store(true, Ordering::Relaxed);
        self.client.reconnect();
        self.client.ready().await.unwrap();
    }

    /// So many inbound calls, answered.
    pub async fn answered(&self, count: usize) -> Vec<Call> {
        let mut incoming = self.client.incoming();
        let mut calls = Vec::new();
        for _ in 0..count {
            self.stage(Stage::Arrive("caller".into()));
            let call = incoming.next().await.unwrap();
            assert!(call.answer().await.unwrap().successful);
            calls.push(call);
        }
        calls
    }

    /// The ids of the calls that live in the world.
    pub fn living(&self) -> Vec<String> {
        self.world.lock().unwrap().calls().map(|leg| leg.call_id.to_string()).collect()
    }

    /// How often the world was asked for this.
    pub fn asked(&self, method: &str) -> usize {
        self.world.lock().unwrap().ledger().received().filter(|command| command.method == method).count()
    }
}

async fn serve(world: Arc<Mutex<World>>, mut inbox: mpsc::Receiver<News>, news: mpsc::Sender<News>) {
    static CLIENTS: AtomicUsize = AtomicUsize::new(0);
    let clock = Clock::start();
    let wall = clock.now();
    // The wall clock of the machine does not follow invented time; that of the world does.
    let now = || {
        let at = clock.now().at;
        Now { at, wall: wall.wall.forward(at.since(wall.at)) }
    };
    let mut sinks: HashMap<ClientId, SplitSink<Socket, Message>> = HashMap::new();
    loop {
        let wake = world.lock().unwrap().wake_at().map(|at| clock.instant(at));
        let due = async {
            match wake {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let outputs = tokio::select! {
            biased;
            () = due => world.lock().unwrap().handle(Input::Wake, now()),
            heard = inbox.recv() => {
                let Some(heard) = heard else { return };
                match heard {
                    News::Joined(socket) => {
                        let id = ClientId(CLIENTS.fetch_add(1, Ordering::Relaxed) as u64);
                        let (sink, source) = (*socket).split();
                        sinks.insert(id, sink);
                        tokio::spawn(listen(id, source, news.clone()));
                        world.lock().unwrap().handle(Input::Joined(id), now())
                    }
                    News::Said(id, text) => world.lock().unwrap().handle(Input::Text(id, &text), now()),
                    News::Left(id) => {
                        sinks.remove(&id);
                        world.lock().unwrap().handle(Input::Left(id), now())
                    }
                    News::Staged(stage) => world.lock().unwrap().handle(Input::Stage(stage), now()),
                }
            }
        };
        for output in outputs {
            let id = output.client();
            match output {
                Output::Send { text, .. } => {
                    if let Some(sink) = sinks.get_mut(&id) {
                        drop(sink.send(Message::text(text)).await);
                    }
                }
                Output::Close { .. } | Output::Cut { .. } => {
                    if let Some(mut sink) = sinks.remove(&id) {
                        drop(sink.close().await);
                    }
                }
                // Nothing of this sort is staged here.
                Output::SendMany { .. } | Output::SendBinary { .. } | Output::SendHalf { .. } => {}
                Output::Ping { .. } => {}
            }
        }
    }
}

async fn listen(id: ClientId, mut source: SplitStream<Socket>, news: mpsc::Sender<News>) {
    while let Some(Ok(message)) = source.next().await {
        if let Message::Text(text) = message {
            drop(news.try_send(News::Said(id, text.as_str().to_owned())));
        }
    }
    drop(news.try_send(News::Left(id)));
}
