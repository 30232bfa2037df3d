//! Who signed a parcel, whether they had the right to, and when the relay had it.

use std::collections::BTreeSet;

use floorwalk_seal::{AttestedDocument, Proof, attestation_root};
use floorwalk_wire::codec::Reader;
use floorwalk_wire::membership::NotAllowed;
use floorwalk_wire::{
    Chain, CommunityId, DeviceId, Membership, ParcelId, ScopeId, SignedHead, Timestamp,
    VerifiedParcel,
};

use super::Verifier;
use crate::dossier::{MANIFEST, Manifest, ParcelEntry, ProofEntry, ReceiptEntry, from_hex};

/// A parcel of a dossier, with what its manifest says of it.
pub(super) struct Signed {
    pub(super) parcel: VerifiedParcel,
    proof: Option<Proof>,
    /// When the relay had it, as the receipt claims.
    received_at: Option<Timestamp>,
}

impl Signed {
    pub(super) fn of(parcel: VerifiedParcel, entry: &ParcelEntry) -> Self {
        let received = entry.receipt.as_ref().and_then(|receipt| receipt.entries.first());
        let received_at = received.map(|(_, at)| Timestamp(*at));
        Self { parcel, proof: entry.proof.as_ref().and_then(read_proof), received_at }
    }

    /// Whether the parcel's signature covers these heads of a document, by the root in the clear.
    pub(super) fn attests(&self, document: AttestedDocument) -> bool {
        let root = self.proof.as_ref().and_then(|proof| proof.root(&document));
        root.is_some() && root == attestation_root(&self.parcel)
    }
}

fn read_proof(entry: &ProofEntry) -> Option<Proof> {
    let path = entry.path.iter().map(|sibling| from_hex(sibling)).collect::<Option<_>>()?;
    let ProofEntry { blind, index, leaves, .. } = entry;
    Some(Proof { blind: from_hex(blind)?, index: *index, leaves: *leaves, path })
}

/// The parcel's device was a member with the right to its scope, not revoked before it, and its
/// grant had not run out when the relay had it.
pub(super) fn check_signer(
    verifier: &mut Verifier,
    membership: &Membership,
    signed: &Signed,
    file: &str,
) {
    let header = signed.parcel.header();
    let place = format!("{file}: device {}", header.device);
    let why = match membership.may_write(&header.log(), header.seq) {
        Err(NotAllowed::NotAMember) => Some("signer_was_not_a_member"),
        Err(NotAllowed::WrongScope) => Some("signer_had_no_right_to_this_building"),
        Err(NotAllowed::Revoked) => Some("signer_was_revoked_before_this"),
        Ok(()) => {
            let expires = membership.member(&header.device).map(|member| member.expires_at);
            let late = expires.zip(signed.received_at).is_some_and(|(until, at)| at >= until);
            late.then_some("signers_grant_had_expired")
        }
    };
    match why {
        Some(why) => verifier.fails("signers", &place, why),
        None => verifier.holds("signers"),
    }
}

/// The relay signed a head whose chain runs through this parcel.
pub(super) fn check_receipt(
    verifier: &mut Verifier,
    manifest: &Manifest,
    signed: &Signed,
    receipt: &ReceiptEntry,
    file: &str,
) {
    let why = receipt_fault(manifest, signed, receipt);
    match why {
        Some(why) => verifier.fails("receipts", file, why),
        None => verifier.holds("receipts"),
    }
}

/// The relay signed a list of statements, and all of them are here: none is hidden.
pub(super) fn check_statements_receipt(
    verifier: &mut Verifier,
    manifest: &Manifest,
    community: &CommunityId,
    receipt: &ReceiptEntry,
    here: &BTreeSet<String>,
) {
    let why = match chain_fault(manifest, (community, &ScopeId::MEMBERSHIP), receipt) {
        None if receipt.position != 1 => Some("not_from_the_beginning"),
        None if !receipt.entries.iter().all(|(id, _)| here.contains(id)) => {
            Some("a_statement_is_missing")
        }
        fault => fault,
    };
    match why {
        Some(why) => verifier.fails("statements", MANIFEST, why),
        None => verifier.holds("statements"),
    }
}

fn receipt_fault(
    manifest: &Manifest,
    signed: &Signed,
    receipt: &ReceiptEntry,
) -> Option<&'static str> {
    let id = signed.parcel.id().to_string();
    if receipt.entries.first().is_none_or(|(first, _)| *first != id) {
        return Some("of_another_parcel");
    }
    let header = signed.parcel.header();
    chain_fault(manifest, (&header.community, &header.scope), receipt)
}

/// What is wrong with a receipt of a list, whichever parcels it is of.
fn chain_fault(
    manifest: &Manifest,
    (community, scope): (&CommunityId, &ScopeId),
    receipt: &ReceiptEntry,
) -> Option<&'static str> {
    let head = from_hex::<{ SignedHead::BYTES }>(&receipt.head);
    let Some(head) = head.and_then(|bytes| SignedHead::read(&mut Reader::new(&bytes)).ok()) else {
        return Some("no_head");
    };
    if head.community != *community || head.scope != *scope {
        return Some("of_another_list");
    }
    let relay = manifest.relay.as_deref().and_then(from_hex).map(DeviceId);
    if relay.is_none_or(|relay| head.verify(&relay).is_err()) {
        return Some("not_signed_by_the_relay");
    }
    let entries = receipt.entries.iter();
    let entries: Option<Vec<(ParcelId, Timestamp)>> =
        entries.map(|(id, at)| Some((ParcelId(from_hex(id)?), Timestamp(*at)))).collect();
    let before = match (&receipt.before, receipt.position) {
        (None, 1) => Some(Chain::start(&head.history, &head.community, &head.scope)),
        (Some(before), position) if position > 1 => {
            from_hex(before).map(|hash| Chain { position: position - 1, hash })
        }
        _ => None,
    };
    let chain = before.zip(entries).map(|(before, entries)| {
        entries.iter().fold(before, |chain, (id, received_at)| chain.next(id, *received_at))
    });
    (chain != Some(head.chain)).then_some("the_chain_does_not_lead_to_the_head")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ed25519_dalek::SigningKey;
    use floorwalk_wire::signing::device_id;
    use floorwalk_wire::statement::Cut;
    use floorwalk_wire::{
        Epoch, Generation, Header, ParcelKind, ReceiveKey, RoleCode, ScopeSet, Seq, Statement,
        StatementBody,
    };

    const SCOPE: ScopeId = ScopeId([5; 16]);

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn parcel(by: &SigningKey, kind: ParcelKind, seq: u64, body: &[u8]) -> VerifiedParcel {
        let scope = if kind == ParcelKind::Statement { ScopeId::MEMBERSHIP } else { SCOPE };
        let epoch = Epoch(u32::from(kind == ParcelKind::Changes));
        let previous = if seq == 1 { ParcelId::NONE } else { ParcelId([1; 32]) };
        let header = Header {
            kind,
            community: CommunityId::derive(&device_id(&key(1))),
            scope,
            device: device_id(by),
            generation: Generation([1; 8]),
            seq: Seq(seq),
            previous,
            epoch,
        };
        VerifiedParcel::sign(header, body, by).unwrap()
    }

    /// A community whose root is 1 and administrator 2, with what else the administrator says.
    fn membership(others: Vec<StatementBody>) -> Membership {
        let receive = ReceiveKey([9; 32]);
        let founding =
            StatementBody::Founding { recovery: receive, community_scope: ScopeId([8; 16]) };
        let (device, role) = (device_id(&key(2)), RoleCode(3));
        let certificate = StatementBody::Certificate { device, receive, role };
        let mut said = vec![(key(1), 1, founding), (key(1), 2, certificate)];
        said.extend((1..).zip(others).map(|(seq, body)| (key(2), seq, body)));
        let parcels = (1..).zip(said).map(|(lamport, (by, seq, body))| {
            let statement = Statement { lamport, body }.encode();
            parcel(&by, ParcelKind::Statement, seq, &statement)
        });
        let parcels: Vec<VerifiedParcel> = parcels.collect();
        let mut membership = Membership::new(CommunityId::derive(&device_id(&key(1))));
        membership.extend(&parcels).unwrap();
        membership
    }

    fn grant(scopes: ScopeSet, expires_at: i64) -> StatementBody {
        StatementBody::Grant {
            device: device_id(&key(3)),
            receive: ReceiveKey([9; 32]),
            role: RoleCode(1),
            scopes,
            expires_at: Timestamp(expires_at),
        }
    }

    /// What is said of parcel 2 of device 3, which the relay had at moment 1000.
    fn verdict(others: Vec<StatementBody>) -> Option<String> {
        let mut verifier = Verifier { checks: Vec::new(), notes: Vec::new() };
        let parcel = parcel(&key(3), ParcelKind::Changes, 2, b"sealed");
        let signed = Signed { parcel, proof: None, received_at: Some(Timestamp(1000)) };
        check_signer(&mut verifier, &membership(others), &signed, "a file");
        verifier.checks.remove(0).why
    }

    #[test]
    fn strangers_other_buildings_the_revoked_and_the_expired_are_told_apart() {
        let ours = || ScopeSet::Some([SCOPE].into());
        assert_eq!(verdict(vec![grant(ours(), i64::MAX)]), None);
        assert_eq!(verdict(Vec::new()).unwrap(), "signer_was_not_a_member");
        let elsewhere = ScopeSet::Some([ScopeId([6; 16])].into());
        let wrong = verdict(vec![grant(elsewhere, i64::MAX)]).unwrap();
        assert_eq!(wrong, "signer_had_no_right_to_this_building");
        assert_eq!(verdict(vec![grant(ours(), 1001)]), None);
        let expired = verdict(vec![grant(ours(), 1000)]).unwrap();
        assert_eq!(expired, "signers_grant_had_expired");
        let revoked = |seq| {
            let (generation, parcel) = (Generation([1; 8]), ParcelId([1; 32]));
            let cuts = vec![Cut { scope: SCOPE, generation, seq: Seq(seq), parcel }];
            let revocation = StatementBody::Revocation { device: device_id(&key(3)), cuts };
            verdict(vec![grant(ours(), i64::MAX), revocation])
        };
        assert_eq!(revoked(2), None);
        assert_eq!(revoked(1).unwrap(), "signer_was_revoked_before_this");
    }
}
