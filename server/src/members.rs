//! Who belongs to each community, as its stored statements say.
//!
//! A cache of the truth in the membership lists: the writer's own, changed only by what it stores
//! and forgotten whenever a transaction that touched it did not commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use floorwalk_wire::{CommunityId, Membership, ScopeId, VerifiedParcel};
use rusqlite::Connection;

use crate::error::Error;
use crate::lists::{self, Place};

/// Communities kept in memory.
const COMMUNITIES_MAX: usize = 64;
/// Statements folded at once while a list is replayed: each fold costs as much as the list is
/// long, and the bytes of a chunk are held meanwhile.
const CHUNK_BYTES: usize = 512 * 1024;

/// The memberships of the communities used last.
#[derive(Debug, Default)]
pub(crate) struct Members {
    known: BTreeMap<CommunityId, (u64, Arc<Membership>)>,
    uses: u64,
}

impl Members {
    /// The membership of a community, empty when it is not hosted.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a stored statement is not what was stored; SQLite's.
    pub(crate) fn load(
        &mut self,
        connection: &Connection,
        community: &CommunityId,
    ) -> Result<Arc<Membership>, Error> {
        self.uses += 1;
        if let Some((used, membership)) = self.known.get_mut(community) {
            *used = self.uses;
            return Ok(membership.clone());
        }
        let membership = Arc::new(replay(connection, community)?);
        if membership.is_founded() {
            self.keep(membership.clone());
        }
        Ok(membership)
    }

    /// Keeps a membership as the present one.
    pub(crate) fn keep(&mut self, membership: Arc<Membership>) {
        self.uses += 1;
        self.known.insert(membership.community(), (self.uses, membership));
        if self.known.len() > COMMUNITIES_MAX {
            let oldest = self.known.iter().min_by_key(|(_, (used, _))| *used);
            let oldest = oldest.map(|(community, _)| *community);
            oldest.map(|community| self.known.remove(&community));
        }
    }

    /// Forgets everything, so that it is read again.
    pub(crate) fn forget_all(&mut self) {
        self.known.clear();
    }
}

/// Folds the statements of a community's membership list.
///
/// # Errors
/// Those of [`Members::load`].
pub(crate) fn replay(
    connection: &Connection,
    community: &CommunityId,
) -> Result<Membership, Error> {
    let mut membership = Membership::new(*community);
    let Some(list) = lists::find_list(connection, community, &ScopeId::MEMBERSHIP)? else {
        return Ok(membership);
    };
    let (first, last) = (Place::new(list.row, 1)?, Place::new(list.row, list.chain.position)?);
    let sql = "SELECT bytes FROM item WHERE place BETWEEN ?1 AND ?2 ORDER BY place";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query((first.0, last.0))?;
    let (mut chunk, mut size_bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        size_bytes += bytes.len();
        chunk.push(VerifiedParcel::from_trusted_store(bytes)?);
        if size_bytes >= CHUNK_BYTES {
            extend(&mut membership, &chunk)?;
            chunk.clear();
            size_bytes = 0;
        }
    }
    extend(&mut membership, &chunk)?;
    Ok(membership)
}

/// Adds statements that were checked before they were stored.
///
/// # Errors
/// [`Error::Damaged`] when one of them is none.
pub(crate) fn extend(membership: &mut Membership, parcels: &[VerifiedParcel]) -> Result<(), Error> {
    let outcome = membership.extend(parcels);
    outcome.map_err(|error| Error::Damaged(format!("a stored statement: {error}")))
}
