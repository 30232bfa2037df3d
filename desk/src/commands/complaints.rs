//! Recording complaints, acting on them, editing, listing and showing them.

use std::fmt::Write;
use std::path::PathBuf;

use floorwalk_replica::Replica;
use floorwalk_replica::records::{
    ComplaintDetail, ComplaintRow, EventInfo, ListQuery, NewComplaint, NewEvent, OWN_PARTICULARS,
};
use serde_json::{Value, json};

use crate::arguments;
use crate::cli::complaints::{ActArgs, EditArgs, ListArgs, RecordArgs, ShowArgs};
use crate::commands::{evidence, lines, open, regulation};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::table::{Table, moment, one_line};
use crate::text::{Lang, labels, words};

/// `record`
pub fn record(
    home: impl Fn() -> Result<PathBuf, Failure>,
    args: RecordArgs,
    out: &Output,
) -> Outcome {
    if let Some(file) = &args.jsonl {
        if let Some(flag) = given_beside_jsonl(&args) {
            return Err(Failure::NeedlessFlag(flag));
        }
        return lines::record(&open(&home()?)?, file, &args, out);
    }
    evidence::check_files(&args.photo)?;
    let needed = |value: Option<String>, flag| {
        value.filter(|value| !value.trim().is_empty()).ok_or(Failure::MissingFlag(flag))
    };
    let new = NewComplaint {
        building: needed(args.building, "--building")?,
        room: args.room.unwrap_or_default(),
        complainant: args.complainant,
        phone: args.phone,
        channel: args.channel,
        category: args.category,
        severity: args.severity,
        respondent: args.respondent,
        demand: args.demand,
        reported_before: args.reported_before,
        at: args.at.as_deref().map(arguments::time).transpose()?,
        text: needed(args.text, "--text")?,
        events: Vec::new(),
    };
    let replica = open(&home()?)?;
    let mut recorded = replica.record(&new)?;
    // The words are kept by now, whatever becomes of the photos.
    let taken = evidence::attach_all(&replica, &recorded.number, &args.photo, &args.photos, out);
    let mut value = json!(recorded);
    if !args.photo.is_empty() {
        recorded.missing = replica.show(&recorded.id)?.missing;
        value = json!(recorded);
        value["evidence"] = json!(taken.evidence);
    }
    let lang = out.lang();
    out.answer(&value, || {
        let mut said = words::RECORDED.fill(lang, &[&recorded.number]);
        if !args.photo.is_empty() {
            let count = taken.evidence.len();
            said.extend([" ", &words::WITH_PHOTOS.fill(lang, &[&count])]);
        }
        if !recorded.missing.is_empty() {
            let missing = words::STILL_MISSING.fill(lang, &[&fields(&recorded.missing, lang)]);
            said.extend(["\n", &missing]);
        }
        said
    })?;
    Ok(taken.exit)
}

/// `act`
pub fn act(home: impl Fn() -> Result<PathBuf, Failure>, args: ActArgs, out: &Output) -> Outcome {
    if let Some(file) = &args.jsonl {
        return lines::act(&open(&home()?)?, file, out);
    }
    let event = NewEvent {
        kind: args.kind.ok_or(Failure::MissingFlag("KIND"))?,
        at: args.at.as_deref().map(arguments::time).transpose()?,
        set: arguments::event_sets(&args.sets)?,
        note: args.note,
    };
    let number = args.number.ok_or(Failure::MissingFlag("NUMBER"))?;
    let acted = open(&home()?)?.act(&number, &event)?;
    let lang = out.lang();
    out.answer(&acted, || {
        words::ACTED.fill(lang, &[&acted.number, &labels::kind(&acted.kind, lang)])
    })?;
    Ok(Exit::Done)
}

/// `edit`
pub fn edit(home: impl Fn() -> Result<PathBuf, Failure>, args: EditArgs, out: &Output) -> Outcome {
    let sets = arguments::field_sets(&[args.sets, args.more].concat())?;
    let replica = open(&home()?)?;
    replica.edit(&args.number, &sets)?;
    // It may have been named by its id.
    let number = replica.show(&args.number)?.number;
    out.answer(&json!({"number": number}), || words::EDITED.fill(out.lang(), &[&number]))?;
    Ok(Exit::Done)
}

/// `list`
pub fn list(replica: &Replica, args: ListArgs, out: &Output) -> Outcome {
    let query = ListQuery {
        building: args.building,
        stage: args.stage,
        overdue: args.overdue,
        ..ListQuery::default()
    };
    let complaints = replica.list(&query)?;
    out.answer(&json!({"complaints": complaints}), || list_words(&complaints, out.lang()))?;
    Ok(Exit::Done)
}

/// `show`
pub fn show(replica: &Replica, args: &ShowArgs, out: &Output) -> Outcome {
    let complaint = replica.show(&args.number)?;
    let now_ms = floorwalk_replica::now_ms();
    out.answer(&complaint, || complaint_words(&complaint, now_ms, out.lang()))?;
    Ok(Exit::Done)
}

/// A flag about one complaint that was given beside `--jsonl`.
fn given_beside_jsonl(args: &RecordArgs) -> Option<&'static str> {
    if !args.photo.is_empty() {
        return Some("--photo");
    }
    let flags = [
        ("--room", &args.room),
        ("--complainant", &args.complainant),
        ("--phone", &args.phone),
        ("--channel", &args.channel),
        ("--category", &args.category),
        ("--severity", &args.severity),
        ("--respondent", &args.respondent),
        ("--demand", &args.demand),
        ("--reported-before", &args.reported_before),
        ("--at", &args.at),
        ("--text", &args.text),
    ];
    flags.iter().find(|(_, value)| value.is_some()).map(|(flag, _)| *flag)
}

fn list_words(complaints: &[ComplaintRow], lang: Lang) -> String {
    if complaints.is_empty() {
        return words::NO_COMPLAINTS.of(lang).to_owned();
    }
    let heading = [
        words::NUMBER,
        words::BUILDING,
        words::ROOM,
        words::CATEGORY,
        words::SEVERITY,
        words::STAGE,
        words::DELIVERY,
        words::RECORDED_AT,
        words::NEXT_DUE,
    ];
    let mut table = Table::new(&heading.map(|text| text.of(lang)));
    for complaint in complaints {
        let severity = complaint.severity.as_deref().unwrap_or_default();
        table.row([
            complaint.number.clone(),
            complaint.building.clone(),
            complaint.room.clone(),
            complaint.category.clone().unwrap_or_default(),
            labels::value("severity", severity, lang),
            labels::stage(&complaint.stage, lang),
            delivery(&complaint.delivery, complaint.unsent, lang),
            moment(&complaint.recorded_at),
            complaint.next_due.as_deref().map(moment).unwrap_or_default(),
        ]);
    }
    table.lines() + &words::COUNT.fill(lang, &[&complaints.len()])
}

/// What was saved here only is said by the step itself; later changes are said beside it.
fn delivery(key: &str, unsent: bool, lang: Lang) -> String {
    let step = labels::delivery(key, lang);
    if unsent && key != "saved" { words::UNSENT_MARK.fill(lang, &[&step]) } else { step }
}

fn complaint_words(complaint: &ComplaintDetail, now_ms: i64, lang: Lang) -> String {
    let mut said = format!(
        "{}  {} · {}\n{}\n\n",
        complaint.number,
        labels::stage(&complaint.stage, lang),
        delivery(&complaint.delivery, complaint.unsent, lang),
        complaint.id,
    );
    for (label, value) in particulars(complaint, lang) {
        let _ = writeln!(said, "{label}: {value}");
    }
    let _ = write!(said, "\n{}\n\n{}\n", paragraph(&complaint.narrative), words::EVENTS.of(lang));
    for event in &complaint.events {
        let _ = writeln!(said, "{}", event_line(event, lang));
    }
    said.push_str(&evidence::evidence_words(&complaint.evidence, lang));
    if !complaint.conflicts.is_empty() {
        let _ = writeln!(said, "\n{}", words::CONFLICTS.of(lang));
        for (field, values) in &complaint.conflicts {
            let values: Vec<String> = values.iter().map(|value| one_line(value)).collect();
            let _ = writeln!(said, "{}: {}", labels::field(field, lang), values.join(" | "));
        }
    }
    if !complaint.missing.is_empty() {
        let missing = words::STILL_MISSING.fill(lang, &[&fields(&complaint.missing, lang)]);
        let _ = writeln!(said, "\n{missing}");
    }
    said.push_str(&regulation::refusal_words(&complaint.refusals, lang));
    said.push_str(&regulation::duty_words(&complaint.duties, Some(now_ms), lang));
    said.push_str(&regulation::escalation_words(&complaint.escalations, lang));
    if complaint.read_only {
        let _ = writeln!(said, "\n{}", words::READ_ONLY.of(lang));
    } else if !complaint.allowed.is_empty() {
        let kinds = complaint.allowed.iter().map(|allowed| match lang {
            Lang::Zh => format!("{} {}", labels::kind(&allowed.kind, lang), allowed.kind),
            Lang::En => allowed.kind.clone(),
        });
        let kinds: Vec<String> = kinds.collect();
        let _ = writeln!(said, "\n{}\n{}", words::ALLOWED.of(lang), kinds.join(" · "));
    }
    said
}

/// The fields and the card, labelled.
fn particulars(complaint: &ComplaintDetail, lang: Lang) -> Vec<(String, String)> {
    let label = |field: &str| labels::field(field, lang);
    let mut found = vec![
        (label("building"), one_line(&complaint.building)),
        (label("recorded_at"), moment(&complaint.recorded_at)),
    ];
    match &complaint.card {
        Some(card) => {
            for (field, value) in [("complainant", &card.complainant), ("phone", &card.phone)] {
                found.extend(value.as_ref().map(|value| (label(field), one_line(value))));
            }
        }
        None if complaint.card_state == "erased" => {
            found.push((label("complainant"), words::WAS_ERASED.of(lang).to_owned()));
        }
        None if complaint.card_state == "waiting" => {
            found.push((label("complainant"), words::CARD_WAITING.of(lang).to_owned()));
        }
        None => {}
    }
    for (field, value) in &complaint.fields {
        found.push((label(field), one_line(&labels::value(field, value, lang))));
    }
    found
}

fn event_line(event: &EventInfo, lang: Lang) -> String {
    let role = event.role.as_deref().map(|role| labels::role(role, lang)).unwrap_or_default();
    let kind = labels::kind(&event.kind, lang);
    let author = one_line(&event.author);
    let mut line = format!("  {}  {kind}  {author} {role}", moment(&event.at));
    let told = event.set.iter().filter(|(key, _)| !OWN_PARTICULARS.contains(&key.as_str()));
    for (key, value) in told {
        let value = match value {
            Value::String(text) => one_line(text),
            other => other.to_string(),
        };
        let _ = write!(line, "  {key}={value}");
    }
    if let Some(note) = &event.note {
        let _ = write!(line, "  {}", one_line(note));
    }
    if !event.counted {
        let _ = write!(line, "  {}", words::NOT_COUNTED.of(lang));
    }
    line
}

fn fields(keys: &[String], lang: Lang) -> String {
    let named: Vec<String> = keys.iter().map(|key| labels::field(key, lang)).collect();
    named.join(lang.pick("、", ", "))
}

/// A text with its line breaks, without what could disturb a terminal.
fn paragraph(text: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join("\n")
}
