//! Catalogues as text: methods for `callboard methods`, themes for `callboard themes`.

use std::io::{self, Write};

use serde_json::json;

use crate::catalog::{self, Field, METHODS, Method, Surface};
use crate::config::nearest;
use crate::ui::command::{COMMANDS, Group, Row};
use crate::ui::keymap::Keymap;
use crate::view::Depth;
use crate::view::theme::{Origin, ThemeError, ThemeLibrary};

/// Prints every command with its keys and what it does, by groups.
///
/// # Errors
/// When it cannot be written.
pub fn keys(out: &mut dyn Write, keymap: &Keymap) -> io::Result<()> {
    for group in Group::ALL {
        writeln!(out, "{}", group.title())?;
        for row in COMMANDS.iter().filter(|row| row.group == group) {
            let keys = keymap.keys(row).join(", ");
            writeln!(out, "  {keys:<16} {:<22} {}", row.name, row.help)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Prints the same as one JSON array: command, keys, where they count, and what it does.
///
/// # Errors
/// When it cannot be written.
pub fn keys_json(out: &mut dyn Write, keymap: &Keymap) -> io::Result<()> {
    let row = |row: &Row| {
        let focus: Vec<_> = row.focus.iter().map(|focus| format!("{focus:?}").to_lowercase()).collect();
        let (keys, own) = (keymap.keys(row), keymap.keys(row) != Keymap::default().keys(row));
        json!({ "command": row.name, "keys": keys, "own": own, "where": focus, "help": row.help })
    };
    let rows: Vec<_> = COMMANDS.iter().map(row).collect();
    writeln!(out, "{}", serde_json::Value::from(rows))
}

/// Prints every method on a line of its own: name, command, arguments. Optional arguments are in brackets.
///
/// # Errors
/// When it cannot be written.
pub fn methods(out: &mut dyn Write) -> io::Result<()> {
    let width = METHODS.iter().map(|method| method.name.len()).max().unwrap_or(0);
    let rpc_width = METHODS.iter().map(|method| method.rpc.len()).max().unwrap_or(0);
    for method in METHODS {
        let arguments: Vec<_> = method.arguments().map(argument).collect();
        let line = format!("{:width$}  {:rpc_width$}  {}", method.name, method.rpc, arguments.join(" "));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn argument(field: &'static Field) -> String {
    if field.required { field.name.to_owned() } else { format!("[{}]", field.name) }
}

/// Prints one method in detail.
///
/// # Errors
/// In words, when there is no method of that name.
pub fn method(name: &str) -> Result<String, String> {
    let Some(method) = catalog::method(name) else {
        let names = METHODS.iter().flat_map(|row| std::iter::once(&row.name).chain(row.aliases));
        let hint = nearest(name, names.copied()).map(|near| format!("; did you mean {near}?"));
        return Err(format!(
            "there is no method {}{} `callboard methods` lists all",
            crate::protocol::Shown::new(name),
            hint.unwrap_or_else(|| ";".to_owned()),
        ));
    };
    Ok(detail(method))
}

fn detail(method: &Method) -> String {
    let mut text = format!("{}: {}\n\n{}\n\n", method.name, method.title, method.doc);
    text += &format!("command    {}\n", method.rpc);
    if !method.aliases.is_empty() {
        text += &format!("aliases    {}\n", method.aliases.join(", "));
    }
    if method.surface == Surface::Current {
        text += "since      current service only\n";
    }
    for (i, field) in method.arguments().enumerate() {
        text += if i == 0 { "\narguments\n" } else { "" };
        text += &about(field);
    }
    text
}

fn about(field: &Field) -> String {
    let mut facts = vec![field.kind.rule()];
    if field.required {
        facts.push("required".to_owned());
    }
    if let Some(default) = field.default {
        facts.push(format!("unset: {default}"));
    }
    if let Some(only) = field.only {
        facts.push(format!("only with {} {}", only.field, only.values.join(" or ")));
    }
    format!("  {}: {}\n      {}\n", field.name, field.help, facts.join("; "))
}

/// Prints every theme on a line of its own: name, ground, where it comes from; with a sample at this depth if it is
/// for a terminal. What is wrong with a theme follows it, a line for each problem.
///
/// # Errors
/// When it cannot be written.
pub fn themes(out: &mut dyn Write, library: &ThemeLibrary, depth: Depth, sample: bool) -> io::Result<()> {
    let width = library.names().map(str::len).max().unwrap_or(0);
    for theme in library.list() {
        let from = match &theme.origin {
            Origin::Bundled => "bundled".to_owned(),
            Origin::File(path) => crate::protocol::Shown::whole(&path.display().to_string()).to_string(),
        };
        let ground = theme.ground.as_ref().map_or("broken", |ground| ground.word());
        let shown = library.load(&theme.name, depth).ok().filter(|_| sample);
        let sample = shown.map(|shown| shown.sample() + "  ").unwrap_or_default();
        writeln!(out, "{:width$}  {ground:<8}  {sample}{from}", crate::protocol::Shown::new(&theme.name))?;
        for line in theme.ground.err().iter().flat_map(ThemeError::lines) {
            writeln!(out, "{:width$}  {line}", "")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_one_line() {
        let mut out = Vec::new();
        methods(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), METHODS.len());
        let line = text.lines().find(|line| line.starts_with("play_tts ")).unwrap();
        assert!(line.contains("calling.play ") && line.contains(" text [language]"), "{line}");
    }

    #[test]
    fn details_of_one_method_and_a_hint_for_none() {
        let text = method("play_tts").unwrap();
        assert!(text.contains("volume:") && text.contains("within -40 to 40 dB"), "{text}");
        assert!(method("play_ttz").unwrap_err().contains("did you mean play_tts?"));
        assert!(method("zzz").unwrap_err().contains("callboard methods"));
    }

    #[test]
    fn every_theme_has_a_line_and_a_broken_one_says_why() {
        use crate::view::theme::Source;
        let broken = Source { path: "/t/mine.toml".into(), text: Ok("inherits = \"drak\"".into()) };
        let listed = |depth, sample| {
            let mut out = Vec::new();
            themes(&mut out, &ThemeLibrary::new([broken.clone()]), depth, sample).unwrap();
            String::from_utf8(out).unwrap()
        };
        let plain = listed(Depth::None, false);
        assert!(plain.starts_with("dark               dark      bundled\n"), "{plain}");
        assert!(plain.contains("mine               broken    /t/mine.toml\n"), "{plain}");
        assert!(plain.contains("/t/mine.toml:1: inherits from a theme that is not there"), "{plain}");
        assert!(!plain.contains('\u{1b}') && listed(Depth::True, true).contains("\u{1b}[0;1;"));
    }
}
