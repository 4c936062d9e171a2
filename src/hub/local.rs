//! The unix socket for consoles on this machine: one hub at a path, nobody's by default but its owner's, gone at the end.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use nix::unistd::Gid;
use tokio::net::UnixListener;

use super::identity::{IdentityError, group};
use crate::private::{self, Lock};

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// Another hub has it.
    #[error(
        "{path}: another hub has this socket (process {process}); stop it, or give another path with --socket"
    )]
    Taken {
        /// The socket.
        path: PathBuf,
        /// The number of its process.
        process: String,
    },
    /// Something else is there.
    #[error("{0} is there and is no socket: remove it, or give another path with --socket")]
    NoSocket(PathBuf),
    /// The disk says no.
    #[error("{path}: {source}; give another path with --socket, or make its folder writable")]
    Disk {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The group of the configuration is of no use.
    #[error(transparent)]
    Group(#[from] IdentityError),
}

/// A socket that consoles can open. It is removed when this is dropped.
#[derive(Debug)]
pub struct Local {
    /// Where consoles come in.
    pub listener: UnixListener,
    path: PathBuf,
    /// Says that the socket is ours. Beside it, so that one that a hub left behind can be told from one in use.
    _lock: fs::File,
}

impl Local {
    /// Listens at a path. Only the user that runs the hub can open it, or with a group its members, too. A socket that a
    /// hub left behind is replaced. Belongs into a tokio runtime.
    ///
    /// # Errors
    /// When another hub has the path, something else is there, the disk says no, or there is no such group.
    pub fn bind(path: &Path, group_name: Option<&str>) -> Result<Self, LocalError> {
        let gid = group_name.map(group).transpose()?;
        let disk = |source| LocalError::Disk { path: path.to_owned(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder_for(folder, gid).map_err(disk)?;
        let lock = match private::lock(&beside(path)).map_err(disk)? {
            Lock::Ours(lock) => lock,
            Lock::Taken(process) => return Err(LocalError::Taken { path: path.to_owned(), process }),
        };
        if fs::symlink_metadata(path).is_ok_and(|found| !found.file_type().is_socket()) {
            return Err(LocalError::NoSocket(path.to_owned()));
        }
        let listener = listen(path, folder, gid).map_err(disk)?;
        Ok(Self { listener, path: path.to_owned(), _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        // One that cannot be removed is replaced by the next hub.
        let _ = fs::remove_file(&self.path);
    }
}

/// The folder of the socket, which is made if it is not there, for those who may open the socket.
fn folder_for(folder: &Path, gid: Option<Gid>) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    private::make_folder(folder)?;
    let Some(gid) = gid else { return Ok(()) };
    chown(folder, None, Some(gid.as_raw()))?;
    fs::set_permissions(folder, Permissions::from_mode(0o710))
}

/// The file of the lock: `hub.sock.lock` for `hub.sock`.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// Makes the socket where nobody else can get at it, and puts it into its place when it has its owner and its mode.
fn listen(path: &Path, folder: &Path, gid: Option<Gid>) -> io::Result<UnixListener> {
    let hidden = tempfile::Builder::new().prefix(".").rand_bytes(6).tempdir_in(folder)?;
    let made = hidden.path().join("s");
    let listener = UnixListener::bind(&made)?;
    if let Some(gid) = gid {
        chown(&made, None, Some(gid.as_raw()))?;
    }
    fs::set_permissions(&made, Permissions::from_mode(if gid.is_some() { 0o660 } else { 0o600 }))?;
    fs::rename(&made, path)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;
    use tokio::net::UnixStream;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn only_its_owner_can_open_it_and_it_goes_with_the_hub() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/hub.sock");
        let local = Local::bind(&path, None).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        let (console, accepted) = tokio::join!(UnixStream::connect(&path), local.listener.accept());
        assert!(console.is_ok() && accepted.is_ok());
        assert_eq!(local.path(), path);
        let others: Vec<_> =
            fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(others.len(), 2, "the socket and its lock: {others:?}");
        drop(local);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn there_is_one_hub_at_a_path_and_what_one_left_behind_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.sock");
        let first = Local::bind(&path, None).unwrap();
        let why = Local::bind(&path, None).unwrap_err().to_string();
        assert!(
            why.contains(&format!("another hub has this socket (process {})", std::process::id())),
            "{why}"
        );
        assert!(UnixStream::connect(&path).await.is_ok(), "and it is left alone");
        drop(first);
        // As a hub that was killed leaves it.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let again = Local::bind(&path, None).unwrap();
        assert!(UnixStream::connect(again.path()).await.is_ok());
    }

    #[tokio::test]
    async fn what_is_no_socket_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "notes").unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        for path in [&path, &link] {
            assert!(matches!(Local::bind(path, None), Err(LocalError::NoSocket(_))));
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "notes");
        let within = path.join("hub.sock");
        assert!(matches!(Local::bind(&within, None), Err(LocalError::Disk { .. })));
    }

    #[tokio::test]
    async fn a_group_can_open_it_when_the_configuration_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run/hub.sock");
        let own = nix::unistd::Group::from_gid(nix::unistd::getegid()).unwrap().unwrap().name;
        let _local = Local::bind(&path, Some(&own)).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o660, 0o710));
        assert!(matches!(
            Local::bind(&folder.path().join("x"), Some("nosuchgroup")),
            Err(LocalError::Group(_))
        ));
    }
}
