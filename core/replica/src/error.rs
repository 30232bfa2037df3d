//! The one error of the client API: a stable code, and a value that the words need.
//!
//! Flat on purpose: it crosses into Kotlin, Swift and JSON as code, message and retryable. The
//! English sentence is here, the Chinese one in [`crate::words`].

use std::fmt;

/// Whose turn it is after an error; the command line's exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// Wrong use or bad input.
    Input,
    /// Not allowed.
    Forbidden,
    /// The relay can't be reached or refuses; everything is kept.
    Relay,
    /// Damage was found.
    Damage,
}

macro_rules! error_codes {
    ($(
        $(#[$doc:meta])*
        $name:ident, $code:literal, $class:ident, $retryable:literal, $text:literal;
    )*) => {
        /// What went wrong. The strings are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
        }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable string.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Whose turn it is.
            pub fn class(self) -> ErrorClass {
                match self { $(Self::$name => ErrorClass::$class,)* }
            }

            /// Whether the same call may work later without any change.
            pub fn is_retryable(self) -> bool {
                match self { $(Self::$name => $retryable,)* }
            }

            /// The English sentence; `{}` stands for [`Error::detail`].
            pub fn english(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

error_codes! {
    /// This home belongs to no community yet.
    NotInCommunity, "not_in_community", Input, false,
        "This device belongs to no community yet. Join with an invitation link, or create a \
        community.";
    /// This home belongs to a community already.
    AlreadyInCommunity, "already_in_community", Input, false,
        "This device belongs to a community already; nothing was changed.";
    /// No such building, or not one of this device's.
    UnknownBuilding, "unknown_building", Input, false,
        "There is no building \"{}\" that this device may see.";
    /// A building of that name exists.
    BuildingExists, "building_exists", Input, false, "There is a building \"{}\" already.";
    /// No such complaint.
    UnknownComplaint, "unknown_complaint", Input, false, "There is no complaint \"{}\" on this \
        device.";
    /// Two complaints bear the number.
    AmbiguousNumber, "ambiguous_number", Input, false,
        "More than one complaint bears the number {}; name it by its id.";
    /// No such draft, or it is a complaint by now.
    UnknownDraft, "unknown_draft", Input, false,
        "There is no draft \"{}\" on this device; perhaps it was recorded or discarded.";
    /// There are as many drafts as there may be.
    TooManyDrafts, "too_many_drafts", Input, false,
        "There are {} drafts already, and they are kept; there can't be more. Record or discard \
        one first.";
    /// No such event kind.
    UnknownKind, "unknown_kind", Input, false, "There is no kind of event \"{}\".";
    /// No such role.
    UnknownRole, "unknown_role", Input, false, "There is no role \"{}\".";
    /// No such stage.
    UnknownStage, "unknown_stage", Input, false, "There is no stage \"{}\".";
    /// No such device.
    UnknownDevice, "unknown_device", Input, false, "There is no device \"{}\" in this community.";
    /// No such regulation.
    UnknownRegulation, "unknown_regulation", Input, false, "There is no regulation \"{}\".";
    /// A choice or a blank of a regulation does not fit it.
    BadRegulationSetting, "bad_regulation_setting", Input, false,
        "This does not fit the regulation: {}.";
    /// Blanks of a regulation are not filled.
    OpenBlanks, "open_blanks", Input, false,
        "The regulation leaves values out that the community must fill in before adopting it: \
        {}. Nothing was changed.";
    /// A regulation's file has mistakes.
    BadRegulationFile, "bad_regulation_file", Input, false,
        "The regulation's file has a mistake: {}.";
    /// A time is not RFC 3339.
    BadTime, "bad_time", Input, false,
        "\"{}\" is not a time. Write it like 2026-09-30T16:00:00+08:00.";
    /// A day is not one.
    BadDay, "bad_day", Input, false, "\"{}\" is not a day. Write it like 2026-09-30.";
    /// The regulation wants no report again and again, or leaves open how often.
    NoPeriodicReport, "no_periodic_report", Input, false,
        "The regulation {} asks for no periodic report, or leaves open how often.";
    /// A field is not one that can be set.
    BadField, "bad_field", Input, false, "The field \"{}\" can't be set.";
    /// A value is empty, too long or of the wrong kind.
    BadValue, "bad_value", Input, false, "The value of \"{}\" is missing, too long or of the \
        wrong kind.";
    /// A short name breaks its rule.
    BadShortName, "bad_short_name", Input, false,
        "The short name must have 1 to 12 characters without spaces and hyphens.";
    /// A relay address is not one.
    BadRelayUrl, "bad_relay_url", Input, false,
        "\"{}\" is not a relay's address. Write it like https://relay.example:7800.";
    /// A pin is not 64 hexadecimal digits.
    BadPin, "bad_pin", Input, false, "The relay pin must be 64 hexadecimal digits.";
    /// A text is no invitation link.
    BadLink, "bad_link", Input, false,
        "This is not an invitation link, or it was cut short. Copy all of it, the part after # \
        too.";
    /// A building rep needs a building.
    RepNeedsBuilding, "rep_needs_building", Input, false,
        "A building rep needs at least one building.";
    /// Too short a passphrase.
    WeakPassphrase, "weak_passphrase", Input, false,
        "The recovery passphrase must have at least 12 characters.";
    /// The passphrase does not open the recovery file.
    WrongPassphrase, "wrong_passphrase", Input, false,
        "The passphrase does not open the recovery file. Nothing was changed; try again.";
    /// A file is no recovery file.
    BadRecoveryFile, "bad_recovery_file", Input, false,
        "\"{}\" is not a recovery file, or it is damaged.";
    /// A file is no bundle.
    BadBundle, "bad_bundle", Input, false,
        "\"{}\" is not a bundle, or it is damaged; what could be read of it was kept.";
    /// A bundle of another community.
    ForeignBundle, "foreign_bundle", Input, false,
        "This bundle belongs to another community; nothing was taken from it.";
    /// A piece of evidence is empty.
    EvidenceEmpty, "evidence_empty", Input, false,
        "The file \"{}\" is empty. Nothing was attached.";
    /// A piece of evidence is larger than one may be.
    EvidenceTooLarge, "evidence_too_large", Input, false,
        "The file is too large: at most 240 MB. Nothing was attached.";
    /// A file changed while it was taken in.
    EvidenceChanged, "evidence_changed", Input, true,
        "The file changed while it was read. Nothing was attached; try again.";
    /// A complaint has as much evidence as one may have.
    EvidenceFull, "evidence_full", Input, false,
        "This complaint has {} pieces of evidence, and can't have more.";
    /// No such evidence.
    UnknownEvidence, "unknown_evidence", Input, false,
        "There is no evidence with the hash \"{}\".";
    /// The beginning of a hash that several pieces of evidence share.
    AmbiguousEvidence, "ambiguous_evidence", Input, false,
        "More than one piece of evidence begins with \"{}\"; give more of the hash.";
    /// Evidence was erased and is not taken again.
    EvidenceErased, "evidence_erased", Forbidden, false,
        "This was erased from the complaint and can't be attached to it again: {}.";
    /// The bytes of a piece of evidence have not come yet.
    EvidenceNotHere, "evidence_not_here", Input, true,
        "The bytes of this evidence are not on this device yet ({}). Sync first.";
    /// A root key is not one.
    BadRootKey, "bad_root_key", Input, false,
        "The root key must be 64 hexadecimal digits.";
    /// A picture can't be decoded.
    NotAPicture, "not_a_picture", Input, false,
        "This can't be done with this file: {}. Take a JPEG, PNG or WebP.";
    /// A rectangle has no place in its picture.
    BadRectangle, "bad_rectangle", Input, false,
        "The rectangle {} is empty or outside of the picture.";
    /// A file can't be read or written.
    File, "file", Input, true, "The file {} can't be read or written.";
    /// The role may not do this.
    RoleMayNot, "role_may_not", Forbidden, false, "Your role may not do this: {}.";
    /// The stage does not allow this.
    StageForbids, "stage_forbids", Forbidden, false,
        "This can't be done at the complaint's present stage: {}.";
    /// The adopted regulation does not allow this.
    RegulationForbids, "regulation_forbids", Forbidden, false,
        "The adopted regulation does not allow this: {}. Nothing was changed.";
    /// Only administrators may do this.
    NotAdmin, "not_admin", Forbidden, false,
        "Only an administrator's device may do this: the office's that founded the community, or \
        one that it certified.";
    /// The community would be left without an administrator.
    LastAdmin, "last_admin", Forbidden, false,
        "This is the community's last administrator's device; nothing was changed. Certify \
        another one first.";
    /// This device was revoked.
    Revoked, "revoked", Forbidden, false,
        "This device was revoked. What it recorded is still here; export it as a bundle and give \
        it to the office.";
    /// This device's grant has run out.
    GrantExpired, "grant_expired", Forbidden, true,
        "This device's access has run out. Recording goes on and everything is kept; ask the \
        office to renew it.";
    /// A newer version wrote this document.
    NewerDocument, "newer_document", Forbidden, false,
        "A newer version of Floorwalk wrote this complaint; this version can only show it. Please \
        update.";
    /// Nobody answers at the relay's address.
    RelayUnreachable, "relay_unreachable", Relay, true,
        "The relay can't be reached. Everything is kept on this device and goes out with the next \
        sync.";
    /// The relay's certificate is not the pinned one.
    RelayPinMismatch, "relay_pin_mismatch", Relay, false,
        "The relay's certificate is not the one that was pinned. Nothing was sent. Check the \
        address, or ask the relay's admin for the right pin.";
    /// The relay's certificate is not trusted.
    RelayNotTrusted, "relay_not_trusted", Relay, false,
        "The relay's certificate is not trusted. Nothing was sent. For a self-signed relay give \
        its pin.";
    /// Something else than a relay answers.
    NotARelay, "not_a_relay", Relay, true,
        "What answers at the relay's address is not a Floorwalk relay; perhaps this network asks \
        for a login first. Everything is kept.";
    /// The connection broke.
    RelayBroken, "relay_broken", Relay, true,
        "The connection to the relay broke. Everything is kept; the next sync goes on from there.";
    /// The relay speaks another version.
    RelayVersion, "relay_version", Relay, false,
        "The relay speaks another version of the protocol. Everything is kept; please update.";
    /// The relay does not host the community.
    RelayUnknownCommunity, "relay_unknown_community", Relay, false,
        "The relay does not host this community. Everything is kept.";
    /// The relay wants a host token.
    HostTokenRefused, "host_token_refused", Relay, false,
        "The relay takes a new community only with a valid host token. The community is kept \
        here; ask the relay's admin for a token and create it again.";
    /// The relay does not know this device.
    NotAMember, "not_a_member", Relay, false,
        "The relay does not know this device as a member. Everything is kept.";
    /// No such invitation.
    InvitationUnknown, "invitation_unknown", Relay, false,
        "The relay does not know this invitation. Ask for a new one.";
    /// Somebody has used the invitation.
    InvitationUsed, "invitation_used", Relay, false,
        "This invitation has been used already. Ask for a new one.";
    /// The invitation is too old.
    InvitationExpired, "invitation_expired", Relay, false,
        "This invitation has expired. Ask for a new one.";
    /// The invitation was withdrawn.
    InvitationWithdrawn, "invitation_withdrawn", Relay, false,
        "This invitation was withdrawn. Ask for a new one.";
    /// The relay is full or stops.
    RelayUnavailable, "relay_unavailable", Relay, true,
        "The relay can't take anything right now. Everything is kept; try again later.";
    /// The relay refused a message.
    RelayRefused, "relay_refused", Relay, false,
        "The relay refused what this device sent ({}). Everything is kept.";
    /// A newer version made the database.
    NewerStore, "newer_store", Damage, false,
        "A newer version of Floorwalk made this device's database. Nothing was touched; please \
        update, or export a bundle with the newer version.";
    /// The database is damaged.
    StoreDamaged, "store_damaged", Damage, false,
        "The database is damaged ({}). It is opened for reading only, and must be repaired.";
    /// A blob's bytes on this device are not those that were sealed.
    BlobDamaged, "blob_damaged", Damage, false,
        "The bytes of this evidence on this device are damaged ({}). Repair it, then \
        sync: what the relay has is fetched again.";
    /// There is too little room for a photo.
    NoRoom, "no_room", Damage, true,
        "There is too little room on this device for \"{}\". Every word is kept; free some space \
        and attach it again.";
    /// The disk refuses to write.
    StoreFailed, "store_failed", Damage, true,
        "The disk could not keep this ({}). What was kept before is safe; free some space and try \
        again.";
    /// The device's keys are missing.
    KeysMissing, "keys_missing", Damage, false,
        "This device's keys are missing or do not fit its database. The data can't be opened \
        without them.";
}

/// An error of the client API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub code: ErrorCode,
    /// The value that the words need: a name, a field, an id, a path. Never complaint text.
    pub detail: Option<String>,
}

impl Error {
    /// An error that needs no value.
    pub fn new(code: ErrorCode) -> Self {
        Self { code, detail: None }
    }

    /// An error about a value.
    pub fn about(code: ErrorCode, detail: impl fmt::Display) -> Self {
        Self { code, detail: Some(detail.to_string()) }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = self.detail.as_deref().unwrap_or("?");
        f.write_str(&self.code.english().replace("{}", detail))
    }
}

impl std::error::Error for Error {}

/// The outcome of a call of the client API.
pub type Result<T> = std::result::Result<T, Error>;
