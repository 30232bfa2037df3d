//! A community works by the regulation that it adopted, tried as a new user would.

use serde_json::{Value, json};

use crate::support::{BUILDING, Device, TestRelay, assert_has, office};

fn duty<'a>(shown: &'a Value, rule: &str) -> &'a Value {
    let found = shown["duties"].as_array().unwrap().iter().find(|duty| duty["rule"] == rule);
    found.unwrap_or_else(|| panic!("no duty {rule} in {}", shown["duties"]))
}

#[test]
fn a_complaint_is_supplemented_accepted_late_reopened_and_closed() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let mut args = vec!["record", "--building", BUILDING, "--room", "1203", "--channel", "rep"];
    args.extend(["--complainant", "王女士", "--phone", "13800000000", "--category", "1B"]);
    args.extend(["--severity", "general", "--at", "2026-09-30T16:00:00+08:00"]);
    args.extend(["--text", "单元门门禁坏了"]);
    let recorded = office.json(&args);
    let number = recorded["number"].as_str().unwrap();
    assert_eq!(recorded["missing"], json!(["evidence", "reported_before", "demand"]));

    let refused = office.run(&["act", number, "accepted", "--json"]);
    assert_eq!((refused.code, refused.error_code().as_str()), (3, "regulation_forbids"));
    assert!(refused.stderr.contains("三、5"), "{}", refused.stderr);

    let sets = ["reported_before=九月初已报物业", "demand=一周内修好"];
    office.json(&[&["edit", number, "--set"], &sets[..]].concat());
    office.json(&["act", number, "supplemented"]);
    assert_eq!(office.json(&["show", number])["missing"], json!(["evidence"]));
    office.json(&["act", number, "accepted"]);
    office.json(&["act", number, "forwarded", "--set", "to=mediator"]);

    let late = office.run(&["act", number, "extended", "--set", "rule=N8", "--json"]);
    assert_eq!((late.code, late.error_code().as_str()), (3, "regulation_forbids"));

    office.json(&["act", number, "resolved", "--set", "outcome=已更换门禁"]);
    let again = ["act", number, "followed_up", "--set", "satisfied=false"];
    office.json(&again);
    let shown = office.json(&["show", number]);
    assert_eq!(shown["stage"], "reopened");
    assert_has(&shown, &["duties", "missing", "refusals", "escalations", "allowed"]);
    office.json(&["act", number, "resolved"]);
    office.json(&["act", number, "followed_up", "--set", "satisfied=true"]);
    office.json(&["act", number, "archived"]);
    assert_eq!(office.json(&["show", number])["stage"], "closed");
}

#[test]
fn what_a_rep_did_not_pass_on_in_time_is_listed_as_overdue_with_its_clause() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = crate::support::member(&office, "李楼长", "building_rep");
    let mut args = vec!["record", "--building", BUILDING, "--room", "502", "--complainant", "赵"];
    args.extend(["--at", "2026-09-30T16:00:00+08:00", "--text", "楼道灯不亮"]);
    let old = rep.json(&args)["number"].as_str().unwrap().to_owned();
    let new = rep.record("电梯异响");

    let overdue = rep.json(&["list", "--overdue"]);
    let numbers: Vec<&Value> =
        overdue["complaints"].as_array().unwrap().iter().map(|row| &row["number"]).collect();
    assert_eq!(numbers, [&json!(old)], "{new} is not due yet");
    assert_eq!(overdue["complaints"][0]["next_due"], "2026-10-09T00:00:00+08:00");

    let shown = rep.json(&["show", &old]);
    let passing_on = duty(&shown, "N8");
    assert_eq!(passing_on["status"], "overdue");
    assert_eq!(passing_on["due_at"], "2026-10-09T00:00:00+08:00");
    assert!(passing_on["clause"].as_str().unwrap().contains("五、3"));
    let words = rep.run(&["show", &old, "--lang", "zh"]).stdout;
    assert!(words.contains("超期") && words.contains("五、3"), "{words}");

    rep.json(&["act", &old, "forwarded", "--set", "to=mediator"]);
    assert_eq!(rep.json(&["list", "--overdue"])["complaints"], json!([]));
    let met = rep.json(&["show", &old]);
    assert_eq!(duty(&met, "N8")["status"], "overdue", "done, but late");
    assert!(duty(&met, "N8")["met_at"].is_string());
}

#[test]
fn a_complaint_keeps_the_regulation_that_it_was_received_under() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let before = office.record("电梯异响");
    let refused = office.refused(&["regulation", "adopt", "office-1wd"]);
    assert_eq!(refused, (2, "open_blanks".to_owned()));
    let refused = office.refused(&["regulation", "adopt", "revisit-3d", "--set", "tea=green"]);
    assert_eq!(refused, (2, "bad_regulation_setting".to_owned()));

    let adopted =
        office.json(&["regulation", "adopt", "revisit-3d", "--set", "follow_up_from=received"]);
    assert_has(&adopted, &["version", "regulation", "settings", "open_blanks"]);
    let after = office.record("水管漏水");
    assert_eq!(office.json(&["community", "show"])["regulation"], "revisit-3d");
    duty(&office.json(&["show", &after]), "N32");
    let shown = office.json(&["show", &before]);
    assert!(shown["duties"].as_array().unwrap().iter().all(|duty| duty["rule"] != "N32"));
}

#[test]
fn a_rep_may_not_adopt() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = crate::support::member(&office, "李楼长", "building_rep");
    let refused = rep.refused(&["regulation", "adopt", "revisit-3d"]);
    assert_eq!(refused, (3, "not_admin".to_owned()));
}

#[test]
fn regulations_are_listed_and_shown_without_a_home() {
    let device = Device::new();
    let listed = device.json(&["regulation", "list"]);
    let listed = listed["regulations"].as_array().unwrap();
    assert_eq!(listed.len(), 20);
    for regulation in listed {
        assert_has(regulation, &["id", "source", "title", "title_en"]);
        let id = regulation["id"].as_str().unwrap();
        let shown = device.json(&["regulation", "show", id]);
        assert_eq!(shown["source"], regulation["source"]);
        let words = device.run(&["regulation", "show", id, "--lang", "zh"]);
        assert_eq!(words.code, 0);
    }
    assert_eq!(device.refused(&["regulation", "show", "S04"]).0, 2);
}

#[test]
fn a_case_is_evaluated_and_a_bad_one_is_refused_with_its_place() {
    let device = Device::new();
    let case = json!({
        "regulation": "hanjiang-oc",
        "complaint": {"channel": "rep", "severity": "urgent", "fields": {}},
        "events": [{"kind": "received", "at": "2026-09-30T16:00:00+08:00", "role": "building_rep"}],
        "now": "2026-09-30T17:00:00+08:00",
    });
    let evaluate = |case: &Value| {
        let args = ["regulation", "evaluate", "--case", "-", "--json"];
        device.run_with_input(&args, &case.to_string())
    };
    let answer = evaluate(&case).object();
    assert_has(&answer, &["stage", "missing", "refusals", "duties", "escalations", "allowed"]);
    assert_eq!(duty(&answer, "N7")["status"], "overdue");

    let broken = |path: &[&str], value: Value| {
        let mut case = case.clone();
        let mut at = &mut case;
        for step in path {
            at = match step.parse::<usize>() {
                Ok(index) => &mut at[index],
                Err(_) => &mut at[*step],
            };
        }
        *at = value;
        let ran = evaluate(&case);
        assert_eq!((ran.code, ran.error_code().as_str()), (2, "bad_case"), "{path:?}");
        ran.stderr
    };
    for (path, value, place, known) in [
        (&["regulation"][..], json!("S04"), "regulation", "hanjiang-oc"),
        (&["events", "0", "kind"], json!("teleported"), "events[0].kind", "received"),
        (&["events", "0", "role"], json!("king"), "events[0].role", "building_rep"),
        (&["events", "0", "at"], json!("yesterday"), "events[0].at", "2026-09-30"),
        (&["complaint", "severity"], json!("huge"), "complaint.severity", "urgent"),
        (&["complaint", "channel"], json!("pigeon"), "complaint.channel", "wechat"),
        (&["complaint", "fields"], json!({"colour": "red"}), "complaint.fields.colour", "demand"),
        (&["now"], json!(5), "now", "string"),
        (&["settings"], json!({"blanks": {"tea": 1}}), "settings.blanks.tea", "box_opening"),
    ] {
        let said = broken(path, value);
        assert!(said.contains(place) && said.contains(known), "{path:?}: {said}");
    }
    let cut = device.run_with_input(&["regulation", "evaluate", "--case", "-", "--json"], "{\n");
    assert_eq!(cut.code, 2);
    assert!(cut.stderr.contains("line 2"), "{}", cut.stderr);
}

#[test]
fn a_communitys_own_file_is_checked_with_line_and_clause_and_adopted() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ours.toml");
    let text = r#"
id = "ours"
source = "OURS"
title = "本小区办法"
title_en = "Our rules"
summary = "两天内答复"
summary_en = "Answered within two days"

[[field]]
key = "text"
zh = "内容"
en = "Content"
clause = "一"

[[duty]]
key = "answer"
zh = "两天内答复"
en = "Answered within two days"
clause = "二"
from = ["received"]
expects = ["result_told"]
by = "office"
within = "2 days"
"#;
    let path = file.to_str().unwrap();
    std::fs::write(&file, text.replace("result_told", "teleported")).unwrap();
    let bad = office.run(&["regulation", "check", path, "--json"]);
    assert_eq!(bad.code, 2);
    let problem = &bad.object()["problems"][0];
    assert_eq!((&problem["line"], &problem["clause"]), (&json!(21), &json!("二")));

    std::fs::write(&file, text).unwrap();
    assert_eq!(office.json(&["regulation", "check", path])["problems"], json!([]));
    office.json(&["regulation", "adopt", "--file", path]);
    let number = office.record("水管漏水");
    let shown = office.json(&["show", &number]);
    assert_eq!(shown["duties"][0]["key"], "answer");
}

#[test]
fn a_due_moment_that_hangs_on_a_wrong_clock_is_marked_uncertain() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = crate::support::member(&office, "李楼长", "building_rep");
    let sure = rep.record("电梯异响");
    assert_eq!(duty(&rep.json(&["show", &sure]), "N8")["uncertain"], false);
    let mut args = vec!["record", "--building", BUILDING, "--text", "楼道灯不亮"];
    args.extend(["--at", "2099-01-05T10:00:00+08:00"]);
    let ahead = rep.json(&args)["number"].as_str().unwrap().to_owned();
    let shown = rep.json(&["show", &ahead]);
    assert_eq!(duty(&shown, "N8")["uncertain"], true);
    let due = duty(&shown, "N8")["due_at"].as_str().unwrap().to_owned();
    assert!(due.as_str() < "2099", "taken as received by now: {due}");
}
