/// Dropout where nothing is random: inference, or a share of 0.
///
/// Inputs: x, any type; share?, one number; training?, one bool. Outputs: x; bool of x's shape, true
/// where elements were kept, all of them.
package struct Dropout: Operator, Hashable {
  package init() {}

  package var name: String { "Dropout" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...3).type(0, "x")
    return [try .output(x.elementType, x.shape), try .output(.bool, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let x = try required(inputs, 0)
    let share = optional(inputs, 1)?.floats().first ?? 0.5
    let isTraining = try optional(inputs, 2)?.integers().first ?? 0
    guard isTraining == 0 || share == 0 else {
      throw OperatorError.unsupported("training mode, whose results are random")
    }
    let kept = try Tensor(.bool, shape: x.shape, as: UInt8.self) { output in
      for i in output.indices { output[i] = 1 }
    }
    return [x, kept]
  }
}
