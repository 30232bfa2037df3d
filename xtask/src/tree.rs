//! The files of the project: what git tracks, and what it would if asked to add everything.
//!
//! Owns the listing and the reading. Paths are relative to the root, with `/` between folders
//! and in sorted order. A tree without git (an unpacked archive) is walked instead.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::run::{is_installed, output_of};

/// Folders that a walk without git leaves out: they hold what tools make.
const MADE_FOLDERS: [&str; 6] = [".git", ".build", ".gradle", "build", "node_modules", "target"];

/// All files of the project.
pub struct Tree {
    /// Text by path; a file that is not UTF-8 is listed in `paths` only.
    pub texts: BTreeMap<String, String>,
    /// Every file, text or not.
    pub paths: BTreeSet<String>,
}

impl Tree {
    /// Lists and reads the files below the current directory, the workspace root.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read() -> Result<Self> {
        let mut tree = Self { texts: BTreeMap::new(), paths: list()? };
        // A file deleted but not yet committed is still listed by git.
        tree.paths.retain(|path| Path::new(path).is_file());
        for path in &tree.paths {
            let bytes = fs::read(path).with_context(|| format!("reading {path}"))?;
            if let Ok(text) = String::from_utf8(bytes) {
                tree.texts.insert(path.clone(), text);
            }
        }
        Ok(tree)
    }

    /// The text files whose names end in one of these extensions.
    pub fn with_extension<'a>(
        &'a self,
        extensions: &'a [&str],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.texts
            .iter()
            .filter(|(path, _)| extensions.contains(&extension(path)))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The Rust files.
    pub fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_extension(&["rs"])
    }

    /// A tree made of these texts, for tests.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let texts = files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned()));
        let texts: BTreeMap<_, _> = texts.collect();
        Self { paths: texts.keys().cloned().collect(), texts }
    }
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What follows the last dot of the file name, or nothing.
pub fn extension(path: &str) -> &str {
    file_name(path).rsplit_once('.').map_or("", |(_, end)| end)
}

fn list() -> Result<BTreeSet<String>> {
    if !Path::new(".git").exists() || !is_installed("git") {
        let mut paths = BTreeSet::new();
        walk(Path::new("."), &mut paths)?;
        return Ok(paths);
    }
    // The owner of a checkout on a build machine is often someone else, which git distrusts.
    let arguments =
        ["-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard", "--deduplicate"];
    let listing = output_of("git", &arguments)?.context("git ls-files failed")?;
    Ok(listing.split_terminator('\0').map(str::to_owned).collect())
}

fn walk(folder: &Path, paths: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if !MADE_FOLDERS.iter().any(|made| entry.file_name() == *made) {
                walk(&path, paths)?;
            }
        } else if let Some(text) = path.to_str() {
            paths.insert(text.trim_start_matches("./").to_owned());
        }
    }
    Ok(())
}
