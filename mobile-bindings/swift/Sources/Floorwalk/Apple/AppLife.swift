// An app's way into the background and back: suspend in time, resume at once.
//
// Invariant: between the end of the background task and the next resume, the process holds no lock
// on the database, so that the system may freeze it (otherwise it is killed with 0xdead10cc). Left
// out: what is synced in the background.

#if canImport(UIKit) && !os(watchOS)
    import UIKit

    /// Suspends and resumes a replica with the app. Keep one for the life of the app.
    @MainActor
    public final class AppLife {
        private let replica: Replica
        private var changing: Task<Void, Never>?

        /// The life of a replica.
        public init(replica: Replica) {
            self.replica = replica
        }

        /// Call it when the scene has gone into the background. The system gives a few seconds;
        /// suspending takes a fraction of one, since running syncs are ended and everything is
        /// kept.
        public func enterBackground() {
            let application = UIApplication.shared
            let ended = Once()
            let assertion = application.beginBackgroundTask(withName: "floorwalk") { ended.run() }
            ended.set { application.endBackgroundTask(assertion) }
            change { replica in
                try? await replica.suspend()
                ended.run()
            }
        }

        /// Call it when the scene becomes active.
        public func becomeActive() {
            change { replica in try? await replica.resume() }
        }

        /// One change after the other, so that a quick way back ends resumed.
        private func change(_ work: @escaping @MainActor (Replica) async -> Void) {
            let (before, replica) = (changing, replica)
            changing = Task {
                await before?.value
                await work(replica)
            }
        }
    }

    /// Something to be done once, by whoever comes first.
    @MainActor
    private final class Once {
        private var work: (() -> Void)?
        private var isDue = false

        func set(_ work: @escaping () -> Void) {
            if isDue { work() } else { self.work = work }
        }

        func run() {
            isDue = true
            work?()
            work = nil
        }
    }
#endif
