// Words for keys, in Chinese and English.
//
// Invariant: every key that a record holds has a word in both languages; an unknown key is its own.

import FloorwalkGenerated
import Foundation

extension Language {
    /// Chinese where the phone prefers it, otherwise English.
    public static var preferred: Language {
        let first = Locale.preferredLanguages.first ?? ""
        return first.hasPrefix("zh") ? .chinese : .english
    }
}

extension WordKind {
    /// The word for a key of this kind, such as `received` of a stage.
    public func word(for key: String, in language: Language = .preferred) -> String {
        FloorwalkGenerated.word(kind: self, key: key, language: language)
    }

    /// All keys of this kind.
    public var keys: [String] { FloorwalkGenerated.keys(kind: self) }
}
