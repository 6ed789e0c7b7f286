import Evaluation
import Geometry
import Testing

@Suite struct ComparisonTests {
  private func found(
    _ x: Double, side: Double = 10, classIndex: Int = 0, score: Double = 0.5
  ) -> ScoredPicture.Found {
    .init(
      box: OriginSizeBox(x: x, y: 0, width: side, height: side), classIndex: classIndex,
      score: score)
  }

  @Test("the front has what nothing beats, cheapest first")
  func front() {
    let accuracy = [0.3, 0.5, 0.4, 0.5, .nan]
    let cost = [1.0, 4, 5, 4, 0.5]
    #expect(ParetoFront.indices(accuracy: accuracy, cost: cost) == [0, 1, 3])
    #expect(ParetoFront.indices(accuracy: [], cost: []) == [])
  }

  @Test("agreement with oneself is whole; classes do not mix")
  func agreement() {
    let boxes = [found(0), found(40, side: 50), found(200, side: 120)]
    var same = Agreement()
    same.add(boxes, reference: boxes, classCount: 1)
    #expect(same.all.recall == 1 && same.all.precision == 1 && same.all.balance == 1)
    #expect(same.small.own == 1 && same.medium.own == 1 && same.large.own == 1)
    var other = Agreement()
    other.add([found(0, classIndex: 1)], reference: [found(0)], classCount: 2)
    #expect(other.all.recall == 0 && other.all.precision == 0)
    #expect(Agreement().all.balance == 1 && Agreement().all.recall == nil)
  }

  @Test("what strategies found is one set of objects; who found them alone is known")
  func objects() {
    let strategies = [
      [found(0, score: 0.9), found(100)], [found(1, score: 0.8)],
      [found(0, score: 0.7), found(300)],
    ]
    let union = FoundObjects(found: strategies)
    #expect(union.objects.count == 3)
    #expect(union.shown.allSatisfy { $0.allSatisfy { $0 != nil } })
    let first = union.objects.firstIndex { $0.box.x == 100 } ?? -1
    #expect(union.isFoundOnly(by: 0, object: first) && !union.isFoundOnly(by: 2, object: first))
    let labels = [FoundObjects.Object(box: found(300).box, classIndex: 0)]
    let held = FoundObjects(found: strategies, labels: labels)
    #expect(held.isFound == [[false], [false], [true]])
    #expect(held.shown[0] == [nil, nil])
    #expect(held.isFoundOnly(by: 2, object: 0) && !held.isMissedOnly(by: 0, object: 0))
  }
}
