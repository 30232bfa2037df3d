//! One sync conversation, as state machines that do no I/O.
//!
//! A session is fed what arrived (`receive`) and what its host did for it (`loaded`, `stored`, …),
//! and hands out [`effect`]s: messages to send, parcels to store, pages to load. Hosts carry the
//! effects out **in order, one at a time, each answered before the next is taken**; that one rule
//! gives backpressure, and makes "stored" mean durable before anything says so.
//!
//! - [`DeviceSession`] is a device's end. Against a relay it reads lists by cursor and checks the
//!   relay's chain; against another device it compares log heads. Which of the two it is follows
//!   from the other side's greeting.
//! - [`RelaySession`] is the relay's end: it knows parcels, positions and members, never contents.
//! - [`admission`] says whether a parcel may stand in a log: the rule that relay and device share.
//!
//! A round in the usual case is one round trip: hello, open, put and end go out together, and
//! the answer ends with done. Lists of which the relay has another history than the client's are
//! read by log heads; then what the relay lacks is given back in a second round.
//!
//! Invariants: nothing is asked of a peer twice in a session; an unknown peer is served nothing
//! and may put nothing but membership statements, which prove themselves; a cursor moves only
//! with a chain that was recomputed here and signed by the relay.

pub mod admission;
pub mod device;
pub mod effect;
pub mod framing;
pub mod relay;

pub use admission::{Placement, check_placement, check_rights, check_statement};
pub use device::DeviceSession;
pub use effect::{
    DeviceEffect, Hello, Known, Load, Outcome, Page, PageEntry, ReceivedEntry, ReceivedParcel,
    RelayEffect,
};
pub use framing::FrameReader;
pub use relay::{Access, RelaySession};
