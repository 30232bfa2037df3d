//! Doing what a session asks for, in order, each answered before the next.

use std::sync::atomic::Ordering::Relaxed;

use axum::body::Bytes;
use axum::extract::ws::Message as Frame;
use floorwalk_sync::effect::After;
use floorwalk_sync::{Access, Hello, Outcome, RelayEffect};
use floorwalk_wire::message::{CloseCode, Refusal};
use floorwalk_wire::{Message, ScopeId, VerifiedParcel};

use super::talk::Talk;
use super::{Conversation, Gone, RETRY_AFTER_S, Socket};
use crate::clock;
use crate::error::Error;
use crate::reader::PageRequest;
use crate::ticket::Holder;
use crate::tokens::TokenHash;
use crate::writer::StoreRequest;

impl<S: Socket> Conversation<S> {
    /// Carries out all effects that wait.
    pub(super) async fn act(&mut self, talk: &mut Talk) -> Result<(), Gone> {
        while let Some(effect) = talk.session.poll() {
            match effect {
                RelayEffect::Send(message) => self.send(talk, &message).await?,
                RelayEffect::Admit(hello) => self.admit(talk, hello).await,
                RelayEffect::Load { scope, after } => self.load(talk, scope, after).await,
                RelayEffect::Store { scope, parcels } => self.store(talk, scope, parcels).await,
                RelayEffect::RenewHistory(proof) => {
                    if let Err(error) = self.shared.writer.renew_history(proof).await {
                        tracing::error!(%error, "a new history was due and could not be taken");
                    }
                }
                RelayEffect::Ticket => {
                    if let Some((community, device)) = talk.session.peer() {
                        let holder = Holder { community, device };
                        talk.session.ticket(self.shared.tickets.issue(holder, clock::now()));
                    }
                }
                RelayEffect::Close => self.send_frame(Frame::Close(None)).await?,
            }
        }
        Ok(())
    }

    async fn send(&mut self, talk: &mut Talk, message: &Message) -> Result<(), Gone> {
        let bytes = message.encode();
        let metrics = &self.shared.metrics;
        metrics.message_bytes_sent.fetch_add(bytes.len() as u64, Relaxed);
        match message {
            Message::Refused { refusal, scope, parcel, .. } => {
                metrics.refused(*refusal);
                tracing::debug!(?refusal, ?scope, ?parcel, "a parcel was refused");
            }
            Message::Close { code, .. } => {
                metrics.closed(*code);
                tracing::debug!(?code, peer = ?talk.session.peer(), "a session is closed");
            }
            _ => {}
        }
        self.send_frame(Frame::Binary(Bytes::from(bytes))).await?;
        if matches!(message, Message::Done { .. }) {
            talk.round_done();
        }
        Ok(())
    }

    async fn admit(&mut self, talk: &mut Talk, hello: Hello) {
        let peer = (hello.community, hello.device);
        self.slot = self.shared.devices.enter(peer, self.shared.limits.sessions_per_device_max);
        if self.slot.is_none() {
            return talk.session.close(CloseCode::TooMuch, RETRY_AFTER_S);
        }
        self.token = TokenHash::derive(&hello.host_token);
        match self.shared.writer.admit(hello).await {
            Ok(access) => {
                let membership = match &access {
                    Access::Hosted(membership) => Some(membership.clone()),
                    _ => None,
                };
                talk.session.admitted(access, clock::now());
                membership.iter().for_each(|membership| talk.learn(membership));
            }
            Err(_) => talk.session.close(CloseCode::Unavailable, RETRY_AFTER_S),
        }
    }

    async fn load(&mut self, talk: &mut Talk, scope: ScopeId, after: After) {
        let Some((community, _)) = talk.session.peer() else {
            return;
        };
        let request = PageRequest { history: self.history, community, scope, after };
        match self.shared.reader.page(request).await {
            Ok(page) => talk.session.loaded(page),
            Err(Error::HistoryChanged) => talk.session.close(CloseCode::HistoryChanged, 1),
            Err(error) => {
                tracing::error!(%error, ?community, ?scope, "a list could not be read");
                talk.session.close(CloseCode::Unavailable, RETRY_AFTER_S);
            }
        }
    }

    async fn store(&mut self, talk: &mut Talk, scope: ScopeId, parcels: Vec<VerifiedParcel>) {
        let Some((community, carrier)) = talk.session.peer() else {
            return;
        };
        let ids: Vec<_> = parcels.iter().map(VerifiedParcel::id).collect();
        let request = StoreRequest { community, carrier, token: self.token, scope, parcels };
        match self.shared.writer.store(request).await {
            Ok(answer) => {
                answer.membership.iter().for_each(|membership| talk.learn(membership));
                talk.session.stored(scope, &answer.outcomes, answer.membership);
            }
            // Nothing is known of what became of them: the peer keeps them and tries again.
            Err(_) => {
                let refused = Outcome::Refused(Refusal::Unavailable, None);
                let outcomes: Vec<_> = ids.into_iter().map(|id| (id, refused)).collect();
                talk.session.stored(scope, &outcomes, None);
            }
        }
    }
}
