//! A device of the tests: a key that writes proper parcels into its logs.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use floorwalk_wire::signing::device_id;
use floorwalk_wire::{
    CommunityId, DeviceId, Epoch, Generation, Header, ParcelId, ParcelKind, ReceiveKey, ScopeId,
    Seq, Statement, StatementBody, VerifiedParcel,
};

/// A key that writes parcels.
pub struct Device {
    pub key: SigningKey,
    pub generation: Generation,
    heads: BTreeMap<ScopeId, (Seq, ParcelId)>,
}

impl Device {
    /// The device of a seed.
    pub fn new(seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        Self { key, generation: Generation([seed; 8]), heads: BTreeMap::new() }
    }

    pub fn id(&self) -> DeviceId {
        device_id(&self.key)
    }

    /// No one seals anything here.
    pub fn receive_key(&self) -> ReceiveKey {
        ReceiveKey(self.id().0)
    }

    /// The same device as it stood when it was copied.
    pub fn copy(&self) -> Self {
        Self { key: self.key.clone(), generation: self.generation, heads: self.heads.clone() }
    }

    /// The next parcel of a scope.
    pub fn write(&mut self, community: CommunityId, scope: ScopeId, body: &[u8]) -> VerifiedParcel {
        self.sign(community, scope, ParcelKind::Changes, body)
    }

    /// The next statement.
    pub fn state(
        &mut self,
        community: CommunityId,
        lamport: u64,
        body: StatementBody,
    ) -> VerifiedParcel {
        let body = Statement { lamport, body }.encode();
        self.sign(community, ScopeId::MEMBERSHIP, ParcelKind::Statement, &body)
    }

    fn sign(
        &mut self,
        community: CommunityId,
        scope: ScopeId,
        kind: ParcelKind,
        body: &[u8],
    ) -> VerifiedParcel {
        let (seq, previous) = self.heads.get(&scope).copied().unwrap_or((Seq(0), ParcelId::NONE));
        let header = Header {
            kind,
            community,
            scope,
            device: self.id(),
            generation: self.generation,
            seq: Seq(seq.0 + 1),
            previous,
            epoch: Epoch(u32::from(kind == ParcelKind::Changes)),
        };
        let parcel = VerifiedParcel::sign(header, body, &self.key).unwrap();
        self.heads.insert(scope, (header.seq, parcel.id()));
        parcel
    }
}
