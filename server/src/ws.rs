//! The sync endpoint: one session on one WebSocket.
//!
//! Messages are taken one at a time, and all effects of one are carried out and answered before
//! the next is read: a peer that sends faster than the disk writes is slowed down by its own
//! socket. What a session may take of us is bounded by [`crate::config::Limits`].

mod budget;
mod effects;
#[cfg(feature = "simulation")]
pub(crate) mod simulated;
mod talk;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{Message as Frame, WebSocket};
use floorwalk_wire::HistoryId;
use floorwalk_wire::message::{CloseCode, RelayIdentity};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep_until, timeout};

use self::budget::Budget;
use self::talk::Talk;
use crate::clock;
use crate::live::{Change, DeviceSlot, Phase};
use crate::serve::ConnectionSlot;
use crate::shared::Shared;
use crate::tokens::TokenHash;

/// When a peer may try again after we have stopped or failed, in seconds.
const RETRY_AFTER_S: u32 = 5;
/// Messages up to this size are checked on the spot; larger ones, with many signatures to verify,
/// on a thread that may take its time.
const INLINE_BYTES_MAX: usize = 8 * 1024;
/// How long a peer may take to read our last words.
const LINGER: Duration = Duration::from_secs(1);

/// The socket is of no more use: it broke, or nobody is there.
struct Gone;

/// What a session is talked over.
pub(crate) trait Socket: Send {
    /// The next frame; none when the other side is gone.
    fn recv(&mut self) -> impl Future<Output = Option<Result<Frame, axum::Error>>> + Send;
    /// Sends a frame.
    fn send(&mut self, frame: Frame) -> impl Future<Output = Result<(), axum::Error>> + Send;
}

impl Socket for WebSocket {
    async fn recv(&mut self) -> Option<Result<Frame, axum::Error>> {
        Self::recv(self).await
    }

    async fn send(&mut self, frame: Frame) -> Result<(), axum::Error> {
        Self::send(self, frame).await
    }
}

/// The socket of a session and what its session may use.
pub(crate) struct Conversation<S> {
    shared: Arc<Shared>,
    socket: S,
    /// The history that the peer was greeted with.
    history: HistoryId,
    phase: watch::Receiver<Phase>,
    changes: broadcast::Receiver<Change>,
    token: Option<TokenHash>,
    slot: Option<DeviceSlot>,
    budget: Budget,
    begun_at: Instant,
    heard_at: Instant,
    pinged: bool,
    _connection: Option<Arc<ConnectionSlot>>,
}

impl<S: Socket> Conversation<S> {
    /// Takes over a socket.
    pub(crate) fn new(
        shared: Arc<Shared>,
        socket: S,
        history: HistoryId,
        connection: Option<Arc<ConnectionSlot>>,
    ) -> Self {
        let begun_at = Instant::now();
        Self {
            socket,
            history,
            phase: shared.phase.subscribe(),
            changes: shared.changes.subscribe(),
            token: None,
            slot: None,
            budget: Budget::new(&shared.limits, begun_at),
            begun_at,
            heard_at: begun_at,
            pinged: false,
            _connection: connection,
            shared,
        }
    }

    /// Talks until one side ends it. `challenge` is 32 random bytes.
    pub(crate) async fn run(mut self, identity: RelayIdentity, challenge: [u8; 32]) {
        self.shared.metrics.sessions.fetch_add(1, Relaxed);
        let mut peer = None;
        let talk = Talk::new(identity, challenge);
        if self.talk(talk, &mut peer).await.is_ok() {
            self.linger().await;
        }
        self.shared.metrics.sessions.fetch_sub(1, Relaxed);
        tracing::debug!(?peer, "a session is over");
        if let Some((community, device)) = peer {
            self.shared.writer.seen(community, device).await;
        }
    }

    /// Returns when the session has closed; `member` is who it was, if a member.
    async fn talk(&mut self, mut talk: Talk, member: &mut Option<talk::Peer>) -> Result<(), Gone> {
        self.look_at_phase(&mut talk);
        self.act(&mut talk).await?;
        while !talk.session.is_closed() {
            let wakes_at = self.wakes_at(&talk);
            tokio::select! {
                biased;
                _ = self.phase.changed() => self.look_at_phase(&mut talk),
                frame = self.socket.recv() => {
                    talk = self.hear(talk, frame).await?;
                    self.act(&mut talk).await?;
                    // Sending may have taken long, and a peer that listens is not silent.
                    self.heard_at = Instant::now();
                    self.pinged = false;
                }
                change = self.changes.recv() => self.note(&mut talk, change).await,
                () = sleep_until(wakes_at) => self.wake(&mut talk).await?,
            }
            self.act(&mut talk).await?;
            *member = talk.session.peer().filter(|_| talk.is_member).or(*member);
        }
        Ok(())
    }

    /// The relay may have begun to stop, or have taken another history.
    fn look_at_phase(&mut self, talk: &mut Talk) {
        let now = *self.phase.borrow_and_update();
        // A relay that was dropped without being stopped has nobody left to tell us.
        let abandoned = self.phase.has_changed().is_err();
        match now {
            Phase::Serving(history) if history == self.history && !abandoned => {}
            Phase::Serving(_) if !abandoned => talk.session.close(CloseCode::HistoryChanged, 1),
            _ => talk.session.close(CloseCode::GoingAway, RETRY_AFTER_S),
        }
    }

    async fn hear(
        &mut self,
        mut talk: Talk,
        frame: Option<Result<Frame, axum::Error>>,
    ) -> Result<Talk, Gone> {
        let size_bytes = match &frame {
            Some(Ok(Frame::Binary(bytes))) => bytes.len(),
            _ => 0,
        };
        if let Some(retry_after) = self.budget.spend(size_bytes, Instant::now()) {
            talk.session.close(CloseCode::TooMuch, retry_after.as_secs() as u32 + 1);
            return Ok(talk);
        }
        match frame {
            Some(Ok(Frame::Binary(bytes))) => return self.receive(talk, bytes).await,
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
            Some(Ok(Frame::Text(_))) => talk.session.close(CloseCode::Protocol, 0),
            // Only the text of the error tells that a frame was over the limit.
            Some(Err(error)) if error.to_string().starts_with("Space limit exceeded") => {
                talk.session.close(CloseCode::TooMuch, 0);
            }
            None | Some(Err(_) | Ok(Frame::Close(_))) => return Err(Gone),
        }
        Ok(talk)
    }

    async fn receive(&mut self, mut talk: Talk, bytes: Bytes) -> Result<Talk, Gone> {
        self.shared.metrics.message_bytes_received.fetch_add(bytes.len() as u64, Relaxed);
        let now = clock::now();
        if bytes.len() <= INLINE_BYTES_MAX {
            talk.receive(&bytes, now);
            return Ok(talk);
        }
        let received = tokio::task::spawn_blocking(move || {
            talk.receive(&bytes, now);
            talk
        });
        received.await.map_err(|_| Gone)
    }

    async fn note(&mut self, talk: &mut Talk, change: Result<Change, broadcast::error::RecvError>) {
        match change {
            Ok(change) => talk.note(change),
            Err(_) => {
                // It fell behind, and can't know which of its lists have grown.
                let Some((community, _)) = talk.session.peer() else {
                    return;
                };
                match self.shared.writer.membership(community).await {
                    Ok(membership) => talk.note_all(membership),
                    Err(_) => talk.session.close(CloseCode::Unavailable, RETRY_AFTER_S),
                }
            }
        }
    }

    fn wakes_at(&self, talk: &Talk) -> Instant {
        let limits = &self.shared.limits;
        let heartbeat = if self.pinged { limits.silence_max } else { limits.ping_after };
        let next = self.heard_at + heartbeat;
        match self.patience(talk) {
            Some(patience) => next.min(self.begun_at + patience),
            None => next,
        }
    }

    /// How long a session may last that has not proven a member's key.
    fn patience(&self, talk: &Talk) -> Option<Duration> {
        let limits = &self.shared.limits;
        match talk.session.peer() {
            None => Some(limits.hello_timeout),
            Some(_) if !talk.is_member => Some(limits.silence_max),
            Some(_) => None,
        }
    }

    async fn wake(&mut self, talk: &mut Talk) -> Result<(), Gone> {
        let now = Instant::now();
        let limits = &self.shared.limits;
        if self.patience(talk).is_some_and(|patience| now >= self.begun_at + patience) {
            let stranger = talk.session.peer().is_some();
            let code = if stranger { CloseCode::NotAMember } else { CloseCode::Protocol };
            talk.session.close(code, 0);
        } else if now >= self.heard_at + limits.silence_max {
            return Err(Gone);
        } else if !self.pinged {
            self.pinged = true;
            self.send_frame(Frame::Ping(Bytes::new())).await?;
        }
        Ok(())
    }

    async fn send_frame(&mut self, frame: Frame) -> Result<(), Gone> {
        let sent = timeout(self.shared.limits.send_timeout, self.socket.send(frame)).await;
        sent.map_err(|_| Gone)?.map_err(|_| Gone)
    }

    /// Closing a socket with unread bytes in it would take our last words from the peer.
    async fn linger(&mut self) {
        let drain = async { while let Some(Ok(_)) = self.socket.recv().await {} };
        // A peer that goes on talking is cut off.
        let _ = timeout(LINGER, drain).await;
    }
}
