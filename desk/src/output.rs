//! What people and programs see: words, or one JSON object a line.
//!
//! Results go to standard output, everything else to standard error. A program that reads
//! `--json` finds nothing else on either.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;

use floorwalk_replica::Error;
use serde::Serialize;
use serde_json::json;

use crate::failure::Failure;
use crate::jsonl::Problem;
use crate::text::{Lang, Text, errors, words};

/// Where a command's words go, in whose language, and whether a program reads them.
#[derive(Debug)]
pub struct Output {
    json: bool,
    lang: Lang,
    /// Watching prints from several places; the first failure is told at the end.
    failed: OnceLock<io::Error>,
}

impl Output {
    /// Output for a program, or for a person of that language.
    pub fn new(json: bool, lang: Lang) -> Self {
        Self { json, lang, failed: OnceLock::new() }
    }

    /// Whether a program reads.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The person's language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether a person looks at standard output on a terminal.
    pub fn is_terminal(&self) -> bool {
        !self.json && io::stdout().is_terminal()
    }

    /// Whether something may be drawn on standard error while a command works.
    pub fn may_draw(&self) -> bool {
        !self.json && io::stderr().is_terminal()
    }

    /// Prints a command's result: the value as one line of JSON, or the words.
    ///
    /// # Errors
    ///
    /// [`Failure::Output`] when it can't be written.
    pub fn answer(
        &self,
        value: &impl Serialize,
        words: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let text = match self.json {
            true => serde_json::to_string(value).map_err(|error| Failure::Output(error.into()))?,
            false => words(),
        };
        print(&text).map_err(Failure::Output)
    }

    /// Prints a line of a story, for people only.
    ///
    /// # Errors
    ///
    /// [`Failure::Output`] when it can't be written.
    pub fn say(&self, text: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { print(text).map_err(Failure::Output) }
    }

    /// Tells a person something beside the result.
    pub fn note(&self, text: &Text, values: &[&dyn Display]) {
        if !self.json {
            print_error(&text.fill(self.lang, values));
        }
    }

    /// Reports a bad line of a JSONL file.
    pub fn bad_line(&self, line: u64, problem: &Problem) {
        let message = problem.message(self.lang);
        let text = match self.json {
            true => json!({
                "line": line,
                "error": {
                    "code": problem.code(),
                    "message": message,
                    "retryable": problem.is_retryable(),
                },
            })
            .to_string(),
            false => words::BAD_LINE.fill(self.lang, &[&line, &message]),
        };
        print_error(&text);
    }

    /// Reports a file that was not taken in.
    pub fn bad_file(&self, file: &Path, error: &Error) {
        let message = errors::message(error, self.lang);
        let text = match self.json {
            true => json!({
                "file": file.display().to_string(),
                "error": {
                    "code": error.code.as_str(),
                    "message": message,
                    "retryable": error.code.is_retryable(),
                },
            })
            .to_string(),
            false => words::BAD_FILE.fill(self.lang, &[&file.display(), &message]),
        };
        print_error(&text);
    }

    /// Reports why a command ended early. A reader that has gone away is not told.
    pub fn fail(&self, failure: &Failure) {
        if matches!(failure, Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return;
        }
        let message = failure.message(self.lang);
        let text = match self.json {
            true => json!({"error": {
                "code": failure.code(),
                "message": message,
                "retryable": failure.is_retryable(),
            }})
            .to_string(),
            false => words::ERROR.fill(self.lang, &[&message]),
        };
        print_error(&text);
    }

    /// Prints an event of a long-running command, from wherever it happens.
    pub fn event(&self, value: &impl Serialize, words: impl FnOnce() -> String) {
        if let Err(Failure::Output(error)) = self.answer(value, words) {
            // Only the first failure is told.
            let _ = self.failed.set(error);
        }
    }

    /// The first failure of [`Self::event`], if there was one.
    pub fn failed(&self) -> Option<Failure> {
        let error = self.failed.get()?;
        Some(Failure::Output(io::Error::new(error.kind(), error.to_string())))
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.trim_end_matches('\n').as_bytes())?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}

/// There is nowhere left to say that standard error can't be written.
fn print_error(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{}", text.trim_end_matches('\n'));
}
