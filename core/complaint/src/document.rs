//! A document: an Automerge document of a known kind, its bytes, and its local writes.
//!
//! A local write is one change, which the caller stores and sends; it keeps to the limits that
//! admission sets for others. Foreign changes come in through [`Document::admit`] only. An actor
//! must not be used by two installs, nor again after a restore: that is for the caller to see to.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, ReadDoc};

use crate::error::Error;
use crate::genesis::{empty_document, genesis_hash};
use crate::guard::guarded;
use crate::ids::{Actor, ChangeHash, DocumentKind};
use crate::limits::{ACTOR_CHANGES_MAX, CHANGE_BYTES_MAX, CHANGE_OPS_MAX, DOCUMENT_OPS_MAX};

/// A complaint's document, or the community's.
#[derive(Debug, Clone)]
pub struct Document {
    kind: DocumentKind,
    automerge: Automerge,
}

impl Document {
    /// A document in which nothing has been written: where admission of foreign changes starts.
    pub fn empty(kind: DocumentKind) -> Self {
        Self::of(kind, empty_document(kind))
    }

    /// Loads what [`Self::save`] or an admission gave.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if the bytes are not a document of this kind.
    pub fn load(kind: DocumentKind, bytes: &[u8]) -> Result<Self, Error> {
        let automerge =
            guarded(|| Automerge::load(bytes)).and_then(Result::ok).ok_or(Error::Damaged)?;
        let document = Self::of(kind, automerge);
        if document.has(&genesis_hash(kind)) { Ok(document) } else { Err(Error::Damaged) }
    }

    /// The document's bytes.
    pub fn save(&self) -> Vec<u8> {
        save(&self.automerge)
    }

    /// What the document is about.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The changes that no other builds on, sorted. Equal heads are equal documents.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.automerge.get_heads().iter().map(|hash| ChangeHash(hash.0)).collect()
    }

    /// Whether the document holds a change.
    pub fn has(&self, hash: &ChangeHash) -> bool {
        self.automerge.get_missing_deps(&[automerge::ChangeHash(hash.0)]).is_empty()
    }

    /// The raw chunk of a change that the document holds.
    pub fn change(&self, hash: &ChangeHash) -> Option<Vec<u8>> {
        let change = self.automerge.get_change_by_hash(&automerge::ChangeHash(hash.0))?;
        Some(change.raw_bytes().to_vec())
    }

    /// The raw chunks of all changes but the genesis, each after those it builds on.
    pub fn changes(&self) -> Vec<Vec<u8>> {
        let genesis = genesis_hash(self.kind);
        let changes = self.automerge.get_changes(&[automerge::ChangeHash(genesis.0)]);
        changes.iter().map(|change| change.raw_bytes().to_vec()).collect()
    }

    pub(crate) fn of(kind: DocumentKind, automerge: Automerge) -> Self {
        Self { kind, automerge }
    }

    pub(crate) fn automerge(&self) -> &Automerge {
        &self.automerge
    }

    pub(crate) fn expect_kind(&self, kind: DocumentKind) -> Result<(), Error> {
        if self.kind == kind { Ok(()) } else { Err(Error::WrongKind) }
    }

    /// Writes one change, or none if `write` changes nothing, and gives its raw chunk.
    ///
    /// The document stays as it was if anything fails.
    pub(crate) fn write<T>(
        &mut self,
        actor: &Actor,
        time_s: i64,
        write: impl FnOnce(&mut Transaction<'_>, u64) -> Result<T, Error>,
    ) -> Result<(T, Option<Vec<u8>>), Error> {
        let mut next = self.automerge.clone();
        next.set_actor(ActorId::from(actor.0));
        let first_op = self.max_op() + 1;
        let mut transaction = next.transaction();
        let result = write(&mut transaction, first_op)?;
        let ops = transaction.pending_ops() as u64;
        if ops > CHANGE_OPS_MAX || first_op + ops > DOCUMENT_OPS_MAX {
            return Err(Error::Full);
        }
        let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(time_s));
        let Some(hash) = hash else { return Ok((result, None)) };
        let change = next.get_change_by_hash(&hash).ok_or(Error::Write)?;
        if change.raw_bytes().len() > CHANGE_BYTES_MAX || change.seq() > ACTOR_CHANGES_MAX {
            return Err(Error::Full);
        }
        let bytes = change.raw_bytes().to_vec();
        self.automerge = next;
        Ok((result, Some(bytes)))
    }

    fn max_op(&self) -> u64 {
        let heads = self.automerge.get_heads();
        let metas = heads.iter().filter_map(|head| self.automerge.get_change_meta_by_hash(head));
        metas.map(|meta| meta.max_op).max().unwrap_or(0)
    }
}

/// Saves without DEFLATE: inflating costs more time at each load than the halved size is worth
/// for documents of a few kilobytes. [`Document::load`] reads both.
pub(crate) fn save(automerge: &Automerge) -> Vec<u8> {
    automerge.save_nocompress()
}
