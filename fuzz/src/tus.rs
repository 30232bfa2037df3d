//! Headers of uploads: what is accepted is within the limits and could have been written so.

use floorwalk_server::tus_headers::{Creation, checksum, number, value};
use floorwalk_wire::limits::BLOB_BYTES_MAX;

/// Four lines: length, metadata, checksum, offset.
pub fn tus_headers(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let (length, metadata) = (lines.next(), lines.next());
    if let Ok(creation) = Creation::read(length, metadata) {
        assert!(creation.size_bytes <= BLOB_BYTES_MAX as u64);
        let metadata = metadata.expect("scope and blob are named there");
        let named = |name| value(metadata, name).map(|value| value.to_lowercase());
        assert_eq!(named("scope"), Some(creation.scope.to_string()));
        assert_eq!(named("blob"), Some(creation.blob.to_string()));
    }
    if let Some(digest) = lines.next().and_then(checksum) {
        assert!(digest.len() <= text.len());
    }
    for header in length.iter().copied().chain(lines.next()) {
        if let Some(number) = number(header) {
            assert!(header.bytes().all(|byte| byte.is_ascii_digit()), "{header:?} for {number}");
        }
    }
}
