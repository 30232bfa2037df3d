//! Dossiers: every check that fails says where and why, and no byte of one that holds can differ.

use std::io::Cursor;

use floorwalk_replica::DeviceId;
use floorwalk_replica::dossier::verify::{Verdict, verify_from};

/// The bytes as a dossier.
pub fn dossier(data: &[u8]) {
    let verdict = verdict(data, None);
    assert!(!verdict.checks.is_empty());
    assert_eq!(verdict.valid, verdict.checks.iter().all(|check| check.ok));
    for check in verdict.checks.iter().filter(|check| !check.ok) {
        assert!(check.place.is_some() && check.why.is_some(), "{check:?}");
    }
    if verdict.valid {
        let place = data.len() / 2 + data.len() / 3 * usize::from(data[data.len() - 1] % 2);
        let mut flipped = data.to_vec();
        flipped[place] ^= 1;
        assert!(!self::verdict(&flipped, None).valid, "byte {place} was flipped unnoticed");
        let another = DeviceId([7; 32]);
        assert!(!self::verdict(data, Some(&another)).valid, "another community's root");
    }
}

fn verdict(data: &[u8], root: Option<&DeviceId>) -> Verdict {
    verify_from(&mut Cursor::new(data), root).expect("bytes in memory can be read")
}
