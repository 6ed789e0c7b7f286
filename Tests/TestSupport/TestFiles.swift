import FoundationEssentials

/// Where tests find files: the package's own fixtures, and the optional folder of real models,
/// photos and corpora beside the checkout.
package enum TestFiles {
  /// The package's root, from this source file's place.
  package static let root: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/")
  }()

  package static func fixture(_ name: String) -> String { root + "/Fixtures/" + name }

  /// The folder `shared` beside the checkout; `nil` when absent, and then tests that need it skip
  /// visibly: `@Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))`.
  package static let shared: String? = {
    let path = root + "/../shared"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()

  package static func bytes(_ path: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: path)))
  }
}
