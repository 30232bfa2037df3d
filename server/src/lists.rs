//! The rows behind a list: the list itself, its logs and its items.
//!
//! Invariant: positions of a list are 1, 2, 3 … without gaps, `list.position` is the last of
//! them, and `list.chain` is the chain there. Only the writer changes them.

use floorwalk_wire::limits::LISTS_MAX;
use floorwalk_wire::{
    Chain, CommunityId, DeviceId, Generation, HistoryId, LogHead, ParcelId, ScopeId, Seq,
    Timestamp, VerifiedParcel,
};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::Error;

const POSITION_BITS: u32 = 40;

/// The row id of a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CommunityRow(pub i64);

/// The row id of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ListRow(pub i64);

/// The row id of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LogRow(pub i64);

/// The row id of an item: its list in the high bits, its position in the low 40.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(pub i64);

impl Place {
    /// The place of a position.
    ///
    /// # Errors
    /// [`Error::Unavailable`] beyond 8 million lists or a trillion items: the relay is full.
    pub(crate) fn new(list: ListRow, position: u64) -> Result<Self, Error> {
        let full = list.0 >= 1 << (63 - POSITION_BITS) || position >= 1 << POSITION_BITS;
        if full {
            Err(Error::Unavailable)
        } else {
            Ok(Self(list.0 << POSITION_BITS | position as i64))
        }
    }
}

/// A list as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct List {
    pub row: ListRow,
    /// The chain up to the last item, with its position.
    pub chain: Chain,
    /// When the last item was received.
    pub received_at: Timestamp,
    /// The bytes of all its parcels.
    pub size_bytes: u64,
}

/// A log as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Log {
    pub row: Option<LogRow>,
    pub head: Option<LogHead>,
}

/// The row of a community; none when it is not hosted.
pub(crate) fn find_community(
    connection: &Connection,
    community: &CommunityId,
) -> Result<Option<CommunityRow>, Error> {
    let mut query = connection.prepare_cached("SELECT id FROM community WHERE community = ?1")?;
    Ok(query.query_row([community.0], |row| row.get(0).map(CommunityRow)).optional()?)
}

/// Begins to host a community.
pub(crate) fn create_community(
    connection: &Connection,
    community: &CommunityId,
    now: Timestamp,
) -> Result<CommunityRow, Error> {
    connection
        .prepare_cached("INSERT INTO community (community, created_at) VALUES (?1, ?2)")?
        .execute((community.0, now.0))?;
    Ok(CommunityRow(connection.last_insert_rowid()))
}

/// A list of a community; none when nothing was ever put into it.
pub(crate) fn find_list(
    connection: &Connection,
    community: &CommunityId,
    scope: &ScopeId,
) -> Result<Option<List>, Error> {
    let mut query = connection.prepare_cached(
        "SELECT list.id, position, chain, received_at, size_bytes FROM list
         JOIN community ON community.id = list.community
         WHERE community.community = ?1 AND list.scope = ?2",
    )?;
    Ok(query.query_row((community.0, scope.0), read_list).optional()?)
}

/// Makes an empty list; none when the community has as many as a session may open.
pub(crate) fn create_list(
    connection: &Connection,
    community: CommunityRow,
    scope: &ScopeId,
    start: Chain,
) -> Result<Option<List>, Error> {
    let count: i64 = connection
        .prepare_cached("SELECT count(*) FROM list WHERE community = ?1")?
        .query_row([community.0], |row| row.get(0))?;
    if count >= LISTS_MAX as i64 {
        return Ok(None);
    }
    connection.prepare_cached("INSERT INTO list VALUES (NULL, ?1, ?2, 0, ?3, 0, 0)")?.execute((
        community.0,
        scope.0,
        start.hash,
    ))?;
    let row = ListRow(connection.last_insert_rowid());
    Ok(Some(List { row, chain: start, received_at: Timestamp(0), size_bytes: 0 }))
}

/// Writes back how a list stands.
pub(crate) fn update_list(connection: &Connection, list: &List) -> Result<(), Error> {
    connection
        .prepare_cached(
            "UPDATE list SET position = ?2, chain = ?3, received_at = ?4, size_bytes = ?5
             WHERE id = ?1",
        )?
        .execute((
            list.row.0,
            list.chain.position as i64,
            list.chain.hash,
            list.received_at.0,
            list.size_bytes as i64,
        ))?;
    Ok(())
}

/// A log of a list, which may be empty.
pub(crate) fn find_log(
    connection: &Connection,
    list: ListRow,
    device: DeviceId,
    generation: Generation,
) -> Result<Log, Error> {
    let mut query = connection.prepare_cached(
        "SELECT id, seq, parcel FROM log WHERE list = ?1 AND device = ?2 AND generation = ?3",
    )?;
    let found = query.query_row((list.0, device.0, generation.0), |row| {
        let (seq, parcel) = (Seq(row.get::<_, i64>(1)? as u64), ParcelId(row.get(2)?));
        Ok(Log {
            row: Some(LogRow(row.get(0)?)),
            head: Some(LogHead { device, generation, seq, parcel }),
        })
    });
    Ok(found.optional()?.unwrap_or(Log { row: None, head: None }))
}

/// Sets the head of a log, making its row when it is the first.
pub(crate) fn set_log_head(
    connection: &Connection,
    list: ListRow,
    row: Option<LogRow>,
    head: &LogHead,
) -> Result<LogRow, Error> {
    let seq = head.seq.0 as i64;
    if let Some(row) = row {
        connection
            .prepare_cached("UPDATE log SET seq = ?2, parcel = ?3 WHERE id = ?1")?
            .execute((row.0, seq, head.parcel.0))?;
        return Ok(row);
    }
    connection.prepare_cached("INSERT INTO log VALUES (NULL, ?1, ?2, ?3, ?4, ?5)")?.execute((
        list.0,
        head.device.0,
        head.generation.0,
        seq,
        head.parcel.0,
    ))?;
    Ok(LogRow(connection.last_insert_rowid()))
}

/// Puts a parcel behind the last of its list and moves the list on; [`update_list`] keeps that.
pub(crate) fn append(
    connection: &Connection,
    list: &mut List,
    log: LogRow,
    parcel: &VerifiedParcel,
    now: Timestamp,
) -> Result<(), Error> {
    let received_at = list.received_at.max(now);
    let chain = list.chain.next(&parcel.id(), received_at);
    let place = Place::new(list.row, chain.position)?;
    connection.prepare_cached("INSERT INTO item VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute((
        place.0,
        log.0,
        parcel.header().seq.0 as i64,
        received_at.0,
        chain.hash,
        &parcel.bytes()[..],
    ))?;
    list.chain = chain;
    list.received_at = received_at;
    list.size_bytes += parcel.bytes().len() as u64;
    Ok(())
}

/// The id of the parcel that stands at a number of a log.
pub(crate) fn parcel_at(
    connection: &Connection,
    log: LogRow,
    seq: Seq,
) -> Result<Option<ParcelId>, Error> {
    let mut query =
        connection.prepare_cached("SELECT bytes FROM item WHERE log = ?1 AND seq = ?2")?;
    let id = query
        .query_row((log.0, seq.0 as i64), |row| Ok(ParcelId::derive(row.get_ref(0)?.as_blob()?)));
    Ok(id.optional()?)
}

/// The chain up to a position that is not the list's last.
pub(crate) fn chain_at(
    connection: &Connection,
    list: ListRow,
    position: u64,
) -> Result<Option<Chain>, Error> {
    let mut query = connection.prepare_cached("SELECT chain FROM item WHERE place = ?1")?;
    let hash = query.query_row([Place::new(list, position)?.0], |row| row.get(0)).optional()?;
    Ok(hash.map(|hash| Chain { position, hash }))
}

/// Computes all chains anew for a history.
pub(crate) fn rechain(connection: &Connection, history: &HistoryId) -> Result<(), Error> {
    let mut lists = connection.prepare(
        "SELECT list.id, position, chain, received_at, size_bytes, community.community, scope
         FROM list JOIN community ON community.id = list.community ORDER BY list.id",
    )?;
    let lists = lists.query_map([], |row| {
        Ok((read_list(row)?, CommunityId(row.get(5)?), ScopeId(row.get(6)?)))
    })?;
    for list in lists.collect::<Result<Vec<_>, _>>()? {
        let (mut list, community, scope) = list;
        let last = list.chain.position;
        list.chain = Chain::start(history, &community, &scope);
        for position in 1..=last {
            let place = Place::new(list.row, position)?;
            let (id, received_at) = connection
                .prepare_cached("SELECT bytes, received_at FROM item WHERE place = ?1")?
                .query_row([place.0], |row| {
                    let id = ParcelId::derive(row.get_ref(0)?.as_blob()?);
                    Ok((id, Timestamp(row.get(1)?)))
                })?;
            list.chain = list.chain.next(&id, received_at);
            connection
                .prepare_cached("UPDATE item SET chain = ?2 WHERE place = ?1")?
                .execute((place.0, list.chain.hash))?;
        }
        update_list(connection, &list)?;
    }
    Ok(())
}

fn read_list(row: &Row<'_>) -> rusqlite::Result<List> {
    Ok(List {
        row: ListRow(row.get(0)?),
        chain: Chain { position: row.get::<_, i64>(1)? as u64, hash: row.get(2)? },
        received_at: Timestamp(row.get(3)?),
        size_bytes: row.get::<_, i64>(4)? as u64,
    })
}
