//! What is not known since the link was lost: of calls, of what runs on them, of dials; and the gap itself.

use std::time::Duration;

use super::entry::Draft;
use super::{Action, Call, DialState, Family, Gap, Model, Tone, Touched};
use crate::protocol::{CallId, CallState, Shown};
use crate::time::{At, Now};

/// Since when it is not known how something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// When the link was lost.
    pub since: At,
    /// Since when the link is back; none while it is lost.
    pub back: Option<At>,
    /// Whether the service began a new session since: what was under way in the old one is not reported in it.
    pub new_session: bool,
}

impl Doubt {
    /// With the link back, this long is waited for word (reliability 3.2).
    pub const AFTER_BACK: Duration = Duration::from_secs(30);
    /// Without it, this long for the link.
    pub const WITHOUT_LINK: Duration = Duration::from_secs(120);

    const fn begun(at: At) -> Self {
        Self { since: at, back: None, new_session: false }
    }

    /// The moment from which nobody should wait any longer, as things stand.
    #[must_use]
    pub fn given_up_at(&self) -> At {
        self.back.map_or(self.since + Self::WITHOUT_LINK, |back| back + Self::AFTER_BACK)
    }

    /// Whether nobody should wait for word any longer.
    #[must_use]
    pub fn is_unresolved(&self, now: At) -> bool {
        self.given_up_at() <= now
    }

    /// Whether something that happened at this moment says how it stands now: what happened in the gap and is told
    /// late does not.
    #[must_use]
    pub fn ends_with(&self, happened: At) -> bool {
        self.back.is_some_and(|back| happened >= back)
    }

    fn link_lost(doubt: &mut Option<Self>, at: At) {
        doubt.get_or_insert(Self::begun(at)).back = None;
    }

    fn link_back(doubt: &mut Option<Self>, at: At, restored: bool) {
        if let Some(doubt) = doubt {
            doubt.back = Some(at);
            doubt.new_session |= !restored;
        }
    }
}

/// An end that nobody reported: concluded from how a command was refused.
#[derive(Debug, Clone)]
pub struct Inferred {
    /// When it was concluded.
    pub at: At,
    /// The code of the refusal: 404 or 410.
    pub code: String,
    /// Whether it was a probe that was refused.
    probe: bool,
    /// The state it was in, and what ran on it: it gets them back when it proves to live.
    state: CallState,
    actions: Vec<Action>,
    doubt: Option<Doubt>,
    /// The number of the gap that counts it.
    gap: u64,
}

/// Gaps that are remembered.
const GAPS: usize = 100;

impl Call {
    /// The moment from which nobody should wait for word of it, if there is one: it is in doubt, or belongs to a
    /// session that is no more.
    #[must_use]
    pub fn given_up_at(&self) -> Option<At> {
        let doubt = self.doubt.map(|doubt| doubt.given_up_at());
        if self.is_live() { doubt.or(self.cut_off) } else { None }
    }

    /// The same of something that runs on it.
    #[must_use]
    pub fn action_given_up_at(&self, action: &Action) -> Option<At> {
        if action.is_over() {
            return None;
        }
        match (action.doubt, self.cut_off) {
            // The call was found, and of this nothing will be heard.
            (Some(Doubt { new_session: true, back: Some(back), .. }), _) if self.doubt.is_none() => {
                Some(back)
            }
            (Some(doubt), _) => Some(doubt.given_up_at()),
            (None, Some(cut)) => Some(cut.max(action.requested_at) + Doubt::AFTER_BACK),
            (None, None) => None,
        }
    }
}

impl Model {
    /// Times without a connection, oldest first; the latest hundred.
    pub fn gaps(&self) -> impl DoubleEndedIterator<Item = &Gap> + ExactSizeIterator {
        self.gaps.iter()
    }

    /// Whether a refusal of a probe with this code is taken for the end of the call. No longer once it was wrong.
    #[must_use]
    pub fn believes(&self, code: &str) -> bool {
        !self.disbelieved.iter().any(|wrong| wrong == code)
    }

    /// Whatever is live is in doubt from now on, if it is not already. Counts calls, actions and dials.
    pub(super) fn doubt_all(&mut self, now: Now) -> (usize, usize, usize) {
        let (mut calls, mut actions) = (0, 0);
        for call in self.calls.values_mut().filter(|call| call.is_live()) {
            calls += 1;
            Doubt::link_lost(&mut call.doubt, now.at);
            for action in call.actions.iter_mut().filter(|action| action.is_live()) {
                actions += 1;
                Doubt::link_lost(&mut action.doubt, now.at);
            }
        }
        let open = self.dials.values_mut().filter(|dial| !dial.is_over());
        let dials = open.map(|dial| Doubt::link_lost(&mut dial.doubt, now.at)).count();
        (calls, actions, dials)
    }

    /// The link is lost: of everything live it is not known any more how it stands.
    pub(super) fn gap_begins(&mut self, now: Now) {
        let (calls, actions, dials) = self.doubt_all(now);
        if let Some(before) = self.gaps.back_mut() {
            before.carried += before.in_doubt();
            before.told = true;
        }
        let some = |count: usize, what: &str| {
            (count > 0).then(|| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
        };
        let counts = [some(calls, "call"), some(actions, "action"), some(dials, "dial")];
        let counts: Vec<_> = counts.into_iter().flatten().collect();
        let text = match counts.is_empty() {
            true => "no link, and nothing to be in doubt of".to_owned(),
            false => format!("no link: {} in doubt", counts.join(", ")),
        };
        let draft = Draft::about_link(Family::Link, Tone::Bad, "gap".into(), Shown::new(&text));
        let seq = self.enter(draft, now, None);
        if self.gaps.len() == GAPS {
            self.gaps.pop_front();
        }
        let number = self.gaps.back().map_or(0, |gap| gap.number) + 1;
        let (from, until) = (now, None);
        let gap = Gap {
            number,
            from,
            until,
            resumed: false,
            calls,
            actions,
            dials,
            found: 0,
            gone: 0,
            carried: 0,
            seq,
            told: false,
        };
        self.gaps.push_back(gap);
    }

    /// The link is back. That proves nothing about a call, but word of it can come again.
    pub(super) fn gap_ends(&mut self, now: Now, restored: bool) {
        for call in self.calls.values_mut().filter(|call| call.is_live()) {
            Doubt::link_back(&mut call.doubt, now.at, restored);
            if !restored {
                call.cut_off.get_or_insert(now.at);
            }
            for action in call.actions.iter_mut().filter(|action| action.is_live()) {
                Doubt::link_back(&mut action.doubt, now.at, restored);
            }
        }
        self.dials.values_mut().for_each(|dial| Doubt::link_back(&mut dial.doubt, now.at, restored));
        if let Some(gap) = self.gaps.back_mut().filter(|gap| gap.until.is_none()) {
            gap.until = Some(now);
            gap.resumed = restored;
        }
    }

    /// A call's doubt is over, if it was in doubt: it lives, or it is gone.
    pub(super) fn undoubt(&mut self, id: &CallId, gone: bool) {
        let Some(call) = self.calls.get_mut(id) else { return };
        if call.doubt.take().is_none() {
            return;
        }
        if let Some(gap) = self.gaps.back_mut() {
            if gone { gap.gone += 1 } else { gap.found += 1 }
        }
    }

    /// Says what became of the latest gap: once nothing of it is in doubt, or it has been waited for long enough.
    /// Looked at with every input, so that the same inputs always give the same journal.
    pub(super) fn tell_gap(&mut self, now: Now) {
        let Some(gap) = self.gaps.back_mut().filter(|gap| !gap.told) else { return };
        let Some(until) = gap.until else { return };
        if gap.in_doubt() > 0 && now.at.since(until.at) < Doubt::AFTER_BACK {
            return;
        }
        gap.told = true;
        let tone = if gap.in_doubt() > 0 || gap.gone > 0 || !gap.resumed { Tone::Bad } else { Tone::Good };
        let text = Shown::new(&gap.summary(now.at));
        self.enter(Draft::about_link(Family::Link, tone, "gap over".into(), text), now, None);
        self.touched.push(Touched::Link);
    }

    /// Takes a refusal for the end of a call. It is only concluded, and taken back when the call proves to live.
    pub(super) fn conclude_gone(&mut self, id: &CallId, code: &str, probe: bool, now: Now) {
        let gap = self.gaps.back().map_or(0, |gap| gap.number);
        let Some(call) = self.calls.get_mut(id).filter(|call| call.is_live()) else { return };
        self.concludes = true;
        call.inferred = Some(Box::new(Inferred {
            at: now.at,
            code: code.to_owned(),
            probe,
            state: call.state.clone(),
            actions: call.running().cloned().collect(),
            doubt: call.doubt,
            gap,
        }));
        call.enter(CallState::Ended, now.at);
        self.call_gone(id, now.at);
    }

    /// A call of which the end was only concluded proves to live. If a probe misled us, so did others like it: their
    /// calls are in doubt again, and the code is not believed any more.
    pub(super) fn take_back(&mut self, id: &CallId, now: Now) {
        let Some(wrong) = self.reopen(id) else { return };
        self.undoubt(id, false);
        let text = format!("the call lives: {} was no proof of its end", wrong.code);
        let text = Shown::new(&text);
        let draft =
            Draft { call: Some(id), ..Draft::about_link(Family::Call, Tone::Bad, "lives".into(), text) };
        self.enter(draft, now, None);
        if !wrong.probe || !self.believes(&wrong.code) {
            return;
        }
        let misled = |call: &&Call| {
            call.inferred.as_ref().is_some_and(|inferred| inferred.probe && inferred.code == wrong.code)
        };
        let misled: Vec<CallId> = self.calls.values().filter(misled).map(|call| call.id.clone()).collect();
        for id in misled {
            self.reopen(&id);
            self.touched.push(Touched::Call(id));
        }
        self.disbelieved.push(wrong.code);
    }

    /// Puts a call back to how it was before its end was concluded.
    fn reopen(&mut self, id: &CallId) -> Option<Inferred> {
        let call = self.calls.get_mut(id)?;
        let inferred = *call.inferred.take()?;
        call.reopen(inferred.state.clone());
        call.doubt = inferred.doubt;
        for action in &mut call.actions {
            if let Some(before) = inferred.actions.iter().find(|one| one.control_id == action.control_id) {
                *action = before.clone();
            }
        }
        self.not_ended(id);
        self.live += 1;
        if inferred.doubt.is_some()
            && let Some(gap) = self.gaps.back_mut().filter(|gap| gap.number == inferred.gap)
        {
            gap.gone = gap.gone.saturating_sub(1);
        }
        Some(inferred)
    }

    /// Whether a leg that answers now answers a dial that nobody waits for any more.
    pub(super) fn adopt(&mut self, id: &CallId, tag: &crate::protocol::Tag, now: Now) {
        let nobody_waits = self.dials.get(tag).is_some_and(|dial| match dial.state {
            DialState::Answered(_) => false,
            DialState::Failed(_) => true,
            DialState::Requested | DialState::Dialing | DialState::Unknown(_) => dial.lapses_at() <= now.at,
        });
        if !nobody_waits {
            return;
        }
        let Some(call) = self.calls.get_mut(id).filter(|call| call.is_live() && call.orphan.is_none()) else {
            return;
        };
        call.orphan = Some(now.at);
        let text = "answered a dial that nobody waits for any more: an orphan".into();
        let draft = Draft {
            call: Some(id),
            tag: Some(tag),
            ..Draft::about_link(Family::Dial, Tone::Bad, "orphan".into(), text)
        };
        self.enter(draft, now, None);
    }
}
