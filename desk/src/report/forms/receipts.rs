//! What the complainant gets or is asked: acceptance and handling receipts (受理回执、处理回执),
//! follow-up form (回访表).

use floorwalk_replica::EventKind;

use super::Matter;
use crate::report::facts;
use crate::report::html::{Page, Row, boxes};
use crate::text::{labels, reports};

/// Whether it was taken on, why not, and what follows.
pub fn acceptance(matter: Matter<'_>, page: &mut Page) {
    let Matter { detail, lang, .. } = matter;
    address(matter, page);
    let at = matter.received().1;
    page.paragraph(&reports::ACCEPTANCE_TEXT.fill(lang, &[&at, &detail.number]));
    // What was supplemented has to be decided anew.
    let kinds = [
        EventKind::Accepted,
        EventKind::Declined,
        EventKind::SupplementRequested,
        EventKind::Supplemented,
    ];
    let decided = facts::last_of(detail, &kinds)
        .filter(|event| event.kind != EventKind::Supplemented.as_str());
    let is = |kind: EventKind| decided.is_some_and(|event| event.kind == kind.as_str());
    let decision = boxes(&[
        (reports::TAKEN_ON.of(lang), is(EventKind::Accepted)),
        (reports::NOT_TAKEN_ON.of(lang), is(EventKind::Declined)),
        (reports::MORE_WANTED.of(lang), is(EventKind::SupplementRequested)),
    ]);
    let reason = ["reason", "clause"].map(|key| facts::particular(decided, key));
    page.particulars(&[
        Row::Pairs([matter.field("building"), matter.field("room")]),
        Row::Pairs([matter.field("category"), matter.field("severity")]),
        matter.text("text", 3),
        matter.text("demand", 2),
        Row::Wide(matter.label(&reports::DECISION), decision),
        Row::Wide(matter.label(&reports::DECIDED_AT), matter.when(decided)),
        Row::Text(matter.label(&reports::REASON), reason.join(" ").trim().to_owned(), 2),
    ]);
    matter.duties(&reports::NEXT_STEPS, page);
    matter.signatures(&[reports::SIGN_ISSUER, reports::SIGN_COMPLAINANT], page);
}

/// What came of it.
pub fn handling(matter: Matter<'_>, page: &mut Page) {
    let Matter { detail, lang, .. } = matter;
    address(matter, page);
    let at = matter.received().1;
    page.paragraph(&reports::HANDLING_TEXT.fill(lang, &[&at, &detail.number]));
    let told = matter.last(EventKind::ResultTold);
    let plan = matter.last(EventKind::Planned);
    page.particulars(&[
        Row::Pairs([matter.field("building"), matter.field("room")]),
        matter.text("text", 3),
        Row::Text(matter.label(&reports::PLAN), facts::particular(plan, "method").to_owned(), 2),
        Row::Text(matter.label(&reports::RESULT_LINE), facts::result(detail), 5),
        Row::Pairs([
            (matter.label(&reports::HANDLED_AT), matter.when(matter.last(EventKind::Resolved))),
            (matter.label(&reports::TOLD_AT), matter.when(told)),
        ]),
        Row::Wide(
            matter.label(&reports::TOLD_HOW),
            labels::manner(facts::particular(told, "manner"), lang),
        ),
        judgement(matter),
        Row::Text(matter.label(&reports::OPINION), String::new(), 3),
    ]);
    matter.signatures(
        &[reports::SIGN_HANDLER, reports::SIGN_ISSUER, reports::SIGN_COMPLAINANT],
        page,
    );
}

/// What is asked afterwards, filled in as far as it was.
pub fn follow_up(matter: Matter<'_>, page: &mut Page) {
    let Matter { detail, lang, .. } = matter;
    let visit = matter.last(EventKind::FollowedUp);
    let manner = facts::particular(visit, "manner");
    let known = [
        (reports::BY_PHONE, &["phone"][..]),
        (reports::BY_MESSAGE, &["sms", "message", "wechat"]),
        (reports::BY_VISIT, &["visit", "on_site"]),
    ];
    let manners = known.map(|(text, keys)| (text.of(lang), keys.contains(&manner)));
    let mut how = boxes(&manners);
    if !manner.is_empty() && manners.iter().all(|(_, holds)| !holds) {
        how = format!("{how}\u{3000}☑ {}", labels::manner(manner, lang));
    }
    let score = visit.and_then(|event| event.set.get("score")).map(ToString::to_string);
    let opinion = visit.and_then(|event| event.note.clone()).unwrap_or_default();
    page.particulars(&[
        Row::Pairs([matter.received(), (matter.label(&reports::NUMBER), detail.number.clone())]),
        Row::Pairs([matter.field("building"), matter.field("room")]),
        Row::Pairs([matter.field("complainant"), matter.field("phone")]),
        matter.text("text", 3),
        Row::Text(matter.label(&reports::RESULT_LINE), facts::result(detail), 3),
        Row::Pairs([
            (matter.label(&reports::HANDLED_AT), matter.when(matter.last(EventKind::Resolved))),
            (matter.label(&reports::VISITED_AT), matter.when(visit)),
        ]),
        Row::Wide(matter.label(&reports::VISITED_HOW), how),
        judgement(matter),
        Row::Wide(matter.label(&reports::SCORE), score.unwrap_or_default()),
        Row::Text(matter.label(&reports::OPINION), opinion, 4),
        Row::Text(matter.label(&reports::AGAIN), String::new(), 3),
    ]);
    matter.duties(&reports::DUTIES, page);
    matter.signatures(&[reports::SIGN_VISITOR, reports::SIGN_COMPLAINANT], page);
}

fn address(matter: Matter<'_>, page: &mut Page) {
    let Matter { detail, lang, .. } = matter;
    let name = match facts::complainant(detail, lang) {
        name if name.is_empty() => matter.label(&reports::RESIDENT),
        name => name,
    };
    page.paragraph(&reports::DEAR.fill(lang, &[&name]));
}

fn judgement(matter: Matter<'_>) -> Row {
    let satisfied = matter.detail.satisfied();
    let ticked = boxes(&[
        (reports::CONTENT.of(matter.lang), satisfied == Some(true)),
        (reports::DISCONTENT.of(matter.lang), satisfied == Some(false)),
    ]);
    Row::Wide(matter.label(&reports::JUDGEMENT), ticked)
}
