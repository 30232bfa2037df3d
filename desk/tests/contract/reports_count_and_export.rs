//! Statistics count what a hand counts, the register loses no word, and what is published names
//! nobody.

use calamine::{Data, DataType, Reader, Xlsx, open_workbook};
use serde_json::{Value, json};

use crate::support::{Device, TestRelay, exists, invitation, keys, office};

/// An office that works by S02, whose acknowledgement and answer are counted in working days.
fn office_of_s02(relay: &TestRelay) -> Device {
    let office = office(relay);
    let mut adopt = vec!["regulation", "adopt", "office-1wd", "--set", "prescribed_time=5 wd"];
    adopt.extend(["--set", "inspection_every=1 month"]);
    office.json(&adopt);
    office
}

/// Records lines; what is not said about a complaint does not matter.
fn record(device: &Device, lines: &[Value]) -> Vec<String> {
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    let file = device.file("round.jsonl", &text.join("\n"));
    let recorded = device.json(&["record", "--jsonl", &file]);
    assert_eq!(recorded["recorded"], lines.len());
    serde_json::from_value(recorded["numbers"].clone()).unwrap()
}

/// Three of September 2024, two of which lie at the month's last second and beside it.
///
/// The 10th is the working day after the 9th; five working days after it end with Saturday the
/// 14th, on which people work before the Mid-Autumn Festival.
fn september(office: &Device) {
    let written = json!({"manner": "written"});
    record(
        office,
        &[
            json!({"building": "1号楼", "channel": "phone", "category": "1B", "text": "全部按时",
                "at": "2024-09-09T10:00:00+08:00", "events": [
                {"kind": "acknowledged", "at": "2024-09-10T23:59:59+08:00"},
                {"kind": "resolved", "at": "2024-09-11T10:00:00+08:00"},
                {"kind": "result_told", "at": "2024-09-12T12:00:00+08:00", "set": written},
                {"kind": "followed_up", "at": "2024-09-13T10:00:00+08:00",
                    "set": {"satisfied": true}}]}),
            json!({"building": "1号楼", "channel": "phone", "text": "受理迟了一秒",
                "at": "2024-09-09T10:00:00+08:00", "events": [
                {"kind": "acknowledged", "at": "2024-09-11T00:00:00+08:00"},
                {"kind": "result_told", "at": "2024-09-14T23:59:59+08:00", "set": written},
                {"kind": "followed_up", "at": "2024-09-18T10:00:00+08:00",
                    "set": {"satisfied": false}}]}),
            json!({"building": "2号楼", "channel": "web", "text": "九月最后一秒",
                "at": "2024-09-30T15:59:59Z"}),
            json!({"building": "2号楼", "channel": "web", "text": "十月第一秒",
                "at": "2024-09-30T16:00:00Z"}),
            json!({"building": "2号楼", "channel": "web", "text": "八月",
                "at": "2024-08-31T23:59:59+08:00"}),
        ],
    );
}

fn rate(value: &Value) -> (u64, u64, Option<f64>) {
    let count = |key: &str| value[key].as_u64().unwrap();
    (count("numerator"), count("denominator"), value["percent"].as_f64())
}

const KPI: [&str; 6] = ["report", "kpi", "--from", "2024-09-01", "--to", "2024-09-30"];

#[test]
fn a_month_is_counted_as_by_hand() {
    let relay = TestRelay::start();
    let office = office_of_s02(&relay);
    september(&office);
    let kpi = office.json(&KPI);
    assert_eq!((&kpi["from"], &kpi["to"]), (&json!("2024-09-01"), &json!("2024-09-30")));
    assert_eq!(kpi["regulation"], "office-1wd");
    let total = &kpi["total"];
    assert_eq!(total["complaints"], 3);
    assert_eq!(rate(&total["acceptance_timeliness"]), (1, 3, Some(33.3)));
    assert_eq!(rate(&total["satisfaction"]), (1, 2, Some(50.0)));
    assert_eq!(rate(&total["on_time"]), (4, 7, Some(57.1)));
    assert_eq!(kpi["stages"], json!({"followed_up": 1, "received": 1, "reopened": 1}));

    let duty = |key: &str| {
        let found = kpi["duties"].as_array().unwrap().iter().find(|duty| duty["key"] == key);
        let duty = found.unwrap();
        (rate(&duty["on_time"]), duty["overdue_open"].as_u64().unwrap())
    };
    assert_eq!(duty("acknowledge"), ((1, 3, Some(33.3)), 1));
    assert_eq!(duty("tell_in_writing"), ((1, 1, Some(100.0)), 0));
    assert_eq!(duty("answer_in_time"), ((2, 3, Some(66.7)), 1));
    let target = |rule: &str| {
        let found = kpi["targets"].as_array().unwrap().iter().find(|target| target["rule"] == rule);
        found.unwrap()["met"].clone()
    };
    assert_eq!((target("N4"), target("N5")), (json!(false), json!(false)));

    let part = |by: &str, key: &str| {
        let counts = &kpi[by][key];
        (counts["complaints"].as_u64().unwrap(), rate(&counts["on_time"]))
    };
    assert_eq!(part("by_building", "1号楼"), (2, (4, 5, Some(80.0))));
    assert_eq!(part("by_building", "2号楼"), (1, (0, 2, Some(0.0))));
    assert_eq!(part("by_channel", "phone").0, 2);
    assert_eq!((part("by_category", "1B").0, part("by_category", "-").0), (1, 2));
    assert_eq!(part("by_severity", "-").0, 3);

    // Words never show a percentage without its counts.
    let words = |lang: &str| office.run(&[&KPI[..], &["--lang", lang]].concat()).stdout;
    let (zh, en) = (words("zh"), words("en"));
    for said in ["受理及时率", "1/3 (33.3%)", "90%", "未达标", "N4", "四、2", "1号楼", "按时办理率"]
    {
        assert!(zh.contains(said), "{said}: {zh}");
    }
    for said in ["acknowledged in time", "4/7 (57.1%)", "NOT MET", "By building"] {
        assert!(en.contains(said), "{said}: {en}");
    }
    let nothing = ["report", "kpi", "--from", "2023-01-01", "--to", "2023-01-01"];
    let empty = office.json(&nothing);
    assert_eq!(rate(&empty["total"]["on_time"]), (0, 0, None));
    assert!(office.run(&nothing).stdout.contains("nothing to count"));
}

#[test]
fn what_cannot_be_reported_is_refused_before_anything_is_opened() {
    let device = Device::new();
    let (table, form) = (device.path("r.pdf"), device.path("f.htm"));
    let (table, form) = (table.display().to_string(), form.display().to_string());
    let days = ["--from", "2024-09-01", "--to", "2024-09-30", "--out"];
    let register = [&["report", "register"], &days[..], &[&table]].concat();
    for (args, code) in [
        (&["report", "kpi", "--from", "2024-09-02", "--to", "2024-09-01"][..], "bad_range"),
        (&["report", "kpi", "--from", "2024-09-31", "--to", "2024-10-01"], "bad_day"),
        (&["report", "kpi", "--from", "2024-9-1", "--to", "2024-10-01"], "bad_day"),
        (&["report", "kpi", "--from", "2024-09-01"], "usage"),
        (&["report", "periodic", "--date", "today"], "bad_day"),
        (&["report", "periodic", "--out", &table], "unknown_ending"),
        (&register, "unknown_ending"),
        (&["report", "form", "CS-1", "--kind", "register", "--out", &form], "unknown_ending"),
        (&["report", "form", "CS-1", "--kind", "poem", "--out", "f.html"], "usage"),
        (&["report", "due", "--out", &table], "unknown_ending"),
        (&["report", "due", "--by", "king", "--out", "d.ics"], "unknown_role"),
    ] {
        assert_eq!(device.refused(args), (2, code.to_owned()), "{args:?}");
    }
    let said = |args: &[&str]| device.run(args).stderr;
    assert!(said(&register).contains(".csv / .xlsx"));
    assert!(said(&["report", "due", "--by", "king", "--out", "d.ics"]).contains("general_manager"));
    let kinds = said(&["report", "form", "CS-1", "--kind", "poem", "--out", "f.html"]);
    assert!(kinds.contains("follow-up"), "{kinds}");
    assert!(!exists(&device.home()) && !exists(&device.path("r.pdf")));
}

/// A complaint whose every word could break a table or be taken for a formula.
fn awkward() -> Value {
    json!({"building": "1号楼", "room": "12,03", "complainant": "@王\"女士\"",
        "phone": "+86 139 0000 1111", "channel": "rep", "category": "2A", "severity": "urgent",
        "respondent": "-张,经理", "demand": "=HYPERLINK(\"http://x\",\"点\")",
        "reported_before": "九月初,已报", "text": "他说\"马上来\",结果没来\r\n第二行;=1\n",
        "at": "2024-09-09T02:00:00Z", "events": [
            {"kind": "accepted", "at": "2024-09-09T11:00:00+08:00"},
            {"kind": "resolved", "at": "2024-09-10T12:00:00+08:00", "set": {"outcome": "=已修"}},
            {"kind": "result_told", "at": "2024-09-10T13:00:00+08:00",
                "set": {"manner": "phone"}},
            {"kind": "followed_up", "at": "2024-09-12T14:00:00+08:00",
                "set": {"satisfied": true}}]})
}

const REGISTER: [&str; 7] =
    ["report", "register", "--from", "2024-09-09", "--to", "2024-09-09", "--out"];

#[test]
fn the_register_is_read_back_field_by_field() {
    let relay = TestRelay::start();
    let office = office_of_s02(&relay);
    let number = record(&office, &[awkward()]).remove(0);
    let path = office.path("r.csv");
    let file = path.display().to_string();
    std::fs::write(&path, "what was there").unwrap();
    let written = office.json(&[&REGISTER[..], &[&file]].concat());
    assert_eq!(written, json!({"rows": 1, "file": file}));

    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.strip_prefix('\u{feff}').expect("Excel wants the mark");
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let heading: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(heading.len(), 20);
    assert_eq!((heading[0].as_str(), heading[10].as_str()), ("编号", "投诉内容"));
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let [row] = &rows[..] else { panic!("{rows:?}") };
    let expected = [
        number.as_str(),
        "2024-09-09 10:00",
        "1号楼",
        "12,03",
        "'@王\"女士\"",
        "'+86 139 0000 1111",
        "楼长",
        "2A",
        "紧急",
        "'-张,经理",
        "他说\"马上来\",结果没来\r\n第二行;=1\n",
        "'=HYPERLINK(\"http://x\",\"点\")",
        "九月初,已报",
        "已回访",
        "'=已修",
        "2024-09-09 11:00",
        "2024-09-10 13:00",
        "2024-09-12 14:00",
        "是",
    ];
    for (at, expected) in expected.iter().enumerate() {
        assert_eq!(&row[at], *expected, "{}", heading[at]);
    }
    let late: Vec<&str> = row[19].lines().collect();
    assert_eq!(late.len(), 2, "neither acknowledged nor told in writing: {late:?}");
    assert_eq!(late[0], "N2 一个工作日内确认收到：2024-09-10 24:00 到期，未办");

    let english = office.run(&[&REGISTER[..], &[&file, "--lang", "en"]].concat());
    assert_eq!((english.code, english.stderr.as_str()), (0, ""));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("demand") && text.contains(",yes,") && !text.contains("投诉人"));
}

#[test]
fn the_workbook_has_texts_and_real_dates() {
    let relay = TestRelay::start();
    let office = office_of_s02(&relay);
    let number = record(&office, &[awkward()]).remove(0);
    let path = office.path("r.xlsx");
    let file = path.display().to_string();
    assert_eq!(office.json(&[&REGISTER[..], &[&file]].concat())["rows"], 1);
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    assert_eq!(book.sheet_names(), ["投诉登记表"]);
    let sheet = book.worksheet_range("投诉登记表").unwrap();
    assert_eq!(sheet.get_size(), (2, 20));
    let cell = |column: u32| sheet.get_value((1, column)).unwrap();
    assert_eq!(cell(0), &Data::String(number));
    let received = cell(1).as_datetime().expect("a date, not a text");
    assert_eq!(received.to_string(), "2024-09-09 10:00:00");
    assert_eq!(cell(5), &Data::String("+86 139 0000 1111".to_owned()));
    assert_eq!(cell(11), &Data::String("=HYPERLINK(\"http://x\",\"点\")".to_owned()));
    assert!(cell(10).to_string().contains("他说\"马上来\",结果没来"));
    assert!(book.worksheet_formula("投诉登记表").unwrap().is_empty(), "no formula came about");
}

#[test]
fn the_period_is_the_regulations() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let period = |date: &str| {
        let report = office.json(&["report", "periodic", "--date", date]);
        let (from, to) = (&report["statistic"]["from"], &report["statistic"]["to"]);
        format!("{}..{}", from.as_str().unwrap(), to.as_str().unwrap())
    };
    let refused = office.refused(&["report", "periodic", "--date", "2024-09-20"]);
    assert_eq!(refused, (2, "no_periodic_report".to_owned()), "S04 wants none");
    office.json(&["regulation", "adopt", "oc-receipts"]);
    assert_eq!(period("2024-09-15"), "2024-09-01..2024-09-15");
    assert_eq!(period("2024-09-16"), "2024-09-16..2024-09-30");
    let mut adopt = vec!["regulation", "adopt", "quarterly", "--set", "prescribed_time=5 wd"];
    adopt.extend(["--set", "training_every=1 month"]);
    office.json(&adopt);
    assert_eq!(period("2024-09-16"), "2024-07-01..2024-09-30");
    // Without a date it is the period that today lies in.
    assert_eq!(office.json(&["report", "periodic"])["published"], true);
}

#[test]
fn what_is_published_names_nobody() {
    let relay = TestRelay::start();
    let office = office_of_s02(&relay);
    let rep = Device::new();
    rep.json(&["join", &invitation(&office, "金丝雀楼长", "building_rep")]);
    let canary = json!({"building": "1号楼", "room": "7703", "complainant": "金丝雀甲",
        "phone": "13977030000", "channel": "金丝雀渠道", "category": "金丝雀类",
        "severity": "金丝雀级", "respondent": "金丝雀乙", "demand": "金丝雀诉求",
        "reported_before": "金丝雀前情", "text": "金丝雀内容", "at": "2024-09-09T10:00:00+08:00",
        "events": [{"kind": "verified", "at": "2024-09-09T11:00:00+08:00", "note": "金丝雀附言",
            "set": {"person": "金丝雀丙"}}]});
    let number = record(&rep, &[canary]).remove(0);
    rep.json(&["sync"]);
    office.json(&["sync"]);

    let args = ["report", "periodic", "--date", "2024-09-20"];
    let (txt, json) = (office.path("p.txt"), office.path("p.json"));
    let (txt_name, json_name) = (txt.display().to_string(), json.display().to_string());
    let made = |public: &[&str]| {
        let mut made = Vec::new();
        for lang in ["zh", "en"] {
            let args = [&args[..], public, &["--lang", lang]].concat();
            made.push(office.run(&args).stdout);
            made.push(office.run(&[&args[..], &["--json"]].concat()).stdout);
            for name in [&txt_name, &json_name] {
                let written = office.json(&[&args[..], &["--out", name]].concat());
                assert_eq!(keys(&written), ["complaints", "file", "from", "to"]);
                assert_eq!(written["complaints"], 1);
            }
            made.push(std::fs::read_to_string(&txt).unwrap());
            made.push(std::fs::read_to_string(&json).unwrap());
        }
        made
    };
    for told in made(&["--public"]) {
        for secret in ["金丝雀", "7703", number.as_str()] {
            assert!(!told.contains(secret), "{secret}: {told}");
        }
        assert!(told.contains("1号楼"), "it has the counts: {told}");
    }
    for told in made(&[]) {
        for named in ["金丝雀甲", "7703", number.as_str()] {
            assert!(told.contains(named), "the search finds {named} where it stands: {told}");
        }
    }
    let public = office.json(&[&args[..], &["--public"]].concat());
    assert!(public.get("complaints").is_none());
    let counts = &public["statistic"];
    assert_eq!(counts["total"]["complaints"], 1);
    assert_eq!(keys(&counts["by_category"]), ["*"], "what no regulation knows is not repeated");
}
