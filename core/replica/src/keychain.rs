//! Where a device's secret keys are kept: the phone's key store, or a file on a desk.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorCode, Result};

/// Keeps small secrets by name. Calls may block for a short time.
pub trait Keychain: Send + Sync {
    /// The secret of that name, if there is one.
    ///
    /// # Errors
    /// [`ErrorCode::KeysMissing`] when the key store can't be read.
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>>;

    /// Keeps a secret durably under a name, in place of what was there.
    ///
    /// # Errors
    /// [`ErrorCode::StoreFailed`] when it can't be kept.
    fn save(&self, name: &str, secret: &[u8]) -> Result<()>;
}

/// Secrets in files of a folder that only the owner can read.
#[derive(Debug)]
pub struct FileKeychain {
    folder: PathBuf,
}

impl FileKeychain {
    /// Keeps secrets in `folder`, which is made when the first one is kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

impl Keychain for FileKeychain {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match fs::read(self.folder.join(name)) {
            Ok(secret) => Ok(Some(secret)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(_) => Err(ErrorCode::KeysMissing.into()),
        }
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<()> {
        make_private_folder(&self.folder)
            .and_then(|()| write_private(&self.folder, name, secret))
            .map_err(|error| Error::about(ErrorCode::StoreFailed, error.kind()))
    }
}

/// Makes a folder that only the owner can enter; one that is there keeps its rights.
pub(crate) fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Writes a file that only the owner can read, so that a crash leaves the old one or the new.
pub(crate) fn write_private(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(name))?;
    // Elsewhere a folder can't be opened as a file.
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_secret_is_read_back_and_nobody_else_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let keychain = FileKeychain::new(folder.path().join("keys"));
        assert_eq!(keychain.load("device").unwrap(), None);
        keychain.save("device", b"secret").unwrap();
        assert_eq!(keychain.load("device").unwrap().unwrap(), b"secret");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = folder.path().join("keys/device");
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
