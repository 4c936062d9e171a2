//! The manual page and the completions, made from the tables that the program itself runs on.

use std::io::{self, Write};

use clap::CommandFactory;
use clap::builder::PossibleValuesParser;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use crate::catalog::METHODS;
use crate::cli::Cli;
use crate::config::paths::Paths;
use crate::config::schema::{Key, Kind, ROOT, Table};
use crate::config::variable;
use crate::exit::Exit;
use crate::filter::FIELDS;
use crate::protocol::Shown;
use crate::ui::chord;
use crate::ui::command::{COMMANDS, Group};
use crate::view::Theme;
use crate::view::theme::AUTO;
use crate::wall::METRICS;

/// Prints the completions for a shell. They offer what is known without a configuration: bundled themes, methods.
pub fn completions(shell: clap_complete::Shell, out: &mut dyn Write) {
    let themes: Vec<_> = Theme::names().chain([AUTO]).collect();
    let of_themes = |command: clap::Command| {
        command.mut_arg("theme", |arg| arg.value_parser(PossibleValuesParser::new(&themes)))
    };
    let methods = METHODS.iter().map(|method| method.name);
    let mut command =
        of_themes(Cli::command()).mut_subcommand("demo", of_themes).mut_subcommand("methods", |methods_of| {
            methods_of.mut_arg("name", |arg| arg.value_parser(PossibleValuesParser::new(methods)))
        });
    clap_complete::generate(shell, &mut command, "callboard", out);
}

/// Prints the manual page, as `man -l` reads it.
///
/// # Errors
/// When it cannot be written.
pub fn man(paths: Option<&Paths>, out: &mut dyn Write) -> io::Result<()> {
    let mut command = Cli::command();
    command.build();
    let man = Man::new(command.clone()).title("CALLBOARD").manual("callboard");
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    let mut page = Roff::new();
    commands(&command, &mut page);
    keys(&mut page);
    configuration(&mut page);
    filters(&mut page);
    metrics(&mut page);
    environment(&mut page);
    files(paths, &mut page);
    exit_codes(&mut page);
    page.to_writer(out)
}

fn heading(page: &mut Roff, text: &str) {
    page.control("SH", [text]);
}

fn under_heading(page: &mut Roff, text: &str) {
    page.control("SS", [text]);
}

fn row(page: &mut Roff, term: &str, about: &str) {
    page.control("TP", []);
    page.text([bold(term)]);
    page.text([roman(about)]);
}

fn commands(command: &clap::Command, page: &mut Roff) {
    heading(page, "COMMANDS");
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        under_heading(page, &format!("callboard {}", command.get_name()));
        let about = command.get_long_about().or_else(|| command.get_about());
        page.text([roman(about.map(ToString::to_string).unwrap_or_default().replace('\n', " "))]);
        // Those that stand behind any command have a place of their own.
        let own = command.get_arguments().filter(|arg| !arg.is_global_set());
        for arg in own.filter(|arg| !matches!(arg.get_id().as_str(), "help" | "version")) {
            let value = arg.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
            let value = value.filter(|_| arg.get_num_args().is_none_or(|count| count.max_values() > 0));
            let term = match (arg.get_long(), value) {
                (Some(long), Some(value)) => format!("--{long} {value}"),
                (Some(long), None) => format!("--{long}"),
                (None, value) => value.unwrap_or_else(|| arg.get_id().to_string().to_uppercase()),
            };
            let help = arg.get_long_help().or_else(|| arg.get_help());
            row(page, &term, &help.map(ToString::to_string).unwrap_or_default().replace('\n', " "));
        }
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            let about = inner.get_about().map(ToString::to_string).unwrap_or_default();
            row(page, inner.get_name(), &about.replace('\n', " "));
        }
    }
}

fn keys(page: &mut Roff) {
    heading(page, "KEYS");
    page.text([
        roman("The keys of the console as they come; the section "),
        bold("[keys]"),
        roman(" of the configuration gives a command others, by its name, which is in "),
        italic("italics"),
        roman("."),
    ]);
    for group in Group::ALL {
        under_heading(page, group.title());
        for row in COMMANDS.iter().filter(|row| row.group == group) {
            let keys: Vec<_> = row.keys.iter().map(|keys| written(keys)).collect();
            let keys = if keys.is_empty() { "no key".to_owned() } else { keys.join(", ") };
            page.control("TP", []);
            page.text([bold(keys), roman("  "), italic(row.name)]);
            page.text([roman(row.help)]);
        }
    }
}

/// A sequence of keys. The circumflex would not survive typesetting.
fn written(keys: &str) -> String {
    let chords = chord::shown(keys);
    let spelt =
        chords.split(' ').map(|chord| match chord.strip_prefix('^').filter(|rest| !rest.is_empty()) {
            Some(rest) => format!("Ctrl-{rest}"),
            None => chord.to_owned(),
        });
    spelt.collect::<Vec<_>>().join(" ")
}

fn configuration(page: &mut Roff) {
    heading(page, "CONFIGURATION");
    page.text([
        roman("The file is TOML; "),
        bold("callboard config"),
        roman(" prints one with every key and an example. Later wins: defaults, the file, the environment, options."),
    ]);
    for key in ROOT.keys.iter().filter(|key| key.table().is_none()) {
        row(page, key.name, &about(key));
    }
    for (key, table) in ROOT.keys.iter().filter_map(|key| Some((key, key.table()?))) {
        under_heading(page, &key.written());
        page.text([roman(format!("{}.", key.help))]);
        section(table, page);
    }
}

fn section(table: &Table, page: &mut Roff) {
    for key in table.keys {
        row(page, key.name, &about(key));
        if let Kind::List { table, .. } = key.kind {
            row(page, &format!("[[...{}]]", key.name), "one for each, with:");
            section(table, page);
        }
    }
    if let Some(others) = table.others {
        let inner = match others.kind {
            Kind::Table(inner) => inner,
            _ => return row(page, &others.what.to_uppercase(), "one key for each"),
        };
        row(page, &format!("[...{}]", others.what.to_uppercase()), "one table for each, with:");
        section(inner, page);
    }
}

fn about(key: &Key) -> String {
    let default = if key.default.is_empty() { String::new() } else { format!(" Default: {}.", key.default) };
    let words = match key.kind {
        Kind::Choice(words) => format!(" One of {}.", words.join(", ")),
        _ => String::new(),
    };
    format!("{}.{words}{default}", key.help)
}

fn filters(page: &mut Roff) {
    heading(page, "FILTERS");
    page.text([roman(
        "What a filter can ask about. Terms side by side must all hold; \"or\" joins, \"-\" denies, \"*\" stands for \
         anything.",
    )]);
    for field in FIELDS {
        let names: Vec<_> = std::iter::once(field.name).chain(field.aliases.iter().copied()).collect();
        row(page, &names.join(", "), &format!("{}: {}", field.help, field.example));
    }
}

fn metrics(page: &mut Roff) {
    heading(page, "METRICS");
    page.text([roman(
        "The numbers of the wallboard, by the names that the configuration and filters have for them.",
    )]);
    for metric in METRICS {
        row(page, metric.id, &format!("{} ({})", metric.definition, metric.unit.word()));
    }
}

fn environment(page: &mut Roff) {
    heading(page, "ENVIRONMENT");
    for (name, about) in variable::ALL {
        row(page, name, about);
    }
}

fn files(paths: Option<&Paths>, page: &mut Roff) {
    heading(page, "FILES");
    let home = std::env::var("HOME").ok().filter(|home| home.len() > 1);
    for (what, path) in paths.map(Paths::all).unwrap_or_default() {
        // Not the home of whoever made the page.
        let path = path.display().to_string();
        let path = home.as_ref().map_or(path.clone(), |home| path.replacen(home, "~", 1));
        row(page, &Shown::new(&path).to_string(), what);
    }
}

fn exit_codes(page: &mut Roff) {
    heading(page, "EXIT STATUS");
    for line in Exit::TABLE.lines().skip(1) {
        let (code, meaning) = line.trim().split_once(' ').unwrap_or((line, ""));
        row(page, code, meaning.trim());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    fn page() -> String {
        let base = std::path::Path::new("/x");
        let mut out = Vec::new();
        man(Some(&Paths::within(base, base, base)), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// What a program makes of a text; none when it is not installed.
    fn through(program: &str, args: &[&str], input: &str) -> Option<(bool, String)> {
        let mut command = Command::new(program);
        command.args(args).env("MANWIDTH", "200").env("LC_ALL", "C.UTF-8");
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().ok()?;
        let mut stdin = child.stdin.take()?;
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().ok()?;
        let _ = writer.join();
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        Some((output.status.success(), said))
    }

    #[test]
    fn the_page_has_every_key_command_option_and_code() {
        // Where there is no man, its source will do.
        let text = match through("man", &["-l", "-"], &page()) {
            Some((true, text)) => text,
            _ => page().replace("\\-", "-").replace("\\fB", "").replace("\\fR", "").replace("\\fI", ""),
        };
        for row in COMMANDS {
            assert!(text.contains(row.name), "{}\n{text}", row.name);
            for keys in row.keys {
                assert!(text.contains(&written(keys)), "{keys}");
            }
        }
        let fields = FIELDS.iter().map(|field| field.name);
        for name in fields.chain(METRICS.iter().map(|metric| metric.id)) {
            assert!(text.contains(name), "{name}");
        }
        for key in ROOT.keys {
            assert!(text.contains(&key.written()), "{}", key.name);
        }
        for part in [
            "callboard doctor",
            "callboard act",
            "play-tts",
            "start-input-timers",
            "--profile",
            "--login",
            "SIGNALWIRE_API_TOKEN",
            "128+n",
            "EXIT STATUS",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn completions_can_be_read_by_the_shell() {
        use clap::ValueEnum;
        use clap_complete::Shell::{Bash, Fish, Zsh};
        for shell in clap_complete::Shell::value_variants() {
            let mut out = Vec::new();
            completions(*shell, &mut out);
            let text = String::from_utf8(out).unwrap();
            assert!(text.contains("doctor") && text.contains("profile"), "{shell}");
            let offers = |value: &str| text.contains(value);
            match shell {
                Bash | Zsh => assert!(offers("solarized-light") && offers("play_ringtone"), "{shell}"),
                // These know no values of arguments without a name.
                Fish => assert!(offers("solarized-light"), "{shell}"),
                _ => {}
            }
            if *shell == Bash
                && let Some((fine, said)) = through("bash", &["-n"], &text)
            {
                assert!(fine, "{said}");
            }
        }
    }
}
