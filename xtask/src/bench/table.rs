//! The report of a day as a table for people.
//!
//! A ratio says how many times less Floorwalk took. Targets are told, never enforced.
#![allow(clippy::type_complexity, reason = "rows of a table, each with the figure that it shows")]

use super::{Day, Listing, Phase, Report};
use crate::run::say;

const KIB: f64 = 1024.0;

/// Prints a report.
pub fn print(report: &Report) {
    let cards = if report.cards { ", each with a card" } else { "" };
    say("");
    say(format!("{} complaints of 11 commits{cards}", report.complaints));
    let (ours, theirs) = (&report.floorwalk, report.samod.as_ref());
    row("", "floorwalk", "samod", "ratio", "aim");
    times(ours, theirs);
    sizes(ours, theirs);
    say("");
    say(format!(
        "recording 11 commits, each durable: {:.2} ms a complaint; \
         {:.2} fsync'd transactions for recording one",
        ours.record_ms / report.complaints as f64,
        report.commits_per_record,
    ));
    if let Some(theirs) = theirs {
        say(format!(
            "samod keeps finished documents of 11 commits: {:.2} ms each, without fsync",
            theirs.record_ms / report.complaints as f64,
        ));
    }
    if let Some(made) = ours.edits_made_ms {
        say(format!("of the edit phase, making the events durable: {made:.1} ms"));
    }
    let disk = |bytes: u64| bytes as f64 / ours.relay_received_bytes as f64;
    say(format!(
        "relay disk to bytes received: {:.2} stopped, {:.2} running with its write-ahead log \
         (aim: at most 2)",
        disk(ours.relay_disk_bytes),
        disk(ours.relay_disk_running_bytes),
    ));
    if let Some(listing) = &report.listing {
        list(listing);
    }
}

fn times(ours: &Day, theirs: Option<&Day>) {
    let phases: [(&str, fn(&Day) -> f64, &str); 3] = [
        ("push, ms", |day| day.push.ms, ">= 20"),
        ("pull, ms", |day| day.pull.ms, ">= 4"),
        ("edit and back, ms", |day| day.edit.ms, ">= 4"),
    ];
    for (name, of, aim) in phases {
        compare(name, of(ours), theirs.map(of), aim);
    }
}

fn sizes(ours: &Day, theirs: Option<&Day>) {
    let phases: [(&str, fn(&Day) -> &Phase); 3] =
        [("push", |day| &day.push), ("pull", |day| &day.pull), ("edit", |day| &day.edit)];
    for (name, of) in phases {
        let parts: [(&str, fn(&Phase) -> u64, &str); 3] = [
            ("to the relay", |phase| phase.up_bytes, ""),
            ("from the relay", |phase| phase.down_bytes, ""),
            ("on the wire", Phase::wire_bytes, ">= 3"),
        ];
        for (part, bytes, aim) in parts {
            let kib = |day: &Day| bytes(of(day)) as f64 / KIB;
            compare(&format!("{name} {part}, KiB"), kib(ours), theirs.map(kib), aim);
        }
    }
    let rows: [(&str, fn(&Day) -> f64, &str); 6] = [
        ("relay memory idle, MiB", |day| day.relay_rss_idle_kib as f64 / KIB, ""),
        ("relay memory peak, MiB", |day| day.relay_rss_peak_kib as f64 / KIB, "< 25 MB"),
        ("A memory peak, MiB", |day| day.client_push_rss_peak_kib as f64 / KIB, ""),
        ("B memory peak, MiB", |day| day.client_pull_rss_peak_kib as f64 / KIB, ""),
        ("relay disk, KiB", |day| day.relay_disk_bytes as f64 / KIB, ""),
        ("relay disk running, KiB", |day| day.relay_disk_running_bytes as f64 / KIB, ""),
    ];
    for (name, of, aim) in rows {
        compare(name, of(ours), theirs.map(of), aim);
    }
}

fn list(listing: &Listing) {
    let Listing { complaints, rows, open_ms, first_list_ms, list_ms, query_ms } = listing;
    say(format!(
        "{complaints} complaints: opened in {open_ms:.2} ms, first {rows} listed in \
         {first_list_ms:.2} ms, again in {list_ms:.3} ms; the bare indexed query: {query_ms:.3} ms"
    ));
}

fn compare(name: &str, ours: f64, theirs: Option<f64>, aim: &str) {
    let ratio = theirs.filter(|_| ours > 0.0).map(|theirs| format!("{:.1}", theirs / ours));
    let theirs = theirs.map(|theirs| format!("{theirs:.1}"));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    row(name, &format!("{ours:.1}"), &text(&theirs), &text(&ratio), aim);
}

fn row(name: &str, ours: &str, theirs: &str, ratio: &str, aim: &str) {
    say(format!("{name:28} {ours:>10} {theirs:>10} {ratio:>8}  {aim}").trim_end());
}
