// Observation as an AsyncSequence: the present state first, then each change.
//
// Owns the way from a listener of the library to a Swift loop. Invariants: each loop has a
// subscription of its own, which ends with the loop, with its task and with its iterator; a slow
// loop misses states in between and never the newest one.
// Left out: what is observed, which Replica says.

import FloorwalkGenerated

/// What is seen of something: the thing, or why it can't be shown now. After a failure the thing is
/// told again as soon as it can be shown.
public typealias Seen<Thing> = Result<Thing, FloorwalkFailure>

/// States of something as they change: the present one first, then each new one.
///
/// Every `for await` loop subscribes anew, so one sequence may be looped over by several tasks. A
/// loop ends when its task is cancelled, and a list or a complaint also with the failure
/// `shut_down`; breaking out of it ends the subscription too. States come from a thread of the
/// library; a loop runs wherever its task does.
public struct Changes<Element: Sendable>: AsyncSequence, Sendable {
    typealias Subscribe = @Sendable (Listening<Element>) -> FloorwalkGenerated.Observation

    let subscribe: Subscribe

    /// Subscribes. The present state is the first that the iterator gives.
    public func makeAsyncIterator() -> Iterator {
        Iterator(subscribe)
    }

    /// One subscription.
    public struct Iterator: AsyncIteratorProtocol {
        private var states: AsyncStream<Element>.Iterator
        // Ends with the last copy of this iterator.
        private let subscription: Subscription

        init(_ subscribe: Subscribe) {
            let (stream, continuation) = AsyncStream<Element>.makeStream(
                bufferingPolicy: .bufferingNewest(1))
            let subscription = Subscription()
            // Weak: the library holds the listener, which holds the continuation.
            continuation.onTermination = { [weak subscription] _ in subscription?.end() }
            subscription.begin(subscribe(Listening(continuation)))
            self.states = stream.makeAsyncIterator()
            self.subscription = subscription
        }

        /// The next state; nil when the task was cancelled.
        public mutating func next() async -> Element? {
            await states.next()
        }
    }
}

/// A subscription that is ended once, by whoever comes first.
final class Subscription: Sendable {
    private enum State {
        case new
        case running(FloorwalkGenerated.Observation)
        case ended
    }

    private let state = Locked(State.new)

    /// Keeps the observation; ends it at once when the end came first.
    func begin(_ observation: FloorwalkGenerated.Observation) {
        let isLate = state.with { state in
            if case .ended = state { return true }
            state = .running(observation)
            return false
        }
        if isLate { observation.cancel() }
    }

    /// Ends it: nothing is heard after this returns.
    func end() {
        let old = state.with { state in
            defer { state = .ended }
            return state
        }
        // Outside of the lock, since this may wait for a call to the listener to return.
        if case .running(let observation) = old { observation.cancel() }
    }

    deinit {
        end()
    }
}

/// The listener behind a loop: whatever is told goes to the stream.
final class Listening<State: Sendable>: Sendable {
    private let continuation: AsyncStream<State>.Continuation

    init(_ continuation: AsyncStream<State>.Continuation) {
        self.continuation = continuation
    }

    func tell(_ state: State) {
        continuation.yield(state)
    }

    /// The library lets go of a listener that will hear nothing more, as after a shutdown.
    deinit {
        continuation.finish()
    }
}

extension Listening: ListListener where State == Seen<[ComplaintRow]> {
    func changed(rows: [ComplaintRow]) { tell(.success(rows)) }
    func failed(error: FloorwalkError) { tell(.failure(FloorwalkFailure(error))) }
}

extension Listening: ComplaintListener where State == Seen<Complaint> {
    func changed(complaint: Complaint) { tell(.success(complaint)) }
    func failed(error: FloorwalkError) { tell(.failure(FloorwalkFailure(error))) }
}

extension Listening: SyncListener where State == SyncState {
    func changed(state: SyncState) { tell(state) }
}
