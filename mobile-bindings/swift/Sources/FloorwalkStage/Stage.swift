// The stage of a story: a real relay, and an office that is the real command line.
//
// Owns processes and folders, all gone in the end. Invariant: each story has a building of its own,
// so that stories that share a relay do not see each other.
// Left out: what happens, which the stories tell.

import Floorwalk
import Foundation

/// A relay process and an office that has founded a community there.
public final class Stage: @unchecked Sendable {
    /// A folder for everything.
    public let folder: URL
    private let relay: Running
    private let floorwalk: String
    private let lock = NSLock()
    private var names = 0

    /// Starts a relay on a free port and founds a community.
    public init() throws {
        floorwalk = try Self.program("FLOORWALK_BIN")
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("floorwalk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        relay = try Running(
            try Self.program("FLOORWALK_RELAY_BIN"),
            ["serve", "--open", "--json", "--listen", "127.0.0.1:0"]
                + ["--data", folder.appendingPathComponent("relay").path])
        let told = try Self.object(relay.line() ?? "")
        let (url, pin) = (try text(told, "listening"), try text(told, "pin"))
        try office(
            "community", "create", "--name", "测试小区", "--short", "CS",
            "--regulation", "hanjiang-oc", "--name-device", "管理处", "--relay", url,
            "--relay-pin", pin)
    }

    deinit {
        stopRelay()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Ends the relay: from then on there is none.
    public func stopRelay() {
        relay.kill()
    }

    /// A command of the office, which must succeed; its answer.
    @discardableResult
    public func office(_ arguments: String...) throws -> [String: Any] {
        try command(home("office"), arguments)
    }

    /// A command on somebody's home, which must succeed; its answer.
    @discardableResult
    public func command(_ home: URL, _ arguments: [String]) throws -> [String: Any] {
        let environment = ["FLOORWALK_PASSPHRASE": "correct horse battery"]
        let all = arguments + ["--json", "--home", home.path]
        return try Self.object(runProgram(floorwalk, all, environment: environment))
    }

    /// Someone's folder.
    public func home(_ name: String) -> URL {
        folder.appendingPathComponent(name)
    }

    /// A name that nobody had before.
    public func newName(_ what: String) -> String {
        lock.lock()
        defer { lock.unlock() }
        names += 1
        return "\(what)\(names)"
    }

    /// A new building of the community.
    public func newBuilding() throws -> String {
        let name = newName("号楼")
        try office("building", "add", name)
        return name
    }

    /// A link that invites somebody into a building.
    public func invite(
        _ name: String, role: String = "building_rep", to building: String
    ) throws -> String {
        try text(office("invite", "--name", name, "--role", role, "--building", building), "link")
    }

    /// A rep's phone in a building: joined, with its folder.
    public func phone(in building: String) async throws -> Phone {
        let name = newName("rep")
        let phone = Phone(name: name, home: home(name))
        _ = try await phone.replica.join(link: invite(name, to: building))
        return phone
    }

    /// The path of a program that a test is told by its environment.
    public static func program(_ variable: String) throws -> String {
        guard let path = ProcessInfo.processInfo.environment[variable] else {
            throw ProgramFailure("\(variable) must name a program; see README.md")
        }
        return path
    }

    /// One JSON object.
    public static func object(_ json: String) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(json.utf8))
        guard let object = value as? [String: Any] else {
            throw ProgramFailure("no JSON object was printed")
        }
        return object
    }
}

/// A phone: a replica and its folder.
public struct Phone: Sendable {
    /// What the office calls it.
    public let name: String
    /// Its folder.
    public let home: URL
    /// Its replica.
    public let replica: Replica

    /// The phone of a folder.
    public init(name: String, home: URL) {
        (self.name, self.home) = (name, home)
        replica = Replica(folder: home, keychain: FolderKeychain(of: home))
    }

    /// The same phone after its app was ended.
    public func reopened() -> Phone {
        Phone(name: name, home: home)
    }

    /// Syncs until both sides have everything.
    public func sync() async throws {
        while true {
            let outcome = try await replica.syncOnce(within: .seconds(60))
            if let retry = outcome.retry { throw retry.because }
            if outcome.isDone { return }
        }
    }
}

/// A text of an answer.
public func text(_ object: [String: Any], _ key: String) throws -> String {
    guard let text = object[key] as? String else {
        throw ProgramFailure("\(key) is missing in an answer")
    }
    return text
}

extension Stage {
    /// Has the command line record many complaints in a phone's folder, which nobody may have open.
    public func recordMany(_ count: Int, in home: URL, building: String) throws {
        let lines = (1...count).map { number in
            "{\"building\":\"\(building)\",\"room\":\"\(number)\",\"text\":\"第\(number)件\"}"
        }
        let file = folder.appendingPathComponent("\(UUID().uuidString).jsonl")
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let arguments = ["record", "--jsonl", file.path, "--json", "--home", home.path]
        try runProgram(floorwalk, arguments)
    }
}
