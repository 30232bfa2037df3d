//! Writes the corpus's seeds: golden files, regulations, real packs, statements, headers, and a
//! dossier of a small community (`cargo run -p floorwalk-fuzz --example seeds`).
//!
//! A seed that is there is left as it is: a dossier has new keys each time it is made.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use floorwalk_replica::records::{AttachOptions, DossierOptions};
use floorwalk_tests::{BUILDING_1, Stage, act, record, sync_all};

fn main() {
    golden("core/wire", |name| {
        let target = if name.starts_with("parcel") { "parcel_verify" } else { "wire_codec" };
        Some(target)
    });
    golden("core/seal", |name| (!name.ends_with("-id")).then_some("seal_open"));
    for (index, seed) in floorwalk_fuzz::complaint_seeds().iter().enumerate() {
        write("complaint_document", &format!("seed-{index}"), seed);
    }
    memberships();
    regulations();
    headers();
    dossier();
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn write(target: &str, name: &str, bytes: &[u8]) {
    let folder = root().join("fuzz/corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    if !file.exists() {
        fs::write(file, bytes).unwrap();
    }
}

fn read_golden(package: &str, name: &str) -> Vec<u8> {
    let file = root().join(package).join("tests/golden").join(format!("{name}.hex"));
    let text = fs::read_to_string(file).unwrap();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    text.trim().as_bytes().chunks(2).map(byte).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| stem(entry.unwrap().path())).collect();
    names.sort();
    names
}

fn golden(package: &str, target: impl Fn(&str) -> Option<&'static str>) {
    for name in names(&root().join(package).join("tests/golden")) {
        if let Some(target) = target(&name) {
            write(target, &name, &read_golden(package, &name));
        }
    }
}

/// A founding, certificates, and each sort of statement by an administrator and by a stranger.
fn memberships() {
    let row = |author: u8, seq: u8, body: &[u8]| {
        let length = u16::try_from(body.len()).unwrap().to_le_bytes();
        [&[author, 1, seq, length[0], length[1]], body].concat()
    };
    let body = |name: &str| read_golden("core/wire", &format!("statement-{name}"));
    let founding = row(0, 1, &body("founding"));
    let certificate = row(0, 2, &body("certificate"));
    let mut all = [founding.clone(), certificate.clone()].concat();
    let others = ["grant", "invitation", "acceptance", "withdrawal", "revocation", "rotation"];
    for (seq, name) in (1..).zip(others) {
        for author in [0, 1, 2] {
            let one = row(author, seq, &body(name));
            let said = [founding.clone(), certificate.clone(), one.clone()].concat();
            write("membership_statements", &format!("{name}-by-{author}"), &said);
            all.extend(one);
        }
    }
    write("membership_statements", "all", &all);
}

/// The shortest regulations, and the shortest that uses each kind of table.
fn regulations() {
    let folder = root().join("core/regulation/data");
    let mut files: Vec<(String, Vec<u8>)> = names(&folder)
        .into_iter()
        .filter(|name| name.starts_with('S'))
        .map(|name| {
            let text = fs::read(folder.join(format!("{name}.toml"))).unwrap();
            (name, text)
        })
        .collect();
    files.sort_by_key(|(_, text)| text.len());
    let mut seen = BTreeSet::new();
    for (name, text) in files {
        let text = String::from_utf8(text).unwrap();
        let key = |line: &str| line.split(['=', '#']).next().unwrap().trim().to_owned();
        let is_key =
            |key: &String| key.bytes().all(|b| matches!(b, b'a'..=b'z' | b'_' | b'[' | b']'));
        let words: BTreeSet<String> = text.lines().map(key).filter(is_key).collect();
        if !words.is_subset(&seen) {
            write("regulation_files", &name, text.as_bytes());
            seen.extend(words);
        }
    }
}

fn headers() {
    // 32 and 64 hexadecimal digits, in base64.
    let scope = "scope YWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWI=";
    let blob = format!("blob {}MGYwZg==", "MGYwZjBm".repeat(10));
    for (name, lines) in [
        ("begun", ["1048576", &format!("{scope},{blob}"), "", "0"]),
        ("patch", ["", "", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "524288"]),
        ("too-large", ["268435457", &format!("filename d29ybGQ=, {scope} , {blob}"), "", "x"]),
        ("other-sum", ["1", "empty,scope,blob", "md5 1B2M2Y8AsgTpgAmY7PhCfg==", "-1"]),
    ] {
        write("tus_headers", name, lines.join("\n").as_bytes());
    }
}

#[tokio::main]
async fn dossier() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let number = record(&rep, BUILDING_1, "外墙渗水").number;
    let photo = stage.home("recording");
    fs::write(&photo, b"a short recording").unwrap();
    rep.attach(&number, &photo, &AttachOptions::default()).unwrap();
    sync_all(&[&rep, &office]).await;
    act(&office, &number, "accepted");
    sync_all(&[&office, &rep]).await;
    let file = stage.home("dossier.zip");
    let page = |_: &floorwalk_replica::dossier::Manifest| "<p>页</p>".to_owned();
    let options = DossierOptions::default();
    office.export_dossier(&number, &file, &options, page, |_, _| {}).unwrap();
    write("dossier", "with-receipts", &fs::read(&file).unwrap());
}
