internal import Detectors
internal import Evaluation
internal import Geometry

/// What a comparison of strategies came to.
struct ComparisonResult {
  struct Row {
    let name: String
    /// With labels.
    let summary: EvaluationSummary?
    /// Without labels, with the reference.
    let agreement: Agreement?
    /// Detections shown, over all pictures.
    let boxCount: Int
    /// Means over pictures, in milliseconds.
    let preprocess: Double
    let inference: Double
    let postprocess: Double
    /// The median over pictures of this strategy's time divided by the reference's.
    let timeRatio: Double
    /// Per picture.
    let multiplyAdds: Double
    let pixels: Double
    let passes: Double
    let memoryPeak: Int?
    var isOnFront = false

    var milliseconds: Double { preprocess + inference + postprocess }

    /// What is drawn against time: AP, or without labels the balance of recall and precision.
    var accuracy: Double { summary.map { $0.averagePrecision ?? 0 } ?? agreement?.all.balance ?? 0 }
  }

  var rows: [Row]
  let reference: Int
  let isLabelled: Bool
  let imageCount: Int
  let failedCount: Int
  /// Detections above it count as boxes.
  let shownThreshold: Double
  /// Strategies that the detector cannot follow, and why.
  let leftOut: [(name: String, reason: String)]
  let modelName: String

  init(
    _ run: ComparisonRun, labelled: LabelledPictures?, classCount: Int, reference: Int,
    shownThreshold: Double, leftOut: [(name: String, reason: String)], modelName: String
  ) {
    let contenders = run.contenders
    isLabelled = labelled != nil
    self.reference = reference
    self.shownThreshold = shownThreshold
    self.leftOut = leftOut
    self.modelName = modelName
    imageCount = contenders[0].found.count
    failedCount = run.failed.count
    let referenceTotals = contenders[reference].totals
    rows = contenders.map { contender in
      var summary: EvaluationSummary?
      var agreement: Agreement?
      if let labelled {
        let pictures = contender.found.indices.map {
          ScoredPicture(objects: labelled.objects(of: $0), found: contender.found[$0])
        }
        summary = DetectionEvaluation(pictures: pictures, classCount: classCount).summary
      } else {
        var counts = Agreement()
        for (index, found) in contender.found.enumerated() {
          counts.add(
            found.filter { $0.score > shownThreshold },
            reference: contenders[reference].found[index].filter { $0.score > shownThreshold },
            classCount: classCount)
        }
        agreement = counts
      }
      let count = Double(max(contender.times.count, 1))
      let ratios = zip(contender.totals, referenceTotals).map { $1 > 0 ? $0 / $1 : 1 }.sorted()
      return Row(
        name: contender.name, summary: summary, agreement: agreement,
        boxCount: contender.found.reduce(0) { sum, found in
          sum + found.count { $0.score > shownThreshold }
        },
        preprocess: contender.times.reduce(0) { $0 + $1.preprocess } * 1000 / count,
        inference: contender.times.reduce(0) { $0 + $1.inference } * 1000 / count,
        postprocess: contender.times.reduce(0) { $0 + $1.postprocess } * 1000 / count,
        timeRatio: ratios.isEmpty ? 1 : ratios[ratios.count / 2],
        multiplyAdds: Double(contender.multiplyAdds) / count,
        pixels: Double(contender.pixelCount) / count,
        passes: Double(contender.passCount) / count, memoryPeak: contender.memoryPeak)
    }
    let front = ParetoFront.indices(
      accuracy: rows.map(\.accuracy), cost: rows.map(\.timeRatio))
    for index in front { rows[index].isOnFront = true }
  }
}
