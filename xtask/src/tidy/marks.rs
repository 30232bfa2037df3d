//! Nothing unfinished, switched off, or true on one machine only.
//!
//! Owns the list of marks. Macros are looked for in code, notes in comments, and paths of a
//! machine in every text file; a word inside a string is not a mark.

use super::Finding;
use crate::rust_text::{RustText, has_word};
use crate::tree::Tree;

const IN_CODE: &[&str] = &["todo!", "unimplemented!", "#[ignore"];
const IN_COMMENTS: &[&str] = &["FIXME", "XXX", "TODO"];
/// Top folders that exist on the machine of whoever wrote the line.
const MACHINE_FOLDERS: &[&str] = &["home", "root", "work"];

/// Every mark in the tree.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        let views = RustText::of(text);
        for (view, marks) in [(&views.code, IN_CODE), (&views.comments, IN_COMMENTS)] {
            for (index, line) in view.lines().enumerate() {
                for mark in marks.iter().filter(|mark| has_word(line, mark)) {
                    let message = format!("{mark}: finish it, or open an issue and remove it");
                    findings.push(Finding::at(path, index + 1, message));
                }
            }
        }
    }
    for (path, text) in &tree.texts {
        for (index, line) in text.lines().enumerate() {
            if let Some(folder) = MACHINE_FOLDERS.iter().find(|folder| names_folder(line, folder)) {
                let message = format!("/{folder}/… is a path of one machine");
                findings.push(Finding::at(path, index + 1, message));
            }
        }
    }
    findings
}

/// True for an absolute path into the folder, not for a part of a longer path or address.
fn names_folder(line: &str, folder: &str) -> bool {
    let path = format!("/{folder}/");
    let continues = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '}' | '/');
    line.match_indices(&path).any(|(at, _)| !line[..at].ends_with(continues))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn unfinished_code_is_found_and_its_name_in_a_string_is_not() {
        assert_eq!(found("a.rs", "fn a() { todo!() }\n"), 1);
        assert_eq!(found("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}\n"), 1);
        assert_eq!(found("a.rs", "// FIXME later\n"), 1);
        assert_eq!(found("a.rs", "let a = \"todo! XXX\"; // number XXXX\n"), 0);
    }

    #[test]
    fn a_path_of_one_machine_is_found_in_any_text() {
        let path = |folder: &str| format!("see /{folder}/notes\n");
        assert_eq!(found("a.md", &path("home")), 1);
        assert_eq!(found("a.md", &path("var")), 0);
        assert_eq!(found("a.md", "https://example.org/home/page and src/work/a.rs\n"), 0);
    }
}
