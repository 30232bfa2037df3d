//! What a parcel attests: of each document in it, the changes that no other of them builds on.
//!
//! A parcel's body is sealed with the scope's key, which nobody can be given who is to see one
//! complaint only. So the body holds, in the clear and under the parcel's signature and id, the
//! root of a Merkle tree over what is sealed in it. Whoever has one document, and of each parcel
//! its root, one blind and a path, can check that the parcel's device had put these changes into
//! it, and has learnt nothing of the parcel's other documents.
//!
//! ```text
//! leaf    BLAKE3(00 ‖ blind 32 ‖ document 16 ‖ n × head 32), heads ascending
//! node    BLAKE3(01 ‖ left 32 ‖ right 32)
//! root    of n leaves, ascending by document: MTH as in RFC 6962, section 2.1, with these hashes;
//!         of none: BLAKE3 of no bytes
//! blind   keyed BLAKE3 of the document's id, with a key that is the parcel's own
//! ```
//!
//! The blind keeps a leaf from being guessed by whoever sees the root or stands beside it. A
//! change's hash covers all that it builds on, so the heads cover every change of the unit.

use std::fmt;

use zeroize::Zeroize;

/// One document of a parcel, and the heads of its changes in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttestedDocument {
    /// The document's id.
    pub document: [u8; 16],
    /// The hashes of the changes of this parcel that no other of its changes builds on, ascending.
    pub heads: Vec<[u8; 32]>,
}

/// What makes the leaves of one parcel unguessable. Derived from the scope's key.
#[derive(Clone, PartialEq, Eq)]
pub struct Blinding([u8; 32]);

/// A blinded document in a tree: what shows it to somebody who has the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The blind of the document's leaf.
    pub blind: [u8; 32],
    /// The place of the leaf, from 0.
    pub index: u64,
    /// How many leaves there are.
    pub leaves: u64,
    /// The siblings on the way up, the lowest first.
    pub path: Vec<[u8; 32]>,
}

/// Siblings on a way up: more than a tree of any parcel has.
pub const PATH_MAX: usize = 32;

impl Blinding {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The blind of a document's leaf. Telling it tells nothing of other leaves.
    pub fn blind(&self, document: &[u8; 16]) -> [u8; 32] {
        *blake3::keyed_hash(&self.0, document).as_bytes()
    }

    /// The root over all documents of a parcel, in any order.
    pub fn root(&self, documents: &[AttestedDocument]) -> [u8; 32] {
        root_of(&self.leaves(documents))
    }

    /// What shows a document of a parcel that names it once; none when it does not.
    pub fn prove(&self, documents: &[AttestedDocument], document: &[u8; 16]) -> Option<Proof> {
        let leaves = self.leaves(documents);
        let mut ids: Vec<&[u8; 16]> = documents.iter().map(|one| &one.document).collect();
        ids.sort_unstable();
        let index = ids.binary_search(&document).ok()?;
        Some(Proof {
            blind: self.blind(document),
            index: index as u64,
            leaves: leaves.len() as u64,
            path: path_of(&leaves, index),
        })
    }

    fn leaves(&self, documents: &[AttestedDocument]) -> Vec<[u8; 32]> {
        let mut ordered: Vec<&AttestedDocument> = documents.iter().collect();
        ordered.sort_unstable();
        ordered.iter().map(|one| leaf(&self.blind(&one.document), one)).collect()
    }
}

impl Proof {
    /// The root that a document with these heads leads to; none for a path that no tree has.
    pub fn root(&self, document: &AttestedDocument) -> Option<[u8; 32]> {
        let mut hash = leaf(&self.blind, document);
        let (mut place, mut last) = (self.index, self.leaves.checked_sub(1)?);
        if place > last || self.path.len() > PATH_MAX {
            return None;
        }
        // RFC 9162, section 2.1.3.2: verifying an inclusion proof.
        for sibling in &self.path {
            if last == 0 {
                return None;
            }
            if place % 2 == 1 || place == last {
                hash = node(sibling, &hash);
                while place % 2 == 0 && place != 0 {
                    (place, last) = (place / 2, last / 2);
                }
            } else {
                hash = node(&hash, sibling);
            }
            (place, last) = (place / 2, last / 2);
        }
        (last == 0).then_some(hash)
    }
}

impl Drop for Blinding {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Blinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blinding(…)")
    }
}

fn leaf(blind: &[u8; 32], document: &AttestedDocument) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[0]).update(blind).update(&document.document);
    for head in &document.heads {
        hasher.update(head);
    }
    *hasher.finalize().as_bytes()
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[1]).update(left).update(right);
    *hasher.finalize().as_bytes()
}

fn root_of(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => *blake3::hash(&[]).as_bytes(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(&root_of(left), &root_of(right))
        }
    }
}

fn path_of(leaves: &[[u8; 32]], index: usize) -> Vec<[u8; 32]> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, sibling) = match index.checked_sub(left.len()) {
        None => (path_of(left, index), root_of(right)),
        Some(index) => (path_of(right, index), root_of(left)),
    };
    path.push(sibling);
    path
}

/// The greatest power of two below a number of leaves from 2.
fn split(leaves: usize) -> usize {
    leaves.next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn document(byte: u8) -> AttestedDocument {
        AttestedDocument { document: [byte; 16], heads: vec![[byte; 32], [byte + 1; 32]] }
    }

    fn blinding() -> Blinding {
        Blinding::new([7; 32])
    }

    #[test]
    fn every_document_of_every_tree_is_shown_and_no_other() {
        for count in 1..20 {
            let documents: Vec<_> = (0..count).rev().map(document).collect();
            let root = blinding().root(&documents);
            for (index, one) in (0..).zip(documents.iter().rev()) {
                let proof = blinding().prove(&documents, &one.document).unwrap();
                assert_eq!((proof.index, proof.leaves), (index, u64::from(count)));
                assert_eq!(proof.root(one), Some(root));
                assert_ne!(proof.root(&document(100)), Some(root));
                let fewer = AttestedDocument { heads: one.heads[..1].to_vec(), ..one.clone() };
                assert_ne!(proof.root(&fewer), Some(root));
                let blind = [0; 32];
                assert_ne!(Proof { blind, ..proof.clone() }.root(one), Some(root));
                let elsewhere = Proof { index: (proof.index + 1) % 20, ..proof.clone() };
                assert!(count == 1 || elsewhere.root(one) != Some(root), "{count} {index}");
                let longer = Proof { path: [proof.path.clone(), vec![root]].concat(), ..proof };
                assert_eq!(longer.root(one), None);
            }
            assert_eq!(blinding().prove(&documents, &[99; 16]), None);
        }
    }

    #[test]
    fn a_leaf_is_not_guessed_without_its_blind() {
        let documents = [document(1), document(2)];
        let root = blinding().root(&documents);
        assert_ne!(Blinding::new([8; 32]).root(&documents), root);
        let proof = blinding().prove(&documents, &[1; 16]).unwrap();
        // The sibling is the other document's leaf, under a blind that is not told.
        assert_ne!(proof.path[0], leaf(&proof.blind, &documents[1]));
        assert_eq!(proof.path[0], leaf(&blinding().blind(&[2; 16]), &documents[1]));
        assert_eq!(format!("{:?}", blinding()), "Blinding(…)");
    }

    #[test]
    fn a_node_is_not_taken_for_a_leaf() {
        let documents: Vec<_> = (0..4).map(document).collect();
        let root = blinding().root(&documents);
        assert_ne!(root, blinding().root(&documents[..2]));
        assert_eq!(blinding().root(&[]), *blake3::hash(b"").as_bytes());
        let proof = Proof { blind: [0; 32], index: 0, leaves: 0, path: Vec::new() };
        assert_eq!(proof.root(&document(1)), None);
    }
}
