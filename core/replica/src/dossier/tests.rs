//! A dossier that was touched is told from one that was not, by what was done to it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use zip::ZipArchive;

use super::export::{Archive, export};
use super::verify::{Verdict, verify};
use super::*;
use crate::complaints;
use crate::evidence::capture::attach;
use crate::records::{AttachOptions, DossierOptions, NewComplaint};
use crate::state::Shared;
use crate::test_home::founded;

/// A community with a complaint, a small piece of evidence, and its dossier.
struct Scene {
    folder: tempfile::TempDir,
    shared: Shared,
    dossier: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let (folder, shared) = founded();
        let new = NewComplaint {
            building: "1号楼".into(),
            room: "1203".into(),
            text: "楼道灯不亮".into(),
            ..NewComplaint::default()
        };
        let recorded =
            shared.with(|state| state.write(|tx, who| complaints::record(tx, who, &new))).unwrap();
        let photo = folder.path().join("recording");
        std::fs::write(&photo, b"a short recording").unwrap();
        attach(&shared, &recorded.number, &photo, &AttachOptions::default()).unwrap();
        let dossier = folder.path().join("dossier.zip");
        let options = DossierOptions::default();
        let page = |_: &Manifest| "<p>for people</p>".to_owned();
        export(&shared, &recorded.number, &dossier, &options, &page, &|_, _| {}).unwrap();
        Self { folder, shared, dossier }
    }

    /// The key of the office, which exported.
    fn key(&self) -> SigningKey {
        self.shared.with(|state| Ok(state.identity()?.keys.signing_key().clone())).unwrap()
    }

    /// The dossier made anew and sealed with a key, after something was done to what is in it.
    fn remade(
        &self,
        key: &SigningKey,
        touch: impl FnOnce(&mut Manifest, &mut BTreeMap<String, Vec<u8>>),
    ) -> Verdict {
        let mut files = contents(&self.dossier);
        let mut manifest: Manifest =
            serde_json::from_slice(&files.remove(MANIFEST).unwrap()).unwrap();
        touch(&mut manifest, &mut files);
        manifest.exporter.device = floorwalk_wire::signing::device_id(key).to_string();
        let path = self.folder.path().join("remade.zip");
        let mut archive = Archive::begin(&path).unwrap();
        for (name, bytes) in &files {
            archive.add(name, &mut |sink| Ok(sink.write_all(bytes).is_ok())).unwrap();
        }
        manifest.files = archive.files.clone();
        archive.finish(&manifest, key).unwrap();
        verify(&path, None).unwrap()
    }
}

fn contents(dossier: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(File::open(dossier).unwrap()).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(entry.name().unwrap().into_owned(), bytes);
    }
    files
}

/// What failed, as `what: why`.
fn faults(verdict: &Verdict) -> Vec<String> {
    let failed = verdict.checks.iter().filter(|check| !check.ok);
    let fault = |check: &verify::Check| {
        assert!(check.place.as_ref().is_some_and(|place| !place.is_empty()), "{check:?}");
        format!("{}: {}", check.what, check.why.as_deref().unwrap())
    };
    assert_eq!(verdict.valid, failed.clone().count() == 0);
    failed.map(fault).collect()
}

fn outsider() -> SigningKey {
    SigningKey::from_bytes(&[99; 32])
}

#[test]
fn a_dossier_holds_also_when_its_exporter_makes_it_anew() {
    let scene = Scene::new();
    let verdict = verify(&scene.dossier, None).unwrap();
    assert_eq!(faults(&verdict), Vec::<String>::new());
    let names: Vec<String> = contents(&scene.dossier).into_keys().collect();
    assert!(names.iter().any(|name| name.starts_with("evidence/") && name.ends_with(".bin")));
    assert_eq!(faults(&scene.remade(&scene.key(), |_, _| {})), Vec::<String>::new());
    let root = scene.shared.with(|state| Ok(state.identity()?.membership.root())).unwrap();
    assert!(verify(&scene.dossier, root.as_ref()).unwrap().valid);
    let other = verify(&scene.dossier, Some(&DeviceId([7; 32]))).unwrap();
    assert_eq!(faults(&other), ["root given: another_community"]);
}

#[test]
fn a_flipped_byte_anywhere_is_found_and_placed() {
    let scene = Scene::new();
    let whole = std::fs::read(&scene.dossier).unwrap();
    let path = scene.folder.path().join("flipped.zip");
    // FLOORWALK_EVERY=50 looks at every fiftieth only: each costs a whole verification.
    let every = std::env::var("FLOORWALK_EVERY").ok().and_then(|every| every.parse().ok());
    let names: Vec<String> = contents(&scene.dossier).into_keys().collect();
    let mut places = std::collections::BTreeSet::new();
    for place in (0..whole.len()).step_by(every.unwrap_or(1)) {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        std::fs::write(&path, &flipped).unwrap();
        let verdict = verify(&path, None).unwrap();
        assert!(!faults(&verdict).is_empty(), "byte {place} was flipped unnoticed");
        let named = verdict.checks.iter().filter(|check| !check.ok);
        places.extend(named.filter_map(|check| check.place.clone()));
        std::fs::write(&path, &whole[..place]).unwrap();
        assert!(!verify(&path, None).unwrap().valid, "{place} bytes were enough");
    }
    let found = names.iter().filter(|name| places.iter().any(|place| place.contains(*name)));
    assert!(found.count() + 3 >= names.len(), "nearly every file was hit and named: {places:?}");
}

#[test]
fn a_swapped_photo_is_told() {
    let scene = Scene::new();
    let swap = |manifest: &mut Manifest, files: &mut BTreeMap<String, Vec<u8>>| {
        let name = manifest.evidence[0].file.clone().unwrap();
        files.insert(name, b"another recording".to_vec());
    };
    let by_exporter = faults(&scene.remade(&scene.key(), swap));
    assert_eq!(by_exporter, ["evidence: not_the_photo_that_was_signed"]);
    let by_outsider = faults(&scene.remade(&outsider(), swap));
    assert!(by_outsider.contains(&"exporter: not_a_member".to_owned()), "{by_outsider:?}");
    let lie = |manifest: &mut Manifest, _: &mut BTreeMap<String, Vec<u8>>| {
        let later =
            manifest.evidence[0].facts.replace("\"attached_at\":\"2", "\"attached_at\":\"3");
        manifest.evidence[0].facts = later;
    };
    assert_eq!(faults(&scene.remade(&scene.key(), lie)), ["evidence: altered"]);
    let hide = |manifest: &mut Manifest, _: &mut BTreeMap<String, Vec<u8>>| {
        manifest.evidence.clear();
    };
    let hidden = scene.remade(&scene.key(), hide);
    assert_eq!(faults(&hidden), ["evidence: removed"]);
    let erase = |manifest: &mut Manifest, files: &mut BTreeMap<String, Vec<u8>>| {
        files.remove(&manifest.evidence[0].file.take().unwrap());
        let (at, by, why) = ("2026-01-01T00:00:00Z".into(), "谁".into(), "编造".into());
        manifest.evidence[0].erased = Some(Erasure { at, by, why });
    };
    assert_eq!(faults(&scene.remade(&scene.key(), erase)), ["evidence: altered"]);
}

#[test]
fn a_removed_or_altered_event_is_told() {
    let scene = Scene::new();
    let remove = |manifest: &mut Manifest, _: &mut BTreeMap<String, Vec<u8>>| {
        manifest.complaint["events"].as_array_mut().unwrap().pop();
    };
    assert_eq!(faults(&scene.remade(&scene.key(), remove)), ["events: removed"]);
    let alter = |manifest: &mut Manifest, _: &mut BTreeMap<String, Vec<u8>>| {
        manifest.complaint["events"][0]["at"] = "1999-01-01T00:00:00Z".into();
    };
    assert_eq!(faults(&scene.remade(&scene.key(), alter)), ["events: altered"]);
    let reword = |manifest: &mut Manifest, _: &mut BTreeMap<String, Vec<u8>>| {
        manifest.complaint["narrative"] = "没有这回事".into();
    };
    let reworded = faults(&scene.remade(&scene.key(), reword));
    assert_eq!(reworded, ["events: fields_or_narrative_altered"]);
    // With its change, and the change with its place in the parcel.
    let cut = |manifest: &mut Manifest, files: &mut BTreeMap<String, Vec<u8>>| {
        let change = manifest.changes.pop().unwrap();
        files.remove(&change.file);
        manifest.complaint["events"].as_array_mut().unwrap().pop();
        manifest.evidence.clear();
        manifest.parcels[0].changes.retain(|hash| *hash != change.hash);
    };
    let found = faults(&scene.remade(&scene.key(), cut));
    assert!(found.contains(&"attestations: not_what_the_device_signed".to_owned()), "{found:?}");
}

#[test]
fn another_communitys_certificate_is_told() {
    let (scene, other) = (Scene::new(), Scene::new());
    let theirs = contents(&other.dossier);
    let theirs = theirs.into_iter().find(|(name, _)| name.starts_with("statements/")).unwrap();
    let add = |manifest: &mut Manifest, files: &mut BTreeMap<String, Vec<u8>>| {
        manifest.statements.push(theirs.0.clone());
        files.insert(theirs.0, theirs.1);
    };
    let found = faults(&scene.remade(&scene.key(), add));
    assert_eq!(found, ["statements: certificate_of_another_community"]);
    let lose = |manifest: &mut Manifest, files: &mut BTreeMap<String, Vec<u8>>| {
        for name in manifest.statements.drain(..) {
            files.remove(&name);
        }
    };
    let found = faults(&scene.remade(&scene.key(), lose));
    assert!(found.contains(&"statements: founding_is_missing".to_owned()), "{found:?}");
    assert!(found.contains(&"signers: signer_was_not_a_member".to_owned()), "{found:?}");
    let claim = |manifest: &mut Manifest, _: &mut BTreeMap<String, Vec<u8>>| {
        manifest.root = hex(&[7; 32]);
    };
    assert_eq!(faults(&scene.remade(&scene.key(), claim)), ["root: not_the_communitys"]);
}

#[test]
fn what_is_no_dossier_is_told_without_harm() {
    let scene = Scene::new();
    let path = scene.folder.path().join("nonsense.zip");
    for bytes in [&b""[..], b"PK", &[0; 4096], &std::fs::read(&scene.dossier).unwrap()[500..]] {
        std::fs::write(&path, bytes).unwrap();
        assert!(!verify(&path, None).unwrap().valid);
    }
    assert!(verify(&scene.folder.path().join("none"), None).is_err());
}
