/// Puts pooled elements back where they came from, with zeros elsewhere.
///
/// Inputs: x `[N, C, spatial...]`, any type; indices, Int64 of the same shape, places in the whole
/// output as MaxPool gives them; shape?, a constant vector, the output's shape. Without it the sizes
/// are those of the smallest input that pools to x.
package struct MaxUnpool: Operator, Hashable {
  package var kernel: [Int]
  package var strides: [Int]
  package var padsBegin: [Int]
  package var padsEnd: [Int]

  /// Arrays have one entry per spatial axis.
  package init(kernel: [Int], strides: [Int], padsBegin: [Int], padsEnd: [Int]) {
    self.kernel = kernel
    self.strides = strides
    self.padsBegin = padsBegin
    self.padsEnd = padsEnd
  }

  package var name: String { "MaxUnpool" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...3)
    let x = try inputs.type(0, "x")
    let indices = try inputs.type(1, "indices")
    let axes = x.shape.count - 2
    guard indices.shape == x.shape, indices.elementType == .int64, kernel.count == axes else {
      throw OperatorError.invalidInput(
        "x of shape \(x.shape), indices of shape \(indices.shape), a window of \(kernel)")
    }
    return [try .output(x.elementType, try shape(x.shape, inputs))]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let indices = try required(inputs, 1).integers()
    // Places count in the smallest output, whatever shape is asked for.
    let smallest = try shape(x.shape, try OperatorInputs([nil, nil], count: 0...3))
    let count = smallest.reduce(1, *)
    for index in indices where !(0..<count).contains(index) {
      throw OperatorError.invalidInput("index \(index) is outside 0..<\(count)")
    }
    let places = try indices.map { try place($0, smallest, type.shape) }
    var output = try Tensor(zeros: type.elementType, shape: type.shape)
    let size = type.elementType.byteCount
    try output.withUnsafeMutableBytes { output in
      x.withUnsafeBytes { x in
        for (from, to) in places.enumerated() {
          for byte in 0..<size { output[to * size + byte] = x[from * size + byte] }
        }
      }
    }
    return [output]
  }

  private func shape(_ x: [Int], _ inputs: OperatorInputs) throws -> [Int] {
    if inputs.optionalType(2) != nil {
      let given = try inputs.integers(2, "output_shape")
      guard given.count == x.count, given.allSatisfy({ $0 >= 0 }) else {
        throw OperatorError.invalidInput("output_shape \(given) for \(x.count) axes")
      }
      return given
    }
    let spatial = try kernel.indices.map { axis in
      try Checked.product(x[axis + 2] - 1, strides[axis], "size") + kernel[axis]
        - padsBegin[axis] - padsEnd[axis]
    }
    return Array(x.prefix(2)) + spatial
  }

  /// The place of an element of the smallest output in a larger one.
  private func place(_ index: Int, _ smallest: [Int], _ shape: [Int]) throws -> Int {
    var (rest, result, step) = (index, 0, 1)
    for axis in shape.indices.reversed() {
      let position = rest % smallest[axis]
      guard position < shape[axis] else {
        throw OperatorError.invalidInput("index \(index) is outside the output's \(shape)")
      }
      result += position * step
      rest /= smallest[axis]
      step *= shape[axis]
    }
    return result
  }
}
