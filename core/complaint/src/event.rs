//! Events: what happened to a complaint, in the words of a closed list, and how one is stored.
//!
//! An event is one immutable JSON text, `{"kind","at","set","note"}` plus whatever a newer writer
//! added. Who wrote it and when in causal order are not in the text: they are the operation's
//! actor and counter, which the text cannot forge.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::limits::VALUE_BYTES_MAX;

/// The particular of a `noted` event that names what it erases: an array of evidence hashes and of
/// ids of card blobs.
pub const ERASED: &str = "erased";

/// What happened. The keys are stored and sent; a key of a newer version is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// Received and recorded.
    Received,
    /// The complainant was told that it arrived.
    Acknowledged,
    /// More was asked for; `set` {reason, clause}.
    SupplementRequested,
    /// What was asked for was given.
    Supplemented,
    /// The facts were checked.
    Verified,
    /// Taken on.
    Accepted,
    /// Not taken on; `set` {reason, clause}.
    Declined,
    /// Judged; `set` {severity, category}.
    Classified,
    /// Reported upwards; `set` {to}.
    Reported,
    /// Handed to another; `set` {to}.
    Forwarded,
    /// Handed-over papers were signed for.
    ReceiptSigned,
    /// Someone was there.
    SiteVisited,
    /// A person was heard.
    StatementTaken,
    /// Evidence was added.
    EvidenceAdded,
    /// Looked into.
    Investigated,
    /// A plan was made; `set` {method, person, until}.
    Planned,
    /// The plan was approved; `set` {by, reason}.
    PlanApproved,
    /// The plan was sent back; `set` {by, reason}.
    PlanRejected,
    /// The complainant was told the plan.
    PlanTold,
    /// A period was extended; `set` {rule, until, reason}.
    Extended,
    /// The complainant was told how it goes.
    ProgressTold,
    /// Put right.
    Remedied,
    /// The cause was acted on.
    CorrectiveAction,
    /// Dealt with; `set` {outcome}.
    Resolved,
    /// The complainant was told the outcome; `set` {manner}.
    ResultTold,
    /// A receipt was issued; `set` {receipt}.
    ReceiptIssued,
    /// Asked afterwards; `set` {manner, satisfied, score}.
    FollowedUp,
    /// Taken up again.
    Reopened,
    /// Raised to a higher level.
    Escalated,
    /// A review was asked for.
    ReviewRequested,
    /// The review was decided; `set` {by, reason}.
    ReviewDecided,
    /// Mediation began.
    MediationOpened,
    /// Mediation reached agreement.
    MediationAgreed,
    /// Mediation ended without agreement.
    MediationFailed,
    /// Sent to an authority or court; `set` {to}.
    Referred,
    /// A member of staff was praised.
    StaffPraised,
    /// A member of staff was corrected.
    StaffCorrected,
    /// Another person put their name to it.
    Cosigned,
    /// The complainant withdrew it, or it was re-filed.
    Withdrawn,
    /// Closed and filed.
    Archived,
    /// Made public.
    Published,
    /// A remark.
    Noted,
    /// A kind of a newer version: kept and forwarded, never counted.
    Unknown(String),
}

impl EventKind {
    /// All that this version knows, in the order of their list.
    pub const KNOWN: &'static [Self] = &[
        Self::Received,
        Self::Acknowledged,
        Self::SupplementRequested,
        Self::Supplemented,
        Self::Verified,
        Self::Accepted,
        Self::Declined,
        Self::Classified,
        Self::Reported,
        Self::Forwarded,
        Self::ReceiptSigned,
        Self::SiteVisited,
        Self::StatementTaken,
        Self::EvidenceAdded,
        Self::Investigated,
        Self::Planned,
        Self::PlanApproved,
        Self::PlanRejected,
        Self::PlanTold,
        Self::Extended,
        Self::ProgressTold,
        Self::Remedied,
        Self::CorrectiveAction,
        Self::Resolved,
        Self::ResultTold,
        Self::ReceiptIssued,
        Self::FollowedUp,
        Self::Reopened,
        Self::Escalated,
        Self::ReviewRequested,
        Self::ReviewDecided,
        Self::MediationOpened,
        Self::MediationAgreed,
        Self::MediationFailed,
        Self::Referred,
        Self::StaffPraised,
        Self::StaffCorrected,
        Self::Cosigned,
        Self::Withdrawn,
        Self::Archived,
        Self::Published,
        Self::Noted,
    ];

    /// The kind of a key.
    pub fn from_key(key: &str) -> Self {
        match key {
            "received" => Self::Received,
            "acknowledged" => Self::Acknowledged,
            "supplement_requested" => Self::SupplementRequested,
            "supplemented" => Self::Supplemented,
            "verified" => Self::Verified,
            "accepted" => Self::Accepted,
            "declined" => Self::Declined,
            "classified" => Self::Classified,
            "reported" => Self::Reported,
            "forwarded" => Self::Forwarded,
            "receipt_signed" => Self::ReceiptSigned,
            "site_visited" => Self::SiteVisited,
            "statement_taken" => Self::StatementTaken,
            "evidence_added" => Self::EvidenceAdded,
            "investigated" => Self::Investigated,
            "planned" => Self::Planned,
            "plan_approved" => Self::PlanApproved,
            "plan_rejected" => Self::PlanRejected,
            "plan_told" => Self::PlanTold,
            "extended" => Self::Extended,
            "progress_told" => Self::ProgressTold,
            "remedied" => Self::Remedied,
            "corrective_action" => Self::CorrectiveAction,
            "resolved" => Self::Resolved,
            "result_told" => Self::ResultTold,
            "receipt_issued" => Self::ReceiptIssued,
            "followed_up" => Self::FollowedUp,
            "reopened" => Self::Reopened,
            "escalated" => Self::Escalated,
            "review_requested" => Self::ReviewRequested,
            "review_decided" => Self::ReviewDecided,
            "mediation_opened" => Self::MediationOpened,
            "mediation_agreed" => Self::MediationAgreed,
            "mediation_failed" => Self::MediationFailed,
            "referred" => Self::Referred,
            "staff_praised" => Self::StaffPraised,
            "staff_corrected" => Self::StaffCorrected,
            "cosigned" => Self::Cosigned,
            "withdrawn" => Self::Withdrawn,
            "archived" => Self::Archived,
            "published" => Self::Published,
            "noted" => Self::Noted,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// The key: what is stored, sent and typed.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unknown(key) => key,
            known => known.row().0,
        }
    }

    /// The Chinese label; the key itself for a kind of a newer version.
    pub fn zh(&self) -> &str {
        match self {
            Self::Unknown(key) => key,
            known => known.row().1,
        }
    }

    /// The English label; the key itself for a kind of a newer version.
    pub fn en(&self) -> &str {
        match self {
            Self::Unknown(key) => key,
            known => known.row().2,
        }
    }

    fn row(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Received => ("received", "登记", "received"),
            Self::Acknowledged => ("acknowledged", "确认收到", "acknowledged"),
            Self::SupplementRequested => {
                ("supplement_requested", "要求补正", "supplement requested")
            }
            Self::Supplemented => ("supplemented", "已补正", "supplemented"),
            Self::Verified => ("verified", "核实", "verified"),
            Self::Accepted => ("accepted", "受理", "accepted"),
            Self::Declined => ("declined", "不予受理", "declined"),
            Self::Classified => ("classified", "分级分类", "classified"),
            Self::Reported => ("reported", "上报", "reported"),
            Self::Forwarded => ("forwarded", "转办", "forwarded"),
            Self::ReceiptSigned => ("receipt_signed", "签收", "receipt signed"),
            Self::SiteVisited => ("site_visited", "现场查看", "site visited"),
            Self::StatementTaken => ("statement_taken", "询问记录", "statement taken"),
            Self::EvidenceAdded => ("evidence_added", "补充证据", "evidence added"),
            Self::Investigated => ("investigated", "调查", "investigated"),
            Self::Planned => ("planned", "制定方案", "planned"),
            Self::PlanApproved => ("plan_approved", "方案批准", "plan approved"),
            Self::PlanRejected => ("plan_rejected", "方案退回", "plan rejected"),
            Self::PlanTold => ("plan_told", "告知方案", "plan told"),
            Self::Extended => ("extended", "延期", "extended"),
            Self::ProgressTold => ("progress_told", "告知进展", "progress told"),
            Self::Remedied => ("remedied", "整改", "remedied"),
            Self::CorrectiveAction => ("corrective_action", "纠正措施", "corrective action"),
            Self::Resolved => ("resolved", "办结", "resolved"),
            Self::ResultTold => ("result_told", "告知结果", "result told"),
            Self::ReceiptIssued => ("receipt_issued", "出具回执", "receipt issued"),
            Self::FollowedUp => ("followed_up", "回访", "followed up"),
            Self::Reopened => ("reopened", "重新办理", "reopened"),
            Self::Escalated => ("escalated", "升级督办", "escalated"),
            Self::ReviewRequested => ("review_requested", "申请复核", "review requested"),
            Self::ReviewDecided => ("review_decided", "复核决定", "review decided"),
            Self::MediationOpened => ("mediation_opened", "启动调解", "mediation opened"),
            Self::MediationAgreed => ("mediation_agreed", "调解达成", "mediation agreed"),
            Self::MediationFailed => ("mediation_failed", "调解未成", "mediation failed"),
            Self::Referred => ("referred", "移送", "referred"),
            Self::StaffPraised => ("staff_praised", "表扬员工", "staff praised"),
            Self::StaffCorrected => ("staff_corrected", "批评教育员工", "staff corrected"),
            Self::Cosigned => ("cosigned", "联署", "cosigned"),
            Self::Withdrawn => ("withdrawn", "撤回", "withdrawn"),
            Self::Archived => ("archived", "归档", "archived"),
            Self::Published => ("published", "公示", "published"),
            Self::Noted => ("noted", "备注", "noted"),
            Self::Unknown(_) => ("", "", ""),
        }
    }
}

impl std::str::FromStr for EventKind {
    type Err = Error;

    /// Reads a key that a person typed: only what this version knows.
    fn from_str(text: &str) -> Result<Self, Error> {
        match Self::from_key(text) {
            Self::Unknown(_) => Err(Error::Name("kind of event")),
            known => Ok(known),
        }
    }
}

impl std::fmt::Display for EventKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for EventKind {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::from_key(&std::borrow::Cow::<'de, str>::deserialize(from)?))
    }
}

/// An event to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// What happened.
    pub kind: EventKind,
    /// When, as the author says: RFC 3339.
    pub at: String,
    /// Particulars, by the keys of the kind.
    pub set: Map<String, Value>,
    /// Free words.
    pub note: Option<String>,
}

impl NewEvent {
    /// An event without particulars.
    pub fn new(kind: EventKind, at: impl Into<String>) -> Self {
        Self { kind, at: at.into(), set: Map::new(), note: None }
    }

    /// The event's JSON text.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] above 64 KiB.
    pub(crate) fn to_text(&self) -> Result<String, Error> {
        let stored = StoredEvent {
            kind: self.kind.clone(),
            at: self.at.clone(),
            set: self.set.clone(),
            note: self.note.clone(),
            other: Map::new(),
        };
        let text = serde_json::to_string(&stored).map_err(|_| Error::Write)?;
        if text.len() > VALUE_BYTES_MAX {
            return Err(Error::TooLong { what: "an event", max: VALUE_BYTES_MAX, unit: "bytes" });
        }
        Ok(text)
    }
}

/// An event's JSON as it stands in the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredEvent {
    pub kind: EventKind,
    #[serde(default)]
    pub at: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub set: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl StoredEvent {
    /// Reads an event's text; `None` if it is not such a JSON object.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_known_kind_has_its_own_key_and_labels() {
        for kind in EventKind::KNOWN {
            assert_eq!(EventKind::from_key(kind.as_str()), *kind);
            assert!(!kind.zh().is_empty() && !kind.en().is_empty());
        }
        assert_eq!(EventKind::KNOWN.len(), 42);
        assert!("teleported".parse::<EventKind>().is_err());
        assert!("accepted".parse::<EventKind>().is_ok());
    }

    #[test]
    fn unknown_members_and_kinds_are_kept() {
        let text = r#"{"kind":"teleported","at":"2026-01-01T00:00:00Z","note":"n","v2":[1]}"#;
        let event = StoredEvent::parse(text).unwrap();
        assert_eq!(event.kind, EventKind::Unknown("teleported".to_owned()));
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
        assert_eq!(StoredEvent::parse("[]"), None);
    }
}
