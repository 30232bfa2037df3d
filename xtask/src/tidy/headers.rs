//! Every Rust file opens by saying what it owns, and modules are files, not folders' `mod.rs`.
//!
//! Whether the words are true is for the reviewer. Build scripts and generated files are exempt.

use super::Finding;
use crate::tree::{Tree, file_name};

/// Files without a header and files with the forbidden name.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        let name = file_name(path);
        if name == "mod.rs" {
            let message = "name the module by its file: `foo.rs` beside `foo/`";
            findings.push(Finding::in_file(path, message));
        }
        let first = text.lines().next().unwrap_or_default();
        let says_something = first.strip_prefix("//!").is_some_and(|rest| !rest.trim().is_empty());
        if !says_something && name != "build.rs" && !first.contains("@generated") {
            let message =
                "open the file with `//!`: what it owns, its invariant, what it leaves out";
            findings.push(Finding::in_file(path, message));
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
    fn a_header_is_on_the_first_line() {
        assert_eq!(found("core/wire/src/codec.rs", "//! The codec.\nuse a;\n"), 0);
        assert_eq!(found("core/wire/src/codec.rs", "use a;\n//! The codec.\n"), 1);
        assert_eq!(found("core/wire/src/codec.rs", "//!\nuse a;\n"), 1);
        assert_eq!(found("core/wire/src/codec.rs", ""), 1);
        assert_eq!(found("ffi/build.rs", "fn main() {}\n"), 0);
    }

    #[test]
    fn a_folder_does_not_name_its_module() {
        assert_eq!(found("core/wire/src/codec/mod.rs", "//! The codec.\n"), 1);
    }
}
