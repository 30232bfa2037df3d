// A value behind a lock. Owns the only locks of this package.
//
// Invariant: the value is touched under the lock only, and nothing is awaited under it.

import Foundation

/// A value that several threads share. `Mutex` would do, but needs iOS 18.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    /// Looks at the value, or changes it, while nobody else does.
    func with<Outcome>(_ look: (inout Value) throws -> Outcome) rethrows -> Outcome {
        lock.lock()
        defer { lock.unlock() }
        return try look(&value)
    }
}
