//! How long it takes to evaluate ten thousand complaints, each with a dozen events.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench")]

use divan::Bencher;
use floorwalk_regulation::Case;

fn main() {
    divan::main();
}

/// By the regulation with the most duties from one event.
#[divan::bench]
fn ten_thousand_complaints(bencher: Bencher<'_, '_>) {
    let case = case("three-grades", "important");
    bencher.bench(|| {
        (0..10_000).map(|_| divan::black_box(case.evaluate()).duties.len()).sum::<usize>()
    });
}

/// One, in general.
#[divan::bench(args = ["hanjiang-oc", "oc-receipts", "revisit-3d"])]
fn one_complaint(bencher: Bencher<'_, '_>, id: &str) {
    let case = case(id, "general");
    bencher.bench(|| divan::black_box(case.evaluate()));
}

fn case(id: &str, severity: &str) -> Case {
    let severity = if id == "three-grades" || id == "hanjiang-oc" { severity } else { "general" };
    let kinds = [
        "received",
        "acknowledged",
        "verified",
        "accepted",
        "receipt_signed",
        "reported",
        "forwarded",
        "planned",
        "remedied",
        "resolved",
        "result_told",
        "followed_up",
    ];
    let event = |(index, kind): (usize, &&str)| {
        format!(
            r#"{{"kind":"{kind}","at":"2026-09-{:02}T09:00:00+08:00","role":"office"}}"#,
            index + 1
        )
    };
    let events: Vec<String> = kinds.iter().enumerate().map(event).collect();
    let text = format!(
        r#"{{"regulation":"{id}","complaint":{{"channel":"phone","severity":"{severity}"}},
            "events":[{}],"now":"2026-10-20T09:00:00+08:00"}}"#,
        events.join(",")
    );
    Case::parse(&text).unwrap()
}
