// Stories of an app's life: suspended, resumed, closed; and what it tells of itself to support.

import Floorwalk
import FloorwalkStage
import Foundation
import XCTest

final class LifeStories: XCTestCase {
    func testSuspendReleasesTheDatabaseAndResumeGoesOn() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let replica = phone.replica
        let number = try await replica.record(complaint(in: building)).number
        var lists = replica.complaints().makeAsyncIterator()
        let present = try await lists.next()?.get().count
        XCTAssertEqual(present, 1)
        XCTAssertFalse(try openFiles(below: phone.home).isEmpty)
        try await replica.suspend()
        XCTAssertEqual(try openFiles(below: phone.home), [])
        let refused = try await failure { try await replica.list() }
        XCTAssertEqual(refused.code, "suspended")
        XCTAssertEqual(refused.kind, .lifecycle)
        XCTAssertTrue(refused.isRetryable)
        // Somebody else may have the database meanwhile.
        let shown = try stage().command(phone.home, ["show", number])
        XCTAssertEqual(shown["number"] as? String, number)
        try await replica.resume()
        _ = try await replica.record(complaint(in: building, "回来以后"))
        var now = present
        while now != 2 { now = try await lists.next()?.get().count }
    }

    func testASyncThatRunsIsEndedBySuspending() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let number = try await recordWithLargePhotos(phone, in: building, seed: 29)
        let task = Task { try await phone.replica.syncOnce(within: .seconds(120)) }
        _ = try await until(phone.replica.syncStates(), "an upload") { $0.progress.blobBytes > 0 }
        try await phone.replica.suspend()
        XCTAssertEqual(try openFiles(below: phone.home), [])
        let ended = try await failure { try await task.value }
        XCTAssertEqual(ended.code, "suspended")
        try await phone.replica.resume()
        try await phone.sync()
        let sent = try await phone.replica.show(number)
        XCTAssertEqual(sent.evidence.map(\.delivery), [.sent, .sent])
    }

    func testAfterShutdownEveryCallSaysSo() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        _ = try await phone.replica.record(complaint(in: building))
        let loop = Task {
            var last: FloorwalkFailure?
            for await seen in phone.replica.complaints() {
                if case .failure(let failure) = seen { last = failure }
            }
            return last
        }
        try await phone.replica.shutdown()
        XCTAssertEqual(try openFiles(below: phone.home), [])
        let replica = phone.replica
        let calls: [() async throws -> Void] = [
            { _ = try await replica.list() },
            { _ = try await replica.record(NewComplaint(building: building, text: "晚了")) },
            { _ = try await replica.syncOnce() },
            { try await replica.suspend() },
            { try await replica.resume() },
            { _ = try await replica.beginPeerSession() },
        ]
        for call in calls {
            let refused = try await failure { try await call() }
            XCTAssertEqual(refused.code, "shut_down")
            XCTAssertEqual(refused.action, .reopen)
        }
        let last = await loop.value
        XCTAssertEqual(last?.code, "shut_down", "a loop ends with the library")
        let rows = try await phone.reopened().rows()
        XCTAssertEqual(rows.count, 1)
    }

    func testDiagnosticsTellNothingOfAnybody() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let words = "只有我知道的话"
        let number = try await phone.replica.record(complaint(in: building, words)).number
        _ = try await phone.replica.saveDraft(complaint(in: building, words))
        let diagnostics = try await phone.replica.diagnostics()
        let told = try Stage.object(diagnostics)
        XCTAssertEqual(told["version"] as? String, Replica.version)
        let counts = try XCTUnwrap(told["replica"] as? [String: Any])
        XCTAssertEqual(counts["complaints"] as? Int, 1)
        XCTAssertEqual(counts["drafts"] as? Int, 1)
        let community = try await phone.replica.community()
        let secrets = [
            words, "王芳", "13900001111", number, "1203", building, phone.name, phone.home.path,
            community.id, community.name, community.device, community.relay,
        ]
        for secret in secrets { XCTAssertFalse(diagnostics.contains(secret)) }
    }

    func testTheLogIsHeardAndTellsNoWords() async throws {
        let lines = Shared<[String]>([])
        FloorwalkLog.listen(.debug) { _, target, message in
            lines.with { $0.append("\(target): \(message)") }
        }
        defer { FloorwalkLog.silence() }
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let number = try await phone.replica.record(complaint(in: building, "不该写进日志")).number
        try await phone.sync()
        _ = try? await phone.replica.show("不存在")
        try await phone.replica.shutdown()
        let heard = lines.with { $0 }
        XCTAssertTrue(heard.contains { $0.contains("opened") })
        XCTAssertTrue(heard.contains { $0.contains("closed") })
        let secrets = [
            "不该写进日志", "王芳", "13900001111", number, building, phone.name, phone.home.path,
        ]
        for secret in secrets {
            XCTAssertFalse(heard.contains { $0.contains(secret) })
        }
        FloorwalkLog.silence()
        let count = lines.with { $0.count }
        _ = try await phone.reopened().rows()
        XCTAssertEqual(lines.with { $0.count }, count)
    }

    func testEveryKeyHasAWordInBothLanguages() {
        let kinds: [WordKind] = [
            .stage, .role, .eventKind, .delivery, .evidenceKind, .field, .channel, .severity,
            .manner, .particular, .warning, .duty,
        ]
        for kind in kinds {
            XCTAssertFalse(kind.keys.isEmpty, "\(kind)")
            for key in kind.keys {
                let (chinese, english) = (
                    kind.word(for: key, in: .chinese), kind.word(for: key, in: .english)
                )
                XCTAssertFalse(chinese.isEmpty || english.isEmpty, "\(kind) \(key)")
                XCTAssertNotEqual(chinese, key, "\(kind)")
                XCTAssertNotEqual(chinese, english, "\(kind) \(key)")
            }
        }
        XCTAssertEqual(WordKind.delivery.word(for: "accepted", in: .chinese), "已受理")
        XCTAssertEqual(WordKind.stage.word(for: "of_a_newer_version"), "of_a_newer_version")
        XCTAssertEqual(Delivery.steps.map(\.key), WordKind.delivery.keys)
    }

    func testARepairFindsNothingWrongWithASoundReplica() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let number = try await phone.replica.record(complaint(in: building)).number
        let report = try await phone.replica.repair()
        XCTAssertGreaterThan(report.checked, 0)
        XCTAssertEqual(report.problems, [])
        let shown = try await phone.replica.show(number)
        XCTAssertEqual(shown.number, number)
    }
}
