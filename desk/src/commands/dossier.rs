//! Exporting dossiers, and verifying them.

use std::fmt::Write;

use floorwalk_replica::dossier::verify::{Verdict, verify as check};
use floorwalk_replica::records::DossierOptions;
use floorwalk_replica::{DeviceId, Error, ErrorCode, Replica};

use crate::cli::dossier::{ExportArgs, VerifyArgs};
use crate::failure::{Exit, Outcome};
use crate::output::Output;
use crate::progress::Progress;
use crate::report::dossier::page;
use crate::text::{Lang, words};

/// `dossier export`
pub fn export(replica: &Replica, args: &ExportArgs, out: &Output) -> Outcome {
    let options = DossierOptions { redacted: args.redacted, with_card: args.with_card };
    let report = {
        let progress = Progress::of_files(out);
        let tell = |done, total| progress.looked_at(done, total);
        replica.export_dossier(&args.number, &args.out, &options, page, tell)?
    };
    out.answer(&report, || {
        let (file, files) = (args.out.display(), report.files);
        words::DOSSIER_EXPORTED.fill(out.lang(), &[&file, &files, &report.signatures])
    })?;
    Ok(Exit::Done)
}

/// `dossier verify`
pub fn verify(args: &VerifyArgs, out: &Output) -> Outcome {
    let root = args.root.as_deref().map(str::trim).map(str::parse::<DeviceId>).transpose();
    let root = root.map_err(|_| Error::new(ErrorCode::BadRootKey))?;
    let failed = |_| Error::about(ErrorCode::File, args.file.display());
    let verdict = check(&args.file, root.as_ref()).map_err(failed)?;
    out.answer(&verdict, || verdict_words(&verdict, out.lang()))?;
    Ok(if verdict.valid { Exit::Done } else { Exit::Damage })
}

fn verdict_words(verdict: &Verdict, lang: Lang) -> String {
    let mut said = String::new();
    let mut told: Vec<&str> = Vec::new();
    for check in &verdict.checks {
        if check.ok {
            // One line for all that hold of a kind.
            let others_fail =
                verdict.checks.iter().any(|other| other.what == check.what && !other.ok);
            if told.contains(&check.what.as_str()) || others_fail {
                continue;
            }
            told.push(&check.what);
            let _ = writeln!(said, "✓ {}", check.what);
        } else {
            let place = check.place.as_deref().unwrap_or_default();
            let why = check.why.as_deref().unwrap_or_default();
            let _ = writeln!(said, "✗ {}: {place}: {why}", check.what);
        }
    }
    for note in &verdict.notes {
        let _ = writeln!(said, "· {note}");
    }
    let last = if verdict.valid { words::DOSSIER_VALID } else { words::DOSSIER_INVALID };
    said + last.of(lang)
}
