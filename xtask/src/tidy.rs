//! The house rules that no compiler checks, each in its own module.
//!
//! Owns the report. A finding fails the check, advice does not. The checks read files and
//! `cargo metadata` and change nothing; a rule that clippy can check is left to clippy.

mod arrows;
mod comments;
mod docs;
mod files;
mod headers;
mod marks;
mod purity;
mod wire;

use std::fmt;

use anyhow::Result;

use crate::run::say;
use crate::tree::Tree;

/// One breach of a rule, at a line counted from 1.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    /// A finding at a line counted from 1.
    pub fn at(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }

    /// A finding about a file as a whole.
    pub fn in_file(path: &str, message: impl Into<String>) -> Self {
        Self::at(path, 1, message)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Runs every check in the current directory, the workspace root; true if nothing was found.
///
/// # Errors
/// When files or `cargo metadata` cannot be read.
pub fn check_and_report() -> Result<bool> {
    let tree = Tree::read()?;
    let mut findings = arrows::check(&arrows::Metadata::load()?, &tree);
    findings.extend(purity::check(&tree));
    findings.extend(files::check(&tree));
    findings.extend(headers::check(&tree));
    findings.extend(docs::check(&tree));
    findings.extend(comments::check(&tree));
    findings.extend(wire::check(&tree)?);
    findings.extend(marks::check(&tree));
    findings.sort();

    let mut advice = files::advise(&tree);
    advice.sort();
    for one in advice {
        say(format!("advice: {one}"));
    }
    for finding in &findings {
        say(finding.to_string());
    }
    let count = tree.paths.len();
    match findings.len() {
        0 => say(format!("tidy: {count} files, no findings")),
        found => say(format!("tidy: {count} files, {found} findings")),
    }
    Ok(findings.is_empty())
}
