internal import ArgumentParser
internal import Detectors

/// A least score for all classes (`0.3`), for some (`person=0.4,car=0.25`), or both
/// (`0.3,person=0.5`).
struct ConfidenceArgument: ExpressibleByArgument {
  /// Of classes that are not named; `nil` leaves it to model and family.
  let general: Double?
  /// Names or numbers of classes, each with its least score.
  let byClass: [(name: String, score: Double)]

  /// The same for all classes.
  init(_ score: Double) {
    general = score
    byClass = []
  }

  init?(argument: String) {
    var general: Double?
    var byClass: [(String, Double)] = []
    for item in argument.split(separator: ",", omittingEmptySubsequences: false) {
      if let equals = item.lastIndex(of: "=") {
        let name = item[..<equals]
        guard let score = Double(item[item.index(after: equals)...]), !name.isEmpty else {
          return nil
        }
        byClass.append((String(name), score))
      } else {
        guard general == nil, let score = Double(item) else { return nil }
        general = score
      }
    }
    self.general = general
    self.byClass = byClass
  }

  var scores: [Double] { byClass.map(\.score) + (general.map { [$0] } ?? []) }

  /// Of classes that are not named, where some are.
  var others: Double { general ?? DetectorOptions.defaultScoreThreshold }

  /// What the detector is asked for: everything that some class may keep.
  var lowest: Double? {
    byClass.isEmpty ? general : min(others, byClass.map(\.score).min() ?? others)
  }
}
