//! Reading lists: a few connections that see committed state only.
//!
//! A page is read in one transaction, so its entries, its head and the history belong together.
//! Parcels are held against the chain as they are read. One that the disk has damaged is reported
//! here and handed on as it is: clients find it by the same chain, set it aside and go on with its
//! neighbours, which a refusal to read would keep from them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ed25519_dalek::SigningKey;
use floorwalk_sync::effect::After;
use floorwalk_sync::{Page, PageEntry};
use floorwalk_wire::limits::{BATCH_BYTES_TARGET, BATCH_ITEMS_MAX};
use floorwalk_wire::{
    Chain, CommunityId, DeviceId, Generation, HistoryId, LogId, ParcelId, ScopeId, Seq, SignedHead,
    Timestamp,
};
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::blobs::uploads::{self, Found, Upload, UploadId, Wanted};
use crate::db;
use crate::error::Error;
use crate::lists::{self, Place};
#[cfg(feature = "simulation")]
use crate::simulation::{Sabotage, is_sabotaged};

/// Reads that run at once.
const CONNECTIONS: usize = 2;

/// The page that a session asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageRequest {
    /// The history that the session was greeted with.
    pub history: HistoryId,
    pub community: CommunityId,
    pub scope: ScopeId,
    pub after: After,
}

/// The connections for reading.
pub(crate) struct Reader {
    data: PathBuf,
    key: SigningKey,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl Reader {
    /// Opens the connections. `key` signs the heads.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn open(data: PathBuf, key: SigningKey) -> Result<Arc<Self>, Error> {
        let idle: Result<Vec<_>, _> = (0..CONNECTIONS).map(|_| db::open_reader(&data)).collect();
        let (idle, permits) = (Mutex::new(idle?), Semaphore::new(CONNECTIONS));
        Ok(Arc::new(Self { data, key, idle, permits }))
    }

    /// The page after a place; none when the list has no such place.
    ///
    /// # Errors
    /// [`Error::HistoryChanged`] when the history is another by now; [`Error::Damaged`]; SQLite's.
    pub(crate) async fn page(
        self: &Arc<Self>,
        request: PageRequest,
    ) -> Result<Option<Page>, Error> {
        #[cfg(feature = "simulation")]
        let request = match request.after {
            After::Chain(chain) if is_sabotaged(Sabotage::AcceptForkedChain) => {
                PageRequest { after: After::Position(chain.position), ..request }
            }
            _ => request,
        };
        self.run(move |reader, connection| {
            let transaction = connection.transaction()?;
            read_page(&transaction, &request, &reader.key)
        })
        .await
    }

    /// What a scope has of a blob.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) async fn blob(self: &Arc<Self>, wanted: Wanted) -> Result<Found, Error> {
        self.run(move |_, connection| {
            let transaction = connection.transaction()?;
            uploads::look(&transaction, &wanted)
        })
        .await
    }

    /// An upload with its community; none when there is none by that name.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) async fn upload(
        self: &Arc<Self>,
        id: UploadId,
    ) -> Result<Option<(CommunityId, Upload)>, Error> {
        self.run(move |_, connection| {
            let transaction = connection.transaction()?;
            let Some(upload) = uploads::find(&transaction, &id)? else { return Ok(None) };
            let sql = "SELECT community FROM community WHERE id = ?1";
            let mut query = transaction.prepare_cached(sql)?;
            let community = query.query_row([upload.community.0], |row| row.get(0))?;
            Ok(Some((CommunityId(community), upload)))
        })
        .await
    }

    async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self, &mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let _permit = self.permits.acquire().await.map_err(|_| Error::Unavailable)?;
        let reader = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let idle = reader.lock().pop();
            let mut connection = match idle {
                Some(connection) => connection,
                None => db::open_reader(&reader.data)?,
            };
            let outcome = work(&reader, &mut connection);
            // After a fault of the disk the next read begins with a fresh connection.
            if !matches!(outcome, Err(Error::Database(_) | Error::Damaged(_))) {
                reader.lock().push(connection);
            }
            outcome
        });
        read.await.unwrap_or(Err(Error::Unavailable))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_page(
    connection: &Connection,
    request: &PageRequest,
    key: &SigningKey,
) -> Result<Option<Page>, Error> {
    let PageRequest { history, community, scope, after } = *request;
    if db::history(connection)? != Some(history) {
        return Err(Error::HistoryChanged);
    }
    let start = Chain::start(&history, &community, &scope);
    let list = lists::find_list(connection, &community, &scope)?;
    let last = list.map_or(start, |list| list.chain);
    let chain_at = |position| match list {
        _ if position == last.position => Ok(Some(last)),
        _ if position > last.position => Ok(None),
        _ if position == 0 => Ok(Some(start)),
        Some(list) => lists::chain_at(connection, list.row, position),
        None => Ok(None),
    };
    let from = match after {
        After::Position(position) => chain_at(position)?,
        After::Chain(chain) => chain_at(chain.position)?.filter(|ours| *ours == chain),
    };
    let Some(from) = from else {
        return Ok(None);
    };
    let (entries, reached) = match list {
        Some(list) if from.position < last.position => {
            let first = Place::new(list.row, from.position + 1)?;
            let last = Place::new(list.row, last.position)?;
            read_entries(connection, scope, (first, last), from)?
        }
        _ => (Vec::new(), last),
    };
    let head = SignedHead::sign(history, community, scope, reached, key);
    Ok(Some(Page { entries, head, more: reached.position < last.position }))
}

/// The entries behind `from`, and the chain up to the last of them.
fn read_entries(
    connection: &Connection,
    scope: ScopeId,
    (first, last): (Place, Place),
    from: Chain,
) -> Result<(Vec<PageEntry>, Chain), Error> {
    let mut query = connection.prepare_cached(
        "SELECT received_at, chain, bytes, item.seq, device, generation
         FROM item JOIN log ON log.id = item.log
         WHERE place BETWEEN ?1 AND ?2 ORDER BY place",
    )?;
    let mut rows = query.query((first.0, last.0))?;
    let (mut entries, mut reached, mut size_bytes) = (Vec::new(), from, 0);
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        let full =
            size_bytes + bytes.len() > BATCH_BYTES_TARGET || entries.len() >= BATCH_ITEMS_MAX;
        if full && !entries.is_empty() {
            break;
        }
        size_bytes += bytes.len();
        let (parcel, received_at) = (ParcelId::derive(bytes), Timestamp(row.get(0)?));
        let chain = Chain { position: reached.position + 1, hash: row.get(1)? };
        if reached.next(&parcel, received_at) != chain {
            tracing::error!(?scope, position = chain.position, "an item is damaged");
        }
        reached = chain;
        let (device, generation) = (DeviceId(row.get(4)?), Generation(row.get(5)?));
        entries.push(PageEntry {
            received_at,
            log: LogId { scope, device, generation },
            seq: Seq(row.get::<_, i64>(3)? as u64),
            parcel,
            bytes: bytes.into(),
        });
    }
    if entries.is_empty() {
        return Err(Error::Damaged("a list is shorter than its head says".into()));
    }
    Ok((entries, reached))
}
