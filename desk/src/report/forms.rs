//! Forms about one complaint, to be printed and signed: all bear its number (S16).
//!
//! What goes to the complainant says what was decided and what follows; the notice goes to whoever
//! is complained about or has to put it right, so it names no complainant. What is not known yet
//! is left as room to write.

use floorwalk_replica::records::{CommunityInfo, ComplaintDetail};

use crate::cli::report::FormKind;
use crate::report::html::Page;
use crate::report::moments::{self, Moments};
use crate::text::{Lang, Text, reports};

mod parts;
mod receipts;
mod sheets;

/// What a form is filled from.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// The complaint.
    pub detail: &'a ComplaintDetail,
    /// Its community.
    pub community: &'a CommunityInfo,
    /// The language of the labels.
    pub lang: Lang,
}

/// A form as an HTML page.
pub fn page(matter: Matter<'_>, kind: FormKind) -> String {
    let Matter { detail, community, lang } = matter;
    let title = title(kind).of(lang);
    let number = reports::FORM_NUMBER.fill(lang, &[&detail.number]);
    let mut page = Page::new(&community.name, title, &number);
    match kind {
        FormKind::Register => sheets::register(matter, &mut page),
        FormKind::Notice => sheets::notice(matter, &mut page),
        FormKind::Acceptance => receipts::acceptance(matter, &mut page),
        FormKind::Handling => receipts::handling(matter, &mut page),
        FormKind::FollowUp => receipts::follow_up(matter, &mut page),
    }
    let printed = moments::minute(&Moments::of(community).now());
    let foot = [
        reports::SAME_NUMBER.fill(lang, &[&detail.number]),
        reports::PRINTED_AT.fill(lang, &[&printed]),
    ];
    page.finish(&format!("{title} {}", detail.number), &foot.each_ref().map(String::as_str), lang)
}

fn title(kind: FormKind) -> Text {
    match kind {
        FormKind::Register => reports::FORM_REGISTER,
        FormKind::Notice => reports::FORM_NOTICE,
        FormKind::Acceptance => reports::FORM_ACCEPTANCE,
        FormKind::Handling => reports::FORM_HANDLING,
        FormKind::FollowUp => reports::FORM_FOLLOW_UP,
    }
}
