//! What a change may know: the change graph of a document with the batch being admitted.
//!
//! Each change has a clock: for every actor, how many of its changes are in the change's causal
//! past. Rules asked against clocks have the same answer on every replica, whatever else has
//! arrived there. The operations of the document's own changes are decoded only if a new change
//! refers to one of them.

use std::collections::{BTreeMap, HashMap};

use automerge::legacy::Op;
use automerge::{ActorId, Automerge, Change};

use crate::ids::ChangeHash;
use crate::limits::CLOCK_CELLS_MAX;
use crate::refusal::Refusal;

pub(crate) struct History<'a> {
    document: &'a Automerge,
    actors: BTreeMap<ActorId, usize>,
    nodes: Vec<Node>,
    by_hash: HashMap<ChangeHash, usize>,
    /// The nodes of each actor, by their sequence numbers.
    chains: Vec<Vec<usize>>,
    clocks: Vec<u32>,
    document_ops_read: bool,
}

struct Node {
    hash: ChangeHash,
    deps: Vec<usize>,
    start_op: u64,
    max_op: u64,
    seq: u64,
    ops: Option<Vec<Op>>,
}

/// A new change's place in the history, before its operations are judged.
pub(crate) struct Place {
    actor: usize,
    clock: Vec<u32>,
    deps: Vec<usize>,
}

impl<'a> History<'a> {
    /// The history of a document, with room for a batch.
    pub(crate) fn of(document: &'a Automerge, batch: &[&Change]) -> Result<Self, Refusal> {
        let metas = document.get_changes_meta(&[]);
        let mut actors: BTreeMap<ActorId, usize> = BTreeMap::new();
        let of_document = metas.iter().map(|meta| meta.actor.as_ref());
        for actor in of_document.chain(batch.iter().map(|change| change.actor_id())) {
            if !actors.contains_key(actor) {
                actors.insert(actor.clone(), actors.len());
            }
        }
        let count = metas.len() + batch.len();
        if count.saturating_mul(actors.len()) > CLOCK_CELLS_MAX {
            return Err(Refusal::TooLarge("changes of a document"));
        }
        let mut history = Self {
            document,
            chains: vec![Vec::new(); actors.len()],
            actors,
            nodes: Vec::with_capacity(count),
            by_hash: HashMap::with_capacity(count),
            clocks: Vec::new(),
            document_ops_read: false,
        };
        for meta in &metas {
            let deps: Vec<_> = meta.deps.iter().map(|dep| ChangeHash(dep.0)).collect();
            let place = history.place(&meta.actor, &deps).ok_or(Refusal::Unappliable)?;
            let node = Node {
                hash: ChangeHash(meta.hash.0),
                deps: place.deps,
                start_op: meta.start_op,
                max_op: meta.max_op,
                seq: meta.seq,
                ops: None,
            };
            history.append(place.actor, place.clock, node);
        }
        Ok(history)
    }

    /// Whether the history holds a change.
    pub(crate) fn has(&self, hash: &ChangeHash) -> bool {
        self.by_hash.contains_key(hash)
    }

    /// The changes that no other builds on, sorted.
    pub(crate) fn heads(&self) -> Vec<ChangeHash> {
        let mut is_head = vec![true; self.nodes.len()];
        for dep in self.nodes.iter().flat_map(|node| &node.deps) {
            is_head[*dep] = false;
        }
        let heads = self.nodes.iter().zip(&is_head).filter(|(_, is_head)| **is_head);
        let mut heads: Vec<_> = heads.map(|(node, _)| node.hash).collect();
        heads.sort_unstable();
        heads
    }

    /// Checks how a change joins the history: its number, its chain and its op counter.
    pub(crate) fn admit_place(&self, change: &Change) -> Result<Place, Refusal> {
        let deps: Vec<_> = change.deps().iter().map(|dep| ChangeHash(dep.0)).collect();
        let place = self.place(change.actor_id(), &deps).ok_or(Refusal::Counter)?;
        let in_past = u64::from(place.clock[place.actor]);
        if change.seq() != in_past + 1 {
            return Err(Refusal::BrokenChain);
        }
        if self.chains[place.actor].len() as u64 >= change.seq() {
            return Err(Refusal::Fork);
        }
        let highest = place.deps.iter().map(|dep| self.nodes[*dep].max_op).max().unwrap_or(0);
        if change.start_op().get() != highest + 1 {
            return Err(Refusal::Counter);
        }
        Ok(place)
    }

    /// Appends a change whose operations were found good.
    pub(crate) fn push(&mut self, place: Place, change: &Change, ops: Vec<Op>) {
        let node = Node {
            hash: ChangeHash(change.hash().0),
            deps: place.deps,
            start_op: change.start_op().get(),
            max_op: change.max_op(),
            seq: change.seq(),
            ops: Some(ops),
        };
        self.append(place.actor, place.clock, node);
    }

    /// The operation of an id, if it is in the causal past of a place.
    pub(crate) fn op(&mut self, place: &Place, actor: &ActorId, counter: u64) -> Option<&Op> {
        let actor = *self.actors.get(actor)?;
        let chain = &self.chains[actor];
        let after = chain.partition_point(|node| self.nodes[*node].start_op <= counter);
        let index = *chain.get(after.checked_sub(1)?)?;
        let node = &self.nodes[index];
        if node.seq > u64::from(place.clock[actor]) || counter > node.max_op {
            return None;
        }
        if node.ops.is_none() {
            self.read_document_ops();
        }
        let node = &self.nodes[index];
        node.ops.as_ref()?.get(usize::try_from(counter - node.start_op).ok()?)
    }

    fn place(&self, actor: &ActorId, deps: &[ChangeHash]) -> Option<Place> {
        let actor = *self.actors.get(actor)?;
        let deps: Option<Vec<usize>> =
            deps.iter().map(|dep| self.by_hash.get(dep)).map(|dep| dep.copied()).collect();
        let deps = deps?;
        let width = self.actors.len();
        let mut clock = vec![0; width];
        for dep in &deps {
            let theirs = &self.clocks[dep * width..(dep + 1) * width];
            for (ours, theirs) in clock.iter_mut().zip(theirs) {
                *ours = (*ours).max(*theirs);
            }
        }
        Some(Place { actor, clock, deps })
    }

    fn append(&mut self, actor: usize, mut clock: Vec<u32>, node: Node) {
        clock[actor] = clock[actor].max(u32::try_from(node.seq).unwrap_or(u32::MAX));
        let index = self.nodes.len();
        self.clocks.append(&mut clock);
        self.by_hash.insert(node.hash, index);
        self.chains[actor].push(index);
        self.nodes.push(node);
    }

    fn read_document_ops(&mut self) {
        if std::mem::replace(&mut self.document_ops_read, true) {
            return;
        }
        for change in self.document.get_changes(&[]) {
            if let Some(index) = self.by_hash.get(&ChangeHash(change.hash().0)) {
                self.nodes[*index].ops = Some(change.decode().operations);
            }
        }
    }
}
