// Failures that records hold, as this package's error.
//
// Left out: failures of calls, which are thrown.

import FloorwalkGenerated

extension SyncState {
    /// Why the last sync failed; nil when it did not.
    public var failure: FloorwalkFailure? { error.map { FloorwalkFailure($0) } }
}

extension SyncOutcome {
    /// Why the relay could not be had, and how long to wait before trying again; nil for other
    /// outcomes.
    public var retry: (after: Duration, because: FloorwalkFailure)? {
        guard case .retryAfter(let ms, let error) = self else { return nil }
        return (.milliseconds(Int64(clamping: ms)), FloorwalkFailure(error))
    }

    /// Whether both sides have everything.
    public var isDone: Bool {
        if case .done = self { true } else { false }
    }
}
