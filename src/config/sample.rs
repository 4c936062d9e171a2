//! The commented default file, made from the table of keys: `callboard config`.

use std::fmt::Write;

use super::schema::{Key, Kind, ROOT, Table};
use crate::alert::stock::{STOCK, Stock};
use crate::ui::template::{self, Template};
use crate::ui::views::{Rule, View, stock_rules, stock_views};

const HEAD: &str = "\
# callboard's configuration. It belongs at ~/.config/callboard/config.toml (`callboard info` shows the path).
#
# Nothing in it is needed: every line is a comment. Take the # away from a line that begins with # and a word to use
# it. `callboard config --check` names every mistake. Keys stand at the top of the file, sections below them.
";

/// The file, with every key, what it is for, and an example of it.
#[must_use]
pub fn sample() -> String {
    let mut text = HEAD.to_owned();
    for key in ROOT.keys {
        let _ = match key.table() {
            None => write!(text, "\n{}", entry(key)),
            Some(table) => write!(text, "\n\n{}", section(key, table)),
        };
    }
    text
}

/// A key at the top: its help, and an example.
fn entry(key: &Key) -> String {
    let help = prose(&capital(&about(key)));
    match key.instead_of {
        // With both the file would be wrong.
        Some(_) => format!("{help}# {} = {}\n", key.name, key.example),
        None => format!("{help}#{} = {}\n", key.name, key.example),
    }
}

fn section(key: &Key, table: &'static Table) -> String {
    let mut text = format!("# ---- {} ----\n{}", key.written(), prose(&capital(key.help)));
    for (name, about) in keys_of(table) {
        let _ = writeln!(text, "#   {name:<13} {about}");
    }
    let example = if table.example.is_empty() { built_in(key.name) } else { table.example.to_owned() };
    for line in example.lines() {
        let _ = if line.is_empty() { writeln!(text) } else { writeln!(text, "#{line}") };
    }
    text
}

/// The entries of a list that are built in, as a file would have them.
fn built_in(list: &str) -> String {
    let entries: Vec<String> = match list {
        "view" => stock_views().iter().map(view).collect(),
        "rule" => stock_rules().iter().map(rule).collect(),
        "alert" => STOCK.iter().map(alert).collect(),
        "template" => template::stock().iter().map(form).collect(),
        _ => Vec::new(),
    };
    entries.join("\n")
}

fn view(view: &View) -> String {
    let mut text = format!("[[view]]\nname = {}\n", quoted(&view.name));
    if !view.filter.is_empty() {
        let _ = writeln!(text, "filter = {}", quoted(&view.filter));
    }
    if let Some(columns) = &view.columns {
        let names: Vec<_> = columns.iter().map(|column| quoted(column.name())).collect();
        let _ = writeln!(text, "columns = [{}]", names.join(", "));
    }
    if let Some((column, reversed)) = view.sort {
        let _ = writeln!(text, "sort = {}", quoted(column.name()));
        text += if reversed { "reversed = true\n" } else { "" };
    }
    text
}

fn rule(rule: &Rule) -> String {
    format!("[[rule]]\nname = {}\nfilter = {}\n", quoted(&rule.name), quoted(&rule.filter))
}

/// Those that are off unless they are asked for say so by their help.
fn alert(stock: &Stock) -> String {
    let off = if stock.on { "" } else { " (off until it is in the file)" };
    let mut text = format!("# {}{off}\n[[alert]]\nname = {}\n", stock.help, quoted(stock.name));
    for (key, filter) in [("warn", stock.warn), ("act", stock.act)] {
        if !filter.is_empty() {
            let _ = writeln!(text, "{key} = {}", quoted(filter));
        }
    }
    if stock.hold > 0 {
        let _ = writeln!(text, "hold_seconds = {}", stock.hold);
    }
    text += if stock.notify { "notify = true\n" } else { "" };
    text
}

fn form(template: &Template) -> String {
    let mut text =
        format!("[[template]]\nmethod = {}\nname = {}\n", quoted(template.method), quoted(&template.name));
    text += if template.preset { "preset = true\n" } else { "" };
    text += "[template.values]\n";
    for (field, value) in &template.texts {
        let _ = writeln!(text, "{field} = {}", quoted(value));
    }
    text
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The keys of a section with what they are for, those of inner tables behind them.
fn keys_of(table: &'static Table) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for key in table.keys {
        let needed = if key.required { " (needed)" } else { "" };
        rows.push((key.name.to_owned(), format!("{}{needed}", about(key))));
        // Those of a table within stand under it.
        let inner = key.table().filter(|inner| !inner.keys.is_empty()).map(keys_of).unwrap_or_default();
        rows.extend(inner.into_iter().map(|(name, about)| (format!("  {name}"), about)));
    }
    if let Some(others) = table.others {
        let takes = match others.kind {
            Kind::Table(inner) => {
                let names: Vec<_> = inner.keys.iter().map(|key| key.name).collect();
                format!("a table with {}", names.join(", "))
            }
            Kind::OneOrMore(_) => "\"key\" or [\"key\", ...]; [] takes its keys away".to_owned(),
            _ => "a value".to_owned(),
        };
        rows.push((others.what.to_uppercase(), takes));
    }
    rows
}

/// What a key is for and what applies without it.
fn about(key: &Key) -> String {
    let words = match key.kind {
        Kind::Choice(words) => format!(": {}", words.join(", ")),
        _ => String::new(),
    };
    let default = if key.default.is_empty() { String::new() } else { format!(" (default: {})", key.default) };
    format!("{}{words}{default}", key.help)
}

fn prose(text: &str) -> String {
    format!("# {text}\n")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{File, Flags, Settings, resolve};
    use crate::protocol::Secret;
    use crate::ui::command::COMMANDS;

    fn load(text: &str) -> Settings {
        let file = File { path: "/c/config.toml".into(), text: Some(Secret::new(text)), mode: 0o600 };
        resolve(&file, &|_| None, &Flags::default()).unwrap_or_else(|problems| {
            let words: Vec<_> = problems.iter().map(ToString::to_string).collect();
            panic!("{}\n{text}", words.join("\n"));
        })
    }

    fn uncommented(line: &str) -> &str {
        line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| !c.is_whitespace())).unwrap_or(line)
    }

    #[test]
    fn what_is_printed_loads_as_it_is_and_changes_nothing() {
        assert_eq!(format!("{:?}", load(&sample())), format!("{:?}", load("")));
    }

    #[test]
    fn what_is_printed_loads_with_every_example_in_use() {
        let text: String = sample().lines().map(|line| uncommented(line).to_owned() + "\n").collect();
        let used = load(&text);
        assert_eq!(used.profile.map(|profile| profile.title), Some("PRODUCTION".to_owned()));
        assert_eq!((used.mouse, used.ascii, used.person.as_str()), (false, true, "ana"));
        // The lists of the example are those that are built in.
        assert_eq!(used.sections.views.over(stock_views()), stock_views());
        assert_eq!(used.sections.rules.over(stock_rules()), stock_rules());
        assert_eq!(used.sections.views.entries, stock_views());
        assert_eq!(used.sections.alerts.entries, crate::alert::stock::demo());
        assert_eq!(used.sections.templates.entries.len(), template::stock().len());
        let keys = used.sections.keymap.keys(COMMANDS.iter().find(|row| row.name == "hang-up").unwrap());
        assert_eq!(keys, ["H", "F8"]);
        let asr = crate::wall::metric("asr").unwrap();
        let support = Some("support".into());
        assert_eq!(used.sections.limits.of(asr, support.as_ref()).unwrap().act, 90.0);
    }

    #[test]
    fn every_example_loads_by_itself() {
        for key in ROOT.keys.iter().filter(|key| key.table().is_none() && key.name != "default_profile") {
            load(&format!("{} = {}", key.name, key.example));
        }
        for key in ROOT.keys.iter().filter_map(Key::table) {
            load(key.example);
        }
    }

    #[test]
    fn what_the_readme_shows_loads() {
        let readme = include_str!("../../README.md");
        let blocks = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
        assert!(blocks.map(load).count() > 0);
    }

    #[test]
    fn every_key_is_in_it() {
        let text = sample();
        fn all(table: &'static Table, found: &mut Vec<&'static str>) {
            for key in table.keys {
                found.push(key.name);
                key.table().into_iter().for_each(|inner| all(inner, found));
            }
        }
        let mut names = Vec::new();
        all(&ROOT, &mut names);
        for name in names {
            assert!(text.contains(name), "{name}");
        }
    }
}
