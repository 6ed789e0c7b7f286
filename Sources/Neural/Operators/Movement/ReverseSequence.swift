/// Reverses the first elements of each sequence of a batch.
///
/// Inputs: x of any type, batch and time on its first two axes; lengths, Int64 `[batch]`. Output:
/// as x, the first `lengths[b]` time steps of sequence b in reverse.
package struct ReverseSequence: Operator, Hashable {
  package var batchAxis: Int
  package var timeAxis: Int

  package init(batchAxis: Int, timeAxis: Int) {
    self.batchAxis = batchAxis
    self.timeAxis = timeAxis
  }

  package var name: String { "ReverseSequence" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.type(0, "x")
    let lengths = try inputs.type(1, "sequence_lens")
    guard x.shape.count >= 2, Set([batchAxis, timeAxis]) == [0, 1],
      lengths.shape == [x.shape[batchAxis]], lengths.elementType.isInteger
    else {
      throw OperatorError.invalidInput(
        "x of shape \(x.shape), lengths of shape \(lengths.shape), axes \(batchAxis) and "
          + "\(timeAxis): batch and time are the first two axes, with a length per sequence")
    }
    return [try .output(x.elementType, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let lengths = try required(inputs, 1).integers()
    let times = type.shape[timeAxis]
    for length in lengths where !(0...times).contains(length) {
      throw OperatorError.invalidInput("length \(length) is outside 0...\(times)")
    }
    let strides = StridedWalk.rowMajorStrides(type.shape)
    let blockBytes = type.shape.dropFirst(2).reduce(type.elementType.byteCount, *)
    var output = x
    try output.withUnsafeMutableBytes { output in
      x.withUnsafeBytes { x in
        guard blockBytes > 0 else { return }
        func offset(_ sequence: Int, _ time: Int) -> Int {
          (sequence * strides[batchAxis] + time * strides[timeAxis])
            * type.elementType.byteCount
        }
        for (sequence, length) in lengths.enumerated() {
          for time in 0..<length {
            let from = offset(sequence, length - 1 - time)
            let to = offset(sequence, time)
            for byte in 0..<blockBytes { output[to + byte] = x[from + byte] }
          }
        }
      }
    }
    return [output]
  }
}
