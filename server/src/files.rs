//! Small files of the data folder, written so that they are whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use crate::error::Error;

/// Makes a folder, and those above it, that only the relay's own user may enter: who is a member of
/// what, and when they were here, is nobody else's business. One that is there keeps its rights.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| Error::file(path, error))
}

/// Makes an empty file that only the relay's own user may read, unless it is there.
pub(crate) fn make_private(path: &Path) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    set_mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::file(path, error))
        }
        _ => Ok(()),
    }
}

/// Writes a file that only the relay's own user may read.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write(path, bytes, 0o600)
}

/// Writes a file that others may read.
pub(crate) fn write_public(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write(path, bytes, 0o644)
}

/// Reads a file; none when it is not there.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(path, error)),
    }
}

/// Makes the names in a folder durable, after a file was put into it.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    // Elsewhere a folder can't be opened as a file, and renaming is durable enough.
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let folder = path.parent().expect("files of the data folder have a folder");
    let new = path.with_extension("new");
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        set_mode(&mut options, mode);
        let mut file = options.open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        sync_folder(folder)
    };
    write().map_err(|error| Error::file(path, error))
}

#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, mode: u32) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(mode);
}

#[cfg(not(unix))]
fn set_mode(_: &mut OpenOptions, _: u32) {}
