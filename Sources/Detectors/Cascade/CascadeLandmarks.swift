/// Five landmarks relative to a crop: five x, then five y; image-left eye, other eye, nose, mouth
/// corner on the left, the other.
package enum CascadeLandmarks {
  /// The points as they lie in the crop itself, given those found in the mirrored crop.
  package static func unmirrored(_ relative: [Float]) -> [Float] {
    guard relative.count == 10 else { return relative }
    let order = [1, 0, 2, 4, 3]
    return order.map { 1 - relative[$0] } + order.map { relative[5 + $0] }
  }

  /// The mean of the points found in a crop and in its mirror picture.
  package static func mean(_ relative: [Float], mirrored: [Float]) -> [Float] {
    zip(relative, unmirrored(mirrored)).map { ($0 + $1) / 2 }
  }
}
