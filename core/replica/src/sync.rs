//! Syncing with the relay over the network: once, or live with reconnects.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use floorwalk_wire::Message;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::clock;
use crate::conversation::Conversation;
use crate::error::{ErrorCode, Result};
use crate::net::Target;
use crate::net::websocket::Socket;
use crate::records::SyncReport;
use crate::relay_state;
use crate::state::{Shared, setting};
use crate::transfer::{self, End, Transferred};

/// How long a relay may be silent while something is expected of it.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long a live session may be quiet before this side asks whether the other is there.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// How often a live session looks whether another process has written to the store.
const LOOK_ELSEWHERE: Duration = Duration::from_secs(1);
/// The shortest and the longest wait before reconnecting.
const BACKOFF_MS: (u64, u64) = (500, 60_000);

/// Sessions of one sync: where a list is found to be another than was noted, it is read anew.
const SESSIONS_MAX: u32 = 3;

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
    /// Bytes of blobs sent and received so far.
    pub blob_bytes: u64,
    /// Bytes of blobs that are to be sent or received.
    pub blob_bytes_total: u64,
}

impl SyncProgress {
    fn of(parcels: u64, done: Transferred) -> Self {
        Self {
            parcels,
            parcels_to_send: 0,
            blobs: done.blobs_sent + done.blobs_received,
            blobs_total: done.blobs_total,
            blob_bytes: done.bytes_sent + done.bytes_received,
            blob_bytes_total: done.bytes_total,
        }
    }
}

/// What happens in a live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchEvent {
    /// The relay has been reached.
    Connected,
    /// Both sides have everything that there is.
    Synced(SyncReport),
    /// Cards and photos are on their way.
    Transferring(SyncProgress),
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
    let to_send = shared.with(|state| state.read(|tx, _| Ok(tx.unplaced_count()?)))?;
    let tell = |report: &SyncReport| {
        progress(SyncProgress {
            parcels: report.parcels_sent + report.parcels_received,
            parcels_to_send: to_send,
            ..SyncProgress::default()
        });
    };
    let mut report = SyncReport { chain_ok: true, ..SyncReport::default() };
    let mut sessions = 0;
    let (mut conversation, mut socket) = loop {
        let mut socket = Socket::connect(&target).await?;
        let mut conversation = Conversation::with_relay(shared, false)?;
        conversation.report = report;
        conversation = until_settled(conversation, &mut socket, &tell).await?;
        sessions += 1;
        if !conversation.reads_anew() || sessions == SESSIONS_MAX {
            break (conversation, socket);
        }
        report = conversation.report;
        report.bytes_sent += socket.bytes_sent;
        report.bytes_received += socket.bytes_received;
        socket.close().await;
    };
    while transfer::is_needed(shared)? {
        let (held, ticket) = ticket(conversation, &mut socket).await?;
        conversation = held;
        let parcels = conversation.report.parcels_sent + conversation.report.parcels_received;
        let tell = |done: Transferred| progress(SyncProgress::of(parcels, done));
        let (end, done) = transfer::run(shared, &target, &ticket, &tell).await?;
        done.add_to(&mut conversation.report);
        if end == End::Done {
            break;
        }
    }
    if conversation.report.blobs_received > 0 {
        // Reps wait to hear that the office has their photos.
        conversation.put_new()?;
        conversation = until_settled(conversation, &mut socket, &tell).await?;
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
    let tell = |done| on_event(WatchEvent::Transferring(SyncProgress::of(0, done)));
    let mut transfers = Transfers::new(shared, &target, &tell);
    loop {
        if transfers.are_due()? {
            let (held, ticket) = ticket(conversation, &mut socket).await?;
            conversation = held;
            transfers.start(ticket);
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
                        transfers.hasten();
                        break;
                    }
                }
                done = transfers.ended() => {
                    done.add_to(&mut conversation.report);
                    shared.observers.notify();
                    break;
                }
                () = shared.observers.changed() => {
                    transfers.hasten();
                    break;
                }
                () = tokio::time::sleep(LOOK_ELSEWHERE) => {
                    if shared.version_elsewhere()? != looked {
                        transfers.hasten();
                        break;
                    }
                    if transfers.are_due()? {
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

/// The transfer of blobs beside a live session: one at a time, on a line of its own, so that no
/// word ever waits for a photo. What did not come through is tried again after growing waits.
struct Transfers<'a> {
    shared: &'a Arc<Shared>,
    target: &'a Target,
    progress: transfer::Progress<'a>,
    running: Option<Running<'a>>,
    due_at: Instant,
    wait_ms: u64,
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<(End, Transferred)>> + Send + 'a>>;

impl<'a> Transfers<'a> {
    fn new(shared: &'a Arc<Shared>, target: &'a Target, progress: transfer::Progress<'a>) -> Self {
        let (due_at, wait_ms) = (Instant::now(), BACKOFF_MS.0);
        Self { shared, target, progress, running: None, due_at, wait_ms }
    }

    fn are_due(&self) -> Result<bool> {
        let may = self.running.is_none() && self.due_at <= Instant::now();
        Ok(may && transfer::is_needed(self.shared)?)
    }

    /// Something has changed: what failed before may succeed now.
    fn hasten(&mut self) {
        (self.due_at, self.wait_ms) = (Instant::now(), BACKOFF_MS.0);
    }

    fn start(&mut self, ticket: Vec<u8>) {
        let Self { shared, target, progress, .. } = *self;
        self.running =
            Some(Box::pin(async move { transfer::run(shared, target, &ticket, progress).await }));
    }

    /// What a transfer brought, once it has ended; nothing where the line broke, which is
    /// tried again.
    async fn ended(&mut self) -> Transferred {
        let Some(running) = &mut self.running else { return std::future::pending().await };
        let outcome = running.await;
        self.running = None;
        let (end, done) = outcome.unwrap_or((End::Done, Transferred::default()));
        if end == End::TicketExpired || done.moved() {
            self.hasten();
        } else {
            self.due_at = Instant::now() + Duration::from_millis(self.wait_ms);
            self.wait_ms = (self.wait_ms * 2).min(BACKOFF_MS.1);
        }
        done
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
        let (returned, message) = off_thread(move || {
            let message = conversation.next();
            (conversation, message)
        })
        .await?;
        conversation = returned;
        match message? {
            Some(message) => socket.send(&message).await?,
            None => return Ok(conversation),
        }
    }
}

/// Does the store's work where it holds up nobody.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    // A simulation is one thread, which its clock and its chance belong to.
    #[cfg(feature = "simulation")]
    if crate::simulation::network().is_some() {
        return Ok(work());
    }
    let worked = tokio::task::spawn_blocking(work).await;
    worked.map_err(|_| ErrorCode::RelayBroken.into())
}

/// A ticket for the blob endpoint.
async fn ticket(
    mut conversation: Conversation,
    socket: &mut Socket,
) -> Result<(Conversation, Vec<u8>)> {
    conversation.request_ticket();
    loop {
        conversation = flush(conversation, socket).await?;
        if let Some(ticket) = conversation.take_ticket() {
            return Ok((conversation, ticket));
        }
        conversation.receive(hear(socket).await?);
    }
}

fn finish(shared: &Shared, conversation: &Conversation, socket: &Socket) -> Result<SyncReport> {
    let mut report = conversation.report.clone();
    report.bytes_sent += socket.bytes_sent;
    report.bytes_received += socket.bytes_received;
    report.quarantined = shared.with(|state| {
        let options = state.sync_options.clone();
        state.write(|tx, identity| {
            transfer::unwarn_where_done(tx, identity, &options)?;
            relay_state::unwarn(tx, relay_state::REVOKED)?;
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
