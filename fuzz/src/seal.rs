//! Sealed things: nothing opens but what was sealed, and what a member with a key seals can do no
//! more than its limits allow.

use floorwalk_seal::limits::CONTENT_BYTES_MAX;
use floorwalk_seal::packing;
use floorwalk_seal::{
    BlobKey, Content, DeviceKeys, InvitationLink, InvitationSecret, KeyContext, KeyRing,
    RecoveryFile, ScopeKey, open_blob, open_key, open_parcel, open_rotation, open_stream,
    open_welcome, seal_blob, seal_stream,
};
use floorwalk_wire::statement::SealedKey;
use floorwalk_wire::{CommunityId, Epoch, Parcel, ScopeId, Statement};

use crate::parcel::signed_like;

// The keys of the golden files, so that those open.
const SCOPE: ScopeId = ScopeId([5; 16]);
const COMMUNITY: CommunityId = CommunityId([6; 32]);

/// The bytes as each of the sealed things, and as what is inside of them.
pub fn seal_open(data: &[u8]) {
    parcels(data);
    blobs(data);
    envelopes(data);
    insides(data);
    if let Ok(file) = RecoveryFile::from_bytes(data) {
        assert_eq!(file.as_bytes(), data);
    }
    if let Ok(link) = std::str::from_utf8(data).unwrap_or_default().parse::<InvitationLink>() {
        assert_eq!(link.to_string().parse(), Ok(link));
    }
}

fn device() -> DeviceKeys {
    DeviceKeys::from_seeds(&[1; 32], &[2; 32])
}

/// As it is, and signed by a member.
fn parcels(data: &[u8]) {
    let keys: KeyRing = [
        (SCOPE, Epoch(1), ScopeKey::from_bytes([7; 32])),
        (SCOPE, Epoch(2), ScopeKey::from_bytes([8; 32])),
    ]
    .into_iter()
    .collect();
    let as_is = Parcel::parse(data.to_vec()).and_then(Parcel::verify).ok();
    for parcel in as_is.into_iter().chain(signed_like(data, device().signing_key())) {
        if let Ok(opened) = open_parcel(&parcel, &keys) {
            assert!(opened.content.len() <= CONTENT_BYTES_MAX);
            let none = KeyRing::default();
            assert!(open_parcel(&parcel, &none).is_err_and(|error| error.awaits_key()));
            insides(&opened.content);
        }
    }
}

/// What opens is sealed to the same bytes again.
fn blobs(data: &[u8]) {
    let key = BlobKey::from_bytes([1; 32]);
    if let Ok(card) = open_blob(data, &key) {
        let nonce = data[1..25].try_into().expect("a nonce of 24 bytes");
        assert_eq!(seal_blob(&card, &key, nonce).expect("it was a blob").1, data);
    }
    let mut opened = Vec::new();
    if open_stream(&mut &*data, &key, &mut opened).is_ok() {
        let prefix = data[1..20].try_into().expect("a prefix of 19 bytes");
        let (mut sealed, size) = (Vec::new(), opened.len() as u64);
        let stream = seal_stream(&mut &opened[..], size, &key, prefix, &mut sealed);
        assert_eq!(stream.expect("it was a stream").size_bytes, data.len() as u64);
        assert_eq!(sealed, data);
    }
}

fn envelopes(data: &[u8]) {
    let invitation = InvitationSecret::from_bytes([0xb2; 32]).derive_keys();
    if open_welcome(&COMMUNITY, &invitation, data).is_ok() {
        assert!(open_welcome(&CommunityId([7; 32]), &invitation, data).is_err());
    }
    let (own, context) =
        (device(), KeyContext { community: COMMUNITY, scope: SCOPE, epoch: Epoch(2) });
    if let Ok(sealed) = data.try_into() {
        let sealed = SealedKey { recipient: own.receive(), sealed };
        if open_key(own.receive_secret(), &context, &sealed).is_ok() {
            let context = KeyContext { epoch: Epoch(3), ..context };
            assert!(open_key(own.receive_secret(), &context, &sealed).is_err());
        }
    }
    if let Ok(rotation) = Statement::decode(data) {
        let _ = open_rotation(&COMMUNITY, &rotation.body, &[own.receive_secret()]);
    }
}

/// As the compressed content of a parcel, and as the content.
fn insides(data: &[u8]) {
    if let Ok(content) = packing::unpack(data) {
        assert!(content.len() <= CONTENT_BYTES_MAX);
        let packed = packing::pack(&content).expect("it is within the limit");
        assert_eq!(packing::unpack(&packed), Ok(content));
    }
    if let Ok(read) = Content::decode(data) {
        let encoded = read.content.encode();
        let again = Content::decode(&encoded).expect("what is written is read");
        assert_eq!(again.content, read.content);
        assert!(again.unknown_tags.is_empty());
    }
}
