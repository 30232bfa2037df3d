//! Documents that are asked to admit what a parcel's content holds: a refused pack changes nothing,
//! an admitted one saves, loads, folds the same everywhere and can be written on.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use floorwalk_complaint::{
    Actor, ChangeHash, Document, DocumentKind, RawChange, RosterEdit, pack, pack_heads, unpack,
};

use crate::hostile_changes::{Taken, admit_and_check, targets};
use crate::world::{OFFICE, actor, field, quiet_panics};

/// A writer, a document that has what they build on, one that has more, and their real pack.
struct Scene {
    by: Actor,
    before: Document,
    elsewhere: Document,
    pack: Vec<u8>,
}

/// The first byte chooses document and writer, the others are a pack: the changes of one document
/// in one parcel, whose checksums the reader writes itself.
pub fn complaint_document(data: &[u8]) {
    quiet_panics();
    let Some((choice, packed)) = data.split_first() else { return };
    let scene = &scenes()[usize::from(*choice) % scenes().len()];
    let kind = scene.before.kind();
    let heads = pack_heads(kind, &scene.by, packed);
    let Ok(changes) = unpack(kind, &scene.by, packed) else { return };
    let raw: Vec<&[u8]> = changes.iter().map(RawChange::bytes).collect();
    assert_eq!(pack(kind, &scene.by, &raw).expect("what was unpacked packs"), packed);
    assert_eq!(heads, heads_of(&changes));
    let here = admit_and_check(&scene.before, &changes);
    // Who lacks something can't judge yet.
    if here != Ok(Taken::Waiting) {
        let there = admit_and_check(&scene.elsewhere, &changes);
        assert_eq!(here.is_ok(), there.is_ok(), "{here:?} and {there:?}");
    }
}

/// The real packs, each with its choice in front, for the corpus: every one is admitted.
///
/// # Panics
/// When one is not.
pub fn complaint_seeds() -> Vec<Vec<u8>> {
    let seed = |(choice, scene): (u8, &Scene)| {
        let changes = unpack(scene.before.kind(), &scene.by, &scene.pack).expect("a real pack");
        let taken = admit_and_check(&scene.before, &changes);
        assert!(matches!(taken, Ok(Taken::Admitted(_))), "{choice}: {taken:?}");
        [&[choice], &scene.pack[..]].concat()
    };
    (0..).zip(scenes()).map(seed).collect()
}

fn heads_of(changes: &[RawChange]) -> Vec<ChangeHash> {
    let built_on: BTreeSet<ChangeHash> = changes.iter().flat_map(RawChange::deps).collect();
    let hashes: BTreeSet<ChangeHash> = changes.iter().map(RawChange::hash).collect();
    hashes.difference(&built_on).copied().collect()
}

fn scenes() -> &'static [Scene] {
    static SCENES: OnceLock<Vec<Scene>> = OnceLock::new();
    SCENES.get_or_init(|| {
        let packed = |kind, by: &Actor, changes: &[&[u8]]| {
            pack(kind, by, changes).expect("real changes pack")
        };
        let mut scenes: Vec<Scene> = targets()
            .into_iter()
            .map(|target| {
                let by = actor(target.by);
                let pack = packed(DocumentKind::Complaint, &by, &[&target.bytes]);
                Scene { by, before: target.before, elsewhere: target.elsewhere, pack }
            })
            .collect();
        // A whole complaint in one pack, and a roster.
        let (empty, by) = (Document::empty(DocumentKind::Complaint), actor(OFFICE));
        let draft = crate::world::draft();
        let (mut document, first) = Document::create(&by, &draft, 0).expect("a complaint");
        let text = document.edit(&by, &field("text", "灯修好了。"), 1).expect("room");
        let changes = [first, text.expect("another text")];
        let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
        let pack = packed(DocumentKind::Complaint, &by, &changes);
        scenes.push(Scene { by, before: empty.clone(), elsewhere: empty, pack });
        let empty = Document::empty(DocumentKind::Community);
        let edit = |name: &str| RosterEdit {
            community: field("name", name),
            buildings: field("ab", "3号楼"),
            ..RosterEdit::default()
        };
        let mut document = empty.clone();
        let changes = ["小区", "另一个小区"].map(|name| {
            let change = document.edit_roster(&by, &edit(name), 0).expect("room");
            change.expect("another name")
        });
        let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
        let pack = packed(DocumentKind::Community, &by, &changes);
        let mut elsewhere = empty.clone();
        elsewhere.edit_roster(&actor(9), &edit("elsewhere"), 0).expect("room");
        scenes.push(Scene { by, before: empty, elsewhere, pack });
        scenes
    })
}
