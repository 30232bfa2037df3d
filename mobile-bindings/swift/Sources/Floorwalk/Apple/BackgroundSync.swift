// Syncs that iOS runs while the app is in the background, by BGTaskScheduler.
//
// Invariants: each task is completed exactly once, also when it expires; the next one is asked for
// before the present one begins, so that a kill in between does not end the chain. Left out: large
// uploads by a background URLSession, which the article BackgroundTransfers explains.

#if canImport(BackgroundTasks) && !os(macOS)
    import BackgroundTasks
    import Foundation
    import UIKit

    /// Asks iOS for time in the background, and syncs in it.
    ///
    /// Put the identifier into `BGTaskSchedulerPermittedIdentifiers` of Info.plist, and
    /// `processing` into `UIBackgroundModes`. Call ``register()`` before the app has finished
    /// launching.
    public final class BackgroundSync: Sendable {
        private let identifier: String
        private let replica: Replica

        /// Syncs of a replica under an identifier of the app's.
        public init(identifier: String, replica: Replica) {
            self.identifier = identifier
            self.replica = replica
        }

        /// Says to iOS what to run. Once for each launch, before it has finished.
        public func register() {
            BGTaskScheduler.shared.register(forTaskWithIdentifier: identifier, using: nil) {
                [self] task in
                run(Handed(task))
            }
        }

        /// Asks to be run when there is a network, not before so long. Call it when the app goes
        /// into the background with something unsent.
        public func schedule(after wait: Duration = .seconds(60)) throws {
            let request = BGProcessingTaskRequest(identifier: identifier)
            request.requiresNetworkConnectivity = true
            request.requiresExternalPower = false
            request.earliestBeginDate = Date(timeIntervalSinceNow: wait.seconds)
            try BGTaskScheduler.shared.submit(request)
        }

        private func run(_ task: Handed) {
            try? schedule(after: .seconds(15 * 60))
            let work = Task {
                try? await replica.resume()
                let round = await replica.backgroundRound(within: .seconds(20))
                // Somebody may have opened the app meanwhile, who needs it awake.
                let isBehind = await UIApplication.shared.applicationState == .background
                if isBehind { try? await replica.suspend() }
                if let again = round.again { try? schedule(after: again) }
                task.complete(round.isComplete)
            }
            task.whenItExpires { work.cancel() }
        }
    }

    /// A task of the system's, which is not Sendable and is used from one place at a time.
    private final class Handed: @unchecked Sendable {
        private let task: BGTask

        init(_ task: BGTask) {
            self.task = task
        }

        func complete(_ success: Bool) {
            task.setTaskCompleted(success: success)
        }

        func whenItExpires(_ handler: @escaping @Sendable () -> Void) {
            task.expirationHandler = handler
        }
    }

    extension Duration {
        fileprivate var seconds: TimeInterval {
            TimeInterval(components.seconds)
        }
    }
#endif
