/// The places that affine maps give the elements of a picture, for `GridSample`.
///
/// Inputs: maps, Float32 `[N, axes, axes + 1]`; size, integers `[N, C, spatial...]`. Output: Float32
/// `[N, spatial..., axes]`: the map of `(x, y, [z,] 1)`, each from -1 to 1 along its axis.
package struct AffineGrid: Operator, Hashable {
  /// Whether -1 and 1 are the centres of the outer elements, not their outer edges.
  package var alignsCorners: Bool

  package init(alignsCorners: Bool) {
    self.alignsCorners = alignsCorners
  }

  package var name: String { "AffineGrid" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let theta = try inputs.floatType(0, "theta").shape
    let size = try inputs.integers(1, "size")
    let axes = size.count - 2
    guard axes == 2 || axes == 3, theta == [size[0], axes, axes + 1], size.allSatisfy({ $0 > 0 })
    else { throw OperatorError.invalidInput("theta of shape \(theta) for size \(size.prefix(8))") }
    return [try .output(.float32, [size[0]] + size.dropFirst(2) + [axes])]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let theta = try required(inputs, 0).elements(Float.self)
    let sizes = Array(type.shape.dropFirst().dropLast())
    let axes = sizes.count
    let places = sizes.reduce(1, *)
    let strides = StridedWalk.rowMajorStrides(sizes)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      for image in 0..<type.shape[0] {
        for place in 0..<places {
          // Innermost axis first.
          let point = sizes.indices.reversed().map { axis -> Double in
            coordinate(place / strides[axis] % sizes[axis], sizes[axis])
          }
          for row in 0..<axes {
            let start = (image * axes + row) * (axes + 1)
            var sum = Double(theta[start + axes])
            for column in 0..<axes { sum += Double(theta[start + column]) * point[column] }
            output[(image * places + place) * axes + row] = Float(sum)
          }
        }
      }
    }
    return [result]
  }

  private func coordinate(_ index: Int, _ size: Int) -> Double {
    if alignsCorners { return size == 1 ? 0 : 2 * Double(index) / Double(size - 1) - 1 }
    return (2 * Double(index) + 1) / Double(size) - 1
  }
}
