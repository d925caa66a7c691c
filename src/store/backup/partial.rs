//! A file that is being written, beside the one that it is to become.

use std::{
    fs::{self, File, OpenOptions, Permissions, TryLockError},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use super::{BackupError, beside};

/// Only who made it may read it: there are personal data in it, be they sealed.
const MODE: u32 = 0o600;

/// A file that is not whole yet. If it does not become so, it is removed; if not even that was possible, the next one of the
/// same name takes its place.
#[derive(Debug)]
pub(super) struct Partial {
    path: PathBuf,
    /// Locked, so that of two who write the same one is refused. What a killed process has left is not.
    file: File,
    kept: bool,
}

impl Partial {
    /// Begins what is to become this file, empty.
    ///
    /// # Errors
    /// Somebody else is at it; it cannot be made.
    pub(super) fn begin(becomes: &Path) -> Result<Self, BackupError> {
        let path = beside(becomes, ".partial");
        loop {
            let making = || BackupError::of_file("make", &path);
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false).mode(MODE);
            options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
            let file = options.open(&path).map_err(making())?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(BackupError::UnderWay(becomes.to_owned())),
                Err(TryLockError::Error(error)) => return Err(making()(error)),
            }
            // Who held the lock before may have given the file its name in the meantime.
            let ours = file.metadata().map_err(making())?;
            let there = fs::symlink_metadata(&path).is_ok_and(|there| there.ino() == ours.ino());
            if !there {
                continue;
            }
            file.set_len(0).map_err(making())?;
            file.set_permissions(Permissions::from_mode(MODE)).map_err(making())?;
            return Ok(Self { path, file, kept: false });
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Lets those read and write it who may read and write this file, and have it belong to who that belongs to.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn be_like(&self, model: &fs::Metadata) -> Result<(), BackupError> {
        let changing = || BackupError::of_file("change who may read", &self.path);
        let own = self.file.metadata().map_err(changing())?;
        if (own.uid(), own.gid()) != (model.uid(), model.gid()) {
            std::os::unix::fs::fchown(&self.file, Some(model.uid()), Some(model.gid())).map_err(changing())?;
        }
        self.file.set_permissions(Permissions::from_mode(model.mode() & 0o777)).map_err(changing())
    }

    /// Gives it its name, once it is on the disk.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn keep(mut self, becomes: &Path) -> Result<(), BackupError> {
        self.file.sync_all().map_err(BackupError::of_file("write", &self.path))?;
        fs::rename(&self.path, becomes).map_err(BackupError::of_file("put in its place", becomes))?;
        self.kept = true;
        sync_folder(becomes)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing can be done about one that stays.
            let _ = fs::remove_file(&self.path);
            let _ = fs::remove_file(beside(&self.path, "-journal"));
        }
    }
}

/// Waits until the names in the folder of this file are on the disk.
pub(super) fn sync_folder(path: &Path) -> Result<(), BackupError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::of_file("write", folder))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn of_two_who_write_a_file_one_is_refused_and_what_is_left_over_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let becomes = folder.path().join("a");
        let left = folder.path().join("a.partial");
        fs::write(&left, "left by one that was killed").unwrap();
        let first = Partial::begin(&becomes).unwrap();
        assert_eq!(fs::metadata(&left).unwrap().len(), 0);
        assert_eq!(fs::metadata(&left).unwrap().mode() & 0o777, MODE);
        assert!(matches!(Partial::begin(&becomes), Err(BackupError::UnderWay(_))));
        fs::write(first.path(), "whole").unwrap();
        assert!(!becomes.exists());
        first.keep(&becomes).unwrap();
        assert_eq!(fs::read_to_string(&becomes).unwrap(), "whole");
        drop(Partial::begin(&becomes).unwrap());
        assert!(!left.exists());
        assert_eq!(fs::read_to_string(&becomes).unwrap(), "whole");
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("precious"), "precious").unwrap();
        std::os::unix::fs::symlink("precious", folder.path().join("a.partial")).unwrap();
        assert!(matches!(Partial::begin(&folder.path().join("a")), Err(BackupError::File { .. })));
        assert_eq!(fs::read_to_string(folder.path().join("precious")).unwrap(), "precious");
    }
}
