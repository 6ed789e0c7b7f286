/// The same bits read as another type of the same size.
///
/// Input: x of any type. Output: type `to`, the same shape. Little-endian, as ONNX stores tensors.
package struct BitCast: Operator, Hashable {
  package var to: ElementType

  package init(to: ElementType) {
    self.to = to
  }

  package var name: String { "BitCast" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    guard x.elementType.byteCount == to.byteCount else {
      throw OperatorError.invalidInput(
        "x has elements of \(x.elementType.byteCount) bytes, \(to) has \(to.byteCount)")
    }
    return [try .output(to, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    var output = try Tensor(zeros: type.elementType, shape: type.shape)
    try output.withUnsafeMutableBytes { bytes in
      x.withUnsafeBytes { bytes.copyMemory(from: $0) }
      if to == .bool { for i in bytes.indices { bytes[i] = bytes[i] == 0 ? 0 : 1 } }
    }
    return [output]
  }
}
