//! The configuration on disk: finding, reading and writing the file.

use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::{File, Flags, Place, Problem, Settings, resolve};
use crate::protocol::Secret;

/// Nobody's configuration is longer.
const LONGEST: u64 = 1024 * 1024;

/// Reads the file and the environment, and puts the settings together. `entered` holds what was typed in just now:
/// it stands in for the environment variables of these names.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn load(flags: &Flags, entered: &[(&str, Secret)]) -> Result<Settings, Vec<Problem>> {
    let file = match &flags.service.config {
        Some(path) => read(path, true)?,
        None => default_path().map_or_else(|| Ok(File::default()), |path| read(&path, false))?,
    };
    let typed = |name: &str| entered.iter().find(|(variable, _)| *variable == name);
    let env = |name: &str| match typed(name) {
        Some((_, value)) => Some(value.reveal().into()),
        None => std::env::var_os(name),
    };
    resolve(&file, &env, flags)
}

/// Where the file is when nobody says otherwise; none without a home.
fn default_path() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.config_dir().join("callboard").join("config.toml"))
}

fn read(path: &Path, must_exist: bool) -> Result<File, Vec<Problem>> {
    let unreadable = |error: &io::Error| {
        let place = Place::File { path: path.to_owned(), line: None };
        vec![Problem { place, what: format!("cannot be read: {error}") }]
    };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => {
            return Ok(File { path: path.to_owned(), text: None, mode: 0 });
        }
        Err(error) => return Err(unreadable(&error)),
    };
    // Of the open file, not of the path: nobody can swap it in between.
    let mode = file.metadata().map_err(|error| unreadable(&error))?.permissions().mode();
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    Ok(File { path: path.to_owned(), text: Some(Secret::new(text)), mode })
}

/// Adds keys with secret or plain texts to the file, which is made when there is none. Keeps everything else that is
/// in it. The file is replaced in one step and is readable by its owner alone.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn save(path: &Path, entries: &[(&str, &Secret)]) -> io::Result<()> {
    // A link stays a link: what it points to is replaced.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let old = match std::fs::read_to_string(&path) {
        Ok(old) => Secret::new(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Secret::default(),
        Err(error) => return Err(error),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".config-")
        .permissions(std::fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    for (key, value) in entries {
        // In front: behind a table header they would belong to the table.
        writeln!(file, "{key} = {}", toml::Value::from(value.reveal()))?;
    }
    file.write_all(old.reveal().as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
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
}
