/// Order of the colour planes in a network's input.
package enum ChannelOrder: Hashable, Sendable {
  case rgb
  case bgr
}

/// How 8-bit samples become the numbers of a network's input:
/// `value = (sample * scale - mean[c]) / deviation[c]`, `c` in the tensor's channel order.
package struct TensorLayout: Hashable, Sendable {
  package var order: ChannelOrder
  package var scale: Float
  /// Three values in the tensor's channel order.
  package var mean: [Float]
  /// Three values in the tensor's channel order, none zero.
  package var deviation: [Float]

  /// - Precondition: `mean` and `deviation` have three elements.
  package init(
    order: ChannelOrder, scale: Float, mean: [Float] = [0, 0, 0], deviation: [Float] = [1, 1, 1]
  ) {
    precondition(mean.count == 3 && deviation.count == 3, "one mean and deviation per channel")
    self.order = order
    self.scale = scale
    self.mean = mean
    self.deviation = deviation
  }

  /// The channel of an RGB pixel that plane `plane` shows.
  package func sourceChannel(ofPlane plane: Int) -> Int { order == .rgb ? plane : 2 - plane }

  /// The number that stands for raw sample `sample` (0...255, fractions allowed) in plane `plane`.
  package func value(of sample: Float, plane: Int) -> Float {
    (sample * scale - mean[plane]) / deviation[plane]
  }

  /// `value(of:plane:)` of every 8-bit sample: `[plane][256]`.
  func tables() -> [Float] {
    (0..<3).flatMap { plane in (0..<256).map { value(of: Float($0), plane: plane) } }
  }
}
