internal import Geometry

/// Chooses among the detections of a picture, keeping their order.
struct DetectionFilter: Sendable {
  var excluded: Set<Int> = []
  /// Least scores by class.
  var scores: [Int: Double] = [:]
  /// Least score of the other classes.
  var otherScore = 0.0
  /// In pixels, or in fractions where no side is above 1.
  var region: Box?
  /// Pixels.
  var minSide = 0.0

  /// - Parameter detections: Surest first.
  /// - Returns: The indices of those that stay, ascending.
  func keptIndices(_ detections: [Detection], size: Size) -> [Int] {
    let area = region.map { region in
      let isFraction = max(region.maxX, region.maxY) <= 1
      let scaleX = isFraction ? Double(size.width) : 1
      let scaleY = isFraction ? Double(size.height) : 1
      return Box(
        minX: region.minX * scaleX, minY: region.minY * scaleY, maxX: region.maxX * scaleX,
        maxY: region.maxY * scaleY)
    }
    var kept: [Int] = []
    for (index, detection) in detections.enumerated() {
      let box = detection.box
      if excluded.contains(detection.classID) { continue }
      if detection.score < scores[detection.classID] ?? otherScore { continue }
      if min(box.width, box.height) < minSide { continue }
      if let area, !Self.contains(area, (box.minX + box.maxX) / 2, (box.minY + box.maxY) / 2) {
        continue
      }
      kept.append(index)
    }
    return kept
  }

  private static func contains(_ area: Box, _ x: Double, _ y: Double) -> Bool {
    x >= area.minX && x < area.maxX && y >= area.minY && y < area.maxY
  }
}
