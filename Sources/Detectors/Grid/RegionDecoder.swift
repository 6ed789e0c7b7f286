package import Geometry

/// Decodes the raw map of YOLOv2: anchors in grid cells, sigmoid objectness and a softmax over the
/// classes (Redmon and Farhadi 2016, arXiv:1612.08242).
///
///     x = (c + sigmoid(tx)) * cellWidth     w = pw * e^tw * cellWidth
///     score = sigmoid(objectness) * softmax(classes)
package struct RegionDecoder: GridDecoder {
  package var columns: Int
  package var rows: Int
  package var inputSize: Size
  /// In cells, in channel order.
  package var anchors: [Anchor]
  package var classCount: Int
  /// Whether classes go through a softmax (as published) or a sigmoid each.
  package var usesSoftmax: Bool

  package init(
    columns: Int, rows: Int, inputSize: Size, anchors: [Anchor], classCount: Int,
    usesSoftmax: Bool = true
  ) {
    self.columns = columns
    self.rows = rows
    self.inputSize = inputSize
    self.anchors = anchors
    self.classCount = classCount
    self.usesSoftmax = usesSoftmax
  }

  package var elementCounts: [Int] { [anchors.count * (5 + classCount) * rows * columns] }

  package func decode(
    _ tensors: [UnsafeBufferPointer<Float>], scoreThreshold: Float,
    into candidates: inout Candidates
  ) {
    guard let base = tensors[0].baseAddress else { return }
    let cellCount = rows * columns  // tensor: [anchors, 5 + classes, rows, columns]
    let bound = logitBound(Double(scoreThreshold))
    for (index, anchor) in anchors.enumerated() {
      let plane = base + index * (5 + classCount) * cellCount
      for cell in 0..<cellCount where plane[4 * cellCount + cell] > bound {
        let values = plane + cell
        let objectness = sigmoid(values[4 * cellCount])
        let classes = probabilities(values + 5 * cellCount, stride: cellCount)
        var boxIndex: Int32?
        for classID in 0..<classCount {
          let score = Float(objectness * classes[classID])
          guard score > scoreThreshold else { continue }
          let box =
            boxIndex
            ?? candidates.addBox(
              self.box(
                values[0], values[cellCount], values[2 * cellCount], values[3 * cellCount],
                column: cell % columns, row: cell / columns, anchor: anchor))
          boxIndex = box
          candidates.append(boxIndex: box, classID: classID, score: score)
        }
      }
    }
  }

  private func probabilities(_ values: UnsafePointer<Float>, stride: Int) -> [Double] {
    usesSoftmax
      ? softmax(values, count: classCount, stride: stride)
      : (0..<classCount).map { sigmoid(values[$0 * stride]) }
  }

  /// The box of one cell and anchor from its four raw values, in input pixels.
  package func box(
    _ tx: Float, _ ty: Float, _ tw: Float, _ th: Float, column: Int, row: Int, anchor: Anchor
  ) -> Box {
    let cellWidth = Double(inputSize.width) / Double(columns)
    let cellHeight = Double(inputSize.height) / Double(rows)
    return Box(
      centerX: (Double(column) + sigmoid(tx)) * cellWidth,
      centerY: (Double(row) + sigmoid(ty)) * cellHeight,
      width: sizeExponential(tw) * anchor.width * cellWidth,
      height: sizeExponential(th) * anchor.height * cellHeight)
  }
}
