/// `exp(x) / sum(exp(x))` along an axis, or its logarithm.
///
/// Input: x, Float32. Output: its shape. Relative to the largest element, so that nothing
/// overflows.
package struct Softmax: Operator, Hashable {
  package var axis: Int
  /// Whether the output is the logarithm (ONNX's LogSoftmax).
  package var logarithmic: Bool

  package init(axis: Int, logarithmic: Bool = false) {
    self.axis = axis
    self.logarithmic = logarithmic
  }

  package var name: String { logarithmic ? "LogSoftmax" : "Softmax" }

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
        var exponentials = [Double](repeating: 0, count: lines.length)
        for line in lines {
          var largest = -Float.infinity
          for i in line { largest = largest.maximum(x[i]) }
          var sum = 0.0
          for (place, i) in line.enumerated() {
            exponentials[place] = ElementaryFunctions.exponential(Double(x[i]) - Double(largest))
            sum += exponentials[place]
          }
          let logSum = ElementaryFunctions.logarithm(sum)
          for (place, i) in line.enumerated() {
            output[i] =
              logarithmic
              ? Float(Double(x[i]) - Double(largest) - logSum) : Float(exponentials[place] / sum)
          }
        }
      }
    }
    return [result]
  }
}
