/// The mean or largest element of each channel plane.
///
/// Input: x `[N, C, spatial...]`, Float32, not empty. Output: `[N, C, 1, ...]`.
package struct GlobalPool: Operator, Hashable {
  package enum Function: Hashable, Sendable { case average, max }

  package var function: Function

  package init(function: Function) {
    self.function = function
  }

  package var name: String {
    function == .average ? "GlobalAveragePool" : "GlobalMaxPool"
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    guard x.shape.count >= 2, !x.shape.dropFirst(2).contains(0) else {
      throw OperatorError.invalidInput(
        "x of shape \(x.shape), needs [N, C, spatial...] with elements")
    }
    let ones = [Int](repeating: 1, count: x.shape.count - 2)
    return [try .output(.float32, x.shape.prefix(2) + ones)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let planeCount = x.shape.dropFirst(2).reduce(1, *)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for plane in output.indices {
          let elements = x[plane * planeCount..<(plane + 1) * planeCount]
          switch function {
          case .average:
            output[plane] = Float(elements.reduce(0.0) { $0 + Double($1) } / Double(planeCount))
          case .max:
            output[plane] = elements.reduce(-Float.infinity) { $0.maximum($1) }
          }
        }
      }
    }
    return [result]
  }
}
