package import Geometry

/// Decodes the concatenated levels of YOLOX (Ge et al. 2021, arXiv:2107.08430):
///
///     centre = ((c + tx) * s, (r + ty) * s)     size = (e^tw * s, e^th * s)
///     score  = objectness * class
///
/// with the stride `s` of the level; there is no half-cell offset.
package struct YOLOXDecoder: GridDecoder {
  /// In the order of the rows.
  package var levels: [GridLevel]
  package var classCount: Int
  /// Whether the network has applied the sigmoids of objectness and classes; exports do.
  package var isActivated: Bool
  /// Whether a single level comes as `[5 + classes, cells]` instead of `[cells, 5 + classes]`.
  package var isChannelsFirst = false

  package init(levels: [GridLevel], classCount: Int, isActivated: Bool = true) {
    self.levels = levels
    self.classCount = classCount
    self.isActivated = isActivated
  }

  package var elementCounts: [Int] { [levels.cellCount * (5 + classCount)] }

  package func decode(
    _ tensors: [UnsafeBufferPointer<Float>], scoreThreshold: Float,
    into candidates: inout Candidates
  ) {
    guard var values = tensors[0].baseAddress else { return }  // [cells, 5 + classes]
    let bound = isActivated ? scoreThreshold : logitBound(Double(scoreThreshold))
    let channelStride = isChannelsFirst ? levels.cellCount : 1
    let cellStride = isChannelsFirst ? 1 : 5 + classCount
    for level in levels {
      for cell in 0..<level.cellCount {
        if values[4 * channelStride] > bound {
          appendCell(values, channelStride, level, cell, scoreThreshold, into: &candidates)
        }
        values += cellStride
      }
    }
  }

  private func appendCell(
    _ values: UnsafePointer<Float>, _ channelStride: Int, _ level: GridLevel, _ cell: Int,
    _ threshold: Float, into candidates: inout Candidates
  ) {
    let first = values[4 * channelStride]
    let objectness = isActivated ? first : Float(sigmoid(first))
    guard objectness > threshold else { return }
    var boxIndex: Int32?
    for classID in 0..<classCount {
      let value = values[(5 + classID) * channelStride]
      let score = objectness * (isActivated ? value : Float(sigmoid(value)))
      guard score > threshold else { continue }
      let index =
        boxIndex
        ?? candidates.addBox(
          box(
            values[0], values[channelStride], values[2 * channelStride], values[3 * channelStride],
            column: cell % level.columns, row: cell / level.columns,
            strideInPixels: level.strideInPixels))
      boxIndex = index
      candidates.append(boxIndex: index, classID: classID, score: score)
    }
  }

  /// The box of one cell from its four raw values, in input pixels.
  package func box(
    _ tx: Float, _ ty: Float, _ tw: Float, _ th: Float, column: Int, row: Int, strideInPixels: Int
  ) -> Box {
    let stride = Double(strideInPixels)
    return Box(
      centerX: (Double(column) + Double(tx)) * stride,
      centerY: (Double(row) + Double(ty)) * stride, width: sizeExponential(tw) * stride,
      height: sizeExponential(th) * stride)
  }
}
