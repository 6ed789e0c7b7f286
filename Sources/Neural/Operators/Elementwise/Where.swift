/// Chooses per element: `condition ? x : y`, all three broadcast.
///
/// Inputs: condition, bool; x and y of one type. Output: that type, the common shape.
package struct Where: Operator, Hashable {
  package init() {}

  package var name: String { "Where" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...3)
    let condition = try inputs.type(0, "condition")
    let x = try inputs.type(1, "x")
    let y = try inputs.type(2, "y")
    guard condition.elementType == .bool else {
      throw OperatorError.invalidInput("condition is \(condition.elementType), needs bool")
    }
    try y.requireSameType(as: x, "y")
    let shape = try Broadcast.shape([condition.shape, x.shape, y.shape])
    return [try .output(x.elementType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let condition = try required(inputs, 0)
    let (x, y) = (try required(inputs, 1), try required(inputs, 2))
    switch type.elementType.byteCount {
    case 1: return [try choose(UInt8.self, condition, x, y, type)]
    case 2: return [try choose(UInt16.self, condition, x, y, type)]
    case 4: return [try choose(UInt32.self, condition, x, y, type)]
    default: return [try choose(UInt64.self, condition, x, y, type)]
    }
  }

  private func choose<T>(
    _: T.Type, _ condition: Tensor, _ x: Tensor, _ y: Tensor, _ type: TensorType
  ) throws -> Tensor {
    let walk = StridedWalk(
      shape: type.shape,
      strides: [condition, x, y].map { Broadcast.strides(of: $0.shape, over: type.shape) })
    let steps = walk.innerStrides
    return try Tensor(type.elementType, shape: type.shape, as: T.self) { output in
      condition.withElements(UInt8.self) { condition in
        x.withElements(T.self) { x in
          y.withElements(T.self) { y in
            walk.forEachRow { row, offsets in
              for i in 0..<walk.innerCount {
                output[row + i] =
                  condition[offsets[0] + i * steps[0]] != 0
                  ? x[offsets[1] + i * steps[1]] : y[offsets[2] + i * steps[2]]
              }
            }
          }
        }
      }
    }
  }
}
