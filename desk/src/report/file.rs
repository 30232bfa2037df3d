//! Writing a file in one piece: an existing one is replaced only when the new one is complete.

use std::io::{self, Write};
use std::path::Path;

use floorwalk_replica::{Error, ErrorCode};

use crate::failure::Failure;

/// For whose eyes a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// It names persons: only its owner may read it, until the owner decides otherwise.
    Owner,
    /// It names nobody: the folder's habits decide.
    Anyone,
}

/// Which of the known endings a file's name has.
///
/// # Errors
///
/// [`Failure::UnknownEnding`], which names them.
pub fn ending(path: &Path, known: &[&'static str]) -> Result<&'static str, Failure> {
    let given = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
    let found = known.iter().find(|known| given.as_deref() == Some(**known));
    found.copied().ok_or_else(|| {
        let known: Vec<String> = known.iter().map(|known| format!(".{known}")).collect();
        Failure::UnknownEnding(known.join(" / "))
    })
}

/// Puts a file in place, made whole beside it first.
///
/// # Errors
///
/// The replica's `file`; what was there before is still there then.
pub fn replace(path: &Path, content: &[u8], readers: Readers) -> Result<(), Failure> {
    write(path, content, readers).map_err(|_| Error::about(ErrorCode::File, path.display()).into())
}

fn write(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".floorwalk-");
    #[cfg(unix)]
    if readers == Readers::Anyone {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = readers;
    let mut file = builder.tempfile_in(folder.unwrap_or_else(|| Path::new(".")))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_ending_is_known_in_any_case_and_others_are_refused_with_those_known() {
        assert_eq!(ending(Path::new("a/b.CSV"), &["csv", "xlsx"]).unwrap(), "csv");
        for path in ["b", "b.pdf", "csv", ".csv", "b.csv.bak"] {
            let refused = ending(Path::new(path), &["csv", "xlsx"]).unwrap_err();
            assert!(refused.to_string().contains(".csv / .xlsx"), "{path}: {refused}");
        }
    }

    #[test]
    fn what_cannot_be_put_in_place_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken.csv");
        std::fs::create_dir(&taken).unwrap();
        std::fs::write(taken.join("inside"), "kept").unwrap();
        assert_eq!(replace(&taken, b"new", Readers::Owner).unwrap_err().code(), "file");
        assert_eq!(std::fs::read(taken.join("inside")).unwrap(), b"kept");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over");
        let file = folder.path().join("file.csv");
        replace(&file, b"old", Readers::Owner).unwrap();
        replace(&file, b"new", Readers::Anyone).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn what_names_persons_is_its_owners() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let others = |readers| {
            let file = folder.path().join("file.csv");
            replace(&file, b"", readers).unwrap();
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o077
        };
        assert_eq!(others(Readers::Owner), 0);
        let plain = folder.path().join("plain");
        std::fs::write(&plain, "").unwrap();
        let usual = std::fs::metadata(&plain).unwrap().permissions().mode() & 0o077;
        assert_eq!(others(Readers::Anyone), usual);
    }
}
