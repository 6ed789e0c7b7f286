internal import Evaluation
internal import StrictJSON

/// The results of `detect evaluate`, as text and as JSON.
struct EvaluationOutput {
  let evaluation: DetectionEvaluation
  let confusion: ConfusionMatrix
  let histogram: ScoreHistogram
  let classNames: [String]
  let imageCount: Int
  let failedCount: Int
  let isPerClass: Bool

  func text() -> String {
    let objects = evaluation.classes.reduce(0) { $0 + $1.objectCount }
    let detections = evaluation.classes.reduce(0) { $0 + $1.detectionCount }
    var text = "\(imageCount) images, \(objects) objects, \(detections) detections\n"
    for (name, value) in evaluation.summary.named {
      text += padded(name, 6) + Self.shown(value) + "\n"
    }
    guard isPerClass else { return text }
    let width = min(max(classNames.map(\.count).max() ?? 5, 5), 32)
    text += "\n" + padded("class", width + 2) + "objects     AP   AP50   AP75  AR100\n"
    for (index, name) in classNames.enumerated() {
      let result = evaluation.classes[index]
      guard result.objectCount > 0 else { continue }
      let summary = result.summary
      text += padded(String(Escaping.line(name).prefix(width)), width + 2)
      text += padded("\(result.objectCount)", 9)
      text +=
        [
          summary.averagePrecision, summary.averagePrecision50, summary.averagePrecision75,
          summary.averageRecall100,
        ].map(Self.shown).joined(separator: "  ") + "\n"
    }
    return text
  }

  func json() -> JSONValue {
    var object = JSONObject()
    object["images"] = .integer(imageCount)
    object["failed"] = .integer(failedCount)
    object["objects"] = .integer(evaluation.classes.reduce(0) { $0 + $1.objectCount })
    object["detections"] = .integer(evaluation.classes.reduce(0) { $0 + $1.detectionCount })
    for (name, value) in evaluation.summary.named { object[name] = Self.json(value) }
    if isPerClass {
      object["classes"] = .array(classNames.indices.map { classJSON($0) })
    }
    var curves = JSONObject()
    curves["recall"] = .array(PrecisionRecallCurve.recalls.map { .number($0) })
    for (name, overlap) in [("precision_50", 0.5), ("precision_75", 0.75)] {
      let precisions = evaluation.meanPrecisions(overlap: overlap)
      curves[name] = precisions.map { .array($0.map { .number($0) }) } ?? .null
    }
    object["curves"] = .object(curves)
    object["confusion"] = confusionJSON()
    object["scores"] = [
      "iou": 0.5, "bins": .integer(histogram.correct.count),
      "correct": .array(histogram.correct.map { .integer($0) }),
      "wrong": .array(histogram.wrong.map { .integer($0) }),
    ]
    return .object(object)
  }

  private func classJSON(_ index: Int) -> JSONValue {
    let result = evaluation.classes[index]
    var object = JSONObject()
    object["name"] = .string(classNames[index])
    object["objects"] = .integer(result.objectCount)
    object["detections"] = .integer(result.detectionCount)
    for (name, value) in result.summary.named { object[name] = Self.json(value) }
    let curve = evaluation.curve(ofClass: index, overlap: 0.5)
    object["precision_50"] = curve.map { .array($0.precisions.map { .number($0) }) } ?? .null
    object["scores_50"] = curve.map { .array($0.scores.map { .number($0) }) } ?? .null
    return .object(object)
  }

  /// The entries that are not 0.
  private func confusionJSON() -> JSONValue {
    let classes: [Int?] = classNames.indices.map { $0 } + [nil]
    var entries: [JSONValue] = []
    for labelled in classes {
      for found in classes {
        let count = confusion.count(labelled: labelled, found: found)
        guard count > 0 else { continue }
        entries.append([
          "labelled": labelled.map { .string(classNames[$0]) } ?? .null,
          "found": found.map { .string(classNames[$0]) } ?? .null, "count": .integer(count),
        ])
      }
    }
    return [
      "iou": .number(confusion.overlapThreshold), "conf": .number(confusion.scoreThreshold),
      "entries": .array(entries),
    ]
  }

  private static func json(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }

  /// Four decimals, or a dash.
  static func shown(_ value: Double?) -> String {
    guard let value else { return "     -" }
    return Fixed.text(value, decimals: 4)
  }
}

/// Text filled up with spaces behind.
func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// Text filled up with spaces in front.
func aligned(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

/// Numbers with a fixed count of decimals.
enum Fixed {
  static func text(_ value: Double, decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let units = Int((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && units > 0 ? "-" : ""
    guard decimals > 0 else { return sign + "\(units)" }
    let fraction = "\(units % scale)"
    return sign + "\(units / scale)."
      + String(repeating: "0", count: decimals - fraction.count) + fraction
  }
}
