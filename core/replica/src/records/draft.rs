//! Plain data about drafts: what was typed and is no complaint yet.

use serde::Serialize;

use crate::records::NewComplaint;

/// What a person has typed so far, with its photos. It is on this device only.
#[derive(Debug, Clone, Serialize)]
pub struct Draft {
    /// Its id.
    pub id: String,
    /// What was typed; anything of it may be empty.
    pub complaint: NewComplaint,
    /// Its photos, in the order in which they were attached.
    pub photos: Vec<DraftPhoto>,
    /// When it was last saved (RFC 3339).
    pub saved_at: String,
    /// Fields that the adopted regulation wants and that are empty; none outside of a community.
    pub missing: Vec<String>,
    /// The id of the complaint that it has become, while photos are still to be attached to that:
    /// recording it again goes on with them. What was typed can't be changed any more then.
    pub recorded: Option<String>,
}

/// A photo of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DraftPhoto {
    /// Its id within the draft.
    pub id: String,
    /// Its size.
    pub bytes: u64,
    /// The copy that is kept of it, for showing.
    pub path: String,
}
