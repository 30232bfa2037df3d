//! What sessions ask of their hosts, and what hosts answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use floorwalk_wire::message::{CloseCode, Refusal, RelayIdentity};
use floorwalk_wire::{
    Chain, CommunityId, DeviceId, Generation, LogHead, LogId, Message, ParcelError, ParcelId,
    ScopeId, Seq, SignedHead, Timestamp, VerifiedParcel,
};

/// What a peer has of a list, by its log heads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known(BTreeMap<(DeviceId, Generation), Seq>);

impl Known {
    /// What `heads` cover.
    pub fn new(heads: &[LogHead]) -> Self {
        Self(heads.iter().map(|head| ((head.device, head.generation), head.seq)).collect())
    }

    /// Whether parcel `seq` of `log` is covered.
    pub fn covers(&self, log: &LogId, seq: Seq) -> bool {
        self.0.get(&(log.device, log.generation)).is_some_and(|last| seq <= *last)
    }
}

/// Which parcels of a list a device session wants from its store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Load {
    /// Those that have no place in the relay's present history.
    Unplaced,
    /// Those beyond what a peer has.
    Beyond(Known),
}

/// A parcel that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceivedParcel {
    /// Its signature verifies.
    Verified(VerifiedParcel),
    /// It is no parcel, or nobody signed it. Kept for the admin to see.
    Rejected {
        /// As received.
        bytes: Arc<[u8]>,
        /// Why.
        error: ParcelError,
    },
    /// The relay holds a parcel that this device has already.
    Known(ParcelId),
}

/// An entry of a relay's list that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedEntry {
    /// Its position in the list, counted from where the session's own reading began.
    pub position: u64,
    /// The chain up to and with it; none where the relay's chain did not hold on the way here.
    pub chain: Option<[u8; 32]>,
    /// When the relay had it.
    pub received_at: Timestamp,
    /// The parcel.
    pub parcel: ReceivedParcel,
}

/// What became of a parcel that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable now.
    Stored,
    /// It was there already.
    Duplicate,
    /// It was not taken.
    Refused(Refusal, Option<LogHead>),
}

/// What a device session asks of its host.
#[derive(Debug)]
pub enum DeviceEffect {
    /// Send this.
    Send(Message),
    /// The other side has greeted: answer with [`crate::DeviceSession::start`].
    Greeted {
        /// Who it is, when it is a relay; else it is another device.
        relay: Option<RelayIdentity>,
    },
    /// Load parcels: answer with [`crate::DeviceSession::loaded`] until nothing is left.
    Load {
        /// The list.
        scope: ScopeId,
        /// Which.
        what: Load,
        /// Continue after this parcel, the last of the page before.
        after: Option<ParcelId>,
    },
    /// Keep what the relay sent, durably and in one transaction with the cursor: answer with
    /// [`crate::DeviceSession::ingested`].
    Ingest {
        /// The list.
        scope: ScopeId,
        /// The entries, in the relay's order.
        entries: Vec<ReceivedEntry>,
        /// The new cursor; none when the relay did not sign it for the place behind these entries,
        /// so that it must not move.
        head: Option<SignedHead>,
    },
    /// Keep what another device sent: answer with [`crate::DeviceSession::stored`].
    Store {
        /// The list.
        scope: ScopeId,
        /// The parcels.
        parcels: Vec<ReceivedParcel>,
    },
    /// The relay does not know the cursor of this list: answer with
    /// [`crate::DeviceSession::prove_cursor`].
    ProveCursor {
        /// The list.
        scope: ScopeId,
    },
    /// The other side did not take a parcel.
    Refused {
        /// The list.
        scope: ScopeId,
        /// The parcel.
        parcel: ParcelId,
        /// Why.
        refusal: Refusal,
        /// The other side's head of its log.
        head: Option<LogHead>,
    },
    /// The relay's chain of this list is not the one that it signed, or not continued from there.
    ChainBroken {
        /// The list.
        scope: ScopeId,
    },
    /// Everything put is durable at the other side, and everything it had has been kept here.
    RoundDone,
    /// The right to use the relay's blob endpoint.
    Ticket(Vec<u8>),
    /// The session is over. Nothing more will come.
    Closed {
        /// Why, as the other side said, or as found here.
        code: CloseCode,
        /// When to try again, in seconds; 0 when that will not help.
        retry_after_s: u32,
    },
}

/// Who a device claims to be, with the proof checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// The community.
    pub community: CommunityId,
    /// The device.
    pub device: DeviceId,
    /// The right to found, where given.
    pub host_token: Vec<u8>,
}

/// A parcel in a page of a relay's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageEntry {
    /// When the relay had it.
    pub received_at: Timestamp,
    /// Its log.
    pub log: LogId,
    /// Its place in the log.
    pub seq: Seq,
    /// Its id.
    pub parcel: ParcelId,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

/// A page of a relay's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Consecutive entries after the place asked for; about
    /// [`floorwalk_wire::limits::BATCH_BYTES_TARGET`] bytes and at least one where there is one.
    pub entries: Vec<PageEntry>,
    /// The signed chain up to the last entry.
    pub head: SignedHead,
    /// Whether entries follow.
    pub more: bool,
}

/// What a relay session asks of its host.
#[derive(Debug)]
pub enum RelayEffect {
    /// Send this.
    Send(Message),
    /// A device has proven its key: answer with [`crate::RelaySession::admitted`].
    Admit(Hello),
    /// Load the page after a place: answer with [`crate::RelaySession::loaded`], `None` when the
    /// relay's list has no such place.
    Load {
        /// The list.
        scope: ScopeId,
        /// The place, with its chain where the peer named one.
        after: After,
    },
    /// Store parcels under [`crate::admission`]: answer with [`crate::RelaySession::stored`].
    Store {
        /// The list.
        scope: ScopeId,
        /// The parcels, signatures verified.
        parcels: Vec<VerifiedParcel>,
    },
    /// Our own signature proves a place: if we do not have it, this relay was rolled back and must
    /// take a new history.
    RenewHistory(SignedHead),
    /// Make a ticket for the device: answer with [`crate::RelaySession::ticket`].
    Ticket,
    /// The session is over.
    Close,
}

/// A place in a relay's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// A position that this session has reached itself.
    Position(u64),
    /// A place named by the peer, to be compared with the relay's own chain there.
    Chain(Chain),
}
