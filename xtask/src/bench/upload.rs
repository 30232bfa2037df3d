//! `cargo xtask bench upload`: photos to a relay, and the same sealed bytes by `curl` to a plain
//! file server.
//!
//! A rep attaches photos offline and syncs; an office takes them. The files that the rep has
//! sealed are then put, one after the other over one connection, into two servers that know
//! nothing: one answers when it has written, one when that is on the disk, as the relay does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Args;

use super::floorwalk::Site;
use super::process::{Process, number, path, settle, text, timed};
use super::{Folder, Programs, build, target_folder};
use crate::run::say;

const MIB: f64 = 1024.0 * 1024.0;

/// How many, and how large.
#[derive(Args)]
pub struct UploadArguments {
    /// Photos
    #[arg(long, value_name = "COUNT", default_value_t = 40)]
    photos: usize,
    /// Bytes of each
    #[arg(long, value_name = "BYTES", default_value_t = 5_000_000)]
    bytes: usize,
}

/// What was measured. Times in milliseconds.
struct Report {
    sealed_bytes: u64,
    attach_ms: f64,
    upload_ms: f64,
    download_ms: f64,
    plain_ms: f64,
    durable_ms: f64,
    relay_rss_peak_kib: u64,
    client_rss_peak_kib: u64,
}

/// Measures and prints.
///
/// # Errors
/// When something does not build or run, or not all arrives.
pub fn run(arguments: &UploadArguments) -> Result<bool> {
    ensure!(arguments.photos > 0, "no photos: nothing to measure");
    let programs = build(&target_folder()?, false)?;
    let folder =
        Folder::make(target_folder()?.join(format!("bench-upload-{}", std::process::id())))?;
    let report = measure(arguments, &programs, &folder.0)?;
    print(arguments, &report);
    Ok(true)
}

fn measure(arguments: &UploadArguments, programs: &Programs, folder: &Path) -> Result<Report> {
    let UploadArguments { photos, bytes } = *arguments;
    let mut site = Site::open(programs, folder)?;
    say(format!("== attaching {photos} photos of {bytes} bytes"));
    let attach_ms = timed(|| site.rep.ask(&format!("attach {photos} {bytes}")))?.1;
    settle();
    say("== to the relay, and from there to the office");
    let (sent, upload_ms) = timed(|| site.rep.ask("sync"))?;
    let client_rss_peak_kib = number(&sent, "rss_peak_kib");
    settle();
    let (taken, download_ms) = timed(|| site.office.ask("sync"))?;
    for report in [&sent, &taken] {
        let moved = number(report, "blobs_sent") + number(report, "blobs_received");
        ensure!(moved == photos as u64, "not all photos came through: {report}");
    }
    let relay_rss_peak_kib = site.relay_rss_peak_kib();
    let sealed = sealed_files(&folder.join("rep"))?;
    ensure!(sealed.len() == photos, "{} sealed files", sealed.len());
    let sealed_bytes = sealed.iter().map(|file| Ok(file.metadata()?.len())).sum::<Result<u64>>()?;
    drop(site);
    settle();
    say("== the same bytes by curl to a plain file server, without and with fsync");
    let plain_ms = put_all(programs, &folder.join("plain"), &sealed, &[])?;
    settle();
    let durable_ms = put_all(programs, &folder.join("durable"), &sealed, &["durable"])?;
    Ok(Report {
        sealed_bytes,
        attach_ms,
        upload_ms,
        download_ms,
        plain_ms,
        durable_ms,
        relay_rss_peak_kib,
        client_rss_peak_kib,
    })
}

/// The sealed photos of a home.
fn sealed_files(home: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![home.join("blobs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => folders.push(entry.path()),
                false => found.push(entry.path()),
            }
        }
    }
    Ok(found)
}

/// Puts files by one `curl`, and tells how long that took.
fn put_all(programs: &Programs, folder: &Path, files: &[PathBuf], how: &[&str]) -> Result<f64> {
    fs::create_dir_all(folder).context("making a folder")?;
    let mut server = Process::start(&programs.file_server, &[&[path(folder)?], how].concat())?;
    let url = server.answer()?;
    let url = text(&url, "listening")?;
    let mut curl = Command::new("curl");
    // Without waiting for a word before each body.
    curl.args(["--silent", "--fail", "--header", "Expect:", "--header", "Connection: keep-alive"]);
    for (number, file) in files.iter().enumerate() {
        curl.arg("--upload-file").arg(file).arg(format!("{url}/{number}"));
    }
    curl.stdout(Stdio::null());
    let (status, ms) = timed(|| curl.status().context("starting curl: is it installed?"))?;
    ensure!(status.success(), "curl: {status}");
    for (number, file) in files.iter().enumerate() {
        let put = folder.join(number.to_string()).metadata()?.len();
        ensure!(put == file.metadata()?.len(), "the file server has not got all");
    }
    Ok(ms)
}

fn print(arguments: &UploadArguments, report: &Report) {
    let mib = report.sealed_bytes as f64 / MIB;
    let row = |what: &str, ms: f64| {
        let rate = mib / (ms / 1e3);
        say(format!("{what:<52} {ms:>9.0} ms {rate:>8.1} MiB/s"));
    };
    say("");
    say(format!("{} photos of {} bytes, {mib:.1} MiB sealed", arguments.photos, arguments.bytes));
    row("attach: hashed, sealed, each durable", report.attach_ms);
    row("upload to the relay, each durable, hash compared", report.upload_ms);
    row("download by the office, each durable, hash compared", report.download_ms);
    row("curl to a file server", report.plain_ms);
    row("curl to a file server that syncs each file", report.durable_ms);
    say(format!(
        "throughput to that of the file server: {:.2}; of the one that syncs: {:.2} (aim: 0.8)",
        report.plain_ms / report.upload_ms,
        report.durable_ms / report.upload_ms,
    ));
    say(format!(
        "peak memory: relay {:.1} MiB, sender {:.1} MiB",
        report.relay_rss_peak_kib as f64 / 1024.0,
        report.client_rss_peak_kib as f64 / 1024.0,
    ));
}
