package import Geometry

/// Decodes the output of YOLOv1: a fully connected layer that gives each of `side x side` cells
/// class probabilities, and confidence and geometry of `boxesPerCell` boxes
/// (Redmon et al. 2015, arXiv:1506.02640).
///
///     cx = (column + x) / side * width      w = w'^2 * width      score = confidence * P(class)
///
/// The layer is linear: centres may leave their cell and confidences `[0, 1]`; a negative `w'`
/// squares to a positive width.
package struct YOLOv1Decoder: GridDecoder {
  package enum Layout: Hashable, Sendable {
    /// Darknet's: all classes `[cells, classes]`, then confidences `[cells, boxes]`, then geometry
    /// `[cells, boxes, 4]`.
    case blocks
    /// `[cells, boxes * 5 + classes]`: per box x, y, w', h', confidence; then the classes.
    case perCell
  }

  package var side: Int
  package var boxesPerCell: Int
  package var classCount: Int
  package var layout: Layout
  package var inputSize: Size
  /// Whether w' and h' are square roots (as published) or the sizes themselves.
  package var predictsSquareRoots = true
  /// Whether class values are logits of a softmax; as published they are used as they are.
  package var usesSoftmax = false

  package init(
    side: Int, boxesPerCell: Int, classCount: Int, layout: Layout, inputSize: Size
  ) {
    self.side = side
    self.boxesPerCell = boxesPerCell
    self.classCount = classCount
    self.layout = layout
    self.inputSize = inputSize
  }

  package var elementCounts: [Int] { [side * side * (5 * boxesPerCell + classCount)] }

  package func decode(
    _ tensors: [UnsafeBufferPointer<Float>], scoreThreshold: Float,
    into candidates: inout Candidates
  ) {
    guard let base = tensors[0].baseAddress else { return }
    for cell in 0..<(side * side) {
      let classes = base + classOffset(cell)
      let probabilities =
        usesSoftmax
        ? softmax(classes, count: classCount, stride: 1)
        : (0..<classCount).map { Double(classes[$0]) }
      for index in 0..<boxesPerCell {
        let confidence = Double(base[confidenceOffset(cell, index)])
        var boxIndex: Int32?
        for classID in 0..<classCount {
          let score = Float(confidence * probabilities[classID])
          guard score > scoreThreshold else { continue }
          let box =
            boxIndex ?? candidates.addBox(self.box(base + boxOffset(cell, index), cell: cell))
          boxIndex = box
          candidates.append(boxIndex: box, classID: classID, score: score)
        }
      }
    }
  }

  /// The box from x, y, w', h' of a cell, in input pixels.
  private func box(_ values: UnsafePointer<Float>, cell: Int) -> Box {
    let width = Double(inputSize.width)
    let height = Double(inputSize.height)
    let w = Double(values[2])
    let h = Double(values[3])
    return Box(
      centerX: (Double(cell % side) + Double(values[0])) / Double(side) * width,
      centerY: (Double(cell / side) + Double(values[1])) / Double(side) * height,
      width: (predictsSquareRoots ? w * w : w) * width,
      height: (predictsSquareRoots ? h * h : h) * height)
  }

  /// Where the classes of a cell start in the output.
  package func classOffset(_ cell: Int) -> Int {
    switch layout {
    case .blocks: cell * classCount
    case .perCell: cell * (5 * boxesPerCell + classCount) + 5 * boxesPerCell
    }
  }

  /// Where the confidence of a cell's box lies.
  package func confidenceOffset(_ cell: Int, _ box: Int) -> Int {
    switch layout {
    case .blocks: side * side * classCount + cell * boxesPerCell + box
    case .perCell: cell * (5 * boxesPerCell + classCount) + 5 * box + 4
    }
  }

  /// Where x, y, w', h' of a cell's box start.
  package func boxOffset(_ cell: Int, _ box: Int) -> Int {
    switch layout {
    case .blocks:
      side * side * (classCount + boxesPerCell) + (cell * boxesPerCell + box) * 4
    case .perCell: cell * (5 * boxesPerCell + classCount) + 5 * box
    }
  }
}
