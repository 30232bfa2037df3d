//! Photos at the command line: taken in, shown, covered, erased, and proved.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{BUILDING, Device, TestRelay, assert_has, exists, keys, member, office};

/// A picture of 2 × 2 pixels (PNG, made by hand: IHDR, a stored IDAT, IEND).
fn picture() -> Vec<u8> {
    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let body = [&kind[..], data].concat();
        let mut crc = !0_u32;
        for byte in &body {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        let length = (data.len() as u32).to_be_bytes();
        [&length[..], &body, &(!crc).to_be_bytes()].concat()
    }
    let rows = [0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 9, 9, 9];
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in rows {
        low = (low + byte) % 65521;
        high = (high + low) % 65521;
    }
    let rows = rows.map(|byte| byte as u8);
    let mut zlib = vec![0x78, 0x01, 1, 14, 0, !14, !0];
    zlib.extend(rows);
    zlib.extend((high << 16 | low).to_be_bytes());
    let header = [0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0];
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &zlib), chunk(b"IEND", b"")].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks].concat()
}

fn bytes(device: &Device, name: &str, content: &[u8]) -> String {
    std::fs::write(device.path(name), content).unwrap();
    device.path(name).display().to_string()
}

#[test]
fn a_photo_goes_from_record_to_a_verified_dossier() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "李", "inspector");
    let photo = bytes(&rep, "a.png", &picture());
    let args =
        ["record", "--building", BUILDING, "--room", "1", "--text", "渗水", "--photo", &photo];
    let recorded = rep.json(&args);
    assert_has(&recorded, &["number", "id", "missing", "evidence"]);
    let number = recorded["number"].as_str().unwrap();
    let evidence = &recorded["evidence"][0];
    assert_eq!(keys(evidence), ["bytes", "captured_at", "hash", "kind"]);
    assert_eq!(evidence["kind"], "photo");

    let sound = bytes(&rep, "b.wav", b"RIFF\x24\0\0\0WAVEfmt ");
    let attached = rep.json(&["attach", number, &photo, &sound]);
    assert_eq!(attached["number"], number);
    let kinds: Vec<&Value> =
        attached["evidence"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, [&json!("photo"), &json!("audio")]);
    let listed = rep.json(&["list"])["complaints"][0].clone();
    assert_eq!(listed["photos"], json!({"total": 2, "sent": 0}));
    let shown = rep.json(&["show", number])["evidence"].clone();
    let first = shown.as_array().unwrap().iter().find(|one| one["hash"] == evidence["hash"]);
    let first = first.unwrap();
    assert_has(first, &["by", "device", "role", "attached_at", "captured_at", "blake3", "media"]);
    assert_eq!((&first["delivery"], &first["verified"]), (&json!("saved"), &json!(true)));
    assert_eq!((&first["width"], &first["state"]), (&json!(2), &json!("here")));

    let synced = rep.json(&["sync"]);
    assert!(synced["blobs_sent"].as_u64().unwrap() >= 3);
    assert_eq!(rep.json(&["list"])["complaints"][0]["photos"], json!({"total": 2, "sent": 2}));
    office.json(&["sync"]);
    let folder = office.path("photos").display().to_string();
    let saved = office.json(&["evidence", number, "--out", &folder]);
    assert_eq!((saved["files"].as_array().unwrap().len(), &saved["waiting"]), (2, &json!(0)));
    let hash = evidence["hash"].as_str().unwrap();
    assert_eq!(std::fs::read(format!("{folder}/{hash}.png")).unwrap(), picture());

    let covered = office.json(&["redact", &hash[..8], "--rect", "0,0,1,2"]);
    assert_ne!(covered["evidence"][0]["hash"], evidence["hash"]);
    let file = office.path("dossier.zip").display().to_string();
    let exported = office.json(&["dossier", "export", number, "--out", &file]);
    assert_eq!(keys(&exported), ["files", "signatures"]);
    let verified = Device::new().json(&["dossier", "verify", &file]);
    assert_eq!(verified["valid"], true);
    assert_has(&verified["checks"][0], &["what", "ok"]);
    let root = "ab".repeat(32);
    let other = Device::new().run(&["dossier", "verify", &file, "--root", &root, "--json"]);
    assert_eq!((other.code, &other.object()["valid"]), (5, &json!(false)));
    let mut touched = std::fs::read(&file).unwrap();
    let middle = touched.len() / 2;
    touched[middle] ^= 1;
    std::fs::write(&file, touched).unwrap();
    let refused = Device::new().run(&["dossier", "verify", &file, "--lang", "zh"]);
    assert_eq!(refused.code, 5);
    assert!(refused.stdout.contains('✗') && refused.stdout.contains("不一致"), "{refused:?}");
}

#[test]
fn erasing_takes_a_right_a_reason_and_leaves_a_trace() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "李", "building_rep");
    let number = rep.record("漏水");
    let photo = bytes(&rep, "a.png", &picture());
    rep.json(&["attach", &number, &photo]);
    rep.json(&["sync"]);
    office.json(&["sync"]);
    let erase = |what| ["erase", &number, "--what", what, "--why", "本人要求"];
    assert_eq!(rep.refused(&erase("card")), (3, "role_may_not".to_owned()));
    let unreasoned = office.refused(&["erase", &number, "--what", "card", "--why", ""]);
    assert_eq!(unreasoned, (2, "bad_value".to_owned()));
    for what in ["card", "photos"] {
        let erased = office.json(&erase(what));
        assert_eq!(erased["erased"].as_array().unwrap().len(), 1, "{what}");
    }
    assert_eq!(office.json(&erase("photos"))["erased"], json!([]));
    office.json(&["sync"]);
    rep.json(&["sync"]);
    let shown = rep.json(&["show", &number]);
    assert_eq!((&shown["card"], &shown["card_state"]), (&Value::Null, &json!("erased")));
    assert_eq!(shown["evidence"][0]["erased"]["why"], "本人要求");
    let words = rep.run(&["show", &number, "--lang", "zh"]).stdout;
    assert!(words.contains("已删除") && words.contains("本人要求"), "{words}");
    let again = rep.run(&["attach", &number, &photo, "--json"]);
    assert_eq!(again.code, 3);
    assert_eq!(again.object()["evidence"], json!([]));
    assert!(again.stderr.contains("evidence_erased"), "{again:?}");
}

#[test]
fn a_bad_file_costs_only_itself_and_a_mistyped_one_is_refused_first() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let (good, empty) = (bytes(&office, "a.png", &picture()), bytes(&office, "empty", b""));
    let missing = office.path("nowhere.jpg").display().to_string();
    let record = ["record", "--building", BUILDING, "--text", "字", "--photo", &missing];
    assert_eq!(office.refused(&record), (2, "file".to_owned()));
    assert_eq!(office.json(&["list"])["complaints"], json!([]), "nothing was recorded");

    let number = office.record("字");
    let ran = office.run(&["attach", &number, &missing, &empty, &good, "--json"]);
    assert_eq!((ran.code, ran.object()["evidence"].as_array().unwrap().len()), (2, 1));
    let told: Vec<Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&told[0]["file"], &told[1]["file"]), (&json!(missing), &json!(empty)));
    assert_eq!(told[1]["error"]["code"], "evidence_empty");
    assert_eq!(office.refused(&["redact", "ffff", "--rect", "0,0,1,1"]).1, "unknown_evidence");
    assert_eq!(office.refused(&["redact", "ffff", "--rect", "0,0,1"]).0, 2);
    assert_eq!(office.refused(&["dossier", "verify", &missing]), (2, "file".to_owned()));

    let line = format!(r#"{{"text":"一","photo":["{good}","{missing}"]}}"#);
    let file = office.file("round.jsonl", &line);
    let ran = office.run(&["record", "--jsonl", &file, "--building", BUILDING, "--json"]);
    let said = ran.object();
    assert_eq!((ran.code, &said["recorded"], &said["photos_failed"]), (2, &json!(1), &json!(1)));
}

/// Files may not grow over 1 MiB (in blocks of 512 bytes): writing on fails as on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn where_a_photo_has_no_room_the_words_are_kept() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let photo = bytes(&office, "large.bin", &vec![7; 3 << 20]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\" \"$@\""]);
    shell.arg(env!("CARGO_BIN_EXE_floorwalk")).env_clear().env("FLOORWALK_HOME", office.home());
    let args =
        ["record", "--building", BUILDING, "--text", "顶楼漏水", "--photo", &photo, "--json"];
    let ran = shell.args(args).output().unwrap();
    assert_eq!(ran.status.code(), Some(5), "{ran:?}");
    let said: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let told: Value = serde_json::from_slice(&ran.stderr).unwrap();
    assert_eq!(told["error"]["code"], "store_failed");
    let number = said["number"].as_str().unwrap();
    assert_eq!(office.json(&["show", number])["narrative"], "顶楼漏水");
    assert_eq!(office.json(&["doctor"])["problems"], json!([]));
    // With room again it is attached, and nothing of the failed try is left.
    office.json(&["attach", number, &photo]);
    office.json(&["doctor", "--rebuild"]);
    let left = std::fs::read_dir(office.home().join("blobs/tmp")).unwrap().count();
    assert_eq!(left, 0);
    assert!(exists(&office.home().join("blobs")));
}

/// A disk that is nearly full refuses photos while there is still room for words. Takes the right
/// to mount.
#[cfg(target_os = "linux")]
#[test]
fn a_nearly_full_disk_takes_words_and_no_photos() {
    struct Mounted(std::path::PathBuf);
    impl Drop for Mounted {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg(&self.0).status();
        }
    }
    let relay = TestRelay::start();
    let office = office(&relay);
    let disk = office.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=36m", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        eprintln!("skipped: mounting a small disk takes root");
        return;
    }
    let _mounted = Mounted(disk.clone());
    let link = crate::support::invitation(&office, "李", "building_rep");
    let photo = bytes(&office, "photo.bin", &vec![7; 5 << 20]);
    let run = |args: &[&str]| {
        let home = disk.join("home").display().to_string();
        office.command(&[&["--home", &home, "--json"], args].concat()).output().unwrap()
    };
    assert!(run(&["join", &link]).status.success());
    let ran = run(&["record", "--building", BUILDING, "--text", "积水", "--photo", &photo]);
    assert_eq!(ran.status.code(), Some(5), "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stderr).contains("\"no_room\""), "{ran:?}");
    let said: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let shown = run(&["show", said["number"].as_str().unwrap()]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("积水"));
}
