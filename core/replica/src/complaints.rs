//! Recording complaints, acting on them, editing, listing and showing them. All of it offline.

use std::collections::BTreeMap;
use std::sync::Arc;

use floorwalk_complaint::{
    Actor, Author, CARD, Complaint, ComplaintNumber, Document, DocumentId, Draft, Edit,
    Error as DocumentError, Event, EventKind, NewEvent as DocumentEvent, Role, Stage, TEXT,
    Written, allowed, derive_device_code, may_author,
};
use floorwalk_regulation::Answer;
use floorwalk_store::{ComplaintQuery, ListedComplaint, Tx};
use floorwalk_wire::{DeviceId, ScopeId, SignedHead, Timestamp};
use serde_json::{Map, Value};

use crate::card::{self, CardRef};
use crate::clock;
use crate::documents::{self, Lookup};
use crate::error::{Error, ErrorCode, Result};
use crate::evaluation::{CardKnown, Matter};
use crate::evidence;
use crate::ingest::is_office;
use crate::random;
use crate::records::{
    ADOPTION, Acted, AllowedKind, CLOCK_DOUBT, Card, ComplaintDetail, ComplaintRow, EventInfo,
    ListQuery, NewComplaint, NewEvent, PhotoCount, Recorded,
};
use crate::relay_state::{self, CLOCK_DIFFERS};
use crate::roster;
use crate::rules::Rules;
use crate::state::{Identity, setting};

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
/// Fields that an event can set as well: the complaint's grading.
const GRADING: [&str; 2] = ["severity", "category"];
/// The longest value of a field, in characters.
const FIELD_CHARS_MAX: usize = 4000;
/// The longest narrative, in characters.
const TEXT_CHARS_MAX: usize = 16_000;

/// Records a complaint. Costs one document and no look at any other.
pub(crate) fn record(tx: &Tx<'_>, identity: &Identity, new: &NewComplaint) -> Result<Recorded> {
    record_as(tx, identity, new, random::bytes())
}

/// The same under an id that follows from `unique`.
pub(crate) fn record_as(
    tx: &Tx<'_>,
    identity: &Identity,
    new: &NewComplaint,
    unique: [u8; 8],
) -> Result<Recorded> {
    let now = clock::now();
    let scope = roster::find_building(tx, identity, &new.building)?;
    let role = require_role(identity)?;
    require_may(role, &EventKind::Received)?;
    if new.text.trim().is_empty() {
        return Err(Error::about(ErrorCode::BadValue, "text"));
    }
    check_length(TEXT, &new.text, TEXT_CHARS_MAX)?;
    let received_at = time_or_now(new.at.as_deref(), now)?;
    let id = DocumentId::derive(&scope.0, unique);
    let rules = Rules::of(tx, identity)?;
    let number = next_number(tx, identity, &rules, now)?;
    let card = Card { complainant: new.complainant.clone(), phone: new.phone.clone() };
    let draft = Draft {
        number: number.clone(),
        recorded_at: clock::to_text(now, clock::DEFAULT_ZONE),
        fields: fields_of(new)?,
        narrative: new.text.clone(),
        card: keep_card(tx, &scope, &id, &card)?,
        evidence: BTreeMap::new(),
        received_at,
        received_set: received_set(tx, &rules, new)?,
    };
    let actor = identity.actor();
    let (mut document, change) =
        Document::create(&actor, &draft, 0).map_err(|error| explain(&error))?;
    let mut changes = vec![change];
    let lookup = Lookup::new(tx, identity);
    let mut complaint = document.fold(&lookup);
    for event in &new.events {
        // What has happened is recorded, also where the regulation would not have had it so.
        let event = check_event(tx, role, &complaint, event, now)?;
        changes.push(write_event(&mut document, &actor, event)?.change);
        complaint = document.fold(&lookup);
    }
    documents::keep(tx, identity, &scope, &id, &document, &document.save(), &changes)?;
    let matter = Matter::of(&rules, &complaint, &CardKnown::Here(card), None, now);
    let missing = matter.map(|matter| matter.evaluate().missing).unwrap_or_default();
    Ok(Recorded { number: number.to_string(), id: id.to_string(), missing })
}

/// Adds an event to a complaint.
pub(crate) fn act(tx: &Tx<'_>, identity: &Identity, name: &str, event: &NewEvent) -> Result<Acted> {
    let now = clock::now();
    let role = require_role(identity)?;
    let (scope, id) = find(tx, name)?;
    let mut document = documents::load(tx, identity, &scope, &id)?;
    let complaint = document.fold(&Lookup::new(tx, identity));
    let event = check_event(tx, role, &complaint, event, now)?;
    let rules = Rules::of(tx, identity)?;
    let (card, received) = (CardKnown::of(tx, &complaint)?, tx.complaint_received_at(&id)?);
    if let Some(matter) = Matter::of(&rules, &complaint, &card, received, now) {
        matter.check_act(role, &event)?;
    }
    let kind = event.kind.as_str().to_owned();
    let written = write_event(&mut document, &identity.actor(), event)?;
    documents::keep(tx, identity, &scope, &id, &document, &document.save(), &[written.change])?;
    let event = written.events.first().map(ToString::to_string).unwrap_or_default();
    Ok(Acted { number: complaint.number, kind, event })
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
        edit.fields.insert(CARD.to_owned(), keep_card(tx, &scope, &id, &card)?);
    }
    edit.events.extend(grading(role, sets));
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
    let (_, id) = find(tx, name)?;
    Viewer::new(tx, identity)?.show(&id)
}

/// What showing complaints needs besides them, looked up once; all are shown as of one moment.
pub(crate) struct Viewer<'a> {
    tx: &'a Tx<'a>,
    identity: &'a Identity,
    lookup: Lookup<'a>,
    rules: Arc<Rules>,
    buildings: BTreeMap<ScopeId, String>,
    devices: BTreeMap<DeviceId, String>,
    is_office: bool,
    now: Timestamp,
}

impl<'a> Viewer<'a> {
    pub(crate) fn new(tx: &'a Tx<'a>, identity: &'a Identity) -> Result<Self> {
        Ok(Self {
            tx,
            identity,
            lookup: Lookup::new(tx, identity),
            rules: Rules::of(tx, identity)?,
            buildings: roster::buildings(tx, identity)?,
            devices: roster::device_names(tx, identity)?,
            is_office: identity.role().is_some_and(is_office),
            now: clock::now(),
        })
    }

    /// All of a complaint.
    pub(crate) fn show(&self, id: &DocumentId) -> Result<ComplaintDetail> {
        let tx = self.tx;
        let listed =
            tx.complaint(id)?.ok_or_else(|| Error::about(ErrorCode::UnknownComplaint, id))?;
        let scope = listed.record.scope;
        let document = documents::load(tx, self.identity, &scope, id)?;
        let complaint = document.fold(&self.lookup);
        let row = row(listed, &self.buildings, self.is_office);
        let (card, received) = (CardKnown::of(tx, &complaint)?, tx.complaint_received_at(id)?);
        let matter = Matter::of(&self.rules, &complaint, &card, received, self.now);
        let answer = matter.map(|matter| matter.evaluate());
        let allowed = allowed_next(&complaint, answer.as_ref());
        // Where no regulation is known, it demands nothing.
        let (missing, refusals, escalations, duties) =
            answer.map(|a| (a.missing, a.refusals, a.escalations, a.duties)).unwrap_or_default();
        let evidence = evidence::show::all(self, (&scope, id), &document, &complaint);
        let mut conflicts = complaint.conflicts.clone();
        conflicts.remove(CARD);
        Ok(ComplaintDetail {
            number: row.number,
            id: row.id,
            building: row.building,
            allowed,
            card_state: card.as_str().to_owned(),
            card: card.card(),
            stage: row.stage,
            delivery: row.delivery,
            unsent: row.unsent,
            received_at: received_at(&complaint).unwrap_or_else(|| row.recorded_at.clone()),
            recorded_at: row.recorded_at,
            events: complaint.events.into_iter().map(|event| self.shown(event)).collect(),
            fields: complaint.fields,
            narrative: complaint.narrative,
            evidence: evidence?,
            missing,
            refusals,
            escalations,
            duties,
            conflicts,
            read_only: complaint.read_only,
        })
    }

    /// What this looks into.
    pub(crate) fn tx(&self) -> &Tx<'_> {
        self.tx
    }

    /// Who looks.
    pub(crate) fn identity(&self) -> &Identity {
        self.identity
    }

    /// Whether this device's relay signed a head.
    pub(crate) fn is_signed_by_relay(&self, head: &SignedHead) -> bool {
        let key = self.tx.setting(setting::RELAY_KEY).ok().flatten();
        let key = key.and_then(|key| DeviceId::try_from(&key[..]).ok());
        key.is_some_and(|key| head.verify(&key).is_ok())
    }

    /// The community's name.
    pub(crate) fn community_name(&self) -> String {
        self.rules.roster.community.get("name").cloned().unwrap_or_default()
    }

    /// A building's name.
    pub(crate) fn building(&self, scope: &ScopeId) -> String {
        self.buildings.get(scope).cloned().unwrap_or_default()
    }

    /// Whether the office looks.
    pub(crate) fn is_office(&self) -> bool {
        self.is_office
    }

    /// The name of an author's device; where it has none, the beginning of its actor.
    pub(crate) fn name_of(&self, author: Option<Author>, actor: &Actor) -> String {
        let name = author.and_then(|author| self.devices.get(&DeviceId(author.device)).cloned());
        name.unwrap_or_else(|| actor.short())
    }

    fn shown(&self, event: Event) -> EventInfo {
        let device = event.author.map(|author| DeviceId(author.device));
        EventInfo {
            id: event.id.to_string(),
            kind: event.kind.as_str().to_owned(),
            at: event.at,
            author: self.name_of(event.author, &event.actor),
            device: device.map(|device| device.to_string()),
            role: event.author.map(|author| author.role.as_str().to_owned()),
            counted: event.counted,
            set: event.set,
            note: event.note,
        }
    }
}

fn received_at(complaint: &Complaint) -> Option<String> {
    let mut counted = complaint.events.iter().filter(|event| event.counted);
    Some(counted.find(|event| event.kind == EventKind::Received)?.at.clone())
}

/// A complaint's document, by its number or its id.
pub(crate) fn find(tx: &Tx<'_>, name: &str) -> Result<(ScopeId, DocumentId)> {
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

fn next_number(
    tx: &Tx<'_>,
    identity: &Identity,
    rules: &Rules,
    now: Timestamp,
) -> Result<ComplaintNumber> {
    let short = rules.roster.community.get("short").ok_or(ErrorCode::NotInCommunity)?;
    let actor = identity.actor();
    let day = clock::date(now, clock::DEFAULT_ZONE);
    let series = format!("{day}/{}", derive_device_code(&actor));
    let count = tx.next_number(&series)?;
    ComplaintNumber::derive(short, day, &actor, count)
        .map_err(|_| Error::about(ErrorCode::BadValue, "number"))
}

/// Checks what is typed against limits only: it may be as incomplete as it likes.
pub(crate) fn check_limits(new: &NewComplaint) -> Result<()> {
    check_length(TEXT, &new.text, TEXT_CHARS_MAX)?;
    fields_of(new)?;
    let NewComplaint { building, complainant, phone, at, .. } = new;
    let besides = [("complainant", complainant), ("phone", phone), ("at", at)];
    for (field, value) in besides {
        check_length(field, value.as_deref().unwrap_or_default(), FIELD_CHARS_MAX)?;
    }
    check_length("building", building, FIELD_CHARS_MAX)
}

/// The fields that say something, by their keys, without the card's and the narrative.
pub(crate) fn fields_of(new: &NewComplaint) -> Result<BTreeMap<String, String>> {
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

fn keep_card(tx: &Tx<'_>, scope: &ScopeId, id: &DocumentId, card: &Card) -> Result<Option<String>> {
    if *card == Card::default() {
        return Ok(None);
    }
    for (field, value) in [("complainant", &card.complainant), ("phone", &card.phone)] {
        check_length(field, value.as_deref().unwrap_or_default(), FIELD_CHARS_MAX)?;
    }
    card::keep(tx, scope, id, card).map(Some)
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

/// What the first event tells besides: the adoption that the complaint is received under, and its
/// grading, since the fields of that name can change.
fn received_set(tx: &Tx<'_>, rules: &Rules, new: &NewComplaint) -> Result<Map<String, Value>> {
    let [severity, category] = GRADING;
    let given = [(ADOPTION, &rules.current), (severity, &new.severity), (category, &new.category)];
    let mut set = Map::new();
    for (key, value) in given {
        let value = value.as_ref().filter(|value| !value.is_empty());
        set.extend(value.map(|value| (key.to_owned(), Value::from(value.clone()))));
    }
    note_doubt(tx, new.at.as_deref(), &mut set)?;
    Ok(set)
}

/// Notes that the time of an event is in doubt, where it comes from a clock that is known to
/// differ from the relay's.
fn note_doubt(tx: &Tx<'_>, given: Option<&str>, set: &mut Map<String, Value>) -> Result<()> {
    let differs = || relay_state::warnings(tx).map(|all| all.iter().any(|w| w == CLOCK_DIFFERS));
    if given.is_none() && differs()? {
        set.insert(CLOCK_DOUBT.to_owned(), Value::Bool(true));
    }
    Ok(())
}

/// The event that an edit of severity or category amounts to, so that it is known since when.
fn grading(role: Role, sets: &BTreeMap<String, String>) -> Option<DocumentEvent> {
    let graded = |key: &str| Some((key.to_owned(), Value::from(sets.get(key)?.clone())));
    let set: Map<String, Value> = GRADING.into_iter().filter_map(graded).collect();
    let says = set.values().any(|value| value.as_str().is_some_and(|text| !text.is_empty()));
    if !says || !may_author(role, &EventKind::Classified) {
        return None;
    }
    let at = clock::to_text(clock::now(), clock::DEFAULT_ZONE);
    Some(DocumentEvent { kind: EventKind::Classified, at, set, note: None })
}

/// Writes an event; a classification also into the fields that lists show.
fn write_event(document: &mut Document, actor: &Actor, event: DocumentEvent) -> Result<Written> {
    let mut edit = Edit::default();
    if event.kind == EventKind::Classified {
        for key in GRADING {
            let given = event.set.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            edit.fields.extend(given.map(|value| (key.to_owned(), Some(value.to_owned()))));
        }
    }
    edit.events.push(event);
    let written = document.apply(actor, &edit, 0).map_err(|error| explain(&error))?;
    written.ok_or_else(|| Error::about(ErrorCode::BadValue, "event"))
}

/// Checks that a role may do this at this stage, and that the event is well formed.
fn check_event(
    tx: &Tx<'_>,
    role: Role,
    complaint: &Complaint,
    new: &NewEvent,
    now: Timestamp,
) -> Result<DocumentEvent> {
    let kind = EventKind::from_key(&new.kind);
    if matches!(kind, EventKind::Unknown(_)) {
        return Err(Error::about(ErrorCode::UnknownKind, &new.kind));
    }
    require_may(role, &kind)?;
    if !allowed(complaint.stage, role).contains(&kind) {
        let what = format!("{} at {}", new.kind, complaint.stage.as_str());
        return Err(Error::about(ErrorCode::StageForbids, what));
    }
    let at = time_or_now(new.at.as_deref(), now)?;
    let note = new.note.clone().filter(|note| !note.is_empty());
    check_length("note", note.as_deref().unwrap_or_default(), TEXT_CHARS_MAX)?;
    let mut set = new.set.clone();
    note_doubt(tx, new.at.as_deref(), &mut set)?;
    Ok(DocumentEvent { kind, at, set, note })
}

pub(crate) fn require_role(identity: &Identity) -> Result<Role> {
    identity.role().ok_or_else(|| ErrorCode::NotAMember.into())
}

pub(crate) fn require_may(role: Role, kind: &EventKind) -> Result<()> {
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

/// What may be done next, by kind: as the regulation says, or in general where none does.
fn allowed_next(complaint: &Complaint, answer: Option<&Answer>) -> Vec<AllowedKind> {
    let mut by_kind: BTreeMap<String, Vec<String>> = BTreeMap::new();
    match answer {
        Some(answer) => {
            for allowed in &answer.allowed {
                let roles = allowed.roles.iter().map(|role| role.as_str().to_owned());
                by_kind.insert(allowed.kind.to_owned(), roles.collect());
            }
        }
        None => {
            for role in Role::ALL {
                for kind in allowed(complaint.stage, *role) {
                    let roles = by_kind.entry(kind.as_str().to_owned()).or_default();
                    roles.push(role.as_str().to_owned());
                }
            }
        }
    }
    by_kind.into_iter().map(|(kind, roles)| AllowedKind { kind, roles }).collect()
}

pub(crate) fn explain(error: &DocumentError) -> Error {
    match error {
        DocumentError::NewerSchema => ErrorCode::NewerDocument.into(),
        DocumentError::TooLong { what, .. } => Error::about(ErrorCode::BadValue, what),
        DocumentError::Key => Error::about(ErrorCode::BadField, "?"),
        other => Error::about(ErrorCode::BadValue, other),
    }
}
