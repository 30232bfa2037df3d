//! Blobs between this device and its relay: erasures first, then cards, previews, and last the
//! photos themselves. Text has gone before them, and never waits for them.
//!
//! A large blob goes on where it was left, in either direction and after any kill: an upload from
//! the offset that the relay names, a download from what lies here. A broken line is mended here
//! as long as something moves. One bad blob must not keep another from its way: it is passed over,
//! and a warning says so until all of them have come through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use floorwalk_store::{BlobKind, BlobRecord, BlobState, StoredBlob, Tx};
use floorwalk_wire::BlobId;
use floorwalk_wire::limits::SMALL_BLOB_BYTES_MAX;

use crate::blob::file_failed;
use crate::clock;
use crate::error::{Error, ErrorCode, Result};
use crate::ingest::is_office;
use crate::last_blob::{self, Deed, LastBlob};
use crate::net::Target;
use crate::net::http::{Answer, BlobClient};
use crate::records::{SyncOptions, SyncReport};
use crate::relay_state;
use crate::state::{Identity, Shared};

/// Small blobs brought or fetched before their state is written: bringing one twice is harmless.
const BLOBS_PER_COMMIT: usize = 64;
/// Attempts without a byte of progress before a broken line is given up.
const ATTEMPTS_MAX: u32 = 3;

/// What was transferred, and is to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Transferred {
    pub(crate) blobs_sent: u64,
    pub(crate) blobs_received: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) blobs_total: u64,
    pub(crate) bytes_total: u64,
}

impl Transferred {
    /// Whether anything came through.
    pub(crate) fn moved(self) -> bool {
        self.bytes_sent + self.bytes_received > 0
    }

    /// Counts it in a sync's report.
    pub(crate) fn add_to(self, report: &mut SyncReport) {
        report.blobs_sent += self.blobs_sent;
        report.blobs_received += self.blobs_received;
        report.bytes_sent += self.bytes_sent;
        report.bytes_received += self.bytes_received;
    }
}

/// How a transfer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With everything that could be transferred.
    Done,
    /// With a ticket that is too old: ask for another and go on.
    TicketExpired,
}

/// Hears how far a transfer has come.
pub(crate) type Progress<'a> = &'a (dyn Fn(Transferred) + Send + Sync);

/// Whether there is anything to transfer.
pub(crate) fn is_needed(shared: &Shared) -> Result<bool> {
    let last = shared.with(|state| state.read(|tx, _| LastBlob::load(tx)))?;
    Ok(last.is_some_and(|last| last.is_due(clock::now())) || !look(shared)?.is_empty())
}

fn look(shared: &Shared) -> Result<Work> {
    shared.with(|state| {
        let options = state.sync_options.clone();
        state.read(|tx, identity| Work::look(tx, is_office_device(identity), &options))
    })
}

/// Takes back what was said of stuck blobs where nothing is to be transferred any more.
pub(crate) fn unwarn_where_done(
    tx: &Tx<'_>,
    identity: &Identity,
    options: &SyncOptions,
) -> Result<()> {
    let stuck = [relay_state::CARDS_STUCK, relay_state::PHOTOS_STUCK];
    let warned = relay_state::warnings(tx)?.iter().any(|known| stuck.contains(&known.as_str()));
    if !warned || !Work::look(tx, is_office_device(identity), options)?.is_empty() {
        return Ok(());
    }
    relay_state::unwarn(tx, relay_state::CARDS_STUCK)?;
    relay_state::unwarn(tx, relay_state::PHOTOS_STUCK)
}

fn is_office_device(identity: &Identity) -> bool {
    identity.role().is_some_and(is_office)
}

/// Everything that is to be transferred now.
struct Work {
    erasures: Vec<StoredBlob>,
    unsent: Vec<StoredBlob>,
    wanted: Vec<StoredBlob>,
}

impl Work {
    fn look(tx: &Tx<'_>, is_office: bool, options: &SyncOptions) -> Result<Self> {
        let originals = options.originals.unwrap_or(is_office) && !options.metered;
        let mut unsent = tx.blobs(BlobState::Unsent)?;
        if options.metered {
            unsent.retain(|blob| is_light(&blob.record));
        }
        let mut wanted = tx.blobs_to_fetch(originals)?;
        if options.newest_first {
            for blobs in [&mut unsent, &mut wanted] {
                blobs.reverse();
                blobs.sort_by_key(|blob| blob.record.kind);
            }
        }
        Ok(Self { erasures: tx.blobs(BlobState::ErasedUntold)?, unsent, wanted })
    }

    fn is_empty(&self) -> bool {
        !self.brings() && self.wanted.is_empty()
    }

    /// Whether the relay is to take, or to erase, something.
    fn brings(&self) -> bool {
        !self.erasures.is_empty() || !self.unsent.is_empty()
    }
}

/// Cards and previews: what also goes where every byte costs.
fn is_light(record: &BlobRecord) -> bool {
    matches!(record.kind, BlobKind::Card | BlobKind::Preview)
}

/// Transfers all that there is.
///
/// # Errors
/// The relay's, when the line is gone; the store's. What was transferred until then is kept.
pub(crate) async fn run(
    shared: &Arc<Shared>,
    target: &Target,
    ticket: &[u8],
    progress: Progress<'_>,
) -> Result<(End, Transferred)> {
    shared.with(|state| {
        // What a kill left is taken away before room is needed.
        state.store.scrub()?;
        state.write(|tx, _| Ok(tx.collect_blob_files()?))
    })?;
    let client = BlobClient::connect(target, ticket).await?;
    let (done, stuck) = (Transferred::default(), (false, false));
    let mut transfer = Transfer { shared, target, ticket, client, progress, done, stuck };
    let end = match transfer.all().await {
        Ok(()) => End::Done,
        Err(Stop::TicketExpired) => End::TicketExpired,
        Err(Stop::Failed(error)) => return Err(error),
    };
    if end == End::Done {
        transfer.note_stuck()?;
    }
    Ok((end, transfer.done))
}

/// Why a transfer does not go on.
enum Stop {
    TicketExpired,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The outcome of a step.
type Step<T> = std::result::Result<T, Stop>;

struct Transfer<'a> {
    shared: &'a Arc<Shared>,
    target: &'a Target,
    ticket: &'a [u8],
    client: BlobClient,
    progress: Progress<'a>,
    done: Transferred,
    /// Whether a card or preview, and whether a photo, did not come through.
    stuck: (bool, bool),
}

impl Transfer<'_> {
    async fn all(&mut self) -> Step<()> {
        let mut work = look(self.shared)?;
        if self.has_forgotten(work.brings()).await? {
            work = look(self.shared)?;
        }
        let travelling = work.unsent.iter().chain(&work.wanted);
        self.done.blobs_total = (work.unsent.len() + work.wanted.len()) as u64;
        self.done.bytes_total = travelling.map(|blob| blob.record.size_bytes).sum();
        for blob in &work.erasures {
            self.tell_erasure(&blob.record).await?;
        }
        let small = |blob: &StoredBlob| blob.record.size_bytes <= SMALL_BLOB_BYTES_MAX as u64;
        let (light, heavy): (Vec<_>, Vec<_>) = work.unsent.into_iter().partition(small);
        for group in light.chunks(BLOBS_PER_COMMIT) {
            self.bring(group).await?;
        }
        let (wanted, large): (Vec<_>, Vec<_>) = work.wanted.into_iter().partition(small);
        for group in wanted.chunks(BLOBS_PER_COMMIT) {
            self.fetch(group).await?;
        }
        for blob in heavy {
            self.upload(&blob.record).await?;
        }
        for blob in large {
            self.download(&blob.record).await?;
        }
        Ok(())
    }

    /// Asks for what was done last, when it is time or before this device brings something. A relay
    /// that does not know of it was put back, and is to be given everything anew.
    async fn has_forgotten(&mut self, brings: bool) -> Step<bool> {
        let now = clock::now();
        let noted = self.shared.with(|state| state.read(|tx, _| LastBlob::load(tx)))?;
        let Some(last) = noted.filter(|last| brings || last.is_due(now)) else {
            return Ok(false);
        };
        let answer = self.client.has(&last.scope, &last.id).await?;
        if answer == Answer::TicketExpired {
            return Err(Stop::TicketExpired);
        }
        let forgotten = last.is_known(&answer) == Some(false);
        if forgotten || last.is_due(now) {
            self.shared.with(|state| {
                state.write(|tx, identity| match forgotten {
                    true => {
                        relay_state::warn(tx, relay_state::RELAY_RESTORED)?;
                        last_blob::forget_blobs(tx, identity)
                    }
                    false => last.asked_at(now).save(tx),
                })
            })?;
        }
        Ok(forgotten)
    }

    async fn tell_erasure(&mut self, blob: &BlobRecord) -> Step<()> {
        match self.client.erase(&blob.scope, &blob.id).await? {
            Answer::Done(()) | Answer::Erased => Ok(self.write(|tx| {
                tx.note_erasure_told(&blob.id)?;
                LastBlob::new(blob, Deed::Erased, clock::now()).save(tx)
            })?),
            // It keeps no note of it that could be asked for.
            Answer::Unknown => Ok(self.write(|tx| Ok(tx.note_erasure_told(&blob.id)?))?),
            Answer::TicketExpired => Err(Stop::TicketExpired),
            Answer::Refused(_) | Answer::Conflict => {
                self.pass_over(blob);
                Ok(())
            }
        }
    }

    /// Brings small blobs to the relay.
    async fn bring(&mut self, group: &[StoredBlob]) -> Step<()> {
        let mut sent = Vec::with_capacity(group.len());
        for blob in group.iter().map(|blob| &blob.record) {
            let bytes = self.shared.with(|state| state.read(|tx, _| Ok(tx.blob(&blob.id)?)))?;
            let Some(bytes) = bytes.filter(|bytes| BlobId::derive(bytes) == blob.id) else {
                self.pass_over(blob);
                continue;
            };
            let size = bytes.len() as u64;
            let answer = match self.client.put(&blob.scope, &blob.id, bytes).await {
                Ok(answer) => answer,
                Err(error) => {
                    self.after_break(error).await?;
                    self.pass_over(blob);
                    continue;
                }
            };
            match answer {
                Answer::Done(()) | Answer::Conflict => {
                    self.done.blobs_sent += 1;
                    self.done.bytes_sent += size;
                    sent.push((blob, answer == Answer::Conflict));
                    (self.progress)(self.done);
                }
                // The document will say so too.
                Answer::Erased => {}
                Answer::TicketExpired => {
                    self.note_sent(&sent)?;
                    return Err(Stop::TicketExpired);
                }
                Answer::Unknown | Answer::Refused(_) => self.pass_over(blob),
            }
        }
        Ok(self.note_sent(&sent)?)
    }

    /// Takes small blobs from the relay. Whoever wrote of one may not have brought it yet.
    async fn fetch(&mut self, group: &[StoredBlob]) -> Step<()> {
        let mut taken = Vec::with_capacity(group.len());
        let mut expired = false;
        for blob in group.iter().map(|blob| &blob.record) {
            match self.client.take(&blob.scope, &blob.id).await {
                Ok(Answer::Done(bytes)) => {
                    self.done.blobs_received += 1;
                    self.done.bytes_received += bytes.len() as u64;
                    taken.push((blob, bytes));
                    (self.progress)(self.done);
                }
                Ok(Answer::TicketExpired) => {
                    expired = true;
                    break;
                }
                Ok(Answer::Unknown | Answer::Erased) => {}
                Ok(Answer::Conflict | Answer::Refused(_)) => self.pass_over(blob),
                Err(error) => {
                    self.after_break(error).await?;
                    self.pass_over(blob);
                }
            }
        }
        self.write(|tx| {
            for (blob, bytes) in &taken {
                tx.put_blob(blob, Some(bytes), BlobState::Sent)?;
            }
            Ok(())
        })?;
        if expired { Err(Stop::TicketExpired) } else { Ok(()) }
    }

    /// Brings a large blob to the relay.
    async fn upload(&mut self, blob: &BlobRecord) -> Step<()> {
        let (mut attempts, mut furthest) = (0, 0);
        loop {
            let ended = self.upload_on(blob, &mut furthest, &mut attempts).await;
            attempts += 1;
            match ended {
                Err(Stop::Failed(error)) if attempts < ATTEMPTS_MAX => {
                    self.after_break(error).await?;
                }
                ended => return ended,
            }
        }
    }

    /// Goes on with an upload until it is done, or the line breaks. The relay knows how far it
    /// came.
    async fn upload_on(
        &mut self,
        blob: &BlobRecord,
        furthest: &mut u64,
        attempts: &mut u32,
    ) -> Step<()> {
        match self.client.begin_upload(&blob.scope, &blob.id, blob.size_bytes).await? {
            Answer::Done((address, offset)) => {
                if offset > *furthest {
                    (*furthest, *attempts) = (offset, 0);
                }
                self.send_rest(blob, &address, offset).await
            }
            Answer::Conflict => Ok(self.note_sent(&[(blob, true)])?),
            // The document will say so too.
            Answer::Erased => Ok(()),
            Answer::TicketExpired => Err(Stop::TicketExpired),
            Answer::Unknown | Answer::Refused(_) => {
                self.pass_over(blob);
                Ok(())
            }
        }
    }

    async fn send_rest(&mut self, blob: &BlobRecord, address: &str, offset: u64) -> Step<()> {
        let file = self.shared.with(|state| Ok(state.store.files().open(&blob.id)))?;
        let Ok(file) = file else {
            self.pass_over(blob);
            return Ok(());
        };
        let size_bytes = blob.size_bytes;
        let sent = Arc::new(AtomicU64::new(0));
        let file = tokio::fs::File::from_std(file);
        let answer = {
            let upload = self.client.upload(address, file, offset, size_bytes, &sent);
            let (progress, done) = (self.progress, self.done);
            let tell = |sent: u64| {
                progress(Transferred { bytes_sent: done.bytes_sent + sent, ..done });
            };
            telling(upload, &sent, tell).await
        };
        self.done.bytes_sent += sent.load(Relaxed);
        match answer? {
            Answer::Done(end) if end == size_bytes => {
                self.done.blobs_sent += 1;
                self.note_sent(&[(blob, false)])?;
                (self.progress)(self.done);
                Ok(())
            }
            // What the relay has is asked for again.
            Answer::Done(_) | Answer::Conflict => Err(Error::from(ErrorCode::RelayBroken).into()),
            Answer::TicketExpired => Err(Stop::TicketExpired),
            Answer::Unknown | Answer::Erased | Answer::Refused(_) => {
                self.pass_over(blob);
                Ok(())
            }
        }
    }

    /// Takes a large blob from the relay.
    async fn download(&mut self, blob: &BlobRecord) -> Step<()> {
        let mut attempts = 0;
        loop {
            let before = self.done.bytes_received;
            let ended = self.download_on(blob).await;
            attempts = if self.done.bytes_received > before { 1 } else { attempts + 1 };
            match ended {
                Err(Stop::Failed(error)) if attempts < ATTEMPTS_MAX => {
                    self.after_break(error).await?;
                }
                ended => return ended,
            }
        }
    }

    /// Goes on with a download until it is done, or the line breaks.
    async fn download_on(&mut self, blob: &BlobRecord) -> Step<()> {
        let partial = self.shared.with(|state| Ok(state.store.files().go_on(&blob.id)))?;
        let mut partial = match partial {
            Ok(partial) => partial,
            // Another process of this home fetches it.
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(file_failed(error).into()),
        };
        if partial.size_bytes() < blob.size_bytes {
            let from = partial.size_bytes();
            let mut arriving = match self.client.take_from(&blob.scope, &blob.id, from).await? {
                Answer::Done(arriving) => arriving,
                Answer::TicketExpired => return Err(Stop::TicketExpired),
                // Whoever wrote of it has not brought it yet.
                Answer::Unknown | Answer::Erased => return Ok(()),
                Answer::Conflict | Answer::Refused(_) => {
                    self.pass_over(blob);
                    return Ok(());
                }
            };
            if arriving.from != from {
                partial.restart().map_err(file_failed)?;
            }
            while let Some(piece) = arriving.next().await? {
                if partial.size_bytes() + piece.len() as u64 > blob.size_bytes {
                    break;
                }
                partial.append(&piece).map_err(file_failed)?;
                self.done.bytes_received += piece.len() as u64;
                (self.progress)(self.done);
            }
        }
        let whole = partial.size_bytes() == blob.size_bytes;
        if !whole || partial.id().map_err(file_failed)? != blob.id {
            partial.restart().map_err(file_failed)?;
            self.pass_over(blob);
            return Ok(());
        }
        self.write(|tx| {
            // It may have been erased meanwhile.
            if tx.blob_state(&blob.id)? == Some(BlobState::Wanted) {
                tx.files().keep_partial(&partial, &blob.id).map_err(file_failed)?;
                tx.put_blob(blob, None, BlobState::Sent)?;
            }
            Ok(())
        })?;
        self.done.blobs_received += 1;
        (self.progress)(self.done);
        Ok(())
    }

    /// Notes blobs that the relay has, each with whether it had them before. Only what is new to
    /// it is the last that it took.
    fn note_sent(&self, blobs: &[(&BlobRecord, bool)]) -> Result<()> {
        let now = clock::now();
        self.write(|tx| {
            for (blob, was_there) in blobs {
                tx.note_blob_sent(blob)?;
                if !was_there || LastBlob::load(tx)?.is_none() {
                    LastBlob::new(blob, Deed::Brought, now).save(tx)?;
                }
            }
            Ok(())
        })
    }

    /// Leaves a blob for the next sync.
    fn pass_over(&mut self, blob: &BlobRecord) {
        match is_light(blob) {
            true => self.stuck.0 = true,
            false => self.stuck.1 = true,
        }
    }

    /// Says what did not come through, for the person to see.
    fn note_stuck(&self) -> Result<()> {
        let (cards, photos) = self.stuck;
        self.write(|tx| {
            for (stuck, warning) in
                [(cards, relay_state::CARDS_STUCK), (photos, relay_state::PHOTOS_STUCK)]
            {
                let note = if stuck { relay_state::warn } else { relay_state::unwarn };
                note(tx, warning)?;
            }
            Ok(())
        })
    }

    /// Connects anew after a break; only where the relay is gone, or the ticket, is it over.
    async fn after_break(&mut self, error: Error) -> Step<()> {
        if error.code != ErrorCode::RelayBroken {
            return Err(error.into());
        }
        breathe().await;
        self.client = BlobClient::connect(self.target, self.ticket).await?;
        Ok(())
    }

    fn write<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.shared.with(|state| state.write(|tx, _| work(tx)))
    }
}

/// Waits, for the relay to take in what was still on its way when the line broke: it says how far
/// an upload came, and what came after it said so would be sent twice.
async fn breathe() {
    const BREATH: std::time::Duration = std::time::Duration::from_millis(100);
    // A simulated line has nothing on its way.
    #[cfg(feature = "simulation")]
    if crate::simulation::network().is_some() {
        return;
    }
    tokio::time::sleep(BREATH).await;
}

/// Tells of what has gone out while it does.
async fn telling<T>(work: impl Future<Output = T>, sent: &AtomicU64, tell: impl Fn(u64)) -> T {
    const OFTEN: std::time::Duration = std::time::Duration::from_millis(200);
    tokio::pin!(work);
    loop {
        match tokio::time::timeout(OFTEN, &mut work).await {
            Ok(outcome) => return outcome,
            Err(_) => tell(sent.load(Relaxed)),
        }
    }
}
