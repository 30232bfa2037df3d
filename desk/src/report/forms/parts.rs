//! What several forms have in common: rows of fields, the table of duties, signatures.

use floorwalk_replica::EventKind;
use floorwalk_replica::records::{EventInfo, OWN_PARTICULARS};
use floorwalk_replica::regulation::Duty;

use super::Matter;
use crate::report::facts;
use crate::report::html::{Page, Row};
use crate::report::moments::Moments;
use crate::text::{Lang, Text, labels, reports, words};

/// A label with its value.
pub type Pair = (String, String);

impl Matter<'_> {
    /// A label in the form's language.
    pub fn label(&self, text: &Text) -> String {
        text.of(self.lang).to_owned()
    }

    /// Times in the community's zone.
    pub fn moments(&self) -> Moments {
        Moments::of(self.community)
    }

    /// When an event happened, or nothing.
    pub fn when(&self, event: Option<&EventInfo>) -> String {
        event.map(|event| self.moments().minute(&event.at)).unwrap_or_default()
    }

    /// A field of the complaint with its label.
    pub fn field(&self, key: &str) -> Pair {
        let value = match key {
            "building" => self.detail.building.clone(),
            "complainant" => facts::complainant(self.detail, self.lang),
            "phone" => facts::phone(self.detail),
            "category" => facts::category(self.detail, self.community, self.lang),
            "text" => self.detail.narrative.clone(),
            _ => facts::field_words(self.detail, key, self.lang),
        };
        (labels::field(key, self.lang), value)
    }

    /// When it was received, with its label.
    pub fn received(&self) -> Pair {
        let at = self.moments().minute(&self.detail.received_at);
        (self.label(&reports::RECEIVED_AT), at)
    }

    /// A field as a row of its own with room for at least so many lines.
    pub fn text(&self, key: &str, lines: u8) -> Row {
        let (label, value) = self.field(key);
        Row::Text(label, value, lines)
    }

    /// Open duties with due dates and clauses, or that there are none.
    pub fn duties(&self, caption: &Text, page: &mut Page) {
        let lang = self.lang;
        let open = facts::open_duties(self.detail);
        if open.is_empty() {
            page.remark(caption.of(lang), reports::NO_DUTIES.of(lang));
            return;
        }
        let heading =
            [reports::DUTY, reports::BY, reports::UNTIL, reports::STATUS, reports::CLAUSE];
        let rows: Vec<Vec<String>> = open.into_iter().map(|duty| self.duty(duty)).collect();
        page.table(caption.of(lang), &heading.map(|text| text.of(lang)), &rows);
    }

    /// Lines to sign on.
    pub fn signatures(&self, labels: &[Text], page: &mut Page) {
        let labels: Vec<&str> = labels.iter().map(|text| text.of(self.lang)).collect();
        page.signatures(&labels, reports::SIGN_DATE.of(self.lang));
    }

    /// An event as a line of the course: when, what, who, remark.
    pub fn course(&self, event: &EventInfo) -> Vec<String> {
        let lang = self.lang;
        let role = event.role.as_deref().map(|role| labels::role(role, lang)).unwrap_or_default();
        // What the program notes for itself means nothing on paper.
        let told = event.set.iter().filter(|(key, _)| !OWN_PARTICULARS.contains(&key.as_str()));
        let mut remarks: Vec<String> =
            told.map(|(key, value)| set_words(key, value, lang)).collect();
        remarks.extend(event.note.clone());
        vec![
            self.moments().minute(&event.at),
            labels::kind(&event.kind, lang),
            format!("{} {role}", event.author).trim().to_owned(),
            remarks.join(lang.pick("；", "; ")),
        ]
    }

    /// The last counted event of a kind.
    pub fn last(&self, kind: EventKind) -> Option<&EventInfo> {
        facts::last(self.detail, kind)
    }

    fn duty(&self, duty: &Duty) -> Vec<String> {
        let lang = self.lang;
        let mut until = match &duty.due_at {
            Some(due) => self.moments().deadline(due),
            None => words::NO_DATE.of(lang).to_owned(),
        };
        for doubt in facts::doubts(duty, lang) {
            until = format!("{until} {doubt}");
        }
        vec![
            facts::duty_label(duty, lang).to_owned(),
            labels::role(&duty.by, lang),
            until,
            labels::duty(duty.status.as_str(), lang),
            facts::cited(duty.rule.as_deref(), &duty.clause),
        ]
    }
}

fn set_words(key: &str, value: &serde_json::Value, lang: Lang) -> String {
    let value = match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Bool(true) => reports::YES.of(lang).to_owned(),
        serde_json::Value::Bool(false) => reports::NO.of(lang).to_owned(),
        other => other.to_string(),
    };
    let value = match key {
        "to" | "by" => labels::role(&value, lang),
        "manner" => labels::manner(&value, lang),
        _ => labels::value(key, &value, lang),
    };
    facts::labelled(&labels::particular(key, lang), &value, lang)
}
