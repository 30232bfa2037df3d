// One sync in the time that the system gives an app in the background, and when to ask again.
//
// Invariant: the deadline is passed on, so that the sync ends by itself before the system ends it.
// Left out: asking the system, which Apple/BackgroundSync.swift does.

import FloorwalkGenerated

/// What became of one sync in the background.
public struct BackgroundRound: Sendable, Equatable {
    /// Whether both sides have everything.
    public let isComplete: Bool
    /// After how long to ask the system again; nil when nothing is left to do.
    public let again: Duration?
    /// Why it failed, where it did.
    public let failure: FloorwalkFailure?

    /// An outcome.
    public init(isComplete: Bool, again: Duration?, failure: FloorwalkFailure?) {
        (self.isComplete, self.again, self.failure) = (isComplete, again, failure)
    }

    /// When photos are left over: as soon as the system likes.
    static let soon = Duration.seconds(60)
}

extension Replica {
    /// Syncs for so long at most, and says when to come again. Never throws: in the background
    /// there is nobody to tell. Cancelling the task ends the sync; everything is kept.
    public func backgroundRound(within deadline: Duration = .seconds(20)) async -> BackgroundRound {
        do {
            switch try await syncOnce(within: deadline) {
            case .done:
                return BackgroundRound(isComplete: true, again: nil, failure: nil)
            case .more:
                return BackgroundRound(isComplete: false, again: BackgroundRound.soon, failure: nil)
            case .retryAfter(let ms, let error):
                let again = Duration.milliseconds(Int64(clamping: ms))
                return BackgroundRound(
                    isComplete: false, again: again, failure: FloorwalkFailure(error))
            }
        } catch {
            let again = error.isRetryable ? BackgroundRound.soon : nil
            return BackgroundRound(isComplete: false, again: again, failure: error)
        }
    }
}
