//! Packing a chain of raw changes for a parcel: without what the reader can rebuild.
//!
//! ```text
//! pack    version 1 (1 byte) · change …
//! change  deps: count uleb, reference each · tail: length uleb, bytes
//! reference
//!         0      a hash of 32 bytes follows
//!         1      the genesis of the document's kind
//!         k ≥ 2  the change k − 1 places before this one in the pack
//! ```
//!
//! The tail is the chunk's content behind the actor (see `chunk`). Magic, checksum, chunk type,
//! length and actor are left out: all changes of a pack are by the actor whose log it is in. The
//! reader rebuilds the exact bytes; a reference is written in one way only, so packing is a
//! function and unpacking its inverse.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};

use crate::chunk::{Layout, MAGIC, RawChange, TYPE_CHANGE};
use crate::error::Error;
use crate::genesis::genesis_hash;
use crate::ids::{Actor, ChangeHash, DocumentKind};
use crate::limits::{
    CHANGE_BYTES_MAX, CHANGE_DEPS_MAX, DOCUMENT_OPS_MAX, PACK_BYTES_MAX, PACK_CHANGES_MAX,
};
use crate::reader::{Reader, write_unsigned};
use crate::refusal::Refusal;

const VERSION: u8 = 1;
const EXPLICIT: u64 = 0;
const GENESIS: u64 = 1;

/// Packs changes of one document by one actor, oldest first.
///
/// # Errors
///
/// [`Error::NotOwnChange`] if one is not a raw change of this actor.
pub fn pack(kind: DocumentKind, actor: &Actor, changes: &[&[u8]]) -> Result<Vec<u8>, Error> {
    let genesis = genesis_hash(kind);
    let mut packed = vec![VERSION];
    let mut places: HashMap<ChangeHash, usize> = HashMap::with_capacity(changes.len());
    if changes.len() as u64 > PACK_CHANGES_MAX {
        return Err(Error::NotOwnChange(Refusal::TooLarge("changes of one pack")));
    }
    for (place, bytes) in changes.iter().enumerate() {
        let layout = Layout::read(bytes).map_err(Error::NotOwnChange)?;
        if layout.actor != actor.0 {
            return Err(Error::NotOwnChange(Refusal::OtherActor));
        }
        write_unsigned((layout.deps.len() / 32) as u64, &mut packed);
        for dep in layout.deps.chunks_exact(32) {
            let dep = ChangeHash::try_from(dep)?;
            match places.get(&dep) {
                Some(earlier) => write_unsigned((place - earlier) as u64 + 1, &mut packed),
                None if dep == genesis => write_unsigned(GENESIS, &mut packed),
                None => {
                    write_unsigned(EXPLICIT, &mut packed);
                    packed.extend_from_slice(&dep.0);
                }
            }
        }
        write_unsigned(layout.tail.len() as u64, &mut packed);
        packed.extend_from_slice(layout.tail);
        places.insert(hash_content(layout.content), place);
    }
    Ok(packed)
}

/// Rebuilds the changes of a pack, each within the limits of [`RawChange::parse`], and all
/// together within [`PACK_BYTES_MAX`].
///
/// # Errors
///
/// [`Refusal::Pack`] for a damaged pack, else the rule that a change breaks.
pub fn unpack(kind: DocumentKind, actor: &Actor, packed: &[u8]) -> Result<Vec<RawChange>, Refusal> {
    let mut reader = Reader::new(packed);
    if reader.take(1) != Some(&[VERSION]) {
        return Err(Refusal::Pack);
    }
    let genesis = genesis_hash(kind);
    let mut changes: Vec<RawChange> = Vec::new();
    let mut known = Known::default();
    let (mut bytes, mut ops) = (0, 0);
    while !reader.rest().is_empty() {
        let content = read_content(&mut reader, actor, &genesis, &known)?;
        bytes += content.len();
        if bytes > PACK_BYTES_MAX {
            return Err(Refusal::TooLarge("bytes of one pack"));
        }
        if changes.len() as u64 >= PACK_CHANGES_MAX {
            return Err(Refusal::TooLarge("changes of one pack"));
        }
        let change = RawChange::parse(chunk_of(&content), *actor)?;
        ops += change.change().len() as u64;
        if ops > DOCUMENT_OPS_MAX {
            return Err(Refusal::TooLarge("operations of one batch"));
        }
        known.add(change.hash());
        changes.push(change);
    }
    Ok(changes)
}

/// The heads of raw changes of one document: those that no other of them builds on, ascending.
///
/// # Errors
///
/// [`Error::NotOwnChange`] if one is not a raw change.
pub fn heads_of(changes: &[&[u8]]) -> Result<Vec<ChangeHash>, Error> {
    let (mut heads, mut built_on) = (BTreeSet::new(), BTreeSet::new());
    for bytes in changes {
        let layout = Layout::read(bytes).map_err(Error::NotOwnChange)?;
        heads.insert(hash_content(layout.content));
        built_on.extend(layout.deps.chunks_exact(32).flat_map(ChangeHash::try_from));
    }
    Ok(heads.difference(&built_on).copied().collect())
}

/// The changes of a pack that no other of them builds on, ascending; none for a damaged pack. What
/// the changes do is not looked at, so this costs little more than hashing them.
pub fn pack_heads(kind: DocumentKind, actor: &Actor, packed: &[u8]) -> Vec<ChangeHash> {
    read_heads(kind, actor, packed).unwrap_or_default()
}

fn read_heads(
    kind: DocumentKind,
    actor: &Actor,
    packed: &[u8],
) -> Result<Vec<ChangeHash>, Refusal> {
    let mut reader = Reader::new(packed);
    if reader.take(1) != Some(&[VERSION]) {
        return Err(Refusal::Pack);
    }
    let genesis = genesis_hash(kind);
    let mut known = Known::default();
    let mut heads = BTreeSet::new();
    let mut bytes = 0;
    while !reader.rest().is_empty() {
        let content = read_content(&mut reader, actor, &genesis, &known)?;
        bytes += content.len();
        if bytes > PACK_BYTES_MAX || known.in_order.len() as u64 >= PACK_CHANGES_MAX {
            return Err(Refusal::Pack);
        }
        for dep in Layout::of(&content)?.deps.chunks_exact(32) {
            heads.remove(&ChangeHash::try_from(dep).map_err(|_| Refusal::Pack)?);
        }
        let hash = hash_content(&content);
        known.add(hash);
        heads.insert(hash);
    }
    Ok(heads.into_iter().collect())
}

/// The changes of a pack that were read already.
#[derive(Default)]
struct Known {
    in_order: Vec<ChangeHash>,
    places: HashMap<ChangeHash, usize>,
}

impl Known {
    fn add(&mut self, hash: ChangeHash) {
        self.places.insert(hash, self.in_order.len());
        self.in_order.push(hash);
    }
}

fn read_content(
    reader: &mut Reader<'_>,
    actor: &Actor,
    genesis: &ChangeHash,
    known: &Known,
) -> Result<Vec<u8>, Refusal> {
    let count = reader.unsigned().ok_or(Refusal::Pack)?;
    if count > CHANGE_DEPS_MAX {
        return Err(Refusal::TooLarge("dependencies of one change"));
    }
    let mut content = Vec::new();
    write_unsigned(count, &mut content);
    for _ in 0..count {
        match reader.unsigned().ok_or(Refusal::Pack)? {
            EXPLICIT => {
                let dep = reader.take(32).ok_or(Refusal::Pack)?;
                let dep = ChangeHash::try_from(dep).map_err(|_| Refusal::Pack)?;
                // What has a short form must be written in it.
                if dep == *genesis || known.places.contains_key(&dep) {
                    return Err(Refusal::Pack);
                }
                content.extend_from_slice(&dep.0);
            }
            GENESIS => content.extend_from_slice(&genesis.0),
            before => {
                let before = usize::try_from(before - 1).map_err(|_| Refusal::Pack)?;
                let index = known.in_order.len().checked_sub(before).ok_or(Refusal::Pack)?;
                content.extend_from_slice(&known.in_order[index].0);
            }
        }
    }
    write_unsigned(actor.0.len() as u64, &mut content);
    content.extend_from_slice(&actor.0);
    let length = reader.length().ok_or(Refusal::Pack)?;
    if length + content.len() > CHANGE_BYTES_MAX {
        return Err(Refusal::TooLarge("bytes of one change"));
    }
    content.extend_from_slice(reader.take(length).ok_or(Refusal::Pack)?);
    Ok(content)
}

/// The chunk of a content: with the header that the packer left out.
fn chunk_of(content: &[u8]) -> Vec<u8> {
    let hash = hash_content(content);
    let mut chunk = Vec::with_capacity(content.len() + 16);
    chunk.extend_from_slice(&MAGIC);
    chunk.extend_from_slice(&hash.0[..4]);
    chunk.push(TYPE_CHANGE);
    write_unsigned(content.len() as u64, &mut chunk);
    chunk.extend_from_slice(content);
    chunk
}

/// A change's hash: SHA-256 over type, length and content (Automerge binary format).
fn hash_content(content: &[u8]) -> ChangeHash {
    let mut header = vec![TYPE_CHANGE];
    write_unsigned(content.len() as u64, &mut header);
    let mut hasher = Sha256::new();
    hasher.update(&header);
    hasher.update(content);
    ChangeHash(hasher.finalize().into())
}
