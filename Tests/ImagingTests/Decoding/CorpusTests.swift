import Files
import Imaging
import TestSupport
import Testing

/// Every picture of the shared corpus against its manifest.
@Suite struct CorpusTests {
  /// Hashing in debug builds is slow: only release builds hash the largest pictures.
  private static var hashLimit: Int {
    #if DEBUG
      3_000_000
    #else
      .max
    #endif
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"), arguments: ["png", "jpeg"])
  func everyPictureIsDecodedOrRejectedAsTheManifestSays(_ kind: String) throws {
    let files = try CorpusManifest.files(kind: kind)
    #expect(files.count > 500)
    for file in files {
      let bytes = try TestFiles.bytes(file.path)
      do {
        let raw = try ImageDecoder(applyOrientation: false).decode(bytes: bytes)
        #expect(file.expectation != .reject, "\(file.path) must be rejected")
        try check(raw, bytes, file)
      } catch let error as ImagingError {
        let allowed = file.expectation == .reject || file.expectation == .either
        #expect(allowed, "\(file.path) must decode: \(error)")
        #expect(!"\(error)".hasSuffix(": "), "\(file.path): an error names its cause")
      }
    }
  }

  private func check(
    _ raw: DecodedImage<UInt8>, _ bytes: [UInt8], _ file: CorpusManifest.File
  ) throws {
    let fields = file.fields
    if let width = fields["width"], let height = fields["height"], !width.isEmpty {
      #expect(raw.image.size.description == "\(width)x\(height)", "\(file.path)")
    }
    let hasTolerance = fields["tol"].map { !$0.isEmpty && $0 != "0" } ?? false
    guard let hash = fields["rgb8_sha256"], !hash.isEmpty, !hasTolerance,
      file.expectation != .dims, raw.image.samples.count <= Self.hashLimit
    else { return }
    #expect(SHA256.hexadecimal(of: raw.image.samples) == hash, "\(file.path)")
    guard let upright = fields["oriented_rgb8_sha256"], !upright.isEmpty else { return }
    guard raw.orientation != 1 || upright != hash else { return }
    let samples = try ImageDecoder().decode(bytes: bytes).image.samples
    #expect(SHA256.hexadecimal(of: samples) == upright, "\(file.path) upright")
  }
}
