//! Every rule of the twenty regulations is an entry of the data, and every entry has a test.
//!
//! The table `docs/regulations.md` is made from the data and the cases; this test fails when it
//! is not as made, and `FLOORWALK_WRITE=1` writes it. What is enforced (duties, fields, automatic
//! grounds, approvals, extensions, escalations, choices, blanks) needs a case that names it; what
//! people carry out is tested by being shown with its clause.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use floorwalk_regulation::data::Cited;
use floorwalk_regulation::{Regulation, catalogue};
use serde_json::Value;

/// The test by which statements are shown with their clauses.
const SHOWN: &str = "every_statement_is_shown_with_its_clause";

#[test]
fn every_rule_has_an_entry_and_every_entry_a_test() {
    let mut numbers: BTreeSet<u32> = (1..=32).collect();
    let mut untested = Vec::new();
    for regulation in catalogue::all() {
        let tests = tests_of(regulation);
        for (table, entry) in regulation.entries() {
            if let Some(rule) = entry.rule() {
                numbers.remove(&rule[1..].parse().unwrap());
            }
            let name = format!("{table}:{}", entry.key().get_ref());
            if is_enforced(regulation, table, entry) && !tests.contains_key(&name) {
                untested.push(format!("{} {name}", regulation.source));
            }
        }
    }
    assert!(numbers.is_empty(), "no entry for N{numbers:?}");
    assert!(untested.is_empty(), "no case for:\n{}", untested.join("\n"));
}

#[test]
fn every_statement_is_shown_with_its_clause() {
    for regulation in catalogue::all() {
        let shown = serde_json::to_value(regulation).unwrap();
        for (table, entry) in regulation.entries() {
            let rows = shown[table].as_array().unwrap();
            let row = rows.iter().find(|row| row["key"] == entry.key().get_ref().as_str());
            let row = row.unwrap_or_else(|| panic!("{} {table}", regulation.source));
            assert_eq!((&row["zh"], &row["en"]), (&entry.zh().into(), &entry.en().into()));
            let clause = regulation.cite(entry);
            assert!(clause.starts_with(&regulation.source) && clause.contains(entry.clause()));
            assert!(!entry.lines().is_empty(), "{clause} {table}: no line of the source");
            let is_chinese =
                |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(is_chinese(entry.zh()) && !is_chinese(entry.en()), "{clause}");
        }
    }
}

/// Runs where the table of rules lies beside the project; says so where it does not.
#[test]
fn every_line_of_the_table_of_rules_is_cited() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/REGULATIONS.md");
    let Ok(table) = std::fs::read_to_string(root) else {
        eprintln!("skipped: the table of rules is not here");
        return;
    };
    let part = table.split("## B.").nth(1).unwrap().split("## C.").next().unwrap();
    let mut uncited = Vec::new();
    for paragraph in part.split("\n\n").filter(|paragraph| paragraph.starts_with("**S")) {
        let source = &paragraph[2..5];
        let regulation = catalogue::all().iter().find(|known| known.source == source).unwrap();
        let cited: BTreeSet<u32> =
            regulation.entries().iter().flat_map(|(_, entry)| entry.lines().to_vec()).collect();
        let body = paragraph.split_once(')').map_or("", |(_, body)| body);
        for line in references(body) {
            if !cited.contains(&line) {
                uncited.push(format!("{source} L{line}"));
            }
        }
    }
    assert!(uncited.is_empty(), "not cited: {}", uncited.join(", "));
}

#[test]
fn the_document_is_as_made() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/regulations.md");
    let made = document();
    if std::env::var_os("FLOORWALK_WRITE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == made, "run: FLOORWALK_WRITE=1 cargo test -p floorwalk-regulation coverage");
}

/// Line numbers in parentheses: `(66)`, `(34–35)`, `(402–404, 7)`.
fn references(text: &str) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for part in text.split('(').skip(1) {
        let Some((inside, _)) = part.split_once(')') else { continue };
        for piece in inside.split([',', ';']) {
            let piece = piece.trim();
            if let Some((first, last)) = piece.split_once('–') {
                if let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>()) {
                    found.extend([first, last]);
                }
            } else if let Ok(line) = piece.parse() {
                found.insert(line);
            }
        }
    }
    found
}

fn is_enforced(regulation: &Regulation, table: &str, entry: &dyn Cited) -> bool {
    match table {
        "ground" => {
            let ground = regulation.ground.iter().find(|g| g.key == *entry.key()).unwrap();
            ground.lacking.is_some()
        }
        "duty" | "field" | "approval" | "extension" | "escalation" | "choice" => true,
        // A blank bounds what people do, unless a duty depends on it.
        "blank" => regulation.duty.iter().any(|duty| {
            let within = duty.within.as_ref().map(ToString::to_string);
            within.as_deref() == Some(&format!("blank:{}", entry.key().get_ref()))
        }),
        _ => false,
    }
}

/// The cases that test an entry, by `table:key`.
fn tests_of(regulation: &Regulation) -> BTreeMap<String, BTreeSet<String>> {
    let path = format!(
        "{}/cases/{}-{}.json",
        env!("CARGO_MANIFEST_DIR"),
        regulation.source,
        regulation.id
    );
    let cases: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut tests: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in cases.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let mut covers = |entry: String| {
            tests.entry(entry).or_default().insert(name.to_owned());
        };
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        for entry in list(&case["covers"]) {
            covers(entry.as_str().unwrap().to_owned());
        }
        let expect = &case["expect"];
        for duty in list(&expect["duties"]) {
            for known in &regulation.duty {
                let key = known.key.get_ref().as_str();
                let by_rule = duty["rule"].is_string()
                    && duty["rule"] == known.rule.clone().unwrap_or_default();
                let by_key = duty["key"].is_null() || duty["key"] == key;
                if (duty["key"] == key) || (by_rule && by_key) {
                    covers(format!("duty:{key}"));
                }
            }
        }
        if expect.get("missing").is_some() {
            for field in &regulation.field {
                covers(format!("field:{}", field.key.get_ref()));
            }
        }
    }
    tests
}

fn document() -> String {
    let mut made = String::from(
        "# The regulations and where each rule is\n\n\
         Made from the data and the cases by `core/regulation/tests/coverage.rs`; do not edit.\n\
         Each row: a rule's number, or the document's clause; the entry in\n\
         `core/regulation/data`; the cases in `core/regulation/cases`, or the test, of it.\n",
    );
    for regulation in catalogue::all() {
        let tests = tests_of(regulation);
        let _ = write!(
            made,
            "\n## {} `{}`\n\n{}\n\n| rule | clause | entry | what | test |\n",
            regulation.source, regulation.id, regulation.summary_en
        );
        made.push_str("|---|---|---|---|---|\n");
        for (table, entry) in regulation.entries() {
            let name = format!("{table}:{}", entry.key().get_ref());
            let held = match tests.get(&name) {
                Some(cases) => cases.iter().cloned().collect::<Vec<_>>().join("; "),
                None => format!("`{SHOWN}`"),
            };
            let clause = regulation.cite(entry);
            let clause = clause.strip_prefix(&format!("{} ", regulation.source)).unwrap();
            let (rule, what) = (entry.rule().unwrap_or("–"), entry.en().replace('|', "/"));
            let _ = writeln!(made, "| {rule} | {clause} | `{name}` | {what} | {held} |");
        }
    }
    made
}
