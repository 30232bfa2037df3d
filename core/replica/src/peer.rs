//! Syncing with another device, without a relay.
//!
//! The two devices bring any byte stream that keeps order: Bluetooth, a local socket, a pipe.
//! Each feeds what arrives into its [`PeerSession`] and sends what comes out.

use std::sync::Arc;

use floorwalk_sync::{FrameReader, framing::frame};

use crate::conversation::Conversation;
use crate::error::{ErrorCode, Result};
use crate::records::SyncReport;
use crate::state::Shared;

/// One end of a sync between two devices.
pub struct PeerSession {
    conversation: Conversation,
    reader: FrameReader,
    report: SyncReport,
}

impl PeerSession {
    pub(crate) fn new(shared: &Arc<Shared>) -> Result<Self> {
        Ok(Self {
            conversation: Conversation::with_device(shared)?,
            reader: FrameReader::default(),
            report: SyncReport::default(),
        })
    }

    /// Takes bytes as they arrived, in pieces of any size.
    ///
    /// # Errors
    /// [`ErrorCode::RelayBroken`] when they can't be messages: end the session then.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<()> {
        self.report.bytes_received += bytes.len() as u64;
        let messages = self.reader.push(bytes).map_err(|_| ErrorCode::RelayBroken)?;
        messages.into_iter().for_each(|message| self.conversation.receive(message));
        Ok(())
    }

    /// The next bytes to send; none when it is the other side's turn. Does the work of what was
    /// received, so it may take a while; everything taken in is durable when it returns.
    ///
    /// # Errors
    /// When the store fails, or the other side ended the session or may not have it.
    pub fn next_bytes(&mut self) -> Result<Option<Vec<u8>>> {
        let bytes = self.conversation.next()?.map(|message| frame(&message));
        self.report.bytes_sent += bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Ok(bytes)
    }

    /// Whether both sides have all that they can have from each other.
    pub fn is_done(&self) -> bool {
        self.conversation.is_settled()
    }

    /// What the session has done so far.
    pub fn report(&self) -> SyncReport {
        SyncReport {
            bytes_sent: self.report.bytes_sent,
            bytes_received: self.report.bytes_received,
            ..self.conversation.report.clone()
        }
    }
}
