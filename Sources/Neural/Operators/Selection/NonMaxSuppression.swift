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
    let checked = try check(inputs)
    for index in 0..<checked.count where checked.optionalType(index) != nil {
      _ = try checked.constant(index, "its number of results: input \(index)")
    }
    return [try .output(.int64, [try select(inputs.map { $0?.constant }).count, 3])]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    _ = try check(
      inputs.map { tensor in
        tensor.map { OperatorInput(type: TensorType($0.elementType, $0.shape), constant: $0) }
      })
    let kept = try select(inputs)
    return [try Tensor(kept.flatMap { $0 }, shape: [kept.count, 3])]
  }

  /// - Throws: `OperatorError` where types or shapes do not fit together.
  private func check(_ inputs: [OperatorInput?]) throws -> OperatorInputs {
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
    return checked
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
        var suppressors = SuppressingBoxes()
        for box in order {
          guard chosen.count < limit else { break }
          if suppressors.allow(corners[box], overlap: overlap) {
            chosen.append(box)
            suppressors.append(corners[box])
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
    let first = box.startIndex
    let (a, b, c, d) = (box[first], box[first + 1], box[first + 2], box[first + 3])
    if centred {
      (minX, maxX) = (a - c / 2, a + c / 2)
      (minY, maxY) = (b - d / 2, b + d / 2)
    } else {
      (minY, maxY) = (min(a, c), max(a, c))
      (minX, maxX) = (min(b, d), max(b, d))
    }
  }

  var area: Float { (maxX - minX) * (maxY - minY) }

  /// Intersection over union; 0 for boxes without area.
  func overlap(_ other: Corners) -> Float {
    let width = min(maxX, other.maxX) - max(minX, other.minX)
    let height = min(maxY, other.maxY) - max(minY, other.minY)
    guard width > 0, height > 0, area > 0, other.area > 0 else { return 0 }
    let intersection = width * height
    return intersection / (area + other.area - intersection)
  }
}

/// Kept boxes, eight side by side, against which others are held.
private struct SuppressingBoxes {
  private var minX: [SIMD8<Float>] = []
  private var minY: [SIMD8<Float>] = []
  private var maxX: [SIMD8<Float>] = []
  private var maxY: [SIMD8<Float>] = []
  private var area: [SIMD8<Float>] = []
  /// Those that do not fill eight yet.
  private var rest: [Corners] = []

  mutating func append(_ box: Corners) {
    rest.append(box)
    guard rest.count == 8 else { return }
    func lanes(_ value: (Corners) -> Float) -> SIMD8<Float> { SIMD8(rest.map(value)) }
    minX.append(lanes(\.minX))
    minY.append(lanes(\.minY))
    maxX.append(lanes(\.maxX))
    maxY.append(lanes(\.maxY))
    area.append(lanes(\.area))
    rest.removeAll(keepingCapacity: true)
  }

  /// Whether no kept box overlaps with one by more; the arithmetic is that of `Corners.overlap`.
  func allow(_ box: Corners, overlap: Float) -> Bool {
    guard rest.allSatisfy({ $0.overlap(box) <= overlap }) else { return false }
    // No overlap is below 0.
    guard overlap >= 0 else { return minX.isEmpty }
    let own = box.area
    guard own > 0 else { return true }
    let zero = SIMD8<Float>(repeating: 0)
    let (left, right) = (SIMD8(repeating: box.minX), SIMD8(repeating: box.maxX))
    // The latest first: neighbours have like scores.
    for index in minX.indices.reversed() {
      let width = pointwiseMin(maxX[index], right) - pointwiseMax(minX[index], left)
      // Most lie apart.
      guard any(width .> zero) else { continue }
      let height =
        pointwiseMin(maxY[index], SIMD8(repeating: box.maxY))
        - pointwiseMax(minY[index], SIMD8(repeating: box.minY))
      let meets = (width .> zero) .& (height .> zero) .& (area[index] .> zero)
      guard any(meets) else { continue }
      let intersection = width * height
      let ratio = intersection / (area[index] + own - intersection)
      if any(meets .& .!(ratio .<= overlap)) { return false }
    }
    return true
  }
}
