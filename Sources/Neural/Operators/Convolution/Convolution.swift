/// Cross-correlation over 1 to 3 spatial axes, with an optional sum and activation fused in.
///
/// Inputs, all Float32: x `[N, C, spatial...]`; w `[M, C / groups, kernel...]`; bias? `[M]`;
/// residual? of the output's shape (with `residual` other than `.none`); slopes? `[M]` (with
/// `activation` `.identity`): the result goes through `PRelu` with one slope per output channel.
/// Output: `[N, M, spatial...]`, each spatial size
/// `floor((size + pads - ((kernel - 1) * dilation + 1)) / stride) + 1`.
package struct Convolution: Operator, Hashable {
  package var strides: [Int]
  package var dilations: [Int]
  package var padsBegin: [Int]
  package var padsEnd: [Int]
  package var groups: Int
  package var autoPad: AutoPad
  /// Applied to the result, see `residual`.
  package var activation: ActivationFunction
  package var residual: ResidualPlacement

  /// Spatial arrays have one entry per spatial axis.
  package init(
    strides: [Int], dilations: [Int], padsBegin: [Int], padsEnd: [Int], groups: Int = 1,
    autoPad: AutoPad = .notSet, activation: ActivationFunction = .identity,
    residual: ResidualPlacement = .none
  ) {
    self.strides = strides
    self.dilations = dilations
    self.padsBegin = padsBegin
    self.padsEnd = padsEnd
    self.groups = groups
    self.autoPad = autoPad
    self.activation = activation
    self.residual = residual
  }

  package var name: String { "Conv" }

  /// The zero padding per spatial axis with `autoPad` resolved.
  ///
  /// - Parameters:
  ///   - inputShape: The shape of x, `[N, C, spatial...]`.
  ///   - kernel: The spatial sizes of w.
  /// - Throws: `OperatorError` for attributes that do not fit the shapes.
  package func padding(inputShape: [Int], kernel: [Int]) throws -> (begin: [Int], end: [Int]) {
    guard inputShape.count == kernel.count + 2 else {
      throw OperatorError.invalidInput("kernel of \(kernel.count) axes on shape \(inputShape)")
    }
    let window = window(kernel)
    try window.validate(spatialAxes: kernel.count)
    return window.padding(Array(inputShape.dropFirst(2)))
  }

  private func window(_ kernel: [Int]) -> SpatialWindow {
    SpatialWindow(
      kernel: kernel, strides: strides, dilations: dilations, padsBegin: padsBegin,
      padsEnd: padsEnd, autoPad: autoPad)
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: residual == .none ? 2...5 : 4...5)
    let x = try inputs.floatType(0, "x")
    let w = try inputs.floatType(1, "w")
    guard x.shape.count >= 3, w.shape.count == x.shape.count else {
      throw OperatorError.invalidInput(
        "x of shape \(x.shape), w of shape \(w.shape): need the same 3 to 5 axes")
    }
    let window = window(Array(w.shape.dropFirst(2)))
    try window.validate(spatialAxes: x.shape.count - 2)
    let outputChannels = w.shape[0]
    guard groups >= 1, outputChannels % groups == 0 else {
      throw OperatorError.invalidAttribute(
        "group", "\(groups) groups for \(outputChannels) output channels")
    }
    guard x.shape[1] == (try Checked.product(w.shape[1], groups, "input channels")) else {
      throw OperatorError.invalidInput(
        "x has \(x.shape[1]) channels, w of shape \(w.shape) needs \(w.shape[1]) x \(groups)")
    }
    if let bias = inputs.optionalType(2) {
      try bias.requireFloat("bias")
      try bias.requireShape([outputChannels], "bias")
    }
    let size = try window.outputSize(Array(x.shape.dropFirst(2)))
    let output = try TensorType.output(.float32, [x.shape[0], outputChannels] + size)
    if residual != .none {
      let residual = try inputs.floatType(3, "residual")
      try residual.requireShape(output.shape, "residual")
    } else if inputs.optionalType(3) != nil {
      throw OperatorError.invalidInput("a residual is given, but none is to be added")
    }
    if let slopes = inputs.optionalType(4) {
      try slopes.requireFloat("slopes")
      try slopes.requireShape([outputChannels], "slopes")
      guard activation == .identity else {
        throw OperatorError.invalidInput("slopes are given beside the activation \(activation)")
      }
    }
    return [output]
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard inputs.count > 1, let w = inputs[1], let output = outputs.first else { return 0 }
    return Checked.saturatingProduct(output.shape + w.shape.dropFirst())
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (x, w) = (try required(inputs, 0), try required(inputs, 1))
    let bias = optional(inputs, 2)?.elements(Float.self)
    let added = residual == .none ? nil : try required(inputs, 3).elements(Float.self)
    let slopes = optional(inputs, 4)?.elements(Float.self)
    let begin = try padding(inputShape: x.shape, kernel: Array(w.shape.dropFirst(2))).begin
    let plane = ConvolutionPlane(
      input: ThreeAxes(x.shape.dropFirst(2)), kernel: ThreeAxes(w.shape.dropFirst(2)),
      output: ThreeAxes(type.shape.dropFirst(2)), strides: ThreeAxes(strides),
      dilations: ThreeAxes(dilations), begin: ThreeAxes(begin, missing: 0))
    let (outputChannels, groupInputs) = (w.shape[0], w.shape[1])
    let groupOutputs = outputChannels / groups
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      var sums = [Double](repeating: 0, count: plane.output.count)
      x.withElements(Float.self) { x in
        w.withElements(Float.self) { w in
          for image in 0..<type.shape[0] {
            for channel in 0..<outputChannels {
              for i in sums.indices { sums[i] = Double(bias?[channel] ?? 0) }
              for c in 0..<groupInputs {
                let inputChannel = channel / groupOutputs * groupInputs + c
                plane.accumulate(
                  x, at: (image * groupInputs * groups + inputChannel) * plane.input.count,
                  w, at: (channel * groupInputs + c) * plane.kernel.count, into: &sums)
              }
              let start = (image * outputChannels + channel) * plane.output.count
              for i in sums.indices {
                output[start + i] = finish(sums[i], added?[start + i], slope: slopes?[channel])
              }
            }
          }
        }
      }
    }
    return [result]
  }

  private func finish(_ sum: Double, _ added: Float?, slope: Float?) -> Float {
    let activation = slope.map { ActivationFunction.leakyRelu(alpha: $0) } ?? activation
    return switch residual {
    case .none: activation(Float(sum))
    case .beforeActivation: activation(Float(sum + Double(added ?? 0)))
    case .afterActivation: activation(Float(sum)) + (added ?? 0)
    }
  }
}

/// One input plane correlated with one kernel plane.
private struct ConvolutionPlane {
  var input: ThreeAxes
  var kernel: ThreeAxes
  var output: ThreeAxes
  var strides: ThreeAxes
  var dilations: ThreeAxes
  var begin: ThreeAxes

  func accumulate(
    _ x: UnsafeBufferPointer<Float>, at xStart: Int, _ w: UnsafeBufferPointer<Float>,
    at wStart: Int, into sums: inout [Double]
  ) {
    for kd in 0..<kernel.depth {
      for kh in 0..<kernel.height {
        for kw in 0..<kernel.width {
          let weight = Double(w[wStart + (kd * kernel.height + kh) * kernel.width + kw])
          let columns = covered(
            output.width, input.width, strides.width, kw * dilations.width - begin.width)
          for od in covered(
            output.depth, input.depth, strides.depth, kd * dilations.depth - begin.depth)
          {
            let id = od * strides.depth + kd * dilations.depth - begin.depth
            for oh in covered(
              output.height, input.height, strides.height, kh * dilations.height - begin.height)
            {
              let ih = oh * strides.height + kh * dilations.height - begin.height
              let row =
                xStart + (id * input.height + ih) * input.width + kw * dilations.width
                - begin.width
              let target = (od * output.height + oh) * output.width
              for ow in columns {
                sums[target + ow] += weight * Double(x[row + ow * strides.width])
              }
            }
          }
        }
      }
    }
  }

  /// The output positions `o` whose input position `o * stride + offset` lies in `0..<size`.
  private func covered(_ count: Int, _ size: Int, _ stride: Int, _ offset: Int) -> Swift.Range<Int>
  {
    let first = offset >= 0 ? 0 : (stride - 1 - offset) / stride
    let end = offset >= size ? 0 : (size - 1 - offset) / stride + 1
    let last = min(end, count)
    return first < last ? first..<last : 0..<0
  }
}
