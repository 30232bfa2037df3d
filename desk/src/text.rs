//! Every message in Chinese and English, side by side, so that neither is forgotten.
//!
//! A [`Text`] has both languages by construction. `{0}`, `{1}` … stand for values, which the two
//! languages may put in different order. Messages of the replica's errors are in `errors`, labels
//! of keys in `labels`, the demonstration's story in `story`, reports and forms in `reports`, the
//! rest in `words`.

use std::fmt::Display;

pub mod errors;
pub mod labels;
pub mod reports;
pub mod story;
pub mod words;

/// The language that people are addressed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language that the environment asks for: Chinese for `zh…`, else English.
    ///
    /// `LC_ALL` rules over `LC_MESSAGES`, and that over `LANG` (POSIX.1-2017, 8.2).
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let set = names.iter().filter_map(|name| variable(name)).find(|value| !value.is_empty());
        match set {
            Some(value) if value.to_lowercase().starts_with("zh") => Self::Zh,
            _ => Self::En,
        }
    }

    /// Of a text that is there in both languages, the one of this language.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// A message in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// 中文.
    pub zh: &'static str,
}

impl Text {
    /// The message in a language.
    pub fn of(&self, lang: Lang) -> &'static str {
        lang.pick(self.zh, self.en)
    }

    /// The message with `{0}`, `{1}` … replaced by `values`.
    pub fn fill(&self, lang: Lang, values: &[&dyn Display]) -> String {
        let mut filled = String::new();
        let mut rest = self.of(lang);
        // One pass, so that a value that looks like a placeholder stays as it is.
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let (index, behind) = after.split_once('}').unwrap_or((after, ""));
            if let Some(value) = index.parse::<usize>().ok().and_then(|index| values.get(index)) {
                filled.push_str(&value.to_string());
            }
            rest = behind;
        }
        filled.push_str(rest);
        filled
    }
}

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
pub(crate) mod tests {
    use super::*;

    pub(crate) fn is_chinese(text: &str) -> bool {
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
        for (name, text) in words::ALL.iter().chain(reports::ALL).chain(story::ALL) {
            assert!(!text.en.is_empty() && !is_chinese(text.en), "{name} in English");
            assert!(is_chinese(text.zh), "{name} in Chinese");
            assert_eq!(values(text.en), values(text.zh), "{name}");
        }
    }

    #[test]
    fn values_are_put_in_once_and_never_read_again() {
        let text = Text { en: "{1} before {0}.", zh: "先{0}后{1}。" };
        assert_eq!(text.fill(Lang::En, &[&"{1}", &2]), "2 before {1}.");
        assert_eq!(text.fill(Lang::Zh, &[&"甲", &"乙"]), "先甲后乙。");
    }

    #[test]
    fn the_environment_chooses_the_language() {
        let lang = |set: &[(&str, &str)]| {
            let set: std::collections::BTreeMap<String, String> =
                set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            Lang::from_environment(|name| set.get(name).cloned())
        };
        assert_eq!(lang(&[("LANG", "zh_CN.UTF-8")]), Lang::Zh);
        assert_eq!(lang(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]), Lang::En);
        assert_eq!(lang(&[("LANG", "en_GB.UTF-8"), ("LC_MESSAGES", "zh_TW")]), Lang::Zh);
        assert_eq!(lang(&[("LC_ALL", ""), ("LANG", "ZH")]), Lang::Zh);
        assert_eq!(lang(&[]), Lang::En);
    }
}
