package import Geometry

/// Reads the rows of a network that suppresses duplicates itself (YOLOv10 and its like):
/// `[rows, 6]` with minX, minY, maxX, maxY in input pixels, score, class.
package struct EndToEndDecoder: GridDecoder {
  package var rowCount: Int
  package var classCount: Int

  package init(rowCount: Int, classCount: Int) {
    self.rowCount = rowCount
    self.classCount = classCount
  }

  package var elementCounts: [Int] { [rowCount * 6] }

  /// Rows whose class is not a whole number in `0..<classCount` are padding and left out.
  package func decode(
    _ tensors: [UnsafeBufferPointer<Float>], scoreThreshold: Float,
    into candidates: inout Candidates
  ) {
    let values = tensors[0]
    for row in 0..<rowCount where values[row * 6 + 4] > scoreThreshold {
      guard let classID = Int(exactly: values[row * 6 + 5]), (0..<classCount).contains(classID)
      else { continue }
      let index = candidates.addBox(
        Box(
          minX: Double(values[row * 6]), minY: Double(values[row * 6 + 1]),
          maxX: Double(values[row * 6 + 2]), maxY: Double(values[row * 6 + 3])))
      candidates.append(boxIndex: index, classID: classID, score: values[row * 6 + 4])
    }
  }
}
