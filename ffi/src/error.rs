//! The one error of this library: a stable code, and what a person can do about it.

use floorwalk_replica as replica;
use replica::words::{self, Lang};
use replica::{ErrorClass, ErrorCode};

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum ErrorKind {
    /// Wrong use or bad input.
    Input,
    /// Not allowed.
    Forbidden,
    /// The relay can't be reached or refuses; everything is kept.
    Relay,
    /// Damage was found, or the disk refuses.
    Damage,
    /// The library was suspended, shut down, or the call was cancelled.
    Lifecycle,
}

/// What a person can do about an error: for the button beside the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum UserAction {
    /// Nothing, or nothing in the app.
    None,
    /// Change what was entered.
    Correct,
    /// Do the same again, now or later.
    Retry,
    /// Make room on the device.
    FreeSpace,
    /// Ask the property office: for a right, a renewal or a new invitation.
    AskOffice,
    /// Join a community by an invitation.
    Join,
    /// Install a newer version of the app.
    Update,
    /// Let the database be repaired.
    Repair,
    /// Open the library again.
    Reopen,
}

/// Why a call failed. What had been acknowledged before is safe, whatever the code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum FloorwalkError {
    /// The only case: what differs is the code.
    #[error("{code}: {english}")]
    Failed {
        /// The stable code: one of the command line's, or `suspended`, `shut_down`, `cancelled`,
        /// `broken`.
        code: String,
        /// Whose turn it is.
        kind: ErrorKind,
        /// Whether the same call may work later without any change.
        retryable: bool,
        /// What a person can do.
        action: UserAction,
        /// What happened and what is safe, in English.
        english: String,
        /// The same in Chinese.
        chinese: String,
        /// The value that the sentence speaks of: a field, a name, an id. Never complaint text.
        detail: Option<String>,
    },
}

/// The outcome of a call.
pub(crate) type Result<T> = std::result::Result<T, FloorwalkError>;

/// Errors of this library's life, which the replica does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lifecycle {
    Suspended,
    ShutDown,
    Cancelled,
    Broken,
}

impl Lifecycle {
    fn code(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::ShutDown => "shut_down",
            Self::Cancelled => "cancelled",
            Self::Broken => "broken",
        }
    }
}

impl FloorwalkError {
    /// The stable code.
    pub fn code(&self) -> &str {
        let Self::Failed { code, .. } = self;
        code
    }

    /// Whether it is this error of the library's life.
    pub(crate) fn is(&self, what: Lifecycle) -> bool {
        self.code() == what.code()
    }

    /// Whether the same call may work later without any change.
    pub fn is_retryable(&self) -> bool {
        let Self::Failed { retryable, .. } = self;
        *retryable
    }
}

impl From<replica::Error> for FloorwalkError {
    fn from(error: replica::Error) -> Self {
        let replica::Error { code, detail } = error;
        let says = |lang| words::error(code, detail.as_deref(), lang);
        Self::Failed {
            code: code.as_str().to_owned(),
            kind: match code.class() {
                ErrorClass::Input => ErrorKind::Input,
                ErrorClass::Forbidden => ErrorKind::Forbidden,
                ErrorClass::Relay => ErrorKind::Relay,
                ErrorClass::Damage => ErrorKind::Damage,
            },
            retryable: code.is_retryable(),
            action: action(code),
            english: says(Lang::En),
            chinese: says(Lang::Zh),
            detail,
        }
    }
}

impl From<ErrorCode> for FloorwalkError {
    fn from(code: ErrorCode) -> Self {
        replica::Error::new(code).into()
    }
}

impl From<Lifecycle> for FloorwalkError {
    fn from(what: Lifecycle) -> Self {
        let (retryable, action, english, chinese) = match what {
            Lifecycle::Suspended => (
                true,
                UserAction::Retry,
                "The app is in the background. Everything is kept; this can be done when it is \
                opened again.",
                "应用在后台运行。内容都已保存；重新打开应用后即可进行。",
            ),
            Lifecycle::ShutDown => (
                false,
                UserAction::Reopen,
                "This was closed. Everything is kept; open the app again.",
                "已关闭。内容都已保存；请重新打开应用。",
            ),
            Lifecycle::Cancelled => (
                true,
                UserAction::Retry,
                "This was cancelled. Everything is kept; the next sync goes on from there.",
                "已取消。内容都已保存；下次同步会从中断处继续。",
            ),
            Lifecycle::Broken => (
                true,
                UserAction::Reopen,
                "Something went wrong in the program. What was kept before is safe; open the app \
                again.",
                "程序出错。此前保存的内容是安全的；请重新打开应用。",
            ),
        };
        Self::Failed {
            code: what.code().to_owned(),
            kind: ErrorKind::Lifecycle,
            retryable,
            action,
            english: english.to_owned(),
            chinese: chinese.to_owned(),
            detail: None,
        }
    }
}

/// What a person can do about a code. The kinds have an answer each; these codes have their own.
fn action(code: ErrorCode) -> UserAction {
    match code {
        ErrorCode::NotInCommunity => UserAction::Join,
        ErrorCode::NewerStore | ErrorCode::NewerDocument | ErrorCode::RelayVersion => {
            UserAction::Update
        }
        ErrorCode::NoRoom | ErrorCode::StoreFailed => UserAction::FreeSpace,
        ErrorCode::StoreDamaged | ErrorCode::BlobDamaged => UserAction::Repair,
        ErrorCode::RoleMayNot | ErrorCode::StageForbids | ErrorCode::RegulationForbids => {
            UserAction::None
        }
        code => match code.class() {
            ErrorClass::Input if code.is_retryable() => UserAction::Retry,
            ErrorClass::Input => UserAction::Correct,
            ErrorClass::Relay if code.is_retryable() => UserAction::Retry,
            ErrorClass::Forbidden | ErrorClass::Relay | ErrorClass::Damage => UserAction::AskOffice,
        },
    }
}
