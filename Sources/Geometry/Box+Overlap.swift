#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How much two boxes of one frame overlap.
///
/// `plus` is added to every width and height: 0 for the continuous edge coordinates of this
/// toolkit, 1 for detectors whose published post-processing counts inclusive pixels. It is a
/// parameter because the programs in use disagree, and near a threshold the kept boxes differ.
extension Box {
  /// The area of the common part; 0 when the boxes do not touch.
  package func intersectionArea(_ other: Box, plus: Double = 0) -> Double {
    let width = min(maxX, other.maxX) - max(minX, other.minX) + plus
    let height = min(maxY, other.maxY) - max(minY, other.minY) + plus
    return width > 0 && height > 0 ? width * height : 0
  }

  /// Intersection over union (the Jaccard index), in `[0, 1]`; 0 when the union has no area.
  package func intersectionOverUnion(_ other: Box, plus: Double = 0) -> Double {
    let intersection = intersectionArea(other, plus: plus)
    let union = area(plus: plus) + other.area(plus: plus) - intersection
    return union > 0 ? intersection / union : 0
  }

  /// Intersection over the smaller of both areas: 1 for a box inside another, in `[0, 1]`.
  package func intersectionOverMinimum(_ other: Box, plus: Double = 0) -> Double {
    let smaller = min(area(plus: plus), other.area(plus: plus))
    return smaller > 0 ? intersectionArea(other, plus: plus) / smaller : 0
  }

  /// Generalised IoU, `IoU - (hull - union) / hull`, in `(-1, 1]`
  /// (Rezatofighi et al. 2019, arXiv:1902.09630).
  package func generalizedIoU(_ other: Box, plus: Double = 0) -> Double {
    let intersection = intersectionArea(other, plus: plus)
    let union = area(plus: plus) + other.area(plus: plus) - intersection
    let hull = enclosing(other).area(plus: plus)
    guard union > 0, hull > 0 else { return 0 }
    return intersection / union - (hull - union) / hull
  }

  /// Distance IoU, `IoU - d^2 / c^2` with the distance `d` of the centres and the diagonal `c` of
  /// the enclosing box (Zheng et al. 2020, arXiv:1911.08287).
  package func distanceIoU(_ other: Box, plus: Double = 0) -> Double {
    let hull = enclosing(other)
    let hullWidth = hull.width + plus
    let hullHeight = hull.height + plus
    let diagonal = hullWidth * hullWidth + hullHeight * hullHeight
    let deltaX = (minX + maxX - other.minX - other.maxX) / 2
    let deltaY = (minY + maxY - other.minY - other.maxY) / 2
    let penalty = diagonal > 0 ? (deltaX * deltaX + deltaY * deltaY) / diagonal : 0
    return intersectionOverUnion(other, plus: plus) - penalty
  }

  /// Complete IoU: distance IoU minus `v^2 / (1 - IoU + v)` with
  /// `v = 4 / pi^2 (atan(w1 / h1) - atan(w2 / h2))^2` (same paper). Heights must be positive for
  /// the aspect term; it is left out otherwise.
  package func completeIoU(_ other: Box, plus: Double = 0) -> Double {
    let distance = distanceIoU(other, plus: plus)
    let height1 = height + plus
    let height2 = other.height + plus
    guard height1 > 0, height2 > 0 else { return distance }
    let angle = atan((width + plus) / height1) - atan((other.width + plus) / height2)
    let aspect = 4 / (Double.pi * Double.pi) * angle * angle
    guard aspect > 0 else { return distance }
    let overlap = intersectionOverUnion(other, plus: plus)
    return distance - aspect * aspect / (1 - overlap + aspect)
  }

  /// The area with `plus` added to both sides; 0 when either is then not positive.
  package func area(plus: Double) -> Double {
    let plusWidth = width + plus
    let plusHeight = height + plus
    return plusWidth > 0 && plusHeight > 0 ? plusWidth * plusHeight : 0
  }

  /// The smallest box that holds both.
  package func enclosing(_ other: Box) -> Box {
    Box(
      minX: min(minX, other.minX), minY: min(minY, other.minY),
      maxX: max(maxX, other.maxX), maxY: max(maxY, other.maxY))
  }

  /// Finite with positive width and height: what suppression takes.
  package var isValid: Bool { isFinite && width > 0 && height > 0 }
}
