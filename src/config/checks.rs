//! What texts of the configuration must be: one small check for each kind of text, at the line where it stands.

use crate::catalog::{self, METHODS};
use crate::client::Endpoint;
use crate::filter::{Filter, FilterError, Subject};
use crate::hub::rights::Extra;
use crate::hub::settings;
use crate::protocol::Shown;
use crate::ui::chord::Chord;
use crate::ui::column::Column;
use crate::ui::command::COMMANDS;
use crate::view::theme::{AUTO, COLOR_NAMES};
use crate::wall::METRICS;

/// Stands for whatever colour the theme has.
pub const THEME: &str = "theme";
/// Longest name, in characters.
const NAME: usize = 32;
/// Longest login name, in bytes.
const LOGIN: usize = 256;
/// Longest filter, in characters.
const FILTER: usize = 1_000;

/// Anything.
pub(super) fn any(_: &str) -> Result<(), String> {
    Ok(())
}

/// Something short that can be drawn.
pub(super) fn name(text: &str) -> Result<(), String> {
    match text {
        text if text.chars().any(char::is_control) => Err("has control characters in it".to_owned()),
        text if text.chars().count() > NAME => Err(format!("is longer than {NAME} characters")),
        _ => Ok(()),
    }
}

/// A filter for calls.
pub(super) fn filter(text: &str) -> Result<(), String> {
    readable(text)?;
    Filter::parse_about(text, Subject::Call).map(drop).map_err(|error| blamed(text, &error))
}

/// A filter for calls, the link, or the floor.
pub(super) fn condition(text: &str) -> Result<(), String> {
    readable(text)?;
    Filter::parse(text).map(drop).map_err(|error| blamed(text, &error))
}

fn readable(text: &str) -> Result<(), String> {
    match text {
        text if text.chars().any(char::is_control) => Err("has control characters in it".to_owned()),
        text if text.chars().count() > FILTER => Err(format!("is longer than {FILTER} characters")),
        _ => Ok(()),
    }
}

/// What is wrong with a filter, with the word that is to blame.
pub(super) fn blamed(text: &str, error: &FilterError) -> String {
    match text.get(error.at.clone()).map(str::trim).filter(|word| !word.is_empty()) {
        Some(word) => format!("`{}`: {error}", Shown::new(word)),
        None => error.to_string(),
    }
}

/// A column of the list.
pub(super) fn column(text: &str) -> Result<(), String> {
    known("column", text, &Column::ALL.map(Column::name), "")
}

/// A theme among those there are.
pub(super) fn theme(text: &str, themes: &[String]) -> Result<(), String> {
    let names: Vec<&str> = themes.iter().map(String::as_str).chain([AUTO]).collect();
    known("theme", text, &names, "`callboard themes` lists them")
}

/// A metric of the wallboard.
pub(super) fn metric(text: &str) -> Result<(), String> {
    let names: Vec<_> = METRICS.iter().map(|metric| metric.id).collect();
    known("metric", text, &names, "`callboard wall --help` lists them")
}

/// A command of the console.
pub(super) fn command(text: &str) -> Result<(), String> {
    let names: Vec<_> = COMMANDS.iter().map(|row| row.name).collect();
    known("command", text, &names, "`callboard keys` lists them")
}

/// Keys, one after another.
pub(super) fn chords(text: &str) -> Result<(), String> {
    if text.to_lowercase().contains("alt+") || text.to_lowercase().contains("alt-") {
        return Err("Alt cannot be used: with it Esc would be slow over SSH".to_owned());
    }
    let shown = Shown::new(text);
    let wrong = text.split(' ').find(|chord| Chord::parse(chord).is_none());
    match wrong.map(str::to_lowercase) {
        None => Ok(()),
        Some(chord) if chord.starts_with("ctrl") || chord.starts_with('^') => Err(format!(
            "`{shown}` is no key that a terminal can tell: with ctrl there are a to z but for h, i and m \
             (Backspace, Tab, Enter), space, and 4 to 7"
        )),
        Some(_) => Err(format!(
            "`{shown}` is no key; keys are written like x, H, f5, enter, ctrl+t, and `r p` is r, then p"
        )),
    }
}

/// A method of the Call API.
pub(super) fn method(text: &str) -> Result<(), String> {
    match catalog::method(text) {
        Some(_) => Ok(()),
        None => {
            let names: Vec<_> = METHODS.iter().map(|row| row.name).collect();
            known("method", text, &names, "`callboard methods` lists them")
        }
    }
}

/// A colour of the terminal's palette, or any other.
pub(super) fn color(text: &str) -> Result<(), String> {
    let is_hex = |digits: &str| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.strip_prefix('#') {
        Some(digits) if is_hex(digits) => Ok(()),
        None if text == THEME => Ok(()),
        Some(_) => Err("a colour of your own is # and six hexadecimal digits, such as #c04040".to_owned()),
        None => known("colour", text, &COLOR_NAMES, ""),
    }
}

/// A command line.
pub(super) fn editor(text: &str) -> Result<(), String> {
    match shell_words::split(text) {
        Ok(words) if words.is_empty() => Err("is empty".to_owned()),
        Ok(_) => Ok(()),
        Err(_) => Err("has a quote that is not closed".to_owned()),
    }
}

/// The address of a service.
pub(super) fn host(text: &str) -> Result<(), String> {
    let why = |words: String| words.strip_prefix("host ").map_or_else(|| words.clone(), str::to_owned);
    Endpoint::new(text.trim(), None).map(drop).map_err(|error| why(error.to_string()))
}

/// The name of a Space, or the address of a service.
pub(super) fn space(text: &str) -> Result<(), String> {
    host(&super::space_host(text))
}

/// Where the hub listens for applications.
pub(super) fn listen(text: &str) -> Result<(), String> {
    text.parse::<settings::Listen>().map(drop)
}

/// Where the hub listens for consoles.
pub(super) fn address(text: &str) -> Result<(), String> {
    settings::address(text).map(drop)
}

/// A right more or less.
pub(super) fn extra(text: &str) -> Result<(), String> {
    Extra::parse(text).map(drop)
}

/// A login name, or the name of a group.
pub(super) fn login(text: &str) -> Result<(), String> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ':' | '/');
    if text.trim().contains(odd) || text.len() > LOGIN {
        return Err("is no login name: it has blanks, `:` or `/` in it, or is too long".to_owned());
    }
    Ok(())
}

/// The name of a machine.
pub(super) fn host_name(text: &str) -> Result<(), String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() <= 253 && (text.split('.').all(label) || text.parse::<std::net::IpAddr>().is_ok()) {
        return Ok(());
    }
    Err("is no name of a machine, such as hub.example.com; a port does not belong to it".to_owned())
}

/// A project id, which is not repeated.
pub(super) fn project(text: &str) -> Result<(), String> {
    if text.trim().contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("an id has white space in it".to_owned());
    }
    Ok(())
}

fn known(what: &str, text: &str, names: &[&str], more: &str) -> Result<(), String> {
    if names.contains(&text) { Ok(()) } else { Err(unknown(what, text, names, more)) }
}

/// Says that there is no such thing, and which may be meant; where nothing is near, all there are, or `more`.
pub(super) fn unknown(what: &str, text: &str, names: &[&str], more: &str) -> String {
    let shown = Shown::new(text);
    let rest = match super::nearest(text, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.len() > 20 && !more.is_empty() => more.to_owned(),
        None => format!("there are: {}", names.join(", ")),
    };
    format!("unknown {what} `{shown}`; {rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_and_what_is_not() {
        let no = |check: fn(&str) -> Result<(), String>, text: &str, part: &str| {
            let why = check(text).unwrap_err();
            assert!(why.contains(part), "{text}: {why}");
        };
        for text in ["H", "f8", "r p", "ctrl+t", "enter", "space"] {
            assert_eq!(chords(text), Ok(()), "{text}");
        }
        no(chords, "f99", "`f99` is no key");
        no(chords, "alt+x", "Alt cannot be used");
        no(chords, "r  p", "is no key");
        for text in ["ctrl+i", "ctrl+[", "^1", "r ctrl+?"] {
            no(chords, text, "is no key that a terminal can tell");
        }
        no(command, "hangup", "did you mean `hang-up`?");
        no(command, "zzz", "`callboard keys` lists them");
        no(method, "play_ttss", "did you mean `play_tts`?");
        assert_eq!(method("amd"), Ok(()), "an alias");
        no(column, "ages", "did you mean `age`?");
        no(color, "reddish", "did you mean `red`?");
        no(color, "#12345", "six hexadecimal digits");
        assert_eq!((color("#c04040"), color("theme")), (Ok(()), Ok(())));
        no(editor, "vim 'x", "quote");
        no(filter, "state:ringing agge>60s", "`agge`: ");
        no(filter, "link:up", "`link");
        assert_eq!((filter("state:ringing age>60s"), condition("link:up silence>17s")), (Ok(()), Ok(())));
        no(metric, "asrr", "did you mean `asr`?");
        no(name, &"n".repeat(33), "longer than 32");
        no(space, "a/b", "is not an address");
        no(listen, "ivr=hub.example:1", "is no address to listen on; give IP:PORT");
        no(listen, "a b=127.0.0.1:1", "the name is at most 32 letters");
        no(address, "ivr=127.0.0.1:1", "give IP:PORT");
        no(extra, "+hang", "unknown right `hang`");
        no(login, "a:b", "is no login name");
        no(host_name, "hub.example.com:443", "is no name of a machine");
        no(host_name, "-hub", "is no name of a machine");
        no(project, "a b", "white space");
        for fits in ["127.0.0.1:7080", "ivr=[::1]:0", "localhost:1"] {
            assert_eq!(listen(fits), Ok(()), "{fits}");
        }
        assert_eq!(
            (host_name("hub-1.example.com"), host_name("192.0.2.1"), login("ana")),
            (Ok(()), Ok(()), Ok(()))
        );
    }
}
