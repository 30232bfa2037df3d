//! What two sync sessions say to each other.
//!
//! One message is one WebSocket binary message, or one length-prefixed frame on any other stream.
//! A message is a tag byte and a fixed layout (drawn in `docs/protocol.md`). Parcels stay bytes
//! here: whoever receives them parses and verifies them, one by one, so that one bad parcel does
//! not take its neighbours with it.

use std::sync::Arc;

use crate::chain::{Chain, SignedHead};
use crate::codec::{DecodeError, Reader, Writer};
use crate::ids::{
    CommunityId, DeviceId, Generation, HistoryId, LogHead, ParcelId, ScopeId, Seq, Timestamp,
};
use crate::limits::{
    BATCH_ITEMS_MAX, HOST_TOKEN_BYTES_MAX, LISTS_MAX, LOG_HEADS_MAX, PARCEL_BYTES_MAX,
    TICKET_BYTES_MAX,
};
use crate::signing::SIGNATURE_BYTES;

/// The version of the messages. Sessions of different versions do not talk.
pub const PROTOCOL_VERSION: u16 = 1;

/// Who a relay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayIdentity {
    /// The key that signs its heads.
    pub key: DeviceId,
    /// Its present history.
    pub history: HistoryId,
}

/// Where a list is to be read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// After this place in the relay's present history.
    Chain(Chain),
    /// From the start, leaving out the bodies of parcels that these heads cover.
    Heads(Vec<LogHead>),
}

/// A list that a session opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStart {
    /// The list.
    pub scope: ScopeId,
    /// Where to begin.
    pub from: Start,
}

/// One parcel in a relay's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When the relay had it durably.
    pub received_at: Timestamp,
    /// The parcel.
    pub parcel: EntryParcel,
}

/// A parcel in a relay's list: bytes, or its id where the receiver has it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryParcel {
    /// All its bytes.
    Whole(Arc<[u8]>),
    /// Its id.
    Known(ParcelId),
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$item_doc])* $item,)*
        }

        impl $name {
            fn code(self) -> u8 {
                match self { $(Self::$item => $code,)* }
            }

            fn from_code(code: u8) -> Result<Self, DecodeError> {
                match code {
                    $($code => Ok(Self::$item),)*
                    _ => Err(DecodeError::Unknown { what: "code", value: code.into() }),
                }
            }
        }
    };
}

codes! {
    /// Why a parcel was not taken.
    Refusal {
        /// It is no parcel, or its signature does not verify.
        Invalid = 1,
        /// Its author is no member, or not of this scope.
        NotAllowed = 2,
        /// Its author was revoked before it.
        Revoked = 3,
        /// Its author's grant has expired; a renewal makes it acceptable.
        Expired = 4,
        /// Parcels before it in its log are missing here.
        Gap = 5,
        /// Another parcel stands at its place in its log.
        Fork = 6,
        /// No invitation of that id was made.
        InvitationUnknown = 7,
        /// The invitation was taken up by another device.
        InvitationUsed = 8,
        /// The invitation has expired.
        InvitationExpired = 9,
        /// The invitation was withdrawn.
        InvitationWithdrawn = 10,
        /// A quota or rate is used up for now.
        Quota = 11,
        /// The storage can't take it now.
        Unavailable = 12,
    }
}

codes! {
    /// Why a session ends.
    CloseCode {
        /// The versions differ.
        Version = 1,
        /// The relay does not host that community.
        UnknownCommunity = 2,
        /// The relay takes a new community only with a valid host token.
        HostToken = 3,
        /// The device is no member.
        NotAMember = 4,
        /// The device was revoked.
        Revoked = 5,
        /// The device's grant has expired.
        Expired = 6,
        /// The challenge was not signed by the device.
        BadProof = 7,
        /// A message was malformed or out of place.
        Protocol = 8,
        /// Too many bytes, lists or messages.
        TooMuch = 9,
        /// The relay has taken a new history: connect again.
        HistoryChanged = 10,
        /// The relay is stopping.
        GoingAway = 11,
        /// The storage does not answer.
        Unavailable = 12,
    }
}

/// A message of a sync session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The first message of either side.
    Greeting {
        /// The sender's [`PROTOCOL_VERSION`].
        version: u16,
        /// Random bytes for the other side to sign.
        challenge: [u8; 32],
        /// Who the sender is, when it is a relay.
        relay: Option<RelayIdentity>,
    },
    /// A device says who it is.
    Hello {
        /// The community.
        community: CommunityId,
        /// The device.
        device: DeviceId,
        /// Signature over challenge ‖ relay key (zero for a device) ‖ community.
        proof: [u8; SIGNATURE_BYTES],
        /// Whether the session stays open for what comes later.
        live: bool,
        /// The right to have a new community hosted; else empty.
        host_token: Vec<u8>,
    },
    /// Lists that the sender wants to read.
    Open(Vec<ListStart>),
    /// Parcels that the receiver may lack.
    Put {
        /// The list.
        scope: ScopeId,
        /// Whole parcels, in the order of their logs.
        parcels: Vec<Arc<[u8]>>,
    },
    /// The sender has nothing more to put in this round.
    End {
        /// Counts from 1.
        round: u32,
    },
    /// Everything of the round is durable, and everything known was sent.
    Done {
        /// The round.
        round: u32,
    },
    /// Consecutive parcels of a relay's list, after the last that was sent.
    Items {
        /// The relay's promise for the list up to the last of these parcels.
        head: SignedHead,
        /// The parcels.
        entries: Vec<Entry>,
    },
    /// The sender does not know the receiver as a member of the community.
    Stranger,
    /// A parcel was not taken.
    Refused {
        /// The list.
        scope: ScopeId,
        /// The parcel.
        parcel: ParcelId,
        /// Why.
        refusal: Refusal,
        /// The refusing side's head of the parcel's log, where it has one.
        head: Option<LogHead>,
    },
    /// The relay has no such place in its history.
    CursorUnknown {
        /// The list.
        scope: ScopeId,
    },
    /// The relay's own signature for the place that it does not know.
    CursorProof(SignedHead),
    /// Asks for the right to use the blob endpoint.
    TicketRequest,
    /// That right.
    Ticket {
        /// Opaque to the client.
        ticket: Vec<u8>,
    },
    /// Asks whether the other side is there.
    Ping,
    /// It is.
    Pong,
    /// The session ends.
    Close {
        /// Why.
        code: CloseCode,
        /// When to try again, in seconds; 0 when trying again will not help.
        retry_after_s: u32,
    },
}

impl Message {
    /// The bytes of the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(64);
        self.write(&mut writer);
        writer.finish()
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`DecodeError`] when the layout does not hold or a limit is passed.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let message = read(&mut reader)?;
        reader.finish()?;
        Ok(message)
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Greeting { version, challenge, relay } => {
                writer.u8(1).u16(*version).bytes(challenge).u8(u8::from(relay.is_some()));
                if let Some(relay) = relay {
                    writer.bytes(&relay.key.0).bytes(&relay.history.0);
                }
            }
            Self::Hello { community, device, proof, live, host_token } => {
                writer.u8(2).bytes(&community.0).bytes(&device.0).bytes(proof);
                writer.u8(u8::from(*live)).sized(host_token);
            }
            Self::Open(lists) => {
                writer.u8(3).count(lists.len());
                lists.iter().for_each(|list| write_start(writer, list));
            }
            Self::Put { scope, parcels } => {
                writer.u8(4).bytes(&scope.0).count(parcels.len());
                parcels.iter().for_each(|parcel| {
                    writer.sized(parcel);
                });
            }
            Self::End { round } => {
                writer.u8(5).u32(*round);
            }
            Self::Done { round } => {
                writer.u8(6).u32(*round);
            }
            Self::Items { head, entries } => {
                head.write(writer.u8(7));
                writer.count(entries.len());
                entries.iter().for_each(|entry| write_entry(writer, entry));
            }
            Self::Stranger => {
                writer.u8(8);
            }
            Self::Refused { scope, parcel, refusal, head } => {
                writer.u8(9).bytes(&scope.0).bytes(&parcel.0).u8(refusal.code());
                writer.u8(u8::from(head.is_some()));
                head.iter().for_each(|head| write_log_head(writer, head));
            }
            Self::CursorUnknown { scope } => {
                writer.u8(10).bytes(&scope.0);
            }
            Self::CursorProof(head) => head.write(writer.u8(11)),
            Self::TicketRequest => {
                writer.u8(12);
            }
            Self::Ticket { ticket } => {
                writer.u8(13).sized(ticket);
            }
            Self::Ping => {
                writer.u8(14);
            }
            Self::Pong => {
                writer.u8(15);
            }
            Self::Close { code, retry_after_s } => {
                writer.u8(16).u8(code.code()).u32(*retry_after_s);
            }
        }
    }
}

fn read(reader: &mut Reader<'_>) -> Result<Message, DecodeError> {
    Ok(match reader.u8()? {
        1 => Message::Greeting {
            version: reader.u16()?,
            challenge: reader.array()?,
            relay: read_option(reader, |reader| {
                let (key, history) = (DeviceId(reader.array()?), HistoryId(reader.array()?));
                Ok(RelayIdentity { key, history })
            })?,
        },
        2 => Message::Hello {
            community: CommunityId(reader.array()?),
            device: DeviceId(reader.array()?),
            proof: reader.array()?,
            live: read_bool(reader)?,
            host_token: reader.sized("host token", HOST_TOKEN_BYTES_MAX)?.to_vec(),
        },
        3 => {
            let count = reader.count("lists", LISTS_MAX, ScopeId::BYTES)?;
            Message::Open((0..count).map(|_| read_start(reader)).collect::<Result<_, _>>()?)
        }
        4 => Message::Put { scope: ScopeId(reader.array()?), parcels: read_parcels(reader)? },
        5 => Message::End { round: reader.u32()? },
        6 => Message::Done { round: reader.u32()? },
        7 => Message::Items { head: SignedHead::read(reader)?, entries: read_entries(reader)? },
        8 => Message::Stranger,
        9 => Message::Refused {
            scope: ScopeId(reader.array()?),
            parcel: ParcelId(reader.array()?),
            refusal: Refusal::from_code(reader.u8()?)?,
            head: read_option(reader, read_log_head)?,
        },
        10 => Message::CursorUnknown { scope: ScopeId(reader.array()?) },
        11 => Message::CursorProof(SignedHead::read(reader)?),
        12 => Message::TicketRequest,
        13 => Message::Ticket { ticket: reader.sized("ticket", TICKET_BYTES_MAX)?.to_vec() },
        14 => Message::Ping,
        15 => Message::Pong,
        16 => Message::Close {
            code: CloseCode::from_code(reader.u8()?)?,
            retry_after_s: reader.u32()?,
        },
        tag => {
            return Err(DecodeError::Unknown { what: "message", value: tag.into() });
        }
    })
}

fn read_bool(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        value => Err(DecodeError::Unknown { what: "flag", value: value.into() }),
    }
}

fn read_option<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    if read_bool(reader)? { read(reader).map(Some) } else { Ok(None) }
}

fn write_log_head(writer: &mut Writer, head: &LogHead) {
    writer.bytes(&head.device.0).bytes(&head.generation.0);
    writer.u64(head.seq.0).bytes(&head.parcel.0);
}

fn read_log_head(reader: &mut Reader<'_>) -> Result<LogHead, DecodeError> {
    Ok(LogHead {
        device: DeviceId(reader.array()?),
        generation: Generation(reader.array()?),
        seq: Seq(reader.u64()?),
        parcel: ParcelId(reader.array()?),
    })
}

fn write_start(writer: &mut Writer, list: &ListStart) {
    writer.bytes(&list.scope.0);
    match &list.from {
        Start::Chain(chain) => {
            writer.u8(0).u64(chain.position).bytes(&chain.hash);
        }
        Start::Heads(heads) => {
            writer.u8(1).count(heads.len());
            heads.iter().for_each(|head| write_log_head(writer, head));
        }
    }
}

fn read_start(reader: &mut Reader<'_>) -> Result<ListStart, DecodeError> {
    let scope = ScopeId(reader.array()?);
    let from = match reader.u8()? {
        0 => Start::Chain(Chain { position: reader.u64()?, hash: reader.array()? }),
        1 => {
            let count = reader.count("log heads", LOG_HEADS_MAX, LogHead::BYTES)?;
            Start::Heads((0..count).map(|_| read_log_head(reader)).collect::<Result<_, _>>()?)
        }
        value => {
            return Err(DecodeError::Unknown { what: "start", value: value.into() });
        }
    };
    Ok(ListStart { scope, from })
}

fn read_parcels(reader: &mut Reader<'_>) -> Result<Vec<Arc<[u8]>>, DecodeError> {
    let count = reader.count("parcels", BATCH_ITEMS_MAX, 4)?;
    (0..count).map(|_| Ok(reader.sized("parcel", PARCEL_BYTES_MAX)?.into())).collect()
}

fn write_entry(writer: &mut Writer, entry: &Entry) {
    writer.i64(entry.received_at.0);
    match &entry.parcel {
        EntryParcel::Whole(bytes) => writer.u8(0).sized(bytes),
        EntryParcel::Known(parcel) => writer.u8(1).bytes(&parcel.0),
    };
}

fn read_entries(reader: &mut Reader<'_>) -> Result<Vec<Entry>, DecodeError> {
    let count = reader.count("entries", BATCH_ITEMS_MAX, 13)?;
    let entry = |_| {
        let received_at = Timestamp(reader.i64()?);
        let parcel = match reader.u8()? {
            0 => EntryParcel::Whole(reader.sized("parcel", PARCEL_BYTES_MAX)?.into()),
            1 => EntryParcel::Known(ParcelId(reader.array()?)),
            value => {
                return Err(DecodeError::Unknown { what: "entry", value: value.into() });
            }
        };
        Ok(Entry { received_at, parcel })
    };
    (0..count).map(entry).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_claimed_count_allocates_nothing_that_the_bytes_do_not_hold() {
        let mut bytes = vec![4];
        bytes.extend_from_slice(&[0; 16]);
        bytes.extend_from_slice(&(BATCH_ITEMS_MAX as u32).to_le_bytes());
        assert_eq!(Message::decode(&bytes), Err(DecodeError::TooShort));
        bytes[17..21].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(Message::decode(&bytes), Err(DecodeError::OverLimit { .. })));
    }

    proptest! {
        #[test]
        fn random_bytes_are_read_or_refused_and_what_is_read_is_written_back(
            tag in 0_u8..20, rest in proptest::collection::vec(any::<u8>(), 0..300)
        ) {
            let bytes: Vec<u8> = std::iter::once(tag).chain(rest).collect();
            if let Ok(message) = Message::decode(&bytes) {
                prop_assert_eq!(message.encode(), bytes);
            }
        }
    }
}
