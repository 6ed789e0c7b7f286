package import Geometry

/// Decodes the levels of FCOS (Tian et al. 2019, arXiv:1904.01355): per cell class probabilities,
/// four distances and a centerness.
///
/// The cell in column `c`, row `r` of a level with stride `s` speaks for the location
///
///     x = floor(s / 2) + c * s    y = floor(s / 2) + r * s
///     box = (x - left, y - top, x + right, y + bottom)
///     score = sqrt(class * centerness)
package struct FCOSDecoder: GridDecoder {
  /// One level: three tensors of `decode`, in this order: classes `[classCount, rows, columns]`,
  /// distances `[4, rows, columns]`, centerness `[1, rows, columns]`.
  package struct Level: Hashable, Sendable {
    package var grid: GridLevel
    /// The unit of the distances in network-input pixels: 1, or the stride where the export leaves
    /// the multiplication to the decoder.
    package var distanceUnit: Double

    package init(grid: GridLevel, distanceUnit: Double = 1) {
      self.grid = grid
      self.distanceUnit = distanceUnit
    }
  }

  package var levels: [Level]
  package var classCount: Int
  /// Whether class and centerness values are probabilities already.
  package var isActivated: Bool

  package init(levels: [Level], classCount: Int, isActivated: Bool) {
    self.levels = levels
    self.classCount = classCount
    self.isActivated = isActivated
  }

  package var elementCounts: [Int] {
    levels.flatMap { [classCount * $0.grid.cellCount, 4 * $0.grid.cellCount, $0.grid.cellCount] }
  }

  package func decode(
    _ tensors: [UnsafeBufferPointer<Float>], scoreThreshold: Float,
    into candidates: inout Candidates
  ) {
    // A centerness of at most 1 bounds the score by the root of the class's probability.
    let least = Double(scoreThreshold) * Double(scoreThreshold)
    let bound = isActivated ? Float(least).nextDown : logitBound(least)
    for (index, level) in levels.enumerated() {
      let classes = tensors[3 * index]
      let (distances, centerness) = (tensors[3 * index + 1], tensors[3 * index + 2])
      let count = level.grid.cellCount
      var boxIndices = [Int32](repeating: -1, count: count)
      for classID in 0..<classCount {
        for cell in 0..<count where classes[classID * count + cell] > bound {
          let score = Float(
            Self.score(
              probability(classes[classID * count + cell]), probability(centerness[cell])))
          guard score > scoreThreshold else { continue }
          if boxIndices[cell] < 0 {
            boxIndices[cell] = candidates.addBox(
              Self.box(
                column: cell % level.grid.columns, row: cell / level.grid.columns,
                strideInPixels: level.grid.strideInPixels,
                distances: SIMD4(
                  (0..<4).map { Double(distances[$0 * count + cell]) * level.distanceUnit })))
          }
          candidates.append(boxIndex: boxIndices[cell], classID: classID, score: score)
        }
      }
    }
  }

  private func probability(_ value: Float) -> Double {
    isActivated ? Double(value) : sigmoid(value)
  }

  /// The box of one cell in network-input pixels.
  ///
  /// - Parameter distances: To the left, top, right and bottom, in network-input pixels.
  package static func box(
    column: Int, row: Int, strideInPixels stride: Int, distances: SIMD4<Double>
  ) -> Box {
    let (x, y) = (Double(stride / 2 + column * stride), Double(stride / 2 + row * stride))
    return Box(
      minX: x - distances[0], minY: y - distances[1], maxX: x + distances[2],
      maxY: y + distances[3])
  }

  /// `sqrt(class * centerness)`, 0 where a value is negative.
  package static func score(_ probability: Double, _ centerness: Double) -> Double {
    max(probability * centerness, 0).squareRoot()
  }

  /// How central a location is in its box:
  /// `sqrt(min(l, r) / max(l, r) * min(t, b) / max(t, b))`, the target that the network learns.
  ///
  /// - Parameter distances: Positive; left, top, right, bottom.
  package static func centerness(_ distances: SIMD4<Double>) -> Double {
    let (left, top, right, bottom) = (distances[0], distances[1], distances[2], distances[3])
    return
      (min(left, right) / max(left, right) * (min(top, bottom) / max(top, bottom))).squareRoot()
  }
}
