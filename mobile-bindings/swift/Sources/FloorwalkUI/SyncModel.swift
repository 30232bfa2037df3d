// The line at the edge of every screen that says how syncing stands.
//
// Invariant: it shows the library's state, and starts or ends nothing by itself.
// Left out: how it looks, and when to sync.

import Floorwalk
import Observation

/// How syncing stands, for a person.
@MainActor
@Observable
public final class SyncModel {
    /// How it stands; nil until the first look.
    public private(set) var state: SyncState?
    /// What has not been sent.
    public private(set) var status: Status?
    /// Why the last sync that was asked for here could not be; nil when it went well.
    public private(set) var failure: FloorwalkFailure?

    private let replica: Replica
    private let language: Language

    /// The state of a replica.
    public init(replica: Replica, language: Language = .preferred) {
        self.replica = replica
        self.language = language
    }

    /// Follows the state until the task is cancelled.
    public func watch() async {
        for await state in replica.syncStates() {
            self.state = state
            status = try? await replica.status()
        }
    }

    /// Syncs until both sides have everything; cancelling the task ends it.
    public func sync() async {
        do {
            var isDone = false
            while !isDone {
                let outcome = try await replica.syncOnce()
                if let retry = outcome.retry { throw retry.because }
                isDone = outcome.isDone
            }
            failure = nil
        } catch {
            let failure = FloorwalkFailure(error)
            self.failure = failure.isCancellation ? nil : failure
        }
        status = try? await replica.status()
    }

    /// How much of the photos has travelled, from 0 to 1; nil when none is on its way.
    public var fraction: Double? {
        guard let progress = state?.progress, progress.blobBytesTotal > 0, isBusy else {
            return nil
        }
        return min(1, Double(progress.blobBytes) / Double(progress.blobBytesTotal))
    }

    /// Whether something travels just now.
    public var isBusy: Bool {
        state?.phase == .connecting || state?.phase == .syncing
    }

    /// The line itself.
    public var line: String {
        let unsent = (status?.unsentComplaints ?? 0, status?.unsentPhotos ?? 0)
        switch state?.phase {
        case .connecting: return says("正在连接…", "Connecting…")
        case .syncing: return says("正在同步…", "Syncing…")
        case .waiting: return says("没有网络，内容已存本机", "No connection; everything is kept here")
        case .stopped: return state?.failure?.message(in: language) ?? says("已停止", "Stopped")
        case .live, .idle, nil:
            guard unsent == (0, 0) else {
                return says(
                    "待发送：投诉 \(unsent.0)，照片 \(unsent.1)",
                    "To be sent: complaints \(unsent.0), photos \(unsent.1)")
            }
            return says("全部已发送", "Everything is sent")
        }
    }

    private func says(_ chinese: String, _ english: String) -> String {
        switch language {
        case .chinese: chinese
        case .english: english
        }
    }
}
