/// Greedy suppression per picture and class, as ONNX's operator of that name.
///
/// Inputs: boxes, Float32 `[N, boxes, 4]` (`y1, x1, y2, x2`, any two opposite corners, or centre x,
/// centre y, width, height); scores, Float32 `[N, classes, boxes]`; maximum?, one integer, boxes per
/// picture and class (0, none, without it); overlap?, a box goes whose IoU with a kept one is
/// larger (0 without it); least?, only larger scores count (all without it).
/// Output: Int64 `[kept, 3]` of picture, class, box; by picture, class, then falling score (of equal
/// ones the first box). The count depends on the values, so shapes are known only where all inputs
/// are constant.
package struct NonMaxSuppression: Operator, Hashable {
  /// Whether boxes are centre and size.
  package var centerPointBox: Bool

  package init(centerPointBox: Bool) {
    self.centerPointBox = centerPointBox
  }

  package var name: String { "NonMaxSuppression" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let checked = try OperatorInputs(inputs, count: 2...5)
    let boxes = try checked.floatType(0, "boxes")
    let scores = try checked.floatType(1, "scores")
    guard boxes.shape.count == 3, scores.shape.count == 3, boxes.shape[2] == 4,
      boxes.shape[0] == scores.shape[0], boxes.shape[1] == scores.shape[2]
    else {
      throw OperatorError.invalidInput(
        "boxes of shape \(boxes.shape), scores of shape \(scores.shape), "
          + "needs [N, boxes, 4] and [N, classes, boxes]")
    }
    if checked.optionalType(2) != nil { _ = try checked.integer(2, "max_output_boxes_per_class") }
    for (index, label) in [(3, "iou_threshold"), (4, "score_threshold")] {
      guard let type = checked.optionalType(index) else { continue }
      try type.requireFloat(label)
      guard type.shape.allSatisfy({ $0 == 1 }) else {
        throw OperatorError.invalidInput("\(label) has shape \(type.shape), needs one element")
      }
    }
    for index in 0..<checked.count where checked.optionalType(index) != nil {
      _ = try checked.constant(index, "its number of results: input \(index)")
    }
    return [try .output(.int64, [try select(inputs.map { $0?.constant }).count, 3])]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    return [try Tensor(try select(inputs).flatMap { $0 }, shape: type.shape)]
  }

  /// Picture, class and box of what is kept. The inputs' shapes fit together.
  private func select(_ inputs: [Tensor?]) throws -> [[Int]] {
    let (boxes, scores) = (try required(inputs, 0), try required(inputs, 1))
    let limit = max(try optional(inputs, 2)?.integers().first ?? 0, 0)
    let overlap = optional(inputs, 3)?.floats().first ?? 0
    let least = optional(inputs, 4)?.floats().first ?? -.infinity
    let (classes, count) = (scores.shape[1], scores.shape[2])
    let coordinates = boxes.elements(Float.self)
    let values = scores.elements(Float.self)
    var kept: [[Int]] = []
    for picture in 0..<scores.shape[0] {
      let corners = (0..<count).map { box in
        let start = (picture * count + box) * 4
        return Corners(coordinates[start..<start + 4], centred: centerPointBox)
      }
      for category in 0..<classes {
        let start = (picture * classes + category) * count
        let order = (0..<count).filter { values[start + $0] > least }
          .sorted { a, b in
            let (x, y) = (values[start + a], values[start + b])
            return x == y ? a < b : x > y
          }
        var chosen: [Int] = []
        for box in order where chosen.count < limit {
          if chosen.allSatisfy({ corners[$0].overlap(corners[box]) <= overlap }) {
            chosen.append(box)
          }
        }
        kept += chosen.map { [picture, category, $0] }
      }
    }
    return kept
  }
}

/// A box by its smaller and larger corner.
private struct Corners {
  var minX: Float
  var minY: Float
  var maxX: Float
  var maxY: Float

  init(_ box: ArraySlice<Float>, centred: Bool) {
    let values = Array(box)
    if centred {
      (minX, maxX) = (values[0] - values[2] / 2, values[0] + values[2] / 2)
      (minY, maxY) = (values[1] - values[3] / 2, values[1] + values[3] / 2)
    } else {
      (minY, maxY) = (min(values[0], values[2]), max(values[0], values[2]))
      (minX, maxX) = (min(values[1], values[3]), max(values[1], values[3]))
    }
  }

  private var area: Float { (maxX - minX) * (maxY - minY) }

  /// Intersection over union; 0 for boxes without area.
  func overlap(_ other: Corners) -> Float {
    let width = min(maxX, other.maxX) - max(minX, other.minX)
    let height = min(maxY, other.maxY) - max(minY, other.minY)
    guard width > 0, height > 0, area > 0, other.area > 0 else { return 0 }
    let intersection = width * height
    return intersection / (area + other.area - intersection)
  }
}
