//! Editing a text in the user's own editor: a private file, the command, what came of it.

use std::io::{self, Read, Write};
use std::process::Command;

/// The editor's command as words: the one that is set, else `$VISUAL`, `$EDITOR`, `vi`.
#[must_use]
pub fn command(set: &[String], env: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    if !set.is_empty() {
        return set.to_vec();
    }
    let words = |name: &str| shell_words::split(&env(name)?).ok().filter(|words| !words.is_empty());
    words("VISUAL").or_else(|| words("EDITOR")).unwrap_or_else(|| vec!["vi".to_owned()])
}

/// Lets the user edit a text and gives what it became. The terminal must be the editor's meanwhile. The file is
/// readable by its owner alone, and gone afterwards.
///
/// # Errors
/// When there is no such editor, when it ends with a failure, or when the file is of no use: in words that say what to
/// do.
pub fn edit(command: &[String], text: &str) -> Result<String, String> {
    let [program, arguments @ ..] = command else { return Err("no editor is set".into()) };
    let file = |error: io::Error| format!("the text could not be handed to the editor: {error}");
    let mut temporary =
        tempfile::Builder::new().prefix("callboard-").suffix(".txt").tempfile().map_err(file)?;
    temporary.write_all(text.as_bytes()).and_then(|()| temporary.flush()).map_err(file)?;
    let status = Command::new(program).args(arguments).arg(temporary.path()).status();
    let status = status
        .map_err(|error| format!("{program} could not be started ({error}); set $EDITOR or `editor`"))?;
    if !status.success() {
        return Err(format!("{program} ended with a failure; the text is as it was"));
    }
    // Editors may have put another file in its place.
    let mut edited = String::new();
    let opened = std::fs::File::open(temporary.path()).map_err(file)?;
    opened.take(LONGEST).read_to_string(&mut edited).map_err(file)?;
    Ok(edited)
}

/// No field takes more.
const LONGEST: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Vec<String> {
        ["sh", "-c", script, "sh"].map(str::to_owned).to_vec()
    }

    #[test]
    fn the_editor_that_is_set_goes_before_those_of_the_environment() {
        let env = |name: &str| (name == "EDITOR").then(|| "code --wait".to_owned());
        assert_eq!(command(&["nano".to_owned()], &env), ["nano"]);
        assert_eq!(command(&[], &env), ["code", "--wait"]);
        assert_eq!(command(&[], &|_| None), ["vi"]);
    }

    #[test]
    fn what_the_editor_leaves_is_the_text_even_in_another_file_of_that_name() {
        assert_eq!(edit(&sh("printf ' more' >> \"$1\""), "text").unwrap(), "text more");
        assert_eq!(edit(&sh("printf new > \"$1.x\" && mv \"$1.x\" \"$1\""), "text").unwrap(), "new");
    }

    #[test]
    fn failures_say_what_to_do() {
        assert!(edit(&sh("exit 3"), "text").unwrap_err().contains("as it was"));
        assert!(edit(&["no-such-editor".to_owned()], "text").unwrap_err().contains("$EDITOR"));
    }
}
