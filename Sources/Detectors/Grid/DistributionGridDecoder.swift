package import Geometry

/// Decodes levels whose cells predict, for each side of the box, a distribution over distances:
/// NanoDet, PicoDet (generalised focal loss, Li et al. 2020, arXiv:2006.04388) and raw heads of
/// YOLOv8.
///
/// Distances come side by side (left, top, right, bottom), `binCount` logits each:
///
///     distance = sum_i i * softmax(logits)_i * stride
///     box = ((c + cellOffset) * stride - left, …, (r + cellOffset) * stride + bottom)
package struct DistributionGridDecoder: GridDecoder {
  /// Where one level's numbers lie.
  package struct Source: Hashable, Sendable {
    /// Index of the tensor in `decode`.
    package var tensor: Int
    /// The first element.
    package var offset: Int
    package var channelStride: Int
    package var cellStride: Int

    package init(tensor: Int, offset: Int, channelStride: Int, cellStride: Int) {
      self.tensor = tensor
      self.offset = offset
      self.channelStride = channelStride
      self.cellStride = cellStride
    }

    /// Element of a channel and a cell.
    func index(_ channel: Int, _ cell: Int) -> Int {
      offset + channel * channelStride + cell * cellStride
    }
  }

  package struct Level: Hashable, Sendable {
    package var grid: GridLevel
    package var classes: Source
    package var distances: Source

    package init(grid: GridLevel, classes: Source, distances: Source) {
      self.grid = grid
      self.classes = classes
      self.distances = distances
    }
  }

  package var levels: [Level]
  package var classCount: Int
  /// Distances per side: `regMax + 1` in the papers' terms (8), 16 for YOLOv8.
  package var binCount: Int
  /// Where in a cell its point lies, in cells.
  package var cellOffset: Double
  /// Whether class values are probabilities already.
  package var isActivated: Bool
  package var elementCounts: [Int]

  package init(
    levels: [Level], classCount: Int, binCount: Int, cellOffset: Double = 0.5, isActivated: Bool,
    elementCounts: [Int]
  ) {
    self.levels = levels
    self.classCount = classCount
    self.binCount = binCount
    self.cellOffset = cellOffset
    self.isActivated = isActivated
    self.elementCounts = elementCounts
  }

  package func decode(
    _ tensors: [UnsafeBufferPointer<Float>], scoreThreshold: Float,
    into candidates: inout Candidates
  ) {
    let bound = isActivated ? scoreThreshold : logitBound(Double(scoreThreshold))
    for level in levels {
      guard let classes = tensors[level.classes.tensor].baseAddress,
        let distances = tensors[level.distances.tensor].baseAddress
      else { continue }
      var boxIndices = [Int32](repeating: -1, count: level.grid.cellCount)
      func append(_ classID: Int, _ cell: Int, _ value: Float) {
        let score = isActivated ? value : Float(sigmoid(value))
        guard score > scoreThreshold else { return }
        if boxIndices[cell] < 0 {
          boxIndices[cell] = candidates.addBox(box(distances, level, cell))
        }
        candidates.append(boxIndex: boxIndices[cell], classID: classID, score: score)
      }
      // Along memory, whichever way it runs.
      if level.classes.cellStride == 1 {
        for classID in 0..<classCount {
          let plane = classes + level.classes.index(classID, 0)
          for cell in 0..<level.grid.cellCount where plane[cell] > bound {
            append(classID, cell, plane[cell])
          }
        }
      } else {
        let channelStride = level.classes.channelStride
        for cell in 0..<level.grid.cellCount {
          let values = classes + level.classes.index(0, cell)
          for classID in 0..<classCount where values[classID * channelStride] > bound {
            append(classID, cell, values[classID * channelStride])
          }
        }
      }
    }
  }

  private func box(_ values: UnsafePointer<Float>, _ level: Level, _ cell: Int) -> Box {
    let stride = Double(level.grid.strideInPixels)
    let x = (Double(cell % level.grid.columns) + cellOffset) * stride
    let y = (Double(cell / level.grid.columns) + cellOffset) * stride
    let sides = (0..<4).map { side in
      stride
        * Self.expectedBin(
          values + level.distances.index(side * binCount, cell), count: binCount,
          stride: level.distances.channelStride)
    }
    return Box(minX: x - sides[0], minY: y - sides[1], maxX: x + sides[2], maxY: y + sides[3])
  }

  /// `sum_i i * softmax(logits)_i` over `count` logits `stride` elements apart.
  package static func expectedBin(
    _ logits: UnsafePointer<Float>, count: Int, stride: Int
  ) -> Double {
    var sum = 0.0
    for (bin, probability) in softmax(logits, count: count, stride: stride).enumerated() {
      sum += Double(bin) * probability
    }
    return sum
  }
}
