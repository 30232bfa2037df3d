//! Stages: where a complaint stands after its events, and what may follow.
//!
//! The stage is a function of the counted events in their order. Closed and withdrawn are left
//! only by a reopening, or by a follow-up that found the person dissatisfied, so that work which
//! arrives late from an offline phone cannot revive what is over.

use serde_json::{Map, Value};

use crate::event::EventKind;
use crate::named::named;
use crate::role::{Role, may_author};

named! {
    /// Where a complaint stands.
    Stage, "stage",
    /// Recorded, not yet taken on.
    Received "received" "已登记" "received";
    /// Waiting for what was asked for.
    Supplement "supplement" "待补正" "awaiting supplement";
    /// Taken on.
    Accepted "accepted" "已受理" "accepted";
    /// Not taken on.
    Declined "declined" "不予受理" "declined";
    /// Being looked into.
    Investigating "investigating" "调查中" "investigating";
    /// A plan stands.
    Planned "planned" "已定方案" "planned";
    /// Being put right.
    Remedying "remedying" "整改中" "remedying";
    /// Dealt with; the person does not know yet.
    Resolved "resolved" "已办结" "resolved";
    /// The person was told the outcome.
    Answered "answered" "已答复" "answered";
    /// The person was asked afterwards and is content, or gave no judgement.
    FollowedUp "followed_up" "已回访" "followed up";
    /// Filed.
    Closed "closed" "已归档" "closed";
    /// Taken up again.
    Reopened "reopened" "重新办理" "reopened";
    /// In mediation.
    Mediation "mediation" "调解中" "in mediation";
    /// Under review.
    Review "review" "复核中" "under review";
    /// With an authority or court.
    Referred "referred" "已移送" "referred";
    /// Withdrawn by the person, or re-filed.
    Withdrawn "withdrawn" "已撤回" "withdrawn";
}

impl Stage {
    /// Whether only a reopening leads on from here.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Closed | Self::Withdrawn)
    }

    /// The stage after one more counted event.
    pub fn after(self, kind: &EventKind, set: &Map<String, Value>) -> Self {
        use EventKind as K;
        let dissatisfied = set.get("satisfied") == Some(&Value::Bool(false));
        if self.is_over() {
            return match kind {
                K::Reopened => Self::Reopened,
                K::FollowedUp if dissatisfied && self == Self::Closed => Self::Reopened,
                _ => self,
            };
        }
        match kind {
            K::SupplementRequested => Self::Supplement,
            K::Supplemented if self == Self::Supplement => Self::Received,
            K::Accepted => Self::Accepted,
            K::Declined => Self::Declined,
            K::Investigated | K::PlanRejected => Self::Investigating,
            K::Planned | K::PlanApproved => Self::Planned,
            K::Remedied | K::CorrectiveAction => Self::Remedying,
            K::Resolved | K::MediationAgreed => Self::Resolved,
            K::ResultTold | K::ReviewDecided => Self::Answered,
            K::FollowedUp if dissatisfied => Self::Reopened,
            K::FollowedUp => Self::FollowedUp,
            K::Archived => Self::Closed,
            K::Reopened => Self::Reopened,
            K::MediationOpened => Self::Mediation,
            K::MediationFailed if self == Self::Mediation => Self::Investigating,
            K::ReviewRequested => Self::Review,
            K::Referred => Self::Referred,
            K::Withdrawn => Self::Withdrawn,
            _ => self,
        }
    }
}

/// What a person of this role may do next in general, before a regulation narrows it.
pub fn allowed(stage: Stage, role: Role) -> Vec<EventKind> {
    let fits = |kind: &&EventKind| may_author(role, kind) && follows(stage, kind);
    EventKind::KNOWN.iter().filter(fits).cloned().collect()
}

fn follows(stage: Stage, kind: &EventKind) -> bool {
    use EventKind as K;
    match stage {
        Stage::Withdrawn => matches!(kind, K::Reopened | K::Noted),
        Stage::Closed => {
            matches!(kind, K::Reopened | K::FollowedUp | K::Noted | K::Published | K::Archived)
                || matches!(kind, K::StaffPraised | K::StaffCorrected | K::ReviewRequested)
        }
        Stage::Declined => !matches!(
            kind,
            K::Received | K::Supplemented | K::Resolved | K::Planned | K::PlanApproved
        ),
        Stage::Received | Stage::Supplement => !matches!(
            kind,
            K::Received | K::Reopened | K::PlanApproved | K::PlanRejected | K::ReviewDecided
        ),
        Stage::Review => !matches!(kind, K::Received | K::ReviewRequested),
        Stage::Mediation => !matches!(kind, K::Received | K::MediationOpened),
        _ => !matches!(kind, K::Received | K::MediationAgreed | K::MediationFailed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(start: Stage, kinds: &[EventKind]) -> Stage {
        kinds.iter().fold(start, |stage, kind| stage.after(kind, &Map::new()))
    }

    #[test]
    fn the_common_road_ends_closed() {
        use EventKind as K;
        let road = [
            K::Accepted,
            K::Investigated,
            K::Planned,
            K::Remedied,
            K::Resolved,
            K::ResultTold,
            K::FollowedUp,
            K::Archived,
        ];
        assert_eq!(run(Stage::Received, &road), Stage::Closed);
    }

    #[test]
    fn a_dissatisfied_answer_reopens_and_a_content_one_does_not() {
        let mut set = Map::new();
        set.insert("satisfied".to_owned(), Value::Bool(false));
        assert_eq!(Stage::Answered.after(&EventKind::FollowedUp, &set), Stage::Reopened);
        assert_eq!(Stage::Closed.after(&EventKind::FollowedUp, &set), Stage::Reopened);
        set.insert("satisfied".to_owned(), Value::Bool(true));
        assert_eq!(Stage::Answered.after(&EventKind::FollowedUp, &set), Stage::FollowedUp);
    }

    #[test]
    fn what_is_over_is_left_by_reopening_only() {
        for over in [Stage::Closed, Stage::Withdrawn] {
            assert_eq!(run(over, &[EventKind::Planned, EventKind::Accepted]), over);
            assert_eq!(run(over, &[EventKind::Reopened]), Stage::Reopened);
        }
        let next = allowed(Stage::Withdrawn, Role::Manager);
        assert_eq!(next, [EventKind::Reopened, EventKind::Noted]);
    }

    #[test]
    fn an_office_may_accept_what_a_rep_may_only_supplement() {
        let rep = allowed(Stage::Received, Role::BuildingRep);
        let office = allowed(Stage::Received, Role::Office);
        assert!(office.contains(&EventKind::Accepted) && !rep.contains(&EventKind::Accepted));
        assert!(rep.contains(&EventKind::Supplemented));
    }
}
