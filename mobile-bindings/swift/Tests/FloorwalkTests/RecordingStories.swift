// Stories of writing things down: offline, over kills, on a full disk, by thousands.

import Floorwalk
import FloorwalkStage
import Foundation
import XCTest

final class RecordingStories: XCTestCase {
    func testAComplaintRecordedOfflineWithAPhotoIsThereAfterReopening() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let photo = try Picture.write(to: phone.home, seed: 4)
        let recorded = try await phone.replica.record(complaint(in: building))
        let attached = try await phone.replica.attach(photo, to: recorded.number)
        let bytes = try Data(contentsOf: photo)
        try FileManager.default.removeItem(at: photo)
        try await phone.replica.shutdown()

        let again = phone.reopened()
        let rows = try await again.rows()
        XCTAssertEqual(rows.map(\.number), [recorded.number])
        XCTAssertEqual(rows.first?.delivery, .saved)
        XCTAssertEqual(rows.first?.photosTotal, 1)
        XCTAssertEqual(rows.first?.photosSent, 0)
        let shown = try await again.replica.show(recorded.number)
        XCTAssertEqual(shown.complainant, "王芳")
        XCTAssertEqual(shown.evidence.map(\.hash), [attached.hash])
        XCTAssertEqual(shown.evidence.first?.kind, "photo")
        XCTAssertEqual(shown.evidence.first?.delivery, .saved)
        let preview = try await again.replica.preview(of: attached.hash, in: recorded.number)
        XCTAssertEqual(preview?.prefix(2), Data([0xFF, 0xD8]), "a preview is a JPEG")
        let folder = again.home.appendingPathComponent("saved")
        let saved = try await again.replica.saveEvidence(of: recorded.number, to: folder)
        let file = try XCTUnwrap(saved.first)
        XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: file.path)), bytes)
    }

    func testAKillInTheMidstOfRecordingLosesAndDoublesNothing() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        try await phone.replica.shutdown()
        var (kept, begun) = (0, 0)
        for round in 1...3 {
            let child = try Running(
                childProgram(), ["record-until-killed", phone.home.path, building])
            var last = ""
            // An odd number of lines: the last says that a recording begins, and it is cut short.
            for _ in 1...(8 * round - 1) {
                last = try XCTUnwrap(child.line())
                if last.hasPrefix("kept") { kept += 1 } else { begun += 1 }
            }
            child.kill()
            XCTAssertTrue(child.wasKilled)
            while let line = child.line() {
                if line.hasPrefix("kept") {
                    kept += 1
                } else if line.hasPrefix("begins") {
                    begun += 1
                }
            }
            let again = phone.reopened()
            let rows = try await again.rows()
            // What was printed is there; what had only begun may be, once.
            XCTAssertTrue((kept...begun).contains(rows.count), "\(kept) \(rows.count) \(begun)")
            XCTAssertEqual(Set(rows.map(\.number)).count, rows.count)
            for row in rows {
                let words = try await again.replica.show(row.id).narrative
                XCTAssertTrue(words.hasPrefix("第") && words.hasSuffix("件"))
            }
            (kept, begun) = (rows.count, rows.count)
            try await again.replica.shutdown()
        }
    }

    func testACancelledMutationIsWholeOrNotThere() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        var numbers: Set<String> = []
        for round in 1...40 {
            let task = Task {
                try await phone.replica.record(complaint(in: building, "第\(round)件"))
            }
            task.cancel()
            if let recorded = try? await task.value { numbers.insert(recorded.number) }
        }
        try await phone.replica.shutdown()
        let again = phone.reopened()
        let rows = try await again.rows()
        XCTAssertEqual(Set(rows.map(\.number)), numbers, "what is there was told, and no more")
        XCTAssertFalse(numbers.isEmpty)
        for row in rows {
            let shown = try await again.replica.show(row.id)
            XCTAssertTrue(shown.narrative.hasPrefix("第"))
            XCTAssertEqual(shown.complainant, "王芳")
        }
    }

    func testAFullDiskKeepsTheWordsBefore() async throws {
        guard getuid() == 0 else { throw XCTSkip("a small disk is mounted by root") }
        let home = try stage().home(stage().newName("small"))
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        try runProgram("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", home.path])
        defer { _ = try? runProgram("/usr/bin/umount", ["-l", home.path]) }
        let building = try stage().newBuilding()
        let phone = Phone(name: "small", home: home)
        _ = try await phone.replica.join(link: stage().invite(stage().newName("rep"), to: building))
        let recorded = try await phone.replica.record(complaint(in: building, "满之前的话"))

        let filler = home.appendingPathComponent("filler")
        fill(filler)
        let photo = try Picture.write(to: stage().folder, width: 1_000, height: 700, seed: 26)
        let refused = try await failure {
            _ = try await phone.replica.attach(photo, to: recorded.number)
        }
        XCTAssertTrue(["no_room", "store_failed"].contains(refused.code), refused.code)
        XCTAssertEqual(refused.action, .freeSpace)
        XCTAssertTrue(refused.isRetryable)
        let words = try await failure {
            _ = try await phone.replica.record(complaint(in: building, "满之后的话"))
        }
        XCTAssertEqual(words.code, "store_failed")
        XCTAssertEqual(words.action, .freeSpace)
        let shown = try await phone.replica.show(recorded.number)
        XCTAssertEqual(shown.narrative, "满之前的话")
        XCTAssertEqual(shown.evidence.count, 0)

        try FileManager.default.removeItem(at: filler)
        _ = try await phone.replica.attach(photo, to: recorded.number)
        _ = try await phone.replica.record(complaint(in: building, "有空间以后"))
        try await phone.replica.shutdown()
        let again = phone.reopened()
        let after = try await again.replica.show(recorded.number)
        XCTAssertEqual(after.narrative, "满之前的话")
        XCTAssertEqual(after.evidence.count, 1)
        try await again.replica.shutdown()
    }

    func testDutiesAndMissingFieldsComeFromTheRegulation() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let sparse = try await phone.replica.record(NewComplaint(building: building, text: "漏水"))
        XCTAssertFalse(sparse.missing.isEmpty)
        for key in sparse.missing {
            XCTAssertNotEqual(WordKind.field.word(for: key, in: .chinese), key)
        }
        let full = try await phone.replica.record(complaint(in: building))
        XCTAssertTrue(full.missing.count < sparse.missing.count)
        let shown = try await phone.replica.show(full.number)
        XCTAssertFalse(shown.duties.isEmpty)
        for duty in shown.duties {
            XCTAssertFalse(duty.clause.isEmpty)
            XCTAssertFalse(duty.chinese.isEmpty)
            XCTAssertNotEqual(duty.chinese, duty.english)
        }
        XCTAssertTrue(shown.duties.contains { $0.dueAtMs != nil && $0.open })
        XCTAssertFalse(shown.allowed.isEmpty)
    }

    func testTenThousandComplaintsAreListedByPages() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        try await phone.replica.shutdown()
        try stage().recordMany(10_000, in: phone.home, building: building)
        let again = phone.reopened()
        let count = try await again.replica.count()
        XCTAssertEqual(count, 10_000)
        var seen: Set<String> = []
        for page in 0..<10 {
            let rows = try await again.replica.list(
                ListQuery(building: building, limit: 1_000, offset: UInt32(page * 1_000)))
            XCTAssertEqual(rows.count, 1_000)
            seen.formUnion(rows.map(\.id))
        }
        XCTAssertEqual(seen.count, 10_000)
        let beyond = try await again.replica.list(ListQuery(limit: 1_000, offset: 10_000))
        XCTAssertEqual(beyond, [])
    }

    /// Fills the file system of a file to its last byte.
    private func fill(_ file: URL) {
        guard FileManager.default.createFile(atPath: file.path, contents: nil),
            let handle = try? FileHandle(forWritingTo: file)
        else { return XCTFail("a file is made") }
        for size in [1 << 20, 1 << 12, 1] {
            let block = Data(count: size)
            while (try? handle.write(contentsOf: block)) != nil {}
        }
        try? handle.close()
    }
}

/// The program that is killed in stories; SwiftPM puts it beside the tests.
func childProgram() -> String {
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appendingPathComponent("floorwalk-swift").path
}
