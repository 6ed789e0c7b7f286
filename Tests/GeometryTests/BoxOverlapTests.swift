import Geometry
import StrictJSON
import TestSupport
import Testing

@Suite struct BoxOverlapTests {
  /// Vectors `boxes`, `iou_matrix`, `giou_*`, `diou_0_2`, `ciou_0_3` of `13_nms.json`.
  @Test func matchesVectors() throws {
    let vectors = try SpecVectors("13_nms.json").root
    let boxes = try NMSVectors().boxes
    let matrix = try #require(vectors.member("iou_matrix").arrayValue).map(\.numbers)
    for (row, first) in boxes.enumerated() {
      for (column, second) in boxes.enumerated() {
        #expect(abs(first.intersectionOverUnion(second) - matrix[row][column]) <= 1e-8)
      }
    }
    let cases: [(String, Double)] = [
      ("giou_0_2", boxes[0].generalizedIoU(boxes[2])),
      ("giou_0_5", boxes[0].generalizedIoU(boxes[5])),
      ("diou_0_2", boxes[0].distanceIoU(boxes[2])),
      ("ciou_0_3", boxes[0].completeIoU(boxes[3])),
    ]
    for (key, value) in cases {
      let expected = try #require(vectors.member(key).doubleValue)
      #expect(abs(value - expected) <= 1e-8, "\(key)")
    }
  }

  @Test func plusOneCountsInclusivePixels() {
    let first = Box(minX: 0, minY: 0, maxX: 3, maxY: 3)
    let second = Box(minX: 2, minY: 0, maxX: 5, maxY: 3)
    #expect(first.intersectionOverUnion(second, plus: 0) == 0.2)
    #expect(abs(first.intersectionOverUnion(second, plus: 1) - 1.0 / 3) < 1e-15)
  }

  @Test func degenerateBoxesOverlapNothing() {
    let empty = Box(minX: 1, minY: 1, maxX: 1, maxY: 5)
    let inverted = Box(minX: 5, minY: 5, maxX: 1, maxY: 1)
    let box = Box(minX: 0, minY: 0, maxX: 10, maxY: 10)
    for other in [empty, inverted] {
      #expect(box.intersectionOverUnion(other) == 0)
      #expect(box.intersectionOverMinimum(other) == 0)
      #expect(!other.isValid)
    }
    #expect(empty.intersectionOverUnion(empty) == 0)
    #expect(empty.generalizedIoU(empty) == 0)
    #expect(empty.distanceIoU(empty) == 0)
    #expect(empty.completeIoU(inverted).isFinite)
    #expect(!Box(minX: 0, minY: 0, maxX: .infinity, maxY: 1).isValid)
    #expect(!Box(minX: .nan, minY: 0, maxX: 1, maxY: 1).isValid)
  }

  @Test func nestedBoxFillsTheMinimum() {
    let outer = Box(minX: 0, minY: 0, maxX: 10, maxY: 10)
    let inner = Box(minX: 2, minY: 2, maxX: 4, maxY: 4)
    #expect(outer.intersectionOverMinimum(inner) == 1)
    #expect(inner.intersectionOverMinimum(outer) == 1)
    #expect(outer.intersectionOverUnion(inner) == 0.04)
  }

  @Test func touchingEdgesDoNotOverlap() {
    let left = Box(minX: 0, minY: 0, maxX: 5, maxY: 5)
    let right = Box(minX: 5, minY: 0, maxX: 10, maxY: 5)
    #expect(left.intersectionArea(right) == 0)
    #expect(left.intersectionArea(right, plus: 1) == 6)
  }

  @Test func measuresAreSymmetricAndOneForEqualBoxes() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<50 {
      let values = generator.floats(8).map { Double($0) * 100 }
      let first = Box(
        minX: values[0], minY: values[1], maxX: values[0] + abs(values[2]) + 1,
        maxY: values[1] + abs(values[3]) + 1)
      let second = Box(
        minX: values[4], minY: values[5], maxX: values[4] + abs(values[6]) + 1,
        maxY: values[5] + abs(values[7]) + 1)
      #expect(first.completeIoU(second) == second.completeIoU(first))
      #expect(first.generalizedIoU(second) == second.generalizedIoU(first))
      #expect(first.completeIoU(second) <= first.distanceIoU(second))
      #expect(first.distanceIoU(second) <= first.intersectionOverUnion(second))
      #expect(first.generalizedIoU(second) <= first.intersectionOverUnion(second))
      #expect(first.completeIoU(first) == 1)
      #expect(first.generalizedIoU(first) == 1)
    }
  }
}

/// The boxes, scores and classes of `13_nms.json`.
struct NMSVectors {
  let root: JSONValue
  let boxes: [Box]
  let scores: [Double]
  let classes: [Int]

  init() throws {
    root = try SpecVectors("13_nms.json").root
    boxes = try #require(root.member("boxes").arrayValue).map(\.numbers).map {
      Box(minX: $0[0], minY: $0[1], maxX: $0[2], maxY: $0[3])
    }
    scores = try root.member("scores").numbers
    classes = try root.member("classes").integers
  }

  /// Detections of one class, or of the classes of the file.
  func detections(classAware: Bool = false) -> [Detection] {
    boxes.indices.map {
      Detection(box: boxes[$0], score: scores[$0], classID: classAware ? classes[$0] : 0)
    }
  }
}
