/// Inserts axes of size 1.
///
/// Inputs: x; axes, a constant integer vector of places in the output.
package struct Unsqueeze: Operator, Hashable {
  package init() {}

  package var name: String { "Unsqueeze" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.type(0, "x")
    let given = try inputs.integers(1, "axes")
    let axes = Set(try Axes.resolve(given, rank: x.shape.count + given.count))
    var sizes = x.shape.makeIterator()
    let shape = (0..<x.shape.count + given.count).map { axes.contains($0) ? 1 : sizes.next() ?? 1 }
    return [try .output(x.elementType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    return [try required(inputs, 0).reshaped(type.shape)]
  }
}
