// A key with its word, as a small thing to tap: a missing field, a stage, a channel.

import Floorwalk

/// A key and its word.
public struct Chip: Sendable, Hashable, Identifiable {
    /// The key, as records have it.
    public let key: String
    /// Its word in the language of the screen.
    public let word: String

    /// The key names it.
    public var id: String { key }

    /// The chip of a key.
    public init(_ key: String, of kind: WordKind, in language: Language) {
        self.key = key
        self.word = kind.word(for: key, in: language)
    }

    /// The chips of keys, in their order.
    public static func of(_ keys: [String], _ kind: WordKind, in language: Language) -> [Chip] {
        keys.map { Chip($0, of: kind, in: language) }
    }
}

/// One of the four steps, as it is drawn.
public struct DeliveryStep: Sendable, Hashable, Identifiable {
    /// The step.
    public let step: Delivery
    /// Its word.
    public let word: String
    /// Whether it is reached.
    public let isReached: Bool

    /// The step names it.
    public var id: String { step.key }

    /// The steps up to the last that can be reached; a photo has no *accepted* of its own.
    public static func of(
        _ delivery: Delivery, in language: Language, isPhoto: Bool = false
    ) -> [DeliveryStep] {
        let steps = isPhoto ? Delivery.steps.dropLast() : Delivery.steps[...]
        return steps.map { step in
            DeliveryStep(
                step: step, word: step.word(in: language), isReached: delivery.hasReached(step))
        }
    }
}
