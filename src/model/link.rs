//! What a change of the link means for what is known.

use super::entry::Draft;
use super::{Family, Model, Tone, Touched};
use crate::client::LinkState;
use crate::protocol::Shown;
use crate::time::Now;

impl Model {
    pub(super) fn link_changed(&mut self, link: &LinkState, now: Now) {
        let (tone, text) = match link {
            LinkState::Idle => (Tone::Plain, Shown::from("not connected")),
            LinkState::Opening { attempt } => {
                (Tone::Faint, Shown::new(&format!("connecting, attempt {attempt}")))
            }
            LinkState::Authenticating => (Tone::Faint, "logging in".into()),
            LinkState::Up { gaps: 0, .. } if self.live > 0 => {
                (Tone::Bad, "logged in, as a new session: calls of the last run may not report here".into())
            }
            LinkState::Up { gaps: 0, .. } => (Tone::Good, "logged in".into()),
            LinkState::Up { restored: true, .. } => (Tone::Good, "logged in again, session resumed".into()),
            LinkState::Up { restored: false, .. } => {
                (Tone::Bad, "logged in again, but as a new session: older calls no longer report here".into())
            }
            LinkState::Draining => (Tone::Bad, "the server asked us to reconnect".into()),
            LinkState::Down { why, .. } => (Tone::Bad, Shown::new(&format!("link lost: {why}"))),
            LinkState::Refused { why } => (Tone::Bad, Shown::new(&format!("credentials refused: {why}"))),
            LinkState::Closed => (Tone::Plain, "closed".into()),
        };
        let was_up = self.link.is_up();
        self.link = link.clone();
        if let LinkState::Up { gaps, restored, .. } = link {
            self.stats.reconnects = *gaps;
            self.stats.lost_sessions += u32::from(!restored);
        }
        self.enter(Draft::about_link(Family::Link, tone, link.word().into(), text), now, None);
        match link {
            // The first login of a run takes up nothing: what is known from before is of a session that is no more.
            LinkState::Up { restored, gaps, .. } => self.gap_ends(now, *restored && *gaps > 0),
            _ if was_up => self.gap_begins(now),
            // While the service sends us away it still reports: what it told then is in doubt once it has.
            _ => self.gap_goes_on(now),
        }
        self.touched.push(Touched::Link);
    }
}
