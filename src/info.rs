//! `callboard info`: version, where everything is, and what is known of the terminal.

use std::io::{self, Write};

use crate::config::Settings;
use crate::config::paths::Paths;
use crate::facts::{Facts, depth_words};

/// Prints it. `settings` is none when the configuration has mistakes.
///
/// # Errors
/// When it cannot be written.
pub fn info(
    settings: Option<&Settings>,
    paths: Option<&Paths>,
    facts: &Facts,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut row = |name: &str, text: &str| writeln!(out, "{name:<14} {text}");
    row("version", env!("CARGO_PKG_VERSION"))?;
    let file = |path: &std::path::Path| {
        let there = if path.exists() { "" } else { "  (does not exist)" };
        format!("{}{there}", path.display())
    };
    match settings {
        Some(settings) => {
            row("configuration", &file(&settings.file))?;
            let profile = settings.profile.as_ref().map_or("none", |profile| &profile.name);
            row("profile", profile)?;
            row("service", &settings.host)?;
            row("journal", &settings.journal.as_deref().map_or_else(|| "off".to_owned(), file))?;
            let audit = settings.audit.as_deref();
            row("audit log", &audit.map_or_else(|| "off".to_owned(), file))?;
            if let Some(head) = audit.and_then(crate::audit::newest) {
                row("audit head", &format!("{}:{}", head.seq, head.hash))?;
            }
            row("log", &settings.log.as_deref().map_or_else(|| "none".to_owned(), file))?;
        }
        None => row("configuration", "has mistakes: `callboard config --check` names them")?,
    }
    for (name, path) in paths.map(Paths::all).unwrap_or_default() {
        // That may be another one by now.
        if name != "configuration" {
            row(name, &file(&path))?;
        }
    }
    let (depth, why) = facts.depth(settings.is_none_or(|settings| settings.color));
    let size =
        facts.size.map_or_else(|| "no terminal".to_owned(), |(columns, lines)| format!("{columns}x{lines}"));
    let program = if facts.program.is_empty() { String::new() } else { format!(" ({})", facts.program) };
    let term = if facts.term.is_empty() { "unknown" } else { &facts.term };
    row("terminal", &format!("{term}{program}, {size}"))?;
    row("colours", &format!("{} ({why})", depth_words(depth)))?;
    row("characters", if facts.utf8() { "UTF-8" } else { "ASCII" })?;
    if let Some(tmux) = &facts.tmux {
        row("tmux", &tmux.version)?;
    }
    Ok(())
}
