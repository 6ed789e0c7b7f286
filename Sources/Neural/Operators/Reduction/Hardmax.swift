/// 1 for the first largest element along an axis, 0 for the others.
///
/// Input: x, Float32. Output: its shape.
package struct Hardmax: Operator, Hashable {
  package var axis: Int

  package init(axis: Int) {
    self.axis = axis
  }

  package var name: String { "Hardmax" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    _ = try Axes.resolve(axis, rank: x.shape.count)
    return [try .output(.float32, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let lines = AxisLines(type.shape, axis: try Axes.resolve(axis, rank: type.shape.count))
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for i in output.indices { output[i] = 0 }
        for line in lines {
          var best: Int?
          for i in line where best.map({ x[i] > x[$0] }) ?? true { best = i }
          if let best { output[best] = 1 }
        }
      }
    }
    return [result]
  }
}
