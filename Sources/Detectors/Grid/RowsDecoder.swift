package import Geometry

/// Decodes a list of boxes whose geometry the network has already worked out: YOLOv5, v6 and v7
/// (with objectness), YOLOv8 to v12 (without).
///
/// Each row holds centre x, centre y, width and height in input pixels, objectness where the family
/// has it, and one score per class, all after their sigmoids. The score is objectness times class.
package struct RowsDecoder: GridDecoder {
  package var rowCount: Int
  package var classCount: Int
  package var hasObjectness: Bool
  /// Whether the tensor is `[channels, rows]` (YOLOv8) or `[rows, channels]` (YOLOv5).
  package var isChannelsFirst: Bool
  /// The grids of the rows where there is one row per cell; empty where it is not known.
  package var levels: [GridLevel] = []

  package init(rowCount: Int, classCount: Int, hasObjectness: Bool, isChannelsFirst: Bool) {
    self.rowCount = rowCount
    self.classCount = classCount
    self.hasObjectness = hasObjectness
    self.isChannelsFirst = isChannelsFirst
  }

  private var channelCount: Int { (hasObjectness ? 5 : 4) + classCount }

  package var elementCounts: [Int] { [rowCount * channelCount] }

  package func decode(
    _ tensors: [UnsafeBufferPointer<Float>], scoreThreshold: Float,
    into candidates: inout Candidates
  ) {
    guard let base = tensors[0].baseAddress else { return }
    if hasObjectness {
      decodeWithObjectness(base, scoreThreshold, into: &candidates)
    } else if isChannelsFirst {
      decodePlanes(base, scoreThreshold, into: &candidates)
    } else {
      decodeRows(base, scoreThreshold, into: &candidates)
    }
  }

  private func decodeWithObjectness(
    _ base: UnsafePointer<Float>, _ threshold: Float, into candidates: inout Candidates
  ) {
    let rowStride = isChannelsFirst ? 1 : channelCount
    let channelStride = isChannelsFirst ? rowCount : 1
    for row in 0..<rowCount {
      let values = base + row * rowStride
      let objectness = values[4 * channelStride]
      guard objectness > threshold else { continue }
      var boxIndex: Int32?
      for classID in 0..<classCount {
        let score = objectness * values[(5 + classID) * channelStride]
        guard score > threshold else { continue }
        let index = boxIndex ?? candidates.addBox(box(base, row))
        boxIndex = index
        candidates.append(boxIndex: index, classID: classID, score: score)
      }
    }
  }

  /// `[rows, 4 + classes]`
  private func decodeRows(
    _ base: UnsafePointer<Float>, _ threshold: Float, into candidates: inout Candidates
  ) {
    for row in 0..<rowCount {
      let scores = base + row * channelCount + 4
      var boxIndex: Int32?
      for classID in 0..<classCount where scores[classID] > threshold {
        let index = boxIndex ?? candidates.addBox(box(base, row))
        boxIndex = index
        candidates.append(boxIndex: index, classID: classID, score: scores[classID])
      }
    }
  }

  /// `[4 + classes, rows]`: along memory, class by class.
  private func decodePlanes(
    _ base: UnsafePointer<Float>, _ threshold: Float, into candidates: inout Candidates
  ) {
    var boxIndices = [Int32](repeating: -1, count: rowCount)
    for classID in 0..<classCount {
      let scores = base + (4 + classID) * rowCount
      for row in 0..<rowCount where scores[row] > threshold {
        if boxIndices[row] < 0 { boxIndices[row] = candidates.addBox(box(base, row)) }
        candidates.append(boxIndex: boxIndices[row], classID: classID, score: scores[row])
      }
    }
  }

  private func box(_ base: UnsafePointer<Float>, _ row: Int) -> Box {
    let rowStride = isChannelsFirst ? 1 : channelCount
    let channelStride = isChannelsFirst ? rowCount : 1
    let values = base + row * rowStride
    return Box(
      centerX: Double(values[0]), centerY: Double(values[channelStride]),
      width: Double(values[2 * channelStride]), height: Double(values[3 * channelStride]))
  }
}
