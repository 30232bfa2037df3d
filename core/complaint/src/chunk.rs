//! One raw change, weighed before it is opened.
//!
//! ```text
//! chunk   magic 85 6f 4a 83 · checksum 4 · type 1 · length uleb · content
//! content deps: count uleb, 32 each · actor: length uleb, 16 · seq uleb · start op uleb
//!         time sleb · message: length uleb (0) · other actors: count uleb, (length uleb, 16) each
//!         columns: count uleb, (spec uleb, length uleb) each · column data
//! ```
//!
//! (Automerge binary format, change chunks.) A few bytes of run-length encoding can stand for
//! billions of operations, and Automerge's own reader would walk or allocate them all. So the
//! operations and predecessors are counted here from their columns first, without allocating, and
//! only a change within the limits is decoded. Automerge's reader leaves the checksum unchecked;
//! it is checked here.
//!
//! What the operations do is judged later, by `rules`, where the document is known.

use automerge::Change;
use automerge::legacy::Key;

use crate::genesis::Object;
use crate::guard::guarded;
use crate::ids::{Actor, ChangeHash};
use crate::limits::{
    ACTOR_CHANGES_MAX, CHANGE_ACTORS_MAX, CHANGE_BYTES_MAX, CHANGE_DEPS_MAX, CHANGE_OPS_MAX,
    CHANGE_PREDS_MAX, DOCUMENT_OPS_MAX, TIME_SECONDS_MAX,
};
use crate::read::op_object;
use crate::reader::Reader;
use crate::refusal::Refusal;

pub(crate) const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
pub(crate) const TYPE_CHANGE: u8 = 1;

/// The columns that our changes have: object, key, insert, action, value and predecessor. Marks
/// and their `expand` flag are left out.
const COLUMNS: [u64; 12] = [0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73];
const COLUMN_ACTION: u64 = 0x42;
const COLUMN_PRED_COUNT: u64 = 0x70;

/// A change by a known actor, whose checksum is right and whose size is within the limits.
///
/// Nothing is known yet of what its operations do to a document.
#[derive(Debug, Clone)]
pub struct RawChange {
    change: Change,
    actor: Actor,
}

impl RawChange {
    /// Reads one raw change chunk, which `expected` must have written.
    ///
    /// # Errors
    ///
    /// The rule that it breaks.
    pub fn parse(bytes: Vec<u8>, expected: Actor) -> Result<Self, Refusal> {
        weigh(&bytes, &expected)?;
        let change = guarded(|| Change::try_from(bytes.as_slice()))
            .and_then(Result::ok)
            .ok_or(Refusal::Malformed)?;
        if change.hash().0[..4] != bytes[4..8] {
            return Err(Refusal::Checksum);
        }
        if change.len() as u64 > CHANGE_OPS_MAX {
            return Err(Refusal::TooLarge("operations of one change"));
        }
        if change.max_op() > DOCUMENT_OPS_MAX {
            return Err(Refusal::TooLarge("operations of a document"));
        }
        Ok(Self { change, actor: expected })
    }

    /// The chunk's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.change.raw_bytes()
    }

    /// The change's hash.
    pub fn hash(&self) -> ChangeHash {
        ChangeHash(self.change.hash().0)
    }

    /// Its writer.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// Its number among the writer's changes of the document: 1, 2, 3 …
    pub fn seq(&self) -> u64 {
        self.change.seq()
    }

    /// The changes it builds on.
    pub fn deps(&self) -> Vec<ChangeHash> {
        self.change.deps().iter().map(|dep| ChangeHash(dep.0)).collect()
    }

    /// The hashes of the evidence that it adds.
    pub fn evidence(&self) -> Vec<String> {
        let evidence = op_object(Object::Evidence);
        let ops = self.change.decode().operations;
        let added = ops.into_iter().filter(|op| op.obj == evidence);
        added
            .filter_map(|op| if let Key::Map(key) = op.key { Some(key.to_string()) } else { None })
            .collect()
    }

    pub(crate) fn change(&self) -> &Change {
        &self.change
    }

    pub(crate) fn into_change(self) -> Change {
        self.change
    }
}

/// Where the parts of a chunk lie.
pub(crate) struct Layout<'a> {
    pub(crate) content: &'a [u8],
    pub(crate) deps: &'a [u8],
    pub(crate) actor: &'a [u8],
    /// Everything behind the actor.
    pub(crate) tail: &'a [u8],
}

impl<'a> Layout<'a> {
    /// Finds the parts of one raw change chunk.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        if bytes.len() > CHANGE_BYTES_MAX {
            return Err(Refusal::TooLarge("bytes of one change"));
        }
        let mut reader = Reader::new(bytes);
        let content = (|| {
            (reader.take(4)? == MAGIC).then_some(())?;
            reader.take(4)?;
            (reader.take(1)? == [TYPE_CHANGE]).then_some(())?;
            let length = reader.length()?;
            (length == reader.rest().len()).then_some(reader.rest())
        })();
        Self::of(content.ok_or(Refusal::NotRawChange)?)
    }

    /// Finds the parts of a chunk's content.
    pub(crate) fn of(content: &'a [u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(content);
        let count = reader.unsigned().ok_or(Refusal::Malformed)?;
        if count > CHANGE_DEPS_MAX {
            return Err(Refusal::TooLarge("dependencies of one change"));
        }
        let deps = reader.take(count as usize * 32).ok_or(Refusal::Malformed)?;
        let length = reader.length().ok_or(Refusal::Malformed)?;
        let actor = reader.take(length).ok_or(Refusal::Malformed)?;
        Ok(Self { content, deps, actor, tail: reader.rest() })
    }
}

/// Checks everything that can be checked without decoding an operation.
fn weigh(bytes: &[u8], expected: &Actor) -> Result<(), Refusal> {
    let layout = Layout::read(bytes)?;
    if layout.actor != expected.0 || *expected == Actor::GENESIS {
        return Err(Refusal::OtherActor);
    }
    let mut reader = Reader::new(layout.tail);
    let number = |reader: &mut Reader<'_>| reader.unsigned().ok_or(Refusal::Malformed);
    let seq = number(&mut reader)?;
    let start_op = number(&mut reader)?;
    if seq == 0 || start_op == 0 {
        return Err(Refusal::Malformed);
    }
    if seq > ACTOR_CHANGES_MAX || start_op > DOCUMENT_OPS_MAX {
        return Err(Refusal::TooLarge("operations of a document"));
    }
    let time = reader.signed().ok_or(Refusal::Malformed)?;
    if !(-TIME_SECONDS_MAX..=TIME_SECONDS_MAX).contains(&time) {
        return Err(Refusal::TooLarge("commit time"));
    }
    if number(&mut reader)? != 0 {
        return Err(Refusal::NotPlain);
    }
    let others = number(&mut reader)?;
    if others > CHANGE_ACTORS_MAX {
        return Err(Refusal::TooLarge("other actors of one change"));
    }
    for _ in 0..others {
        if number(&mut reader)? != Actor::BYTES as u64 {
            return Err(Refusal::NotPlain);
        }
        reader.take(Actor::BYTES).ok_or(Refusal::Malformed)?;
    }
    weigh_columns(reader)
}

fn weigh_columns(mut reader: Reader<'_>) -> Result<(), Refusal> {
    let count = reader.unsigned().ok_or(Refusal::Malformed)?;
    if count > COLUMNS.len() as u64 {
        return Err(Refusal::NotPlain);
    }
    let mut columns = Vec::with_capacity(COLUMNS.len());
    let mut total = 0_usize;
    for _ in 0..count {
        let spec = reader.unsigned().ok_or(Refusal::Malformed)?;
        let length = reader.length().ok_or(Refusal::Malformed)?;
        if !COLUMNS.contains(&spec) {
            return Err(Refusal::NotPlain);
        }
        columns.push((spec, length));
        total += length;
    }
    if total != reader.rest().len() {
        return Err(Refusal::NotPlain);
    }
    let mut ops = 0;
    for (spec, length) in columns {
        let data = reader.take(length).ok_or(Refusal::Malformed)?;
        match spec {
            COLUMN_ACTION => {
                ops = count_runs(data, CHANGE_OPS_MAX, |_| 1)
                    .ok_or(Refusal::TooLarge("operations of one change"))?;
            }
            COLUMN_PRED_COUNT => {
                count_runs(data, CHANGE_PREDS_MAX, |preds| preds)
                    .ok_or(Refusal::TooLarge("predecessors of one change"))?;
            }
            _ => (),
        }
    }
    if ops == 0 { Err(Refusal::Operation) } else { Ok(()) }
}

/// Sums a run-length encoded column of numbers without unrolling it, each counted as `weight`
/// says; `None` beyond `max`, or if it cannot be read. Nulls count as one: where they have no
/// place, decoding will say so.
fn count_runs(data: &[u8], max: u64, weight: impl Fn(u64) -> u64) -> Option<u64> {
    let mut reader = Reader::new(data);
    let mut total = 0_u64;
    while !reader.rest().is_empty() {
        let run = reader.signed()?;
        let added = match run {
            0 => reader.unsigned()?,
            1.. => weight(reader.unsigned()?).checked_mul(run.unsigned_abs())?,
            _ => {
                let mut sum = 0_u64;
                for _ in 0..run.unsigned_abs() {
                    sum = sum.checked_add(weight(reader.unsigned()?))?;
                }
                sum
            }
        };
        total = total.checked_add(added)?;
        if total > max {
            return None;
        }
    }
    Some(total)
}
