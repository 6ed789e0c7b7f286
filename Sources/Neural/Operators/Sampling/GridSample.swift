/// Reads a picture at given places.
///
/// Inputs, Float32: x `[N, C, spatial...]` of 2 or 3 spatial axes; grid `[N, places..., axes]`, the
/// innermost axis first, -1 to 1 from one end of the axis to the other. Output: `[N, C, places...]`.
/// Places are rounded (half to even), mixed linearly, or by Keys' cubic of -0.75 (spatial
/// transformer networks, Jaderberg et al. 2015, arXiv:1506.02025).
package struct GridSample: Operator, Hashable {
  package enum Mode: Hashable, Sendable { case nearest, linear, cubic }

  /// What lies beyond the borders.
  package enum Padding: Hashable, Sendable { case zeros, border, reflection }

  package var mode: Mode
  package var padding: Padding
  /// Whether -1 and 1 are the centres of the outer elements, not their outer edges.
  package var alignsCorners: Bool

  package init(mode: Mode, padding: Padding, alignsCorners: Bool) {
    self.mode = mode
    self.padding = padding
    self.alignsCorners = alignsCorners
  }

  package var name: String { "GridSample" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.floatType(0, "x").shape
    let grid = try inputs.floatType(1, "grid").shape
    guard (3...5).contains(x.count), grid.count == x.count, grid[0] == x[0],
      grid[grid.count - 1] == x.count - 2, !x.dropFirst(2).contains(0)
    else {
      throw OperatorError.invalidInput("x of shape \(x), grid of shape \(grid)")
    }
    return [try .output(.float32, Array(x.prefix(2)) + grid.dropFirst().dropLast())]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (x, grid) = (try required(inputs, 0), try required(inputs, 1))
    let sizes = Array(x.shape.dropFirst(2))
    let planeCount = sizes.reduce(1, *)
    let (batch, channels) = (x.shape[0], x.shape[1])
    let places = type.shape.dropFirst(2).reduce(1, *)
    let points = grid.elements(Float.self)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for image in 0..<batch {
          for place in 0..<places {
            let first = (image * places + place) * sizes.count
            var taps = [(offset: 0, weight: 1.0)]
            for (axis, size) in sizes.enumerated() {
              let along = self.taps(points[first + sizes.count - 1 - axis], size)
              taps = taps.flatMap { tap in
                along.map { (tap.offset * size + $0.index, tap.weight * $0.weight) }
              }
            }
            for channel in 0..<channels {
              let plane = (image * channels + channel) * planeCount
              var sum = 0.0
              for tap in taps { sum += tap.weight * Double(x[plane + tap.offset]) }
              output[(image * channels + channel) * places + place] = Float(sum)
            }
          }
        }
      }
    }
    return [result]
  }

  /// The elements along one axis that a normalised coordinate reads. None outside with zeros.
  private func taps(_ normalized: Float, _ size: Int) -> [(index: Int, weight: Double)] {
    let length = Double(size)
    let low = alignsCorners ? 0 : -0.5
    let high = alignsCorners ? length - 1 : length - 0.5
    var x =
      alignsCorners
      ? (Double(normalized) + 1) / 2 * (length - 1) : ((Double(normalized) + 1) * length - 1) / 2
    guard x.isFinite else { return [] }
    x = min(max(x, -1e9), 1e9)
    if mode == .nearest { x = x.rounded(.toNearestOrEven) }
    if x < low || x > high {
      switch padding {
      case .zeros: break
      case .border: x = min(max(x, 0), length - 1)
      case .reflection: x = Self.reflect(x, low, high)
      }
    }
    let base = x.rounded(.down)
    let t = x - base
    let weights: [Double]
    let first: Int
    switch mode {
    case .nearest: (first, weights) = (Int(x.rounded(.toNearestOrEven)), [1])
    case .linear: (first, weights) = (Int(base), [1 - t, t])
    case .cubic: (first, weights) = (Int(base) - 1, Self.cubicWeights(t))
    }
    return weights.enumerated().compactMap { step, weight in
      var index = first + step
      if index < 0 || index >= size {
        switch padding {
        case .zeros: return nil
        case .border: index = min(max(index, 0), size - 1)
        case .reflection:
          index = min(max(Int(Self.reflect(Double(index), low, high)), 0), size - 1)
        }
      }
      return (index, weight)
    }
  }

  /// A coordinate mirrored at both ends until it lies between them.
  private static func reflect(_ x: Double, _ low: Double, _ high: Double) -> Double {
    let range = high - low
    guard range > 0 else { return low }
    let distance = x < low ? low - x : x - high
    guard distance > 0 else { return x }
    let turns = (distance / range).rounded(.down)
    let rest = distance - turns * range
    let isEven = turns.truncatingRemainder(dividingBy: 2) == 0
    return (x < low) == isEven ? low + rest : high - rest
  }

  private static func cubicWeights(_ t: Double) -> [Double] {
    let a = -0.75
    func near(_ x: Double) -> Double { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func far(_ x: Double) -> Double { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    return [far(t + 1), near(t), near(1 - t), far(2 - t)]
  }
}
