// swift-tools-version:6.0
// The package of Floorwalk for Swift: what is generated, what is written by hand around it, view
// models, and the programs that tests and benchmarks run.
//
// Invariant: no dependency outside of this folder. The Rust library comes as
// FloorwalkFFI.xcframework where build-xcframework.sh has made one, and otherwise from the linker's
// search path. Left out: generated code, which is copied in for each build and never committed.

import Foundation
import PackageDescription

let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
let framework = "FloorwalkFFI.xcframework"
let hasFramework = FileManager.default.fileExists(
    atPath: folder.appendingPathComponent(framework).path)

let library: Target =
    hasFramework
    ? .binaryTarget(name: "FloorwalkFFI", path: framework)
    : .systemLibrary(name: "FloorwalkFFI")

let package = Package(
    name: "Floorwalk",
    defaultLocalization: "en",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "Floorwalk", targets: ["Floorwalk"]),
        .library(name: "FloorwalkUI", targets: ["FloorwalkUI"]),
    ],
    targets: [
        library,
        .target(
            name: "FloorwalkGenerated",
            dependencies: ["FloorwalkFFI"],
            swiftSettings: [.swiftLanguageMode(.v5)]
        ),
        .target(name: "Floorwalk", dependencies: ["FloorwalkGenerated"]),
        .target(name: "FloorwalkUI", dependencies: ["Floorwalk"]),
        .target(name: "FloorwalkStage", dependencies: ["Floorwalk"]),
        .executableTarget(name: "floorwalk-swift", dependencies: ["FloorwalkStage"]),
        .executableTarget(name: "floorwalk-swift-bench", dependencies: ["FloorwalkStage"]),
        .testTarget(
            name: "FloorwalkTests",
            dependencies: [
                "Floorwalk", "FloorwalkGenerated", "FloorwalkUI", "FloorwalkStage",
                "floorwalk-swift",
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
