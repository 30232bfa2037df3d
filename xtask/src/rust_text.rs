//! Rust source seen as code alone or as comments alone.
//!
//! Owns the splitting, by a scanner that knows comments, literals and lifetimes and nothing
//! else of the language. Every character keeps its line and column: what a view leaves out is
//! blank in it. Macros are not expanded.

/// The two views of one file.
pub struct RustText {
    /// Without comments, strings and characters.
    pub code: String,
    /// Only comments.
    pub comments: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

impl RustText {
    /// Splits a file into its views.
    pub fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut views = Self { code: String::with_capacity(text.len()), comments: String::new() };
        let mut at = 0;
        while at < chars.len() {
            let (kind, end) = next_token(&chars, at);
            for &c in &chars[at..end] {
                views.code.push(if kind == Kind::Code || c == '\n' { c } else { ' ' });
                views.comments.push(if kind == Kind::Comment || c == '\n' { c } else { ' ' });
            }
            at = end;
        }
        views
    }

    /// The code with every item under `#[cfg(test)]` blanked.
    pub fn code_outside_tests(&self) -> String {
        const MARK: &str = "#[cfg(test)]";
        let mut code = self.code.clone();
        while let Some(start) = code.find(MARK) {
            let end = item_end(&code, start + MARK.len());
            let blank: String =
                code[start..end].chars().map(|c| if c == '\n' { c } else { ' ' }).collect();
            code.replace_range(start..end, &blank);
        }
        code
    }
}

/// True if `needle` stands in `line` on its own, not as a part of a longer name.
pub fn has_word(line: &str, needle: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(needle).any(|(at, _)| {
        let after = &line[at + needle.len()..];
        !line[..at].ends_with(is_name)
            && (!needle.ends_with(is_name) || !after.starts_with(is_name))
    })
}

/// The byte after the block or semicolon that ends the item starting after `from`.
pub fn item_end(code: &str, from: usize) -> usize {
    let mut brackets = 0_usize;
    for (at, c) in code[from..].char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            ';' if brackets == 0 => return from + at + 1,
            '{' if brackets == 0 => return block_end(code, from + at),
            _ => {}
        }
    }
    code.len()
}

/// The byte after the brace that closes the one at `open`.
fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return open + at + 1;
        }
    }
    code.len()
}

fn next_token(chars: &[char], at: usize) -> (Kind, usize) {
    let next = chars.get(at + 1).copied();
    match (chars[at], next) {
        ('/', Some('/')) => {
            let rest = chars[at..].iter().position(|&c| c == '\n');
            (Kind::Comment, rest.map_or(chars.len(), |length| at + length))
        }
        ('/', Some('*')) => (Kind::Comment, block_comment_end(chars, at)),
        ('\'', Some('\\')) => {
            // The character after the backslash may itself be a quote.
            let rest = chars.iter().skip(at + 3).position(|&c| c == '\'');
            (Kind::Literal, rest.map_or(chars.len(), |length| at + 3 + length + 1))
        }
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => (Kind::Literal, at + 3),
        _ => match string_end(chars, at) {
            Some(end) => (Kind::Literal, end),
            None => (Kind::Code, at + 1),
        },
    }
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut i = at;
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => {
                depth += 1;
                i += 2;
            }
            ('*', '/') => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    chars.len()
}

/// The end of the string literal that starts at `at` (`"`, `b"`, `c"`, `r"`, `r#"`, `br"` …).
fn string_end(chars: &[char], at: usize) -> Option<usize> {
    let in_name = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    let mut open = at;
    while !in_name && open < at + 2 && matches!(chars.get(open), Some('b' | 'c' | 'r')) {
        open += 1;
    }
    let raw = open > at && chars[open - 1] == 'r';
    let hashes = if raw { chars[open..].iter().take_while(|&&c| c == '#').count() } else { 0 };
    let mut i = open + hashes;
    if chars.get(i) != Some(&'"') {
        return None;
    }
    i += 1;
    while i < chars.len() {
        match chars[i] {
            '\\' if !raw => i += 2,
            '"' if chars[i + 1..].iter().take_while(|&&c| c == '#').count() >= hashes => {
                return Some(i + 1 + hashes);
            }
            _ => i += 1,
        }
    }
    Some(chars.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_not_code() {
        let text = "let a = \"x // y\"; // std::fs\nlet b = 'c'; /* one /* two */ */ call(a);\n";
        let views = RustText::of(text);
        assert!(!views.code.contains("x //") && !views.code.contains("std::fs"));
        assert!(!views.code.contains('c') || views.code.contains("call(a)"));
        assert!(views.comments.contains("std::fs") && views.comments.contains("two"));
        assert_eq!(views.code.lines().count(), text.lines().count());
    }

    #[test]
    fn every_kind_of_literal_ends_where_it_ends() {
        for literal in
            ["\"a\\\"b\"", "r\"a\\\"", "r#\"a\"b\"#", "b\"a\"", "br##\"a\"#\"##", "c\"a\"", "'\\''"]
        {
            let views = RustText::of(&format!("before({literal}); after();"));
            assert!(views.code.starts_with("before("), "{literal}");
            assert!(views.code.ends_with("); after();"), "{literal}");
            assert!(!views.code.contains('"'), "{literal}");
        }
    }

    #[test]
    fn a_lifetime_opens_no_literal() {
        let views = RustText::of("fn f<'a, 'b>(x: &'a str) -> &'a str { x }");
        assert!(views.code.contains("-> &'a str { x }"));
    }

    #[test]
    fn only_test_items_are_blanked() {
        let text = "fn a() { x() }\n#[cfg(test)]\nmod tests { fn b() { y() } }\nfn c() { z() }\n";
        let code = RustText::of(text).code_outside_tests();
        assert!(code.contains("x()") && code.contains("z()") && !code.contains("y()"));
        let declared = RustText::of("#[cfg(test)]\nmod tests;\nfn c() { z() }\n");
        assert!(declared.code_outside_tests().contains("z()"));
    }

    #[test]
    fn a_word_is_not_found_inside_a_longer_one() {
        assert!(has_word("use std::fs;", "std::fs"));
        assert!(!has_word("use std::fsx;", "std::fs"));
        assert!(!has_word("use my_std::fs;", "std::fs"));
    }
}
