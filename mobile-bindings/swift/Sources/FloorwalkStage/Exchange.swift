// One complaint with all fields and a photo, written down as lines that can be compared byte by
// byte with what Kotlin's programs and the command line tell of it.
//
// Invariant: only what is the same on every device; how far it has come is not.

import Floorwalk
import Foundation

/// What `floorwalk-swift record` and `read` do.
public enum Exchange {
    /// The complaint of the comparison, but for its building.
    public static func complaint(in building: String) -> NewComplaint {
        NewComplaint(
            building: building, room: "1203", text: "楼道灯不亮\n第二行 = 'x' \"y\"",
            complainant: "王芳", phone: "13900001111", channel: "rep", category: "1B",
            severity: "urgent", respondent: "物业公司", demand: "请尽快维修",
            reportedBefore: "已向物业反映", receivedAt: "2026-09-30T16:00:00+08:00")
    }

    /// Joins, records the complaint with a photo, and brings it to the relay.
    public static func record(home: URL, link: String, photo: URL) async throws -> [String] {
        let phone = Phone(name: "swift", home: home)
        let joined = try await phone.replica.join(link: link)
        let recorded = try await phone.replica.record(complaint(in: joined.buildings.first ?? ""))
        _ = try await phone.replica.attach(photo, to: recorded.number)
        try await phone.sync()
        return lines(try await phone.replica.show(recorded.number))
    }

    /// Joins, and reads a complaint with the person's details.
    public static func read(home: URL, link: String, number: String) async throws -> [String] {
        let phone = Phone(name: "swift", home: home)
        _ = try await phone.replica.join(link: link)
        try await phone.sync()
        return lines(try await phone.replica.show(number))
    }

    /// A complaint as lines of `key=value`, in order of their bytes.
    public static func lines(_ complaint: Complaint) -> [String] {
        var values = complaint.fields
        values["number"] = complaint.number
        values["building"] = complaint.building
        values["narrative"] = complaint.narrative
        values["stage"] = complaint.stage
        values["recorded_at"] = complaint.recordedAt
        values["received_at"] = complaint.receivedAt
        values["complainant"] = complaint.complainant
        values["phone"] = complaint.phone
        for (index, photo) in complaint.evidence.enumerated() {
            let name = "photo.\(index + 1)"
            values["\(name).hash"] = photo.hash
            values["\(name).bytes"] = "\(photo.bytes)"
            values["\(name).kind"] = photo.kind
            values["\(name).media"] = photo.media
        }
        for (index, event) in complaint.events.enumerated() {
            values["event.\(index + 1).kind"] = event.kind
        }
        return lines(values)
    }

    /// The same of the command line's `show --json`.
    public static func lines(shown: [String: Any]) -> [String] {
        var values = shown["fields"] as? [String: String] ?? [:]
        for key in ["number", "building", "narrative", "stage", "recorded_at", "received_at"] {
            values[key] = shown[key] as? String
        }
        let card = shown["card"] as? [String: Any] ?? [:]
        for key in ["complainant", "phone"] { values[key] = card[key] as? String }
        for (index, photo) in (shown["evidence"] as? [[String: Any]] ?? []).enumerated() {
            let name = "photo.\(index + 1)"
            values["\(name).bytes"] = (photo["bytes"] as? Int).map { "\($0)" }
            for key in ["hash", "kind", "media"] {
                values["\(name).\(key)"] = photo[key] as? String
            }
        }
        for (index, event) in (shown["events"] as? [[String: Any]] ?? []).enumerated() {
            values["event.\(index + 1).kind"] = event["kind"] as? String
        }
        return lines(values)
    }

    private static func lines(_ values: [String: String]) -> [String] {
        let lines = values.map { key, value in
            let escaped = value.replacingOccurrences(of: "\\", with: "\\\\")
            return "\(key)=\(escaped.replacingOccurrences(of: "\n", with: "\\n"))"
        }
        return lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
