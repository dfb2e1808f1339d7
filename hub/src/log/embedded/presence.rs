//! How a process shows that it lives: it holds a lock on a file of its own. The system lets go of the lock when the
//! process dies, however it dies, so that a successor need not wait for a time-out.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::log::{LogError, Result};

/// The lock of one opened log.
#[derive(Debug)]
pub(super) struct Presence {
    /// Its name, unique.
    pub name: String,
    path: PathBuf,
    _locked: File,
}

impl Presence {
    /// Takes a new lock in this directory.
    pub(super) fn announce(directory: &Path) -> Result<Self> {
        let name = Uuid::now_v7().simple().to_string();
        Self::lock(directory, name).map_err(|error| {
            LogError::Broken(format!("cannot write in `{}`: {error}; is it there and writable?", directory.display()))
        })
    }

    /// The file gets its name only once it is locked, so that nobody takes it for an abandoned one.
    fn lock(directory: &Path, name: String) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let (path, unnamed) = (directory.join(&name), directory.join(format!("{name}.new")));
        let locked = File::create(&unnamed)?;
        locked.lock()?;
        fs::rename(&unnamed, &path)?;
        Ok(Self { name, path, _locked: locked })
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the log's presence file is gone already");
        }
    }
}

/// Whether the process with this name is certainly dead. What cannot be told counts as alive: the time-out decides.
pub(super) fn is_dead(directory: &Path, name: &str) -> bool {
    let path = directory.join(name);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) => return error.kind() == io::ErrorKind::NotFound,
    };
    match file.try_lock() {
        Ok(()) => {
            if let Err(error) = fs::remove_file(&path) {
                tracing::debug!(%error, "another process removed the presence file first");
            }
            true
        }
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Presence, is_dead};

    #[test]
    fn a_lock_that_is_held_means_alive_and_one_let_go_means_dead() {
        let directory = tempfile::tempdir().unwrap();
        let presence = Presence::announce(directory.path()).unwrap();
        assert!(!is_dead(directory.path(), &presence.name));
        let name = presence.name.clone();
        drop(presence);
        assert!(is_dead(directory.path(), &name));
    }
}
