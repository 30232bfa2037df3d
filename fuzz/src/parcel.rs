//! Parcels: what parses is its bytes, what verifies was signed by its device, and no bit of it can
//! differ.

use ed25519_dalek::SigningKey;
use floorwalk_wire::parcel::HEADER_BYTES;
use floorwalk_wire::{
    CommunityId, Epoch, Generation, Header, Parcel, ParcelId, ParcelKind, ScopeId, Seq,
    VerifiedParcel, signing,
};

/// The bytes as a parcel, and the same signed by a member.
pub fn parcel_verify(data: &[u8]) {
    check(data.to_vec());
    if let Some(parcel) = signed_like(data, &SigningKey::from_bytes(&[3; 32])) {
        check(parcel.bytes().to_vec());
    }
}

fn check(bytes: Vec<u8>) {
    let Ok(parcel) = Parcel::parse(bytes.clone()) else { return };
    assert_eq!(parcel.bytes()[..], bytes);
    assert_eq!(parcel.id(), ParcelId::derive(&bytes));
    let header = *parcel.header();
    let Ok(verified) = parcel.verify() else { return };
    assert_eq!((verified.id(), *verified.header()), (ParcelId::derive(&bytes), header));
    assert_eq!(verified.body(), &bytes[HEADER_BYTES..]);
    assert_eq!(verified.head().log(header.scope), header.log());
    // One bit, at a place that differs from input to input.
    let place = usize::from(verified.id().0[0]) << 8 | usize::from(verified.id().0[1]);
    let mut flipped = bytes;
    let place = place % flipped.len();
    flipped[place] ^= 1 << (place % 8);
    assert!(Parcel::parse(flipped).and_then(Parcel::verify).is_err(), "byte {place} was flipped");
}

/// The fields of a header where a parcel has them, and whatever follows as its body, signed; none
/// where no honest signer could have been brought to it.
pub(crate) fn signed_like(data: &[u8], key: &SigningKey) -> Option<VerifiedParcel> {
    let (fields, body) = data.split_at_checked(HEADER_BYTES)?;
    let array = |at: usize| fields[at..at + 8].try_into().expect("eight bytes");
    let thirty_two = |at: usize| fields[at..at + 32].try_into().expect("thirty-two bytes");
    let kind = if fields[4] == 3 { ParcelKind::Statement } else { ParcelKind::Changes };
    let header = Header {
        kind,
        community: CommunityId(thirty_two(8)),
        scope: ScopeId(fields[40..56].try_into().expect("sixteen bytes")),
        device: signing::device_id(key),
        generation: Generation(array(88)),
        seq: Seq(u64::from_le_bytes(array(96))),
        previous: ParcelId(thirty_two(104)),
        epoch: Epoch(u32::from_le_bytes(fields[136..140].try_into().expect("four bytes"))),
    };
    VerifiedParcel::sign(header, body, key).ok()
}
