//! A session without a socket, for a simulation: each message that is given is taken, answered
//! and done with before the call returns.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::ws::Message as Frame;

use super::talk::Talk;
use super::{Conversation, Socket};
use crate::identity::make_random;
use crate::shared::Shared;

/// One session with it.
pub struct Session {
    conversation: Conversation<Queue>,
    talk: Option<Talk>,
}

/// The frames that a session has sent.
#[derive(Default)]
struct Queue(VecDeque<Frame>);

impl Socket for Queue {
    async fn recv(&mut self) -> Option<Result<Frame, axum::Error>> {
        None
    }

    async fn send(&mut self, frame: Frame) -> Result<(), axum::Error> {
        self.0.push_back(frame);
        Ok(())
    }
}

impl Session {
    pub(crate) async fn begin(shared: Arc<Shared>) -> Option<Self> {
        let identity = shared.identity()?;
        let talk = Talk::new(identity, make_random().ok()?);
        let conversation = Conversation::new(shared, Queue::default(), identity.history, None);
        let mut session = Self { conversation, talk: Some(talk) };
        session.act().await;
        Some(session)
    }

    /// Takes a message. False: the session is over.
    pub async fn receive(&mut self, message: Vec<u8>) -> bool {
        let frame = Some(Ok(Frame::Binary(Bytes::from(message))));
        let Some(talk) = self.talk.take() else { return false };
        self.talk = self.conversation.hear(talk, frame).await.ok();
        self.act().await;
        self.talk.is_some()
    }

    /// The next message that it has sent; none when it waits for the other side, or is over.
    pub fn sent(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Frame::Binary(bytes) = self.conversation.socket.0.pop_front()? {
                return Some(bytes.to_vec());
            }
        }
    }

    async fn act(&mut self) {
        let Some(mut talk) = self.talk.take() else { return };
        self.conversation.look_at_phase(&mut talk);
        let acted = self.conversation.act(&mut talk).await.is_ok();
        self.talk = (acted && !talk.session.is_closed()).then_some(talk);
    }
}
