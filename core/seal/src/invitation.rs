//! What an invitation's secret gives: a key to prove it with and a key to open the welcome with.
//!
//! Both are derived by BLAKE3's `derive_key`, so the link carries 32 bytes and the relay sees
//! public halves only. Who may invite, and whether the invitation still stands, is
//! [`floorwalk_wire::membership`]'s.

use std::fmt;

use ed25519_dalek::SigningKey;
use floorwalk_wire::{InvitationId, ReceiveKey, signing};
use zeroize::Zeroizing;

use crate::keys::ReceiveSecret;
use crate::secret::InvitationSecret;

const SIGNING_CONTEXT: &str = "floorwalk/invitation-signing/1";
const RECEIVE_CONTEXT: &str = "floorwalk/invitation-receive/1";

/// The keys of an invitation, known to whoever has the link.
#[derive(Clone)]
pub struct InvitationKeys {
    signing: SigningKey,
    receive: ReceiveSecret,
}

impl InvitationSecret {
    /// The keys that follow from this secret.
    pub fn derive_keys(&self) -> InvitationKeys {
        let signing = Zeroizing::new(blake3::derive_key(SIGNING_CONTEXT, self.as_bytes()));
        let receive = Zeroizing::new(blake3::derive_key(RECEIVE_CONTEXT, self.as_bytes()));
        InvitationKeys {
            signing: SigningKey::from_bytes(&signing),
            receive: ReceiveSecret::from_bytes(&receive),
        }
    }
}

impl InvitationKeys {
    /// The invitation's id: its public signing key.
    pub fn id(&self) -> InvitationId {
        InvitationId(signing::device_id(&self.signing).0)
    }

    /// Where the welcome, and later keys until it is taken up, are sealed to.
    pub fn receive(&self) -> ReceiveKey {
        self.receive.public()
    }

    /// The key that proves the secret, for [`floorwalk_wire::statement::prove_invitation`].
    pub fn signing_key(&self) -> &SigningKey {
        &self.signing
    }

    /// The key that opens the welcome.
    pub fn receive_secret(&self) -> &ReceiveSecret {
        &self.receive
    }
}

impl fmt::Debug for InvitationKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvitationKeys").field("id", &self.id()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use floorwalk_wire::{
        CommunityId, Generation, Header, ParcelId, ParcelKind, ScopeId, Seq, Statement,
        StatementBody, VerifiedParcel, statement::prove_invitation,
    };

    use super::*;
    use crate::keys::DeviceKeys;

    #[test]
    fn the_derived_key_proves_the_secret_and_another_does_not() {
        let community = CommunityId([1; 32]);
        let keys = InvitationSecret::from_bytes([2; 32]).derive_keys();
        let other = InvitationSecret::from_bytes([3; 32]).derive_keys();
        let phone = DeviceKeys::from_seeds(&[4; 32], &[5; 32]);
        let accept = |prover: &InvitationKeys| {
            let (device, receive) = (phone.device(), phone.receive());
            let proof = prove_invitation(&community, &device, &receive, prover.signing_key());
            let body = StatementBody::Acceptance { invitation: keys.id(), receive, proof };
            let header = Header {
                kind: ParcelKind::Statement,
                community,
                scope: ScopeId::MEMBERSHIP,
                device,
                generation: Generation([6; 8]),
                seq: Seq(1),
                previous: ParcelId::NONE,
                epoch: floorwalk_wire::Epoch(0),
            };
            let body = Statement { lamport: 1, body }.encode();
            let parcel = VerifiedParcel::sign(header, &body, phone.signing_key()).unwrap();
            Statement::read(&parcel)
        };
        accept(&keys).unwrap();
        accept(&other).unwrap_err();
    }

    #[test]
    fn the_two_keys_are_independent_of_each_other() {
        let keys = InvitationSecret::from_bytes([2; 32]).derive_keys();
        assert_ne!(*keys.receive_secret().to_secret_bytes(), keys.signing_key().to_bytes());
        assert!(!format!("{keys:?}").contains("signing"));
    }
}
