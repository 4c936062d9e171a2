//! Exports as files: private, in one folder, never over another.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::config::paths::Paths;

/// Files of one name, told apart by a number.
const MOST: u32 = 10_000;

/// The folder of exports: `callboard/exports` in `$XDG_STATE_HOME` or `~/.local/state`; none without a home.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    Paths::find().map(|paths| paths.exports())
}

/// Saves a text under a name such as `calls-20260101-142207.csv`, readable by its owner alone. Where there is a file
/// of that name, a number makes it another. Gives the path.
///
/// # Errors
/// When there is no home, or the file cannot be written.
pub fn save_export(name: &str, text: &str) -> io::Result<PathBuf> {
    let folder =
        folder().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no home directory"))?;
    save_in(&folder, name, text)
}

fn save_in(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let name = harmless(name);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, "txt"));
    for number in 1..MOST {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{stem}{number}.{ending}"));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there are too many exports of that name"))
}

/// A name that stays within its folder and can be typed.
fn harmless(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let name: String = name.chars().map(kept).take(100).collect();
    let name = name.trim_start_matches(['.', '-']);
    if name.is_empty() { "export.txt".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn exports_are_private_and_never_overwrite() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/exports");
        let one = save_in(&folder, "calls-1.csv", "one").unwrap();
        let two = save_in(&folder, "calls-1.csv", "two").unwrap();
        assert_eq!(
            (one.file_name().unwrap(), two.file_name().unwrap()),
            ("calls-1.csv".as_ref(), "calls-1-2.csv".as_ref())
        );
        assert_eq!(std::fs::read_to_string(&one).unwrap(), "one");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&one), mode(&folder)), (0o600, 0o700));
    }

    #[test]
    fn no_name_leads_elsewhere() {
        for (name, harmless) in [
            ("../../etc/passwd", "etc-passwd"),
            ("a b\u{202e}.csv", "a-b-.csv"),
            ("-rf", "rf"),
            ("..", "export.txt"),
            ("", "export.txt"),
        ] {
            assert_eq!(super::harmless(name), harmless);
        }
    }
}
