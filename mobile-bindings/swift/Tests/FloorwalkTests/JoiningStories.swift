// Stories of belonging: enrolling by a link, losing the right, losing the keys, and what a person
// is told.

import Floorwalk
import FloorwalkStage
import XCTest

final class JoiningStories: XCTestCase {
    func testAPhoneEnrolsByALink() async throws {
        let building = try stage().newBuilding()
        let name = try stage().newName("rep")
        let phone = try Phone(name: name, home: stage().home(name))
        let before = try await phone.replica.isMember()
        XCTAssertFalse(before)
        let joined = try await phone.replica.join(link: stage().invite(name, to: building))
        XCTAssertEqual(joined.name, "测试小区")
        XCTAssertEqual(joined.role, "building_rep")
        XCTAssertEqual(joined.buildings, [building])
        let after = try await phone.replica.isMember()
        XCTAssertTrue(after)
        let community = try await phone.replica.community()
        XCTAssertEqual(community.id, joined.community)
        XCTAssertEqual(community.shortName, "CS")
        XCTAssertEqual(community.device, joined.device)
        XCTAssertEqual(community.buildings.map(\.name), [building])
    }

    func testALinkThatWasUsedIsRefusedWithItsCode() async throws {
        let building = try stage().newBuilding()
        let link = try stage().invite(stage().newName("rep"), to: building)
        let first = try Phone(name: "first", home: stage().home(stage().newName("first")))
        _ = try await first.replica.join(link: link)
        let second = try Phone(name: "second", home: stage().home(stage().newName("second")))
        let refused = try await failure { try await second.replica.join(link: link) }
        XCTAssertEqual(refused.code, "invitation_used")
        XCTAssertEqual(refused.action, .askOffice)
        XCTAssertFalse(refused.isRetryable)
        let isMember = try await second.replica.isMember()
        XCTAssertFalse(isMember)
        _ = try await second.replica.join(
            link: stage().invite(stage().newName("rep"), to: building))
    }

    func testABadLinkIsInput() async throws {
        let phone = try Phone(name: "nobody", home: stage().home(stage().newName("nobody")))
        let refused = try await failure { try await phone.replica.join(link: "https://a.example") }
        XCTAssertEqual(refused.code, "bad_link")
        XCTAssertEqual(refused.kind, .input)
        XCTAssertEqual(refused.action, .correct)
    }

    func testARevokedPhoneIsToldSoAndKeepsItsWords() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let recorded = try await phone.replica.record(complaint(in: building, "还没发送的话"))
        try stage().office("revoke", phone.name, "--why", "手机丢失")
        let refused = try await failure { try await phone.replica.syncOnce() }
        XCTAssertEqual(refused.code, "revoked")
        XCTAssertEqual(refused.kind, .forbidden)
        XCTAssertFalse(refused.isRetryable)
        let kept = try await phone.replica.show(recorded.number)
        XCTAssertEqual(kept.narrative, "还没发送的话")
    }

    func testWithoutItsKeysAPhoneIsRefused() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        _ = try await phone.replica.record(complaint(in: building))
        try await phone.replica.shutdown()
        let copy = Replica(folder: phone.home, keychain: EmptyKeychain())
        let refused = try await failure { try await copy.list() }
        XCTAssertEqual(refused.code, "keys_missing")
        XCTAssertEqual(refused.kind, .damage)
        try await copy.shutdown()
        let rows = try await phone.reopened().rows()
        XCTAssertEqual(rows.count, 1)
    }

    func testFailuresSpeakBothLanguages() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let unknown = try await failure { try await phone.replica.show("CS-260101-XXXX01") }
        XCTAssertEqual(unknown.code, "unknown_complaint")
        XCTAssertEqual(unknown.kind, .input)
        XCTAssertEqual(unknown.detail, "CS-260101-XXXX01")
        XCTAssertTrue(unknown.message(in: .english).contains("no complaint"))
        XCTAssertEqual(unknown.message(in: .chinese), unknown.chinese)
        XCTAssertFalse(unknown.chinese.isEmpty)
        XCTAssertNotEqual(unknown.chinese, unknown.english)
        XCTAssertTrue([unknown.english, unknown.chinese].contains(unknown.errorDescription))
        XCTAssertTrue(unknown.description.hasPrefix("unknown_complaint: "))
        let recorded = try await phone.replica.record(complaint(in: building))
        let event = NewEvent(kind: "accepted", at: nil, note: nil, values: [:])
        let forbidden = try await failure {
            try await phone.replica.act(on: recorded.number, event)
        }
        XCTAssertEqual(forbidden.code, "role_may_not")
        XCTAssertEqual(forbidden.kind, .forbidden)
    }
}
