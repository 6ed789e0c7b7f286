package import Geometry

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Decodes the single map of FastestDet: objectness, centre, size and classes per cell, objectness
/// and classes already activated in the network.
///
///     cx = (c + tanh(t1)) * cellWidth      w = sigmoid(t3) * inputWidth
///     score = objectness^0.6 * class^0.4
package struct FastestDetDecoder: GridDecoder {
  package var columns: Int
  package var rows: Int
  /// The pixels that the cells cover.
  package var inputSize: Size
  /// The input of the whole level, of which sizes are shares.
  package var unitSize: Size
  package var classCount: Int

  package init(columns: Int, rows: Int, inputSize: Size, classCount: Int) {
    self.columns = columns
    self.rows = rows
    self.inputSize = inputSize
    unitSize = inputSize
    self.classCount = classCount
  }

  package var elementCounts: [Int] { [(5 + classCount) * rows * columns] }

  package func decode(
    _ tensors: [UnsafeBufferPointer<Float>], scoreThreshold: Float,
    into candidates: inout Candidates
  ) {
    guard let base = tensors[0].baseAddress else { return }
    let cellCount = rows * columns  // tensor: [5 + classes, rows, columns]
    let threshold = Double(scoreThreshold)
    for cell in 0..<cellCount {
      let objectness = power(base[cell], 0.6)
      guard objectness > threshold else { continue }
      // Classes below this need no power; the margin covers its rounding.
      let bound = threshold > 0 ? Float(pow(threshold / objectness, 2.5)) * 0.9999 : 0
      var boxIndex: Int32?
      for classID in 0..<classCount {
        let value = base[(5 + classID) * cellCount + cell]
        guard value > bound else { continue }
        let score = Float(objectness * power(value, 0.4))
        guard score > scoreThreshold else { continue }
        let index = boxIndex ?? candidates.addBox(box(base + cell, cell, planeCount: cellCount))
        boxIndex = index
        candidates.append(boxIndex: index, classID: classID, score: score)
      }
    }
  }

  /// A power of an activated value; 0 of a negative one.
  func power(_ value: Float, _ exponent: Double) -> Double { pow(Double(max(value, 0)), exponent) }

  private func box(_ values: UnsafePointer<Float>, _ cell: Int, planeCount: Int) -> Box {
    let width = Double(inputSize.width)
    let height = Double(inputSize.height)
    let x = (Double(cell % columns) + tanh(Double(values[planeCount]))) / Double(columns)
    let y = (Double(cell / columns) + tanh(Double(values[2 * planeCount]))) / Double(rows)
    return Box(
      centerX: x * width, centerY: y * height,
      width: sigmoid(values[3 * planeCount]) * Double(unitSize.width),
      height: sigmoid(values[4 * planeCount]) * Double(unitSize.height))
  }
}
