//! Wrong use and bad input end with 2, say what is wrong, and change nothing.

use crate::support::{BUILDING, Device, TestRelay, exists, invitation, keys, member, office};

const SOME_PIN: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn is_refused(device: &Device, args: &[&str], code: &str) {
    assert_eq!(device.refused(args), (2, code.to_owned()), "{args:?}");
}

#[test]
fn what_cannot_be_read_makes_no_home() {
    let device = Device::new();
    for args in [
        &[][..],
        &["dance"],
        &["community"],
        &["record", "--bulding", "1"],
        &["act"],
        &["act", "CS-1"],
        &["edit", "CS-1"],
        &["invite", "--name", "a"],
        &["revoke", "a"],
        &["status", "--lang", "fr"],
        &["act", "CS-1", "accepted", "--jsonl", "-"],
    ] {
        is_refused(&device, args, "usage");
    }
    assert!(!exists(&device.home()));
}

#[test]
fn a_forgotten_quote_does_not_repeat_the_complaint() {
    let device = Device::new();
    let args = ["record", "--building", BUILDING, "--text", "楼道", "灯不亮", "--json"];
    let ran = device.run(&args);
    assert_eq!((ran.code, ran.error_code().as_str()), (2, "usage"));
    assert!(!ran.stderr.contains("灯不亮") && ran.stderr.contains("quotes"));
    let flag = device.run(&["record", "--colour", "red"]);
    assert!(flag.stderr.contains("--colour"));
}

#[test]
fn a_missing_flag_is_named() {
    let device = Device::new();
    for (args, flag) in [
        (&["record", "--building", BUILDING][..], "--text"),
        (&["record", "--text", "漏水"], "--building"),
        (&["record", "--building", BUILDING, "--text", " "], "--text"),
        (&["record", "--jsonl", "-", "--text", "漏水"], "--text"),
        (&["invite", "--name", "a"], "--role"),
    ] {
        for language in ["zh", "en"] {
            let ran = device.run(&[args, &["--lang", language]].concat());
            assert_eq!(ran.code, 2);
            assert!(ran.stderr.contains(flag), "{args:?}: {}", ran.stderr);
        }
        is_refused(&device, args, "usage");
    }
    assert!(!exists(&device.home()));
}

#[test]
fn an_unknown_regulation_names_the_known_ones() {
    let device = Device::new();
    let mut args = vec!["community", "create", "--name", "n", "--short", "S"];
    args.extend(["--relay", "https://127.0.0.1:1", "--regulation", "S04"]);
    is_refused(&device, &args, "unknown_regulation");
    let said = device.run(&args).stderr;
    for id in ["hz-2024", "hanjiang-oc", "revisit-3d"] {
        assert!(said.contains(id), "{said}");
    }
    assert!(!exists(&device.home()));
}

#[test]
fn founding_checks_what_is_given() {
    let device = Device::new();
    let create = |short: &str, relay: &str, pin: &str| {
        let mut args = vec!["community", "create", "--name", "n", "--regulation", "hanjiang-oc"];
        args.extend(["--short", short, "--relay", relay, "--relay-pin", pin]);
        device.refused(&args)
    };
    let code = |code: &str| (2, code.to_owned());
    assert_eq!(create("A-B", "https://127.0.0.1:1", SOME_PIN), code("bad_short_name"));
    assert_eq!(create("ABCDEFGHIJKLM", "https://127.0.0.1:1", SOME_PIN), code("bad_short_name"));
    assert_eq!(create("AB", "relay.example", SOME_PIN), code("bad_relay_url"));
    assert_eq!(create("AB", "https://127.0.0.1:1", "abc"), code("bad_pin"));
    let weak = Device::new().with("FLOORWALK_PASSPHRASE", "short");
    let mut args = vec!["community", "create", "--name", "n", "--regulation", "hanjiang-oc"];
    args.extend(["--short", "AB", "--relay", "https://127.0.0.1:1"]);
    is_refused(&weak, &args, "weak_passphrase");
    is_refused(&device, &["status"], "not_in_community");
}

#[test]
fn bad_values_are_refused_and_good_ones_taken() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let number = office.record("门禁失灵");
    let unknown_number = "CS-260101-0000001";
    for (args, code) in [
        (&["record", "--building", "9号楼", "--text", "t"][..], "unknown_building"),
        (&["record", "--building", BUILDING, "--text", "t", "--at", "昨天"], "bad_time"),
        (&["record", "--building", BUILDING, "--text", "t", "--at", "2026-09-30"], "bad_time"),
        (&["act", &number, "danced"], "unknown_kind"),
        (&["act", unknown_number, "accepted"], "unknown_complaint"),
        (&["act", &number, "accepted", "--at", "soon"], "bad_time"),
        (&["act", &number, "accepted", "--set", "manner"], "bad_set"),
        (&["act", &number, "accepted", "--set", "a=1", "--set", "a=2"], "bad_set"),
        (&["edit", &number, "--set", "number=1"], "bad_field"),
        (&["edit", &number, "--set", "text="], "bad_value"),
        (&["edit", unknown_number, "--set", "room=1"], "unknown_complaint"),
        (&["show", unknown_number], "unknown_complaint"),
        (&["list", "--stage", "dancing"], "unknown_stage"),
        (&["list", "--building", "9号楼"], "unknown_building"),
        (&["building", "add", BUILDING], "building_exists"),
        (&["invite", "--name", "a", "--role", "boss"], "unknown_role"),
        (&["invite", "--name", "a", "--role", "building_rep"], "rep_needs_building"),
        (&["invite", "--name", "a", "--role", "office", "--expires", "1w"], "bad_duration"),
        (&["invite", "--name", "a", "--role", "office", "--expires", "0d"], "bad_duration"),
        (&["renew", "管理处", "--for", "forever"], "bad_duration"),
        (&["revoke", "nobody", "--why", "w"], "unknown_device"),
        (&["bundle", "import", "no-such-file"], "file"),
        (&["record", "--jsonl", "no-such-file"], "file"),
    ] {
        let ran = office.run(&[args, &["--json"]].concat());
        assert_eq!((ran.code, ran.error_code().as_str()), (2, code), "{args:?}");
    }
    assert_eq!(office.json(&["list"])["complaints"].as_array().unwrap().len(), 1);
    let at = "2026-09-30T08:00:00Z";
    office.json(&["act", &number, "accepted", "--set", "a=1", "--at", at]);
    assert_eq!(office.json(&["show", &number])["events"][1]["at"], at);
}

#[test]
fn a_link_that_is_none_is_refused_and_a_second_join_too() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let link = invitation(&office, "周", "building_rep");
    let stranger = Device::new();
    is_refused(&stranger, &["join", "https://relay.example/join#abc"], "bad_link");
    is_refused(&stranger, &["join", &link[..link.len() - 8]], "bad_link");
    is_refused(&stranger, &["status"], "not_in_community");
    stranger.json(&["join", &link]);
    let rep = member(&office, "何", "building_rep");
    let another = invitation(&office, "吴", "inspector");
    is_refused(&rep, &["join", &another], "already_in_community");
}

#[test]
fn a_passphrase_is_never_a_flag_and_is_asked_for_only_on_a_terminal() {
    let device = Device::new();
    let file = device.file("recovery.fwr", "not one");
    let args = ["community", "recover", &file, "--relay", "https://127.0.0.1:1"];
    is_refused(&device, &args, "no_passphrase");
    let named = ["community", "recover", &file, "--passphrase", "correct horse battery"];
    is_refused(&device, &named, "usage");
    let device = Device::new().with("FLOORWALK_PASSPHRASE", "correct horse battery");
    let file = device.file("recovery.fwr", "not one");
    let args = ["community", "recover", &file, "--relay", "https://127.0.0.1:1"];
    is_refused(&device, &args, "bad_recovery_file");
}

#[test]
fn an_error_is_one_object_with_three_keys() {
    let ran = Device::new().run(&["show", "x", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(keys(&value), ["error"]);
    assert_eq!(keys(&value["error"]), ["code", "message", "retryable"]);
    assert_eq!(value["error"]["retryable"], false);
}
