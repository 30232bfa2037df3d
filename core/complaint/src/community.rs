//! The community's document: its name and settings, and the names behind ids.
//!
//! Names live only here, sealed like complaints; the relay sees ids. Keys are ids in hexadecimal,
//! which the caller makes; values are plain strings. Concurrent edits of one entry end with the
//! one that Automerge shows, the same on every replica.

use std::collections::BTreeMap;

use crate::complaint::{check_entry, write_entry};
use crate::document::Document;
use crate::error::Error;
use crate::genesis::Object;
use crate::ids::{Actor, DocumentKind};
use crate::read::SCHEMA_KEY;

/// What the community's document says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// `name`, `short`, `regulation`, `time_zone` and further settings.
    pub community: BTreeMap<String, String>,
    /// Names of buildings by scope.
    pub buildings: BTreeMap<String, String>,
    /// Names of people by device.
    pub devices: BTreeMap<String, String>,
    /// Names of people by invitation, until they have joined.
    pub invitations: BTreeMap<String, String>,
    /// Remarks by whatever they are about, such as why a device was revoked.
    pub notes: BTreeMap<String, String>,
}

/// What to change in the roster: entries to put, or with `None` to delete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterEdit {
    /// Settings by their keys.
    pub community: BTreeMap<String, Option<String>>,
    /// Names of buildings by scope.
    pub buildings: BTreeMap<String, Option<String>>,
    /// Names of people by device.
    pub devices: BTreeMap<String, Option<String>>,
    /// Names of people by invitation.
    pub invitations: BTreeMap<String, Option<String>>,
    /// Remarks.
    pub notes: BTreeMap<String, Option<String>>,
}

impl RosterEdit {
    fn maps(&self) -> [(Object, &BTreeMap<String, Option<String>>); 5] {
        [
            (Object::Community, &self.community),
            (Object::Buildings, &self.buildings),
            (Object::Devices, &self.devices),
            (Object::Invitations, &self.invitations),
            (Object::Notes, &self.notes),
        ]
    }
}

impl Document {
    /// Reads the roster. On a complaint's document it finds nothing.
    pub fn roster(&self) -> Roster {
        let mut community = self.texts(Object::Community);
        community.remove(SCHEMA_KEY);
        Roster {
            community,
            buildings: self.texts(Object::Buildings),
            devices: self.texts(Object::Devices),
            invitations: self.texts(Object::Invitations),
            notes: self.texts(Object::Notes),
        }
    }

    /// Changes the roster and gives the raw change, or nothing when nothing changes.
    ///
    /// # Errors
    ///
    /// [`Error::WrongKind`] on a complaint, [`Error::NewerSchema`], [`Error::Key`],
    /// [`Error::TooLong`], [`Error::Full`].
    pub fn edit_roster(
        &mut self,
        actor: &Actor,
        edit: &RosterEdit,
        time_s: i64,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.expect_kind(DocumentKind::Community)?;
        if self.is_read_only() {
            return Err(Error::NewerSchema);
        }
        for (_, entries) in edit.maps() {
            for (key, value) in entries {
                check_entry(key, value.as_deref())?;
            }
        }
        if edit.community.contains_key(SCHEMA_KEY) {
            return Err(Error::Key);
        }
        let ((), change) = self.write(actor, time_s, |transaction, _| {
            for (object, entries) in edit.maps() {
                for (key, value) in entries {
                    write_entry(transaction, object, key, value.as_deref())?;
                }
            }
            Ok(())
        })?;
        Ok(change)
    }
}
