//! What an admin asks of a relay's data, also while the relay runs.
//!
//! A second connection and short reads; what is written is host tokens and quotas. Ids, counts
//! and times only: there is nothing else here.

use std::path::Path;

use floorwalk_wire::{CommunityId, DeviceId, RoleCode, Timestamp};
use rusqlite::OptionalExtension;

use crate::error::Error;
use crate::{clock, db, files, lists, members, tokens};

/// The one-time right to have a new community hosted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostToken {
    /// To be handed to the founder.
    pub token: String,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// A community that is hosted here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommunityInfo {
    /// Which.
    pub community: CommunityId,
    /// Since when.
    pub created_at: Timestamp,
    /// Devices that are members and not revoked.
    pub devices: u64,
    /// Parcels in all of its lists.
    pub parcels: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// Blobs of all its scopes.
    pub blobs: u64,
    /// Their bytes.
    pub blob_bytes: u64,
    /// The room that it has for blobs.
    pub room: Room,
}

/// The room that a community has for blobs, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// How much it may take; none for as much as the disk has.
    pub quota_bytes: Option<u64>,
    /// What its blobs take.
    pub used_bytes: u64,
    /// What uploads on their way will take.
    pub reserved_bytes: u64,
}

/// A device that was ever admitted to a community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Which.
    pub device: DeviceId,
    /// Its role, whose meaning the relay does not know.
    pub role: RoleCode,
    /// Whether it may make statements about others.
    pub admin: bool,
    /// When its grant ends; `i64::MAX` for never.
    pub expires_at: Timestamp,
    /// Whether its membership was ended.
    pub revoked: bool,
    /// When it last had a session here.
    pub last_seen: Option<Timestamp>,
}

/// Makes a host token, good for seven days and one community. The folder is made if needed, so
/// that a token can be made before the first start.
///
/// # Errors
/// [`Error::Newer`], [`Error::Damaged`], the system's.
pub fn make_host_token(data: &Path) -> Result<HostToken, Error> {
    files::make_folder(data)?;
    let connection = db::open_writer(data)?;
    let (token, expires_at) = tokens::make(&connection, clock::now())?;
    Ok(HostToken { token, expires_at })
}

/// All communities that are hosted here, oldest first.
///
/// # Errors
/// [`Error::NoData`], [`Error::Newer`], [`Error::Damaged`], the system's.
pub fn communities(data: &Path) -> Result<Vec<CommunityInfo>, Error> {
    let mut connection = db::open_reader(data)?;
    let transaction = connection.transaction()?;
    let mut query = transaction.prepare(
        "SELECT community, created_at,
            (SELECT coalesce(sum(position), 0) FROM list WHERE list.community = community.id),
            (SELECT coalesce(sum(size_bytes), 0) FROM list WHERE list.community = community.id),
            (SELECT count(*) FROM blob WHERE blob.community = community.id),
            (SELECT coalesce(sum(size_bytes), 0) FROM blob WHERE blob.community = community.id),
            quota_bytes, used_bytes, reserved_bytes
         FROM community ORDER BY id",
    )?;
    let rows = query.query_map([], |row| {
        let count = |column| row.get::<_, i64>(column).map(|count| count as u64);
        Ok(CommunityInfo {
            community: CommunityId(row.get(0)?),
            created_at: Timestamp(row.get(1)?),
            devices: 0,
            parcels: count(2)?,
            size_bytes: count(3)?,
            blobs: count(4)?,
            blob_bytes: count(5)?,
            room: Room {
                quota_bytes: row.get::<_, Option<i64>>(6)?.map(|quota| quota as u64),
                used_bytes: count(7)?,
                reserved_bytes: count(8)?,
            },
        })
    })?;
    let mut found = rows.collect::<Result<Vec<_>, _>>()?;
    for info in &mut found {
        let membership = members::replay(&transaction, &info.community)?;
        let present = membership.members().values().filter(|member| member.revoked.is_none());
        info.devices = present.count() as u64;
    }
    Ok(found)
}

/// The room that a community has for blobs; with `quota_bytes`, sets how much that is first. Text
/// is not counted, and flows whatever the quota says. What is over a smaller quota stays.
///
/// # Errors
/// [`Error::UnknownCommunity`] and those of [`communities`].
pub fn quota(
    data: &Path,
    community: &CommunityId,
    quota_bytes: Option<u64>,
) -> Result<Room, Error> {
    // Looked at first, so that a mistyped folder is not made.
    let known = communities(data)?;
    if !known.iter().any(|info| info.community == *community) {
        return Err(Error::UnknownCommunity);
    }
    if let Some(quota) = quota_bytes {
        let sql = "UPDATE community SET quota_bytes = ?2 WHERE community = ?1";
        let quota = i64::try_from(quota).unwrap_or(i64::MAX);
        db::open_writer(data)?.execute(sql, (community.0, quota))?;
    }
    let known = communities(data)?.into_iter().find(|info| info.community == *community);
    known.map(|info| info.room).ok_or(Error::UnknownCommunity)
}

/// All devices of a community, by their id.
///
/// # Errors
/// [`Error::UnknownCommunity`] and those of [`communities`].
pub fn devices(data: &Path, community: &CommunityId) -> Result<Vec<DeviceInfo>, Error> {
    let mut connection = db::open_reader(data)?;
    let transaction = connection.transaction()?;
    if lists::find_community(&transaction, community)?.is_none() {
        return Err(Error::UnknownCommunity);
    }
    let membership = members::replay(&transaction, community)?;
    let sql = "SELECT last_seen FROM device_seen WHERE community = ?1 AND device = ?2";
    let mut seen = transaction.prepare(sql)?;
    let infos = membership.members().iter().map(|(device, member)| {
        let last_seen = seen.query_row((community.0, device.0), |row| row.get(0).map(Timestamp));
        Ok(DeviceInfo {
            device: *device,
            role: member.role,
            admin: member.admin,
            expires_at: member.expires_at,
            revoked: member.revoked.is_some(),
            last_seen: last_seen.optional()?,
        })
    });
    infos.collect()
}
