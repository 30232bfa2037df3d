//! Golden bytes: what was sealed once opens for ever, with the keys of then.
//!
//! A file is made, and only where none is, with `FLOORWALK_BLESS=1`. What is not compressed must
//! also be sealed the same again from the same random bytes; how well something is compressed may
//! change with the library.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use floorwalk_seal::{
    AttestedDocument, BlobKey, Content, DeviceKeys, DocumentChanges, InvitationLink,
    InvitationSecret, KeyContext, KeyRing, RecoveryFile, RootKeys, ScopeKey, StretchCost,
    attestation_root, open_blob, open_key, open_parcel, open_rotation, open_stream, open_welcome,
    seal_blob, seal_key, seal_parcel, seal_stream, seal_welcome,
};
use floorwalk_wire::statement::SealedKey;
use floorwalk_wire::{
    BlobId, Chain, CommunityId, Cursor, DeviceId, Epoch, Generation, Header, HistoryId, LogHead,
    Parcel, ParcelId, ParcelKind, ScopeId, Seq, StatementBody, Timestamp,
};

const SCOPE: ScopeId = ScopeId([5; 16]);
const COMMUNITY: CommunityId = CommunityId([6; 32]);

fn kept(name: &str, written: &[u8]) -> Vec<u8> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.hex"));
    if !file.exists() && std::env::var_os("FLOORWALK_BLESS").is_some() {
        let hex: String = written.iter().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(&file, format!("{hex}\n")).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    kept.trim().as_bytes().chunks(2).map(byte).collect()
}

/// The same, of what must be written alike for ever.
fn golden(name: &str, written: &[u8]) -> Vec<u8> {
    let kept = kept(name, written);
    assert_eq!(kept, written, "{name} is written differently now");
    kept
}

fn device() -> DeviceKeys {
    DeviceKeys::from_seeds(&[1; 32], &[2; 32])
}

fn key() -> ScopeKey {
    ScopeKey::from_bytes([7; 32])
}

fn ring() -> KeyRing {
    [(SCOPE, Epoch(1), key()), (SCOPE, Epoch(2), ScopeKey::from_bytes([8; 32]))]
        .into_iter()
        .collect()
}

fn content() -> Content {
    let chain = Chain::start(&HistoryId([3; 16]), &COMMUNITY, &SCOPE);
    let documents = [1, 2].map(|document| DocumentChanges {
        document: [document; 16],
        packed: "三楼走廊漏水，地面湿滑".repeat(usize::from(document)).into_bytes(),
    });
    Content {
        documents: documents.into(),
        seen: vec![LogHead {
            device: DeviceId([1; 32]),
            generation: Generation([2; 8]),
            seq: Seq(3),
            parcel: ParcelId([4; 32]),
        }],
        relay_head: Some(Cursor {
            history: HistoryId([3; 16]),
            chain: chain.next(&ParcelId([4; 32]), Timestamp(1_790_000_000_000)),
        }),
        ..Content::default()
    }
}

#[test]
fn a_parcels_content_is_read_for_ever() {
    // The first of them attests heads in a section of its own, which is passed over now.
    for kept in [kept("content", &[]), golden("content-2", &content().encode())] {
        let read = Content::decode(&kept).unwrap();
        assert_eq!(read.content, content());
        assert!(read.unknown_tags.is_empty());
    }
}

#[test]
fn what_an_office_says_of_photos_is_read_for_ever() {
    let blobs_here = vec![BlobId([7; 32]), BlobId([8; 32])];
    let content = Content { blobs_here, ..Content::default() };
    let read = Content::decode(&golden("content-blobs-here", &content.encode())).unwrap();
    assert_eq!(read.content, content);
}

#[test]
fn a_photo_opens_for_ever() {
    let key = BlobKey::from_bytes([1; 32]);
    let photo: Vec<u8> = (0..70_000_u32).map(|index| (index % 251) as u8).collect();
    let mut sealed = Vec::new();
    let size = photo.len() as u64;
    let stream = seal_stream(&mut &photo[..], size, &key, [2; 19], &mut sealed).unwrap();
    // The whole would be a large file of hexadecimal digits; its hash pins it as well.
    golden("blob-stream-id", &stream.id.0);
    let short = b"a short recording";
    let mut sealed = Vec::new();
    seal_stream(&mut &short[..], 17, &key, [2; 19], &mut sealed).unwrap();
    let mut opened = Vec::new();
    open_stream(&mut &golden("blob-stream", &sealed)[..], &key, &mut opened).unwrap();
    assert_eq!(opened, short);
}

#[test]
fn a_sealed_parcel_opens_for_ever() {
    let header = Header {
        kind: ParcelKind::Changes,
        community: COMMUNITY,
        scope: SCOPE,
        device: device().device(),
        generation: Generation([2; 8]),
        seq: Seq(2),
        previous: ParcelId([4; 32]),
        epoch: Epoch(1),
    };
    let documents = [1, 2].map(|document| AttestedDocument {
        document: [document; 16],
        heads: vec![[document; 32], [9; 32]],
    });
    let (plain, signer) = (content().encode(), device());
    let sealed = seal_parcel(header, &plain, &documents, &key(), signer.signing_key(), [3; 40]);
    let kept_now = kept("parcel-2", sealed.unwrap().bytes());
    for (kept, plain) in [(kept("parcel", &[]), kept("content", &[])), (kept_now, plain)] {
        let parcel = Parcel::parse(kept).unwrap().verify().unwrap();
        assert_eq!(parcel.header(), &header);
        let opened = open_parcel(&parcel, &ring()).unwrap();
        assert_eq!(opened.content, plain);
        let holds = opened.attested.map(|it| (it.blinding.root(&documents), it.root));
        assert_eq!(holds.map(|(computed, _)| computed), attestation_root(&parcel));
        assert_eq!(holds.map(|(_, stated)| stated), attestation_root(&parcel));
        let other = [(SCOPE, Epoch(1), ScopeKey::from_bytes([9; 32]))].into_iter().collect();
        assert!(open_parcel(&parcel, &other).is_err());
    }
}

#[test]
fn an_attestation_is_computed_alike_for_ever() {
    let documents = [3, 1, 2]
        .map(|document| AttestedDocument { document: [document; 16], heads: vec![[document; 32]] });
    let header = Header {
        kind: ParcelKind::Changes,
        community: COMMUNITY,
        scope: SCOPE,
        device: device().device(),
        generation: Generation([2; 8]),
        seq: Seq(1),
        previous: ParcelId::NONE,
        epoch: Epoch(1),
    };
    let sealed = seal_parcel(header, b"", &documents, &key(), device().signing_key(), [3; 40]);
    let sealed = sealed.unwrap();
    let attested = open_parcel(&sealed, &ring()).unwrap().attested.unwrap();
    let proof = attested.blinding.prove(&documents, &[2; 16]).unwrap();
    assert_eq!((proof.index, proof.leaves), (1, 3));
    golden("attestation", &[attested.root, proof.blind, proof.path[0], proof.path[1]].concat());
    assert_eq!(proof.root(&documents[2]), attestation_root(&sealed));
}

#[test]
fn a_card_opens_for_ever() {
    let key = BlobKey::from_bytes([1; 32]);
    let card = r#"{"complainant":"王芳","phone":"13900001111"}"#.as_bytes();
    let (id, sealed) = seal_blob(card, &key, [2; 24]).unwrap();
    let kept = golden("blob", &sealed);
    assert_eq!(BlobId::derive(&kept), id);
    assert_eq!(open_blob(&kept, &key).unwrap(), card);
}

#[test]
fn a_welcome_opens_for_ever() {
    let invitation = InvitationSecret::from_bytes([0xb2; 32]).derive_keys();
    golden("invitation-keys", &[invitation.id().0, invitation.receive().0].concat());
    let keys = ring();
    let (id, receive) = (invitation.id(), invitation.receive());
    let sealed = seal_welcome(&COMMUNITY, &id, &receive, keys.entries(), &[4; 32]).unwrap();
    let opened = open_welcome(&COMMUNITY, &invitation, &golden("welcome", &sealed)).unwrap();
    assert_eq!(opened, keys);
}

#[test]
fn a_rotations_key_opens_for_ever() {
    let context = KeyContext { community: COMMUNITY, scope: SCOPE, epoch: Epoch(2) };
    let sealed = seal_key(&device().receive(), &context, &key(), &[5; 32]).unwrap();
    let sealed: [u8; SealedKey::BYTES] =
        golden("sealed-scope-key", &sealed.sealed).try_into().unwrap();
    let sealed = SealedKey { recipient: device().receive(), sealed };
    assert_eq!(open_key(device().receive_secret(), &context, &sealed).unwrap(), key());
    let rotation = StatementBody::Rotation { scope: SCOPE, epoch: Epoch(2), keys: vec![sealed] };
    let opened = open_rotation(&COMMUNITY, &rotation, &[device().receive_secret()]).unwrap();
    assert_eq!(opened, Some(key()));
}

#[test]
fn a_recovery_file_opens_for_ever() {
    let root = RootKeys::from_seeds(&[1; 32], &[2; 32]);
    let cost = StretchCost::new(64, 2, 1).unwrap();
    let file = RecoveryFile::seal(&root, "correct horse battery", cost, [3; 16], [4; 24]).unwrap();
    let kept = RecoveryFile::from_bytes(&golden("recovery-file", file.as_bytes())).unwrap();
    let opened = kept.open("correct horse battery").unwrap();
    assert_eq!((opened.root(), opened.recovery()), (root.root(), root.recovery()));
    assert_eq!(opened.community(), kept.community());
    assert!(kept.open("another").is_err());
}

#[test]
fn a_link_is_read_for_ever() {
    for (name, pin) in [("link", None), ("link-with-pin", Some([0xc3; 32]))] {
        let link = InvitationLink {
            relay_url: "https://relay.example:8443".parse().unwrap(),
            pin,
            community: COMMUNITY,
            secret: InvitationSecret::from_bytes([0xb2; 32]),
        };
        let kept = String::from_utf8(golden(name, link.to_string().as_bytes())).unwrap();
        assert_eq!(kept.parse::<InvitationLink>().unwrap(), link);
    }
}

#[test]
fn a_devices_keys_are_read_for_ever() {
    let kept = golden("device-keys", &device().to_secret_bytes()[..]);
    let read = DeviceKeys::from_secret_bytes(&kept).unwrap();
    assert_eq!((read.device(), read.receive()), (device().device(), device().receive()));
}
