//! Many complaints or acts, one JSON object a line: reading them and saying what is wrong with one.
//!
//! A file of any size needs the memory of a chunk. What is said about a bad line names a field or
//! a column, never the line's words.

use std::io::{BufRead, Read};
use std::path::PathBuf;

use floorwalk_replica::Error;
use floorwalk_replica::records::{NewComplaint, NewEvent};
use serde_json::{Map, Value};

use crate::text::{Lang, errors, words};

/// The most bytes of a line.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Longer than a line may be.
    TooLong,
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON, from this column on.
    NotJson(usize),
    /// JSON, but not an object.
    NotAnObject,
    /// A name that has no meaning here.
    UnknownField(String),
    /// A value of the wrong kind, and the kind that it should have.
    WrongKind(String, Kind),
    /// A name that is missing.
    Missing(&'static str),
    /// What the replica says.
    Replica(Error),
}

/// The kind that a value should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// An array of objects.
    Objects,
    /// An object.
    Object,
    /// A string or an array of strings.
    Files,
}

impl Problem {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "line_too_long",
            Self::NotUtf8 => "not_utf8",
            Self::NotJson(_) | Self::NotAnObject => "bad_json",
            Self::UnknownField(_) => "unknown_field",
            Self::WrongKind(..) => "bad_value",
            Self::Missing(_) => "missing_field",
            Self::Replica(error) => error.code.as_str(),
        }
    }

    /// Whether the same line may do later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Replica(error) if error.code.is_retryable())
    }

    /// What a person reads.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::TooLong => words::LINE_TOO_LONG.fill(lang, &[&(LINE_BYTES_MAX >> 20)]),
            Self::NotUtf8 => words::LINE_NOT_UTF8.of(lang).to_owned(),
            Self::NotJson(column) => words::LINE_NOT_JSON.fill(lang, &[column]),
            Self::NotAnObject => words::LINE_NOT_AN_OBJECT.of(lang).to_owned(),
            Self::UnknownField(name) => words::LINE_UNKNOWN_FIELD.fill(lang, &[name]),
            Self::WrongKind(name, kind) => {
                let kind = match kind {
                    Kind::Text => words::KIND_TEXT,
                    Kind::Objects => words::KIND_OBJECTS,
                    Kind::Object => words::KIND_OBJECT,
                    Kind::Files => words::KIND_FILES,
                };
                words::LINE_WRONG_KIND.fill(lang, &[name, &kind.of(lang)])
            }
            Self::Missing(name) => words::LINE_MISSING.fill(lang, &[name]),
            Self::Replica(error) => errors::message(error, lang),
        }
    }
}

/// A line: its number from 1, and its bytes without the line break.
pub type Line = (u64, Result<Vec<u8>, Problem>);

/// Reads lines that are not blank.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    number: u64,
    bytes_read: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads the lines of `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader, number: 0, bytes_read: 0 }
    }

    /// How many bytes have been read.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The next line that is not blank; `None` at the end.
    ///
    /// # Errors
    ///
    /// When the file can't be read further.
    pub fn next_line(&mut self) -> std::io::Result<Option<Line>> {
        loop {
            let mut line = Vec::new();
            let read = (&mut self.reader).take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(None);
            }
            self.bytes_read += read as u64;
            self.number += 1;
            if !line.ends_with(b"\n") && read as u64 > LINE_BYTES_MAX {
                self.bytes_read += self.reader.skip_until(b'\n')? as u64;
                return Ok(Some((self.number, Err(Problem::TooLong))));
            }
            let start = if self.number == 1 && line.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            let content = line[start..].trim_ascii();
            if !content.is_empty() {
                return Ok(Some((self.number, Ok(content.to_vec()))));
            }
        }
    }
}

/// A complaint from a line, and the files of its photos. `building` is for a line that names none.
///
/// # Errors
///
/// What is wrong with the line.
pub fn complaint(
    line: &[u8],
    building: Option<&str>,
) -> Result<(NewComplaint, Vec<PathBuf>), Problem> {
    let mut object = object(line)?;
    let photos = take_files(&mut object, "photo")?;
    let mut text = |name: &str| take_text(&mut object, name);
    let mut new = NewComplaint {
        building: text("building")?.or(building.map(str::to_owned)).unwrap_or_default(),
        room: text("room")?.unwrap_or_default(),
        complainant: text("complainant")?,
        phone: text("phone")?,
        channel: text("channel")?,
        category: text("category")?,
        severity: text("severity")?,
        respondent: text("respondent")?,
        demand: text("demand")?,
        reported_before: text("reported_before")?,
        at: text("at")?,
        text: text("text")?.unwrap_or_default(),
        events: Vec::new(),
    };
    match object.remove("events") {
        None | Some(Value::Null) => {}
        Some(Value::Array(events)) => {
            new.events = events.into_iter().map(event).collect::<Result<_, _>>()?;
        }
        Some(_) => return Err(Problem::WrongKind("events".to_owned(), Kind::Objects)),
    }
    nothing_else(&object)?;
    if new.building.trim().is_empty() {
        return Err(Problem::Missing("building"));
    }
    if new.text.trim().is_empty() {
        return Err(Problem::Missing("text"));
    }
    Ok((new, photos))
}

/// An act from a line: the complaint's number, and the event.
///
/// # Errors
///
/// What is wrong with the line.
pub fn act(line: &[u8]) -> Result<(String, NewEvent), Problem> {
    let mut object = object(line)?;
    let number = take_text(&mut object, "number")?.ok_or(Problem::Missing("number"))?;
    Ok((number, event(Value::Object(object))?))
}

fn event(value: Value) -> Result<NewEvent, Problem> {
    let Value::Object(mut object) = value else {
        return Err(Problem::WrongKind("events".to_owned(), Kind::Objects));
    };
    let set = match object.remove("set") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(set)) => set,
        Some(_) => return Err(Problem::WrongKind("set".to_owned(), Kind::Object)),
    };
    let event = NewEvent {
        kind: take_text(&mut object, "kind")?.ok_or(Problem::Missing("kind"))?,
        at: take_text(&mut object, "at")?,
        set,
        note: take_text(&mut object, "note")?,
    };
    nothing_else(&object)?;
    Ok(event)
}

/// The object of a line, its names written as in the contract.
fn object(line: &[u8]) -> Result<Map<String, Value>, Problem> {
    let text = std::str::from_utf8(line).map_err(|_| Problem::NotUtf8)?;
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Problem::NotAnObject),
        Err(error) => Err(Problem::NotJson(error.column())),
    }
}

fn take_text(object: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Problem> {
    match object.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::WrongKind(name.to_owned(), Kind::Text)),
    }
}

/// One file, or a list of files.
fn take_files(object: &mut Map<String, Value>, name: &str) -> Result<Vec<PathBuf>, Problem> {
    let wrong = || Problem::WrongKind(name.to_owned(), Kind::Files);
    let file = |value: Value| match value {
        Value::String(file) if !file.is_empty() => Ok(PathBuf::from(file)),
        _ => Err(wrong()),
    };
    match object.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(files)) => files.into_iter().map(file).collect(),
        Some(one) => Ok(vec![file(one)?]),
    }
}

/// A long unknown name could be anything, so only its beginning is repeated.
fn nothing_else(object: &Map<String, Value>) -> Result<(), Problem> {
    match object.keys().next() {
        None => Ok(()),
        Some(name) => Err(Problem::UnknownField(name.chars().take(24).collect())),
    }
}

#[cfg(test)]
mod tests;
