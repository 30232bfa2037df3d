//! The words for keys and errors in Chinese and English, so that all clients say the same.
//!
//! A [`Text`] has both languages by construction. `{0}`, `{1}` … stand for values, which the two
//! languages may put in different order. What only one client says (its commands, its buttons) is
//! in that client. No sentence here names a command, a flag or a button.

use std::fmt::Display;
use std::str::FromStr;

mod errors;
pub mod labels;

pub use errors::error;
pub use labels::Vocabulary;

/// The language that people are addressed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The language's code: `zh` or `en` (BCP 47).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

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

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(code: &str) -> Result<Self, UnknownLang> {
        Self::ALL.into_iter().find(|lang| lang.as_str() == code).ok_or(UnknownLang)
    }
}

/// A code of no language that there are words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither zh nor en")]
pub struct UnknownLang;

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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn is_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }

    #[test]
    fn a_language_is_known_by_its_code() {
        assert!(Lang::ALL.iter().all(|lang| lang.as_str().parse() == Ok(*lang)));
        assert_eq!("fr".parse::<Lang>(), Err(UnknownLang));
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
