//! Whoever has the same statements agrees on who may do what, in whatever order they came, and
//! whatever those who were revoked have written since.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use floorwalk_wire::membership::{InvitationState, NotAllowed};
use floorwalk_wire::statement::{Cut, prove_invitation};
use floorwalk_wire::{
    CommunityId, DeviceId, Epoch, Generation, Header, InvitationId, Membership, ParcelId,
    ParcelKind, ReceiveKey, RoleCode, ScopeId, ScopeSet, Seq, Statement, StatementBody, Timestamp,
    VerifiedParcel, signing,
};
use proptest::prelude::*;
use proptest::sample::Index;

const SCOPE: ScopeId = ScopeId([8; 16]);
const OFFICE: RoleCode = RoleCode(3);
const REP: RoleCode = RoleCode(1);

/// A device that states things into a log of its own.
struct Author {
    key: SigningKey,
    generation: u8,
    said: Vec<VerifiedParcel>,
}

impl Author {
    fn new(seed: u8) -> Self {
        Self { key: SigningKey::from_bytes(&[seed; 32]), generation: 1, said: Vec::new() }
    }

    fn device(&self) -> DeviceId {
        signing::device_id(&self.key)
    }

    fn receive(&self) -> ReceiveKey {
        ReceiveKey([self.key.as_bytes()[0]; 32])
    }

    fn says(&mut self, lamport: u64, body: StatementBody) -> VerifiedParcel {
        let header = Header {
            kind: ParcelKind::Statement,
            community: community(),
            scope: ScopeId::MEMBERSHIP,
            device: self.device(),
            generation: Generation([self.generation; 8]),
            seq: Seq(self.said.len() as u64 + 1),
            previous: self.said.last().map_or(ParcelId::NONE, VerifiedParcel::id),
            epoch: Epoch(0),
        };
        let statement = Statement { lamport, body };
        let parcel = VerifiedParcel::sign(header, &statement.encode(), &self.key).unwrap();
        self.said.push(parcel.clone());
        parcel
    }

    /// A revocation of this author with all that it has said up to `seq` accepted.
    fn revoked_after(&self, seq: usize) -> StatementBody {
        let statements = seq.checked_sub(1).map(|last| Cut {
            scope: ScopeId::MEMBERSHIP,
            generation: Generation([self.generation; 8]),
            seq: Seq(seq as u64),
            parcel: self.said[last].id(),
        });
        let device = self.device();
        StatementBody::Revocation { device, cuts: statements.into_iter().collect() }
    }
}

fn root() -> Author {
    Author::new(100)
}

fn community() -> CommunityId {
    CommunityId::derive(&root().device())
}

/// A root and three administrators, the elder ones first, and what made them.
fn town() -> (Author, [Author; 3], Vec<VerifiedParcel>) {
    let mut root = root();
    let recovery = ReceiveKey([99; 32]);
    let founding = StatementBody::Founding { recovery, community_scope: ScopeId([1; 16]) };
    let mut said = vec![root.says(1, founding)];
    let admins = [1, 2, 3].map(Author::new);
    for (lamport, admin) in (2..).zip(&admins) {
        said.push(root.says(lamport, certificate(admin)));
    }
    (root, admins, said)
}

fn certificate(admin: &Author) -> StatementBody {
    let (device, receive) = (admin.device(), admin.receive());
    StatementBody::Certificate { device, receive, role: OFFICE }
}

fn grant(device: u8, expires_at: i64) -> StatementBody {
    let device = Author::new(device);
    StatementBody::Grant {
        device: device.device(),
        receive: device.receive(),
        role: REP,
        scopes: ScopeSet::Some(BTreeSet::from([SCOPE])),
        expires_at: Timestamp(expires_at),
    }
}

fn rotation(epoch: u32) -> StatementBody {
    StatementBody::Rotation { scope: SCOPE, epoch: Epoch(epoch), keys: Vec::new() }
}

fn folded<'a>(statements: impl IntoIterator<Item = &'a VerifiedParcel>) -> Membership {
    let mut membership = Membership::new(community());
    membership.extend(statements).unwrap();
    membership
}

fn is_revoked(membership: &Membership, author: &Author) -> bool {
    membership.member(&author.device()).is_some_and(|member| member.revoked.is_some())
}

/// All that a membership answers.
fn answers(membership: &Membership, statements: &[VerifiedParcel]) -> String {
    let effective: BTreeSet<ParcelId> = statements
        .iter()
        .map(VerifiedParcel::id)
        .filter(|statement| membership.is_effective(statement))
        .collect();
    format!(
        "{:?} {:?} {:?} {effective:?} {:?} {} {:?} {:?}",
        membership.members(),
        membership.invitations(),
        membership.epochs(),
        membership.recipients(&SCOPE),
        membership.next_lamport(),
        membership.root(),
        membership.community_scope(),
    )
}

#[test]
fn of_two_administrators_who_revoke_each_other_the_senior_stays() {
    let (_, [mut elder, mut younger, _], mut said) = town();
    let (by_elder, by_younger) = (younger.revoked_after(0), elder.revoked_after(0));
    // The younger one's lamport is smaller, which must not matter.
    let strike = [younger.says(5, by_younger), elder.says(50, by_elder)];
    for order in [[0, 1], [1, 0]] {
        let mut said = said.clone();
        said.extend(order.map(|place| strike[place].clone()));
        let membership = folded(&said);
        assert!(is_revoked(&membership, &younger));
        assert!(!is_revoked(&membership, &elder));
        assert!(membership.is_effective(&strike[1].id()));
        assert!(!membership.is_effective(&strike[0].id()));
    }
    // One alone counts, whoever's it is.
    said.push(strike[0].clone());
    assert!(is_revoked(&folded(&said), &elder));
}

#[test]
fn the_word_of_the_root_ends_a_quarrel() {
    let (mut root, [mut elder, younger, _], mut said) = town();
    said.push(elder.says(5, younger.revoked_after(0)));
    let sentence = elder.revoked_after(0);
    said.push(root.says(6, sentence));
    let membership = folded(&said);
    assert!(is_revoked(&membership, &elder));
    assert!(!is_revoked(&membership, &younger), "what the elder said is beyond its cut");
    // Nobody revokes the root.
    let (mut root, [mut elder, ..], mut said) = town();
    let strike = elder.says(1, root.revoked_after(0));
    said.push(strike.clone());
    said.push(root.says(7, grant(9, 10)));
    let membership = folded(&said);
    assert!(!membership.is_effective(&strike.id()));
    assert!(membership.member(&Author::new(9).device()).is_some());
}

#[test]
fn three_who_revoke_each_other_in_a_ring_end_alike_in_every_order() {
    let (_, [mut one, mut two, mut three], said) = town();
    let (to_one, to_two, to_three) =
        (one.revoked_after(0), two.revoked_after(0), three.revoked_after(0));
    let ring = [one.says(5, to_two), two.says(5, to_three), three.says(5, to_one)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut said = said.clone();
        said.extend(order.map(|place| ring[place].clone()));
        let membership = folded(&said);
        let revoked = [&one, &two, &three].map(|author| is_revoked(&membership, author));
        // The eldest one's counts; so the second's does not, and the third's is void.
        assert_eq!(revoked, [false, true, false], "{order:?}");
    }
}

#[test]
fn a_revoked_administrator_gains_nothing_by_backdating_nor_by_another_generation() {
    let (mut root, [mut admin, ..], mut said) = town();
    said.push(admin.says(5, grant(9, 10)));
    said.push(root.says(6, admin.revoked_after(1)));
    let before = answers(&folded(&said), &said);
    let known = said.clone();
    said.push(admin.says(1, grant(10, 10)));
    (admin.generation, admin.said) = (2, Vec::new());
    said.push(admin.says(1, grant(11, 10)));
    let strike = root.revoked_after(0);
    said.push(admin.says(1, strike));
    assert_eq!(answers(&folded(&said), &said), before, "nothing new counts");
    assert!(folded(&known).member(&Author::new(9).device()).is_some(), "what was in time does");
}

#[test]
fn the_furthest_cut_of_several_revocations_holds() {
    let (mut root, [mut admin, _, mut third], mut said) = town();
    let rep = Author::new(9);
    said.push(admin.says(5, grant(9, i64::MAX)));
    let log = |seq| {
        let generation = Generation([1; 8]);
        (floorwalk_wire::LogId { scope: SCOPE, device: rep.device(), generation }, Seq(seq))
    };
    let cut = |seq: u64| StatementBody::Revocation {
        device: rep.device(),
        cuts: vec![Cut {
            scope: SCOPE,
            generation: Generation([1; 8]),
            seq: Seq(seq),
            parcel: ParcelId([seq as u8; 32]),
        }],
    };
    let may = |said: &[VerifiedParcel], seq| folded(said).may_write(&log(seq).0, Seq(seq));
    said.push(admin.says(6, cut(2)));
    assert_eq!(may(&said, 2), Ok(()));
    assert_eq!(may(&said, 3), Err(NotAllowed::Revoked));
    // An administrator lets in what was held: the cut moves on, and never back.
    said.push(third.says(7, cut(4)));
    said.push(admin.says(8, cut(1)));
    assert_eq!(may(&said, 4), Ok(()));
    assert_eq!(may(&said, 5), Err(NotAllowed::Revoked));
    // With the one who let it in, its word goes.
    said.push(root.says(9, third.revoked_after(0)));
    assert_eq!(may(&said, 2), Ok(()));
    assert_eq!(may(&said, 3), Err(NotAllowed::Revoked));
}

#[test]
fn of_two_rotations_to_one_epoch_both_count_so_that_no_key_is_lost() {
    let (_, [mut one, mut two, _], mut said) = town();
    said.extend([one.says(5, rotation(1)), one.says(6, rotation(2)), two.says(6, rotation(2))]);
    let membership = folded(&said);
    assert!(said.iter().all(|parcel| membership.is_effective(&parcel.id())));
    assert_eq!(membership.epochs()[&SCOPE], Epoch(2));
}

#[test]
fn an_old_statement_that_comes_again_changes_nothing() {
    let (_, [mut admin, ..], mut said) = town();
    let rep = Author::new(9).device();
    let old = admin.says(5, grant(9, 10));
    said.extend([old.clone(), admin.says(6, grant(9, 20))]);
    let before = answers(&folded(&said), &said);
    assert_eq!(folded(&said).member(&rep).unwrap().expires_at, Timestamp(20));
    said.push(old.clone());
    assert_eq!(answers(&folded(&said), &said), before);
    // Nor does it when it is all that comes late.
    let mut late = folded(said.iter().filter(|parcel| parcel.id() != old.id()));
    late.extend([&old]).unwrap();
    assert_eq!(late.member(&rep).unwrap().expires_at, Timestamp(20));
    // And what was revoked is not admitted again by any grant, old or new.
    said.push(admin.says(7, StatementBody::Revocation { device: rep, cuts: Vec::new() }));
    said.push(old);
    said.push(admin.says(8, grant(9, 30)));
    assert!(folded(&said).member(&rep).unwrap().revoked.is_some());
    assert!(!folded(&said).has_access(&rep, &SCOPE));
}

/// Something that somebody may say.
#[derive(Debug, Clone)]
enum Said {
    Grant(u8, i64),
    Invite(u8),
    Withdraw(u8),
    Accept(u8),
    Revoke(u8, Index),
    Rotate(u32),
    Certify(u8),
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        (1_u8..8, 0_i64..3).prop_map(|(device, expires)| Said::Grant(device, expires)),
        (0_u8..3).prop_map(Said::Invite),
        (0_u8..3).prop_map(Said::Withdraw),
        (0_u8..3).prop_map(Said::Accept),
        (1_u8..8, any::<Index>()).prop_map(|(device, cut)| Said::Revoke(device, cut)),
        (1_u32..6).prop_map(Said::Rotate),
        (1_u8..6).prop_map(Said::Certify),
    ]
}

/// What an author of these says, as a body.
fn body(said: &Said, by: u8, authors: &BTreeMap<u8, Author>) -> StatementBody {
    let invited = |which: u8| {
        let key = SigningKey::from_bytes(&[200 + which; 32]);
        (InvitationId(signing::device_id(&key).0), ReceiveKey([200 + which; 32]), key)
    };
    match said {
        Said::Grant(device, expires) => grant(*device, *expires),
        Said::Invite(which) => {
            let (invitation, receive, _) = invited(*which);
            StatementBody::Invitation {
                invitation,
                receive,
                role: REP,
                scopes: ScopeSet::All,
                grant_expires_at: Timestamp(5),
                expires_at: Timestamp(4),
                welcome: Vec::new(),
            }
        }
        Said::Withdraw(which) => StatementBody::Withdrawal { invitation: invited(*which).0 },
        Said::Accept(which) => {
            let (invitation, _, key) = invited(*which);
            let receive = authors[&by].receive();
            let device = authors[&by].device();
            let proof = prove_invitation(&community(), &device, &receive, &key);
            StatementBody::Acceptance { invitation, receive, proof }
        }
        Said::Revoke(device, cut) => {
            let author = &authors[device];
            author.revoked_after(cut.index(author.said.len() + 1))
        }
        Said::Rotate(epoch) => rotation(*epoch),
        Said::Certify(device) => certificate(&authors[device]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_order_of_any_statements_ends_alike(
        spoken in prop::collection::vec((0_u8..8, 1_u64..12, said()), 1..40),
        keys in prop::collection::vec(any::<u32>(), 60),
        chunk in 1_usize..9,
    ) {
        let members = (1..8).map(|seed| (seed, Author::new(seed)));
        let mut authors: BTreeMap<u8, Author> = members.collect();
        authors.insert(0, root());
        let founding = StatementBody::Founding {
            recovery: ReceiveKey([99; 32]),
            community_scope: ScopeId([1; 16]),
        };
        let mut statements = vec![authors.get_mut(&0).unwrap().says(1, founding)];
        for admin in [1, 2, 3] {
            let body = certificate(&authors[&admin]);
            statements.push(authors.get_mut(&0).unwrap().says(u64::from(admin), body));
        }
        for (by, lamport, said) in &spoken {
            let body = body(said, *by, &authors);
            statements.push(authors.get_mut(by).unwrap().says(*lamport, body));
        }
        let at_once = answers(&folded(&statements), &statements);

        let mut shuffled: Vec<_> = keys.iter().zip(&statements).collect();
        shuffled.sort_by_key(|(key, parcel)| (**key, parcel.id()));
        let mut piecemeal = Membership::new(community());
        for part in shuffled.chunks(chunk) {
            piecemeal.extend(part.iter().map(|(_, parcel)| *parcel)).unwrap();
        }
        prop_assert_eq!(answers(&piecemeal, &statements), at_once);

        // Whatever was said, the root is nobody's to revoke, and each invitation admits one.
        let membership = folded(&statements);
        prop_assert!(!is_revoked(&membership, &authors[&0]));
        let used = membership.invitations().values().filter_map(|info| match info.state {
            InvitationState::Used(device) => Some(device),
            _ => None,
        });
        for device in used {
            prop_assert!(membership.member(&device).is_some());
        }
    }
}
