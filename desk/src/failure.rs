//! What can go wrong at the command line: code, message in both languages, exit code.
//!
//! A message says what happened, what is safe and what to do. Complaint text, names and keys are
//! in none of them.

use std::fmt;
use std::io;
use std::process::ExitCode;

use floorwalk_replica::{Error, ErrorClass, ErrorCode};

use crate::text::{Lang, Text, errors, reports, words};

/// How a command ended without an error; the numbers are the exit codes of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Wrong use or bad input, some of which may have been fine.
    Input = 2,
    /// Not allowed.
    Forbidden = 3,
    /// The relay can't be reached or refuses; everything is kept.
    Relay = 4,
    /// Damage was found.
    Damage = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// How a command ended.
pub type Outcome = Result<Exit, Failure>;

/// Why a command ended early.
#[derive(Debug)]
pub enum Failure {
    /// The replica's error.
    Replica(Error),
    /// The command line can't be read; clap's words.
    Usage(String),
    /// No command was named; the help that is shown then.
    MissingCommand(String),
    /// A word where none is expected.
    StrayWord,
    /// A flag that this use needs is missing.
    MissingFlag(&'static str),
    /// A flag that this use can't have.
    NeedlessFlag(&'static str),
    /// `--set` without `=`, or twice with the same key.
    BadSet(String),
    /// A length of time that is none, or out of range.
    BadDuration(String),
    /// A first day that is after the last.
    BadRange(String, String),
    /// A file whose ending is none of these.
    UnknownEnding(String),
    /// Nobody who could have a duty.
    UnknownParty(String),
    /// A regulation that there is not, and those that there are.
    UnknownRegulation(String),
    /// A case for a regulation that can't be read, and where.
    BadCase(String),
    /// No folder for the home is known.
    NoHome,
    /// A passphrase is needed and nobody can be asked.
    NoPassphrase,
    /// A folder that must be empty is not.
    FolderNotEmpty(String),
    /// Standard output can't be written.
    Output(io::Error),
    /// The operating system gives no threads.
    NoRuntime(io::Error),
    /// The demonstration's relay does not start.
    DemoRelay(String),
    /// The demonstration did not show what it must show.
    DemoProof(Vec<String>),
    /// A fault in the program.
    Internal,
}

impl Failure {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Replica(error) => error.code.as_str(),
            Self::Usage(_) | Self::MissingCommand(_) | Self::StrayWord => "usage",
            Self::MissingFlag(_) | Self::NeedlessFlag(_) => "usage",
            Self::BadSet(_) => "bad_set",
            Self::BadDuration(_) => "bad_duration",
            Self::BadRange(..) => "bad_range",
            Self::UnknownEnding(_) => "unknown_ending",
            Self::UnknownParty(_) => ErrorCode::UnknownRole.as_str(),
            Self::UnknownRegulation(_) => ErrorCode::UnknownRegulation.as_str(),
            Self::BadCase(_) => "bad_case",
            Self::NoHome => "no_home",
            Self::NoPassphrase => "no_passphrase",
            Self::FolderNotEmpty(_) => "folder_not_empty",
            Self::Output(_) => "output",
            Self::DemoRelay(_) => "demo_relay",
            Self::DemoProof(_) => "demo_proof",
            Self::NoRuntime(_) | Self::Internal => "internal",
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Replica(error) => match error.code.class() {
                ErrorClass::Input => Exit::Input,
                ErrorClass::Forbidden => Exit::Forbidden,
                ErrorClass::Relay => Exit::Relay,
                ErrorClass::Damage => Exit::Damage,
            },
            // Whoever reads our output has gone away, as in `floorwalk list | head`.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::DemoRelay(_) => Exit::Relay,
            Self::NoRuntime(_) | Self::DemoProof(_) | Self::Internal => Exit::Damage,
            _ => Exit::Input,
        }
    }

    /// Whether the same call may work later without any change.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Replica(error) => error.code.is_retryable(),
            Self::Output(_) | Self::NoRuntime(_) => true,
            _ => false,
        }
    }

    /// What a person reads.
    pub fn message(&self, lang: Lang) -> String {
        let about = |text: &Text, detail: &dyn fmt::Display| text.fill(lang, &[detail]);
        match self {
            Self::Replica(error) => errors::message(error, lang),
            Self::Usage(words) => about(&words::USAGE, words),
            Self::MissingCommand(help) => about(&words::MISSING_COMMAND, help),
            Self::StrayWord => words::STRAY_WORD.of(lang).to_owned(),
            Self::MissingFlag(flag) => about(&words::MISSING_FLAG, flag),
            Self::NeedlessFlag(flag) => about(&words::NEEDLESS_FLAG, flag),
            Self::BadSet(given) => about(&words::BAD_SET, given),
            Self::BadDuration(given) => about(&words::BAD_DURATION, given),
            Self::BadRange(from, to) => reports::BAD_RANGE.fill(lang, &[from, to]),
            Self::UnknownEnding(known) => about(&reports::UNKNOWN_ENDING, known),
            Self::UnknownParty(given) => {
                reports::UNKNOWN_PARTY.fill(lang, &[given, &crate::arguments::party_keys()])
            }
            Self::UnknownRegulation(given) => {
                let known = crate::arguments::regulation_ids();
                words::UNKNOWN_REGULATION.fill(lang, &[given, &known])
            }
            Self::BadCase(why) => about(&words::BAD_CASE, why),
            Self::NoHome => words::NO_HOME.of(lang).to_owned(),
            Self::NoPassphrase => words::NO_PASSPHRASE.of(lang).to_owned(),
            Self::FolderNotEmpty(folder) => about(&words::FOLDER_NOT_EMPTY, folder),
            Self::Output(error) => about(&words::OUTPUT_FAILED, error),
            Self::NoRuntime(error) => about(&words::NO_RUNTIME, error),
            Self::DemoRelay(why) => about(&words::DEMO_RELAY, why),
            Self::DemoProof(claims) => about(&words::DEMO_PROOF, &claims.join("; ")),
            Self::Internal => words::INTERNAL.of(lang).to_owned(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Replica(error)
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self::Replica(code.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_follow_the_class() {
        let exit = |code: ErrorCode| Failure::from(code).exit() as u8;
        assert_eq!(exit(ErrorCode::UnknownBuilding), 2);
        assert_eq!(exit(ErrorCode::Revoked), 3);
        assert_eq!(exit(ErrorCode::RelayUnreachable), 4);
        assert_eq!(exit(ErrorCode::StoreDamaged), 5);
        assert_eq!(Failure::MissingFlag("--text").exit() as u8, 2);
        assert_eq!(Failure::Internal.exit() as u8, 5);
    }
}
