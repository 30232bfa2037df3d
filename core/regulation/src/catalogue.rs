//! The twenty regulations, compiled in.

use std::sync::OnceLock;

use crate::check::parse;
use crate::data::Regulation;

macro_rules! catalogue {
    ($($file:literal)*) => {
        /// The files, in the order of their source.
        pub const FILES: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../data/", $file, ".toml")))),*];
    };
}

catalogue! {
    "S01-hz-2024"
    "S02-office-1wd"
    "S03-substantive-24h"
    "S04-hanjiang-oc"
    "S05-howto"
    "S06-reception-sample"
    "S07-company-20art"
    "S08-intake-5wd"
    "S09-svc-24-2-3-5"
    "S10-oc-receipts"
    "S11-three-grades"
    "S12-2h-24h-3wd"
    "S13-five-methods"
    "S14-quarterly"
    "S15-blank-notice"
    "S16-one-number"
    "S17-resident-path"
    "S18-approval-flow"
    "S19-user-procedure"
    "S20-revisit-3d"
}

/// All of them, in the order of their source.
pub fn all() -> &'static [Regulation] {
    static ALL: OnceLock<Vec<Regulation>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read = |(file, text): &(&str, &str)| match parse(text) {
            Ok(regulation) => regulation,
            // A test reads them all, so this cannot be met in a build that passed.
            Err(problems) => panic!("{file}: {}", problems[0]),
        };
        FILES.iter().map(read).collect()
    })
}

/// The regulation of an id.
pub fn find(id: &str) -> Option<&'static Regulation> {
    all().iter().find(|regulation| regulation.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_sound_and_named_for_its_source_and_id() {
        for (file, text) in FILES {
            match parse(text) {
                Ok(regulation) => {
                    assert_eq!(format!("{}-{}", regulation.source, regulation.id), *file);
                }
                Err(problems) => {
                    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                    panic!("{file}.toml:\n{}", problems.join("\n"));
                }
            }
        }
    }
}
