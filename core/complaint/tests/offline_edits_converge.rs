//! Replicas that write apart and exchange in any order end with the same document and view.
#![allow(clippy::unwrap_used)]

#[path = "support/world.rs"]
mod world;

use std::collections::BTreeMap;

use floorwalk_complaint::{
    Actor, Admission, ChangeHash, Document, DocumentKind, EventKind, RawChange, pack, unpack,
};
use proptest::prelude::*;
use world::{Random, actor, authors, event, field, recorded};

#[derive(Debug, Clone)]
enum Op {
    Act { replica: usize, kind: usize },
    Edit { replica: usize, key: usize, value: u8 },
    Text { replica: usize, at: usize, insert: String },
    Exchange { from: usize, to: usize },
}

fn op() -> impl Strategy<Value = Op> {
    let replica = 0..3_usize;
    prop_oneof![
        (replica.clone(), 0..42_usize).prop_map(|(replica, kind)| Op::Act { replica, kind }),
        (replica.clone(), 0..4_usize, any::<u8>()).prop_map(|(replica, key, value)| Op::Edit {
            replica,
            key,
            value
        }),
        (replica.clone(), 0..30_usize, "[a-z梯灯👩‍👧]{0,5}")
            .prop_map(|(replica, at, insert)| Op::Text { replica, at, insert }),
        (replica.clone(), replica).prop_map(|(from, to)| Op::Exchange { from, to }),
    ]
}

struct Replica {
    actor: Actor,
    document: Document,
    /// All changes it has, with their writers.
    changes: BTreeMap<ChangeHash, (Actor, Vec<u8>)>,
}

impl Replica {
    fn wrote(&mut self, change: Option<Vec<u8>>) {
        if let Some(change) = change {
            let hash = RawChange::parse(change.clone(), self.actor).unwrap().hash();
            self.changes.insert(hash, (self.actor, change));
        }
    }

    fn run(&mut self, op: &Op) {
        let by = self.actor;
        let change = match op {
            Op::Act { kind, .. } => {
                let kind = EventKind::KNOWN[*kind].clone();
                Some(self.document.act(&by, &event(kind), 0).unwrap().1)
            }
            Op::Edit { key, value, .. } => {
                let mut edit = field(&format!("field{key}"), &value.to_string());
                if value % 5 == 0 {
                    edit.insert(format!("field{key}"), None);
                }
                self.document.edit(&by, &edit, 0).unwrap()
            }
            Op::Text { at, insert, .. } => {
                let mut text: Vec<char> = self.document.fold(&authors).narrative.chars().collect();
                let at = (*at).min(text.len());
                let end = (at + insert.len() % 4).min(text.len());
                text.splice(at..end, insert.chars());
                let text: String = text.into_iter().collect();
                self.document.edit(&by, &field("text", &text), 0).unwrap()
            }
            Op::Exchange { .. } => None,
        };
        self.wrote(change);
    }

    /// Takes changes one by one in the order given, keeping those that must wait.
    fn take(&mut self, mut changes: Vec<(Actor, Vec<u8>)>) {
        while !changes.is_empty() {
            let before = changes.len();
            changes.retain(|(by, bytes)| {
                let change = RawChange::parse(bytes.clone(), *by).unwrap();
                let hash = change.hash();
                match self.document.admit(vec![change]) {
                    Admission::Admitted(admitted) => {
                        assert_eq!(admitted.applied, [hash]);
                        self.document = admitted.document;
                    }
                    Admission::Known => (),
                    Admission::Waiting { .. } => return true,
                    Admission::Refused(refusal) => panic!("{refusal}"),
                }
                self.changes.insert(hash, (*by, bytes.clone()));
                false
            });
            assert!(changes.len() < before, "changes wait for nothing");
        }
    }
}

fn replicas() -> Vec<Replica> {
    let (document, change) = recorded();
    let hash = RawChange::parse(change.clone(), actor(world::REP)).unwrap().hash();
    let changes = BTreeMap::from([(hash, (actor(world::REP), change))]);
    (1..=3)
        .map(|device| Replica {
            actor: actor(device),
            document: document.clone(),
            changes: changes.clone(),
        })
        .collect()
}

fn packs_of_each_actor_rebuild(replica: &Replica) {
    for device in 1..=3 {
        let all = replica.document.changes();
        let own: Vec<&[u8]> = all
            .iter()
            .filter(|bytes| RawChange::parse(bytes.to_vec(), actor(device)).is_ok())
            .map(Vec::as_slice)
            .collect();
        let packed = pack(DocumentKind::Complaint, &actor(device), &own).unwrap();
        let back = unpack(DocumentKind::Complaint, &actor(device), &packed).unwrap();
        let back: Vec<&[u8]> = back.iter().map(RawChange::bytes).collect();
        assert_eq!(back, own);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn three_replicas_converge(
        ops in proptest::collection::vec(op(), 1..25),
        seed in any::<u64>(),
    ) {
        let mut replicas = replicas();
        let mut random = Random(seed);
        for op in &ops {
            match op {
                Op::Exchange { from, to } => {
                    let mut changes: Vec<_> =
                        replicas[*from].changes.values().cloned().collect();
                    random.shuffle(&mut changes);
                    replicas[*to].take(changes);
                }
                Op::Act { replica, .. } | Op::Edit { replica, .. } | Op::Text { replica, .. } => {
                    replicas[*replica].run(op);
                }
            }
        }
        let mut all = BTreeMap::new();
        for replica in &replicas {
            all.extend(replica.changes.clone());
        }
        for replica in &mut replicas {
            let mut changes: Vec<_> = all.values().cloned().collect();
            random.shuffle(&mut changes);
            replica.take(changes);
        }
        // One more learns everything at once, from nothing.
        let batch: Vec<RawChange> = all
            .values()
            .map(|(by, bytes)| RawChange::parse(bytes.clone(), *by).unwrap())
            .collect();
        let late = world::admitted(&Document::empty(DocumentKind::Complaint), batch);
        for replica in &replicas {
            prop_assert_eq!(replica.document.heads(), late.document.heads());
            prop_assert_eq!(replica.document.fold(&authors), late.document.fold(&authors));
        }
        let loaded = Document::load(DocumentKind::Complaint, &late.saved).unwrap();
        prop_assert_eq!(loaded.fold(&authors), late.document.fold(&authors));
        packs_of_each_actor_rebuild(&replicas[0]);
    }
}
