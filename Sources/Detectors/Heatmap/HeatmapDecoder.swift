package import Geometry

/// Turns centre heatmaps into boxes: for a cell in column `x`, row `y`,
///
///     centre = ((x + ox + shift) * s, (y + oy + shift) * s)     size = (w * s, h * s)
///     landmark = top left corner + (lx * width, ly * height)
///
/// with the stride `s`; `w`, `h` are the size channels or their exponentials. One decoder for
/// CenterNet (arXiv:1904.07850) and CenterFace (arXiv:1911.03599): `conventions` says what differs.
package struct HeatmapDecoder: Hashable, Sendable {
  package var conventions: HeatmapConventions

  package init(_ conventions: HeatmapConventions) { self.conventions = conventions }

  /// A cell of one class that passed the threshold.
  private struct Peak {
    var score: Double
    var classID: Int
    var cell: Int
  }

  /// - Parameters:
  ///   - maps: Finite, with the landmarks that the conventions count, if any.
  ///   - inputSize: The network's input, for `clipsBeforeSize`.
  ///   - extent: The input's rectangle in the maps' pixels, where they are a window of it.
  ///   - scoreThreshold: Scores at or below it are dropped.
  ///   - classes: The classes wanted; `nil` for all.
  /// - Returns: Boxes in network-input pixels, surest first; equal scores by class, row and column.
  ///   Boxes without area are left out where there is suppression.
  package func decode(
    _ maps: HeatmapMaps, inputSize: Size, extent: Box? = nil, scoreThreshold: Double,
    classes: Set<Int>? = nil
  ) -> [Detection] {
    let extent =
      extent
      ?? Box(minX: 0, minY: 0, maxX: Double(inputSize.width), maxY: Double(inputSize.height))
    var peaks = peaks(maps, scoreThreshold: scoreThreshold, classes: classes)
    // Peaks come by class, row and column; the sort must keep that order among equal scores.
    peaks.sort {
      if $0.score != $1.score { return $0.score > $1.score }
      return ($0.classID, $0.cell) < ($1.classID, $1.cell)
    }
    if let limit = conventions.candidateLimit { peaks = Array(peaks.prefix(max(limit, 0))) }
    let detections = peaks.map { detection($0, maps, extent: extent) }
    return conventions.suppression?.apply(to: detections) ?? detections
  }

  private func peaks(
    _ maps: HeatmapMaps, scoreThreshold: Double, classes: Set<Int>?
  ) -> [Peak] {
    var peaks: [Peak] = []
    for classID in 0..<maps.classCount where classes?.contains(classID) ?? true {
      let plane = maps.heat[classID * maps.cellCount..<(classID + 1) * maps.cellCount]
      plane.withUnsafeBufferPointer { plane in
        for cell in plane.indices where Double(plane[cell]) > scoreThreshold {
          if conventions.peaks == .localMaxima, !Self.isPeak(cell, plane, maps) { continue }
          peaks.append(Peak(score: Double(plane[cell]), classID: classID, cell: cell))
        }
      }
    }
    return peaks
  }

  private static func isPeak(
    _ cell: Int, _ plane: UnsafeBufferPointer<Float>, _ maps: HeatmapMaps
  ) -> Bool {
    let (y, x) = cell.quotientAndRemainder(dividingBy: maps.columns)
    for row in max(y - 1, 0)...min(y + 1, maps.rows - 1) {
      for column in max(x - 1, 0)...min(x + 1, maps.columns - 1)
      where plane[row * maps.columns + column] > plane[cell] {
        return false
      }
    }
    return true
  }

  /// What one cell says of one class, whatever its score, in network-input pixels.
  func detection(
    cell: Int, classID: Int, _ maps: HeatmapMaps, inputSize: Size
  ) -> Detection {
    let score = Double(maps.heat[classID * maps.cellCount + cell])
    return detection(
      Peak(score: score, classID: classID, cell: cell), maps,
      extent: Box(
        minX: 0, minY: 0, maxX: Double(inputSize.width), maxY: Double(inputSize.height)))
  }

  private func detection(_ peak: Peak, _ maps: HeatmapMaps, extent: Box) -> Detection {
    let stride = Double(conventions.strideInPixels)
    let (row, column) = peak.cell.quotientAndRemainder(dividingBy: maps.columns)
    let offset = maps.offset.map { pair($0, 0, peak.cell, maps) } ?? (x: 0, y: 0)
    let centerX = (Double(column) + Double(offset.x) + conventions.cellShift) * stride
    let centerY = (Double(row) + Double(offset.y) + conventions.cellShift) * stride
    let size = pair(maps.size, 0, peak.cell, maps)
    let width = side(size.x) * stride
    let height = side(size.y) * stride
    var box = Box(centerX: centerX, centerY: centerY, width: width, height: height)
    if conventions.clipsBeforeSize {
      box.minX = min(max(box.minX, extent.minX), extent.maxX)
      box.minY = min(max(box.minY, extent.minY), extent.maxY)
      box.maxX = min(box.minX + width, extent.maxX)
      box.maxY = min(box.minY + height, extent.maxY)
    }
    var detection = Detection(box: box, score: peak.score, classID: peak.classID)
    if let landmarks = maps.landmarks {
      detection.landmarks = (0..<conventions.landmarkCount).map { index in
        let place = pair(landmarks, index, peak.cell, maps)
        return Point(
          x: box.minX + Double(place.x) * width, y: box.minY + Double(place.y) * height)
      }
    }
    return detection
  }

  private func side(_ value: Float) -> Double {
    conventions.sizeCode == .logarithm ? sizeExponential(value) : Double(value)
  }

  /// Pair `index` of a map of channel pairs at one cell.
  private func pair(
    _ map: [Float], _ index: Int, _ cell: Int, _ maps: HeatmapMaps
  ) -> (x: Float, y: Float) {
    let first = map[2 * index * maps.cellCount + cell]
    let second = map[(2 * index + 1) * maps.cellCount + cell]
    return conventions.axisOrder == .xFirst ? (first, second) : (second, first)
  }
}
