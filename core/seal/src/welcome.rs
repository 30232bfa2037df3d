//! The welcome: the scope keys that a newcomer needs, sealed to the invitation's receive key.
//!
//! An envelope (HPKE base mode, RFC 9180) whose info is
//! `"floorwalk/welcome/1\0" ‖ community 32 ‖ invitation 32`, and whose plaintext is
//!
//! ```text
//! 0   1  version, 1
//! 1   4  count
//! 5   …  count × (scope 16 · epoch 4 · key 32)
//! ```
//!
//! The role and the scopes that are granted stand in the invitation itself, not here.

use floorwalk_wire::codec::{Reader, Writer};
use floorwalk_wire::limits::WELCOME_BYTES_MAX;
use floorwalk_wire::{CommunityId, Epoch, InvitationId, ReceiveKey, ScopeId};
use zeroize::Zeroizing;

use crate::envelope;
use crate::error::{OpenError, SealError, check_version};
use crate::invitation::InvitationKeys;
use crate::key_ring::KeyRing;
use crate::limits::WELCOME_KEYS_MAX;
use crate::secret::ScopeKey;

/// Bytes of one key with its place.
pub(crate) const KEY_BYTES: usize = 52;
const LIST_OVERHEAD_BYTES: usize = 5;
/// Bytes of a welcome besides the keys.
pub(crate) const OVERHEAD_BYTES: usize = envelope::OVERHEAD_BYTES + LIST_OVERHEAD_BYTES;
const VERSION: u8 = 1;

/// Seals keys, of all epochs that the newcomer may read, to an invitation.
///
/// # Errors
/// [`SealError::OverLimit`] beyond [`WELCOME_KEYS_MAX`], [`SealError::Recipient`] for a receive
/// key of small order.
pub fn seal_welcome<'a>(
    community: &CommunityId,
    invitation: &InvitationId,
    receive: &ReceiveKey,
    keys: impl IntoIterator<Item = (ScopeId, Epoch, &'a ScopeKey)>,
    random: &[u8; 32],
) -> Result<Vec<u8>, SealError> {
    let keys: Vec<_> = keys.into_iter().collect();
    if keys.len() > WELCOME_KEYS_MAX {
        let (what, value, limit) = ("welcome keys", keys.len(), WELCOME_KEYS_MAX);
        return Err(SealError::OverLimit { what, value, limit });
    }
    let mut writer = Writer::with_capacity(LIST_OVERHEAD_BYTES + keys.len() * KEY_BYTES);
    writer.u8(VERSION).count(keys.len());
    for (scope, epoch, key) in keys {
        writer.bytes(&scope.0).u32(epoch.0).bytes(key.as_bytes());
    }
    let plaintext = Zeroizing::new(writer.finish());
    envelope::seal(receive, &info(community, invitation), &plaintext, random)
}

/// Opens a welcome with the keys of the invitation that it belongs to.
///
/// # Errors
/// [`OpenError::Damaged`] with another invitation's keys or for another community; otherwise the
/// inviter's fault.
pub fn open_welcome(
    community: &CommunityId,
    invitation: &InvitationKeys,
    welcome: &[u8],
) -> Result<KeyRing, OpenError> {
    if welcome.len() > WELCOME_BYTES_MAX {
        let (what, value, limit) = ("welcome", welcome.len(), WELCOME_BYTES_MAX);
        return Err(OpenError::OverLimit { what, value, limit });
    }
    let info = info(community, &invitation.id());
    let opened = envelope::open(invitation.receive_secret(), &info, welcome)?;
    let mut reader = Reader::new(&opened);
    check_version("welcome", reader.u8()?, VERSION)?;
    let count = reader.count("welcome keys", WELCOME_KEYS_MAX, KEY_BYTES)?;
    let mut keys = KeyRing::default();
    for _ in 0..count {
        let (scope, epoch) = (ScopeId(reader.array()?), Epoch(reader.u32()?));
        keys.insert(scope, epoch, ScopeKey::from_bytes(reader.array()?));
    }
    reader.finish()?;
    Ok(keys)
}

fn info(community: &CommunityId, invitation: &InvitationId) -> Vec<u8> {
    [b"floorwalk/welcome/1\0".as_slice(), &community.0, &invitation.0].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::secret::InvitationSecret;

    fn ring(count: usize) -> KeyRing {
        let key = ScopeKey::from_bytes([7; 32]);
        let entries = (0..count).map(|epoch| (ScopeId([5; 16]), Epoch(epoch as u32), key.clone()));
        entries.collect()
    }

    fn seal(keys: &KeyRing, invited: &InvitationKeys) -> Result<Vec<u8>, SealError> {
        let (id, receive) = (invited.id(), invited.receive());
        seal_welcome(&CommunityId([1; 32]), &id, &receive, keys.entries(), &[3; 32])
    }

    #[test]
    fn the_invitation_opens_its_welcome_and_others_do_not() {
        let invited = InvitationSecret::from_bytes([2; 32]).derive_keys();
        let welcome = seal(&ring(3), &invited).unwrap();
        assert_eq!(welcome.len(), OVERHEAD_BYTES + 3 * KEY_BYTES);
        let community = CommunityId([1; 32]);
        assert_eq!(open_welcome(&community, &invited, &welcome).unwrap(), ring(3));
        let other = InvitationSecret::from_bytes([9; 32]).derive_keys();
        assert_eq!(open_welcome(&community, &other, &welcome), Err(OpenError::Damaged));
        let elsewhere = open_welcome(&CommunityId([9; 32]), &invited, &welcome);
        assert_eq!(elsewhere, Err(OpenError::Damaged));
    }

    #[test]
    fn the_fullest_welcome_is_within_the_limit_and_one_more_key_is_refused() {
        let invited = InvitationSecret::from_bytes([2; 32]).derive_keys();
        let welcome = seal(&ring(WELCOME_KEYS_MAX), &invited).unwrap();
        assert!(welcome.len() <= WELCOME_BYTES_MAX);
        let opened = open_welcome(&CommunityId([1; 32]), &invited, &welcome).unwrap();
        assert_eq!(opened.entries().count(), WELCOME_KEYS_MAX);
        let refused = seal(&ring(WELCOME_KEYS_MAX + 1), &invited);
        assert!(matches!(refused, Err(SealError::OverLimit { what: "welcome keys", .. })));
    }
}
