internal import CKernels

extension Convolution: LowerableOperator {
  /// The widest padding when this node runs on blocked tensors; `nil` when it does not.
  func blockedPadding(_ node: Graph.Node, in graph: ShapedGraph) -> Int? {
    guard node.inputs.count >= 2, let input = node.inputs[0], let weights = node.inputs[1],
      let constant = graph.graph.constants[weights], constant.shape.count == 4,
      constant.elementType == .float32, graph.type(of: input).elementType == .float32,
      node.inputs.count < 3 || node.inputs[2] == nil
        || graph.graph.constants[node.inputs[2]!] != nil,
      node.inputs.count < 5 || node.inputs[4].flatMap({ graph.graph.constants[$0] }) != nil,
      graph.type(of: node.outputs[0]).shape.allSatisfy({ $0 > 0 }), activation.kernel != nil,
      let padding = try? padding(
        inputShape: graph.type(of: input).shape, kernel: Array(constant.shape[2...])),
      let widest = (padding.begin + padding.end).max(), widest <= 16,
      (padding.begin + padding.end).allSatisfy({ $0 >= 0 })
    else { return nil }
    return widest
  }

  /// The kernels' form of the attributes, without slopes.
  func kernelOptions(
    inputShape: [Int], weights: Tensor, execution: ExecutionOptions
  ) throws -> ck_conv_options {
    let kernel = Array(weights.shape[2...])
    let pads = try padding(inputShape: inputShape, kernel: kernel).begin
    return ck_conv_options(
      groups: Int32(groups), kernel_h: Int32(kernel[0]), kernel_w: Int32(kernel[1]),
      stride_h: Int32(strides[0]), stride_w: Int32(strides[1]),
      dilation_h: Int32(dilations[0]), dilation_w: Int32(dilations[1]),
      pad_top: Int32(pads[0]), pad_left: Int32(pads[1]),
      activation: activation.kernel ?? identityActivation,
      residual_after_activation: residual == .afterActivation ? 1 : 0,
      bf16: execution.precision == .bfloat16 ? 1 : 0, few_runs: execution.isForFewRuns ? 1 : 0)
  }

  /// Whether the kernel for pictures of few channels in arrays fits.
  func readsPlanar(_ input: Graph.ValueID, _ builder: PlanBuilder) -> Bool {
    !builder.hasBlockedForm(input) && builder.hasPlanarForm(input)
      && builder.type(input).shape[1] <= 8 && groups == 1 && residual == .none
  }

  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    try lower(node, pictures: nil, into: &builder)
  }

  /// - Parameter pictures: Where each picture is convolved by itself.
  func lower(
    _ node: Graph.Node, pictures: PictureRegions?, into builder: inout PlanBuilder
  ) throws -> Bool {
    guard blockedPadding(node, in: builder.graph) != nil, let input = node.inputs[0],
      let weightValue = node.inputs[1], let weights = builder.constant(weightValue)
    else { return false }
    let inputType = builder.type(input)
    let bias = node.inputs.count > 2 ? node.inputs[2].flatMap { builder.constant($0) } : nil
    let slopes = node.inputs.count > 4 ? node.inputs[4].flatMap { builder.constant($0) } : nil
    let options = try kernelOptions(
      inputShape: inputType.shape, weights: weights, execution: builder.options)
    let isa = builder.isa

    if readsPlanar(input, builder) {
      let source = builder.planar(input)
      let target = builder.makeBlocked(builder.type(node.outputs[0]).shape)
      builder.emit { memory in
        withParameters(weights, bias, slopes) { weights, bias, slopes in
          var options = options.with(slopes: slopes)
          var source = memory.planar(source)
          guard let pictures else {
            var target = memory.blocked(target)
            return ck_conv_planar_input(isa, &options, &source, &target, weights, bias)
          }
          let kernels = zip(pictures.inputs, memory.parts(target, pictures.outputs)).map {
            var (part, target) = (source.part($0), $1)
            return ck_conv_planar_input(isa, &options, &part, &target, weights, bias)
          }
          return memory.together(kernels, isa: isa, target: target, regions: pictures.outputs)
        }
      }
      builder.define(node.outputs[0], blocked: target)
      return true
    }

    if pictures == nil, !builder.options.isPositionwise,
      let place = builder.place(of: node.outputs[0])
    {
      lowerPlanar(
        node, options, Parameters(weights: weights, bias: bias, slopes: slopes), to: place, &builder
      )
      return true
    }

    let convolve = builder.options.isPositionwise ? ck_conv_positionwise : ck_conv
    let source = builder.blocked(input)
    let addend = residual == .none ? nil : node.inputs[3].map { builder.blocked($0) }
    let target = builder.makeBlocked(builder.type(node.outputs[0]).shape)
    builder.emit { memory in
      withParameters(weights, bias, slopes) { weights, bias, slopes in
        var options = options.with(slopes: slopes)
        if let pictures {
          let kernel = ck_conv_pictures(
            isa, &options, memory.parts(source, pictures.inputs),
            memory.parts(target, pictures.outputs),
            addend.map { memory.parts($0, pictures.outputs) }, Int32(pictures.outputs.count),
            weights, bias)
          return memory.together([kernel], isa: isa, target: target, regions: pictures.outputs)
        }
        var source = memory.blocked(source)
        var target = memory.blocked(target)
        guard let addend else {
          return convolve(isa, &options, &source, &target, nil, weights, bias)
        }
        var residual = memory.blocked(addend)
        return convolve(isa, &options, &source, &target, &residual, weights, bias)
      }
    }
    builder.define(node.outputs[0], blocked: target)
    return true
  }

  /// A pointwise convolution straight into an array, for readers that want it there.
  private func lowerPlanar(
    _ node: Graph.Node, _ options: ck_conv_options, _ parameters: Parameters, to place: PlanarView,
    _ builder: inout PlanBuilder
  ) {
    guard let input = node.inputs[0] else { return }
    let source = builder.blocked(input)
    let isa = builder.isa
    let (channels, height, width) = (place.shape[1], place.shape[2], place.shape[3])
    // An axis of one position has no stride of its own.
    let pixel = width > 1 ? place.strides[3] : height > 1 ? place.strides[2] : 1
    let channel = channels > 1 ? place.strides[1] : 1
    builder.emit { memory in
      withParameters(parameters.weights, parameters.bias, parameters.slopes) {
        weights, bias, slopes in
        var options = options.with(slopes: slopes)
        var source = memory.blocked(source)
        var target = ck_planar_output(
          values: memory.floats(place.start), channels: Int32(channels), height: Int32(height),
          width: Int32(width), picture_stride: place.strides[0], channel_stride: channel,
          pixel_stride: pixel)
        return ck_conv_planar_output(isa, &options, &source, &target, weights, bias)
      }
    }
    builder.define(node.outputs[0], view: place)
  }
}

/// A convolution's constants.
private struct Parameters {
  var weights: Tensor
  var bias: Tensor?
  var slopes: Tensor?
}

extension ConvolutionTranspose: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], let weightValue = node.inputs[1],
      let weights = builder.constant(weightValue), weights.shape.count == 4,
      let activation = activation.kernel, builder.canBeBlocked(builder.type(input)),
      builder.canBeBlocked(builder.type(node.outputs[0])),
      node.inputs.count < 3 || node.inputs[2] == nil || builder.isConstant(node.inputs[2]!)
    else { return false }
    let bias = node.inputs.count > 2 ? node.inputs[2].flatMap { builder.constant($0) } : nil
    let kernel = Array(weights.shape[2...])
    let pads = try padding(inputShape: builder.type(input).shape, kernel: kernel).begin
    var options = ck_conv_options(
      groups: Int32(groups), kernel_h: Int32(kernel[0]), kernel_w: Int32(kernel[1]),
      stride_h: Int32(strides[0]), stride_w: Int32(strides[1]),
      dilation_h: Int32(dilations[0]), dilation_w: Int32(dilations[1]),
      pad_top: Int32(pads[0]), pad_left: Int32(pads[1]), activation: activation,
      residual_after_activation: 0,
      bf16: builder.options.precision == .bfloat16 ? 1 : 0, few_runs: 0)
    let source = builder.blocked(input)
    let target = builder.makeBlocked(builder.type(node.outputs[0]).shape)
    let isa = builder.isa
    builder.emit { memory in
      withParameters(weights, bias, nil) { weights, bias, _ in
        var source = memory.blocked(source)
        var target = memory.blocked(target)
        return ck_conv_transposed(isa, &options, &source, &target, weights, bias)
      }
    }
    builder.define(node.outputs[0], blocked: target)
    return true
  }
}

extension ck_conv_options {
  /// The same with a slope per output channel for negative results, unless `nil`.
  func with(slopes: UnsafePointer<Float>?) -> ck_conv_options {
    guard let slopes else { return self }
    var options = self
    options.activation = ck_activation(kind: CK_ACT_PRELU, a: 0, b: 0, slopes: slopes)
    return options
  }
}

/// Gives Float32 weights and optional bias and slopes to a kernel that packs them.
func withParameters<R>(
  _ weights: Tensor, _ bias: Tensor?, _ slopes: Tensor?,
  _ body: (UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?) -> R
) -> R {
  withFloats(weights) { weights in
    withFloats(bias) { bias in
      withFloats(slopes) { slopes in body(weights, bias, slopes) }
    }
  }
}

private func withFloats<R>(_ tensor: Tensor?, _ body: (UnsafePointer<Float>?) -> R) -> R {
  guard let tensor else { return body(nil) }
  return tensor.withUnsafeBytes { body($0.bindMemory(to: Float.self).baseAddress) }
}
