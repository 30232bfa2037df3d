//! Blobs as the database knows them: who has which, what is on its way, what was erased, and how
//! much room a community takes.
//!
//! Everything here runs inside the writer's transaction, except for what only reads. The room that
//! a community takes is kept by triggers, so it is exact in every committed state: bytes of its
//! blobs, and bytes reserved by its uploads from their beginning to their end.

use std::fmt;

use floorwalk_wire::{BlobId, CommunityId, DeviceId, ScopeId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::Error;
use crate::lists::{self, CommunityRow};

/// Uploads that one device may have begun and not ended.
const UPLOADS_PER_DEVICE_MAX: u64 = 64;

/// An upload's random name, which its address ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UploadId(pub [u8; 16]);

impl UploadId {
    /// Reads the name out of an address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.parse::<ScopeId>().ok().map(|id| Self(id.0))
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A blob and the scope that it is to be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub community: CommunityId,
    pub scope: ScopeId,
    pub blob: BlobId,
}

/// An upload on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    pub id: UploadId,
    pub community: CommunityRow,
    pub scope: ScopeId,
    pub blob: BlobId,
    pub device: DeviceId,
    pub size_bytes: u64,
    pub expires_at: Timestamp,
}

/// Why the relay does not take a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The scope has it already.
    Exists,
    /// It was erased.
    Erased,
    /// The community has no room left.
    Quota,
    /// The device has begun too many uploads.
    TooMany,
}

/// What a scope has of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// The memory that it was erased.
    Erased,
    /// Its bytes.
    Small(Vec<u8>),
    /// A file of so many bytes.
    File(u64),
}

/// Whether a scope can take a blob of a size.
fn check(
    connection: &Connection,
    community: CommunityRow,
    wanted: &Wanted,
    size_bytes: u64,
) -> Result<Option<NotTaken>, Error> {
    match look(connection, wanted)? {
        Found::Erased => return Ok(Some(NotTaken::Erased)),
        Found::Small(_) | Found::File(_) => return Ok(Some(NotTaken::Exists)),
        Found::Nothing => {}
    }
    let sql = "SELECT quota_bytes IS NOT NULL AND used_bytes + reserved_bytes + ?2 > quota_bytes
               FROM community WHERE id = ?1";
    let over = connection
        .prepare_cached(sql)?
        .query_row((community.0, size_bytes as i64), |row| row.get::<_, bool>(0))?;
    Ok(over.then_some(NotTaken::Quota))
}

/// Takes a small blob.
pub(crate) fn put_small(
    connection: &Connection,
    wanted: &Wanted,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Result<(), NotTaken>, Error> {
    let community = row(connection, &wanted.community)?;
    if let Some(why) = check(connection, community, wanted, bytes.len() as u64)? {
        return Ok(Err(why));
    }
    let sql = "INSERT INTO blob_bytes VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute((wanted.blob.0, bytes))?;
    add(connection, community, &wanted.scope, &wanted.blob, bytes.len() as u64, now)?;
    Ok(Ok(()))
}

/// Begins an upload, or finds the one that the device has begun.
pub(crate) fn begin(
    connection: &Connection,
    wanted: &Wanted,
    new: &Upload,
) -> Result<Result<Upload, NotTaken>, Error> {
    let community = row(connection, &wanted.community)?;
    let new = Upload { community, ..new.clone() };
    let sql = "SELECT * FROM upload
               WHERE community = ?1 AND scope = ?2 AND blob = ?3 AND device = ?4";
    let key = (community.0, new.scope.0, new.blob.0, new.device.0);
    if let Some(known) = connection.prepare_cached(sql)?.query_row(key, read).optional()? {
        return Ok(Ok(known));
    }
    if let Some(why) = check(connection, community, wanted, new.size_bytes)? {
        return Ok(Err(why));
    }
    let sql = "SELECT count(*) FROM upload WHERE device = ?1";
    let begun: i64 = connection.prepare_cached(sql)?.query_row([new.device.0], |row| row.get(0))?;
    if begun as u64 >= UPLOADS_PER_DEVICE_MAX {
        return Ok(Err(NotTaken::TooMany));
    }
    let sql = "INSERT INTO upload VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    connection.prepare_cached(sql)?.execute((
        new.id.0,
        community.0,
        new.scope.0,
        new.blob.0,
        new.device.0,
        new.size_bytes as i64,
        new.expires_at.0,
    ))?;
    Ok(Ok(new))
}

/// Lets an upload live on.
pub(crate) fn touch(
    connection: &Connection,
    upload: &UploadId,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE upload SET expires_at = ?2 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute((upload.0, expires_at.0))?;
    Ok(())
}

/// Ends an upload; its room is free again.
pub(crate) fn end(connection: &Connection, upload: &UploadId) -> Result<(), Error> {
    connection.prepare_cached("DELETE FROM upload WHERE id = ?1")?.execute([upload.0])?;
    Ok(())
}

/// An upload becomes a blob: its file has its name.
pub(crate) fn finish(connection: &Connection, upload: &Upload) -> Result<(), Error> {
    end(connection, &upload.id)?;
    let Upload { community, scope, blob, size_bytes, .. } = upload;
    add(connection, *community, scope, blob, *size_bytes, crate::clock::now())
}

/// Ends the uploads whose time is over, and says which.
pub(crate) fn expire(connection: &Connection, now: Timestamp) -> Result<Vec<UploadId>, Error> {
    let sql = "DELETE FROM upload WHERE expires_at <= ?1 RETURNING id";
    let mut query = connection.prepare_cached(sql)?;
    let rows = query.query_map([now.0], |row| row.get(0).map(UploadId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Erases a blob of a scope for good, also one that never came. Returns the uploads of it that
/// ended, and whether no scope has it any more, so that its file is to go.
pub(crate) fn erase(
    connection: &Connection,
    wanted: &Wanted,
    device: &DeviceId,
    now: Timestamp,
) -> Result<(Vec<UploadId>, bool), Error> {
    let Wanted { scope, blob, .. } = wanted;
    let community = row(connection, &wanted.community)?;
    let sql = "INSERT INTO erased_blob VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    let values = (blob.0, community.0, scope.0, device.0, now.0);
    connection.prepare_cached(sql)?.execute(values)?;
    let sql = "DELETE FROM blob WHERE blob = ?1 AND community = ?2 AND scope = ?3";
    connection.prepare_cached(sql)?.execute((blob.0, community.0, scope.0))?;
    let sql = "DELETE FROM upload WHERE community = ?1 AND scope = ?2 AND blob = ?3 RETURNING id";
    let mut query = connection.prepare_cached(sql)?;
    let ended = query.query_map((community.0, scope.0, blob.0), |row| row.get(0).map(UploadId))?;
    let ended: Vec<UploadId> = ended.collect::<Result<_, _>>()?;
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM blob WHERE blob = ?1)";
    let gone: bool = connection.prepare_cached(sql)?.query_row([blob.0], |row| row.get(0))?;
    if gone {
        let sql = "DELETE FROM blob_bytes WHERE blob = ?1";
        connection.prepare_cached(sql)?.execute([blob.0])?;
    }
    Ok((ended, gone))
}

/// What a scope has of a blob.
pub(crate) fn look(connection: &Connection, wanted: &Wanted) -> Result<Found, Error> {
    let Some(community) = lists::find_community(connection, &wanted.community)? else {
        return Ok(Found::Nothing);
    };
    let key = (wanted.blob.0, community.0, wanted.scope.0);
    let sql = "SELECT size_bytes, bytes FROM blob LEFT JOIN blob_bytes USING (blob)
               WHERE blob = ?1 AND community = ?2 AND scope = ?3";
    let found: Option<(i64, Option<Vec<u8>>)> = connection
        .prepare_cached(sql)?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((size_bytes, bytes)) = found {
        return Ok(bytes.map_or(Found::File(size_bytes as u64), Found::Small));
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM erased_blob
               WHERE blob = ?1 AND community = ?2 AND scope = ?3)";
    let erased: bool = connection.prepare_cached(sql)?.query_row(key, |row| row.get(0))?;
    Ok(if erased { Found::Erased } else { Found::Nothing })
}

/// An upload, if there is one by that name.
pub(crate) fn find(connection: &Connection, upload: &UploadId) -> Result<Option<Upload>, Error> {
    let mut query = connection.prepare_cached("SELECT * FROM upload WHERE id = ?1")?;
    Ok(query.query_row([upload.0], read).optional()?)
}

/// All uploads.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Upload>, Error> {
    let mut query = connection.prepare("SELECT * FROM upload ORDER BY id")?;
    let rows = query.query_map([], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn add(
    connection: &Connection,
    community: CommunityRow,
    scope: &ScopeId,
    blob: &BlobId,
    size_bytes: u64,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO blob VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    let values = (blob.0, community.0, scope.0, size_bytes as i64, now.0);
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

fn row(connection: &Connection, community: &CommunityId) -> Result<CommunityRow, Error> {
    lists::find_community(connection, community)?.ok_or(Error::UnknownCommunity)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Upload> {
    Ok(Upload {
        id: UploadId(row.get(0)?),
        community: CommunityRow(row.get(1)?),
        scope: ScopeId(row.get(2)?),
        blob: BlobId(row.get(3)?),
        device: DeviceId(row.get(4)?),
        size_bytes: row.get::<_, i64>(5)? as u64,
        expires_at: Timestamp(row.get(6)?),
    })
}
