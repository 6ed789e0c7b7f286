/// Resamples axes to other sizes (ONNX Resize-19).
///
/// Inputs: x (Float32, for nearest any type); roi?, Float32 starts then ends in units of the axes,
/// for `tfCropAndResize`; scales?, Float32; sizes?, Int64. Exactly one of scales and sizes; all
/// constant, one entry per axis of `axes`. An axis of scale s has `floor(size * s)` outputs, and s
/// itself, not the ratio of sizes, places them.
package struct Resize: Operator, Hashable {
  package enum Mode: Hashable, Sendable { case nearest, linear, cubic }

  /// How an output position becomes an input coordinate.
  package enum Coordinates: Hashable, Sendable {
    case halfPixel, halfPixelSymmetric, pytorchHalfPixel, alignCorners, asymmetric, tfCropAndResize
    /// By `placements`: for maps whose first cell does not begin at the picture's edge.
    case placed
  }

  /// How the cells of one axis lie over what they show, for `Coordinates.placed`: cell `i` of the
  /// input and of the output has its centre `i + firstCentre` of its own cells from the edge, and
  /// the output has `scale` cells per cell of the input. 0.5 is `halfPixel`, 0 is `asymmetric`.
  package struct Placement: Hashable, Sendable {
    package var scale: Float
    package var firstCentre: Float

    package init(scale: Float, firstCentre: Float) {
      self.scale = scale
      self.firstCentre = firstCentre
    }
  }

  /// Which position is nearest to a coordinate.
  package enum Nearest: Hashable, Sendable { case roundPreferFloor, roundPreferCeil, floor, ceil }

  /// Whether sizes are met exactly, or one scale for all axes keeps within or beyond them.
  package enum Aspect: Hashable, Sendable { case stretch, notLarger, notSmaller }

  package var mode: Mode
  package var coordinates: Coordinates
  package var nearest: Nearest
  package var cubicCoefficient: Float
  /// Whether weights outside the input are dropped, instead of falling on the border element.
  package var excludeOutside: Bool
  package var extrapolation: Float
  /// Whether kernels widen when shrinking.
  package var antialias: Bool
  /// The axes that scales, sizes and roi speak of; `nil` is all.
  package var axes: [Int]?
  package var aspect: Aspect
  /// One per axis of `axes`, for `Coordinates.placed`; sizes are then given.
  package var placements: [Placement] = []

  package init(
    mode: Mode, coordinates: Coordinates, nearest: Nearest, cubicCoefficient: Float = -0.75,
    excludeOutside: Bool = false, extrapolation: Float = 0, antialias: Bool = false,
    axes: [Int]? = nil, aspect: Aspect = .stretch
  ) {
    self.mode = mode
    self.coordinates = coordinates
    self.nearest = nearest
    self.cubicCoefficient = cubicCoefficient
    self.excludeOutside = excludeOutside
    self.extrapolation = extrapolation
    self.antialias = antialias
    self.axes = axes
    self.aspect = aspect
  }

  package var name: String { "Resize" }

  /// The taps of every axis of x, `nil` where it keeps its positions, for a plan's kernels.
  ///
  /// - Parameter inputs: As for `inferTypes`; all but x constant.
  /// - Throws: `OperatorError` as `inferTypes`.
  package func axisTaps(_ inputs: [OperatorInput?]) throws -> [ResizeTaps?] {
    try geometry(inputs).map { axis in
      let isSame =
        axis.inputSize == axis.outputSize && axis.scale == 1 && coordinates != .tfCropAndResize
      if isSame { return nil }
      let taps = taps(axis)
      return axis.inputSize == axis.outputSize && taps.isPrefix ? nil : taps
    }
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let axes = try geometry(inputs)
    let x = try OperatorInputs(inputs, count: 1...4).type(0, "x")
    if mode != .nearest || coordinates == .tfCropAndResize { try x.requireFloat("x") }
    return [try .output(x.elementType, axes.map(\.outputSize))]
  }

  private func geometry(_ inputs: [OperatorInput?]) throws -> [AxisGeometry] {
    let inputs = try OperatorInputs(inputs, count: 1...4)
    let x = try inputs.type(0, "x")
    guard cubicCoefficient.isFinite else {
      throw OperatorError.invalidAttribute("cubic_coeff_a", "\(cubicCoefficient)")
    }
    let axes = try Axes.resolve(self.axes ?? Array(x.shape.indices), rank: x.shape.count)
    var result = x.shape.map { AxisGeometry(inputSize: $0, outputSize: $0, scale: 1) }
    // Empty tensors stand for absent ones.
    let hasScales = inputs.optionalType(2).map { $0.shape != [0] } ?? false
    let hasSizes = inputs.optionalType(3).map { $0.shape != [0] } ?? false
    guard hasScales != hasSizes else {
      throw OperatorError.invalidInput("needs either scales or sizes")
    }
    if hasScales {
      let scales = try floats(inputs, 2, "scales", count: axes.count)
      for (axis, scale) in zip(axes, scales) {
        guard scale > 0, scale.isFinite else {
          throw OperatorError.invalidAttribute("scales", "\(scale)")
        }
        let size = (Float(x.shape[axis]) * scale).rounded(.down)
        guard size <= Float(SpatialWindow.maximumExtent) else {
          throw OperatorError.invalidAttribute("scales", "\(scale) of \(x.shape[axis])")
        }
        result[axis].outputSize = Int(size)
        result[axis].scale = scale
      }
    } else {
      try resolve(sizes: try inputs.integers(3, "sizes"), axes: axes, &result)
    }
    if coordinates == .placed {
      guard hasSizes, aspect == .stretch, placements.count == axes.count,
        placements.allSatisfy({ $0.scale > 0 && $0.scale.isFinite && $0.firstCentre.isFinite })
      else {
        throw OperatorError.invalidAttribute("placements", "need sizes and one finite per axis")
      }
      for (axis, placement) in zip(axes, placements) {
        result[axis].scale = placement.scale
        result[axis].firstCentre = placement.firstCentre
      }
    }
    if coordinates == .tfCropAndResize {
      let region = try floats(inputs, 1, "roi", count: 2 * axes.count)
      for (index, axis) in axes.enumerated() {
        result[axis].regionStart = region[index]
        result[axis].regionEnd = region[index + axes.count]
      }
    }
    for axis in result where axis.inputSize == 0 && axis.outputSize > 0 {
      throw OperatorError.invalidInput("an empty axis has nothing to show")
    }
    return result
  }

  private func floats(
    _ inputs: OperatorInputs, _ index: Int, _ label: String, count: Int
  ) throws -> [Float] {
    let tensor = try inputs.constant(index, label)
    guard tensor.elementType == .float32 || tensor.elementType == .float64,
      tensor.shape == [count]
    else {
      throw OperatorError.invalidInput(
        "\(label) is \(tensor.elementType) of shape \(tensor.shape), needs float32 [\(count)]")
    }
    return tensor.floats()
  }

  private func resolve(sizes: [Int], axes: [Int], _ result: inout [AxisGeometry]) throws {
    guard sizes.count == axes.count,
      sizes.allSatisfy({ $0 >= 0 && $0 <= SpatialWindow.maximumExtent })
    else {
      throw OperatorError.invalidAttribute(
        "sizes", "\(sizes.prefix(8)): needs \(axes.count) in 0...\(SpatialWindow.maximumExtent)")
    }
    let ratios = zip(axes, sizes).map { Float($1) / Float(max(result[$0].inputSize, 1)) }
    let common = aspect == .notLarger ? ratios.min() : ratios.max()
    for (index, axis) in axes.enumerated() {
      result[axis].outputSize = sizes[index]
      result[axis].scale = ratios[index]
      guard aspect != .stretch, let common else { continue }
      let size = (Float(result[axis].inputSize) * common + 0.5).rounded(.down)
      guard size <= Float(SpatialWindow.maximumExtent) else {
        throw OperatorError.invalidAttribute("sizes", "\(sizes.prefix(8)) at scale \(common)")
      }
      result[axis].outputSize = Int(size)
      result[axis].scale = common
    }
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    if type.shape.contains(0) { return [try Tensor(zeros: type.elementType, shape: type.shape)] }
    let taps = try axisTaps(
      inputs.map { tensor in
        tensor.map { OperatorInput(type: TensorType($0.elementType, $0.shape), constant: $0) }
      })
    var result = x
    for case (let axis, let taps?) in taps.enumerated() {
      result = try mode == .nearest ? pick(result, axis, taps) : mix(result, axis, taps)
    }
    if taps.contains(where: { $0?.outside.contains(true) ?? false }) {
      try extrapolate(&result, taps)
    }
    return [result]
  }

  private func pick(_ x: Tensor, _ axis: Int, _ taps: ResizeTaps) throws -> Tensor {
    let indices = try Tensor(vector: taps.indices)
    return try Gather(axis: axis).evaluate([x, indices])[0]
  }

  private func mix(_ x: Tensor, _ axis: Int, _ taps: ResizeTaps) throws -> Tensor {
    let source = AxisLines(x.shape, axis: axis)
    var shape = x.shape
    shape[axis] = taps.outside.count
    let inner = source.innerCount
    return try Tensor(.float32, shape: shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for row in 0..<source.outerCount * shape[axis] {
          let (outer, place) = (row / shape[axis], row % shape[axis])
          for i in 0..<inner {
            var sum = 0.0
            for tap in place * taps.tapCount..<(place + 1) * taps.tapCount {
              let position = (outer * source.length + taps.indices[tap]) * inner + i
              sum += Double(taps.weights[tap]) * Double(x[position])
            }
            output[row * inner + i] = Float(sum)
          }
        }
      }
    }
  }

  private func extrapolate(_ x: inout Tensor, _ taps: [ResizeTaps?]) throws {
    let shape = x.shape
    try x.withUnsafeMutableBytes { bytes in
      let output = bytes.bindMemory(to: Float.self)
      for (axis, taps) in taps.enumerated() {
        guard let taps, taps.outside.contains(true) else { continue }
        for line in AxisLines(shape, axis: axis) {
          for (place, i) in line.enumerated() where taps.outside[place] {
            output[i] = extrapolation
          }
        }
      }
    }
  }
}
