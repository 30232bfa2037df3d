//! A dossier's page for people: what happened, the photos with their captions, and who vouches
//! for what. Every label is in Chinese and in English, because nobody knows who will read it.

use std::collections::BTreeMap;

use floorwalk_replica::dossier::{EvidenceEntry, Manifest};
use serde_json::Value;

use crate::report::html::{Page, Row};
use crate::table::{bytes, moment};
use crate::text::{Lang, Text, labels, reports};

/// The page of a manifest.
pub fn page(manifest: &Manifest) -> String {
    let told = &manifest.complaint;
    let number = text(&told["number"]);
    let mut page = Page::with_images(&manifest.community_name, &both(&reports::DOSSIER), &number);
    page.particulars(&particulars(manifest));
    let names = names(manifest);
    page.table(&both(&reports::DOSSIER_EVENTS), &heading(), &events(told, &names));
    page.remark(
        &both(&reports::EVIDENCE),
        &both(match manifest.evidence.is_empty() {
            true => &reports::DOSSIER_NO_EVIDENCE,
            false if manifest.redacted => &reports::DOSSIER_REDACTED,
            false => &reports::DOSSIER_EVIDENCE,
        }),
    );
    for one in &manifest.evidence {
        page.figure(one.file.as_deref().filter(|file| is_shown(file)), &caption(one, &names));
    }
    page.remark(&both(&reports::DOSSIER_CHECK), &both(&reports::DOSSIER_HOW_TO_CHECK));
    let foot = [
        reports::DOSSIER_EXPORTED.fill(
            Lang::Zh,
            &[&moment(&manifest.exported_at), &manifest.exporter.name, &manifest.root],
        ),
        reports::DOSSIER_EXPORTED.fill(
            Lang::En,
            &[&moment(&manifest.exported_at), &manifest.exporter.name, &manifest.root],
        ),
    ];
    let title = format!("{} {number}", both(&reports::DOSSIER));
    page.finish(&title, &foot.each_ref().map(String::as_str), Lang::Zh)
}

fn particulars(manifest: &Manifest) -> Vec<Row> {
    let told = &manifest.complaint;
    let field = |key: &str| label(|lang| labels::field(key, lang));
    let pair = |key: &str, value: String| (field(key), value);
    let stage = text(&told["stage"]);
    let mut rows = vec![Row::Pairs([
        pair("building", manifest.building.clone()),
        (both(&reports::DOSSIER_STAGE), label(|lang| labels::stage(&stage, lang))),
    ])];
    if let Some(card) = &manifest.card {
        let (name, phone) = (card.complainant.clone(), card.phone.clone());
        rows.push(Row::Pairs([
            pair("complainant", name.unwrap_or_default()),
            pair("phone", phone.unwrap_or_default()),
        ]));
    }
    let fields = told["fields"].as_object().cloned().unwrap_or_default();
    for (key, value) in &fields {
        let value = text(value);
        rows.push(Row::Wide(field(key), label(|lang| labels::value(key, &value, lang))));
    }
    rows.push(Row::Text(field("text"), text(&told["narrative"]), 3));
    rows
}

fn heading() -> [&'static str; 4] {
    ["时间 time", "事项 event", "经办 by", "说明 note"]
}

fn events(told: &Value, names: &BTreeMap<&str, &str>) -> Vec<Vec<String>> {
    let events = told["events"].as_array().cloned().unwrap_or_default();
    let row = |event: &Value| {
        let (kind, role) = (text(&event["kind"]), text(&event["role"]));
        let device = text(&event["device"]);
        let name = names.get(device.as_str()).copied().unwrap_or_default();
        let counted = event["counted"].as_bool().unwrap_or_default();
        let mark = if counted { String::new() } else { both(&reports::DOSSIER_NOT_COUNTED) };
        vec![
            moment(&text(&event["at"])),
            label(|lang| labels::kind(&kind, lang)),
            format!("{name} {}", label(|lang| labels::role(&role, lang))),
            [text(&event["note"]), mark].join(" ").trim().to_owned(),
        ]
    };
    events.iter().map(row).collect()
}

fn caption(one: &EvidenceEntry, names: &BTreeMap<&str, &str>) -> Vec<String> {
    let facts: Value = serde_json::from_str(&one.facts).unwrap_or_default();
    let name = names.get(one.device.as_str()).copied().unwrap_or_default();
    let kind = text(&facts["kind"]);
    let size = bytes(facts["bytes"].as_u64().unwrap_or_default());
    let mut lines = vec![
        format!("SHA-256 {}", one.hash),
        format!("{} · {size}", label(|lang| labels::evidence_kind(&kind, lang))),
        fill(&reports::DOSSIER_TAKEN_IN, &[&moment(&text(&facts["attached_at"])), name]),
    ];
    if let Some(at) = facts["captured_at"].as_str() {
        lines.push(fill(&reports::DOSSIER_CAPTURED, &[&moment(at)]));
    }
    if let (Some(latitude), Some(longitude)) =
        (facts["place"]["latitude"].as_f64(), facts["place"]["longitude"].as_f64())
    {
        let (latitude, longitude) = (format!("{latitude:.5}"), format!("{longitude:.5}"));
        lines.push(fill(&reports::DOSSIER_PLACE, &[&latitude, &longitude]));
    }
    if let Some(original) = facts["derived_from"].as_str() {
        lines.push(fill(&reports::DOSSIER_COVERED, &[original]));
    }
    match (&one.erased, &one.file, &one.copy) {
        (Some(erased), ..) => {
            let at = moment(&erased.at);
            lines.push(fill(&reports::DOSSIER_ERASED, &[&at, &erased.by, &erased.why]));
        }
        (None, None, _) => lines.push(both(&reports::DOSSIER_LEFT_OUT)),
        (None, Some(file), Some(_)) => lines.push(fill(&reports::DOSSIER_COPY, &[file])),
        (None, Some(file), None) => lines.push(fill(&reports::DOSSIER_FILE, &[file])),
    }
    lines
}

/// Whether a browser can be expected to show a file.
fn is_shown(file: &str) -> bool {
    [".jpg", ".png", ".webp", ".gif"].iter().any(|ending| file.ends_with(ending))
}

fn names(manifest: &Manifest) -> BTreeMap<&str, &str> {
    let people = manifest.people.iter().chain([&manifest.exporter]);
    people.map(|person| (person.device.as_str(), person.name.as_str())).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A message in both languages.
fn both(text: &Text) -> String {
    format!("{} {}", text.zh, text.en)
}

fn fill(text: &Text, values: &[&str]) -> String {
    let values: Vec<&dyn std::fmt::Display> =
        values.iter().map(|value| value as &dyn std::fmt::Display).collect();
    format!("{} {}", text.fill(Lang::Zh, &values), text.fill(Lang::En, &values))
}

/// A label in both languages; once where they are the same.
fn label(of: impl Fn(Lang) -> String) -> String {
    let (zh, en) = (of(Lang::Zh), of(Lang::En));
    if zh == en { zh } else { format!("{zh} {en}") }
}
