//! Recording complaints, acting on them, editing, listing and showing them. All of it offline.

use std::collections::BTreeMap;

use floorwalk_complaint::{
    CARD, Complaint, ComplaintNumber, Document, DocumentId, Draft, Edit, Error as DocumentError,
    Event, EventKind, NewEvent as DocumentEvent, Role, Stage, TEXT, allowed, derive_device_code,
    may_author,
};
use floorwalk_store::{ComplaintQuery, ListedComplaint, Tx};
use floorwalk_wire::{DeviceId, ScopeId, Timestamp};

use crate::card::{self, CardRef};
use crate::clock;
use crate::documents::{self, Lookup};
use crate::error::{Error, ErrorCode, Result};
use crate::ingest::is_office;
use crate::random;
use crate::records::{
    Acted, AllowedKind, Card, ComplaintDetail, ComplaintRow, EventInfo, ListQuery, NewComplaint,
    NewEvent, PhotoCount, Recorded,
};
use crate::roster;
use crate::state::Identity;

/// Fields that a person may set besides the card's and the narrative.
const FIELDS: &[&str] = &[
    "room",
    "channel",
    "category",
    "severity",
    "respondent",
    "demand",
    "reported_before",
    "place",
    "occurred_at",
    "resident_limit",
    "signature",
];
/// The longest value of a field, in characters.
const FIELD_CHARS_MAX: usize = 4000;
/// The longest narrative, in characters.
const TEXT_CHARS_MAX: usize = 16_000;

/// Records a complaint. Costs one document and no look at any other.
pub(crate) fn record(tx: &Tx<'_>, identity: &Identity, new: &NewComplaint) -> Result<Recorded> {
    let now = clock::now();
    let scope = roster::find_building(tx, identity, &new.building)?;
    let role = require_role(identity)?;
    require_may(role, &EventKind::Received)?;
    if new.text.trim().is_empty() {
        return Err(Error::about(ErrorCode::BadValue, "text"));
    }
    check_length(TEXT, &new.text, TEXT_CHARS_MAX)?;
    let received_at = time_or_now(new.at.as_deref(), now)?;
    let id = DocumentId(random::bytes());
    let number = next_number(tx, identity, now)?;
    let card = Card { complainant: new.complainant.clone(), phone: new.phone.clone() };
    let draft = Draft {
        number: number.clone(),
        recorded_at: clock::to_text(now, clock::DEFAULT_ZONE),
        fields: fields_of(new)?,
        narrative: new.text.clone(),
        card: keep_card(tx, &scope, &id, card)?,
        evidence: BTreeMap::new(),
        received_at,
        received_set: serde_json::Map::new(),
    };
    let actor = identity.actor();
    let (mut document, change) =
        Document::create(&actor, &draft, 0).map_err(|error| explain(&error))?;
    let mut changes = vec![change];
    for event in &new.events {
        let event = check_event(role, &document_stage(tx, identity, &document), event, now)?;
        changes.push(document.act(&actor, &event, 0).map_err(|error| explain(&error))?.1);
    }
    documents::keep(tx, identity, &scope, &id, &document, &document.save(), &changes)?;
    Ok(Recorded { number: number.to_string(), id: id.to_string(), missing: Vec::new() })
}

/// Adds an event to a complaint.
pub(crate) fn act(tx: &Tx<'_>, identity: &Identity, name: &str, event: &NewEvent) -> Result<Acted> {
    let now = clock::now();
    let role = require_role(identity)?;
    let (scope, id) = find(tx, name)?;
    let mut document = documents::load(tx, identity, &scope, &id)?;
    let complaint = document.fold(&Lookup::new(tx, identity));
    let event = check_event(role, &complaint.stage, event, now)?;
    let (event_id, change) =
        document.act(&identity.actor(), &event, 0).map_err(|error| explain(&error))?;
    documents::keep(tx, identity, &scope, &id, &document, &document.save(), &[change])?;
    let kind = event.kind.as_str().to_owned();
    Ok(Acted { number: complaint.number, kind, event: event_id.to_string() })
}

/// Sets fields of a complaint; `text` is the narrative, `complainant` and `phone` are the card's.
/// An empty value takes a field away.
pub(crate) fn edit(
    tx: &Tx<'_>,
    identity: &Identity,
    name: &str,
    sets: &BTreeMap<String, String>,
) -> Result<()> {
    let role = require_role(identity)?;
    require_may(role, &EventKind::Supplemented)?;
    let (scope, id) = find(tx, name)?;
    let mut document = documents::load(tx, identity, &scope, &id)?;
    let mut edit = Edit::default();
    let mut card = None;
    for (field, value) in sets {
        match field.as_str() {
            TEXT if value.trim().is_empty() => {
                return Err(Error::about(ErrorCode::BadValue, TEXT));
            }
            TEXT => check_length(TEXT, value, TEXT_CHARS_MAX)?,
            "complainant" | "phone" => {
                let known = document.fold(&Lookup::new(tx, identity)).card;
                let card = card.get_or_insert(read_card(tx, known.as_deref())?);
                let value = (!value.is_empty()).then(|| value.clone());
                check_length(field, value.as_deref().unwrap_or_default(), FIELD_CHARS_MAX)?;
                if field == "phone" {
                    card.phone = value
                } else {
                    card.complainant = value
                }
                continue;
            }
            field if FIELDS.contains(&field) => check_length(field, value, FIELD_CHARS_MAX)?,
            field => return Err(Error::about(ErrorCode::BadField, field)),
        }
        let value = (!value.is_empty()).then(|| value.clone());
        edit.fields.insert(field.clone(), value);
    }
    if let Some(card) = card {
        edit.fields.insert(CARD.to_owned(), keep_card(tx, &scope, &id, card)?);
    }
    let written = document.apply(&identity.actor(), &edit, 0).map_err(|error| explain(&error))?;
    match written {
        Some(written) => {
            let changes = [written.change];
            documents::keep(tx, identity, &scope, &id, &document, &document.save(), &changes)
        }
        None => Ok(()),
    }
}

/// The complaints of a query, newest first. No document is loaded.
pub(crate) fn list(
    tx: &Tx<'_>,
    identity: &Identity,
    query: &ListQuery,
) -> Result<Vec<ComplaintRow>> {
    let stage = query.stage.as_deref();
    if let Some(stage) = stage {
        let known = Stage::ALL.iter().any(|known| known.as_str() == stage);
        if !known {
            return Err(Error::about(ErrorCode::UnknownStage, stage));
        }
    }
    let building = query.building.as_deref();
    let scope = building.map(|name| roster::find_building(tx, identity, name)).transpose()?;
    let names = roster::buildings(tx, identity)?;
    let found = tx.complaints(&ComplaintQuery {
        scope,
        stage: query.stage.clone(),
        due_before: query.overdue.then(clock::now),
        limit: query.limit,
        offset: query.offset,
    })?;
    let office = identity.role().is_some_and(is_office);
    Ok(found.into_iter().map(|listed| row(listed, &names, office)).collect())
}

/// All of one complaint.
pub(crate) fn show(tx: &Tx<'_>, identity: &Identity, name: &str) -> Result<ComplaintDetail> {
    let (scope, id) = find(tx, name)?;
    let document = documents::load(tx, identity, &scope, &id)?;
    let complaint = document.fold(&Lookup::new(tx, identity));
    let listed =
        tx.complaint(&id)?.ok_or_else(|| Error::about(ErrorCode::UnknownComplaint, name))?;
    let office = identity.role().is_some_and(is_office);
    let row = row(listed, &roster::buildings(tx, identity)?, office);
    let reference = complaint.card.as_deref().and_then(CardRef::parse);
    let card = reference.as_ref().map(|reference| card::open(tx, reference)).transpose()?.flatten();
    let card_state = match (&reference, &card) {
        (None, _) => "none",
        (Some(_), Some(_)) => "here",
        (Some(_), None) => "waiting",
    };
    let names = roster::device_names(tx, identity)?;
    let mut conflicts = complaint.conflicts.clone();
    conflicts.remove(CARD);
    Ok(ComplaintDetail {
        number: row.number,
        id: row.id,
        building: row.building,
        allowed: allowed_next(&complaint),
        card,
        card_state: card_state.to_owned(),
        stage: row.stage,
        delivery: row.delivery,
        unsent: row.unsent,
        recorded_at: row.recorded_at,
        events: complaint.events.into_iter().map(|event| shown(event, &names)).collect(),
        fields: complaint.fields,
        narrative: complaint.narrative,
        evidence: Vec::new(),
        duties: Vec::new(),
        missing: Vec::new(),
        conflicts,
        read_only: complaint.read_only,
    })
}

/// A complaint's document, by its number or its id.
fn find(tx: &Tx<'_>, name: &str) -> Result<(ScopeId, DocumentId)> {
    let unknown = || Error::about(ErrorCode::UnknownComplaint, name);
    let numbered = tx.documents_numbered(name.trim())?;
    let id = match numbered[..] {
        [id] => id,
        [] => name.trim().parse().map_err(|_| unknown())?,
        _ => return Err(Error::about(ErrorCode::AmbiguousNumber, name)),
    };
    let listed = tx.complaint(&id)?.ok_or_else(unknown)?;
    Ok((listed.record.scope, id))
}

fn next_number(tx: &Tx<'_>, identity: &Identity, now: Timestamp) -> Result<ComplaintNumber> {
    let roster = roster::read(tx)?;
    let short = roster.community.get("short").ok_or(ErrorCode::NotInCommunity)?;
    let actor = identity.actor();
    let day = clock::date(now, clock::DEFAULT_ZONE);
    let series = format!("{day}/{}", derive_device_code(&actor));
    let count = tx.next_number(&series)?;
    ComplaintNumber::derive(short, day, &actor, count)
        .map_err(|_| Error::about(ErrorCode::BadValue, "number"))
}

fn fields_of(new: &NewComplaint) -> Result<BTreeMap<String, String>> {
    let given = [
        ("room", Some(&new.room)),
        ("channel", new.channel.as_ref()),
        ("category", new.category.as_ref()),
        ("severity", new.severity.as_ref()),
        ("respondent", new.respondent.as_ref()),
        ("demand", new.demand.as_ref()),
        ("reported_before", new.reported_before.as_ref()),
    ];
    let mut fields = BTreeMap::new();
    for (field, value) in given {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            check_length(field, value, FIELD_CHARS_MAX)?;
            fields.insert(field.to_owned(), value.clone());
        }
    }
    Ok(fields)
}

fn keep_card(tx: &Tx<'_>, scope: &ScopeId, id: &DocumentId, card: Card) -> Result<Option<String>> {
    if card == Card::default() {
        return Ok(None);
    }
    for (field, value) in [("complainant", &card.complainant), ("phone", &card.phone)] {
        check_length(field, value.as_deref().unwrap_or_default(), FIELD_CHARS_MAX)?;
    }
    card::keep(tx, scope, id, &card).map(Some)
}

/// The card that an edit starts from. Editing one half of a card whose bytes have not arrived
/// would lose the other half.
fn read_card(tx: &Tx<'_>, reference: Option<&str>) -> Result<Card> {
    match reference.and_then(CardRef::parse) {
        None => Ok(Card::default()),
        Some(reference) => card::open(tx, &reference)?
            .ok_or_else(|| Error::about(ErrorCode::BadValue, "complainant, phone (not here yet)")),
    }
}

fn document_stage(tx: &Tx<'_>, identity: &Identity, document: &Document) -> Stage {
    document.fold(&Lookup::new(tx, identity)).stage
}

/// Checks that a role may do this at this stage, and that the event is well formed.
fn check_event(role: Role, stage: &Stage, new: &NewEvent, now: Timestamp) -> Result<DocumentEvent> {
    let kind = EventKind::from_key(&new.kind);
    if matches!(kind, EventKind::Unknown(_)) {
        return Err(Error::about(ErrorCode::UnknownKind, &new.kind));
    }
    require_may(role, &kind)?;
    if !allowed(*stage, role).contains(&kind) {
        let what = format!("{} at {}", new.kind, stage.as_str());
        return Err(Error::about(ErrorCode::StageForbids, what));
    }
    let at = time_or_now(new.at.as_deref(), now)?;
    let note = new.note.clone().filter(|note| !note.is_empty());
    check_length("note", note.as_deref().unwrap_or_default(), TEXT_CHARS_MAX)?;
    Ok(DocumentEvent { kind, at, set: new.set.clone(), note })
}

fn require_role(identity: &Identity) -> Result<Role> {
    identity.role().ok_or_else(|| ErrorCode::NotAMember.into())
}

fn require_may(role: Role, kind: &EventKind) -> Result<()> {
    if may_author(role, kind) {
        Ok(())
    } else {
        let what = format!("{}, {}", role.as_str(), kind.as_str());
        Err(Error::about(ErrorCode::RoleMayNot, what))
    }
}

fn time_or_now(text: Option<&str>, now: Timestamp) -> Result<String> {
    match text {
        Some(text) => clock::from_text(text).map(|_| text.to_owned()),
        None => Ok(clock::to_text(now, clock::DEFAULT_ZONE)),
    }
}

fn check_length(field: &str, value: &str, chars_max: usize) -> Result<()> {
    let fits = value.len() <= chars_max || value.chars().count() <= chars_max;
    if fits { Ok(()) } else { Err(Error::about(ErrorCode::BadValue, field)) }
}

fn row(
    listed: ListedComplaint,
    names: &BTreeMap<ScopeId, String>,
    viewer_is_office: bool,
) -> ComplaintRow {
    let record = listed.record;
    let delivery = if record.accepted {
        "accepted"
    } else if viewer_is_office || listed.office_seen {
        "received"
    } else if listed.sent {
        "sent"
    } else {
        "saved"
    };
    ComplaintRow {
        number: record.number,
        id: record.document.to_string(),
        building: names.get(&record.scope).cloned().unwrap_or_else(|| record.scope.to_string()),
        room: record.room,
        category: record.category,
        severity: record.severity,
        stage: record.stage,
        delivery: delivery.to_owned(),
        unsent: listed.unsent,
        recorded_at: record.recorded_at,
        next_due: record.next_due.map(|due| clock::to_text(due, clock::DEFAULT_ZONE)),
        photos: PhotoCount { total: record.photos, sent: listed.photos_sent },
    }
}

fn shown(event: Event, names: &BTreeMap<DeviceId, String>) -> EventInfo {
    let device = event.author.map(|author| DeviceId(author.device));
    let name = device.and_then(|device| names.get(&device).cloned());
    EventInfo {
        id: event.id.to_string(),
        kind: event.kind.as_str().to_owned(),
        at: event.at,
        author: name.unwrap_or_else(|| event.actor.short()),
        device: device.map(|device| device.to_string()),
        role: event.author.map(|author| author.role.as_str().to_owned()),
        counted: event.counted,
        set: event.set,
        note: event.note,
    }
}

/// What may be done next in general, by kind.
fn allowed_next(complaint: &Complaint) -> Vec<AllowedKind> {
    let mut by_kind: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for role in Role::ALL {
        for kind in allowed(complaint.stage, *role) {
            by_kind.entry(kind.as_str().to_owned()).or_default().push(role.as_str().to_owned());
        }
    }
    by_kind.into_iter().map(|(kind, roles)| AllowedKind { kind, roles }).collect()
}

fn explain(error: &DocumentError) -> Error {
    match error {
        DocumentError::NewerSchema => ErrorCode::NewerDocument.into(),
        DocumentError::TooLong { what, .. } => Error::about(ErrorCode::BadValue, what),
        DocumentError::Key => Error::about(ErrorCode::BadField, "?"),
        other => Error::about(ErrorCode::BadValue, other),
    }
}
