internal import Detectors
internal import Geometry
internal import Pyramids

/// An explanation for people; `json()` for programs. Detections are numbered from 1, surest first.
struct ExplanationReport {
  let path: InputPath
  let sourceSize: Size
  let modelName: String
  let classNames: [String]
  let question: ExplanationQuestion
  let explanation: PictureExplanation

  /// The detection that answers the question: the surest of those that overlap the box by an IoU of
  /// a half; else the one that overlaps it most, by at least the least overlap.
  var answer: Int? {
    let overlaps = explanation.detections.map { $0.box.intersectionOverUnion(question.box) }
    if let sure = overlaps.firstIndex(where: { $0 >= 0.5 }) { return sure }
    guard let best = overlaps.indices.max(by: { overlaps[$0] < overlaps[$1] }),
      overlaps[best] >= question.leastOverlap
    else { return nil }
    return best
  }

  /// Detections that touch the box or took a candidate.
  var involved: [Int] {
    let rivals = explanation.candidates.compactMap { candidate -> Int? in
      switch candidate.explanation.outcome {
      case .found(let place): place
      case .suppressed(by: let place), .merged(into: let place): place
      default: nil
      }
    }
    return explanation.detections.indices.filter {
      rivals.contains($0)
        || explanation.detections[$0].box.intersectionArea(question.box) > 0
    }
  }

  var text: String {
    let box = question.box
    var lines = [
      "\(path.shown): \(sourceSize.width)x\(sourceSize.height), \(modelName), "
        + "pyramid \(explanation.strategy)",
      "box \(pixels(box)): \(verdict)", "",
    ]
    if involved.isEmpty {
      lines.append("No detection touches the box.")
    } else {
      lines.append("Detections there:")
      lines += involved.map { place in
        let detection = explanation.detections[place]
        return "  detection \(place + 1): \(named(detection)), box \(pixels(detection.box)), "
          + "IoU \(overlap(detection)) with the box"
      }
    }
    lines.append("")
    if explanation.candidates.isEmpty {
      lines.append(
        explanation.passes.isEmpty
          ? "No pass looked there." : "No cell has a candidate that touches the box.")
    } else {
      lines.append("Candidates:")
      for (index, candidate) in explanation.candidates.enumerated() {
        lines += self.lines(candidate, number: index + 1)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Found or missed, in a few words.
  private var verdict: String {
    if let answer {
      let detection = explanation.detections[answer]
      return "found, detection \(answer + 1): \(named(detection)), IoU \(overlap(detection))"
    }
    guard let best = explanation.candidates.first else { return "missed: no candidate" }
    guard best.explanation.overlap >= question.leastOverlap else {
      return "missed: no candidate has an IoU of \(decimal(question.leastOverlap)) with it"
    }
    return "missed: \(named(best.explanation.detection)), \(ending(best.explanation))"
  }

  private func lines(_ candidate: PictureExplanation.Candidate, number: Int) -> [String] {
    let explanation = candidate.explanation
    let detection = explanation.detection
    var origin = ["\(candidate.pass.kind.rawValue) \(candidate.pass.name)"]
    if explanation.level != candidate.pass.name && !explanation.level.isEmpty {
      origin.append(explanation.level)
    }
    if let cell = explanation.cell {
      origin.append("cell row \(cell.row) column \(cell.column), stride \(cell.strideInPixels)")
    }
    if let prior = explanation.prior {
      origin.append(
        "anchor \(prior.index) (\(decimal(prior.anchor.width))x\(decimal(prior.anchor.height)))")
    }
    var lines = [
      "  \(number). \(named(detection)), box \(pixels(detection.box)), IoU \(overlap(detection))",
      "     " + origin.joined(separator: ", "),
    ]
    if !explanation.factors.isEmpty {
      let product = explanation.factors.map { "\($0.name) \(decimal($0.value))" }
      lines.append(
        "     score \(decimal(detection.score)) = " + product.joined(separator: " x "))
    }
    if explanation.window.count == 9 {
      lines.append("     heatmap around the cell:")
      for row in 0..<3 {
        let values = explanation.window[3 * row..<3 * row + 3]
        lines.append(
          "       " + values.map { $0.map(decimal) ?? "-" }.joined(separator: "  "))
      }
    }
    let passed = explanation.steps.filter { $0.isPassed || $0.kind.isNetwork }
    lines += passed.map { "     \(comparison($0))" }
    lines.append("     \(explanation.outcome.isFound ? "" : "dropped: ")\(ending(explanation))")
    return lines
  }

  /// What became of a candidate.
  private func ending(_ candidate: CandidateExplanation) -> String {
    let failed = candidate.steps.first { !$0.isPassed }.map(comparison) ?? ""
    let overlapping = candidate.steps.last { $0.kind == .overlap }
    func rival(_ place: Int?) -> String {
      let iou =
        overlapping.map { "overlap \(decimal($0.value)) > \($0.limit)" } ?? "overlap"
      return place.map { "\(iou) with detection \($0 + 1)" }
        ?? "\(iou) with a surer candidate, itself removed later"
    }
    switch candidate.outcome {
    case .found(let place): return "found: detection \(place + 1)"
    case .belowThreshold, .notPeak: return failed
    case .unwantedClass: return "its class is not among --classes"
    case .suppressed(by: let place): return rival(place)
    case .merged(into: let place): return "merging the passes: " + rival(place)
    case .leftToOtherPass: return "another pass answers for boxes of this size or place"
    case .beyondLimit: return "beyond the number of detections or candidates allowed"
    case .outside: return "nothing of it lies in the picture"
    case .empty: return "its box has no area"
    }
  }

  private func comparison(_ step: CandidateExplanation.Step) -> String {
    let name: (String, limit: String) =
      switch step.kind {
      case .score: ("", "conf ")
      case .peak: ("heatmap ", "largest of the 3x3 window ")
      case .overlap: ("overlap ", "")
      case .proposal: ("P-Net ", "threshold ")
      case .refinement: ("R-Net ", "threshold ")
      case .output: ("O-Net ", "threshold ")
      }
    let sign =
      step.kind == .overlap
      ? ">" : step.value == step.limit ? (step.isPassed ? ">=" : "<=") : step.isPassed ? ">" : "<"
    let limit = step.kind == .peak ? decimal(step.limit) : "\(step.limit)"
    let value = decimal(step.value)
    return "\(name.0)\(value == limit ? "\(step.value)" : value) \(sign) \(name.limit)\(limit)"
  }

  // MARK: - Numbers and names

  private func named(_ detection: Detection) -> String {
    let name =
      classNames.indices.contains(detection.classID)
      ? Escaping.line(classNames[detection.classID]) : "class \(detection.classID)"
    return "\(name) \(decimal(detection.score))"
  }

  private func overlap(_ detection: Detection) -> String {
    decimal(detection.box.intersectionOverUnion(question.box))
  }

  private func pixels(_ box: Box) -> String {
    [box.minX, box.minY, box.maxX, box.maxY].map { "\(($0 * 10).rounded() / 10 + 0)" }
      .joined(separator: ",")
  }

  /// Four decimals.
  private func decimal(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000 + 0)" }
}

extension CandidateExplanation.Step.Kind {
  /// Whether it is the word of one of the cascade's networks, all of which are told.
  fileprivate var isNetwork: Bool { self == .proposal || self == .refinement || self == .output }
}
