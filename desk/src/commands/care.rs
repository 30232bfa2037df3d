//! Carrying data and keeping it well: sync, status, bundles, doctor.

use std::fmt::Write;
use std::path::Path;

use floorwalk_replica::records::{BundleReport, DoctorReport, Status, SyncOptions, SyncReport};
use floorwalk_replica::{Error, ErrorCode, Replica, WatchEvent};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::cli::care::{BundleArgs, DoctorArgs, SyncArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::progress::Progress;
use crate::table::{bytes, moment};
use crate::text::{Lang, errors, labels, words};

/// `sync`
pub async fn sync(replica: &Replica, args: &SyncArgs, out: &Output) -> Outcome {
    replica.set_sync_options(SyncOptions {
        metered: args.metered,
        newest_first: args.newest_first,
        originals: args.originals.then_some(true),
    });
    if args.watch {
        return keep_in_sync(replica, out).await;
    }
    let report = {
        let progress = Progress::of_sync(out);
        replica.sync_once(|at| progress.sync(at)).await?
    };
    out.answer(&report, || report_words(&report, out.lang()))?;
    remark(&report, out);
    Ok(if report.chain_ok { Exit::Done } else { Exit::Damage })
}

/// `status`
pub fn status(replica: &Replica, out: &Output) -> Outcome {
    let status = replica.status()?;
    out.answer(&status, || status_words(&status, out.lang()))?;
    // The status can still be read where nothing can be written.
    replica.read_only_because().map_or(Ok(Exit::Done), |damage| Err(damage.into()))
}

/// `bundle export`
pub fn export(replica: &Replica, args: &BundleArgs, out: &Output) -> Outcome {
    let BundleReport { parcels, blobs } = replica.export_bundle(&args.file)?;
    out.answer(&json!({"parcels": parcels, "blobs": blobs}), || {
        words::BUNDLE_EXPORTED.fill(out.lang(), &[&args.file.display(), &parcels, &blobs])
    })?;
    Ok(Exit::Done)
}

/// `bundle import`
pub fn import(replica: &Replica, args: &BundleArgs, out: &Output) -> Outcome {
    let BundleReport { parcels, blobs } = replica.import_bundle(&args.file)?;
    out.answer(&json!({"parcels": parcels, "blobs": blobs}), || {
        words::BUNDLE_IMPORTED.fill(out.lang(), &[&parcels, &blobs])
    })?;
    Ok(Exit::Done)
}

/// `doctor`
pub fn doctor(home: &Path, args: &DoctorArgs, out: &Output) -> Outcome {
    let report = match Replica::open(home) {
        Ok(replica) => replica.doctor(args.rebuild)?,
        // What can't even be opened is set aside, and made anew from what can be read of it.
        Err(error) if args.rebuild && error.code == ErrorCode::StoreDamaged => {
            Replica::rescue(home)?
        }
        Err(error) => return Err(error.into()),
    };
    let left = (report.problems.len() as u64).saturating_sub(report.repaired);
    out.answer(&report, || doctor_words(&report, out.lang()))?;
    if left > 0 && !args.rebuild {
        out.note(&words::REBUILD_HINT, &[]);
    }
    Ok(if left == 0 { Exit::Done } else { Exit::Damage })
}

async fn keep_in_sync(replica: &Replica, out: &Output) -> Outcome {
    let (stop, stopped) = watch::channel(false);
    // Asked for before anything is connected, so that an early Ctrl-C is heard.
    let asked = stop_asked().map_err(Failure::NoRuntime)?;
    let watching = replica.watch(stopped, |event| tell(&event, out));
    tokio::pin!(watching);
    tokio::select! {
        ended = &mut watching => ended?,
        () = asked => {
            // The replica holds the other end as long as it watches.
            let _ = stop.send(true);
            watching.await?;
        }
    }
    out.failed().map_or(Ok(Exit::Done), Err)
}

fn tell(event: &WatchEvent, out: &Output) {
    let lang = out.lang();
    match event {
        WatchEvent::Connected => {
            out.event(&json!({"event": "connected"}), || words::WATCH_CONNECTED.of(lang).to_owned())
        }
        WatchEvent::Synced(report) => {
            let mut value = json!(report);
            if let Value::Object(fields) = &mut value {
                fields.insert("event".to_owned(), json!("synced"));
            }
            out.event(&value, || report_words(report, lang));
            remark(report, out);
        }
        // What comes of it is told by the next `Synced`.
        WatchEvent::Transferring(_) => {}
        WatchEvent::Disconnected { code, retry_in_ms } => {
            let value = json!({
                "event": "disconnected",
                "code": code.as_str(),
                "retry_in_ms": retry_in_ms,
            });
            out.event(&value, || {
                let why = errors::message(&Error::new(*code), lang);
                words::WATCH_DISCONNECTED.fill(lang, &[&why, &retry_in_ms.div_ceil(1000)])
            });
        }
    }
}

/// Completes when Ctrl-C or a termination signal arrives; both are heard from the call on.
#[cfg(unix)]
fn stop_asked() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes when Ctrl-C arrives.
#[cfg(not(unix))]
fn stop_asked() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn report_words(report: &SyncReport, lang: Lang) -> String {
    let mut said = words::SYNCED.fill(
        lang,
        &[
            &report.parcels_sent,
            &bytes(report.bytes_sent),
            &report.parcels_received,
            &bytes(report.bytes_received),
            &report.round_trips,
        ],
    );
    if report.blobs_sent + report.blobs_received > 0 {
        let blobs = words::SYNCED_BLOBS.fill(lang, &[&report.blobs_sent, &report.blobs_received]);
        said.extend([" ", &blobs]);
    }
    said
}

/// What a person should know beside the figures.
fn remark(report: &SyncReport, out: &Output) {
    if report.quarantined > 0 {
        out.note(&words::QUARANTINED, &[&report.quarantined]);
    }
    if report.history_reset {
        out.note(&words::HISTORY_RESET, &[]);
    }
    if !report.chain_ok {
        out.note(&words::CHAIN_BROKEN, &[]);
    }
}

fn status_words(status: &Status, lang: Lang) -> String {
    let unsent = status.unsent;
    let mut said = match (unsent.complaints, unsent.cards, unsent.photos) {
        (0, 0, 0) => words::NOTHING_UNSENT.of(lang).to_owned(),
        (complaints, cards, photos) => words::UNSENT.fill(lang, &[&complaints, &cards, &photos]),
    };
    let last = status.last_sync.as_deref().map(moment);
    let last = last.unwrap_or_else(|| words::NEVER.of(lang).to_owned());
    let _ = write!(said, "\n{}", words::LAST_SYNC.fill(lang, &[&last]));
    if status.waiting > 0 {
        let _ = write!(said, "\n{}", words::WAITING.fill(lang, &[&status.waiting]));
    }
    for item in &status.quarantine {
        let item =
            words::QUARANTINE_ITEM.fill(lang, &[&item.parcel, &moment(&item.at), &item.reason]);
        let _ = write!(said, "\n{item}");
    }
    for warning in &status.warnings {
        let _ = write!(said, "\n{}", labels::warning(warning, lang));
    }
    said
}

fn doctor_words(report: &DoctorReport, lang: Lang) -> String {
    if report.problems.is_empty() {
        return words::HEALTHY.fill(lang, &[&report.checked]);
    }
    let counted = report.problems.len();
    let mut said = words::PROBLEMS.fill(lang, &[&report.checked, &counted, &report.repaired]);
    for problem in &report.problems {
        let _ = write!(said, "\n  {problem}");
    }
    said
}
