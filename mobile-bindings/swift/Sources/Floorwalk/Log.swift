// What the library tells of its own work, for the app's log.
//
// Invariant: no line holds a word of anybody, a name, a key or a path; one listener for the
// process.

import FloorwalkGenerated

/// The library's log.
public enum FloorwalkLog {
    /// Sends lines of this level and above to a closure, in the place of the one before.
    ///
    /// It is called on threads of the library; it must be quick and must not call the library.
    public static func listen(
        _ level: LogLevel = .info, _ line: @escaping @Sendable (LogLevel, String, String) -> Void
    ) {
        setLogListener(listener: LogLines(line), level: level)
    }

    /// Sends lines to nobody.
    public static func silence() {
        setLogListener(listener: nil, level: .error)
    }
}

/// A closure as the library's listener.
private final class LogLines: LogListener {
    private let line: @Sendable (LogLevel, String, String) -> Void

    init(_ line: @escaping @Sendable (LogLevel, String, String) -> Void) {
        self.line = line
    }

    func logged(level: LogLevel, target: String, message: String) {
        line(level, target, message)
    }
}
