//! What register, forms and calendar say of a complaint, found in its record.

use floorwalk_replica::EventKind;
use floorwalk_replica::records::{ADOPTION, CommunityInfo, ComplaintDetail, EventInfo};
use floorwalk_replica::regulation::Duty;

use crate::text::{Lang, labels, words};

/// The first counted event of a kind.
pub fn first(detail: &ComplaintDetail, kind: EventKind) -> Option<&EventInfo> {
    counted(detail).find(|event| event.kind == kind.as_str())
}

/// The last counted event of a kind.
pub fn last(detail: &ComplaintDetail, kind: EventKind) -> Option<&EventInfo> {
    counted(detail).filter(|event| event.kind == kind.as_str()).last()
}

/// The last counted event of any of these kinds.
pub fn last_of<'a>(detail: &'a ComplaintDetail, kinds: &[EventKind]) -> Option<&'a EventInfo> {
    counted(detail).filter(|event| kinds.iter().any(|kind| event.kind == kind.as_str())).last()
}

/// A particular of an event, or nothing.
pub fn particular<'a>(event: Option<&'a EventInfo>, key: &str) -> &'a str {
    event.and_then(|event| event.set.get(key)?.as_str()).unwrap_or_default()
}

/// What came of it: the outcome of the last resolution, or its note.
pub fn result(detail: &ComplaintDetail) -> String {
    let resolved = last(detail, EventKind::Resolved);
    let note = resolved.and_then(|event| event.note.as_deref()).unwrap_or_default();
    let outcome = particular(resolved, "outcome");
    if outcome.is_empty() { note.to_owned() } else { outcome.to_owned() }
}

/// A field's value, or nothing.
pub fn field<'a>(detail: &'a ComplaintDetail, key: &str) -> &'a str {
    detail.fields.get(key).map(String::as_str).unwrap_or_default()
}

/// A field's value in words.
pub fn field_words(detail: &ComplaintDetail, key: &str, lang: Lang) -> String {
    labels::value(key, field(detail, key), lang)
}

/// The person's name, or that it has not arrived.
pub fn complainant(detail: &ComplaintDetail, lang: Lang) -> String {
    match &detail.card {
        Some(card) => card.complainant.clone().unwrap_or_default(),
        None if detail.card_state == "waiting" => words::CARD_WAITING.of(lang).to_owned(),
        None => String::new(),
    }
}

/// The person's telephone, or nothing.
pub fn phone(detail: &ComplaintDetail) -> String {
    detail.card.as_ref().and_then(|card| card.phone.clone()).unwrap_or_default()
}

/// The category with its label, where the complaint was received under the present regulation:
/// another's categories have other meanings by the same keys.
pub fn category(detail: &ComplaintDetail, community: &CommunityInfo, lang: Lang) -> String {
    let key = field(detail, "category");
    let under = particular(first(detail, EventKind::Received), ADOPTION);
    match &community.adoption {
        Some(present) if present.version == under => category_words(key, &present.regulation, lang),
        _ => key.to_owned(),
    }
}

/// A category's key with its label by a regulation of the catalogue.
pub fn category_words(key: &str, regulation: &str, lang: Lang) -> String {
    let word = labels::category(key, regulation, lang);
    if word == key { word } else { format!("{key} {word}") }
}

/// A duty's label.
pub fn duty_label(duty: &Duty, lang: Lang) -> &str {
    lang.pick(&duty.zh, &duty.en)
}

/// What makes a duty's date less than certain, in words.
pub fn doubts(duty: &Duty, lang: Lang) -> impl Iterator<Item = &'static str> {
    let all = [(duty.provisional, words::PROVISIONAL), (duty.uncertain, words::UNCERTAIN)];
    all.into_iter().filter(|(holds, _)| *holds).map(move |(_, text)| text.of(lang))
}

/// A clause, behind the number of its rule where it has one.
pub fn cited(rule: Option<&str>, clause: &str) -> String {
    rule.map_or_else(|| clause.to_owned(), |rule| format!("{rule} {clause}"))
}

/// A label with its value, with the colon of the language.
pub fn labelled(label: &str, value: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{label}：{value}"),
        Lang::En => format!("{label}: {value}"),
    }
}

/// Duties that can still be fulfilled, the one that is due first in front.
pub fn open_duties(detail: &ComplaintDetail) -> Vec<&Duty> {
    let mut open: Vec<&Duty> = detail.duties.iter().filter(|duty| duty.open).collect();
    open.sort_by_key(|duty| (duty.due_at.is_none(), duty.due_at));
    open
}

fn counted(detail: &ComplaintDetail) -> impl Iterator<Item = &EventInfo> {
    detail.events.iter().filter(|event| event.counted)
}
