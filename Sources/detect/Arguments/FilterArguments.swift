internal import ArgumentParser
internal import Detectors
internal import Geometry

/// What is left out of the detections of a picture.
struct FilterArguments: ParsableArguments {
  @Option(help: "Leave out these classes: names or numbers, separated by commas.")
  var excludeClasses: [String] = []

  @Option(
    help: """
      Only boxes whose centre lies in this rectangle, as X1,Y1,X2,Y2 in pixels, or in fractions of \
      the picture where no number is above 1.
      """)
  var roi: NumberListArgument?

  @Option(help: "Only boxes whose shorter side is at least so many pixels.")
  var minBoxSize: Double?

  func validate() throws {
    if let roi {
      let sides = roi.numbers
      guard sides.count == 4, sides.allSatisfy({ $0.isFinite && $0 >= 0 }), sides[0] < sides[2],
        sides[1] < sides[3]
      else { throw ValidationError("--roi is X1,Y1,X2,Y2 with X1 < X2 and Y1 < Y2, none negative") }
    }
    if let minBoxSize, !(minBoxSize >= 0 && minBoxSize.isFinite) {
      throw ValidationError("--min-box-size \(minBoxSize) is not a size")
    }
  }

  /// The filter for a model's classes.
  ///
  /// - Parameter confidence: Least scores by class.
  /// - Throws: Exit 64 for a class that the model does not have.
  func filter(
    _ confidence: ConfidenceArgument?, classNames: [String]
  ) throws -> DetectionFilter {
    let index = { (query: String) throws -> Int in
      guard let index = ClassNames.index(of: query, in: classNames) else {
        throw CommandFailure(.usage, "\(DetectorError.unknownClass(query))")
      }
      return index
    }
    var filter = DetectionFilter()
    for list in excludeClasses {
      for name in list.split(separator: ",") { filter.excluded.insert(try index(String(name))) }
    }
    if let confidence, !confidence.byClass.isEmpty {
      filter.otherScore = confidence.others
      for (name, score) in confidence.byClass { filter.scores[try index(name)] = score }
    }
    filter.region = roi.map {
      Box(minX: $0.numbers[0], minY: $0.numbers[1], maxX: $0.numbers[2], maxY: $0.numbers[3])
    }
    filter.minSide = minBoxSize ?? 0
    return filter
  }
}
