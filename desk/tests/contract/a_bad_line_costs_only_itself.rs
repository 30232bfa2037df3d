//! Files of complaints and acts: a bad line is reported with its number, the others are kept.

use serde_json::{Value, json};

use crate::support::{BUILDING, Device, Ran, TestRelay, keys, member, office};

fn reported(ran: &Ran) -> Vec<(u64, String)> {
    let line = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(keys(&value), ["error", "line"]);
        assert_eq!(keys(&value["error"]), ["code", "message", "retryable"]);
        (value["line"].as_u64().unwrap(), value["error"]["code"].as_str().unwrap().to_owned())
    };
    ran.stderr.lines().map(line).collect()
}

fn bad(lines: &[(u64, &str)]) -> Vec<(u64, String)> {
    lines.iter().map(|(line, code)| (*line, (*code).to_owned())).collect()
}

const ROUND: &str = r#"{"building":"1号楼","room":"0101","text":"第一件","complainant":"甲"}
not json
{"building":"9号楼","text":"楼不存在"}

{"building":"1号楼","text":"多余字段","colour":"red"}
{"building":"1号楼","text":"第二件","at":"2026-09-30T16:00:00+08:00"}
{"building":"1号楼","text":"时间不对","at":"昨天"}
{"building":"1号楼","text":"第三件","events":[{"kind":"verified","set":{"x":1},"note":"看过"}]}
{"building":"1号楼","text":"事件不对","events":[{"kind":"danced"}]}
{"building":"1号楼","text":"   "}
"#;

#[test]
fn good_lines_are_recorded_in_order() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let file = office.file("round.jsonl", ROUND);
    let ran = office.run(&["record", "--jsonl", &file, "--json"]);
    assert_eq!(ran.code, 2);
    let result = ran.object();
    assert_eq!(keys(&result), ["failed", "numbers", "recorded"]);
    assert_eq!((&result["recorded"], &result["failed"]), (&json!(3), &json!(6)));
    let expected = [
        (2, "bad_json"),
        (3, "unknown_building"),
        (5, "unknown_field"),
        (7, "bad_time"),
        (9, "unknown_kind"),
        (10, "missing_field"),
    ];
    assert_eq!(reported(&ran), bad(&expected));
    let narratives: Vec<Value> = result["numbers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|number| office.json(&["show", number.as_str().unwrap()]))
        .map(|shown| shown["narrative"].clone())
        .collect();
    assert_eq!(narratives, ["第一件", "第二件", "第三件"]);
    let third = office.json(&["show", result["numbers"][2].as_str().unwrap()]);
    assert_eq!(third["events"][1]["kind"], "verified");
    assert_eq!(office.json(&["list"])["complaints"].as_array().unwrap().len(), 3);
}

#[test]
fn standard_input_and_a_default_building() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let args = ["record", "--jsonl", "-", "--building", BUILDING, "--json"];
    let ran = office.run_with_input(&args, "{\"text\":\"甲\"}\r\n{\"text\":\"乙\"}");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.object()["recorded"], 2);
    let empty = office.run_with_input(&["record", "--jsonl", "-", "--json"], "");
    assert_eq!(empty.code, 0);
    assert_eq!(empty.object(), json!({"recorded": 0, "numbers": [], "failed": 0}));
}

#[test]
fn more_lines_than_a_chunk_are_all_kept_and_numbered_apart() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let lines: Vec<String> = (0..450)
        .map(|n| json!({"building": BUILDING, "text": format!("第{n}件")}).to_string())
        .collect();
    let ran = office.run_with_input(&["record", "--jsonl", "-", "--json"], &lines.join("\n"));
    assert_eq!(ran.code, 0);
    let numbers = ran.object()["numbers"].clone();
    let distinct: std::collections::BTreeSet<&str> =
        numbers.as_array().unwrap().iter().map(|number| number.as_str().unwrap()).collect();
    assert_eq!(distinct.len(), 450);
    assert_eq!(office.json(&["list"])["complaints"].as_array().unwrap().len(), 450);
}

#[test]
fn acts_are_applied_in_order() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let number = office.record("路灯不亮");
    let acts = [
        json!({"number": number, "kind": "accepted", "note": "收到"}),
        json!({"number": number, "kind": "danced"}),
        json!({"number": "CS-0", "kind": "accepted"}),
        json!({"number": number, "kind": "resolved", "set": {"outcome": "换灯"}}),
        json!({"number": number, "set": {}}),
        json!({"number": number, "kind": "result_told", "at": "2026-10-01T09:00:00+08:00"}),
    ];
    let lines: Vec<String> = acts.iter().map(Value::to_string).collect();
    let file = office.file("acts.jsonl", &lines.join("\n"));
    let ran = office.run(&["act", "--jsonl", &file, "--json"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.object(), json!({"applied": 3, "failed": 3}));
    let expected = [(2, "unknown_kind"), (3, "unknown_complaint"), (5, "missing_field")];
    assert_eq!(reported(&ran), bad(&expected));
    assert_eq!(office.json(&["show", &number])["stage"], "answered");
}

#[test]
fn a_line_that_the_role_forbids_is_a_bad_line() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "周", "building_rep");
    let number = rep.record("栏杆松动");
    let act = |kind: &str| json!({"number": number, "kind": kind}).to_string();
    let lines = format!("{}\n{}", act("accepted"), act("site_visited"));
    let ran = rep.run_with_input(&["act", "--jsonl", "-", "--json"], &lines);
    assert_eq!((ran.code, ran.object()), (2, json!({"applied": 1, "failed": 1})));
    assert_eq!(reported(&ran), bad(&[(1, "role_may_not")]));
}

#[test]
fn what_is_wrong_with_the_home_is_said_once() {
    let stranger = Device::new();
    let lines = "{\"building\":\"1\",\"text\":\"甲\"}\n{\"building\":\"1\",\"text\":\"乙\"}";
    let ran = stranger.run_with_input(&["record", "--jsonl", "-", "--json"], lines);
    assert_eq!((ran.code, ran.error_code().as_str()), (2, "not_in_community"));
    assert_eq!(ran.object()["recorded"], 0);
}

#[test]
fn people_are_told_the_line_in_their_language() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let args = ["record", "--jsonl", "-", "--lang", "zh"];
    let ran = office.run_with_input(&args, "\n{\"text\":\"私密内容\",\"building\":7}");
    assert_eq!(ran.code, 2);
    assert_eq!(ran.stderr, "第 2 行：“building”的值须为字符串，此行已跳过。\n");
    assert!(ran.stdout.contains("已登记 0 件投诉"), "{}", ran.stdout);
}
