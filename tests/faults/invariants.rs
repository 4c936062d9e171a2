//! What holds at the end of every fault: the client's own account against those of the switch.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use callboard::client::Outcome;
use callboard::model::{Entry, Family, Fate, Model, Phase};
use callboard::protocol::{CallId, ControlId};
use serde_json::Value;
use tokio::time::sleep;

use crate::account::{Asked, Frame};
use crate::rig::Rig;

/// So long a call that is gone may be shown as live, in connected time.
const SHOWN: Duration = Duration::from_secs(30);

impl Rig {
    /// The common end of a fault: the link is up again, stays up for half a minute, and every invariant holds.
    pub async fn check(&mut self) {
        self.up_within(20.0).await;
        let gaps = self.model(|model| model.stats().reconnects);
        let at_switch = self.at_switch();
        let live = self.model(shown_live);
        self.busy(SHOWN.as_secs_f64() - 12.0).await;
        // Long enough for the last command to have its outcome.
        sleep(Duration::from_secs(12)).await;
        assert!(self.client.link().is_up(), "{:?}", self.client.link());
        assert_eq!(
            gaps,
            self.model(|model| model.stats().reconnects),
            "a fault that is over does not come back"
        );
        self.nothing_gone_is_live(&live, &at_switch);
        self.nothing_live_is_missing(&at_switch);
        self.check_accounts();
    }

    /// The invariants that hold at any moment at which nothing is under way.
    pub fn check_accounts(&self) {
        self.acknowledged_events_are_known_once();
        self.commands_end_once();
        self.commands_are_executed_once();
        self.gaps_are_told();
    }

    fn at_switch(&self) -> HashSet<CallId> {
        let live = |world: &callboard::sim::World| {
            world.calls().filter(|leg| !leg.state.is_over()).map(|leg| leg.call_id.clone()).collect()
        };
        self.switch.look(|world, _| live(world))
    }

    /// I6: what was gone when the link came up is not shown as live half a minute later, unless in doubt.
    fn nothing_gone_is_live(&self, before: &HashSet<CallId>, at_switch: &HashSet<CallId>) {
        let still = self.model(shown_live);
        let lies: Vec<_> = before.difference(at_switch).filter(|id| still.contains(*id)).collect();
        assert!(lies.is_empty(), "shown as live, and gone for half a minute: {lies:?}");
    }

    /// Whatever lives at the switch right now is shown as live.
    pub fn everything_live_is_known(&self) {
        self.nothing_live_is_missing(&self.at_switch());
    }

    /// What lives at the switch and reports here is shown as live.
    fn nothing_live_is_missing(&self, before: &HashSet<CallId>) {
        if self.model(|model| model.stats().lost_sessions) > 0 {
            return;
        }
        let (now, live) = (self.at_switch(), self.model(live));
        let missing: Vec<_> = before.intersection(&now).filter(|id| !live.contains(*id)).collect();
        assert!(missing.is_empty(), "live at the switch and not here: {missing:?}");
    }

    /// I1: what was acknowledged was taken in, each event once, however often it came.
    fn acknowledged_events_are_known_once(&self) {
        let (seen, acked) = (self.events_seen(), self.events_acked());
        for content in acked {
            assert_eq!(seen.get(&content), Some(&1), "acknowledged, and taken in so often: {content}");
        }
        let taken: u32 = seen.values().sum();
        let counted = self.model(|model| model.stats().events);
        assert_eq!(u64::from(taken), counted, "the model has what was reported");
        let faults = self.seen(|seen| seen.faults.len());
        let entries = |model: &Model| {
            // What follows from events is told in entries of its own.
            let follows = |entry: &Entry| matches!(entry.word.as_str(), "lives" | "orphan");
            let other =
                |entry: &&Arc<Entry>| entry.family == Family::Command || is_link(entry) || follows(entry);
            let events = model.entries().len() - model.entries().iter().filter(other).count() - faults;
            let stats = model.stats();
            (model.entries().dropped() == 0).then_some((events as u64, stats.events + stats.duplicates))
        };
        if let Some((kept, came)) = self.model(entries) {
            assert_eq!(kept, came, "the feed has every event that came, repetitions too");
        }
    }

    /// How often each event was taken in as news.
    fn events_seen(&self) -> HashMap<String, u32> {
        let sent: HashMap<String, String> = self.switch.look(|_, account| {
            account.sent.iter().map(|sent| (sent.id.clone(), sent.content.clone())).collect()
        });
        let mut seen = HashMap::new();
        self.seen(|all| {
            for received in all.received.iter().filter(|received| !received.duplicate) {
                let content = Frame::event(&received.raw).and_then(|frame| sent.get(frame.id.get()).cloned());
                *seen.entry(content.unwrap_or_else(|| received.raw.to_string())).or_default() += 1;
            }
        });
        seen
    }

    /// The events that were acknowledged, apart from those that were of no use.
    fn events_acked(&self) -> HashSet<String> {
        let usable = |content: &str| {
            let params: Value = serde_json::from_str(content).unwrap_or_default();
            params["event_type"].as_str().is_some_and(|word| !word.is_empty())
        };
        self.switch.look(|_, account| {
            let acked = account.sent.iter().filter(|sent| sent.acks > 0 && usable(&sent.content));
            acked.map(|sent| sent.content.clone()).collect()
        })
    }

    /// I4: each command has one outcome, or first `unknown` and later the certain one; and it is true.
    fn commands_end_once(&self) {
        let mut outcomes: BTreeMap<_, Vec<Outcome>> = BTreeMap::new();
        self.seen(|seen| {
            for (ticket, outcome) in &seen.outcomes {
                outcomes.entry(*ticket).or_default().push(outcome.clone());
            }
        });
        let acts: Vec<_> = self.model(|model| model.acts().iter().cloned().collect());
        for act in &acts {
            let all = outcomes.get(&act.ticket).map_or(&[][..], Vec::as_slice);
            let once = match all {
                [_] => true,
                [Outcome::Unknown(_), then] => matches!(then, Outcome::Done(_) | Outcome::Refused { .. }),
                _ => false,
            };
            // What could not even be handed to the link has its outcome in the model alone.
            let here =
                all.is_empty() && act.ending.as_ref().is_some_and(|ending| ending.fate == Fate::NotSent);
            assert!(once || here, "{} ended like this: {all:?}", act.title);
            assert!(act.ending.is_some(), "{} has no ending", act.title);
        }
        let count =
            |fate| acts.iter().filter(|act| act.ending.as_ref().is_some_and(|it| it.fate == fate)).count();
        let answered = count(Fate::Accepted) + count(Fate::Refused);
        let asked = self.switch.look(|_, account| {
            // A probe is no act of anybody.
            let acted =
                |id: Option<&str>| acts.iter().any(|act| act.control.as_ref().map(ControlId::as_str) == id);
            let probe =
                |asked: &&Asked| asked.method() == "calling.play.stop" && !acted(asked.param("control_id"));
            let calling = account.asked.iter().filter(|asked| asked.method().starts_with("calling."));
            calling.filter(|asked| !probe(asked)).count()
        });
        assert!(
            (answered..=answered + count(Fate::Unknown)).contains(&asked),
            "{asked} came, {answered} were answered, {} are unknown",
            count(Fate::Unknown)
        );
    }

    /// I5: nothing is executed twice; what is reported as accepted was executed; what was not sent did not come.
    fn commands_are_executed_once(&self) {
        self.switch.look(|world, account| {
            let mut starts: HashMap<_, u32> = HashMap::new();
            for entry in world.ledger().received() {
                assert!(entry.copies == 1 && entry.executed <= 1, "sent twice: {entry:?}");
                if let (2, Some(control)) = (entry.method.split('.').count(), &entry.control_id) {
                    *starts.entry((entry.method.clone(), control.clone())).or_default() += entry.executed;
                }
            }
            assert!(starts.values().all(|count| *count <= 1), "executed twice: {starts:?}");
            let came = |id: &str| account.asked.iter().any(|asked| asked.param("control_id") == Some(id));
            self.model(|model| {
                for action in model.calls().flat_map(|call| &call.actions).filter(|action| action.is_mine()) {
                    let (id, rpc) = (action.control_id.as_str(), action.kind.rpc());
                    let executed = starts.get(&(rpc.to_owned(), id.to_owned())).copied().unwrap_or(0);
                    match action.phase {
                        Phase::NotSent(_) => assert!(!came(id), "not sent, and it came: {rpc} {id}"),
                        Phase::Refused(_) => assert_eq!(executed, 0, "refused, and executed: {rpc} {id}"),
                        Phase::Accepted | Phase::Running | Phase::Paused => {
                            assert_eq!(executed, 1, "accepted, and not executed: {rpc} {id}");
                        }
                        Phase::Requested => panic!("nobody knows of {rpc} {id}"),
                        Phase::Done { .. } | Phase::Unknown(_) => {}
                    }
                }
            });
        });
    }

    /// I8: each change of the link is in the feed, once and in order.
    pub fn gaps_are_told(&self) {
        let happened: Vec<_> = self.seen(|seen| seen.links.iter().map(|(_, link)| link.word()).collect());
        let told = |model: &Model| {
            let links = model.entries().iter().filter(|entry| is_link(entry));
            let words: Vec<_> = links.map(|entry| entry.word.to_string()).collect();
            (model.entries().dropped() == 0).then_some(words)
        };
        if let Some(told) = self.model(told) {
            let link: Vec<_> = told.iter().filter(|word| !word.starts_with("gap")).cloned().collect();
            assert_eq!(link, happened);
            let lost = happened.windows(2).filter(|pair| pair[0] == "up" && pair[1] != "up").count();
            assert_eq!(
                told.iter().filter(|word| *word == "gap").count(),
                lost,
                "each loss is a gap: {told:?}"
            );
            assert_eq!(self.model(|model| model.gaps().len()), lost);
        }
    }
}

fn live(model: &Model) -> HashSet<CallId> {
    model.calls().filter(|call| call.is_live()).map(|call| call.id.clone()).collect()
}

/// Live, and not drawn as in doubt.
fn shown_live(model: &Model) -> HashSet<CallId> {
    model.calls().filter(|call| call.is_live() && call.doubt.is_none()).map(|call| call.id.clone()).collect()
}

/// Whether an entry is about the link itself. The authorization that each login brings is an event.
fn is_link(entry: &Entry) -> bool {
    entry.family == Family::Link && entry.word.as_str() != "authorization"
}
