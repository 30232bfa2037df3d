//! Looking for words in every byte of a folder.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

/// What a search has covered and found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Scan {
    /// Files read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Phrases looked for.
    pub phrases: usize,
    /// How many of them were found at least once.
    pub found: usize,
}

/// Looks for each phrase, as UTF-8, in every file of a folder and of those in it.
///
/// # Errors
///
/// When a file can't be read: then nothing is proved.
pub fn scan(folder: &Path, phrases: &[String]) -> io::Result<Scan> {
    let mut scan = Scan { phrases: phrases.len(), ..Scan::default() };
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let bytes = fs::read(entry.path())?;
            scan.files += 1;
            scan.bytes += bytes.len() as u64;
            let here = phrases.iter().filter(|phrase| contains(&bytes, phrase.as_bytes()));
            found.extend(here);
        }
    }
    scan.found = found.len();
    Ok(scan)
}

fn contains(bytes: &[u8], phrase: &[u8]) -> bool {
    let Some(first) = phrase.first() else { return false };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(phrase) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_phrase_is_found_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/a"), "\0\u{1}甲甲乙丙".as_bytes()).unwrap();
        fs::write(folder.path().join("b"), b"nothing here").unwrap();
        let phrases = ["甲乙", "丙", "丁", "here"].map(str::to_owned);
        let scan = scan(folder.path(), &phrases).unwrap();
        let bytes = 2 + 12 + 12;
        assert_eq!(scan, Scan { files: 2, bytes, phrases: 4, found: 3 });
    }
}
