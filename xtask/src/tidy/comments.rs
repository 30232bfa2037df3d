//! Comments of the facade that Kotlin and Swift can take over.
//!
//! UniFFI puts a doc comment between the marks of a block comment. One that holds such a mark
//! itself, as a pattern of media types does, ends it early, and what is generated does not
//! compile.

use super::Finding;
use crate::tree::Tree;

/// Marks that begin or end a block comment.
const MARKS: [&str; 2] = ["/*", "*/"];

/// Every doc comment of the facade that holds such a mark.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| path.starts_with("ffi/")) {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let is_doc = line.starts_with("///") || line.starts_with("//!");
            if is_doc && MARKS.iter().any(|mark| line[2..].contains(mark)) {
                let message =
                    "a doc comment with `/*` or `*/` does not compile in Swift and Kotlin";
                findings.push(Finding::at(path, index + 1, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_mark_in_a_doc_comment_of_the_facade_is_found() {
        assert_eq!(found("ffi/src/lib.rs", "    /// Takes image/* only.\n"), 1);
        assert_eq!(found("ffi/src/lib.rs", "//! Ends */ here.\n"), 1);
        assert_eq!(found("ffi/src/lib.rs", "/// Takes images.\n"), 0);
        assert_eq!(found("ffi/src/lib.rs", "// image/* is a pattern\n"), 0);
        assert_eq!(found("core/photo/src/media.rs", "/// Takes image/* only.\n"), 0);
    }
}
