//! What a member who lies is tried with: real changes of every sort to mutate, how they are
//! mutated, and what must hold of a document that was asked to admit anything.
//!
//! Also compiled into the fuzz targets, which have more time.
#![allow(dead_code, clippy::unwrap_used)]

use floorwalk_complaint::{
    Admission, ChangeHash, Document, DocumentKind, Error, EventKind, RawChange, Refusal, RosterEdit,
};

use crate::world::{
    self, MANAGER, OFFICE, REP, Random, actor, admitted, authors, event, field, raw,
};

/// A change, who wrote it, a document that has all it builds on, and one that has more.
pub struct Target {
    pub by: u8,
    pub bytes: Vec<u8>,
    pub before: Document,
    pub elsewhere: Document,
}

/// Real changes of every sort: recording, events, fields put, deleted and in conflict, text.
pub fn targets() -> Vec<Target> {
    let (recorded, first) = world::recorded();
    let mut other = recorded.clone();
    let mut theirs = vec![other.edit(&actor(MANAGER), &field("room", "7"), 5).unwrap().unwrap()];
    let text = field("text", "灯坏了，another hand wrote this。");
    theirs.push(other.edit(&actor(MANAGER), &text, 6).unwrap().unwrap());
    let empty = Document::empty(DocumentKind::Complaint);
    let mut targets =
        vec![Target { by: REP, bytes: first, before: empty.clone(), elsewhere: empty }];
    let mut office = recorded.clone();
    for step in 0..6 {
        let before = office.clone();
        let by = actor(OFFICE);
        let bytes = match step {
            0 => office.act(&by, &event(EventKind::Accepted), 10).unwrap().1,
            1 => office.edit(&by, &field("room", "1205"), 11).unwrap().unwrap(),
            2 => office.edit(&by, &field("text", "楼道灯坏了五天。"), 12).unwrap().unwrap(),
            3 => {
                let batch = theirs.iter().map(|bytes| raw(bytes, MANAGER)).collect();
                office = admitted(&office, batch).document;
                targets.push(Target {
                    by: MANAGER,
                    bytes: theirs[0].clone(),
                    before: recorded.clone(),
                    elsewhere: before,
                });
                continue;
            }
            4 => office.edit(&by, &field("room", "9"), 13).unwrap().unwrap(),
            _ => {
                let mut edit = field("text", "灯。");
                edit.insert("category".to_owned(), None);
                office.edit(&by, &edit, 14).unwrap().unwrap()
            }
        };
        let mut elsewhere = before.clone();
        elsewhere.act(&actor(9), &event(EventKind::Noted), 1).unwrap();
        elsewhere.edit(&actor(9), &field("room", "elsewhere"), 1).unwrap();
        elsewhere.edit(&actor(9), &field("text", "elsewhere"), 1).unwrap();
        targets.push(Target { by: OFFICE, bytes, before, elsewhere });
    }
    targets
}

/// A copy of some bytes, changed in one to three places.
pub fn mutate(content: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = content.to_vec();
    for _ in 0..=random.below(3) {
        if bytes.is_empty() {
            return bytes;
        }
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => bytes[at] = bytes[at].wrapping_add(1),
            3 => bytes.insert(at, random.next() as u8),
            4 if bytes.len() > 1 => {
                bytes.remove(at);
            }
            _ => {
                let from = random.below(bytes.len());
                let length = random.below(8).min(bytes.len() - from);
                let copied = bytes[from..from + length].to_vec();
                bytes.splice(at..at, copied);
            }
        }
    }
    bytes
}

/// What became of changes that were not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// They are in; the bytes of the document with them.
    Admitted(Vec<u8>),
    /// They were there.
    Known,
    /// What they build on is not there.
    Waiting,
}

/// What a document is, to be compared with what it is later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print {
    heads: Vec<ChangeHash>,
    saved: Vec<u8>,
}

impl Print {
    pub fn of(document: &Document) -> Self {
        Self { heads: document.heads(), saved: document.save() }
    }
}

/// Asks a document to admit changes, and checks all that [`check`] does.
pub fn admit_and_check(document: &Document, changes: &[RawChange]) -> Result<Taken, Refusal> {
    let print = Print::of(document);
    let admission = document.admit(changes.to_vec());
    check(document, &print, changes, admission)
}

/// The document that was asked is what it was; what was admitted saves, loads, folds the same and
/// can be written on.
pub fn check(
    document: &Document,
    print: &Print,
    changes: &[RawChange],
    admission: Admission,
) -> Result<Taken, Refusal> {
    assert_eq!(Print::of(document), *print, "the document was touched");
    let admitted = match admission {
        Admission::Refused(refusal) => return Err(refusal),
        Admission::Known => return Ok(Taken::Known),
        Admission::Waiting { .. } => return Ok(Taken::Waiting),
        Admission::Admitted(admitted) => admitted,
    };
    let loaded = Document::load(document.kind(), &admitted.saved).unwrap();
    assert_eq!(loaded.heads(), admitted.document.heads());
    for change in changes {
        assert_eq!(loaded.change(&change.hash()).unwrap(), change.bytes());
    }
    let mut onward = loaded.clone();
    match document.kind() {
        DocumentKind::Complaint => {
            assert_eq!(loaded.fold(&authors), admitted.document.fold(&authors));
            let act = onward.act(&actor(OFFICE), &event(EventKind::Noted), 0);
            assert_writes(act.err());
            assert_writes(onward.edit(&actor(OFFICE), &field("text", "onward"), 0).err());
        }
        DocumentKind::Community => {
            assert_eq!(loaded.roster(), admitted.document.roster());
            let edit = RosterEdit { community: field("name", "onward"), ..RosterEdit::default() };
            assert_writes(onward.edit_roster(&actor(OFFICE), &edit, 0).err());
        }
    }
    Document::load(document.kind(), &onward.save()).unwrap();
    Ok(Taken::Admitted(admitted.saved))
}

/// Of the reasons not to write, only what others may have made of the document is allowed.
fn assert_writes(error: Option<Error>) {
    assert!(matches!(error, None | Some(Error::Full | Error::NewerSchema)), "{error:?}");
}
