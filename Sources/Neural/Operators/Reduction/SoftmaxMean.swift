/// The mean of a number per position of an axis, weighted by the softmax along that axis; with the
/// numbers 0, 1, 2, … the expected bin of a distribution.
///
/// Input: x, Float32. Output: Float32, x's shape with `axis` of size 1. Sums run in Float64.
package struct SoftmaxMean: Operator, Hashable {
  package var axis: Int
  /// One number per position of the axis.
  package var numbers: [Float]

  package init(axis: Int, numbers: [Float]) {
    self.axis = axis
    self.numbers = numbers
  }

  package var name: String { "SoftmaxMean" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    var shape = x.shape
    let axis = try Axes.resolve(axis, rank: shape.count)
    guard shape[axis] == numbers.count else {
      throw OperatorError.invalidInput("axis \(axis) of \(shape), \(numbers.count) expected")
    }
    shape[axis] = 1
    return [try .output(.float32, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let lines = AxisLines(x.shape, axis: try Axes.resolve(axis, rank: x.shape.count))
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for (index, line) in lines.enumerated() {
          let largest = line.reduce(-Float.infinity) { $0.maximum(x[$1]) }
          var (sum, moment) = (0.0, 0.0)
          for (place, i) in line.enumerated() {
            let weight = ElementaryFunctions.exponential(Double(x[i]) - Double(largest))
            sum += weight
            moment += weight * Double(numbers[place])
          }
          output[index] = Float(moment / sum)
        }
      }
    }
    return [result]
  }
}
