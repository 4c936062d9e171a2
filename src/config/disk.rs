//! The configuration on disk: finding, reading and writing files.

use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::keep::Kept;
use super::paths::Paths;
use super::schema::TEMPLATES;
use super::{File, Flags, Known, Place, Problem, Settings, resolve_among, sections};
use crate::cli::{HubOptions, ServiceArgs};
use crate::hub::settings::{self as hub, Places};
use crate::protocol::{Secret, Shown};
use crate::theme_files;
use crate::ui::template::Template;
use crate::view::theme::{Listed, ThemeLibrary};

/// Nobody's configuration is longer.
const LONGEST: u64 = 1024 * 1024;
/// Nobody has more files of templates.
const TEMPLATE_FILES: usize = 100;

/// Reads the file and the environment, and puts the settings together. `entered` holds what was typed in just now:
/// it stands in for the environment variables of these names.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn load(flags: &Flags, entered: &[(&str, Secret)]) -> Result<Settings, Vec<Problem>> {
    let paths = Paths::find();
    let file = match (&flags.service.config, &paths) {
        (Some(path), _) => read(path, true)?,
        (None, Some(paths)) => read(&paths.config_file(), false)?,
        (None, None) => File::default(),
    };
    let typed = |name: &str| entered.iter().find(|(variable, _)| *variable == name);
    let env = |name: &str| match typed(name) {
        Some((_, value)) => Some(value.reveal().into()),
        None => std::env::var_os(name),
    };
    let mut problems = Vec::new();
    let themes = names(&library());
    let known = Known { broken: &[], themes: Some(&themes), state: paths.as_ref().map(Paths::state) };
    let templates =
        paths.as_ref().map(|paths| templates(&paths.templates(), &mut problems)).unwrap_or_default();
    let mut settings = resolve_among(&known, &file, &env, flags).map_err(|mut others| {
        others.append(&mut problems);
        others
    })?;
    settings.sections.templates.entries.extend(templates);
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// Checks one file, and what lies beside it, without the environment. Without a path: the usual file.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn check(path: Option<&Path>) -> Result<File, Vec<Problem>> {
    let usual = Paths::find().filter(|_| path.is_none());
    let mut problems = Vec::new();
    let file = match (path, usual) {
        (Some(path), _) => read(path, true)?,
        (None, Some(paths)) => {
            templates(&paths.templates(), &mut problems);
            read(&paths.config_file(), false)?
        }
        (None, None) => File::default(),
    };
    let library = library();
    // The console starts with another theme in place of a broken one; here it is to be heard of.
    let fault = |theme: Listed| Some((theme.name, theme.ground.err()?.summary()));
    let broken: Vec<_> = library.list().filter_map(fault).collect();
    let known = Known { themes: Some(&names(&library)), broken: &broken, state: None };
    let settings = resolve_among(&known, &file, &|_| None, &Flags::default());
    // Only whoever runs a hub is stopped by what is wrong with it as a whole.
    let hub = |settings: Settings| {
        let (service, options) = (ServiceArgs::default(), HubOptions::default());
        hub::Settings::resolve(&settings, &service, &options, &Places::default()).map(drop)
    };
    if let Err(mut others) = settings.and_then(hub) {
        problems.append(&mut others);
    }
    if problems.is_empty() { Ok(file) } else { Err(problems) }
}

/// All themes.
fn library() -> ThemeLibrary {
    theme_files::library(&theme_files::folders())
}

fn names(library: &ThemeLibrary) -> Vec<String> {
    library.names().map(str::to_owned).collect()
}

/// The user's own templates, in the order of the names of their files.
fn templates(folder: &Path, problems: &mut Vec<Problem>) -> Vec<Template> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    let read_one = |path: &PathBuf| match read(path, false) {
        Ok(file) => sections::templates(&TEMPLATES, &file, problems),
        Err(mut unreadable) => {
            problems.append(&mut unreadable);
            Vec::new()
        }
    };
    paths.iter().take(TEMPLATE_FILES).flat_map(read_one).collect()
}

/// Reads a file. One that was asked for by its name must be there, and may be a pipe: whoever named it writes to it.
/// Any other pipe would never end, or never begin.
fn read(path: &Path, is_asked_for: bool) -> Result<File, Vec<Problem>> {
    let unfit = |line: Option<usize>, what: String| {
        vec![Problem { place: Place::File { path: path.to_owned(), line }, what }]
    };
    let unreadable =
        |error: &io::Error| unfit(None, format!("cannot be read: {error}{}", next_step(path, error)));
    let kind = match std::fs::metadata(path) {
        Ok(about) => about.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
            return Err(unfit(
                None,
                "is a link to a file that is not there: mend the link or remove it".to_owned(),
            ));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_asked_for => {
            return Ok(File { path: path.to_owned(), text: None, mode: 0 });
        }
        Err(error) => return Err(unreadable(&error)),
    };
    if kind.is_dir() {
        return Err(unfit(None, "is a folder: a file is wanted here".to_owned()));
    }
    if !kind.is_file() && !is_asked_for {
        return Err(unfit(None, "is no file: put a file in its place, or name it with --config".to_owned()));
    }
    let file = std::fs::File::open(path).map_err(|error| unreadable(&error))?;
    // Of the open file, not of the path: nobody can swap it in between.
    let mode = file.metadata().map_err(|error| unreadable(&error))?.permissions().mode();
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LONGEST {
        return Err(unfit(None, "is longer than 1 MiB, which no configuration is".to_owned()));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(File { path: path.to_owned(), text: Some(Secret::new(text)), mode }),
        Err(error) => {
            let before = bytes.iter().take(error.valid_up_to());
            let line = before.filter(|byte| **byte == b'\n').count() + 1;
            Err(unfit(Some(line), "is not UTF-8 text: save the file with that encoding".to_owned()))
        }
    }
}

/// What to do about a file that cannot be read.
fn next_step(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => ": look at its name".to_owned(),
        io::ErrorKind::PermissionDenied => format!(": make it yours to read: ls -ld {}", path.display()),
        io::ErrorKind::NotADirectory => ": a part of its path is no folder".to_owned(),
        _ if path.is_symlink() => format!(": see where the link leads: ls -l {}", path.display()),
        _ => String::new(),
    }
}

/// Adds keys with secret or plain texts to the file, which is made when there is none. Keeps everything else that is
/// in it. The file is replaced in one step and is readable by its owner alone.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn save(path: &Path, entries: &[(&str, &Secret)]) -> io::Result<()> {
    let old = match std::fs::read_to_string(path) {
        Ok(old) => Secret::new(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Secret::default(),
        Err(error) => return Err(error),
    };
    replace(path, |file| {
        for (key, value) in entries {
            // In front: behind a table header they would belong to the table.
            writeln!(file, "{key} = {}", toml::Value::from(value.reveal()))?;
        }
        file.write_all(old.reveal().as_bytes())
    })
}

/// How the view was left, and words for the user when that could not be found out. Never fails: a file that is of no
/// use is put aside, and the view is as the configuration has it.
#[must_use]
pub fn load_kept(path: &Path) -> (Kept, Option<String>) {
    let why = match read(path, false) {
        Ok(File { text: None, .. }) => return (Kept::default(), None),
        Ok(File { text: Some(text), .. }) => match Kept::parse(text.reveal()) {
            Ok(kept) => return (kept, None),
            Err(why) => why,
        },
        Err(problems) => problems.into_iter().map(|problem| problem.what).collect(),
    };
    let aside = path.with_extension("broken.toml");
    let rest = match std::fs::rename(path, &aside) {
        Ok(()) => format!("it is now {}", aside.display()),
        Err(error) => format!("it could not be put aside: {error}"),
    };
    let words = format!("the last view is forgotten: {} {why}; {rest}", path.display());
    (Kept::default(), Some(Shown::whole(&words).to_string()))
}

/// Keeps how the view was left. The file is replaced in one step and is readable by its owner alone.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn save_kept(path: &Path, kept: &Kept) -> io::Result<()> {
    replace(path, |file| file.write_all(kept.text().as_bytes()))
}

/// Makes a folder that is its owner's alone, and those above it.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Replaces a file in one step by one that is readable by its owner alone.
fn replace(
    path: &Path,
    write: impl FnOnce(&mut tempfile::NamedTempFile) -> io::Result<()>,
) -> io::Result<()> {
    // A link stays a link: what it points to is replaced.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    make_folder(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .permissions(std::fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    write(&mut file)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::resolve;
    use super::*;
    use crate::client::Credentials;

    #[test]
    fn what_is_saved_can_be_loaded_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/config.toml");
        let secret = |text: &str| Secret::new(text);
        save(&path, &[("space", &secret("example")), ("project", &secret("p\"1"))]).unwrap();
        std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + "# mine\nascii = true\n").unwrap();
        save(&path, &[("token", &secret("PT-1"))]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "token = \"PT-1\"\nspace = \"example\"\nproject = 'p\"1'\n# mine\nascii = true\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let file = read(&path, true).unwrap();
        let settings = resolve(&file, &|_| None, &Flags::default()).unwrap();
        assert_eq!(settings.host, "example.signalwire.com");
        let Ok(Credentials::Token { project, .. }) = settings.credentials else { panic!() };
        assert_eq!(project.reveal(), "p\"1");
    }

    #[test]
    fn a_file_that_was_named_must_exist_and_the_usual_one_need_not() {
        let path = Path::new("/nonexistent/callboard.toml");
        let problems = read(path, true).unwrap_err();
        assert!(problems[0].to_string().starts_with("/nonexistent/callboard.toml: cannot be read"));
        assert!(read(path, false).unwrap().text.is_none());
    }

    #[test]
    fn a_view_is_kept_and_a_broken_one_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/view.toml");
        assert_eq!(load_kept(&path), (Kept::default(), None));
        let kept = Kept { theme: Some("dark".into()), ..Kept::default() };
        save_kept(&path, &kept).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(load_kept(&path), (kept, None));
        for bytes in [&b"version = 7"[..], b"\xff\xfe", b"", &[b'#'; 2_000_000]] {
            std::fs::write(&path, bytes).unwrap();
            let (kept, words) = load_kept(&path);
            assert_eq!(kept, Kept::default());
            assert!(words.unwrap().contains("view.broken.toml"));
            assert_eq!(std::fs::read(path.with_extension("broken.toml")).unwrap(), bytes);
            assert!(!path.exists());
        }
        std::fs::create_dir(&path).unwrap();
        assert!(load_kept(&path).1.is_some(), "a folder in its place");
    }

    #[test]
    fn templates_have_files_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("b.toml", "[[template]]\nmethod = 'play_tts'\nname = 'b'\nvalues.text = 'B'");
        write("a.toml", "[[template]]\nmethod = 'send_digits'\nname = 'a'\nvalues.digits = 1");
        write("notes.txt", "not for us");
        let mut problems = Vec::new();
        let names: Vec<_> = templates(folder.path(), &mut problems).into_iter().map(|t| t.name).collect();
        assert_eq!((names, problems.len()), (vec!["a".to_owned(), "b".to_owned()], 0));
        write("c.toml", "theme = 'dark'");
        templates(folder.path(), &mut problems);
        assert!(problems[0].to_string().contains("c.toml:1: unknown key `theme`"), "{problems:?}");
        assert!(templates(&folder.path().join("none"), &mut Vec::new()).is_empty());
    }
}
