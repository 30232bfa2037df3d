// The story that Kotlin, Swift and the command line tell alike: one complaint, field by field.

import Floorwalk
import FloorwalkStage
import Foundation
import XCTest

final class ExchangeStories: XCTestCase {
    func testWhatSwiftRecordsIsReadBySwiftAndTheCommandLine() async throws {
        let building = try stage().newBuilding()
        let photo = try Picture.write(to: stage().folder, seed: 60)
        func invited() throws -> (home: String, link: String) {
            let name = try stage().newName("exchange")
            return (try stage().home(name).path, try stage().invite(name, to: building))
        }
        let (one, other) = (try invited(), try invited())
        let program = childProgram()
        let written = try runProgram(program, ["record", one.home, one.link, photo.path])
        let lines = written.split(separator: "\n").map(String.init)
        let number = try XCTUnwrap(lines.first { $0.hasPrefix("number=") }).dropFirst(7)
        let read = try runProgram(program, ["read", other.home, other.link, String(number)])
        XCTAssertEqual(written, read)
        try stage().office("sync")
        let shown = try stage().office("show", String(number))
        XCTAssertEqual(lines, Exchange.lines(shown: shown))
        for wanted in [
            "building=\(building)", "room=1203", "complainant=王芳", "phone=13900001111",
            "channel=rep", "category=1B", "severity=urgent", "respondent=物业公司",
            "demand=请尽快维修", "reported_before=已向物业反映", "photo.1.kind=photo",
            "narrative=楼道灯不亮\\n第二行 = 'x' \"y\"",
        ] {
            XCTAssertTrue(lines.contains(wanted), wanted)
        }
    }
}
