internal import CKernels

/// One convolution of a chain, as its kernel takes it.
private struct ChainStage {
  var options: ck_conv_options
  var weights: Tensor
  var bias: Tensor?
  var slopes: Tensor?
  /// `[N, C, H, W]`
  var outputShape: [Int]

  init(_ node: Graph.Node, _ convolution: Convolution, _ builder: PlanBuilder) throws {
    guard let input = node.inputs[0], let weights = node.inputs[1].flatMap(builder.constant) else {
      throw OperatorError.invalidInput("its weights are not constant")
    }
    self.weights = weights
    bias = node.inputs.count > 2 ? node.inputs[2].flatMap(builder.constant) : nil
    slopes = node.inputs.count > 4 ? node.inputs[4].flatMap(builder.constant) : nil
    outputShape = builder.type(node.outputs[0]).shape
    options = try convolution.kernelOptions(
      inputShape: builder.type(input).shape, weights: weights)
  }

  /// Gives all stages in the kernels' form, their parameters valid meanwhile.
  static func withKernelStages<R>(
    _ stages: ArraySlice<ChainStage>, _ made: [ck_conv_stage] = [],
    _ body: ([ck_conv_stage]) -> R
  ) -> R {
    guard let stage = stages.first else { return body(made) }
    return withParameters(stage.weights, stage.bias, stage.slopes) { weights, bias, slopes in
      let next = ck_conv_stage(
        options: stage.options.with(slopes: slopes), weights: weights, bias: bias,
        channels: Int32(stage.outputShape[1]), height: Int32(stage.outputShape[2]),
        width: Int32(stage.outputShape[3]))
      return withKernelStages(stages.dropFirst(), made + [next], body)
    }
  }
}

extension PlanBuilder {
  /// Emits convolutions that `ConvolutionChains` found as one kernel and defines the last output.
  mutating func lowerChain(_ nodes: [Graph.Node]) throws {
    var stages: [ChainStage] = []
    var multiplyAdds = 0
    var residual: BlockedValue?
    for node in nodes {
      guard let convolution = node.operation as? Convolution else { continue }
      stages.append(try ChainStage(node, convolution, self))
      multiplyAdds += graph.multiplyAdds(of: node)
      if convolution.residual != .none { residual = node.inputs[3].map { blocked($0) } }
    }
    guard let input = nodes[0].inputs[0], let output = nodes.last?.outputs[0] else { return }
    let inputShape = type(input).shape
    let isPlanar =
      stages[0].weights.shape[2...].contains { $0 > 1 } && stages[0].options.groups == 1
    let picture = isPlanar ? planar(input) : nil
    let source = isPlanar ? nil : blocked(input)
    let target = makeBlocked(type(output).shape)
    let isa = isa
    let planarSizes = inputShape.dropFirst().map(Int32.init)
    emit("Conv x\(stages.count)", multiplyAdds: multiplyAdds) { memory in
      ChainStage.withKernelStages(stages[...]) { stages in
        withOptionalPointer(to: source.map(memory.blocked)) { source in
          withOptionalPointer(to: residual.map(memory.blocked)) { residual in
            withUnsafePointer(to: memory.blocked(target)) { target in
              ck_conv_chain(
                isa, source, picture.map(memory.floats), planarSizes, stages, Int32(stages.count),
                target, residual)
            }
          }
        }
      }
    }
    define(output, blocked: target)
  }
}

private func withOptionalPointer<T, R>(
  to value: T?, _ body: (UnsafePointer<T>?) -> R
) -> R {
  guard let value else { return body(nil) }
  return withUnsafePointer(to: value) { body($0) }
}
