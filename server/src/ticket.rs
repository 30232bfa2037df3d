//! Tickets for the blob endpoint: a session's proof of who it is, in a form that HTTP can carry.
//!
//! Layout: community 32 · device 32 · expires at 8 · keyed BLAKE3 over these 32. The key is derived
//! from the relay's secret, so no table of tickets is kept. A ticket names a device and no rights:
//! those are looked up at each use.

use ed25519_dalek::SigningKey;
use floorwalk_wire::codec::{Reader, Writer};
use floorwalk_wire::{CommunityId, DeviceId, Timestamp};
use subtle::ConstantTimeEq;

/// How long a ticket is good for, in milliseconds.
const LIFE_MS: i64 = 15 * 60 * 1000;
const SIGNED_BYTES: usize = 72;

/// Makes and checks tickets.
pub(crate) struct TicketOffice {
    key: [u8; 32],
}

/// Whom a ticket was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder {
    pub community: CommunityId,
    pub device: DeviceId,
}

impl TicketOffice {
    /// Derives the key from the relay's secret.
    pub(crate) fn new(relay: &SigningKey) -> Self {
        Self { key: blake3::derive_key("floorwalk relay blob ticket 1", relay.as_bytes()) }
    }

    /// A ticket that is good from now on.
    pub(crate) fn issue(&self, holder: Holder, now: Timestamp) -> Vec<u8> {
        let mut writer = Writer::with_capacity(SIGNED_BYTES + blake3::OUT_LEN);
        writer.bytes(&holder.community.0).bytes(&holder.device.0).i64(now.0 + LIFE_MS);
        let mut ticket = writer.finish();
        let mac = blake3::keyed_hash(&self.key, &ticket);
        ticket.extend_from_slice(mac.as_bytes());
        ticket
    }

    /// Who holds the ticket; none when we did not make it or it is too old.
    pub(crate) fn check(&self, ticket: &[u8], now: Timestamp) -> Option<Holder> {
        let (signed, mac) = ticket.split_at_checked(SIGNED_BYTES)?;
        let ours = blake3::keyed_hash(&self.key, signed);
        if !bool::from(ours.as_bytes()[..].ct_eq(mac)) {
            return None;
        }
        let mut reader = Reader::new(signed);
        let community = CommunityId(reader.array().ok()?);
        let device = DeviceId(reader.array().ok()?);
        (now.0 < reader.i64().ok()?).then_some(Holder { community, device })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_ticket_is_good_for_its_time_and_only_as_it_was_made() {
        let office = TicketOffice::new(&SigningKey::from_bytes(&[1; 32]));
        let holder = Holder { community: CommunityId([2; 32]), device: DeviceId([3; 32]) };
        let ticket = office.issue(holder, Timestamp(1000));
        assert_eq!(office.check(&ticket, Timestamp(1000)), Some(holder));
        assert_eq!(office.check(&ticket, Timestamp(1000 + LIFE_MS)), None);
        for place in 0..ticket.len() {
            let mut other = ticket.clone();
            other[place] ^= 1;
            assert_eq!(office.check(&other, Timestamp(1000)), None);
            assert_eq!(office.check(&ticket[..place], Timestamp(1000)), None);
        }
        let elsewhere = TicketOffice::new(&SigningKey::from_bytes(&[9; 32]));
        assert_eq!(elsewhere.check(&ticket, Timestamp(1000)), None);
    }
}
