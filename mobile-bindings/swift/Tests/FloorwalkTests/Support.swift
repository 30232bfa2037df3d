// What the stories share: one stage, patience, and small questions.
//
// Invariant: nothing waits by sleeping; a story waits for what it names, and fails when that does
// not come within its patience.

import Floorwalk
import FloorwalkStage
import Foundation
import Observation
import XCTest

/// Long enough for any machine; nothing waits for so long where it works.
let patience = Duration.seconds(180)

private enum Shown {
    static let stage = Result {
        atexit { Shown.end() }
        return try Stage()
    }

    /// Ends the relay and removes the folder; a static value is not deinitialised.
    static func end() {
        guard let stage = try? stage.get() else { return }
        stage.stopRelay()
        try? FileManager.default.removeItem(at: stage.folder)
    }
}

/// The stage that all stories share.
func stage() throws -> Stage { try Shown.stage.get() }

/// A complaint like many.
func complaint(in building: String, _ words: String = "楼道灯不亮") -> NewComplaint {
    NewComplaint(
        building: building, room: "1203", text: words, complainant: "王芳",
        phone: "13900001111", channel: "rep", category: "1B", severity: "general",
        demand: "请尽快维修", reportedBefore: "已向物业反映")
}

/// Waits for a state that fits.
func until<State: Sendable>(
    _ changes: Changes<State>, _ what: String = "a state that fits",
    _ fits: @escaping @Sendable (State) -> Bool
) async throws -> State {
    try await withThrowingTaskGroup(of: State?.self) { group in
        group.addTask {
            for await state in changes where fits(state) { return state }
            return nil
        }
        group.addTask {
            try await Task.sleep(for: patience)
            return nil
        }
        defer { group.cancelAll() }
        guard let state = try await group.next() ?? nil else {
            throw ProgramFailure("\(what) has not come")
        }
        return state
    }
}

/// Asks again until the answer is yes; each question is a call of the library.
func eventually(_ what: String, _ isSo: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + patience
    while try await !isSo() {
        guard ContinuousClock.now < end else {
            throw ProgramFailure("\(what) has not become so")
        }
    }
}

/// Waits until a model shows something, looking whenever it changes.
@MainActor
func becomes(_ what: String, _ isSo: () -> Bool) async throws {
    let end = ContinuousClock.now + patience
    while true {
        let (changes, tell) = AsyncStream.makeStream(of: Void.self)
        let isSoNow = withObservationTracking(isSo) { tell.finish() }
        if isSoNow { return }
        let guardian = Task {
            try await Task.sleep(until: end, clock: .continuous)
            tell.finish()
        }
        for await _ in changes {}
        guardian.cancel()
        guard ContinuousClock.now < end else {
            throw ProgramFailure("\(what) has not become so")
        }
    }
}

/// The failure of something that must fail.
func failure<Outcome: Sendable>(
    isolation: isolated (any Actor)? = #isolation, file: StaticString = #filePath,
    line: UInt = #line, _ work: () async throws -> Outcome
) async throws -> FloorwalkFailure {
    do {
        _ = try await work()
    } catch let failure as FloorwalkFailure {
        return failure
    }
    XCTFail("it has not failed", file: file, line: line)
    throw ProgramFailure("it has not failed")
}

extension Phone {
    /// All complaints of this phone.
    func rows() async throws -> [ComplaintRow] {
        try await replica.list()
    }

    /// How many observations the library knows.
    func observers() async throws -> Int {
        let told = try Stage.object(await replica.diagnostics())
        return told["observers"] as? Int ?? -1
    }
}

/// A keychain that has nothing, as on a phone that a folder was copied to.
final class EmptyKeychain: Keychain {
    func load(name: String) throws -> Data? { nil }
    func save(name: String, secret: Data) throws {}
}

/// A value that several threads count or collect in.
final class Shared<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    @discardableResult
    func with<Outcome>(_ look: (inout Value) throws -> Outcome) rethrows -> Outcome {
        lock.lock()
        defer { lock.unlock() }
        return try look(&value)
    }
}

/// Files that this process holds open below a folder.
func openFiles(below folder: URL) throws -> [String] {
    let all = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    let targets = all.compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
    }
    return targets.filter { $0.hasPrefix(folder.path) }
}

/// A number of `/proc/self/status`: `VmRSS` in kilobytes, or `Threads`.
func processNumber(_ name: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") } ?? ""
    return Int(line.split(whereSeparator: { !$0.isNumber }).first ?? "") ?? -1
}
