package import Geometry

/// One look at a picture or a part of it, for records.
package struct PassReport: Hashable, Sendable {
  /// Under which key a record names it.
  package enum Kind: String, Hashable, Sendable {
    case level
    case tile
  }

  package var kind: Kind
  /// `1x`, `0.5x flip`, `P3`, `512,0 512x512`: unique among the passes of a picture.
  package var name: String
  /// The rectangle of source pixels seen.
  package var region: Box
  /// The network's input; of the cascade the region's own size.
  package var inputSize: Size
  /// Detections of this pass before merging.
  package var found: Int

  package init(kind: Kind, name: String, region: Box, inputSize: Size, found: Int = 0) {
    self.kind = kind
    self.name = name
    self.region = region
    self.inputSize = inputSize
    self.found = found
  }
}

/// How a pyramid strategy came to the detections of a picture.
package struct PyramidReport: Hashable, Sendable {
  package var strategy: String
  package var passes: [PassReport]
  /// Per detection the index of the pass that found it (the surest, of merged ones).
  package var origins: [Int]
  /// Multiply–adds of all networks that ran.
  package var multiplyAdds: Int
  /// Pixels of all network inputs that were filled, padding included.
  package var pixelCount: Int

  package init(
    strategy: String, passes: [PassReport], origins: [Int], multiplyAdds: Int, pixelCount: Int
  ) {
    self.strategy = strategy
    self.passes = passes
    self.origins = origins
    self.multiplyAdds = multiplyAdds
    self.pixelCount = pixelCount
  }
}
