//! Where the world outside may be touched: clock, threads, files and network.
//!
//! Owns two rules. The sans-IO packages (wire, complaint, regulation, photo, sync) touch none of
//! them. Everywhere else that is shipped, the real clock is read in a file named `clock.rs` only;
//! tokio's timers are free, because a paused runtime turns them. Tests may do as they like.

use super::Finding;
use crate::rust_text::{RustText, has_word};
use crate::tree::{Tree, file_name};

const SANS_IO: &[&str] =
    &["core/wire/", "core/complaint/", "core/regulation/", "core/photo/", "core/sync/"];
const SHIPPED: &[&str] = &["core/", "ffi/", "server/", "desk/"];

const CLOCK: &[&str] = &["SystemTime::now", "Instant::now", "Utc::now", "Local::now"];
const WORLD: &[&str] = &["std::thread", "std::fs", "std::net", "SystemTime"];
const WORLD_MODULES: &[&str] = &["thread", "fs", "net"];

/// Every line of shipped code that touches what its package may not.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        let sans_io = starts_with_any(path, SANS_IO);
        let own_clock = !sans_io && file_name(path) == "clock.rs";
        if !starts_with_any(path, SHIPPED) || own_clock || is_test_file(path) {
            continue;
        }
        let code = RustText::of(text).code_outside_tests();
        if code.contains("#![cfg(test)]") {
            continue;
        }
        let tokio_instant = imports_tokio_instant(&code);
        for (index, line) in code.lines().enumerate() {
            let touched = if sans_io { world_in(line) } else { None };
            if let Some(what) = touched.or_else(|| clock_in(line, tokio_instant)) {
                let message = if sans_io {
                    format!("{what} in a sans-IO package: take it as an argument")
                } else {
                    format!("{what} outside clock.rs: take `now` as an argument")
                };
                findings.push(Finding::at(path, index + 1, message));
            }
        }
    }
    findings
}

fn starts_with_any(path: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| path.starts_with(prefix))
}

fn is_test_file(path: &str) -> bool {
    let in_folder = path.split('/').any(|part| matches!(part, "tests" | "benches" | "examples"));
    in_folder || file_name(path) == "tests.rs"
}

fn clock_in(line: &str, tokio_instant: bool) -> Option<&'static str> {
    let line = line.replace("tokio::time::Instant::now", "");
    CLOCK
        .iter()
        .copied()
        .find(|name| has_word(&line, name) && !(tokio_instant && *name == "Instant::now"))
}

fn world_in(line: &str) -> Option<&'static str> {
    let named = WORLD.iter().copied().find(|name| has_word(line, name));
    named.or_else(|| {
        let (_, group) = line.split_once("std::{")?;
        let mut items = group.split([',', '{', '}']).map(str::trim);
        let touches = |item: &str| {
            let module = item.split("::").next().unwrap_or(item);
            WORLD_MODULES.iter().copied().find(|name| *name == module)
        };
        items.find_map(touches)
    })
}

fn imports_tokio_instant(code: &str) -> bool {
    let in_group = |(at, _): (usize, &str)| {
        let group = &code[at..];
        let group = &group[..group.find('}').unwrap_or(group.len())];
        has_word(group, "Instant")
    };
    code.contains("use tokio::time::Instant;")
        || code.match_indices("use tokio::time::{").any(in_group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_sans_io_package_touches_nothing() {
        assert_eq!(found("core/sync/src/session.rs", "use std::fs::File;\n"), 1);
        assert_eq!(found("core/sync/src/session.rs", "use std::{fmt, thread};\n"), 1);
        assert_eq!(found("core/wire/src/clock.rs", "let a = Utc::now();\n"), 1);
        assert_eq!(found("core/sync/src/session.rs", "use std::fmt;\n"), 0);
        assert_eq!(found("core/store/src/file.rs", "use std::fs::File;\n"), 0);
    }

    #[test]
    fn tests_and_comments_may_name_anything() {
        let text = "// std::fs is not for us\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        assert_eq!(found("core/sync/src/session.rs", text), 0);
        assert_eq!(found("core/sync/tests/golden.rs", "use std::fs;\n"), 0);
    }

    #[test]
    fn the_clock_is_read_in_its_file_only() {
        let text = "let a = std::time::Instant::now();\n";
        assert_eq!(found("desk/src/web.rs", text), 1);
        assert_eq!(found("desk/src/clock.rs", text), 0);
        assert_eq!(found("xtask/src/run.rs", text), 0);
    }

    #[test]
    fn timers_of_tokio_are_free() {
        assert_eq!(found("server/src/live.rs", "let a = tokio::time::Instant::now();\n"), 0);
        let imported = "use tokio::time::{Instant, sleep};\nlet a = Instant::now();\n";
        assert_eq!(found("server/src/live.rs", imported), 0);
        let std_one = "use tokio::time::{sleep};\nlet a = Instant::now();\n";
        assert_eq!(found("server/src/live.rs", std_one), 1);
    }
}
