/// The adjoint of a convolution: every input element adds its multiple of the kernel to the output.
///
/// Inputs, all Float32: x `[N, C, spatial...]`; w `[C, M / groups, kernel...]`; bias? `[M]`.
/// Output: `[N, M, spatial...]`, each spatial size
/// `stride * (size - 1) + outputPadding + (kernel - 1) * dilation + 1 - pads`.
package struct ConvolutionTranspose: Operator, Hashable {
  package var strides: [Int]
  package var dilations: [Int]
  package var padsBegin: [Int]
  package var padsEnd: [Int]
  /// Rows added at the end of each axis.
  package var outputPadding: [Int]
  package var groups: Int
  package var autoPad: AutoPad
  /// The spatial output size; the padding then follows from it.
  package var outputShape: [Int]?
  /// Applied to the result.
  package var activation: ActivationFunction

  /// Spatial arrays have one entry per spatial axis.
  package init(
    strides: [Int], dilations: [Int], padsBegin: [Int], padsEnd: [Int], outputPadding: [Int],
    groups: Int = 1, autoPad: AutoPad = .notSet, outputShape: [Int]? = nil,
    activation: ActivationFunction = .identity
  ) {
    self.strides = strides
    self.dilations = dilations
    self.padsBegin = padsBegin
    self.padsEnd = padsEnd
    self.outputPadding = outputPadding
    self.groups = groups
    self.autoPad = autoPad
    self.outputShape = outputShape
    self.activation = activation
  }

  package var name: String { "ConvTranspose" }

  /// The rows cut from both ends of each spatial axis, with `autoPad` and `outputShape` resolved.
  ///
  /// - Parameters:
  ///   - inputShape: The shape of x, `[N, C, spatial...]`.
  ///   - kernel: The spatial sizes of w.
  /// - Throws: `OperatorError` for attributes that do not fit the shapes.
  package func padding(inputShape: [Int], kernel: [Int]) throws -> (begin: [Int], end: [Int]) {
    let layout = try layout(inputShape: inputShape, kernel: kernel)
    return (layout.begin, layout.end)
  }

  private func layout(
    inputShape: [Int], kernel: [Int]
  ) throws -> (begin: [Int], end: [Int], size: [Int]) {
    guard inputShape.count == kernel.count + 2 else {
      throw OperatorError.invalidInput("kernel of \(kernel.count) axes on shape \(inputShape)")
    }
    let window = SpatialWindow(
      kernel: kernel, strides: strides, dilations: dilations, padsBegin: padsBegin,
      padsEnd: padsEnd)
    try window.validate(spatialAxes: kernel.count)
    let limit = SpatialWindow.maximumExtent
    for (label, values) in [("output_padding", outputPadding), ("output_shape", outputShape ?? [])]
    {
      guard values.count == kernel.count || (values.isEmpty && label == "output_shape"),
        values.allSatisfy({ (0...limit).contains($0) })
      else {
        throw OperatorError.invalidAttribute(
          label, "\(values): needs \(kernel.count) entries in 0...\(limit)")
      }
    }
    var (begin, end, sizes) = (padsBegin, padsEnd, [Int]())
    for axis in kernel.indices {
      let input = inputShape[axis + 2]
      guard input > 0, input <= limit else {
        throw OperatorError.invalidInput("spatial axis \(axis) has \(input) elements")
      }
      let full = strides[axis] * (input - 1) + outputPadding[axis] + window.extent(axis)
      var fixed = outputShape.flatMap { $0.isEmpty ? nil : $0[axis] }
      if fixed == nil, autoPad == .sameUpper || autoPad == .sameLower {
        fixed = input * strides[axis]
      }
      if let fixed {
        let total = max(full - fixed, 0)
        let (less, more) = (total / 2, total - total / 2)
        (begin[axis], end[axis]) = autoPad == .sameUpper ? (less, more) : (more, less)
        sizes.append(fixed)
      } else {
        if autoPad == .valid { (begin[axis], end[axis]) = (0, 0) }
        sizes.append(full - begin[axis] - end[axis])
      }
    }
    guard sizes.allSatisfy({ $0 > 0 }) else {
      throw OperatorError.invalidInput("output of spatial size \(sizes)")
    }
    return (begin, end, sizes)
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...3)
    let x = try inputs.floatType(0, "x")
    let w = try inputs.floatType(1, "w")
    guard x.shape.count >= 3, w.shape.count == x.shape.count else {
      throw OperatorError.invalidInput(
        "x of shape \(x.shape), w of shape \(w.shape): need the same 3 to 5 axes")
    }
    guard w.shape[0] == x.shape[1] else {
      throw OperatorError.invalidInput(
        "x has \(x.shape[1]) channels, w of shape \(w.shape) needs \(w.shape[0])")
    }
    guard groups >= 1, x.shape[1] % groups == 0 else {
      throw OperatorError.invalidAttribute(
        "group", "\(groups) groups for \(x.shape[1]) input channels")
    }
    let channels = try Checked.product(w.shape[1], groups, "output channels")
    if let bias = inputs.optionalType(2) {
      try bias.requireFloat("bias")
      try bias.requireShape([channels], "bias")
    }
    let layout = try layout(inputShape: x.shape, kernel: Array(w.shape.dropFirst(2)))
    return [try .output(.float32, [x.shape[0], channels] + layout.size)]
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard inputs.count > 1, let x = inputs[0], let w = inputs[1] else { return 0 }
    return Checked.saturatingProduct(x.shape + w.shape.dropFirst())
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (x, w) = (try required(inputs, 0), try required(inputs, 1))
    let bias = optional(inputs, 2)?.elements(Float.self)
    let kernelSizes = Array(w.shape.dropFirst(2))
    let begin = ThreeAxes(
      try padding(inputShape: x.shape, kernel: kernelSizes).begin, missing: 0)
    let (input, output) = (ThreeAxes(x.shape.dropFirst(2)), ThreeAxes(type.shape.dropFirst(2)))
    let (kernel, step, spread) = (
      ThreeAxes(kernelSizes), ThreeAxes(strides), ThreeAxes(dilations)
    )
    let (inputChannels, channels) = (x.shape[1], type.shape[1])
    let (groupInputs, groupOutputs) = (inputChannels / groups, channels / groups)

    // Adds one input plane times one kernel plane to one output plane.
    func scatter(
      _ x: UnsafeBufferPointer<Float>, _ xStart: Int, _ w: UnsafeBufferPointer<Float>,
      _ wStart: Int, _ sums: inout [Double]
    ) {
      for position in 0..<input.count {
        let value = Double(x[xStart + position])
        let (iw, ih) = (position % input.width, position / input.width % input.height)
        let id = position / input.width / input.height
        for kd in 0..<kernel.depth {
          let od = id * step.depth + kd * spread.depth - begin.depth
          guard od >= 0, od < output.depth else { continue }
          for kh in 0..<kernel.height {
            let oh = ih * step.height + kh * spread.height - begin.height
            guard oh >= 0, oh < output.height else { continue }
            for kw in 0..<kernel.width {
              let ow = iw * step.width + kw * spread.width - begin.width
              guard ow >= 0, ow < output.width else { continue }
              sums[(od * output.height + oh) * output.width + ow] +=
                value * Double(w[wStart + (kd * kernel.height + kh) * kernel.width + kw])
            }
          }
        }
      }
    }

    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { target in
      var sums = [Double](repeating: 0, count: output.count)
      x.withElements(Float.self) { x in
        w.withElements(Float.self) { w in
          for plane in 0..<type.shape[0] * channels {
            let (image, channel) = (plane / channels, plane % channels)
            let group = channel / groupOutputs
            for i in sums.indices { sums[i] = Double(bias?[channel] ?? 0) }
            for c in group * groupInputs..<(group + 1) * groupInputs {
              scatter(
                x, (image * inputChannels + c) * input.count, w,
                (c * groupOutputs + channel % groupOutputs) * kernel.count, &sums)
            }
            for i in sums.indices { target[plane * output.count + i] = activation(Float(sums[i])) }
          }
        }
      }
    }
    return [result]
  }
}
