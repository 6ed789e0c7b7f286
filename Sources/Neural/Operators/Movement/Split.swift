/// Cuts a tensor into parts along one axis.
///
/// Inputs: x; sizes?, a constant integer vector of `outputCount` sizes that add up. Without it the
/// parts are equal, rounded up, the last ones smaller.
package struct Split: Operator, Hashable {
  package var axis: Int
  package var outputCount: Int

  package init(axis: Int, outputCount: Int) {
    self.axis = axis
    self.outputCount = outputCount
  }

  package var name: String { "Split" }

  /// More parts than any network needs; bounds what a file can ask for.
  private static let maximumOutputCount = 65_536

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 1...2)
    let x = try inputs.type(0, "x")
    let axis = try Axes.resolve(axis, rank: x.shape.count)
    guard outputCount >= 1, outputCount <= Self.maximumOutputCount else {
      throw OperatorError.invalidAttribute(
        "num_outputs", "\(outputCount) is outside 1...\(Self.maximumOutputCount)")
    }
    let size = x.shape[axis]
    var sizes = try inputs.optionalIntegers(1, "split")
    if let sizes {
      guard sizes.count == outputCount, sizes.allSatisfy({ $0 >= 0 && $0 <= size }),
        sizes.reduce(0, +) == size
      else {
        throw OperatorError.invalidAttribute(
          "split", "\(sizes.prefix(8)) for \(outputCount) parts of \(size)")
      }
    } else {
      let part = (size + outputCount - 1) / outputCount
      sizes = (0..<outputCount).map { max(min(part, size - $0 * part), 0) }
    }
    return try (sizes ?? []).map { part in
      var shape = x.shape
      shape[axis] = part
      return try .output(x.elementType, shape)
    }
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let types = try outputTypes(of: inputs)
    let x = try required(inputs, 0)
    let axis = try Axes.resolve(axis, rank: x.shape.count)
    let strides = StridedWalk.rowMajorStrides(x.shape)
    var start = 0
    return try types.map { type in
      defer { start += type.shape[axis] }
      return try x.strided(shape: type.shape, strides: strides, base: start * strides[axis])
    }
  }
}
