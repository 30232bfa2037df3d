//! Host tokens: the one-time right to have a new community hosted here.
//!
//! The database keeps their hashes only. Spending one is part of the transaction that creates the
//! community, so that of two founders with one token exactly one succeeds.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use floorwalk_wire::{CommunityId, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use crate::error::Error;
use crate::identity::make_random;

const LIFE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The hash of a host token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token's text; none for the empty token.
    pub(crate) fn derive(token: &[u8]) -> Option<Self> {
        (!token.is_empty()).then(|| Self(*blake3::hash(token).as_bytes()))
    }
}

/// Makes a token and keeps its hash; returns its text and when it expires.
pub(crate) fn make(connection: &Connection, now: Timestamp) -> Result<(String, Timestamp), Error> {
    let token = URL_SAFE_NO_PAD.encode(make_random::<24>()?);
    let expires_at = Timestamp(now.0 + LIFE_MS);
    let hash = blake3::hash(token.as_bytes());
    connection.execute("DELETE FROM host_token WHERE expires_at <= ?1", [now.0])?;
    connection.execute(
        "INSERT INTO host_token VALUES (?1, ?2, ?3, NULL)",
        (hash.as_bytes(), now.0, expires_at.0),
    )?;
    Ok((token, expires_at))
}

/// Whether a token may still be spent.
pub(crate) fn is_valid(
    connection: &Connection,
    token: TokenHash,
    now: Timestamp,
) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM host_token WHERE hash = ?1 AND used_by IS NULL AND expires_at > ?2";
    let mut query = connection.prepare_cached(sql)?;
    Ok(query.query_row((token.0, now.0), |_| Ok(())).optional()?.is_some())
}

/// Spends a token for a community; false when it can't be spent any more.
pub(crate) fn spend(
    connection: &Connection,
    token: TokenHash,
    community: &CommunityId,
    now: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE host_token SET used_by = ?3
               WHERE hash = ?1 AND used_by IS NULL AND expires_at > ?2";
    Ok(connection.prepare_cached(sql)?.execute((token.0, now.0, community.0))? == 1)
}
