// Other programs: run to their end, or spoken with while they run.
//
// Invariant: a program that could not do what a test needs is an error with its words.

import Foundation

/// A program that failed, with what it said.
public struct ProgramFailure: Error, CustomStringConvertible {
    /// What it said.
    public let description: String

    /// A failure with these words.
    public init(_ description: String) {
        self.description = description
    }
}

/// Runs a program to its end and returns what it printed.
@discardableResult
public func runProgram(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
) throws -> String {
    let (process, output, errors) = (Process(), Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"].merging(environment) { $1 }
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    let complained = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        let name = (program as NSString).lastPathComponent
        let words = String(decoding: complained, as: UTF8.self)
        throw ProgramFailure("\(name) \(arguments.first ?? ""): \(words)")
    }
    return String(decoding: printed, as: UTF8.self)
}

/// A program that runs until it is killed, and tells line by line.
public final class Running: @unchecked Sendable {
    private let process = Process()
    private let output = Pipe()
    private var rest = Data()

    /// Starts it.
    public init(_ program: String, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = output
        // A child that outlives a crash must not hold the test's own pipe open.
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// The next line; nil when it has ended. Waits for it, so call it from one task at a time.
    public func line() -> String? {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                let line = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
                rest = Data(rest[rest.index(after: end)...])
                return line
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            rest.append(more)
        }
    }

    /// Kills it as the system would: SIGKILL, so that it can finish nothing. Returns when it is
    /// gone.
    public func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Whether a signal ended it.
    public var wasKilled: Bool { process.terminationReason == .uncaughtSignal }
}
