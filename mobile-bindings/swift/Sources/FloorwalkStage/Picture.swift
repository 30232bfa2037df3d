// Pictures for tests: real PNG files of noise, as large as a test needs, the same for the same
// seed.
//
// Left out: compression. Noise has none, and the size of the file is what tests care about.

import Foundation

/// Makes pictures.
public enum Picture {
    /// A PNG of so many columns and rows of noise, about three bytes a pixel.
    public static func noise(width: Int, height: Int, seed: UInt64) -> Data {
        var random = seed &* 2 &+ 1
        var rows = Data(capacity: height * (width * 3 + 1))
        for _ in 0..<height {
            rows.append(0)
            for _ in 0..<(width * 3) {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                rows.append(UInt8(truncatingIfNeeded: random >> 33))
            }
        }
        var header = Data()
        header.append(bigEndian: UInt32(width))
        header.append(bigEndian: UInt32(height))
        header.append(contentsOf: [8, 2, 0, 0, 0])
        var file = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        file.append(chunk: "IHDR", header)
        file.append(chunk: "IDAT", stored(rows))
        file.append(chunk: "IEND", Data())
        return file
    }

    /// Writes one into a folder, and returns where.
    public static func write(
        to folder: URL, width: Int = 96, height: Int = 64, seed: UInt64
    ) throws -> URL {
        let file = folder.appendingPathComponent("picture-\(width)-\(height)-\(seed).png")
        try noise(width: width, height: height, seed: seed).write(to: file)
        return file
    }

    /// A zlib stream of stored blocks (RFC 1950 and 1951).
    private static func stored(_ bytes: Data) -> Data {
        var stream = Data([0x78, 0x01])
        var start = 0
        repeat {
            let size = min(65_535, bytes.count - start)
            stream.append(start + size == bytes.count ? 1 : 0)
            for word in [UInt16(size), ~UInt16(size)] {
                stream.append(UInt8(word & 0xFF))
                stream.append(UInt8(word >> 8))
            }
            stream.append(bytes[start..<start + size])
            start += size
        } while start < bytes.count
        var (low, high) = (UInt32(1), UInt32(0))
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        stream.append(bigEndian: high << 16 | low)
        return stream
    }

    fileprivate static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in
            crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1
        }
    }
}

extension Data {
    fileprivate mutating func append(bigEndian number: UInt32) {
        for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
    }

    fileprivate mutating func append(chunk name: String, _ bytes: Data) {
        append(bigEndian: UInt32(bytes.count))
        let body = Data(name.utf8) + bytes
        append(body)
        let crc = body.reduce(UInt32.max) { crc, byte in
            Picture.table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8)
        }
        append(bigEndian: ~crc)
    }
}
