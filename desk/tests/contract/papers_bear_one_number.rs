//! Forms about a complaint all bear its number, and no complaint can break or betray them; the
//! calendar of duties has numbers and the regulation's words only.

use icalendar::{Calendar, CalendarDateTime, Component, DatePerhapsTime, Event};
use serde_json::json;

use crate::support::{BUILDING, Device, TestRelay, office};

const EVIL: &str = "<script>alert(1)</script>&\"'";

fn recorded(office: &Device) -> String {
    let line = json!({"building": BUILDING, "room": "7703", "complainant": "金丝雀<b>甲",
        "phone": "13977030000", "channel": "rep", "category": "1B", "severity": "general",
        "respondent": EVIL, "demand": EVIL, "reported_before": EVIL, "text": EVIL,
        "at": "2024-09-09T10:00:00+08:00", "events": [
            {"kind": "accepted", "at": "2024-09-09T11:00:00+08:00", "note": EVIL},
            {"kind": "planned", "at": "2024-09-09T12:00:00+08:00", "set": {"method": EVIL}},
            {"kind": "resolved", "at": "2024-09-10T12:00:00+08:00", "set": {"outcome": EVIL}},
            {"kind": "followed_up", "at": "2024-09-12T14:00:00+08:00", "note": EVIL,
                "set": {"manner": "visit", "satisfied": true}}]});
    let file = office.file("one.jsonl", &line.to_string());
    let recorded = office.json(&["record", "--jsonl", &file]);
    recorded["numbers"][0].as_str().unwrap().to_owned()
}

#[test]
fn every_form_bears_the_number_and_shows_no_markup_of_others() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let number = recorded(&office);
    for (kind, zh, en) in [
        ("register", "投诉登记表", "Complaint Register Form"),
        ("notice", "投诉处理通知单", "Complaint Handling Notice"),
        ("acceptance", "投诉受理回执", "Acceptance Receipt"),
        ("handling", "投诉处理回执", "Handling Receipt"),
        ("follow-up", "投诉回访表", "Follow-up Form"),
    ] {
        let path = office.path(&format!("{kind}.html"));
        let file = path.display().to_string();
        let args = ["report", "form", &number, "--kind", kind, "--out", &file];
        let made = office.json(&args);
        assert_eq!(made, json!({"number": number, "kind": kind, "file": file}));
        let page = std::fs::read_to_string(&path).unwrap();
        assert!(page.contains(&format!("<h1>{zh}</h1>")), "Chinese unless asked otherwise");
        assert!(page.matches(&number).count() >= 3, "{kind}");
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{kind}");
        assert!(!page.contains("<b>") && !page.contains("http://"), "{kind}");
        assert!(page.contains("@page") && page.contains("A4") && page.contains("日期"));
        let names = page.contains("金丝雀") || page.contains("7703");
        assert_eq!(names, kind != "notice", "{kind}: the notice names no complainant");
        assert_eq!(office.run(&[&args[..], &["--lang", "en"]].concat()).code, 0);
        let page = std::fs::read_to_string(&path).unwrap();
        assert!(page.contains(&format!("<h1>{en}</h1>")) && page.contains("lang=\"en\""));
    }
    let form = |kind: &str| std::fs::read_to_string(office.path(&format!("{kind}.html"))).unwrap();
    assert!(form("acceptance").contains("☑ accepted") && form("handling").contains("☑ satisfied"));
    assert!(form("follow-up").contains("☑ visit") && form("follow-up").contains("☐ telephone"));
    let missing = ["report", "form", "CS-1", "--kind", "notice", "--out", "x.html"];
    assert_eq!(office.refused(&missing), (2, "unknown_complaint".to_owned()));
}

#[test]
fn a_form_lists_open_duties_with_their_dates_and_clauses() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = crate::support::member(&office, "李楼长", "building_rep");
    let mut args = vec!["record", "--building", BUILDING, "--text", "楼道灯不亮"];
    args.extend(["--at", "2024-09-09T10:00:00+08:00"]);
    let number = rep.json(&args)["number"].as_str().unwrap().to_owned();
    let path = rep.path("f.html");
    let file = path.display().to_string();
    rep.json(&["report", "form", &number, "--kind", "register", "--out", &file]);
    let page = std::fs::read_to_string(&path).unwrap();
    for said in ["2024-09-12 24:00", "超期", "N8", "五、3", "李楼长"] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

fn feed(device: &Device, more: &[&str]) -> (u64, String, Vec<Event>) {
    let path = device.path("d.ics");
    let file = path.display().to_string();
    let made = device.json(&[&["report", "due", "--out", &file], more].concat());
    let text = std::fs::read_to_string(&path).unwrap();
    let calendar: Calendar = text.parse().unwrap();
    (made["events"].as_u64().unwrap(), text, calendar.events().cloned().collect())
}

#[test]
fn the_calendar_has_open_duties_with_lasting_names_and_nobodys() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = crate::support::member(&office, "金丝雀楼长", "building_rep");
    let mut args = vec!["record", "--building", BUILDING, "--room", "7703", "--phone", "13977"];
    args.extend(["--complainant", "金丝雀甲", "--text", "金丝雀内容", "--demand", "金丝雀诉求"]);
    args.extend(["--reported-before", "已报", "--at", "2024-09-09T10:00:00+08:00"]);
    let number = rep.json(&args)["number"].as_str().unwrap().to_owned();
    let fresh = rep.record("金丝雀二");

    let (count, text, events) = feed(&rep, &[]);
    assert_eq!(count, events.len() as u64);
    let of = |number: &str| {
        let found = events.iter().find(|event| event.get_summary().unwrap().contains(number));
        found.unwrap()
    };
    let late = of(&number);
    assert!(late.get_summary().unwrap().starts_with("【超期】"));
    assert!(!of(&fresh).get_summary().unwrap().contains("超期"));
    let start = late.get_start();
    let Some(DatePerhapsTime::DateTime(CalendarDateTime::Utc(due))) = start else {
        panic!("no moment: {start:?}")
    };
    assert_eq!(due.to_rfc3339(), "2024-09-12T16:00:00+00:00");
    let described = late.get_description().unwrap();
    assert!(described.contains("五、3") && described.contains(BUILDING), "{described}");
    for secret in ["金丝雀", "7703", "13977"] {
        // Long lines are folded, so they are joined again before the search.
        assert!(!text.replace("\r\n ", "").contains(secret), "{secret}: {text}");
    }
    let uids = |events: &[Event]| -> Vec<String> {
        events.iter().map(|event| event.get_uid().unwrap().to_owned()).collect()
    };
    let (_, _, again) = feed(&rep, &["--lang", "en"]);
    assert_eq!(uids(&again), uids(&events), "the same duties have the same names");
    assert!(again[0].get_summary().unwrap().starts_with("[OVERDUE] "));

    assert_eq!(feed(&rep, &["--by", "building_rep"]).0, count);
    assert_eq!(feed(&rep, &["--by", "committee"]).0, 0);
    rep.json(&["act", &number, "forwarded", "--set", "to=mediator"]);
    rep.json(&["act", &fresh, "withdrawn"]);
    let (left, _, _) = feed(&rep, &["--by", "building_rep"]);
    assert_eq!(left, 0, "what is done or over is no entry");
}
