//! The office's own sheets: register form (登记表) and handling notice (处理通知单).

use floorwalk_replica::EventKind;

use super::Matter;
use crate::report::facts;
use crate::report::html::{Page, Row};
use crate::text::{labels, reports};

/// All that is known of a complaint, its course and its duties.
pub fn register(matter: Matter<'_>, page: &mut Page) {
    let Matter { detail, lang, .. } = matter;
    let received = facts::first(detail, EventKind::Received);
    let receiver = received.map(|event| event.author.clone()).unwrap_or_default();
    let stage = labels::stage(&detail.stage, lang);
    let mut rows = vec![
        Row::Pairs([
            (matter.label(&reports::NUMBER), detail.number.clone()),
            (matter.label(&reports::STAGE), stage),
        ]),
        Row::Pairs([matter.received(), (matter.label(&reports::RECEIVED_BY), receiver)]),
        Row::Pairs([matter.field("building"), matter.field("room")]),
        Row::Pairs([matter.field("complainant"), matter.field("phone")]),
        Row::Pairs([matter.field("channel"), matter.field("respondent")]),
        Row::Pairs([matter.field("category"), matter.field("severity")]),
        Row::Pairs([matter.field("place"), matter.field("occurred_at")]),
        matter.text("text", 4),
        matter.text("demand", 2),
        matter.text("reported_before", 2),
    ];
    let evidence = match detail.evidence.len() {
        0 => String::new(),
        count => reports::EVIDENCE_COUNT.fill(lang, &[&count]),
    };
    rows.push(Row::Wide(matter.label(&reports::EVIDENCE), evidence));
    rows.push(Row::Text(matter.label(&reports::RESULT_LINE), facts::result(detail), 2));
    page.particulars(&rows);
    matter.duties(&reports::DUTIES, page);
    let course: Vec<Vec<String>> =
        detail.events.iter().filter(|event| event.counted).map(|e| matter.course(e)).collect();
    let heading = [reports::WHEN, reports::WHAT, reports::WHO, reports::REMARK];
    page.table(reports::COURSE.of(lang), &heading.map(|text| text.of(lang)), &course);
    matter.signatures(&[reports::SIGN_COMPLAINANT, reports::SIGN_RECEIVER], page);
}

/// What whoever handles it must know, without the complainant.
pub fn notice(matter: Matter<'_>, page: &mut Page) {
    let Matter { detail, lang, .. } = matter;
    let to = facts::particular(matter.last(EventKind::Forwarded), "to");
    let plan = matter.last(EventKind::Planned);
    page.paragraph(reports::NOTICE_TEXT.of(lang));
    let withheld = matter.label(&reports::COMPLAINANT_WITHHELD);
    let rows = [
        Row::Pairs([
            (matter.label(&reports::TO_UNIT), labels::role(to, lang)),
            (matter.label(&reports::NUMBER), detail.number.clone()),
        ]),
        Row::Pairs([matter.received(), matter.field("severity")]),
        Row::Pairs([matter.field("building"), matter.field("place")]),
        Row::Pairs([matter.field("category"), matter.field("respondent")]),
        Row::Wide(matter.label(&reports::COMPLAINANT_AND_ROOM), withheld),
        matter.text("text", 4),
        matter.text("demand", 2),
        Row::Text(
            matter.label(&reports::REMEDIAL),
            facts::particular(plan, "method").to_owned(),
            3,
        ),
        Row::Text(matter.label(&reports::CORRECTIVE), String::new(), 3),
        Row::Wide(matter.label(&reports::DONE_BY), facts::particular(plan, "until").to_owned()),
    ];
    page.particulars(&rows);
    matter.duties(&reports::DUTIES, page);
    let signatures =
        [reports::SIGN_ISSUER, reports::SIGN_SIGNEE, reports::SIGN_HANDLER, reports::SIGN_APPROVER];
    matter.signatures(&signatures, page);
}
