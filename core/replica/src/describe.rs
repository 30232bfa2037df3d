//! What a replica tells of itself: its community with members and invitations, and how it stands.
//!
//! Reads only. Left out: complaints, which `complaints` describes.

use std::collections::BTreeMap;

use floorwalk_complaint::Role;
use floorwalk_store::{BlobState, Tx};
use floorwalk_wire::ScopeId;
use floorwalk_wire::membership::InvitationState;

use crate::error::Result;
use crate::records::{
    BuildingInfo, CommunityInfo, DeviceInfo, InvitationInfo, QuarantineItem, Status, Unsent,
};
use crate::rules::{self, Rules};
use crate::state::{Identity, setting, text_setting};
use crate::{clock, relay_state, roster};

/// The community as this device knows it.
pub fn community(tx: &Tx<'_>, identity: &Identity) -> Result<CommunityInfo> {
    let rules = Rules::of(tx, identity)?;
    let roster = &rules.roster;
    let setting = |key: &str| roster.community.get(key).cloned().unwrap_or_default();
    let buildings = roster::buildings(tx, identity)?;
    let role = identity.role().map_or("", |role| role.as_str());
    Ok(CommunityInfo {
        community: identity.community.to_string(),
        name: setting("name"),
        short: setting("short"),
        regulation: setting("regulation"),
        adoption: rules::present_record(&rules).ok(),
        relay: identity.relay.url.clone(),
        device: identity.device().to_string(),
        role: role.to_owned(),
        hosted: tx.setting(setting::HOSTED)?.is_some(),
        devices: devices(tx, identity, &buildings)?,
        buildings: buildings
            .into_iter()
            .map(|(scope, name)| BuildingInfo { name, scope: scope.to_string() })
            .collect(),
        invitations: if identity.is_admin() {
            invitations(identity, &roster.invitations)
        } else {
            Vec::new()
        },
    })
}

/// What waits, what was set aside, and what is to be warned of.
pub fn status(tx: &Tx<'_>, identity: &Identity) -> Result<Status> {
    let (_, waiting) = tx.parcel_counts()?;
    let (cards, photos) = tx.blob_counts(BlobState::Unsent)?;
    let quarantine = tx.quarantined()?.into_iter().map(|entry| QuarantineItem {
        parcel: entry.parcel.to_string(),
        device: entry.device.map(|device| device.to_string()),
        scope: entry.scope.to_string(),
        reason: entry.reason,
        at: clock::to_text(entry.at, clock::DEFAULT_ZONE),
    });
    Ok(Status {
        unsent: Unsent { complaints: tx.unsent_complaints()?, photos, cards },
        last_sync: text_setting(tx, setting::LAST_SYNC)?,
        quarantine: quarantine.collect(),
        waiting,
        warnings: relay_state::warnings_now(tx, identity, clock::now())?,
    })
}

fn devices(
    tx: &Tx<'_>,
    identity: &Identity,
    buildings: &BTreeMap<ScopeId, String>,
) -> Result<Vec<DeviceInfo>> {
    let names = roster::device_names(tx, identity)?;
    let logs = tx.logs(None)?;
    let zone = clock::DEFAULT_ZONE;
    let members = identity.membership.members().iter();
    let described = members.map(|(device, member)| {
        let received = logs.iter().filter(|log| log.log.device == *device);
        let last_seen = received.filter_map(|log| log.last_received_at).max();
        let visible = buildings.iter().filter(|(scope, _)| {
            member.revoked.is_none() && identity.membership.has_access(device, scope)
        });
        let expires = (member.expires_at.0 < i64::MAX).then_some(member.expires_at);
        DeviceInfo {
            device: device.to_string(),
            name: names.get(device).cloned().unwrap_or_default(),
            role: Role::from_code(member.role.0).map_or("", |role| role.as_str()).to_owned(),
            buildings: visible.map(|(_, name)| name.clone()).collect(),
            last_seen: last_seen.map(|at| clock::to_text(at, zone)),
            revoked: member.revoked.is_some(),
            admin: member.admin,
            expires_at: expires.map(|at| clock::to_text(at, zone)),
        }
    });
    Ok(described.collect())
}

fn invitations(identity: &Identity, names: &BTreeMap<String, String>) -> Vec<InvitationInfo> {
    let now = clock::now();
    let all = identity.membership.invitations().iter();
    let described = all.map(|(id, info)| InvitationInfo {
        invitation: id.to_string(),
        name: names.get(&id.to_string()).cloned().unwrap_or_default(),
        role: Role::from_code(info.role.0).map_or("", |role| role.as_str()).to_owned(),
        expires_at: clock::to_text(info.expires_at, clock::DEFAULT_ZONE),
        state: match info.state {
            InvitationState::Used(_) => "used",
            InvitationState::Withdrawn => "withdrawn",
            InvitationState::Open if info.expires_at <= now => "expired",
            InvitationState::Open => "open",
        }
        .to_owned(),
    });
    described.collect()
}
