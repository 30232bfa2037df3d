//! The roster: names of the community, its buildings and its people.

use std::collections::BTreeMap;

use floorwalk_complaint::{Document, DocumentId, DocumentKind, Roster, RosterEdit};
use floorwalk_store::Tx;
use floorwalk_wire::{DeviceId, ScopeId};

use crate::documents;
use crate::error::{Error, ErrorCode, Result};
use crate::rules::Rules;
use crate::state::Identity;

/// The roster as it stands; empty before it has arrived.
pub(crate) fn read(tx: &Tx<'_>) -> Result<Roster> {
    let saved = tx.document(&DocumentId::COMMUNITY)?.and_then(|stored| stored.saved);
    let document = saved.map(|saved| Document::load(DocumentKind::Community, &saved));
    match document {
        Some(Ok(document)) => Ok(document.roster()),
        Some(Err(_)) => Err(Error::about(ErrorCode::StoreDamaged, "roster")),
        None => Ok(Roster::default()),
    }
}

/// Writes entries of the roster.
pub(crate) fn write(tx: &Tx<'_>, identity: &Identity, edit: &RosterEdit) -> Result<()> {
    let scope = identity.community_scope()?;
    let id = DocumentId::COMMUNITY;
    let mut document = documents::load(tx, identity, &scope, &id)?;
    let change = document
        .edit_roster(&identity.actor(), edit, 0)
        .map_err(|_| Error::about(ErrorCode::BadValue, "name"))?;
    match change {
        Some(change) => {
            documents::keep(tx, identity, &scope, &id, &document, &document.save(), &[change])
        }
        None => Ok(()),
    }
}

/// An edit of one entry.
pub(crate) fn entry(key: &str, value: &str) -> BTreeMap<String, Option<String>> {
    BTreeMap::from([(key.to_owned(), Some(value.to_owned()))])
}

/// What the roster calls each device: by its own entry, or by the invitation that it came by.
pub(crate) fn device_names(tx: &Tx<'_>, identity: &Identity) -> Result<BTreeMap<DeviceId, String>> {
    let rules = Rules::of(tx, identity)?;
    let roster = &rules.roster;
    let named = identity.membership.members().iter().filter_map(|(device, member)| {
        let by_invitation =
            || member.invitation.and_then(|id| roster.invitations.get(&id.to_string()));
        let name = roster.devices.get(&device.to_string()).or_else(by_invitation)?;
        Some((*device, name.clone()))
    });
    Ok(named.collect())
}

/// The scope of a building, by its name or its scope's id, that this device may write in.
pub(crate) fn find_building(tx: &Tx<'_>, identity: &Identity, text: &str) -> Result<ScopeId> {
    let unknown = || Error::about(ErrorCode::UnknownBuilding, text);
    let buildings = buildings(tx, identity)?;
    let found = buildings.iter().find(|(scope, name)| {
        name.as_str() == text.trim() || scope.to_string() == text.to_lowercase()
    });
    found.map(|(scope, _)| *scope).ok_or_else(unknown)
}

/// The buildings that this device may see, with their names.
pub(crate) fn buildings(tx: &Tx<'_>, identity: &Identity) -> Result<BTreeMap<ScopeId, String>> {
    let rules = Rules::of(tx, identity)?;
    let roster = &rules.roster;
    let device = identity.device();
    let named = roster.buildings.iter().filter_map(|(scope, name)| {
        let scope: ScopeId = scope.parse().ok()?;
        identity.membership.has_access(&device, &scope).then(|| (scope, name.clone()))
    });
    Ok(named.collect())
}
