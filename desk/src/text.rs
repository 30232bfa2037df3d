//! Every message in Chinese and English, side by side, so that neither is forgotten.
//!
//! The words for keys and for the replica's errors are the replica's own; `errors` adds the command
//! that helps. The demonstration's story is in `story`, reports and forms in `reports`, the rest in
//! `words`.

pub mod errors;
pub mod reports;
pub mod story;
pub mod words;

pub use floorwalk_replica::words::{Lang, Text, labels};

/// Declares messages as constants, and `ALL` of them for the tests.
macro_rules! texts {
    ($($name:ident: $en:literal, $zh:literal;)+) => {
        $(
            #[doc = concat!("“", $en, "”")]
            pub const $name: $crate::text::Text = $crate::text::Text { en: $en, zh: $zh };
        )+

        /// All of them by name.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, $crate::text::Text)] = &[$((stringify!($name), $name),)+];
    };
}
pub(crate) use texts;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }

    /// Which values a message uses, in order of their number.
    fn values(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> =
            text.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn every_message_is_in_both_languages_with_the_same_values() {
        let all = [words::ALL, reports::ALL, story::ALL, errors::ALL];
        for (name, text) in all.into_iter().flatten() {
            assert!(!text.en.is_empty() && !is_chinese(text.en), "{name} in English");
            assert!(is_chinese(text.zh), "{name} in Chinese");
            assert_eq!(values(text.en), values(text.zh), "{name}");
        }
    }
}
