//! Who signed a parcel, whether they had the right to, and when the relay had it.

use floorwalk_seal::commitment::{Commitment, Step, TreeHash, check, follow, leaf};
use floorwalk_wire::codec::Reader;
use floorwalk_wire::membership::NotAllowed;
use floorwalk_wire::{
    Chain, DeviceId, Membership, ParcelId, SignedHead, Timestamp, VerifiedParcel,
};

use super::Verifier;
use crate::dossier::{Manifest, ParcelEntry, PathStep, ReceiptEntry, from_hex};

/// A parcel of a dossier, with what its manifest says of it.
pub(super) struct Signed {
    pub(super) parcel: VerifiedParcel,
    path: Vec<Step>,
    commitment: Option<Commitment>,
    /// When the relay had it, as the receipt claims.
    received_at: Option<Timestamp>,
}

impl Signed {
    pub(super) fn of(parcel: VerifiedParcel, entry: &ParcelEntry) -> Self {
        // A hash that is none leads to no root that anybody has signed.
        let hash = |text: &str| from_hex::<32>(text).unwrap_or_default();
        let step = |step: &PathStep| match step {
            PathStep::Left(text) => Step::Left(hash(text)),
            PathStep::Right(text) => Step::Right(hash(text)),
        };
        let received = entry.receipt.as_ref().and_then(|receipt| receipt.entries.first());
        Self {
            parcel,
            path: entry.path.iter().map(step).collect(),
            commitment: entry.commitment.as_deref().and_then(from_hex),
            received_at: received.map(|(_, at)| Timestamp(*at)),
        }
    }

    /// Whether the parcel's device committed itself to these heads of a document.
    pub(super) fn is_committed_to(&self, document: &[u8; 16], heads: &[TreeHash]) -> bool {
        let root = follow(leaf(document, heads), &self.path);
        let header = self.parcel.header();
        self.commitment.is_some_and(|commitment| check(header, &root, &commitment).is_ok())
    }
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

fn receipt_fault(
    manifest: &Manifest,
    signed: &Signed,
    receipt: &ReceiptEntry,
) -> Option<&'static str> {
    let head = from_hex::<{ SignedHead::BYTES }>(&receipt.head);
    let Some(head) = head.and_then(|bytes| SignedHead::read(&mut Reader::new(&bytes)).ok()) else {
        return Some("no_head");
    };
    let header = signed.parcel.header();
    if head.community != header.community || head.scope != header.scope {
        return Some("of_another_list");
    }
    let relay = manifest.relay.as_deref().and_then(from_hex).map(DeviceId);
    if relay.is_none_or(|relay| head.verify(&relay).is_err()) {
        return Some("not_signed_by_the_relay");
    }
    let entries = receipt.entries.iter();
    let entries: Option<Vec<(ParcelId, Timestamp)>> =
        entries.map(|(id, at)| Some((ParcelId(from_hex(id)?), Timestamp(*at)))).collect();
    let entries = entries.unwrap_or_default();
    if entries.first().is_none_or(|(id, _)| *id != signed.parcel.id()) {
        return Some("of_another_parcel");
    }
    let before = match (&receipt.before, receipt.position) {
        (None, 1) => Some(Chain::start(&head.history, &head.community, &head.scope)),
        (Some(before), position) if position > 1 => {
            from_hex(before).map(|hash| Chain { position: position - 1, hash })
        }
        _ => None,
    };
    let chain = before.map(|before| {
        entries.iter().fold(before, |chain, (id, received_at)| chain.next(id, *received_at))
    });
    (chain != Some(head.chain)).then_some("the_chain_does_not_lead_to_the_head")
}
