//! Files that are their owner's alone: folders of mode 0700, files of 0600, and the lock of whoever writes in a folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

/// Makes a folder, and those it is in, unless they are there.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// How a file is opened so that, where it is made, nobody else can read it.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// What became of asking for the lock of a folder.
pub enum Lock {
    /// It is ours as long as this is held.
    Ours(File),
    /// Another process has it; its number, as far as it says.
    Taken(String),
}

/// How long a lock is waited for. A process that was killed lets go of it only when it is gone, and a child of ours that
/// is just being started has all that we have, for a moment.
const PATIENCE: Duration = Duration::from_millis(500);

/// Takes the lock of a folder.
///
/// # Errors
/// When the disk says no.
pub fn lock(path: &Path) -> io::Result<Lock> {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut file = options().read(true).write(true).create(true).truncate(false).open(path)?;
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Ok(()) => {
                // Who has it is only told to be helpful: a disk that is full does not matter.
                let _ = file.set_len(0).and_then(|()| file.rewind());
                let _ = write!(file, "{}", std::process::id());
                return Ok(Lock::Ours(file));
            }
            Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            Err(TryLockError::WouldBlock) => {
                let mut process = String::new();
                let _ = file.read_to_string(&mut process);
                return Ok(Lock::Taken(process.trim().to_owned()));
            }
            Err(TryLockError::Error(why)) => return Err(why),
        }
    }
}
