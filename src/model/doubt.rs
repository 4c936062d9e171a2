//! What is not known since the link was lost: of calls, of what runs on them, of dials; and the gap itself.

use std::time::Duration;

use super::entry::Draft;
use super::{Action, Call, DialState, Family, Gap, Model, Tone, Touched};
use crate::protocol::{CallId, CallState, Shown};
use crate::time::{At, Now};

/// Since when it is not known how something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// When it was last known: at the loss of the link, or when a call was last found without being known again.
    pub since: At,
    /// Since when the link is back; none while it is lost.
    pub back: Option<At>,
    /// Whether the service began a new session since: what was under way in the old one is not reported in it. A call
    /// of before is cut off: it stays in doubt, even when it is found, until an event of it comes.
    pub new_session: bool,
    /// Whether a call was found to live since the link is back, and no more than that is known of it.
    pub found: bool,
    /// The number of the gap that counts it; 0 for none.
    gap: u64,
}

impl Doubt {
    /// With the link back, this long is waited for word (reliability 3.2).
    pub const AFTER_BACK: Duration = Duration::from_secs(30);
    /// Without it, this long for the link.
    pub const WITHOUT_LINK: Duration = Duration::from_secs(120);

    /// A doubt that begins now.
    #[must_use]
    pub const fn begun(at: At) -> Self {
        Self { since: at, back: None, new_session: false, found: false, gap: 0 }
    }

    /// The moment from which nobody should wait any longer, as things stand.
    #[must_use]
    pub fn given_up_at(&self) -> At {
        match self.back {
            // Nothing else will be heard of it.
            Some(back) if self.found && self.new_session => back,
            Some(back) => back + Self::AFTER_BACK,
            None => self.since + Self::WITHOUT_LINK,
        }
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

    /// The link is lost, in the gap of this number. Gives whether that gap is the first to count it.
    fn link_lost(doubt: &mut Option<Self>, at: At, gap: u64) -> bool {
        let joins = doubt.is_none_or(|doubt| doubt.gap != gap);
        let doubt = doubt.get_or_insert(Self::begun(at));
        doubt.back = None;
        if joins {
            (doubt.gap, doubt.found) = (gap, false);
        }
        joins
    }

    pub(super) fn link_back(doubt: &mut Option<Self>, at: At, restored: bool) {
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
    /// How it was: it is so again when it proves to live.
    before: Before,
    /// The number of the latest gap then.
    gap: u64,
}

impl Inferred {
    /// The other leg of its bridge lives. Should this one, they are bridged again.
    pub(super) fn wait_for(&mut self, peer: &CallId) {
        self.before.peer.get_or_insert_with(|| peer.clone());
    }
}

/// What the end of a call takes from it.
#[derive(Debug, Clone)]
struct Before {
    state: CallState,
    prev_state: Option<CallState>,
    actions: Vec<Action>,
    peer: Option<CallId>,
    doubt: Option<Doubt>,
}

/// Gaps that are remembered.
const GAPS: usize = 100;

impl Call {
    /// The moment from which nobody should wait for word of it, if there is one.
    #[must_use]
    pub fn given_up_at(&self) -> Option<At> {
        self.doubt.filter(|_| self.is_live()).map(|doubt| doubt.given_up_at())
    }

    /// The same of something that runs on it.
    #[must_use]
    pub fn action_given_up_at(&self, action: &Action) -> Option<At> {
        if action.is_over() {
            return None;
        }
        match (action.doubt, self.doubt) {
            // The call was found, and of this nothing will be heard.
            (Some(Doubt { new_session: true, back: Some(back), .. }), call)
                if call.is_none_or(|call| call.found) =>
            {
                Some(back)
            }
            (Some(doubt), _) => Some(doubt.given_up_at()),
            // Begun on a call of which nothing is heard.
            (None, Some(Doubt { new_session: true, back, since, .. })) => {
                Some(back.unwrap_or(since).max(action.requested_at) + Doubt::AFTER_BACK)
            }
            (None, _) => None,
        }
    }

    /// Whether it belongs to a session that is no more, and reports nothing in this one.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.doubt.is_some_and(|doubt| doubt.new_session)
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

    /// How often it was found out that the service calls live calls gone. What it misled us about is in doubt again.
    #[must_use]
    pub const fn disproofs(&self) -> u64 {
        self.disproofs
    }

    /// Whatever is live is in doubt from now on, if it is not already. Counts calls, actions and dials that this gap
    /// is the first to count.
    fn doubt_all(&mut self, at: At, gap: u64) -> (usize, usize, usize) {
        let (mut calls, mut actions) = (0, 0);
        for call in self.calls.values_mut().filter(|call| call.is_live()) {
            calls += usize::from(Doubt::link_lost(&mut call.doubt, at, gap));
            let running = call.actions.iter_mut().filter(|action| action.is_live());
            actions +=
                running.filter_map(|it| Doubt::link_lost(&mut it.doubt, at, gap).then_some(())).count();
        }
        let open = self.dials.values_mut().filter(|dial| !dial.is_over());
        let dials = open.filter_map(|it| Doubt::link_lost(&mut it.doubt, at, gap).then_some(())).count();
        (calls, actions, dials)
    }

    /// The link is still lost. What was heard of since it began to be belongs to the gap.
    pub(super) fn gap_goes_on(&mut self, now: Now) {
        let Some(number) = self.gaps.back().map(|gap| gap.number) else { return };
        let (calls, actions, dials) = self.doubt_all(now.at, number);
        if let Some(gap) = self.gaps.back_mut() {
            (gap.calls, gap.actions, gap.dials) =
                (gap.calls + calls, gap.actions + actions, gap.dials + dials);
        }
    }

    /// The link is lost: of everything live it is not known any more how it stands.
    pub(super) fn gap_begins(&mut self, from: Now) {
        let number = self.gaps.back().map_or(0, |gap| gap.number) + 1;
        if let Some(before) = self.gaps.back_mut() {
            before.carried += before.in_doubt();
            before.told = true;
        }
        let (calls, actions, dials) = self.doubt_all(from.at, number);
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
        let seq = self.enter(draft, from, None);
        if self.gaps.len() == GAPS {
            self.gaps.pop_front();
        }
        let (until, resumed, told) = (None, false, false);
        let (found, gone, carried) = (0, 0, 0);
        let gap =
            Gap { number, from, until, resumed, calls, actions, dials, found, gone, carried, seq, told };
        self.gaps.push_back(gap);
    }

    /// The link is back. That proves nothing about a call, but word of it can come again.
    pub(super) fn gap_ends(&mut self, now: Now, restored: bool) {
        for call in self.calls.values_mut().filter(|call| call.is_live()) {
            Doubt::link_back(&mut call.doubt, now.at, restored);
            for action in call.actions.iter_mut().filter(|action| action.is_live()) {
                Doubt::link_back(&mut action.doubt, now.at, restored);
            }
        }
        self.dials.values_mut().for_each(|dial| Doubt::link_back(&mut dial.doubt, now.at, restored));
        if let Some(gap) = self.gaps.back_mut().filter(|gap| gap.until.is_none()) {
            gap.until = Some(now);
            gap.resumed = restored;
        }
        if !restored {
            // Whoever answers now may know better.
            self.disbelieved.clear();
        }
    }

    /// A command on a call was accepted: it lives. What it does, only one that was answered before tells by that: any
    /// other may be answered by now. One of which nothing is heard any more is in doubt again from this moment on.
    pub(super) fn answered_for(&mut self, id: &CallId, at: At) {
        let Some(call) = self.calls.get_mut(id).filter(|call| call.is_live()) else { return };
        if !call.is_cut_off() && call.state == CallState::Answered {
            return self.undoubt(id, false);
        }
        let Some(doubt) = &mut call.doubt else { return };
        doubt.since = at;
        if !std::mem::replace(&mut doubt.found, true) {
            let number = doubt.gap;
            self.counted_in(number).into_iter().for_each(|gap| gap.found += 1);
        }
    }

    /// A call's doubt is over, if it was in doubt: it lives, or it is gone.
    pub(super) fn undoubt(&mut self, id: &CallId, gone: bool) {
        let doubt = self.calls.get_mut(id).and_then(|call| call.doubt.take());
        // One that was found is counted already.
        let Some(Doubt { gap, found: false, .. }) = doubt else { return };
        if let Some(gap) = self.counted_in(gap) {
            if gone { gap.gone += 1 } else { gap.found += 1 }
        }
    }

    fn counted_in(&mut self, number: u64) -> Option<&mut Gap> {
        self.gaps.iter_mut().rev().find(|gap| gap.number == number)
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
        let before = Before {
            state: call.state.clone(),
            prev_state: call.prev_state.clone(),
            actions: call.running().cloned().collect(),
            peer: call.peer.clone(),
            doubt: call.doubt,
        };
        call.inferred = Some(Box::new(Inferred { at: now.at, code: code.to_owned(), probe, before, gap }));
        call.enter(CallState::Ended, now.at);
        self.call_gone(id, now.at, now.at);
    }

    /// A call of which the end was only concluded proves to live. If a probe misled us, so did others like it: their
    /// calls are in doubt again, and the code is not believed any more in this session.
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
            let like = |it: &Inferred| it.probe && it.code == wrong.code;
            // One that only its handle keeps is forgotten for whoever reads the journal.
            !call.lapsed && call.inferred.as_deref().is_some_and(like)
        };
        let misled: Vec<CallId> = self.calls.values().filter(misled).map(|call| call.id.clone()).collect();
        for id in misled {
            if let (Some(wrong), Some(call)) = (self.reopen(&id), self.calls.get_mut(&id)) {
                call.doubt.get_or_insert(Doubt { back: Some(wrong.at), ..Doubt::begun(wrong.at) });
            }
            self.touched.push(Touched::Call(id));
        }
        self.disproofs += 1;
        self.disbelieved.push(wrong.code);
    }

    /// Puts a call back to how it was before its end was concluded, and into the doubt of the gaps since.
    fn reopen(&mut self, id: &CallId) -> Option<Inferred> {
        let call = self.calls.get_mut(id)?;
        let inferred = *call.inferred.take()?;
        let Before { state, prev_state, actions, peer, doubt } = inferred.before.clone();
        call.reopen(state, prev_state);
        call.doubt = doubt;
        for action in call.actions.iter_mut().filter(|action| action.is_cut_short()) {
            if let Some(before) = actions.iter().find(|one| one.control_id == action.control_id) {
                *action = before.clone();
            }
        }
        self.not_ended(id);
        self.live += 1;
        let latest = self.gaps.back().map_or(0, |gap| gap.number);
        let counted = doubt.filter(|doubt| !doubt.found).and_then(|doubt| self.counted_in(doubt.gap));
        if let Some(gap) = counted {
            gap.gone = gap.gone.saturating_sub(1);
            gap.carried += usize::from(gap.number < latest);
        }
        self.catch_up(id, inferred.gap);
        if let Some(peer) = peer {
            self.bridge_again(id, &peer);
        }
        Some(inferred)
    }

    /// Brings a call that was held to be over to what the gaps since the one of this number mean for it.
    fn catch_up(&mut self, id: &CallId, seen: u64) {
        let Some(Gap { number, from, until, .. }) = self.gaps.back().cloned() else { return };
        let missed = self.gaps.iter().filter(|gap| gap.number > seen || gap.number == number);
        let restored = missed.filter(|gap| gap.until.is_some()).all(|gap| gap.resumed);
        let Some(call) = self.calls.get_mut(id) else { return };
        let catch_up = |doubt: &mut Option<Doubt>| {
            let joins = number > seen && Doubt::link_lost(doubt, from.at, number);
            if let Some(until) = until.filter(|_| doubt.is_some_and(|doubt| doubt.back.is_none())) {
                Doubt::link_back(doubt, until.at, restored);
            }
            joins
        };
        let joins = catch_up(&mut call.doubt);
        call.actions.iter_mut().filter(|action| action.is_live()).for_each(|it| _ = catch_up(&mut it.doubt));
        if let Some(gap) = self.gaps.back_mut().filter(|_| joins) {
            gap.calls += 1;
        }
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
