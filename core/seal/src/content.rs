//! What a parcel of changes says, before it is compressed and sealed.
//!
//! A row of sections, `tag 1 · length 4 · that many bytes`, with ascending tags:
//!
//! ```text
//! 1 documents     count 4 · count × document 16 · count × length 4 · the changes of each
//! 2 seen          count 4 · count × (device 32 · generation 8 · seq 8 · parcel 32)
//! 3 relay head    history 16 · position 8 · chain 32
//! 4               what parcels attested before their bodies did; passed over
//! 6 blobs here    count 4 · count × blob 32
//! ```
//!
//! Empty sections are left out. A reader passes over tags that it does not know and says which;
//! the parcel itself is kept and forwarded whole, so nothing of a newer version is lost. The
//! bytes of changes are not looked into here: whoever applies them must distrust them.

use std::collections::BTreeSet;
use std::fmt;

use floorwalk_wire::chain::Chain;
use floorwalk_wire::codec::{Reader, Writer};
use floorwalk_wire::limits::LOG_HEADS_MAX;
use floorwalk_wire::{BlobId, Cursor, DeviceId, Generation, HistoryId, LogHead, ParcelId, Seq};

use crate::error::{OpenError, SealError};
use crate::limits::{BLOBS_HERE_MAX, CONTENT_BYTES_MAX, DOCUMENTS_MAX, DOCUMENTS_READ_MAX};

/// New changes of one document.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentChanges {
    /// The document's id.
    pub document: [u8; 16],
    /// Its changes, packed by whoever keeps documents.
    pub packed: Vec<u8>,
}

/// What a parcel of changes says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// New changes, by document.
    pub documents: Vec<DocumentChanges>,
    /// The last parcels of the scope's logs that the writer had applied.
    pub seen: Vec<LogHead>,
    /// How far the writer had followed the relay's list of this scope.
    pub relay_head: Option<Cursor>,
    /// Blobs of evidence that the writer has.
    pub blobs_here: Vec<BlobId>,
}

/// A content that was read, and what was not understood of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadContent {
    /// The sections that this version knows.
    pub content: Content,
    /// The tags of the others. When there are any, read the parcel again after an update.
    pub unknown_tags: BTreeSet<u8>,
}

const DOCUMENTS: u8 = 1;
const SEEN: u8 = 2;
const RELAY_HEAD: u8 = 3;
const EARLIER_ATTESTATIONS: u8 = 4;
const BLOBS_HERE: u8 = 6;

impl Content {
    /// Checks what a writer must keep to; [`crate::seal_parcel`] checks the bytes' total.
    ///
    /// # Errors
    /// [`SealError::OverLimit`]: cut it into smaller ones.
    pub fn check(&self) -> Result<(), SealError> {
        let counts = [
            ("documents", self.documents.len(), DOCUMENTS_MAX),
            ("log heads", self.seen.len(), LOG_HEADS_MAX),
            ("blobs here", self.blobs_here.len(), BLOBS_HERE_MAX),
        ];
        match counts.into_iter().find(|(_, value, limit)| value > limit) {
            Some((what, value, limit)) => Err(SealError::OverLimit { what, value, limit }),
            None => Ok(()),
        }
    }

    /// The bytes, for [`crate::seal_parcel`].
    pub fn encode(&self) -> Vec<u8> {
        let packed: usize = self.documents.iter().map(|changes| changes.packed.len()).sum();
        let others = 24 * self.documents.len() + LogHead::BYTES * self.seen.len();
        let mut writer = Writer::with_capacity(packed + others + 128);
        if !self.documents.is_empty() {
            write_section(&mut writer, DOCUMENTS, &write_documents(&self.documents));
        }
        if !self.seen.is_empty() {
            write_section(&mut writer, SEEN, &write_seen(&self.seen));
        }
        if let Some(cursor) = &self.relay_head {
            write_section(&mut writer, RELAY_HEAD, &write_cursor(cursor));
        }
        if !self.blobs_here.is_empty() {
            write_section(&mut writer, BLOBS_HERE, &write_blobs(&self.blobs_here));
        }
        writer.finish()
    }

    /// Reads the bytes that [`crate::open_parcel`] gave.
    ///
    /// # Errors
    /// [`OpenError::Malformed`], [`OpenError::OverLimit`] or [`OpenError::Inconsistent`]: the
    /// writer's fault.
    pub fn decode(bytes: &[u8]) -> Result<ReadContent, OpenError> {
        let mut read = ReadContent { content: Self::default(), unknown_tags: BTreeSet::new() };
        let mut reader = Reader::new(bytes);
        let mut last_tag = 0;
        while !reader.rest().is_empty() {
            let tag = reader.u8()?;
            if tag <= last_tag {
                return Err(OpenError::Inconsistent("sections are out of order"));
            }
            last_tag = tag;
            let section = reader.sized("section", CONTENT_BYTES_MAX)?;
            read.take(tag, section)?;
        }
        Ok(read)
    }
}

impl ReadContent {
    fn take(&mut self, tag: u8, section: &[u8]) -> Result<(), OpenError> {
        let mut reader = Reader::new(section);
        match tag {
            DOCUMENTS => self.content.documents = read_documents(&mut reader)?,
            SEEN => self.content.seen = read_seen(&mut reader)?,
            RELAY_HEAD => self.content.relay_head = Some(read_cursor(&mut reader)?),
            EARLIER_ATTESTATIONS => return Ok(()),
            BLOBS_HERE => self.content.blobs_here = read_blobs(&mut reader)?,
            unknown => {
                self.unknown_tags.insert(unknown);
                return Ok(());
            }
        }
        Ok(reader.finish()?)
    }
}

impl fmt::Debug for DocumentChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The changes hold the words of complaints, which no log may.
        write!(f, "DocumentChanges({:02x?}, {} bytes)", self.document, self.packed.len())
    }
}

fn write_section(writer: &mut Writer, tag: u8, section: &[u8]) {
    writer.u8(tag).sized(section);
}

/// Ids, lengths and changes stand apart, because like compresses best beside like.
fn write_documents(documents: &[DocumentChanges]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.count(documents.len());
    for changes in documents {
        writer.bytes(&changes.document);
    }
    for changes in documents {
        writer.count(changes.packed.len());
    }
    for changes in documents {
        writer.bytes(&changes.packed);
    }
    writer.finish()
}

fn read_documents(reader: &mut Reader<'_>) -> Result<Vec<DocumentChanges>, OpenError> {
    let count = reader.count("documents", DOCUMENTS_READ_MAX, 20)?;
    let mut ids = Reader::new(reader.bytes(count * 16)?);
    let mut lengths = Reader::new(reader.bytes(count * 4)?);
    let mut documents = Vec::with_capacity(count);
    for _ in 0..count {
        let (document, length) = (ids.array()?, lengths.u32()? as usize);
        documents.push(DocumentChanges { document, packed: reader.bytes(length)?.to_vec() });
    }
    Ok(documents)
}

fn write_seen(seen: &[LogHead]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(4 + seen.len() * LogHead::BYTES);
    writer.count(seen.len());
    for head in seen {
        writer.bytes(&head.device.0).bytes(&head.generation.0);
        writer.u64(head.seq.0).bytes(&head.parcel.0);
    }
    writer.finish()
}

fn read_seen(reader: &mut Reader<'_>) -> Result<Vec<LogHead>, OpenError> {
    let count = reader.count("log heads", LOG_HEADS_MAX, LogHead::BYTES)?;
    let mut seen = Vec::with_capacity(count);
    for _ in 0..count {
        seen.push(LogHead {
            device: DeviceId(reader.array()?),
            generation: Generation(reader.array()?),
            seq: Seq(reader.u64()?),
            parcel: ParcelId(reader.array()?),
        });
    }
    Ok(seen)
}

fn write_cursor(cursor: &Cursor) -> Vec<u8> {
    let mut writer = Writer::with_capacity(56);
    writer.bytes(&cursor.history.0).u64(cursor.chain.position).bytes(&cursor.chain.hash);
    writer.finish()
}

fn read_cursor(reader: &mut Reader<'_>) -> Result<Cursor, OpenError> {
    let history = HistoryId(reader.array()?);
    let chain = Chain { position: reader.u64()?, hash: reader.array()? };
    Ok(Cursor { history, chain })
}

fn write_blobs(blobs: &[BlobId]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(4 + blobs.len() * BlobId::BYTES);
    writer.count(blobs.len());
    for blob in blobs {
        writer.bytes(&blob.0);
    }
    writer.finish()
}

fn read_blobs(reader: &mut Reader<'_>) -> Result<Vec<BlobId>, OpenError> {
    let count = reader.count("blobs here", BLOBS_HERE_MAX, BlobId::BYTES)?;
    (0..count).map(|_| Ok(BlobId(reader.array()?))).collect()
}

#[cfg(test)]
mod tests;
