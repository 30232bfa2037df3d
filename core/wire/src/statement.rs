//! Membership statements: who belongs to the community, readable by the relay, without names.
//!
//! A statement is the clear body of a parcel of kind *statement*, so the parcel's signature, log,
//! counter and hash chain are the statement's. Body layout: lamport (8), tag (1), then
//!
//! ```text
//! 1 founding      recovery key 32 · community scope 16
//! 2 certificate   device 32 · receive key 32 · role 1                     (by the root)
//! 3 grant         device 32 · receive key 32 · role 1 · scopes · expires 8
//! 4 invitation    invitation 32 · receive key 32 · role 1 · scopes · grant expires 8 ·
//!                 invitation expires 8 · welcome (4 + n, sealed to the receive key)
//! 5 withdrawal    invitation 32
//! 6 acceptance    invitation 32 · receive key 32 · signature 64 by the invitation's key over
//!                 domain prefix ‖ community ‖ device ‖ receive key
//! 7 revocation    device 32 · cuts (4 + n × (scope 16 · generation 8 · seq 8 · parcel 32))
//! 8 rotation      scope 16 · epoch 4 · sealed keys (4 + n × (recipient 32 · 32 + 48))
//! scopes          4-byte count + n × 16 in ascending order, or 0xffffffff for all
//! expires         milliseconds since 1970, i64::MAX for never
//! ```
//!
//! Reading a statement says that it is well formed; whether its author had the right to make it
//! is decided by [`crate::membership`].

use std::collections::BTreeSet;

use ed25519_dalek::SigningKey;

use crate::codec::{DecodeError, Reader, Writer};
use crate::ids::{
    CommunityId, DeviceId, Epoch, Generation, InvitationId, LogId, ParcelId, ReceiveKey, RoleCode,
    ScopeId, Seq, Timestamp,
};
use crate::limits::{CUTS_MAX, RECIPIENTS_MAX, SCOPES_PER_GRANT_MAX, WELCOME_BYTES_MAX};
use crate::parcel::{ParcelKind, VerifiedParcel};
use crate::signing::{self, BadSignature, Domain, SIGNATURE_BYTES};

/// Which scopes a member may read and write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeSet {
    /// Every scope, also those made later.
    All,
    /// These, and always the community's own.
    Some(BTreeSet<ScopeId>),
}

impl ScopeSet {
    /// Whether `scope` is one of them.
    pub fn contains(&self, scope: &ScopeId) -> bool {
        match self {
            Self::All => true,
            Self::Some(scopes) => scopes.contains(scope),
        }
    }

    /// Adds the scopes of `other`.
    pub fn widen(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Some(scopes), Self::Some(more)) => scopes.extend(more),
            _ => *self = Self::All,
        }
    }
}

/// A scope key sealed to one recipient (HPKE base mode, RFC 9180): encapsulated key ‖ ciphertext.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// The [`ReceiveKey`] that can open it.
    pub recipient: ReceiveKey,
    /// 32 bytes of encapsulated key and 48 of ciphertext.
    pub sealed: [u8; Self::BYTES],
}

impl SealedKey {
    /// Bytes of an encapsulated key and the ciphertext of a 32-byte key.
    pub const BYTES: usize = 80;
}

/// The last parcel of a revoked device's log that is still accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The scope of the log.
    pub scope: ScopeId,
    /// The install of the revoked device.
    pub generation: Generation,
    /// The last accepted number.
    pub seq: Seq,
    /// The parcel that had it.
    pub parcel: ParcelId,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementBody {
    /// The root key founds the community.
    Founding {
        /// X25519 key that every scope key is sealed to as well.
        recovery: ReceiveKey,
        /// The scope of roster and adopted regulation, open to all members.
        community_scope: ScopeId,
    },
    /// The root key makes a device an administrator with access to all scopes.
    Certificate {
        /// The administrator's device.
        device: DeviceId,
        /// Its receiving key.
        receive: ReceiveKey,
        /// Its role.
        role: RoleCode,
    },
    /// An administrator admits a device, or renews or widens what it was granted.
    Grant {
        /// The device.
        device: DeviceId,
        /// Its receiving key.
        receive: ReceiveKey,
        /// Its role, for the life of the device.
        role: RoleCode,
        /// The scopes.
        scopes: ScopeSet,
        /// When the relay stops accepting its parcels.
        expires_at: Timestamp,
    },
    /// An administrator delegates: whoever proves the invitation's secret is granted this.
    Invitation {
        /// Public half of the signing key derived from the secret.
        invitation: InvitationId,
        /// Public half of the receiving key derived from the secret.
        receive: ReceiveKey,
        /// The role granted.
        role: RoleCode,
        /// The scopes granted.
        scopes: ScopeSet,
        /// When the grant expires.
        grant_expires_at: Timestamp,
        /// When the relay stops taking an acceptance.
        expires_at: Timestamp,
        /// The scope keys, sealed to `receive`.
        welcome: Vec<u8>,
    },
    /// An administrator withdraws an invitation.
    Withdrawal {
        /// The invitation.
        invitation: InvitationId,
    },
    /// The author of the statement, a new device, takes up an invitation.
    Acceptance {
        /// The invitation.
        invitation: InvitationId,
        /// The new device's receiving key.
        receive: ReceiveKey,
        /// The invitation key's signature over community, device and receiving key.
        proof: [u8; SIGNATURE_BYTES],
    },
    /// An administrator ends a device's membership.
    Revocation {
        /// The device.
        device: DeviceId,
        /// What is still accepted of each of its logs; nothing of a log not listed.
        cuts: Vec<Cut>,
    },
    /// An administrator gives a scope a new key. Epoch 1 makes the scope.
    Rotation {
        /// The scope.
        scope: ScopeId,
        /// The new epoch.
        epoch: Epoch,
        /// The new key, sealed to each recipient.
        keys: Vec<SealedKey>,
    },
}

/// A well-formed statement by a known signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// One more than the greatest of any statement that its author had seen.
    pub lamport: u64,
    /// What it says.
    pub body: StatementBody,
}

impl Statement {
    /// Reads the statement in a parcel. An acceptance's proof is checked here.
    ///
    /// # Errors
    /// [`StatementError`] when the parcel is of another kind or the layout does not hold.
    pub fn read(parcel: &VerifiedParcel) -> Result<Self, StatementError> {
        let header = parcel.header();
        if header.kind != ParcelKind::Statement {
            return Err(StatementError::NotAStatement);
        }
        let statement = Self::decode(parcel.body())?;
        if let StatementBody::Acceptance { invitation, receive, proof } = &statement.body {
            let signer = DeviceId(invitation.0);
            let parts = [&header.community.0[..], &header.device.0, &receive.0];
            signing::verify(Domain::Acceptance, &parts, &signer, proof)?;
        }
        Ok(statement)
    }

    /// Reads a body alone; an acceptance's proof is not checked.
    ///
    /// # Errors
    /// [`DecodeError`] when the layout does not hold.
    pub fn decode(body: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let lamport = reader.u64()?;
        let body = read_body(&mut reader)?;
        reader.finish()?;
        Ok(Self { lamport, body })
    }

    /// The body's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(256);
        writer.u64(self.lamport);
        write_body(&mut writer, &self.body);
        writer.finish()
    }
}

/// Why a parcel holds no statement. Always its author's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The parcel holds changes.
    #[error("not a statement")]
    NotAStatement,
    /// The layout does not hold.
    #[error("not a statement: {0}")]
    Malformed(#[from] DecodeError),
    /// An acceptance without the invitation's secret.
    #[error("the invitation's secret was not proven")]
    Proof(#[from] BadSignature),
}

/// Proves an invitation's secret for a device that joins.
pub fn prove_invitation(
    community: &CommunityId,
    device: &DeviceId,
    receive: &ReceiveKey,
    invitation: &SigningKey,
) -> [u8; SIGNATURE_BYTES] {
    signing::sign(Domain::Acceptance, &[&community.0, &device.0, &receive.0], invitation)
}

impl Cut {
    const BYTES: usize = 64;

    /// The log that is cut.
    pub fn log(&self, device: DeviceId) -> LogId {
        LogId { scope: self.scope, device, generation: self.generation }
    }
}

fn read_body(reader: &mut Reader<'_>) -> Result<StatementBody, DecodeError> {
    Ok(match reader.u8()? {
        1 => StatementBody::Founding {
            recovery: ReceiveKey(reader.array()?),
            community_scope: ScopeId(reader.array()?),
        },
        2 => StatementBody::Certificate {
            device: DeviceId(reader.array()?),
            receive: ReceiveKey(reader.array()?),
            role: RoleCode(reader.u8()?),
        },
        3 => StatementBody::Grant {
            device: DeviceId(reader.array()?),
            receive: ReceiveKey(reader.array()?),
            role: RoleCode(reader.u8()?),
            scopes: read_scopes(reader)?,
            expires_at: Timestamp(reader.i64()?),
        },
        4 => StatementBody::Invitation {
            invitation: InvitationId(reader.array()?),
            receive: ReceiveKey(reader.array()?),
            role: RoleCode(reader.u8()?),
            scopes: read_scopes(reader)?,
            grant_expires_at: Timestamp(reader.i64()?),
            expires_at: Timestamp(reader.i64()?),
            welcome: reader.sized("welcome", WELCOME_BYTES_MAX)?.to_vec(),
        },
        5 => StatementBody::Withdrawal { invitation: InvitationId(reader.array()?) },
        6 => StatementBody::Acceptance {
            invitation: InvitationId(reader.array()?),
            receive: ReceiveKey(reader.array()?),
            proof: reader.array()?,
        },
        7 => StatementBody::Revocation {
            device: DeviceId(reader.array()?),
            cuts: read_cuts(reader)?,
        },
        8 => StatementBody::Rotation {
            scope: ScopeId(reader.array()?),
            epoch: Epoch(reader.u32()?),
            keys: read_keys(reader)?,
        },
        tag => {
            return Err(DecodeError::Unknown { what: "statement", value: tag.into() });
        }
    })
}

const ALL_SCOPES: u32 = u32::MAX;

fn read_scopes(reader: &mut Reader<'_>) -> Result<ScopeSet, DecodeError> {
    let mut ahead = *reader;
    if ahead.u32()? == ALL_SCOPES {
        *reader = ahead;
        return Ok(ScopeSet::All);
    }
    let count = reader.count("scopes", SCOPES_PER_GRANT_MAX, ScopeId::BYTES)?;
    let mut scopes = BTreeSet::new();
    for _ in 0..count {
        let scope = ScopeId(reader.array()?);
        // One set, one spelling: what is read is written the same again.
        if scopes.last().is_some_and(|last| *last >= scope) {
            return Err(DecodeError::OutOfOrder("scopes"));
        }
        scopes.insert(scope);
    }
    Ok(ScopeSet::Some(scopes))
}

fn read_cuts(reader: &mut Reader<'_>) -> Result<Vec<Cut>, DecodeError> {
    let count = reader.count("cuts", CUTS_MAX, Cut::BYTES)?;
    (0..count)
        .map(|_| {
            Ok(Cut {
                scope: ScopeId(reader.array()?),
                generation: Generation(reader.array()?),
                seq: Seq(reader.u64()?),
                parcel: ParcelId(reader.array()?),
            })
        })
        .collect()
}

fn read_keys(reader: &mut Reader<'_>) -> Result<Vec<SealedKey>, DecodeError> {
    let count = reader.count("sealed keys", RECIPIENTS_MAX, 32 + SealedKey::BYTES)?;
    (0..count)
        .map(|_| Ok(SealedKey { recipient: ReceiveKey(reader.array()?), sealed: reader.array()? }))
        .collect()
}

fn write_body(writer: &mut Writer, body: &StatementBody) {
    match body {
        StatementBody::Founding { recovery, community_scope } => {
            writer.u8(1).bytes(&recovery.0).bytes(&community_scope.0);
        }
        StatementBody::Certificate { device, receive, role } => {
            writer.u8(2).bytes(&device.0).bytes(&receive.0).u8(role.0);
        }
        StatementBody::Grant { device, receive, role, scopes, expires_at } => {
            writer.u8(3).bytes(&device.0).bytes(&receive.0).u8(role.0);
            write_scopes(writer, scopes);
            writer.i64(expires_at.0);
        }
        StatementBody::Invitation {
            invitation,
            receive,
            role,
            scopes,
            grant_expires_at,
            expires_at,
            welcome,
        } => {
            writer.u8(4).bytes(&invitation.0).bytes(&receive.0).u8(role.0);
            write_scopes(writer, scopes);
            writer.i64(grant_expires_at.0).i64(expires_at.0).sized(welcome);
        }
        StatementBody::Withdrawal { invitation } => {
            writer.u8(5).bytes(&invitation.0);
        }
        StatementBody::Acceptance { invitation, receive, proof } => {
            writer.u8(6).bytes(&invitation.0).bytes(&receive.0).bytes(proof);
        }
        StatementBody::Revocation { device, cuts } => {
            writer.u8(7).bytes(&device.0).count(cuts.len());
            for cut in cuts {
                writer.bytes(&cut.scope.0).bytes(&cut.generation.0);
                writer.u64(cut.seq.0).bytes(&cut.parcel.0);
            }
        }
        StatementBody::Rotation { scope, epoch, keys } => {
            writer.u8(8).bytes(&scope.0).u32(epoch.0).count(keys.len());
            for key in keys {
                writer.bytes(&key.recipient.0).bytes(&key.sealed);
            }
        }
    }
}

fn write_scopes(writer: &mut Writer, scopes: &ScopeSet) {
    match scopes {
        ScopeSet::All => {
            writer.u32(ALL_SCOPES);
        }
        ScopeSet::Some(scopes) => {
            writer.count(scopes.len());
            scopes.iter().for_each(|scope| {
                writer.bytes(&scope.0);
            });
        }
    }
}
