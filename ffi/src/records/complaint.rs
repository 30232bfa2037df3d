//! Complaints as they are shown, and what the regulation says of them.

use std::collections::HashMap;

use floorwalk_replica::{EventKind, records, regulation};

use super::{EventInfo, EvidenceInfo};

/// How far a complaint or a photo has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Delivery {
    /// It is kept on this device (已存本机).
    Saved,
    /// The relay has it (已发送).
    Sent,
    /// The office has it (物业已收到).
    Received,
    /// The office has accepted it (已受理).
    Accepted,
}

/// A complaint in a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
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
    /// How far it has come.
    pub delivery: Delivery,
    /// Whether this device holds changes to it that the relay has not got.
    pub unsent: bool,
    /// When it was recorded (RFC 3339).
    pub recorded_at: String,
    /// When the next duty is due (RFC 3339).
    pub next_due: Option<String>,
    /// How many photos and other evidence it has.
    pub photos_total: u32,
    /// How many of them the relay has.
    pub photos_sent: u32,
}

/// All of a complaint.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Complaint {
    /// The complaint's number.
    pub number: String,
    /// The document's id.
    pub id: String,
    /// The building's name.
    pub building: String,
    /// Its fields, by key.
    pub fields: HashMap<String, String>,
    /// The person's name, where it is known here.
    pub complainant: Option<String>,
    /// The person's telephone, where it is known here.
    pub phone: Option<String>,
    /// Of the person's details: `none`, `here`, `waiting` for their bytes, or `erased`.
    pub card_state: String,
    /// What happened.
    pub narrative: String,
    /// The stage's key.
    pub stage: String,
    /// How far it has come.
    pub delivery: Delivery,
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
    pub duties: Vec<Duty>,
    /// What stands in the way by it, or was done against it.
    pub refusals: Vec<Refusal>,
    /// What is to be raised to a higher level by it.
    pub escalations: Vec<Escalation>,
    /// Keys of fields that the regulation wants and that are empty.
    pub missing: Vec<String>,
    /// What may be done next.
    pub allowed: Vec<AllowedKind>,
    /// Fields that were changed at once in two places, with all their values.
    pub conflicts: HashMap<String, Vec<String>>,
    /// Whether a newer version wrote it, so that this one only shows it.
    pub read_only: bool,
}

/// A duty of a complaint.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Duty {
    /// The entry's key in the regulation.
    pub key: String,
    /// The number of its rule.
    pub rule: Option<String>,
    /// The clause.
    pub clause: String,
    /// What it is, in Chinese.
    pub chinese: String,
    /// What it is, in English.
    pub english: String,
    /// Keys of the kinds of events that fulfil it: any of them.
    pub expects: Vec<String>,
    /// Who has to: the key of a role or party.
    pub by: String,
    /// When it began (RFC 3339).
    pub starts_at: String,
    /// The first moment that is too late (RFC 3339); none where no number is given.
    pub due_at: Option<String>,
    /// The same in milliseconds since 1970.
    pub due_at_ms: Option<i64>,
    /// `pending`, `met`, `overdue` or `extended`.
    pub status: String,
    /// When it was done (RFC 3339).
    pub met_at: Option<String>,
    /// Whether it is not done and can still be.
    pub open: bool,
    /// Whether the moment depends on a year whose calendar is not published.
    pub provisional: bool,
    /// Whether a clock that has a part in it is in doubt.
    pub uncertain: bool,
}

/// What the regulation has against something.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Refusal {
    /// The clause.
    pub clause: String,
    /// Why, in Chinese.
    pub chinese: String,
    /// Why, in English.
    pub english: String,
    /// The key of the kind of event that it stands in the way of, if it is about one.
    pub forbids: Option<String>,
}

/// Something to be raised to a higher level.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Escalation {
    /// The number of its rule.
    pub rule: Option<String>,
    /// The clause.
    pub clause: String,
    /// The key of the role to which.
    pub to: String,
    /// Since when (RFC 3339).
    pub at: String,
}

/// What may be done next.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AllowedKind {
    /// The event kind's key.
    pub kind: String,
    /// The keys of the roles that may.
    pub roles: Vec<String>,
}

impl Delivery {
    /// The step of a key. What a newer version calls otherwise has come at least this far.
    pub(super) fn of(key: &str) -> Self {
        match key {
            "accepted" => Self::Accepted,
            "received" => Self::Received,
            "sent" => Self::Sent,
            _ => Self::Saved,
        }
    }
}

impl From<records::ComplaintRow> for ComplaintRow {
    fn from(row: records::ComplaintRow) -> Self {
        Self {
            number: row.number,
            id: row.id,
            building: row.building,
            room: row.room,
            category: row.category,
            severity: row.severity,
            stage: row.stage,
            delivery: Delivery::of(&row.delivery),
            unsent: row.unsent,
            recorded_at: row.recorded_at,
            next_due: row.next_due,
            photos_total: row.photos.total,
            photos_sent: row.photos.sent,
        }
    }
}

impl From<records::ComplaintDetail> for Complaint {
    fn from(detail: records::ComplaintDetail) -> Self {
        let (complainant, phone) =
            detail.card.map(|card| (card.complainant, card.phone)).unwrap_or_default();
        let allowed = detail.allowed.into_iter().map(|allowed| {
            let records::AllowedKind { kind, roles } = allowed;
            AllowedKind { kind, roles }
        });
        Self {
            number: detail.number,
            id: detail.id,
            building: detail.building,
            fields: detail.fields.into_iter().collect(),
            complainant,
            phone,
            card_state: detail.card_state,
            narrative: detail.narrative,
            stage: detail.stage,
            delivery: Delivery::of(&detail.delivery),
            unsent: detail.unsent,
            recorded_at: detail.recorded_at,
            received_at: detail.received_at,
            events: detail.events.into_iter().map(EventInfo::from).collect(),
            evidence: detail.evidence.into_iter().map(EvidenceInfo::from).collect(),
            duties: detail.duties.into_iter().map(Duty::from).collect(),
            refusals: detail.refusals.into_iter().map(Refusal::from).collect(),
            escalations: detail.escalations.into_iter().map(Escalation::from).collect(),
            missing: detail.missing,
            allowed: allowed.collect(),
            conflicts: detail.conflicts.into_iter().collect(),
            read_only: detail.read_only,
        }
    }
}

impl From<regulation::Duty> for Duty {
    fn from(duty: regulation::Duty) -> Self {
        Self {
            key: duty.key,
            rule: duty.rule,
            clause: duty.clause,
            chinese: duty.zh,
            english: duty.en,
            expects: duty.expects.iter().map(|kind| kind.as_str().to_owned()).collect(),
            by: duty.by,
            starts_at: duty.starts_at.to_rfc3339(),
            due_at: duty.due_at.map(|at| at.to_rfc3339()),
            due_at_ms: duty.due_at.map(|at| at.timestamp_millis()),
            status: duty.status.as_str().to_owned(),
            met_at: duty.met_at.map(|at| at.to_rfc3339()),
            open: duty.open,
            provisional: duty.provisional,
            uncertain: duty.uncertain,
        }
    }
}

impl From<regulation::Refusal> for Refusal {
    fn from(refusal: regulation::Refusal) -> Self {
        let forbids = refusal.forbids.as_ref().map(EventKind::as_str).map(str::to_owned);
        let regulation::Refusal { clause, reason, reason_zh, .. } = refusal;
        Self { clause, chinese: reason_zh, english: reason, forbids }
    }
}

impl From<regulation::Escalation> for Escalation {
    fn from(escalation: regulation::Escalation) -> Self {
        let regulation::Escalation { rule, clause, to, at } = escalation;
        Self { rule, clause, to, at: at.to_rfc3339() }
    }
}
