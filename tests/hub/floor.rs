//! The whole hub: two applications on the simulated Relay, consoles attached to them, and what each of them gets to see.

use std::sync::Arc;
use std::time::Duration;

use callboard::attach::message::{AskBody, PROTOCOL, ToConsole, ToHub, WhyBody};
use callboard::attach::wire;
use callboard::calling::params::{Dial, Hangup, Params, PlaySilence, Record};
use callboard::calling::{Ask, Call, Client, ClientConfig, Error};
use callboard::catalog::{self, Control};
use callboard::client::{By, Credentials, Endpoint, LinkState};
use callboard::hub::serve::{self, Hub};
use callboard::hub::settings::{Listen, Settings};
use callboard::hub::{Grant, Right, Role, Scope, console};
use callboard::journal::Bounds;
use callboard::model::{Model, Why};
use callboard::protocol::{CallId, CallState, Dialect, Secret};
use callboard::records::Records;
use callboard::sim::script::Script;
use callboard::sim::server::{self, Running};
use callboard::sim::world::Stage;
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::rig::soon;

const WORLD: &str = r#"
[[arrival]]
label = "help"
context = "support"
from = "+12025550123"
to = "+12025550199"
party = "caller"
[[arrival]]
label = "sale"
context = "sales"
from = "+13125550147"
to = "+12025550198"
party = "caller"
[parties.caller]
[parties.friend]
[[number]]
match = "+12025550140"
party = "friend"
"#;

struct Floor {
    sim: Running,
    hub: Option<Hub>,
    folder: TempDir,
    settings: Settings,
    stop: CancellationToken,
    _sim_stop: DropGuard,
}

impl Floor {
    async fn new() -> Self {
        let sim_stop = CancellationToken::new();
        let options = server::Options::new(Script::parse(WORLD).unwrap());
        let sim = server::serve(options, sim_stop.clone()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let listen =
            |name: &str| Listen { name: Some(name.to_owned()), address: "127.0.0.1:0".parse().unwrap() };
        let socket = folder.path().join("hub.sock");
        let settings = Settings::local(sim.url(), vec![listen("ivr"), listen("shop")], socket);
        let mut floor = Self {
            sim,
            hub: None,
            folder,
            settings,
            stop: CancellationToken::new(),
            _sim_stop: sim_stop.drop_guard(),
        };
        floor.start().await;
        floor
    }

    /// Starts the hub, where it listened before if it has.
    async fn start(&mut self) {
        self.stop = CancellationToken::new();
        let journal = self.folder.path().join("journal");
        // The last hub lets go of it when its last task is gone.
        let open = || Records::in_folder(&journal, Bounds::default(), "hub".into());
        let mut records = open();
        for _ in 0..100 {
            if records.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            records = open();
        }
        let hub = serve::start(&self.settings, records.unwrap(), self.folder.path(), self.stop.clone())
            .await
            .unwrap();
        for (listen, ready) in self.settings.listen.iter_mut().zip(&hub.ready.listeners) {
            listen.address = ready.url.trim_start_matches("ws://").parse().unwrap();
        }
        self.hub = Some(hub);
    }

    async fn stop(&mut self) {
        self.stop.cancel();
        soon(self.hub.take().unwrap().stopped()).await;
    }

    async fn application(&self, place: usize, contexts: &[&str], dialect: Dialect) -> Client {
        let endpoint = Endpoint::new(&format!("ws://{}", self.settings.listen[place].address), None).unwrap();
        let credentials =
            Credentials::Token { project: Secret::new("project-1"), token: Secret::new("PT-canary") };
        let contexts = contexts.iter().map(|&name| name.to_owned()).collect();
        let client = Client::connect(ClientConfig { endpoint, credentials, contexts, dialect });
        soon(client.ready()).await.unwrap();
        client
    }

    fn console(&self, grant: Grant) -> Client {
        self.console_that(grant, false)
    }

    fn console_that(&self, grant: Grant, watch: bool) -> Client {
        let (desk, stop) = (self.hub.as_ref().unwrap().desk.clone(), self.stop.clone());
        let client = Client::attached_with(watch, move || {
            let (ours, theirs) = tokio::io::duplex(1 << 20);
            tokio::spawn(console::attend(theirs, grant.clone(), desk.clone(), stop.clone()));
            async move { Ok(Box::new(ours) as wire::Any) }
        });
        client.reconnect();
        client
    }

    /// An inbound call of an application, answered by it.
    async fn call(&self, application: &Client, label: &str) -> Call {
        let mut incoming = application.incoming();
        self.sim.stage(Stage::Arrive(label.into()));
        let call = soon(incoming.next()).await.unwrap();
        assert!(soon(call.answer()).await.unwrap().successful);
        let (id, hub) = (call.id().unwrap(), self.hub.as_ref().unwrap().client.clone());
        // The hub passes frames on before it looks at them.
        let answered = |model: &Model| model.call(&id)?.entered(&CallState::Answered).map(drop);
        until(&hub, "the hub knows of the call", answered).await;
        call
    }
}

fn grant(person: &str, role: Role) -> Grant {
    Grant::new(person, role, &[], "test")
}

/// Waits until a console knows something.
async fn until<T>(client: &Client, what: &str, look: impl Fn(&Model) -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(seen) = client.with_model(|model, _| look(model)) {
            return seen;
        }
        let _ = tokio::time::timeout(Duration::from_millis(20), client.changed()).await;
    }
    let entries: Vec<_> =
        client.with_model(|model, _| model.entries().iter().map(|entry| entry.text.to_string()).collect());
    panic!("never: {what}; what happened: {entries:#?}");
}

async fn ended(client: &Client, ticket: callboard::client::Ticket) -> String {
    until(client, "an outcome", |model| {
        let act = model.acts().iter().find(|act| act.ticket == ticket)?;
        act.ending.as_ref().map(|ending| ending.text.to_string())
    })
    .await
}

fn ask(client: &Client, params: &impl Params2, call: Option<&CallId>) -> Ask {
    Ask::Invoke { method: params.name(), values: params.given(), call: call.cloned(), id: client.next_id() }
}

/// What an ask needs of params, without their type.
trait Params2 {
    fn name(&self) -> &'static str;
    fn given(&self) -> catalog::Values;
}

impl<P: Params> Params2 for P {
    fn name(&self) -> &'static str {
        P::METHOD
    }

    fn given(&self) -> catalog::Values {
        self.values()
    }
}

#[tokio::test]
async fn a_console_sees_and_steers_the_calls_of_all_and_the_applications_see_only_what_is_true() {
    let floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let shop = floor.application(1, &["sales"], Dialect::Blade).await;
    let (help, sale) = (floor.call(&ivr, "help").await, floor.call(&shop, "sale").await);
    let record = help.record_async(Record::new()).await.unwrap();
    let ana = floor.console(grant("ana", Role::Act));
    soon(ana.ready()).await.unwrap();

    let (help_id, sale_id) = (help.id().unwrap(), sale.id().unwrap());
    until(&ana, "the recording", |model| model.call(&help_id)?.running().next().map(drop)).await;
    ana.with_model(|model, _| {
        let owner = |id| model.owner(id).map(ToString::to_string);
        assert_eq!((owner(&help_id), owner(&sale_id)), (Some("ivr".into()), Some("shop".into())));
        assert_eq!(
            model.applications().map(|it| it.dialect).collect::<Vec<_>>(),
            [Dialect::Current, Dialect::Blade]
        );
        let call = model.call(&help_id).unwrap();
        assert_eq!(call.state, CallState::Answered);
        let action = call.running().next().expect("the recording runs");
        assert_eq!(model.name_of(action.started_by().unwrap()).as_str(), "app:ivr");
        assert!(model.acts().is_empty(), "what applications do is no act of a person");
    });

    // Speaks into both, one in each dialect; and the applications hear nothing of it.
    for id in [&help_id, &sale_id] {
        let ticket = ana.submit(ask(&ana, &PlaySilence::new(0.2), Some(id))).unwrap();
        assert_eq!(ended(&ana, ticket).await, "ok");
        until(&ana, "it was played", |model| {
            let call = model.call(id)?;
            call.actions
                .iter()
                .find(|action| action.is_mine() && action.is_over() && action.state.as_str() == "finished")
                .map(drop)
        })
        .await;
    }
    for (application, id) in [(&ivr, &help_id), (&shop, &sale_id)] {
        application.with_model(|model, _| {
            let call = model.call(id).unwrap();
            let foreign = call.actions.iter().filter(|action| !action.is_mine()).count();
            assert_eq!(
                (foreign, model.stats().faults, model.stats().unknown),
                (0, 0, 0),
                "{:?}",
                call.actions
            );
        });
    }
    // What is true for everybody is told to everybody.
    let why = Why { reason: "caller asked".into(), ..Why::default() };
    let ticket = ana.submit_for(ask(&ana, &Hangup::new(), Some(&sale_id)), why).unwrap();
    assert_eq!(ended(&ana, ticket).await, "ok");
    assert!(soon(sale.wait_for_ended()).await.is_ok());
    assert!(soon(help.hangup()).await.unwrap().event.is_some());
    drop(record);
    // Whatever was sent was acknowledged, by whom it was for.
    until(&ana, "both are over", |model| (model.live() == 0).then_some(())).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let ledger = floor.sim.ledger();
    let open: Vec<_> = ledger.sent().filter(|sent| sent.acks_due && sent.acks != 1).collect();
    assert!(open.is_empty(), "{open:?}");
    assert!(ledger.received().all(|command| command.copies == 1));
}

#[tokio::test]
async fn consoles_know_of_each_other_and_closing_one_touches_no_call() {
    let floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let call = floor.call(&ivr, "help").await;
    let id = call.id().unwrap();
    let (ana, raj) = (floor.console(grant("ana", Role::Act)), floor.console(grant("raj", Role::Admin)));
    soon(ana.ready()).await.unwrap();
    soon(raj.ready()).await.unwrap();

    ana.look_at(Some(&id));
    ana.claim(&id, true).unwrap();
    ana.note(&id, "wants a refund".into()).unwrap();
    let ticket = ana.submit(ask(&ana, &Record::new(), Some(&id))).unwrap();
    assert_eq!(ended(&ana, ticket).await, "ok");
    until(&raj, "ana looks at it", |model| {
        model.eyes(&id).any(|person| person.name.as_str() == "ana").then_some(())
    })
    .await;
    let claimant = until(&raj, "ana claimed it", |model| model.claimant(&id)).await;
    assert_eq!((claimant.person.name.as_str(), claimant.person.role.as_str()), ("ana", "act"));
    let note = until(&raj, "the note", |model| model.notes_on(&id).next().cloned()).await;
    assert_eq!(note.text.as_str(), "wants a refund");
    let control = until(&raj, "the recording", |model| {
        let action = model.call(&id)?.running().next()?;
        assert_eq!(model.name_of(action.started_by()?).as_str(), "ana");
        Some(action.control_id.clone())
    })
    .await;
    // Each sees the other's act with its author; and one may stop what the other began, being an admin.
    let stop = Ask::Control { call: id.clone(), control_id: control, control: Control::Stop, value: None };
    let ticket = raj.submit(stop).unwrap();
    assert_eq!(ended(&raj, ticket).await, "ok");
    let by = until(&ana, "who stopped it", |model| {
        let act = model.acts().iter().find(|act| act.method == "stop")?;
        Some(model.name_of(&act.by))
    })
    .await;
    assert_eq!(by.as_str(), "raj");

    // A console goes, another comes: both are told, and the call goes on.
    ana.disconnect().await;
    until(&raj, "ana is gone", |model| (model.present().len() == 1).then_some(())).await;
    let mei = floor.console(grant("mei", Role::Watch));
    soon(mei.ready()).await.unwrap();
    mei.with_model(|model, _| {
        assert_eq!(model.call(&id).unwrap().state, CallState::Answered);
        assert_eq!(model.notes_on(&id).count(), 1);
        let by: Vec<_> = model.acts().iter().map(|act| model.name_of(&act.by).to_string()).collect();
        assert_eq!(by, ["ana", "raj"]);
    });
    assert_eq!(call.state(), Some(CallState::Answered));
}

#[tokio::test]
async fn what_somebody_may_not_is_refused_by_the_hub_with_the_right_that_is_missing() {
    let floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let id = floor.call(&ivr, "help").await.id().unwrap();
    let before = floor.sim.ledger().received().count();
    for role in Role::ALL {
        let client = floor.console(grant("kim", role));
        soon(client.ready()).await.unwrap();
        for method in catalog::METHODS {
            let values = catalog::fill(method, &catalog::sample(method)).unwrap();
            let call = (method.name != "dial").then(|| id.clone());
            let ask = Ask::Invoke { method: method.name, values, call, id: client.next_id() };
            let right = match method.name {
                "disconnect" => Right::StopOthers,
                _ => Right::of_method(method),
            };
            if role.rights().has(right) {
                // What is allowed is tried elsewhere; here nothing is to happen.
                continue;
            }
            match client.submit(ask) {
                Ok(ticket) => {
                    let said = ended(&client, ticket).await;
                    assert!(
                        said.contains(&format!("needs the right `{right}`")),
                        "{role} {}: {said}",
                        method.name
                    );
                }
                Err(error) => panic!("{role} {}: {error}", method.name),
            }
        }
        client.disconnect().await;
    }
    assert_eq!(floor.sim.ledger().received().count(), before, "nothing of it reached the service");
    // Who only looks on has no way to ask at all.
    let client = floor.console_that(grant("kim", Role::Admin), true);
    soon(client.ready()).await.unwrap();
    let ticket = client.submit(ask(&client, &PlaySilence::new(1.0), Some(&id))).unwrap();
    assert!(ended(&client, ticket).await.contains("--watch"));
    // A reason is asked for where it matters, and what lacks one is not sent.
    let act = floor.console(grant("kim", Role::Act));
    soon(act.ready()).await.unwrap();
    let ticket = act.submit(ask(&act, &Hangup::new(), Some(&id))).unwrap();
    assert!(ended(&act, ticket).await.contains("needs a reason"));
    assert_eq!(floor.sim.ledger().received().count(), before);
    let refused = floor.hub.as_ref().unwrap().client.with_model(|model, _| model.acts().len());
    assert!(refused > 20, "whatever was refused is on record: {refused}");
}

#[tokio::test]
async fn a_scope_hides_the_calls_of_others_and_a_watcher_sees_no_whole_numbers() {
    let floor = Floor::new().await;
    let ivr = floor.application(0, &["support", "sales"], Dialect::Current).await;
    let (help, sale) = (floor.call(&ivr, "help").await, floor.call(&ivr, "sale").await);
    let scope = Scope::new(&["support".to_owned()], &[], &[]);
    let mei = floor.console(Grant { scope: scope.clone(), ..grant("mei", Role::Watch) });
    let ana = floor.console(Grant { scope, ..grant("ana", Role::Act) });
    soon(mei.ready()).await.unwrap();
    soon(ana.ready()).await.unwrap();
    let later = floor.call(&ivr, "sale").await;
    let more = floor.call(&ivr, "help").await;
    for client in [&mei, &ana] {
        until(client, "the new call", |model| model.call(&more.id()?).map(drop)).await;
        client.with_model(|model, _| {
            assert_eq!(model.calls().count(), 2);
            assert!(model.call(&help.id().unwrap()).is_some());
            assert!(model.call(&sale.id().unwrap()).is_none() && model.call(&later.id().unwrap()).is_none());
        });
    }
    let from = |client: &Client| {
        client.with_model(|model, _| model.call(&help.id().unwrap()).unwrap().from.to_string())
    };
    assert_eq!(from(&ana), "+12025550123");
    assert!(!from(&mei).contains("5550123") && from(&mei).ends_with("23"), "{}", from(&mei));
    // Nobody acts on what they do not see: for them there is no such call.
    let (answer, _) = raw(
        &floor,
        Grant { scope: Scope::new(&["support".to_owned()], &[], &[]), ..grant("ana", Role::Act) },
        |first| {
            let ask = AskBody::of(&ask(&ana, &PlaySilence::new(1.0), sale.id().as_ref())).unwrap();
            vec![ToHub::Submit { ticket: first + 1, ask, why: WhyBody::default() }.line()]
        },
    )
    .await;
    assert!(answer.iter().any(|line| line.contains("no such call is known")), "{answer:?}");
}

/// Speaks to the hub in lines of one's own. Gives what it said until it was silent, and whether it hung up.
async fn raw(floor: &Floor, grant: Grant, say: impl FnOnce(u64) -> Vec<String>) -> (Vec<String>, bool) {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let desk = floor.hub.as_ref().unwrap().desk.clone();
    tokio::spawn(console::attend(theirs, grant, desk, floor.stop.clone()));
    let (mut lines, mut sayer) = wire::lines(ours, wire::LONGEST_FROM_HUB);
    sayer.say(&ToHub::Hello { protocol: PROTOCOL, agent: "raw".into(), watch: false }.line()).await.unwrap();
    let welcome = soon(lines.next()).await.unwrap().unwrap();
    let Ok(ToConsole::Welcome(welcome)) = callboard::attach::message::read(&welcome) else {
        panic!("{welcome}")
    };
    for line in say(welcome.tickets.0) {
        let _ = sayer.say(&line).await;
    }
    let mut heard = Vec::new();
    loop {
        match tokio::time::timeout(Duration::from_millis(400), lines.next()).await {
            Err(_) => return (heard, false),
            Ok(Some(Ok(line))) => heard.push(line),
            Ok(_) => return (heard, true),
        }
    }
}

#[tokio::test]
async fn a_console_that_means_harm_is_shown_out_and_does_nothing_twice() {
    let floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let id = floor.call(&ivr, "help").await.id().unwrap();
    let before = floor.sim.ledger().received().filter(|command| command.method == "calling.play").count();
    let play = |id: &CallId, control: &str| AskBody::Invoke {
        method: "play_silence".into(),
        values: PlaySilence::new(0.1).values(),
        call: Some(id.clone()),
        id: control.into(),
    };
    let submit = |ticket, ask| ToHub::Submit { ticket, ask, why: WhyBody::default() }.line();
    let control = "hub-0123456789abcdef";
    let admin = || grant("eve", Role::Admin);

    // The same line twice: the second ends the connection.
    let line = |first| vec![submit(first + 1, play(&id, control)); 2];
    let (said, out) = raw(&floor, admin(), line).await;
    assert!(out && said.last().unwrap().contains("used before"), "{said:?}");
    // A ticket of somebody else, an id of somebody else, an id that was used before.
    let (said, out) = raw(&floor, admin(), |_| vec![submit(1, play(&id, "hub-another-0123"))]).await;
    assert!(out && said.last().unwrap().contains("not given to this console"), "{said:?}");
    for taken in ["mine", "hub-", control, "hub-\u{202e}0123456789", &format!("hub-{}", "x".repeat(100))] {
        let (said, out) = raw(&floor, admin(), |first| vec![submit(first + 1, play(&id, taken))]).await;
        assert!(
            !out && said.iter().any(|line| line.contains("begins with hub- and is new")),
            "{taken}: {said:?}"
        );
    }
    // What is no line of a console ends the connection, and nothing else.
    for nonsense in
        ["{}", "null", "[1]", "{\"hello\":{\"protocol\":1,\"agent\":\"x\"}}", "{\"submit\":{}}", "\u{0}"]
    {
        let (said, out) = raw(&floor, admin(), |_| vec![nonsense.to_owned()]).await;
        assert!(out && said.last().unwrap().contains("refused"), "{nonsense}: {said:?}");
    }
    let (_, out) = raw(&floor, admin(), |_| vec!["x".repeat(wire::LONGEST_FROM_CONSOLE + 10)]).await;
    assert!(out);
    // So many commands in a second are not sent.
    let flood = |first: u64| {
        let one = |n: u64| submit(first + 1 + n, play(&id, &format!("hub-flood-{n:08}")));
        (0..150).map(one).collect()
    };
    let (said, _) = raw(&floor, admin(), flood).await;
    assert!(said.iter().any(|line| line.contains("commands in a second")), "{}", said.len());
    let plays =
        floor.sim.ledger().received().filter(|command| command.method == "calling.play").count() - before;
    assert!((2..=101).contains(&plays), "one, and at most a hundred of the flood: {plays}");
    assert!(floor.sim.ledger().received().all(|command| command.copies == 1));
    assert_eq!(ivr.with_model(|model, _| model.stats().faults), 0);
}

#[tokio::test]
async fn an_application_that_is_away_puts_its_own_calls_in_doubt_and_what_it_resumes_is_known_again() {
    let floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let shop = floor.application(1, &["sales"], Dialect::Current).await;
    let (help, sale) =
        (floor.call(&ivr, "help").await.id().unwrap(), floor.call(&shop, "sale").await.id().unwrap());
    let ana = floor.console(grant("ana", Role::Act));
    soon(ana.ready()).await.unwrap();
    shop.disconnect().await;
    until(&ana, "its call is in doubt", |model| model.call(&sale)?.doubt.map(drop)).await;
    ana.with_model(|model, _| assert!(model.call(&help).unwrap().doubt.is_none(), "the other's is not"));
    let ticket = ana.submit(ask(&ana, &PlaySilence::new(1.0), Some(&sale))).unwrap();
    let said = ended(&ana, ticket).await;
    assert!(said.contains("shop is not connected"), "{said}");

    // The line of the other breaks, and it resumes; the first sign of life of its call ends the doubt.
    floor.sim.stage(Stage::Cut);
    until(&ana, "in doubt", |model| model.call(&help)?.doubt.map(drop)).await;
    soon(ivr.ready()).await.unwrap();
    let call = ivr.call(&help).unwrap();
    assert!(soon(call.play_silence(PlaySilence::new(0.1))).await.unwrap().successful);
    until(&ana, "known again", |model| model.call(&help)?.doubt.is_none().then_some(())).await;
    assert!(ivr.link().is_up());
    let ticket = ana.submit(ask(&ana, &PlaySilence::new(0.1), Some(&help))).unwrap();
    assert_eq!(ended(&ana, ticket).await, "ok");
}

#[tokio::test]
async fn a_hub_that_is_started_anew_knows_what_it_knew_and_still_knows_its_own() {
    let mut floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let help = floor.call(&ivr, "help").await;
    let id = help.id().unwrap();
    let ana = floor.console(grant("ana", Role::Act));
    soon(ana.ready()).await.unwrap();
    let ticket = ana.submit(ask(&ana, &PlaySilence::new(3.0), Some(&id))).unwrap();
    assert_eq!(ended(&ana, ticket).await, "ok");
    ana.disconnect().await;
    floor.stop().await;
    floor.start().await;
    // The application comes back by itself and takes its session up; the end of what was begun before is still ours.
    soon(async {
        while !ivr.link().is_up() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let raj = floor.console(grant("raj", Role::Admin));
    soon(raj.ready()).await.unwrap();
    until(&raj, "the silence is over", |model| {
        let call = model.call(&id)?;
        let action = call.actions.iter().find(|action| action.kind == catalog::ActionKind::Play)?;
        let by = action.started_by().map(|by| model.name_of(by).to_string());
        (action.is_over() && by.as_deref() == Some("ana") && call.doubt.is_none()).then_some(())
    })
    .await;
    ivr.with_model(|model, _| {
        let call = model.call(&id).unwrap();
        assert!(call.actions.is_empty(), "the application knows of none: {:?}", call.actions);
    });
    let ledger = floor.sim.ledger();
    assert!(ledger.received().all(|command| command.copies == 1));
    assert_eq!(ledger.received().filter(|command| command.method == "calling.play").count(), 1);
}

#[tokio::test]
async fn a_dial_goes_over_the_application_that_is_named_and_is_none_of_its_business() {
    let floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let _shop = floor.application(1, &["sales"], Dialect::Blade).await;
    let help = floor.call(&ivr, "help").await.id().unwrap();
    let ana = floor.console(grant("ana", Role::Act));
    soon(ana.ready()).await.unwrap();
    let dial = Dial::phone("+12025550140", "+12025550100");
    match ana.submit(ask(&ana, &dial, None)) {
        Err(Error::NotSent(why)) => assert!(why.as_str().contains("several applications"), "{why}"),
        other => panic!("{other:?}"),
    }
    let ticket = ana.submit(ask(&ana, &dial, Some(&help))).unwrap();
    assert_eq!(ended(&ana, ticket).await, "ok");
    let placed = until(&ana, "somebody answers", |model| {
        let call = model.calls().find(|call| call.to.as_str() == "+12025550140")?;
        (call.state == CallState::Answered).then(|| call.id.clone())
    })
    .await;
    ana.with_model(|model, _| {
        assert_eq!(model.owner(&placed).map(ToString::to_string), Some("ivr".into()));
        assert_eq!(model.acts().iter().next().unwrap().by, By::Me);
    });
    assert_eq!(ivr.with_model(|model, _| model.calls().count()), 1, "the application never hears of it");
}

#[tokio::test]
async fn a_console_that_lost_the_hub_says_so_and_knows_everything_again_when_it_is_back() {
    let mut floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let help = floor.call(&ivr, "help").await.id().unwrap();
    let place =
        callboard::attach::Place::new(floor.settings.socket.to_str().unwrap(), &Default::default()).unwrap();
    let ana = Client::attached(place, false);
    ana.reconnect();
    soon(ana.ready()).await.unwrap();
    until(&ana, "the call", |model| model.call(&help).map(drop)).await;
    floor.stop().await;
    until(&ana, "the link is down", |model| matches!(model.link(), LinkState::Down { .. }).then_some(()))
        .await;
    ana.with_model(|model, _| assert!(model.call(&help).unwrap().doubt.is_some()));
    floor.start().await;
    soon(ana.ready()).await.unwrap();
    soon(async {
        while !ivr.link().is_up() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    // A sign of life of the call ends the doubt; and the hub knows by itself whose call it is.
    let ticket = until(&ana, "the application is back", |model| {
        model.application(model.call(&help)?.owner?).is_some_and(|application| application.up).then_some(())
    });
    ticket.await;
    let ticket = ana.submit(ask(&ana, &PlaySilence::new(0.1), Some(&help))).unwrap();
    assert_eq!(ended(&ana, ticket).await, "ok");
    until(&ana, "known again", |model| model.call(&help)?.doubt.is_none().then_some(())).await;
    assert_eq!(ana.welcome().unwrap().role.as_str(), "admin");
    drop(Arc::new(ana));
}

#[tokio::test]
async fn what_a_refusal_says_does_not_tell_which_calls_there_are() {
    let floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let shop = floor.application(1, &["sales"], Dialect::Blade).await;
    let help = floor.call(&ivr, "help").await.id().unwrap();
    let sale = floor.call(&shop, "sale").await.id().unwrap();
    let scope = Scope::new(&["support".to_owned()], &[], &[]);
    let scoped = || Grant { scope: scope.clone(), ..grant("ana", Role::Act) };
    // The arguments are wrong, which is told of a call that one may know of.
    let play = |call: CallId, number: u32| AskBody::Invoke {
        method: "play_tts".into(),
        values: Default::default(),
        call: Some(call),
        id: format!("hub-oracle-{number:08}").as_str().into(),
    };
    let mut said = Vec::new();
    for (number, call) in [(1, help), (2, sale), (3, "no-such-call".into())] {
        let submit = |first| {
            vec![ToHub::Submit { ticket: first + 1, ask: play(call, number), why: WhyBody::default() }.line()]
        };
        let (heard, _) = raw(&floor, scoped(), submit).await;
        let outcome = heard.into_iter().rfind(|line| line.contains("\"outcome\"")).unwrap();
        said.push(outcome.contains("no such call is known"));
    }
    assert_eq!(said, [false, true, true]);
}

#[tokio::test]
async fn notes_and_claims_have_a_pace_and_a_person_has_so_many_consoles() {
    let floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let id = floor.call(&ivr, "help").await.id().unwrap();
    let note = || ToHub::Note { call: id.clone(), text: "x".into() }.line();
    let (said, out) = raw(&floor, grant("eve", Role::Act), |_| (0..400).map(|_| note()).collect()).await;
    assert!(!out);
    let noted = said.iter().filter(|line| line.contains("\"kind\":\"note\"")).count();
    assert!((1..=200).contains(&noted), "{noted}");
    assert!(said.iter().any(|line| line.contains("in a second; try again")));

    // Who talks without end is shown out.
    let ping = |number| ToHub::Ping { number }.line();
    let (ours, theirs) = tokio::io::duplex(8 << 20);
    let desk = floor.hub.as_ref().unwrap().desk.clone();
    tokio::spawn(console::attend(theirs, grant("eve", Role::Watch), desk, floor.stop.clone()));
    let (mut lines, mut sayer) = wire::lines(ours, wire::LONGEST_FROM_HUB);
    sayer.say(&ToHub::Hello { protocol: PROTOCOL, agent: "raw".into(), watch: false }.line()).await.unwrap();
    for number in 0..60_000 {
        // It hangs up sooner or later.
        let _ = sayer.say_later(&ping(number)).await;
    }
    let mut last = String::new();
    while let Some(Ok(line)) = soon(lines.next()).await {
        last = line;
    }
    assert!(last.contains("lines in a second"), "{last}");

    let mut held = Vec::new();
    for _ in 0..serve::CONSOLES_OF_ONE {
        let client = floor.console(grant("eve", Role::Watch));
        soon(client.ready()).await.unwrap();
        held.push(client);
    }
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let desk = floor.hub.as_ref().unwrap().desk.clone();
    tokio::spawn(console::attend(theirs, grant("eve", Role::Watch), desk, floor.stop.clone()));
    let (mut lines, mut sayer) = wire::lines(ours, wire::LONGEST_FROM_HUB);
    sayer.say(&ToHub::Hello { protocol: PROTOCOL, agent: "raw".into(), watch: false }.line()).await.unwrap();
    let line = soon(lines.next()).await.unwrap().unwrap();
    assert!(line.contains("refused") && line.contains("consoles of yours"), "{line}");
    // Others find room, and so does she when she closes one.
    let ana = floor.console(grant("ana", Role::Watch));
    soon(ana.ready()).await.unwrap();
    held.pop().unwrap().disconnect().await;
    let again = floor.console(grant("eve", Role::Watch));
    soon(again.ready()).await.unwrap();
}

#[tokio::test]
async fn a_call_that_a_console_joins_to_another_is_the_same_to_its_application_and_no_secret_is_told() {
    let floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let shop = floor.application(1, &["sales"], Dialect::Blade).await;
    let (help, sale) = (floor.call(&ivr, "help").await, floor.call(&shop, "sale").await);
    let ana = floor.console(grant("ana", Role::Admin));
    soon(ana.ready()).await.unwrap();
    for (application, call) in [(&ivr, &help), (&shop, &sale)] {
        let id = call.id().unwrap();
        let connect = callboard::calling::params::Connect::phone("+12025550140");
        let ticket = ana.submit(ask(&ana, &connect, Some(&id))).unwrap();
        assert_eq!(ended(&ana, ticket).await, "ok");
        until(&ana, "they are joined", |model| model.call(&id)?.peer.clone()).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        application.with_model(|model, _| {
            assert_eq!(model.calls().count(), 1);
            let call = model.call(&id).unwrap();
            assert!(call.actions.is_empty() && call.peer.is_none(), "{call:?}");
        });
        let ticket = ana.submit(ask(&ana, &Hangup::new(), Some(&id))).unwrap();
        assert_eq!(ended(&ana, ticket).await, "ok");
        assert!(soon(call.wait_for_ended()).await.is_ok());
        application.with_model(|model, _| {
            assert_eq!((model.calls().count(), model.stats().faults, model.stats().unknown), (1, 0, 0));
        });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let ledger = floor.sim.ledger();
    let open: Vec<_> = ledger.sent().filter(|sent| sent.acks_due && sent.acks != 1).collect();
    assert!(open.is_empty(), "{open:?}");

    let mark = std::fs::read_to_string(floor.folder.path().join("mark")).unwrap();
    let (said, _) = raw(&floor, grant("raj", Role::Admin), |_| Vec::new()).await;
    let mut kept = vec![said.concat()];
    let mut folders = vec![floor.folder.path().join("journal")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                kept.push(String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned());
            }
        }
    }
    assert!(kept[0].contains("calling.connect") && kept[1..].concat().contains("calling.connect"));
    for secret in [mark.as_str(), "PT-canary", "project-1"] {
        assert!(kept.iter().all(|text| !text.contains(secret)), "{secret}");
    }
}

#[tokio::test]
async fn whom_an_application_rings_is_told_to_nobody_who_looks_after_other_calls() {
    let floor = Floor::new().await;
    let shop = floor.application(1, &["sales"], Dialect::Current).await;
    let shop_dials = || shop.dial(Dial::phone("+12025550140", "+12025550100"));
    assert!(soon(shop_dials()).await.unwrap().successful);
    let hub = floor.hub.as_ref().unwrap().client.clone();
    until(&hub, "the dial", |model| (model.dials().len() == 1).then_some(())).await;
    let text = |text: &str| vec![text.to_owned()];
    for (contexts, numbers, owners, told) in [
        (vec![], vec![], vec![], true),
        (text("support"), vec![], vec![], false),
        (vec![], text("+1999*"), vec![], false),
        (vec![], text("+12025550140"), vec![], true),
        (vec![], vec![], text("ivr"), false),
        (vec![], vec![], text("shop"), true),
    ] {
        let scope = Scope::new(&contexts, &numbers, &owners);
        let grant = Grant { scope, ..grant("ana", Role::Admin) };
        let (said, _) = raw(&floor, grant, |_| Vec::new()).await;
        let seen = said.iter().any(|line| line.contains("2025550140") && line.contains("calling.dial"));
        assert_eq!(seen, told, "{contexts:?} {numbers:?} {owners:?}");
    }
}

/// A person of another machine: the hub and the console show each other certificates.
#[tokio::test]
async fn somebody_on_another_machine_attaches_with_a_certificate_and_nobody_without_an_entry() {
    use callboard::attach::Place;
    use callboard::attach::place::Papers;
    use callboard::hub::settings::{Attach, Tls};
    use callboard::hub::{Person, Proof};

    let mut floor = Floor::new().await;
    let ivr = floor.application(0, &["support"], Dialect::Current).await;
    let help = floor.call(&ivr, "help").await.id().unwrap();
    floor.stop().await;
    let folder = floor.folder.path().to_owned();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut office = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    office.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    std::fs::write(folder.join("people.pem"), office.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = rcgen::Issuer::new(office, key);
    let papers = |name: &str| {
        use std::os::unix::fs::PermissionsExt;
        let key = rcgen::KeyPair::generate().unwrap();
        let mut person = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
        person.distinguished_name = rcgen::DistinguishedName::new();
        person.distinguished_name.push(rcgen::DnType::CommonName, name);
        let at = |ending: &str| folder.join(format!("{name}.{ending}"));
        std::fs::write(at("pem"), person.signed_by(&key, &issuer).unwrap().pem()).unwrap();
        std::fs::write(at("key"), key.serialize_pem()).unwrap();
        std::fs::set_permissions(at("key"), std::fs::Permissions::from_mode(0o600)).unwrap();
        let ca_file = Some(folder.join("hub.pem"));
        Papers { certificate: Some(at("pem")), key: Some(at("key")), ca_file }
    };
    let authority = callboard::hub::authority::kept_in(&folder).unwrap();
    std::fs::write(folder.join("hub.pem"), authority.pem()).unwrap();
    let (address, client_ca) = ("127.0.0.1:0".parse().unwrap(), folder.join("people.pem"));
    floor.settings.attach = Some(Attach { address, tls: Tls::Own, client_ca });
    let ana = Person {
        proof: Proof::Certificate("ana".into()),
        role: Role::Act,
        extras: Vec::new(),
        scope: Scope::default(),
        bulk_limit: None,
    };
    floor.settings.people = callboard::hub::People::new(vec![ana], None);
    floor.start().await;
    let place = floor.hub.as_ref().unwrap().ready.attach_tls.clone().unwrap();

    let console = Client::attached(Place::new(&place, &papers("ana")).unwrap(), false);
    console.reconnect();
    soon(console.ready()).await.unwrap();
    assert_eq!(
        (console.welcome().unwrap().person.as_str(), console.welcome().unwrap().role.as_str()),
        ("ana", "act")
    );
    until(&console, "the call", |model| model.call(&help).map(drop)).await;
    let stranger = Client::attached(Place::new(&place, &papers("eve")).unwrap(), false);
    stranger.reconnect();
    let why = soon(stranger.ready()).await.unwrap_err().to_string();
    assert!(why.contains("there is no [[hub.person]]"), "{why}");
}

#[test]
fn what_a_pause_holds_is_known_or_refused() {
    let ask = |behavior: &str| AskBody::Control {
        call: "c".into(),
        control_id: "r".into(),
        control: Control::Pause,
        volume: None,
        behavior: Some(behavior.to_owned()),
    };
    assert!(ask("silence").ask().is_ok() && ask("skip").ask().is_ok());
    assert!(ask("music").ask().unwrap_err().to_string().contains("`skip` or `silence`"));
}
