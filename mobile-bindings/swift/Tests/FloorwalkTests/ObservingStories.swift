// Stories of watching: the present state first, then each change, and nothing after the end.

import FloorwalkGenerated
import FloorwalkStage
import Foundation
import XCTest

@testable import Floorwalk

final class ObservingStories: XCTestCase {
    func testAListIsToldAsItIsAndThenAsItChanges() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let first = try await phone.replica.record(complaint(in: building, "第一件")).number
        var lists = phone.replica.complaints(ListQuery(building: building)).makeAsyncIterator()
        let present = try await lists.next()?.get().map(\.number)
        XCTAssertEqual(present, [first])
        let second = try await phone.replica.record(complaint(in: building, "第二件")).number
        var seen = present
        while seen?.count != 2 { seen = try await lists.next()?.get().map(\.number) }
        XCTAssertEqual(seen.map(Set.init), [first, second])
        // Who was not looking sees the newest state and none before it.
        for round in 3...8 {
            _ = try await phone.replica.record(complaint(in: building, "第\(round)件"))
        }
        let all = try await until(phone.replica.complaints(ListQuery(building: building))) {
            (try? $0.get().count) == 8
        }
        XCTAssertTrue(try all.get().contains { $0.number == first })
    }

    func testAComplaintIsWatchedWhileTheOfficeAnswers() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let number = try await phone.replica.record(complaint(in: building)).number
        var states = phone.replica.changes(of: number).makeAsyncIterator()
        let present = try await states.next()?.get()
        XCTAssertEqual(present?.delivery, .saved)
        phone.replica.startLive()
        var now = present
        while now?.delivery == .saved { now = try await states.next()?.get() }
        try stage().office("sync")
        try stage().office("act", number, "accepted", "--note", "今日派人")
        try stage().office("sync")
        while now?.delivery != .accepted { now = try await states.next()?.get() }
        XCTAssertEqual(now?.events.last?.kind, "accepted")
        XCTAssertEqual(now?.events.last?.note, "今日派人")
        XCTAssertEqual(now?.events.last?.author, "管理处")
        await phone.replica.stopLive()
        let rest = try await until(phone.replica.syncStates()) { $0.phase == .idle }
        XCTAssertNil(rest.failure)
    }

    func testSyncTellsHowFarAnUploadHasCome() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        _ = try await recordWithLargePhotos(phone, in: building, seed: 14)
        let before = try await until(phone.replica.syncStates()) { _ in true }
        XCTAssertEqual(before.phase, .idle)
        let task = Task { try await phone.sync() }
        let during = try await until(phone.replica.syncStates(), "an upload") {
            $0.phase == .syncing && $0.progress.blobBytes > 0
        }
        XCTAssertGreaterThan(during.progress.blobBytesTotal, 12_000_000)
        XCTAssertLessThanOrEqual(during.progress.blobBytes, during.progress.blobBytesTotal)
        try await task.value
        let after = try await until(phone.replica.syncStates()) {
            $0.phase == .idle && $0.lastSync != nil
        }
        XCTAssertEqual(after.progress.blobBytes, after.progress.blobBytesTotal)
        XCTAssertNil(after.failure)
    }

    func testACancelledObservationHearsNothingMore() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let baseline = try await phone.observers()
        let (states, tell) = AsyncStream.makeStream(of: Int.self)
        var heard = states.makeAsyncIterator()
        let ear = ListEar { tell.yield($0.count) }
        let observation = phone.replica.library.observeList(query: ListQuery(), listener: ear)
        let present = await heard.next()
        XCTAssertEqual(present, 0)
        observation.cancel()
        observation.cancel()
        for round in 1...5 {
            _ = try await phone.replica.record(complaint(in: building, "第\(round)件"))
        }
        // Another who listens hears all of it meanwhile.
        _ = try await until(phone.replica.complaints()) { (try? $0.get().count) == 5 }
        tell.finish()
        let more = await heard.next()
        XCTAssertNil(more)

        // A loop ends with its task, and its subscription with it.
        let (looks, look) = AsyncStream.makeStream(of: Void.self)
        let loop = Task {
            for await _ in phone.replica.complaints() { look.yield() }
        }
        for await _ in looks { break }
        loop.cancel()
        await loop.value
        try await eventually("nobody observes") { try await phone.observers() == baseline }
    }

    func testTenThousandSubscriptionsLeaveNothingBehind() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let number = try await phone.replica.record(complaint(in: building)).number
        let baseline = try await phone.observers()
        func subscribe(_ times: Int) async throws {
            for round in 0..<times {
                var lists = phone.replica.complaints().makeAsyncIterator()
                // One in ten listens first; the others end at once.
                if round % 10 == 0 { _ = await lists.next() }
                if round % 3 == 0 { _ = phone.replica.changes(of: number).makeAsyncIterator() }
                if round % 3 == 1 { _ = phone.replica.syncStates().makeAsyncIterator() }
            }
            try await eventually("nobody observes") { try await phone.observers() == baseline }
        }
        try await subscribe(1_000)
        let (memory, threads) = (try processNumber("VmRSS"), try processNumber("Threads"))
        let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        try await subscribe(10_000)
        XCTAssertLessThan(try processNumber("VmRSS"), memory + 32_000)
        // Threads come and go; one for each subscription would be thousands.
        XCTAssertLessThan(try processNumber("Threads"), threads + 1_000)
        let filesAfter = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        XCTAssertLessThan(filesAfter, files + 1_000)
        let rows = try await until(phone.replica.complaints()) { _ in true }
        XCTAssertEqual(try rows.get().count, 1)
    }

    func testCallsComeOneAtATimeAndNotOnTheCallersThread() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        struct Seen {
            var inside = 0
            var overlaps = 0
            var threads: Set<UInt> = []
        }
        let seen = Shared(Seen())
        let (states, tell) = AsyncStream.makeStream(of: Int.self)
        let library = phone.replica.library
        let ear = ListEar { rows in
            seen.with {
                $0.inside += 1
                $0.overlaps += $0.inside > 1 ? 1 : 0
                $0.threads.insert(UInt(pthread_self()))
            }
            // A listener may call the library.
            library.cancelSync()
            seen.with { $0.inside -= 1 }
            tell.yield(rows.count)
        }
        let caller = Shared<UInt>(0)
        let observation = observe(library, ear, tellThread: caller)
        let writers = (1...8).map { writer in
            Task {
                for round in 1...5 {
                    _ = try await phone.replica.record(
                        complaint(in: building, "第\(writer)人第\(round)件"))
                }
            }
        }
        for writer in writers { try await writer.value }
        for await count in states where count == 40 { break }
        observation.cancel()
        seen.with { state in
            XCTAssertEqual(state.overlaps, 0)
            XCTAssertFalse(state.threads.isEmpty)
            XCTAssertFalse(state.threads.contains(caller.with { $0 }))
        }
    }

    /// Subscribes from one thread, which is noted.
    private func observe(
        _ library: FloorwalkGenerated.Floorwalk, _ ear: ListEar, tellThread: Shared<UInt>
    ) -> FloorwalkGenerated.Observation {
        tellThread.with { $0 = UInt(pthread_self()) }
        return library.observeList(query: ListQuery(), listener: ear)
    }
}

/// A listener of the library itself, as the package has one inside.
private final class ListEar: ListListener {
    private let hear: @Sendable ([ComplaintRow]) -> Void

    init(_ hear: @escaping @Sendable ([ComplaintRow]) -> Void) { self.hear = hear }

    func changed(rows: [ComplaintRow]) { hear(rows) }
    func failed(error: FloorwalkError) {}
}
