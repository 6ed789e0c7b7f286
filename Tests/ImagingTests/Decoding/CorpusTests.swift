import Imaging
import TestSupport
import Testing

/// Every picture of the shared corpus against its manifest.
@Suite struct CorpusTests {
  struct Entry: Sendable, CustomTestStringConvertible {
    var path: String
    var expectation: String
    var size: String
    var hash: String
    var hasTolerance: Bool
    var orientedHash: String
    var testDescription: String { path }
  }

  static let entries: [Entry] = {
    guard let shared = TestFiles.shared,
      let manifest = try? TestFiles.bytes(shared + "/corpus/MANIFEST.tsv")
    else { return [] }
    let lines = String(decoding: manifest, as: UTF8.self).split(separator: "\n").dropFirst()
    return lines.compactMap { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count > 14, fields[2] == "png" || fields[2] == "jpeg" else { return nil }
      return Entry(
        path: fields[0], expectation: fields[6], size: fields[7] + "x" + fields[8],
        hash: fields[9], hasTolerance: !fields[10].isEmpty && fields[10] != "0",
        orientedHash: fields[14])
    }
  }()

  /// Hashing in debug builds is slow: only release builds hash the largest pictures.
  private static var hashLimit: Int {
    #if DEBUG
      3_000_000
    #else
      .max
    #endif
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func everyPictureIsDecodedOrRejectedAsTheManifestSays() throws {
    let shared = try #require(TestFiles.shared)
    #expect(Self.entries.count > 1000)
    for entry in Self.entries {
      let bytes = try TestFiles.bytes(shared + "/corpus/" + entry.path)
      do {
        let raw = try ImageDecoder(applyOrientation: false).decode(bytes: bytes)
        #expect(entry.expectation != "reject", "\(entry.path) must be rejected")
        if entry.expectation != "either" {
          #expect(raw.image.size.description == entry.size, "\(entry.path)")
        }
        guard entry.expectation != "dims", !entry.hasTolerance, !entry.hash.isEmpty else {
          continue
        }
        guard raw.image.samples.count <= Self.hashLimit else { continue }
        #expect(SHA256.hex(raw.image.samples) == entry.hash, "\(entry.path)")
        guard raw.orientation != 1 || entry.hash != entry.orientedHash else { continue }
        let upright = try ImageDecoder().decode(bytes: bytes)
        #expect(SHA256.hex(upright.image.samples) == entry.orientedHash, "\(entry.path) upright")
      } catch let error as ImagingError {
        let allowed = ["reject", "either"].contains(entry.expectation)
        #expect(allowed, "\(entry.path) must decode: \(error)")
        #expect(!"\(error)".hasSuffix(": "), "\(entry.path): an error names its cause")
      }
    }
  }
}
