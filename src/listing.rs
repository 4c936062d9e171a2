//! The catalogue of methods as text, for `callboard methods`.

use std::io::{self, Write};

use crate::catalog::{self, Field, METHODS, Method, Surface};
use crate::config::nearest;

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
}
