//! What a parcel commits its device to, so that it can be shown without the scope's key.
//!
//! A parcel is sealed with a key that opens all other complaints of its scope too, so it can't be
//! opened for a stranger. Its device therefore also signs, inside, the root of a hash tree over
//! the documents that the parcel changes; one document can be shown to be among them by a path of
//! hashes, and nothing of the others is told.
//!
//! ```text
//! leaf       BLAKE3(0 ‖ document 16 ‖ count 4 ‖ count × head 32)
//! node       BLAKE3(1 ‖ left 32 ‖ right 32)
//! root       of n > 1 leaves: node(root of the first k, root of the rest), k the largest power of
//!            two below n; of one leaf: that leaf (the tree of RFC 9162, section 2.1)
//! signed     "floorwalk/commitment/1\0" ‖ community 32 ‖ scope 16 ‖ generation 8 ‖ seq 8 ‖ root 32
//! ```
//!
//! Leaves stand in the order of their documents. *Heads* are the hashes of those changes of the
//! document in this parcel that no other change of it in this parcel builds on; a change's hash
//! covers everything that it builds on. Generation and seq are the parcel's own: with the header,
//! which the device signs too, they say which parcel it was, and the relay's receipt of that
//! parcel says by when.

use ed25519_dalek::SigningKey;
use floorwalk_wire::signing::{self, BadSignature, Domain, SIGNATURE_BYTES};
use floorwalk_wire::{CommunityId, Header};

/// A signature over a parcel's root.
pub type Commitment = [u8; SIGNATURE_BYTES];

/// The hash of a leaf or a node.
pub type TreeHash = [u8; 32];

/// A neighbour on the way from a leaf to the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It stands on the left.
    Left(TreeHash),
    /// It stands on the right.
    Right(TreeHash),
}

/// The leaf of a document with the heads of its changes in a parcel.
pub fn leaf(document: &[u8; 16], heads: &[[u8; 32]]) -> TreeHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[0]).update(document).update(&(heads.len() as u32).to_le_bytes());
    for head in heads {
        hasher.update(head);
    }
    *hasher.finalize().as_bytes()
}

/// The root over leaves; none without any.
pub fn root(leaves: &[TreeHash]) -> Option<TreeHash> {
    match leaves {
        [] => None,
        [leaf] => Some(*leaf),
        more => {
            let (left, right) = more.split_at(split(more.len()));
            Some(node(&root(left)?, &root(right)?))
        }
    }
}

/// The way from a leaf to the root, nearest neighbour first; none when there is no such leaf.
pub fn path(leaves: &[TreeHash], index: usize) -> Option<Vec<Step>> {
    if leaves.len() < 2 {
        return (index < leaves.len()).then(Vec::new);
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut steps, neighbour) = match index.checked_sub(left.len()) {
        None => (path(left, index)?, Step::Right(root(right)?)),
        Some(index) => (path(right, index)?, Step::Left(root(left)?)),
    };
    steps.push(neighbour);
    Some(steps)
}

/// The root that a leaf leads to by a path.
pub fn follow(leaf: TreeHash, path: &[Step]) -> TreeHash {
    path.iter().fold(leaf, |hash, step| match step {
        Step::Left(left) => node(left, &hash),
        Step::Right(right) => node(&hash, right),
    })
}

/// Signs a root for the parcel of a header.
pub fn commit(header: &Header, root: &TreeHash, key: &SigningKey) -> Commitment {
    let Header { community, scope, generation, seq, .. } = header;
    let seq = seq.0.to_le_bytes();
    let parts = [&community.0[..], &scope.0, &generation.0, &seq, root];
    signing::sign(Domain::Commitment, &parts, key)
}

/// Checks that the device of a header committed itself to a root for that parcel.
///
/// # Errors
/// [`BadSignature`] when it did not.
pub fn check(
    header: &Header,
    root: &TreeHash,
    commitment: &Commitment,
) -> Result<(), BadSignature> {
    let Header { community: CommunityId(community), scope, generation, seq, device, .. } = header;
    let seq = seq.0.to_le_bytes();
    let parts = [&community[..], &scope.0, &generation.0, &seq, root];
    signing::verify(Domain::Commitment, &parts, device, commitment)
}

/// The largest power of two below a length of at least two.
fn split(length: usize) -> usize {
    length.next_power_of_two() / 2
}

fn node(left: &TreeHash, right: &TreeHash) -> TreeHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[1]).update(left).update(right);
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use floorwalk_wire::{Epoch, Generation, ParcelId, ParcelKind, ScopeId, Seq};

    fn leaves(count: u8) -> Vec<TreeHash> {
        (0..count).map(|index| leaf(&[index; 16], &[[index; 32]])).collect()
    }

    #[test]
    fn every_leaf_leads_to_the_root_and_no_other_leaf_does() {
        for count in 1..=33 {
            let leaves = leaves(count);
            let root = root(&leaves).unwrap();
            for (index, leaf) in leaves.iter().enumerate() {
                let path = path(&leaves, index).unwrap();
                assert_eq!(follow(*leaf, &path), root);
                let other = super::leaf(&[99; 16], &[[99; 32]]);
                assert_ne!(follow(other, &path), root);
            }
            assert_eq!(path(&leaves, leaves.len()), None);
        }
        assert_eq!(root(&[]), None);
    }

    #[test]
    fn a_node_is_no_leaf_and_heads_are_told_from_one_another() {
        let [a, b] = [leaf(&[1; 16], &[[1; 32]]), leaf(&[2; 16], &[])];
        assert_ne!(node(&a, &b), node(&b, &a));
        assert_ne!(leaf(&[1; 16], &[[1; 32], [2; 32]]), leaf(&[1; 16], &[[2; 32], [1; 32]]));
        assert_ne!(leaf(&[2; 16], &[]), leaf(&[2; 16], &[[0; 32]]));
    }

    #[test]
    fn a_commitment_holds_for_its_parcel_and_root_only() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let header = Header {
            kind: ParcelKind::Changes,
            community: CommunityId([1; 32]),
            scope: ScopeId([2; 16]),
            device: signing::device_id(&key),
            generation: Generation([3; 8]),
            seq: Seq(4),
            previous: ParcelId::NONE,
            epoch: Epoch(1),
        };
        let root = root(&leaves(5)).unwrap();
        let commitment = commit(&header, &root, &key);
        check(&header, &root, &commitment).unwrap();
        check(&header, &leaves(1)[0], &commitment).unwrap_err();
        check(&Header { seq: Seq(5), ..header }, &root, &commitment).unwrap_err();
        check(&Header { scope: ScopeId([9; 16]), ..header }, &root, &commitment).unwrap_err();
        let other = signing::device_id(&SigningKey::from_bytes(&[8; 32]));
        check(&Header { device: other, ..header }, &root, &commitment).unwrap_err();
    }
}
