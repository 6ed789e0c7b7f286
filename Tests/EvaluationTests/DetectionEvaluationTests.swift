import Evaluation
import Geometry
import TestSupport
import Testing

@Suite struct DetectionEvaluationTests {
  private func box(_ x: Double, _ y: Double, _ side: Double) -> OriginSizeBox {
    OriginSizeBox(x: x, y: y, width: side, height: side)
  }

  private func picture(_ seed: UInt32, count: Int = 12) -> ScoredPicture {
    var generator = SeededGenerator(seed: seed)
    var picture = ScoredPicture()
    for index in 0..<count {
      let place = box(
        Double(generator.float() + 0.5) * 300, Double(generator.float() + 0.5) * 300,
        10 + Double(generator.float() + 0.5) * 150)
      picture.objects.append(.init(box: place, classIndex: index % 2))
      var found = place
      found.x += Double(generator.float()) * place.width
      picture.found.append(
        .init(box: found, classIndex: index % 2, score: Double(generator.float() + 0.5)))
    }
    return picture
  }

  @Test("detections that are the labels score 1 everywhere")
  func perfect() {
    var picture = picture(1)
    picture.found = picture.objects.map {
      .init(box: $0.box, classIndex: $0.classIndex, score: 0.5)
    }
    let evaluation = DetectionEvaluation(pictures: [picture], classCount: 2)
    for (name, value) in evaluation.summary.named where name != "AR1" {
      // Precision is divided by a count and an epsilon, as in the reference.
      #expect(value.map { abs($0 - 1) < 1e-9 } ?? true, "\(name)")
    }
    #expect(abs((evaluation.summary.averagePrecision ?? 0) - 1) < 1e-9)
  }

  @Test("the order of a picture's boxes does not matter where scores differ")
  func orderIsIrrelevant() {
    let pictures = (1...4).map { picture($0) }
    var shuffled = pictures
    var generator = SeededGenerator(seed: 9)
    for index in shuffled.indices {
      shuffled[index].found.shuffle(using: &generator)
      shuffled[index].objects.shuffle(using: &generator)
    }
    let first = DetectionEvaluation(pictures: pictures, classCount: 2)
    let second = DetectionEvaluation(pictures: shuffled, classCount: 2)
    #expect(first.summary == second.summary)
  }

  @Test("an overlap at the threshold matches, one just below does not")
  func boundary() throws {
    let object = ScoredPicture.Object(box: box(0, 0, 100), classIndex: 0)
    func score(_ height: Double) -> Double? {
      let found = OriginSizeBox(x: 0, y: 0, width: 100, height: height)
      let picture = ScoredPicture(
        objects: [object], found: [.init(box: found, classIndex: 0, score: 0.9)])
      return DetectionEvaluation(pictures: [picture], classCount: 1).summary.averagePrecision50
    }
    #expect(abs((score(50) ?? 0) - 1) < 1e-9)
    #expect(score(49.999) == 0)
  }

  @Test("classes that are not labelled have no score and do not count")
  func absentClasses() {
    let evaluation = DetectionEvaluation(pictures: [picture(3)], classCount: 5)
    let two = DetectionEvaluation(pictures: [picture(3)], classCount: 2)
    #expect(evaluation.summary == two.summary)
    #expect(evaluation.classes[4].summary.averagePrecision == nil)
    let empty = DetectionEvaluation(pictures: [], classCount: 3)
    #expect(empty.summary.named.allSatisfy { $0.value == nil })
    #expect(empty.meanPrecisions(overlap: 0.5) == nil)
  }

  @Test("a curve falls, and reaches as far as its recall")
  func curves() throws {
    let evaluation = DetectionEvaluation(pictures: (1...6).map { picture($0) }, classCount: 2)
    let curve = try #require(evaluation.curve(ofClass: 0, overlap: 0.5))
    #expect(zip(curve.precisions, curve.precisions.dropFirst()).allSatisfy { $0 >= $1 })
    for (recall, precision) in zip(PrecisionRecallCurve.recalls, curve.precisions) {
      #expect((recall <= curve.recall) == (precision > 0))
    }
    #expect(
      abs(curve.averagePrecision - (evaluation.classes[0].summary.averagePrecision50 ?? -1)) < 1e-12
    )
  }

  @Test("confusion counts every object and every detection once")
  func confusion() {
    let objects = [
      ScoredPicture.Object(box: box(0, 0, 10), classIndex: 0),
      ScoredPicture.Object(box: box(50, 0, 10), classIndex: 1),
      ScoredPicture.Object(box: box(100, 0, 10), classIndex: 1),
      ScoredPicture.Object(box: box(200, 0, 50), classIndex: 0, isCrowd: true),
    ]
    let found: [ScoredPicture.Found] = [
      .init(box: box(0, 0, 10), classIndex: 1, score: 0.9),  // Taken for another class.
      .init(box: box(50, 1, 10), classIndex: 1, score: 0.8),  // Right.
      .init(box: box(300, 0, 10), classIndex: 0, score: 0.7),  // Of nothing.
      .init(box: box(210, 5, 10), classIndex: 0, score: 0.6),  // Of the crowd.
      .init(box: box(100, 0, 10), classIndex: 1, score: 0.25),  // At the threshold.
    ]
    let matrix = ConfusionMatrix(
      pictures: [ScoredPicture(objects: objects, found: found)], classCount: 2)
    #expect(matrix.count(labelled: 0, found: 1) == 1)
    #expect(matrix.count(labelled: 1, found: 1) == 1)
    #expect(matrix.count(labelled: 1, found: nil) == 1)
    #expect(matrix.count(labelled: nil, found: 0) == 1)
    #expect(matrix.counts.reduce(0, +) == 4)
  }

  @Test("the histogram parts right from wrong and has all scores")
  func histogram() {
    let pictures = (1...5).map { picture($0) }
    let histogram = ScoreHistogram(pictures: pictures, classCount: 2, binCount: 10)
    let count = pictures.reduce(0) { $0 + $1.found.count }
    #expect(histogram.correct.reduce(0, +) + histogram.wrong.reduce(0, +) == count)
    let one = ScoredPicture(
      objects: [.init(box: box(0, 0, 9), classIndex: 0)],
      found: [.init(box: box(0, 0, 9), classIndex: 0, score: 1)])
    #expect(ScoreHistogram(pictures: [one], classCount: 1, binCount: 4).correct == [0, 0, 0, 1])
  }
}
