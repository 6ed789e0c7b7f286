internal import CKernels

/// One batched product to be emitted.
private struct MatrixProduct {
  var m: Int
  var n: Int
  var k: Int
  var aStrides: (row: Int, column: Int)
  var bStrides: (row: Int, column: Int)
  var aOffsets: [Int]
  var bOffsets: [Int]
  var alpha: Float = 1

  func emit(
    _ builder: inout PlanBuilder, _ a: Graph.ValueID, _ b: Graph.ValueID, bias: Tensor?,
    output: Graph.ValueID
  ) {
    let target = builder.makePlanar(builder.type(output))
    let isConstantB = builder.isConstant(b)
    let left = builder.planar(a)
    let right = builder.planar(b)
    let isa = builder.isa
    let product = self
    let cOffsets = aOffsets.indices.map { $0 * m * n }
    builder.emit { memory in
      product.aOffsets.withUnsafeBufferPointer { aOffsets in
        product.bOffsets.withUnsafeBufferPointer { bOffsets in
          cOffsets.withUnsafeBufferPointer { cOffsets in
            var options = ck_matmul_options(
              m: Int32(product.m), n: Int32(product.n), k: Int32(product.k),
              a_row: product.aStrides.row, a_column: product.aStrides.column,
              b_row: product.bStrides.row, b_column: product.bStrides.column, c_row: product.n,
              batch: Int32(aOffsets.count), a_offsets: aOffsets.baseAddress,
              b_offsets: bOffsets.baseAddress, c_offsets: cOffsets.baseAddress,
              alpha: product.alpha, activation: identityActivation)
            let biasElements = bias?.floats()
            return ck_matmul(
              isa, &options, memory.floats(left), memory.floats(right), isConstantB ? 1 : 0,
              biasElements, memory.floats(target))
          }
        }
      }
    }
    builder.define(output, planar: target)
  }
}

extension MatMul: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let a = node.inputs[0], let b = node.inputs[1],
      builder.type(a).elementType == .float32, builder.type(b).elementType == .float32
    else { return false }
    let aShape = builder.type(a).shape
    let bShape = builder.type(b).shape
    guard aShape.count >= 2, bShape.count >= 2, (aShape + bShape).allSatisfy({ $0 > 0 }) else {
      return false
    }
    let m = aShape[aShape.count - 2]
    let k = aShape[aShape.count - 1]
    let n = bShape[bShape.count - 1]
    let batchShape = Array(builder.type(node.outputs[0]).shape.dropLast(2))
    var product = MatrixProduct(
      m: m, n: n, k: k, aStrides: (k, 1), bStrides: (n, 1),
      aOffsets: batchOffsets(aShape, batchShape), bOffsets: batchOffsets(bShape, batchShape))
    if bShape.dropLast(2).allSatisfy({ $0 == 1 }), batchShape.count > 0 {
      // One matrix for all: the batch is more rows.
      product.m = m * batchShape.reduce(1, *)
      product.aOffsets = [0]
      product.bOffsets = [0]
    }
    product.emit(&builder, a, b, bias: nil, output: node.outputs[0])
    return true
  }

  /// Where the matrices of an operand start when its leading axes are broadcast to `batchShape`.
  private func batchOffsets(_ shape: [Int], _ batchShape: [Int]) -> [Int] {
    let matrix = shape[shape.count - 2] * shape[shape.count - 1]
    let strides = Broadcast.strides(of: Array(shape.dropLast(2)), over: batchShape)
    var offsets = [0]
    for (size, stride) in zip(batchShape, strides) {
      offsets = offsets.flatMap { base in (0..<size).map { base + $0 * stride * matrix } }
    }
    return offsets
  }
}

extension Gemm: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let a = node.inputs[0], let b = node.inputs[1],
      builder.type(a).elementType == .float32
    else { return false }
    let shape = builder.type(node.outputs[0]).shape
    let (m, n) = (shape[0], shape[1])
    let aShape = builder.type(a).shape
    let k = transposeA ? aShape[0] : aShape[1]
    guard m > 0, n > 0, k > 0 else { return false }
    var bias: Tensor?
    if node.inputs.count > 2, let c = node.inputs[2] {
      // The kernel adds one number per column.
      guard let constant = builder.constant(c), constant.count == n || constant.count == 1,
        constant.shape.last ?? 1 == constant.count
      else { return false }
      let elements = constant.floats().map { $0 * beta }
      bias = try Tensor(
        elements.count == n ? elements : [Float](repeating: elements[0], count: n), shape: [n])
    }
    let product = MatrixProduct(
      m: m, n: n, k: k, aStrides: transposeA ? (1, m) : (k, 1),
      bStrides: transposeB ? (1, k) : (n, 1), aOffsets: [0], bOffsets: [0], alpha: alpha)
    product.emit(&builder, a, b, bias: bias, output: node.outputs[0])
    return true
  }
}
