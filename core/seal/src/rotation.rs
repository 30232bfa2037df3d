//! Rotations: a scope's new key, sealed to each device that may have it.
//!
//! The envelope's info is `"floorwalk/scope-key/1\0" ‖ community 32 ‖ scope 16 ‖ epoch 4`, so a
//! sealed key can't be passed off as that of another place. A device that is no recipient of an
//! epoch can't read what is written in it; what it could read before, it still can.

use floorwalk_wire::codec::Writer;
use floorwalk_wire::limits::RECIPIENTS_MAX;
use floorwalk_wire::statement::SealedKey;
use floorwalk_wire::{CommunityId, Epoch, Membership, ReceiveKey, ScopeId, StatementBody};

use crate::envelope;
use crate::error::{OpenError, SealError};
use crate::keys::ReceiveSecret;
use crate::secret::ScopeKey;

/// Which key a scope key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyContext {
    /// The community.
    pub community: CommunityId,
    /// The scope.
    pub scope: ScopeId,
    /// The epoch.
    pub epoch: Epoch,
}

impl KeyContext {
    fn info(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(80);
        writer.bytes(b"floorwalk/scope-key/1\0");
        writer.bytes(&self.community.0).bytes(&self.scope.0).u32(self.epoch.0);
        writer.finish()
    }
}

/// Seals a scope key to one recipient (HPKE base mode, RFC 9180).
///
/// # Errors
/// [`SealError::Recipient`] when the recipient's key is of small order.
pub fn seal_key(
    recipient: &ReceiveKey,
    context: &KeyContext,
    key: &ScopeKey,
    random: &[u8; 32],
) -> Result<SealedKey, SealError> {
    let sealed = envelope::seal(recipient, &context.info(), key.as_bytes(), random)?;
    let sealed = sealed.try_into().expect("the envelope of a 32-byte key has a fixed size");
    Ok(SealedKey { recipient: *recipient, sealed })
}

/// Opens a scope key.
///
/// # Errors
/// [`OpenError::Damaged`] when it was sealed to another recipient or for another place.
pub fn open_key(
    secret: &ReceiveSecret,
    context: &KeyContext,
    sealed: &SealedKey,
) -> Result<ScopeKey, OpenError> {
    let opened = envelope::open(secret, &context.info(), &sealed.sealed)?;
    let key = opened.as_slice().try_into().map_err(|_| OpenError::Damaged)?;
    Ok(ScopeKey::from_bytes(key))
}

/// Makes the statement that gives a scope a new key, for all who have access by `membership`:
/// a revocation must be in it already.
///
/// A member's key of small order is passed over, since nothing can be sealed to it safely and one
/// bad key must not keep a community from rotating.
///
/// # Errors
/// [`SealError::OverLimit`] beyond [`RECIPIENTS_MAX`].
pub fn make_rotation(
    membership: &Membership,
    scope: ScopeId,
    epoch: Epoch,
    key: &ScopeKey,
    random: &[u8; 32],
) -> Result<StatementBody, SealError> {
    let recipients = membership.recipients(&scope);
    if recipients.len() > RECIPIENTS_MAX {
        let (what, value, limit) = ("recipients", recipients.len(), RECIPIENTS_MAX);
        return Err(SealError::OverLimit { what, value, limit });
    }
    let context = KeyContext { community: membership.community(), scope, epoch };
    let sealed = recipients.iter().map(|recipient| seal_key(recipient, &context, key, random));
    let keys = sealed.filter(|outcome| *outcome != Err(SealError::Recipient));
    Ok(StatementBody::Rotation { scope, epoch, keys: keys.collect::<Result<_, _>>()? })
}

/// Opens a rotation with whichever of the secrets it was sealed to; `None` when it is no rotation
/// or was sealed to none of them.
///
/// # Errors
/// [`OpenError::Damaged`] when it names one of the secrets' keys, yet does not open: the author's
/// fault, and worth telling.
pub fn open_rotation(
    community: &CommunityId,
    body: &StatementBody,
    secrets: &[&ReceiveSecret],
) -> Result<Option<ScopeKey>, OpenError> {
    let StatementBody::Rotation { scope, epoch, keys } = body else {
        return Ok(None);
    };
    let context = KeyContext { community: *community, scope: *scope, epoch: *epoch };
    let ours = keys.iter().find_map(|sealed| {
        let secret = secrets.iter().find(|secret| secret.public() == sealed.recipient)?;
        Some((*secret, sealed))
    });
    ours.map(|(secret, sealed)| open_key(secret, &context, sealed)).transpose()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn context() -> KeyContext {
        let (community, scope) = (CommunityId([1; 32]), ScopeId([2; 16]));
        KeyContext { community, scope, epoch: Epoch(3) }
    }

    #[test]
    fn a_sealed_key_opens_in_its_own_place_only() {
        let (secret, key) = (ReceiveSecret::from_bytes(&[4; 32]), ScopeKey::from_bytes([5; 32]));
        let sealed = seal_key(&secret.public(), &context(), &key, &[6; 32]).unwrap();
        assert_eq!(open_key(&secret, &context(), &sealed).unwrap(), key);
        let elsewhere = [
            KeyContext { community: CommunityId([9; 32]), ..context() },
            KeyContext { scope: ScopeId([9; 16]), ..context() },
            KeyContext { epoch: Epoch(9), ..context() },
        ];
        for context in elsewhere {
            assert_eq!(open_key(&secret, &context, &sealed), Err(OpenError::Damaged));
        }
    }

    #[test]
    fn a_sealed_key_that_names_us_and_does_not_open_is_an_error_not_an_absence() {
        let (ours, theirs) = (ReceiveSecret::from_bytes(&[4; 32]), &[7; 32]);
        let theirs = ReceiveSecret::from_bytes(theirs);
        let key = ScopeKey::from_bytes([5; 32]);
        let mut sealed = seal_key(&ours.public(), &context(), &key, &[6; 32]).unwrap();
        let KeyContext { community, scope, epoch } = context();
        let rotation = |sealed: &SealedKey| StatementBody::Rotation {
            scope,
            epoch,
            keys: vec![sealed.clone()],
        };
        let good = rotation(&sealed);
        assert_eq!(open_rotation(&community, &good, &[&theirs, &ours]).unwrap(), Some(key));
        assert_eq!(open_rotation(&community, &good, &[&theirs]).unwrap(), None);
        sealed.sealed[40] ^= 1;
        let refused = open_rotation(&community, &rotation(&sealed), &[&ours]);
        assert_eq!(refused, Err(OpenError::Damaged));
    }
}
