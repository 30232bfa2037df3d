//! Messages on a byte stream that has no frames of its own: a 4-byte little-endian length, then
//! the message. The length is checked before anything is allocated for it.

use floorwalk_wire::limits::MESSAGE_BYTES_MAX;
use floorwalk_wire::{DecodeError, Message};

/// Puts a message into its frame.
pub fn frame(message: &Message) -> Vec<u8> {
    let body = message.encode();
    let length = u32::try_from(body.len()).expect("messages are bounded by their limits");
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend_from_slice(&body);
    bytes
}

/// Takes messages out of a stream that arrives in pieces of any size.
#[derive(Debug, Default)]
pub struct FrameReader {
    pending: Vec<u8>,
}

impl FrameReader {
    /// Adds bytes as they arrived and returns the messages that they complete.
    ///
    /// # Errors
    /// [`DecodeError`] when a frame is over [`MESSAGE_BYTES_MAX`] or holds no message; the stream
    /// can't be read any further then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Message>, DecodeError> {
        self.pending.extend_from_slice(bytes);
        let mut messages = Vec::new();
        let mut read = 0;
        while let Some(prefix) = self.pending[read..].first_chunk::<4>() {
            let length = u32::from_le_bytes(*prefix) as usize;
            if length > MESSAGE_BYTES_MAX {
                let (value, limit) = (length, MESSAGE_BYTES_MAX);
                return Err(DecodeError::OverLimit { what: "frame", value, limit });
            }
            let Some(body) = self.pending[read + 4..].get(..length) else {
                break;
            };
            messages.push(Message::decode(body)?);
            read += 4 + length;
        }
        self.pending.drain(..read);
        Ok(messages)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn messages_survive_any_cut_of_the_stream() {
        let sent = [Message::Ping, Message::End { round: 7 }, Message::Pong];
        let bytes: Vec<u8> = sent.iter().flat_map(frame).collect();
        for piece in 1..bytes.len() {
            let mut reader = FrameReader::default();
            let read: Vec<Message> =
                bytes.chunks(piece).flat_map(|chunk| reader.push(chunk).unwrap()).collect();
            assert_eq!(read, sent);
        }
    }

    #[test]
    fn an_oversized_frame_is_refused_by_its_length() {
        let outcome = FrameReader::default().push(&u32::MAX.to_le_bytes());
        assert!(matches!(outcome, Err(DecodeError::OverLimit { what: "frame", .. })));
    }
}
