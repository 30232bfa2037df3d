//! Syncing with the relay over the network: once, or live with reconnects.

use std::sync::Arc;
use std::time::Duration;

use floorwalk_store::{BlobState, Tx};
use floorwalk_wire::{BlobId, Message};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::clock;
use crate::conversation::Conversation;
use crate::error::{Error, ErrorCode, Result};
use crate::net::Target;
use crate::net::http::BlobClient;
use crate::net::websocket::Socket;
use crate::records::SyncReport;
use crate::relay_state;
use crate::state::{Shared, setting};

/// How long a relay may be silent while something is expected of it.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long a live session may be quiet before this side asks whether the other is there.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// How often a live session looks whether another process has written to the store.
const LOOK_ELSEWHERE: Duration = Duration::from_secs(1);
/// Cards brought or fetched before their state is written: bringing one twice is harmless.
const BLOBS_PER_COMMIT: usize = 64;
/// The shortest and the longest wait before reconnecting.
const BACKOFF_MS: (u64, u64) = (500, 60_000);

/// How far a sync has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncProgress {
    /// Parcels sent and received so far.
    pub parcels: u64,
    /// Parcels that were to be sent at the start.
    pub parcels_to_send: u64,
    /// Blobs sent and received so far.
    pub blobs: u64,
    /// Blobs that are to be sent or received.
    pub blobs_total: u64,
}

/// What happens in a live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchEvent {
    /// The relay has been reached.
    Connected,
    /// Both sides have everything that there is.
    Synced(SyncReport),
    /// The line broke or could not be had.
    Disconnected {
        /// Why.
        code: ErrorCode,
        /// When it will be tried again, in milliseconds.
        retry_in_ms: u64,
    },
}

/// Syncs until both sides have everything.
pub(crate) async fn once(
    shared: &Arc<Shared>,
    progress: &(dyn Fn(SyncProgress) + Send + Sync),
) -> Result<SyncReport> {
    let target = target(shared)?;
    let mut socket = Socket::connect(&target).await?;
    let conversation = Conversation::with_relay(shared, false)?;
    let to_send = shared.with(|state| state.read(|tx, _| Ok(tx.unplaced_count()?)))?;
    let tell = |report: &SyncReport| {
        progress(SyncProgress {
            parcels: report.parcels_sent + report.parcels_received,
            parcels_to_send: to_send,
            ..SyncProgress::default()
        });
    };
    let mut conversation = until_settled(conversation, &mut socket, &tell).await?;
    let blobs = blob_work(shared)?;
    if blobs > 0 {
        conversation = exchange_blobs(shared, conversation, &mut socket, &target, progress).await?;
    }
    let report = finish(shared, &conversation, &socket)?;
    socket.close().await;
    if conversation.grant_expired() {
        return Err(ErrorCode::GrantExpired.into());
    }
    if conversation.is_to_be_continued() {
        return Err(ErrorCode::RelayUnavailable.into());
    }
    Ok(report)
}

/// Keeps in sync until `stop` turns true, reconnecting with growing, jittered waits.
pub(crate) async fn watch(
    shared: &Arc<Shared>,
    mut stop: watch::Receiver<bool>,
    on_event: &(dyn Fn(WatchEvent) + Send + Sync),
) -> Result<()> {
    let mut failures = 0;
    loop {
        let connected = std::sync::atomic::AtomicBool::new(false);
        let note = |event: WatchEvent| {
            if event == WatchEvent::Connected {
                connected.store(true, std::sync::atomic::Ordering::Relaxed);
            }
            on_event(event);
        };
        let error = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
            ended = stay_connected(shared, &note) => match ended {
                Ok(never) => match never {},
                Err(error) => error,
            },
        };
        if !error.code.is_retryable() && !may_heal(error.code) {
            return Err(error);
        }
        failures = if connected.into_inner() { 0 } else { failures + 1 };
        let retry_in_ms = backoff_ms(failures);
        on_event(WatchEvent::Disconnected { code: error.code, retry_in_ms });
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(Duration::from_millis(retry_in_ms)) => {}
        }
    }
}

/// Errors that no retry of the same call can mend, but that time or the office may.
fn may_heal(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::RelayRefused | ErrorCode::RelayUnknownCommunity)
}

fn backoff_ms(failures: u32) -> u64 {
    let (shortest, longest) = BACKOFF_MS;
    let ceiling = shortest.saturating_mul(1 << failures.min(10)).min(longest);
    let jitter = u64::from(u16::from_le_bytes(crate::random::bytes()));
    ceiling / 2 + jitter * (ceiling / 2) / u64::from(u16::MAX)
}

enum Never {}

async fn stay_connected(
    shared: &Arc<Shared>,
    on_event: &(dyn Fn(WatchEvent) + Send + Sync),
) -> Result<Never> {
    let target = target(shared)?;
    let mut socket = Socket::connect(&target).await?;
    let mut looked = shared.version_elsewhere()?;
    let mut conversation = Conversation::with_relay(shared, true)?;
    conversation = until_settled(conversation, &mut socket, &|_| {}).await?;
    on_event(WatchEvent::Connected);
    let mut quiet_since = Instant::now();
    let mut pinged = false;
    loop {
        if blob_work(shared)? > 0 {
            let none = |_| {};
            conversation =
                exchange_blobs(shared, conversation, &mut socket, &target, &none).await?;
        }
        let report = finish(shared, &conversation, &socket)?;
        if conversation.is_to_be_continued() {
            // A new session may fare better than one that has given up.
            return Err(ErrorCode::RelayUnavailable.into());
        }
        conversation.report = SyncReport { chain_ok: true, ..SyncReport::default() };
        (socket.bytes_sent, socket.bytes_received) = (0, 0);
        if report.parcels_sent + report.parcels_received + report.blobs_sent + report.blobs_received
            > 0
            || report.round_trips > 0
        {
            on_event(WatchEvent::Synced(report));
        }
        loop {
            tokio::select! {
                message = socket.receive() => {
                    let message = message?;
                    quiet_since = Instant::now();
                    pinged = false;
                    let news = !matches!(message, Message::Pong | Message::Ping);
                    conversation.receive(message);
                    conversation = flush(conversation, &mut socket).await?;
                    if news {
                        break;
                    }
                }
                () = shared.observers.changed() => break,
                () = tokio::time::sleep(LOOK_ELSEWHERE) => {
                    if shared.version_elsewhere()? != looked {
                        break;
                    }
                    if quiet_since.elapsed() > SILENCE_MAX {
                        return Err(ErrorCode::RelayBroken.into());
                    }
                    if quiet_since.elapsed() > HEARTBEAT && !pinged {
                        pinged = true;
                        conversation.ping();
                        conversation = flush(conversation, &mut socket).await?;
                    }
                }
            }
        }
        looked = shared.version_elsewhere()?;
        conversation.put_new()?;
        conversation = until_settled(conversation, &mut socket, &|_| {}).await?;
    }
}

/// Talks until both sides have everything.
async fn until_settled(
    mut conversation: Conversation,
    socket: &mut Socket,
    tell: &(dyn Fn(&SyncReport) + Send + Sync),
) -> Result<Conversation> {
    loop {
        conversation = flush(conversation, socket).await?;
        tell(&conversation.report);
        if conversation.is_settled() {
            return Ok(conversation);
        }
        conversation.receive(hear(socket).await?);
    }
}

/// The next message, which the relay owes.
async fn hear(socket: &mut Socket) -> Result<Message> {
    let heard = timeout_at(Instant::now() + SILENCE_MAX, socket.receive()).await;
    heard.map_err(|_| ErrorCode::RelayBroken)?
}

/// Sends all that the conversation has to say. The store's work is done off the async threads.
async fn flush(mut conversation: Conversation, socket: &mut Socket) -> Result<Conversation> {
    loop {
        let worked = tokio::task::spawn_blocking(move || {
            let message = conversation.next();
            (conversation, message)
        });
        let (returned, message) = worked.await.map_err(|_| ErrorCode::RelayBroken)?;
        conversation = returned;
        match message? {
            Some(message) => socket.send(&message).await?,
            None => return Ok(conversation),
        }
    }
}

/// Brings cards to the relay and takes those that are missing here. Text has gone before them.
async fn exchange_blobs(
    shared: &Arc<Shared>,
    mut conversation: Conversation,
    socket: &mut Socket,
    target: &Target,
    progress: &(dyn Fn(SyncProgress) + Send + Sync),
) -> Result<Conversation> {
    conversation.request_ticket();
    let ticket = loop {
        conversation = flush(conversation, socket).await?;
        if let Some(ticket) = conversation.take_ticket() {
            break ticket;
        }
        conversation.receive(hear(socket).await?);
    };
    let mut client = BlobClient::connect(target, &ticket).await?;
    let (unsent, wanted) = shared.with(|state| {
        state.read(|tx, _| Ok((tx.blobs(BlobState::Unsent)?, tx.blobs(BlobState::Wanted)?)))
    })?;
    let blobs_total = (unsent.len() + wanted.len()) as u64;
    let report = &mut conversation.report;
    let parcels = report.parcels_sent + report.parcels_received;
    let tell = |report: &SyncReport| {
        let blobs = report.blobs_sent + report.blobs_received;
        progress(SyncProgress { parcels, parcels_to_send: 0, blobs, blobs_total });
    };
    let mut stuck = false;
    for group in unsent.chunks(BLOBS_PER_COMMIT) {
        let mut sent = Vec::with_capacity(group.len());
        for (id, scope, _) in group {
            let bytes = shared.with(|state| state.read(|tx, _| Ok(tx.blob(id)?)))?;
            let Some(bytes) = bytes.filter(|bytes| BlobId::derive(bytes) == *id) else {
                stuck = true;
                continue;
            };
            let size = bytes.len() as u64;
            if let Err(error) = client.put(scope, id, bytes).await {
                client = after_refusal(error, target, &ticket).await?;
                stuck = true;
                continue;
            }
            report.bytes_sent += size;
            sent.push(id);
            report.blobs_sent += 1;
            tell(report);
        }
        let note = |tx: &Tx<'_>| sent.iter().try_for_each(|id| tx.note_blob_sent(id));
        shared.with(|state| state.write(|tx, _| Ok(note(tx)?)))?;
    }
    for group in wanted.chunks(BLOBS_PER_COMMIT) {
        let mut taken = Vec::with_capacity(group.len());
        for (id, scope, document) in group {
            // Whoever wrote of the blob may not have brought it yet.
            let bytes = match client.take(scope, id).await {
                Ok(bytes) => bytes,
                Err(error) => {
                    client = after_refusal(error, target, &ticket).await?;
                    stuck = true;
                    None
                }
            };
            let Some(bytes) = bytes else { continue };
            report.bytes_received += bytes.len() as u64;
            taken.push((id, scope, document, bytes));
            report.blobs_received += 1;
            tell(report);
        }
        shared.with(|state| {
            state.write(|tx, _| {
                for (id, scope, document, bytes) in &taken {
                    tx.put_blob(id, scope, document, bytes, BlobState::Sent)?;
                }
                Ok(())
            })
        })?;
    }
    let note = if stuck { relay_state::warn } else { relay_state::unwarn };
    shared.with(|state| state.write(|tx, _| note(tx, relay_state::CARDS_STUCK)))?;
    Ok(conversation)
}

/// Goes on after a card that could not be brought or taken. One bad card must not keep anything
/// else from its way; only where the relay is gone is it over.
async fn after_refusal(error: Error, target: &Target, ticket: &[u8]) -> Result<BlobClient> {
    if error.code == ErrorCode::RelayUnreachable {
        return Err(error);
    }
    BlobClient::connect(target, ticket).await
}

fn blob_work(shared: &Shared) -> Result<u64> {
    shared.with(|state| {
        state
            .read(|tx, _| Ok(tx.blob_count(BlobState::Unsent)? + tx.blob_count(BlobState::Wanted)?))
    })
}

fn finish(shared: &Shared, conversation: &Conversation, socket: &Socket) -> Result<SyncReport> {
    let mut report = conversation.report.clone();
    report.bytes_sent += socket.bytes_sent;
    report.bytes_received += socket.bytes_received;
    report.quarantined = shared.with(|state| {
        state.write(|tx, _| {
            let now = clock::to_text(clock::now(), clock::DEFAULT_ZONE);
            tx.set_setting(setting::LAST_SYNC, now.as_bytes())?;
            Ok(tx.quarantine_count()?)
        })
    })?;
    if report.parcels_received + report.parcels_sent > 0 {
        shared.observers.notify();
    }
    Ok(report)
}

fn target(shared: &Shared) -> Result<Target> {
    shared.with(|state| Target::parse(&state.identity()?.relay))
}
