internal import CKernels

extension MaxPool: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    try lower(node, pictures: nil, into: &builder)
  }

  /// - Parameter pictures: Where maxima are taken within each picture.
  func lower(
    _ node: Graph.Node, pictures: PictureRegions?, into builder: inout PlanBuilder
  ) throws -> Bool {
    try lowerPooling(
      node, pictures: pictures, into: &builder, kernel: kernel, strides: strides,
      dilations: dilations,
      pads: padding(inputShape: builder.type(node.inputs[0]!).shape), countIncludePad: false,
      make: ck_max_pool)
  }
}

extension AveragePool: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    try lowerPooling(
      node, pictures: nil, into: &builder, kernel: kernel, strides: strides, dilations: dilations,
      pads: padding(inputShape: builder.type(node.inputs[0]!).shape),
      countIncludePad: countIncludePad, make: ck_average_pool)
  }
}

private typealias PoolingKernel = (
  ck_isa, UnsafePointer<ck_pooling_options>?, UnsafePointer<ck_blocked>?,
  UnsafePointer<ck_blocked>?
) -> UnsafeMutablePointer<ck_op>?

private func lowerPooling(
  _ node: Graph.Node, pictures: PictureRegions?, into builder: inout PlanBuilder, kernel: [Int],
  strides: [Int], dilations: [Int], pads: (begin: [Int], end: [Int]), countIncludePad: Bool,
  make: @escaping PoolingKernel
) throws -> Bool {
  guard node.outputs.count == 1, let input = node.inputs[0],
    builder.canBeBlocked(builder.type(input)),
    builder.canBeBlocked(builder.type(node.outputs[0]))
  else { return false }
  let source = builder.blocked(input)
  let target = builder.makeBlocked(builder.type(node.outputs[0]).shape)
  let isa = builder.isa
  builder.emit { memory in
    var options = ck_pooling_options(
      kernel_h: Int32(kernel[0]), kernel_w: Int32(kernel[1]), stride_h: Int32(strides[0]),
      stride_w: Int32(strides[1]), dilation_h: Int32(dilations[0]),
      dilation_w: Int32(dilations[1]), pad_top: Int32(pads.begin[0]),
      pad_left: Int32(pads.begin[1]), count_include_pad: countIncludePad ? 1 : 0,
      pad_bottom: Int32(pads.end[0]), pad_right: Int32(pads.end[1]))
    if let pictures {
      let parts = zip(memory.parts(source, pictures.inputs), memory.parts(target, pictures.outputs))
      let kernels = parts.map {
        var (source, target) = ($0, $1)
        return make(isa, &options, &source, &target)
      }
      return memory.together(kernels, isa: isa, target: target, regions: pictures.outputs)
    }
    var source = memory.blocked(source)
    var target = memory.blocked(target)
    return make(isa, &options, &source, &target)
  }
  builder.define(node.outputs[0], blocked: target)
  return true
}

extension GlobalPool: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], builder.canBeBlocked(builder.type(input)) else {
      return false
    }
    let isa = builder.isa
    if function == .average {
      let source = builder.blocked(input)
      let target = builder.makeBlocked(builder.type(node.outputs[0]).shape)
      builder.emit { memory in
        var source = memory.blocked(source)
        var target = memory.blocked(target)
        return ck_global_average_pool(isa, &source, &target)
      }
      builder.define(node.outputs[0], blocked: target)
      return true
    }
    let shape = builder.type(input).shape
    let source = builder.planar(input)
    let target = builder.makePlanar(builder.type(node.outputs[0]))
    builder.emit { memory in
      ck_reduce(
        isa, CK_REDUCE_MAX, memory.floats(source), memory.floats(target), shape[0] * shape[1],
        shape[2] * shape[3], 1)
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}
