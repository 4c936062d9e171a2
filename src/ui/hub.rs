//! A console at a hub: who one is there, what one may do by the hub's own table, whom else a call concerns, and over which
//! application a dial goes. The hub decides; to ask here first is a courtesy.

use std::sync::Arc;
use std::time::Duration;

use super::app::App;
use super::command::{Command, Screen};
use crate::attach::Welcome;
use crate::calling::{Ask, Error, dial_via};
use crate::catalog::{self, ActionKind, Control, Method, Scope};
use crate::hub::decide::{About, Act, Denied, Grant, Wanted, Whose, decide};
use crate::hub::rights::{Right, Rights, Role};
use crate::hub::scope::Particulars;
use crate::model::{Action, Call, Model};
use crate::protocol::{CallId, Dialect, Shown};
use crate::time::At;

/// What is known of the hub that a console is attached to, and of oneself there.
#[derive(Debug, Clone, Default)]
pub struct Hub {
    attached: bool,
    /// The console only looks on, whatever its person may do.
    watch: bool,
    welcome: Option<Arc<Welcome>>,
    /// What one may do; none without a hub: everything.
    grant: Option<Grant>,
    /// Delay of what passes through the hub: half of it is faster.
    pub delay: Option<Duration>,
    look: Look,
}

/// Which call the others are told that this console looks at.
#[derive(Debug, Clone, Default)]
struct Look {
    /// The call under the cursor, and since when.
    rests: Option<(Option<CallId>, At)>,
    /// What they were told last; at an attach they know of none.
    told: Option<CallId>,
}

/// How long the cursor rests on a call before the others are told: whoever passes by looks at nothing.
pub const RESTS: Duration = Duration::from_millis(400);

/// Why nothing is done by a console that only looks on.
pub const LOOKS_ON: &str = "this console only looks on (--watch)";

impl Hub {
    /// A console that attaches to a hub, before the hub has said anything; with `watch` one that only looks on.
    #[must_use]
    pub fn new(watch: bool) -> Self {
        let grant = watch.then(|| Grant::new("", Role::Watch, &[], ""));
        Self { attached: true, watch, grant, ..Self::default() }
    }

    /// Whether the console is one of a hub.
    #[must_use]
    pub const fn is_attached(&self) -> bool {
        self.attached
    }

    /// What one is there for and by which name, such as `ACT ana`; nothing before the hub says so.
    #[must_use]
    pub fn role(&self) -> Option<String> {
        let role = self.welcome().map(|welcome| welcome.role.as_str().to_uppercase());
        let role = if self.watch { Some(Role::Watch.word().to_uppercase()) } else { role }?;
        let name = self.welcome().map_or("", |welcome| welcome.person.as_str());
        Some(format!("{role} {name}").trim_end().to_owned())
    }

    /// Takes what the hub says at an attach; at another attach it may say something else.
    pub fn greet(&mut self, welcome: &Arc<Welcome>) {
        if self.welcome.as_ref().is_some_and(|known| Arc::ptr_eq(known, welcome)) {
            return;
        }
        let rights = welcome.rights.iter().filter_map(|word| Right::named(word.as_str()));
        // Of a role that this version does not know the hub asks for reasons where it likes.
        let role = Role::named(welcome.role.as_str()).unwrap_or(Role::Act);
        self.grant = Some(Grant {
            rights: rights.fold(Rights::default(), Rights::with),
            bulk_limit: welcome.bulk_limit,
            ..Grant::new(welcome.person.as_str(), role, &[], "")
        });
        self.welcome = Some(welcome.clone());
        self.look = Look::default();
    }

    /// What the hub said at the last attach.
    #[must_use]
    pub fn welcome(&self) -> Option<&Welcome> {
        self.welcome.as_deref()
    }

    /// Whether anybody by this name is whoever sits here.
    #[must_use]
    pub fn is_me(&self, name: &Shown) -> bool {
        self.welcome().is_some_and(|welcome| welcome.person == *name)
    }

    /// What the hub would say to an act without a reason. Scopes are the hub's alone: what is out of them is not seen.
    fn decide(&self, act: Act<'_>, targets: usize) -> Result<(), Denied> {
        let Some(grant) = &self.grant else { return Ok(()) };
        let about = match act {
            Act::Invoke { method, .. } if method.scope == Scope::Space => {
                About::Application { owner: None, parties: &[] }
            }
            _ => About::Call(Particulars::default()),
        };
        decide(grant, &Wanted { targets, ..Wanted::new(act, about) })
    }

    /// The call to tell the others of, once the cursor has rested on it.
    pub(super) fn looks(&mut self, call: Option<CallId>, now: At) -> Option<Option<CallId>> {
        self.welcome.as_ref()?;
        match &self.look.rests {
            Some((before, since)) if *before == call => {
                let due = *since + RESTS <= now && self.look.told != call;
                due.then(|| {
                    self.look.told.clone_from(&call);
                    call
                })
            }
            _ => {
                self.look.rests = Some((call, now));
                None
            }
        }
    }

    /// When the cursor will have rested for long enough.
    pub(super) fn wake_at(&self) -> Option<At> {
        let (call, since) = self.look.rests.as_ref().filter(|_| self.welcome.is_some())?;
        (self.look.told != *call).then(|| *since + RESTS)
    }
}

/// Whether the person at this console may do something to so many calls; a reason can still be given.
fn may(app: &App, act: Act<'_>, targets: usize) -> Result<(), String> {
    match app.hub.decide(act, targets) {
        Ok(()) | Err(Denied::Reason { .. }) => Ok(()),
        Err(Denied::Right { .. }) if app.hub.watch => Err(LOOKS_ON.to_owned()),
        Err(denied) => Err(denied.to_string()),
    }
}

const fn whose(mine: bool) -> Whose {
    if mine { Whose::Own } else { Whose::Other }
}

fn control(action: &Action, control: Control) -> Act<'static> {
    Act::Control { kind: action.kind, control, whose: whose(action.is_mine()) }
}

fn invoke<'a>(method: &'a Method, call: Option<&Call>) -> Act<'a> {
    let mine = call.and_then(|call| call.running_kind(ActionKind::Connect)).is_some_and(Action::is_mine);
    Act::Invoke { method, bridge: whose(mine) }
}

/// Whether the person may control an action so.
///
/// # Errors
/// When not, with what is missing.
pub(super) fn may_control(app: &App, action: &Action, how: Control) -> Result<(), String> {
    may(app, control(action, how), 1)
}

/// Whether the person may ask for a method on these calls, or on some of them.
///
/// # Errors
/// When not, with what is missing.
pub(super) fn may_invoke(app: &App, model: &Model, method: &Method, calls: &[CallId]) -> Result<(), String> {
    // Their number is weighed when it is known how many can take it.
    let targets = calls.len().clamp(1, 2);
    let mut answers = calls.iter().map(|id| may(app, invoke(method, model.call(id)), targets));
    let first = answers.next().unwrap_or_else(|| may(app, invoke(method, None), 1));
    if answers.any(|answer| answer.is_ok()) { Ok(()) } else { first }
}

/// Whether so many calls may be acted on at once, as these asks do.
///
/// # Errors
/// When not, with what is missing.
pub(super) fn may_at_once<'a>(
    app: &App,
    model: &Model,
    asks: impl IntoIterator<Item = &'a Ask>,
    targets: usize,
) -> Result<(), String> {
    asks.into_iter().filter_map(|ask| act_of(model, ask)).try_for_each(|act| may(app, act, targets))
}

/// Whether what is asked for needs a reason before the hub lets it pass, on so many calls.
pub(super) fn asks_why<'a>(
    app: &App,
    model: &Model,
    asks: impl IntoIterator<Item = &'a Ask>,
    targets: usize,
) -> bool {
    let acts = asks.into_iter().filter_map(|ask| act_of(model, ask));
    acts.into_iter().any(|act| matches!(app.hub.decide(act, targets), Err(Denied::Reason { .. })))
}

fn act_of<'a>(model: &Model, ask: &'a Ask) -> Option<Act<'a>> {
    match ask {
        Ask::Invoke { method, call, .. } => {
            Some(invoke(catalog::method(method)?, call.as_ref().and_then(|id| model.call(id))))
        }
        Ask::Control { call, control_id, control: how, .. } => {
            Some(control(model.call(call)?.action(control_id)?, *how))
        }
        Ask::Probe { .. } | Ask::Contexts { .. } => None,
    }
}

/// Whether the person may run a command here; without a hub everybody may run what there is without one.
///
/// # Errors
/// When not, with what is missing.
pub(super) fn of(app: &App, model: &Model, command: Command) -> Result<(), String> {
    if !app.hub.attached {
        return match command {
            Command::Claim | Command::Applications => {
                Err("there is no hub: this console has its own connection".to_owned())
            }
            _ => Ok(()),
        };
    }
    match command {
        Command::Invoke(name) => {
            let Some(method) = catalog::method(name) else { return Ok(()) };
            match method.scope {
                Scope::Call => may_invoke(app, model, method, &app.targets(model)),
                Scope::Space => may_invoke(app, model, method, &[]).and_then(|()| dials(app, model)),
            }
        }
        Command::Answer => invokes(app, model, "answer"),
        Command::HangUp => invokes(app, model, "hangup"),
        Command::StopAction => may_control_some(app, app.action(model), Control::Stop, 1),
        Command::PauseAction => may_control_some(app, app.action(model), Control::Pause, 1),
        Command::Volume(_) => may_control_some(app, app.action(model), Control::Volume, 1),
        Command::StopAll => controls(app, model, None, Control::Stop),
        Command::StopRecording => controls(app, model, Some(ActionKind::Record), Control::Stop),
        Command::PauseRecording => controls(app, model, Some(ActionKind::Record), Control::Pause),
        Command::Note => may(app, Act::Note, 1),
        Command::Claim => may(app, Act::Claim, 1),
        Command::Probe => Err("a hub does not pass this question on".to_owned()),
        Command::AddContext | Command::DropContext => {
            Err("contexts belong to the applications: a hub takes no calls of its own".to_owned())
        }
        _ => Ok(()),
    }
}

fn invokes(app: &App, model: &Model, name: &str) -> Result<(), String> {
    catalog::method(name).map_or(Ok(()), |method| may_invoke(app, model, method, &app.targets(model)))
}

/// Whether some of what runs on the calls that are acted on may be controlled so.
fn controls(app: &App, model: &Model, kind: Option<ActionKind>, how: Control) -> Result<(), String> {
    let calls = app.targets(model);
    let running = calls.iter().filter_map(|id| model.call(id)).flat_map(Call::running);
    let fitting =
        running.filter(|action| action.kind.can(how) && kind.is_none_or(|kind| action.kind == kind));
    may_control_some(app, fitting, how, calls.len().clamp(1, 2))
}

/// Whether some of these actions may be controlled so; where there are none, something of one's own.
fn may_control_some<'a>(
    app: &App,
    actions: impl IntoIterator<Item = &'a Action>,
    how: Control,
    targets: usize,
) -> Result<(), String> {
    let mut answers = actions.into_iter().map(|action| may(app, control(action, how), targets));
    let own = Act::Control { kind: ActionKind::Play, control: how, whose: Whose::Own };
    let first = answers.next().unwrap_or_else(|| may(app, own, targets));
    if answers.any(|answer| answer.is_ok()) { Ok(()) } else { first }
}

/// The call whose application a dial goes over: the one under the cursor, where there are several applications.
#[must_use]
pub fn dial_call(app: &App, model: &Model) -> Option<CallId> {
    let owned = |id: &CallId| model.call(id).is_some_and(|call| call.owner.is_some());
    app.hub.attached.then_some(())?;
    app.target(model).or_else(|| app.list.call().cloned()).filter(owned)
}

/// The name of the application that a dial goes over; none without a hub.
#[must_use]
pub fn dials_over<'a>(app: &App, model: &'a Model) -> Option<&'a Shown> {
    let id = dial_via(model, dial_call(app, model).as_ref()).ok()?;
    app.hub.attached.then_some(())?;
    model.application(id).map(|application| &application.name)
}

fn dials(app: &App, model: &Model) -> Result<(), String> {
    // Before it is attached there is a better reason.
    if !model.link().is_up() {
        return Ok(());
    }
    match dial_via(model, dial_call(app, model).as_ref()) {
        Ok(_) => Ok(()),
        Err(Error::NotSent(why)) => Err(why.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Who else cares for a call, in words, for whoever is about to act on it; none when nobody does.
#[must_use]
pub fn claimed(app: &App, model: &Model, call: &CallId, now: At) -> Option<String> {
    let claimant = model.claimant(call).filter(|claimant| !app.hub.is_me(&claimant.person.name))?;
    let seconds = now.since(claimant.since).as_secs();
    Some(format!("{} claimed this call {:02}:{:02} ago", claimant.person.name, seconds / 60, seconds % 60))
}

/// Who started an action that is not one's own, in brackets behind it; nothing for one's own.
#[must_use]
pub fn starter(model: &Model, action: &Action) -> String {
    match action.started_by() {
        _ if action.is_mine() => String::new(),
        Some(by) => format!(" (started by {})", model.name_of(by)),
        None => " (started elsewhere)".to_owned(),
    }
}

/// Others who look at a call, each once.
#[must_use]
pub fn looking(app: &App, model: &Model, call: &CallId) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in model.eyes(call).map(|person| &person.name).filter(|name| !app.hub.is_me(name)) {
        if !names.iter().any(|known| known == name.as_str()) {
            names.push(name.to_string());
        }
    }
    names
}

/// Others who look at a call or claimed it, whoever claimed it first and with a star.
#[must_use]
pub fn eyes(app: &App, model: &Model, call: &CallId) -> Vec<String> {
    let claimed = model.claimed_by(call).filter(|name| !app.hub.is_me(name));
    let mut names: Vec<String> = claimed.iter().map(|name| format!("{name}*")).collect();
    let others = looking(app, model, call).into_iter();
    names.extend(others.filter(|name| claimed.is_none_or(|claimed| claimed.as_str() != name)));
    names
}

/// Others at the consoles of the hub, each once, with what they are there for where that is not to act.
#[must_use]
pub fn on_duty(app: &App, model: &Model) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for person in model.present().iter().map(|present| &present.person) {
        let role = if person.role.as_str() == Role::Watch.word() { "(watch)" } else { "" };
        let name = format!("{}{role}", person.name);
        if !app.hub.is_me(&person.name) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Claims the calls that are acted on; lets go of them when all are one's own already. Gives what that is in words, and
/// which.
pub(super) fn claim(app: &App, model: &Model) -> (String, Vec<CallId>, bool) {
    let live = |id: &CallId| model.call(id).is_some_and(Call::is_live);
    let calls: Vec<CallId> = app.targets(model).into_iter().filter(live).collect();
    let mine = |id: &CallId| model.claimant(id).is_some_and(|it| app.hub.is_me(&it.person.name));
    let on = !calls.iter().all(mine);
    let calls: Vec<CallId> = calls.into_iter().filter(|id| mine(id) != on).collect();
    let what = match calls.len() {
        1 => "the call".to_owned(),
        count => format!("{count} calls"),
    };
    let text = if on { format!("{what} claimed: others see it") } else { format!("{what} let go") };
    (text, calls, on)
}

/// The applications of the hub, as a text to read.
#[must_use]
pub fn applications(model: &Model, now: At) -> String {
    let mut lines = vec![format!(
        "{:<14} {:<8} {:<24} {:<24} {:>5}  {:<11} {}",
        "NAME", "DIALECT", "AGENT", "CONTEXTS", "CALLS", "UP SINCE", "MISSED"
    )];
    for application in model.applications() {
        let calls = model.calls().filter(|call| call.is_live() && call.owner == Some(application.id)).count();
        let contexts = application.contexts.iter().map(Shown::as_str).collect::<Vec<_>>().join(" ");
        let since = model.application_since(application.id).map_or(0, |at| now.since(at).as_secs());
        let since = format!(
            "{}{:02}:{:02}:{:02}",
            if application.up { "" } else { "gone " },
            since / 3_600,
            since / 60 % 60,
            since % 60
        );
        let agent = if application.agent.as_str().is_empty() { "-" } else { application.agent.as_str() };
        let row = format!(
            "{:<14} {:<8} {:<24} {:<24} {calls:>5}  {since:<11} {}",
            application.name.as_str(),
            match application.dialect {
                Dialect::Current => "current",
                Dialect::Blade => "blade",
            },
            agent,
            if contexts.is_empty() { "-" } else { &contexts },
            application.missed
        );
        lines.push(row.trim_end().to_owned());
    }
    if lines.len() == 1 {
        lines.push(
            "No application has come by this hub yet. `callboard hub env` says how one is pointed at it."
                .into(),
        );
    }
    lines.join("\n") + "\n"
}

/// Whether the chords pressed so far are those of contexts: at a hub these are not ours.
#[must_use]
pub(super) fn in_place_of_contexts(app: &App) -> bool {
    let next = app.config.keymap.continuations(app.focus(), &app.pressed);
    app.hub.attached && next.iter().any(|(_, row)| row.command == Command::Applications)
}

/// The call that is looked at here: on the screens of one thing, what is chosen there.
pub(super) fn looked_at(app: &App, model: &Model) -> Option<CallId> {
    if !app.list.chosen || app.screen == Screen::Wall {
        return None;
    }
    app.target(model).filter(|id| model.call(id).is_some())
}
