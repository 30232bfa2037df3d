//! Plain records that go in and out of a replica: what a command line prints and a phone shows.
//!
//! Field names are the command line's JSON contract. Records hold no secrets except an
//! invitation's link and a new recovery passphrase, which are shown once.

mod draft;
mod evidence;

use std::collections::BTreeMap;

use floorwalk_complaint::{ERASED, EventKind};
use serde::{Deserialize, Serialize};

pub use self::draft::{Draft, DraftPhoto};
pub use self::evidence::{
    AttachOptions, Attached, DossierOptions, DossierReport, Erased, Erasing, Erasure, EvidenceInfo,
    HASH, Place, Rectangle, SavedEvidence, SyncOptions,
};

/// The particular of a complaint's first event that names the adoption it was received under.
pub const ADOPTION: &str = "adoption";
/// The particular of an event whose author knew that the device's clock differs.
pub const CLOCK_DOUBT: &str = "clock_doubt";
/// Particulars of events that the program notes for itself.
pub const OWN_PARTICULARS: [&str; 4] = [ADOPTION, CLOCK_DOUBT, HASH, ERASED];

/// Where a relay is and how it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayAddress {
    /// `https://host:port`, or `http://host:port` for a relay without TLS on this machine.
    pub url: String,
    /// SHA-256 of the relay's certificate in hexadecimal; without it the web's roots decide.
    pub pin: Option<String>,
}

/// What founding a community takes.
#[derive(Debug, Clone)]
pub struct NewCommunity {
    /// Its name.
    pub name: String,
    /// The short name that complaint numbers begin with: 1 to 12 characters.
    pub short: String,
    /// The id of the chosen regulation.
    pub regulation: String,
    /// What is decided about it: choices, blanks, `days_off`, `time_zone`, by their keys.
    pub regulation_settings: BTreeMap<String, String>,
    /// Its relay.
    pub relay: RelayAddress,
    /// The relay's one-time permission, unless the relay is open.
    pub host_token: Option<String>,
    /// The recovery passphrase; one is made when none is given.
    pub passphrase: Option<String>,
    /// What this device is called in the roster.
    pub device_name: String,
}

/// What adopting a regulation takes.
#[derive(Debug, Clone, Default)]
pub struct NewAdoption {
    /// The id of one of the twenty; not looked at with a file.
    pub regulation: String,
    /// The text of the community's own file.
    pub file: Option<String>,
    /// What is decided about it: choices, blanks, `days_off`, `time_zone`, by their keys.
    pub settings: BTreeMap<String, String>,
}

/// An adopted regulation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Adopted {
    /// The name of this adoption, which complaints received under it bear.
    pub version: String,
    /// The regulation's id.
    pub regulation: String,
    /// Its Chinese title.
    pub title: String,
    /// Its English title.
    pub title_en: String,
    /// What the community has decided: `choices`, `blanks`, `days_off`, `time_zone`.
    pub settings: serde_json::Value,
    /// Blanks that nobody has filled: no moment is computed from them.
    pub open_blanks: Vec<String>,
}

/// A founded community.
#[derive(Debug, Clone, Serialize)]
pub struct CommunityCreated {
    /// The community's id.
    pub community: String,
    /// This device's id.
    pub device: String,
    /// Its buildings: none yet.
    pub buildings: Vec<BuildingInfo>,
    /// Where the sealed recovery file was written: copy it somewhere safe.
    pub recovery_file: String,
    /// The passphrase that opens it, when it was made here. It is kept nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_passphrase: Option<String>,
}

/// A building.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildingInfo {
    /// Its name.
    pub name: String,
    /// Its scope's id.
    pub scope: String,
}

/// A member's device.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceInfo {
    /// The device's id.
    pub device: String,
    /// What the roster calls it.
    pub name: String,
    /// Its role.
    pub role: String,
    /// The names of its buildings; all of them for members with access to all.
    pub buildings: Vec<String>,
    /// When the relay last received something from it (RFC 3339).
    pub last_seen: Option<String>,
    /// Whether it was revoked.
    pub revoked: bool,
    /// Whether it may invite, revoke and rotate.
    pub admin: bool,
    /// When its grant ends (RFC 3339); none for never.
    pub expires_at: Option<String>,
}

/// An invitation that was made.
#[derive(Debug, Clone, Serialize)]
pub struct InvitationInfo {
    /// Its id.
    pub invitation: String,
    /// For whom.
    pub name: String,
    /// The role that it grants.
    pub role: String,
    /// When it ends (RFC 3339).
    pub expires_at: String,
    /// `open`, `used`, `withdrawn` or `expired`.
    pub state: String,
}

/// A community as this device knows it.
#[derive(Debug, Clone, Serialize)]
pub struct CommunityInfo {
    /// Its id.
    pub community: String,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub short: String,
    /// The adopted regulation's id.
    pub regulation: String,
    /// The present adoption; none where this version can't read it.
    pub adoption: Option<Adopted>,
    /// Its relay.
    pub relay: String,
    /// This device.
    pub device: String,
    /// This device's role.
    pub role: String,
    /// Whether the relay is known to host the community.
    pub hosted: bool,
    /// Its devices.
    pub devices: Vec<DeviceInfo>,
    /// Its buildings.
    pub buildings: Vec<BuildingInfo>,
    /// Invitations, for those who may invite.
    pub invitations: Vec<InvitationInfo>,
}

/// What inviting somebody takes.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// For whom; goes to the sealed roster.
    pub name: String,
    /// The role's key.
    pub role: String,
    /// Names or scope ids of buildings; empty for all, which a building rep may not have.
    pub buildings: Vec<String>,
    /// How long the link can be used, in seconds.
    pub expires_in_s: u64,
}

/// An invitation's link. Whoever has it can join once.
#[derive(Debug, Clone, Serialize)]
pub struct Invitation {
    /// The link.
    pub link: String,
    /// When it ends (RFC 3339).
    pub expires_at: String,
}

/// What became of joining.
#[derive(Debug, Clone, Serialize)]
pub struct Joined {
    /// The community's id.
    pub community: String,
    /// Its name.
    pub name: String,
    /// This device's id.
    pub device: String,
    /// This device's role.
    pub role: String,
    /// The names of the buildings that it may see.
    pub buildings: Vec<String>,
}

/// What became of revoking.
#[derive(Debug, Clone, Serialize)]
pub struct Revoked {
    /// The device.
    pub device: String,
    /// The scopes that have a new key.
    pub rotated: Vec<String>,
}

/// A complaint as it is recorded.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewComplaint {
    /// The building's name or scope id.
    #[serde(default)]
    pub building: String,
    /// The room.
    #[serde(default)]
    pub room: String,
    /// The person's name; kept on the card.
    #[serde(default)]
    pub complainant: Option<String>,
    /// The person's telephone; kept on the card.
    #[serde(default)]
    pub phone: Option<String>,
    /// The channel's key.
    #[serde(default)]
    pub channel: Option<String>,
    /// The category's key.
    #[serde(default)]
    pub category: Option<String>,
    /// The severity's key.
    #[serde(default)]
    pub severity: Option<String>,
    /// Who is complained about.
    #[serde(default)]
    pub respondent: Option<String>,
    /// What the person demands.
    #[serde(default)]
    pub demand: Option<String>,
    /// What the property company did about it before.
    #[serde(default)]
    pub reported_before: Option<String>,
    /// When it was received (RFC 3339); now when absent.
    #[serde(default)]
    pub at: Option<String>,
    /// What happened, in the person's words.
    #[serde(default)]
    pub text: String,
    /// Events that follow at once.
    #[serde(default)]
    pub events: Vec<NewEvent>,
}

/// An event as it is made.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// The event kind's key.
    pub kind: String,
    /// When it happened (RFC 3339); now when absent.
    #[serde(default)]
    pub at: Option<String>,
    /// What it sets.
    #[serde(default)]
    pub set: serde_json::Map<String, serde_json::Value>,
    /// A note.
    #[serde(default)]
    pub note: Option<String>,
}

/// What became of recording.
#[derive(Debug, Clone, Serialize)]
pub struct Recorded {
    /// The complaint's number.
    pub number: String,
    /// The document's id.
    pub id: String,
    /// Fields that the regulation wants and that are empty.
    pub missing: Vec<String>,
}

/// What became of an act.
#[derive(Debug, Clone, Serialize)]
pub struct Acted {
    /// The complaint's number.
    pub number: String,
    /// The event's kind.
    pub kind: String,
    /// The event's id.
    pub event: String,
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Only this building: name or scope id.
    pub building: Option<String>,
    /// Only this stage's key.
    pub stage: Option<String>,
    /// Only complaints with an overdue duty.
    pub overdue: bool,
    /// How many at most; none for all.
    pub limit: Option<u32>,
    /// How many to pass over.
    pub offset: u32,
}

/// How many photos a complaint has and how many of them the relay has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PhotoCount {
    /// All.
    pub total: u32,
    /// Those that the relay has.
    pub sent: u32,
}

/// A complaint in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComplaintRow {
    /// The complaint's number.
    pub number: String,
    /// The document's id.
    pub id: String,
    /// The building's name.
    pub building: String,
    /// The room.
    pub room: String,
    /// The category's key.
    pub category: Option<String>,
    /// The severity's key.
    pub severity: Option<String>,
    /// The stage's key.
    pub stage: String,
    /// How far it has come: `saved`, `sent`, `received` or `accepted`.
    pub delivery: String,
    /// Whether this device holds changes to it that the relay has not got.
    pub unsent: bool,
    /// When it was recorded (RFC 3339).
    pub recorded_at: String,
    /// When the next duty is due (RFC 3339).
    pub next_due: Option<String>,
    /// Its photos.
    pub photos: PhotoCount,
}

/// An event as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventInfo {
    /// Its id.
    pub id: String,
    /// Its kind's key.
    pub kind: String,
    /// When it happened, as its author says (RFC 3339).
    pub at: String,
    /// What the roster calls its author.
    pub author: String,
    /// The author's device id.
    pub device: Option<String>,
    /// The author's role.
    pub role: Option<String>,
    /// Whether the author's role may do this.
    pub counted: bool,
    /// What it sets.
    pub set: serde_json::Map<String, serde_json::Value>,
    /// Its note.
    pub note: Option<String>,
}

/// The person behind a complaint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complainant: Option<String>,
    /// The person's telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// What somebody may do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AllowedKind {
    /// The event kind's key.
    pub kind: String,
    /// The roles that may.
    pub roles: Vec<String>,
}

/// All of a complaint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComplaintDetail {
    /// The complaint's number.
    pub number: String,
    /// The document's id.
    pub id: String,
    /// The building's name.
    pub building: String,
    /// Its fields.
    pub fields: BTreeMap<String, String>,
    /// The person; none where there is none or the card has not arrived.
    pub card: Option<Card>,
    /// `none`, `here`, `waiting` for the card's bytes, or `erased`.
    pub card_state: String,
    /// What happened.
    pub narrative: String,
    /// The stage's key.
    pub stage: String,
    /// How far it has come.
    pub delivery: String,
    /// Whether this device holds changes to it that the relay has not got.
    pub unsent: bool,
    /// When it was recorded (RFC 3339).
    pub recorded_at: String,
    /// When it was received, as its recorder says (RFC 3339).
    pub received_at: String,
    /// What happened to it, in order.
    pub events: Vec<EventInfo>,
    /// Photos and other evidence.
    pub evidence: Vec<EvidenceInfo>,
    /// Duties by the regulation that it was received under.
    pub duties: Vec<floorwalk_regulation::Duty>,
    /// What stands in the way by it, or was done against it.
    pub refusals: Vec<floorwalk_regulation::Refusal>,
    /// What is to be raised to a higher level by it.
    pub escalations: Vec<floorwalk_regulation::Escalation>,
    /// Fields that the regulation wants and that are empty.
    pub missing: Vec<String>,
    /// What may be done next.
    pub allowed: Vec<AllowedKind>,
    /// Fields that were changed at once in two places, with all their values.
    pub conflicts: BTreeMap<String, Vec<String>>,
    /// Whether a newer version wrote it, so that this one only shows it.
    pub read_only: bool,
}

impl ComplaintDetail {
    /// What the last follow-up that asked found.
    pub fn satisfied(&self) -> Option<bool> {
        let counted = self.events.iter().rev().filter(|event| event.counted);
        let asked = counted.filter(|event| event.kind == EventKind::FollowedUp.as_str());
        asked.filter_map(|event| event.set.get("satisfied")?.as_bool()).next()
    }
}

/// The statistic of a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KpiReport {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The present regulation's id; its targets are looked at.
    pub regulation: String,
    /// Its Chinese title.
    pub title: String,
    /// Its English title.
    pub title_en: String,
    /// The counts.
    #[serde(flatten)]
    pub statistic: floorwalk_regulation::statistics::Statistic,
}

/// The counts of a report that the regulation wants again and again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PeriodicCounts {
    /// The number of its rule.
    pub rule: Option<String>,
    /// The clause.
    pub clause: String,
    /// What it is, in Chinese.
    pub title: String,
    /// What it is, in English.
    pub title_en: String,
    /// Whether the regulation wants it published.
    pub published: bool,
    /// The counts. Of categories, channels and severities, the keys are what people typed.
    pub statistic: KpiReport,
}

/// A report that the regulation wants again and again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PeriodicReport {
    /// What it counts.
    #[serde(flatten)]
    pub counts: PeriodicCounts,
    /// The complaints; to be left out of what is published.
    pub complaints: Vec<ComplaintDetail>,
}

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    /// Questions that waited for an answer.
    pub round_trips: u32,
    /// Parcels that the relay took.
    pub parcels_sent: u64,
    /// Parcels that arrived.
    pub parcels_received: u64,
    /// Bytes of messages and blobs sent, without TLS.
    pub bytes_sent: u64,
    /// Bytes of messages and blobs received, without TLS.
    pub bytes_received: u64,
    /// Blobs that the relay took.
    pub blobs_sent: u64,
    /// Blobs that arrived.
    pub blobs_received: u64,
    /// Parcels in quarantine after it.
    pub quarantined: u64,
    /// Whether the relay had taken a new history.
    pub history_reset: bool,
    /// Whether the relay kept its promises about order.
    pub chain_ok: bool,
}

/// A parcel that is kept but not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuarantineItem {
    /// Its id.
    pub parcel: String,
    /// Its author's device, where it could be read.
    pub device: Option<String>,
    /// Its scope.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// When it was put there (RFC 3339).
    pub at: String,
}

/// What has not been sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Unsent {
    /// Complaints with changes that the relay has not got.
    pub complaints: u64,
    /// Photos that the relay has not got.
    pub photos: u64,
    /// Cards that the relay has not got.
    pub cards: u64,
}

/// How a replica stands.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// What has not been sent.
    pub unsent: Unsent,
    /// When the last sync ended well (RFC 3339).
    pub last_sync: Option<String>,
    /// Parcels kept but not applied.
    pub quarantine: Vec<QuarantineItem>,
    /// Parcels that wait for a key, a membership or earlier parcels.
    pub waiting: u64,
    /// What the person should know: `clock_differs`, `new_generation`, `chain_broken`,
    /// `relay_restored`, `relay_refused`, `too_many_wait`, `cards_stuck`, `photos_stuck`;
    /// `grant_expired` by this device's clock, and `revoked` since the relay said so.
    pub warnings: Vec<String>,
}

/// What was held of a revoked device and counts from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldAccepted {
    /// The device's id.
    pub device: String,
    /// Its parcels that were let in.
    pub parcels: u64,
}

/// What a bundle file held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct BundleReport {
    /// Parcels in it that were written or newly taken.
    pub parcels: u64,
    /// Blobs in it that were written or newly taken.
    pub blobs: u64,
}

/// What the doctor found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DoctorReport {
    /// Things checked: documents, parcels and blobs.
    pub checked: u64,
    /// What is wrong.
    pub problems: Vec<String>,
    /// How many of them were put right.
    pub repaired: u64,
}
