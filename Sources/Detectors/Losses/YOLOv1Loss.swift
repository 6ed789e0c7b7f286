internal import Geometry

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The sum-squared loss of YOLOv1 (Redmon et al. 2015, arXiv:1506.02640, equation 3) of one picture.
///
/// Of a cell's boxes, the one with the largest IoU with the object is responsible (where all IoUs
/// are 0, the one with the smallest root-mean-square error); its confidence is drawn to that IoU,
/// every other confidence to 0.
package struct YOLOv1Loss: Sendable {
  /// One object; at most one per cell.
  package struct Object: Hashable, Sendable {
    /// `row * side + column`
    package var cell: Int
    package var classID: Int
    /// Centre within the cell, in cells.
    package var x: Double
    package var y: Double
    /// Share of the picture's width and height.
    package var width: Double
    package var height: Double

    package init(
      cell: Int, classID: Int, x: Double, y: Double, width: Double, height: Double
    ) {
      self.cell = cell
      self.classID = classID
      self.x = x
      self.y = y
      self.width = width
      self.height = height
    }
  }

  /// The weighted terms and, by cell, which box was responsible with which IoU.
  package struct Terms: Sendable {
    package var center = 0.0
    package var size = 0.0
    package var object = 0.0
    package var noObject = 0.0
    package var classes = 0.0
    package var responsible: [Int: (box: Int, overlap: Double)] = [:]
    package var total: Double { center + size + object + noObject + classes }
  }

  package var coordinateWeight = 5.0
  package var noObjectWeight = 0.5

  package init() {}

  /// - Parameters:
  ///   - output: The network's raw output in the decoder's layout.
  ///   - objects: The truth; later objects of a cell are ignored.
  package func terms(_ output: [Float], _ decoder: YOLOv1Decoder, _ objects: [Object]) -> Terms {
    precondition([output.count] == decoder.elementCounts, "output does not have the head's size")
    let byCell = Dictionary(objects.map { ($0.cell, $0) }, uniquingKeysWith: { first, _ in first })
    var terms = Terms()
    for cell in 0..<(decoder.side * decoder.side) {
      let confidences = (0..<decoder.boxesPerCell).map {
        Double(output[decoder.confidenceOffset(cell, $0)])
      }
      guard let object = byCell[cell] else {
        terms.noObject += noObjectWeight * confidences.reduce(0) { $0 + $1 * $1 }
        continue
      }
      let boxes = (0..<decoder.boxesPerCell).map { index in
        (0..<4).map { Double(output[decoder.boxOffset(cell, index) + $0]) }
      }
      let (best, overlap) = responsibleBox(boxes, object, side: decoder.side)
      terms.responsible[cell] = (best, overlap)
      let box = boxes[best]
      terms.center += coordinateWeight * (square(box[0] - object.x) + square(box[1] - object.y))
      terms.size +=
        coordinateWeight
        * (square(box[2] - object.width.squareRoot()) + square(box[3] - object.height.squareRoot()))
      terms.object += square(confidences[best] - overlap)
      for index in confidences.indices where index != best {
        terms.noObject += noObjectWeight * square(confidences[index])
      }
      for classID in 0..<decoder.classCount {
        let target = classID == object.classID ? 1.0 : 0
        terms.classes += square(Double(output[decoder.classOffset(cell) + classID]) - target)
      }
    }
    return terms
  }

  private func responsibleBox(
    _ boxes: [[Double]], _ object: Object, side: Int
  ) -> (Int, Double) {
    let cells = Double(side)
    let truth = Box(
      centerX: object.x / cells, centerY: object.y / cells, width: object.width,
      height: object.height)
    let candidates = boxes.map {
      Box(
        centerX: $0[0] / cells, centerY: $0[1] / cells, width: $0[2] * $0[2],
        height: $0[3] * $0[3])
    }
    let overlaps = candidates.map { truth.intersectionOverUnion($0) }
    var best = 0
    if overlaps.contains(where: { $0 > 0 }) {
      for index in overlaps.indices where overlaps[index] > overlaps[best] { best = index }
    } else {
      let errors = candidates.map { error($0, truth) }
      for index in errors.indices where errors[index] < errors[best] { best = index }
    }
    return (best, overlaps[best])
  }

  /// The sum of squared differences of centre and size; its root orders alike.
  private func error(_ box: Box, _ truth: Box) -> Double {
    square((box.minX + box.maxX - truth.minX - truth.maxX) / 2)
      + square((box.minY + box.maxY - truth.minY - truth.maxY) / 2)
      + square(box.width - truth.width) + square(box.height - truth.height)
  }

  private func square(_ value: Double) -> Double { value * value }
}
