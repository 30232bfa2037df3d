//! The replica's errors at the command line: the sentence that all clients say, and where a
//! command or a flag helps, which.

use floorwalk_replica::{Error, ErrorCode, words};

use crate::text::{Lang, texts};

texts! {
    OTHER_HOME: "Use another --home for a second one.",
        "要加入另一个小区，请用另一个 --home 目录。";
    SET_BLANKS: "Give each with --set KEY=VALUE.", "请逐项给出 --set KEY=VALUE。";
    EXPORT_BUNDLE: "Use `floorwalk bundle export`.", "请用 floorwalk bundle export 导出。";
    REBUILD: "Run `floorwalk doctor --rebuild`.", "请运行 floorwalk doctor --rebuild。";
}

/// What happened, what is safe, what to do.
pub fn message(error: &Error, lang: Lang) -> String {
    let said = words::error(error.code, error.detail.as_deref(), lang);
    let hint = match error.code {
        ErrorCode::AlreadyInCommunity => OTHER_HOME,
        ErrorCode::OpenBlanks => SET_BLANKS,
        ErrorCode::Revoked => EXPORT_BUNDLE,
        ErrorCode::StoreDamaged | ErrorCode::BlobDamaged => REBUILD,
        _ => return said,
    };
    // Chinese sets no space between sentences.
    format!("{said}{}{}", lang.pick("", " "), hint.of(lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_helps_stands_behind_the_sentence() {
        let message = |code, lang| message(&Error::about(code, "x"), lang);
        let said = message(ErrorCode::StoreDamaged, Lang::En);
        assert!(said.ends_with("Run `floorwalk doctor --rebuild`."), "{said}");
        let said = message(ErrorCode::OpenBlanks, Lang::Zh);
        assert!(said.ends_with("没有任何改动。请逐项给出 --set KEY=VALUE。"), "{said}");
        assert!(!message(ErrorCode::File, Lang::En).contains('`'));
    }
}
