/// The same elements under another shape.
///
/// Inputs: x; shape, a constant integer vector. One size may be -1: what remains. A size of 0 keeps
/// the input's size at that place, unless `allowZero`, when it is a size of zero.
package struct Reshape: Operator, Hashable {
  package var allowZero: Bool

  package init(allowZero: Bool = false) {
    self.allowZero = allowZero
  }

  package var name: String { "Reshape" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.type(0, "x")
    var shape = try inputs.integers(1, "shape")
    guard shape.count <= OperatorInputs.maximumRank else {
      throw OperatorError.unsupported(
        "shape of \(shape.count) axes, at most \(OperatorInputs.maximumRank)")
    }
    var openAxis: Int?
    var known = 1
    for (axis, size) in shape.enumerated() {
      guard size >= -1 else {
        throw OperatorError.invalidAttribute("shape", "\(size) at axis \(axis)")
      }
      if size == -1 {
        guard openAxis == nil else {
          throw OperatorError.invalidAttribute("shape", "more than one -1 in \(shape)")
        }
        openAxis = axis
        continue
      }
      if size == 0, !allowZero {
        guard axis < x.shape.count else {
          throw OperatorError.invalidAttribute(
            "shape", "0 at axis \(axis), the input has \(x.shape.count) axes")
        }
        shape[axis] = x.shape[axis]
      }
      known = try Checked.product(known, shape[axis], "shape")
    }
    let count = x.shape.reduce(1, *)
    if let openAxis {
      guard known > 0, count % known == 0 else {
        throw OperatorError.invalidInput("\(x.shape) does not reshape to \(shape)")
      }
      shape[openAxis] = count / known
    } else if known != count {
      throw OperatorError.invalidInput(
        "\(x.shape) has \(count) elements, shape \(shape) has \(known)")
    }
    return [try .output(x.elementType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    return [try required(inputs, 0).reshaped(type.shape)]
  }
}
