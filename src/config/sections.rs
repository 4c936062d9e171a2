//! From the values of sections to what the program runs on, and what can be wrong with a section as a whole.

use std::collections::HashMap;
use std::time::Duration;

use super::file::{self, Values};
use super::schema::Table;
use super::spec::{ListSpec, Named, Own};
use super::{File, Known, Place, Problem, checks};
use crate::alert::{self, RuleError};
use crate::catalog;
use crate::filter::Level;
use crate::protocol::Shown;
use crate::ui::column::Column;
use crate::ui::keymap::{Keymap, Override};
use crate::ui::template::{self, Template};
use crate::ui::views::{Rule, View, stock_rules, stock_views};
use crate::wall::{self, Limit, Limits, Window, Worse};

/// What the sections say.
#[derive(Debug, Clone, Default)]
pub struct Sections {
    /// Which keys do what.
    pub keymap: Keymap,
    /// The list at first.
    pub list: ListSpec,
    /// Saved views, by digit.
    pub views: Own<View>,
    /// Mark rules, by digit.
    pub rules: Own<Rule>,
    /// When to be alerted.
    pub alerts: Own<alert::Rule>,
    /// Values for forms.
    pub templates: Own<Template>,
    /// How far the wallboard looks back at first.
    pub window: Window,
    /// When a number of the wallboard is bad.
    pub limits: Limits,
}

/// Reads the sections, and notes everything that is wrong with them.
pub(super) fn read(values: &mut Values, file: &File, problems: &mut Vec<Problem>) -> Sections {
    let mut reader = Reader { file, problems };
    Sections {
        keymap: values.table("keys").map(|table| reader.keys(table)).unwrap_or_default(),
        list: values.table("list").map(|mut table| reader.arranged(&mut table)).unwrap_or_default(),
        views: reader.list(values, "view", &stock_views(), Reader::view),
        rules: reader.list(values, "rule", &stock_rules(), Reader::rule),
        alerts: reader.list(values, "alert", &alert::stock::demo(), Reader::alert),
        templates: reader.list(values, "template", &template::stock(), Reader::template),
        window: values.peek_in("wall", "window").and_then(Window::named).unwrap_or_default(),
        limits: values.table("wall").map(|table| reader.wall(table)).unwrap_or_default(),
    }
}

/// Reads a file of templates, and notes everything that is wrong with it.
pub(super) fn templates(shape: &'static Table, file: &File, problems: &mut Vec<Problem>) -> Vec<Template> {
    let mut values = file::read_as(shape, file, &Known::default(), problems);
    Reader { file, problems }.list(&mut values, "template", &template::stock(), Reader::template).entries
}

struct Reader<'a> {
    file: &'a File,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, line: usize, what: String) {
        let place = Place::File { path: self.file.path.clone(), line: Some(line) };
        self.problems.push(Problem { place, what });
    }

    fn keys(&mut self, mut table: Values) -> Keymap {
        let mut overrides = Vec::new();
        let mut lines = Vec::new();
        for command in table.names() {
            let (Some(line), Some(keys)) = (table.line(&command), table.texts(&command)) else { continue };
            overrides.push(Override { command, keys });
            lines.push(line);
        }
        // What a conflict is with may have been given its keys here, too.
        let place = |other: &str| match overrides.iter().position(|own| own.command == other) {
            Some(index) => format!("line {}", lines[index]),
            None => "built in".to_owned(),
        };
        match Keymap::with(&overrides) {
            Ok(keymap) => keymap,
            Err(problems) => {
                for problem in problems {
                    let command = &overrides[problem.index].command;
                    let other = problem.other.map(|other| format!(" ({})", place(other))).unwrap_or_default();
                    self.problem(lines[problem.index], format!("{command}: {}{other}", problem.what));
                }
                Keymap::default()
            }
        }
    }

    /// A list of tables with names; those that are switched off must be built in.
    fn list<T: Named>(
        &mut self,
        values: &mut Values,
        key: &str,
        built_in: &[T],
        read: impl Fn(&mut Self, &mut Values) -> Option<T>,
    ) -> Own<T> {
        let mut own = Own::default();
        let mut seen: HashMap<(String, String), usize> = HashMap::new();
        for mut table in values.list(key).unwrap_or_default() {
            let Some(name) = table.peek("name").map(str::to_owned) else { continue };
            let within = table.peek("method").and_then(catalog::method).map_or("", |method| method.name);
            let id = (within.to_owned(), name);
            if let Some(first) = seen.insert(id.clone(), table.line) {
                let name = Shown::new(&id.1);
                self.problem(
                    table.line,
                    format!("the name `{name}` is taken: [[{key}]] in line {first} has it"),
                );
            }
            if !table.flag("off").unwrap_or(false) {
                own.entries.extend(read(self, &mut table));
                continue;
            }
            let names: Vec<_> =
                built_in.iter().filter(|entry| entry.within() == id.0).map(Named::name).collect();
            if !names.contains(&id.1.as_str()) {
                self.problem(table.line, checks::unknown(&format!("built-in {key}"), &id.1, &names, ""));
            }
            own.off.push(id);
        }
        own
    }

    fn view(&mut self, table: &mut Values) -> Option<View> {
        let list = self.arranged(table);
        Some(View {
            name: table.text("name")?,
            filter: table.text("filter").unwrap_or_default(),
            columns: list.columns,
            sort: list.sort.map(|column| (column, list.reversed.unwrap_or(false))),
        })
    }

    /// How a list is arranged: by columns of which each is there once.
    fn arranged(&mut self, table: &mut Values) -> ListSpec {
        let line = table.line("columns").unwrap_or(table.line);
        let names = table.texts("columns");
        let mut columns: Vec<Column> = Vec::new();
        for column in names.iter().flatten().filter_map(|name| Column::named(name)) {
            if columns.contains(&column) {
                self.problem(line, format!("columns: `{}` is there twice", column.name()));
            } else {
                columns.push(column);
            }
        }
        if names.as_ref().is_some_and(Vec::is_empty) {
            self.problem(line, "columns: name one at least, or leave `columns` out".to_owned());
        }
        ListSpec {
            columns: names.map(|_| columns),
            sort: table.text("sort").and_then(|name| Column::named(&name)),
            reversed: table.flag("reversed"),
        }
    }

    fn rule(&mut self, table: &mut Values) -> Option<Rule> {
        let filter = table.text("filter");
        if filter.is_none() && table.is_whole {
            self.problem(table.line, "[[rule]] needs `filter`: which calls it marks".to_owned());
        }
        Some(Rule { name: table.text("name")?, filter: filter? })
    }

    fn alert(&mut self, table: &mut Values) -> Option<alert::Rule> {
        let (line, is_whole) = (table.line, table.is_whole);
        let at = |level: Level| table.line(level.word()).unwrap_or(line);
        let (warn_line, act_line) = (at(Level::Warn), at(Level::Act));
        let (warn, act) = (table.text("warn").unwrap_or_default(), table.text("act").unwrap_or_default());
        let hold = Duration::from_secs(table.whole("hold_seconds").unwrap_or(0));
        let rule =
            alert::Rule::new(&table.text("name")?, &warn, &act, hold, table.flag("notify").unwrap_or(false));
        match rule {
            Ok(rule) => return Some(rule),
            // What is wrong with a key was said already.
            Err(_) if !is_whole => {}
            Err(errors) => {
                for RuleError { level, error } in errors {
                    let (line, text) = match level {
                        Some(Level::Warn) => (warn_line, warn.as_str()),
                        Some(Level::Act) => (act_line, act.as_str()),
                        None => (line, ""),
                    };
                    let key = level.map_or("[[alert]]", Level::word);
                    self.problem(line, format!("{key}: {}", checks::blamed(text, &error)));
                }
            }
        }
        None
    }

    fn template(&mut self, table: &mut Values) -> Option<Template> {
        // A wrong name has been said by the check of its key.
        let method = catalog::method(&table.text("method")?)?;
        let name = table.text("name")?;
        let preset = table.flag("preset").unwrap_or(false);
        let Some(mut fields) = table.table("values") else {
            if table.is_whole {
                self.problem(table.line, "[[template]] needs `values`: a text for each field".to_owned());
            }
            return None;
        };
        let names = fields.names();
        let lines: HashMap<&str, usize> =
            names.iter().filter_map(|name| Some((name.as_str(), fields.line(name)?))).collect();
        let texts: Vec<(String, String)> =
            names.iter().filter_map(|name| Some((name.clone(), fields.text(name)?))).collect();
        let given: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (&**name, &**text)).collect();
        let errors = catalog::fill(method, &given).err().map(|invalid| invalid.errors).unwrap_or_default();
        // What a template leaves out is left to whoever fills the form.
        for (error, line) in errors.iter().filter_map(|error| Some((error, lines.get(error.root())?))) {
            let fields: Vec<_> = method.arguments().map(|field| field.name).collect();
            let what = match method.argument(error.root()) {
                Some(_) => error.to_string(),
                None => checks::unknown(&format!("field of {}:", method.name), error.root(), &fields, ""),
            };
            self.problem(*line, what);
        }
        Some(Template { method: method.name, name, preset, texts })
    }

    fn wall(&mut self, mut table: Values) -> Limits {
        let mut limits = Limits::default();
        let contexts = table.table("context");
        self.limits(&mut limits, None, table);
        if let Some(mut contexts) = contexts {
            for context in contexts.names() {
                let metrics = contexts.table(&context).unwrap_or_default();
                self.limits(&mut limits, Some(&context), metrics);
            }
        }
        limits
    }

    fn limits(&mut self, limits: &mut Limits, context: Option<&str>, mut metrics: Values) {
        for name in metrics.names() {
            // Anything else than a table is no metric, or was said already.
            let (Some(values), Some(metric)) = (metrics.table(&name), wall::metric(&name)) else { continue };
            let off = values.flag("off").unwrap_or(false);
            let limit = match (values.number("warn"), values.number("act")) {
                (Some(warn), Some(act)) => Some(Limit { warn, act }),
                _ => None,
            };
            let what = match limit {
                _ if context.is_some() && !metric.has_contexts() => {
                    Some(format!("{name} is of the connection: contexts have none of their own"))
                }
                None if !off && values.is_whole => {
                    Some(format!("{name} needs `warn` and `act`, or `off = true`"))
                }
                Some(Limit { warn, act }) if metric.worse == Worse::Higher && warn > act => {
                    Some(format!("{name}: more is worse, so `act` must not be below `warn`"))
                }
                Some(Limit { warn, act }) if metric.worse == Worse::Lower && warn < act => {
                    Some(format!("{name}: less is worse, so `act` must not be above `warn`"))
                }
                _ => None,
            };
            if let Some(what) = what {
                self.problem(values.line, what);
            }
            // The name was looked up just now.
            let _ = limits.set(&name, context.map(Shown::new), limit.filter(|_| !off));
        }
    }
}
