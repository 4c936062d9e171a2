//! The switch: `sim::World` behind in-memory lines, with a door that can be shut and a hand on every frame.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use callboard::client::endpoint::limits;
use callboard::protocol::Shown;
use callboard::sim::{ClientId, Input, Output, Script, Stage, World};
use callboard::time::{At, Now};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use tokio::io::DuplexStream;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::account::Account;
use crate::line::{End, Fate, Way, lay};
use crate::outlet::{Put, write};

/// What whoever connects finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// A service.
    Open,
    /// A reason why there is no connection.
    Shut(&'static str),
    /// Nothing at all: the attempt neither succeeds nor fails.
    Stuck,
    /// A connection that ends at once.
    Slams,
    /// A socket that takes everything and says nothing.
    Mute,
}

/// Changes a frame on its way to the client: each text that comes of it, with the seconds it waits.
pub type Hand = Box<dyn FnMut(String) -> Vec<(f64, String)> + Send>;

/// A handle to the switch.
#[derive(Clone)]
pub struct Switch(Arc<Shared>);

struct Shared {
    inner: Mutex<Inner>,
    way: watch::Sender<Way>,
    /// Whether the switch reads what clients send.
    reads: watch::Sender<bool>,
    changed: Notify,
    start: Instant,
}

struct Inner {
    world: World,
    account: Account,
    lines: BTreeMap<ClientId, Line>,
    door: Door,
    hand: Option<Hand>,
    joined: u64,
    /// Seconds by which the wall clock of the service is off.
    wall_off: i64,
    dice: fastrand::Rng,
}

struct Line {
    queue: mpsc::Sender<Put>,
    fate: Fate,
}

impl Switch {
    /// A switch that plays a scenario.
    pub fn new(script: &str, seed: u64) -> Self {
        let script = Script::parse(script).unwrap_or_else(|error| panic!("{error}: {script}"));
        let inner = Inner {
            world: World::new(script, seed),
            account: Account::default(),
            lines: BTreeMap::new(),
            door: Door::Open,
            hand: None,
            joined: 0,
            wall_off: 0,
            dice: fastrand::Rng::with_seed(seed),
        };
        let switch = Self(Arc::new(Shared {
            inner: Mutex::new(inner),
            way: watch::Sender::new(Way::default()),
            reads: watch::Sender::new(true),
            changed: Notify::new(),
            start: Instant::now(),
        }));
        let timed = switch.clone();
        tokio::spawn(async move { timed.keep_time().await });
        switch
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap()
    }

    /// Time since the start.
    pub fn at(&self) -> Duration {
        self.0.start.elapsed()
    }

    /// Looks at the world and the account.
    pub fn look<T>(&self, look: impl FnOnce(&World, &Account) -> T) -> T {
        let inner = self.lock();
        look(&inner.world, &inner.account)
    }

    /// Makes something happen.
    pub fn stage(&self, stage: Stage) {
        self.feed(Input::Stage(stage));
    }

    /// Changes the way.
    pub fn way(&self, change: impl FnOnce(&mut Way)) {
        self.0.way.send_modify(change);
    }

    /// Opens or shuts the door.
    pub fn door(&self, door: Door) {
        self.lock().door = door;
    }

    /// Lays a hand on every frame for clients.
    pub fn hand(&self, hand: impl FnMut(String) -> Vec<(f64, String)> + Send + 'static) {
        self.lock().hand = Some(Box::new(hand));
    }

    /// Takes the hand off.
    pub fn hands_off(&self) {
        self.lock().hand = None;
    }

    /// Whether the switch reads.
    pub fn reads(&self, reads: bool) {
        self.0.reads.send_replace(reads);
    }

    /// Sets the wall clock of the service forward or back.
    pub fn wall_off(&self, seconds: i64) {
        self.lock().wall_off = seconds;
    }

    /// Sends a raw text to every client, past the world.
    pub fn say(&self, text: &str) {
        self.stage(Stage::Send(text.to_owned()));
    }

    /// Sends anything that a socket can carry to every client.
    pub fn say_raw(&self, message: &Message) {
        for line in self.lock().lines.values() {
            line.queue.try_send(Put::Raw(message.clone())).expect("room in the queue");
        }
    }

    /// Ends every connection here and now, with a reset or without.
    pub fn cut(&self, reset: bool) {
        for line in self.lock().lines.values() {
            line.fate.reset.store(reset, std::sync::atomic::Ordering::Relaxed);
            line.fate.gone.cancel();
        }
    }

    /// Closes every connection properly.
    pub fn close(&self, code: u16) {
        let inner = self.lock();
        for (client, line) in &inner.lines {
            line.queue
                .try_send(Put::World(Output::Close { client: *client, code }))
                .expect("room in the queue");
        }
    }

    /// What the client is given as the way to open sockets.
    pub async fn open(self) -> Result<WebSocketStream<End>, Shown> {
        let door = {
            let mut inner = self.lock();
            let at = self.at();
            inner.account.opens.push(at);
            inner.door.clone()
        };
        let (end, far) = match door {
            Door::Shut(why) => return Err(why.into()),
            Door::Stuck => return std::future::pending().await,
            Door::Open | Door::Slams | Door::Mute => {
                let (end, far, fate) = lay(&self.0.way.subscribe(), &mut self.lock().dice);
                (end, (far, fate))
            }
        };
        match door {
            Door::Mute => drop(tokio::spawn(async move {
                let _kept = far;
                std::future::pending::<()>().await;
            })),
            Door::Slams => drop(far),
            Door::Open | Door::Shut(_) | Door::Stuck => drop(tokio::spawn(self.attend(far.0, far.1))),
        }
        Ok(WebSocketStream::from_raw_socket(end, Role::Client, Some(limits())).await)
    }

    fn now(&self, inner: &Inner) -> Now {
        let mut now = Now::simulated(self.at());
        now.wall.0 += inner.wall_off * 1_000_000;
        now
    }

    fn feed(&self, input: Input<'_>) {
        let mut inner = self.lock();
        let before = inner.world.wake_at();
        let now = self.now(&inner);
        for output in inner.world.handle(input, now) {
            self.put(&mut inner, output);
        }
        if inner.world.wake_at() != before {
            self.0.changed.notify_one();
        }
    }

    /// Passes an output on, through the hand if there is one.
    fn put(&self, inner: &mut Inner, output: Output) {
        let (client, text) = match output {
            Output::Send { client, text } => (client, text),
            other => return inner.put(other),
        };
        let texts = match &mut inner.hand {
            Some(hand) => hand(text),
            None => vec![(0.0, text)],
        };
        for (wait, text) in texts {
            let output = Output::Send { client, text };
            if wait > 0.0 {
                let later = self.clone();
                tokio::spawn(async move {
                    sleep(Duration::from_secs_f64(wait)).await;
                    later.lock().put(output);
                });
            } else {
                inner.put(output);
            }
        }
    }

    async fn keep_time(&self) {
        loop {
            let wake_at = self.lock().world.wake_at();
            match wake_at {
                Some(at) => tokio::select! {
                    () = sleep_until(self.0.start + at.since(At::START)) => self.feed(Input::Wake),
                    () = self.0.changed.notified() => {}
                },
                None => self.0.changed.notified().await,
            }
        }
    }

    async fn attend(self, stream: DuplexStream, fate: Fate) {
        let config = WebSocketConfig::default().max_message_size(Some(16 * 1024 * 1024));
        let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
        let (sink, source) = socket.split();
        let (queue, outputs) = mpsc::channel(400_000);
        let client = self.join(queue, fate.clone());
        tokio::select! {
            () = self.read(source, client) => {}
            () = write(sink, outputs, &fate) => {}
            () = fate.gone.cancelled() => {}
        }
        self.lock().lines.remove(&client);
        self.feed(Input::Left(client));
    }

    fn join(&self, queue: mpsc::Sender<Put>, fate: Fate) -> ClientId {
        let client = {
            let mut inner = self.lock();
            inner.joined += 1;
            let client = ClientId(inner.joined);
            inner.lines.insert(client, Line { queue, fate });
            let at = self.at();
            inner.account.connections.push(at);
            client
        };
        self.feed(Input::Joined(client));
        client
    }

    async fn read(&self, mut source: SplitStream<WebSocketStream<DuplexStream>>, client: ClientId) {
        let mut reads = self.0.reads.subscribe();
        while reads.wait_for(|reads| *reads).await.is_ok() {
            match source.next().await {
                Some(Ok(Message::Text(text))) => {
                    self.lock().account.came(client, &text);
                    self.feed(Input::Text(client, &text));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            }
        }
    }
}

impl Inner {
    fn put(&mut self, output: Output) {
        if let Output::Send { client, text } = &output {
            self.account.goes(*client, text);
        }
        if let Some(line) = self.lines.get(&output.client()) {
            line.queue.try_send(Put::World(output)).expect("room in the queue");
        }
    }
}
