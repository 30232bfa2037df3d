// Stories of drafts: what is typed is kept, over kills too, and becomes one complaint.

import Floorwalk
import FloorwalkStage
import Foundation
import XCTest

final class DraftStories: XCTestCase {
    func testADraftIsKeptWhileTypingAndOverAKill() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let photo = try Picture.write(to: stage().folder, seed: 6)
        try await phone.replica.shutdown()
        let child = try Running(
            childProgram(), ["draft-until-killed", phone.home.path, building, photo.path])
        var (drafted, kept, begun): (Set<String>, Set<String>, Set<String>) = ([], [], [])
        func note(_ line: String) {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            switch words[0] {
            case "begins": begun.insert(words[1])
            case "drafted": drafted.insert(words[1])
            default: kept.insert(words[1])
            }
        }
        // Ends after "drafted": the child is recording the draft when it is killed.
        while drafted.count < 5 { note(try XCTUnwrap(child.line())) }
        child.kill()
        while let line = child.line() { note(line) }

        let again = phone.reopened()
        var recorded: [String] = []
        for row in try await again.rows() {
            let shown = try await again.replica.show(row.id)
            XCTAssertEqual(shown.evidence.count, 1, "a draft becomes a complaint with its photo")
            recorded.append(shown.narrative)
        }
        XCTAssertEqual(Set(recorded).count, recorded.count, "nothing is doubled")
        XCTAssertTrue(kept.isSubset(of: recorded))
        let drafts = try await again.replica.drafts()
        let all = Set(recorded).union(drafts.map(\.complaint.text))
        XCTAssertTrue(drafted.isSubset(of: all), "nothing is lost")
        XCTAssertTrue(all.isSubset(of: begun))
        XCTAssertTrue(Set(drafts.map(\.complaint.text)).isDisjoint(with: recorded))
    }

    func testADraftWithAPhotoBecomesOneComplaint() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let replica = phone.replica
        let begun = try await replica.saveDraft(complaint(in: building, "水"))
        let typed = try await replica.saveDraft(complaint(in: building, "水管漏水"), id: begun.id)
        XCTAssertEqual(typed.id, begun.id)
        let photo = try Picture.write(to: stage().folder, seed: 7)
        let other = try Picture.write(to: stage().folder, seed: 8)
        let one = try await replica.attach(photo, toDraft: begun.id)
        let kept = try XCTUnwrap(one.photos.first)
        XCTAssertTrue(FileManager.default.fileExists(atPath: kept.path))
        let two = try await replica.attach(other, toDraft: begun.id)
        XCTAssertEqual(two.photos.count, 2)
        let last = try XCTUnwrap(two.photos.last)
        let less = try await replica.removePhoto(last.id, fromDraft: begun.id)
        XCTAssertEqual(less.photos, one.photos)
        let recorded = try await replica.recordDraft(begun.id)
        let twice = try? await replica.recordDraft(begun.id)
        XCTAssertTrue(twice == nil || twice?.number == recorded.number)
        let rows = try await phone.rows()
        XCTAssertEqual(rows.map(\.number), [recorded.number])
        let shown = try await replica.show(recorded.number)
        XCTAssertEqual(shown.narrative, "水管漏水")
        XCTAssertEqual(shown.evidence.map(\.bytes), [kept.bytes])
        let left = try await replica.drafts()
        XCTAssertEqual(left, [])
    }

    func testADraftSaysWhatIsMissing() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let sparse = try await phone.replica.saveDraft(NewComplaint(building: building))
        XCTAssertFalse(sparse.missing.isEmpty)
        let full = try await phone.replica.saveDraft(complaint(in: building), id: sparse.id)
        XCTAssertTrue(Set(full.missing).isStrictSubset(of: Set(sparse.missing)))
    }

    func testADiscardedDraftIsGone() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let kept = try await phone.replica.saveDraft(complaint(in: building, "留下"))
        let gone = try await phone.replica.saveDraft(complaint(in: building, "不要"))
        let photo = try Picture.write(to: stage().folder, seed: 9)
        let withPhoto = try await phone.replica.attach(photo, toDraft: gone.id)
        try await phone.replica.discardDraft(gone.id)
        let drafts = try await phone.replica.drafts()
        XCTAssertEqual(drafts.map(\.id), [kept.id])
        let path = try XCTUnwrap(withPhoto.photos.first).path
        XCTAssertFalse(FileManager.default.fileExists(atPath: path))
        let rows = try await phone.rows()
        XCTAssertEqual(rows, [])
    }
}
