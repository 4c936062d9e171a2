//! What a console begins with: the configuration over what is built in, and over that how the view was left.

use crate::alert;
use crate::client::OURS;
use crate::config::Settings;
use crate::config::keep::{Configured, Kept, KeptList, KeptView};
use crate::config::spec::ListSpec;
use crate::protocol::Shown;
use crate::protocol::id::IdSource;
use crate::ui::app::{App, AppConfig};
use crate::ui::command::Screen;
use crate::ui::template;
use crate::ui::views::{View, stock_rules, stock_views};
use crate::wall::Window;

/// What the program brings itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stock {
    /// What any floor needs.
    Usual,
    /// The same at a hub, whose ids are not ours alone.
    Attached,
    /// What the simulated floor needs: numbers that answer, and every alert.
    Demo,
}

/// What the console is made with. The title is that of the profile, or else this one.
#[must_use]
pub fn config(settings: &Settings, title: Shown, stock: Stock) -> AppConfig {
    let sections = &settings.sections;
    let (templates, alerts) = match stock {
        Stock::Usual | Stock::Attached => (template::stock(), alert::stock::usual()),
        Stock::Demo => (template::demo(), alert::stock::demo()),
    };
    // The demo is no account, whatever the configuration has.
    let profile = settings.profile.as_ref().filter(|_| stock != Stock::Demo);
    let title = profile.map_or(title, |profile| Shown::new(&profile.title));
    let ids = if stock == Stock::Attached { IdSource::Marked(OURS) } else { IdSource::Random };
    AppConfig {
        framed: profile.is_some_and(|profile| profile.frame.is_some()),
        person: Shown::new(&settings.person),
        reasons: settings.reasons.clone(),
        ask_reason: settings.ask_reason,
        undo_window: settings.undo,
        keep_ended: settings.keep_ended,
        templates: sections.templates.over(templates),
        views: sections.views.over(stock_views()),
        rules: sections.rules.over(stock_rules()),
        alerts: sections.alerts.over(alerts),
        keymap: sections.keymap.clone(),
        window: sections.window,
        limits: sections.limits.clone(),
        ..AppConfig::new(title, ids)
    }
}

/// What somebody wants to see first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct First {
    /// The screen.
    pub screen: Screen,
    /// How far the wallboard looks back; as configured when there is none.
    pub window: Option<Window>,
}

impl Default for First {
    fn default() -> Self {
        Self { screen: Screen::Calls, window: None }
    }
}

/// Shows what is to be seen first. What is behind it is the list of calls.
pub fn show(app: &mut App, first: First) {
    app.wall.window = first.window.unwrap_or(app.wall.window);
    app.go(first.screen);
}

/// What the configuration says of things that the console keeps, too.
#[must_use]
pub fn configured(settings: &Settings) -> Configured {
    Configured { theme: settings.theme.clone(), list: (&settings.sections.list).into() }
}

/// The theme to begin with: the one of the last time, unless somebody asks for another since then.
#[must_use]
pub fn theme(settings: &Settings, kept: &Kept) -> Option<String> {
    let asked = &settings.theme;
    kept.theme.clone().filter(|_| kept.over.theme == *asked).or_else(|| asked.clone())
}

/// Arranges a console as the configuration says, and then as it was left.
pub fn arrange(app: &mut App, settings: &Settings, kept: &Kept) {
    app.masked = settings.mask;
    app.time_format = settings.times;
    arrange_list(app, &settings.sections.list);
    if kept.over.list == KeptList::from(&settings.sections.list) {
        arrange_list(app, &ListSpec::from(&kept.list));
    }
    app.splits = kept.splits();
    for view in kept.views.iter().map(View::from) {
        match app.config.views.iter_mut().find(|known| known.name == view.name) {
            Some(known) => *known = view,
            None => app.config.views.push(view),
        }
    }
}

fn arrange_list(app: &mut App, list: &ListSpec) {
    if let Some(columns) = list.columns.clone().filter(|columns| !columns.is_empty()) {
        app.list.columns = columns;
    }
    if let Some(sort) = list.sort {
        app.list.key = sort;
    }
    if let Some(reversed) = list.reversed {
        app.list.reversed = reversed;
    }
}

/// How a console is left. `before` is what was kept until now, `built` the views that it began with.
#[must_use]
pub fn kept(app: &App, settings: &Settings, before: &Kept, built: &[View]) -> Kept {
    let own = app.list.own();
    let list = ListSpec { columns: Some(own.columns), sort: Some(own.key), reversed: Some(own.reversed) };
    let saved = app.config.views.iter().filter(|view| !built.contains(view));
    Kept {
        // Only what somebody chose: what suited this terminal may not suit the next.
        theme: Some(&app.theme)
            .filter(|theme| **theme != app.config.theme)
            .cloned()
            .or_else(|| before.theme.clone().filter(|_| before.over.theme == settings.theme)),
        tour_seen: Some(app.tour.is_none() || before.tour_seen == Some(true)),
        split_above: app.splits.above,
        split_left: app.splits.left,
        list: (&list).into(),
        over: configured(settings),
        views: saved.map(KeptView::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{File, Flags, resolve};
    use crate::protocol::Secret;
    use crate::ui::column::Column;

    fn settings(text: &str) -> Settings {
        let file = File { text: Some(Secret::new(text)), mode: 0o600, ..File::default() };
        resolve(&file, &|_| None, &Flags::default()).unwrap()
    }

    fn begin(settings: &Settings, kept: &Kept) -> App {
        let mut app = App::new(config(settings, "host".into(), Stock::Usual));
        arrange(&mut app, settings, kept);
        app
    }

    #[test]
    fn a_console_is_as_the_configuration_says() {
        let settings = settings(
            "mask = true\ntime = 'ago'\nperson = 'ana'\n[list]\ncolumns = ['to', 'age']\nsort = 'to'\n\
             [[view]]\nname = 'mine'\n[[rule]]\nname = 'machines'\noff = true\n[keys]\nundo = 'B'\n",
        );
        let app = begin(&settings, &Kept::default());
        assert!(app.masked && app.config.person.as_str() == "ana");
        assert_eq!((app.list.columns.as_slice(), app.list.key), (&[Column::To, Column::Age][..], Column::To));
        assert_eq!(app.config.views[0].name, "mine");
        assert_eq!(app.config.views[1..], stock_views());
        assert!(app.config.rules.iter().all(|rule| rule.name != "machines"));
        assert_eq!(app.config.alerts, alert::stock::usual());
        assert_eq!(app.config.keymap.key_of(crate::ui::command::Command::Undo), "B");
    }

    #[test]
    fn what_was_left_is_found_again_until_the_configuration_changes() {
        let first = settings("theme = 'nord'\n[list]\nsort = 'to'");
        let mut app = begin(&first, &Kept::default());
        app.list.columns = vec![Column::From];
        app.theme = "light".into();
        app.splits.above = Some(40);
        let built = app.config.views.clone();
        app.config.views.push(View { name: "saved".into(), ..built[0].clone() });
        let kept = kept(&app, &first, &Kept { tour_seen: Some(true), ..Kept::default() }, &built);
        let again = begin(&first, &kept);
        assert_eq!((again.list.columns.as_slice(), again.list.key), (&[Column::From][..], Column::To));
        assert_eq!((theme(&first, &kept).as_deref(), again.splits.above), (Some("light"), Some(40)));
        assert_eq!(again.config.views.last().map(|view| view.name.as_str()), Some("saved"));
        assert_eq!((kept.tour_seen, kept.views.len()), (Some(true), 1));
        let changed = settings("theme = 'gruvbox'\n[list]\nsort = 'age'");
        let other = begin(&changed, &kept);
        assert_eq!((other.list.columns.as_slice(), other.list.key), (&Column::DEFAULT[..], Column::Age));
        assert_eq!(theme(&changed, &kept).as_deref(), Some("gruvbox"));
        let kept_on = super::kept(&other, &changed, &kept, &built);
        assert_eq!(theme(&changed, &kept_on).as_deref(), Some("gruvbox"), "and stays so");
        assert_eq!(other.splits.above, Some(40), "of that the configuration says nothing");
    }

    #[test]
    fn the_demo_is_never_an_account() {
        let text = "default_profile = 'p'\n[profile.p]\ntitle = 'PRODUCTION'\nframe = 'red'";
        let settings = settings(text);
        let config = |stock| super::config(&settings, "demo".into(), stock);
        assert_eq!((config(Stock::Usual).title.as_str(), config(Stock::Usual).framed), ("PRODUCTION", true));
        assert_eq!((config(Stock::Demo).title.as_str(), config(Stock::Demo).framed), ("demo", false));
    }
}
