//! A community of the tests: its root, an administrator, and the statements that admit others.

use ed25519_dalek::SigningKey;
use floorwalk_wire::signing::device_id;
use floorwalk_wire::statement::{Cut, prove_invitation};
use floorwalk_wire::{
    CommunityId, InvitationId, RoleCode, ScopeId, ScopeSet, StatementBody, Timestamp,
    VerifiedParcel,
};

use crate::device::Device;

/// A time that does not come in these tests.
pub const NEVER: Timestamp = Timestamp(i64::MAX);
/// A time that has passed.
pub const PAST: Timestamp = Timestamp(1);
/// The building that everyone here may use.
pub const BUILDING: ScopeId = ScopeId([1; 16]);
/// A building that only administrators may use.
pub const ELSEWHERE: ScopeId = ScopeId([2; 16]);

/// A community and those who speak for it.
pub struct Town {
    pub id: CommunityId,
    pub root: Device,
    pub admin: Device,
    pub statements: Vec<VerifiedParcel>,
    lamport: u64,
}

impl Town {
    /// A founded community with an administrator, of which no relay knows yet.
    pub fn new(seed: u8) -> Self {
        let (root, admin) = (Device::new(seed), Device::new(seed + 1));
        let id = CommunityId::derive(&root.id());
        let mut town = Self { id, root, admin, statements: Vec::new(), lamport: 0 };
        let recovery = town.root.receive_key();
        let founding = StatementBody::Founding { recovery, community_scope: ScopeId([9; 16]) };
        town.root_says(founding);
        let (device, receive) = (town.admin.id(), town.admin.receive_key());
        town.root_says(StatementBody::Certificate { device, receive, role: RoleCode(4) });
        town
    }

    /// Admits a device to [`BUILDING`].
    pub fn grant(&mut self, device: &Device, expires_at: Timestamp) -> VerifiedParcel {
        self.grant_as(device, RoleCode(1), expires_at)
    }

    /// A new device that is admitted to [`BUILDING`] in a role.
    pub fn member_as(&mut self, seed: u8, role: RoleCode) -> Device {
        let device = Device::new(seed);
        self.grant_as(&device, role, NEVER);
        device
    }

    fn grant_as(
        &mut self,
        device: &Device,
        role: RoleCode,
        expires_at: Timestamp,
    ) -> VerifiedParcel {
        self.admin_says(StatementBody::Grant {
            device: device.id(),
            receive: device.receive_key(),
            role,
            scopes: ScopeSet::Some([BUILDING].into()),
            expires_at,
        })
    }

    /// A new device that is admitted to [`BUILDING`].
    pub fn member(&mut self, seed: u8) -> Device {
        let device = Device::new(seed);
        self.grant(&device, NEVER);
        device
    }

    /// Ends a device's membership.
    pub fn revoke(&mut self, device: &Device, cuts: Vec<Cut>) -> VerifiedParcel {
        self.admin_says(StatementBody::Revocation { device: device.id(), cuts })
    }

    /// Invites whoever has the secret.
    pub fn invite(&mut self, secret: u8, expires_at: Timestamp) -> SigningKey {
        let key = SigningKey::from_bytes(&[secret; 32]);
        let invitation = InvitationId(device_id(&key).0);
        self.admin_says(StatementBody::Invitation {
            invitation,
            receive: self.root.receive_key(),
            role: RoleCode(1),
            scopes: ScopeSet::Some([BUILDING].into()),
            grant_expires_at: NEVER,
            expires_at,
            welcome: vec![0; 100],
        });
        key
    }

    /// What a device says that takes up an invitation.
    pub fn acceptance(&self, device: &mut Device, secret: &SigningKey) -> VerifiedParcel {
        let receive = device.receive_key();
        let proof = prove_invitation(&self.id, &device.id(), &receive, secret);
        let invitation = InvitationId(device_id(secret).0);
        let body = StatementBody::Acceptance { invitation, receive, proof };
        device.state(self.id, self.lamport + 1, body)
    }

    fn root_says(&mut self, body: StatementBody) -> VerifiedParcel {
        self.lamport += 1;
        let statement = self.root.state(self.id, self.lamport, body);
        self.statements.push(statement.clone());
        statement
    }

    fn admin_says(&mut self, body: StatementBody) -> VerifiedParcel {
        self.lamport += 1;
        let statement = self.admin.state(self.id, self.lamport, body);
        self.statements.push(statement.clone());
        statement
    }
}
