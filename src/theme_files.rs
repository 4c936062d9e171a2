//! The theme files of the user: where they are, and what is in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::config::paths::Paths;
use crate::view::theme::{Source, ThemeLibrary};

/// No theme is longer.
const LONGEST: u64 = 256 * 1024;

/// The folders of themes, the most important last: of two files with one name that of the later folder counts. They
/// need not exist.
#[must_use]
pub fn folders() -> Vec<PathBuf> {
    Paths::find().map(|paths| paths.themes().to_vec()).unwrap_or_default()
}

/// The bundled themes and everything in these folders. What cannot be read is in the library too, as a theme that
/// says why.
#[must_use]
pub fn library(folders: &[PathBuf]) -> ThemeLibrary {
    ThemeLibrary::new(folders.iter().flat_map(|folder| sources(folder)))
}

fn sources(folder: &Path) -> Vec<Source> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    let themes = files.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    themes.map(|path| Source { text: read(&path).map_err(|error| error.to_string()), path }).collect()
}

fn read(path: &Path) -> io::Result<String> {
    // Anything else may never end, or never begin: even to open it may take for ever.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("is no file"));
    }
    let file = File::open(path)?;
    let mut text = String::new();
    file.take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(io::Error::other(format!("is longer than {LONGEST} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Depth, Role};

    #[test]
    fn later_folders_count_and_what_cannot_be_read_says_why() {
        let root = tempfile::tempdir().unwrap();
        let folders = ["data", "config", "missing"].map(|name| root.path().join(name)).to_vec();
        let write = |place: &str, text: &[u8]| {
            let path = root.path().join(place);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("data/mine.toml", b"inherits = \"dark\"\n[palette]\nred = 1");
        write("config/mine.toml", b"inherits = \"dark\"\n[palette]\nred = 2");
        write("config/latin.toml", b"# \xe9");
        write("config/long.toml", &vec![b'#'; 300_000]);
        write("config/notes.txt", b"not a theme");
        std::fs::create_dir(root.path().join("config/folder.toml")).unwrap();
        let library = library(&folders);
        let names: Vec<_> = library.names().collect();
        assert!(names.ends_with(&["folder", "latin", "long", "mine"]), "{names:?}");
        let mine = library.load("mine", Depth::True).unwrap();
        assert_eq!(mine.style(Role::Bad).fg.unwrap().to_string(), "2");
        for (name, why) in [("folder", "no file"), ("latin", "UTF-8"), ("long", "longer than 262144 bytes")] {
            let error = library.load(name, Depth::True).unwrap_err().to_string();
            assert!(error.contains("cannot be read") && error.contains(why), "{error}");
        }
    }
}
