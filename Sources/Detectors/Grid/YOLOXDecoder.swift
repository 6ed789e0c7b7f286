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
    for level in levels {
      for cell in 0..<level.cellCount {
        if values[4] > bound {
          appendCell(values, level, cell, scoreThreshold, into: &candidates)
        }
        values += 5 + classCount
      }
    }
  }

  private func appendCell(
    _ values: UnsafePointer<Float>, _ level: GridLevel, _ cell: Int, _ threshold: Float,
    into candidates: inout Candidates
  ) {
    let objectness = isActivated ? values[4] : Float(sigmoid(values[4]))
    guard objectness > threshold else { return }
    var boxIndex: Int32?
    for classID in 0..<classCount {
      let value = values[5 + classID]
      let score = objectness * (isActivated ? value : Float(sigmoid(value)))
      guard score > threshold else { continue }
      let index =
        boxIndex
        ?? candidates.addBox(
          box(
            values[0], values[1], values[2], values[3], column: cell % level.columns,
            row: cell / level.columns, strideInPixels: level.strideInPixels))
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
