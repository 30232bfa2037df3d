//! What the codec of contents takes and refuses.

#![allow(clippy::unwrap_used)]

use floorwalk_wire::codec::DecodeError;
use proptest::prelude::*;

use super::*;

fn full() -> Content {
    let head = LogHead {
        device: DeviceId([1; 32]),
        generation: Generation([2; 8]),
        seq: Seq(3),
        parcel: ParcelId([4; 32]),
    };
    let changes =
        |byte: u8, packed: &[u8]| DocumentChanges { document: [byte; 16], packed: packed.to_vec() };
    let chain = Chain { position: 9, hash: [8; 32] };
    Content {
        documents: vec![changes(5, b"one"), changes(6, b""), changes(7, b"three")],
        seen: vec![head, LogHead { seq: Seq(4), ..head }],
        relay_head: Some(Cursor { history: HistoryId([7; 16]), chain }),
        blobs_here: vec![BlobId([3; 32]), BlobId([4; 32])],
    }
}

fn section(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    write_section(&mut writer, tag, bytes);
    writer.finish()
}

#[test]
fn a_content_is_read_back() {
    for content in [Content::default(), full()] {
        let read = Content::decode(&content.encode()).unwrap();
        assert_eq!(read, ReadContent { content, unknown_tags: BTreeSet::new() });
    }
    assert!(Content::default().encode().is_empty());
}

#[test]
fn sections_of_a_newer_version_are_passed_over_and_named() {
    let newer = [full().encode(), section(77, b"what is this"), section(200, b"")].concat();
    let read = Content::decode(&newer).unwrap();
    assert_eq!(read.content, full());
    assert_eq!(read.unknown_tags, BTreeSet::from([77, 200]));
}

#[test]
fn what_parcels_attested_before_is_passed_over_and_asks_for_no_update() {
    let earlier = [section(RELAY_HEAD, &[0; 56]), section(EARLIER_ATTESTATIONS, b"heads")].concat();
    let read = Content::decode(&earlier).unwrap();
    assert!(read.content.relay_head.is_some() && read.unknown_tags.is_empty());
}

#[test]
fn sections_twice_or_out_of_order_are_refused() {
    let (relay, seen) = (section(3, &[0; 56]), section(2, &[0; 4]));
    Content::decode(&[seen.clone(), relay.clone()].concat()).unwrap();
    let refused = Err(OpenError::Inconsistent("sections are out of order"));
    assert_eq!(Content::decode(&[relay.clone(), seen].concat()), refused);
    assert_eq!(Content::decode(&[relay.clone(), relay].concat()), refused);
    assert_eq!(Content::decode(&section(0, b"")), refused);
}

#[test]
fn a_content_cut_off_or_with_bytes_left_over_is_refused() {
    let bytes = full().encode();
    let starts_of_sections: Vec<usize> = {
        let (mut starts, mut reader) = (vec![0], Reader::new(&bytes));
        while !reader.rest().is_empty() {
            reader.u8().unwrap();
            reader.sized("section", CONTENT_BYTES_MAX).unwrap();
            starts.push(bytes.len() - reader.rest().len());
        }
        starts
    };
    for length in 0..bytes.len() {
        let outcome = Content::decode(&bytes[..length]);
        assert_eq!(outcome.is_ok(), starts_of_sections.contains(&length), "{length}");
    }
    let mut longer = write_cursor(&full().relay_head.unwrap());
    longer.push(0);
    let refused = Content::decode(&section(RELAY_HEAD, &longer));
    assert_eq!(refused, Err(OpenError::Malformed(DecodeError::TrailingBytes(1))));
}

#[test]
fn counts_over_their_limits_are_refused_before_allocation() {
    let limits = [
        (DOCUMENTS, "documents", DOCUMENTS_READ_MAX),
        (SEEN, "log heads", LOG_HEADS_MAX),
        (BLOBS_HERE, "blobs here", BLOBS_HERE_MAX),
    ];
    for (tag, what, limit) in limits {
        let counted = |count: usize| {
            Content::decode(&section(tag, &u32::try_from(count).unwrap().to_le_bytes()))
        };
        counted(0).unwrap();
        assert_eq!(counted(limit), Err(OpenError::Malformed(DecodeError::TooShort)));
        let value = limit + 1;
        assert_eq!(counted(value), Err(OpenError::OverLimit { what, value, limit }));
    }
}

#[test]
fn a_writer_is_told_to_cut_what_has_too_many_parts() {
    let documents = |count: usize| {
        let one = DocumentChanges { document: [0; 16], packed: Vec::new() };
        Content { documents: vec![one; count], ..Content::default() }
    };
    documents(DOCUMENTS_MAX).check().unwrap();
    let (what, value, limit) = ("documents", DOCUMENTS_MAX + 1, DOCUMENTS_MAX);
    let refused = documents(value).check();
    assert_eq!(refused.unwrap_err(), SealError::OverLimit { what, value, limit });
    // One that was cut before the limit was kept must open for ever.
    assert!(Content::decode(&documents(value).encode()).is_ok());
}

#[test]
fn printed_changes_show_no_words() {
    assert!(!format!("{:?}", full()).contains("116, 104, 114"));
    assert!(format!("{:?}", full()).contains("5 bytes"));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        if let Ok(read) = Content::decode(&bytes) {
            prop_assert!(Content::decode(&read.content.encode()).is_ok());
        }
    }

    #[test]
    fn a_changed_content_is_read_or_refused(place in 0_usize..400, value in any::<u8>()) {
        let mut bytes = full().encode();
        let place = place % bytes.len();
        bytes[place] = value;
        let _either = Content::decode(&bytes);
    }
}
