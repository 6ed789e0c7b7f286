internal import Detectors
internal import Geometry
internal import Pyramids
internal import StrictJSON

extension ExplanationReport {
  /// One JSON object and a line end:
  ///
  ///     {"schema":1,"path":…,"width":…,"height":…,"model":…,"pyramid":…,"box":[x1,y1,x2,y2],
  ///      "found":3,"detections":[{"number":3,…}],"candidates":[{"class_id":…,"score":…,"bbox":…,
  ///      "iou":…,"level":…,"head":…,"cell":{…},"anchor":{…},"factors":[…],"window":[…],
  ///      "steps":[{"kind","value","limit","passed"}],"outcome":…,"detection":3}]}
  ///
  /// `found` is the number of the detection that answers, or null. Numbers count from 1.
  func json() throws -> [UInt8] {
    var object = JSONObject()
    object["schema"] = 1
    object["path"] = .string(String(decoding: path.bytes, as: UTF8.self))
    object["width"] = .integer(sourceSize.width)
    object["height"] = .integer(sourceSize.height)
    object["model"] = .string(modelName)
    object["pyramid"] = .string(explanation.strategy)
    object["box"] = Self.json(question.box)
    object["found"] = answer.map { .integer($0 + 1) } ?? .null
    object["detections"] = .array(
      involved.map { place in
        var detection = JSONObject()
        detection["number"] = .integer(place + 1)
        add(explanation.detections[place], to: &detection)
        return .object(detection)
      })
    object["candidates"] = .array(explanation.candidates.map(json))
    return try JSONWriter.bytes(of: .object(object)) + [UInt8(ascii: "\n")]
  }

  private func json(_ candidate: PictureExplanation.Candidate) -> JSONValue {
    let explanation = candidate.explanation
    var object = JSONObject()
    add(explanation.detection, to: &object)
    object[candidate.pass.kind.rawValue] = .string(candidate.pass.name)
    if !explanation.level.isEmpty { object["head"] = .string(explanation.level) }
    if let cell = explanation.cell {
      object["cell"] = [
        "row": .integer(cell.row), "column": .integer(cell.column),
        "stride": .integer(cell.strideInPixels),
      ]
    }
    if let prior = explanation.prior {
      object["anchor"] = [
        "index": .integer(prior.index), "width": Self.json(prior.anchor.width),
        "height": Self.json(prior.anchor.height),
      ]
    }
    if !explanation.factors.isEmpty {
      object["factors"] = .array(
        explanation.factors.map { ["name": .string($0.name), "value": Self.json($0.value)] })
    }
    if !explanation.window.isEmpty {
      object["window"] = .array(explanation.window.map { $0.map(Self.json) ?? .null })
    }
    object["steps"] = .array(
      explanation.steps.map {
        [
          "kind": .string($0.kind.rawValue), "value": Self.json($0.value),
          "limit": Self.json($0.limit), "passed": .bool($0.isPassed),
        ]
      })
    let (outcome, place) = Self.outcome(explanation.outcome)
    object["outcome"] = .string(outcome)
    object["detection"] = place.map { .integer($0 + 1) } ?? .null
    return .object(object)
  }

  /// Its name, and the place of the detection involved.
  private static func outcome(_ outcome: CandidateExplanation.Outcome) -> (String, Int?) {
    switch outcome {
    case .found(let place): ("found", place)
    case .belowThreshold: ("below-threshold", nil)
    case .notPeak: ("not-a-peak", nil)
    case .unwantedClass: ("unwanted-class", nil)
    case .suppressed(by: let place): ("suppressed", place)
    case .leftToOtherPass: ("left-to-other-pass", nil)
    case .merged(into: let place): ("merged", place)
    case .beyondLimit: ("beyond-limit", nil)
    case .outside: ("outside", nil)
    case .empty: ("empty", nil)
    }
  }

  private func add(_ detection: Detection, to object: inout JSONObject) {
    object["class_id"] = .integer(detection.classID)
    object["class_name"] = .string(
      classNames.indices.contains(detection.classID) ? classNames[detection.classID] : "")
    object["score"] = Self.json(detection.score)
    object["bbox"] = Self.json(detection.box)
    object["iou"] = Self.json(detection.box.intersectionOverUnion(question.box))
  }

  private static func json(_ box: Box) -> JSONValue {
    .array(
      [box.minX, box.minY, box.maxX, box.maxY].map { .number(($0 * 1000).rounded() / 1000 + 0) })
  }

  /// To a millionth.
  private static func json(_ value: Double) -> JSONValue {
    .number((value * 1_000_000).rounded() / 1_000_000 + 0)
  }
}
