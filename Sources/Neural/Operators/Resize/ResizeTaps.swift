/// Which input positions make each output position along one axis, and with what weights.
package struct ResizeTaps: Hashable, Sendable {
  /// Taps per output position: 1 for nearest, 2 for linear, 4 for cubic, more when antialiased.
  package var tapCount: Int
  /// `[outputs, tapCount]`, each in `0..<inputs`.
  package var indices: [Int]
  /// As `indices`; the weights of a position sum to 1.
  package var weights: [Float]
  /// Output positions whose coordinate lies outside the input and that take the extrapolation
  /// value (`tfCropAndResize` only).
  package var outside: [Bool]

  /// Whether every output position is the input position of the same number (of which there may
  /// be more).
  package var isPrefix: Bool {
    tapCount == 1 && !outside.contains(true) && indices == Array(indices.indices)
  }
}

extension Resize {
  /// The size and coordinate scale of one axis.
  struct AxisGeometry: Hashable {
    var inputSize: Int
    var outputSize: Int
    /// Output per input pixels: the given scale, else the ratio of the sizes.
    var scale: Float
    /// The region of interest in units of the axis, for `tfCropAndResize`.
    var regionStart: Float = 0
    var regionEnd: Float = 1
    /// Cells from the edge to the first cell's centre, for `placed`.
    var firstCentre: Float = 0.5
  }

  /// The input coordinate, pixel centres at whole numbers, that an output position shows.
  ///
  /// In Float32, as the programs whose results people compare with.
  func coordinate(_ output: Int, _ axis: AxisGeometry) -> Float {
    let x = Float(output)
    let (inputSize, outputSize) = (Float(axis.inputSize), Float(axis.outputSize))
    switch coordinates {
    case .halfPixel: return (x + 0.5) / axis.scale - 0.5
    case .halfPixelSymmetric:
      // Keeps the centre where it is when the scaled size is not whole.
      let adjustment = outputSize / (axis.scale * inputSize)
      return inputSize / 2 * (1 - adjustment) + (x + 0.5) / axis.scale - 0.5
    case .pytorchHalfPixel: return axis.outputSize == 1 ? 0 : (x + 0.5) / axis.scale - 0.5
    case .alignCorners:
      return axis.outputSize == 1 ? 0 : x * (inputSize - 1) / (outputSize - 1)
    case .asymmetric: return x / axis.scale
    case .placed: return (x + axis.firstCentre) / axis.scale - axis.firstCentre
    case .tfCropAndResize:
      let (start, end) = (axis.regionStart, axis.regionEnd)
      return axis.outputSize == 1
        ? 0.5 * (start + end) * (inputSize - 1)
        : start * (inputSize - 1) + x * (end - start) * (inputSize - 1) / (outputSize - 1)
    }
  }

  /// The taps of one axis. The input is not empty unless the output is.
  func taps(_ axis: AxisGeometry) -> ResizeTaps {
    guard axis.outputSize > 0 else {
      return ResizeTaps(tapCount: 1, indices: [], weights: [], outside: [])
    }
    let shrink = antialias && mode != .nearest ? min(axis.scale, 1) : 1
    let radius: Float = mode == .cubic ? 2 : 1
    // Positions before and after the one at or left of the coordinate.
    let before = mode == .nearest ? 0 : Int((radius / shrink).rounded(.up)) - 1
    let tapCount = mode == .nearest ? 1 : 2 * before + 2
    var taps = ResizeTaps(tapCount: tapCount, indices: [], weights: [], outside: [])
    for output in 0..<axis.outputSize {
      let x = coordinate(output, axis)
      let limit = Float(axis.inputSize - 1)
      taps.outside.append(coordinates == .tfCropAndResize && !(x >= 0 && x <= limit))
      // Beyond the borders all taps are border elements; the bound keeps the conversion in range.
      let bounded = x.isNaN ? 0 : min(max(x, -radius / shrink - 1), limit + radius / shrink + 1)
      if mode == .nearest {
        taps.indices.append(min(max(nearestPosition(bounded), 0), axis.inputSize - 1))
        taps.weights.append(1)
        continue
      }
      let base = bounded.rounded(.down)
      let positions = (0..<tapCount).map { Int(base) - before + $0 }
      var weights = positions.map { position -> Double in
        if excludeOutside, position < 0 || position >= axis.inputSize { return 0 }
        return kernel((Double(position) - Double(bounded)) * Double(shrink))
      }
      let sum = weights.reduce(0, +)
      if sum != 0, excludeOutside || shrink < 1 {
        for tap in weights.indices { weights[tap] /= sum }
      }
      taps.indices += positions.map { min(max($0, 0), axis.inputSize - 1) }
      taps.weights += weights.map { Float($0) }
    }
    return taps
  }

  private func nearestPosition(_ x: Float) -> Int {
    switch nearest {
    case .floor: Int(x.rounded(.down))
    case .ceil: Int(x.rounded(.up))
    case .roundPreferFloor: Int((x - 0.5).rounded(.up))
    case .roundPreferCeil: Int((x + 0.5).rounded(.down))
    }
  }

  /// The interpolation kernel at distance `x`: a triangle, or Keys' cubic (1981) with `a` =
  /// `cubicCoefficient`.
  private func kernel(_ x: Double) -> Double {
    let distance = abs(x)
    if mode == .linear { return max(1 - distance, 0) }
    let a = Double(cubicCoefficient)
    if distance <= 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
    if distance < 2 { return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a }
    return 0
  }
}
