// Sync: with the relay, with another device, and by file.
//
// Owns who waits for the one sync that runs. Invariants: a task that is cancelled returns at once;
// the sync itself is cancelled when nobody waits for it any more, and everything is kept.
// Left out: when to sync, which BackgroundRound and the app decide.

import FloorwalkGenerated
import Foundation

extension Replica {
    /// Syncs once, for so long at most. Several callers share one sync.
    ///
    /// Cancelling the task throws the failure `cancelled`; when all tasks that wait for the sync
    /// are cancelled, it ends, and the next one goes on from there.
    public func syncOnce(
        within deadline: Duration = .seconds(25)
    ) async throws(FloorwalkFailure) -> SyncOutcome {
        let (library, waiters) = (library, syncWaiters)
        let ticket = waiters.enter()
        return try await translating {
            try await withTaskCancellationHandler {
                try await waiters.wait(for: ticket) {
                    try await library.syncOnce(deadlineMs: deadline.wholeMilliseconds)
                }
            } onCancel: {
                if waiters.leave(ticket) { library.cancelSync() }
            }
        }
    }

    /// Ends the sync that runs: all who wait for it get the failure `cancelled`. Everything is
    /// kept.
    public func cancelSync() {
        library.cancelSync()
    }

    /// Stays in sync until ``stopLive()``: whatever is new goes and comes at once.
    public func startLive() {
        library.startLive()
    }

    /// Ends ``startLive()``; when this returns, it has ended.
    public func stopLive() async {
        await library.stopLive()
    }

    /// What syncs do about photos from now on.
    public func setSyncOptions(_ options: SyncOptions) async throws(FloorwalkFailure) {
        try await translating { try await self.library.setSyncOptions(options: options) }
    }

    /// How the sync stands, as it changes.
    public func syncStates() -> Changes<SyncState> {
        let library = library
        return Changes { library.observeSync(listener: $0) }
    }

    /// Begins a session with another device of the community that is near.
    public func beginPeerSession() async throws(FloorwalkFailure) -> PeerSession {
        try await translating { PeerSession(try await self.library.beginPeerSession()) }
    }

    /// Writes all that this device has to a file, sealed as it travels.
    public func exportBundle(to file: URL) async throws(FloorwalkFailure) -> BundleReport {
        try await translating { try await self.library.exportBundle(path: file.path) }
    }

    /// Takes in a file that another device of the community has written.
    public func importBundle(from file: URL) async throws(FloorwalkFailure) -> BundleReport {
        try await translating { try await self.library.importBundle(path: file.path) }
    }
}

extension Duration {
    /// Whole milliseconds, not negative.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) * 1_000 + UInt64(attoseconds / 1_000_000_000_000_000)
    }
}

/// Who waits for the sync that runs.
final class SyncWaiters: Sendable {
    /// One call that waits.
    typealias Ticket = UInt64

    private struct Waiter {
        var continuation: CheckedContinuation<SyncOutcome, any Error>?
        var hasLeft = false
    }

    private struct State {
        var last: Ticket = 0
        var waiters: [Ticket: Waiter] = [:]
    }

    private let state = Locked(State())

    /// Somebody begins to wait.
    func enter() -> Ticket {
        state.with { state in
            state.last += 1
            state.waiters[state.last] = Waiter()
            return state.last
        }
    }

    /// Waits for a sync until it ends, or until the ticket has left while others stay.
    func wait(
        for ticket: Ticket, sync: @escaping @Sendable () async throws -> SyncOutcome
    ) async throws -> SyncOutcome {
        try await withCheckedThrowingContinuation { continuation in
            let hasLeft = state.with { state in
                if state.waiters[ticket]?.hasLeft != false {
                    state.waiters[ticket] = nil
                    return true
                }
                state.waiters[ticket]?.continuation = continuation
                return false
            }
            if hasLeft { return continuation.resume(throwing: FloorwalkFailure.cancelled) }
            // A task of its own: the library's future ends with the sync, not with the caller.
            Task {
                let result: Result<SyncOutcome, any Error>
                do {
                    result = .success(try await sync())
                } catch {
                    result = .failure(error)
                }
                self.take(ticket)?.resume(with: result)
            }
        }
    }

    /// Stops waiting. True if nobody else waits, so that the sync should end; then the caller
    /// returns when it has ended, so that the next sync is a new one.
    func leave(_ ticket: Ticket) -> Bool {
        let (isLast, continuation) = state.with { state in
            state.waiters[ticket]?.hasLeft = true
            if state.waiters.values.allSatisfy(\.hasLeft) {
                return (true, nil as CheckedContinuation<SyncOutcome, any Error>?)
            }
            let continuation = state.waiters[ticket]?.continuation
            // Without a continuation `wait` is still to come, and looks for `hasLeft`.
            if continuation != nil { state.waiters[ticket] = nil }
            return (false, continuation)
        }
        continuation?.resume(throwing: FloorwalkFailure.cancelled)
        return isLast
    }

    private func take(_ ticket: Ticket) -> CheckedContinuation<SyncOutcome, any Error>? {
        state.with { $0.waiters.removeValue(forKey: ticket)?.continuation }
    }
}
