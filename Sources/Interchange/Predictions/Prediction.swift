package import Geometry

/// A box that some program found in some picture, as its results file names both.
package struct Prediction: Hashable, Sendable {
  package enum Picture: Hashable, Sendable {
    case identifier(DataSet.Identifier)
    /// In the file system's bytes.
    case path([UInt8])
  }

  package enum Category: Hashable, Sendable {
    case identifier(DataSet.Identifier)
    case name(String)
  }

  package var picture: Picture
  package var category: Category
  package var box: OriginSizeBox
  package var score: Double
}

/// Predictions of a results file, and the pictures that it says failed.
package struct Predictions: Sendable {
  /// In the file's order: it breaks ties between equal scores.
  package private(set) var predictions: [Prediction] = []
  /// Inputs that failed, with the reason.
  package private(set) var failures: [(path: String, detail: String)] = []

  /// Reads a results file: COCO's results (`[` first) or this toolkit's records, one a line.
  ///
  /// - Parameters:
  ///   - path: For messages.
  ///   - leniency: Takes predictions that are left out.
  /// - Throws: `AnnotationError` with the line.
  package init(
    _ bytes: [UInt8], path: String, leniency: inout Leniency
  ) throws(AnnotationError) {
    let first = bytes.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
    if first == UInt8(ascii: "[") {
      try readCOCO(bytes, path: path, leniency: &leniency)
    } else {
      try readRecords(bytes, path: path, leniency: &leniency)
    }
  }

  /// Adds predictions behind those there are.
  mutating func append(_ more: [Prediction]) { predictions += more }

  mutating func appendFailure(_ path: String, _ detail: String) { failures.append((path, detail)) }
}
