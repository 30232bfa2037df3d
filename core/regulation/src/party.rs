//! Who takes part in a complaint: the community's roles, and those whom a regulation names besides.

use floorwalk_complaint::{EventKind, Role, may_author};

/// Somebody who does something, or to whom something is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A member of the community.
    Member(Role),
    /// 总经理: above the manager.
    GeneralManager,
    /// 客服经理: heads the service centre.
    ServiceManager,
    /// A department that handles the matter.
    Department,
    /// The person who complains.
    Complainant,
}

impl Party {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let members = Role::ALL.iter().map(|role| Self::Member(*role));
        let others =
            [Self::GeneralManager, Self::ServiceManager, Self::Department, Self::Complainant];
        members.chain(others)
    }

    /// The key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member(role) => role.as_str(),
            Self::GeneralManager => "general_manager",
            Self::ServiceManager => "service_manager",
            Self::Department => "department",
            Self::Complainant => "complainant",
        }
    }

    /// The party of a key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::all().find(|party| party.as_str() == key)
    }

    /// Whether an event counts when this party is its author.
    ///
    /// A regulation's managers act as a manager does, a department as the office does; the person
    /// who complains receives, supplements, signs, judges and withdraws.
    pub fn may(self, kind: &EventKind) -> bool {
        use EventKind as K;
        match self {
            Self::Member(role) => may_author(role, kind),
            Self::GeneralManager | Self::ServiceManager => may_author(Role::Manager, kind),
            Self::Department => may_author(Role::Office, kind),
            Self::Complainant => matches!(
                kind,
                K::Received
                    | K::Supplemented
                    | K::EvidenceAdded
                    | K::ReceiptSigned
                    | K::FollowedUp
                    | K::ReviewRequested
                    | K::MediationOpened
                    | K::Reopened
                    | K::Cosigned
                    | K::Withdrawn
                    | K::Noted
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_parties_and_nothing_else_does() {
        assert_eq!(Party::all().count(), 12);
        assert!(Party::all().all(|party| Party::from_key(party.as_str()) == Some(party)));
        assert_eq!(Party::from_key("king"), None);
    }

    #[test]
    fn the_complainant_withdraws_and_accepts_nothing() {
        assert!(Party::Complainant.may(&EventKind::Withdrawn));
        assert!(!Party::Complainant.may(&EventKind::Accepted));
        assert!(Party::GeneralManager.may(&EventKind::Accepted));
    }
}
