//! When the bytes on the wire change, the protocol document changes with them.
//!
//! Owns the fingerprint: `docs/protocol.md` carries `<!-- wire: HEX -->`, the SHA-256 over the
//! names and bytes of the golden files. Whoever changes a golden file must open the document to
//! put the new value in. Needs no history, so it holds on any checkout.

use std::fs;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::Finding;
use crate::tree::{Tree, extension};

const DOCUMENT: &str = "docs/protocol.md";
const GOLDEN: &str = "core/wire/tests/golden/";
const OPEN: &str = "<!-- wire: ";
const CLOSE: &str = " -->";

/// The document is missing, says nothing, or says another fingerprint.
///
/// # Errors
/// When a golden file cannot be read.
pub fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut golden = Vec::new();
    for path in &tree.paths {
        let Some(name) = path.strip_prefix(GOLDEN) else {
            continue;
        };
        // A note for people changes no byte on the wire.
        if extension(name) != "md" {
            golden.push((name, fs::read(path).with_context(|| format!("reading {path}"))?));
        }
    }
    let document = tree.texts.get(DOCUMENT).map(String::as_str);
    Ok(compare(document, &golden).into_iter().collect())
}

fn compare(document: Option<&str>, golden: &[(&str, Vec<u8>)]) -> Option<Finding> {
    if golden.is_empty() {
        return Some(Finding::in_file(GOLDEN, "no golden files: every wire type needs one"));
    }
    let Some(document) = document else {
        return Some(Finding::in_file(DOCUMENT, "missing: it describes the bytes on the wire"));
    };
    let wanted = fingerprint(golden);
    let line = document.lines().position(|line| line.contains(OPEN));
    let stated = line.and_then(|at| {
        let (_, rest) = document.lines().nth(at)?.split_once(OPEN)?;
        Some(rest.split_once(CLOSE)?.0)
    });
    let advice = format!("describe the change here, then write {OPEN}{wanted}{CLOSE}");
    match stated {
        Some(stated) if stated == wanted => None,
        Some(_) => {
            let message = format!("the golden files have changed; {advice}");
            Some(Finding::at(DOCUMENT, line.map_or(1, |at| at + 1), message))
        }
        None => Some(Finding::in_file(DOCUMENT, format!("no fingerprint; {advice}"))),
    }
}

/// SHA-256 over name, zero byte, length (64 bits, little endian) and bytes of each, in hex.
fn fingerprint(golden: &[(&str, Vec<u8>)]) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in golden {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn golden(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        vec![("hello.bin", bytes.to_vec())]
    }

    #[test]
    fn a_document_that_states_the_fingerprint_passes() {
        let files = golden(b"abc");
        let document = format!("# Protocol\n\n{OPEN}{}{CLOSE}\n", fingerprint(&files));
        assert_eq!(compare(Some(&document), &files), None);
    }

    #[test]
    fn a_changed_byte_is_found_and_the_new_value_is_told() {
        let document = format!("# Protocol\n{OPEN}{}{CLOSE}\n", fingerprint(&golden(b"abc")));
        let changed = golden(b"abd");
        let finding = compare(Some(&document), &changed).unwrap();
        assert_eq!(finding.line, 2);
        assert!(finding.message.contains(&fingerprint(&changed)));
    }

    #[test]
    fn nothing_to_compare_is_a_finding() {
        assert!(compare(None, &golden(b"abc")).is_some());
        assert!(compare(Some("# Protocol\n"), &golden(b"abc")).is_some());
        assert!(compare(Some("# Protocol\n"), &[]).is_some());
    }
}
