//! The command line of `callboard act`: its commands are the methods of the catalogue and the controls, its options
//! their fields.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::{HubArg, seconds};
use crate::calling::{ControlValue, PauseBehavior};
use crate::catalog::{self, Control, Field, Kind, METHODS, Method, Scope, line};
use crate::exit::Exit;

/// The head of `callboard act --help`.
const ABOUT: &str = "Do something to a call of a hub, print what came of it, and exit.

METHOD is a method of the catalogue with dashes or underscores, such as play-tts or hangup, or a control of what runs: \
stop, pause, resume, volume. `callboard act METHOD --help` has its fields. Waits until what it started has ended (a \
detector: until its verdict; a bridge: until it stands). Nothing is ever sent twice. Without --attach, it is the hub of \
this machine.";

/// What is to be done to a call, and how it is told.
#[derive(Debug, Clone)]
pub struct ActArgs {
    /// What.
    pub deed: Deed,
    /// To which call: its id, or the beginning of it.
    pub call: Option<String>,
    /// Why; may be empty.
    pub reason: String,
    /// Tell it as one JSON object.
    pub json: bool,
    /// How long to wait for the end.
    pub wait: Wait,
    /// On which hub.
    pub hub: HubArg,
}

/// What can be done to a call.
#[derive(Debug, Clone)]
pub enum Deed {
    /// A method of the catalogue.
    Invoke {
        /// Which.
        method: &'static Method,
        /// Texts by field, as a form has them.
        texts: Vec<(&'static str, String)>,
        /// Fields whose texts are in files; `-` is standard input.
        files: Vec<(&'static str, PathBuf)>,
    },
    /// A control of what runs.
    Control {
        /// Which.
        control: Control,
        /// Of what: its control id, the beginning of it, or its kind; none for the only one.
        on: Option<String>,
        /// The value, where the control takes one.
        value: Option<ControlValue>,
    },
}

/// How long to wait for the end of what was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Only for the answer to the command.
    No,
    /// So long at most.
    For(Duration),
    /// Until it ends.
    End,
}

/// An empty text that is meant, as forms have it.
const EMPTY: &str = "\"\"";

/// The controls, each with what it does.
const CONTROLS: [(Control, &str); 5] = [
    (Control::Stop, "Stop something that runs on a call"),
    (Control::Pause, "Pause a play or a recording"),
    (Control::Resume, "Go on with what is paused"),
    (Control::Volume, "Change the loudness of a play or a prompt"),
    (Control::StartInputTimers, "Start the timers of a collect"),
];

impl Args for ActArgs {
    fn augment_args(command: Command) -> Command {
        // Two dozen commands that most runs do not need.
        let brief = ABOUT.lines().next().unwrap_or_default().trim_end_matches('.');
        command.about(brief).long_about(ABOUT).defer(commands)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn commands(command: Command) -> Command {
    let controls = CONTROLS.iter().map(|(control, about)| of_control(*control, about));
    let command = command.subcommand_required(true).arg_required_else_help(true);
    let command = command.subcommand_value_name("METHOD").subcommand_help_heading("Methods");
    command
        .disable_help_subcommand(true)
        .after_help(Exit::TABLE)
        .subcommands(METHODS.iter().map(|method| of_method(method)))
        .subcommands(controls)
}

fn of_method(method: &'static Method) -> Command {
    let names = std::iter::once(method.name).chain(method.aliases.iter().copied());
    let mut others: Vec<_> = names.flat_map(|name| [name, line::dashed(name)]).collect();
    others.sort_unstable();
    others.dedup();
    others.retain(|name| *name != line::dashed(method.name));
    let command =
        common(Command::new(line::dashed(method.name)).aliases(others), method.scope == Scope::Call);
    let command = command.about(method.title).long_about(method.doc).next_help_heading(Some("Fields"));
    method.arguments().fold(command, |command, field| command.arg(of_field(method, field)))
}

fn of_control(control: Control, about: &'static str) -> Command {
    let name = if control == Control::StartInputTimers { "start-input-timers" } else { control.suffix() };
    let on = Arg::new("control").long("control").value_name("CONTROL_ID|KIND").help(
        "Which: its control id or the beginning of it, or its kind, such as play or record, for the newest of that kind; \
         may be left out where only one runs that can be told so",
    );
    let command = common(Command::new(name), true).about(about).long_about(about).arg(on);
    match control {
        Control::StartInputTimers => command.alias(control.suffix()),
        Control::Volume => {
            let volume = Arg::new("volume").long("volume").value_name("DB").required(true);
            let volume = volume.allow_negative_numbers(true).value_parser(value_parser!(f64));
            command.arg(volume.help("Loudness within -40 to 40 dB; 0 leaves the sound as it is"))
        }
        Control::Pause => {
            let behavior = Arg::new("behavior").long("behavior").value_name("HOW");
            let words = [PauseBehavior::Skip, PauseBehavior::Silence].map(PauseBehavior::as_str);
            let behavior = behavior.value_parser(PossibleValuesParser::new(words));
            command.arg(behavior.help(
                "What a paused recording holds: nothing, or silence as long as the pause [default: skip]",
            ))
        }
        Control::Stop | Control::Resume => command,
    }
}

/// What every command has.
fn common(command: Command, on_call: bool) -> Command {
    let call = Arg::new("call").long("call").value_name("ID").required(on_call).help(if on_call {
        "The call: its id, or the beginning of it where only one begins so"
    } else {
        "A call of the application in whose session it is done, where several applications are connected"
    });
    let reason = Arg::new("reason").long("reason").value_name("TEXT");
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue);
    let wait = Arg::new("wait").long("wait").value_name("SECONDS").value_parser(seconds);
    let no_wait = Arg::new("no_wait").long("no-wait").action(ArgAction::SetTrue).conflicts_with("wait");
    // Its own words about itself are not those of the command.
    HubArg::augment_args(command)
        .after_help(Exit::TABLE)
        .arg(call)
        .arg(reason.help("Why it is done, for the audit log and whoever else is on duty"))
        .arg(json.help("Print what came of it as one JSON object instead of text"))
        .arg(wait.help("Wait at most so long for the end of what it starts"))
        .arg(no_wait.help("Do not wait for the end of what it starts"))
}

fn of_field(method: &'static Method, field: &'static Field) -> Arg {
    let name = line::option(method, field);
    let arg = Arg::new(name).long(name).required(field.required && field.only.is_none());
    let mut facts = vec![field.kind.rule()];
    facts.extend(field.default.map(|default| format!("unset: {default}")));
    facts.extend(
        field
            .only
            .map(|only| format!("only with --{} {}", only.field.replace('_', "-"), only.values.join(" or "))),
    );
    let help = format!("{} ({})", field.help, facts.join("; "));
    if line::is_from_file(field) {
        let arg = arg.value_name("FILE").value_parser(value_parser!(PathBuf));
        return arg.help(format!("{help}; read from this file, - for standard input"));
    }
    let arg = match field.kind {
        Kind::Bool => arg.num_args(0..=1).default_missing_value("yes").value_name("yes|no"),
        Kind::Int { .. } | Kind::Num { .. } => arg.allow_negative_numbers(true).value_name("N"),
        Kind::Choice(_) | Kind::OpenChoice(_) => arg.value_name("WORD"),
        Kind::Many(_) | Kind::List => arg.value_name("A,B"),
        Kind::Media => arg.value_name("MEDIA"),
        Kind::Devices => arg.value_name("DEVICES"),
        Kind::Json => arg.value_name("JSON"),
        Kind::Url(_) => arg.value_name("URL"),
        _ => arg.value_name("TEXT"),
    };
    let arg = if field.name.contains('_') { arg.alias(field.name) } else { arg };
    arg.help(help)
}

impl FromArgMatches for ActArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (name, given) =
            matches.subcommand().ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
        let text = |id: &str| given.get_one::<String>(id).cloned();
        let wait = match given.get_one::<Duration>("wait") {
            _ if given.get_flag("no_wait") => Wait::No,
            Some(span) => Wait::For(*span),
            None => Wait::End,
        };
        Ok(Self {
            deed: deed(name, given).ok_or_else(|| clap::Error::new(ErrorKind::InvalidSubcommand))?,
            call: text("call"),
            reason: text("reason").unwrap_or_default(),
            json: given.get_flag("json"),
            wait,
            hub: HubArg::from_arg_matches(given)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn deed(name: &str, given: &ArgMatches) -> Option<Deed> {
    let Some(method) = METHODS.iter().copied().find(|method| line::dashed(method.name) == name) else {
        let is_this = |control: &Control| control.suffix().replace('_', "-") == name;
        let control = CONTROLS.into_iter().map(|(control, _)| control).find(is_this)?;
        let value = match control {
            Control::Volume => given.get_one::<f64>("volume").copied().map(ControlValue::Volume),
            Control::Pause => given.get_one::<String>("behavior").map(|word| {
                let silence = word == PauseBehavior::Silence.as_str();
                ControlValue::Pause(if silence { PauseBehavior::Silence } else { PauseBehavior::Skip })
            }),
            _ => None,
        };
        return Some(Deed::Control { control, on: given.get_one::<String>("control").cloned(), value });
    };
    let (mut texts, mut files) = (Vec::new(), Vec::new());
    for field in method.arguments() {
        let option = line::option(method, field);
        if line::is_from_file(field) {
            files.extend(given.get_one::<PathBuf>(option).map(|path| (field.name, path.clone())));
        } else {
            texts.extend(given.get_one::<String>(option).map(|text| (field.name, text.clone())));
        }
    }
    Some(Deed::Invoke { method, texts, files })
}

impl Deed {
    /// Its name, as results have it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Invoke { method, .. } => method.name,
            Self::Control { control, .. } => control.suffix(),
        }
    }

    /// The values of its fields. An empty text given on purpose is a text, where a form would leave the field out.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn values(&self, more: &[(&'static str, String)]) -> Result<catalog::Values, catalog::InvalidParams> {
        let Self::Invoke { method, texts, .. } = self else { return Ok(catalog::Values::new()) };
        let given = |(field, text): &(&'static str, String)| {
            (*field, if text.is_empty() { EMPTY } else { text }.to_owned())
        };
        let texts: Vec<_> = texts.iter().chain(more).map(given).collect();
        let texts: Vec<_> = texts.iter().map(|(field, text)| (*field, text.as_str())).collect();
        catalog::fill(method, &texts)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::catalog::{Values, sample};
    use crate::cli::{Command as Program, Parsed, parse};

    fn parsed(words: &[String]) -> ActArgs {
        let args: Vec<OsString> = words.iter().map(OsString::from).collect();
        match parse(&args) {
            Parsed::Run(cli) => match cli.command {
                Some(Program::Act(act)) => act,
                other => panic!("{other:?}"),
            },
            Parsed::Say { text, .. } => panic!("{words:?}: {text}"),
        }
    }

    /// The words that a shell makes of a line.
    fn words(line: &str) -> Vec<String> {
        let script = format!("for word in {line}; do printf '%s\\0' \"$word\"; done");
        let out = std::process::Command::new("sh").args(["-c", &script]).output().unwrap().stdout;
        let text = String::from_utf8(out).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    #[test]
    fn every_method_is_a_command_and_the_line_that_is_copied_says_the_same() {
        for method in METHODS {
            let values = catalog::fill(method, &sample(method)).unwrap();
            let options = line::options(method, &values).join(" ");
            let text = format!("callboard act {} --call c1 {options}", line::dashed(method.name));
            let act = parsed(&words(&text));
            assert_eq!(act.call.as_deref(), Some("c1"));
            assert_eq!(act.deed.name(), method.name);
            let known = |values: Values| {
                values.into_iter().filter(|(name, _)| !name.contains("token")).collect::<Values>()
            };
            assert_eq!(act.deed.values(&[]).unwrap(), known(values), "{text}");
        }
    }

    #[test]
    fn names_have_dashes_or_underscores_and_aliases() {
        for name in ["detect-answering-machine", "detect_answering_machine", "amd"] {
            let act = parsed(&words(&format!("callboard act {name} --call c --wait_for_beep")));
            assert_eq!(act.deed.name(), "detect_answering_machine");
            let values = act.deed.values(&[]).unwrap();
            assert_eq!(values.get("wait_for_beep"), Some(&true.into()));
        }
        let act = parsed(&words("callboard act record --call c --terminators '' --no-wait"));
        assert_eq!(act.deed.values(&[]).unwrap().get("terminators"), Some(&"".into()));
        assert_eq!(act.wait, Wait::No);
    }
}
