//! What a sealed body withstands. Bodies that no honest writer makes are signed here all the same,
//! since a member's signature says nothing about its body.

#![allow(clippy::unwrap_used)]

use floorwalk_wire::{CommunityId, Epoch, Generation, ParcelId, ScopeId, Seq};

use super::*;
use crate::keys::DeviceKeys;
use crate::limits::CONTENT_BYTES_MAX;

const SCOPE: ScopeId = ScopeId([5; 16]);
const CIPHERTEXT_AT: usize = 105;

fn device() -> DeviceKeys {
    DeviceKeys::from_seeds(&[1; 32], &[2; 32])
}

fn header() -> Header {
    Header {
        kind: ParcelKind::Changes,
        community: CommunityId([3; 32]),
        scope: SCOPE,
        device: device().device(),
        generation: Generation([4; 8]),
        seq: Seq(1),
        previous: ParcelId::NONE,
        epoch: Epoch(2),
    }
}

fn key(byte: u8) -> ScopeKey {
    ScopeKey::from_bytes([byte; 32])
}

fn ring(keys: &[u8]) -> KeyRing {
    keys.iter().map(|byte| (SCOPE, Epoch(2), key(*byte))).collect()
}

fn seal(content: &[u8], with: u8) -> VerifiedParcel {
    seal_parcel(header(), content, &[], &key(with), device().signing_key(), [9; 40]).unwrap()
}

/// Another body under the same header, signed by the same device.
fn resign(header: Header, body: &[u8]) -> VerifiedParcel {
    VerifiedParcel::sign(header, body, device().signing_key()).unwrap()
}

#[test]
fn a_parcel_opens_with_its_key() {
    let parcel = seal(b"words", 7);
    assert_eq!(open_parcel(&parcel, &ring(&[7])).unwrap().content, b"words");
    assert!(!parcel.body().windows(5).any(|window| window == b"words"));
}

#[test]
fn what_is_attested_stands_in_the_clear_and_is_found_to_be_of_the_content() {
    let documents = [1, 2]
        .map(|document| AttestedDocument { document: [document; 16], heads: vec![[document; 32]] });
    let (key7, device) = (key(7), device());
    let seal = |documents: &[AttestedDocument]| {
        let sealed = seal_parcel(header(), b"", documents, &key7, device.signing_key(), [9; 40]);
        sealed.unwrap()
    };
    let parcel = seal(&documents);
    let attested = open_parcel(&parcel, &ring(&[7])).unwrap().attested.unwrap();
    assert_eq!(attestation_root(&parcel), Some(attested.root));
    assert_eq!(attested.blinding.root(&documents), attested.root);
    assert_ne!(attested.blinding.root(&documents[..1]), attested.root);
    // The blinds are the parcel's own.
    let next = Header { seq: Seq(2), previous: parcel.id(), ..header() };
    let next = seal_parcel(next, b"", &documents, &key7, device.signing_key(), [8; 40]).unwrap();
    assert_ne!(attestation_root(&next), attestation_root(&parcel));
    assert_eq!(attestation_root(&resign(header(), &[1; 120])), None);
    assert_eq!(attestation_root(&resign(header(), &[2; 20])), None);
}

#[test]
fn a_missing_key_is_told_from_another_key_and_both_are_waited_for() {
    let parcel = seal(b"words", 7);
    let (scope, epoch) = (SCOPE, Epoch(2));
    let without = open_parcel(&parcel, &KeyRing::default()).unwrap_err();
    assert_eq!(without, OpenError::NoKey { scope, epoch });
    let with_another = open_parcel(&parcel, &ring(&[8])).unwrap_err();
    assert_eq!(with_another, OpenError::OtherKey { scope, epoch });
    assert!(without.awaits_key() && with_another.awaits_key());
    assert!(!OpenError::Damaged.awaits_key());
    let other_epoch: KeyRing = [(SCOPE, Epoch(3), key(7))].into_iter().collect();
    assert_eq!(open_parcel(&parcel, &other_epoch), Err(without));
}

#[test]
fn parcels_of_concurrent_rotations_both_open() {
    let both = ring(&[7, 8]);
    assert_eq!(open_parcel(&seal(b"one", 7), &both).unwrap().content, b"one");
    assert_eq!(open_parcel(&seal(b"two", 8), &both).unwrap().content, b"two");
}

#[test]
fn every_flipped_byte_of_a_body_is_refused() {
    let parcel = seal(b"words", 7);
    for place in 0..parcel.body().len() {
        let mut body = parcel.body().to_vec();
        body[place] ^= 1;
        let opened = open_parcel(&resign(header(), &body), &ring(&[7]));
        assert!(opened.is_err(), "byte {place} was changed unnoticed");
        let cut = resign(header(), &parcel.body()[..place]);
        assert!(open_parcel(&cut, &ring(&[7])).is_err());
    }
    assert_eq!(
        open_parcel(&resign(header(), parcel.body()), &ring(&[7])).unwrap().content,
        b"words"
    );
}

#[test]
fn a_commitment_that_does_not_fit_is_found_without_the_ciphertext() {
    let parcel = seal(b"words", 7);
    let without_ciphertext = |commitment_change: u8| {
        let mut body = parcel.body()[..CIPHERTEXT_AT].to_vec();
        body[CIPHERTEXT_AT - 1] ^= commitment_change;
        open_parcel(&resign(header(), &body), &ring(&[7])).unwrap_err()
    };
    assert_eq!(without_ciphertext(1), OpenError::OtherKey { scope: SCOPE, epoch: Epoch(2) });
    assert_eq!(without_ciphertext(0), OpenError::Damaged);
}

#[test]
fn a_body_does_not_open_under_another_header() {
    let parcel = seal(b"words", 7);
    let elsewhere = [
        Header { community: CommunityId([9; 32]), ..header() },
        Header { generation: Generation([9; 8]), ..header() },
        Header { seq: Seq(2), previous: ParcelId([9; 32]), ..header() },
    ];
    for header in elsewhere {
        let moved = resign(header, parcel.body());
        let refused = open_parcel(&moved, &ring(&[7])).unwrap_err();
        assert_eq!(refused, OpenError::OtherKey { scope: SCOPE, epoch: Epoch(2) });
    }
}

#[test]
fn a_newer_body_asks_for_an_update() {
    let newer = resign(header(), &[3, 0, 0]);
    let refused = open_parcel(&newer, &ring(&[7]));
    assert_eq!(refused, Err(OpenError::Newer { what: "sealed body", version: 3 }));
    assert!(matches!(
        open_parcel(&resign(header(), &[0]), &ring(&[7])),
        Err(OpenError::Malformed(_))
    ));
}

#[test]
fn a_sealed_bomb_is_refused() {
    let bomb = zstd::bulk::compress(&vec![0; CONTENT_BYTES_MAX + 1], 19).unwrap();
    for declared in [CONTENT_BYTES_MAX as u32 + 1, 5] {
        let packed = [&declared.to_le_bytes()[..], &bomb].concat();
        let refused = open_parcel(&seal_packed(&packed), &ring(&[7])).unwrap_err();
        assert!(matches!(refused, OpenError::OverLimit { .. } | OpenError::Inconsistent(_)));
    }
    let packed = packing::pack(b"words").unwrap();
    assert_eq!(open_parcel(&seal_packed(&packed), &ring(&[7])).unwrap().content, b"words");
}

#[test]
fn too_much_for_one_parcel_is_the_callers_to_split() {
    let seal = |header, content: &[u8]| {
        seal_parcel(header, content, &[], &key(7), device().signing_key(), [9; 40])
    };
    let mut noise = vec![0; PARCEL_BODY_BYTES_MAX];
    Hasher::new().finalize_xof().fill(&mut noise);
    let refused = seal(header(), &noise);
    assert!(matches!(refused, Err(SealError::OverLimit { what: "sealed body", .. })));
    let refused = seal(header(), &vec![0; CONTENT_BYTES_MAX + 1]);
    assert!(matches!(refused, Err(SealError::OverLimit { what: "content", .. })));
    seal(header(), &vec![0; CONTENT_BYTES_MAX]).unwrap();
}

#[test]
fn a_header_that_does_not_fit_is_refused_when_sealing() {
    let stranger = DeviceKeys::from_seeds(&[8; 32], &[2; 32]);
    let refused = seal_parcel(header(), b"", &[], &key(7), stranger.signing_key(), [9; 40]);
    assert!(matches!(refused, Err(SealError::Header(_))));
    let (scope, epoch) = (ScopeId::MEMBERSHIP, Epoch(0));
    let statement = Header { kind: ParcelKind::Statement, scope, epoch, ..header() };
    let refused = seal_parcel(statement, b"", &[], &key(7), device().signing_key(), [9; 40]);
    assert!(matches!(refused, Err(SealError::Header(_))));
    let refused = open_parcel(&resign(statement, b""), &ring(&[7]));
    assert!(matches!(refused, Err(OpenError::Inconsistent(_))));
}

/// Seals bytes in place of a packed content.
fn seal_packed(packed: &[u8]) -> VerifiedParcel {
    let (salt, nonce, root) = ([9; 16], [9; 24], [9; 32]);
    let associated = [&header().to_associated_data()[..], &root].concat();
    let payload = Payload { msg: packed, aad: &associated };
    let ciphertext = XChaCha20Poly1305::new(&(*derive_key(&key(7), &salt, &associated)).into())
        .encrypt(&nonce.into(), payload)
        .unwrap();
    let commitment = derive_commitment(&key(7), &salt, &associated);
    let body = [&[VERSION], &root[..], &salt, &nonce, &commitment, &ciphertext].concat();
    resign(header(), &body)
}
