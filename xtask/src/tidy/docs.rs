//! Paths named in documents exist.
//!
//! Owns what counts as naming a path: a link's target, or words in back-ticks without a space
//! that begin with one of our top folders or end like one of our files. In doubt a text is not a
//! path. The changelog is left out: it names what is gone.

use std::collections::BTreeSet;

use super::Finding;
use crate::tree::{Tree, extension, file_name};

/// A name without folders is taken for a file of ours if it ends in one of these.
const KNOWN_ENDINGS: &[&str] = &["md", "rs", "toml"];
/// Names that the house rules speak of: any file, one in each package, or one that we never have.
const PLACEHOLDERS: &[&str] = &["build.rs", "clock.rs", "foo.rs", "mod.rs", "tests.rs"];
/// Characters of commands, patterns, types and addresses, not of our paths.
const NOT_IN_PATHS: &[char] = &[
    '<', '>', '…', '*', '$', '{', '}', '(', ')', '[', ']', '=', ';', ',', '"', '\'', '|', '&', '?',
    '!', '@', '\\', '%', '+', '#',
];

/// Every path that a document names and the tree does not have.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let folders = folders_of(tree);
    let names: BTreeSet<&str> = tree.paths.iter().map(|path| file_name(path)).collect();
    let exists = |path: &str| tree.paths.contains(path) || folders.contains(path);
    let mut findings = Vec::new();
    for (document, text) in tree.with_extension(&["md"]).filter(|(path, _)| is_checked(path)) {
        let beside = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, mention) in mentions(text) {
            let missing = match &mention {
                Mention::Link(target) => !exists(&join(beside, target)),
                Mention::Words(words) if words.contains('/') => {
                    let top = words.split('/').next().unwrap_or_default();
                    let ours = folders.contains(top);
                    ours && !exists(&join("", words)) && !exists(&join(beside, words))
                }
                Mention::Words(words) => !names.contains(words.as_str()),
            };
            if missing {
                let (Mention::Link(path) | Mention::Words(path)) = mention;
                findings.push(Finding::at(document, line, format!("no such file: {path}")));
            }
        }
    }
    findings
}

enum Mention {
    /// Relative to the document.
    Link(String),
    /// Relative to the root, or a bare file name.
    Words(String),
}

fn is_checked(path: &str) -> bool {
    path != "CHANGELOG.md" && (!path.contains('/') || path.starts_with("docs/"))
}

fn folders_of(tree: &Tree) -> BTreeSet<&str> {
    let mut folders = BTreeSet::new();
    for path in &tree.paths {
        folders.extend(path.match_indices('/').map(|(at, _)| &path[..at]));
    }
    folders
}

/// What a text mentions, with its line; fenced blocks hold commands and are skipped.
fn mentions(text: &str) -> Vec<(usize, Mention)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let words = line.split('`').skip(1).step_by(2).filter_map(path_in_words);
            found.extend(words.map(|words| (index + 1, Mention::Words(words))));
            let links = line.split("](").skip(1).filter_map(path_in_link);
            found.extend(links.map(|link| (index + 1, Mention::Link(link))));
        }
    }
    found
}

fn path_in_words(words: &str) -> Option<String> {
    // `file.rs:42` names a line.
    let path = words.rsplit_once(':').map_or(words, |(path, line)| {
        if line.chars().all(|c| c.is_ascii_digit()) { path } else { words }
    });
    let odd = path.contains(NOT_IN_PATHS) || path.contains(':') || path.contains(' ');
    let elsewhere = path.starts_with(['/', '-', '~', '.']) && !path.starts_with(".ci/");
    if path.is_empty() || odd || elsewhere || path.contains("NNNN") {
        return None;
    }
    let bare_file = KNOWN_ENDINGS.contains(&extension(path)) && !PLACEHOLDERS.contains(&path);
    let made = path.split('/').any(|part| matches!(part, "target" | "build"));
    let named = if path.contains('/') { !made } else { bare_file };
    named.then(|| path.to_owned())
}

fn path_in_link(rest: &str) -> Option<String> {
    let target = rest.split(')').next()?.split(['#', ' ']).next()?;
    let elsewhere = target.contains(':') || target.starts_with('/');
    (!target.is_empty() && !elsewhere).then(|| target.to_owned())
}

/// `path` seen from `folder`, with `.` and `..` resolved.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("docs/page.md", text),
            ("docs/protocol.md", ""),
            ("core/wire/src/lib.rs", ""),
            ("README.md", ""),
        ]);
        check(&tree).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn what_exists_may_be_named() {
        let text = "`core/wire`, `core/wire/`, `core/wire/src/lib.rs:3`, `lib.rs`, `protocol.md`\n\
            [a](protocol.md#part) [b](../README.md) [c](../core/wire)";
        assert_eq!(found(text), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_is_found_at_its_line() {
        assert_eq!(
            found("\n`core/wire/src/gone.rs`"),
            ["docs/page.md:2: no such file: core/wire/src/gone.rs"]
        );
        assert_eq!(found("`gone.md`").len(), 1);
        assert_eq!(found("[a](gone.md)").len(), 1);
        assert_eq!(found("[a](../gone)").len(), 1);
    }

    #[test]
    fn what_is_no_path_is_left_alone() {
        let text = "`text/html` `Asia/Shanghai` `/livez` `core::wire` `tests/run --quick` \
            `core/<name>` `core/*/tests` `foo.rs` `foo/` `cargo xtask ci` `target/debug/floorwalk` \
            [web](https://example.org/a.md) [here](#part)\n```\ncore/gone.rs `gone.md`\n```\n";
        assert_eq!(found(text), Vec::<String>::new());
    }
}
