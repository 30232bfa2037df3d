// A photo of the camera as a JPEG file that the library takes.
//
// Invariant: time, place and orientation stay with the photo: they are evidence.
// Left out: the camera and the picker, which the app has.

#if canImport(ImageIO) && canImport(UniformTypeIdentifiers)
    import Foundation
    import ImageIO
    import UniformTypeIdentifiers

    /// Makes files of what a camera or a picker gives.
    public enum PhotoIntake {
        /// Writes a photo as JPEG into the app's temporary folder. A JPEG is written byte by byte
        /// as it came; HEIC and others are encoded anew with all that they tell of themselves.
        /// Delete the file when `attach` has returned.
        public static func writeJPEG(_ photo: Data) throws -> URL {
            let file = FileManager.default.temporaryDirectory
                .appendingPathComponent("\(UUID().uuidString).jpg")
            guard let source = CGImageSourceCreateWithData(photo as CFData, nil) else {
                throw CocoaError(.fileReadCorruptFile)
            }
            if CGImageSourceGetType(source) == UTType.jpeg.identifier as CFString {
                try photo.write(
                    to: file, options: .completeFileProtectionUntilFirstUserAuthentication)
                return file
            }
            let type = UTType.jpeg.identifier as CFString
            guard let output = CGImageDestinationCreateWithURL(file as CFURL, type, 1, nil) else {
                throw CocoaError(.fileWriteUnknown)
            }
            let options = [kCGImageDestinationLossyCompressionQuality: 0.9] as CFDictionary
            CGImageDestinationAddImageFromSource(output, source, 0, options)
            guard CGImageDestinationFinalize(output) else { throw CocoaError(.fileWriteUnknown) }
            return file
        }
    }
#endif
