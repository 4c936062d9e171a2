//! Whether what has to be written can be written. Nothing is left behind.

use std::path::Path;

use super::Finding;
use crate::config::paths::Paths;

/// The folders of state and log.
pub(super) fn check(paths: Option<&Paths>, log: Option<&Path>) -> Vec<Finding> {
    let mut findings = vec![match paths {
        Some(paths) => folder("state folder", paths.state()),
        None => Finding::wrong("state folder", "there is no home directory", "set HOME"),
    }];
    findings.push(match log {
        None => Finding::skipped("log", "none is written; --log FILE or `log` asks for one"),
        Some(file) if file.is_dir() => Finding::wrong(
            "log",
            format!("{} is a folder", file.display()),
            "name a file in `log` or with --log",
        ),
        Some(file) if file.exists() => match std::fs::OpenOptions::new().append(true).open(file) {
            Ok(_) => Finding::fine("log", file.display().to_string()),
            Err(error) => unwritable("log", file, &error),
        },
        Some(file) => folder("log", file.parent().unwrap_or(Path::new("."))),
    });
    findings
}

/// Tries a file in the folder, or in the nearest above it that is there.
fn folder(check: &'static str, folder: &Path) -> Finding {
    let here = Path::new(".");
    let above = folder.ancestors().map(|part| if part.as_os_str().is_empty() { here } else { part });
    let Some(existing) = above.into_iter().find(|part| part.exists()) else {
        return Finding::wrong(check, format!("{} does not exist", folder.display()), "make it");
    };
    match tempfile::tempfile_in(existing) {
        Ok(_) if existing == folder => Finding::fine(check, folder.display().to_string()),
        Ok(_) => Finding::fine(check, format!("{}, which will be made", folder.display())),
        Err(error) => unwritable(check, existing, &error),
    }
}

fn unwritable(check: &'static str, path: &Path, error: &std::io::Error) -> Finding {
    let next = format!("make it yours to write: ls -ld {}", path.display());
    Finding::wrong(check, format!("{} cannot be written: {error}", path.display()), next)
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_folder_that_is_there_one_to_be_made_and_none() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(folder("x", home.path()).state, State::Fine);
        let new = folder("x", &home.path().join("a/b"));
        assert!(new.state == State::Fine && new.what.contains("will be made"));
        assert!(!home.path().join("a").exists(), "nothing is left behind");
        std::fs::write(home.path().join("file"), "").unwrap();
        assert_eq!(folder("x", &home.path().join("file/b")).state, State::Wrong);
        let log = check(None, Some(home.path()));
        assert!(log.iter().all(|finding| finding.state == State::Wrong), "{log:?}");
    }
}
