// Programs that tests run beside themselves: `record` and `read` for the comparison with Kotlin and
// the command line, and two that go on until they are killed.
//
// Invariant: a line is printed after its call has returned, so that what was printed is kept.

import Floorwalk
import FloorwalkStage
import Foundation

let usage = """
    floorwalk-swift record FOLDER LINK PHOTO     joins, records a complaint, brings it to the relay
    floorwalk-swift read FOLDER LINK NUMBER      joins, and reads a complaint
    floorwalk-swift record-until-killed FOLDER BUILDING
    floorwalk-swift draft-until-killed FOLDER BUILDING PHOTO
    """

/// Prints a line at once, also into a pipe.
func tell(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

func recordUntilKilled(_ phone: Phone, in building: String) async throws {
    for round in 1... {
        let words = "第\(round)件"
        tell("begins \(words)")
        _ = try await phone.replica.record(NewComplaint(building: building, text: words))
        tell("kept \(words)")
    }
}

func draftUntilKilled(_ phone: Phone, in building: String, photo: URL) async throws {
    for round in 1... {
        let words = "第\(round)件"
        tell("begins \(words)")
        let replica = phone.replica
        let draft = try await replica.saveDraft(NewComplaint(building: building, text: words))
        _ = try await replica.attach(photo, toDraft: draft.id)
        tell("drafted \(words)")
        _ = try await replica.recordDraft(draft.id)
        tell("kept \(words)")
    }
}

let words = Array(CommandLine.arguments.dropFirst())
do {
    switch (words.first, words.count) {
    case ("record", 4):
        let lines = try await Exchange.record(
            home: URL(fileURLWithPath: words[1]), link: words[2],
            photo: URL(fileURLWithPath: words[3]))
        lines.forEach(tell)
    case ("read", 4):
        let lines = try await Exchange.read(
            home: URL(fileURLWithPath: words[1]), link: words[2], number: words[3])
        lines.forEach(tell)
    case ("record-until-killed", 3):
        let phone = Phone(name: "child", home: URL(fileURLWithPath: words[1]))
        try await recordUntilKilled(phone, in: words[2])
    case ("draft-until-killed", 4):
        let phone = Phone(name: "child", home: URL(fileURLWithPath: words[1]))
        let photo = URL(fileURLWithPath: words[3])
        try await draftUntilKilled(phone, in: words[2], photo: photo)
    default:
        FileHandle.standardError.write(Data("\(usage)\n".utf8))
        exit(2)
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
