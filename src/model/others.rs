//! Others on the same calls, as a hub tells of them: applications, whose calls are whose, and people at consoles.

use std::sync::Arc;

use indexmap::IndexMap;

use super::entry::Draft;
use super::{Action, Doubt, Entry, Family, Model, Tone, Touched};
use crate::client::{AppId, Application, By, Claim, Person, Present};
use crate::protocol::{CallId, Shown};
use crate::time::{At, Now};

/// Applications that are remembered; of those without a connection the oldest is forgotten first.
const APPLICATIONS: usize = 500;

/// What is known of others.
#[derive(Debug, Clone, Default)]
pub(super) struct Others {
    applications: IndexMap<AppId, Arc<Application>>,
    /// Since when each is here, or gone.
    since: IndexMap<AppId, At>,
    /// Whose the next call of this id is.
    owned: Option<(CallId, AppId)>,
    present: Arc<[Present]>,
    /// When that was told.
    told: At,
}

/// Somebody who said that a call is theirs to care for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimant {
    /// Who.
    pub person: Arc<Person>,
    /// Since when.
    pub since: At,
}

impl Others {
    /// The owner of a call that is heard of for the first time.
    pub fn owner_of(&mut self, call: &CallId) -> Option<AppId> {
        self.owned.take_if(|(owned, _)| owned == call).map(|(_, owner)| owner)
    }
}

impl Model {
    /// Applications whose sessions pass through the hub, in the order in which they came; none without a hub.
    pub fn applications(&self) -> impl ExactSizeIterator<Item = &Application> {
        self.others.applications.values().map(AsRef::as_ref)
    }

    /// One application.
    #[must_use]
    pub fn application(&self, id: AppId) -> Option<&Application> {
        self.others.applications.get(&id).map(AsRef::as_ref)
    }

    /// Since when an application is logged in, or away, as far as this was heard.
    #[must_use]
    pub fn application_since(&self, id: AppId) -> Option<At> {
        self.others.since.get(&id).copied()
    }

    /// The name of the application that owns a call, where a hub tells it.
    #[must_use]
    pub fn owner(&self, call: &CallId) -> Option<&Shown> {
        self.application(self.call(call)?.owner?).map(|application| &application.name)
    }

    /// Who gave a command, in a word or two: `me`, a person's name, `app:` and the name of an application.
    #[must_use]
    pub fn name_of(&self, by: &By) -> Shown {
        match by {
            By::Me => "me".into(),
            By::Person(person) => person.name.clone(),
            By::Application(id) => match self.application(*id) {
                Some(application) => Shown::new(&format!("app:{}", application.name)),
                None => Shown::new(&format!("app:{}", id.0)),
            },
        }
    }

    /// Who an entry comes from, where that is known: whoever gave the command, or started what it is about.
    #[must_use]
    pub fn author(&self, entry: &Entry) -> Option<Shown> {
        let action = || self.call(entry.call.as_ref()?)?.action(entry.control.as_ref()?)?.started_by();
        let by = if entry.mine { Some(&By::Me) } else { entry.by().or_else(action) };
        by.map(|by| self.name_of(by))
    }

    /// Who started an action: `me`, a person's name, `app:` and an application; `other` where nobody knows.
    #[must_use]
    pub fn starter(&self, action: &Action) -> Shown {
        action.started_by().map_or_else(|| "other".into(), |by| self.name_of(by))
    }

    /// Everybody at a console of the hub.
    #[must_use]
    pub fn present(&self) -> &[Present] {
        &self.others.present
    }

    /// People who look at a call.
    pub fn eyes<'a>(&'a self, call: &'a CallId) -> impl Iterator<Item = &'a Person> {
        let looks = move |present: &&Present| present.looking.as_ref() == Some(call);
        self.others.present.iter().filter(looks).map(|present| present.person.as_ref())
    }

    /// Who claimed a call; the first of them where several did.
    #[must_use]
    pub fn claimant(&self, call: &CallId) -> Option<Claimant> {
        let (present, claim) = self.claim(call)?;
        Some(Claimant { person: present.person.clone(), since: self.others.told.back(claim.age) })
    }

    /// The name of whoever claimed a call.
    #[must_use]
    pub fn claimed_by(&self, call: &CallId) -> Option<&Shown> {
        self.claim(call).map(|(present, _)| &present.person.name)
    }

    fn claim(&self, call: &CallId) -> Option<(&Present, &Claim)> {
        let claims = self.others.present.iter().flat_map(|present| {
            present.claims.iter().filter(|claim| claim.call == *call).map(move |claim| (present, claim))
        });
        claims.max_by_key(|(_, claim)| claim.age)
    }

    pub(super) fn presence(&mut self, present: &Arc<[Present]>, now: Now) {
        self.others.present = present.clone();
        self.others.told = now.at;
        self.touched.push(Touched::Link);
    }

    /// The call with the next event of this id is of that application; so is a call that is known.
    pub(super) fn owned(&mut self, call: &CallId, owner: AppId) {
        match self.calls.get_mut(call) {
            Some(call) => call.owner = Some(owner),
            None => self.others.owned = Some((call.clone(), owner)),
        }
    }

    /// An application came, changed or went. While it is away nothing is heard of its calls.
    pub(super) fn application_changed(&mut self, application: &Arc<Application>, now: Now) {
        let before = self.others.applications.insert(application.id, application.clone());
        let was_up = before.as_ref().is_some_and(|before| before.up);
        let missed = before.as_ref().map_or(0, |before| before.missed);
        if before.is_none() || was_up != application.up {
            self.others.since.insert(application.id, now.at);
        }
        if application.missed > missed {
            self.doubt_owned(application.id, now.at);
            self.heard_again(application.id, now.at, true);
            let count = application.missed - missed;
            let text = format!("{}: {count} frames went by unseen, its calls are in doubt", application.name);
            self.tell_of_others(Tone::Bad, "missed", &text, now);
        }
        match (was_up, application.up) {
            (true, false) => {
                let calls = self.doubt_owned(application.id, now.at);
                let text = match calls {
                    0 => format!("{} is gone", application.name),
                    1 => format!("{} is gone: 1 call of it in doubt", application.name),
                    _ => format!("{} is gone: {calls} calls of it in doubt", application.name),
                };
                self.tell_of_others(if calls > 0 { Tone::Bad } else { Tone::Plain }, "gone", &text, now);
            }
            (false, true) => {
                self.heard_again(application.id, now.at, application.restored);
                let how = if application.restored { ", session resumed" } else { "" };
                let text = format!("{} is here ({}{how})", application.name, application.agent);
                self.tell_of_others(Tone::Good, "here", &text, now);
            }
            _ => {}
        }
        self.forget_applications();
        self.touched.push(Touched::Link);
    }

    /// In a new run of the hub none has come yet.
    pub(super) fn applications_left(&mut self) {
        self.others.applications.values_mut().for_each(|application| Arc::make_mut(application).up = false);
        self.others.present = Arc::default();
    }

    fn tell_of_others(&mut self, tone: Tone, word: &str, text: &str, now: Now) {
        self.enter(Draft::about_link(Family::Link, tone, word.into(), Shown::new(text)), now, None);
    }

    /// Nothing is heard of an application: what is live on its calls is in doubt. Gives of how many calls that is new.
    fn doubt_owned(&mut self, owner: AppId, at: At) -> usize {
        let mut calls = 0;
        for call in self.calls.values_mut().filter(|call| call.is_live() && call.owner == Some(owner)) {
            calls += usize::from(call.doubt.is_none());
            call.doubt.get_or_insert(Doubt::begun(at)).back = None;
            for action in call.actions.iter_mut().filter(|action| action.is_live()) {
                action.doubt.get_or_insert(Doubt::begun(at)).back = None;
            }
        }
        calls
    }

    /// Word of the calls of an application can come again.
    fn heard_again(&mut self, owner: AppId, at: At, restored: bool) {
        for call in self.calls.values_mut().filter(|call| call.is_live() && call.owner == Some(owner)) {
            Doubt::link_back(&mut call.doubt, at, restored);
            for action in call.actions.iter_mut().filter(|action| action.is_live()) {
                Doubt::link_back(&mut action.doubt, at, restored);
            }
        }
    }

    fn forget_applications(&mut self) {
        while self.others.applications.len() > APPLICATIONS {
            let idle =
                |id: &AppId| !self.calls.values().any(|call| call.is_live() && call.owner == Some(*id));
            let gone = self.others.applications.iter().find(|(id, it)| !it.up && idle(id));
            let Some(id) = gone.map(|(id, _)| *id) else { return };
            self.others.applications.shift_remove(&id);
            self.others.since.shift_remove(&id);
        }
    }
}
