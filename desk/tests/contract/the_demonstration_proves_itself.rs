//! `floorwalk demo` ends by itself, shows the main job, and proves what it claims.

use serde_json::Value;

use crate::support::{Device, Ran, assert_has, exists};

#[test]
fn the_report_has_the_table_the_syncs_and_the_search() {
    let device = Device::new();
    let folder = device.path("demo").display().to_string();
    let report = device.json(&["demo", "--dir", &folder]);
    assert_eq!((&report["ok"], &report["dir"]), (&true.into(), &folder.as_str().into()));
    for check in report["checks"].as_array().unwrap() {
        assert_eq!(check["ok"], true, "{check}");
    }
    let complaints = report["complaints"].as_array().unwrap();
    assert_eq!(complaints.len(), 7);
    let count = |key: &str, value: &str| complaints.iter().filter(|c| c[key] == value).count();
    assert_eq!((count("delivery", "accepted"), count("delivery", "received")), (5, 2));
    assert_eq!((count("stage", "answered"), count("stage", "declined")), (3, 1));
    for sync in report["syncs"].as_array().unwrap() {
        assert_has(sync, &["by", "round_trips", "bytes_sent", "bytes_received", "parcels_sent"]);
    }
    assert_eq!(report["unreachable"], 3);
    let (relay, office) = (&report["scan"]["relay"], &report["scan"]["office"]);
    assert_eq!((&relay["found"], &office["found"]), (&0.into(), &office["phrases"]));
    assert!(relay["phrases"].as_u64().unwrap() >= 40 && relay["bytes"].as_u64().unwrap() > 0);
    for name in ["office", "rep-a", "rep-b", "inspector", "relay"] {
        assert!(exists(&device.path("demo").join(name)));
    }
}

#[test]
fn the_story_is_told_in_both_languages() {
    for (language, words) in
        [("zh", "管理处同步，看到全部 7 件投诉"), ("en", "sees all 7 complaints")]
    {
        let device = Device::new();
        let folder = device.path("demo").display().to_string();
        let Ran { code, stdout, stderr } =
            device.run(&["demo", "--dir", &folder, "--lang", language]);
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert!(stdout.contains(words) && stdout.contains(&folder), "{stdout}");
        assert!(serde_json::from_str::<Value>(&stdout).is_err());
    }
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let device = Device::new();
    device.file("kept", "precious");
    let folder = device.path("").display().to_string();
    assert_eq!(device.refused(&["demo", "--dir", &folder]), (2, "folder_not_empty".to_owned()));
    assert_eq!(std::fs::read(device.path("kept")).unwrap(), b"precious");
}
