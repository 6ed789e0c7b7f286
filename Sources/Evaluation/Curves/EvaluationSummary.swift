/// The twelve numbers of COCO's detection task. `nil` where nothing of the kind is labelled, which
/// COCO's own program prints as -1.
package struct EvaluationSummary: Hashable, Sendable {
  /// Mean over overlaps 0.5, 0.55, … 0.95 and classes.
  package var averagePrecision: Double?
  package var averagePrecision50: Double?
  package var averagePrecision75: Double?
  package var averagePrecisionSmall: Double?
  package var averagePrecisionMedium: Double?
  package var averagePrecisionLarge: Double?
  /// Recall with one detection a picture and class at most, mean over overlaps and classes.
  package var averageRecall1: Double?
  package var averageRecall10: Double?
  package var averageRecall100: Double?
  package var averageRecallSmall: Double?
  package var averageRecallMedium: Double?
  package var averageRecallLarge: Double?

  /// The numbers with their usual names, in their usual order.
  package var named: [(name: String, value: Double?)] {
    [
      ("AP", averagePrecision), ("AP50", averagePrecision50), ("AP75", averagePrecision75),
      ("AP_S", averagePrecisionSmall), ("AP_M", averagePrecisionMedium),
      ("AP_L", averagePrecisionLarge), ("AR1", averageRecall1), ("AR10", averageRecall10),
      ("AR100", averageRecall100), ("AR_S", averageRecallSmall), ("AR_M", averageRecallMedium),
      ("AR_L", averageRecallLarge),
    ]
  }

  /// The numbers of several classes: the mean of those that have one.
  init(meanOf classes: [EvaluationSummary]) {
    func mean(_ path: KeyPath<EvaluationSummary, Double?>) -> Double? {
      let values = classes.compactMap { $0[keyPath: path] }
      return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
    averagePrecision = mean(\.averagePrecision)
    averagePrecision50 = mean(\.averagePrecision50)
    averagePrecision75 = mean(\.averagePrecision75)
    averagePrecisionSmall = mean(\.averagePrecisionSmall)
    averagePrecisionMedium = mean(\.averagePrecisionMedium)
    averagePrecisionLarge = mean(\.averagePrecisionLarge)
    averageRecall1 = mean(\.averageRecall1)
    averageRecall10 = mean(\.averageRecall10)
    averageRecall100 = mean(\.averageRecall100)
    averageRecallSmall = mean(\.averageRecallSmall)
    averageRecallMedium = mean(\.averageRecallMedium)
    averageRecallLarge = mean(\.averageRecallLarge)
  }

  init() {}
}
