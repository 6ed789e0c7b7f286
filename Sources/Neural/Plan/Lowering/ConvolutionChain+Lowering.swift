internal import CKernels

/// One convolution of a chain, as its kernel takes it.
private struct ChainStage {
  var options: ck_conv_options
  var weights: Tensor
  var bias: Tensor?
  var slopes: Tensor?
  /// `[N, C, H, W]`
  var outputShape: [Int]
  /// Where it works picture by picture.
  var pictures: PictureRegions?

  init(_ node: Graph.Node, _ convolution: Convolution, _ builder: PlanBuilder) throws {
    guard let input = node.inputs[0], let weights = node.inputs[1].flatMap(builder.constant) else {
      throw OperatorError.invalidInput("its weights are not constant")
    }
    self.weights = weights
    bias = node.inputs.count > 2 ? node.inputs[2].flatMap(builder.constant) : nil
    slopes = node.inputs.count > 4 ? node.inputs[4].flatMap(builder.constant) : nil
    outputShape = builder.type(node.outputs[0]).shape
    pictures = node.pictures
    options = try convolution.kernelOptions(
      inputShape: builder.type(input).shape, weights: weights, execution: builder.options)
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
      guard let convolution = node.convolution else { continue }
      stages.append(try ChainStage(node, convolution, self))
      multiplyAdds += graph.multiplyAdds(of: node)
      if convolution.residual != .none { residual = node.inputs[3].map { blocked($0) } }
    }
    guard let input = nodes[0].inputs[0], let output = nodes.last?.outputs[0] else { return }
    let isPlanar =
      stages[0].weights.shape[2...].contains { $0 > 1 } && stages[0].options.groups == 1
    let picture = isPlanar ? planar(input) : nil
    let source = isPlanar ? nil : blocked(input)
    let target = makeBlocked(type(output).shape)
    let isa = isa
    let pictures = stages.compactMap(\.pictures)
    emit("Conv x\(stages.count)", multiplyAdds: multiplyAdds) { memory in
      ChainStage.withKernelStages(stages[...]) { stages in
        guard let first = pictures.first, let last = pictures.last else {
          return makeChain(
            isa, stages, source.map(memory.blocked), picture.map(memory.planar),
            memory.blocked(target), residual.map(memory.blocked))
        }
        let sources = source.map { memory.parts($0, first.inputs) }
        let targets = memory.parts(target, last.outputs)
        let residuals = residual.map { memory.parts($0, last.outputs) }
        let kernels = first.inputs.indices.map { index in
          makeChain(
            isa, stages.enumerated().map { $1.sized(pictures[$0].outputs[index]) },
            sources?[index], picture.map { memory.planar($0).part(first.inputs[index]) },
            targets[index], residuals?[index])
        }
        return memory.together(kernels, isa: isa, target: target, regions: last.outputs)
      }
    }
    define(output, blocked: target)
  }
}

private func makeChain(
  _ isa: ck_isa, _ stages: [ck_conv_stage], _ source: ck_blocked?, _ picture: ck_planar?,
  _ target: ck_blocked, _ residual: ck_blocked?
) -> UnsafeMutablePointer<ck_op>? {
  withOptionalPointer(to: source) { source in
    withOptionalPointer(to: picture) { picture in
      withOptionalPointer(to: residual) { residual in
        withUnsafePointer(to: target) { target in
          ck_conv_chain(isa, source, picture, stages, Int32(stages.count), target, residual)
        }
      }
    }
  }
}

extension ck_conv_stage {
  /// The same for an output of another size.
  fileprivate func sized(_ region: SpatialRegion) -> ck_conv_stage {
    var stage = self
    stage.height = Int32(region.rows.count)
    stage.width = Int32(region.columns.count)
    return stage
  }
}

private func withOptionalPointer<T, R>(
  to value: T?, _ body: (UnsafePointer<T>?) -> R
) -> R {
  guard let value else { return body(nil) }
  return withUnsafePointer(to: value) { body($0) }
}
