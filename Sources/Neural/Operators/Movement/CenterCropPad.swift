/// Crops or zero-pads axes around their centre to given sizes.
///
/// Inputs: x of any type; sizes, a constant vector, one per axis. Output: x with those sizes. Of an
/// odd difference the smaller half is cut or added before.
package struct CenterCropPad: Operator, Hashable {
  /// The axes that the sizes are for; `nil` for all.
  package var axes: [Int]?

  package init(axes: [Int]?) {
    self.axes = axes
  }

  package var name: String { "CenterCropPad" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.type(0, "x")
    return [
      try .output(x.elementType, try target(x.shape, sizes: try inputs.integers(1, "shape")))
    ]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    var (start, length, before) = ([Int](), [Int](), [Int]())
    for (size, target) in zip(x.shape, type.shape) {
      length.append(min(size, target))
      start.append(max(size - target, 0) / 2)
      before.append(max(target - size, 0) / 2)
    }
    let strides = StridedWalk.rowMajorStrides(x.shape)
    let base = zip(start, strides).reduce(0) { $0 + $1.0 * $1.1 }
    let cropped = try x.strided(shape: length, strides: strides, base: base)
    let after = zip(type.shape, zip(length, before)).map { $0 - $1.0 - $1.1 }
    return try Pad(mode: .constant).evaluate([
      cropped, try Tensor(vector: before + after), try Tensor(zeros: x.elementType, shape: []),
    ])
  }

  private func target(_ shape: [Int], sizes: [Int]) throws -> [Int] {
    let axes = try Axes.resolve(self.axes ?? Array(shape.indices), rank: shape.count)
    guard axes.count == sizes.count, sizes.allSatisfy({ $0 >= 0 }) else {
      throw OperatorError.invalidInput("sizes \(sizes) for axes \(axes)")
    }
    var target = shape
    for (axis, size) in zip(axes, sizes) { target[axis] = size }
    return target
  }
}
