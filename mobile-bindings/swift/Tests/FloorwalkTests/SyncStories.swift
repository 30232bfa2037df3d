// Stories of syncing with the relay: what arrives where, and what happens when it is cut short.

import Floorwalk
import FloorwalkStage
import Foundation
import XCTest

final class SyncStories: XCTestCase {
    func testSyncBringsWordsAndPhotoToTheOffice() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let photo = try Picture.write(to: stage().folder, seed: 10)
        let recorded = try await phone.replica.record(complaint(in: building, "外墙渗水"))
        let attached = try await phone.replica.attach(photo, to: recorded.number)
        try await phone.sync()
        try stage().office("sync")
        let shown = try stage().office("show", recorded.number)
        XCTAssertEqual(shown["narrative"] as? String, "外墙渗水")
        XCTAssertEqual((shown["card"] as? [String: Any])?["complainant"] as? String, "王芳")
        let evidence = try XCTUnwrap((shown["evidence"] as? [[String: Any]])?.first)
        XCTAssertEqual(evidence["hash"] as? String, attached.hash)
        XCTAssertEqual(evidence["verified"] as? Bool, true)
        let folder = try stage().home(stage().newName("out"))
        try stage().office("evidence", recorded.number, "--out", folder.path)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let file = folder.appendingPathComponent(try XCTUnwrap(files.first))
        XCTAssertEqual(try Data(contentsOf: file), try Data(contentsOf: photo))
    }

    func testTheFourDeliveryStatesComeInOrder() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let photo = try Picture.write(to: stage().folder, seed: 11)
        let number = try await phone.replica.record(complaint(in: building)).number
        _ = try await phone.replica.attach(photo, to: number)
        func states() async throws -> [Delivery] {
            let shown = try await phone.replica.show(number)
            return [shown.delivery] + shown.evidence.map(\.delivery)
        }
        let saved = try await states()
        XCTAssertEqual(saved, [.saved, .saved])
        try await phone.sync()
        let sent = try await states()
        XCTAssertEqual(sent, [.sent, .sent])
        let row = try await phone.rows().first
        XCTAssertEqual(row?.photosSent, 1)
        // The first brings it to the office, the second says so.
        try stage().office("sync")
        try stage().office("sync")
        try await phone.sync()
        let received = try await states()
        XCTAssertEqual(received, [.received, .received])
        try stage().office("act", number, "accepted", "--note", "今日派人")
        try stage().office("sync")
        try await phone.sync()
        let accepted = try await states()
        XCTAssertEqual(accepted, [.accepted, .received])
        let stage = try await phone.replica.show(number).stage
        XCTAssertEqual(stage, "accepted")
    }

    func testAConflictIsShownWithBothValues() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let number = try await phone.replica.record(complaint(in: building)).number
        try await phone.sync()
        try stage().office("sync")
        try stage().office("edit", number, "--set", "severity=urgent")
        try await phone.replica.edit(number, fields: ["severity": "serious"])
        try stage().office("sync")
        try await phone.sync()
        let shown = try await phone.replica.show(number)
        XCTAssertEqual(Set(shown.conflicts["severity"] ?? []), ["urgent", "serious"])
        try await phone.replica.edit(number, fields: ["severity": "urgent"])
        let chosen = try await phone.replica.show(number)
        XCTAssertEqual(chosen.conflicts, [:])
        XCTAssertEqual(chosen.fields["severity"], "urgent")
    }

    func testASyncThatIsCancelledMidwayKeepsEverything() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let number = try await recordWithLargePhotos(phone, in: building, seed: 19)
        let task = Task { try await phone.replica.syncOnce(within: .seconds(120)) }
        _ = try await until(phone.replica.syncStates(), "an upload") { $0.progress.blobBytes > 0 }
        task.cancel()
        let cancelled = try await failure { try await task.value }
        XCTAssertEqual(cancelled.code, "cancelled")
        XCTAssertTrue(cancelled.isCancellation)
        let kept = try await phone.replica.show(number)
        XCTAssertEqual(kept.evidence.count, 2)
        try await phone.sync()
        let sent = try await phone.replica.show(number)
        XCTAssertEqual(sent.evidence.map(\.delivery), [.sent, .sent])
        try stage().office("sync")
        let shown = try stage().office("show", number)
        XCTAssertEqual((shown["evidence"] as? [Any])?.count, 2)
    }

    func testTwoSyncsAtOnceAreOne() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        _ = try await recordWithLargePhotos(phone, in: building, seed: 21)
        let first = Task { try await phone.replica.syncOnce(within: .seconds(120)) }
        _ = try await until(phone.replica.syncStates(), "an upload") { $0.progress.blobBytes > 0 }
        let second = Task { try await phone.replica.syncOnce(within: .seconds(120)) }
        let impatient = Task { try await phone.replica.syncOnce(within: .seconds(120)) }
        // Of several who wait, one may go away alone.
        impatient.cancel()
        let left = try await failure { try await impatient.value }
        XCTAssertTrue(left.isCancellation)
        let outcomes = try await [first.value, second.value]
        XCTAssertEqual(outcomes[0], outcomes[1])
        guard case .done(let report) = outcomes[0] else { return XCTFail("it was to be done") }
        XCTAssertEqual(report.parcelsSent, 1)
    }

    func testATooShortDeadlineAnswersMoreAndTheNextGoesOn() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let number = try await recordWithLargePhotos(phone, in: building, seed: 22)
        let outcome = try await phone.replica.syncOnce(within: .milliseconds(1))
        guard case .more = outcome else { return XCTFail("\(outcome)") }
        let round = await phone.replica.backgroundRound(within: .milliseconds(1))
        XCTAssertFalse(round.isComplete)
        XCTAssertNotNil(round.again)
        XCTAssertNil(round.failure)
        try await phone.sync()
        let sent = try await phone.replica.show(number)
        XCTAssertEqual(sent.evidence.map(\.delivery), [.sent, .sent])
        let rest = await phone.replica.backgroundRound()
        XCTAssertEqual(rest, BackgroundRound(isComplete: true, again: nil, failure: nil))
    }

    func testWithoutARelayOneIsToldWhenToTryAgain() async throws {
        let own = try Stage()
        let building = try own.newBuilding()
        let phone = try await own.phone(in: building)
        let number = try await phone.replica.record(complaint(in: building)).number
        own.stopRelay()
        let outcome = try await phone.replica.syncOnce()
        let retry = try XCTUnwrap(outcome.retry)
        XCTAssertGreaterThan(retry.after, .zero)
        XCTAssertEqual(retry.because.kind, .relay)
        XCTAssertTrue(retry.because.isRetryable)
        XCTAssertEqual(retry.because.action, .retry)
        let round = await phone.replica.backgroundRound()
        XCTAssertEqual(round.failure?.code, retry.because.code)
        XCTAssertNotNil(round.again)
        let row = try await phone.rows().first
        XCTAssertEqual(row?.number, number)
        XCTAssertEqual(row?.delivery, .saved)
    }

    func testTwoDevicesMeetWithoutARelay() async throws {
        let building = try stage().newBuilding()
        let one = try await stage().phone(in: building)
        let other = try await stage().phone(in: building)
        // Each has to know of the other's membership.
        try await one.sync()
        try await other.sync()
        let number = try await one.replica.record(complaint(in: building, "没有信号")).number
        let back = try await other.replica.record(complaint(in: building, "也没有")).number
        try await meet(one, other)
        let there = try await other.replica.show(number)
        XCTAssertEqual(there.narrative, "没有信号")
        let here = try await one.replica.show(back)
        XCTAssertEqual(here.narrative, "也没有")
    }

    func testABundleGoesOutAndIn() async throws {
        let building = try stage().newBuilding()
        let one = try await stage().phone(in: building)
        let other = try await stage().phone(in: building)
        try await one.sync()
        try await other.sync()
        let number = try await one.replica.record(complaint(in: building, "用文件带走")).number
        let file = try stage().home(stage().newName("bundle"))
        let out = try await one.replica.exportBundle(to: file)
        XCTAssertGreaterThan(out.parcels, 0)
        let sealed = try Data(contentsOf: file)
        XCTAssertNil(sealed.range(of: Data("用文件带走".utf8)))
        _ = try await other.replica.importBundle(from: file)
        let there = try await other.replica.show(number)
        XCTAssertEqual(there.narrative, "用文件带走")
        let twice = try await other.replica.importBundle(from: file)
        XCTAssertEqual(twice.parcels, 0)
    }
}

/// Records a complaint with two photos that take a while to travel.
func recordWithLargePhotos(
    _ phone: Phone, in building: String, seed: UInt64
) async throws -> String {
    let number = try await phone.replica.record(complaint(in: building)).number
    for part in 0..<2 {
        let photo = try Picture.write(
            to: phone.home, width: 1_800, height: 1_200, seed: seed * 100 + UInt64(part))
        _ = try await phone.replica.attach(photo, to: number)
        try FileManager.default.removeItem(at: photo)
    }
    return number
}

/// Carries bytes between two phones, in pieces, until neither has any for the other.
func meet(_ one: Phone, _ other: Phone) async throws {
    let ends = [
        try await one.replica.beginPeerSession(), try await other.replica.beginPeerSession(),
    ]
    var hasMoved = true
    while hasMoved {
        hasMoved = false
        for (from, to) in [(0, 1), (1, 0)] {
            while let bytes = try await ends[from].next() {
                hasMoved = true
                var rest = bytes[...]
                while !rest.isEmpty {
                    try await ends[to].receive(Data(rest.prefix(997)))
                    rest = rest.dropFirst(997)
                }
            }
        }
    }
    for end in ends {
        let isDone = try await end.isDone()
        XCTAssertTrue(isDone)
        let report = try await end.report()
        XCTAssertGreaterThan(report.parcelsSent + report.parcelsReceived, 0)
    }
}
