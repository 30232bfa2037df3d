//! The cases beside each regulation hold: `cases/<source>-<id>.json` is a list of named cases,
//! each in the command line's form with what must, and must not, come out of it.
//!
//! `expect` may give `stage`; `missing` (all of it); `duties` (each must match one duty of the
//! answer, member by member) and `no_duties` (rules or keys); `refusals` and `escalations`
//! (likewise; a refusal's clause need only be contained) and `no_refusals`; `allowed` and
//! `not_allowed` (pairs of kind and role).
#![allow(clippy::unwrap_used)]

use floorwalk_regulation::{Case, catalogue};
use serde_json::Value;

#[test]
fn every_case_comes_out_as_it_says() {
    let mut failures = Vec::new();
    let mut count = 0;
    for (file, _) in catalogue::FILES {
        for case in cases_of(file) {
            count += 1;
            let name = case["name"].as_str().unwrap_or_else(|| panic!("{file}: a nameless case"));
            if let Err(failure) = holds(&case) {
                failures.push(format!("{file}, \"{name}\": {failure}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_regulation_with_numbers_has_at_least_six_cases() {
    for regulation in catalogue::all() {
        let numbered = regulation.duty.iter().any(|duty| duty.rule.is_some());
        let file = format!("{}-{}", regulation.source, regulation.id);
        let (found, wanted) = (cases_of(&file).len(), if numbered { 6 } else { 2 });
        assert!(found >= wanted, "{file} has {found} cases, {wanted} are wanted");
    }
}

#[test]
fn a_case_that_expects_something_else_fails() {
    let mut case = cases_of("S04-hanjiang-oc").remove(0);
    assert_eq!(holds(&case), Ok(()));
    case["expect"]["stage"] = Value::from("declined");
    assert!(holds(&case).is_err());
}

fn cases_of(file: &str) -> Vec<Value> {
    let path = format!("{}/cases/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{file}: no cases"));
    let cases: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
    cases.as_array().unwrap_or_else(|| panic!("{file}: not a list")).clone()
}

fn holds(case: &Value) -> Result<(), String> {
    let parsed = Case::parse(&case["case"].to_string()).map_err(|error| error.to_string())?;
    let answer = serde_json::to_value(parsed.evaluate()).unwrap();
    let expect = case["expect"].as_object().ok_or("expects nothing")?;
    for (member, wanted) in expect {
        let found = |member: &str| answer[member].as_array().unwrap().clone();
        match member.as_str() {
            "stage" | "severity" if answer[member] == *wanted => (),
            "missing" if sorted(&answer["missing"]) == sorted(wanted) => (),
            "duties" | "escalations" | "refusals" => {
                for wanted in list(wanted) {
                    if !found(member).iter().any(|found| matches(found, wanted)) {
                        return Err(format!("{member}: no {wanted} in {}", answer[member]));
                    }
                }
            }
            "no_duties" => {
                for name in list(wanted) {
                    let named = |duty: &Value| duty["rule"] == *name || duty["key"] == *name;
                    if found("duties").iter().any(named) {
                        return Err(format!("there is a duty {name}: {}", answer["duties"]));
                    }
                }
            }
            "no_refusals" | "no_escalations" => {
                let member = &member[3..];
                if !found(member).is_empty() {
                    return Err(format!("{member}: {}", answer[member]));
                }
            }
            "allowed" | "not_allowed" => {
                for pair in list(wanted) {
                    let may = found("allowed").iter().any(|allowed| {
                        allowed["kind"] == pair[0] && list(&allowed["roles"]).contains(&pair[1])
                    });
                    if may != (member == "allowed") {
                        return Err(format!("{member}: {pair}"));
                    }
                }
            }
            _ => return Err(format!("{member} is {}, not {wanted}", answer[member])),
        }
    }
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn sorted(value: &Value) -> Vec<String> {
    let mut texts: Vec<String> = list(value).iter().map(ToString::to_string).collect();
    texts.sort();
    texts
}

fn matches(found: &Value, wanted: &Value) -> bool {
    wanted.as_object().unwrap().iter().all(|(member, wanted)| match member.as_str() {
        "clause" => found["clause"].as_str().unwrap().contains(wanted.as_str().unwrap()),
        _ => found[member] == *wanted,
    })
}
