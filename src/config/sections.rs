//! From the values of sections to plain data, and what can be wrong with a section as a whole.

use std::collections::HashMap;
use std::time::Duration;

use super::file::{self, Values};
use super::schema::{Key, Kind, ROOT, Table};
use super::spec::{
    AlertSpec, KeyBinding, ListSpec, RuleSpec, TemplateSpec, ThresholdSpec, ViewSpec, WallSpec,
};
use super::{File, Place, Problem, checks};
use crate::catalog;
use crate::protocol::{Secret, Shown};

/// What the sections say. Lists that the file does not have are those that are built in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sections {
    /// Keys by command.
    pub keys: Vec<KeyBinding>,
    /// The list at first.
    pub list: ListSpec,
    /// Saved views, by digit.
    pub views: Vec<ViewSpec>,
    /// Mark rules, by digit.
    pub rules: Vec<RuleSpec>,
    /// When to be alerted.
    pub alerts: Vec<AlertSpec>,
    /// Values for forms.
    pub templates: Vec<TemplateSpec>,
    /// The wallboard.
    pub wall: WallSpec,
}

impl Sections {
    /// What is built in.
    #[must_use]
    pub fn stock() -> Self {
        let lists = ROOT.keys.iter().filter(|key| matches!(key.kind, Kind::List { .. }));
        let text: String = lists.filter_map(Key::table).map(|table| table.example).collect();
        let file = File { text: Some(Secret::new(text)), ..File::default() };
        let mut values = file::read(&file, &mut Vec::new());
        Reader::new(&file, &mut Vec::new()).sections(&mut values, &Self::default())
    }
}

/// Reads the sections, and notes everything that is wrong with them.
pub(super) fn read(values: &mut Values, file: &File, problems: &mut Vec<Problem>) -> Sections {
    Reader::new(file, problems).sections(values, &Sections::stock())
}

/// Reads a file of templates, and notes everything that is wrong with it.
pub(super) fn templates(
    shape: &'static Table,
    file: &File,
    problems: &mut Vec<Problem>,
) -> Vec<TemplateSpec> {
    let mut values = file::read_as(shape, file, problems);
    Reader::new(file, problems).templates(&mut values).unwrap_or_default()
}

struct Reader<'a> {
    file: &'a File,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Reader<'a> {
    const fn new(file: &'a File, problems: &'a mut Vec<Problem>) -> Self {
        Self { file, problems }
    }

    fn problem(&mut self, line: usize, what: String) {
        let place = Place::File { path: self.file.path.clone(), line: Some(line) };
        self.problems.push(Problem { place, what });
    }

    fn sections(&mut self, values: &mut Values, stock: &Sections) -> Sections {
        Sections {
            keys: values.table("keys").map(keys).unwrap_or_default(),
            list: values.table("list").map(|mut table| arranged(&mut table)).unwrap_or_default(),
            views: self
                .list(values, "view", |_, table| Some(view(table)))
                .unwrap_or_else(|| stock.views.clone()),
            rules: self.list(values, "rule", |_, table| rule(table)).unwrap_or_else(|| stock.rules.clone()),
            alerts: self.list(values, "alert", Self::alert).unwrap_or_else(|| stock.alerts.clone()),
            templates: self.templates(values).unwrap_or_else(|| stock.templates.clone()),
            wall: values.table("wall").map(|table| self.wall(table)).unwrap_or_default(),
        }
    }

    /// A list of tables with names; none when the file does not have it.
    fn list<T>(
        &mut self,
        values: &mut Values,
        key: &str,
        mut read: impl FnMut(&mut Self, &mut Values) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut tables = values.list(key)?;
        let mut seen: HashMap<(String, String), usize> = HashMap::new();
        for table in &mut tables {
            let line = table.line;
            // Two forms can have templates of the same name.
            let Some(name) = table.peek("name") else { continue };
            let owner = table.peek("method").unwrap_or_default();
            if let Some(first) = seen.insert((owner.to_owned(), name.to_owned()), line) {
                let what =
                    format!("the name `{}` is taken: [[{key}]] in line {first} has it", Shown::new(name));
                self.problem(line, what);
            }
        }
        Some(tables.iter_mut().filter_map(|table| read(self, table)).collect())
    }

    fn alert(&mut self, table: &mut Values) -> Option<AlertSpec> {
        let alert = AlertSpec {
            name: table.text("name")?,
            warn: table.text("warn"),
            act: table.text("act"),
            hold: Duration::from_secs(table.whole("hold_seconds").unwrap_or(0)),
            notify: table.flag("notify").unwrap_or(false),
        };
        if alert.warn.is_none() && alert.act.is_none() {
            self.problem(table.line, "[[alert]] needs `warn` or `act`: which calls it is about".to_owned());
        }
        Some(alert)
    }

    fn templates(&mut self, values: &mut Values) -> Option<Vec<TemplateSpec>> {
        self.list(values, "template", Self::template)
    }

    fn template(&mut self, table: &mut Values) -> Option<TemplateSpec> {
        // A wrong name has been said by the check of its key.
        let method = catalog::method(&table.text("method")?)?;
        let name = table.text("name")?;
        let preset = table.flag("preset").unwrap_or(false);
        let mut fields = table.table("values")?;
        let lines: HashMap<String, usize> =
            fields.names().into_iter().filter_map(|name| Some((name.clone(), fields.line(&name)?))).collect();
        let texts: Vec<(String, String)> =
            fields.names().into_iter().filter_map(|name| Some((name.clone(), fields.text(&name)?))).collect();
        let given: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (&**name, &**text)).collect();
        let errors = catalog::fill(method, &given).err().map(|invalid| invalid.errors).unwrap_or_default();
        // What a template leaves out is left to whoever fills the form.
        for (error, line) in errors.iter().filter_map(|error| Some((error, lines.get(error.root())?))) {
            let names: Vec<_> = method.arguments().map(|field| field.name).collect();
            let what = match method.argument(error.root()) {
                Some(_) => error.to_string(),
                None => checks::unknown(&format!("field of {}:", method.name), error.root(), &names, ""),
            };
            self.problem(*line, what);
        }
        Some(TemplateSpec { method: method.name, name, preset, texts })
    }

    fn wall(&mut self, mut table: Values) -> WallSpec {
        let window = table.span("window").unwrap_or(WallSpec::default().window);
        let contexts = table.table("context");
        let mut thresholds = self.thresholds(None, table);
        if let Some(mut contexts) = contexts {
            for context in contexts.names() {
                let metrics = contexts.table(&context).unwrap_or_default();
                thresholds.extend(self.thresholds(Some(&context), metrics));
            }
        }
        WallSpec { window, thresholds }
    }

    fn thresholds(&mut self, context: Option<&str>, mut metrics: Values) -> Vec<ThresholdSpec> {
        let mut thresholds = Vec::new();
        for metric in metrics.names() {
            let Some(values) = metrics.table(&metric) else { continue };
            let (warn, act) = (values.number("warn"), values.number("act"));
            if warn.is_none() && act.is_none() {
                self.problem(values.line, format!("`{}` needs `warn` or `act`", Shown::new(&metric)));
            }
            thresholds.push(ThresholdSpec { context: context.map(str::to_owned), metric, warn, act });
        }
        thresholds
    }
}

fn keys(mut table: Values) -> Vec<KeyBinding> {
    let bindings = table.names().into_iter().filter_map(|command| {
        let line = table.line(&command)?;
        let keys = table.texts(&command)?;
        Some(KeyBinding { command, keys, line })
    });
    bindings.collect()
}

fn arranged(table: &mut Values) -> ListSpec {
    ListSpec { columns: table.texts("columns"), sort: table.text("sort"), reversed: table.flag("reversed") }
}

fn view(table: &mut Values) -> ViewSpec {
    ViewSpec {
        name: table.text("name").unwrap_or_default(),
        filter: table.text("filter").unwrap_or_default(),
        list: arranged(table),
    }
}

fn rule(table: &mut Values) -> Option<RuleSpec> {
    Some(RuleSpec { name: table.text("name")?, filter: table.text("filter")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_is_without_mistakes() {
        let stock = Sections::stock();
        assert!(!stock.views.is_empty() && !stock.rules.is_empty() && !stock.alerts.is_empty());
        assert!(stock.templates.iter().any(|template| template.preset), "whole call recordings");
        for key in ROOT.keys {
            let Some(table) = key.table() else { continue };
            let file = File { text: Some(Secret::new(table.example)), ..File::default() };
            let mut problems = Vec::new();
            let mut values = file::read(&file, &mut problems);
            read(&mut values, &file, &mut problems);
            assert!(problems.is_empty(), "{}: {problems:?}", key.name);
        }
    }
}
