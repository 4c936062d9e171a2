//! What the terminal can do, and what stands in its way.

use super::Finding;
use crate::clip::Way;
use crate::config::Settings;
use crate::facts::{Facts, Tmux, depth_words, lets_through};
use crate::osc::Notices;
use crate::view::Depth;

/// The size for which the console is made.
const SIZE: (u16, u16) = (80, 24);
/// tmux should not hold Esc back for longer, in milliseconds.
const ESCAPE_TIME: u32 = 50;

/// Everything about the terminal.
pub(super) fn check(facts: &Facts, settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![size(facts), colours(facts, settings.color), characters(facts, settings.ascii)];
    findings.push(mouse(facts, settings.mouse));
    findings.extend(facts.tmux.as_ref().map(tmux));
    findings.push(clipboard(facts, settings.clipboard));
    findings.push(notices(facts, settings.notices));
    findings
}

fn size(facts: &Facts) -> Finding {
    let (columns, lines) = SIZE;
    match facts.size {
        None => Finding::skipped("size", "there is no terminal"),
        Some((width, height)) if width < columns || height < lines => Finding::hint(
            "size",
            format!("{width}x{height}: only a part of the console is shown"),
            format!("make the window at least {columns}x{lines}"),
        ),
        Some((width, height)) => Finding::fine("size", format!("{width}x{height}")),
    }
}

fn colours(facts: &Facts, wanted: bool) -> Finding {
    let (depth, why) = facts.depth(wanted);
    let what = format!("{} ({why})", depth_words(depth));
    match depth {
        Depth::Ansi | Depth::None if matches!(&*facts.term, "" | "dumb") && wanted && !facts.no_color => {
            Finding::hint("colours", what, "set TERM to the name of the terminal")
        }
        Depth::None => Finding::fine("colours", format!("{what}; bold and reversed are used instead")),
        Depth::Palette => Finding::fine("colours", format!("{what}; COLORTERM=truecolor would give more")),
        Depth::Ansi | Depth::True => Finding::fine("colours", what),
    }
}

fn characters(facts: &Facts, ascii: bool) -> Finding {
    match &facts.locale {
        _ if ascii => Finding::fine("characters", "ASCII only, as asked for"),
        Some((name, value)) if !facts.utf8() => Finding::hint(
            "characters",
            format!("ASCII only, since {name}={value} is not UTF-8"),
            format!("set {name} to a UTF-8 locale, such as C.UTF-8"),
        ),
        Some((name, value)) => Finding::fine("characters", format!("UTF-8 ({name}={value})")),
        None => Finding::fine("characters", "UTF-8 (no locale says otherwise)"),
    }
}

fn mouse(facts: &Facts, wanted: bool) -> Finding {
    match &facts.tmux {
        _ if !wanted => Finding::skipped("mouse", "off, as asked for"),
        Some(tmux) if !tmux.mouse => {
            Finding::hint("mouse", "tmux keeps the mouse for itself", "tmux set -g mouse on")
        }
        _ if facts.is_plain() => {
            Finding::skipped("mouse", format!("a terminal with TERM={} reports none", facts.term))
        }
        _ => Finding::fine("mouse", "on; hold Shift to select text with it"),
    }
}

fn tmux(tmux: &Tmux) -> Finding {
    let says = |value: &str| if value.is_empty() { "unknown".to_owned() } else { value.to_owned() };
    let escape = tmux.escape_time.map_or_else(|| "unknown".to_owned(), |millis| format!("{millis} ms"));
    let what = format!(
        "{}: set-clipboard {}, allow-passthrough {}, escape-time {escape}",
        says(&tmux.version),
        says(&tmux.set_clipboard),
        says(&tmux.passthrough)
    );
    let slow = tmux.escape_time.is_some_and(|millis| millis > ESCAPE_TIME);
    if slow {
        return Finding::hint("tmux", what, "Esc comes late: tmux set -s escape-time 10");
    }
    Finding::fine("tmux", what)
}

/// By which way a text is copied, as [`crate::clip::copy`] goes about it.
fn clipboard(facts: &Facts, way: Way) -> Finding {
    let osc52 = || match &facts.tmux {
        Some(tmux) if tmux.set_clipboard != "on" && !lets_through(tmux) => Finding::hint(
            "clipboard",
            "OSC 52, which this tmux does not pass on",
            "tmux set -s set-clipboard on, or set `clipboard` to \"auto\"",
        ),
        _ if facts.is_plain() => Finding::hint(
            "clipboard",
            format!("OSC 52, which a terminal with TERM={} does not know", facts.term),
            "use another terminal, or export to a file instead",
        ),
        _ => Finding::fine("clipboard", "OSC 52: the terminal takes what is copied"),
    };
    let native = || match facts.tools.first() {
        Some(tool) => Finding::fine("clipboard", format!("{tool} on this machine")),
        None => Finding::hint(
            "clipboard",
            "there is none: no desktop here, or no program for its clipboard",
            "install wl-clipboard or xclip, or export to a file instead",
        ),
    };
    match way {
        Way::Off => Finding::skipped("clipboard", "off, as asked for"),
        Way::Native => native(),
        Way::Auto if facts.tmux.as_ref().is_some_and(|tmux| !tmux.version.is_empty()) => {
            Finding::fine("clipboard", "through tmux, which passes it on to its terminal")
        }
        Way::Auto if facts.term == "linux" => native(),
        Way::Auto | Way::Osc52 => osc52(),
    }
}

fn notices(facts: &Facts, notices: Notices) -> Finding {
    let sequences = match notices {
        Notices::Off => {
            return Finding::skipped("notifications", "off, as asked for; the bell is another matter");
        }
        Notices::Auto => "OSC 9 and OSC 777",
        Notices::Osc9 => "OSC 9",
        Notices::Osc777 => "OSC 777",
    };
    match &facts.tmux {
        Some(tmux) if !lets_through(tmux) => Finding::hint(
            "notifications",
            format!("{sequences}, which this tmux does not pass on; the bell rings"),
            "tmux set -g allow-passthrough on",
        ),
        _ if facts.is_plain() => {
            Finding::fine("notifications", "the bell only: this terminal knows no others")
        }
        _ => Finding::fine("notifications", format!("{sequences}, and the bell")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn xterm() -> Facts {
        Facts {
            term: "xterm-256color".into(),
            locale: Some(("LANG", "C.UTF-8".into())),
            size: Some((120, 36)),
            ..Facts::default()
        }
    }

    fn settings(text: &str) -> Settings {
        let file = crate::config::File {
            text: Some(crate::protocol::Secret::new(text)),
            mode: 0o600,
            ..crate::config::File::default()
        };
        crate::config::resolve(&file, &|_| None, &crate::config::Flags::default()).unwrap()
    }

    #[test]
    fn an_ordinary_terminal_is_fine() {
        let findings = check(&xterm(), &settings(""));
        assert!(findings.iter().all(|finding| finding.state == State::Fine), "{findings:?}");
    }

    #[test]
    fn what_stands_in_the_way_is_named_with_what_to_do() {
        let tmux = Tmux {
            set_clipboard: "external".into(),
            passthrough: "off".into(),
            escape_time: Some(500),
            ..Tmux::default()
        };
        let poor = Facts {
            term: "dumb".into(),
            locale: Some(("LC_ALL", "C".into())),
            size: Some((60, 20)),
            tmux: Some(tmux),
            remote: true,
            ..Facts::default()
        };
        let findings = check(&poor, &settings(""));
        for (check, part) in [
            ("size", "80x24"),
            ("colours", "set TERM"),
            ("characters", "C.UTF-8"),
            ("mouse", "set -g mouse on"),
            ("tmux", "escape-time 10"),
            ("notifications", "allow-passthrough on"),
            ("clipboard", "set-clipboard on"),
        ] {
            let found = findings.iter().find(|finding| finding.check == check).unwrap();
            assert!(found.state == State::Hint && found.next.contains(part), "{check}: {found:?}");
        }
    }

    #[test]
    fn what_was_switched_off_is_no_fault() {
        let off = settings("mouse = false\nclipboard = 'off'\nnotify = 'off'\nascii = true\ncolor = false");
        let findings = check(&xterm(), &off);
        assert!(findings.iter().all(|finding| finding.next.is_empty()), "{findings:?}");
    }
}
