//! What sealing and opening cost: parcels of a day's round, rotations, a blob, the passphrase.
//!
//! `pack` compares zstd levels; [`floorwalk_seal`] seals with the one that its packing names.

use divan::{Bencher, black_box, counter::BytesCount};
use floorwalk_seal::{
    BlobKey, DeviceKeys, KeyContext, KeyRing, ReceiveSecret, RecoveryFile, RootKeys, ScopeKey,
    StretchCost, open_blob, open_key, open_parcel, open_stream, seal_blob, seal_key, seal_parcel,
    seal_stream,
};
use floorwalk_wire::{
    CommunityId, Epoch, Generation, Header, ParcelId, ParcelKind, ScopeId, Seq, VerifiedParcel,
};

const SCOPE: ScopeId = ScopeId([5; 16]);

fn main() {
    divan::main();
}

/// Records much like one another, with ids that are not: about what changes look like.
fn records(count: usize) -> Vec<u8> {
    let mut content = Vec::new();
    for number in 0..count {
        content.extend_from_slice(blake3::hash(&number.to_le_bytes()).as_bytes());
        let words = format!("building{number}room{} 楼道灯不亮，晚上看不清台阶", 100 + number % 30);
        content.extend_from_slice(words.as_bytes());
        content.extend_from_slice(&[0x15, 0x02, 0x21, 0x03, 0x42, 0x56, number as u8]);
    }
    content
}

fn device() -> DeviceKeys {
    DeviceKeys::from_seeds(&[1; 32], &[2; 32])
}

fn seal(content: &[u8]) -> VerifiedParcel {
    let header = Header {
        kind: ParcelKind::Changes,
        community: CommunityId([3; 32]),
        scope: SCOPE,
        device: device().device(),
        generation: Generation([4; 8]),
        seq: Seq(1),
        previous: ParcelId::NONE,
        epoch: Epoch(1),
    };
    let key = ScopeKey::from_bytes([7; 32]);
    seal_parcel(header, content, &[], &key, device().signing_key(), [9; 40]).expect("it fits")
}

#[divan::bench(args = [1, 20, 400, 8000])]
fn parcel_seal(bencher: Bencher, count: usize) {
    let content = records(count);
    bencher.counter(BytesCount::of_slice(&content)).bench(|| seal(black_box(&content)));
}

#[divan::bench(args = [1, 20, 400, 8000])]
fn parcel_open(bencher: Bencher, count: usize) {
    let content = records(count);
    let parcel = seal(&content);
    let keys: KeyRing = [(SCOPE, Epoch(1), ScopeKey::from_bytes([7; 32]))].into_iter().collect();
    bencher
        .counter(BytesCount::of_slice(&content))
        .bench(|| open_parcel(black_box(&parcel), &keys).expect("it opens"));
}

#[divan::bench(args = [1, 3, 6, 9, 12, 19])]
fn pack(bencher: Bencher, level: i32) {
    let content = records(400);
    bencher
        .counter(BytesCount::of_slice(&content))
        .bench(|| zstd::bulk::compress(black_box(&content), level).expect("there is memory"));
}

fn context() -> KeyContext {
    KeyContext { community: CommunityId([3; 32]), scope: SCOPE, epoch: Epoch(1) }
}

#[divan::bench]
fn scope_key_seal(bencher: Bencher) {
    let (recipient, key) = (device().receive(), ScopeKey::from_bytes([7; 32]));
    bencher.bench(|| seal_key(black_box(&recipient), &context(), &key, &[9; 32]).expect("seals"));
}

#[divan::bench]
fn scope_key_open(bencher: Bencher) {
    let (secret, key) = (ReceiveSecret::from_bytes(&[2; 32]), ScopeKey::from_bytes([7; 32]));
    let sealed = seal_key(&secret.public(), &context(), &key, &[9; 32]).expect("seals");
    bencher.bench(|| open_key(black_box(&secret), &context(), &sealed).expect("it opens"));
}

#[divan::bench]
fn card_seal_and_open(bencher: Bencher) {
    let key = BlobKey::from_bytes([7; 32]);
    bencher.bench(|| {
        let (_, sealed) = seal_blob(black_box(b"name, phone, room"), &key, [9; 24]).expect("seals");
        open_blob(&sealed, &key).expect("it opens")
    });
}

#[divan::bench(args = [64 * 1024, 5_000_000])]
fn photo_seal(bencher: Bencher, bytes: usize) {
    let (photo, key) = (vec![7; bytes], BlobKey::from_bytes([7; 32]));
    let size_bytes = photo.len() as u64;
    bencher.counter(BytesCount::of_slice(&photo)).bench(|| {
        seal_stream(&mut &photo[..], size_bytes, &key, [9; 19], &mut std::io::sink())
            .expect("seals")
    });
}

#[divan::bench(args = [64 * 1024, 5_000_000])]
fn photo_open(bencher: Bencher, bytes: usize) {
    let (photo, key) = (vec![7; bytes], BlobKey::from_bytes([7; 32]));
    let (mut sealed, size_bytes) = (Vec::new(), photo.len() as u64);
    seal_stream(&mut &photo[..], size_bytes, &key, [9; 19], &mut sealed).expect("seals");
    bencher
        .counter(BytesCount::of_slice(&photo))
        .bench(|| open_stream(&mut &sealed[..], &key, &mut std::io::sink()).expect("it opens"));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn recovery_open_at_the_recommended_cost(bencher: Bencher) {
    let root = RootKeys::from_seeds(&[1; 32], &[2; 32]);
    let cost = StretchCost::recommended();
    let file = RecoveryFile::seal(&root, "passphrase", cost, [3; 16], [4; 24]).expect("seals");
    bencher.bench(|| file.open(black_box("passphrase")).expect("it opens"));
}
