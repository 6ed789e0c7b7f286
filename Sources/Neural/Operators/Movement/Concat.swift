/// Joins tensors along one axis. All have one type and agree in the other sizes.
package struct Concat: Operator, Hashable {
  package var axis: Int

  package init(axis: Int) {
    self.axis = axis
  }

  package var name: String { "Concat" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 1...Int.max)
    let first = try inputs.type(0, "input 0")
    let axis = try Axes.resolve(axis, rank: first.shape.count)
    var shape = first.shape
    for index in 1..<max(inputs.count, 1) {
      let other = try inputs.type(index, "input \(index)")
      try other.requireSameType(as: first, "input \(index)")
      let agrees =
        other.shape.count == shape.count
        && shape.indices.allSatisfy { $0 == axis || shape[$0] == other.shape[$0] }
      guard agrees else {
        throw OperatorError.invalidInput(
          "input \(index) of shape \(other.shape) does not join \(first.shape) at axis \(axis)")
      }
      shape[axis] = try Checked.sum(shape[axis], other.shape[axis], "joined axis")
    }
    return [try .output(first.elementType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let axis = try Axes.resolve(axis, rank: type.shape.count)
    let outerCount = type.shape[..<axis].reduce(1, *)
    let innerBytes = type.shape[(axis + 1)...].reduce(type.elementType.byteCount, *)
    let rowBytes = innerBytes * type.shape[axis]
    var result = try Tensor(zeros: type.elementType, shape: type.shape)
    if result.count == 0 { return [result] }
    try result.withUnsafeMutableBytes { output in
      var start = 0
      for case let input? in inputs {
        let chunk = innerBytes * input.shape[axis]
        input.withUnsafeBytes { bytes in
          for outer in 0..<outerCount {
            let target = outer * rowBytes + start
            UnsafeMutableRawBufferPointer(rebasing: output[target..<target + chunk])
              .copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[outer * chunk..<(outer + 1) * chunk]))
          }
        }
        start += chunk
      }
    }
    return [result]
  }
}
