//! The wire codec: what decodes is encoded to the same bytes again, so nothing has two spellings.

use floorwalk_sync::framing::{FrameReader, frame};
use floorwalk_wire::codec::{Reader, Writer};
use floorwalk_wire::{Message, SignedHead, Statement};

/// Messages, frames of them in pieces, signed heads and statement bodies.
pub fn wire_codec(data: &[u8]) {
    if let Ok(message) = Message::decode(data) {
        assert_eq!(message.encode(), data);
        let framed = frame(&message);
        let mut reader = FrameReader::default();
        let cut = framed.len() / 2;
        let mut read = reader.push(&framed[..cut]).expect("half a frame is no fault");
        read.extend(reader.push(&framed[cut..]).expect("what was framed is read"));
        assert_eq!(read, [message]);
    }
    if let Ok(messages) = FrameReader::default().push(data) {
        let framed: Vec<u8> = messages.iter().flat_map(frame).collect();
        assert!(data.starts_with(&framed));
    }
    if let Ok(statement) = Statement::decode(data) {
        assert_eq!(statement.encode(), data);
    }
    let mut reader = Reader::new(data);
    if let Ok(head) = SignedHead::read(&mut reader) {
        let mut writer = Writer::default();
        head.write(&mut writer);
        let written = writer.finish();
        assert_eq!(written.len(), SignedHead::BYTES);
        assert_eq!(written, data[..data.len() - reader.rest().len()]);
    }
}
