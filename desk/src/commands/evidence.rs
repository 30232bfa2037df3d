//! Attaching evidence, saving it to files, covering parts of it, erasing it; and how it is shown.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use floorwalk_replica::records::{Attached, EvidenceInfo};
use floorwalk_replica::{Error, ErrorClass, ErrorCode, Replica};
use serde_json::json;

use crate::cli::evidence::{AttachArgs, EraseArgs, EvidenceArgs, PhotoArgs, RedactArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::progress::Progress;
use crate::table::{bytes, moment, one_line};
use crate::text::{Lang, labels, words};

/// `attach`
pub fn attach(replica: &Replica, args: &AttachArgs, out: &Output) -> Outcome {
    // Asked first, so that a mistaken number is not told once for each file.
    let number = replica.show(&args.number)?.number;
    let taken = attach_all(replica, &number, &args.files, &args.photos, out);
    let Taken { evidence, exit } = &taken;
    out.answer(&json!({"number": number, "evidence": evidence}), || {
        words::ATTACHED.fill(out.lang(), &[&evidence.len(), &number])
    })?;
    Ok(*exit)
}

/// Files that were taken in, and how that ended.
pub(super) struct Taken {
    pub(super) evidence: Vec<Attached>,
    pub(super) exit: Exit,
}

/// Takes in file after file. A bad one is told, and costs only itself.
pub(super) fn attach_all(
    replica: &Replica,
    number: &str,
    files: &[PathBuf],
    photos: &PhotoArgs,
    out: &Output,
) -> Taken {
    let progress = Progress::of_files(out);
    let mut taken = Taken { evidence: Vec::new(), exit: Exit::Done };
    for (done, file) in (0..).zip(files) {
        progress.looked_at(done, files.len() as u64);
        match replica.attach(number, file, &photos.options()) {
            Ok(attached) => taken.evidence.push(attached),
            Err(error) => {
                progress.aside(|| out.bad_file(file, &error));
                taken.exit = match error.code.class() {
                    ErrorClass::Input => Exit::Input,
                    ErrorClass::Forbidden => Exit::Forbidden,
                    ErrorClass::Relay => Exit::Relay,
                    ErrorClass::Damage => Exit::Damage,
                };
            }
        }
    }
    taken
}

/// Refuses files that can't even be opened, before anything is written.
pub(super) fn check_files(files: &[PathBuf]) -> Result<(), Failure> {
    let readable = |file: &Path| std::fs::File::open(file).and_then(|file| file.metadata());
    let bad = files.iter().find(|file| !readable(file).is_ok_and(|about| about.is_file()));
    bad.map_or(Ok(()), |file| Err(Error::about(ErrorCode::File, file.display()).into()))
}

/// `evidence`
pub fn save(replica: &Replica, args: &EvidenceArgs, out: &Output) -> Outcome {
    let complaint = replica.show(&args.number)?;
    let saved = {
        let progress = Progress::of_files(out);
        replica.save_evidence(&args.number, &args.out, |done, total| {
            progress.looked_at(done, total);
        })?
    };
    let present = complaint.evidence.iter().filter(|one| one.erased.is_none()).count();
    let left = present - saved.len().min(present);
    out.answer(&json!({"number": complaint.number, "files": saved, "waiting": left}), || {
        words::EVIDENCE_SAVED.fill(out.lang(), &[&saved.len(), &args.out.display(), &left])
    })?;
    Ok(Exit::Done)
}

/// `redact`
pub fn redact(replica: &Replica, args: &RedactArgs, out: &Output) -> Outcome {
    let attached = replica.redact(&args.hash, &args.rectangles)?;
    let value = json!({"number": attached.number, "evidence": [attached]});
    out.answer(&value, || {
        words::REDACTED.fill(out.lang(), &[&short(&attached.hash), &attached.number])
    })?;
    Ok(Exit::Done)
}

/// `erase`
pub fn erase(replica: &Replica, args: &EraseArgs, out: &Output) -> Outcome {
    let erased = replica.erase(&args.number, args.what.into(), &args.why)?;
    out.answer(&erased, || match erased.erased.len() {
        0 => words::NOTHING_TO_ERASE.fill(out.lang(), &[&erased.number]),
        count => words::ERASED.fill(out.lang(), &[&erased.number, &count]),
    })?;
    Ok(Exit::Done)
}

/// The evidence of a complaint, for people.
pub(super) fn evidence_words(evidence: &[EvidenceInfo], lang: Lang) -> String {
    if evidence.is_empty() {
        return String::new();
    }
    let mut said = format!("\n{}\n", words::EVIDENCE.of(lang));
    for one in evidence {
        let role = one.role.as_deref().map(|role| labels::role(role, lang)).unwrap_or_default();
        let _ = writeln!(
            said,
            "  {}  {} {}  {}  {} {role}  {}",
            short(&one.hash),
            labels::evidence_kind(&one.kind, lang),
            bytes(one.bytes),
            moment(&one.attached_at),
            one_line(&one.by),
            state_words(one, lang),
        );
        for line in about(one, lang) {
            let _ = writeln!(said, "      {line}");
        }
    }
    said
}

fn state_words(one: &EvidenceInfo, lang: Lang) -> String {
    let step = match one.state.as_str() {
        "erased" => return words::WAS_ERASED.of(lang).to_owned(),
        "waiting" => words::NOT_HERE_YET.of(lang).to_owned(),
        "copy" => words::COPY_HERE.of(lang).to_owned(),
        _ => labels::delivery(&one.delivery, lang),
    };
    let mark = if one.verified { words::SIGNED_WELL } else { words::SIGNED_BADLY };
    format!("{step} · {}", mark.of(lang))
}

/// What else is known: the camera's word, kept apart from the device's.
fn about(one: &EvidenceInfo, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(erasure) = &one.erased {
        let (at, by) = (moment(&erasure.at), one_line(&erasure.by));
        lines.push(words::ERASED_BY.fill(lang, &[&at, &by, &one_line(&erasure.why)]));
    }
    if let Some(at) = &one.relay_received_at {
        lines.push(words::RELAY_HAD_IT.fill(lang, &[&moment(at)]));
    }
    if let Some(at) = &one.captured_at {
        let difference = one.clock_difference_s.map(|s| span(s, lang)).unwrap_or_default();
        lines.push(words::CAPTURED_AT.fill(lang, &[&moment(at), &difference]));
    }
    if let Some(place) = one.place {
        let (latitude, longitude) = (place.latitude, place.longitude);
        lines.push(
            words::CAPTURED_PLACE
                .fill(lang, &[&format!("{latitude:.5}"), &format!("{longitude:.5}")]),
        );
    }
    if let Some(camera) = &one.camera {
        lines.push(words::CAMERA.fill(lang, &[&one_line(camera)]));
    }
    if let Some(original) = &one.derived_from {
        lines.push(words::COVERED_COPY_OF.fill(lang, &[&short(original)]));
    }
    lines
}

/// A length of time, with its sign: the device's clock against the camera's.
fn span(seconds: i64, lang: Lang) -> String {
    let (unit, size) = match seconds.abs() {
        0..=119 => (words::SECONDS, 1),
        120..=7199 => (words::MINUTES, 60),
        7200..=172_799 => (words::HOURS, 3600),
        _ => (words::DAYS, 86_400),
    };
    unit.fill(lang, &[&format!("{:+}", seconds / size)])
}

/// Enough of a hash to tell one photo of a complaint from another.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
