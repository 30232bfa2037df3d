//! Asking the adopted regulation about a complaint: what of its document the engine looks at.
//!
//! A clock is in doubt where an event is dated after the relay received it or after now, or where
//! its author's device knew that its clock differed. Such an event is taken to have happened when
//! it can at the latest have happened, and what depends on it is marked uncertain.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use floorwalk_complaint::{Complaint, DocumentId, Event, EventKind, NewEvent, Role};
use floorwalk_regulation::{Answer, Facts, Happening, Party, Refusal, evaluate};
use floorwalk_store::Tx;
use floorwalk_wire::Timestamp;
use serde_json::{Map, Value};

use crate::card::{self, CardRef};
use crate::clock;
use crate::error::{Error, ErrorCode, Result};
use crate::evidence::erase;
use crate::records::{ADOPTION, CLOCK_DOUBT, Card, NewComplaint};
use crate::rules::{Adopted, Rules};

/// Clocks that differ by less are taken to agree.
const TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// What is known of the person's card.
pub(crate) enum CardKnown {
    /// There is none.
    None,
    /// Its bytes have not arrived: what it holds is taken to be there.
    Waiting,
    /// It was erased: what it held was there.
    Erased,
    /// This.
    Here(Card),
}

impl CardKnown {
    /// What is known of a complaint's card here.
    pub(crate) fn of(tx: &Tx<'_>, complaint: &Complaint) -> Result<Self> {
        let Some(reference) = complaint.card.as_deref().and_then(CardRef::parse) else {
            return Ok(Self::None);
        };
        if erase::is_erased(tx, &reference.blob)? {
            return Ok(Self::Erased);
        }
        Ok(card::open(tx, &reference)?.map_or(Self::Waiting, Self::Here))
    }

    /// Its key in a complaint's record.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Waiting => "waiting",
            Self::Erased => "erased",
            Self::Here(_) => "here",
        }
    }

    /// The card, if it is here.
    pub(crate) fn card(self) -> Option<Card> {
        match self {
            Self::Here(card) => Some(card),
            Self::None | Self::Waiting | Self::Erased => None,
        }
    }
}

/// A complaint in the engine's terms.
pub(crate) struct Matter<'a> {
    /// The adoption that it was received under.
    adopted: &'a Adopted,
    /// What it says.
    facts: Facts,
    /// What happened to it and counts.
    events: Vec<Happening>,
    /// The moment of the question.
    now: DateTime<Utc>,
}

impl<'a> Matter<'a> {
    /// A complaint as the rules see it; none where no adoption that this version can read applies.
    pub(crate) fn of(
        rules: &'a Rules,
        complaint: &Complaint,
        card: &CardKnown,
        received_by_relay: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Self> {
        let counted = complaint.events.iter().filter(|event| event.counted);
        let first = counted.clone().find(|event| event.kind == EventKind::Received);
        let key = first.and_then(|event| text(event, ADOPTION));
        let adopted = rules.adopted(key)?;
        let mut facts = facts(complaint, card);
        let graded = first.and_then(|event| text(event, "severity"));
        let grades = |event: &Event| {
            event.kind == EventKind::Classified && text(event, "severity").is_some()
        };
        if graded.is_some() || counted.clone().any(grades) {
            facts.severity = graded.map(str::to_owned);
        }
        let last = |event: &&Event| {
            let is_first = first.is_some_and(|first| first.id == event.id);
            received_by_relay.filter(|_| is_first).map_or(now.0, |received| received.0.min(now.0))
        };
        let events = counted.clone().filter_map(|event| happening(event, last(&event))).collect();
        Some(Self { adopted, facts, events, now: moment(now.0)? })
    }

    /// What the regulation says.
    pub(crate) fn evaluate(&self) -> Answer {
        let Adopted { regulation, decided, .. } = self.adopted;
        evaluate::evaluate(regulation, decided, &self.facts, &self.events, self.now)
    }

    /// Checks that the regulation allows an event.
    ///
    /// # Errors
    /// [`ErrorCode::RegulationForbids`] with the clause.
    pub(crate) fn check_act(&self, role: Role, event: &NewEvent) -> Result<()> {
        let Adopted { regulation, decided, .. } = self.adopted;
        let at = DateTime::parse_from_rfc3339(&event.at).map_or(self.now, |at| at.to_utc());
        let next = Happening {
            kind: event.kind.clone(),
            at,
            role: Some(Party::Member(role)),
            set: event.set.clone(),
            doubtful: false,
        };
        let Self { facts, events, now, .. } = self;
        evaluate::check_act(regulation, decided, facts, events, &next, *now).map_err(|refusal| {
            let Refusal { clause, reason, reason_zh, .. } = refusal;
            let why = format!("{clause}: {reason_zh} / {reason}");
            Error::about(ErrorCode::RegulationForbids, why)
        })
    }
}

/// When the next duty of a complaint is due. The card has no part in that.
pub(crate) fn next_due(
    tx: &Tx<'_>,
    rules: &Rules,
    id: &DocumentId,
    complaint: &Complaint,
) -> Result<(Option<Timestamp>, Option<String>)> {
    let received = tx.complaint_received_at(id)?;
    let matter = Matter::of(rules, complaint, &CardKnown::Waiting, received, clock::now());
    let answer = matter.map(|matter| matter.evaluate());
    let due = answer.as_ref().and_then(Answer::next_due);
    let severity = answer.and_then(|answer| answer.severity);
    Ok((due.map(|due| Timestamp(due.timestamp_millis())), severity))
}

/// What the present regulation wants of a complaint that is not recorded yet, and is empty.
pub(crate) fn missing(
    rules: &Rules,
    role: Role,
    new: &NewComplaint,
    fields: BTreeMap<String, String>,
    photos: usize,
    now: Timestamp,
) -> Vec<String> {
    let (Some(adopted), Some(now)) = (rules.adopted(None), moment(now.0)) else {
        return Vec::new();
    };
    let besides = Besides {
        text: new.text.clone(),
        building: new.building.clone(),
        evidence: photos,
        complainant: new.complainant.clone(),
        phone: new.phone.clone(),
    };
    let received = Happening {
        kind: EventKind::Received,
        at: now,
        role: Some(Party::Member(role)),
        set: Map::new(),
        doubtful: false,
    };
    let facts = besides.into_facts(fields);
    Matter { adopted, facts, events: vec![received], now }.evaluate().missing
}

fn facts(complaint: &Complaint, card: &CardKnown) -> Facts {
    let (complainant, phone) = match card {
        CardKnown::None => (None, None),
        CardKnown::Waiting | CardKnown::Erased => (Some("yes".to_owned()), Some("yes".to_owned())),
        CardKnown::Here(card) => (card.complainant.clone(), card.phone.clone()),
    };
    let besides = Besides {
        text: complaint.narrative.clone(),
        // Its scope is its building's.
        building: "yes".to_owned(),
        // What was erased had been given.
        evidence: complaint.evidence.values().filter(|evidence| evidence.counted).count(),
        complainant,
        phone,
    };
    besides.into_facts(complaint.fields.clone())
}

/// What the engine takes for fields and a document keeps elsewhere.
struct Besides {
    text: String,
    building: String,
    evidence: usize,
    complainant: Option<String>,
    phone: Option<String>,
}

impl Besides {
    fn into_facts(self, mut fields: BTreeMap<String, String>) -> Facts {
        let mut take = |key: &str| fields.remove(key).filter(|value| !value.is_empty());
        let (channel, category, severity) = (take("channel"), take("category"), take("severity"));
        let besides = [
            ("text", Some(self.text)),
            ("building", Some(self.building)),
            ("evidence", (self.evidence > 0).then(|| self.evidence.to_string())),
            ("complainant", self.complainant),
            ("phone", self.phone),
        ];
        for (key, value) in besides {
            fields.extend(value.map(|value| (key.to_owned(), value)));
        }
        Facts { channel, category, severity, fields }
    }
}

fn happening(event: &Event, latest_ms: i64) -> Option<Happening> {
    let at = DateTime::parse_from_rfc3339(&event.at).ok()?.to_utc();
    let is_ahead = at.timestamp_millis() > latest_ms.saturating_add(TOLERANCE_MS);
    let knew = event.set.get(CLOCK_DOUBT) == Some(&Value::Bool(true));
    Some(Happening {
        kind: event.kind.clone(),
        at: at.min(moment(latest_ms)?),
        role: event.author.map(|author| Party::Member(author.role)),
        set: event.set.clone(),
        doubtful: is_ahead || knew,
    })
}

fn text<'a>(event: &'a Event, key: &str) -> Option<&'a str> {
    event.set.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn moment(ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms)
}
