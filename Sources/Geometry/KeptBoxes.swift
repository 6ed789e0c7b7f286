/// The boxes of one class that suppression has kept so far, each coordinate in an array of its own
/// so that the comparison with the next candidate runs over contiguous numbers.
struct KeptBoxes {
  private let options: Suppression
  /// Boxes without common area cannot reach the threshold, so that they need no division.
  private let mayTestIntersectionFirst: Bool
  private var minX: [Double] = []
  private var minY: [Double] = []
  private var maxX: [Double] = []
  private var maxY: [Double] = []

  init(_ options: Suppression) {
    self.options = options
    switch options.boundary {
    case .greaterThan: mayTestIntersectionFirst = options.overlapThreshold >= 0
    case .greaterThanOrEqual: mayTestIntersectionFirst = options.overlapThreshold > 0
    }
  }

  /// Keeps `box` unless a kept one suppresses it; tells whether it was kept.
  mutating func insert(_ box: Box) -> Bool {
    guard !isSuppressed(box) else { return false }
    minX.append(box.minX)
    minY.append(box.minY)
    maxX.append(box.maxX)
    maxY.append(box.maxY)
    return true
  }

  private func isSuppressed(_ box: Box) -> Bool {
    let plus = options.plus
    return minX.withUnsafeBufferPointer { minX in
      minY.withUnsafeBufferPointer { minY in
        maxX.withUnsafeBufferPointer { maxX in
          maxY.withUnsafeBufferPointer { maxY in
            for index in minX.indices {
              if mayTestIntersectionFirst {
                let width = min(box.maxX, maxX[index]) - max(box.minX, minX[index]) + plus
                let height = min(box.maxY, maxY[index]) - max(box.minY, minY[index]) + plus
                if width <= 0 || height <= 0 { continue }
              }
              let kept = Box(
                minX: minX[index], minY: minY[index], maxX: maxX[index], maxY: maxY[index])
              if options.suppresses(kept, box) { return true }
            }
            return false
          }
        }
      }
    }
  }
}

extension Suppression {
  /// Whether the kept box `first` removes `second`.
  func suppresses(_ first: Box, _ second: Box) -> Bool {
    let overlap =
      switch measure {
      case .intersectionOverUnion: first.intersectionOverUnion(second, plus: plus)
      case .distanceIoU: first.distanceIoU(second, plus: plus)
      case .intersectionOverMinimum: first.intersectionOverMinimum(second, plus: plus)
      }
    return switch boundary {
    case .greaterThan: overlap > overlapThreshold
    case .greaterThanOrEqual: overlap >= overlapThreshold
    }
  }
}
