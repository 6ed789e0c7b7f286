import Evaluation
import Geometry
import Interchange
import StrictJSON
import TestSupport
import Testing

/// Made-up annotations and results with what pycocotools scores them:
/// `python3 Scripts/generate_evaluation_goldens.py Fixtures/evaluation`.
@Suite struct EvaluationGoldenTests {
  @Test(arguments: [
    "hand-made", "nothing-found", "nothing-labelled", "crowds", "equal-scores", "texts", "many",
    "outlines",
  ])
  func equalsPycocotools(_ name: String) throws {
    let golden = try JSONReader.parse(TestFiles.bytes(TestFiles.fixture("evaluation/\(name).json")))
    var leniency = Leniency(isLenient: false)
    let dataSet = try COCODataSet.read(
      JSONWriter.bytes(of: golden.member("annotations")), path: name, leniency: &leniency)
    let results = try Predictions(
      JSONWriter.bytes(of: golden.member("results")), path: name, leniency: &leniency)
    let evaluation = DetectionEvaluation(
      pictures: Self.pictures(dataSet, results), classCount: dataSet.categories.count)

    let expected = try golden.member("expected")
    for (key, value) in evaluation.summary.named {
      let wanted = try expected.member("summary").member(key)
      Self.expectEqual(value, wanted, "\(name) \(key)")
    }
    let classes = try #require(expected["classes"]?.arrayValue)
    #expect(classes.count == evaluation.classes.count)
    for (index, wanted) in classes.enumerated() {
      Self.expectEqual(
        evaluation.classes[index].summary.averagePrecision, wanted, "\(name) class \(index)")
    }
  }

  /// `null` stands for what pycocotools leaves out of its means.
  private static func expectEqual(_ value: Double?, _ wanted: JSONValue, _ comment: Comment) {
    guard let number = wanted.doubleValue else {
      #expect(value == nil, comment)
      return
    }
    #expect(abs((value ?? -1) - number) <= 1e-6, comment)
  }

  private static func pictures(_ dataSet: DataSet, _ results: Predictions) -> [ScoredPicture] {
    dataSet.pictures.map { picture in
      let objects = picture.objects.map {
        ScoredPicture.Object(
          box: $0.box, classIndex: $0.category, area: $0.area, isCrowd: $0.isCrowd,
          isIgnored: $0.isIgnored)
      }
      let found = results.predictions.compactMap { prediction -> ScoredPicture.Found? in
        guard prediction.picture == .identifier(picture.identifier),
          let index = dataSet.categories.firstIndex(where: {
            prediction.category == .identifier($0.identifier)
          })
        else { return nil }
        return .init(box: prediction.box, classIndex: index, score: prediction.score)
      }
      return ScoredPicture(objects: objects, found: found)
    }
  }
}
