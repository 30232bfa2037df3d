// Stories of the screens' logic: what is typed is kept at once, and what is shown follows what
// happens.

import Floorwalk
import FloorwalkStage
import FloorwalkUI
import Foundation
import Observation
import XCTest

@MainActor
final class ModelStories: XCTestCase, @unchecked Sendable {
    func testWhatIsTypedIsKeptAndComesBackAfterAnEnd() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let model = CaptureModel(replica: phone.replica, language: .chinese)
        await model.restore(building: building)
        XCTAssertEqual(model.fields.building, building)
        XCTAssertEqual(model.keeping, .nothing)
        XCTAssertFalse(model.canRecord)
        for length in 1...6 { model.fields.text = String("三楼走廊漏水".prefix(length)) }
        model.fields.room = "305"
        XCTAssertEqual(model.keeping, .saving)
        await model.settle()
        XCTAssertEqual(model.keeping, .saved)
        XCTAssertTrue(model.canRecord)
        XCTAssertFalse(model.missing.isEmpty)
        XCTAssertTrue(model.missing.allSatisfy { $0.word != $0.key })
        let drafts = try await phone.replica.drafts()
        XCTAssertEqual(drafts.map(\.complaint.text), ["三楼走廊漏水"])
        try await phone.replica.shutdown()

        let again = CaptureModel(replica: phone.reopened().replica, language: .chinese)
        await again.restore(building: "别的")
        XCTAssertEqual(again.fields, model.fields)
        XCTAssertEqual(again.missing, model.missing)
        XCTAssertEqual(again.keeping, .saved)
    }

    func testRecordingClearsTheScreenForTheNextInTheSameBuilding() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let model = CaptureModel(replica: phone.replica, language: .english)
        await model.restore(building: building)
        let photo = try Picture.write(to: stage().folder, seed: 51)
        await model.addPhoto(photo)
        XCTAssertEqual(model.photos.count, 1)
        XCTAssertTrue(model.canRecord, "a photo is enough")
        model.fields.text = "漏水"
        model.fields.category = "1B"
        await model.record()
        XCTAssertNil(model.failure)
        let recorded = try XCTUnwrap(model.recorded)
        var empty = CaptureModel.Fields()
        empty.building = building
        XCTAssertEqual(model.fields, empty)
        XCTAssertEqual(model.photos, [])
        XCTAssertEqual(model.keeping, .nothing)
        let shown = try await phone.replica.show(recorded.number)
        XCTAssertEqual(shown.narrative, "漏水")
        XCTAssertEqual(shown.evidence.count, 1)
        let drafts = try await phone.replica.drafts()
        XCTAssertEqual(drafts, [])
    }

    func testTypingAndPhotosAtOnceMakeOneDraft() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let model = CaptureModel(replica: phone.replica)
        await model.restore(building: building)
        let photo = try Picture.write(to: stage().folder, seed: 57)
        let adding = Task { await model.addPhoto(photo) }
        for length in 1...6 {
            model.fields.text = String("三楼走廊漏水".prefix(length))
            await Task.yield()
        }
        await adding.value
        await model.settle()
        let drafts = try await phone.replica.drafts()
        XCTAssertEqual(drafts.map(\.complaint.text), ["三楼走廊漏水"])
        XCTAssertEqual(drafts.first?.photos.count, 1)
    }

    func testWhatIsTypedWhileRecordingIsTheNextOnes() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let model = CaptureModel(replica: phone.replica)
        await model.restore(building: building)
        model.fields.text = "第一件"
        // Comes next after the screen says that it records, before the recording has ended.
        withObservationTracking {
            _ = model.isRecording
        } onChange: {
            Task { @MainActor in
                XCTAssertTrue(model.isRecording)
                XCTAssertFalse(model.canRecord)
                model.fields.text = "第二件"
            }
        }
        await model.record()
        await model.settle()
        XCTAssertNil(model.failure)
        let first = try XCTUnwrap(model.recorded)
        let shown = try await phone.replica.show(first.number)
        XCTAssertEqual(shown.narrative, "第一件")
        XCTAssertEqual(model.fields.text, "第二件")
        let drafts = try await phone.replica.drafts()
        XCTAssertEqual(drafts.map(\.complaint.text), ["第二件"])
    }

    func testPhotosAreTakenOutAndDraftsThrownAway() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let model = CaptureModel(replica: phone.replica)
        await model.restore(building: building)
        await model.addPhoto(try Picture.write(to: stage().folder, seed: 52))
        await model.addPhoto(try Picture.write(to: stage().folder, seed: 53))
        await model.removePhoto(try XCTUnwrap(model.photos.first))
        XCTAssertEqual(model.photos.count, 1)
        await model.discard()
        XCTAssertEqual(model.photos, [])
        let drafts = try await phone.replica.drafts()
        XCTAssertEqual(drafts, [])
        await model.addPhoto(try stage().folder.appendingPathComponent("absent.jpg"))
        XCTAssertNotNil(model.failure)
        XCTAssertEqual(model.photos, [])
    }

    func testWhatCannotBeKeptStaysOnTheScreen() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let model = CaptureModel(replica: phone.replica)
        try await phone.replica.suspend()
        model.fields.building = building
        model.fields.text = "写下的话"
        await model.settle()
        guard case .failed(let failure) = model.keeping else { return XCTFail("it was kept") }
        XCTAssertEqual(failure.code, "suspended")
        await model.record()
        XCTAssertEqual(model.failure?.code, "suspended")
        XCTAssertEqual(model.fields.text, "写下的话")
        try await phone.replica.resume()
        model.fields.text += "。"
        await model.settle()
        XCTAssertEqual(model.keeping, .saved)
        await model.record()
        XCTAssertNil(model.failure)
        XCTAssertNotNil(model.recorded)
    }

    func testTheListFollowsItsBuilding() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let model = ListModel(replica: phone.replica, building: building, language: .chinese)
        XCTAssertNil(model.rows)
        let watching = Task { await model.watch() }
        try await becomes("the list is looked at") { model.rows != nil }
        XCTAssertEqual(model.rows, [])
        XCTAssertEqual(model.buildings, [building])
        let number = try await phone.replica.record(complaint(in: building)).number
        let photo = try Picture.write(to: stage().folder, seed: 54)
        _ = try await phone.replica.attach(photo, to: number)
        try await becomes("the photo is listed") { model.rows?.first?.photos == "0/1" }
        let saved = try XCTUnwrap(model.rows?.first)
        XCTAssertEqual(saved.steps.map(\.isReached), [true, false, false, false])
        XCTAssertEqual(saved.steps.map(\.word), ["已存本机", "已发送", "物业已收到", "已受理"])
        try await phone.sync()
        try await becomes("it is sent") { model.rows?.first?.photos == "1/1" }
        XCTAssertEqual(model.rows?.first?.steps.map(\.isReached), [true, true, false, false])
        watching.cancel()
        await watching.value
    }

    func testAComplaintShowsPhotosDutiesAndChips() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        let new = NewComplaint(building: building, text: "漏水", complainant: "王芳")
        let number = try await phone.replica.record(new).number
        let model = ComplaintModel(
            replica: phone.replica, complaint: number, language: .english)
        let watching = Task { await model.watch() }
        try await becomes("it is looked at") { model.complaint != nil }
        let missing = model.missing.count
        XCTAssertGreaterThan(missing, 0)
        XCTAssertFalse(model.duties.isEmpty)
        XCTAssertTrue(model.duties.allSatisfy { !$0.title.isEmpty && $0.by != $0.duty.by })
        XCTAssertTrue(model.duties.contains { $0.dueAt != nil && !$0.isOverdue })
        await model.set(try XCTUnwrap(model.missing.first).key, to: "1B")
        XCTAssertNil(model.failure)
        try await becomes("a field is filled") { model.missing.count < missing }
        await model.addPhoto(try Picture.write(to: stage().folder, seed: 55))
        try await becomes("the photo is shown") { model.photos.count == 1 }
        XCTAssertEqual(model.photos.first?.steps.map(\.isReached), [true, false, false])
        let preview = await model.preview(of: try XCTUnwrap(model.photos.first))
        XCTAssertNotNil(preview)
        await model.act(NewEvent(kind: "accepted", at: nil, note: nil, values: [:]))
        XCTAssertEqual(model.failure?.code, "role_may_not")
        watching.cancel()
        await watching.value
    }

    func testTheLineSaysHowSyncingStands() async throws {
        let building = try stage().newBuilding()
        let phone = try await stage().phone(in: building)
        try await phone.sync()
        let model = SyncModel(replica: phone.replica, language: .english)
        let watching = Task { await model.watch() }
        try await becomes("it is looked at") { model.status != nil }
        XCTAssertEqual(model.line, "Everything is sent")
        _ = try await recordWithLargePhotos(phone, in: building, seed: 56)
        let syncing = Task { await model.sync() }
        try await becomes("bytes travel") { (model.fraction ?? 0) > 0 }
        XCTAssertTrue(model.isBusy)
        XCTAssertEqual(model.line, "Syncing…")
        syncing.cancel()
        await syncing.value
        XCTAssertNil(model.failure, "whoever cancels knows it")
        try await becomes("it rests") { !model.isBusy }
        XCTAssertNil(model.fraction)
        await model.sync()
        XCTAssertNil(model.failure)
        XCTAssertEqual(model.status?.unsentPhotos, 0)
        watching.cancel()
        await watching.value
    }
}
