//! Regulation files: each problem has a line of the file, and what is accepted can be evaluated.

use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};
use floorwalk_complaint::EventKind;
use floorwalk_regulation::{Facts, Happening, Party, Settings, evaluate, parse};
use serde_json::{Map, json};

/// The bytes as a regulation's file, and a complaint under it.
pub fn regulation_files(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let regulation = match parse(text) {
        Ok(regulation) => regulation,
        Err(problems) => {
            assert!(!problems.is_empty());
            let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
            for problem in &problems {
                assert!((1..=lines).contains(&problem.line), "{problem:?} of {lines} lines");
            }
            return;
        }
    };
    // A file with nothing but defaults is in force as it stands.
    let Ok(decided) = Settings::default().decide(&regulation) else { return };
    let severity = regulation.severity.first().map(|severity| severity.key.get_ref().clone());
    let facts = Facts {
        channel: regulation.channel.first().map(|channel| channel.key.get_ref().clone()),
        category: regulation.category.first().map(|category| category.key.get_ref().clone()),
        severity,
        fields: [("text".to_owned(), "灯坏了".to_owned())].into(),
    };
    let events = events();
    let first = events[0].at;
    for days in [-1, 0, 3, 40, 4000] {
        let now = first + Duration::days(days);
        let answer = evaluate(&regulation, &decided, &facts, &events, now);
        assert_eq!(answer, evaluate(&regulation, &decided, &facts, &events, now));
    }
}

fn events() -> Vec<Happening> {
    let kinds = ["received", "acknowledged", "accepted", "planned", "extended", "resolved"];
    let more = ["result_told", "reopened", "escalated", "archived"];
    let first: DateTime<Utc> = DateTime::from_str("2026-09-30T08:00:00Z").expect("a moment");
    let set: Map<_, _> = [("until".to_owned(), json!("2026-10-12"))].into_iter().collect();
    let kinds = kinds.into_iter().chain(more).enumerate();
    kinds
        .map(|(day, kind)| Happening {
            kind: EventKind::from_key(kind),
            at: first + Duration::days(day as i64),
            role: Party::from_key("office"),
            set: set.clone(),
            doubtful: false,
        })
        .collect()
}
