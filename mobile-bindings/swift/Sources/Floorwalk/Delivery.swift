// The four steps that a complaint, and each of its photos, takes.
//
// Invariant: the steps are in order; whoever has come to one has passed those before it.

import FloorwalkGenerated

extension Delivery {
    /// All steps in order: saved on this device, sent, received by the office, accepted.
    public static let steps: [Delivery] = [.saved, .sent, .received, .accepted]

    /// The step's key: that of the command line, and of ``WordKind/delivery``.
    public var key: String {
        switch self {
        case .saved: "saved"
        case .sent: "sent"
        case .received: "received"
        case .accepted: "accepted"
        }
    }

    /// The step's word.
    public func word(in language: Language = .preferred) -> String {
        WordKind.delivery.word(for: key, in: language)
    }

    /// Whether this is that step or a later one.
    public func hasReached(_ step: Delivery) -> Bool {
        switch (self, step) {
        case (_, .saved), (.accepted, _): true
        case (.saved, _): false
        case (.sent, let step): step == .sent
        case (.received, let step): step != .accepted
        }
    }
}
