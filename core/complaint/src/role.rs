//! Roles, and which events each role may author in general.
//!
//! This is the widest table: a regulation may narrow it, never widen it. It is applied when a
//! document is folded, so an event that its author's role may not do is kept and does not count.

use crate::event::EventKind;
use crate::named::named;

named! {
    /// What a person is in the community.
    Role, "role",
    /// 楼长 or 业主代表: records where the complaint arises, supplements, follows up.
    BuildingRep "building_rep" "楼长" "building rep";
    /// On-site inspector: visits, takes statements and evidence.
    Inspector "inspector" "现场核查员" "inspector";
    /// 管理处: receives, accepts, plans, resolves, answers.
    Office "office" "管理处" "property office";
    /// 调解督查委员: wider matters, mediation, referral.
    Mediator "mediator" "调解督查委员" "mediator";
    /// The office's manager: office work, approvals and reviews.
    Manager "manager" "管理处经理" "manager";
    /// Deputy director: approvals and reviews above the office.
    DeputyDirector "deputy_director" "副主任" "deputy director";
    /// 业委会: supervises, and handles what is addressed to it.
    Committee "committee" "业主委员会" "owners' committee";
    /// Reads everything of its scopes, and notes.
    Auditor "auditor" "审计员" "auditor";
}

impl Role {
    /// The stable number of a role in membership statements: 1 to 8.
    pub fn code(&self) -> u8 {
        match self {
            Self::BuildingRep => 1,
            Self::Inspector => 2,
            Self::Office => 3,
            Self::Mediator => 4,
            Self::Manager => 5,
            Self::DeputyDirector => 6,
            Self::Committee => 7,
            Self::Auditor => 8,
        }
    }

    /// The role of a stable number, if there is one.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.code() == code)
    }
}

/// Whether an event of this kind counts when a person of this role is its author.
///
/// - everyone may note; an auditor does nothing else;
/// - reps and inspectors record, supplement, verify, visit, take statements, add evidence, sign,
///   classify, report, forward, tell, follow up, cosign, withdraw and reopen; they decide nothing;
/// - office and manager do all work of a property office, the manager also approves and reviews;
/// - a mediator handles wider matters: accepts or declines, mediates, refers, follows up;
/// - a deputy director approves, reviews, decides and supervises;
/// - the committee receives, handles and supervises what is addressed to it.
///
/// A kind that this version does not know counts for nobody.
pub fn may_author(role: Role, kind: &EventKind) -> bool {
    use EventKind as K;
    if matches!(kind, K::Unknown(_)) {
        return false;
    }
    match role {
        Role::BuildingRep | Role::Inspector => is_recording(kind),
        Role::Office => !is_approval(kind) && !matches!(kind, K::ReviewDecided),
        Role::Manager => true,
        Role::Mediator => {
            is_recording(kind) || is_mediating(kind) || matches!(kind, K::Accepted | K::Declined)
        }
        Role::DeputyDirector => {
            is_approval(kind)
                || is_supervising(kind)
                || matches!(kind, K::ReviewDecided | K::Accepted | K::Declined | K::Extended)
                || matches!(kind, K::Classified | K::Referred | K::Archived)
        }
        Role::Committee => {
            is_recording(kind)
                || is_supervising(kind)
                || is_mediating(kind)
                || is_handling(kind)
                || matches!(kind, K::ReviewDecided | K::PlanApproved | K::PlanRejected)
        }
        Role::Auditor => matches!(kind, K::Noted),
    }
}

/// Whether a person of this role may have personal details and photos erased: those who handle
/// them for the community, and have to answer a demand for erasure (PIPL, Art. 47).
pub fn may_erase(role: Role) -> bool {
    matches!(role, Role::Office | Role::Manager)
}

fn is_recording(kind: &EventKind) -> bool {
    use EventKind as K;
    matches!(
        kind,
        K::Received
            | K::Acknowledged
            | K::Supplemented
            | K::Verified
            | K::Classified
            | K::Reported
            | K::Forwarded
            | K::ReceiptSigned
            | K::SiteVisited
            | K::StatementTaken
            | K::EvidenceAdded
            | K::ProgressTold
            | K::ResultTold
            | K::FollowedUp
            | K::Reopened
            | K::Escalated
            | K::ReviewRequested
            | K::Cosigned
            | K::Withdrawn
            | K::Noted
    )
}

fn is_mediating(kind: &EventKind) -> bool {
    use EventKind as K;
    matches!(
        kind,
        K::SupplementRequested
            | K::Investigated
            | K::MediationOpened
            | K::MediationAgreed
            | K::MediationFailed
            | K::Referred
            | K::ReceiptIssued
            | K::PlanTold
    )
}

fn is_handling(kind: &EventKind) -> bool {
    use EventKind as K;
    matches!(
        kind,
        K::Accepted
            | K::Declined
            | K::Planned
            | K::Remedied
            | K::CorrectiveAction
            | K::Resolved
            | K::Extended
            | K::Archived
            | K::Published
    )
}

fn is_approval(kind: &EventKind) -> bool {
    matches!(kind, EventKind::PlanApproved | EventKind::PlanRejected)
}

fn is_supervising(kind: &EventKind) -> bool {
    use EventKind as K;
    matches!(
        kind,
        K::Cosigned
            | K::FollowedUp
            | K::Reopened
            | K::Escalated
            | K::Reported
            | K::Forwarded
            | K::ReviewRequested
            | K::StaffPraised
            | K::StaffCorrected
            | K::Published
            | K::Noted
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn codes_are_stable() {
        let codes: Vec<_> = Role::ALL.iter().map(|role| (role.code(), role.as_str())).collect();
        let expected = [
            (1, "building_rep"),
            (2, "inspector"),
            (3, "office"),
            (4, "mediator"),
            (5, "manager"),
            (6, "deputy_director"),
            (7, "committee"),
            (8, "auditor"),
        ];
        assert_eq!(codes, expected);
        assert_eq!(Role::from_code(9), None);
        assert_eq!("office".parse::<Role>().unwrap(), Role::Office);
        assert!("Office".parse::<Role>().is_err());
    }

    #[test]
    fn a_rep_records_and_decides_nothing() {
        for kind in [EventKind::Received, EventKind::Classified, EventKind::FollowedUp] {
            assert!(may_author(Role::BuildingRep, &kind));
        }
        for kind in [EventKind::Accepted, EventKind::Declined, EventKind::Resolved] {
            assert!(!may_author(Role::BuildingRep, &kind));
            assert!(may_author(Role::Office, &kind));
            assert!(may_author(Role::Committee, &kind));
        }
    }

    #[test]
    fn every_role_may_note_and_an_auditor_nothing_else() {
        assert!(Role::ALL.iter().all(|role| may_author(*role, &EventKind::Noted)));
        let auditor = |kind: &&EventKind| may_author(Role::Auditor, kind);
        assert_eq!(EventKind::KNOWN.iter().filter(auditor).count(), 1);
    }

    #[test]
    fn those_who_handle_details_may_erase_them_and_nobody_else() {
        let may: Vec<_> = Role::ALL.iter().filter(|role| may_erase(**role)).collect();
        assert_eq!(may, [&Role::Office, &Role::Manager]);
    }

    #[test]
    fn an_unknown_kind_counts_for_nobody() {
        let kind = EventKind::from_key("teleported");
        assert!(Role::ALL.iter().all(|role| !may_author(*role, &kind)));
    }
}
