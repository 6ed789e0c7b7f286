import Neural
import TestSupport
import Testing

/// Suppression eight boxes at a time against one pair at a time.
@Suite struct NonMaxSuppressionTests {
  /// `y1, x1, y2, x2` of boxes that meet often; some without area.
  private func boxes(_ count: Int) -> [[Float]] {
    var random = SeededGenerator(seed: 12)
    return (0..<count).map { index in
      let numbers = random.floats(4).map { $0 + 0.5 }
      let side: Float = index % 17 == 0 ? 0 : 0.3
      return [
        numbers[0], numbers[1], numbers[0] + side * numbers[2], numbers[1] + side * numbers[3],
      ]
    }
  }

  private func overlap(_ a: [Float], _ b: [Float]) -> Float {
    let height = min(a[2], b[2]) - max(a[0], b[0])
    let width = min(a[3], b[3]) - max(a[1], b[1])
    func area(_ box: [Float]) -> Float { (box[3] - box[1]) * (box[2] - box[0]) }
    guard width > 0, height > 0, area(a) > 0, area(b) > 0 else { return 0 }
    let intersection = width * height
    return intersection / (area(a) + area(b) - intersection)
  }

  @Test(arguments: [-1, 0, 0.05, 0.5, 1] as [Float], [7, 8, 9, 400])
  func equalsPairs(_ threshold: Float, _ count: Int) throws {
    let boxes = boxes(count)
    // Falling scores: boxes are seen in their order.
    let scores = (0..<count).map { 1 - Float($0) / 1000 }
    var kept: [Int] = []
    for index in boxes.indices
    where kept.allSatisfy({ overlap(boxes[$0], boxes[index]) <= threshold }) {
      kept.append(index)
    }
    let inputs = [
      try Tensor(boxes.flatMap { $0 }, shape: [1, count, 4]),
      try Tensor(scores, shape: [1, 1, count]), try Tensor([count], shape: []),
      try Tensor([threshold], shape: []),
    ]
    let result = try NonMaxSuppression(centerPointBox: false).evaluate(inputs)[0]
    #expect(result.shape == [kept.count, 3])
    #expect(try result.integers() == kept.flatMap { [0, 0, $0] })
  }
}
