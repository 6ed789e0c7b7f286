/// The positions of all elements that are not zero, in row-major order.
///
/// Input: x, any numeric type or bool. Output: Int64 `[axes, count]`. The count depends on the
/// values, so shapes are known only where x is constant.
package struct NonZero: Operator, Hashable {
  package init() {}

  package var name: String { "NonZero" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 1...1)
    let x = try inputs.type(0, "x")
    let rank = max(x.shape.count, 1)
    return [try .output(.int64, [rank, try positions(try inputs.constant(0, "x")).count])]
  }

  /// Row-major numbers of the elements that are not zero.
  private func positions(_ x: Tensor) throws -> [Int] {
    func search<T: ArithmeticElement>(_: T.Type) -> [Int] {
      x.withElements(T.self) { x in x.indices.filter { x[$0] != .zero } }
    }
    return search(try x.elementType.arithmetic())
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let x = try required(inputs, 0)
    let positions = try positions(x)
    let strides = StridedWalk.rowMajorStrides(x.shape)
    let places = x.shape.indices.flatMap { axis in
      positions.map { $0 / strides[axis] % x.shape[axis] }
    }
    if x.shape.isEmpty { return [try Tensor(positions, shape: [1, positions.count])] }
    return [try Tensor(places, shape: [x.shape.count, positions.count])]
  }
}
