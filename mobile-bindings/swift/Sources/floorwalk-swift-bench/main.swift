// What calls through the bindings cost: a bare call, a small one, lists of 10,000 complaints.
//
// Prints a table and judges nothing: numbers differ from machine to machine.

import Floorwalk
import FloorwalkStage
import Foundation

/// Does something a number of times; the quickest and the middle time of one.
func measure(_ name: String, times: Int, _ work: () async throws -> Void) async throws {
    var spent: [Duration] = []
    for _ in 0..<times {
        let start = ContinuousClock.now
        try await work()
        spent.append(ContinuousClock.now - start)
    }
    spent.sort()
    print(row([name, "\(times)", text(spent[0]), text(spent[times / 2]), text(spent[times - 1])]))
}

func row(_ cells: [String]) -> String {
    let name = cells[0].padding(toLength: 44, withPad: " ", startingAt: 0)
    let numbers = cells.dropFirst().map { cell in
        String(repeating: " ", count: max(0, 12 - cell.count)) + cell
    }
    return name + numbers.joined()
}

func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let microseconds = Double(seconds) * 1e6 + Double(attoseconds) / 1e12
    return String(format: "%.1f µs", microseconds)
}

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000
let stage = try Stage()
let building = try stage.newBuilding()
let phone = try await stage.phone(in: building)
try await phone.replica.shutdown()
try stage.recordMany(count, in: phone.home, building: building)

print("floorwalk-swift-bench: \(count) complaints, library \(Replica.version)")
print(row(["what", "times", "least", "middle", "most"]))
try await measure("opening, with the first call", times: 20) {
    let again = phone.reopened()
    _ = try await again.replica.count()
    try await again.replica.shutdown()
}
let replica = phone.reopened().replica
let number = try await replica.list(ListQuery(limit: 1))[0].number
try await measure("a plain function: version()", times: 10_000) { _ = Replica.version }
try await measure("a word of a key", times: 10_000) {
    _ = WordKind.stage.word(for: "accepted", in: .chinese)
}
try await measure("an async call: count()", times: 2_000) { _ = try await replica.count() }
try await measure("a page of 50", times: 500) {
    _ = try await replica.list(ListQuery(limit: 50))
}
try await measure("all \(count) in one list", times: 10) { _ = try await replica.list() }
try await measure("all \(count) in pages of 500", times: 10) {
    for page in 0..<((count + 499) / 500) {
        _ = try await replica.list(ListQuery(limit: 500, offset: UInt32(page * 500)))
    }
}
try await measure("one complaint: show()", times: 200) { _ = try await replica.show(number) }
try await measure("recording one", times: 100) {
    _ = try await replica.record(NewComplaint(building: building, text: "楼道灯不亮"))
}
try await measure("subscribing and the present state of 50", times: 200) {
    var lists = replica.complaints(ListQuery(limit: 50)).makeAsyncIterator()
    _ = await lists.next()
}
try await replica.shutdown()
