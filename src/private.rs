//! Files that are their owner's alone: folders of mode 0700, files of 0600, and the lock of whoever writes in a folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

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

/// Takes the lock of a folder.
///
/// # Errors
/// When the disk says no.
pub fn lock(path: &Path) -> io::Result<Lock> {
    let mut file = options().read(true).write(true).create(true).truncate(false).open(path)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).and_then(|()| file.rewind())?;
            write!(file, "{}", std::process::id())?;
            Ok(Lock::Ours(file))
        }
        Err(TryLockError::WouldBlock) => {
            let mut process = String::new();
            // Who has it is only told to be helpful.
            let _ = file.read_to_string(&mut process);
            Ok(Lock::Taken(process.trim().to_owned()))
        }
        Err(TryLockError::Error(why)) => Err(why),
    }
}
