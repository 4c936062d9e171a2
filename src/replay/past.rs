//! A console that shows a tape, over the console that shows the present or alone.

use std::sync::Arc;
use std::time::Duration;

use super::player::Player;
use super::tape::Tape;
use crate::journal::{Health, Reader};
use crate::model::{Model, Tone};
use crate::protocol::Shown;
use crate::time::{At, Now};
use crate::ui::app::App;
use crate::ui::past::{self, Speed, Wind};
use crate::ui::{Effect, Msg};

/// The console of the past.
#[derive(Debug)]
pub struct Past {
    app: App,
    player: Player,
    /// Records that cannot be read, as far as that was said.
    unread: u64,
}

/// How far back it goes at first.
const BACK: Duration = Duration::from_secs(10);

impl Past {
    /// A journal from its first record on, in a console of its own. None when nothing is in it.
    #[must_use]
    pub fn replay(reader: Reader, app: &App, speed: Speed, real: At) -> Option<Self> {
        let first = reader.span()?.first;
        let anchor = Now { at: At::START, wall: reader.wall_of(first)? };
        let player = Player::new(Tape::new(reader, first, anchor), speed, real);
        Some(Self::new(player, app, false))
    }

    /// What was known ten seconds ago, in place of this console, which goes on. The journal is read from record
    /// `start` on, as when the present began. None when nothing is in it yet.
    #[must_use]
    pub fn look_back(reader: Reader, start: u64, app: &App, model: &Model, now: Now) -> Option<Self> {
        reader.span()?;
        let tape = Tape::new(reader, start, now);
        let shown = (Arc::new(model.clone()), now);
        Some(Self::new(Player::paused_at(tape, now.wall.back(BACK), shown, now.at), app, true))
    }

    fn new(mut player: Player, app: &App, live: bool) -> Self {
        let standing = player.standing();
        let span = player.tape().walls().unwrap_or((standing.wall, standing.wall));
        let app = past::console(app, past::Past { standing, live, news: Shown::default(), span });
        Self { app, player, unread: 0 }
    }

    /// The console, and what it shows.
    #[must_use]
    pub fn look(&self) -> (&App, &Model, Now) {
        let (model, moment) = self.player.look();
        (&self.app, model, moment)
    }

    /// The console.
    pub const fn app_mut(&mut self) -> &mut App {
        &mut self.app
    }

    /// Takes a message. What it asks of the player is done; what would ask the service, ring, or keep anything is not
    /// among what is left to do.
    pub fn update(&mut self, msg: Msg, real: At) -> Vec<Effect> {
        self.stand();
        let (model, moment) = self.player.look();
        let mut effects = self.app.update(msg, model, moment);
        effects.retain(|effect| match effect {
            Effect::Wind(wind) => {
                self.player.wind(*wind, real);
                false
            }
            Effect::Submit(..)
            | Effect::Reconnect
            | Effect::Note(..)
            | Effect::Claim(..)
            | Effect::Look(_)
            | Effect::ClearEnded
            | Effect::Notify(_)
            | Effect::LookBack
            | Effect::Keep => false,
            Effect::Copy { .. }
            | Effect::Save { .. }
            | Effect::Edit(_)
            | Effect::Theme(_)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Now
            | Effect::Quit => true,
        });
        self.stand();
        effects
    }

    /// Lets the tape run on to a real moment.
    pub fn tick(&mut self, real: At) {
        let jumped = self.player.tick(real);
        let (model, moment) = self.player.look();
        if jumped {
            self.app.jumped(model);
        }
        let unread = self.player.tape().unread();
        if unread.records > self.unread {
            self.unread = unread.records;
            let why = unread.why.as_deref().unwrap_or_default();
            let text = format!("{} records cannot be read: {why}", unread.records);
            self.app.say(&Shown::new(&text), Tone::Bad, moment);
        }
        self.stand();
    }

    /// When it is to run on; none while it stands still.
    pub fn wake_at(&mut self, real: At) -> Option<At> {
        self.player.wake_at(real)
    }

    /// Says what is new in the present.
    pub fn tell_news(&mut self, present: &App, model: &Model) {
        let link = (!model.link().is_up()).then(|| format!("link {}", model.link().word()));
        let open = present.board.watch.counts().open();
        let alerts = (open > 0).then(|| format!("{open} {}", if open == 1 { "alert" } else { "alerts" }));
        let failing = matches!(present.journal, Some(Health::Failing { .. }));
        let journal = failing.then(|| "NO JOURNAL".to_owned());
        let news: Vec<String> = journal.into_iter().chain(link).chain(alerts).collect();
        let news = if news.is_empty() { String::new() } else { format!("now: {}", news.join(", ")) };
        if let Some(past) = self.app.past.as_mut().filter(|past| past.live) {
            past.news = Shown::new(&news);
        }
    }

    fn stand(&mut self) {
        let standing = self.player.standing();
        let walls = self.player.tape().walls();
        if let Some(past) = &mut self.app.past {
            past.standing = standing;
            past.span = walls.unwrap_or(past.span);
        }
    }

    /// Winds the tape, for who has no keys.
    pub fn wind(&mut self, wind: Wind, real: At) {
        self.player.wind(wind, real);
        self.stand();
    }
}
