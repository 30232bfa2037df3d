// The one error of this package: what went wrong, whose turn it is, and the words for a person.
//
// Invariant: no sentence, code or detail holds complaint text, a name or a key.
// Left out: the list of codes, which the command line's documentation has.

import FloorwalkGenerated
import Foundation

/// Why a call failed. What was acknowledged before it is safe, whatever the code.
public struct FloorwalkFailure: Error, Sendable, Equatable, Hashable {
    /// The stable code, such as `relay_unreachable`; the same as the command line's.
    public let code: String
    /// Whose turn it is.
    public let kind: FailureKind
    /// Whether the same call may work later without any change.
    public let isRetryable: Bool
    /// What a person can do: for the button beside the message.
    public let action: UserAction
    /// What happened, what is safe and what to do, in English.
    public let english: String
    /// The same in Chinese.
    public let chinese: String
    /// What the sentence speaks of: a field, a number, an id. Never complaint text.
    public let detail: String?

    /// The sentence in a language.
    public func message(in language: Language) -> String {
        switch language {
        case .chinese: chinese
        case .english: english
        }
    }

    /// Whether this says only that the task or the sync was cancelled: nothing to show.
    public var isCancellation: Bool { code == "cancelled" }
}

extension FloorwalkFailure: LocalizedError, CustomStringConvertible {
    /// The sentence in the language that the phone prefers.
    public var errorDescription: String? { message(in: .preferred) }

    /// The code and the English sentence. The sentence may name a building, a number or a file.
    public var description: String { "\(code): \(english)" }
}

extension FloorwalkFailure {
    /// What an error of the library says: those that records hold, such as a sync state's.
    public init(_ error: any Error) {
        switch error {
        case let failure as FloorwalkFailure: self = failure
        case let error as FloorwalkError: self.init(error)
        case is CancellationError: self = .cancelled
        default: self = .broken
        }
    }

    private init(_ error: FloorwalkError) {
        switch error {
        case .Failed(
            let code, let kind, let retryable, let action, let english, let chinese, let detail):
            self.init(
                code: code, kind: kind, isRetryable: retryable, action: action,
                english: english, chinese: chinese, detail: detail)
        }
    }

    /// A task that no longer waits.
    static let cancelled = FloorwalkFailure(
        code: "cancelled", kind: .lifecycle, isRetryable: true, action: .retry,
        english: "This was cancelled. Everything is kept; the next sync goes on from there.",
        chinese: "已取消。内容都已保存；下次同步会从中断处继续。", detail: nil)

    /// The bridge between the languages failed; nothing of the replica is known to be wrong.
    static let broken = FloorwalkFailure(
        code: "broken", kind: .lifecycle, isRetryable: true, action: .reopen,
        english:
            "Something went wrong in the program. What was kept before is safe; open the app "
            + "again.",
        chinese: "程序出错。此前保存的内容是安全的；请重新打开应用。", detail: nil)
}

/// Does some work of the library; whatever it throws becomes a ``FloorwalkFailure``.
func translating<Outcome: Sendable>(
    _ work: () async throws -> Outcome
) async throws(FloorwalkFailure) -> Outcome {
    do {
        return try await work()
    } catch {
        throw FloorwalkFailure(error)
    }
}
