//! Membership: all that have the same statements agree, whoever made them and however they came,
//! and nobody belongs whom the root has had no part in admitting.

use std::collections::BTreeSet;

use ed25519_dalek::SigningKey;
use floorwalk_wire::statement::prove_invitation;
use floorwalk_wire::{
    CommunityId, DeviceId, Epoch, Generation, Header, InvitationId, Membership, ParcelId,
    ParcelKind, ScopeId, Seq, Statement, StatementBody, VerifiedParcel, signing,
};

/// Enough for any knot of authority, few enough for many tries.
const STATEMENTS_MAX: usize = 40;
const ROOT: u8 = 0;

/// Rows of `author 1 · generation 1 · seq 1 · length 2 · body`, each signed by its author. Devices
/// and invitations whose first byte is small stand for the authors and their links.
pub fn membership_statements(data: &[u8]) {
    let said = read(data);
    let folded = extended([&said[..]]);
    let answers = answers(&folded, &said);
    let mut reversed = said.clone();
    reversed.reverse();
    let (first, rest) = reversed.split_at(reversed.len() / 2);
    let ways = [vec![&reversed[..]], vec![first, rest], vec![&said, &reversed]];
    for again in ways.map(extended) {
        assert_eq!(self::answers(&again, &said), answers);
    }
    let by_root = said.iter().any(|parcel| parcel.header().device == device(ROOT));
    let scope = ScopeId([8; 16]);
    if !by_root {
        assert!(folded.members().is_empty() && !folded.is_founded());
    }
    for (one, member) in folded.members() {
        let access = folded.has_access(one, &scope);
        assert!(!access || member.revoked.is_none());
        assert!(!access || folded.recipients(&scope).contains(&member.receive));
    }
}

fn key(author: u8) -> SigningKey {
    SigningKey::from_bytes(&[100 + author % 6; 32])
}

fn device(author: u8) -> DeviceId {
    signing::device_id(&key(author))
}

fn community() -> CommunityId {
    CommunityId::derive(&device(ROOT))
}

fn read(mut rest: &[u8]) -> Vec<VerifiedParcel> {
    let mut said = Vec::new();
    while let Some(([author, generation, seq, low, high], behind)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(behind.len());
        let (body, behind) = behind.split_at(length);
        rest = behind;
        let Ok(mut statement) = Statement::decode(body) else { continue };
        named(&mut statement.body, *author);
        let seq = Seq(u64::from(*seq).max(1));
        let header = Header {
            kind: ParcelKind::Statement,
            community: community(),
            scope: ScopeId::MEMBERSHIP,
            device: device(*author),
            generation: Generation([*generation; 8]),
            seq,
            previous: if seq == Seq(1) { ParcelId::NONE } else { ParcelId([9; 32]) },
            epoch: Epoch(0),
        };
        let parcel = VerifiedParcel::sign(header, &statement.encode(), &key(*author));
        said.push(parcel.expect("the header is consistent and the body within its limit"));
        if said.len() == STATEMENTS_MAX {
            break;
        }
    }
    said
}

/// Puts authors where a fuzzer can't guess their keys, and proves what they could prove.
fn named(body: &mut StatementBody, author: u8) {
    let link = |invitation: &InvitationId| SigningKey::from_bytes(&[invitation.0[0] % 4; 32]);
    match body {
        StatementBody::Certificate { device: whom, .. }
        | StatementBody::Grant { device: whom, .. }
        | StatementBody::Revocation { device: whom, .. }
            if whom.0[0] < 12 =>
        {
            *whom = device(whom.0[0]);
        }
        StatementBody::Invitation { invitation, .. } | StatementBody::Withdrawal { invitation } => {
            *invitation = InvitationId(signing::device_id(&link(invitation)).0);
        }
        StatementBody::Acceptance { invitation, receive, proof } => {
            let link = link(invitation);
            *invitation = InvitationId(signing::device_id(&link).0);
            *proof = prove_invitation(&community(), &device(author), receive, &link);
        }
        _ => {}
    }
}

fn extended<'a>(parts: impl IntoIterator<Item = &'a [VerifiedParcel]>) -> Membership {
    let mut membership = Membership::new(community());
    for part in parts {
        membership.extend(part).expect("every statement is well formed");
    }
    membership
}

/// All that a membership answers.
fn answers(membership: &Membership, said: &[VerifiedParcel]) -> String {
    let effective: BTreeSet<ParcelId> =
        said.iter().map(VerifiedParcel::id).filter(|id| membership.is_effective(id)).collect();
    let may: Vec<_> = said
        .iter()
        .map(|parcel| membership.may_write(&parcel.header().log(), parcel.header().seq))
        .collect();
    format!(
        "{:?} {:?} {:?} {effective:?} {may:?} {:?} {} {:?} {:?}",
        membership.members(),
        membership.invitations(),
        membership.epochs(),
        membership.recipients(&ScopeId([8; 16])),
        membership.next_lamport(),
        membership.root(),
        membership.community_scope(),
    )
}
