//! What is wrong with a regulation's file, and where.

use std::fmt;

/// Something wrong in a regulation's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file, from 1.
    pub line: usize,
    /// The clause of the entry, where the mistake is in one that could be read.
    pub clause: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(clause) = &self.clause {
            write!(f, ", clause {clause}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Problem {}
