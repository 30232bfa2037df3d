//! Without `--json` people read words, in the language that they or their environment ask for.

use crate::support::{BUILDING, Device, Ran, TestRelay, invitation, member, office};

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn the_language_is_the_flags_before_the_environments() {
    let stranger = |name: &'static str, value: &str| Device::new().with(name, value);
    let said = |device: &Device, args: &[&str]| device.run(&[&["status"], args].concat()).stderr;
    assert!(is_chinese(&said(&stranger("LANG", "zh_CN.UTF-8"), &[])));
    assert!(!is_chinese(&said(&stranger("LANG", "en_GB.UTF-8"), &[])));
    assert!(!is_chinese(&said(&stranger("LANG", "zh_CN.UTF-8").with("LC_ALL", "C"), &[])));
    assert!(is_chinese(&said(&stranger("LANG", "C"), &["--lang", "zh"])));
    assert!(!is_chinese(&said(&stranger("LANG", "zh_CN"), &["--lang=en"])));
    assert!(said(&stranger("LANG", "zh_CN"), &[]).starts_with("错误："));
    assert!(said(&stranger("LANG", "C"), &[]).starts_with("Error: "));
    let usage = Device::new().run(&["record", "--nonsense", "--lang", "zh"]);
    assert!(usage.stderr.starts_with("错误：用法不对"), "{}", usage.stderr);
    let json = stranger("LANG", "zh_CN").run(&["status", "--json"]);
    assert!(is_chinese(&json.stderr) && json.error_code() == "not_in_community");
}

#[test]
fn the_four_steps_of_delivery_are_told_in_both() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "周", "building_rep");
    let list = |language: &str| rep.run(&["list", "--lang", language]).stdout;
    let shows = |zh: &str, en: &str| {
        assert!(list("zh").contains(zh), "{zh}: {}", list("zh"));
        assert!(list("en").contains(en), "{en}: {}", list("en"));
    };
    let number = rep.record("车库漏水");
    shows("已存本机", "saved on this device");
    rep.json(&["sync"]);
    shows("已发送", "sent");
    office.json(&["sync"]);
    rep.json(&["sync"]);
    shows("物业已收到", "received by the office");
    office.json(&["act", &number, "accepted"]);
    office.json(&["sync"]);
    rep.json(&["sync"]);
    shows("已受理", "accepted");
}

#[test]
fn a_complaint_reads_like_a_form() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let mut args = vec!["record", "--building", BUILDING, "--room", "1203", "--text"];
    args.extend(["水管爆裂\n\u{1b}[31m第二行", "--complainant", "王女士", "--severity", "urgent"]);
    args.extend(["--reported-before", "已反映"]);
    args.extend(["--lang", "zh"]);
    let recorded = office.run(&args).stdout;
    let number = recorded.split(['：', ' ']).nth(1).unwrap().to_owned();
    assert!(recorded.contains("已存本机"));
    let zh = office.run(&["show", &number, "--lang", "zh"]).stdout;
    for words in
        ["房号: 1203", "投诉人: 王女士", "等级: 紧急", "水管爆裂\n", "登记", "受理 accepted"]
    {
        assert!(zh.contains(words), "{words}: {zh}");
    }
    assert!(!zh.contains('\u{1b}'));
    let en = office.run(&["show", &number, "--lang", "en"]).stdout;
    for words in ["room: 1203", "complainant: 王女士", "severity: urgent", "What happened"] {
        assert!(en.contains(words), "{words}: {en}");
    }
}

#[test]
fn every_answer_is_in_words_of_the_language() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let number = office.record("a");
    let bundle = office.path("b").display().to_string();
    let commands: [&[&str]; 13] = [
        &["community", "show"],
        &["invite", "--name", "a", "--role", "inspector"],
        &["invitation", "list"],
        &["list"],
        &["list", "--stage", "closed"],
        &["act", &number, "accepted"],
        &["edit", &number, "--set", "room=1"],
        &["show", &number],
        &["sync"],
        &["status"],
        &["bundle", "export", &bundle],
        &["bundle", "import", &bundle],
        &["doctor"],
    ];
    for args in commands {
        let run = |language: &str| -> Ran {
            let ran = office.run(&[args, &["--lang", language]].concat());
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}");
            assert!(!ran.stdout.starts_with('{'));
            ran
        };
        assert!(is_chinese(&run("zh").stdout), "{args:?}");
        assert_ne!(run("zh").stdout, run("en").stdout, "{args:?}");
    }
    // No code is drawn where no terminal is.
    assert!(!office.run(commands[1]).stdout.contains('█'));
    invitation(&office, "b", "inspector");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let mut child = office.command(&["list"]).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
