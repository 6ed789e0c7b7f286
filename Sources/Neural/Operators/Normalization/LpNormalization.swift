/// Divides by the L1 or L2 norm along one axis; runs of norm 0 become 0.
///
/// Input: x, Float32. Output: its shape.
package struct LpNormalization: Operator, Hashable {
  package var axis: Int
  /// 1 or 2.
  package var p: Int

  package init(axis: Int, p: Int) {
    self.axis = axis
    self.p = p
  }

  package var name: String { "LpNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    _ = try Axes.resolve(axis, rank: x.shape.count)
    guard p == 1 || p == 2 else {
      throw OperatorError.invalidAttribute("p", "\(p), needs 1 or 2")
    }
    return [try .output(.float32, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let lines = AxisLines(type.shape, axis: try Axes.resolve(axis, rank: type.shape.count))
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for line in lines {
          var sum = 0.0
          for i in line {
            let value = Double(x[i])
            sum += p == 1 ? abs(value) : value * value
          }
          let norm = p == 1 ? sum : sum.squareRoot()
          for i in line { output[i] = norm == 0 ? 0 : Float(Double(x[i]) / norm) }
        }
      }
    }
    return [result]
  }
}
