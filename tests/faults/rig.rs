//! A client on a switch, a floor with calls, and somebody who gives commands; seeds decide the rest.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callboard::calling::params::{Params, PlaySilence, PlayTts, Record, SendDigits};
use callboard::calling::{Ask, Client};
use callboard::catalog::Control;
use callboard::client::{ClientEvent, Credentials, LinkState, Outcome, Received, Ticket};
use callboard::model::{self, Model};
use callboard::protocol::{CallState, Dialect, Secret};
use tokio::time::{Instant, sleep, timeout};

use crate::switch::Switch;

/// A floor on which something happens all the time: calls come, are answered, play, record and end.
pub const BUSY: &str = r#"
[[arrival]]
label = "caller"
context = "support"
from = "+1202555012?"
to = "+12025550199"
age = [1.0, 20.0]
standing = 6
again_after = [0.5, 3.0]
answered_after = [0.3, 2.0]
party = "talker"
[[arrival.does]]
after = [0.5, 2.0]
command = "play"
params = { play = [{ type = "silence", params = { duration = 1.5 } }] }
[[arrival.does]]
after = [0.5, 3.0]
command = "record"
params = { record = { audio = { end_silence_timeout = 0.0, initial_timeout = 0.0 } } }
[[arrival]]
label = "still"
context = "support"
from = "+12025550100"
to = "+12025550198"
answered_after = 0.5
party = "patient"
at = [0.1]
[parties.talker]
hangs_up_after = [5.0, 25.0]
[parties.patient]
"#;

pub const TOKEN: &str = "PT-canary-0123456789";

/// What the client reported, in order.
#[derive(Default)]
pub struct Seen {
    pub links: Vec<(Duration, LinkState)>,
    pub received: Vec<Arc<Received>>,
    pub outcomes: Vec<(Ticket, Outcome)>,
    pub faults: Vec<String>,
}

pub struct Rig {
    pub client: Client,
    pub switch: Switch,
    pub dice: fastrand::Rng,
    seen: Arc<Mutex<Seen>>,
}

/// Tries a fault with every seed, in invented time.
pub fn seeds(script: &str, fault: impl AsyncFn(&mut Rig)) {
    seeds_in(Dialect::Current, script, fault);
}

/// The same with a client that speaks this dialect.
pub fn seeds_in(dialect: Dialect, script: &str, fault: impl AsyncFn(&mut Rig)) {
    for_seeds(|seed| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut rig = Rig::new(dialect, script, seed);
            let long = Duration::from_secs(7_200);
            timeout(long, fault(&mut rig)).await.expect("it comes to an end within two hours");
        });
    });
}

/// Runs something with every seed: those of the environment, or three.
pub fn for_seeds(run: impl Fn(u64)) {
    struct Failed(u64);
    impl Drop for Failed {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("with FAULT_SEED={}", self.0);
            }
        }
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds =
        number("FAULT_SEED").map_or_else(|| 0..number("FAULT_SEEDS").unwrap_or(3), |seed| seed..seed + 1);
    for seed in seeds {
        let failed = Failed(seed);
        run(seed);
        drop(failed);
    }
}

impl Rig {
    fn new(dialect: Dialect, script: &str, seed: u64) -> Self {
        // Decides the jitter of the client.
        fastrand::seed(seed);
        let mut dice = fastrand::Rng::with_seed(seed ^ 0xfa17);
        let switch = Switch::new(script, seed);
        match dice.u8(0..3) {
            0 => {}
            1 => switch.way(|way| way.pieces = Some(40)),
            _ => switch.way(|way| (way.latency, way.together) = ((0.002, 0.02), 0.005)),
        }
        let opener = switch.clone();
        let credentials = Credentials::Token { project: Secret::new("project-1"), token: Secret::new(TOKEN) };
        let contexts = vec!["support".into()];
        let open = move || opener.clone().open();
        let client = Client::offline_in(dialect, credentials, contexts, None, open);
        client.reconnect();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (mut feed, noted, clock) = (client.events(), seen.clone(), switch.clone());
        tokio::spawn(async move {
            while let Some(event) = feed.recv().await {
                let mut seen = noted.lock().unwrap();
                match event {
                    ClientEvent::Link(link) => seen.links.push((clock.at(), link)),
                    ClientEvent::Received(received) => seen.received.push(received),
                    ClientEvent::Outcome { ticket, outcome, .. } => seen.outcomes.push((ticket, outcome)),
                    ClientEvent::Fault(fault) => seen.faults.push(fault.why.to_string()),
                    _ => {}
                }
            }
        });
        Self { client, switch, dice, seen }
    }

    pub fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap())
    }

    pub fn model<T>(&self, look: impl FnOnce(&Model) -> T) -> T {
        self.client.with_model(|model, _| look(model))
    }

    /// Something between these, as the seed decides.
    pub fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.dice.f64()
    }

    /// Logged in within so many seconds.
    #[track_caller]
    pub fn up_within(&self, seconds: f64) -> impl Future<Output = ()> {
        self.link_within(seconds, "up")
    }

    /// It is shown within so many seconds that the link is not up.
    #[track_caller]
    pub fn lost_within(&self, seconds: f64) -> impl Future<Output = ()> {
        self.within(seconds, "the loss is shown", |model| !model.link().is_up())
    }

    #[track_caller]
    pub fn link_within(&self, seconds: f64, word: &'static str) -> impl Future<Output = ()> {
        self.within(seconds, word, move |model| model.link().word() == word)
    }

    /// Waits until the model is as wanted.
    #[track_caller]
    pub fn within(
        &self,
        seconds: f64,
        what: &'static str,
        wanted: impl Fn(&Model) -> bool,
    ) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let begin = Instant::now();
            while !self.model(&wanted) {
                let spent = begin.elapsed().as_secs_f64();
                let link = self.client.link();
                assert!(spent <= seconds, "not within {seconds} s at {place}: {what}; the link is {link:?}");
                sleep(Duration::from_millis(10)).await;
            }
        }
    }

    /// Lets the floor live for so long, while somebody gives commands.
    pub async fn busy(&mut self, seconds: f64) {
        let end = Instant::now() + Duration::from_secs_f64(seconds);
        while Instant::now() < end {
            let pause = self.between(0.05, 0.5);
            sleep(Duration::from_secs_f64(pause)).await;
            self.command();
        }
    }

    /// Gives some command on some answered call, link or no link.
    pub fn command(&mut self) -> Option<Ticket> {
        let calls = self.model(|model| {
            let answered = model.calls().filter(|call| call.state == CallState::Answered);
            answered.map(|call| (call.id.clone(), running(call))).collect::<Vec<_>>()
        });
        let (call, running) = calls.get(self.dice.usize(..calls.len().max(1)))?.clone();
        let id = self.client.next_id();
        let ask = match (self.dice.u8(0..6), running) {
            (0, Some(control_id)) => Ask::Control { call, control_id, control: Control::Stop, value: None },
            (1, _) => invoke(&SendDigits::new("12"), call, id),
            (2, _) => invoke(&PlayTts::new("Good morning"), call, id),
            (3, _) => invoke(&Record::new().end_silence_timeout(0.0), call, id),
            _ => invoke(&PlaySilence::new(1.0), call, id),
        };
        self.client.submit(ask).ok()
    }

    /// A play on the call that stays; its ticket.
    pub fn play(&mut self) -> Ticket {
        let call = self.still();
        let id = self.client.next_id();
        self.client.submit(invoke(&PlaySilence::new(1.0), call, id)).unwrap()
    }

    /// The answered call that does not go by itself.
    #[track_caller]
    pub fn still(&self) -> callboard::protocol::CallId {
        let still =
            |call: &&model::Call| call.to.as_str().ends_with("0198") && call.state == CallState::Answered;
        self.model(|model| model.calls().find(still).map(|call| call.id.clone()))
            .expect("the call that stays")
    }

    /// How a command ended so far, in the order of the reports.
    pub fn outcomes(&self, ticket: Ticket) -> Vec<Outcome> {
        let mine = |(of, outcome): &(Ticket, Outcome)| (*of == ticket).then(|| outcome.clone());
        self.seen(|seen| seen.outcomes.iter().filter_map(mine).collect())
    }

    /// Logged in, with a floor that has lived for some seconds.
    pub async fn start(&mut self) {
        self.up_within(2.0).await;
        self.busy(3.0).await;
    }
}

/// An operation that runs on a call and can be stopped.
fn running(call: &model::Call) -> Option<callboard::protocol::ControlId> {
    let can = |action: &&model::Action| action.kind.can(Control::Stop);
    call.running().find(can).map(|action| action.control_id.clone())
}

pub fn invoke<P: Params>(
    params: &P,
    call: callboard::protocol::CallId,
    id: callboard::protocol::ControlId,
) -> Ask {
    Ask::Invoke { method: P::METHOD, values: params.values(), call: Some(call), id }
}
