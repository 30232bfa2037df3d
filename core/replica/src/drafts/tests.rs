//! Drafts are kept, become one complaint each, and leave nothing behind.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::*;
use crate::cut;
use crate::records::{ComplaintDetail, ListQuery};
use crate::state::setting;
use crate::test_home::founded;

const PHOTO: &[u8] = b"a picture of the stairs";

/// A founded community's home, and files to attach beside it.
struct Scene {
    home: tempfile::TempDir,
    sources: tempfile::TempDir,
    replica: Replica,
}

impl Scene {
    fn new() -> Self {
        let (home, shared) = founded();
        Self::of(home, Replica { shared: Arc::new(shared) })
    }

    fn of(home: tempfile::TempDir, replica: Replica) -> Self {
        Self { home, sources: tempfile::tempdir().unwrap(), replica }
    }

    fn reopened(self) -> Self {
        let Self { home, sources, replica } = self;
        drop(replica);
        let replica = Replica::open(home.path()).unwrap();
        Self { home, sources, replica }
    }

    fn source(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.sources.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A draft that can be recorded, with a photo.
    fn draft(&self) -> Draft {
        let draft = self.replica.save_draft(None, &complaint()).unwrap();
        self.replica.attach_to_draft(&draft.id, &self.source("photo", PHOTO)).unwrap()
    }

    fn only(&self) -> ComplaintDetail {
        let listed = self.replica.list(&ListQuery::default()).unwrap();
        assert_eq!(listed.len(), 1);
        self.replica.show(&listed[0].id).unwrap()
    }

    /// The files in the folder of copies.
    fn copies(&self) -> usize {
        let folders = std::fs::read_dir(self.home.path().join(FOLDER)).into_iter().flatten();
        folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    }

    fn row(&self, id: &str) -> StoredDraft {
        let id = DraftId::parse(id).unwrap().0;
        let row = |state: &mut State| state.store.read(|tx| Ok::<_, Error>(tx.draft(&id)?));
        self.replica.shared.with(row).unwrap().unwrap()
    }

    fn put(&self, row: &StoredDraft) {
        let put = |state: &mut State| state.store.write(|tx| Ok::<_, Error>(tx.put_draft(row)?));
        self.replica.shared.with(put).unwrap();
    }
}

fn complaint() -> NewComplaint {
    NewComplaint {
        building: "1号楼".into(),
        room: "1203".into(),
        complainant: Some("王女士".into()),
        text: "楼道灯不亮".into(),
        ..NewComplaint::default()
    }
}

fn code<T>(result: Result<T>) -> ErrorCode {
    result.err().unwrap().code
}

#[test]
fn a_draft_is_kept_over_reopening() {
    let scene = Scene::new();
    let first = scene.draft();
    let second = scene.replica.save_draft(None, &NewComplaint::default()).unwrap();
    let scene = scene.reopened();
    let kept = scene.replica.drafts().unwrap();
    assert_eq!(kept.len(), 2);
    let found = |id: &str| kept.iter().find(|draft| draft.id == id).unwrap();
    assert_eq!(found(&first.id).complaint.text, "楼道灯不亮");
    assert_eq!(found(&first.id).photos, first.photos);
    assert_eq!(std::fs::read(&first.photos[0].path).unwrap(), PHOTO);
    assert!(found(&second.id).complaint.text.is_empty());
}

#[test]
fn a_draft_needs_no_community_and_recording_it_does() {
    let home = tempfile::tempdir().unwrap();
    let replica = Replica::open(home.path()).unwrap();
    let scene = Scene::of(home, replica);
    let draft = scene.draft();
    assert!(draft.missing.is_empty());
    assert_eq!(code(scene.replica.record_draft(&draft.id)), ErrorCode::NotInCommunity);
    assert_eq!(scene.reopened().replica.drafts().unwrap()[0].photos.len(), 1);
}

#[test]
fn recording_a_draft_twice_is_one_complaint() {
    let scene = Scene::new();
    let draft = scene.draft();
    let first = scene.replica.record_draft(&draft.id).unwrap();
    let again = scene.replica.record_draft(&draft.id).unwrap();
    assert_eq!((first.id, first.number), (again.id, again.number));
    let detail = scene.only();
    assert_eq!(detail.card.unwrap().complainant.as_deref(), Some("王女士"));
    assert_eq!(detail.evidence.len(), 1);
    assert!(scene.replica.drafts().unwrap().is_empty());
    assert_eq!(scene.copies(), 0);
}

#[test]
fn a_kill_between_recording_and_attaching_is_finished_on_reopening() {
    let scene = Scene::new();
    let draft = scene.draft();
    begin_recording(&scene.replica.shared, DraftId::parse(&draft.id).unwrap()).unwrap();
    assert!(scene.only().evidence.is_empty());
    let scene = scene.reopened();
    assert_eq!(scene.only().evidence.len(), 1);
    assert!(scene.replica.drafts().unwrap().is_empty());
    assert_eq!(scene.copies(), 0);
    scene.replica.record_draft(&draft.id).unwrap();
    assert_eq!(scene.only().evidence.len(), 1);
}

#[test]
fn a_kill_between_attaching_and_letting_go_attaches_nothing_twice() {
    let scene = Scene::new();
    let draft = scene.draft();
    let complaint =
        begin_recording(&scene.replica.shared, DraftId::parse(&draft.id).unwrap()).unwrap();
    let copy = PathBuf::from(&draft.photos[0].path);
    scene.replica.attach(&complaint, &copy, &AttachOptions::default()).unwrap();
    let scene = scene.reopened();
    assert_eq!(scene.only().evidence.len(), 1);
    assert!(scene.replica.drafts().unwrap().is_empty());
}

#[test]
fn photos_that_could_not_be_attached_are_told_and_attached_later() {
    let scene = Scene::new();
    let draft = scene.draft();
    let (copy, aside) = (&draft.photos[0].path, scene.sources.path().join("aside"));
    std::fs::rename(copy, &aside).unwrap();
    assert_eq!(code(scene.replica.record_draft(&draft.id)), ErrorCode::File);
    let complaint = scene.only();
    let kept = scene.replica.drafts().unwrap();
    assert_eq!(kept[0].recorded.as_ref(), Some(&complaint.id));
    let late = scene.replica.save_draft(Some(&draft.id), &NewComplaint::default());
    assert_eq!(code(late), ErrorCode::UnknownDraft);
    std::fs::create_dir_all(PathBuf::from(copy).parent().unwrap()).unwrap();
    std::fs::rename(&aside, copy).unwrap();
    assert_eq!(scene.replica.record_draft(&draft.id).unwrap().id, complaint.id);
    assert_eq!(scene.only().evidence.len(), 1);
    assert!(scene.replica.drafts().unwrap().is_empty());
}

#[test]
fn a_photo_that_changes_at_its_source_later_does_not_matter() {
    let scene = Scene::new();
    let draft = scene.draft();
    scene.source("photo", b"something else");
    scene.replica.record_draft(&draft.id).unwrap();
    let hash: String = Sha256::digest(PHOTO).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(scene.only().evidence[0].hash, hash);
}

#[test]
fn a_draft_that_comes_back_is_the_same_complaint() {
    let scene = Scene::new();
    let draft = scene.draft();
    let row = scene.row(&draft.id);
    let first = scene.replica.record_draft(&draft.id).unwrap();
    // As after a restore: the draft is there again, and this is another install of the device.
    scene.replica.shared.with(|state| state.write(|tx, who| cut::cut_all(tx, who))).unwrap();
    let renew = |state: &mut State| {
        state.write(|tx, _| Ok(tx.set_setting(setting::GENERATION, &random::bytes::<8>())?))
    };
    scene.replica.shared.with(renew).unwrap();
    let scene = scene.reopened();
    scene.put(&row);
    scene.replica.remove_from_draft(&draft.id, &draft.photos[0].id).unwrap();
    assert_eq!(scene.replica.record_draft(&draft.id).unwrap().id, first.id);
    assert_eq!(scene.only().id, first.id);
}

#[test]
fn discarding_leaves_no_file_and_another_drafts_photo_stays() {
    let scene = Scene::new();
    let (first, second) = (scene.draft(), scene.draft());
    assert_eq!(scene.copies(), 1);
    scene.replica.discard_draft(&first.id).unwrap();
    assert_eq!(std::fs::read(&second.photos[0].path).unwrap(), PHOTO);
    let emptied = scene.replica.remove_from_draft(&second.id, &second.photos[0].id).unwrap();
    assert!(emptied.photos.is_empty());
    assert_eq!(scene.copies(), 0);
    scene.replica.discard_draft(&second.id).unwrap();
    assert!(scene.replica.drafts().unwrap().is_empty());
    assert_eq!(code(scene.replica.discard_draft(&second.id)), ErrorCode::UnknownDraft);
    let late = scene.replica.save_draft(Some(&second.id), &complaint());
    assert_eq!(code(late), ErrorCode::UnknownDraft);
}

#[test]
fn a_discarded_draft_is_gone_from_the_files() {
    let scene = Scene::new();
    let complaint = NewComplaint { phone: Some("13912345678".into()), ..complaint() };
    let holds = |scene: &Scene| {
        let files = ["floorwalk.db", "floorwalk.db-wal"].map(|name| scene.home.path().join(name));
        let read = files.map(|file| std::fs::read(file).unwrap_or_default());
        read.iter().any(|bytes| bytes.windows(11).any(|window| window == b"13912345678"))
    };
    let draft = scene.replica.save_draft(None, &complaint).unwrap();
    assert!(holds(&scene));
    scene.replica.discard_draft(&draft.id).unwrap();
    assert!(!holds(&scene));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_look_at_the_copies() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    scene.draft();
    let folder = std::fs::metadata(scene.home.path().join(FOLDER)).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
}

#[test]
fn what_a_kill_left_of_copying_is_swept_on_opening() {
    let scene = Scene::new();
    let draft = scene.draft();
    let orphan = BlobId::derive(b"orphan");
    let mut copied = files(&scene.replica.shared).begin().unwrap();
    copied.write_all(b"orphan").unwrap();
    files(&scene.replica.shared).keep(copied, &orphan).unwrap();
    std::fs::write(scene.home.path().join("drafts/tmp/1-0"), b"half").unwrap();
    let scene = scene.reopened();
    assert_eq!(scene.copies(), 1);
    assert!(PathBuf::from(&draft.photos[0].path).exists());
}

#[test]
fn what_is_over_a_limit_is_refused_and_what_was_there_stays() {
    let scene = Scene::new();
    let draft = scene.draft();
    let long = NewComplaint { text: "长".repeat(16_001), ..complaint() };
    let refused = scene.replica.save_draft(Some(&draft.id), &long);
    assert_eq!(code(refused), ErrorCode::BadValue);
    let long = NewComplaint { phone: Some("1".repeat(4001)), ..complaint() };
    assert_eq!(code(scene.replica.save_draft(None, &long)), ErrorCode::BadValue);
    let empty = scene.source("empty", b"");
    assert_eq!(code(scene.replica.attach_to_draft(&draft.id, &empty)), ErrorCode::EvidenceEmpty);
    let huge = scene.source("huge", b"");
    std::fs::File::options().write(true).open(&huge).unwrap().set_len(1 << 30).unwrap();
    assert_eq!(code(scene.replica.attach_to_draft(&draft.id, &huge)), ErrorCode::EvidenceTooLarge);
    let row = scene.row(&draft.id);
    for number in 1..DRAFTS_MAX as u64 {
        scene.put(&StoredDraft { id: number.to_be_bytes(), ..row.clone() });
    }
    assert_eq!(code(scene.replica.save_draft(None, &complaint())), ErrorCode::TooManyDrafts);
    let kept = scene.replica.save_draft(Some(&draft.id), &complaint()).unwrap();
    assert_eq!((kept.complaint.text.as_str(), kept.photos.len()), ("楼道灯不亮", 1));
    assert_eq!(scene.replica.drafts().unwrap().len(), DRAFTS_MAX);
}

#[test]
fn what_the_regulation_wants_is_missing_as_it_will_be_when_recorded() {
    let scene = Scene::new();
    let empty = scene.replica.save_draft(None, &NewComplaint::default()).unwrap();
    for key in ["text", "room", "complainant", "evidence"] {
        assert!(empty.missing.iter().any(|missing| missing == key), "{key}: {:?}", empty.missing);
    }
    let draft = scene.draft();
    assert!(draft.missing.len() < empty.missing.len());
    assert_eq!(scene.replica.record_draft(&draft.id).unwrap().missing, draft.missing);
}

#[test]
fn a_draft_that_is_incomplete_stays_a_draft() {
    let scene = Scene::new();
    let draft = scene.replica.save_draft(None, &NewComplaint::default()).unwrap();
    assert_eq!(code(scene.replica.record_draft(&draft.id)), ErrorCode::UnknownBuilding);
    let kept = scene.replica.drafts().unwrap();
    assert!(kept[0].recorded.is_none());
    scene.replica.save_draft(Some(&draft.id), &complaint()).unwrap();
    scene.replica.record_draft(&draft.id).unwrap();
    assert_eq!(scene.only().narrative, "楼道灯不亮");
}
