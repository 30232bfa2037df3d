//! The last thing that the relay said it had done with a blob of this device.
//!
//! Blobs stand in no list, so a cursor does not tell that a relay was put back to before it had
//! one. But whoever is put back loses the last things first: as long as the relay knows of the
//! last one, it knows of all before it. So that one is asked for before others are brought, and
//! once a day; and where the relay does not know of it, it is given everything anew.

use floorwalk_store::{BlobRecord, Tx};
use floorwalk_wire::{BlobId, ScopeId, Timestamp};

use crate::error::{ErrorCode, Result};
use crate::evidence::erase;
use crate::net::http::Answer;
use crate::state::{Identity, setting};

/// How long the relay is believed without being asked.
const BELIEVED_MS: i64 = 24 * 3600 * 1000;

/// What was done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The relay has it.
    Brought,
    /// The relay has erased it.
    Erased,
}

/// The blob, and since when the relay is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastBlob {
    pub(crate) scope: ScopeId,
    pub(crate) id: BlobId,
    deed: Deed,
    said_at: Timestamp,
}

impl LastBlob {
    /// The relay has said that something was done with a blob.
    pub(crate) fn new(blob: &BlobRecord, deed: Deed, said_at: Timestamp) -> Self {
        Self { scope: blob.scope, id: blob.id, deed, said_at }
    }

    /// The one that is noted, if any.
    pub(crate) fn load(tx: &Tx<'_>) -> Result<Option<Self>> {
        tx.setting(setting::LAST_BLOB)?.map(|bytes| Self::decode(&bytes)).transpose()
    }

    /// Notes it, in place of an earlier one.
    pub(crate) fn save(&self, tx: &Tx<'_>) -> Result<()> {
        let deed = [match self.deed {
            Deed::Brought => 0,
            Deed::Erased => 1,
        }];
        let said_at = self.said_at.0.to_be_bytes();
        let bytes = [&self.scope.0[..], &self.id.0, &deed, &said_at].concat();
        Ok(tx.set_setting(setting::LAST_BLOB, &bytes)?)
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let parts = || {
            let (scope, rest) = bytes.split_first_chunk()?;
            let (id, rest) = rest.split_first_chunk()?;
            let (deed, said_at) = rest.split_first()?;
            let deed = if *deed == 0 { Deed::Brought } else { Deed::Erased };
            let said_at = Timestamp(i64::from_be_bytes(said_at.try_into().ok()?));
            Some(Self { scope: ScopeId(*scope), id: BlobId(*id), deed, said_at })
        };
        parts().ok_or_else(|| ErrorCode::StoreDamaged.into())
    }

    /// Whether it is time to ask, by a clock that may have been wrong.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        !(self.said_at.0..self.said_at.0.saturating_add(BELIEVED_MS)).contains(&now.0)
    }

    /// Whether the relay still knows of it; none where its answer does not say.
    pub(crate) fn is_known(&self, answer: &Answer<()>) -> Option<bool> {
        match (self.deed, answer) {
            (_, Answer::Erased) | (Deed::Brought, Answer::Done(())) => Some(true),
            (_, Answer::Unknown) | (Deed::Erased, Answer::Done(())) => Some(false),
            (_, Answer::Conflict | Answer::TicketExpired | Answer::Refused(_)) => None,
        }
    }

    /// The relay was asked, and is believed again from now on.
    pub(crate) fn asked_at(self, now: Timestamp) -> Self {
        Self { said_at: now, ..self }
    }
}

/// Notes that the relay may lack every blob, and not know of erasures.
pub(crate) fn forget_blobs(tx: &Tx<'_>, identity: &Identity) -> Result<()> {
    tx.remove_setting(setting::LAST_BLOB)?;
    Ok(tx.forget_sent_blobs(erase::tells(identity))?)
}
