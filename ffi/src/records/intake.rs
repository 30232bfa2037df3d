//! Complaints on their way in: what is typed, drafts, and what is asked for.

use floorwalk_replica::records;

/// A complaint as it is recorded, or typed into a draft.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct NewComplaint {
    /// The building's name or scope id.
    #[uniffi(default = "")]
    pub building: String,
    /// The room.
    #[uniffi(default = "")]
    pub room: String,
    /// What happened, in the person's words: at most 16,000 characters.
    #[uniffi(default = "")]
    pub text: String,
    /// The person's name; kept on the card, which can be erased.
    #[uniffi(default = None)]
    pub complainant: Option<String>,
    /// The person's telephone; kept on the card.
    #[uniffi(default = None)]
    pub phone: Option<String>,
    /// The channel's key.
    #[uniffi(default = None)]
    pub channel: Option<String>,
    /// The category's key.
    #[uniffi(default = None)]
    pub category: Option<String>,
    /// The severity's key.
    #[uniffi(default = None)]
    pub severity: Option<String>,
    /// Who is complained about.
    #[uniffi(default = None)]
    pub respondent: Option<String>,
    /// What the person demands.
    #[uniffi(default = None)]
    pub demand: Option<String>,
    /// What the property company did about it before.
    #[uniffi(default = None)]
    pub reported_before: Option<String>,
    /// When it was received (RFC 3339); the moment of recording when absent.
    #[uniffi(default = None)]
    pub received_at: Option<String>,
}

/// What became of recording.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Recorded {
    /// The complaint's number, as it stands on every form.
    pub number: String,
    /// The document's id.
    pub id: String,
    /// Keys of fields that the regulation wants and that are empty.
    pub missing: Vec<String>,
}

/// What was typed and is not recorded yet. On this device only.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Draft {
    /// Its id.
    pub id: String,
    /// What was typed.
    pub complaint: NewComplaint,
    /// Its photos.
    pub photos: Vec<DraftPhoto>,
    /// When it was last saved (RFC 3339).
    pub saved_at: String,
    /// Keys of fields that the regulation wants and that are empty.
    pub missing: Vec<String>,
    /// The id of the complaint that it has become, while photos are still to be attached to that:
    /// recording it again goes on with them, and what was typed can't be changed any more.
    pub recorded: Option<String>,
}

/// A photo of a draft.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DraftPhoto {
    /// Its id.
    pub id: String,
    /// Its size.
    pub bytes: u64,
    /// Where the kept copy is, for showing it.
    pub path: String,
}

/// What to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct ListQuery {
    /// Only this building: name or scope id.
    #[uniffi(default = None)]
    pub building: Option<String>,
    /// Only this stage's key.
    #[uniffi(default = None)]
    pub stage: Option<String>,
    /// Only complaints with an overdue duty.
    #[uniffi(default = false)]
    pub overdue: bool,
    /// How many at most; all of them when absent.
    #[uniffi(default = None)]
    pub limit: Option<u32>,
    /// How many to pass over.
    #[uniffi(default = 0)]
    pub offset: u32,
}

impl From<NewComplaint> for records::NewComplaint {
    fn from(new: NewComplaint) -> Self {
        Self {
            building: new.building,
            room: new.room,
            complainant: new.complainant,
            phone: new.phone,
            channel: new.channel,
            category: new.category,
            severity: new.severity,
            respondent: new.respondent,
            demand: new.demand,
            reported_before: new.reported_before,
            at: new.received_at,
            text: new.text,
            events: Vec::new(),
        }
    }
}

impl From<records::NewComplaint> for NewComplaint {
    fn from(kept: records::NewComplaint) -> Self {
        Self {
            building: kept.building,
            room: kept.room,
            text: kept.text,
            complainant: kept.complainant,
            phone: kept.phone,
            channel: kept.channel,
            category: kept.category,
            severity: kept.severity,
            respondent: kept.respondent,
            demand: kept.demand,
            reported_before: kept.reported_before,
            received_at: kept.at,
        }
    }
}

impl From<records::Recorded> for Recorded {
    fn from(recorded: records::Recorded) -> Self {
        let records::Recorded { number, id, missing } = recorded;
        Self { number, id, missing }
    }
}

impl From<records::Draft> for Draft {
    fn from(draft: records::Draft) -> Self {
        let records::Draft { id, complaint, photos, saved_at, missing, recorded } = draft;
        let photos = photos.into_iter().map(|photo| {
            let records::DraftPhoto { id, bytes, path } = photo;
            DraftPhoto { id, bytes, path }
        });
        let (complaint, photos) = (complaint.into(), photos.collect());
        Self { id, complaint, photos, saved_at, missing, recorded }
    }
}

impl From<ListQuery> for records::ListQuery {
    fn from(query: ListQuery) -> Self {
        let ListQuery { building, stage, overdue, limit, offset } = query;
        Self { building, stage, overdue, limit, offset }
    }
}
