//! What is known of the terminal without asking it: from the environment, from the system, and from tmux.

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::view::Depth;

/// tmux may take so long to answer.
const TMUX_ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// What is known of the terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// `$TERM`.
    pub term: String,
    /// `$COLORTERM`.
    pub colorterm: String,
    /// The terminal's own name, as `$TERM_PROGRAM` and its like have it; may be empty.
    pub program: String,
    /// The locale that counts, with the variable that sets it.
    pub locale: Option<(&'static str, String)>,
    /// Whether `$NO_COLOR` switches colours off.
    pub no_color: bool,
    /// Whether we are on another machine than the terminal.
    pub remote: bool,
    /// Columns and lines, when there is a terminal.
    pub size: Option<(u16, u16)>,
    /// What lies between us and the terminal.
    pub tmux: Option<Tmux>,
    /// Programs of this machine that put text into a clipboard and have one to put it into.
    pub tools: Vec<&'static str>,
}

/// What tmux lets through. Texts are as tmux has them, empty where it does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tmux {
    /// Its version.
    pub version: String,
    /// The option `set-clipboard`: on, external or off.
    pub set_clipboard: String,
    /// The option `allow-passthrough`: on, all or off.
    pub passthrough: String,
    /// The option `mouse`: without it, clicks do not get to us.
    pub mouse: bool,
    /// How long it holds Esc back, in milliseconds.
    pub escape_time: Option<u32>,
    /// `$TERM` of the terminal around it.
    pub outer_term: String,
}

impl Facts {
    /// Looks around. Takes a second at most, when tmux does not answer.
    #[must_use]
    pub fn gather() -> Self {
        let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let facts = Self::of(&env);
        let tools =
            TOOLS.iter().filter(|(tool, needs)| (needs.is_empty() || env(needs).is_some()) && on_path(tool));
        Self {
            size: size(),
            tmux: facts.tmux.map(|_| ask_tmux(env("TMUX_PANE")).unwrap_or_default()),
            tools: tools.map(|(tool, _)| *tool).collect(),
            ..facts
        }
    }

    /// What the environment says.
    #[must_use]
    pub fn of(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let has = |name: &str| env(name).is_some();
        let named =
            [("KITTY_WINDOW_ID", "kitty"), ("WT_SESSION", "Windows Terminal"), ("VTE_VERSION", "VTE")];
        let named = || named.into_iter().find_map(|(variable, name)| has(variable).then(|| name.to_owned()));
        Self {
            term: env("TERM").unwrap_or_default(),
            colorterm: env("COLORTERM").unwrap_or_default(),
            program: env("TERM_PROGRAM").filter(|name| name != "tmux").or_else(named).unwrap_or_default(),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| Some((name, env(name)?))),
            no_color: has("NO_COLOR"),
            remote: has("SSH_CONNECTION") || has("SSH_TTY"),
            size: None,
            tmux: has("TMUX").then(Tmux::default),
            tools: Vec::new(),
        }
    }

    /// How many colours are drawn, and why. `wanted` is whether settings and options allow any.
    #[must_use]
    pub fn depth(&self, wanted: bool) -> (Depth, String) {
        let depth = Depth::of(!wanted || self.no_color, &self.term, &self.colorterm);
        let term =
            if self.term.is_empty() { "TERM is not set".to_owned() } else { format!("TERM={}", self.term) };
        let why = match depth {
            Depth::None if self.no_color => "NO_COLOR is set".to_owned(),
            Depth::None if !wanted => "switched off".to_owned(),
            Depth::True => format!("COLORTERM={}", self.colorterm),
            Depth::None | Depth::Ansi | Depth::Palette => term,
        };
        (depth, why)
    }

    /// Whether the locale lets us draw more than ASCII. Without a locale we do.
    #[must_use]
    pub fn utf8(&self) -> bool {
        let is_utf8 = |locale: &str| locale.to_lowercase().replace('-', "").contains("utf8");
        self.locale.as_ref().is_none_or(|(_, locale)| is_utf8(locale))
    }

    /// Whether it is one of the terminals that ignore what they do not know.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let outer = self.tmux.as_ref().map(|tmux| tmux.outer_term.as_str()).filter(|term| !term.is_empty());
        matches!(outer.unwrap_or(&self.term), "" | "dumb" | "linux" | "vt100" | "vt220")
    }
}

/// Columns and lines of the terminal that standard output or its like goes to.
fn size() -> Option<(u16, u16)> {
    let streams = [rustix::stdio::stdout(), rustix::stdio::stderr(), rustix::stdio::stdin()];
    let sizes = streams.into_iter().filter_map(|stream| rustix::termios::tcgetwinsize(stream).ok());
    sizes.map(|size| (size.ws_col, size.ws_row)).find(|(columns, lines)| *columns > 0 && *lines > 0)
}

/// How many colours there are, in words.
#[must_use]
pub const fn depth_words(depth: Depth) -> &'static str {
    match depth {
        Depth::None => "none",
        Depth::Ansi => "16",
        Depth::Palette => "256",
        Depth::True => "16 million",
    }
}

/// Whether tmux lets sequences through that it does not know.
#[must_use]
pub fn lets_through(tmux: &Tmux) -> bool {
    matches!(&*tmux.passthrough, "on" | "all")
}

/// Programs that fill a clipboard, each with the variable without which there is none.
const TOOLS: [(&str, &str); 4] =
    [("wl-copy", "WAYLAND_DISPLAY"), ("xclip", "DISPLAY"), ("xsel", "DISPLAY"), ("pbcopy", "")];

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// Asks tmux; none when there is no answer in time.
fn ask_tmux(pane: Option<String>) -> Option<Tmux> {
    const FORMAT: &str =
        "#{version}\n#{set-clipboard}\n#{allow-passthrough}\n#{mouse}\n#{escape-time}\n#{client_termname}";
    let (send, answer) = mpsc::sync_channel(1);
    // Of its own, so that nobody has to wait for a tmux that hangs.
    let ask = std::thread::Builder::new().name("tmux".to_owned()).spawn(move || {
        let mut command = Command::new("tmux");
        command.args(["display-message", "-p"]);
        if let Some(pane) = pane {
            command.args(["-t", &pane]);
        }
        let output = command.arg(FORMAT).stdin(Stdio::null()).stderr(Stdio::null()).output();
        let _ = send.send(output.ok().filter(|output| output.status.success()));
    });
    ask.ok()?;
    let output = answer.recv_timeout(TMUX_ANSWERS_WITHIN).ok()??;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines().map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    // Switches come as numbers.
    let switch = |text: String| match &*text {
        "0" => "off".to_owned(),
        "1" => "on".to_owned(),
        _ => text,
    };
    Some(Tmux {
        version: next(),
        set_clipboard: switch(next()),
        passthrough: switch(next()),
        mouse: switch(next()) == "on",
        escape_time: next().parse().ok(),
        outer_term: next(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(pairs: &[(&str, &str)]) -> Facts {
        Facts::of(&|name| Some(pairs.iter().find(|(key, _)| *key == name)?.1.to_owned()))
    }

    #[test]
    fn colours_have_a_reason() {
        for (pairs, wanted, depth, why) in [
            (&[("TERM", "xterm-256color")][..], true, Depth::Palette, "TERM=xterm-256color"),
            (&[("TERM", "xterm"), ("COLORTERM", "truecolor")], true, Depth::True, "COLORTERM=truecolor"),
            (
                &[("TERM", "xterm"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")],
                true,
                Depth::None,
                "NO_COLOR is set",
            ),
            (&[("TERM", "xterm")], false, Depth::None, "switched off"),
            (&[("TERM", "linux")], true, Depth::Ansi, "TERM=linux"),
            (&[("TERM", "dumb")], true, Depth::None, "TERM=dumb"),
            (&[], true, Depth::Ansi, "TERM is not set"),
        ] {
            assert_eq!(facts(pairs).depth(wanted), (depth, why.to_owned()), "{pairs:?}");
        }
    }

    #[test]
    fn the_locale_that_counts_is_the_first() {
        assert!(facts(&[]).utf8());
        assert!(facts(&[("LANG", "en_US.UTF-8")]).utf8());
        assert!(!facts(&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")]).utf8());
    }
}
